"""Where a table came from, so that a message can point at the line of the file."""

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

import numpy as np

from schuss.tables.errors import InputError, show, show_all

if TYPE_CHECKING:
    import pyarrow as pa

KEY = b"schuss.source"
"""Where the schema's metadata keeps the source."""

DELIMITERS = ",;\t|"
"""What may separate the cells of a CSV file."""

ALONE = "\x1f"
"""The "delimiter" of a CSV file of one column: ASCII's separator of units, which no text has in it."""

LONGEST_LINE = 1_000_000
"""Characters in a line of a text file."""

LONGEST_RECORD = 8 * LONGEST_LINE
"""Bytes in a row of a CSV file, which may go on over several lines."""

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte-order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a byte-order mark",
    "utf-16-be": "UTF-16 without a byte-order mark",
    "cp949": "CP949",
}
"""Python's name of an encoding that is read → its name in messages."""

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".zip": "zip"}
"""Ending of a compressed file's name → how it is compressed."""


@dataclass(frozen=True)
class Source:
    """A table's origin, carried in the metadata of its schema.

    Args:
        name: the path or pattern as the user gave it, or the name of a built-in table.
        delimiter: between the cells of a CSV file, else "".
        format: "CSV", "JSON lines", "Parquet", …
        encoding: of a text file, as Python calls it, see `ENCODINGS`; "" where rows have no lines.
        decimal_comma: whether some columns had decimal commas.
        table: name of the table in a database.
        skipped: lines of a CSV file above the one that names the columns.
        notes: what was decided about the file that is not certain, or may surprise, in sentences.
        rows: how many; needed of the files of a pattern alone.
        files: those that a pattern found, in the order of their rows.
        left_out: rows of it that the table no longer has, from 0, ascending.

    >>> print(Source("train.csv", ";", "CSV", "cp949", decimal_comma=True).describe())
    CSV, separated by ';', CP949, decimal commas
    """

    name: str
    delimiter: str = ""
    format: str = ""
    encoding: str = ""
    decimal_comma: bool = False
    table: str = ""
    skipped: int = 0
    notes: tuple[str, ...] = ()
    rows: int = 0
    files: tuple["Source", ...] = ()
    left_out: tuple[int, ...] = ()

    def describe(self) -> str:
        """What was found out about the file, in a phrase."""
        count = "1 file" if len(self.files) == 1 else f"{len(self.files)} files"
        kinds = dict.fromkeys(file.describe() for file in self.files)
        between = {"\t": "separated by tabs", ALONE: "one column", "": ""}
        parts = [
            f"{count}: {' and '.join(kinds)}" if self.files else self.format,
            between.get(self.delimiter, f"separated by {self.delimiter!r}"),
            ENCODINGS.get(self.encoding, self.encoding.upper()),
            "decimal commas" if self.decimal_comma else "",
            self.table and f"table {show(self.table)}",
        ]
        return ", ".join(filter(None, parts))

    def all_notes(self) -> tuple[str, ...]:
        """Its own notes, and those of the files that a pattern found."""
        return tuple(dict.fromkeys([*self.notes, *(note for file in self.files for note in file.all_notes())]))

    def tag(self, table: "pa.Table") -> "pa.Table":
        """The same table, knowing where it came from."""
        return table.replace_schema_metadata({KEY: json.dumps(asdict(self)).encode()})

    @classmethod
    def of(cls, table: "pa.Table") -> "Source":
        """The source of a table; "the table" where it has none."""
        metadata = table.schema.metadata or {}
        return cls._from_dict(json.loads(metadata[KEY])) if KEY in metadata else cls("the table")

    @classmethod
    def _from_dict(cls, record: dict[str, Any]) -> "Source":
        files = tuple(map(cls._from_dict, record.pop("files")))
        left_out, notes = tuple(record.pop("left_out")), tuple(record.pop("notes"))
        return cls(**record, files=files, left_out=left_out, notes=notes)


def keep(table: "pa.Table", rows: np.ndarray) -> "pa.Table":
    """Some of the rows, in their order; messages still point at their lines.

    >>> import pyarrow as pa
    >>> place(keep(pa.table({"x": [1, 2, 3]}), np.array([0, 2])), row=1)
    'the table, row 3'
    """
    if len(rows) == table.num_rows:
        return table
    left_out = np.setdiff1d(np.arange(table.num_rows), rows)
    return replace(Source.of(table), left_out=tuple(left_out.tolist())).tag(table.take(rows))


