"""Mini-batches: the order of the rows, and the size to choose.

Rows are shuffled anew in every epoch. The order depends on the seed and on the number of rows alone, so members with
one seed see the same rows in the same order, whatever else they differ in.
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

WHOLE_BATCH_ROWS = 2_000
"""Up to so many rows the notes' rule is to take them all at once."""

SIZES = (64, 128, 256, 512)
"""The notes' sizes for more rows than that: powers of two."""

ORDER_ROWS = 262_144
"""An order table holds about so many rows: one epoch of a large table, up to 1,024 epochs of a small one."""


def capacity(n: int) -> int:
    """n rounded up to four significant bits: arrays of nearby lengths are padded to one shape and share a program.

    >>> [capacity(n) for n in (5, 64, 100, 1000, 1437)]
    [5, 64, 104, 1024, 1536]
    """
    unit = 1 << max(n.bit_length() - 4, 0)
    return -(-n // unit) * unit


def steps_per_epoch(rows: int, batch_size: int) -> int:
    """Number of mini-batches in one pass: ⌈rows / batch_size⌉; the last may be smaller."""
    return -(-rows // batch_size)


def epochs_per_table(rows: int) -> int:
    """How many epochs one order table covers."""
    return min(max(ORDER_ROWS // capacity(rows), 1), 1_024)


def order_table(seed: int, table: int, rows: int) -> np.ndarray:
    """Shuffled row numbers of ``epochs_per_table(rows)`` epochs, one epoch a row: int32 [epochs, rows].

    Args:
        seed: the member's.
        table: number of the table; table k starts at epoch ``k * epochs_per_table(rows)``.
        rows: N.
    """
    rng = np.random.default_rng([seed, table])
    tiled = np.tile(np.arange(rows, dtype=np.int32), (epochs_per_table(rows), 1))
    return rng.permuted(tiled, axis=1, out=tiled)


def mini_batches(rows: int, batch_size: int, seed: int = 0, epoch: int = 0) -> Iterator[np.ndarray]:
    """Row numbers of every mini-batch of one epoch, the same that a member with this seed trains on.

    Source: notes A1. ``batch_size`` 1 is stochastic gradient descent, ``rows`` is batch gradient descent.

    >>> [len(batch) for batch in mini_batches(10, 4)]
    [4, 4, 2]
    """
    table, place = divmod(epoch, epochs_per_table(rows))
    order = _latest_table(seed, table, rows)[place]
    for start in range(0, rows, batch_size):
        yield order[start : start + batch_size]


_latest_table = functools.lru_cache(maxsize=1)(order_table)


class Advice(NamedTuple):
    """A mini-batch size and the reason for it."""

    batch_size: int
    why: str


def advise_batch_size(rows: int, bytes_per_row: int = 0, memory: int | None = None) -> Advice:
    """The notes' rule (A3): all rows up to 2,000, else a power of two from 64 to 512 that fits in memory.

    Among the powers of two it takes the largest that still leaves a hundred steps to an epoch.

    Args:
        rows: m, the number of training rows.
        bytes_per_row: what one row of a mini-batch needs while it is trained on: its inputs, activations and deltas.
        memory: bytes that a mini-batch may take; None for no limit.

    >>> advise_batch_size(1_437).batch_size, advise_batch_size(5_000_000).batch_size
    (1437, 512)
    """

    def fits(size: int) -> bool:
        return memory is None or size * bytes_per_row <= memory

    if rows <= WHOLE_BATCH_ROWS and fits(rows):
        return Advice(rows, f"{rows:,} rows are at most {WHOLE_BATCH_ROWS:,}, so every step takes them all")
    wanted = max((size for size in SIZES if rows // size >= 100), default=SIZES[0])
    size = max((size for size in SIZES if size <= wanted and fits(size)), default=min(SIZES[0], rows))
    why = f"{size} of {rows:,} rows: the power of two from 64 to 512 that leaves about a hundred steps to an epoch"
    if rows <= WHOLE_BATCH_ROWS:
        why = f"all {rows:,} rows at once need more than the {memory or 0:,} bytes at hand, so mini-batches are taken"
    elif size < wanted:
        why += f"; {wanted} rows need more than the {memory or 0:,} bytes at hand"
    return Advice(size, why)
