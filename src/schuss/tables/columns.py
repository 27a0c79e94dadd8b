"""How one column becomes numbers: numbers are standardised, classes are numbered."""

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.cells import compute, labels, numbers, require_finite
from schuss.tables.errors import InputError, near, show, show_all
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa

Class = int | str | bool

LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Number:
    """Numbers, standardised: (x − mean) / scale.

    Args:
        name: of the column.
        mean: of the training rows.
        scale: their standard deviation (divided by N, not N − 1, as scikit-learn's); 1 where they are all equal.
    """

    name: str
    mean: float
    scale: float

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: mean or scale is not a finite number, or scale not positive.
        """
        finite = all(type(x) in (int, float) and -LARGEST <= x <= LARGEST for x in (self.mean, self.scale))
        if not (isinstance(self.name, str) and finite and self.scale > 0):
            expected = "must have a name, a finite mean and a positive scale"
            raise InputError("the encoding of a number", expected, show(self), "restore the file")

    @classmethod
    def fit(cls, table: "pa.Table", name: str, rows: np.ndarray) -> "Number":
        """Mean and scale over the training rows, in float64.

        Raises:
            InputError: a cell, of any row, is no finite number; or the numbers are too large to be squared.
        """
        values = numbers(table, name)
        require_finite(table, name, values)
        x = values[rows]
        with np.errstate(over="ignore"):
            mean, scale = float(x.mean()), float(x.std())
        if not (isfinite(mean) and isfinite(scale)):
            expected = "must hold numbers whose variance is finite (below about 1e150)"
            raise InputError(place(table, column=name), expected, show(float(np.abs(x).max())), "rescale the column")
        return cls(name, mean, scale if scale > 0 and x.min() < x.max() else 1.0)

    def encode(self, table: "pa.Table") -> np.ndarray:
        """Standardised numbers, float32 [N].

        Raises:
            InputError: a cell is no number, or not finite once standardised.
        """
        values = numbers(table, self.name)
        with np.errstate(over="ignore"):
            standardised = ((values - self.mean) / self.scale).astype(np.float32)
        require_finite(table, self.name, standardised)
        return standardised

    def restore(self, values: np.ndarray) -> np.ndarray:
        """Standardised numbers → numbers, float64, the same shape."""
        return np.asarray(values, np.float64) * self.scale + self.mean


@dataclass(frozen=True)
class Classes:
    """Classes, numbered from 0 in sorted order.

    Args:
        name: of the column.
        classes: labels, all of them whole numbers, text or booleans; in ascending order.
    """

    name: str
    classes: tuple[Class, ...]

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: fewer than two classes, of mixed types, or not in ascending order.
        """
        if not (isinstance(self.name, str) and _are_classes(list(self.classes))):
            expected = "must have a name and at least two classes of one type (numbers of 64 bits), in ascending order"
            raise InputError("the encoding of classes", expected, show(self), "restore the file")

    @classmethod
    def fit(cls, table: "pa.Table", name: str) -> "Classes":
        """The classes of a whole table.

        Raises:
            InputError: a missing cell, a number that is not whole, one class only.
        """
        column = labels(table, name)
        classes = sorted(column.unique().to_pylist())
        if len(classes) < 2:
            remedy = "name another target, or add rows of another class"
            raise InputError(place(table, column=name), "must hold at least two classes", show_all(classes), remedy)
        return cls(name, tuple(classes))

    def encode(self, table: "pa.Table") -> np.ndarray:
        """Number of every row's class, int32 [N].

        Raises:
            InputError: a missing cell, or a label that is none of the classes.
        """
        import pyarrow as pa

        pc = compute()
        column = labels(table, self.name)
        classes = pa.array(self.classes)
        if column.type != classes.type:  # by way of text: 1 is "1", and neither 2 nor "2" is a boolean
            column, classes = column.cast(pa.large_string()), classes.cast(pa.large_string())
        indices = pc.index_in(column, value_set=classes)
        if indices.null_count:
            row = pc.index(indices.is_null(), True).as_py()
            label = column[row].as_py()
            expected = f"must be one of the classes {show_all(self.classes)}"
            remedy = near(str(label), map(str, self.classes), "correct the cell or leave the row out")
            raise InputError(place(table, row, self.name), expected, show(label), remedy)
        return indices.to_numpy().astype(np.int32, copy=False)

    def restore(self, indices: np.ndarray) -> list[Class]:
        """Numbers of classes → labels, of the type they had in the table."""
        return [self.classes[index] for index in np.asarray(indices).tolist()]


def _are_classes(labels: list[Any]) -> bool:
    """At least two labels of one type, in ascending order; whole numbers fit 64 bits."""
    if len(labels) < 2 or len(set(map(type, labels))) > 1 or type(labels[0]) not in (int, str, bool):
        return False
    fits = not isinstance(labels[0], int) or (labels[0] >= -(2**63) and labels[-1] < 2**63)
    return fits and all(a < b for a, b in pairwise(labels))
