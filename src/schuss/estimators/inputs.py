"""What users hand to an estimator → a table: arrays, sparse matrices, frames of pandas and Polars."""

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from schuss.engine.memory import free_bytes
from schuss.tables import Roles

if TYPE_CHECKING:
    import pyarrow as pa

COPIES = 3
"""How often an array is in memory while it becomes a table and then inputs."""


def read_features(estimator: BaseEstimator, X: Any, *, reset: bool, least: int = 1) -> tuple["pa.Table", Roles]:
    """The features as a table, and what is known of its columns.

    A frame whose columns have names is a table: columns may hold anything, missing cells included. All else is an array
    of finite numbers, and its columns are called x0, x1, …

    Args:
        estimator: learns, or is asked, how many features there are and their names.
        X: what the user gave, [N, I].
        reset: whether the estimator learns.
        least: rows there must be.

    Raises:
        ValueError, TypeError: X is not two-dimensional, not finite, or not what the estimator was fitted with.
        MemoryError: a sparse matrix is too large to be made dense.
    """
    import pyarrow as pa

    if is_frame(X):
        from schuss.tables.reading.frames import from_frame

        table = from_frame(X)
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        if table.num_rows < least:
            raise ValueError(f"X must have at least {least} rows, not {table.num_rows} sample(s).")
        return table.rename_columns(_names(estimator, table.num_columns)), Roles()
    kinds = (np.float64, np.float32)
    found: Any = validate_data(estimator, X, reset=reset, accept_sparse="csr", dtype=kinds, ensure_min_samples=least)
    array = dense(found) if sparse.issparse(found) else found
    names = _names(estimator, array.shape[1])
    return pa.table({name: pa.array(array[:, i]) for i, name in enumerate(names)}), Roles(number=tuple(names))


def is_frame(X: Any) -> bool:
    """Whether this is a frame whose columns have names: of pandas, Polars, or pyarrow."""
    names = getattr(X, "column_names", getattr(X, "columns", None))
    return names is not None and len(names) > 0 and all(isinstance(name, str) for name in names)


def dense(X: Any) -> np.ndarray:
    """A sparse matrix [N, I] with all its zeros, float32.

    Raises:
        MemoryError: there is no room for it.
    """
    rows, columns = X.shape
    need, free = COPIES * rows * columns * np.dtype(np.float32).itemsize, free_bytes()
    if need > free:
        raise MemoryError(
            f"X does not fit in memory once its zeros are written out: {rows:,} rows of {columns:,} columns need "
            f"{need / 2**30:,.1f} GiB of {free / 2**30:,.1f} GiB. Reduce the columns (TruncatedSVD, SelectKBest)."
        )
    return X.astype(np.float32).toarray()


def _names(estimator: BaseEstimator, columns: int) -> list[str]:
    """Names of the columns: those the estimator was fitted with, or their numbers."""
    known = getattr(estimator, "feature_names_in_", None)
    return [f"x{i}" for i in range(columns)] if known is None else list(known)
