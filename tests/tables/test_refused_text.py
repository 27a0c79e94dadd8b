"""Text that is no table: its first line, its rows and quotes, its encoding."""

import io

import numpy as np
import pytest

from tests.hostile import ROWS, Refusals, make, move_in, packed, refused

SAVE_UTF_8 = "save it as UTF-8 (in a spreadsheet: CSV UTF-8), or convert it: iconv -f WINDOWS-1252 -t UTF-8"
QUOTES = "Correct the line: a cell in double quotes ends with one, and doubles those inside"
ONE_ENCODING = "This is not text in one of the encodings UTF-8, UTF-16 and CP949"
HEADER = "Put the names of the columns there"


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    return move_in(tmp_path, monkeypatch)


FILES: Refusals = {
    # The first line
    "empty": ("t.csv", "", ("t.csv: The file is empty: there is no table in it. Write it again",)),
    "empty in gzip": ("t.csv.gz", packed(""),
        ("t.csv.gz, line 1: The line is blank", "the first line must name the columns", HEADER)),
    "byte-order mark alone": ("t.csv", b"\xef\xbb\xbf",
        ("line 1: The line is blank", "the first line must name the columns", HEADER)),
    "utf-16 mark alone": ("t.csv", b"\xff\xfe",
        ("line 1: The line is blank", "the first line must name the columns", HEADER)),
    "blank first line": ("t.csv", "\n\na,b\n1,2\n", ("line 1: The line is blank", HEADER)),
    "first line of spaces": ("t.csv", "   \n1\n", ("line 1: The line is blank", HEADER)),
    "header alone": ("t.csv", "a,b\n", ("t.csv: There are no rows in it, only names: 'a', 'b'. Add rows",)),
    "header without end of line": ("t.csv", "a,b", ("There are no rows in it, only names: 'a', 'b'",)),
    "header and blank lines": ("t.csv", "a,b\n\n\n\n", ("There are no rows in it, only names: 'a', 'b'",)),
    "no header, numbers": ("t.csv", "1,2\n3,4\n",
        ("line 1: The columns have no names", "cells of a row, '1', '2'. Put a line of names")),
    "no header, same numbers": ("t.csv", "1,1\n3,4\n",
        ("There is more than one column named '1'.", "If this is a row, put a line of names above it")),
    "no header, classes": ("t.csv", "5.1,setosa\n4.9,setosa\n",
        ("line 1: The columns have no names", "cells of a row, '5.1', 'setosa'")),
    "no header, whole numbers": ("t.csv", "1,no,3\n2,no,4\n",
        ("line 1: The columns have no names", "cells of a row, '1', 'no', '3'")),
    "no header, in a pattern": ("t?.csv", lambda path: [make(f"t{k}.csv", "1,2\n3,4\n") for k in "ab"],
        ("ta.csv, line 1: The columns have no names: this line holds the cells of a row, '1', '2'",)),
    "no header, json": ("t.csv", '{"a": 1}\n{"a": 2}\n{"a": 3}\n',
        ("t.csv: This is ", "not CSV as its name says",
         "JSON, not CSV as its name says. Write one object a line, and rename it to .jsonl")),
    "fewer names than cells": ("t.csv", "a\n1,2\n3,4\n",
        ("line 1: There is one name", "one name, 'a', above 2 cells: '1', '2'")),
    "mostly blank names": ("t.csv", "a,,\n1,2,3\n",
        ("line 1: Of 3 columns 2 have no name, only 'a': is this a title?", HEADER)),
    "repeated name": ("t.csv", "a,b,a\n1,2,3\n",
        ("line 1: There is more than one column named 'a'.",)),
    "repeated but for spaces": ("t.csv", "a, a\n1,2\n",
        ("line 1: There is more than one column named", "'a'.")),
    "repeated in Korean": ("t.csv", "나이,나이\n1,2\n".encode("cp949"),
        ("There is more than one column named '나이'",)),
    # Delimiters, rows and quotes
    "spaces between cells": ("t.csv", "a b c\n1 2 3\n4 5 6\n",
        ("line 1: Cells seem to be separated by",
         "' ', as in 'a b c'. Replace ' ' by a comma, a semicolon, a tab or a bar")),
    "columns of fixed width": ("t.txt", "name   n\nx      1\ny     12\n",
        ("line 1: Cells seem to be separated by", "Replace ' '")),
    "colons between cells": ("t.csv", "a:b\n1:2\n3:4\n",
        ("line 1: Cells seem to be separated by", "Replace ':' by a comma, a semicolon, a tab or a bar")),
    "carets between cells": ("t.csv", "a^b\n1^x\n3^y\n",
        ("line 1: Cells seem to be separated by", "Replace '^' by a comma, a semicolon, a tab or a bar")),
    "too few cells": ("t.csv", "a,b\n1,2\n3\n",
        ("t.csv, line 3: The first line has 2 cells separated by ',', this one ",
         "1: '3'. Correct the line. A cell that holds the delimiter stands in double quotes")),
    "too many cells": ("t.csv", "a,b\n1,2,3\n4,5,6\n",
        ("line 2: The first line has ", "this one 3: '1', '2', '3'")),
    "too many cells late": ("t.csv", ROWS + 30000 * "1,2\n" + "1,2,3\n", ("line 35002: The first line has ",)),
    "ragged behind a cell of two lines": ("t.csv", 'a,b\n"x\ny",2\n\nq\n', ("line 5: The first line has ",)),
    "ragged between semicolons": ("t.csv", "a;b;c\n1,5;2;3\n6;7\n",
        ("line 3: The first line has 3 cells separated by ';', this one",)),
    "ragged between tabs": ("t.tsv", "a\tb\n1\t2\n3\n",
        ("line 3: The first line has 2 cells separated by '\\t', this one",)),
    "ragged in gzip": ("t.csv.gz", packed("a,b\n1,2\n3\n"), ("t.csv.gz, line 3: The first line has ",)),
    "ragged in zstd": ("t.csv.zst", packed("a,b\n1,2\n3\n", "zstd"), ("t.csv.zst, line 3: The first line has ",)),
    "ragged in utf-16": ("t.csv", "a,b\n1,2\n3\n".encode("utf-16"), ("t.csv, line 3: The first line has ",)),
    "ragged in cp949": ("t.csv", "이름,값\n가,1\n똠\n".encode("cp949"), ("line 3: The first line has ", "1: '똠'")),
    "ragged, mixed ends of lines": ("t.csv", "a,b\r\n1,2\n3\r\n", ("t.csv, line 3: The first line has ",)),
    "decimal commas between commas": ("t.csv", "a,b\n1,5,2,5\n",
        ("line 2: The first line has ", "4: '1', '5', '2'")),
    "line of spaces": ("t.csv", "a,b\n1,2\n   \n", ("line 3: The first line has ", "this one 1: '   '")),
    "lone return in a cell": ("t.csv", "a,b\n1,x\ry\n3,4\n", ("line 3: The first line has ", "this one 1: 'y'")),
    "unclosed quote": ("t.csv", 'a,b\n1,2\n3,"4\n5,6\n',
        ("line 3: This is not well-formed CSV: unexpected end", QUOTES)),
    "unclosed quote in the header": ("t.csv", '"a,b\n1,2\n',
        ("line 1: This is not well-formed CSV: ", "unexpected end", QUOTES)),
    "unclosed quote at the end": ("t.csv", 'a,b\n1,"', ("line 2: This is not well-formed CSV: ", QUOTES)),
    "text behind a quote": ("t.csv", 'a,b\n"x"y,2\n',
        ("line 2: This is not well-formed CSV: ", "',' expected after '\"'", QUOTES)),
    "backslash before a quote": ("t.csv", 'a,b\n"x\\"y",2\n', ("line 2: This is not well-formed CSV: ", QUOTES)),
    "line of a million letters": ("t.csv", "a,b\n1," + 1_000_000 * "x" + "\n",
        ("line 2: The line has more than 1,000,000 characters",
         "It begins with '1,xxxxxxxxxxxxxxxxxx'. Write one row of cells a line")),
    "header of a million letters": ("t.csv", 1_500_000 * "x", ("line 1: The line has more than 1,000,000 characters",)),
    "cell of a million lines": ("t.csv", 'a,b\n1,"' + 1_000_000 * "x, y, z\n" + '"\n2,3\n',
        ("line 2: A row goes on over several lines and has more than 8,000,000 bytes",
         "See that its quotes are closed")),
    # Encodings
    "latin-1": ("t.csv", "café,b\n1,2\n".encode("latin-1"),
        (f"t.csv, line 1: {ONE_ENCODING}: ", "not UTF-8 after 'caf', not CP949 after 'caf'",
         f"{SAVE_UTF_8} t.csv")),
    "latin-1 late": ("t.csv", (ROWS + 30000 * "x,2\n" + "café,2\n").encode("latin-1"),
        ("line 35002: This is not text in one of",)),
    "latin-1 like cp949": ("t.csv", "x,b\nÄrger,2\n".encode("latin-1"), (f"line 2: {ONE_ENCODING}", SAVE_UTF_8)),
    "apostrophes of windows": ("t.csv", "x,b\ndon’t,2\n".encode("cp1252"), (f"line 2: {ONE_ENCODING}", "after 'don'")),
    "plurals of windows": ("t.csv", "x,b\n1980’s,2\nit’s,3\n".encode("cp1252"),
        (f"line 2: {ONE_ENCODING}", SAVE_UTF_8)),
    "quotes of windows": ("t.csv", "x,b\n“quoted”,2\n".encode("cp1252"), (f"line 2: {ONE_ENCODING}", SAVE_UTF_8)),
    "japanese": ("t.csv", "名前,b\nカタカナ,2\n".encode("shift_jis"), (ONE_ENCODING, "iconv -f SHIFT_JIS")),
    "utf-8 then cp949": ("t.csv", "이름,b\n가,2\n".encode() + "나다,3\n".encode("cp949"),
        (f"line 3: {ONE_ENCODING}: ", "not UTF-8, not CP949 in line 1")),
    "cp949 then utf-8": ("t.csv", "이름,b\n가,2\n".encode("cp949") + "나다,3\n".encode(),
        (f"line 1: {ONE_ENCODING}: ", "not UTF-8, not CP949 in line 3")),
    "marked utf-8, then cp949": ("t.csv", "이름\n".encode("utf-8-sig") + "가\n".encode("cp949"),
        ("line 2: This is not text",)),
    "utf-8 cut within a letter": ("t.csv", "a,b\n1,한".encode()[:-1],
        (f"line 2: {ONE_ENCODING}", "not UTF-8 after '1,'")),
    "cp949 cut within a letter": ("t.csv", "가,b\n1,가".encode("cp949")[:-1],
        (ONE_ENCODING, "not CP949 after '1,' in line 2")),
    "utf-16 cut within a letter": ("t.csv", "a,b\n1,2".encode("utf-16")[:-1],
        ("line 2: This is not text", "not UTF-16 after")),
    "half a pair in utf-16": ("t.csv", b"\xff\xfe" + "a,b\n1,".encode("utf-16-le") + b"\x00\xd8\n\x00",
        ("line 2: This is not text",)),
    "utf-32": ("t.csv", "a,b\n1,2\n".encode("utf-32"),
        ("t.csv: This is ", "not CSV as its name says", "text in UTF-32, not CSV as its name says. Save it as UTF-8")),
    "NUL byte": ("t.csv", b"a,b\n1,2\x00\n",
        ("line 2: This is not text: there is a NUL byte after '1,2'. Write it again: it is",)),
    "NUL byte first in its line": ("t.csv", b"ab\n\x0012", ("line 2: This is not text: there is a NUL byte.",)),
    "NUL byte in utf-16": ("t.csv", "a,b\n1,\0\n".encode("utf-16"),
        ("line 2: This is not text: there is a NUL byte after '1,'",)),
    "NUL byte in gzip": ("t.csv.gz", packed(b"a,b\n1,2\n\0\n"),
        ("t.csv.gz, line 3: This is not text: there is a NUL byte",)),
    "noise": ("t.csv", np.random.default_rng(0).bytes(5000), ("t.csv, line 1: This is not text",)),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), FILES.values(), ids=FILES)
