"""Files that are not what their names say, or are damaged, or not there."""

import io
import json
import os
import pickle
import socket
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.hostile import DAMAGED, PARQUET, ROWS, Refusals, make, move_in, packed, parquet, refused


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    return move_in(tmp_path, monkeypatch)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def claiming(shape: tuple[int, ...]) -> bytes:
    """An archive whose array says that it is larger than it is."""
    array, archive = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(array, {"descr": "<f8", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("X.npy", array.getvalue() + b"12345678")
    return archive.getvalue()


def arrow(table: pa.Table, stream: bool = False) -> bytes:
    sink = pa.BufferOutputStream()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table)
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def dangling(path: Path) -> None:
    path.symlink_to("nowhere.csv")


def endless(path: Path) -> None:
    path.symlink_to(path.name)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)


GZIP, ZSTD = packed(ROWS), packed(ROWS, "zstd")
TABLE = pa.table({"a": list(range(1000)), "b": [str(k) for k in range(1000)]})
ARROW, STREAM = arrow(TABLE), arrow(TABLE, stream=True)
SPREADSHEET = b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml"
SAVE_UTF_8 = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8), or convert it: iconv -f WINDOWS-1252 -t UTF-8"
ONE_ENCODING = "This is not text in one of the encodings UTF-8, UTF-16 and CP949"
ONE_A_LINE = "Write one object a line, as pandas does with to_json("

