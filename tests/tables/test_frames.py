"""Frames of pandas, Polars and pyarrow as tables."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from schuss.tables import Encoding, InputError
from schuss.tables.reading.frames import from_frame

DAY = datetime.datetime(2024, 1, 1)
CELLS = {"x": [1.5, None], "n": [1, None], "s": ["가", None], "b": [True, None], "d": [DAY, None]}


@pytest.mark.parametrize(
    "frame",
    [
        pa.table(CELLS),
        pl.DataFrame(CELLS),
        pl.LazyFrame(CELLS),
        pl.DataFrame(CELLS).with_columns(pl.col("s").cast(pl.Categorical)),
        pl.DataFrame(CELLS).with_columns(pl.col("s").cast(pl.Enum(["나", "가"]))),
        pd.DataFrame(CELLS),
        pd.DataFrame(CELLS, index=["row 1", "row 2"]),
        pd.DataFrame(CELLS, index=pd.Index([7, 8], name="x")),
        pd.DataFrame(CELLS).astype({"s": "category"}),
        pd.DataFrame(CELLS).astype({"x": "Float32", "n": "Int8", "s": "string", "b": "boolean"}),
        pd.DataFrame(CELLS).astype({"x": "double[pyarrow]", "n": "int64[pyarrow]", "s": "string[pyarrow]"}),
        pd.DataFrame(CELLS).astype({"s": object}),
    ],
    ids=lambda frame: type(frame).__module__.split(".")[0],
)
def test_frames_are_tables(frame):
    table = from_frame(frame)
    assert isinstance(table, pa.Table)
    assert table.to_pydict() == CELLS
    assert table.schema.metadata is None


def test_nan_of_pandas_is_missing_and_a_filter_leaves_no_index():
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0], "y": ["a", "b", "c"]})
    table = from_frame(frame[frame["y"] != "a"])
    assert table.column_names == ["x", "y"]
    assert table.to_pydict() == {"x": [None, 3.0], "y": ["b", "c"]}
    assert from_frame(frame[[]]).num_columns == 0


@pytest.mark.parametrize(
    ("frame", "error", "said"),
    [
        ({"x": [1]}, TypeError, "must be a frame of pandas, Polars or pyarrow, not dict"),
        ([[1]], TypeError, r"not list\."),
        (np.eye(2), TypeError, r"not ndarray\."),
        (None, TypeError, r"not NoneType\."),
        ("train.csv", TypeError, r"not str\."),
        (pl.Series([1]), TypeError, r"not Series\."),
        (pd.Series([1]), TypeError, r"not Series\."),
        (pd.DataFrame([[1, 2]]), TypeError, "Names of columns must be text, not 0. Rename them"),
        (pd.DataFrame({"a": [1], 2: [1]}), TypeError, "Names of columns must be text, not 2"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), InputError, "There is more than one column named 'a'"),
        (pd.DataFrame({"m": [1, "a"]}), InputError, "A column holds cells of several types: .*column m"),
        (pd.DataFrame({"c": [1 + 2j]}), InputError, "A column holds cells of several types"),
        (pd.DataFrame({"o": [object()]}), InputError, "A column holds cells of several types"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else getattr(value, "__name__", type(value).__name__),
)
def test_what_is_no_frame(frame, error, said):
    with pytest.raises(error, match=said):
        from_frame(frame)


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_are_encoded_as_files_are(library):
    n = 100
    columns = {"x": np.arange(n) ** 2 / 7, "c": [f"c{k % 3}" for k in range(n)], "y": np.arange(n) % 2}
    frame = library.DataFrame(columns)
    encoding = Encoding.fit(from_frame(frame), "y", np.arange(n))
    assert encoding == Encoding.fit(pa.table(columns), "y", np.arange(n))
    np.testing.assert_array_equal(encoding.features(from_frame(frame)), encoding.features(pa.table(columns)))


SPARSE = [
    (pd.get_dummies(pd.Series(list("abca")), sparse=True), {"a": [True, False, False, True]}),
    (pd.DataFrame({"a": pd.arrays.SparseArray([0, 0, 1])}), {"a": [0, 0, 1]}),
    (pd.DataFrame({"a": pd.arrays.SparseArray([np.nan, 1.5, 0.0])}), {"a": [None, 1.5, 0.0]}),
    (pd.DataFrame({"a": pd.arrays.SparseArray([2.0, 2.0, 1.0], fill_value=2.0), "b": ["x", "y", None]}),
     {"a": [2.0, 2.0, 1.0], "b": ["x", "y", None]}),
    (pd.DataFrame.sparse.from_spmatrix(sparse.csr_matrix(np.eye(2)), columns=["a", "b"]), {"a": [1, 0], "b": [0, 1]}),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "expected"), SPARSE)
def test_sparse_columns_are_written_out(frame, expected):
    found = from_frame(frame).to_pydict()
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("type_", [">f8", ">f4", ">i4", ">i8", ">u2", "<f8"])
def test_numbers_in_any_order_of_bytes(type_):
    frame = pd.DataFrame({"a": np.arange(3).astype(type_), "b": list("xyz")})
    assert from_frame(frame).to_pydict() == {"a": [0, 1, 2], "b": ["x", "y", "z"]}


def test_unsigned_numbers():
    assert from_frame(pd.DataFrame({"a": np.array([2**64 - 1, 0], np.uint64)}))["a"].to_pylist() == [2**64 - 1, 0]


@pytest.mark.parametrize("frame", [pa.table([[1], [2]], names=["a", "a"])])
def test_names_are_there_once(frame):
    with pytest.raises(InputError, match="the frame: There is more than one column named 'a'"):
        from_frame(frame)
