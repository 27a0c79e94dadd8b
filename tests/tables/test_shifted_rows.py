"""Rows and names that are not where they should be: refused with the line, or read as they are meant."""

import io
import zipfile

import pytest

from schuss.tables import InputError, place, read
from schuss.tables.source import Source
from tests.hostile import make, move_in, refused


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    return move_in(tmp_path, monkeypatch)


MANY = "".join(f"{k},q,{k}\n" for k in range(30_000))

REFUSED = {
    "delimiter too many before an empty cell": ("a,b,c\n1,2,3\n1,,2,\n4,5,6\n", 3, "this one 4: '1', '', '2', ''."),
    "delimiter too many at the end": ("a,b,c\n1,2,3\n1,2,3,\n4,5,6\n", 3, "the cells behind it have moved"),
    "two too many": ("a,b,c\n1,2,3,,\n4,5,6\n1,2,3\n", 2, "this one 5"),
    "late": ("a,b,c\n" + MANY + "1,,,\n", 30002, "this one 4"),
    "between semicolons": ("a;b;c\n1;;2;\n3;4;5\n5;6;7\n", 2, "this one 4"),
    "between tabs": ("a\tb\tc\n1\t\t2\t\n3\t4\t5\n5\t6\t7\n", 2, "this one 4"),
    "spaces behind it": ("a,b,c\n1,2,3\n1,,2, \n4,5,6\n", 3, "this one 4"),
    "one line without the delimiter that all have": ("a,b,c\n1,2,3,\n4,5,6\n7,8,9,\n", 3, "this one 3"),
    "in a file with quotes": ('a,b,c\n"x",2,3\n"y\nz",,2,\n"u",5,6\n', 3, "this one 4"),
    "returns at the ends of lines": ("a,b,c\r\n1,2,3\r\n1,,2,\r\n4,5,6\r\n", 3, "this one 4"),
    "no delimiter between quotes": ('a,b,c\n"x" "y",2,3\n4,5,6\n', 2, "not well-formed CSV"),
    "no delimiter between quotes, the number right": ('a,b,c\n1,"x" "y",3\n4,5,6\n', 2, "not well-formed CSV"),
    "no delimiter behind a quote": ('a,b,c\n"x"2,,3\n4,5,6\n', 2, "not well-formed CSV"),
    "no delimiter behind a quote and a space": ('a,b,c\n"x" y,2,3\n4,5,6\n', 2, "not well-formed CSV"),
    "units": ("a,b,c\ncm,kg,-\n1,2,x\n3,4,y\n", 2, "a second line of names, or of units"),
    "units of some": ("name,height,class\n,cm,\nann,170,x\nbob,180,y\n", 2, "a second line of names"),
    "two levels of names": ("a,a,b\nmean,std,\n1,2,x\n3,4,y\n", 1, "more than one column named 'a'"),
    "a second level": ("a,b,c\nmean,std,label\n1,2,x\n3,4,y\n1,3,x\n", 2, "a second line of names"),
    "descriptions": ("q1,q2\nHow old are you?,How tall?\n31,1.7\n25,1.8\n", 2, "a second line of names"),
    "names repeated": ("a,b\n1,x\n2,y\na,b\n3,x\n", 4, "repeats the names of the columns"),
    "names of text repeated": ("a,b\nu,x\na,b\nv,x\n", 3, "repeats the names of the columns"),
    "a title": ("Sales 2024,,\na,b,c\n1,2,3\n4,5,6\n", 1, "only 'Sales 2024': is this a title?"),
    "sep= of something else": ("sep=:\na:b\n1:2\n", 1, "says that ':' separates cells"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_line(case, temporary):
    content, line, said = REFUSED[case]
    refused(make("t.csv", content), temporary, f"t.csv, line {line}: ", said)


READ = {
    "delimiters at all ends": ("a,b,c\n1,2,3,\n1,,2,\n4,5,6,\n", {"a": [1, 1, 4], "b": [2, None, 5], "c": [3, 2, 6]}),
    "at the names' end, too": ("a,b,\n1,2,\n4,5,\n", {"a": [1, 4], "b": [2, 5]}),
    "two at all ends": ("a,b\n1,2,,\n4,5,,\n", {"a": [1, 4], "b": [2, 5]}),
    "empty last cells": ("a,b,c\n1,2,\n3,4,\n5,6,7\n", {"a": [1, 3, 5], "b": [2, 4, 6], "c": [None, None, 7]}),
    "a space behind a quote": ('a,b\n"x" ,2\n"y",3\n', {"a": ["x", "y"], "b": [2, 3]}),
    "quotes in a text": ('a,b\n"say ""hi"" there",2\n5" pipe,3\n', {"a": ['say "hi" there', '5" pipe'], "b": [2, 3]}),
    "a stray word first, in a row like others": (
        "name,age,city\nann,old,Rome\nbob,31,Oslo\neve,25,Rome\n",
        {"name": ["ann", "bob", "eve"], "age": ["old", "31", "25"], "city": ["Rome", "Oslo", "Rome"]},
    ),
    "a stray word first": ("a,b\nx,1\n2,2\n3,3\n", {"a": ["x", "2", "3"], "b": [1, 2, 3]}),
    "words for missing first": ("a,b\nNA,-\n2,2\n3,3\n", {"a": ["NA", "2", "3"], "b": ["-", "2", "3"]}),
    "text above text": ("a,b\nx,y\nz,y\nx,u\n", {"a": ["x", "z", "x"], "b": ["y", "y", "u"]}),
    "sep=;": ("sep=;\nid;x\n7;1,5\n8;2\n", {"id": [7, 8], "x": [1.5, 2]}),
    "sep=, in quotes": ('"sep=,"\r\nid,x\r\n7,1\r\n', {"id": [7], "x": [1]}),
    "SEP=|": ("SEP=|\nid|a,b\n7|1\n", {"id": [7], "a,b": [1]}),
    "sep= of a tab": ("sep=\t\nid\tx\n7\t1\n", {"id": [7], "x": [1]}),
    "comments": ("# exported\n# unit: mm, kg\nx,y\n1,a\n2,b\n", {"x": [1, 2], "y": ["a", "b"]}),
    "comments and a blank line": ("# exported\n\nx,y\n1,a\n2,b\n", {"x": [1, 2], "y": ["a", "b"]}),
    "comments of Matlab": ("% exported\nx,y\n1,a\n2,b\n", {"x": [1, 2], "y": ["a", "b"]}),
    "comments of C": ("// exported\nx;y\n1,5;a\n2;b\n", {"x": [1.5, 2], "y": ["a", "b"]}),
    "comments of SQL": ("-- exported\nx,y\n1,a\n2,b\n", {"x": [1, 2], "y": ["a", "b"]}),
    "sep= and comments": ("sep=,\n# exported\nx,y\n1,a\n", {"x": [1], "y": ["a"]}),
    "a comment above one column": ("# exported\nx\n1\n2\n", {"x": [1, 2]}),
    "names behind a mark": ("#id,x\n7,1\n8,2\n", {"#id": [7, 8], "x": [1, 2]}),
    "text below names behind a mark": ("#name,x\nann,b\nbob,c\n", {"#name": ["ann", "bob"], "x": ["b", "c"]}),
    "names behind a mark and a space": ("# id,x\n7,1\n8,2\n", {"# id": [7, 8], "x": [1, 2]}),
    "comments above names behind a mark": ("# exported\n#id,x\n7,1\n8,2\n", {"#id": [7, 8], "x": [1, 2]}),
    "first name missing": (",x\n7,1\n8,2\n", {"Unnamed: 0": [7, 8], "x": [1, 2]}),
    "a name missing": ("a,,c\n1,2,3\n", {"a": [1], "Unnamed: 1": [2], "c": [3]}),
    "a name of spaces": ("a,b,  \n1,2,3\n", {"a": [1], "b": [2], "Unnamed: 2": [3]}),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("case", READ)
def test_read_as_meant(case, encoding):
    content, expected = READ[case]
    assert read(make("t.csv", content.encode(encoding))).to_pydict() == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# one\n# two\nx,y\n1,2\n", "t.csv: 2 lines of comments above the names of the columns left out."),
        ("x,y\n1,2,\n3,4,\n", "t.csv: every line ends with ',', which is taken for no column."),
        ("x,y,\n1,2,\n3,4,\n", "t.csv: every line ends with ',', which is taken for no column."),
        (",y,z\n1,2,3\n", "t.csv: a column without a name is called 'Unnamed: 0'."),
        ("x,y\n1,2\n", None),
    ],
)
def test_what_was_decided_is_noted(content, said):
    assert Source.of(read(make("t.csv", content))).all_notes() == (() if said is None else (said,))


def test_lines_are_counted_from_the_start_of_the_file():
    table = read(make("t.csv", 'sep=;\n# one\n\nx;y\n1;a\n"2";"b\nc"\n3;d\n'))
    assert [place(table, row) for row in range(3)] == [f"t.csv, line {line}" for line in (5, 6, 8)]
    with pytest.raises(InputError, match=r"t.csv, line 4: The first line has 2 cells separated by ';', this one 1"):
        read(make("t.csv", "# one\nx;y\n1;a\n2\n"))


# Archives of one file, as Kaggle gives them


def zipped(**files: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name.replace("__DOT__", ".").replace("__IN__", "/"), content)
    return archive.getvalue()


TEXT = "x,y\n1,한\n2,é\n"


@pytest.mark.parametrize("name", ["train.csv.zip", "train.zip", "TRAIN.CSV.ZIP"])
def test_archives(name):
    table = read(make(name, zipped(train__DOT__csv=TEXT)))
    assert table.to_pydict() == {"x": [1, 2], "y": ["한", "é"]}
    assert place(table, 1) == f"{name}, line 3"
    assert Source.of(table).describe() == "CSV, separated by ',', UTF-8"


def test_archives_of_other_text():
    assert read(make("t.zip", zipped(a__IN__t__DOT__tsv="x\ty\n1\t2\n"))).to_pydict() == {"x": [1], "y": [2]}
    assert read(make("t.jsonl.zip", zipped(t__DOT__jsonl='{"x": 1}\n'))).to_pydict() == {"x": [1]}


def test_what_macos_leaves_in_an_archive_does_not_count():
    content = zipped(t__DOT__csv=TEXT, __MACOSX__IN____DOT___t__DOT__csv="noise", __DOT__DS_Store="noise")
    assert read(make("t.csv.zip", content)).num_rows == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(a__DOT__csv=TEXT, b__DOT__csv=TEXT), ("2 files in this archive: 'a.csv', 'b.csv'", "Unpack it")),
        (zipped(), ("There is no file in this archive",)),
        (zipped(t__DOT__csv=TEXT)[:-30], ("t.csv.zip: This is not a whole .csv.zip file",)),
        (TEXT, ("It is not packed with zip, as its name says", "take away .zip")),
        (zipped(t__DOT__csv="x,y\n1,2\n3\n"), ("t.csv.zip, line 3: The first line has 2 cells",)),
        (zipped(t__DOT__csv=b"PAR1" + 20 * b"x"), ("This is a Parquet file, not CSV",)),
    ],
)
def test_archives_that_hold_no_one_table(content, said, temporary):
    refused(make("t.csv.zip", content), temporary, *said)
