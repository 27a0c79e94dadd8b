"""How the target becomes numbers for training, and back: numbers are standardised, classes are numbered."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.cells import FILL_IN, compute, labels, require_finite
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.feature import RESTORE, are_finite
from schuss.tables.encoding.scaling import moments
from schuss.tables.errors import InputError, near, show, show_all
from schuss.tables.numerals import form_of, is_form
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa

Class = int | str | bool

SIZE = "a number of the size of those trained on"


@dataclass(frozen=True)
class NumberTarget:
    """A target of numbers, standardised: (x − mean) / scale.

    Args:
        name: of the column.
        mean: of the training rows.
        scale: their standard deviation (divided by N, not N − 1, as scikit-learn's); 1 where they are all equal.
        form: how they are written where they are text, see `schuss.tables.numerals`.
    """

    name: str
    mean: float
    scale: float
    form: str = ""

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: mean or scale is not a finite number, or scale not positive.
        """
        holds = are_finite((self.mean, self.scale)) and self.scale > 0 and is_form(self.form)
        if not (isinstance(self.name, str) and holds):
            problem = f"It must have a name, a finite mean and a positive scale, but is {show(self)}."
            raise InputError("the encoding of a number", problem, RESTORE)

    @classmethod
    def fit(cls, table: "pa.Table | Columns", name: str, rows: np.ndarray) -> "NumberTarget":
        """Mean and scale over the training rows, in float64.

        Raises:
            InputError: a cell, of any row, is no number; one of the training rows is missing or infinite.
        """
        columns = Columns.of(table)
        form = form_of(columns.table, name)
        x = columns.numbers(name, form=form)[rows]
        require_finite(columns.table, name, x, rows)
        mean, deviation = moments(x)
        return cls(name, mean, deviation or 1.0, form)

    def encode(self, table: "pa.Table | Columns", rows: np.ndarray) -> np.ndarray:
        """Standardised numbers of some rows, float32 [R].

        Raises:
            InputError: a cell is no number, missing, or not finite once standardised.
        """
        columns = Columns.of(table)
        values = columns.numbers(self.name, form=self.form)[rows]
        require_finite(columns.table, self.name, values, rows)
        with np.errstate(over="ignore"):
            standardised = self.standardise(values)
        require_finite(columns.table, self.name, standardised, rows, SIZE)
        return standardised

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Numbers → standardised numbers, float32, the same shape."""
        return ((values - self.mean) / self.scale).astype(np.float32)

    def restore(self, values: np.ndarray) -> np.ndarray:
        """Standardised numbers → numbers, float64, the same shape."""
        return np.asarray(values, np.float64) * self.scale + self.mean


@dataclass(frozen=True)
class ClassTarget:
    """ClassTarget, numbered from 0 in sorted order.

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
        if not (isinstance(self.name, str) and isinstance(self.classes, tuple) and _are_classes(self.classes)):
            classes = "at least two classes of one type (numbers of 64 bits), in ascending order"
            problem = f"It must have a name and {classes}, but is {show(self)}."
            raise InputError("the encoding of classes", problem, RESTORE)

    @classmethod
    def fit(cls, table: "pa.Table | Columns", name: str) -> "ClassTarget":
        """The classes of a whole table, missing cells aside.

        Raises:
            InputError: a number that is not whole, one class only.
        """
        table = Columns.of(table).table
        column = labels(table, name)
        classes = sorted(column.unique().drop_null().to_pylist())
        if len(classes) < 2:
            found = f"only the class {show(classes[0])}" if classes else "no class"
            problem = f"There must be at least two classes, but there is {found}."
            remedy = "Name another target, or add rows of another class."
            raise InputError(place(table, column=name), problem, remedy)
        return cls(name, tuple(classes))

    def encode(self, table: "pa.Table | Columns", rows: np.ndarray | None = None) -> np.ndarray:
        """NumberTarget of the class of every row, or of some rows: int32 [N] or [R].

        Raises:
            InputError: a missing cell, or a label that is none of the classes.
        """
        import pyarrow as pa

        pc = compute()
        table = Columns.of(table).table
        column = labels(table, self.name)
        classes = pa.array(self.classes)
        if column.type != classes.type:  # by way of text: 1 is "1", and neither 2 nor "2" is a boolean
            column, classes = column.cast(pa.large_string()), classes.cast(pa.large_string())
        found = pc.index_in(column, value_set=classes).fill_null(-1).to_numpy()
        rows = np.arange(len(found)) if rows is None else rows
        indices = found[rows].astype(np.int32, copy=False)
        if (indices < 0).any():
            row = int(rows[indices.argmin()])
            raise self._none_of_them(table, row, column[row].as_py())
        return indices

    def _none_of_them(self, table: "pa.Table", row: int, label: Class | None) -> InputError:
        """The error for a missing cell, or one that is none of the classes."""
        if label is None:
            return InputError(place(table, row, self.name), "There is a missing value instead of a class.", FILL_IN)
        problem = f"{show(label)} is none of the classes {show_all(self.classes)}."
        remedy = near(str(label), map(str, self.classes), "Correct the cell, or leave the row out.")
        return InputError(place(table, row, self.name), problem, remedy)

    def restore(self, indices: np.ndarray) -> list[Class]:
        """Numbers of classes → labels, of the type they had in the table."""
        return [self.classes[index] for index in np.asarray(indices).tolist()]


def _are_classes(labels: tuple[Any, ...]) -> bool:
    """At least two labels of one type, in ascending order; whole numbers fit 64 bits."""
    if len(labels) < 2 or len(set(map(type, labels))) > 1 or type(labels[0]) not in (int, str, bool):
        return False
    fits = not isinstance(labels[0], int) or (labels[0] >= -(2**63) and labels[-1] < 2**63)
    return fits and all(a < b for a, b in pairwise(labels))
