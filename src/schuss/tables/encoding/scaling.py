"""Numbers brought near 0: the centre and scale of a column, and the smooth clip that outliers meet."""

from statistics import NormalDist

import numpy as np

CLIP = 3.0
"""No scaled number is further from 0 than this."""

FARTHEST = 1e6
"""Scaled numbers are cut here before they are clipped, so that infinities become 3 to the last digit of float32."""

VENTILES = np.linspace(0.05, 0.95, 19)
"""Probabilities of the 19 quantiles that cut a column into twenty parts of equal size: "robust" measures them alone."""

NORMAL_IQR = 2 * NormalDist().inv_cdf(0.75)
"""Interquartile range of the normal distribution of variance 1: 1.349."""

FAR = 4.0
"""From so many deviations on a tail is long; it is 1.6 for a normal distribution, 2.8 for an exponential one."""


def clip(z: np.ndarray) -> np.ndarray:
    """z / √(1 + (z/3)²), float32: near 0 it is z, and it stays within ±3, so that no cell rules a row.

    >>> print(clip(np.array([0.01, 1, 100, np.inf])).round(4))
    [0.01   0.9487 2.9987 3.    ]
    """
    z = np.clip(z, -FARTHEST, FARTHEST)
    return (z / np.sqrt(1 + (z / CLIP) ** 2)).astype(np.float32)


def standardise(x: np.ndarray, center: float, scale: float) -> np.ndarray:
    """(x − centre) / scale, clipped, float32."""
    with np.errstate(over="ignore"):
        return clip((x - center) / scale)


def moments(x: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation (divided by N) of finite numbers, however large.

    >>> moments(np.array([-1e308, 1e308, 1e308, 1e308]))
    (5e+307, 8.660254037844386e+307)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(x.mean()), float(x.std())
    if not (np.isfinite(mean) and np.isfinite(deviation)):
        unit = float(np.abs(x).max())
        mean, deviation = float((x / unit).mean() * unit), float((x / unit).std() * unit)
    return mean, deviation if x.min() < x.max() else 0.0


def robust(x: np.ndarray, ventiles: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the ventiles: what lies beyond the first and the last of them has no say.

    Where all ventiles are equal, as in a column of which nearly all cells are equal, mean and deviation are those of
    the numbers themselves; a deviation of 0 becomes 1.

    Args:
        x: finite numbers [N].
        ventiles: the quantiles `VENTILES` of x [19].

    >>> x = np.append(np.arange(100.0), 1e9)
    >>> robust(x, np.quantile(x, VENTILES))
    (50.0, 27.386127875258307)
    """
    center, scale = moments(ventiles)
    if scale == 0:
        center, scale = moments(x)
    return center, scale or 1.0


def long_tailed(ventiles: np.ndarray) -> bool:
    """Whether a column is continuous and has a long tail: 5 % of it are more than `FAR` deviations from the median.

    The deviation is that of a normal distribution with the same quartiles, so that tails do not measure themselves.
    Columns of which most cells are equal, such as counts that are mostly 0, are not continuous.

    Args:
        ventiles: the quantiles `VENTILES` of the column [19].

    >>> normal = np.array([NormalDist().inv_cdf(p) for p in VENTILES])
    >>> long_tailed(normal), long_tailed(np.exp(normal)), long_tailed(np.exp(1.5 * normal))
    (False, False, True)
    """
    low, middle, high = ventiles[[4, 9, 14]]
    deviation = (high - low) / NORMAL_IQR
    farthest = max(ventiles[-1] - middle, middle - ventiles[0])
    return bool(len(np.unique(ventiles)) > len(ventiles) / 2 and farthest > FAR * deviation > 0)
