"""The rows an estimator learns from, put in an order of their own.

What is learned should depend on which rows there are and how often, not on the order they came in, nor on whether a row
that counts twice is there twice or has the weight 2. So rows of weight 0 are left out, rows whose weights are whole
numbers are repeated, and then all are sorted by a hash of what they hold. The same rows, in any order, give the same
bits.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.selection.fold import Fold, fold_of, weights_of
from schuss.tables import ClassTarget, Encoding, Roles, Split
from schuss.tables.encoding.target import Class
from schuss.tables.splitting.split import folds, split
from schuss.tables.statistics import query

if TYPE_CHECKING:
    import pyarrow as pa

MOST_REPEATED = 10
"""Rows are repeated as long as there are at most so many times as many afterwards; else they are weighted."""


@dataclass(frozen=True)
class Sample:
    """Rows to learn from.

    Args:
        table: features and target.
        target: name of the target's column: numbers of classes, or values.
        classes: labels of the classes; none for regression.
        roles: what is known of the columns.
        weight: of every row [N]; None where all count the same.
    """

    table: "pa.Table"
    target: str
    classes: tuple[Class, ...]
    roles: Roles
    weight: np.ndarray | None

    @classmethod
    def of(
        cls, features: "pa.Table", y: np.ndarray, classes: tuple[Class, ...], roles: Roles, weight: np.ndarray | None
    ) -> "Sample":
        """The rows in their own order.

        Args:
            features: a table.
            y: numbers of classes, or values, [N].
            classes: labels; none for regression.
            roles: what is known of the columns.
            weight: of every row, ≥ 0, not all 0 [N].
        """
        import pyarrow as pa

        target = "target"
        while target in features.column_names:
            target += "_"
        table = features.append_column(target, pa.array(y.astype(np.float64)))
        rows, weight = arrange(table, weight)
        return cls(table.take(rows), target, classes, roles, weight)

    @property
    def y(self) -> np.ndarray:
        """Numbers of classes, int32 [N], or values, float64 [N]."""
        y = self.table[self.target].to_numpy()
        return y.astype(np.int32) if self.classes else y

    def split(self, validation: float, seed: int) -> Split:
        """Rows to train on, and a share to choose by, which may be 0."""
        n = self.table.num_rows
        if validation == 0:
            return Split(np.arange(n), np.arange(0), np.arange(0))
        return split(n, self.y if self.classes else None, validation, random_state=seed, where="X")

    def folds(self, k: int, seed: int) -> list[Split]:
        """Rows to train on and rows to choose by, K times."""
        return folds(self.table.num_rows, k, self.y if self.classes else None, random_state=seed, where="X")

    def encode(self, rows: np.ndarray) -> Encoding:
        """The encoding that these training rows tell.

        Classes are those given: rows need not show them all.

        Raises:
            InputError: no column can be used.
        """
        encoding = Encoding.fit(self.table, self.target, rows, "regression", self.roles)
        if not self.classes:
            return encoding
        what = f"{len(self.classes):,} classes"
        decisions = [one._replace(what=what) if one.kind == "target" else one for one in encoding.decisions]
        return replace(encoding, output=ClassTarget(self.target, self.classes), decisions=tuple(decisions))

    def fold(self, split: Split, encoding: Encoding | None = None, class_weight: Any = None) -> Fold:
        """Rows to train on and rows to choose by, encoded as given, or with what the training rows tell."""
        encoding = self.encode(split.training) if encoding is None else encoding
        x = encoding.features(self.table)
        y = self.y if self.classes else encoding.targets(self.table)
        return fold_of(split, encoding, x, y, weights_of(y, encoding, split.training, self.weight, class_weight))


def arrange(table: "pa.Table", weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Places of the rows in their own order, repeated as often as they count, and what weight is left to each.

    Args:
        table: all that rows hold.
        weight: of every row, ≥ 0, not all 0 [N]; None: all count the same.

    >>> import pyarrow as pa
    >>> arrange(pa.table({"x": [5.0, 7.0]}), np.array([0.0, 2.0]))
    (array([1, 1]), None)
    """
    rows = np.arange(table.num_rows)
    if weight is not None:
        rows = np.flatnonzero(weight > 0)
        if (weight == np.round(weight)).all() and weight.sum() <= MOST_REPEATED * len(rows):
            rows, weight = rows.repeat(weight[rows].astype(np.int64)), None
    order = rows[np.argsort(hashes(table, weight)[rows], kind="stable")]
    return order, None if weight is None else weight[order]


def hashes(table: "pa.Table", weight: np.ndarray | None = None) -> np.ndarray:
    """A number for what every row holds, its weight included, uint64 [N]: the same for the same cells."""
    columns: dict[str, Any] = {f"c{i}": column for i, column in enumerate(table.columns)}
    if weight is not None:
        columns["weight"] = weight
    return query(columns, "SELECT hash(*COLUMNS(*)) FROM cells").column(0).to_numpy()
