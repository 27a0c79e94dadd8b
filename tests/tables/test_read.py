"""What may be read: formats, compressions, dialects, patterns, databases; and where a message points to."""

import csv
import gzip
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from schuss.tables import InputError, load_builtin, place, read
from schuss.tables.cells import require_columns
from schuss.tables.source import Source, open_text, records


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder; what is written while reading must be gone afterwards."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    yield tmp_path / "data"
    assert os.listdir(tmp_path / "temporary") == []


def write(name: str, content: str | bytes) -> str:
    """Write a file, packed as its ending says."""
    content = content if isinstance(content, bytes) else content.encode()
    if name.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    elif name.endswith(".zst"):
        content = pa.compress(content, codec="zstd", asbytes=True)
    Path(name).write_bytes(content)
    return name


def types(table: pa.Table) -> list[str]:
    return [str(type_) for type_ in table.schema.types]


# Text


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize(("ending", "delimiter", "shown"), [
    (".csv", ",", "separated by ','"), (".CSV", ";", "separated by ';'"), (".tsv", "\t", "separated by tabs"),
    (".tsv", ",", "separated by ','"), (".txt", "|", "separated by '|'"), (".txt", "\t", "separated by tabs"),
])  # fmt: skip
def test_delimiters_and_compressions(ending, delimiter, shown, packed):
    rows = [["이름", "n", "x"], ["가 나", "1", "0.5"], ["다", "", "-1e3"]]
    name = write(f"t{ending}{packed}", "".join(delimiter.join(row) + "\n" for row in rows))
    table = read(name)
    assert table.to_pydict() == {"이름": ["가 나", "다"], "n": [1, None], "x": [0.5, -1000]}
    assert types(table) == ["large_string", "int64", "double"]
    assert Source.of(table).describe() == f"CSV, {shown}, UTF-8"
    assert place(table, 1, "x") == f"{name}, line 3, column 'x'"


TEXT = 'a,b\n1,한\n2,"똠\n펲"\n3,é\n'


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize(("shown", "content"), [
    ("UTF-8", TEXT.encode()),
    ("UTF-8 with a byte-order mark", TEXT.encode("utf-8-sig")),
    ("UTF-16", TEXT.encode("utf-16")),
    ("UTF-16", ("\ufeff" + TEXT).encode("utf-16-be")),
    ("UTF-16 without a byte-order mark", TEXT.encode("utf-16-le")),
    ("UTF-16 without a byte-order mark", TEXT.encode("utf-16-be")),
    ("CP949", TEXT.replace("é", "뷁").encode("cp949")),
])  # fmt: skip
def test_encodings_are_found_out_and_stated(shown, content, packed):
    table = read(write(f"t.csv{packed}", content))
    assert table.to_pydict() == {"a": [1, 2, 3], "b": ["한", "똠\n펲", "뷁" if shown == "CP949" else "é"]}
    assert Source.of(table).describe() == f"CSV, separated by ',', {shown}"
    assert [place(table, row) for row in range(3)] == [f"t.csv{packed}, line {line}" for line in (2, 3, 5)]


@pytest.mark.parametrize("chunk", [1, 2, 3, 5])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_pieces_may_end_within_letters(encoding, chunk, monkeypatch):
    text = "가,b\r\n똠,1\r\n뷁,2\r\n" if encoding == "cp949" else "가,b\r\n똠,1\r\n😀,2\r\n"
    monkeypatch.setattr("schuss.tables.reading.decode.CHUNK", max(chunk, 3))  # a byte-order mark is not divided
    monkeypatch.setattr("schuss.tables.reading.text.CHUNK", chunk)
    table = read(write("t.csv", text.encode(encoding)))
    assert table.to_pydict() == {"가": ["똠", text[-5]], "b": [1, 2]}


@pytest.mark.parametrize("content", [
    "a,b\n1,A동\n".encode("cp949"),  # a syllable of EUC-KR beside a Latin letter
    "a,b\n1,똠\n".encode("cp949"),  # a syllable whose second byte is a Latin letter
    "똠\n펲\n".encode("cp949"),
])  # fmt: skip
def test_few_korean_letters_are_enough(content):
    assert Source.of(read(write("t.csv", content))).encoding == "cp949"


