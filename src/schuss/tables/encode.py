"""A table's encoding: what is learned from the training rows to turn its columns into arrays, and back."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.cells import require_columns
from schuss.tables.columns import Class, Classes, Number
from schuss.tables.errors import InputError, show, show_all
from schuss.tables.source import place
from schuss.tables.target import Task, find_task

if TYPE_CHECKING:
    import pyarrow as pa

CLIP = np.float32(3)
"""No feature is further from 0 than this many standard deviations."""


@dataclass(frozen=True)
class Encoding:
    """How columns become arrays: features standardised and clipped, classes numbered, other targets standardised.

    Args:
        inputs: the features in the order of the network's inputs.
        output: the target: its classes, or the mean and scale of a regression.

    >>> import pyarrow as pa
    >>> table = pa.table({"x": [1.0, 3.0, 2.0, 2.5], "y": ["no", "yes", "no", "yes"]})
    >>> encoding = Encoding.fit(table, "y", training_rows=np.array([0, 1, 2]))
    >>> print(encoding.features(table)[:, 0].round(3), encoding.targets(table))
    [-1.134  1.134  0.     0.6  ] [0 1 0 1]
    >>> encoding.labels(np.array([1, 0]))
    ['yes', 'no']
    """

    inputs: tuple[Number, ...]
    output: Number | Classes

    def __post_init__(self) -> None:
        """Check the columns together; each has checked itself.

        Raises:
            InputError: there is no feature, or a name is there twice.
        """
        names = [*self.feature_names, self.target]
        if len(names) < 2 or len(set(names)) < len(names):
            expected = "must have at least one feature, and every name once"
            raise InputError("the encoding of a table", expected, show_all(names), "restore the file")

    @classmethod
    def fit(cls, table: "pa.Table", target: str, training_rows: np.ndarray, task: Task | None = None) -> "Encoding":
        """Learn an encoding.

        Args:
            table: all rows; classes are those of the whole table.
            target: name of the target's column; all others are features.
            training_rows: indices of the rows that means and scales are computed on; at least 2.
            task: default: inferred, see `infer_task`.

        Raises:
            ValueError: there is no task of this name.
            InputError: a column is missing, a cell is not what it must be, there is one class only, or no feature.
        """
        task = find_task(table, target, task)
        require_columns(table, [target, *table.column_names])
        features = [name for name in table.column_names if name != target]
        if not features:
            remedy = "add a column to predict from"
            raise InputError(place(table), "must have a feature beside the target", f"only {show(target)}", remedy)
        if len(training_rows) < 2:
            remedy = "add rows"
            raise InputError(place(table), "must have at least 2 rows to train on", f"{len(training_rows)}", remedy)
        classes = task == "classification"
        output = Classes.fit(table, target) if classes else Number.fit(table, target, training_rows)
        return cls(_fit_numbers(table, features, training_rows), output)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in the order of the network's inputs."""
        return tuple(number.name for number in self.inputs)

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.output.name

    @property
    def task(self) -> Task:
        """Classification or regression."""
        return "classification" if isinstance(self.output, Classes) else "regression"

    @property
    def classes(self) -> tuple[Class, ...]:
        """Labels of the classes in the order of the network's outputs; none for regression."""
        return self.output.classes if isinstance(self.output, Classes) else ()

    def features(self, table: "pa.Table") -> np.ndarray:
        """Features of any table, standardised and smoothly clipped, float32 [N, I], C-contiguous.

        x = z / √(1 + (z/3)²) for z = (value − mean) / scale: near 0 it is z, and it stays within ±3, so that one
        outlying cell cannot rule a row.

        Columns are found by name; their order does not matter, and others are ignored.

        Raises:
            InputError: a column is missing, or a cell is not a finite number.
        """
        require_columns(table, self.feature_names)
        X = np.empty((table.num_rows, len(self.inputs)), np.float32)
        for i, number in enumerate(self.inputs):
            X[:, i] = number.encode(table)
        return X / np.hypot(np.float32(1), X / CLIP)

    def targets(self, table: "pa.Table") -> np.ndarray:
        """Numbers of the classes, int32 [N]; or the standardised target, float32 [N, 1].

        Raises:
            InputError: the column is missing, a cell is missing, is no number, or is none of the classes.
        """
        require_columns(table, [self.target])
        y = self.output.encode(table)
        return y if isinstance(self.output, Classes) else y[:, None]

    def labels(self, indices: np.ndarray) -> list[Class]:
        """Numbers of classes [N] → labels of the type they had in the table.

        Raises:
            TypeError: the task is regression.
        """
        if not isinstance(self.output, Classes):
            raise TypeError(f"labels needs a classification, however: {show(self.target)} is a regression target")
        return self.output.restore(indices)

    def restore(self, values: np.ndarray) -> np.ndarray:
        """Standardised targets → the target's own unit, float64, the same shape.

        Raises:
            TypeError: the task is classification.
        """
        if not isinstance(self.output, Number):
            raise TypeError(f"restore needs a regression, however: {show(self.target)} is a column of classes")
        return self.output.restore(values)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: {"features": […], "target": {…}}."""
        return {"features": [asdict(number) for number in self.inputs], "target": asdict(self.output)}

    @classmethod
    def from_dict(cls, record: Any) -> "Encoding":
        """The encoding back from `to_dict`, before or after JSON.

        Raises:
            InputError: the record is not one that `to_dict` writes.
        """
        features, target = _values(record, "features", "target")
        if not isinstance(features, list):
            raise _not_written_here(features, "a list of features")
        inputs = tuple(Number(*_values(feature, "name", "mean", "scale")) for feature in features)
        if isinstance(target, dict) and "classes" in target:
            name, classes = _values(target, "name", "classes")
            if not isinstance(classes, (list, tuple)):
                raise _not_written_here(classes, "a list of classes")
            return cls(inputs, Classes(name, tuple(classes)))
        return cls(inputs, Number(*_values(target, "name", "mean", "scale")))


def _fit_numbers(table: "pa.Table", names: list[str], rows: np.ndarray) -> tuple[Number, ...]:
    """Every column standardised; the error for the first one that cannot be names all others, too."""
    inputs, refused = [], {}
    for name in names:
        try:
            inputs.append(Number.fit(table, name, rows))
        except InputError as error:
            refused[name] = error
    if refused:
        first, *others = refused
        error = refused[first]
        also = f" (also in the way: columns {show_all(others)})" if others else ""
        raise InputError(error.where, error.expected, error.found, error.remedy + also)
    return tuple(inputs)


def _values(record: Any, *keys: str) -> list[Any]:
    if not isinstance(record, dict) or sorted(record) != sorted(keys):
        raise _not_written_here(record, f"a record of {show_all(keys)}")
    return [record[key] for key in keys]


def _not_written_here(found: Any, expected: str) -> InputError:
    return InputError("the encoding", f"must be {expected}", show(found), "restore the file, or train again")
