"""Columns of text that are written numbers → columns of numbers, where nothing of what was written is lost."""

from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.cells import MISSING, compute, is_text
from schuss.tables.errors import show
from schuss.tables.statistics import at_once

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = r"^\s*[+-]?(0|[1-9]\d*)\s*$"
"""A whole number without leading zeros."""

NUMERAL = r"^\s*[+-]?(((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?|(?i:nan|inf(inity)?))\s*$"
"""A number without leading zeros: 007 is a code, whose zeros would be lost."""

THOUSANDS = r"^\s*[+-]?(0|[1-9]\d{0,2}(\.\d{3})*)\s*$"
"""A whole number with dots between thousands, or below 1000."""

DECIMAL_COMMA = r"^\s*[+-]?((0|[1-9]\d*)(,\d*)?|,\d+)([eE][+-]?\d+)?\s*$"
"""The same with a decimal comma, or without decimals."""


def read_written_numbers(table: "pa.Table", decimal_comma: bool) -> tuple["pa.Table", bool]:
    """A table in which columns of written numbers are int64 or float64, and whether decimal commas were among them.

    Columns stay text if a cell has leading zeros, or is a whole number beyond 64 bits. Words for missing cells are
    understood only beside decimal commas.

    Args:
        table: columns of text, and others, which stay as they are.
        decimal_comma: whether 1,5 may be a number.

    >>> import pyarrow as pa
    >>> table = pa.table({"a": ["1", "2"], "b": ["1", "2.5"], "c": ["1,5", "NA"], "d": ["1", "007"]})
    >>> table, commas = read_written_numbers(table, decimal_comma=True)
    >>> [str(column.type) for column in table.columns], commas
    (['int64', 'double', 'double', 'string'], True)
    """
    import pyarrow as pa

    columns, commas = list(table.columns), False
    texts = [k for k, column in enumerate(columns) if is_text(column.type) and column.null_count < len(column)]
    step = at_once(table.num_rows)
    for start in range(0, len(texts), step):
        batch = texts[start : start + step]
        for k, found in zip(batch, _numbers([columns[k] for k in batch]), strict=True):
            if found is None and decimal_comma and (found := _with_commas(columns[k])) is not None:
                commas = True
            columns[k] = columns[k] if found is None else found
    return pa.table(columns, names=table.column_names, metadata=table.schema.metadata), commas


def _numbers(columns: "list[pa.ChunkedArray[Any]]") -> "list[pa.ChunkedArray[Any] | None]":
    """The numbers that each of some columns of text is, or None; they are of one length, and looked at all at once."""
    pc, rows = compute(), len(columns[0])
    cells = _joined(columns)
    fitting, whole = (
        pc.match_substring_regex(cells, pattern).fill_null(True).to_numpy().reshape(-1, rows).all(axis=1)
        for pattern in (NUMERAL, WHOLE)
    )
    found: list[pa.ChunkedArray[Any] | None] = [None] * len(columns)
    for are_whole, places in (True, np.flatnonzero(fitting & whole)), (False, np.flatnonzero(fitting & ~whole)):
        for k, column in zip(places, _typed([columns[k] for k in places], are_whole), strict=True):
            found[k] = column
    return found


def _typed(columns: "list[pa.ChunkedArray[Any]]", whole: bool) -> "list[pa.ChunkedArray[Any] | None]":
    """Columns of written numbers as int64 or float64, or None where a whole one is beyond 64 bits."""
    import pyarrow as pa

    if not columns:
        return []
    pc, rows, cells = compute(), len(columns[0]), _joined(columns)
    text = pc.ascii_ltrim(pc.ascii_trim_whitespace(cells), characters="+")
    try:
        exact = text if whole else pc.if_else(pc.match_substring_regex(cells, WHOLE), text, pa.scalar(None, text.type))
        values = exact.cast(pa.int64())
        values = values if whole else text.cast(pa.float64())
    except pa.ArrowInvalid:  # beyond 64 bits
        return [None] if len(columns) == 1 else [_typed([column], whole)[0] for column in columns]
    return [values.slice(k * rows, rows) for k in range(len(columns))]


def _joined(columns: "list[pa.ChunkedArray[Any]]") -> "pa.ChunkedArray[Any]":
    """The cells of one column after the other."""
    import pyarrow as pa

    return pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type)


def read_thousands(written: "pa.Table", read: "pa.Table") -> tuple["pa.Table", list[str]]:
    """A table with decimal commas in which dots that stand before three digits alone separate thousands; and notes.

    Args:
        written: the table as text.
        read: the same with numbers, of which some had decimal commas.

    >>> import pyarrow as pa
    >>> written = pa.table({"a": ["1.234", "999"], "b": ["1,5", "2"]})
    >>> table, notes = read_thousands(written, read_written_numbers(written, decimal_comma=True)[0])
    >>> table.to_pydict(), notes
    ({'a': [1234, 999], 'b': [1.5, 2.0]}, ["column 'a': 1.234 is taken for 1234, as others have decimal commas."])
    """
    import pyarrow as pa

    pc, columns, notes = compute(), list(read.columns), list[str]()
    for k, (name, column) in enumerate(zip(written.column_names, written.columns, strict=True)):
        if not (is_text(column.type) and pa.types.is_floating(columns[k].type)):
            continue
        marked = column.filter(pc.match_substring_regex(column, r"[.,]").fill_null(False))
        if _all(column, THOUSANDS) and pc.any(pc.match_substring(column, ".")).as_py():
            columns[k] = pc.replace_substring(pc.ascii_trim_whitespace(column), ".", "").cast(pa.int64())
            example = marked[0].as_py().strip()
            meant = example.replace(".", "")
            notes.append(f"column {show(name)}: {example} is taken for {meant}, as others have decimal commas.")
        elif len(marked) > 1 and _all(marked, r"^\s*[+-]?[1-9]\d{0,2},\d{3}\s*$"):
            example = marked[0].as_py().strip()
            notes.append(f"column {show(name)}: {example} is taken for {example.replace(',', '.')}, not for thousands.")
    return pa.table(columns, names=read.column_names, metadata=read.schema.metadata), notes


def _with_commas(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any] | None":
    """The numbers with decimal commas that a column of text is, or None."""
    import pyarrow as pa

    pc = compute()
    there = pc.if_else(pc.match_substring_regex(column, MISSING), pa.scalar(None, column.type), column)
    if not (_all(there, DECIMAL_COMMA) and pc.any(pc.match_substring(there, ",")).as_py()):
        return None
    (found,) = _numbers([pc.replace_substring(there, ",", ".")])
    return found if found is None else found.cast(pa.float64())


def _all(column: "pa.ChunkedArray[Any]", pattern: str) -> bool:
    pc = compute()
    return pc.all(pc.match_substring_regex(column, pattern)).as_py()
