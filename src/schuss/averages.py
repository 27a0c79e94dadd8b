"""Exponentially weighted averages, their bias correction and their window."""

from itertools import accumulate

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from schuss.types import Array


def bias_correction(beta: Array | float, t: Array | float) -> Array:
    """The weight that t values have in an average started at zero: 1 − βᵗ.

    Computed as −expm1(t·ln β), which keeps its digits where β is close to 1: in float32, 1 − 0.999 loses five of them.

    Args:
        beta: β in [0, 1).
        t: number of values averaged so far, ≥ 1.

    Source: notes A6.

    >>> print(f"{bias_correction(0.9, 1):.6f} {bias_correction(0.9, 10):.6f}")
    0.100000 0.651322
    """
    with np.errstate(divide="ignore"):  # β = 0: ln 0 = −∞, and the correction is 1
        log_beta = float(np.log(beta)) if isinstance(beta, (int, float)) else jnp.log(beta)
    return -jnp.expm1(t * log_beta)


def exponentially_weighted_average(theta: ArrayLike, beta: float, *, correct_bias: bool = False) -> np.ndarray:
    """Exponentially weighted average of a series, at every moment of it.

    ::

        v₀ = 0,  vₜ = β·vₜ₋₁ + (1−β)·θₜ          corrected: v̂ₜ = vₜ / (1−βᵗ)

    A large β averages over many values: a smooth curve that lags behind. A small one follows the noise.
    Without correction the first values are too small, since v starts at zero.

    Args:
        theta: θ [T] or [T, …], at least one value; averaged along the first axis. A NaN is not skipped: every average
            from there on is NaN.
        beta: β in [0, 1).
        correct_bias: divide by the weight of the values seen so far, see `bias_correction`. Default False.

    Returns:
        v or v̂, float64, shaped as ``theta``.

    Raises:
        ValueError: β lies outside [0, 1), or there is no value.

    Source: notes A5 and A6. With correction, the numbers are those of pandas' ``ewm(alpha=1−β).mean()``; pandas'
    ``adjust=False`` starts from θ₁ instead of 0, which makes it vₜ + βᵗ·θ₁.

    >>> exponentially_weighted_average([10, 20, 30], 0.5)
    array([ 5.  , 12.5 , 21.25])
    >>> exponentially_weighted_average([10, 20, 30], 0.5, correct_bias=True).round(2)
    array([10.  , 16.67, 24.29])
    """
    values = np.asarray(theta, np.float64)
    if values.ndim == 0 or len(values) == 0:
        raise ValueError(f"theta must have at least one value along its first axis, but its shape is {values.shape}.")
    weights = weights_of_the_past(beta, len(values))
    series = values.tolist() if values.ndim == 1 else values  # Python's floats are faster than NumPy's, one by one
    averages = accumulate(series, lambda v, theta_t: beta * v + (1 - beta) * theta_t, initial=0.0)
    v = np.array(list(averages)[1:])
    if correct_bias:
        v = (v.T / weights.cumsum()).T  # Σ (1−β)·βᵏ over k < t is 1 − βᵗ
    return v


class ExponentiallyWeightedAverage:
    """The same average, value by value, in constant memory: the series may be as long as it likes.

    Args:
        beta: β in [0, 1).
        correct_bias: give v̂ = v / (1−βᵗ) instead of v. Default False.

    Raises:
        ValueError: β lies outside [0, 1).

    Source: notes A5 and A6.

    >>> average = ExponentiallyWeightedAverage(0.5)
    >>> [float(average.update(theta)) for theta in (10, 20, 30)]
    [5.0, 12.5, 21.25]
    """

    def __init__(self, beta: float, correct_bias: bool = False) -> None:
        _check_beta(beta)
        self.beta = beta
        self.correct_bias = correct_bias
        self._v: np.float64 | np.ndarray = np.float64(0)
        self._weight = 0.0  # of the values so far: the same average, of ones

    def update(self, theta: ArrayLike) -> np.float64 | np.ndarray:
        """Take the next value θ, a number or an array, and return the average: v ← β·v + (1−β)·θ."""
        self._v = self.beta * self._v + (1 - self.beta) * np.asarray(theta, np.float64)
        self._weight = self.beta * self._weight + (1 - self.beta)
        return self.value

    @property
    def value(self) -> np.float64 | np.ndarray:
        """The average now, float64, shaped as the values.

        Raises:
            ValueError: there was no value yet.
        """
        if self._weight == 0:
            raise ValueError("There is no average yet: call update with a value first.")
        return self._v / self._weight if self.correct_bias else self._v


def window(beta: float) -> float:
    """About how many values an average covers: 1/(1−β).

    With ε = 1−β, a value that is 1/ε steps old has only (1−ε)^(1/ε) ≈ 1/e of the newest value's weight.

    Raises:
        ValueError: β lies outside [0, 1).

    Source: notes A5.

    >>> [round(window(beta)) for beta in (0.5, 0.9, 0.98)]
    [2, 10, 50]
    """
    _check_beta(beta)
    return 1 / (1 - beta)


def weights_of_the_past(beta: float, n: int) -> np.ndarray:
    """Weight (1−β)·βᵏ of the value k steps ago in the average, for k = 0 … n−1, float64 [n].

    Raises:
        ValueError: β lies outside [0, 1).

    Source: notes A5.

    >>> weights_of_the_past(0.5, 4)
    array([0.5   , 0.25  , 0.125 , 0.0625])
    """
    _check_beta(beta)
    return (1 - beta) * beta ** np.arange(n, dtype=np.float64)


def _check_beta(beta: float) -> None:
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be in [0, 1), not {beta}.")
