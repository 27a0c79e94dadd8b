"""What all features' encoders have in common, and the checks of what they are made from when it comes from a file."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from schuss.tables.encoding.columns import Columns
from schuss.tables.errors import InputError, show

LARGEST = float(np.finfo(np.float64).max)

RESTORE = "Restore the file, or train again."
"""What to do about an encoding that cannot have been fitted."""


@dataclass(frozen=True)
class Feature(ABC):
    """A column and how it becomes inputs of the network.

    Args:
        name: of the column.
    """

    name: str

    @property
    @abstractmethod
    def outputs(self) -> tuple[str, ...]:
        """Names of the inputs it gives the network."""

    @property
    def quantities(self) -> tuple[int, ...]:
        """Places of the inputs that are numbers on a scale, rather than marks or codes; none unless said otherwise."""
        return ()

    @abstractmethod
    def encode(self, columns: Columns) -> np.ndarray:
        """The column of any table as inputs, float32 [N, len(outputs)].

        Raises:
            InputError: a cell is not what the column held in training.
        """

    @abstractmethod
    def what(self) -> str:
        """What is done with the column, in words."""

    def require(self, holds: bool, expected: str) -> None:
        """Refuse what cannot have been fitted.

        Raises:
            InputError: ``holds`` is false, or the name is no text.
        """
        if not (isinstance(self.name, str) and holds):
            where = f"the encoding of column {show(self.name)}"
            raise InputError(where, f"It must have {expected}, but is {show(self, 200)}.", RESTORE)


class Coded(Feature):
    """A column that becomes a code, for which the network learns a vector."""

    width: int
    """How many numbers the vector has."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many codes there are, from 0 on."""


def missing_outputs(name: str, missing: bool) -> tuple[str, ...]:
    """The name of the input that marks missing cells, where there is one."""
    return (f"{name}: missing",) if missing else ()


def are_finite(values: Any, least: int = 0, most: int = 10_000) -> bool:
    """Whether they are a tuple of finite numbers, from ``least`` to ``most`` of them."""
    whole = isinstance(values, tuple) and least <= len(values) <= most
    return whole and all(type(x) in (int, float) and -LARGEST <= x <= LARGEST for x in values)


def are_ascending(values: tuple[Any, ...]) -> bool:
    """Whether each is greater than the one before."""
    return all(a < b for a, b in pairwise(values))


def are_texts(values: Any, most: int) -> bool:
    """Whether they are a tuple of texts, at most so many."""
    return isinstance(values, tuple) and len(values) <= most and all(isinstance(x, str) for x in values)


def are_flags(*values: Any) -> bool:
    """Whether each is true or false."""
    return all(isinstance(x, bool) for x in values)
