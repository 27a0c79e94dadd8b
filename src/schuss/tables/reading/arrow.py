"""Parquet and Arrow files → tables, names and types as they are in them."""

from pathlib import Path
from typing import TYPE_CHECKING

from schuss.tables.cells import is_text
from schuss.tables.errors import InputError, show
from schuss.tables.reading.bounds import expanded, require_columns_at_most, require_plausible
from schuss.tables.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

FILE, END_OF_STREAM = b"ARROW1", b"\xff\xff\xff\xff\0\0\0\0"
"""How Arrow's file form begins, and how its stream form ends."""


SMALL = 100_000_000
"""Bytes of a Parquet file of which a first look tells what its texts come to: a larger one can hardly be a trap."""

LOOKED_AT = 65_536
"""Rows of a Parquet file that are looked at together."""


def read_parquet(path: Path) -> "pa.Table":
    """Read a Parquet file.

    Raises:
        InputError: it comes to far more than its size: one text may be kept once for all rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
        require_columns_at_most(str(path), len(schema))
        texts = [field.name for field in schema if is_text(field.type) or pa.types.is_large_binary(field.type)]
        texts += [field.name for field in schema if pa.types.is_binary(field.type)]
        numbers = rows * sum(field.type.bit_width for field in schema if pa.types.is_primitive(field.type)) // 8
        require_plausible(str(path), path, numbers)
    if texts and path.stat().st_size < SMALL:
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            size = numbers
            for batch in file.iter_batches(LOOKED_AT, columns=texts):
                size += expanded(pa.Table.from_batches([batch]))
                require_plausible(str(path), path, size)
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
