"""Tables: reading files, fingerprints; every bad file with what its message must say."""

import gzip
import io
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schuss.tables import (
    InputError,
    fingerprint,
    read,
)


def bytes_of(write) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


PARQUET = bytes_of(lambda b: pq.write_table(pa.table({"a": [1, 2], "A": [3, 4]}), b))
TWICE = bytes_of(lambda b: pq.write_table(pa.table([[1], [2]], names=["a", "a"]), b))
NO_ROWS = bytes_of(lambda b: pq.write_table(pa.table({"a": pa.array([], pa.int64())}), b))
GZIP = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (k, k * k) for k in range(5000)), mtime=0)
NPZ = bytes_of(lambda b: np.savez(b, X=np.ones((5, 2)), y=np.arange(5)))


def npz(**arrays) -> bytes:
    return bytes_of(lambda b: np.savez(b, **arrays))


# What may be read


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("t.csv", "a,b\n1,2.5\n3,4\n", {"a": [1, 3], "b": [2.5, 4]}),
        ("t.CSV", "\ufeffa;b\r\n1,5;2\r\n\r\n3,5;4\r\n", {"a": [1.5, 3.5], "b": [2, 4]}),
        ("t.csv", "x (1,2,3)|A|a\n1|2|3\n4|5|6", {"x (1,2,3)": [1, 4], "A": [2, 5], "a": [3, 6]}),
        ("t.csv", '"a,1", b\n"x\ny",yes\n"d""e",no\n', {"a,1": ["x\ny", 'd"e'], "b": ["yes", "no"]}),
        ("t.csv", "only\n1\n\n3\n", {"only": [1, None, 3]}),
        ("t.csv", "x,1\n1,2\n3,4\n", {"x": [1, 3], "1": [2, 4]}),
        ("t.csv", "a\n" + 30000 * "1\n" + "\n0.5\n", {"a": 30000 * [1.0] + [None, 0.5]}),
        ("t.csv", "a\n" + 30000 * "1\n" + f"{2**53 + 1}\n", {"a": 30000 * [1] + [2**53 + 1]}),
        ("t.csv", "a,b\n1e3,001\n-.5,+1\nnan,2\n", {"a": [1000.0, -0.5, math.nan], "b": ["001", "+1", "2"]}),
        ("t.csv", "a\n" + 30000 * "1\n" + "oops\n", {"a": 30000 * ["1"] + ["oops"]}),
        ("t.tsv", "a b\tc\n1\t2,5\n", {"a b": [1], "c": ["2,5"]}),
        ("t.tsv.gz", gzip.compress(b"a\tb\n1\t2\n", mtime=0), {"a": [1], "b": [2]}),
        ("k=1/[t]*'; --.csv", "a,b\n1,2\n", {"a": [1], "b": [2]}),
        ("t.parquet", PARQUET, {"a": [1, 2], "A": [3, 4]}),
        ("t.npz", npz(X=np.eye(2), y=np.array(["no", "yes"])), {"x0": [1, 0], "x1": [0, 1], "y": ["no", "yes"]}),
        ("t.npz", npz(X=np.array([[1, 2]], ">f4")), {"x0": [1], "x1": [2]}),
    ],
)  # fmt: skip
def test_read(tmp_path, name, content, expected):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (path.parent / "t.csv").touch()  # what a pattern in the path would find
    table = read(path)
    assert table.column_names == list(expected)
    for column, cells in expected.items():
        np.testing.assert_array_equal(table[column].to_pylist(), cells)
        assert isinstance(table[column][0].as_py(), type(cells[0])) or name.endswith("npz")


def test_a_path_beginning_with_a_tilde_is_no_home_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~t.csv").write_text("a\n1\n")
    assert read("~t.csv").to_pydict() == {"a": [1]}


