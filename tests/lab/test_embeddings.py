"""What waves and ramps of a number are good for."""

from schuss.lab.pictures.embeddings import sawtooth


def test_waves_learn_a_saw_soonest_and_the_number_alone_hardly_at_all():
    found = sawtooth(small=True).measured
    assert found["error_with_waves"] < 0.35
    assert found["error_with_waves"] + 0.2 < found["error_with_ramps"] < found["error_the_number"] - 0.1
    assert found["error_the_number"] > 0.9


def test_with_one_tooth_the_number_alone_will_do():
    """No waves, one straight line: what is shown is of the teeth."""
    found = sawtooth(teeth=1, seeds=1, small=True).measured
    assert found["error_the_number"] < 0.5
