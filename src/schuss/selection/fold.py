"""Rows to train on and rows to choose by, encoded with what the training rows teach."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from schuss.engine.data import Table
from schuss.selection.model import decode
from schuss.tables import Encoding, Split

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Fold:
    """Rows to train on and rows to choose by, encoded with what the training rows teach.

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


def fold_of(split: Split, encoding: Encoding, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Fold:
    """The fold of a split.

    Args:
        split: which rows.
        encoding: fitted on its training rows.
        x: inputs of all rows [N, I].
        y: targets of all rows, as the engine takes them.
        weight: of all rows [N], or None.
    """

    outputs = len(encoding.classes) or 1

    def rows(part: np.ndarray) -> Table:
        return Table(
            x[part],
            y[part],
            None if weight is None else weight[part],
            outputs,
            encoding.embeddings,
            encoding.quantities,
        )

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
        raise ValueError("class_weight must be left out for a regression: it has no classes.")
    own = np.ones(len(y)) if weight is None else np.asarray(weight, np.float64)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(f"class_weight must be 'balanced' or one weight a class, not {class_weight!r}.")
        counts = np.bincount(y[training], own[training], len(encoding.classes))
        factors = counts.sum() / (len(counts) * np.where(counts > 0, counts, 1))
    else:
        unknown = set(class_weight) - set(encoding.classes)
        if unknown:
            raise ValueError(
                f"class_weight must name classes among {encoding.classes}, and {sorted(unknown)} are none of them."
            )
        factors = np.array([class_weight.get(label, 1.0) for label in encoding.classes])
    return own * factors[y]