@pytest.mark.parametrize("cells", [["가", "간"], ["x", "一"], ["a", "b\u3000c"], ["ऊ", "z"]])  # with bytes 0 or "\n"
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_unmistakable(cells, encoding):
    table = read(write("t.csv", (",".join(cells) + "\n1,2\n3,4\n").encode(encoding)))
    assert table.to_pydict() == {cells[0]: [1, 3], cells[1]: [2, 4]}
    assert Source.of(table).encoding == encoding


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_ends_of_lines(ends):
    table = read(write("t.csv", ends.join(["a,b", "1,x", "2,y"]) + ends))
    assert table.to_pydict() == {"a": [1, 2], "b": ["x", "y"]}
    assert place(table, 1) == "t.csv, line 3"


@pytest.mark.parametrize("inside", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("rows", [1, 2, 3000])
def test_ends_of_lines_in_names_are_no_ends_of_lines(rows, ends, inside):
    """DuckDB takes the first that it sees for those of all, and would find no rows, without a word."""
    table = read(write("t.csv", f'"a{inside}b";c{ends}' + rows * f"1;x{ends}"))
    assert table.to_pydict() == {f"a{inside}b": rows * [1], "c": rows * ["x"]}
    assert place(table, 0) == "t.csv, line 3"


def test_ends_of_lines_may_be_mixed():
    table = read(write("t.csv", 'a,b\r\n1,  x \n2,"y\r\nz"\r\n\n3,"q"\n'))
    assert table.to_pydict() == {"a": [1, 2, 3], "b": ["  x ", "y\r\nz", "q"]}
    assert [place(table, row) for row in range(3)] == [f"t.csv, line {line}" for line in (2, 3, 6)]


@pytest.mark.parametrize(("content", "expected"), [
    ("only\n\r\n\n\nx\n", {"only": [None, None, None, "x"]}),
    ("a\tb\n\r\tx\n", {"a": [None], "b": ["x"]}),
    ('\ufeff"a\nb",c\n1,2\n', {"a\nb": [1], "c": [2]}),
])  # fmt: skip
def test_what_duckdb_alone_would_misread(content, expected):
    assert read(write("t.csv", content)).to_pydict() == expected


def test_returns_inside_quotes_are_text():
    table = read(write("t.csv", 'a,b\n1,"x\ry"\n2,"\r"\n3," z"\n'))
    assert table.to_pydict() == {"a": [1, 2, 3], "b": ["x\ry", "\r", " z"]}
    assert place(table, 2) == "t.csv, line 6"


@pytest.mark.parametrize(("content", "expected"), [
    ('"a,1";"b\nc"\n"1;2";x\n', {"a,1": ["1;2"], "b\nc": ["x"]}),
    ('"a ""q""",b\n"d""e",f"g\n', {'a "q"': ['d"e'], "b": ['f"g']}),
    (" a , b \n x , y \n", {"a": [" x "], "b": [" y "]}),
    ('a,b\n1, "x,y"\n', {"a": [1], "b": ["x,y"]}),
    ("a,b\n#1,2\n", {"a": ["#1"], "b": [2]}),
    ("a,b\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
    ("a,b\n\n1,\n,2\n\n", {"a": [1, None], "b": [None, 2]}),
    ('a,b\n"",x\n', {"a": [None], "b": ["x"]}),
    ("A,a,B b\n1,2,3\n", {"A": [1], "a": [2], "B b": [3]}),
    ("only\n1\n\n3\n", {"only": [1, None, 3]}),
    ("값\n좋음\n나쁨\n", {"값": ["좋음", "나쁨"]}),
    ("review\nGood, but slow; ok\nfine\n", {"review": ["Good, but slow; ok", "fine"]}),
    ("full name\nAda Lovelace\nKim Cheolsu\n", {"full name": ["Ada Lovelace", "Kim Cheolsu"]}),
    ('text\n"1,2"\n"3,4"\n', {"text": ["1,2", "3,4"]}),
    ("0,1,2\n5,6,7\n", {"0": [5], "1": [6], "2": [7]}),
    ("x,1\n1,2\n3,4\n", {"x": [1, 3], "1": [2, 4]}),
    ("age,2019,2020\nold,6,7\nyoung,2,3\n", {"age": ["old", "young"], "2019": [6, 2], "2020": [7, 3]}),
    ("a,b\n1," + 200_000 * "x" + "\n", {"a": [1], "b": [200_000 * "x"]}),
    ("a,b\n1," + 999_990 * "한" + "\n", {"a": [1], "b": [999_990 * "한"]}),
])  # fmt: skip
def test_dialects(content, expected):
    assert read(write("t.csv", content)).to_pydict() == expected


@pytest.mark.parametrize(("cells", "expected", "type_"), [
    (["1", "+2", " 3 ", "-4", ""], [1, 2, 3, -4, None], "int64"),
    ([f"{2**53 + 1}", f"{-(2**63)}", f"{2**63 - 1}"], [2**53 + 1, -(2**63), 2**63 - 1], "int64"),
    ([*20_500 * ["1"], f"{2**53 + 1}"], [*20_500 * [1], 2**53 + 1], "int64"),
    ([*20_500 * ["1"], "0.5"], [*20_500 * [1.0], 0.5], "double"),
    ([*20_500 * ["1"], "007"], [*20_500 * ["1"], "007"], "large_string"),
    ([*20_500 * ["1.5"], "00.5"], [*20_500 * ["1.5"], "00.5"], "large_string"),
    ([*20_500 * ["1"], f"{2**63}"], [*20_500 * ["1"], f"{2**63}"], "large_string"),
    (["0.5", f"{10**30}"], ["0.5", f"{10**30}"], "large_string"),
    (["1.", ".5", "-1e-3", "2E+5", "0.1", "-0"], [1, 0.5, -0.001, 2e5, 0.1, 0], "double"),
    (["inf", "-Infinity", "1"], [float("inf"), float("-inf"), 1], "double"),
    (["0x10", "2"], ["0x10", "2"], "large_string"),
    (["1_000", "2"], ["1_000", "2"], "large_string"),
    (["1", "NA"], ["1", "NA"], "large_string"),
    (["1", "true"], ["1", "true"], "large_string"),
    (["١", "٢"], ["١", "٢"], "large_string"),
    (["2024-01-01", "2024-01-02"], ["2024-01-01", "2024-01-02"], "large_string"),
    (["", ""], [None, None], "large_string"),
])  # fmt: skip
def test_types_of_columns(cells, expected, type_):
    table = read(write("t.csv", "x,y\n" + "".join(f"{cell},\n" for cell in cells)))
    assert table["x"].to_pylist() == expected
    assert types(table) == [type_, "large_string"]


@pytest.mark.parametrize(("delimiter", "cells", "expected", "commas"), [
    (";", ["1,5", "2", "-,5", "1e3", ""], [1.5, 2, -0.5, 1000, None], True),
    (";", ["1,5", "NA", "?", "null"], [1.5, None, None, None], True),
    (";", ["1,234", "5,678"], [1.234, 5.678], True),
    (";", ["1", "NA"], ["1", "NA"], False),
    (";", ["1,5", "2.5"], ["1,5", "2.5"], False),
    (";", ["1,5", "x"], ["1,5", "x"], False),
    (";", ["1,5", "007"], ["1,5", "007"], False),
    (";", ["1,234,567", "1,5"], ["1,234,567", "1,5"], False),
    (";", [f"{2**63}", "1,5"], [f"{2**63}", "1,5"], False),
    ("\t", ["1,5", "2,5"], ["1,5", "2,5"], False),
    ("|", ["1,5", "2,5"], ["1,5", "2,5"], False),
])  # fmt: skip
def test_decimal_commas(delimiter, cells, expected, commas):
    table = read(write("t.csv", "".join(f"{x}{delimiter}{y}\n" for x, y in [("x", "y"), *((c, 1) for c in cells)])))
    assert table["x"].to_pylist() == expected
    assert table["y"].type == pa.int64()
    assert ("decimal commas" in Source.of(table).describe()) == Source.of(table).decimal_comma == commas


def test_random_tables_come_back_as_written():
    """Against Python's csv, which writes them: cells full of delimiters, quotes, spaces and ends of lines."""
    draw = random.Random(0)
    letters = ["a", "한", "뷁", " ", '"', "'", ",", ";", "\t", "|", "\n", "\r\n", "1", ".", "-", "\\", "#", "x\r\ny"]
    for number in range(30):
        encoding, delimiter = draw.choice(["utf-8", "utf-8-sig", "utf-16", "cp949"]), draw.choice(",;\t|")
        columns, rows = draw.choice([2, 3, 5]), draw.choice([1, 3, 10, 500])
        data = [
            ["".join(draw.choices(letters, k=draw.choice([0, 1, 2, 20]))) for _ in range(columns)] for _ in range(rows)
        ]
        special = [delimiter, " ", '"', "\n", "\r\n"]
        text = io.StringIO(newline="")
        ends, quoting = draw.choice(["\n", "\r\n"]), draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting)
        writer.writerows([[f"이름{draw.choice(special)}{k}" for k in range(columns)], *data])
        table = read(write(f"t{number}.csv{draw.choice(['', '.gz', '.zst'])}", text.getvalue().encode(encoding)))
        for k, column in enumerate(table.columns):
            if column.type == pa.large_string():
                assert column.to_pylist() == [row[k] or None for row in data]
            else:
                numbers = [float(row[k].replace(",", ".")) if row[k].strip() else None for row in data]
                assert column.cast(pa.float64()).to_pylist() == numbers
        source = Source.of(table)
        starts = [line for line, cells in records(source.name, source.delimiter, source.encoding) if cells]
        assert place(table, rows - 1) == f"{source.name}, line {starts[-1]}"
        before = "".join(open_text(source.name, source.encoding).read().splitlines(keepends=True)[: starts[-1] - 1])
        assert text.getvalue().startswith(before)


# JSON lines


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".json", ".JSON"])
def test_json_lines(ending, packed):
    first, second = (
        '{"이름":"똠","n":1,"x":1,"b":true,"m":1}',
        '{"x":0.5,"n":null,"b":false,"이름":"a\\nb\\u00e9","m":"1"}',
    )
    content = f'{first}\n\n  {second}\n{{"z":null}}'
    table = read(write(f"t{ending}{packed}", content))
    assert table.to_pydict() == {
        "이름": ["똠", "a\nbé", None], "n": [1, None, None], "x": [1, 0.5, None], "b": [True, False, None],
        "m": ["1", "1", None], "z": [None, None, None],
    }  # fmt: skip
    assert types(table) == ["large_string", "int64", "double", "bool", "large_string", "null"]
    assert [place(table, row) for row in range(3)] == [f"t{ending}{packed}, line {line}" for line in (1, 3, 4)]
    assert Source.of(table).describe() == "JSON lines, UTF-8"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp949"])