def test_files(name, content, said, temporary):
    refused(make(name, content), temporary, *said)


@pytest.mark.parametrize("chunk", [3, 4, 5, 1000])
@pytest.mark.parametrize(("content", "said"), [
    ("a,b\r\n1,2\r\né".encode("latin-1"), "line 3: This is not text in one of the encodings"),
    ("가\n나\n".encode("cp949") + b"\xff\n", "line 1: This is not text in one of the encodings"),
    ("\ufeffa\r\n\r\n\0".encode(), "line 3: This is not text: there is a NUL byte."),
    ("\ufeffa\n\n\n1".encode("utf-16-le") + b"\0", "line 4: This is not text in one of the encodings"),
    ("a\r\n1\r\n" + 60 * "x", "line 3: The line has more than 50 characters"),
])  # fmt: skip
def test_lines_are_counted_however_the_file_is_divided(content, said, chunk, temporary, monkeypatch):
    monkeypatch.setattr("schuss.tables.reading.decode.CHUNK", chunk)
    monkeypatch.setattr("schuss.tables.reading.decode.LONGEST_LINE", 50)
    refused(make("t.csv", content), temporary, said)


@pytest.mark.parametrize("start", ["", "a,b\n1,"])
def test_a_line_of_a_gigabyte_is_not_read_to_its_end(start, temporary, monkeypatch):
    """Of NUL bytes, and of letters that are packed a thousand to one."""
    with open("t.csv", "wb") as file:
        file.write(start.encode())
        file.truncate(2**30)
    refused("t.csv", temporary, f"line {1 + bool(start)}: This is not text: there is a NUL byte")
    read_so_far = []

    class Counting(io.RawIOBase):
        def __init__(self, path):
            self.rest = start.encode() if str(path).endswith(".csv") else b""

        def read(self, size=-1):
            piece = self.rest[:size] or size * b"x"
            self.rest = self.rest[size:]
            read_so_far.append(len(piece))
            return piece

    monkeypatch.setattr("schuss.tables.reading.decode.open_bytes", Counting)
    refused("t.csv", temporary, f"line {1 + bool(start)}: The line has more than 1,000,000 characters")
    assert sum(read_so_far) < 10_000_000
