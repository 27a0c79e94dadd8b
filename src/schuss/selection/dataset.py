"""A table made ready: read, rows without a target left out, its task found, weights, groups and times read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from schuss.tables import BUILTIN, ClassTarget, InputError, Roles, Task, find_task, load_builtin, read
from schuss.tables.cells import numbers, require_columns
from schuss.tables.encoding.dates import instants
from schuss.tables.errors import show, show_all
from schuss.tables.source import Source, keep, place
from schuss.tables.task import present

if TYPE_CHECKING:
    import pyarrow as pa

Asked = Literal["binary", "multiclass", "classification", "regression"]
"""What a user may ask for: "binary" and "multiclass" are classifications of two classes and of more than two."""

LARGEST = 1e100
"""The largest number that a regression's target may hold: squares, and their sums, stay within float64."""


@dataclass(frozen=True)
class Ready:
    """A table ready to be split and encoded.

    Attributes:
        data: the name it was asked for by.
        table: the rows that have a target.
        target: its column.
        task: classification or regression.
        roles: columns that are no features.
        classes: the target's classes; None for regression.
        weight: of the rows [N], or None.
        groups: number of every row's group [N], or None.
        time: when every row is from [N], or None.
        without_target: how many rows were left out.
        source: how it was read, in words: format, encoding, delimiter.
    """

    data: str
    table: "pa.Table"
    target: str
    task: Task
    roles: Roles
    classes: ClassTarget | None
    weight: np.ndarray | None
    groups: np.ndarray | None
    time: np.ndarray | None
    without_target: int
    source: str


def open_table(data: str, inside: str | None = None) -> "pa.Table":
    """A built-in table, or one from a file.

    Args:
        data: name of the built-in table, or path of the file.
        inside: name of the table in a file that holds several.

    Raises:
        InputError: there is none.
    """
    if data not in BUILTIN:
        return read(data, inside)
    if inside is not None:
        raise InputError(data, "must be a database to hold several tables", "a built-in table", "leave --table out")
    return load_builtin(data)[0]


def prepare(data: str, target: str | None, asked: Asked | None, roles: Roles, inside: str | None = None) -> Ready:
    """Read a table and find out what it is for.

    Args:
        data, inside: see `open_table`.
        target: the column to predict; built-in tables know theirs.
        asked: the task; None: inferred.
        roles: columns with a part of their own.

    Raises:
        InputError: the table cannot be read, a column is missing, or the target does not fit the task.
    """
    table = open_table(data, inside)
    if target is None:
        if data not in BUILTIN:
            names = f"columns {show_all(table.column_names)}"
            raise InputError(data, "must come with the column to predict", names, "add --target COLUMN")
        target = load_builtin(data)[1]
    require_columns(table, [target])
    roles.require(table, target)
    rows = present(table, target)
    if len(rows) == 0:
        remedy = "name another target, or fill it in"
        raise InputError(place(table, column=target), "must have a value in some row", "only missing cells", remedy)
    source, whole, table = Source.of(table).describe(), table, keep(table, rows)
    task = find_task(whole, target, None if asked is None else _task(asked))
    if task == "regression":
        require_size(table, target)
    classes = ClassTarget.fit(table, target) if task == "classification" else None
    if classes is not None and asked in ("binary", "multiclass") and (asked == "binary") != (len(classes.classes) == 2):
        expected = f"must hold {'two' if asked == 'binary' else 'more than two'} classes for the task {asked}"
        found = f"{len(classes.classes)}: {show_all(classes.classes, 5)}"
        raise InputError(place(table, column=target), expected, found, "leave the task out, or name another target")
    return Ready(
        data=data,
        table=table,
        target=target,
        task=task,
        roles=roles,
        classes=classes,
        weight=None if roles.weight is None else weights(table, roles.weight),
        groups=None if roles.group is None else groups(table, roles.group),
        time=None if roles.time is None else instants(table, roles.time),
        without_target=whole.num_rows - table.num_rows,
        source=source,
    )


def require_size(table: "pa.Table", target: str) -> None:
    """See that the numbers of a regression's target are not beyond all measure.

    Raises:
        InputError: one is beyond `LARGEST`, or no number.
    """
    found = numbers(table, target)
    beyond = np.isfinite(found) & (np.abs(found) > LARGEST)
    if beyond.any():
        row = int(beyond.argmax())
        expected, remedy = f"must be between ±{LARGEST:g}, so that errors can be squared", "choose another unit"
        raise InputError(place(table, row, target), expected, f"{found[row]:g}", remedy)


def _task(asked: Asked) -> Task:
    return "regression" if asked == "regression" else "classification"


def weights(table: "pa.Table", name: str) -> np.ndarray:
    """Weights of the rows, float64 [N].

    Raises:
        InputError: a weight is missing, negative or infinite, or all are 0.
    """
    found = numbers(table, name)
    wrong = ~(np.isfinite(found) & (found >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        cell = table.column(name)[row].as_py()
        remedy = "correct the cell, or leave --weight out"
        raise InputError(place(table, row, name), "must be a weight: a finite number ≥ 0", show(cell), remedy)
    if not found.any():
        remedy = "name another column with --weight"
        raise InputError(place(table, column=name), "must have a weight above 0", "all are 0", remedy)
    return found


def groups(table: "pa.Table", name: str) -> np.ndarray:
    """Number of every row's group, int64 [N]; a row whose group is missing is a group of its own."""
    column = table.column(name).combine_chunks()
    found = column.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    return np.where(missing, len(found) + np.arange(len(found)), np.nan_to_num(found)).astype(np.int64)