def test_json_lines_in_other_encodings(encoding):
    table = read(write("t.jsonl", '{"가":"똠, 펲",\t"n": 1}\r\n{"가":"햏"}\r\n'.encode(encoding)))
    assert table.to_pydict() == {"가": ["똠, 펲", "햏"], "n": [1, None]}
    assert Source.of(table).encoding == encoding


@pytest.mark.parametrize(("values", "expected"), [
    ([2**53 + 1, -(2**63)], [2**53 + 1, -(2**63)]),
    ([2**63, 1], [f"{2**63}", "1"]),
    ([2**63, 0.5], [f"{2**63}", "0.5"]),
    (["007", "1"], ["007", "1"]),
    ([True, 1, "x"], ["true", "1", "x"]),
    ([float("nan"), 1], [float("nan"), 1.0]),
])  # fmt: skip
def test_types_in_json_lines(values, expected):
    table = read(write("t.jsonl", "".join(json.dumps({"x": value}) + "\n" for value in values)))
    assert str(table["x"].to_pylist()) == str(expected)


# Parquet and Arrow


FRAME = pa.table({"a": [1, 2], "이름": ["똠", "펲"], "c": pa.array(["u", "v"]).dictionary_encode()})


def test_parquet_and_arrow():
    pq.write_table(FRAME, "t.parquet")
    with pa.OSFile("file.arrow", "wb") as file, pa.ipc.new_file(file, FRAME.schema) as writer:
        writer.write_table(FRAME)
    with pa.OSFile("stream.arrow", "wb") as file, pa.ipc.new_stream(file, FRAME.schema) as writer:
        writer.write_table(FRAME)
    pa.feather.write_feather(FRAME, "t.feather")
    for name, format_ in [
        ("t.parquet", "Parquet"),
        *((f"{n}", "Arrow") for n in ("file.arrow", "stream.arrow", "t.feather")),
    ]:
        table = read(name)
        assert table.equals(FRAME)
        assert place(table, 1, "a") == f"{name}, row 2, column 'a'"
        assert Source.of(table).describe() == format_


