"""A table's encoding: what is learned from the training rows to turn its columns into arrays, and back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.tables.cells import require_columns
from schuss.tables.encoding.boolean import Boolean
from schuss.tables.encoding.category import Embedded, fit_category
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.date_parts import fit_dates
from schuss.tables.encoding.decision import Decision, LeftOut, decide, decision_from
from schuss.tables.encoding.feature import RESTORE, Coded, Feature
from schuss.tables.encoding.kinds import Inferred, infer
from schuss.tables.encoding.measure import Method, fit_numeric
from schuss.tables.encoding.numeric import Numeric
from schuss.tables.encoding.records import feature_from, sequence, target_from, values_of
from schuss.tables.encoding.repeated import MOST_NUMBERS, Repeated, fit_repeated
from schuss.tables.encoding.target import Class, ClassTarget, NumberTarget
from schuss.tables.encoding.target_mean import MOST_CLASSES, TargetMean, Taught, fit_mean
from schuss.tables.errors import InputError, show, show_all
from schuss.tables.roles import Roles
from schuss.tables.source import place
from schuss.tables.task import Task, find_task

if TYPE_CHECKING:
    import pyarrow as pa


BESIDE = (TargetMean, Repeated)
"""Features that stand beside another one of their column."""


@dataclass(frozen=True)
class Encoding:
    """How columns become arrays: features near 0 and codes of categories; classes numbered, other targets standardised.

    Args:
        inputs: encoders of the features, in the table's order.
        output: the target: its classes, or the mean and scale of a regression.
        decisions: what becomes of every column and why, in the table's order.

    >>> import pyarrow as pa
    >>> table = pa.table({"x": [1.0, 3.0, 2.0, 2.5], "y": ["no", "yes", "no", "yes"]})
    >>> encoding = Encoding.fit(table, "y", training_rows=np.array([0, 1, 2]))
    >>> print(encoding.features(table)[:, 0].round(3), encoding.targets(table))
    [-1.56   1.56   0.     0.873] [0 1 0 1]
    >>> encoding.labels(np.array([1, 0]))
    ['yes', 'no']
    >>> print(encoding.plan()[0])
    Decision(name='x', kind='number', what='(x − 2) / 0.5477, clipped', why='whole numbers from 1 to 3')
    """

    inputs: tuple[Feature, ...]
    output: NumberTarget | ClassTarget
    decisions: tuple[Decision, ...] = ()

    def __post_init__(self) -> None:
        """Check the columns together; each has checked itself.

        Raises:
            InputError: there is no feature, or a name is there twice; or one is to stand beside a column that is none.
        """
        alone = [feature.name for feature in self.inputs if not isinstance(feature, BESIDE)]
        beside = [feature.name for feature in self.inputs if isinstance(feature, BESIDE)]
        names = [*alone, self.target]
        whole = len(names) >= 2 and len(set(names)) == len(names)
        if not (whole and len(set(beside)) == len(beside) and set(beside) <= set(alone)):
            problem = f"It must have at least one feature, and every name once, but has {show_all(names)}."
            raise InputError("the encoding of a table", problem, RESTORE)

    @classmethod
    def fit(
        cls,
        table: "pa.Table | Columns",
        target: str,
        training_rows: np.ndarray,
        task: Task | None = None,
        roles: Roles | None = None,
        numeric: Method = "auto",
        classes: tuple[Class, ...] | None = None,
    ) -> "Encoding":
        """Learn an encoding.

        Args:
            table: all rows. They tell what each column holds, and the classes; nothing else is learned from rows that
                are not for training. `Columns` of a table are parsed once, however many encodings are fitted on them.
            target: name of the target's column; the others are features unless left out, see `kinds`.
            training_rows: indices of the rows that statistics are computed on; at least 2, with a target each.
            task: default: inferred, see `infer_task`.
            roles: columns whose role you say; default none.
            numeric: how numbers are encoded: "auto", "robust", "standard", "quantile" or "piecewise_linear".
            classes: labels of the classes where you know them, in ascending order. Then the task is a classification,
                rows need not show every class, and the cells of the target are not read: they may be numbers of
                classes. Default: the labels in the table.

        Raises:
            ValueError: there is no task or no encoding of numbers of this name.
            InputError: a column is missing, a cell is not what it must be, there is one class only, or no feature.
        """
        columns, roles = Columns.of(table), Roles() if roles is None else roles
        whole = columns.table
        task = find_task(whole, target, task if classes is None else "classification")
        require_columns(whole, [target, *whole.column_names])
        roles.require(whole, target)
        if len(training_rows) < 2:
            problem = f"There must be at least 2 rows to train on, not {len(training_rows)}."
            raise InputError(place(whole), problem, "Add rows.")
        known = None if classes is None else ClassTarget(target, classes)
        output = known or _fit_target(columns, target, training_rows, task)
        inferred = {column.name: column for column in infer(columns, target, training_rows, roles)}
        inputs = _fit(columns, inferred, training_rows, numeric)
        if not inputs:
            found = "; ".join(f"{show(name)}: {column.why}" for name, column in [*inferred.items()][:5])
            problem = f"There is no feature beside the target. {f'Left out: {found}.' if found else 'It stands alone.'}"
            remedy = "Add a column to predict from, or name one with --number COLUMN or --category COLUMN."
            raise InputError(place(whole), problem, remedy)
        return cls(tuple(inputs.values()), output, tuple(decide(whole, output, inferred, inputs)))

    def with_means(self, table: "pa.Table | Columns", taught: Taught) -> "Encoding":
        """The encoding with the mean of the target in each level beside every embedded category.

        With more than `MOST_CLASSES` classes it stays as it is.

        Args:
            table: the one that the encoding was fitted on.
            taught: its training rows.
        """
        if len(self.classes) > MOST_CLASSES:
            return self
        columns = Columns.of(table)
        embedded = [feature for feature in self.inputs if isinstance(feature, Embedded)]
        return self.with_beside([fit_mean(feature, columns, taught, self.classes) for feature in embedded])

    def with_values(self, table: "pa.Table | Columns", taught: Taught) -> "Encoding":
        """The encoding with codes of values that repeat beside the numbers whose values say more than a curve does.

        Args:
            table, taught: see `with_means`.
        """
        columns = Columns.of(table)
        numbers = [feature for feature in self.inputs if isinstance(feature, Numeric)]
        if len(numbers) > MOST_NUMBERS:
            return self
        found = (fit_repeated(feature, columns, taught, len(self.classes)) for feature in numbers)
        return self.with_beside([feature for feature in found if feature is not None])

    def with_beside(self, beside: Sequence[Feature]) -> "Encoding":
        """The encoding with further features of its columns, each after the one of its name."""
        further = {feature.name: feature for feature in beside}
        inputs = (each for feature in self.inputs for each in (feature, further.get(feature.name)) if each)
        decisions = (
            each._replace(what=f"{each.what}; {further[each.name].what()}") if each.name in further else each
            for each in self.decisions
        )
        return replace(self, inputs=tuple(inputs), decisions=tuple(decisions))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns that are features, in the table's order."""
        return tuple(dict.fromkeys(feature.name for feature in self.inputs))

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Columns that are neither features nor the target: (name, kind, why)."""
        used = {*self.feature_names, self.target}
        return tuple(LeftOut(name, kind, why) for name, kind, _, why in self.decisions if name not in used)

    @property
    def numbers(self) -> int:
        """How many of the network's inputs are numbers; they come first."""
        return sum(len(feature.outputs) for feature in self.inputs if not isinstance(feature, Coded))

    @property
    def embeddings(self) -> tuple[tuple[int, int], ...]:
        """(codes, width of a vector) for each of the columns of codes after the numbers."""
        return tuple((feature.size, feature.width) for feature in self.inputs if isinstance(feature, Coded))

    @property
    def quantities(self) -> tuple[int, ...]:
        """Places of the network's inputs that are numbers on a scale, rather than marks or codes."""
        found: list[int] = []
        first = 0
        for feature in self.ordered:
            found += (first + place for place in feature.quantities)
            first += len(feature.outputs)
        return tuple(found)

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the network's inputs [I]: parts of columns, such as "city: Seoul"; the codes are last."""
        return tuple(name for feature in self.ordered for name in feature.outputs)

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.output.name

    @property
    def task(self) -> Task:
        """Classification or regression."""
        return "classification" if isinstance(self.output, ClassTarget) else "regression"

    @property
    def classes(self) -> tuple[Class, ...]:
        """Labels of the classes in the order of the network's outputs; none for regression."""
        return self.output.classes if isinstance(self.output, ClassTarget) else ()

    def plan(self) -> list[Decision]:
        """What becomes of every column of the table, and why."""
        return list(self.decisions)

    def features(self, table: "pa.Table | Columns", taught: Taught | None = None) -> np.ndarray:
        """Features of any table, float32 [N, I], C-contiguous: numbers, then a column of codes for each embedding.

        Columns are found by name; their order does not matter, and others are ignored.

        Args:
            table: any.
            taught: rows of it that are trained on: in their means of the target their own one has no part.

        Raises:
            InputError: a column is missing, or a cell is not what the column held in training.
        """
        columns = Columns.of(table)
        require_columns(columns.table, self.feature_names)
        X = np.empty((columns.table.num_rows, self.numbers + len(self.embeddings)), np.float32)
        i = 0
        for feature in self.ordered:
            width = len(feature.outputs)
            X[:, i : i + width] = feature.encode(columns)
            if taught is not None and isinstance(feature, TargetMean):
                X[taught.rows, i : i + width] = feature.encode_taught(columns, taught)
            i += width
        return X

    @property
    def ordered(self) -> list[Feature]:
        """The features in the order of the network's inputs."""
        return sorted(self.inputs, key=lambda feature: isinstance(feature, Coded))

    def targets(self, table: "pa.Table | Columns", rows: np.ndarray | None = None) -> np.ndarray:
        """Numbers of the classes, int32 [N]; or the standardised target, float32 [N, 1].

        Args:
            table: any table with the target.
            rows: indices of the rows asked for; default all. `schuss.tables.task.present` finds those with a target.

        Raises:
            InputError: the column is missing, a cell is missing, is no number, or is none of the classes.
        """
        columns = Columns.of(table)
        require_columns(columns.table, [self.target])
        y = self.output.encode(columns, np.arange(columns.table.num_rows) if rows is None else rows)
        return y if isinstance(self.output, ClassTarget) else y[:, None]

    def labels(self, indices: np.ndarray) -> list[Class]:
        """Numbers of classes [N] → labels of the type they had in the table.

        Raises:
            TypeError: the task is regression.
        """
        if not isinstance(self.output, ClassTarget):
            raise TypeError(f"labels needs a classification, but {show(self.target)} is a regression target.")
        return self.output.restore(indices)

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Numbers in the target's own unit → standardised targets, float32, the same shape.

        Raises:
            TypeError: the task is classification.
        """
        if not isinstance(self.output, NumberTarget):
            raise TypeError(f"standardise needs a regression, but {show(self.target)} is a column of classes.")
        return self.output.standardise(values)

    def restore(self, values: np.ndarray) -> np.ndarray:
        """Standardised targets → the target's own unit, float64, the same shape.

        Raises:
            TypeError: the task is classification.
        """
        if not isinstance(self.output, NumberTarget):
            raise TypeError(f"restore needs a regression, but {show(self.target)} is a column of classes.")
        return self.output.restore(values)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: {"features": […], "target": {…}, "columns": […]}."""
        features = [{"encoder": type(feature).__name__, **asdict(feature)} for feature in self.inputs]
        return {"features": features, "target": asdict(self.output), "columns": [*map(list, self.decisions)]}

    @classmethod
    def from_dict(cls, record: Any) -> "Encoding":
        """The encoding back from `to_dict`, before or after JSON.

        Raises:
            InputError: the record is not one that `to_dict` writes.
        """
        features, target, columns = values_of(record, "features", "target", "columns")
        inputs = tuple(map(feature_from, sequence(features, "features")))
        decisions = tuple(map(decision_from, sequence(columns, "columns")))
        return cls(inputs, target_from(target), decisions)


def _fit_target(columns: Columns, target: str, rows: np.ndarray, task: Task) -> NumberTarget | ClassTarget:
    """The encoder of the target, which the training rows all fit."""
    output = ClassTarget.fit(columns, target) if task == "classification" else NumberTarget.fit(columns, target, rows)
    output.encode(columns, rows)
    return output


def _fit(columns: Columns, inferred: dict[str, Inferred], rows: np.ndarray, numeric: Method) -> dict[str, Feature]:
    """The encoders of the columns that are features, by name, in the table's order."""
    numbers = {name: column.form for name, column in inferred.items() if column.kind == "number"}
    forms = {name: column.form for name, column in inferred.items() if column.kind == "date"}
    fitted: dict[str, Feature] = {feature.name: feature for feature in fit_numeric(columns, numbers, rows, numeric)}
    fitted |= {feature.name: feature for feature in fit_dates(columns, forms, rows)}
    for name, column in inferred.items():
        if column.kind == "boolean":
            fitted[name] = Boolean(name, column.missing)
        elif column.kind == "category":
            fitted[name] = fit_category(name, column.levels, column.missing, column.rare)
    return {name: fitted[name] for name in inferred if name in fitted}
