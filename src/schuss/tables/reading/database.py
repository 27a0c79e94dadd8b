"""Tables in DuckDB and SQLite files; nothing is written, and a view in them opens no other file."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from schuss.tables.errors import InputError, near, show, show_all
from schuss.tables.reading.bounds import SECONDS, plausible, too_slow
from schuss.tables.reading.signature import START, recognize
from schuss.tables.reading.written_numbers import read_written_numbers
from schuss.tables.source import Source

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

WIDE = {"HUGEINT", "UHUGEINT", "UBIGINT", "BIGNUM"}
"""Whole numbers of DuckDB that may need more than 64 bits: they are text where they do."""

BATCH = 10_000
"""Rows of a table in a database that are read at a time."""

STEPS = 100_000
"""Steps of SQLite's machine after which it looks at the clock."""

STORE = "If it is a view, store what it gives as a table."
"""What to do about a view that opens other files, or misses its tables."""


def read_database(path: Path, name: str | None = None) -> "pa.Table":
    """Read a table or view of a DuckDB or SQLite file, told apart by their first bytes.

    Args:
        path: of the file.
        name: of the table, with its schema if that is not DuckDB's "main"; needed where there are several.

    Raises:
        InputError: neither DuckDB nor SQLite, no such table, several and no name, or open for writing elsewhere.
    """
    with path.open("rb") as file:
        start = file.read(START)
    if start.startswith(b"SQLite format 3\0"):
        with _open_sqlite(path) as connection:
            return _read_sqlite(connection, path, name)
    if start[8:12] == b"DUCK":
        with _open_duckdb(path) as connection:
            return _read_duckdb(connection, path, name)
    found, remedy = recognize(start) or ("", "Write or copy it again, or rename it.")
    what = f"but {found}" if found else f"it begins with {show(start[:16])}"
    raise InputError(str(path), f"This is not a DuckDB or SQLite database, {what}.", remedy)


def _choose(path: Path, names: list[str], name: str | None) -> str:
    """The table of this name, or the only one."""
    if name in names:
        return name
    if not names:
        raise InputError(str(path), "There is no table in this database.", "See that it is the right file.")
    if name is None and len(names) > 1:
        problem = f"There are {len(names)} tables in this database: {show_all(names)}."
        raise InputError(str(path), problem, "Name the one to read with --table.")
    if name is None:
        return names[0]
    problem = f"There is no table {show(name)}. The tables in this database: {show_all(names)}."
    raise InputError(str(path), problem, near(name, names, "Name one of them with --table."))


