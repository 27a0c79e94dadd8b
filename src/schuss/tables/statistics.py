"""What columns hold, counted and measured as SQL by DuckDB: the same numbers whatever the number of threads."""

import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from schuss.tables.cells import CODE, MISSING, NUMERIC, PAIRS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROUNDING = 4
"""Units in the last place by which interpolation may be off."""

FARTHEST = float(np.finfo(np.float64).max) / 4
"""No quantile is further from 0."""

TEXTS = f"""
SELECT coalesce(sum(n), 0)::BIGINT, count(*),
       coalesce(sum(n) FILTER (absent), 0)::BIGINT, count(*) FILTER (absent),
       count(*) FILTER (regexp_matches(cell, '{NUMERIC}')),
       count(*) FILTER (regexp_matches(cell, '{CODE}')),
       count(*) FILTER (regexp_matches(cell, '\\s')),
       [{", ".join(f"count(*) FILTER (word IN {pair})" for pair in PAIRS)}]
FROM (SELECT cell, count(*) AS n, regexp_matches(cell, '{MISSING}') AS absent, lower(trim(cell)) AS word
      FROM cells WHERE cell IS NOT NULL GROUP BY cell)"""

LEVELS = """
SELECT cell FROM cells WHERE cell IS NOT NULL GROUP BY cell HAVING count(*) >= $least
ORDER BY count(*) DESC, cell LIMIT $most"""


class Texts(NamedTuple):
    """Counts of a column of text; "distinct" counts each text once.

    Attributes:
        cells, distinct: that are not missing.
        absent, distinct_absent: that are a word for missing.
        numbers: distinct texts that read as numbers.
        codes: distinct texts that begin with a zero and another digit.
        spaced: distinct texts with a space in them.
        pairs: for each pair of words for no and yes, how many distinct texts are one of them.
    """

    cells: int
    distinct: int
    absent: int
    distinct_absent: int
    numbers: int
    codes: int
    spaced: int
    pairs: list[int]


@cache
def _database(process: int) -> "duckdb.DuckDBPyConnection":
    """DuckDB in memory, one for each process: to open one takes longer than most queries."""
    import duckdb

    del process
    return duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, "temp_directory": ""}
    )


def query(columns: dict[str, Any], sql: str, **parameters: Any) -> "pa.Table":
    """What a query gives of a table ``cells`` with these columns, in the order of its rows."""
    import pyarrow as pa

    with _database(os.getpid()).cursor() as cursor:
        cursor.register("cells", pa.table(columns))
        return cursor.sql(sql, params=parameters).to_arrow_table()


def summarize(column: "pa.ChunkedArray[Any]") -> Texts:
    """Counts of a column of text.

    >>> import pyarrow as pa
    >>> summarize(pa.chunked_array([["1", "2", "n/a", "2", None]]))[:5]
    (4, 3, 1, 1, 2)
    """
    return Texts(*(count[0].as_py() for count in query({"cell": column}, TEXTS).columns))


def frequent(column: "pa.ChunkedArray[Any]", least: int, most: int) -> tuple[str, ...]:
    """Texts that are in at least so many cells, at most so many texts, the most frequent first.

    >>> import pyarrow as pa
    >>> frequent(pa.chunked_array([["b", "a", "c", "b", "a", None]]), least=2, most=10)
    ('a', 'b')
    """
    return tuple(query({"cell": column}, LEVELS, least=least, most=most).column(0).to_pylist())


def quantiles(columns: Sequence[np.ndarray], probabilities: ArrayLike) -> np.ndarray:
    """Quantiles of the finite numbers of each column, interpolated linearly as NumPy does: float64 [columns, Q].

    Interpolation rounds even between equal numbers: quantiles that differ by no more than that are made equal.
    They are cut to ±4·10³⁰⁷, so that they may be subtracted. A column without any finite number gives NaN.

    Args:
        columns: numbers [N] each.
        probabilities: [Q], ascending.

    >>> quantiles([np.array([1.0, 2.0, np.nan, 4.0])], [0, 0.25, 0.5])
    array([[1. , 1.5, 2. ]])
    """
    import pyarrow as pa

    wanted = np.asarray(probabilities, np.float64).tolist()
    arrays = {f"c{k}": pa.array(column, mask=~np.isfinite(column)) for k, column in enumerate(columns)}
    asked = ", ".join(f"quantile_cont({column}, {wanted})" for column in arrays)
    found = (column[0].as_py() for column in query(arrays, f"SELECT {asked} FROM cells").columns)
    q = np.array([row or [np.nan] * len(wanted) for row in found], np.float64).clip(-FARTHEST, FARTHEST)
    for k in range(1, len(wanted)):
        same = q[:, k] - q[:, k - 1] <= ROUNDING * np.spacing(np.abs(q[:, k - 1]))
        q[:, k] = np.where(same, q[:, k - 1], q[:, k])
    return q
