"""How a column of numbers becomes inputs near 0: scaled and clipped, as a normal score, or as a row of ramps.

A missing cell is encoded as the centre of the training rows is. Where the training rows have missing cells, one more
input marks them with 1. ±∞ are numbers beyond all others.
"""

from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from schuss.tables.cells import numbers
from schuss.tables.encoding.feature import Feature, are_ascending, are_finite, are_flags, missing_outputs

if TYPE_CHECKING:
    import pyarrow as pa

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

KNOTS = 63
"""Quantiles that map numbers to normal scores, at most."""

BINS = 16
"""Ramps of a piecewise-linear encoding, at most."""


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


@dataclass(frozen=True)
class Numeric(Feature):
    """A column of numbers.

    Args:
        name: of the column.
        center: what stands for a missing cell.
        missing: whether one more input marks missing cells.
    """

    center: float
    missing: bool

    @abstractmethod
    def map(self, x: np.ndarray) -> np.ndarray:
        """Numbers [N], none of them missing, as inputs [N, T]."""

    def encode(self, table: "pa.Table") -> np.ndarray:
        """Numbers of any table as inputs, float32 [N, len(outputs)].

        Raises:
            InputError: a cell is no number.
        """
        x = numbers(table, self.name)
        absent = np.isnan(x)
        inputs = np.empty((len(x), len(self.outputs)), np.float32)
        inputs[:, : inputs.shape[1] - self.missing] = self.map(np.where(absent, self.center, x))
        if self.missing:
            inputs[:, -1] = absent
        return inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The column's name, and the mark of missing cells."""
        return (self.name, *missing_outputs(self.name, self.missing))

    def _marked(self, what: str) -> str:
        return f"{what}; missing cells marked" if self.missing else what


@dataclass(frozen=True)
class Scaled(Numeric):
    """Numbers scaled and smoothly clipped.

    ::

        z = (x − center) / scale          input = z / √(1 + (z/3)²)

    Args:
        name, center, missing: see `Numeric`; the centre is the mean, for "robust" of the ventiles.
        scale: the standard deviation, likewise; see `robust`.
        method: "robust" or "standard".
    """

    scale: float
    method: str

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: centre or scale is not a finite number, or scale not positive.
        """
        holds = are_finite((self.center, self.scale)) and are_flags(self.missing) and self.scale > 0
        self.require(holds and self.method in ("robust", "standard"), "a finite centre, a positive scale and a method")

    def map(self, x: np.ndarray) -> np.ndarray:
        """Scaled and clipped, float32 [N, 1]."""
        return standardise(x, self.center, self.scale)[:, None]

    def what(self) -> str:
        """What is done with the column, in words."""
        return self._marked(f"(x − {self.center:.4g}) / {self.scale:.4g}, clipped")


@dataclass(frozen=True)
class Quantile(Numeric):
    """Numbers by their rank: linear between quantiles of the training rows, which become normal scores.

    Below the first knot and above the last one the score is constant.

    Args:
        name, center, missing: see `Numeric`; the centre is the median.
        knots: quantiles, ascending, 2 to 63 of them.
        scores: what each becomes: the normal distribution's quantile of its rank, ascending.

    Source: as scikit-learn's ``QuantileTransformer(output_distribution="normal")``, with fewer quantiles and scores
    that end at ±2.4.
    """

    knots: tuple[float, ...]
    scores: tuple[float, ...]

    method: ClassVar[str] = "quantile"

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: knots or scores are not finite, not ascending, or not as many.
        """
        lists = (self.knots, self.scores)
        holds = are_finite((self.center,)) and are_flags(self.missing) and all(are_finite(x, 2, KNOTS) for x in lists)
        holds = holds and all(map(are_ascending, lists)) and len(self.knots) == len(self.scores)
        self.require(holds, f"a finite centre and 2 to {KNOTS} ascending knots and scores")

    @classmethod
    def fit(cls, name: str, missing: bool, q: np.ndarray) -> "Quantile":
        """From evenly spaced quantiles, the middle one the median; equal ones share the mean of their ranks."""
        knots, place, count = np.unique(q, return_inverse=True, return_counts=True)
        ranks = np.bincount(place, weights=np.arange(len(q)) + 0.5) / count / len(q)
        scores = tuple(NormalDist().inv_cdf(float(rank)) for rank in ranks)
        return cls(name, float(q[len(q) // 2]), missing, tuple(knots.tolist()), scores)

    def map(self, x: np.ndarray) -> np.ndarray:
        """Scores, float64 [N, 1]."""
        return np.interp(x, self.knots, self.scores)[:, None]

    def what(self) -> str:
        """What is done with the column, in words."""
        return self._marked(f"normal scores by {len(self.knots)} quantiles")


@dataclass(frozen=True)
class PiecewiseLinear(Numeric):
    """Numbers as a row of ramps, one between any two knots next to each other.

    ::

        inputₜ = clip((x − bₜ₋₁) / (bₜ − bₜ₋₁), 0, 1)          t = 1 … T

    Args:
        name, center, missing: see `Numeric`; the centre is the median.
        knots: b₀ … b_T, quantiles of the training rows, ascending, 2 to 17 of them.

    Source: Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular deep learning", 2022
    (there the first and the last ramp go on beyond 0 and 1).
    """

    knots: tuple[float, ...]

    method: ClassVar[str] = "piecewise_linear"

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: knots are not finite or not ascending, or too many.
        """
        holds = are_finite((self.center,)) and are_flags(self.missing) and are_finite(self.knots, 2, BINS + 1)
        self.require(holds and are_ascending(self.knots), f"a finite centre and 2 to {BINS + 1} ascending knots")

    @property
    def outputs(self) -> tuple[str, ...]:
        """One for each ramp, and the mark of missing cells."""
        ramps = tuple(f"{self.name}: {a:.4g} … {b:.4g}" for a, b in pairwise(self.knots))
        return (*ramps, *missing_outputs(self.name, self.missing))

    def map(self, x: np.ndarray) -> np.ndarray:
        """Ramps, float64 [N, T]."""
        low, high = np.array(self.knots[:-1]), np.array(self.knots[1:])
        with np.errstate(over="ignore"):
            return np.clip((x[:, None] - low) / (high - low), 0, 1)

    def what(self) -> str:
        """What is done with the column, in words."""
        return self._marked(f"{len(self.knots) - 1} ramps from {self.knots[0]:.4g} to {self.knots[-1]:.4g}")
