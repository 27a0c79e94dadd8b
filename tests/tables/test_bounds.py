"""Small files that come to much: refused before they fill the machine; what is large by itself is read."""

import gzip
import io
import sqlite3
import zipfile

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schuss.tables import read
from schuss.tables.reading import bounds, database
from tests.hostile import make, move_in, packed, refused


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Bounds so low that tests are quick."""
    monkeypatch.setattr(bounds, "LARGEST", 1_000_000)
    monkeypatch.setattr(bounds, "MOST_COLUMNS", 50)
    monkeypatch.setattr(database, "SECONDS", 0.3)
    return move_in(tmp_path, monkeypatch)


def one_text(path):
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(6000, np.int32)), pa.array([2000 * "x"]))
    pq.write_table(pa.table({"a": texts, "y": np.arange(6000) % 2}), path, store_schema=False)


def constant_numbers(path):
    pq.write_table(pa.table({"a": np.zeros(2_000_000), "y": np.zeros(2_000_000)}), path)


def zeros(path):
    np.savez_compressed(path, X=np.zeros((100_000, 4)))


def zipped(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", "a,y\n" + 5_000_000 * "\n")


def in_duckdb(sql):
    def write(path):
        with duckdb.connect(str(path)) as base:
            base.execute(f"CREATE VIEW t AS {sql}")

    return write


def in_sqlite(sql):
    def write(path):
        base = sqlite3.connect(path)
        base.execute(f"CREATE VIEW t AS {sql}")
        base.close()

    return write


ENDLESS = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT * FROM r"
ROWS = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r LIMIT 60000)"
MANY = f"{ROWS} SELECT a, printf('%.5000c', 'x') AS b FROM r"
BEYOND = "times its size on disk: it may be damaged, or made to fill a machine. If it is right, write its table"

TRAPS = {
    "Parquet, one text for all rows": ("t.parquet", one_text, BEYOND),
    "Parquet, one number for all rows": ("t.parquet", constant_numbers, BEYOND),
    "gzip of blank lines": ("t.csv.gz", packed("a,y\n" + 5_000_000 * "\n"), BEYOND),
    "zstd of blank lines": ("t.csv.zst", packed("a,y\n" + 5_000_000 * "\n", "zstd"), BEYOND),
    "zip of blank lines": ("t.csv.zip", zipped, BEYOND),
    "gzip of JSON": ("t.jsonl.gz", packed('{"a": 1}\n' + 5_000_000 * "\n"), BEYOND),
    "zeros of NumPy": ("t.npz", zeros, BEYOND),
    "DuckDB, many rows": ("t.duckdb", in_duckdb("SELECT range AS a, 2 AS y FROM range(100000000000)"), BEYOND),
    "DuckDB, few rows and long": (
        "t.duckdb",
        in_duckdb("SELECT count(*) AS a FROM range(9000000) x, range(9000000) z WHERE x.range + z.range = 7"),
        "t.duckdb, table 't': This is a view that has not given all its rows within",
    ),
    "SQLite without end": ("t.sqlite", in_sqlite(ENDLESS), "Store what it gives as a table."),
    "columns of CSV": (
        "t.csv",
        ",".join(f"c{k}" for k in range(51)) + "\n",
        "line 1: There are 51 columns; at most 50",
    ),
    "columns of NumPy": ("t.npz", lambda path: np.savez(path, X=np.eye(50), y=np.ones(50)), "There are 51 columns"),
    "columns of Parquet": (
        "t.parquet",
        lambda path: pq.write_table(pa.table({f"c{k}": [1] for k in range(51)}), path),
        "There are 51 columns; at most 50 can be read",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_refused(trap, temporary):
    name, content, said = TRAPS[trap]
    refused(make(name, content), temporary, said)


def test_rows_of_sqlite_are_counted(temporary, monkeypatch):
    monkeypatch.setattr(database, "SECONDS", 60)
    refused(make("t.sqlite", in_sqlite(MANY)), temporary, BEYOND)


def test_large_tables_are_read():
    """Ten times the bound, but not beyond proportion to their files."""
    rng = np.random.default_rng(0)
    truths = rng.integers(0, 2, 200_000).astype(bool)
    texts = [f"text {k}" for k in rng.permutation(200_000)]
    table = pa.table({"a": rng.standard_normal(200_000), "b": texts, "c": truths})
    pq.write_table(table, "t.parquet")
    assert read("t.parquet").equals(table)
    text = "a,b\n" + "".join(f"{x:.9f},{k}\n" for k, x in enumerate(table["a"].to_pylist()))
    with gzip.open("t.csv.gz", "wt", compresslevel=1) as file:
        file.write(text)
    assert read("t.csv.gz").num_rows == 200_000
    buffer = io.BytesIO()
    np.savez(buffer, X=rng.standard_normal((50_000, 40)))
    assert read(make("t.npz", buffer.getvalue())).num_rows == 50_000
    with duckdb.connect("t.duckdb") as base:
        base.execute("CREATE TABLE t AS FROM 't.parquet'")
        base.execute("CREATE VIEW v AS FROM t")
    for name in ("t", "v"):
        assert read("t.duckdb", name).num_rows == 200_000
