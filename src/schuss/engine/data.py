"""The rows of a training: as users give them, and as programs take them, checked and padded."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import numpy as np

from schuss.batches import capacity

BLOCK = 1_024
"""Rows that pass through the network at once, so that memory does not grow with the table."""


class PaddedRows(NamedTuple):
    """Rows of a table up to a length: x [N, …], y [N] or [N, O], weight [N] (None: all 1), and how many are real."""

    x: Any
    y: Any
    weight: Any
    count: Any


def blocks_length(n: int) -> int:
    """Length that n rows are padded to where they are taken in blocks: nearby lengths share a program."""
    return capacity(n) if n <= BLOCK else -(-capacity(n) // BLOCK) * BLOCK


def pad(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, length: int) -> PaddedRows:
    """Rows up to a length: the last one is repeated, which is as harmless as the rows themselves."""
    n = len(x)

    def longer(a: np.ndarray) -> np.ndarray:
        return np.pad(a, [(0, length - n)] + [(0, 0)] * (a.ndim - 1), mode="edge")

    return PaddedRows(longer(x), longer(y), None if weight is None else longer(weight), np.int32(n))


@dataclass(frozen=True)
class Table:
    """Rows to train or to validate on.

    Args:
        x: inputs [N, I], or [N, …] for networks of your own.
        y: class numbers from 0 [N], integers; or values, floats, [N] or [N, O].
        weight: of every row, ≥ 0 [N]; default 1.
        outputs: O; default the number of classes (largest class number + 1) or of columns of y.
        embeddings: (levels, width) of each of the last columns of x that holds codes of categories; see
            `schuss.layers.Embedding`.
        quantities: places of the columns of x that are numbers on a scale, for waves and ramps; default all but
            the codes. The marks of categories are none.
    """

    x: Any
    y: Any
    weight: Any = None
    outputs: int | None = None
    embeddings: tuple[tuple[int, int], ...] = ()
    quantities: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Data:
    """The rows of a run on one device, and what the targets are."""

    training: PaddedRows
    validation: PaddedRows | None
    outputs: int
    classification: bool
    embeddings: tuple[tuple[int, int], ...] = ()
    quantities: tuple[int, ...] | None = None
    by_cost: bool = False
    """Whether a member's best epoch is that of the lowest validation cost, rather than of the highest score."""

    @property
    def rows(self) -> int:
        """m, the number of training rows."""
        return int(self.training.count)

    @property
    def itemsize(self) -> int:
        """Bytes of one number."""
        return int(self.training.x.dtype.itemsize)

    def on(self, device: Any) -> "Data":
        """The same rows on a device."""
        training, validation = jax.device_put((self.training, self.validation), device)
        return replace(self, training=training, validation=validation)


def data_of(training: Table, validation: Table | None, dtype: Any = np.float32, rows: int = 0) -> Data:
    """Check the tables and pad them to the lengths programs are compiled for.

    Args:
        training, validation: the tables.
        dtype: of the numbers.
        rows: number of training rows to pad for, where there are fewer.

    Raises:
        ValueError: no rows, rows of x and y that do not match, numbers that are not finite, classes that are not
            0 … O−1, validation rows of another form.
    """
    y = np.asarray(training.y)
    classification = y.ndim == 1 and np.issubdtype(y.dtype, np.integer)
    width = training.outputs or (int(y.max(initial=0)) + 1 if classification else (y.shape[1] if y.ndim == 2 else 1))
    length = capacity(max(*np.shape(training.x)[:1], rows))
    taught = _rows("training", training, width, classification, dtype, length)
    held_out = None
    if validation:
        length = blocks_length(len(validation.x))
        held_out = _rows("validation", validation, width, classification, dtype, length)
    if held_out and held_out.x.shape[1:] != taught.x.shape[1:]:
        wanted, found = taught.x.shape[1:], held_out.x.shape[1:]
        raise ValueError(f"validation rows must have the shape of training rows, {wanted}, not {found}.")
    quantities = None if training.quantities is None else tuple(training.quantities)
    return Data(taught, held_out, width, classification, tuple(training.embeddings), quantities)


def _rows(name: str, table: Table, outputs: int, classification: bool, dtype: Any, length: int) -> PaddedRows:
    x = np.ascontiguousarray(table.x, dtype)
    y = np.asarray(table.y)
    if x.ndim < 2 or len(x) == 0:
        raise ValueError(f"{name} x must be [N, I] with at least one row, not of shape {x.shape}.")
    if len(y) != len(x):
        raise ValueError(f"{name} x and y must have the same number of rows, not {len(x)} and {len(y)}.")
    if classification:
        last = max(outputs, 2) - 1  # one output tells two classes apart
        if not np.issubdtype(y.dtype, np.integer) or y.min() < 0 or y.max() > last:
            raise ValueError(f"{name} y must be class numbers from 0 to {last}, not from {y.min()} to {y.max()}.")
        y = y.astype(np.int32)
    else:
        y = np.asarray(y, dtype).reshape(len(x), -1)
        if y.shape[1] != outputs:
            raise ValueError(f"{name} y must have {outputs} columns, not {y.shape[1]}.")
    weight = None if table.weight is None else np.asarray(table.weight, dtype)
    if weight is not None and (weight.shape != (len(x),) or not np.all(weight >= 0) or not weight.sum() > 0):
        raise ValueError(
            f"{name} weight must be one number for each of the {len(x)} rows, none below 0 and not all 0; "
            f"its shape is {weight.shape}, and its numbers go from {weight.min(initial=np.inf)} to "
            f"{weight.max(initial=-np.inf)}."
        )
    for what, array in (("x", x), ("y", y), ("weight", weight)):
        if array is not None and not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise ValueError(f"{name} {what} must be finite, but row {row} is not.")
    return pad(x, y, weight, length)
