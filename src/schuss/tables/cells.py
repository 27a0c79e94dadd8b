"""The cells of one column as truth values, text or labels, or an error that points at the cell that is not."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.errors import InputError, alike, near, show, show_all
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
"""Text that reads as a finite number."""

NUMERIC = rf"{NUMBER}|^\s*[+-]?(?i:inf(inity)?)\s*$"
"""Text that reads as a number or as an infinity."""

CODE = r"^\s*[+-]?0\d"
"""A number with a leading zero, which is a code: a postal code, the number of an article."""

MISSING = (
    r"(?i)^\s*(#?n/?a|#n/a n/a|n\.\s?a\.?|<na>|-?nan|nat|null|\(null\)|#null!|none|nil|\\n|\?|\.{1,3}|-{1,3}|–|—|"
    r"#div/0!|#value!|#ref!|#num!|#name\?|-?1\.#(ind|qnan)|)\s*$"
)
"""Text that stands for a missing cell in a column of numbers, truth values or dates."""

PAIRS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"))
"""Words of a boolean column, in any case; a column keeps to one pair."""

SPACES = "".join(chr(k) for k in range(0x10000) if chr(k).isspace()) + "\u200b\ufeff"
"""What is left out around the cells of a text."""

CORRECT = "Correct the cell."

FILL_IN = "Fill it in, or leave the row out."
"""What to do about a missing cell."""


def compute() -> Any:
    """``pyarrow.compute``, imported late; its functions are made at run time, so that no type checker knows them."""
    import pyarrow.compute

    return pyarrow.compute


def require_columns(table: "pa.Table", names: Iterable[str]) -> None:
    """See that a table has columns of these names, each once.

    Raises:
        InputError: one is missing (with near matches) or is there more than once.
    """
    names = list(dict.fromkeys(names))
    there = Counter(table.column_names)
    missing = [name for name in names if name not in there]
    if missing:
        there_are = "There is no column" if len(missing) == 1 else "There are no columns"
        problem = f"{there_are} {show_all(missing)}. Its columns: {show_all(there) or 'none'}."
        raise InputError(place(table), problem, _near_all(missing, there))
    twice = [name for name in names if there[name] > 1]
    if twice:
        problem = f"There is more than one column named {show(twice[0])}."
        raise InputError(place(table), problem, "Give every column its own name.")


def _near_all(missing: list[str], there: Iterable[str]) -> str:
    """The remedy for names of columns that are not there."""
    right = "See that it is the right table."
    if len(missing) == 1:
        return near(missing[0], there, right)
    found = {name: alike(name, there) for name in missing[:10]}
    meant = (
        f"Did you mean {' or '.join(map(show, names))} for {show(name)}?" for name, names in found.items() if names
    )
    return " ".join(meant) or right


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

    types = pa.types
    return types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_) or types.is_null(type_)


def trimmed(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """A column of text without spaces around its cells, nor characters that are not seen."""
    pc = compute()
    spaced = pc.match_substring_regex(column, r"^[\s\pZ\x{200b}\x{feff}]|[\s\pZ\x{200b}\x{feff}]$")
    if not pc.any(spaced).as_py():
        return column
    return pc.utf8_trim(column, characters=SPACES)


def without_words(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """A column of text in which words that stand for missing cells are missing."""
    import pyarrow as pa

    pc = compute()
    return pc.if_else(pc.match_substring_regex(column, MISSING), pa.scalar(None, column.type), column)


def blank_out(table: "pa.Table", words: Sequence[str]) -> "pa.Table":
    """A table in which cells that hold one of these words are missing, or one of these numbers.

    >>> import pyarrow as pa
    >>> blank_out(pa.table({"x": [1, -999], "y": ["unknown", "b"]}), ["unknown", "-999"]).to_pydict()
    {'x': [1, None], 'y': [None, 'b']}
    """
    import pyarrow as pa

    if not words:
        return table
    pc, columns = compute(), list[Any]()
    amounts = [float(word) for word in words if re.match(NUMBER, word)]
    for name in table.column_names:
        column = plain(table, name)
        found = None
        if is_text(column.type):
            found = pc.is_in(trimmed(column), value_set=pa.array([word.strip() for word in words], column.type))
        elif is_number(column.type) and amounts:
            found = pc.is_in(column.cast(pa.float64(), safe=False), value_set=pa.array(amounts, pa.float64()))
        columns.append(table.column(name) if found is None else pc.if_else(found, pa.scalar(None, column.type), column))
    return pa.table(columns, names=table.column_names, metadata=table.schema.metadata)


def truths(table: "pa.Table", name: str, remedy: str = CORRECT) -> np.ndarray:
    """Truth values as float64 [N]: 0, 1, and NaN where the cell is missing.

    True, yes, t, y and 1 are 1; false, no, f, n and 0 are 0; in any case.

    Raises:
        InputError: a cell is neither; the first one is shown.
    """
    import pyarrow as pa

    pc = compute()
    column = plain(table, name)
    if is_text(column.type):
        text = without_words(column)
        words = pa.array([word for pair in PAIRS for word in pair] + ["0", "1"], column.type)
        found = pc.index_in(pc.utf8_lower(pc.ascii_trim_whitespace(text)), value_set=words)
        wrong = pc.index(pc.and_(found.is_null(), text.is_valid()), True).as_py()
        column = pc.bit_wise_and(found, 1)
    elif is_number(column.type) or pa.types.is_boolean(column.type):
        column = column.cast(pa.float64(), safe=False)
        wrong = pc.index(pc.is_in(column, pa.array([0.0, 1.0, np.nan, None])), False).as_py()
    else:
        wrong = None
    if wrong is None or wrong >= 0:
        raise wrong_cell(table, name, wrong, "true or false, yes or no, t or f, y or n", remedy)
    return column.cast(pa.float64()).to_numpy()


def texts(table: "pa.Table", name: str, remedy: str = CORRECT) -> "pa.ChunkedArray[Any]":
    """Cells as text, for comparing: text without spaces around it, numbers in their shortest form (1 and 1.0 are "1").

    Raises:
        InputError: cells are lists, bytes or others that have no plain text.
    """
    import pyarrow as pa

    pc = compute()
    column = plain(table, name)
    if is_text(column.type):
        return trimmed(column)
    if is_number(column.type) and not pa.types.is_integer(column.type):
        column = column.cast(pa.float64(), safe=False)
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    elif not (
        pa.types.is_integer(column.type) or pa.types.is_boolean(column.type) or pa.types.is_temporal(column.type)
    ):
        raise wrong_cell(table, name, None, "text, a number, a boolean or a date", remedy)
    return column.cast(pa.large_string())


def wrong_cell(table: "pa.Table", name: str, row: int | None, wanted: str, remedy: str) -> InputError:
    """The error for a cell that is not what is ``wanted``; without a row, for the first cell that is not missing."""
    column = plain(table, name)
    if row is None:
        row = max(0, compute().index(column.is_valid(), True).as_py())
    what = "text" if is_text(column.type) else column.type
    return InputError(place(table, row, name), f"The {what} {show(column[row].as_py())} is not {wanted}.", remedy)


def require_finite(
    table: "pa.Table", name: str, result: np.ndarray, rows: np.ndarray, wanted: str = "a finite number"
) -> None:
    """See that what some rows of a column became is finite.

    Args:
        table: the table.
        name: of the column.
        result: what its cells became [R].
        rows: indices of the rows [R].
        wanted: what each must be, for the message.

    Raises:
        InputError: the first row where it is not, and the cell there.
    """
    finite = np.isfinite(result)
    if finite.all():
        return
    place_of_it = int(finite.argmin())
    row = int(rows[place_of_it])
    problem = f"{show(plain(table, name)[row].as_py())} is not {wanted}."
    remedy = "Correct the cell, or leave the row out."
    if np.isnan(result[place_of_it]):
        problem, remedy = f"There is a missing value instead of {wanted}.", FILL_IN
    raise InputError(place(table, row, name), problem, remedy)


def labels(table: "pa.Table", name: str) -> "pa.ChunkedArray[Any]":
    """Labels of classes: whole numbers as int64, text without spaces around it, or booleans; missing where the cell is.

    Raises:
        InputError: a cell is none of these; the first one is shown.
    """
    import pyarrow as pa

    pc = compute()
    column = plain(table, name)
    if pa.types.is_boolean(column.type):
        return column
    if is_text(column.type):
        return trimmed(column)
    try:
        if is_number(column.type):
            if pa.types.is_floating(column.type):
                column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
            return column.cast(pa.int64())
    except pa.ArrowInvalid:
        pass
    row = next(k for k, cell in enumerate(column.to_pylist()) if not _is_whole(cell))
    wanted = "a class: text, a boolean or a whole number of 64 bits"
    raise wrong_cell(table, name, row, wanted, "Write the classes as one of these, or choose regression.")


def _is_whole(cell: Any) -> bool:
    """Whether it is a whole number of 64 bits, or missing."""
    try:
        return cell is None or (cell == int(cell) and -(2**63) <= cell < 2**63)
    except (TypeError, ValueError, OverflowError):
        return False
