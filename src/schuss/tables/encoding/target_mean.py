"""How a column of categories becomes the mean of the target in each level: target statistics.

::

    mean of a level = (Σ w·y + a·prior) / (Σ w + a)          a = 10

The sums go over the training rows of the level, and the prior is the mean of all training rows, so that a level of few
rows stays near it. A training row must not find its own target among its inputs: the network would learn to read it
there. So the training rows are divided into ten parts, and the mean that a row is given is that of the nine parts
without it. All other rows are given the mean over all training rows.

Of a regression's target the mean is of the standardised values; of classes there is a share for each, of two classes
for the second alone.

Source: Micci-Barreca, 2001; as scikit-learn's ``TargetEncoder(smooth=10)``, with weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from schuss.tables.encoding.category import Category, Embedded
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.feature import are_finite, are_texts
from schuss.tables.encoding.scaling import standardise
from schuss.tables.encoding.target import Class

PRIOR_ROWS = 10.0
"""a: the prior counts as much as so many rows."""

PARTS = 10
"""Into how many parts the training rows are divided."""

MOST_CLASSES = 20
"""With more classes than this there are no means: they would be more numbers than the rows can tell."""


class Taught(NamedTuple):
    """The rows that taught an encoding, with their targets.

    Attributes:
        rows: their indices [R].
        y: of all rows of the table: numbers of classes [N], or standardised values [N, 1].
        weight: of all rows [N]; None where all count the same.
    """

    rows: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None

    def values(self, count: int) -> np.ndarray:
        """What is averaged, float64 [R, count]."""
        y = self.y[self.rows]
        if y.ndim == 2:
            return y.astype(np.float64)
        return (y[:, None] == np.arange(2 if count == 1 else count)[-count:]).astype(np.float64)

    def weights(self) -> np.ndarray:
        """Weights of the rows, of mean 1, float64 [R]."""
        if self.weight is None:
            return np.ones(len(self.rows))
        own = np.asarray(self.weight[self.rows], np.float64)
        return own / own.mean()


@dataclass(frozen=True)
class TargetMean(Category):
    """The mean of the target in each level, scaled as numbers are; it stands beside the vector of the level.

    Args:
        name, levels, missing: see `Category`.
        of: what each number is the mean of, in words.
        means: of other cells, of each level, and of missing cells, one row after the other.
        centers, scales: of each number: the prior, and the deviation over the training rows.
    """

    of: tuple[str, ...]
    means: tuple[float, ...]
    centers: tuple[float, ...]
    scales: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: levels are no texts in ascending order, or there are other than one mean for each.
        """
        holds = self._are_levels() and are_texts(self.of, MOST_CLASSES) and len(self.of) > 0
        n = len(self.of) if holds else 0
        size = n * (len(self.levels) + self.missing + 1) if holds else 0
        holds = holds and all(are_finite(x, k, k) for x, k in ((self.means, size), (self.centers, n), (self.scales, n)))
        self.require(holds and all(scale > 0 for scale in self.scales), "finite means of the target for every level")

    @property
    def outputs(self) -> tuple[str, ...]:
        """One for each mean."""
        return tuple(f"{self.name}: {of}" for of in self.of)

    @property
    def inputs(self) -> np.ndarray:
        """Inputs of the network by the code of the level, float32 [1 + levels + missing, len(outputs)]."""
        return self._scaled(np.reshape(self.means, (-1, len(self.of))))

    def encode(self, columns: Columns) -> np.ndarray:
        """Means of the levels of any table that did not teach them, float32 [N, len(outputs)].

        Raises:
            InputError: see `codes`.
        """
        return self.inputs[self.codes(columns)]

    def encode_taught(self, columns: Columns, taught: Taught) -> np.ndarray:
        """Means of the levels without the rows' own targets, float32 [R, len(outputs)]."""
        codes = self.codes(columns)[taught.rows]
        size = len(self.levels) + self.missing + 1
        return self._scaled(cross_fitted(codes, size, taught.values(len(self.of)), taught.weights()))

    def what(self) -> str:
        """What is done with the column, in words."""
        return f"beside it the mean of the target in each level{'' if len(self.of) == 1 else ' for every class'}"

    def _scaled(self, means: np.ndarray) -> np.ndarray:
        return standardise(means, np.array(self.centers), np.array(self.scales))  # pyright: ignore[reportArgumentType]


def fit_mean(category: Embedded, columns: Columns, taught: Taught, classes: Sequence[Class]) -> TargetMean:
    """The means for a column that is embedded.

    Args:
        category: the column.
        columns: of the table.
        taught: the training rows.
        classes: labels; none for a regression.
    """
    of = tuple(f"share of {label}" for label in (classes[1:] if len(classes) == 2 else classes)) or ("mean of target",)
    codes, y, weight = category.codes(columns)[taught.rows], taught.values(len(of)), taught.weights()
    means = smoothed(codes, category.size, y, weight)
    deviation = cross_fitted(codes, category.size, y, weight).std(axis=0)
    return TargetMean(
        category.name,
        category.levels,
        category.missing,
        of,
        tuple(means.ravel().tolist()),
        tuple(np.average(y, axis=0, weights=weight).tolist()),
        tuple(np.where(deviation > 0, deviation, 1.0).tolist()),
    )


def smoothed(codes: np.ndarray, size: int, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Mean of the target for every code, drawn towards the mean of all rows, float64 [size, C].

    Args:
        codes: of the rows [R], from 0 to size − 1.
        size: how many codes there are.
        y: what is averaged [R, C].
        weight: of the rows [R], ≥ 0.

    >>> smoothed(np.array([1, 1]), 2, np.array([[3.0], [1.0]]), np.ones(2))[:, 0].tolist()
    [2.0, 2.0]
    """
    weight = weight if weight.any() else np.ones(len(weight))
    prior = np.average(y, axis=0, weights=weight)
    sums = np.stack([np.bincount(codes, weight * column, size) for column in y.T], axis=1)
    return (sums + PRIOR_ROWS * prior) / (np.bincount(codes, weight, size)[:, None] + PRIOR_ROWS)


def cross_fitted(codes: np.ndarray, size: int, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Mean of the target for the code of every row, over the parts of the rows without it, float64 [R, C].

    Args:
        codes, size, y, weight: see `smoothed`; at least two rows.
    """
    part = np.random.default_rng(0).permutation(len(codes)) % PARTS
    found = np.empty(y.shape)
    for k in range(min(PARTS, len(codes))):
        own = part == k
        found[own] = smoothed(codes[~own], size, y[~own], weight[~own])[codes[own]]
    return found