def test_arrays():
    np.savez("t.npz", X=np.array([[1, 2], [3, 4]], ">f4"), y=np.array(["no", "똠"]))
    table = read("t.npz")
    assert table.to_pydict() == {"x0": [1, 3], "x1": [2, 4], "y": ["no", "똠"]}
    assert Source.of(table).describe() == "NumPy"


# Databases


def duckdb_file(name: str, *statements: str) -> str:
    with duckdb.connect(name) as connection:
        for statement in statements:
            connection.execute(statement)
    return name


def sqlite_file(name: str, *statements: str) -> str:
    connection = sqlite3.connect(name)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return name


ODD = 'we"ird; DROP TABLE t --'


@pytest.mark.parametrize("ending", [".duckdb", ".ddb", ".db", ".sqlite", ".sqlite3"])
@pytest.mark.parametrize("make", [duckdb_file, sqlite_file])
def test_databases_are_told_apart_by_their_first_bytes(make, ending):
    quoted = ODD.replace('"', '""')
    name = make(
        f"t{ending}",
        'CREATE TABLE "훈련" (n BIGINT, x DOUBLE, "이름" VARCHAR, e BIGINT)',
        f"INSERT INTO \"훈련\" VALUES ({2**60}, 0.5, '똠', NULL), (NULL, 3, '펲', NULL)",
        f'CREATE TABLE "{quoted}" (a INTEGER)',
        f'INSERT INTO "{quoted}" VALUES (7)',
        'CREATE VIEW v AS SELECT "이름" FROM "훈련"',
    )
    before, content = os.listdir(), Path(name).read_bytes()
    table = read(name, "훈련")
    assert table.to_pydict() == {"n": [2**60, None], "x": [0.5, 3], "이름": ["똠", "펲"], "e": [None, None]}
    assert read(name, ODD).to_pydict() == {"a": [7]}
    assert read(name, table="v").to_pydict() == {"이름": ["똠", "펲"]}
    assert place(table, 1, "x") == f"{name}, table '훈련', row 2, column 'x'"
    assert Source.of(table).describe() == f"{'DuckDB' if make is duckdb_file else 'SQLite'}, table '훈련'"
    assert (os.listdir(), Path(name).read_bytes()) == (before, content)