def _quoted(*names: str) -> str:
    """Identifiers in SQL, whatever is in them."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _open_duckdb(path: Path) -> "duckdb.DuckDBPyConnection":
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_external_access": False,
        "arrow_large_buffer_size": True,
    }
    try:
        return duckdb.connect(os.path.abspath(path), read_only=True, config=config)
    except (duckdb.IOException, duckdb.ConnectionException) as error:
        message = str(error).splitlines()[0]
        if "lock" in message or isinstance(error, duckdb.ConnectionException):
            problem = f"The database is open elsewhere: {message.rstrip('.')}."
            raise InputError(str(path), problem, "Close it there.") from None
        raise


def _read_duckdb(connection: "duckdb.DuckDBPyConnection", path: Path, name: str | None) -> "pa.Table":
    import duckdb
    import pyarrow as pa

    found = connection.execute(
        "SELECT table_schema, table_name, table_type FROM information_schema.tables"
        " WHERE table_catalog = current_database() ORDER BY table_schema != 'main', table_schema, table_name"
    ).fetchall()
    tables = {table if schema == "main" else f"{schema}.{table}": _quoted(schema, table) for schema, table, _ in found}
    kinds = {table if schema == "main" else f"{schema}.{table}": kind for schema, table, kind in found}
    name = _choose(path, list(tables), name)
    where = f"{path}, table {show(name)}"
    late = Timer(SECONDS, connection.interrupt)
    try:
        relation = connection.sql(f"FROM {tables[name]}")
        cells = (
            f"{_quoted(column)}::VARCHAR AS {_quoted(column)}" if str(type_) in WIDE else _quoted(column)
            for column, type_ in zip(relation.columns, relation.types, strict=True)
        )
        if kinds[name] == "VIEW":
            late.start()
        batches = connection.sql(f"SELECT {', '.join(cells)} FROM {tables[name]}").to_arrow_reader(BATCH)
        table = pa.Table.from_batches(plausible(where, path, batches), batches.schema)
    except duckdb.InterruptException:
        raise too_slow(where) from None
    except (duckdb.PermissionException, duckdb.ProgrammingError) as error:
        problem = f"The table cannot be read: {str(error).splitlines()[0].rstrip('.')}."
        raise InputError(where, problem, STORE) from None
    finally:
        late.cancel()
    for k, type_ in enumerate(relation.types):
        if str(type_) in WIDE:
            read, _ = read_written_numbers(table.select([k]), False)
            table = table.set_column(k, table.schema.names[k], read.column(0))
    return Source(str(path), format="DuckDB", table=name).tag(table)


@contextmanager
def _open_sqlite(path: Path) -> Generator[sqlite3.Connection]:
    """A connection that leaves nothing beside the file: with changes pending in another, copies of both are opened."""
    sides = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    pending = [side for side in sides if side.exists() and side.stat().st_size]
    with TemporaryDirectory(prefix="schuss-") as folder:
        uri = f"file:{quote(os.path.abspath(path))}?mode=ro&immutable=1"
        if pending:
            for file in (path, *pending):
                shutil.copyfile(file, Path(folder, file.name))
            uri = f"file:{quote(str(Path(folder, path.name)))}"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            yield connection


def _read_sqlite(connection: sqlite3.Connection, path: Path, name: str | None) -> "pa.Table":
    found = connection.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    kinds = {table: kind for table, kind in found if not table.startswith("sqlite_")}
    name = _choose(path, list(kinds), name)
    end = monotonic() + SECONDS
    if kinds[name] == "view":
        connection.set_progress_handler(lambda: monotonic() > end, STEPS)
    try:
        table = _cells(connection, name, path)
    except sqlite3.OperationalError as error:
        if monotonic() > end and "interrupt" in str(error):
            raise too_slow(f"{path}, table {show(name)}") from None
        problem, remedy = f"The table cannot be read: {error}.", STORE
        if "decode" in str(error):
            problem, remedy = f"Its text is not UTF-8: {error}.", "Write it again with text in UTF-8."
        raise InputError(f"{path}, table {show(name)}", problem, remedy) from None
    return Source(str(path), format="SQLite", table=name).tag(table)


def _cells(connection: sqlite3.Connection, name: str, path: Path) -> "pa.Table":
    """All rows of an SQLite table; a look at all its cells first, since any type may be in any column."""
    import pyarrow as pa

    names = [column for column, *_ in connection.execute(f"SELECT * FROM {_quoted(name)} LIMIT 0").description]
    stored = ", ".join(f"group_concat(DISTINCT typeof({_quoted(column)}))" for column in names)
    types = connection.execute(f"SELECT {stored} FROM {_quoted(name)}").fetchone()
    kinds = [_kind(set((found or "").split(",")) - {"", "null"}) for found in types]
    schema = pa.schema([(column, type_) for column, (type_, _) in zip(names, kinds, strict=True)])
    rows = connection.execute(f"SELECT * FROM {_quoted(name)}")

    def batches() -> Iterator[pa.RecordBatch]:
        while batch := rows.fetchmany(BATCH):
            cells = zip(zip(*batch, strict=True), kinds, strict=True)
            arrays = [pa.array([None if v is None else of(v) for v in values], type_) for values, (type_, of) in cells]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    where = f"{path}, table {show(name)}"
    return pa.Table.from_batches(plausible(where, path, batches()), schema)


def _kind(stored: AbstractSet[str]) -> tuple["pa.DataType", Callable[[Any], Any]]:
    """Arrow's type for cells that SQLite stores as these, and what makes a cell one of that type."""
    import pyarrow as pa

    if not stored:
        return pa.null(), str
    if stored == {"integer"}:
        return pa.int64(), int
    if stored <= {"integer", "real"}:
        return pa.float64(), float
    if "blob" in stored:
        return pa.large_binary(), lambda cell: cell if isinstance(cell, bytes) else str(cell).encode()
    return pa.large_string(), str
