"""Exponentially weighted averages against pandas, a linear filter and closed forms (notes A5, A6)."""

import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import lfilter

from schuss.averages import (
    ExponentiallyWeightedAverage,
    bias_correction,
    exponentially_weighted_average,
    weights_of_the_past,
    window,
)

BETAS = [0.0, 0.5, 0.9, 0.98, 0.999999]
DAYS = np.arange(365)
TEMPERATURES = 12 - 10 * np.cos(2 * np.pi * DAYS / 365) + np.random.default_rng(0).normal(scale=3, size=365)


@pytest.mark.parametrize("beta", BETAS)
def test_of_temperatures_is_pandas(beta):
    series = pd.Series(TEMPERATURES)
    corrected = exponentially_weighted_average(TEMPERATURES, beta, correct_bias=True)
    np.testing.assert_allclose(corrected, series.ewm(alpha=1 - beta).mean(), rtol=1e-11)
    plain = exponentially_weighted_average(TEMPERATURES, beta)
    from_first = plain + beta ** (DAYS + 1) * TEMPERATURES[0]
    np.testing.assert_allclose(series.ewm(alpha=1 - beta, adjust=False).mean(), from_first, rtol=1e-12, atol=1e-12)


values = arrays(np.float64, st.tuples(st.integers(1, 20), st.integers(1, 3)), elements=st.floats(-1e6, 1e6))


@settings(deadline=None)
@given(theta=values, beta=st.floats(0, 0.999), correct_bias=st.booleans())
def test_online_columns_and_definition_agree(theta, beta, correct_bias):
    online = ExponentiallyWeightedAverage(beta, correct_bias)
    averages = np.array([online.update(row) for row in theta])
    together = exponentially_weighted_average(theta, beta, correct_bias=correct_bias)
    apart = [exponentially_weighted_average(column, beta, correct_bias=correct_bias) for column in theta.T]
    weights = weights_of_the_past(beta, len(theta))[::-1]
    last = weights @ theta / (weights.sum() if correct_bias else 1)
    for other in (together, np.transpose(apart)):
        np.testing.assert_allclose(averages, other, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(online.value, last, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("beta", BETAS)
def test_bias_is_all_of_a_constants_error(beta):
    t = np.arange(1, 101)
    constant = np.full(100, 7.0)
    np.testing.assert_allclose(exponentially_weighted_average(constant, beta, correct_bias=True), 7, rtol=1e-12)
    plain = exponentially_weighted_average(constant, beta)
    np.testing.assert_allclose(plain, -7 * np.expm1(t * np.log(max(beta, 1e-300))), rtol=1e-9)


@pytest.mark.parametrize("beta", BETAS)
def test_bias_correction_keeps_its_digits_in_float32(beta):
    t = np.array([1, 2, 10, 1000], np.float32)
    expected = -np.expm1(t.astype(np.float64) * np.log(max(beta, 1e-300)))
    np.testing.assert_allclose(bias_correction(beta, jnp.asarray(t)), expected, rtol=1e-6)
    traced = np.float32(beta)
    expected = -np.expm1(t.astype(np.float64) * np.log(max(np.float64(traced), 1e-300)))
    np.testing.assert_allclose(jax.jit(bias_correction)(traced, t), expected, rtol=1e-6)


def test_a_million_values():
    theta = np.random.default_rng(0).normal(size=1_000_000)
    filtered = np.asarray(lfilter([0.02], [1, -0.98], theta))
    np.testing.assert_allclose(exponentially_weighted_average(theta, 0.98), filtered, rtol=1e-9, atol=1e-12)


def test_memory_is_constant():
    average = ExponentiallyWeightedAverage(0.9)
    average.update(1.5)
    size = len(pickle.dumps(average))
    for theta in np.linspace(0, 1, 1000):
        average.update(theta)
    assert len(pickle.dumps(average)) == size


def test_averages_do_not_share_memory():
    average = ExponentiallyWeightedAverage(0.5)
    first = average.update(np.array([2, 4], np.float32))
    average.update(np.array([0, 0], np.float32))
    assert first.dtype == np.float64
    np.testing.assert_array_equal(first, [1, 2])


def test_the_window_is_where_weights_have_fallen_to_1_over_e():
    assert [round(window(beta)) for beta in (0.5, 0.9, 0.98)] == [2, 10, 50]
    for epsilon in (0.1, 0.02, 0.001):
        weights = weights_of_the_past(1 - epsilon, round(window(1 - epsilon)) + 1)
        ratio = weights[-1] / weights[0]
        assert ratio == pytest.approx((1 - epsilon) ** (1 / epsilon), rel=1e-9)
        assert ratio == pytest.approx((1 - epsilon / 2) / np.e, rel=epsilon**2)
    np.testing.assert_allclose(weights_of_the_past(0.9, 3), [0.1, 0.09, 0.081])
    assert weights_of_the_past(0.9, 400).sum() == pytest.approx(1)
    np.testing.assert_array_equal(weights_of_the_past(0.0, 3), [1, 0, 0])


def test_nan_is_not_skipped():
    v = exponentially_weighted_average([1.0, np.nan, 3.0], 0.5)
    np.testing.assert_array_equal(np.isnan(v), [False, True, True])


@pytest.mark.parametrize("beta", [1, -0.1, 1.5, np.nan])
def test_beta_outside_its_interval(beta):
    for use in (
        lambda: exponentially_weighted_average([1.0], beta),
        lambda: ExponentiallyWeightedAverage(beta),
        lambda: window(beta),
        lambda: weights_of_the_past(beta, 3),
    ):
        with pytest.raises(ValueError, match=re.escape(f"beta must be in [0, 1), not {beta}")):
            use()


@pytest.mark.parametrize("theta", [[], 3.0, np.zeros((0, 2))])
def test_nothing_to_average(theta):
    with pytest.raises(ValueError, match="theta must have at least one value along its first axis, but its shape"):
        exponentially_weighted_average(theta, 0.9)
    with pytest.raises(ValueError, match="There is no average yet: call update with a value first"):
        _ = ExponentiallyWeightedAverage(0.9).value
