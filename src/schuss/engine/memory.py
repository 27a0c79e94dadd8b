"""Whether population, data and activations fit in the memory at hand."""

import functools
import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import numpy as np
import psutil

from schuss.layers import (
    Activation,
    Dropout,
    Embedding,
    Layer,
    Linear,
    NumberEmbedding,
    Scaling,
)
from schuss.network import Sequential

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


@functools.lru_cache(maxsize=4_096)
def member_bytes(network: Sequential, itemsize: int = 4) -> int:
    """What one member needs between its steps."""
    return sum(math.prod(shape) for layer in network.layers for shape in layer.shapes().values()) * itemsize * COPIES


@functools.lru_cache(maxsize=4_096)
def row_bytes(network: Sequential, row: tuple[int, ...], itemsize: int = 4) -> int:
    """What one row of a mini-batch needs in training: what enters every layer and leaves the last, and all deltas.

    Waves and ramps, which stand within a layer, are counted too.

    Args:
        network: the layers, whatever they are.
        row: shape of one row of inputs.
        itemsize: bytes of a number.
    """
    values = math.prod(row)
    for layer in network.layers:
        row = _shape_after(layer, row)
        values += math.prod(row)
        if isinstance(layer, NumberEmbedding):
            values += len(layer.columns) * layer.functions
    return 2 * values * itemsize


def _shape_after(layer: Layer, row: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of one row of the layer's output for a row of inputs."""
    if isinstance(layer, (Linear, Embedding, NumberEmbedding)):
        return (*row[:-1], layer.outputs)
    if isinstance(layer, (Activation, Dropout, Scaling)):
        return row
    params = {name: jax.ShapeDtypeStruct(shape, np.float32) for name, shape in layer.shapes().items()}
    return jax.eval_shape(layer.apply, params, jax.ShapeDtypeStruct((1, *row), np.float32)).shape[1:]


class Room(NamedTuple):
    """How many members may be open at once, and why; and how many of them may compute at the same time."""

    members: int
    why: str
    workers: int = 1


def room_for(needs: list[int], step: int, budget: int, workers: int) -> Room:
    """How many members can be trained together: all of them, or as many as fit, but one at least.

    Args:
        needs: bytes that each member keeps between its steps.
        step: bytes that one mini-batch takes at most while a step is computed.
        budget: bytes that training may take.
        workers: how many steps would be computed at the same time if memory were plentiful.
    """
    largest = max([*needs, 1])
    stepping = min(max(budget // (largest + step), 1), workers)
    fitting = max((budget - stepping * step) // largest, stepping)
    size = f"{_amount(largest)} a member at most, {_amount(budget)} to use"
    why = f"all {len(needs)} members fit together ({size})"
    if fitting < len(needs):
        why = f"{fitting} of {len(needs)} members are trained at a time ({size})"
    if stepping < min(workers, fitting, len(needs)):
        why += f", and {stepping} of them compute at the same time, since a step takes {_amount(step)}"
    return Room(min(fitting, len(needs)), why, stepping)


def _amount(size: float) -> str:
    """Bytes as a person says them, in MiB or GiB."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"


@contextmanager
def shortage_explained(room: Room) -> Generator[None]:
    """Turn what the libraries raise when memory runs out into a MemoryError that says what to do.

    Raises:
        MemoryError: from the library's own error.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_shortage(error):
            raise
        said = f"{error}".split("\n", 1)[0] or "the system gave no more"
        raise MemoryError(
            f"training needs more than there is ({said}). {room.why[:1].upper()}{room.why[1:]}. "
            "Train on fewer devices, or train smaller networks, smaller mini-batches or fewer members."
        ) from error


def _is_shortage(error: Any) -> bool:
    signs = ("RESOURCE_EXHAUSTED", "Out of memory", "can't start new thread")
    return isinstance(error, MemoryError) or any(sign in f"{error}" for sign in signs)
