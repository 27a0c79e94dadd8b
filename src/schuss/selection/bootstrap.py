"""How far a score would move if other rows had been drawn: the bootstrap's standard error."""

import numpy as np

from schuss.selection.metrics import Metric

RESAMPLES = 100
"""So many tables are drawn: the standard error itself is then known to about 7 %."""

PAIRED = 50
"""So many of these tables are drawn for a difference of two scores, whose standard error is then known to 10 %."""

ROWS = 1_024
"""More rows than this are not drawn: the standard error of n rows is √(n/N) times as large for N."""


def standard_error(
    metric: Metric, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray | None = None, random_state: int = 0
) -> float | None:
    """Standard deviation of the metric over tables of N rows drawn with replacement from the N at hand.

    It is what the choice of these rows contributes, not that of the training rows or the seed. For accuracy p it comes
    to √(p(1−p)/N), the binomial's.

    Args:
        metric: the metric.
        y, outputs, weight: as `schuss.selection.metrics.Metric.score` takes them.
        random_state: of the draw.

    Returns:
        None where the metric is not defined for at least half of the draws, or there are fewer than two rows.

    Source: Efron, *Bootstrap Methods: Another Look at the Jackknife*, 1979.

    >>> from schuss.selection.metrics import metric
    >>> right = np.arange(400) % 10 > 0  # nine of ten
    >>> outputs = np.eye(2)[np.where(right, 0, 1)]
    >>> error = standard_error(metric("accuracy", 2), np.zeros(400, int), outputs)
    >>> abs(error - (0.9 * 0.1 / 400) ** 0.5) < 0.003
    True
    """
    return error_of(resampled(metric, y, outputs, weight, random_state=random_state), len(y))


def resampled(
    metric: Metric,
    y: np.ndarray,
    outputs: np.ndarray,
    weight: np.ndarray | None = None,
    draws: int = RESAMPLES,
    random_state: int = 0,
) -> np.ndarray:
    """The metric over tables drawn with replacement: [draws], NaN where it is not defined.

    The k-th table has the same rows whatever the outputs are. So the scores of two models may be subtracted, table by
    table: what the draw does to both alike cancels, which makes their difference surer than either score.

    Args:
        metric, y, outputs, weight: see `standard_error`.
        draws: how many tables.
        random_state: of the draw.

    >>> from schuss.selection.metrics import metric
    >>> y = np.arange(400) % 2
    >>> one, other = np.eye(2)[np.where(np.arange(400) % 10 > 0, y, 1 - y)], np.eye(2)[y]
    >>> scores = [resampled(metric("accuracy", 2), y, outputs, draws=50) for outputs in (one, other)]
    >>> error_of(scores[1] - scores[0], 400) == error_of(scores[0], 400)  # the other is always right
    True
    """
    rng, rows = np.random.default_rng(random_state), len(y)
    if rows < 2:
        return np.full(draws, np.nan)
    scores = np.empty(draws)
    for k in range(draws):
        chosen = rng.integers(rows, size=min(rows, ROWS))
        scores[k] = metric.score(y[chosen], outputs[chosen], None if weight is None else weight[chosen])
    return scores


def error_of(scores: np.ndarray, rows: int) -> float | None:
    """Standard error for so many rows from scores of drawn tables, or from differences of such scores.

    None where less than half of the scores are defined.
    """
    known = scores[np.isfinite(scores)]
    if len(known) < len(scores) / 2:
        return None
    return float(known.std(ddof=1) * np.sqrt(min(rows, ROWS) / rows))
