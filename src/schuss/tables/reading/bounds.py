"""How much a file may come to: one from elsewhere must not fill the machine, whatever it packs or computes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from schuss.tables.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

LARGEST = 2**30
"""Bytes that a file may always come to."""

TIMES = 200
"""How many times its size on disk a file may come to beyond that: tables are packed to a tenth or a fiftieth."""

MOST_COLUMNS = 100_000
"""Columns of a table, at most."""

SECONDS = 20.0
"""A view of a database must have given its rows by then."""


class Sized(Protocol):
    """What knows how many bytes it has."""

    @property
    def nbytes(self) -> int:
        """How many."""
        ...


Piece = TypeVar("Piece", bound=Sized)


def require_plausible(where: str, path: Path, size: int) -> None:
    """See that what comes of a file is not beyond all proportion.

    Args:
        where: the file, or the table in it.
        path: of the file.
        size: bytes that it has come to so far, or will come to.

    Raises:
        InputError: it is.
    """
    packed = max(1, path.stat().st_size)
    if size > max(LARGEST, TIMES * packed):
        come = f"It comes to {size / 2**30:,.1f} GiB or more, {size // packed:,} times its size on disk"
        remedy = "If it is right, write its table as a plain file, such as CSV that is not packed."
        raise InputError(where, f"{come}: it may be damaged, or made to fill a machine.", remedy)


def plausible(where: str, path: Path, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces of what comes of a file, as long as it is not beyond all proportion; see `require_plausible`."""
    size = 0
    for piece in pieces:
        size += piece.nbytes
        require_plausible(where, path, size)
        yield piece


def require_columns_at_most(where: str, columns: int) -> None:
    """See that a table is not too wide.

    Raises:
        InputError: it is.
    """
    if columns > MOST_COLUMNS:
        problem = f"There are {columns:,} columns; at most {MOST_COLUMNS:,} can be read."
        raise InputError(where, problem, "Leave columns out, or see that rows and columns are not exchanged.")


def too_slow(where: str) -> InputError:
    """The error for a view that has not given its rows in time."""
    problem = f"This is a view that has not given all its rows within {SECONDS:.0f} seconds."
    return InputError(where, problem, "Store what it gives as a table.")


def expanded(table: "pa.Table") -> int:
    """Bytes that a table comes to once its dictionaries are written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size = 0
    for column in table.columns:
        if not pa.types.is_dictionary(column.type):
            size += column.nbytes
            continue
        for chunk in column.chunks:
            lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())  # pyright: ignore[reportAttributeAccessIssue]
            size += pc.sum(lengths.take(chunk.indices)).as_py() or 0  # pyright: ignore[reportAttributeAccessIssue]
    return size
