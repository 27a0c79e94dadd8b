"""Names of columns: every column has one, and its own."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from schuss.tables.cells import MISSING, NUMBER, compute, is_number, is_text
from schuss.tables.errors import InputError, show_all
from schuss.tables.numerals import find_form
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa


UNNAMED = "Unnamed: "
"""How the name of a column begins that has none in the file; its place follows, counted from 0."""


def named(names: Sequence[str]) -> list[str]:
    """Names of columns; one that is blank becomes "Unnamed: " and its place, as pandas calls it.

    >>> named(["", "x", "y"])
    ['Unnamed: 0', 'x', 'y']
    """
    return [name if name.strip() else f"{UNNAMED}{k}" for k, name in enumerate(names)]


def require_no_title(where: str, names: Sequence[str]) -> None:
    """See that the first line of a file names most of the columns.

    Raises:
        InputError: it does not, as the title of a sheet.
    """
    there = [name for name in names if name.strip()]
    if 2 * len(there) < len(names):
        blank = len(names) - len(there)
        problem = f"Of {len(names)} columns {blank} have no name, only {show_all(there, 3)}: is this a title?"
        raise InputError(where, problem, "Put the names of the columns there.")


def require_names(where: str, names: Sequence[str]) -> None:
    """See that every column has a name of its own.

    Raises:
        InputError: a name is there twice.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        remedy = "Give every column its own name."
        if all(re.match(NUMBER, name) for name in twice):
            remedy += " If this is a row, put a line of names above it."
        raise InputError(where, f"There is more than one column named {show_all(twice)}.", remedy)


def require_rows(table: "pa.Table") -> None:
    """See that the rows of a CSV file are rows: none repeats the names, and the first is no second line of names.

    It is one if no cell of it is a number or found again below, and columns have nothing but numbers below it: units,
    or a second level.

    Raises:
        InputError: one is.
    """
    pc = compute()
    row = pc.index(table.column(0), table.column_names[0]).as_py() if is_text(table.schema.types[0]) else -1
    if row >= 0 and [str(column[row].as_py()) for column in table.columns] == table.column_names:
        problem = "The line repeats the names of the columns: two files may have been put together."
        raise InputError(place(table, row), problem, "Delete the line.")
    texts = [column for column in table.columns if is_text(column.type)]
    if not texts or table.num_rows < 3:
        return
    first = [column[0].as_py() for column in table.columns]
    if any(re.match(NUMBER, str(cell)) for cell in first if cell is not None):
        return
    below = [column for column in texts if column[0].is_valid and not re.match(MISSING, column[0].as_py())]
    again = any(pc.index(column, column[0], start=1).as_py() >= 0 for column in below)
    if not again and any(_are_numbers(column.slice(1)) for column in below):
        cells = show_all([cell or "" for cell in first], 5)
        problem = f"This seems to be a second line of names, or of units, and not a row: {cells}."
        raise InputError(place(table, 0), problem, "Delete the line, or put it together with the first one.")


def _are_numbers(column: "pa.ChunkedArray[Any]") -> bool:
    """Whether all texts that are not words for missing cells are numbers, and there are two at least."""
    pc = compute()
    there = column.filter(pc.invert(pc.match_substring_regex(column, MISSING).fill_null(True)))
    distinct = there.unique()
    return len(there) > 1 and find_form(distinct)[1] == len(distinct)


def require_header(where: str, names: Sequence[str], table: "pa.Table") -> None:
    """See that the first line of a file named the columns, and was not a row.

    It was a row if all its cells are numbers, other than 0, 1, 2, …; or if those above numbers are, and one is no whole
    number, or a text among them is found again in its column.

    Args:
        where: the line.
        names: its cells.
        table: the columns below it.

    Raises:
        InputError: it was a row.
    """
    numbers = {name for name in names if re.match(NUMBER, name)}
    pairs = list(zip(names, table.columns, strict=True))
    above = all(re.match(NUMBER, name) for name, column in pairs if is_number(column.type))
    again = any(compute().index(column, name).as_py() >= 0 for name, column in pairs if name not in numbers and above)
    counted = len(names) > 2 and list(names) == [str(k) for k in range(len(names))]
    row = numbers.issuperset(names) or (above and (again or not all(map(str.isdigit, numbers))))
    if numbers and row and not counted:
        problem = f"The columns have no names: this line holds the cells of a row, {show_all(names, 5)}."
        raise InputError(where, problem, "Put a line of names above the first row.")
