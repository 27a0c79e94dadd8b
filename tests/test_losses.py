"""Losses against PyTorch, finite differences and closed forms (notes B6)."""

import re
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from schuss.losses import (
    LOSSES,
    binary_cross_entropy,
    cross_entropy,
    huber,
    loss_function,
    mean_absolute_error,
    mean_squared_error,
    one_hot,
    smooths_labels,
)
from tests.oracles import numerical_gradient, torch_value_and_gradient, value_and_gradient

B, O = 6, 4  # noqa: E741
rng = np.random.default_rng(0)
PREDICTION, TARGET = rng.normal(size=(B, O)), rng.normal(scale=2, size=(B, O))
LABELS = np.array([3, 0, 1, 1, 2, 3])
SHARES = rng.dirichlet(np.ones(O), size=B)


def row_means(loss):
    return lambda prediction, target: loss(prediction, target).mean(dim=1)


smoothed = partial(cross_entropy, label_smoothing=0.1)
torch_smoothed = nn.CrossEntropyLoss(reduction="none", label_smoothing=0.1)
YES_OR_NO = np.where(TARGET > 0, SHARES, TARGET < -1)
CASES = {
    "mean_absolute_error": (mean_absolute_error, row_means(nn.L1Loss(reduction="none")), TARGET),
    "mean_squared_error": (mean_squared_error, row_means(nn.MSELoss(reduction="none")), TARGET),
    "huber": (huber, row_means(nn.HuberLoss(reduction="none")), TARGET),
    "huber(0.3)": (partial(huber, delta=0.3), row_means(nn.HuberLoss(reduction="none", delta=0.3)), TARGET),
    "binary_cross_entropy": (
        binary_cross_entropy,
        row_means(nn.BCEWithLogitsLoss(reduction="none")),
        YES_OR_NO,
    ),
    "binary_cross_entropy, smoothed": (
        partial(binary_cross_entropy, label_smoothing=0.3),
        row_means(lambda z, y: nn.BCEWithLogitsLoss(reduction="none")(z, 0.7 * y + 0.15)),
        YES_OR_NO,
    ),
    "cross_entropy": (cross_entropy, nn.CrossEntropyLoss(reduction="none"), LABELS),
    "cross_entropy, shares": (cross_entropy, nn.CrossEntropyLoss(reduction="none"), SHARES),
    "cross_entropy, smoothed": (smoothed, torch_smoothed, LABELS),
    "cross_entropy, smoothed shares": (smoothed, torch_smoothed, SHARES),
}


@cache
def computed(dtype):
    """Per case prediction, target, value and gradient, all in one program."""
    extremes = np.random.default_rng(1).choice([-1e4, 0, 1e4], (B, O))
    predictions, targets = {}, {}
    for name, (_, _, target) in CASES.items():
        prediction, target = np.concatenate([PREDICTION, 100 * PREDICTION, extremes]), np.concatenate([target] * 3)
        if target.dtype == np.float64:
            prediction[0], prediction[1] = target[0], target[1] + 1  # errors of exactly 0 and, for Huber, δ
            target = target.astype(dtype)
        predictions[name], targets[name] = prediction.astype(dtype), target
    return predictions, targets, *value_and_gradient(losses, predictions, targets)


def losses(predictions, targets):
    return {name: CASES[name][0](each, targets[name]) for name, each in predictions.items()}


def test_every_loss_has_a_case():
    assert set(LOSSES) <= set(CASES)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_pytorchs_also_for_extremes(name, dtype):
    prediction, target, value, gradient = (each[name] for each in computed(dtype))
    assert value.shape == (3 * B,)
    assert value.dtype == gradient.dtype == dtype
    wide = target.astype(np.float64) if target.dtype == np.float32 else target
    expected = torch_value_and_gradient(CASES[name][1], prediction, wide)
    tolerance = 1e-12 if dtype == np.float64 else 2e-6
    for ours, theirs in zip((value, gradient), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance / 10)


def test_gradients_are_finite_differences():
    predictions, targets = dict.fromkeys(CASES, PREDICTION), {name: target for name, (_, _, target) in CASES.items()}
    gradients = value_and_gradient(losses, predictions, targets)[1]
    expected = numerical_gradient(partial(losses, targets=targets), predictions)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_logits_of_10_000_have_their_closed_forms(dtype):
    z = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)
    value, gradient = value_and_gradient(cross_entropy, z, np.array([0, 0]))
    np.testing.assert_array_equal(value, [0, 2e4])
    np.testing.assert_array_equal(gradient, [[0, 0], [-1, 1]])
    value, gradient = value_and_gradient(binary_cross_entropy, z, np.array([[1, 0], [1, 0]]))
    np.testing.assert_array_equal(value, [0, 1e4])
    np.testing.assert_array_equal(gradient, [[0, 0], [-0.5, 0.5]])


def test_binary_cross_entropy_keeps_the_digits_of_small_losses():
    z = np.array([[20.0], [-20.0], [0.0]], np.float32)
    value, gradient = value_and_gradient(binary_cross_entropy, z, np.array([1, 0, 1]))
    np.testing.assert_allclose(value, [np.log1p(np.exp(-20)), np.log1p(np.exp(-20)), np.log(2)], rtol=1e-6)
    small = 1 / (1 + np.exp(20))
    np.testing.assert_allclose(gradient[:, 0], [-small, small, -0.5], rtol=1e-6)


