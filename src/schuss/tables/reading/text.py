"""CSV files → tables of text, by DuckDB."""

import csv
import re
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from schuss.tables.errors import InputError, show, show_all
from schuss.tables.reading.decode import CHUNK, find_encoding, write_utf_8
from schuss.tables.reading.dialect import OPTIONS, Dialect, find_dialect, options
from schuss.tables.reading.header import UNNAMED
from schuss.tables.reading.preamble import find_preamble
from schuss.tables.reading.signature import require_text
from schuss.tables.source import ALONE, LONGEST_RECORD, Source, open_bytes, records

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

READ = f"""FROM read_csv($path, auto_detect=false, header=true, delim=$delimiter, columns=$columns,
           hive_partitioning=false, max_line_size={LONGEST_RECORD}, {OPTIONS})"""


def read_text(path: Path, encoding: str | None = None) -> "pa.Table":
    """Read a CSV file whose first line names the columns; all cells as text, as they are written.

    Cells are separated by comma, semicolon, tab or bar; those that hold it, or ends of lines, stand in double quotes.
    With one name in the first line, a line is a cell, whatever is in it. Blank lines are skipped, or missing cells of
    the one column, and empty cells are missing. A line such as ``sep=;`` and comments may stand above the names.

    Args:
        path: of the file.
        encoding: it is in; default: found out.

    Raises:
        InputError: another kind of file or encoding, no header, repeated names, ragged rows, unclosed quotes.
    """
    import duckdb

    require_text(path, "CSV")
    encoding = find_encoding(path, encoding)
    preamble = find_preamble(path, encoding)
    skip, notes = preamble.lines, list[str]()
    if preamble.comments:
        lines = "1 line" if preamble.comments == 1 else f"{preamble.comments} lines"
        notes.append(f"{path}: {lines} of comments above the names of the columns left out.")
    with TemporaryDirectory(prefix="schuss-") as folder, connect() as connection:
        # A byte-order mark in front of a quote confuses DuckDB, which then may find no rows, without a word.
        plain = encoding == "utf-8" and not skip and path.suffix.lower() != ".zip"
        utf_8 = path if plain else write_utf_8(path, encoding, Path(folder, "utf-8.csv"), skip)
        dialect = find_dialect(connection, path, encoding, utf_8, preamble)
        source = Source(str(path), dialect.delimiter, "CSV", encoding, skipped=skip)
        found = _look(utf_8, dialect.delimiter)
        spare = _spare_cells(source, len(dialect.names)) if found.closed else 0
        table = None
        if not (found.mixes_ends or found.odd_quotes):
            with suppress(duckdb.InvalidInputException):
                table = _load(connection, utf_8, dialect)
        if table is None:
            rewritten = _rewrite(source, len(dialect.names), Path(folder, "rewritten.csv"), spare)
            table = _load(connection, rewritten, dialect._replace(ends=r"\n"))
    table = table.rename_columns(dialect.names)
    blank = dialect.names[-1] == f"{UNNAMED}{len(dialect.names) - 1}" and table.columns[-1].null_count == len(table)
    if spare or blank:
        notes.append(f"{path}: every line ends with {show(dialect.delimiter)}, which is taken for no column.")
    if blank:
        table = table.drop_columns([dialect.names[-1]])
    for name in table.column_names:
        if name.startswith(UNNAMED):
            notes.append(f"{path}: a column without a name is called {show(name)}.")
    return replace(source, notes=tuple(notes)).tag(table)


def connect() -> "duckdb.DuckDBPyConnection":
    """DuckDB in memory, which loads nothing, writes nothing, and gives text as ``large_string``."""
    import duckdb

    return duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": "",
            "arrow_large_buffer_size": True,
        }
    )


def _load(connection: "duckdb.DuckDBPyConnection", file: Path, dialect: Dialect) -> "pa.Table":
    columns = {f"c{k}": "VARCHAR" for k in range(len(dialect.names))}
    parameters = {**options(file, dialect.ends), "delimiter": dialect.delimiter, "columns": columns}
    return connection.sql(READ, params=parameters).to_arrow_table()


