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

FULL_STEPS = 100
"""Of those sizes the rule takes the largest with at least so many full mini-batches in an epoch."""

ORDER_ROWS = 262_144
"""An order table holds about so many rows: one epoch of a large table, up to 1,024 epochs of a small one."""


def capacity(n: int) -> int:
    """n rounded up to four significant bits, so that arrays of nearby lengths are padded to one and share a program.

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


def order_table(seed: int, table: int, rows: int, epochs: int | None = None) -> np.ndarray:
    """Shuffled row numbers of some epochs, one epoch a row: int32 [epochs, rows].

    Args:
        seed: the member's.
        table: number of the table; table k starts at epoch ``k * epochs``.
        rows: N.
        epochs: default ``epochs_per_table(rows)``.
    """
    rng = np.random.default_rng([seed, table])
    tiled = np.tile(np.arange(rows, dtype=np.int32), (epochs or epochs_per_table(rows), 1))
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
    """The notes' rule (A3): all rows up to 2,000, else the largest power of two from 64 to 512 that leaves 100 steps.

    The number of rows alone decides, so that the same table gives the same networks on any machine. There is one
    exception: where memory cannot hold a mini-batch of that size at all, the size is the largest power of two that
    memory can hold, and at least one row; the reason then says so.

    Args:
        rows: m, the number of training rows.
        bytes_per_row: what one row of a mini-batch needs while it is trained on: its inputs, activations and deltas.
        memory: bytes that one mini-batch may take; None for no limit.

    >>> advise_batch_size(1_437).batch_size, advise_batch_size(5_000_000).batch_size
    (1437, 512)
    >>> advise_batch_size(5_000_000).why
    "512 is the largest of the notes' sizes and leaves 9,766 steps to an epoch of 5,000,000 rows"
    """
    size, why = _rule(rows)
    if memory is None or size * bytes_per_row <= memory:
        return Advice(size, why)
    fitting = max(min(memory // bytes_per_row, SIZES[-1]), 1)
    smaller = 1 << (fitting.bit_length() - 1)
    needed = f"the notes' rule asks for {size:,} rows, which need {size * bytes_per_row:,} bytes"
    found = f"of which {memory:,} are at hand, so {smaller:,} are taken"
    even = "" if smaller * bytes_per_row <= memory else ", although even that needs more"
    return Advice(smaller, f"{needed}, {found}{even}")


def _rule(rows: int) -> Advice:
    """The notes' rule, whatever the memory."""
    if rows <= WHOLE_BATCH_ROWS:
        return Advice(rows, f"{rows:,} rows are at most {WHOLE_BATCH_ROWS:,}, so every step takes them all")
    size = max((size for size in SIZES if rows // size >= FULL_STEPS), default=SIZES[0])
    leaves = f"leaves {steps_per_epoch(rows, size):,} steps to an epoch of {rows:,} rows"
    if rows // SIZES[0] < FULL_STEPS:
        return Advice(size, f"{size} is the smallest of the notes' sizes and {leaves}")
    if rows // (2 * SIZES[-1]) >= FULL_STEPS:
        return Advice(size, f"{size} is the largest of the notes' sizes and {leaves}")
    return Advice(size, f"{size} is the largest power of two with a hundred full steps in an epoch: it {leaves}")
