"""Where a table came from, so that a message can point at the line of the file."""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from schuss.tables.errors import InputError, show

if TYPE_CHECKING:
    import pyarrow as pa

KEY = b"schuss.source"
"""Where the schema's metadata keeps the source."""


@dataclass(frozen=True)
class Source:
    """A table's origin, carried in the metadata of its schema.

    Args:
        name: the path as the user gave it, or the name of a built-in table.
        delimiter: between the cells of a text file; "" where rows have no lines.
    """

    name: str
    delimiter: str = ""

    def tag(self, table: "pa.Table") -> "pa.Table":
        """The same table, knowing where it came from."""
        return table.replace_schema_metadata({KEY: json.dumps([self.name, self.delimiter]).encode()})

    @classmethod
    def of(cls, table: "pa.Table") -> "Source":
        """The source of a table; "the table" where it has none."""
        metadata = table.schema.metadata or {}
        return cls(*json.loads(metadata[KEY])) if KEY in metadata else cls("the table")


def place(table: "pa.Table", row: int | None = None, column: str | None = None) -> str:
    """File, line and column for a message.

    Args:
        table: the whole table as it was read: rows are counted from its start.
        row: index of the row, from 0; shown as the line of a text file (the header is line 1), else counted from 1.
        column: name of the column.

    >>> import pyarrow as pa
    >>> place(pa.table({"x": [1, 2]}), row=1, column="x")
    "the table, row 2, column 'x'"
    """
    source = Source.of(table)
    parts = [source.name]
    if row is not None:
        line = _line(source, row, table.num_columns) if source.delimiter else None
        parts.append(f"row {row + 1}" if line is None else f"line {line}")
    if column is not None:
        parts.append(f"column {show(column)}")
    return ", ".join(parts)


def open_text(path: str | Path) -> TextIO:
    """A text file, plain or .gz, as UTF-8; bytes that are not UTF-8 become lone surrogates."""
    opener = gzip.open if str(path).lower().endswith(".gz") else open
    return opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")  # type: ignore[return-value]


def records(path: str | Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which it starts, cells) of every record, the header included; blank lines have no cells.

    Raises:
        InputError: a quote is not closed, or followed by something else than a delimiter.
    """
    with open_text(path) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            remedy = "correct the line: a cell in double quotes ends with one, and doubles those inside"
            raise InputError(f"{path}, line {line}", "must be well-formed CSV", str(error), remedy) from None


def _line(source: Source, row: int, columns: int) -> int | None:
    """Line of a row, or None if the file no longer tells. In a table of one column a blank line is a missing value."""
    try:
        found = (line for line, cells in records(source.name, source.delimiter) if cells or columns == 1)
        return next(islice(found, row + 1, None), None)
    except (InputError, OSError, EOFError):
        return None