# What may not


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", "", "The file is empty: there is no table in it."),
        ("t.csv", "\n\na,b\n1,2\n", "line 1: The line is blank"),
        ("t.csv", "a,b\n", "There are no rows in it, only names: 'a', 'b'"),
        ("t.csv", "5.1,3.5,0.2,setosa\n4.9,3.0,0.2,setosa\n", "line 1: The columns have no names: this line holds the"),
        ("t.csv", "1,2\n3,4\n", "line 1: The columns have no names: this line holds the cells of a row, '1', '2'"),
        ("t.csv", "a,b,a\n1,2,3\n", "There is more than one column named 'a'."),
        ("t.csv", "a,b\n1,2\n3\n", "line 3: The first line has 2 cells separated by ',', this one "),
        ("t.csv", "a,b\n1,2,3\n4,5,6\n", "line 2: The first line has "),
        ("t.csv", 'a,b\n"x\ny",2\n\nq\n', "line 5: The first line has "),
        ("t.csv", "a;b;c\n1,5;2;3\n4,5;6;7\n6;7\n", "line 4: The first line has 3 cells separated by ';', this one 2:"),
        ("t.csv", "a,b\n" + 30000 * "1,2\n" + "1,2,3\n", "line 30002: The first line has "),
        ("t.csv", 'a,b\n1,2\n3,"4\n5,6\n', "line 3: This is not well-formed CSV: unexpected end of data"),
        ("t.csv", "a,b\n1," + 3_000_000 * "x" + "\n", "line 2: The line has more than 1,000,000 characters"),
        ("t.csv", 1_500_000 * "x", "line 1: The line has more than 1,000,000 characters"),
        ("t.csv", "café,b\n1,2\n".encode("latin-1"), "line 1: This is not text in one of the encodings UTF-8, UTF-16"),
        ("t.csv", b"a,b\n" + 30000 * b"x,2\n" + b"caf\xe9,2\n", "line 30002: This is not text in one of the encodings"),
        ("t.csv", GZIP, "This is a file packed with gzip, not CSV as its name says."),
        ("t.csv.gz", b"a,b\n1,2\n", "It is not packed with gzip, as its name says: it begins with b'a,b"),
        ("t.csv.gz", GZIP[:-8], "This is not a whole .csv.gz file"),
        ("t.csv.gz", GZIP[: len(GZIP) // 2], "This is not a whole .csv.gz file"),
        ("t.parquet", PARQUET[:-10], "This is not a whole .parquet file"),
        ("t.parquet", PARQUET[: len(PARQUET) // 2], "This is not a whole .parquet file"),
        ("t.parquet", PARQUET[:20] + 200 * b"\xff" + PARQUET[220:], "This is not a whole .parquet file"),
        ("t.parquet", b"a,b\n1,2\n", "This is not a whole .parquet file"),
        ("t.parquet", TWICE, "There is more than one column named 'a'."),
        ("t.parquet", NO_ROWS, "There are no rows in it"),
        ("t.npz", NPZ[: len(NPZ) // 2], "This is not a whole .npz file"),
        ("t.npz", NPZ.replace(np.ones(5).tobytes(), np.zeros(5).tobytes()), "This is not a whole .npz file"),
        ("t.npz", pickle.dumps({"X": 1}), "This is not a whole .npz file"),
        ("t.npz", npz(X=np.array([[1, None]], object)), "array X: The array must hold numbers or booleans: Object"),
        ("t.npz", npz(X=np.eye(2), y=np.array([1, None], object)), "array y: The array must hold numbers, booleans or"),
        ("t.npz", npz(X=np.array([["a"]])), "array X: The array must hold numbers or booleans, not dtype <U1"),
        ("t.npz", npz(x=np.eye(2)), "There is no array X in it. Its arrays: 'x'."),
        ("t.npz", npz(X=np.zeros((3, 2, 2))), "The arrays are not X [N, I] and y [N], but X [3, 2, 2]"),
        ("t.npz", npz(X=np.eye(3), y=np.arange(2)), "The arrays are not X [N, I] and y [N], but X [3, 3], y [2]"),
        ("t.npz", npz(X=np.zeros((0, 2))), "There are no rows in it"),
        ("t.xlsx", b"PK", "Names of tables end with .csv, .tsv, .txt, .jsonl, .ndjson, .json (also packed: .gz"),
    ],
)  # fmt: skip
def test_read_refuses(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500


def test_read_refuses_what_is_no_file(tmp_path):
    (tmp_path / "train.csv").write_text("a\n1\n")
    os.mkfifo(tmp_path / "pipe.csv")
    for path, said in [
        (tmp_path / "trian.csv", "of this name. Did you mean 'train.csv'?"),
        (tmp_path / "no" / "train.csv", f"no folder {tmp_path / 'no'}"),
        (
            tmp_path / "train.csv" / "a",
            f"There is no folder {tmp_path / 'train.csv'}, and no built-in table of this name. Built-in",
        ),
        (tmp_path / "digts", "Did you mean 'digits'"),
        (tmp_path, "This is a folder, not a file. Name a file in it: 'pipe.csv', 'train.csv'"),
        (tmp_path / "pipe.csv", "a device or a pipe"),
        (tmp_path / "a\0b.csv", "embedded null byte"),
        (tmp_path / (300 * "x" + ".csv"), "File name too long"),
    ]:
        with pytest.raises(InputError, match=r"There is no|This is a|null byte|too long") as caught:
            read(path)
        assert said in str(caught.value)


def test_read_refuses_what_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")

    def denied(self, mode):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)  # root may read everything
    with pytest.raises(InputError, match=r"The file cannot be opened: .*Permission denied.*chmod"):
        read(path)


def test_input_error_keeps_its_parts():
    error = pickle.loads(pickle.dumps(InputError("t.csv, line 2", "'x' is not a number.", "Correct it.")))
    assert (error.where, error.problem, error.remedy) == error.args
    assert str(error) == "t.csv, line 2: 'x' is not a number. Correct it."


# Fingerprints


def test_fingerprints_depend_on_content_alone(tmp_path):
    frame = pd.DataFrame({"n": [1, 2, 3], "f": [0.5, -1, 2], "s": ["a", "bc", "한"], "b": [True, False, True]})
    table = pa.Table.from_pandas(frame)
    day = pa.array([0, None, 2], pa.date32())
    hidden = pa.Array.from_buffers(pa.int64(), 3, [pa.py_buffer(b"\x05"), pa.py_buffer(np.array([1, 99, 3]))])
    extra = {
        "d": day,
        "m": pa.array([1, None, 3]),
        "l": pa.array([[1], None, [2, 3]]),
        "k": table["s"].combine_chunks().dictionary_encode(),
    }
    for name, column in extra.items():
        table = table.append_column(name, column)
    print_ = fingerprint(table)
    assert len(print_) == 64
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1, 0), table.slice(1)])
    assert fingerprint(pieces) == print_
    assert fingerprint(table.set_column(5, "m", hidden)) == print_
    assert fingerprint(table.replace_schema_metadata({"a": "b"})) == print_
    flat = table.drop_columns(["l"])  # a list's type has another name in a file
    pq.write_table(flat, tmp_path / "t.parquet")
    assert fingerprint(read(tmp_path / "t.parquet")) == fingerprint(flat)
    changed = [
        table.rename_columns(["N", *table.column_names[1:]]),
        table.take([1, 0, 2]),
        table.slice(1),
        table.set_column(0, "n", pa.array([1, 2, 3], pa.int32())),
        table.set_column(2, "s", pa.array(["ab", "c", "한"])),
        table.set_column(3, "b", pa.array([True, True, True])),
        table.set_column(4, "d", pa.array([None, 0, 2], pa.date32())),
        table.set_column(6, "l", pa.array([[1], None, [2, 4]])),
    ]
    assert len({print_, *map(fingerprint, changed)}) == 1 + len(changed)


def test_importing_tables_is_cheap():
    code = "import sys, schuss; known = set(sys.modules); import schuss.tables; print(*(set(sys.modules) - known))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "schuss.tables.encoding.encode" in loaded
    assert not {"jax", "duckdb", "pyarrow", "sklearn", "pandas", "scipy"} & set(loaded)
