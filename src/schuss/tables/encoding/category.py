"""How a column of categories becomes inputs: one for each level, or the number of a learned vector.

A level is a text that is in enough of the training rows. Rarer ones and those never seen are "other". Missing cells
are a level of their own where the training rows have some; else they are "other", too. Cells of other types are
compared by their text: 1 is "1".
"""

from dataclasses import dataclass, field

import numpy as np

from schuss.tables.cells import compute
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.feature import (
    Coded,
    Feature,
    are_ascending,
    are_finite,
    are_flags,
    are_texts,
    missing_outputs,
)

ONE_HOT = 16
"""More levels than this are embedded."""

MOST_LEVELS = 10_000
"""The most frequent levels that are kept."""


def embedding_width(levels: int) -> int:
    """Numbers in the vector of a level: 1.6·levels^0.56, at most 50.

    Source: the rule of thumb of fastai's tabular models.

    >>> embedding_width(17), embedding_width(10_000)
    (8, 50)
    """
    return min(50, round(1.6 * levels**0.56))


@dataclass(frozen=True)
class Category(Feature):
    """A column of categories.

    Args:
        name: of the column.
        levels: texts, in ascending order.
        missing: whether missing cells are a level, the last one.
        rare: share of the training cells that were none of the levels.
    """

    levels: tuple[str, ...]
    missing: bool
    rare: float = field(default=0.0, kw_only=True)

    def _are_levels(self) -> bool:
        """What holds of levels that were fitted."""
        holds = are_texts(self.levels, MOST_LEVELS) and are_ascending(self.levels) and are_flags(self.missing)
        return holds and are_finite((self.rare,)) and 0 <= self.rare <= 1

    def codes(self, columns: Columns) -> np.ndarray:
        """The level of each cell, numbered from 1, or 0 where the cell is none of the levels: int64 [N].

        Raises:
            InputError: cells are of a type that has no plain text.
        """
        import pyarrow as pa

        column = columns.coded(self.name)
        found = compute().index_in(column.texts, value_set=pa.array(self.levels, column.texts.type))
        absent = len(self.levels) + 1 if self.missing else 0
        return np.append(found.cast(pa.int64()).fill_null(-1).to_numpy() + 1, absent)[column.codes]


@dataclass(frozen=True)
class OneHot(Category):
    """One input for each level: 1 where the cell has it, else 0.

    Args:
        name, levels, missing: see `Category`.
        other: whether there is one more input for other cells; without it their row is 0 everywhere.
    """

    other: bool

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: levels are no texts in ascending order, or too many.
        """
        holds = self._are_levels() and len(self.levels) <= ONE_HOT and are_flags(self.other)
        self.require(holds and len(self.outputs) > 0, f"at most {ONE_HOT} levels, texts in ascending order")

    @property
    def outputs(self) -> tuple[str, ...]:
        """One for each level, for missing cells, for others."""
        levels = tuple(f"{self.name}: {level}" for level in self.levels)
        return levels + missing_outputs(self.name, self.missing) + ((f"{self.name}: other",) if self.other else ())

    def encode(self, columns: Columns) -> np.ndarray:
        """Categories of any table, float32 [N, len(outputs)].

        Raises:
            InputError: see `codes`.
        """
        known = len(self.levels) + self.missing
        rows = np.eye(known + 1, len(self.outputs), dtype=np.float32)  # the last one is that of others
        return rows[self.codes(columns) - 1]

    def what(self) -> str:
        """What is done with the column, in words."""
        also = [word for word, there in (("missing", self.missing), ("other", self.other)) if there]
        return f"one input for each of {len(self.levels)} levels{''.join(f' and for {word}' for word in also)}"


@dataclass(frozen=True)
class Embedded(Category, Coded):
    """The number of the level; the network learns a vector for each.

    Args:
        name, levels, missing: see `Category`.
        width: how many numbers the vector of a level has, from 1 to 50.
    """

    width: int

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: levels are no texts in ascending order, or none or too many; or the width is none.
        """
        holds = self._are_levels() and self.size > 1 and type(self.width) is int and 1 <= self.width <= 50
        self.require(holds, f"1 to {MOST_LEVELS:,} levels, texts in ascending order, and a width from 1 to 50")

    @property
    def size(self) -> int:
        """How many codes there are: the levels, missing cells, and 0 for others."""
        return len(self.levels) + self.missing + 1

    @property
    def outputs(self) -> tuple[str, ...]:
        """The column's name: one input, the code."""
        return (self.name,)

    def encode(self, columns: Columns) -> np.ndarray:
        """Codes of any table, float32 [N, 1].

        Raises:
            InputError: see `codes`.
        """
        return self.codes(columns).astype(np.float32)[:, None]

    def what(self) -> str:
        """What is done with the column, in words."""
        also = ", missing among them" if self.missing else ""
        return f"a learned vector of {self.width} numbers for each of {self.size - 1:,} levels{also}"


def fit_category(name: str, levels: tuple[str, ...], missing: bool, rare: float) -> Category:
    """The encoder for levels (in any order): one-hot when few, else embedded; see `Category`."""
    ascending = tuple(sorted(levels))
    if len(levels) <= ONE_HOT:
        return OneHot(name, ascending, missing, rare > 0, rare=rare)
    return Embedded(name, ascending, missing, embedding_width(len(levels) + missing), rare=rare)
