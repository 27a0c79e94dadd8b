"""Parquet and Arrow files → tables, names and types as they are in them."""

from pathlib import Path
from typing import TYPE_CHECKING

from schuss.tables.errors import InputError, show
from schuss.tables.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

FILE, END_OF_STREAM = b"ARROW1", b"\xff\xff\xff\xff\0\0\0\0"
"""How Arrow's file form begins, and how its stream form ends."""


def read_parquet(path: Path) -> "pa.Table":
    """Read a Parquet file."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return Source(str(path), format="Parquet").tag(file.read())


def read_arrow(path: Path) -> "pa.Table":
    """Read an Arrow IPC file, also called Feather, or an Arrow IPC stream.

    Raises:
        InputError: a stream without an end: one cut short between two batches looks like a shorter one otherwise.
    """
    import pyarrow as pa

    with pa.OSFile(str(path)) as file:
        if file.read(len(FILE)) == FILE:
            table = pa.ipc.open_file(file).read_all()
        else:
            file.seek(max(0, file.size() - len(END_OF_STREAM)))
            end = file.read()
            file.seek(0)
            table = pa.ipc.open_stream(file).read_all()
            if end != END_OF_STREAM:
                problem = f"It ends with {show(end)}, not with the mark of a finished Arrow stream."
                raise InputError(str(path), problem, "Write or copy it again, to its end.")
    table.validate(full=True)  # offsets that point anywhere would be followed
    return Source(str(path), format="Arrow").tag(table)
