"""The rows an estimator learns from, put in an order of their own.

What is learned should depend on which rows there are and how often, not on the order they came in, nor on whether a row
that counts twice is there twice or has the weight 2. So rows of weight 0 are left out, rows whose weights are whole
numbers are repeated, and then all are sorted by a hash of what they hold. The same rows, in any order, give the same
bits.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.selection.dataset import DataSet
from schuss.tables import Roles
from schuss.tables.encoding.target import Class
from schuss.tables.statistics import query

if TYPE_CHECKING:
    import pyarrow as pa

MOST_REPEATED = 10
"""Rows are repeated as long as there are at most so many times as many afterwards; else they are weighted."""


def data_set(
    features: "pa.Table", y: np.ndarray, classes: tuple[Class, ...], roles: Roles, weight: np.ndarray | None
) -> DataSet:
    """Features and targets as a data set, its rows in their own order.

    Args:
        features: a table.
        y: numbers of classes, or values, [N].
        classes: labels; none for regression.
        roles: what is known of the columns.
        weight: of every row, ≥ 0, not all 0 [N]; None where all count the same.
    """
    import pyarrow as pa

    target = "target"
    while target in features.column_names:
        target += "_"
    table = features.append_column(target, pa.array(y.astype(np.float64)))
    rows, weight = arrange(table, weight)
    return DataSet(
        table=table.take(rows),
        target=target,
        task="classification" if classes else "regression",
        classes=classes,
        codes=y[rows].astype(np.int32) if classes else None,
        roles=roles,
        weight=weight,
    )


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
