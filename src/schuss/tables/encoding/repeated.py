"""How numbers that repeat become codes: each value has a learned vector, beside the number on its scale.

The hours 17 and 18, a price of 99, the 1,902 and the 1,977 dollars of a tax form can say more of the target than their
neighbours do, and no smooth curve through the column shows it. Where that is so, the values that are in at least ten
rows are coded as levels of a category are; all others share one code.

Whether it is so is tested on the training rows. A curve is fitted to the target first, a line with 31 bends; then
what it leaves is predicted by the mean of the rows with the same value, cross-fitted as in
`schuss.tables.encoding.target_mean`:

::

    r = y − curve(x)          d = Σ r² − Σ (r − mean of r at the same value)²          t = mean(d) / (s(d)/√N)

The sums go over the classes. A column with t ≥ 6 has codes, if what values add is more than 0.2 % of the target's
variance. The bar is high because vectors cost more than they bring where waves and ramps come as far;
`docs/choosing.md` has the measurements.
"""

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from schuss.tables.encoding.category import MOST_LEVELS, embedding_width
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.feature import Coded, are_ascending, are_finite
from schuss.tables.encoding.numeric import Numeric
from schuss.tables.encoding.target_mean import Taught, cross_fitted

LEAST_ROWS = 10
"""A value that is in fewer rows of the table has no code of its own."""

LEAST_VALUES = 3
"""Of fewer values the number itself tells all."""

CLEAR = 6.0
"""So many standard errors must the gain be above 0."""

LEAST_GAIN = 0.002
"""What the values explain beyond the curve must be more than this part of the target's variance."""

MOST_NUMBERS = 100
"""With more columns of numbers than this none is tested: it would take seconds."""

MOST_CELLS = 400_000
"""Rows times classes that a column is tested on, at most."""

BENDS = np.array([NormalDist().inv_cdf(k / 32) for k in range(1, 32)])
"""Where the curve bends: scaled numbers that divide a normal distribution into 32 equal parts."""


@dataclass(frozen=True)
class Repeated(Coded):
    """The number of a value among those that repeat, 0 for all other cells; the network learns a vector for each.

    Values are compared as float32, so that 0.1 from a text file is 0.1 from a file that keeps 32 bits.

    Args:
        name: of the column.
        values: ascending, 3 to 10,000 of them.
        width: how many numbers the vector of a value has, from 1 to 50.
        form: how they are written where they are text, see `schuss.tables.numerals`.
    """

    values: tuple[float, ...]
    width: int
    form: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: values are no finite numbers in ascending order, or too few or too many; or the width is none.
        """
        holds = are_finite(self.values, LEAST_VALUES, MOST_LEVELS) and are_ascending(self.values)
        holds = holds and type(self.width) is int and 1 <= self.width <= 50
        self.require(holds, f"{LEAST_VALUES} to {MOST_LEVELS:,} ascending values, and a width from 1 to 50")

    @property
    def size(self) -> int:
        """How many codes there are: the values, and 0 for others."""
        return len(self.values) + 1

    @property
    def outputs(self) -> tuple[str, ...]:
        """One input, the code."""
        return (f"{self.name}: value",)

    def encode(self, columns: Columns) -> np.ndarray:
        """Codes of any table, float32 [N, 1].

        Raises:
            InputError: a cell is no number, or not written as those of training.
        """
        return codes_of(columns.numbers(self.name, form=self.form), np.array(self.values)).astype(np.float32)[:, None]

    def what(self) -> str:
        """What is done with the column, in words."""
        return f"beside it a learned vector of {self.width} numbers for each of {len(self.values)} values that repeat"


def fit_repeated(feature: Numeric, columns: Columns, taught: Taught, classes: int) -> Repeated | None:
    """Codes for a column of numbers, or None where its values say no more of the target than a curve does.

    Args:
        feature: the column on its scale.
        columns: of the table; all its rows tell which values repeat.
        taught: the training rows.
        classes: how many there are; 0 for a regression.
    """
    x = _single(columns.numbers(feature.name, form=feature.form))
    values, counts = np.unique(x[np.isfinite(x)], return_counts=True)
    values = values[counts >= LEAST_ROWS]
    if not LEAST_VALUES <= len(values) <= MOST_LEVELS:
        return None
    count = classes if classes > 2 else 1
    every = -(-len(taught.rows) * count // MOST_CELLS)
    tested = taught._replace(rows=taught.rows[::every])
    inputs = feature.encode(columns)[tested.rows].astype(np.float64)
    codes = codes_of(x[tested.rows], values)
    if clearness(inputs, codes, len(values) + 1, tested.values(count), tested.weights()) < CLEAR:
        return None
    width = embedding_width(len(values))
    return Repeated(feature.name, tuple(values.astype(float).tolist()), width, form=feature.form)


def codes_of(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Place of each number among ascending values, counted from 1, or 0 where it is none of them: int64 [N].

    >>> codes_of(np.array([7.0, 2.0, np.nan, 5.0]), np.array([2.0, 5.0])).tolist()
    [0, 1, 0, 2]
    """
    x, values = _single(x), _single(values)
    places = np.minimum(np.searchsorted(values, x), len(values) - 1)
    return np.where(values[places] == x, places + 1, 0)


def _single(x: np.ndarray) -> np.ndarray:
    """As float32; numbers beyond it are infinite."""
    with np.errstate(over="ignore"):
        return x.astype(np.float32)


def clearness(inputs: np.ndarray, codes: np.ndarray, size: int, y: np.ndarray, weight: np.ndarray) -> float:
    """How clearly values tell more of the target than a curve does: t, see above; 0 where they tell hardly more.

    Args:
        inputs: the number on its scale, and the mark of missing cells if there is one [R, 1 or 2].
        codes: of the values [R], from 0 to size − 1.
        size: how many codes there are.
        y: the target: standardised values, or an indicator for each class [R, C].
        weight: of the rows [R].
    """
    curve = np.column_stack([np.ones(len(inputs)), inputs, np.maximum(inputs[:, :1] - BENDS, 0)])
    root = np.sqrt(weight)[:, None]
    rest = y - curve @ np.linalg.lstsq(root * curve, root * y, rcond=None)[0]
    told = cross_fitted(codes, size, rest, weight)
    d = weight * (rest**2 - (rest - told) ** 2).sum(axis=1)
    variance = (weight[:, None] * (y - np.average(y, axis=0, weights=weight)) ** 2).sum() / len(y)
    return float(d.mean() / d.std() * np.sqrt(len(d))) if d.mean() > LEAST_GAIN * variance else 0.0
