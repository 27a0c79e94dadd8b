"""Rows to train on and rows to choose by, encoded with what the former tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from schuss.engine.data import Table
from schuss.selection.model import decode
from schuss.tables import Encoding, Roles, Split, Task
from schuss.tables.encoding.measure import Method

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Fold:
    """Rows to train on and rows to choose by, encoded with what the training rows tell.

    Attributes:
        encoding: fitted on the training rows.
        training, validation: with weights of the rows, where there are any, and of their classes, if asked for.
        rows: places of the validation rows in the table.
    """

    encoding: Encoding
    training: Table
    validation: Table
    rows: np.ndarray

    def truth(self, part: Literal["training", "validation"]) -> np.ndarray:
        """Targets of the rows, as metrics take them."""
        return decode(np.asarray(getattr(self, part).y), self.encoding)


def make_folds(
    table: "pa.Table",
    target: str,
    splits: Sequence[Split],
    task: Task,
    roles: Roles,
    numeric: Method = "auto",
    weight: np.ndarray | None = None,
    class_weight: Any = None,
) -> tuple[Fold, ...]:
    """Encode a table once for every split, with what that split's training rows tell.

    Args:
        table, target: all rows.
        splits: one a fold.
        task: classification or regression.
        roles: which columns are no features.
        numeric: how numbers are encoded.
        weight: of the rows [N].
        class_weight: "balanced", or {label: weight}: rows weigh as much more; see scikit-learn's.

    Raises:
        InputError: the table cannot be encoded.
    """
    found: list[Fold] = []
    for split in splits:
        encoding = Encoding.fit(table, target, split.training, task, roles, numeric)
        x, y = encoding.features(table), encoding.targets(table)
        found.append(fold_of(split, encoding, x, y, weights_of(y, encoding, split.training, weight, class_weight)))
    return tuple(found)


def fold_of(split: Split, encoding: Encoding, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Fold:
    """A fold of encoded rows, all of which are given."""

    def rows(part: np.ndarray) -> Table:
        return Table(x[part], y[part], None if weight is None else weight[part])

    return Fold(encoding, rows(split.training), rows(split.validation), split.validation)


def weights_of(
    y: np.ndarray, encoding: Encoding, training: np.ndarray, weight: np.ndarray | None, class_weight: Any
) -> np.ndarray | None:
    """Weight of every row [N]: its own times its class's.

    A balanced class weighs N / (C·N_c), counted on the training rows, with their weights.

    Raises:
        ValueError: class weights for a regression, or for labels that are none of the classes.
    """
    if class_weight is None:
        return weight
    if not encoding.classes:
        raise ValueError("class_weight must be left out for a regression, which has no classes, however: it is given")
    own = np.ones(len(y)) if weight is None else np.asarray(weight, np.float64)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(f"class_weight must be 'balanced' or one weight a class, however: {class_weight!r}")
        counts = np.bincount(y[training], own[training], len(encoding.classes))
        factors = counts.sum() / (len(counts) * np.where(counts > 0, counts, 1))
    else:
        unknown = set(class_weight) - set(encoding.classes)
        if unknown:
            raise ValueError(f"class_weight must name classes among {encoding.classes}, however: {sorted(unknown)}")
        factors = np.array([class_weight.get(label, 1.0) for label in encoding.classes])
    return own * factors[y]
