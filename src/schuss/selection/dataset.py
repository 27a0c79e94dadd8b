"""A data set: a table, what is to be learned from it, and what is known of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from schuss.selection.fold import Fold, fold_of, weights_of
from schuss.selection.plan import Plan
from schuss.tables import (
    BUILTIN,
    ClassTarget,
    Columns,
    Encoding,
    InputError,
    Roles,
    Split,
    Task,
    find_task,
    folds,
    load_builtin,
    split,
)
from schuss.tables.cells import blank_out, is_text, require_columns, trimmed
from schuss.tables.encoding.dates import instants
from schuss.tables.encoding.target import Class
from schuss.tables.encoding.target_mean import Taught
from schuss.tables.errors import show, show_all
from schuss.tables.numerals import numbers
from schuss.tables.reading.read import read_as_written, with_numbers
from schuss.tables.source import Source, keep, place
from schuss.tables.task import about_target, present, require_variation

if TYPE_CHECKING:
    import pyarrow as pa

TaskName = Literal["binary", "multiclass", "classification", "regression"]
"""What a user may ask for: "binary" and "multiclass" are classifications of two classes and of more than two."""

LARGEST = 1e100
"""The largest number that a regression's target may hold: squares, and their sums, stay within float64."""


@dataclass(frozen=True)
class DataSpec:
    """Which table to read, and what its columns are for.

    Args:
        data: name of a built-in table, or path of a file.
        target: column to predict; built-in tables know theirs.
        task: default: inferred from the target.
        table: name of the table in a file that holds several.
        roles: columns with a part of their own: identifiers, weights, groups, time, those to leave out.
        encoding: of a text file; default: found out.
        missing: words, and numbers, that stand for missing cells in any column.
    """

    data: str
    target: str | None = None
    task: TaskName | None = None
    table: str | None = None
    roles: Roles = field(default_factory=Roles)
    encoding: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataSet:
    """Rows with a target, ready to be split and encoded.

    Args:
        table: the rows, target included.
        target: name of its column.
        task: classification or regression.
        classes: labels of the classes, in ascending order; none for regression.
        codes: number of every row's class, int32 [N]; None for regression.
        roles: columns that are no features.
        weight: of the rows [N]; None where all count the same.
        groups: number of every row's group [N], or None.
        time: when every row is from [N], or None.
        name: what the table was asked for by.
        source: how it was read, in words: format, encoding, delimiter.
        without_target: how many rows were left out because they have no target.
        notes: what was decided that is not certain, or may surprise, in sentences.
    """

    table: "pa.Table"
    target: str
    task: Task
    classes: tuple[Class, ...] = ()
    codes: np.ndarray | None = None
    roles: Roles = field(default_factory=Roles)
    weight: np.ndarray | None = None
    groups: np.ndarray | None = None
    time: np.ndarray | None = None
    name: str = "the table"
    source: str = ""
    without_target: int = 0
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, spec: DataSpec) -> "DataSet":
        """Read a table and find out what it is for.

        Raises:
            InputError: the table cannot be read, a column is missing, or the target does not fit the task.
        """
        table = open_table(spec.data, spec.table, spec.encoding, spec.missing)
        target, roles = _target(spec, table), spec.roles.among(table.column_names)
        require_columns(table, [target])
        roles.require(table, target)
        rows = present(table, target)
        if len(rows) == 0:
            remedy = "Name another target, or fill it in."
            raise InputError(place(table, column=target), "The target is missing in every row.", remedy)
        source, whole, table = Source.of(table).describe(), table, keep(table, rows)
        asked = "classification" if spec.task in ("binary", "multiclass") else spec.task
        task = find_task(whole, target, asked)
        if task == "regression":
            require_size(table, target)
            require_variation(table, target)
        told = () if spec.data in BUILTIN else about_target(table, target, task, asked is not None)
        encoder = ClassTarget.fit(table, target) if task == "classification" else None
        if encoder is not None:
            _require_number(table, encoder, spec.task)
        return cls(
            table=table,
            target=target,
            task=task,
            classes=() if encoder is None else encoder.classes,
            codes=None if encoder is None else encoder.encode(table),
            roles=roles,
            weight=None if roles.weight is None else weights(table, roles.weight),
            groups=None if roles.group is None else groups(table, roles.group),
            time=None if roles.time is None else instants(table, roles.time),
            name=spec.data,
            source=source,
            without_target=whole.num_rows - table.num_rows,
            notes=(*Source.of(whole).all_notes(), *told),
        )

    @cached_property
    def columns(self) -> Columns:
        """The table's columns, each of which is parsed once for all folds."""
        return Columns(self.table)

    @property
    def rows(self) -> int:
        """N, the number of rows."""
        return self.table.num_rows

    def weight_of(self, rows: np.ndarray) -> np.ndarray | None:
        """Weights of some rows; None where all count the same."""
        return None if self.weight is None else self.weight[rows]

    def undivided(self) -> Split:
        """All rows as training rows."""
        none = np.arange(0)
        return Split(np.arange(self.rows), none, none)

    def splits(self, plan: Plan) -> list[Split]:
        """The rows to train on, to choose by and to test on, once for every fold of the plan.

        Raises:
            InputError: there are too few rows, or all weights of a part are 0.
        """
        known: dict[str, Any] = {
            "targets": self.codes,
            "names": self.classes,
            "groups": self.groups,
            "time": self.time,
            "test": plan.test,
            "random_state": plan.random_state,
            "where": place(self.table),
        }
        count = plan.divided(self.rows, ordered=self.time is not None)
        if count > 1:
            found = folds(self.rows, count, **known)
        else:
            found = [split(self.rows, validation=plan.validation, **known)]
        for one in found:
            self._require_weight(one)
        return found

    def encoding(
        self,
        training: np.ndarray,
        numeric: Any = "auto",
        category_statistics: bool = False,
        repeated_values: bool = True,
    ) -> Encoding:
        """The encoding that these training rows teach; classes are those of the data set, whichever rows these are.

        Args:
            training: the rows.
            numeric: how numbers are encoded.
            category_statistics: whether means of the target stand beside embedded categories.
            repeated_values: whether, with ``numeric`` "auto", codes of values that repeat stand beside numbers.

        Raises:
            InputError: the table cannot be encoded.
        """
        known = self.task, self.roles, numeric, self.classes or None
        found = Encoding.fit(self.columns, self.target, training, *known)
        taught = Taught(training, self._targets(found), self.weight)
        if repeated_values and numeric == "auto":
            found = found.with_values(self.columns, taught)
        return found.with_means(self.columns, taught) if category_statistics else found

    def fold(self, split: Split, plan: Plan, encoding: Encoding | None = None) -> Fold:
        """Rows to train on and rows to choose by, encoded with what the training rows teach, or as given.

        Args:
            split: which rows.
            plan: says how numbers and categories are encoded and what classes weigh.
            encoding: that of an earlier fold, to go on with.
        """
        if encoding is None:
            encoding = self.encoding(split.training, plan.numeric, plan.category_statistics, plan.repeated_values)
        y = self._targets(encoding)
        weight = weights_of(y, encoding, split.training, self.weight, plan.class_weight)
        x = encoding.features(self.columns, Taught(split.training, y, self.weight))
        return fold_of(split, encoding, x, y, weight)

    def _targets(self, encoding: Encoding) -> np.ndarray:
        """Targets of all rows, as the engine takes them."""
        return encoding.targets(self.columns) if self.codes is None else self.codes

    def _require_weight(self, split: Split) -> None:
        for part, rows in split._asdict().items():
            if len(rows) and self.weight is not None and not self.weight[rows].any():
                problem = f"All weights of the {part} rows are 0."
                remedy = "Choose other shares, folds or another --random-state, or leave --weight out."
                raise InputError(place(self.table, column=self.roles.weight), problem, remedy)