def place(table: "pa.Table", row: int | None = None, column: str | None = None) -> str:
    """File, line and column for a message.

    Args:
        table: the whole table as it was read: rows are counted from its start.
        row: index of the row, from 0; shown as the line of a text file (of a CSV file the header is line 1), else
            counted from 1 in its file.
        column: name of the column.

    >>> import pyarrow as pa
    >>> place(pa.table({"x": [1, 2]}), row=1, column="x")
    "the table, row 2, column 'x'"
    """
    source = Source.of(table)
    if row is not None:
        for left_out in source.left_out:
            row += left_out <= row
        source, row = _file_of(source, row)
    parts = [source.name]
    if source.table:
        parts.append(f"table {show(source.table)}")
    if row is not None:
        line = _line(source, row)
        parts.append(f"row {row + 1}" if line is None else f"line {line}")
    if column is not None:
        parts.append(f"column {show(column)}")
    return ", ".join(parts)


def open_bytes(path: str | Path) -> BinaryIO:
    """A file, decompressed where its name ends with .gz or .zst; of a .zip archive the one file in it.

    Reading raises OSError where the compressed data are damaged or cut short; DuckDB does not notice that.
    """
    import pyarrow as pa

    compression = COMPRESSIONS.get(Path(path).suffix.lower())
    if compression == "zip":
        archive = zipfile.ZipFile(path)
        return cast(BinaryIO, archive.open(packed_file(archive)))
    return cast(BinaryIO, pa.input_stream(str(path), compression=compression))


def packed_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file in a .zip archive, but for those that macOS and others leave there.

    Raises:
        InputError: there is none, or more than one, or it can be read with a password alone.
    """
    where, files = str(archive.filename), [file for file in archive.infolist() if not file.is_dir()]
    files = [file for file in files if not re.search(r"(^|/)(\.|__MACOSX/)", file.filename)]
    if len(files) != 1:
        found = f"{len(files)} files in this archive: {show_all([f.filename for f in files], 5)}"
        problem = f"There are {found}." if files else "There is no file in this archive."
        raise InputError(where, problem, "Unpack it, and name the file that holds the table.")
    if files[0].flag_bits & 1:
        raise InputError(where, "The archive can be read with a password alone.", "Unpack it.")
    return files[0]


def open_text(path: str | Path, encoding: str = "utf-8-sig") -> TextIO:
    """A text file, plain, .gz, .zst or .zip; ends of lines stay as they are."""
    return TextIOWrapper(open_bytes(path), encoding, newline="")


def records(
    path: str | Path, delimiter: str, encoding: str = "utf-8-sig", keep_spaces: bool = False, skip: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """(line on which it starts, cells) of every record, the header included; blank lines have no cells.

    Spaces after a delimiter are left out, as DuckDB does in front of a quote, unless they are to be kept. So many lines
    are skipped at the start.

    Raises:
        InputError: a quote is not closed, or followed by something else than a delimiter.
    """
    limit = csv.field_size_limit(LONGEST_RECORD)
    line = skip + 1
    try:
        with open_text(path, encoding) as file:
            for _ in range(skip):
                file.readline()
            reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=not keep_spaces)
            for cells in reader:
                yield line, cells
                line = skip + reader.line_num + 1
    except csv.Error as error:
        remedy = "Correct the line: a cell in double quotes ends with one, and doubles those inside."
        raise InputError(f"{path}, line {line}", f"This is not well-formed CSV: {error}.", remedy) from None
    finally:
        csv.field_size_limit(limit)


def _file_of(source: Source, row: int) -> tuple[Source, int]:
    """Which file of a pattern holds a row, and which of its rows that is."""
    for file in source.files:
        if row < file.rows:
            return file, row
        row -= file.rows
    return source, row


def _line(source: Source, row: int) -> int | None:
    """Line of a row, or None if there is none or the file no longer tells."""
    try:
        if source.delimiter:
            return next(islice(_record_lines(source), row, None), None)
        if source.encoding:
            with open_text(source.name, source.encoding) as file:
                return next(islice((line for line, text in enumerate(file, 1) if text.strip()), row, None), None)
    except (InputError, OSError, UnicodeError):
        pass
    return None


def _record_lines(source: Source) -> Iterator[int]:
    """Lines on which the rows of a CSV file start. In a table of one column a blank line is a missing value."""
    found = records(source.name, source.delimiter, source.encoding, skip=source.skipped)
    next(found)
    return (line for line, cells in found if cells or source.delimiter == ALONE)
