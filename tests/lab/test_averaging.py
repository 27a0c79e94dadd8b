"""What an average of the weights is good for."""

from schuss.lab.pictures.averaging import averaged_weights


def test_the_average_is_nearer_and_calmer_than_the_weights():
    found = averaged_weights(small=True).measured
    assert found["error_of_the_average"] < 0.9 * found["error_of_the_weights"]
    assert found["calmer"] > 3


def test_an_average_of_one_step_is_the_weights():
    """With β near 0 there is nothing to be seen: what is shown is of the average."""
    found = averaged_weights(beta=1e-6, seeds=1, epochs=20, small=True).measured
    assert abs(found["calmer"] - 1) < 0.01
