"""The claims of the notes about optimizers: every picture is drawn small, and its figures must bear the claim out."""

from functools import cache

import numpy as np
import pytest
from matplotlib.text import Text

from schuss import lab
from schuss.lab.descent import descend
from schuss.lab.picture import Drawing
from schuss.lab.pictures.adam import UncorrectedAdam
from schuss.lab.pictures.saddle import RULES
from schuss.lab.race import SURFACE_LEARNING_RATES
from schuss.lab.surfaces import SURFACES
from schuss.optimizers import Adam, RMSProp

NAMES = ("momentum", "rmsprop", "adam", "decay", "saddle", "learning_rate", "adagrad", "adamw", "optimizers")


@cache
def drawn(name: str, **parameters) -> Drawing:
    return lab.PICTURES[name].draw(small=True, **parameters)


def measured(name: str, **parameters):
    return drawn(name, **parameters).measured


def test_momentum_arrives_sooner_at_a_larger_rate_with_less_oscillation():
    found = measured("momentum")
    assert found["momentum_steps"] < 0.5 * found["sgd_steps"]
    assert found["rate_ratio"] > 1.5
    assert found["momentum_crossings"] < 0.5 * found["sgd_crossings"]
    assert found["sgd_crossings"] == found["first"]  # every step overshoots


def test_gradient_descents_rate_can_be_too_small_and_too_large():
    found = measured("momentum")
    assert found["large_rate_diverges"]
    assert found["small_rate_final_cost"] > 1000 * found["sgd_final_cost"]
    assert not measured("momentum", large_rate=0.0198)["large_rate_diverges"]


@pytest.mark.parametrize("beta", [0.9, 0.5])
def test_the_two_forms_of_momentum_are_one_path(beta):
    assert measured("momentum", beta=beta)["forms_differ"] < 1e-12


def test_momentum_without_memory_is_gradient_descent():
    found = measured("momentum", beta=0.0)
    assert found["momentum_steps"] == found["sgd_steps"]
    assert found["momentum_learning_rate"] == found["sgd_learning_rate"]


def test_rmsprop_goes_along_the_ravine_where_gradient_descent_goes_across():
    found = measured("rmsprop")
    assert found["sgd_across"] > 3
    assert found["rmsprop_across"] < 1
    assert found["rmsprop_steps"] < found["sgd_steps"]


def test_rmsprop_divides_by_a_root_that_is_larger_across():
    found = measured("rmsprop")
    assert found["root_ratio"] > 2
    assert found["effective_ratio"] == pytest.approx(found["root_ratio"], rel=1e-6)
    assert found["rule_agrees"] < 1e-12  # the steps taken are α/(√S + ε) times the slope


@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.9, 0.999), (0.5, 0.99)])
def test_without_bias_correction_the_first_steps_have_another_size(beta_1, beta_2):
    found = measured("adam", beta_1=beta_1, beta_2=beta_2)
    assert found["first_step_corrected"] == pytest.approx(1, abs=1e-6)
    assert found["corrected_steps_stray"] < 1e-6
    assert found["first_step"] == pytest.approx((1 - beta_1) / np.sqrt(1 - beta_2), rel=1e-6)
    t = np.arange(1, 1001)
    formula = (1 - beta_1**t) / np.sqrt(1 - beta_2**t)
    assert found["longest_step"] == pytest.approx(formula.max(), rel=1e-6)
    assert found["longest_at"] == formula.argmax() + 1


def test_bias_correction_keeps_adam_from_overshooting():
    found = measured("adam")
    assert found["past_uncorrected"] > 3 * found["past_corrected"]


def test_adam_is_momentum_rmsprop_and_bias_correction():
    found = measured("adam")
    assert found["rmsprop_is_adam_without_momentum"] < 1e-12
    assert found["adam_steps"] < found["rmsprop_steps"]
    assert found["adam_steps"] < 1.2 * found["momentum_steps"]
    assert UncorrectedAdam.arrays == ("m", "v")  # the record of the two averages


def test_adamw_decays_all_weights_alike_and_adam_with_l2_does_not():
    found = measured("adamw")
    assert found["adamw_spread"] < 1e-6
    assert found["adamw_mean"] == pytest.approx(found["expected"], abs=0.05)
    assert found["l2_smallest"] < 0.1
    assert found["l2_largest"] > 0.8


def test_without_decay_there_is_nothing_to_tell_them_apart():
    found = measured("adamw", weight_decay=0.0)
    assert found["l2_spread"] < 1e-4
    assert found["expected"] == 1


def test_with_decay_the_weights_settle_and_without_they_wander():
    found = measured("decay")
    assert found["farthest_distance"] < 0.5 * found["constant_distance"]
    decays = [
        found[f"distance, {name}"] for name in ("inverse time", "exponential", "k / epoch", "k / √t", "staircase")
    ]
    assert max(decays) == found["farthest_distance"]


def test_a_small_constant_rate_settles_late():
    found = measured("decay")
    assert found["slow_distance"] < 0.5 * found["constant_distance"]
    assert found["slow_steps"] > 5 * found["fast_steps"]


def test_it_is_the_noise_that_makes_them_wander():
    assert measured("decay", noise=0.0)["constant_distance"] < 1e-12


