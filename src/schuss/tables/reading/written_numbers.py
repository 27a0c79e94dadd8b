"""Columns of text that are written numbers → columns of numbers, where nothing of what was written is lost."""

from typing import TYPE_CHECKING, Any

from schuss.tables.cells import MISSING, compute, is_text

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = r"^\s*[+-]?(0|[1-9]\d*)\s*$"
"""A whole number without leading zeros."""

NUMERAL = r"^\s*[+-]?(((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?|(?i:nan|inf(inity)?))\s*$"
"""A number without leading zeros: 007 is a code, whose zeros would be lost."""

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
    for k, column in enumerate(columns):
        if not is_text(column.type) or column.null_count == len(column):
            continue
        found = _numbers(column)
        if found is None and decimal_comma and (found := _with_commas(column)) is not None:
            commas = True
        columns[k] = column if found is None else found
    return pa.table(columns, names=table.column_names, metadata=table.schema.metadata), commas


def _numbers(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any] | None":
    """The numbers that a column of text is, or None."""
    import pyarrow as pa

    pc = compute()
    if not _all(column, NUMERAL):
        return None
    text = pc.ascii_ltrim(pc.ascii_trim_whitespace(column), characters="+")
    whole = pc.match_substring_regex(column, WHOLE)
    try:
        exact = pc.if_else(whole, text, pa.scalar(None, text.type)).cast(pa.int64())
    except pa.ArrowInvalid:  # beyond 64 bits
        return None
    return exact if pc.all(whole).as_py() else text.cast(pa.float64())


def _with_commas(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any] | None":
    """The numbers with decimal commas that a column of text is, or None."""
    import pyarrow as pa

    pc = compute()
    there = pc.if_else(pc.match_substring_regex(column, MISSING), pa.scalar(None, column.type), column)
    if not (_all(there, DECIMAL_COMMA) and pc.any(pc.match_substring(there, ",")).as_py()):
        return None
    found = _numbers(pc.replace_substring(there, ",", "."))
    return found if found is None else found.cast(pa.float64())


def _all(column: "pa.ChunkedArray[Any]", pattern: str) -> bool:
    pc = compute()
    return pc.all(pc.match_substring_regex(column, pattern)).as_py()
