"""Files → tables."""

import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schuss.tables.errors import InputError, show, show_all
from schuss.tables.reading.arrow import read_arrow, read_parquet
from schuss.tables.reading.database import read_database
from schuss.tables.reading.files import find_files, is_pattern
from schuss.tables.reading.header import named, require_header, require_names, require_rows
from schuss.tables.reading.json_lines import read_json_lines
from schuss.tables.reading.npz import read_npz
from schuss.tables.reading.signature import START, recognize
from schuss.tables.reading.text import read_text
from schuss.tables.reading.written_numbers import read_thousands, read_written_numbers
from schuss.tables.source import COMPRESSIONS, Source, packed_file

if TYPE_CHECKING:
    import pyarrow as pa

TEXT: dict[str, Callable[[Path, str | None], "pa.Table"]] = {
    ".csv": read_text,
    ".tsv": read_text,
    ".txt": read_text,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json_lines,
}
"""Ending of the name of a text file → its reader; .gz, .zst or .zip may follow."""

BINARY: dict[str, Callable[[Path], "pa.Table"]] = {
    ".parquet": read_parquet,
    ".arrow": read_arrow,
    ".feather": read_arrow,
    ".npz": read_npz,
}
"""Ending of the name of another file → its reader."""

DATABASES = (".duckdb", ".ddb", ".sqlite", ".sqlite3", ".db")
"""Endings of the names of databases."""


def read(source: str | Path, table: str | None = None, encoding: str | None = None) -> "pa.Table":
    """Read a table from a file, or from all files that match a pattern; the ending of the name says how.

    | ending | what is in it |
    |---|---|
    | .csv, .tsv, .txt | first line: names of the columns; the delimiter is found out |
    | .jsonl, .ndjson, .json | lines, each an object |
    | .parquet; .arrow, .feather | one table; Arrow's file or stream form |
    | .duckdb, .ddb, .sqlite, .sqlite3, .db | tables, of which one is read |
    | .npz | arrays ``X`` [N, I] and, if there are targets, ``y`` [N]: columns x0, x1, …, y |

    Text may be packed (.gz, .zst, .zip), and is UTF-8, UTF-16 or CP949 unless you name its encoding. Its columns of
    written numbers are int64 or float64, unless something of what was written would be lost.
    ``Source.of(table).describe()`` says what was found out.

    Args:
        source: path of the file, or a pattern such as ``"data/part-*.csv"``, whose files have the same columns.
        table: name of the table in a database that holds several.
        encoding: of text; default: found out.

    Returns:
        the table, with its source in the metadata of the schema, for messages.

    Raises:
        InputError: there is no such file, it cannot be read, or there is no table with rows in it.
    """
    return with_numbers(read_as_written(source, table, encoding))


def with_numbers(whole: "pa.Table") -> "pa.Table":
    """A table of a CSV file as `read_as_written` gives it, its columns of written numbers int64 or float64.

    Raises:
        InputError: its first line is a row, or what stands below it is a second line of names.
    """
    origin = Source.of(whole)
    if origin.format != "CSV":
        return whole
    comma = all(file.delimiter == ";" for file in origin.files or [origin])
    table, found = read_written_numbers(whole, comma)
    table, notes = read_thousands(whole, table) if found else (table, [])
    first = (origin.files or [origin])[0]
    require_header(f"{first.name}, line {first.skipped + 1}", table.column_names, table)
    told = tuple(f"{origin.name}, {note}" for note in notes)
    table = replace(origin, decimal_comma=found, notes=(*origin.notes, *told)).tag(table)
    require_rows(table)
    return table


def read_as_written(source: str | Path, table: str | None = None, encoding: str | None = None) -> "pa.Table":
    """Read a table as `read` does, but every cell of a CSV file as the text that is written there.

    Raises:
        InputError: there is no such file, it cannot be read, or there is no table with rows in it.
    """
    paths = find_files(source)
    whole = _joined(str(source), [_read(path, table, encoding) for path in paths], is_pattern(source))
    names = whole.column_names
    if whole.num_rows == 0 or not names:
        there = f"only names: {show_all(names, 5)}" if names else "no columns either"
        raise InputError(str(source), f"There are no rows in it, {there}.", "Add rows.")
    return whole


