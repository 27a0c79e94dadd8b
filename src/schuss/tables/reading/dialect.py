"""How a CSV file is written: what separates cells, how lines end, which names the first line holds."""

import glob
import os
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schuss.tables.cells import NUMBER
from schuss.tables.errors import InputError, show, show_all
from schuss.tables.reading.bounds import require_columns_at_most
from schuss.tables.reading.header import named, require_names, require_no_title
from schuss.tables.reading.preamble import Preamble
from schuss.tables.source import ALONE, COMPRESSIONS, DELIMITERS, open_text, records

if TYPE_CHECKING:
    import duckdb

OTHERS = " :^~"
"""What may separate cells in other people's files."""

SAMPLE = 100
"""Rows that tell whether a column stands alone."""

OPTIONS = """skip=0, comment='', quote='"', escape='"', new_line=$ends, compression=$compression"""
"""What DuckDB is told about every file; the rest is in `Dialect.options`."""

SNIFF = f"SELECT Delimiter FROM sniff_csv($path, sample_size=20480, {OPTIONS})"


class Dialect(NamedTuple):
    """How a CSV file is written.

    Attributes:
        delimiter: between cells, or `ALONE` where there is one column.
        ends: of lines, as DuckDB is told them: a backslash and a letter, or two of them.
        names: of the columns.
    """

    delimiter: str
    ends: str
    names: list[str]


def find_dialect(
    connection: "duckdb.DuckDBPyConnection", path: Path, encoding: str, utf_8: Path, preamble: Preamble
) -> Dialect:
    """The dialect of a file.

    Cells are separated by what a line above the names tells, by a tab in .tsv, else by the delimiter that DuckDB's
    sniffer finds or, where rows are ragged, the one that makes most names of the header.

    Args:
        connection: to DuckDB.
        path: of the file.
        encoding: of the file.
        utf_8: the same file in UTF-8, without what stands above the names.
        preamble: that.

    Raises:
        InputError: a first line that is blank, malformed or a title, repeated names, or another delimiter.
    """
    skip, told = preamble.lines, preamble.delimiter
    headers = _headers(path, encoding, skip)
    widest = max(headers, key=lambda delimiter: len(headers[delimiter]))
    ends = _ends(path, encoding, headers[widest], skip)
    delimiter = widest
    if len(headers[widest]) == 1:
        delimiter = ALONE
        _require_one_column(path, encoding, skip)
    elif told and len(headers.get(told, [])) > 1:
        delimiter = told
    elif ".tsv" in path.name.lower() and len(headers.get("\t", [])) > 1:
        delimiter = "\t"
    elif len(headers.get(found := _sniff(connection, utf_8, ends), [])) > 1:
        delimiter = found
    where = f"{path}, line {skip + 1}"
    require_columns_at_most(where, len(headers[delimiter]))
    found_names = [name.strip() for name in headers[delimiter]]
    require_no_title(where, found_names)
    names = named(found_names)
    require_names(where, names)
    return Dialect(delimiter, ends, names)


def options(path: Path, ends: str) -> dict[str, str]:
    """Parameters of `OPTIONS`. DuckDB expands "~", "*", "?" and "[" in a path: it must open this file and no other."""
    compression = COMPRESSIONS.get(path.suffix.lower(), "none")
    return {"path": glob.escape(os.path.abspath(path)), "compression": compression, "ends": ends}


def _headers(path: Path, encoding: str, skip: int) -> dict[str, list[str]]:
    """The cells of the first line for every delimiter with which it is well-formed.

    Raises:
        InputError: it is blank, or well-formed with none.
    """
    headers: dict[str, list[str]] = {}
    faults: list[InputError] = []
    for delimiter in DELIMITERS + ALONE:
        try:
            _, headers[delimiter] = next(records(path, delimiter, encoding, skip=skip), (1, [""]))
        except InputError as error:
            faults.append(error)
    if not headers:
        raise faults[0]
    if not any("".join(cells).strip() for cells in headers.values()):
        problem = "The line is blank, but the first line must name the columns."
        raise InputError(f"{path}, line {skip + 1}", problem, "Put the names of the columns there.")
    return headers


def _ends(path: Path, encoding: str, header: list[str], skip: int) -> str:
    """How the header ends. DuckDB would look for itself, take an end of line inside quotes, and find no rows."""
    inside = sum(len(re.findall(r"\r\n|\r|\n", name)) for name in header)
    with open_text(path, encoding) as file:
        last = next(islice(file, skip + inside, None))
    return r"\r\n" if last.endswith("\r\n") else r"\r" if last.endswith("\r") else r"\n"


def _sniff(connection: "duckdb.DuckDBPyConnection", file: Path, ends: str) -> str:
    """The delimiter that DuckDB finds, "" where none fits the rows."""
    import duckdb

    try:
        ((found,),) = connection.sql(SNIFF, params=options(file, ends)).fetchall()
    except duckdb.InvalidInputException:
        return ""
    return found


def _require_one_column(path: Path, encoding: str, skip: int) -> None:
    """See that a table whose header is one name has one column.

    Raises:
        InputError: its first rows have several cells, all as many; or numbers, and something else separates cells.
    """
    for delimiter in DELIMITERS + OTHERS:
        try:
            found = islice(records(path, delimiter, encoding, skip=skip), SAMPLE)
            header, *rows = [cells for _, cells in found if cells]
        except InputError:
            continue
        columns = len(rows[0]) if rows else 1
        if columns == 1 or any(len(cells) != columns for cells in rows):
            continue
        if delimiter in DELIMITERS:
            problem = f"There is one name, {show(header[0])}, above {columns} cells: {show_all(rows[0], 5)}."
            remedy = "Put the names of the columns there, or the cells in double quotes."
            raise InputError(f"{path}, line {skip + 1}", problem, remedy)
        numbers = (all(re.match(NUMBER, cell) for cell in cells) for cells in zip(*rows, strict=True))
        if len(header) == columns and any(numbers):
            problem = f"Cells seem to be separated by {show(delimiter)}, as in {show(delimiter.join(header))}."
            remedy = f"Replace {show(delimiter)} by a comma, a semicolon, a tab or a bar."
            raise InputError(f"{path}, line {skip + 1}", problem, remedy)
