"""Patterns and databases that hold no table to read."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from schuss.tables import read
from tests.hostile import DAMAGED, PARQUET, Write, make, move_in, parquet, refused


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    return move_in(tmp_path, monkeypatch)


# Patterns


PARTS: dict[str, tuple[str, dict[str, Write], str | None, tuple[str, ...]]] = {
    "another column": ("*.csv", {"1.csv": "a,b\n1,2\n", "2.csv": "a,c\n1,2\n"}, None,
        ("2.csv: The columns are not those of 1.csv: ",
         "no 'b', 'c' besides. Make the files alike, or name a pattern that leaves this", "one out")),
    "a column less": ("*.csv", {"1.csv": "a,b\n1,2\n", "2.csv": "a\n1\n"}, None,
        ("2.csv: The columns are not those of 1.csv", "no 'b'. Make")),
    "a column more": ("*.csv", {"1.csv": "a\n1\n", "2.csv": "a,b\n1,2\n"}, None,
        ("2.csv: The columns are not those of 1.csv", "'b' besides")),
    "no header": ("*.csv", {"1.csv": "a,b\n1,2\n", "2.csv": "3,4\n5,6\n"}, None,
        ("2.csv: The columns are not those of 1.csv",)),
    "one ragged": ("*.csv", {"1.csv": "a,b\n1,2\n", "2.csv": "a,b\n1\n"}, None,
        ("2.csv, line 2: The first line has ",)),
    "one empty": ("*.csv", {"1.csv": "a,b\n1,2\n", "2.csv": ""}, None,
        ("2.csv: The file is empty: there is no table in it.",)),
    "headers alone": ("*.csv", {"1.csv": "a,b\n", "2.csv": "a,b\n"}, None,
        ("*.csv: There are no rows in it", "'a', 'b'")),
    "one a folder": ("*.csv", {"1.csv": "a\n1\n", "2.csv": lambda path: path.mkdir()}, None,
        ("2.csv: This is a folder, not a file.",)),
    "one without ending": ("*", {"1.csv": "a\n1\n", "README": "read me"}, None,
        ("README: The name has no ending.",)),
    "two formats": ("*", {"1.csv": "a\n1\n", "2.jsonl": '{"a":1}'}, None,
        ("2.jsonl: The file is JSON lines, but 1.csv is CSV. Convert one of them")),
    "two types": ("*.parquet",
        {"1.parquet": parquet(pa.table({"a": [1]})), "2.parquet": parquet(pa.table({"a": ["x"]}))}, None,
        ("2.parquet: The types of the columns do not fit those of 1.parquet: ",
         "int64 vs string. Write both with the same")),
    "no common type": ("*.parquet",
        {"1.parquet": parquet(pa.table({"a": [2**53 + 1]})), "2.parquet": parquet(pa.table({"a": [0.5]}))}, None,
        ("*.parquet: There is no one type for the numbers of all files: Integer value", "Write all with the same")),
    "one damaged": ("*.parquet", {"1.parquet": PARQUET, "2.parquet": PARQUET[:-9]}, None,
        ("2.parquet: This is not a whole",)),
    "a table of no database": ("*.csv", {"1.csv": "a\n1\n"}, "t",
        ("1.csv: A .csv file holds one table", "Leave --table out")),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "files", "table", "said"), PARTS.values(), ids=PARTS)
def test_patterns(pattern, files, table, said, temporary):
    for name, content in files.items():
        make(name, content)
    refused(pattern, temporary, *said, table=table)


# Databases


def in_duckdb(*statements: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)

    return make


def in_sqlite(*statements: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return make


def cut(make: Callable[[Path], None], start: int = 0, stop: int | None = None) -> Callable[[Path], None]:
    def make_and_cut(path: Path) -> None:
        make(path)
        path.write_bytes(path.read_bytes()[start:stop])

    return make_and_cut


def spoil(make: Callable[[Path], None], place: int, content: bytes) -> Callable[[Path], None]:
    def make_and_spoil(path: Path) -> None:
        make(path)
        whole = path.read_bytes()
        path.write_bytes(whole[:place] + content + whole[place + len(content) :])

    return make_and_spoil


THREE = [f"CREATE TABLE {name} (a INTEGER)" for name in ("train", "test", "other")]
FULL = ["CREATE TABLE t (a INTEGER, b VARCHAR)", *(f"INSERT INTO t VALUES ({k}, '{200 * 'x'}')" for k in range(200))]
INJECTION = 'train"; DROP TABLE train; --'

DATABASES: dict[str, tuple[str, Write, str | None, tuple[str, ...]]] = {
    "duckdb, which table": ("t.duckdb", in_duckdb(*THREE), None,
        ("t.duckdb: There are 3 tables in this database:",
         "'other', 'test', 'train'. Name the one to read with --table")),
    "sqlite, which table": ("t.sqlite", in_sqlite(*THREE), None,
        ("t.sqlite: There are 3 tables in this database: 'ot")),
    "duckdb, no such table": ("t.duckdb", in_duckdb(*THREE), "trian",
        ("There is no table 'trian'", "Did you mean 'train'?")),
    "sqlite, no such table": ("t.sqlite", in_sqlite(*THREE), "Train",
        ("There is no table 'Train'", "Did you mean 'train'?")),
    "duckdb, nothing near": ("t.duckdb", in_duckdb(*THREE), "x",
        ("The tables in this database: 'other', 'test', 'train'. Name one of them wi",)),
    "duckdb, injection": ("t.duckdb", in_duckdb(*THREE), INJECTION,
        ("There is no table 'train\"; DROP TABLE train; --'",)),
    "sqlite, injection": ("t.sqlite", in_sqlite(*THREE), INJECTION,
        ("There is no table 'train\"; DROP TABLE train; --'",)),
    "duckdb, a query": ("t.duckdb", in_duckdb(*THREE), "(SELECT 1)", ("There is no table '(SELECT 1)'",)),
    "sqlite, its own tables": ("t.sqlite", in_sqlite(*THREE), "sqlite_master",
        ("There is no table 'sqlite_master'",)),
    "duckdb, no tables": ("t.duckdb", in_duckdb(), None,
        ("t.duckdb: There is no table in this database.",)),
    "sqlite, no tables": ("t.sqlite", in_sqlite("VACUUM", *THREE[:1], "DROP TABLE train"), None,
        ("There is no table in this database.",)),
    "duckdb, no rows": ("t.duckdb", in_duckdb(THREE[0]), None,
        ("t.duckdb: There are no rows in it", "'a'. Add rows")),
    "sqlite, no rows": ("t.sqlite", in_sqlite(THREE[0]), None,
        ("t.sqlite: There are no rows in it", "'a'. Add rows")),
    "neither": ("t.db", "a,b\n1,2\n3,4\n", None,
        ("t.db: This is not a DuckDB or SQLite database, it begins with b'a,b",)),
    "neither, but Parquet": ("t.duckdb", PARQUET, None,
        ("This is not a DuckDB or SQLite database", "Rename it to .parquet")),
    "duckdb, its first bytes": ("t.duckdb", cut(in_duckdb(*FULL), 0, 100), None,
        ("t.duckdb: This is not a whole .duckdb", DAMAGED)),
    "duckdb, one block": ("t.duckdb", cut(in_duckdb(*FULL), 0, 20000), None,
        ("t.duckdb: This is not a whole .duckdb", DAMAGED)),
    "duckdb, half": ("t.ddb", cut(in_duckdb(*FULL), 0, 274432), None,
        ("t.ddb: This is not a whole .ddb file", DAMAGED)),
    "duckdb, wrong bytes": ("t.duckdb", spoil(in_duckdb(*FULL), 12400, 50 * b"\xff"), None,
        ("This is not a whole", DAMAGED)),
    "duckdb, without its start": ("t.duckdb", cut(in_duckdb(*FULL), 4), None,
        ("This is not a DuckDB or SQLite database",)),
    "sqlite, its first bytes": ("t.sqlite", cut(in_sqlite(*FULL), 0, 50), None,
        ("t.sqlite: This is not a whole .sqlite", DAMAGED)),
    "sqlite, one page": ("t.sqlite", cut(in_sqlite(*FULL), 0, 4096), None,
        ("t.sqlite: This is not a whole .sqlite file", DAMAGED)),
    "sqlite, half": ("t.sqlite3", cut(in_sqlite(*FULL), 0, 24000), None,
        ("t.sqlite3: This is not a whole .sqlite3 file", DAMAGED)),
    "sqlite, wrong bytes": ("t.sqlite", spoil(in_sqlite(*FULL), 4096, 4000 * b"\xff"), None,
        ("This is not a whole", DAMAGED)),
    "sqlite, text in cp949": ("t.sqlite",
        in_sqlite("CREATE TABLE t (a)", "INSERT INTO t VALUES (CAST(x'b0a1' AS TEXT))"), None,
        ("t.sqlite, table 't': Its text is not UTF-8", "column 'a'", "Write it again with text in UTF-8")),
    "sqlite, view of nothing": ("t.sqlite", in_sqlite("CREATE VIEW v AS SELECT * FROM gone"), None,
        ("t.sqlite, table 'v': The table cannot be read", "no such table: main.gone. If it is a view, store what")),
    "duckdb, view of a file": ("t.duckdb",
        lambda path: in_duckdb(f"CREATE VIEW v AS FROM '{make('x.csv', 'a,1')}'")(path), "v",
        ("t.duckdb, table 'v': The table cannot be read", "store what it gives")),
    "duckdb, view of nothing": ("t.duckdb", in_duckdb(*THREE, "CREATE VIEW v AS FROM train", "DROP TABLE train"), "v",
        ("t.duckdb, table 'v': The table cannot be read", "train does not exist")),
    "a table of text": ("t.csv", "a\n1\n", "t",
        ("t.csv: A .csv file holds one table: 't' can only be read from .duckdb", "Leave --table out")),
    "a table of Parquet": ("t.parquet", PARQUET, "t",
        ("t.parquet: A .parquet file holds one table", "Leave --table out")),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "table", "said"), DATABASES.values(), ids=DATABASES)
def test_databases(name, content, table, said, temporary):
    make(name, content)
    before = Path(name).read_bytes()
    refused(name, temporary, *said, table=table)
    assert Path(name).read_bytes() == before


def test_a_duckdb_file_that_another_process_writes(temporary):
    code = "import duckdb, sys; c = duckdb.connect('t.duckdb'); c.execute('CREATE TABLE t AS SELECT 1 AS a')"
    command = [sys.executable, "-c", f"{code}; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        refused(
            "t.duckdb", temporary, "t.duckdb: The database is open elsewhere", "Could not set lock", "Close it there"
        )
        process.communicate()
    assert read("t.duckdb").to_pydict() == {"a": [1]}


def test_a_duckdb_file_that_this_process_writes(temporary):
    with duckdb.connect("t.duckdb"):
        refused("t.duckdb", temporary, "t.duckdb: The database is open elsewhere", "Close it there")
