"""What columns hold, counted and measured: the same numbers whatever the number of threads."""

import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from schuss.tables.cells import CODE, MISSING, PAIRS, compute
from schuss.tables.numerals import find_form

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

CELLS = 2_000_000
"""Cells that are looked at together, in as many columns as that makes: memory is bounded, and wide tables are fast."""

ROUNDING = 4
"""Units in the last place by which interpolation may be off."""

FARTHEST = float(np.finfo(np.float64).max) / 4
"""No quantile is further from 0."""


class Coded(NamedTuple):
    """A column of text as its distinct texts, and which of them each cell is.

    Attributes:
        texts: distinct texts, none missing [D].
        codes: index of each cell's text, int32 [N]; −1 where the cell is missing.
    """

    texts: "pa.Array[Any]"
    codes: np.ndarray

    def counts(self, rows: np.ndarray | None = None) -> np.ndarray:
        """How many of all cells, or of some rows, are each text: int64 [D]."""
        codes = self.codes if rows is None else self.codes[rows]
        return np.bincount(codes[codes >= 0], minlength=len(self.texts))


class Texts(NamedTuple):
    """Counts of a column of text; "distinct" counts each text once.

    Attributes:
        cells, distinct: that are not missing.
        absent, distinct_absent: that are a word for missing.
        numbers: distinct texts that read as numbers of one form.
        form: that form, see `schuss.tables.numerals`.
        codes: distinct texts that begin with a zero and another digit.
        spaced: distinct texts with a space in them.
        pairs: for each pair of words for no and yes, how many distinct texts are one of them.
    """

    cells: int
    distinct: int
    absent: int
    distinct_absent: int
    numbers: int
    form: str
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


def coded(column: "pa.ChunkedArray[Any]") -> Coded:
    """The distinct texts of a column, in the order in which they first appear, and the index of each cell's text.

    >>> import pyarrow as pa
    >>> found = coded(pa.chunked_array([["b", "a", None, "b"]]))
    >>> found.texts.to_pylist(), found.codes.tolist(), found.counts().tolist()
    (['b', 'a'], [0, 1, -1, 0], [2, 1])
    """
    found = column.combine_chunks().dictionary_encode()
    return Coded(found.dictionary, found.indices.fill_null(-1).to_numpy())


def summarize(column: Coded) -> Texts:
    """Counts of a column of text.

    >>> import pyarrow as pa
    >>> summarize(coded(pa.chunked_array([["1", "2", "n/a", "2", None]])))[:5]
    (4, 3, 1, 1, 2)
    """
    import pyarrow as pa

    pc = compute()
    distinct, counts = column.texts, column.counts()
    absent, codes, spaced = (
        pc.match_substring_regex(distinct, pattern).to_numpy(zero_copy_only=False) for pattern in (MISSING, CODE, r"\s")
    )
    form, readable = find_form(distinct.filter(pa.array(~absent)))
    word = pc.utf8_lower(pc.utf8_trim(distinct, characters=" "))
    return Texts(
        cells=int(counts.sum()),
        distinct=len(distinct),
        absent=int(counts[absent].sum()),
        distinct_absent=int(absent.sum()),
        numbers=readable,
        form=form,
        codes=int(codes.sum()),
        spaced=int(spaced.sum()),
        pairs=[pc.sum(pc.is_in(word, pa.array(pair, word.type))).as_py() or 0 for pair in PAIRS],
    )


def frequent(column: Coded, counts: np.ndarray, least: int, most: int) -> tuple[str, ...]:
    """Texts of which there are at least so many, at most so many texts, the most frequent first, then by the alphabet.

    Args:
        column: the texts.
        counts: how many there are of each [D].
        least: how many there must be of a text.
        most: how many texts are kept.

    >>> import pyarrow as pa
    >>> column = coded(pa.chunked_array([["b", "a", "c", "b", "a", None]]))
    >>> frequent(column, column.counts(), least=2, most=10)
    ('a', 'b')
    """
    enough = np.flatnonzero(counts >= least)
    ordered = sorted(zip((-counts[enough]).tolist(), column.texts.take(enough).to_pylist(), strict=True))
    return tuple(text for _, text in ordered[:most])


def at_once(rows: int) -> int:
    """How many columns of so many rows should be looked at together.

    >>> at_once(40), at_once(200_000), at_once(10**9)
    (50000, 10, 1)
    """
    return max(1, CELLS // max(1, rows))


def quantiles(columns: Sequence[np.ndarray], probabilities: ArrayLike) -> np.ndarray:
    """Quantiles of the finite numbers of each column, interpolated linearly as NumPy does: float64 [columns, Q].

    Interpolation rounds even between equal numbers: quantiles that differ by no more than that are made equal.
    They are cut to ±4·10³⁰⁷, so that they may be subtracted. A column without any finite number gives NaN.

    Args:
        columns: numbers, each as many as there are of it.
        probabilities: [Q], ascending.

    >>> quantiles([np.array([1.0, 2.0, np.nan, 4.0])], [0, 0.25, 0.5])
    array([[1. , 1.5, 2. ]])
    """
    wanted = np.asarray(probabilities, np.float64)
    q = np.full((len(columns), len(wanted)), np.nan)
    for k, column in enumerate(columns):
        cells = column[np.isfinite(column)]
        if len(cells):
            cells.sort()
            place = wanted * (len(cells) - 1)
            low = np.floor(place).astype(np.int64)
            q[k] = _between(cells[low], cells[np.ceil(place).astype(np.int64)], place - low)
    q = q.clip(-FARTHEST, FARTHEST)
    for k in range(1, len(wanted)):
        same = q[:, k] - q[:, k - 1] <= ROUNDING * np.spacing(np.abs(q[:, k - 1]))
        q[:, k] = np.where(same, q[:, k - 1], q[:, k])
    return q


def _between(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Numbers between a and b, from whichever is nearer, as NumPy's ``quantile`` computes them."""
    with np.errstate(over="ignore", invalid="ignore"):
        distance = b - a
        found = np.where(share < 0.5, a + distance * share, b - distance * (1 - share))
    return np.where(np.isfinite(distance), found, a * (1 - share) + b * share)
