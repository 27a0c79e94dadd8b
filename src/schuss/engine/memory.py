"""Whether population, data and activations fit in the memory at hand."""

import functools
from typing import NamedTuple

import jax
import psutil

from schuss.network import Sequential, parameter_count

SHARE = 0.6
"""The part of the free memory that training may take; the rest is left to the table and to other programs."""

COPIES = 8
"""Arrays kept for every weight: itself, its gradient, two moments, the best so far, and room for a call in flight."""


def free_bytes() -> int:
    """Memory that can be had: the GPU's where there is one, else the machine's."""
    statistics = jax.devices()[0].memory_stats() if jax.default_backend() != "cpu" else None
    if statistics and "bytes_limit" in statistics:
        return int(statistics["bytes_limit"]) - int(statistics.get("bytes_in_use", 0))
    return int(psutil.virtual_memory().available)


@functools.cache
def member_bytes(network: Sequential, itemsize: int = 4) -> int:
    """What one member needs between its steps."""
    return parameter_count(network.initialize(0)) * itemsize * COPIES


def row_bytes(widths: list[int], itemsize: int = 4) -> int:
    """What one row of a mini-batch needs: every layer's values, and as much again for their deltas."""
    return 2 * sum(widths) * itemsize


class Room(NamedTuple):
    """How many members may be open at once, and why."""

    members: int
    why: str


def room_for(needs: list[int], budget: int, workers: int) -> Room:
    """How many members can be open together: all of them, or as many as fit, but never fewer than one for a worker."""
    largest = max(needs, default=1)
    fitting = max(int(budget // max(largest, 1)), workers)
    size = f"{largest / 2**20:.1f} MiB a member at most, {budget / 2**30:.1f} GiB to use"
    if fitting >= len(needs):
        return Room(len(needs), f"all {len(needs)} members fit together ({size})")
    return Room(fitting, f"{fitting} of {len(needs)} members are trained at a time ({size})")