def test_median_and_mean_are_where_mae_and_mse_are_least():
    y = np.array([1.0, 2.0, 3.0, 4.0, 1000.0])

    def slope(loss, guess):
        return value_and_gradient(loss, np.full((5, 1), guess), y)[1].sum()

    assert slope(mean_absolute_error, np.median(y)) == 0
    assert abs(slope(mean_squared_error, np.mean(y))) < 1e-9
    assert slope(mean_squared_error, np.median(y)) < -1000  # the outlier pulls
    assert slope(huber, np.median(y)) == 0


finite = st.floats(-1e4, 1e4, width=32)


@jax.jit
def of_labels(z):
    rows, pull = jax.vjp(lambda z: cross_entropy(z, jnp.asarray(LABELS)), z)
    return rows, pull(jnp.ones_like(rows))[0]


@settings(deadline=None, max_examples=50)
@given(z=arrays(np.float32, (B, O), elements=finite), shift=finite)
def test_cross_entropy_of_any_logits_is_finite_and_shift_invariant(z, shift):
    value, gradient = of_labels(z)
    assert np.all((value >= 0) & np.isfinite(value))
    assert np.all(np.abs(gradient) <= 1)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-6)
    largest = np.abs(z).max() + abs(shift)
    np.testing.assert_allclose(of_labels(z + np.float32(shift))[0], value, rtol=1e-6, atol=1e-6 * max(1, largest))


@pytest.mark.parametrize("dtype", [np.int32, np.uint8])
def test_labels_one_hot_rows_and_shares_are_one_thing(dtype):
    labels = jnp.asarray(LABELS.astype(dtype))
    rows = one_hot(labels, O)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, np.eye(O)[LABELS])
    np.testing.assert_array_equal(one_hot(jnp.array([-1, O]), O), np.zeros((2, O)))
    expected = of_labels(PREDICTION)[0]
    for form in (labels, rows, rows.astype(int), rows.astype(bool)):
        np.testing.assert_allclose(jax.jit(cross_entropy)(PREDICTION, form), expected, rtol=1e-6)


def test_two_classes_are_smoothed_alike_with_one_logit_and_with_two():
    """The second logit stands for the difference of both."""
    z, y = PREDICTION[:, :1].astype(np.float32), LABELS % 2
    two = cross_entropy(jnp.hstack([jnp.zeros_like(z), z]), jnp.asarray(y), 0.2)
    np.testing.assert_allclose(binary_cross_entropy(jnp.asarray(z), jnp.asarray(y), 0.2), two, rtol=1e-5)


def test_only_losses_of_classes_smooth_labels():
    assert {name for name, loss in LOSSES.items() if smooths_labels(loss)} == {"cross_entropy", "binary_cross_entropy"}
    assert not smooths_labels(lambda prediction, target: prediction)


def test_no_gather_and_no_scatter():
    program = str(jax.make_jaxpr(of_labels)(PREDICTION))
    assert "exp" in program
    assert "scatter" not in program
    assert "gather" not in program


COLUMNWISE = [mean_absolute_error, mean_squared_error, huber, binary_cross_entropy]


@pytest.mark.parametrize("loss", COLUMNWISE)
def test_one_output_takes_flat_targets(loss):
    p, y = jnp.asarray(PREDICTION[:, :1]), jnp.asarray(SHARES[:, 0])
    np.testing.assert_array_equal(loss(p, y), loss(p, y[:, None]))


@pytest.mark.parametrize(
    ("losses", "prediction", "target", "message"),
    [
        (COLUMNWISE, (6, 4), (6,), "target must have the shape [6, 4], not [6]"),
        (COLUMNWISE, (6, 1), (5,), "target must have the shape [6, 1] or [6], not [5]"),
        (COLUMNWISE, (6, 1), (1, 6), "target must have the shape [6, 1] or [6], not [1, 6]"),
        (LOSSES.values(), (6,), (6,), "prediction must have the shape [B, O], not [6]"),
        ([cross_entropy], (6, 4), (5,), "target must have the shape [6] or [6, 4], not [5]"),
        (
            [cross_entropy],
            (6, 1),
            (6,),
            "needs a logit for every class, not 1 logit: use binary_cross_entropy.",
        ),
    ],
)
def test_shapes_that_do_not_match(losses, prediction, target, message):
    for loss in losses:
        with pytest.raises(ValueError, match=re.escape(message)):
            jax.eval_shape(loss, jnp.zeros(prediction), jnp.zeros(target, int))


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (partial(huber, delta=0), "delta must be > 0, not 0"),
        (partial(cross_entropy, label_smoothing=1.1), "label_smoothing must be in [0, 1], not 1.1"),
        (partial(binary_cross_entropy, label_smoothing=-0.1), "label_smoothing must be in [0, 1], not -0.1"),
    ],
)
def test_numbers_out_of_range(loss, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        jax.eval_shape(loss, jnp.zeros((6, 4)), jnp.zeros((6, 4)))


def test_labels_must_be_a_row_of_integers():
    with pytest.raises(TypeError, match="labels must be integers, not float32"):
        cross_entropy(jnp.zeros((6, 4)), jnp.zeros(6))
    with pytest.raises(ValueError, match=re.escape("labels must have the shape [B], not [6, 1]")):
        one_hot(jnp.zeros((6, 1), int), 4)


def test_found_by_name_or_passed_through():
    assert all(loss_function(name) is loss for name, loss in LOSSES.items())

    def own(prediction, target):
        return jnp.sum((prediction - target) ** 4, axis=1)

    assert loss_function(own) is own
    with pytest.raises(ValueError, match=re.escape("There is no loss 'cross_entropi'. Did you mean 'cross_entropy'?")):
        loss_function("cross_entropi")
    with pytest.raises(TypeError, match=r"must be a name or a function .*, not None"):
        loss_function(None)  # pyright: ignore[reportArgumentType]