def open_table(
    data: str, inside: str | None = None, encoding: str | None = None, missing: Sequence[str] = ()
) -> "pa.Table":
    """A built-in table, or one from a file.

    Args:
        data: name of the built-in table, or path of the file.
        inside: name of the table in a file that holds several.
        encoding: of a text file; default: found out.
        missing: words, and numbers, that stand for missing cells in any column.

    Raises:
        InputError: there is none.
    """
    if data not in BUILTIN:
        written = blank_out(read_as_written(data, inside, encoding), missing)
        return blank_out(with_numbers(written), missing)
    if inside is not None:
        raise InputError(data, "This is a built-in table, not a database of several.", "Leave --table out.")
    return blank_out(load_builtin(data)[0], missing)


def _target(spec: DataSpec, table: "pa.Table") -> str:
    """The column to predict: the one named, or that of a built-in table."""
    if spec.target is not None:
        return spec.target
    if spec.data not in BUILTIN:
        problem = f"Which column is to be predicted? There are {show_all(table.column_names)}."
        raise InputError(spec.data, problem, "Add --target COLUMN.")
    return load_builtin(spec.data)[1]


def _require_number(table: "pa.Table", found: ClassTarget, asked: TaskName | None) -> None:
    """See that there are two classes for the task "binary", and more for "multiclass"."""
    if asked not in ("binary", "multiclass") or (asked == "binary") == (len(found.classes) == 2):
        return
    wanted = "two classes" if asked == "binary" else "more than two classes"
    problem = f"The task {asked} needs {wanted}, and there are {len(found.classes)}: {show_all(found.classes, 5)}."
    raise InputError(place(table, column=found.name), problem, "Leave the task out, or name another target.")


def require_size(table: "pa.Table", target: str) -> None:
    """See that no number of a regression's target is too large to be squared.

    Raises:
        InputError: one is beyond `LARGEST`, or no number.
    """
    found = numbers(table, target)
    beyond = np.isfinite(found) & (np.abs(found) > LARGEST)
    if beyond.any():
        row = int(beyond.argmax())
        problem = f"{found[row]:g} is too large: beyond ±{LARGEST:g} errors cannot be squared."
        raise InputError(place(table, row, target), problem, "Choose another unit.")


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
        problem = f"{show(cell)} is no weight: weights are finite numbers of at least 0."
        raise InputError(place(table, row, name), problem, "Correct the cell, or leave --weight out.")
    if not found.any():
        raise InputError(place(table, column=name), "All weights are 0.", "Name another column with --weight.")
    return found


def groups(table: "pa.Table", name: str) -> np.ndarray:
    """Number of every row's group, int64 [N]; a row whose group is missing is a group of its own."""
    column = table.column(name)
    column = (trimmed(column) if is_text(column.type) else column).combine_chunks()
    found = column.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    return np.where(missing, len(found) + np.arange(len(found)), np.nan_to_num(found)).astype(np.int64)