def _read(path: Path, name: str | None, encoding: str | None) -> "pa.Table":
    """The table in one file; text of CSV files as it is written."""
    import duckdb
    import pyarrow as pa

    ending = _ending(path)
    text, reader = TEXT.get(ending), BINARY.get(ending)
    if encoding is not None and not text:
        problem = f"A {ending} file says itself how its text is written."
        raise InputError(str(path), problem, "Leave --encoding out.")
    if name is not None and (text or reader):
        problem = f"A {ending} file holds one table: {show(name)} can only be read from {', '.join(DATABASES)}."
        raise InputError(str(path), problem, "Leave --table out.")
    whole = ending + path.suffix if path.suffix.lower() in COMPRESSIONS else ending
    damage = (OSError, EOFError, RuntimeError, UnicodeError, zlib.error, zipfile.BadZipFile)
    try:
        table = text(path, encoding) if text else reader(path) if reader else read_database(path, name)
    except (*damage, duckdb.Error, sqlite3.Error, pa.ArrowException) as error:
        found = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        remedy = "It is damaged, cut short or of another kind: write or download it again."
        raise InputError(str(path), f"This is not a whole {whole} file: {found}.", remedy) from None
    except MemoryError as error:
        problem = "The table does not fit into memory" + (f": {error}." if str(error) else ".")
        raise InputError(str(path), problem, "Read part of it, or use a machine with more.") from None
    names = named(table.column_names)
    require_names(str(path), names)
    return table.rename_columns(names).replace_schema_metadata(table.schema.metadata)


def _joined(name: str, tables: list["pa.Table"], pattern: bool) -> "pa.Table":
    """One table of the rows of all; columns are matched by name."""
    import pyarrow as pa

    first, *others = tables
    if not pattern:
        return first
    origin, names, schema = Source.of(first), first.column_names, first.schema
    for table in others:
        where = Source.of(table).name
        own, wanted = set(table.column_names), set(names)
        lacking = [f"no {show(name)}" for name in names if name not in own]
        besides = [f"{show(name)} besides" for name in table.column_names if name not in wanted]
        if lacking or besides:
            problem = f"The columns are not those of {origin.name}: {', '.join(lacking[:5] + besides[:5])}."
            remedy = "Make the files alike, or name a pattern that leaves this one out."
            raise InputError(where, problem, remedy)
        if Source.of(table).format != origin.format:
            problem = f"The file is {Source.of(table).format}, but {origin.name} is {origin.format}."
            raise InputError(where, problem, "Convert one of them.")
        try:
            schema = pa.unify_schemas([schema, table.schema], promote_options="permissive")
        except pa.ArrowException as error:
            problem = f"The types of the columns do not fit those of {origin.name}: {str(error).splitlines()[0]}."
            raise InputError(where, problem, "Write both with the same types.") from None
    try:
        whole = pa.concat_tables([table.select(names) for table in tables], promote_options="permissive")
    except pa.ArrowInvalid as error:  # 2⁵³ + 1 beside 0.5
        problem = f"There is no one type for the numbers of all files: {error}."
        raise InputError(name, problem, "Write all with the same types.") from None
    files = tuple(replace(Source.of(table), rows=table.num_rows) for table in tables)
    return Source(name, format=origin.format, files=files).tag(whole)


def _ending(path: Path) -> str:
    """The ending of a file's name, without that of its compression.

    Raises:
        InputError: it is not one of those known.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if len(suffixes) > 1 and suffixes[-1] in COMPRESSIONS and suffixes[-2] in TEXT:
        return suffixes[-2]
    known = (*TEXT, *BINARY, *DATABASES)
    if suffixes and suffixes[-1] in known:
        return suffixes[-1]
    if suffixes and suffixes[-1] == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inside = Path(packed_file(archive).filename).suffix.lower()
        if inside in TEXT:
            return inside
    with path.open("rb") as file:
        content, remedy = recognize(file.read(START)) or ("", "Convert or rename the file.")
    text, others = ", ".join(TEXT), ", ".join((*BINARY, *DATABASES))
    found = f"ends with {show(''.join(path.suffixes[-2:]))}" if path.suffix else "has no ending"
    known_names = f"Names of tables end with {text} (also packed: {', '.join(COMPRESSIONS)}), {others}."
    is_content = content and f" This is {content}."
    raise InputError(str(path), f"The name {found}. {known_names}{is_content}", remedy)