@pytest.mark.parametrize("when", ["first", "for_good"])
@pytest.mark.parametrize("place", ["saddle", "plateau"])
def test_adaptive_rules_leave_saddles_and_plateaus_sooner(place, when):
    found = measured("saddle")
    steps = {rule: found[f"{place}_{rule}_{when}"] for rule in RULES}
    assert steps["sgd"] == max(steps.values())
    for rule in ("rmsprop", "adam", "amsgrad", "nadam", "adagrad"):
        assert steps[rule] < 0.4 * steps["sgd"], rule
    assert steps["momentum"] < steps["sgd"]


def test_the_steps_to_leave_the_saddle_are_those_of_the_descents():
    found, ridge = measured("saddle"), SURFACES["saddle"]
    written = dict(label.get_text().split("\nα = ") for label in drawn("saddle").figure.axes[3].get_yticklabels()[:5])
    for name, rule in {"adam": Adam, "rmsprop": RMSProp}.items():
        (rate,) = (each for each in SURFACE_LEARNING_RATES if f"{each:.3g}" == written[name])
        below = descend(ridge, rule(rate), 400).costs <= ridge.cost((0, 0)) / 2
        assert found[f"saddle_{name}_first"] == below.tolist().index(True)
        assert found[f"saddle_{name}_for_good"] == 401 - below[::-1].tolist().index(False)


def test_adam_leaves_the_saddle_long_before_it_comes_to_rest():
    found = measured("saddle")
    assert found["saddle_adam_first"] < 10 < 40 < found["saddle_adam_for_good"]
    assert found["saddle_rmsprop_first"] == found["saddle_rmsprop_for_good"]  # without momentum there is no swinging


def test_local_minima_hold_everybody():
    found = measured("saddle")
    assert found["minima_most"] < 0.6 * found["minima_starts"]
    assert found["minima_most"] - found["minima_fewest"] < 0.3 * found["minima_starts"]


def test_of_the_points_without_slope_the_fewer_are_minima_the_more_weights():
    found = measured("saddle")
    assert (found["flat_minima"], found["flat_saddles"], found["flat_maxima"]) == (4, 4, 1)
    assert found["share_2"] == pytest.approx(4 / 9)
    assert found["share_50"] == pytest.approx((2 / 3) ** 50)


@pytest.mark.slow
def test_the_learning_rate_can_be_too_small_right_and_too_large():
    found = measured("learning_rate")
    assert found["right_distance"] < 1e-6
    assert found["small_distance"] > 1
    assert found["large_rate_diverges"]
    assert found["large_distance"] > found["small_distance"]
    assert not measured("learning_rate", large_rate=0.97)["large_rate_diverges"]


@pytest.mark.slow
def test_a_network_has_a_right_learning_rate_too():
    found = measured("learning_rate")
    assert found["digits_best_cost"] < 0.5 * found["digits_small_cost"]
    assert found["digits_best_cost"] < 0.5 * found["digits_large_cost"]


def test_adagrads_steps_fall_as_the_root_of_their_number_and_rmsprops_settle():
    found = measured("adagrad")
    assert found["slope"] == pytest.approx(0.5, abs=1e-6)
    assert found["root_law_stray"] < 1e-6
    assert found["rmsprop_first_step"] == pytest.approx(1 / np.sqrt(0.1), rel=1e-6)
    assert found["rmsprop_last_step"] == pytest.approx(1, rel=1e-6)


def test_adagrad_stalls_where_rmsprop_arrives():
    found = measured("adagrad")
    assert found["adagrad_way"] < 0.5
    assert found["rmsprop_way"] > 0.99
    assert found["adagrad_steps"] > 10 * found["rmsprop_steps"]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["surface", "digits"])
def test_plain_gradient_descent_is_overtaken(place):
    found = measured("optimizers")
    assert found[f"{place}_first"] != "sgd"
    assert found[f"{place}_first_steps"] < 0.7 * found[f"{place}_sgd_steps"]
    assert found[f"{place}_adam_steps"] < found[f"{place}_sgd_steps"]


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_readable(name):
    figure = drawn(name).figure
    width, height = figure.get_size_inches()
    assert 8 <= width <= 11
    figure.draw_without_rendering()
    seen = figure.get_tightbbox()
    assert -0.02 <= seen.x0 <= seen.x1 <= width + 0.02
    assert -0.02 <= seen.y0 <= seen.y1 <= height + 0.02
    for text in figure.findobj(Text):
        assert text.get_fontsize() >= 9 or not text.get_text(), text.get_text()
    for axes in figure.axes:
        assert axes.has_data()
        assert axes.get_title("left")
        assert axes.get_xlabel()
    titles = [axes._left_title.get_window_extent() for axes in figure.axes]
    assert not any(a.overlaps(b) for k, a in enumerate(titles) for b in titles[:k])


@pytest.mark.parametrize("name", NAMES)
def test_captions_hold_what_was_measured(name):
    picture = lab.PICTURES[name]
    caption = picture.caption(drawn(name))
    assert "{" not in caption
    assert any(letter.isdigit() for letter in caption)
    assert picture.row in ("A7", "A8", "A9", "A10", "A11", "B8", "B9")
