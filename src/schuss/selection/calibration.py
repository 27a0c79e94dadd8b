"""Calibration: one temperature for all probabilities, where it makes them more truthful."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from schuss.selection.metrics import check_classes, check_weights
from schuss.tables.splitting.split import folds

LOWEST, HIGHEST = 0.05, 100.0
"""Temperatures that are looked at."""

FOLDS = 5
"""Parts of the rows, each of which judges a temperature that was fitted on the others."""

FEWEST = 50
"""Rows below which nothing is calibrated."""

SMALLEST = float(np.finfo(np.float32).tiny)
"""The probability that a smaller one counts as: a network's 0 is an underflow of float32."""


@dataclass(frozen=True)
class Calibration:
    """A temperature, and what it is worth.

    Attributes:
        temperature: T; 1, which changes nothing, unless it helps.
        before: log loss of the probabilities as they are.
        after: log loss at temperatures that were fitted on other rows than those they are judged on.
        helps: whether ``after`` is below ``before`` by more than the standard error of the difference.
    """

    temperature: float
    before: float
    after: float
    helps: bool


def apply(probabilities: ArrayLike, temperature: float) -> np.ndarray:
    """Probabilities at a temperature: softened above 1, sharpened below; the order of the classes stays.

    ::

        qₖ = pₖ^(1/T) / Σⱼ pⱼ^(1/T)

    which is the softmax of logits divided by T. Computed from logarithms in float64, so that nothing overflows; a
    probability below 1.2e−38, the smallest normal float32, counts as that.

    Args:
        probabilities: p [N, O], each row summing to 1.
        temperature: T > 0.

    Returns:
        q [N, O], in the floating-point type of p; at T = 1 the very p.

    Raises:
        ValueError: T is not positive and finite.

    Source: Guo, Pleiss, Sun and Weinberger, *On Calibration of Modern Neural Networks*, 2017.

    >>> apply([[0.9, 0.1], [0.5, 0.5], [1.0, 0.0]], temperature=2).round(3)
    array([[0.75, 0.25],
           [0.5 , 0.5 ],
           [1.  , 0.  ]])
    """
    p = np.asarray(probabilities)
    p = p if p.dtype.kind == "f" else p.astype(np.float64)
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be > 0 and finite, not {temperature}.")
    if temperature == 1:
        return p
    from scipy.special import softmax

    return softmax(_logarithms(p) / temperature, axis=1).astype(p.dtype)


def calibrate(
    probabilities: ArrayLike, y: ArrayLike, weight: ArrayLike | None = None, random_state: int = 0
) -> Calibration:
    """Find the temperature that makes validation rows most probable, and see on other rows whether it helps.

    ::

        T = argmin Σ wₙ·ℓₙ(T) / Σ wₙ,    ℓₙ(T) = −ln qₙ,ᵧₙ(T)          q as in `apply`, T in [0.05, 100]

    To judge it, the rows are dealt into five stratified folds; each row gets its loss at the temperature T₋ₙ that was
    fitted on the other folds. With dₙ = ℓₙ(1) − ℓₙ(T₋ₙ) and its weighted mean d, it helps if

    ::

        d > √(Σ wₙ²·(dₙ − d)²) / Σ wₙ          the standard error of d, paired over rows

    and if the loss over all rows is not least at T = 0.05: where every row is right it falls without end as T goes to
    0, and tells no temperature. With fewer than 50 rows (of positive weight) or one class, nothing is fitted: T = 1.

    Args:
        probabilities: p [N, O] of validation rows.
        y: their classes [N], whole numbers from 0.
        weight: w [N], ≥ 0; default all 1.
        random_state: seed of the folds.

    Raises:
        ValueError: shapes that do not fit, probabilities outside [0, 1], classes outside 0 … O−1, negative weights.

    Source: Guo et al., 2017; the judgement is this package's own.

    >>> random = np.random.default_rng(0)
    >>> p = random.dirichlet(np.ones(3), 2000)
    >>> y = (p.cumsum(axis=1) > random.random((2000, 1))).argmax(axis=1)  # drawn with these very probabilities
    >>> found = calibrate(apply(p, 0.5), y)  # too sure of themselves
    >>> found.helps, round(found.temperature, 1)
    (True, 2.0)
    >>> calibrate(p, y).temperature
    1.0
    """
    log_p, y, w = _checked(probabilities, y, weight)
    loss = _losses(log_p, y, 1.0)
    before = float(np.average(loss, weights=w)) if len(y) else float("nan")
    if len(y) < FEWEST or y.min() == y.max():
        return Calibration(1.0, before, before, False)
    gain = np.zeros(len(y))  # d; the only row of its class is in no fold and gains nothing
    for part in folds(len(y), FOLDS, y, random_state=random_state):
        rows, others = part.validation, part.training
        gain[rows] = loss[rows] - _losses(log_p[rows], y[rows], _fit(log_p[others], y[others], w[others]))
    mean = float(np.average(gain, weights=w))
    error = float(np.sqrt(np.sum((w * (gain - mean)) ** 2)) / w.sum())
    temperature = _fit(log_p, y, w)
    helps = mean > error and temperature > 1.001 * LOWEST
    return Calibration(temperature if helps else 1.0, before, before - mean, helps)


def _fit(log_p: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """The temperature with the least loss; the loss falls and then rises with ln T, so that no start is needed."""
    from scipy.optimize import minimize_scalar

    def cost(log_temperature: float) -> float:
        return float(np.average(_losses(log_p, y, np.exp(log_temperature)), weights=w))

    found: Any = minimize_scalar(cost, bounds=np.log([LOWEST, HIGHEST]), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def _losses(log_p: np.ndarray, y: np.ndarray, temperature: float) -> np.ndarray:
    """ℓ [N] of rows with these ln p [N, O] and classes [N]."""
    from scipy.special import log_softmax

    return -log_softmax(log_p / temperature, axis=1)[np.arange(len(y)), y]


def _logarithms(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(p, SMALLEST, dtype=np.float64))


def _checked(
    probabilities: ArrayLike, y: ArrayLike, weight: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln p, y and w of the rows of positive weight."""
    p, y = np.asarray(probabilities), np.asarray(y)
    if p.ndim != 2 or y.shape != (len(p),):
        raise ValueError(f"probabilities and y must be [N, O] and [N], not {p.shape} and {y.shape}.")
    if not ((p >= 0) & (p <= 1 + 1e-5)).all():
        raise ValueError(f"probabilities must be between 0 and 1, and reach from {p.min()} to {p.max()}.")
    check_classes(y, p.shape[1])
    w = np.ones(len(y)) if weight is None else check_weights(weight, len(y))
    return _logarithms(p[w > 0]), y[w > 0], w[w > 0]