class Look(NamedTuple):
    """What the bytes of a file tell that DuckDB would pass over.

    Attributes:
        mixes_ends: whether lines end in several ways, be it inside quotes: DuckDB may lose rows or make some.
        odd_quotes: whether text may follow a closed quote: DuckDB makes one cell of ``"a" "b"``.
        closed: whether a line ends with a delimiter: DuckDB leaves out empty cells beyond the last column.
    """

    mixes_ends: bool
    odd_quotes: bool
    closed: bool


def _look(path: Path, delimiter: str) -> Look:
    """Look through a file in UTF-8."""
    between = re.escape(delimiter.encode())
    odd = re.compile(rb'(?<![",;\t|\r\n])"[ \t]+[^ \t\r\n' + between + rb"]")
    closed = re.compile(between + rb"[ ]*(?:[\r\n]|\Z)")
    returns = newlines = pairs = closing = 0
    odd_quotes, last = False, b""
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            returns, newlines = returns + chunk.count(b"\r"), newlines + chunk.count(b"\n")
            pairs += chunk.count(b"\r\n") + (last[-1:] + chunk[:1] == b"\r\n")
            whole = last + chunk
            odd_quotes = odd_quotes or (b'"' in whole and odd.search(whole) is not None)
            closing += delimiter != ALONE and closed.search(whole) is not None
            last = chunk[-20:]
    mixes_ends = not (returns == 0 or newlines == 0 or returns == newlines == pairs)
    return Look(mixes_ends, odd_quotes, closing > 0)


def _spare_cells(source: Source, columns: int) -> int:
    """How many empty cells beyond the last column every row has.

    Raises:
        InputError: some rows have them and others not: a delimiter too many may have moved their cells.
    """
    first: dict[int, tuple[int, list[str]]] = {}
    rows = Counter[int]()
    found = records(source.name, source.delimiter, source.encoding, keep_spaces=True, skip=source.skipped)
    next(found)
    for line, cells in found:
        spare = len(cells) - columns
        if spare >= 0 and not "".join(cells[columns:]).strip():
            first.setdefault(spare, (line, cells))
            rows[spare] += 1
    if len(rows) > 1:
        raise _ragged(source, columns, *first[min(rows, key=lambda spare: (rows[spare], -spare))])
    return max(rows, default=0)


def _ragged(source: Source, columns: int, line: int, cells: list[str]) -> InputError:
    """The error for a row of more or fewer cells than there are columns."""
    wanted = f"The first line has {columns} cells separated by {show(source.delimiter)}"
    problem = f"{wanted}, this one {len(cells)}: {show_all(cells, 5)}."
    if len(cells) >= columns:
        problem += " If one delimiter is too many, the cells behind it have moved."
    remedy = "Correct the line. A cell that holds the delimiter stands in double quotes."
    return InputError(f"{source.name}, line {line}", problem, remedy)


def _rewrite(source: Source, columns: int, target: Path, spare: int) -> Path:
    """Write down record by record a file that DuckDB cannot read, if it has no other fault than ends of lines.

    Args:
        source: the file.
        columns: how many there are.
        target: what is written.
        spare: how many empty cells every row has beyond them.

    Raises:
        InputError: at the first record with more or fewer cells than columns, or a quote out of place.
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=source.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        found = records(source.name, source.delimiter, source.encoding, keep_spaces=True, skip=source.skipped)
        for number, (line, cells) in enumerate(found):
            if number and cells and len(cells) != columns + spare:
                raise _ragged(source, columns, line, cells)
            if sum(len(cell.encode()) + 3 for cell in cells) > LONGEST_RECORD:
                problem = f"A row goes on over several lines and has more than {LONGEST_RECORD:,} bytes."
                raise InputError(f"{source.name}, line {line}", problem, "See that its quotes are closed.")
            writer.writerow(cells[:columns])
    return target
