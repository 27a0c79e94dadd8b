"""How far a score would move if other rows had been drawn: the bootstrap's standard error."""

import numpy as np

from schuss.selection.metrics import Metric

RESAMPLES = 100
"""So many tables are drawn: the standard error itself is then known to about 7 %."""

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
    rng, rows = np.random.default_rng(random_state), len(y)
    drawn = min(rows, ROWS)
    if drawn < 2:
        return None
    scores = np.empty(RESAMPLES)
    for k in range(RESAMPLES):
        chosen = rng.integers(rows, size=drawn)
        scores[k] = metric.score(y[chosen], outputs[chosen], None if weight is None else weight[chosen])
    known = scores[np.isfinite(scores)]
    if len(known) < RESAMPLES / 2:
        return None
    return float(known.std(ddof=1) * np.sqrt(drawn / rows))
