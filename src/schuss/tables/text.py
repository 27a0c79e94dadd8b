"""CSV and TSV files → tables, by DuckDB."""

import csv
import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schuss.tables.cells import NUMBER, compute
from schuss.tables.errors import InputError, show, show_all
from schuss.tables.source import Source, open_text, records

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LONGEST_HEADER = 1_000_000
"""Characters of the first line that are read before it is taken for something else than a header."""

SAMPLE = 20480
"""Rows from which the delimiter and the types are found out."""

OPTIONS = """skip=0, comment='', quote='"', escape='"', compression=$compression"""
SNIFF = f"""SELECT Delimiter, HasHeader, Columns FROM sniff_csv($path, {{delimiter}} sample_size=$sample,
            auto_type_candidates=['BIGINT', 'DOUBLE', 'VARCHAR'], {OPTIONS})"""
READ = f"""FROM read_csv($path, auto_detect=false, header=true, delim=$delimiter, columns=$columns,
           hive_partitioning=false, {OPTIONS})"""

Found = tuple[str, bool, list[str]]
"""The delimiter, whether the first line looks like a header, the type of every column."""


def read_text(path: Path, delimiter: str = "") -> "pa.Table":
    """Read a text file whose first line names the columns.

    Cells are separated by ``delimiter``, or by the one of comma, semicolon, tab and bar that DuckDB's sniffer finds;
    those that hold it stand in double quotes. UTF-8, with or without a byte-order mark; blank lines are skipped.
    Columns hold whole numbers, numbers, or else text as it is written, so that labels come out as they went in.

    Raises:
        InputError: no header, blank names, ragged rows, unclosed quotes, not UTF-8.
    """
    import duckdb

    first = _first_line(path)
    compression = "gzip" if path.name.lower().endswith(".gz") else "none"
    # DuckDB expands "~", "*", "?" and "[" in a path: it must open this file and no other.
    file = {"path": glob.escape(os.path.abspath(path)), "compression": compression}
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        sniffed = _sniff(connection, file, delimiter)
        if sniffed is None or sniffed[0] not in first:  # ragged rows, or one column: the header tells
            delimiter = delimiter or max(",;\t|", key=first.count)
            sniffed = _sniff(connection, file, delimiter)
        delimiter, has_header, types = sniffed or (delimiter, True, [])
        names = _names(path, first, delimiter, has_header)
        try:
            table = _load(connection, file | {"delimiter": delimiter}, types or ["VARCHAR"] * len(names))
        except duckdb.InvalidInputException as error:
            raise _explain(path, delimiter, len(names), str(error)) from None
    if len(names) != table.num_columns:
        raise _explain(path, delimiter, len(names), f"{table.num_columns} columns of cells under {len(names)} names")
    return Source(str(path), delimiter).tag(table.rename_columns(names))


def _first_line(path: Path) -> str:
    with open_text(path) as file:
        first = file.readline(LONGEST_HEADER).rstrip("\r\n")
    where, expected = f"{path}, line 1", "must name the columns"
    if re.search("[\udc80-\udcff]", first):
        raise _not_utf_8(where)
    if len(first) >= LONGEST_HEADER - 1:
        raise InputError(where, expected, f"more than {len(first):,} characters", "write one row of cells a line")
    if not first.strip():
        raise InputError(where, expected, "a blank line", "put the names of the columns there")
    return first


def _sniff(
    connection: "duckdb.DuckDBPyConnection", file: dict[str, str], delimiter: str, sample: int = SAMPLE
) -> Found | None:
    """What DuckDB's sniffer finds, with this delimiter if it is not ""; None if no dialect fits the rows."""
    import duckdb

    given = {"delimiter": delimiter} if delimiter else {}
    query = SNIFF.format(delimiter="delim=$delimiter," if delimiter else "")
    try:
        ((found, has_header, columns),) = connection.sql(query, params={**file, **given, "sample": sample}).fetchall()
    except duckdb.InvalidInputException:
        return None
    return found, has_header, [column["type"] for column in columns]


def _names(path: Path, first: str, delimiter: str, has_header: bool) -> list[str]:
    names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    where, expected = f"{path}, line 1", "must name the columns"
    numbers = [name for name in names if re.match(NUMBER, name)]
    if len(numbers) == len(names) or (numbers and not has_header):
        remedy = "put a line of names above the first row"
        raise InputError(where, expected, f"cells of a row: {show_all(names, 5)}", remedy)
    if "" in names:
        remedy = "give every column a name"
        raise InputError(where, expected, f"no name for column {names.index('') + 1} of {len(names)}", remedy)
    return names


def _load(connection: "duckdb.DuckDBPyConnection", file: dict[str, str], types: list[str]) -> "pa.Table":
    """Read with the types of the first rows; where a later cell contradicts them, with those of all rows.

    DuckDB reads 0.5 in a column of whole numbers as 1: they are read as float64 and made whole afterwards, if they are.
    """
    import duckdb

    def load(types: list[str]) -> "pa.Table":
        columns = {f"c{k}": type_ for k, type_ in enumerate(types)}
        return connection.sql(READ, params={**file, "columns": columns}).to_arrow_table()

    try:
        table = load(["DOUBLE" if type_ == "BIGINT" else type_ for type_ in types])
        for k, type_ in enumerate(types):
            if type_ == "BIGINT":
                table = table.set_column(k, f"c{k}", _whole(table.column(k)))
    except (duckdb.ConversionException, OverflowError):
        sniffed = _sniff(connection, file, file["delimiter"], sample=-1)
        return load(sniffed[2] if sniffed else ["VARCHAR"] * len(types))
    return table


def _whole(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """Numbers as int64, unless one of them is not whole; OverflowError where float64 may have rounded them."""
    import pyarrow as pa

    try:
        whole = column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column
    least, greatest = compute().min_max(whole).as_py().values()
    if least is not None and max(-least, greatest) >= 2**53:
        raise OverflowError
    return whole


def _explain(path: Path, delimiter: str, columns: int, message: str) -> InputError:
    """The error for a file that DuckDB refuses; DuckDB numbers records, so the line is looked for here."""
    line = re.search(r"Line: (\d+)", message)
    where = f"{path}, line {line[1]}" if line else str(path)
    if re.search("^Invalid unicode", message, re.MULTILINE):
        return _not_utf_8(where)
    for number, cells in records(path, delimiter):
        trailing = len(cells) == columns + 1 and not cells[-1]  # a delimiter at the end of the line does no harm
        if cells and len(cells) != columns and not trailing:
            expected = f"must have as many cells, separated by {show(delimiter)}, as the first line: {columns}"
            remedy = "correct the line; a cell that holds the delimiter stands in double quotes"
            return InputError(f"{path}, line {number}", expected, f"{len(cells)}: {show_all(cells, 5)}", remedy)
    return InputError(where, "must be a table of cells", show(message.splitlines()[0], 200), "look at the file")


def _not_utf_8(where: str) -> InputError:
    return InputError(where, "must be UTF-8 text", "bytes that are not UTF-8", "save the file as UTF-8")
