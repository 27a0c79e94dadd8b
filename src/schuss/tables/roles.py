"""Roles that the user gives to columns: identifier, weight, group, and others."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from schuss.tables.cells import require_columns
from schuss.tables.errors import InputError
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa


SEVERAL = ("id", "exclude", "category", "number")
"""Roles that several columns may have."""


@dataclass(frozen=True)
class Roles:
    """Names of columns whose role the user says; what the others hold is inferred.

    Args:
        id: identify rows; no features.
        exclude: are left out.
        category: are categories, whatever they hold.
        number: are numbers, whatever they look like: row numbers, codes with leading zeros, 20240301.
        weight: holds the rows' weights; no feature.
        group: holds what keeps rows together in a split; no feature.
        time: holds what orders the rows in a split; no feature.

    >>> Roles(id="PassengerId", exclude=["Cabin", "Ticket"]).role("Cabin")
    'excluded'
    """

    id: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    weight: str | None = None
    group: str | None = None
    time: str | None = None

    def __post_init__(self) -> None:
        """One name stands for a tuple of one, any iterable for a tuple.

        Raises:
            TypeError: a name is no text.
        """
        for role in SEVERAL:
            given = getattr(self, role)
            object.__setattr__(self, role, (given,) if isinstance(given, str) else tuple(given))
        for name in self.by_column:
            if not isinstance(name, str):
                raise TypeError(f"Roles must hold names of columns, not {name!r}.")

    @cached_property
    def by_column(self) -> dict[str, list[str]]:
        """Column → its roles: identifier, weight, group, time or excluded, which are no features; category; number."""
        single = {"weight": self.weight, "group": self.group, "time": self.time}
        named = {"identifier": self.id, **{role: (name,) for role, name in single.items() if name is not None}}
        found: dict[str, list[str]] = {}
        for role, names in {
            **named,
            "excluded": self.exclude,
            "category": self.category,
            "number": self.number,
        }.items():
            for name in names:
                found.setdefault(name, []).append(role)
        return found

    def among(self, columns: Sequence[str]) -> "Roles":
        """The same roles, with lists of names taken apart: what names no column is names between commas.

        A name that has a comma in it stands in double quotes there, as in a CSV file.

        Args:
            columns: names of the columns there are.

        >>> Roles(exclude=["dist, km", 'a,"b, c"']).among(["dist, km", "a", "b, c"]).exclude
        ('dist, km', 'a', 'b, c')
        """
        known = set(columns)
        apart = {role: _apart(getattr(self, role), known) for role in SEVERAL}
        return replace(self, **apart)

    def role(self, name: str) -> str | None:
        """The first role of a column, None if it has none."""
        return self.by_column.get(name, [None])[0]

    def require(self, table: "pa.Table", target: str) -> None:
        """See that a table has the columns named, and that no role contradicts another.

        Raises:
            InputError: a column is missing, is the target, or is to be a feature and no feature, or of two kinds.
        """
        require_columns(table, self.by_column)
        for name, roles in self.by_column.items():
            if name == target:
                problem = f"The column is the target, and cannot have the role {' and '.join(roles)} as well."
                remedy = "Give that role to another column, or name another target."
                raise InputError(place(table, column=name), problem, remedy)
            if len(roles) > 1 and {"category", "number"} & {*roles}:
                problem = f"The column cannot have the roles {' and '.join(roles)} at once."
                raise InputError(place(table, column=name), problem, "Choose one.")


def _apart(given: Sequence[str], known: set[str]) -> tuple[str, ...]:
    """Names of columns, of texts that are one or list some."""
    names: list[str] = []
    for text in given:
        if text in known or not isinstance(text, str):
            names.append(text)
        else:
            names += (name.strip() for line in csv.reader([text], skipinitialspace=True) for name in line)
    return tuple(names)
