"""A table's fingerprint: equal for equal tables, whatever file or chunks they come in."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.cells import compute, is_text, plain

if TYPE_CHECKING:
    import pyarrow as pa


def fingerprint(table: "pa.Table") -> str:
    """SHA-256 of names, types, number of rows and cells, in hexadecimal; the metadata of the schema does not count.

    Of every column three streams are hashed: which cells are there, their lengths (text), their bytes.

    >>> import pyarrow as pa
    >>> fingerprint(pa.table({"x": [1, 2]})) == fingerprint(pa.table({"x": pa.chunked_array([[1], [2]])}))
    True
    """
    digest = hashlib.sha256(repr(table.num_rows).encode())
    for name in table.column_names:
        column = plain(table, name)
        digest.update(repr((name, str(column.type))).encode())
        for bytes_ in _streams(column):
            digest.update(bytes_)
    return digest.hexdigest()


def _streams(column: "pa.ChunkedArray[Any]") -> Iterator[Any]:
    """Buffers that do not depend on where chunks begin, nor on what lies beneath missing cells."""
    import pyarrow as pa

    pc = compute()
    for chunk in column.chunks:
        yield chunk.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    present = [chunk for chunk in (chunk.drop_null() for chunk in column.chunks) if len(chunk)]
    if is_text(column.type):
        for chunk in present:
            yield pc.binary_length(chunk).to_numpy()
        for chunk in present:
            _, offsets, text = chunk.buffers()
            places = np.frombuffer(offsets, np.int64)
            yield text[places[chunk.offset] : places[chunk.offset + len(chunk)]]
    elif pa.types.is_primitive(column.type) or pa.types.is_decimal(column.type):
        width = column.type.bit_width // 8
        for chunk in present:
            yield chunk.buffers()[1][chunk.offset * width : (chunk.offset + len(chunk)) * width]
    else:
        for chunk in present:
            yield from (repr(cell).encode() for cell in chunk.to_pylist())
