"""What is known of rows that are to be divided: their classes, their groups, their order in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from schuss.tables.errors import InputError, show


@dataclass(frozen=True)
class RowsToSplit:
    """What is known of the rows that are to be divided.

    Args:
        n: how many they are.
        targets: classes [N], whole numbers; None for regression.
        groups: a number or name [N] for each row; rows of a group stay together. None: every row by itself.
        time: moments [N], numbers or ``datetime64``; None: in no order. Not together with groups.
        where: what the rows are of, for messages.
        names: of the classes, for messages; default their numbers.

    Raises:
        ValueError: not one of each for every row.
        InputError: both groups and time, or a moment that is missing (NaN, NaT).
    """

    n: int
    targets: np.ndarray | None = None
    groups: np.ndarray | None = None
    time: np.ndarray | None = None
    where: str = "the table"
    names: Sequence[object] = ()

    def __post_init__(self) -> None:
        for name in ("targets", "groups", "time"):
            given = getattr(self, name)
            if given is not None and np.shape(given) != (self.n,):
                raise ValueError(f"{name} must have the shape ({self.n},), one for each row, not {np.shape(given)}.")
        missing = 0 if self.time is None else np.count_nonzero(self.time != self.time)
        if missing:
            remedy = "Fill them in, leave these rows out, or do not order by time."
            raise InputError(self.where, f"There are {missing} rows without a moment in time.", remedy)
        if self.groups is not None and self.time is not None:
            raise InputError(
                self.where, "RowsToSplit can be divided by groups or by time, not by both.", "Name one of the two."
            )

    def take(self, rows: np.ndarray) -> "RowsToSplit":
        """Some of the rows."""
        targets, groups, time = (x if x is None else x[rows] for x in (self.targets, self.groups, self.time))
        return RowsToSplit(len(rows), targets, groups, time, self.where, self.names)

    def name(self, target: Any) -> str:
        """A class, as a message shows it."""
        return show(self.names[target]) if len(self.names) else show(int(target))

    def units(self) -> np.ndarray:
        """Number [N] of what each row may not be parted from, from 0: its group, or the row itself."""
        return np.arange(self.n) if self.groups is None else np.unique(self.groups, return_inverse=True)[1]

    def too_few(self, what: str, found: str, remedy: str) -> InputError:
        """The error for rows, groups or moments that do not suffice."""
        return InputError(self.where, f"There are too few {what}: {found}.", remedy)
