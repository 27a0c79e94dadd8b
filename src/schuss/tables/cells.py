"""The cells of one column as numbers or as labels, or an error that points at the cell that is neither."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.errors import InputError, near, show, show_all
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
"""Text that reads as a number."""

NO, YES = ("false", "no", "f", "n"), ("true", "yes", "t", "y")
"""Words of a boolean column, in any case: 0 and 1."""


def compute() -> Any:
    """``pyarrow.compute``, imported late; its functions are made at run time, so that no type checker knows them."""
    import pyarrow.compute

    return pyarrow.compute


def require_columns(table: "pa.Table", names: Iterable[str]) -> None:
    """See that a table has columns of these names, each once.

    Raises:
        InputError: one is missing (with near matches) or is there more than once.
    """
    names = list(names)
    there = Counter(table.column_names)
    missing = [name for name in names if name not in there]
    if missing:
        right = "see that it is the right table"
        remedy = near(missing[0], there, right) if len(missing) == 1 else right
        found = f"columns {show_all(there)}"
        word = "column" if len(missing) == 1 else "columns"
        raise InputError(place(table), f"must have the {word} {show_all(missing)}", found, remedy)
    twice = [name for name in names if there[name] > 1]
    if twice:
        remedy = "give every column its own name"
        raise InputError(place(table), "must name every column differently", f"{show(twice[0])} repeated", remedy)


def plain(table: "pa.Table", name: str) -> "pa.ChunkedArray[Any]":
    """A column without a dictionary; text of whichever kind as ``large_string``."""
    import pyarrow as pa

    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.large_string()) if is_text(column.type) else column


def is_text(type_: "pa.DataType") -> bool:
    """Whether cells of this type are text."""
    import pyarrow as pa

    return pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_)


def is_number(type_: "pa.DataType") -> bool:
    """Whether cells of this type are numbers; an empty column's are, booleans are not."""
    import pyarrow as pa

    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    return any(kind(type_) for kind in kinds)


def numbers(table: "pa.Table", name: str) -> np.ndarray:
    """Numbers and booleans as float64 [N], NaN where the cell is missing.

    Text counts as boolean where all of it is true or false, yes or no, t or f, y or n.

    Raises:
        InputError: a cell is neither; the first one is shown.
    """
    import pyarrow as pa

    pc = compute()
    column = plain(table, name)
    if is_text(column.type):
        words = pc.index_in(pc.utf8_lower(column), value_set=pa.array([*NO, *YES], column.type))
        if words.null_count > column.null_count:
            raise not_a_number(table, name)
        column = pc.greater_equal(words, len(NO))
    elif not (is_number(column.type) or pa.types.is_boolean(column.type)):
        raise not_a_number(table, name)
    return column.cast(pa.float64(), safe=False).to_numpy()  # whole numbers beyond 2⁵³ are rounded


def not_a_number(table: "pa.Table", name: str) -> InputError:
    """The error for a column that is not numeric: at its first cell that does not read as a number, or its first."""
    pc = compute()
    column = plain(table, name)
    text = is_text(column.type)
    row = pc.index(pc.match_substring_regex(column, NUMBER), False).as_py() if text else -1
    if row < 0:
        row = max(0, pc.index(column.is_valid(), True).as_py())
    found = f"the {'text' if text else column.type} {show(column[row].as_py())}"
    remedy = "correct the cell, or remove the column, or write it as numbers"
    return InputError(place(table, row, name), "must be a number or a boolean", found, remedy)


def require_finite(table: "pa.Table", name: str, result: np.ndarray) -> None:
    """See that what a column became is finite.

    Raises:
        InputError: the first row where it is not, and the cell there.
    """
    finite = np.isfinite(result)
    if finite.all():
        return
    row = int(finite.argmin())
    cell = plain(table, name)[row].as_py()
    expected, found, remedy = "must be a finite number", show(cell), "correct the cell, or leave the row out"
    if cell is None or cell != cell:
        found, remedy = "a missing value", "fill it in, or leave the row or the column out"
    elif abs(cell) != float("inf"):
        expected = "must be a number of the size of those trained on"
    raise InputError(place(table, row, name), expected, found, remedy)


def labels(table: "pa.Table", name: str) -> "pa.ChunkedArray[Any]":
    """Labels of classes: whole numbers as int64, text or booleans.

    Raises:
        InputError: a cell is missing, or is none of these; the first one is shown.
    """
    import pyarrow as pa

    pc = compute()
    column = plain(table, name)
    if column.null_count:
        row = pc.index(column.is_valid(), False).as_py()
        remedy = "fill it in or leave the row out"
        raise InputError(place(table, row, name), "must be a class", "a missing value", remedy)
    if pa.types.is_boolean(column.type) or is_text(column.type):
        return column
    try:
        if is_number(column.type):
            return column.cast(pa.int64())
    except pa.ArrowInvalid:
        pass
    row = next(k for k, cell in enumerate(column.to_pylist()) if not _is_whole(cell))
    found = f"the {column.type} {show(column[row].as_py())}"
    expected = "must be a class: text, a boolean or a whole number of 64 bits"
    remedy = "write the classes as one of these, or choose regression"
    raise InputError(place(table, row, name), expected, found, remedy)


def _is_whole(cell: Any) -> bool:
    try:
        return cell == int(cell) and -(2**63) <= cell < 2**63
    except (TypeError, ValueError, OverflowError):
        return False
