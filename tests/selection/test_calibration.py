"""Calibration: temperatures that are known, whether they help, and extreme probabilities."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from sklearn.metrics import log_loss

from schuss.selection.calibration import HIGHEST, LOWEST, apply, calibrate


def drawn(n, classes=3, seed=0, spread=1.5):
    """Logits [N, O], and classes [N] drawn with just their probabilities."""
    random = np.random.default_rng(seed)
    z = spread * random.normal(size=(n, classes))
    p = scipy.special.softmax(z, axis=1)
    return z, (p.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)


def at(z, temperature):
    return scipy.special.softmax(z / temperature, axis=1)


# Applying a temperature


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6), st.floats(0.2, 5))
def test_a_temperature_divides_logits(logits, temperature):
    z = np.array([logits])
    found = apply(scipy.special.softmax(z, axis=1), temperature)
    np.testing.assert_allclose(found, at(z, temperature), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(apply(found, 1 / temperature), scipy.special.softmax(z, axis=1), rtol=1e-5, atol=1e-9)


def test_two_classes_by_hand():
    np.testing.assert_allclose(apply([[0.8, 0.2]], 0.5), [[0.64 / 0.68, 0.04 / 0.68]])
    np.testing.assert_allclose(apply([[0.8, 0.2]], 2), [[2 / 3, 1 / 3]])


def test_at_one_nothing_changes():
    p = np.array([[0.1, 0.9], [0, 1]], np.float32)
    assert apply(p, 1) is p
    assert apply(p, 2).dtype == np.float32


def test_a_temperature_near_zero_leaves_the_largest():
    np.testing.assert_allclose(apply([[0.4, 0.3, 0.3]], 1e-4), [[1, 0, 0]], atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("temperature", [LOWEST, 0.7, 3, HIGHEST])
def test_zeros_and_ones_stay_finite(dtype, temperature):
    p = np.array([[1, 0, 0], [0, 0.5, 0.5], [1e-45, 1, 0], [1 / 3, 1 / 3, 1 / 3]], dtype)
    found = apply(p, temperature)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(found.argmax(axis=1), p.argmax(axis=1))
    np.testing.assert_allclose(found[3], 1 / 3, rtol=1e-6)


@pytest.mark.parametrize("temperature", [0, -1, np.nan, np.inf])
def test_what_is_no_temperature(temperature):
    with pytest.raises(ValueError, match="temperature must be > 0 and finite, not"):
        apply([[0.5, 0.5]], temperature)


# Finding it


@pytest.mark.parametrize("factor", [0.4, 2.0, 4.0])
@pytest.mark.parametrize("classes", [2, 5])
def test_a_known_factor_is_given_back(factor, classes):
    z, y = drawn(20_000, classes)
    found = calibrate(at(z, 1 / factor), y)
    assert found.helps
    assert found.temperature == pytest.approx(factor, rel=0.05)
    assert found.after < found.before == pytest.approx(log_loss(y, at(z, 1 / factor)))
    assert found.after == pytest.approx(log_loss(y, at(z, 1)), rel=0.01)


def slope(z, y, w):
    """Derivative of the weighted log loss by 1/T: the mean of Σₖ qₖ·zₖ − z_y, which is 0 where the loss is least."""

    def of(inverse):
        q = at(z, 1 / inverse)
        return np.average((q * z).sum(axis=1) - z[np.arange(len(y)), y], weights=w)

    return of


@pytest.mark.parametrize("weighted", [False, True])
def test_the_temperature_is_where_the_slope_is_zero(weighted):
    z, y = drawn(1000, seed=1)
    z = 3 * z
    w = np.where(y == 0, 4.0, np.arange(1000) % 2) if weighted else np.ones(1000)
    expected = 1 / brentq(slope(z, y, w), 0.1, 10)
    found = calibrate(at(z, 1), y, w if weighted else None)
    assert found.helps
    assert found.temperature == pytest.approx(expected, rel=1e-3)
    assert found.before == pytest.approx(log_loss(y, at(z, 1), sample_weight=w))


def test_probabilities_that_are_right_stay():
    kept = 0
    for seed in range(20):
        z, y = drawn(300, seed=seed)
        found = calibrate(at(z, 1), y)
        kept += not found.helps
        assert (found.temperature == 1) == (not found.helps)
        assert found.temperature == pytest.approx(1, abs=0.3)
    assert kept >= 15  # a standard error is exceeded by chance about once in six times


def test_it_is_judged_on_rows_it_was_not_fitted_on():
    """The loss over the same rows never rises; over others it does, where there is nothing to find."""
    rises = 0
    for seed in range(20):
        z, y = drawn(60, seed=seed)
        found = calibrate(at(z, 1), y)
        rises += found.after > found.before
    assert rises >= 10


def test_only_ratios_of_weights_matter():
    for seed in range(10):
        z, y = drawn(100, seed=seed)
        helps = [calibrate(at(z, 0.9), y, np.full(100, weight)).helps for weight in (1e-6, 1, 1e6)]
        assert len(set(helps)) == 1


def test_the_standard_error_decides():
    """Nearly right probabilities: over few rows the gain is less than its error, over many it is not."""
    z, y = drawn(40_000, seed=2)
    p = at(z, 1 / 1.15)
    assert calibrate(p, y).helps
    helped = [calibrate(p[start : start + 100], y[start : start + 100]).helps for start in range(0, 2000, 100)]
    assert sum(helped) <= 10


def test_folds_and_error_by_hand():
    z, y = drawn(400, seed=4)
    p = at(z, 0.6)
    found = calibrate(p, y, random_state=5)
    from sklearn.model_selection import StratifiedKFold

    gain = np.zeros(400)
    own = np.arange(400)
    for others, rows in StratifiedKFold(5, shuffle=True, random_state=5).split(p, y):
        z_others = np.log(p[others])
        temperature = 1 / brentq(slope(z_others, y[others], np.ones(len(others))), 0.1, 10)
        after = scipy.special.log_softmax(np.log(p[rows]) / temperature, axis=1)
        gain[rows] = after[own[: len(rows)], y[rows]] - np.log(p[rows])[own[: len(rows)], y[rows]]
    assert found.before - found.after == pytest.approx(gain.mean(), rel=1e-3)
    assert found.helps == (gain.mean() > gain.std() / np.sqrt(400))
    assert calibrate(p, y, random_state=6).after != found.after
    assert calibrate(p, y, random_state=5) == found


def test_where_every_row_is_right_there_is_no_temperature():
    y = np.arange(100) % 3
    p = np.full((100, 3), 0.2)
    p[np.arange(100), y] = 0.6
    found = calibrate(p, y)
    assert (found.temperature, found.helps) == (1, False)
    assert found.after < found.before
    y[:10] = (y[:10] + 1) % 3  # ten rows are wrong: now there is one, (0.9, 0.05, 0.05) for (0.6, 0.2, 0.2)
    found = calibrate(p, y)
    assert found.helps
    assert found.temperature == pytest.approx(np.log(3) / np.log(18), rel=1e-3)


@pytest.mark.parametrize(
    ("n", "one_class"), [(0, False), (1, False), (49, False), (200, True)], ids=["none", "one", "few", "one class"]
)
def test_too_little_to_fit(n, one_class):
    z, y = drawn(1000)
    p, y = at(3 * z[:n], 1), y[:n] * (not one_class)
    found = calibrate(p, y)
    assert (found.temperature, found.helps) == (1, False)
    expected = -np.log(p[np.arange(n), y]).mean() if n else np.nan
    np.testing.assert_allclose([found.before, found.after], expected)


def test_rows_without_weight_are_not_there():
    z, y = drawn(200)
    p = at(3 * z, 1)
    weight = (np.arange(200) < 120).astype(float)
    assert calibrate(p, y, weight) == calibrate(p[:120], y[:120])
    assert not calibrate(p, y, np.arange(200) < 40).helps


def test_zeros_for_what_came_true():
    """A network that is sure and wrong: its loss is finite, and calibration softens it."""
    z, y = drawn(300, seed=7)
    p = np.eye(3)[z.argmax(axis=1)]
    found = calibrate(p, y)
    assert np.isfinite(found.before)
    assert found.helps
    assert found.temperature > 5


def test_a_class_with_one_row():
    z, y = drawn(200, classes=2)
    z = np.hstack([3 * z, np.full((200, 1), -5.0)])
    y[7] = 2
    assert calibrate(at(z, 1), y).helps


@pytest.mark.parametrize(
    ("p", "y", "weight", "said"),
    [
        (np.ones(3), [0, 0, 0], None, r"must be \[N, O\] and \[N\], not \(3,\) and \(3,\)"),
        (np.full((3, 2), 0.5), [0, 0], None, r"not \(3, 2\) and \(2,\)"),
        ([[1.5, -0.5]], [0], None, "between 0 and 1, and reach from -0.5 to 1.5"),
        ([[np.nan, 0.5]], [0], None, "between 0 and 1"),
        ([[0.5, 0.5]], [2], None, "whole numbers from 0 to 1, not int64 from 2 to 2"),
        ([[0.5, 0.5]], [0], [-1], "finite and ≥ 0"),
    ],
)
def test_what_cannot_be_calibrated(p, y, weight, said):
    with pytest.raises(ValueError, match=said):
        calibrate(p, y, weight)
