"""How a column of numbers becomes inputs near 0: scaled and clipped, as a normal score, or as a row of ramps.

A missing cell is encoded as the centre of the training rows is. Where the training rows have missing cells, one more
input marks them with 1. ±∞ are numbers beyond all others.
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.feature import Feature, are_ascending, are_finite, are_flags, missing_outputs
from schuss.tables.encoding.scaling import standardise
from schuss.tables.numerals import is_form

KNOTS = 63
"""Quantiles that map numbers to normal scores, at most."""

BINS = 16
"""Ramps of a piecewise-linear encoding, at most."""


@dataclass(frozen=True)
class Numeric(Feature):
    """A column of numbers.

    Args:
        name: of the column.
        center: what stands for a missing cell.
        missing: whether one more input marks missing cells.
        form: how they are written where they are text, see `schuss.tables.numerals`.
    """

    center: float
    missing: bool
    form: str = field(default="", kw_only=True)

    @abstractmethod
    def map(self, x: np.ndarray) -> np.ndarray:
        """Numbers [N], none of them missing, as inputs [N, T]."""

    def encode(self, columns: Columns) -> np.ndarray:
        """Numbers of any table as inputs, float32 [N, len(outputs)].

        Raises:
            InputError: a cell is no number, or not written as those of training.
        """
        x = columns.numbers(self.name, form=self.form)
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
        holds = holds and is_form(self.form)
        self.require(holds and self.method in ("robust", "standard"), "a finite centre, a positive scale and a method")

    @property
    def quantities(self) -> tuple[int, ...]:
        """The number."""
        return (0,)

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
        holds = holds and all(map(are_ascending, lists)) and len(self.knots) == len(self.scores) and is_form(self.form)
        self.require(holds, f"a finite centre and 2 to {KNOTS} ascending knots and scores")

    @classmethod
    def fit(cls, name: str, missing: bool, q: np.ndarray) -> "Quantile":
        """From evenly spaced quantiles, the middle one the median; equal ones share the mean of their ranks."""
        knots, place, count = np.unique(q, return_inverse=True, return_counts=True)
        ranks = np.bincount(place, weights=np.arange(len(q)) + 0.5) / count / len(q)
        scores = tuple(NormalDist().inv_cdf(float(rank)) for rank in ranks)
        return cls(name, float(q[len(q) // 2]), missing, tuple(knots.tolist()), scores)

    @property
    def quantities(self) -> tuple[int, ...]:
        """The number."""
        return (0,)

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
        self.require(
            holds and are_ascending(self.knots) and is_form(self.form),
            f"a finite centre and 2 to {BINS + 1} ascending knots",
        )

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