FILES: Refusals = {
    # Other files under the name of text
    "spreadsheet": ("t.csv", SPREADSHEET,
        ("t.csv: This is",
         "a spreadsheet or a zip archive, not CSV as its name says. Save the sheet as CSV UTF-8, or unpack it")),
    "old spreadsheet": ("t.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("a spreadsheet", "Save the sheet as CSV UTF-8")),
    "zip": ("t.tsv", npz(X=np.eye(2)), ("t.tsv: This is ", "not CSV as its name says", "a zip archive", "unpack it")),
    "PDF": ("t.csv", b"%PDF-1.7\n1 0 obj",
        ("not CSV as its name says", "a document, not CSV as its name says. Copy its table to a spreadsheet")),
    "web page": ("t.csv", "\n<!DOCTYPE html>\n<html>",
        ("not CSV as its name says", "a web page", "Download the file itself")),
    "XML": ("t.csv", "\ufeff<?xml version='1.0'?><Workbook/>", ("not CSV as its name says", "a web page or XML")),
    "pickle": ("t.csv", pickle.dumps({"a": [1]}),
        ("not CSV as its name says", "a Python pickle, which may run code", "Write it as CSV")),
    "old pickle": ("t.csv", pickle.dumps(["a"], 2), ("not CSV as its name says", "a Python pickle")),
    "gzip without its ending": ("t.csv", GZIP,
        ("t.csv: This is ", "not CSV as its name says", "packed with gzip", "add .gz to its name")),
    "zstd without its ending": ("t.csv", ZSTD,
        ("t.csv: This is ", "not CSV as its name says", "packed with zstd", "add .zst to its name")),
    "xz": ("t.csv", b"\xfd7zXZ\x00\x00",
        ("not CSV as its name says",
         "an archive, not CSV as its name says. Unpack it, or pack it with gzip or zstd instead")),
    "Parquet as text": ("t.csv", PARQUET,
        ("not CSV as its name says", "a Parquet file, not CSV as its name says. Rename it to .parquet")),
    "Arrow as text": ("t.txt", ARROW,
        ("not CSV as its name says", "an Arrow file, not CSV as its name says. Rename it to .arrow")),
    "SQLite as text": ("t.csv", b"SQLite format 3\0",
        ("not CSV as its name says", "an SQLite database, not CSV as its name says. Rename it to .sqlite")),
    "NumPy array": ("t.csv", b"\x93NUMPY\x01\x00",
        ("not CSV as its name says", "Save it with numpy.savez(path, X=X, y=y)")),
    "HDF5": ("t.json", b"\x89HDF\r\n\x1a\n",
        ("t.json: This is ", "not JSON as its name says",
         "an HDF5 file, not JSON as its name says. Write its table as CSV or Parquet")),
    "Git LFS": ("t.csv", "version https://git-lfs.github.com/spec/v1\n",
        ("a pointer to a file in Git LFS", "git lfs pull")),
    "spreadsheet in gzip": ("t.csv.gz", packed(SPREADSHEET),
        ("t.csv.gz: This is ", "not CSV as its name says", "a spreadsheet")),
    "packed twice": ("t.csv.gz", packed(GZIP),
        ("t.csv.gz: This is ", "not CSV as its name says", "packed with gzip, not CSV as its name says. Unpack it")),
    # Compression
    "no gzip": ("t.csv.gz", "a,b\n1,2\n",
        ("It is not packed with gzip", "it begins with b'a,b\\n1,2\\n'. Rename it: take away .gz")),
    "no zstd": ("t.csv.zst", "a,b\n1,2\n",
        ("It is not packed with zstd, as its name says", "Rename it: take away .zst")),
    "gzip cut by half": ("t.csv.gz", GZIP[: len(GZIP) // 2],
        ("This is not a whole .csv.gz file: Truncated", DAMAGED)),
    "gzip without its end": ("t.csv.gz", GZIP[:-4], ("This is not a whole .csv.gz file: Truncated", DAMAGED)),
    "gzip with another sum": ("t.csv.gz", GZIP[:-8] + b"1234" + GZIP[-4:],
        ("This is not a whole .csv.gz file", DAMAGED)),
    "gzip with a wrong byte": ("t.csv.gz", GZIP[:100] + b"\xff\xff\xff" + GZIP[103:],
        ("This is not a whole .csv.gz", DAMAGED)),
    "gzip with a tail": ("t.csv.gz", GZIP + b"tail", ("This is not a whole .csv.gz file", DAMAGED)),
    "zstd cut by half": ("t.csv.zst", ZSTD[: len(ZSTD) // 2],
        ("This is not a whole .csv.zst file: Truncated", DAMAGED)),
    "zstd without its end": ("t.csv.zst", ZSTD[:-1], ("This is not a whole .csv.zst file: Truncated", DAMAGED)),
    "json in gzip cut": ("t.jsonl.gz", packed(5000 * '{"a":1}\n')[:-9],
        ("This is not a whole .jsonl.gz file", DAMAGED)),
    # JSON
    "json, array": ("t.json", '[{"a":1},\n{"a":2}]',
        ("t.json, line 1: The line is not a JSON object", '[{"a":1},', ONE_A_LINE)),
    "json, array in a line": ("t.json", '[{"a":1},{"a":2}]',
        ("t.json, line 1: The line is not a JSON object", ONE_A_LINE)),
    "json, indented": ("t.json", json.dumps({"a": [1]}, indent=1),
        ("line 1: The line is not a JSON object", "near '{'", ONE_A_LINE)),
    "json, number": ("t.jsonl", '{"a":1}\n\n5\n',
        ("t.jsonl, line 3: The line is not a JSON object, but '5'", ONE_A_LINE)),
    "json, null": ("t.jsonl", '{"a":1}\nnull\n', ("line 2: The line is not a JSON object, but 'null'", ONE_A_LINE)),
    "json, list inside": ("t.jsonl", '{"a":1}\n{"a":[1, 2]}',
        ("line 2, column 'a': [1, 2] is not text, a number, true, false or null.",
         "Make it several columns, as pandas.json_normalize does")),
    "json, object inside": ("t.jsonl", '{"a":{"b":1}}', ("line 1, column 'a': {'b': 1} is not text", "{'b': 1}")),
    "json, key twice": ("t.jsonl", '{"a":1,"a":2}',
        ("line 1: The line is not a JSON object: the key 'a' is there more than once",)),
    "json, two in a line": ("t.jsonl", '{"a":1} {"a":2}',
        ("line 1: The line is not", "Extra data at character 9", ONE_A_LINE)),
    "json, cut": ("t.jsonl", '{"a":1}\n{"a":',
        ("t.jsonl, line 2: The line is not a JSON object", "at character 6", ONE_A_LINE)),
    "json, single quotes": ("t.jsonl", "{'a': 1}",
        ("line 1: The line is not a JSON object", 'near "{\'a\': 1}"', ONE_A_LINE)),
    "json, comma at the end": ("t.jsonl", '{"a":1,}', ("line 1: The line is not a JSON object", ONE_A_LINE)),
    "json, leading zero": ("t.jsonl", '{"a":007}',
        ("line 1: The line is not a JSON object", "at character 7", ONE_A_LINE)),
    "json, deep": ("t.jsonl", 100_000 * "[", ("line 1: The line is not a JSON object", "recursion", ONE_A_LINE)),
    "json, half a letter": ("t.jsonl", '{"a":"\\ud83d"}',
        ("line 1: There is half a character", "'\\ud83d'", "as UTF-8")),
    "json, number without end": ("t.jsonl", '{"a":' + 5000 * "1" + "}",
        ("line 1: The line is not a JSON object", "5000 digits")),
    "json, line without end": ("t.jsonl", '{"a":"' + 1_000_000 * "x",
        ("line 1: The line has more than 1,000,000 characters",)),
    "json, no keys": ("t.jsonl", "{}\n{}\n", ("t.jsonl: There are no rows in it", "Add rows")),
    "json, blank": ("t.jsonl", "\n \n", ("t.jsonl: There are no rows in it", "Add rows")),
    "json, latin-1": ("t.jsonl", '{"a":"é"}'.encode("latin-1"),
        (f"t.jsonl, line 1: {ONE_ENCODING}", "with --encoding NAME")),
    # Parquet and Arrow
    "Parquet without its end": ("t.parquet", PARQUET[:-10], ("t.parquet: This is not a whole .parquet file", DAMAGED)),
    "Parquet cut by half": ("t.parquet", PARQUET[: len(PARQUET) // 2], ("This is not a whole .parquet file", DAMAGED)),
    "Parquet with wrong bytes": ("t.parquet", PARQUET[:20] + 200 * b"\xff" + PARQUET[220:],
        ("whole .parquet", DAMAGED)),
    "Parquet that is text": ("t.parquet", "a,b\n1,2\n",
        ("This is not a whole .parquet file", "magic bytes not found", DAMAGED)),
    "Parquet, name twice": ("t.parquet", parquet(pa.table([[1], [2]], names=["a", "a"])),
        ("There is more than one column named",)),
    "Parquet, no rows": ("t.parquet", parquet(TABLE.slice(0, 0)), ("There are no rows in it", "'a', 'b'. Add rows")),
    "Parquet, no columns": ("t.parquet", parquet(pa.table({})), ("t.parquet: There are no rows in it",)),
    "Arrow file cut": ("t.arrow", ARROW[:-8], ("t.arrow: This is not a whole .arrow file", DAMAGED)),
    "Arrow file cut by half": ("t.feather", ARROW[: len(ARROW) // 2], ("This is not a whole .feather file", DAMAGED)),
    "Arrow stream cut within": ("t.arrow", STREAM[: len(STREAM) // 2], ("This is not a whole .arrow file", DAMAGED)),
    "Arrow stream cut between": ("t.arrow", STREAM[:-8],
        ("t.arrow: It ends with b",
         "Write or copy it again, to its end")),
    "Arrow that is text": ("t.arrow", "a,b\n1,2\n", ("t.arrow: This is not a whole .arrow file",)),
    "Arrow, name twice": ("t.arrow", arrow(pa.table([[1], [2]], names=["a", "a"])),
        ("There is more than one column named",)),
    "Arrow, no rows": ("t.arrow", arrow(TABLE.slice(0, 0)), ("t.arrow: There are no rows in it",)),
    # NumPy
    "npz cut": ("t.npz", npz(X=np.eye(50))[:9000], ("t.npz: This is not a whole .npz file", DAMAGED)),
    "npz that is a pickle": ("t.npz", pickle.dumps({"X": 1}), ("t.npz: This is not a whole .npz file",)),
    "npz with a pickle": ("t.npz", npz(X=np.array([[1, None]], object)),
        ("t.npz, array X: The array must hold numbers or booleans",)),
    "npz without X": ("t.npz", npz(x=np.eye(2)),
        ("t.npz: There is no array X in it. Its arrays: 'x'. Write it with numpy.savez(",)),
    "npz of text": ("t.npz", npz(X=np.array([["a"]])),
        ("array X: The array must hold numbers or booleans, not dtype <U1",)),
    "npz of three axes": ("t.npz", npz(X=np.zeros((3, 2, 2))),
        ("The arrays are not X [N, I] and y [N]", "X [3, 2, 2]. Reshape")),
    "npz of two lengths": ("t.npz", npz(X=np.eye(3), y=np.arange(2)),
        ("The arrays are not X [N, I] and y [N]", "X [3, 3], y [2]")),
    "npz without rows": ("t.npz", npz(X=np.zeros((0, 2))), ("t.npz: There are no rows in it", "Add rows")),
    "npz beyond memory": ("t.npz", claiming((10**13, 2)),
        ("t.npz: The table does not fit into memory", "146. TiB", "Read part of it")),
    "npz shorter than it says": ("t.npz", claiming((10, 2)),
        ("t.npz, array X: The array must hold numbers", "Save it with")),
    # Names and paths
    "spreadsheet's ending": ("t.xlsx", SPREADSHEET,
        ("t.xlsx: The name ends with '.xlsx'. Names of tables end with .csv, .tsv, .txt, .jsonl, .ndjson, .json (also",
         "packed: .gz, .zst, .zip), .parquet,", "This is a spreadsheet or a zip archive.", "Save the sheet")),
    "no ending": ("table", "a\n1\n",
        ("table: The name has no ending.", "Convert or rename the file")),
    "unknown ending": ("t.data", "a\n1\n",
        ("t.data: The name ends with '.data'.", "Convert or rename the file")),
    "unknown ending, known content": ("t.data", PARQUET, ("This is a Parquet file. Rename it to .parquet",)),
    "pickle's ending": ("t.pkl", pickle.dumps([1]),
        ("This is a Python pickle, which may run code when read. Write it as",)),
    "other compression": ("t.csv.bz2", b"BZh91AY&SY", ("This is an archive. Unpack it, or pack it with gzip",)),
    "Parquet in gzip": ("t.parquet.gz", packed(PARQUET), ("This is a file packed with gzip. Unpack it",)),
    "folder": ("t.csv", lambda path: path.mkdir(),
        ("t.csv: This is a folder, not a file. It is empty: name an",)),
    "folder with a file": ("f", lambda path: make("f/t.csv", "a\n1\n"),
        ("This is a folder, not a file. Name a file in it: 't.csv'",)),
    "link to nothing": ("t.csv", dangling,
        ("t.csv: This is",
         "a link to 'nowhere.csv', which is not there. Name the file itself")),
    "link to itself": ("t.csv", endless,
        ("t.csv: The file cannot be opened: ", "See that the path is right")),
    "pipe": ("t.csv", os.mkfifo,
        ("t.csv: This is a device or a pipe, not a plain file. Save its content to a file",)),
    "socket": ("t.csv", listening,
        ("t.csv: This is a device or a pipe, not a plain file. Save its content to a file",)),
    "name in CP949": (os.fsdecode("값.csv".encode("cp949")), "a\n1\n",
        ("The name of the file is not UTF-8.", "convmv")),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), FILES.values(), ids=FILES)
def test_files(name, content, said, temporary):
    refused(make(name, content), temporary, *said)


@pytest.mark.parametrize(("source", "said"), [
    ("trian.csv", "trian.csv: There is no file and no built-in table of this name. Did you mean 'train.csv'?"),
    ("train.tsv", "of this name. Did you mean 'train.csv'?"),
    ("no/train.csv", "There is no folder no, and no built-in table of this name. Built-in tables are digits, "),
    ("train.csv/a", "There is no folder train.csv, and no built-in table of this name. Built-in tables are digits, "),
    ("digts", "Did you mean 'digits' or "),
    ("/dev/null", "/dev/null: This is a device or a pipe, not a plain file. Save its content to a file"),
    ("a\0b.csv", "The file cannot be opened: embedded null byte. See that the path is right"),
    (256 * "x" + ".csv", "The file cannot be opened: [Errno 36] File name too long"),
    ("", ".: This is a folder, not a file. Name a file in it: 'train.csv'"),
    ("test-*.csv", "test-*.csv: No file matches this pattern. See that the folder and"),
    ("no/*.csv", "no/*.csv: No file matches this pattern."),
    ("train[1].csv", "train[1].csv: No file matches this pattern."),
])  # fmt: skip
def test_files_that_are_not_there(source, said, temporary):
    make("train.csv", "a\n1\n")
    refused(source, temporary, said)


def test_a_file_that_may_not_be_read(temporary, monkeypatch):
    def denied(self, mode):
        raise PermissionError(13, "Permission denied", str(self))

    make("t.csv", "a\n1\n")
    monkeypatch.setattr(Path, "open", denied)  # root may read everything
    refused("t.csv", temporary, "t.csv: The file cannot be opened: ", "Permission denied", "chmod +r")
