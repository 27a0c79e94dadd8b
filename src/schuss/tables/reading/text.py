"""CSV files → tables of text, by DuckDB."""

import csv
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from schuss.tables.errors import InputError, show, show_all
from schuss.tables.reading.decode import CHUNK, find_encoding, write_utf_8
from schuss.tables.reading.dialect import OPTIONS, Dialect, find_dialect, options
from schuss.tables.reading.signature import require_text
from schuss.tables.source import LONGEST_RECORD, Source, open_bytes, records

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

READ = f"""FROM read_csv($path, auto_detect=false, header=true, delim=$delimiter, columns=$columns,
           hive_partitioning=false, max_line_size={LONGEST_RECORD}, {OPTIONS})"""


def read_text(path: Path) -> "pa.Table":
    """Read a CSV file whose first line names the columns; all cells as text, as they are written.

    Cells are separated by comma, semicolon, tab or bar; those that hold it, or ends of lines, stand in double quotes.
    With one name in the first line, a line is a cell, whatever is in it. Blank lines are skipped, or missing cells of
    the one column, and empty cells are missing.

    Raises:
        InputError: another kind of file or encoding, no header, blank or repeated names, ragged rows, unclosed quotes.
    """
    import duckdb

    require_text(path, "CSV")
    encoding = find_encoding(path)
    with TemporaryDirectory(prefix="schuss-") as folder, connect() as connection:
        # A byte-order mark in front of a quote confuses DuckDB, which then may find no rows, without a word.
        utf_8 = path if encoding == "utf-8" else write_utf_8(path, encoding, Path(folder, "utf-8.csv"))
        dialect = find_dialect(connection, path, encoding, utf_8)
        table = None
        if not _mixes_ends(utf_8):
            with suppress(duckdb.InvalidInputException):
                table = _load(connection, utf_8, dialect)
        if table is None:
            rewritten = _rewrite(path, encoding, dialect, Path(folder, "rewritten.csv"))
            table = _load(connection, rewritten, dialect._replace(ends=r"\n"))
    return Source(str(path), dialect.delimiter, "CSV", encoding).tag(table.rename_columns(dialect.names))


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


def _mixes_ends(path: Path) -> bool:
    """Whether lines end in several ways, be it inside quotes: DuckDB may lose rows or make some, without a word."""
    returns = newlines = pairs = 0
    last = b""
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            returns, newlines = returns + chunk.count(b"\r"), newlines + chunk.count(b"\n")
            pairs += chunk.count(b"\r\n") + (last + chunk[:1] == b"\r\n")
            last = chunk[-1:]
    return not (returns == 0 or newlines == 0 or returns == newlines == pairs)


def _rewrite(path: Path, encoding: str, dialect: Dialect, target: Path) -> Path:
    """Write down record by record a file that DuckDB cannot read, if it has no other fault than ends of lines.

    Raises:
        InputError: at the first record with more or fewer cells than columns, or a quote out of place.
    """
    columns, between = len(dialect.names), show(dialect.delimiter)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=dialect.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for line, cells in records(path, dialect.delimiter, encoding, keep_spaces=True):
            trailing = len(cells) == columns + 1 and not cells[-1]  # a delimiter at the end of the line does no harm
            if cells and len(cells) != columns and not trailing:
                found = f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'} separated by {between}"
                problem = f"There are {found}, but the first line has {columns}: {show_all(cells, 5)}."
                remedy = "Correct the line. A cell that holds the delimiter stands in double quotes."
                raise InputError(f"{path}, line {line}", problem, remedy)
            if sum(len(cell.encode()) + 3 for cell in cells) > LONGEST_RECORD:
                problem = f"A row goes on over several lines and has more than {LONGEST_RECORD:,} bytes."
                raise InputError(f"{path}, line {line}", problem, "See that its quotes are closed.")
            writer.writerow(cells[:columns])
    return target