@pytest.mark.parametrize("make", [duckdb_file, sqlite_file])
def test_the_only_table_needs_no_name(make):
    name = make("t.db", "CREATE TABLE a (x INTEGER)", "INSERT INTO a VALUES (1)")
    assert read(name).to_pydict() == read(name, "a").to_pydict() == {"x": [1]}


def test_duckdb_changes_that_are_pending_are_read_and_left_alone():
    code = (
        "import duckdb, os; c = duckdb.connect('t.duckdb'); c.execute('CREATE TABLE t AS SELECT 1 AS a'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # it ends without tidying up
    before = {name: Path(name).read_bytes() for name in os.listdir()}
    assert sorted(before) == ["t.duckdb", "t.duckdb.wal"]
    assert read("t.duckdb").to_pydict() == {"a": [1]}
    assert {name: Path(name).read_bytes() for name in os.listdir()} == before


def test_duckdb_schemas_and_wide_numbers():
    name = duckdb_file(
        "t.duckdb",
        "CREATE SCHEMA s",
        "CREATE TABLE s.t (h HUGEINT, u UBIGINT, big UHUGEINT, d DECIMAL(9, 2), k VARCHAR)",
        f"INSERT INTO s.t VALUES (17, {2**64 - 1}, {2**127}, 1.25, 'a'), (NULL, 1, 1, NULL, 'b')",
        "CREATE TABLE m (x INTEGER)",
        "INSERT INTO m VALUES (1), (2)",
        "CREATE VIEW total AS SELECT sum(x) AS s FROM m",
    )
    table = read(name, "s.t")
    assert types(table) == ["int64", "large_string", "large_string", "decimal128(9, 2)", "large_string"]
    assert table["h"].to_pylist() == [17, None]
    assert table["u"].to_pylist() == [f"{2**64 - 1}", "1"]
    assert table["big"].to_pylist() == [f"{2**127}", "1"]
    assert read(name, "total")["s"].to_pylist() == [3]
    assert types(read(name, "total")) == ["int64"]


def test_sqlite_cells_of_any_type():
    name = sqlite_file(
        "t.sqlite",
        "CREATE TABLE t (i INTEGER, r INTEGER, m INTEGER, t TEXT, b BLOB, n REAL)",
        "INSERT INTO t VALUES (1, 1, 1, '', x'00ff', NULL), (NULL, 0.5, 'NA', 'x', 'y', NULL)",
        "INSERT INTO t VALUES (3, 2, 0.1, NULL, 5, NULL)",
    )
    table = read(name)
    assert types(table) == ["int64", "double", "large_string", "large_string", "large_binary", "null"]
    assert table.drop_columns("b").to_pydict() == {
        "i": [1, None, 3], "r": [1, 0.5, 2], "m": ["1", "NA", "0.1"], "t": ["", "x", None], "n": [None, None, None],
    }  # fmt: skip


def test_sqlite_tables_longer_than_a_batch():
    name = sqlite_file(
        "t.sqlite",
        "CREATE TABLE t (n INTEGER)",
        "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 25000) INSERT INTO t SELECT n FROM c",
    )
    assert read(name)["n"].to_pylist() == list(range(25001))


def test_sqlite_changes_that_are_pending_elsewhere_are_read_and_left_alone():
    writer = sqlite3.connect("t.sqlite")
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE t (a)")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("INSERT INTO t VALUES (1)")
    writer.commit()
    before = {name: Path(name).read_bytes() for name in os.listdir()}
    assert len(before["t.sqlite-wal"])
    assert read("t.sqlite").to_pydict() == {"a": [1]}
    assert {name: Path(name).read_bytes() for name in os.listdir()} == before
    writer.close()
    assert read("t.sqlite").to_pydict() == {"a": [1]}
    assert os.listdir() == ["t.sqlite"]  # a mere read-only connection would leave two files more


# Patterns


def test_patterns_put_files_together():
    write("part-1.csv", "a,b\n1,x\n\n2,y\n")
    write("part-2.csv.gz", "b;a\n똠;3\n".encode("cp949"))
    write("part-3.csv", "a,b\n")  # as programs write them that divide a table
    write("part-4.csv", "b,a\nz,4\n")
    table = read("part-*.csv*")
    assert table.to_pydict() == {"a": [1, 2, 3, 4], "b": ["x", "y", "똠", "z"]}
    assert table["a"].type == pa.int64()
    assert [place(table, row, "b") for row in range(4)] == [
        "part-1.csv, line 2, column 'b'", "part-1.csv, line 4, column 'b'",
        "part-2.csv.gz, line 2, column 'b'", "part-4.csv, line 2, column 'b'",
    ]  # fmt: skip
    assert place(table, column="a") == "part-*.csv*, column 'a'"
    found = "4 files: CSV, separated by ',', UTF-8 and CSV, separated by ';', CP949"
    assert Source.of(table).describe() == found


def test_files_of_a_pattern_agree_on_types():
    write("1.csv", "a;b;c\n1;1,5;1\n")
    write("2.csv", "a;b;c\n007;2;0.5\n")
    table = read("?.csv")
    assert table.to_pydict() == {"a": ["1", "007"], "b": [1.5, 2], "c": [1, 0.5]}
    assert Source.of(table).describe() == "2 files: CSV, separated by ';', UTF-8, decimal commas"
    write("2.csv", "a,b,c\n007,2,0.5\n")  # now a comma separates
    assert read("?.csv")["b"].to_pylist() == ["1,5", "2"]


def test_patterns_of_other_formats():
    for k, values in enumerate([[1], [2.5]]):
        pq.write_table(pa.table({"x": values}), f"{k}.parquet")
        write(f"{k}.jsonl", json.dumps({"x": values[0]}))
        duckdb_file(f"{k}.duckdb", "CREATE TABLE t (x DOUBLE)", f"INSERT INTO t VALUES ({values[0]})")
    os.makedirs("a/b")
    pq.write_table(pa.table({"x": [3]}), "a/b/2.parquet")
    assert read("*.parquet").to_pydict() == read("*.jsonl").to_pydict() == {"x": [1, 2.5]}
    assert read("**/*.parquet").to_pydict() == {"x": [1, 2.5, 3]}
    assert read("[01].duckdb", "t").to_pydict() == {"x": [1, 2.5]}
    assert place(read("*.parquet"), 1) == "1.parquet, row 1"
    assert place(read("*.jsonl"), 1) == "1.jsonl, line 1"
    assert Source.of(read("1*.jsonl")).describe() == "1 file: JSON lines, UTF-8"


def test_a_file_may_have_the_name_of_a_pattern():
    write("a*.csv", "x\n1\n")
    write("ab.csv", "x\n2\n")
    write("[a].csv", "x\n3\n")
    assert read("a*.csv").to_pydict() == {"x": [1]}
    assert read("[a].csv").to_pydict() == {"x": [3]}
    assert read("a[*b].csv").to_pydict() == {"x": [1, 2]}


# Where tables come from


def test_sources_survive_in_the_metadata():
    files = (Source("1.csv", ";", "CSV", "cp949", rows=3), Source("2.csv", "\t", "CSV", "utf-8", rows=1))
    source = Source("*.csv", format="CSV", decimal_comma=True, files=files)
    assert Source.of(source.tag(pa.table({"x": [1]}))) == source
    assert (
        source.describe() == "2 files: CSV, separated by ';', CP949 and CSV, separated by tabs, UTF-8, decimal commas"
    )
    assert Source.of(pa.table({"x": [1]})) == Source("the table")
    assert Source.of(load_builtin("xor")[0]).describe() == "built-in table"


def test_places_without_the_file():
    table = read(write("t.csv", "a,b\n1,2\n"))
    os.remove("t.csv")
    assert place(table, 0) == "t.csv, row 1"
    write("t.csv", 'a,b\n"1,2\n')
    assert place(table, 0) == "t.csv, row 1"
    write("t.csv", b"a,b\n\xff\n1,2")
    assert place(table, 0) == "t.csv, row 1"


def test_names_are_near_whatever_the_form_of_their_hangul():
    write("회원.csv", "이름,값\n가,1\n")
    with pytest.raises(InputError, match=r"Did you mean '회원\.csv'"):
        read(unicodedata.normalize("NFD", "회원.csv"))
    with pytest.raises(InputError, match="Did you mean '이름'"):
        require_columns(read("회원.csv"), [unicodedata.normalize("NFD", "이름")])


def test_what_pandas_writes_comes_back():
    frame = pd.DataFrame({"n": [1, 2], "x": [0.1, None], "이름": ["똠, 방", 'a"b'], "flag": ["yes", "no"]})
    frame.to_csv("t.csv", index=False)
    frame.to_csv("k.csv.gz", index=False, sep=";", decimal=",", encoding="cp949")
    frame.to_json("t.jsonl", orient="records", lines=True, force_ascii=True)
    frame.to_parquet("t.parquet", index=False)
    for name in ("t.csv", "k.csv.gz", "t.jsonl", "t.parquet"):
        found = read(name).to_pydict()
        assert found == {"n": [1, 2], "x": [0.1, None], "이름": ["똠, 방", 'a"b'], "flag": ["yes", "no"]}


THOUSANDS = [
    (["1.234", "999", ""], [1234, 999, None], "column 'x': 1.234 is taken for 1234, as others have decimal commas."),
    (["-1.234.567", "1.000"], ["-1.234.567", "1.000"], None),
    (["1.234", "0.5"], [1.234, 0.5], None),
    (["1.2345", "1.234"], [1.2345, 1.234], None),
    (["1,234", "5,678"], [1.234, 5.678], "column 'x': 1,234 is taken for 1.234, not for thousands."),
    (["1,234", "5,6"], [1.234, 5.6], None),
    (["0,234", "0,678"], [0.234, 0.678], None),
]


@pytest.mark.parametrize(("cells", "expected", "note"), THOUSANDS)
def test_what_dots_and_commas_are_beside_decimal_commas(cells, expected, note):
    rows = "".join(f"{cell};{k},5\n" for k, cell in enumerate(cells))
    table = read(write("t.csv", "x;y\n" + rows))
    assert table["x"].to_pylist() == expected
    assert Source.of(table).all_notes() == (() if note is None else (f"t.csv, {note}",))


def test_dots_are_decimal_points_without_decimal_commas():
    table = read(write("t.csv", "x;y\n1.234;1\n2.500;2\n"))
    assert table.to_pydict() == {"x": [1.234, 2.5], "y": [1, 2]}


def test_columns_without_a_name_in_other_formats():
    pq.write_table(pa.table({"": [1], "b": [2]}), "t.parquet")
    assert read("t.parquet").column_names == ["Unnamed: 0", "b"]
    assert read(write("t.jsonl", '{"a": 1, " ": 2}\n')).column_names == ["a", "Unnamed: 1"]
