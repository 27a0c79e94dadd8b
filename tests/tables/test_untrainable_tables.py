"""Tables that nobody can train on: refused in a line that says where, what and how to mend it."""

import gzip
import pickle
import sqlite3
from pathlib import Path

import pytest

from tests.clumsy import ROWS, csv, good, parquet, refuses

NUMBERS = "a,b,y\n" + "".join(f"{k},{k * k % 7},{k * 0.5}\n" for k in range(20))
LONG = "x" * 10_000


def database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE one (a, y)")
        connection.execute("CREATE TABLE two (a, y)")
    connection.close()


UNTRAINABLE = {
    "a row too short": (
        "t.csv",
        ROWS + "1,2\n",
        [],
        "t.csv, line 22: The first line has 3 cells separated by ',', this o",
    ),
    "a row too long": ("t.csv", ROWS + "1,2,no,4\n", [], "t.csv, line 22: The first line has "),
    "a name twice": ("t.csv", ROWS.replace("a,b", "a,a"), [], "t.csv, line 1: There is more than one column named"),
    "a title above the names": ("t.csv", "Sales,,\n" + ROWS, [], "t.csv, line 1: Of 3 columns 2 have no name"),
    "one number": ("t.csv", "a,y\n" + "".join(f"{k / 7},2.5\n" for k in range(20)), [], "every row has 2.5"),
    "no header": ("t.csv", "0.5,1,2\n" * 9, ["--target", "2"], "t.csv, line 1: The columns have no names"),
    "a stray word": (
        "t.csv",
        ROWS + "oops,1,no\n",
        [],
        "t.csv, line 22, column 'a': The text 'oops' is not a number",
    ),
    "a stray word in the target": (
        "t.csv",
        NUMBERS + "1,1,oops\n",
        [],
        "t.csv, line 22, column 'y': The text 'oops' is not a number",
    ),
    "an infinite target": (
        "t.csv",
        NUMBERS + "1,1,-inf\n",
        [],
        "t.csv, line 22, column 'y': -inf is not a finite number",
    ),
    "a target beyond measure": (
        "t.csv",
        NUMBERS + "1,1,1e200\n",
        [],
        "t.csv, line 22, column 'y': 1e+200 is too large",
    ),
    "no target anywhere": (
        "t.csv",
        "a,b,y\n" + "1,2,\n" * 9,
        [],
        "t.csv, column 'y': The target is missing in every row",
    ),
    "one class": (
        "t.csv",
        "a,b,y\n" + "1,2,no\n3,4,no\n" * 9,
        [],
        "t.csv, column 'y': There must be at least two classes, but there is only",
    ),
    "one row": ("t.csv", "a,b,y\n1,2,3.5\n", [], "t.csv: There are too few rows (2 to train on, 1 for validation"),
    "one row a class": ("t.csv", "a,y\n1,True\n2,False\n", [], "column 'y': There are 2 distinct texts in 2 rows"),
    "no rows": ("t.csv", "a,b,y\n", [], "t.csv: There are no rows in it, only names: 'a', 'b', 'y'"),
    "nothing": ("t.csv", "", [], "t.csv: The file is empty: there is no table in it."),
    "another case": (
        "t.csv",
        ROWS,
        ["--target", "Y"],
        "There is no column 'Y'. Its columns: 'a', 'b', 'y'. Did yo",
    ),
    "another target": ("t.csv", ROWS, ["--target", "price"], "There is no column 'price'. Its columns: 'a', 'b'"),
    "dates for targets": (
        "t.csv",
        csv(good()[["size", "day"]]),
        ["--target", "day"],
        "column 'day': There are ",
    ),
    "texts for targets": (
        "t.csv",
        csv(good()[["size", "id"]]),
        ["--target", "id"],
        "column 'id': There are 120 distinct texts",
    ),
    "constants only": ("t.csv", "a,y\n" + "1,no\n1,yes\n" * 9, [], "t.csv: There is no feature beside the target."),
    "the target only": ("t.csv", "y\n" + "no\nyes\n" * 9, [], "t.csv: There is no feature beside the target."),
    "lists": (
        "t.parquet",
        parquet({"a": [1, 2] * 9, "y": [[1], [2]] * 9}),
        [],
        "column 'y': Cells of type list",
    ),
    "NUL bytes": ("t.csv", ROWS + "1,\0,no\n", [], "t.csv, line 22: This is not text: there is a NUL byte after '1,'"),
    "binary": ("t.csv", bytes(range(256)) * 9, [], "t.csv, line "),
    "Latin-1": (
        "t.csv",
        ROWS.replace("no", "déjà").encode("latin-1"),
        [],
        "t.csv, line 3: This is not text in one of the encodings",
    ),
    "half a letter": (
        "t.csv",
        ("\ufeff" + ROWS).encode("utf-16-le")[:-1],
        [],
        "t.csv, line 21: This is not text in one of the encodings",
    ),
    "an open quote": ("t.csv", ROWS + '1,"2,no\n', [], "t.csv, line 22: This is not well-formed CSV: "),
    "a truncated gzip": (
        "t.csv.gz",
        gzip.compress((ROWS * 99).encode())[:-30],
        [],
        "This is not a whole .csv.gz file: ",
    ),
    "no gzip at all": ("t.csv.gz", ROWS, [], "t.csv.gz: It is not packed with gzip, as its name says: "),
    "a truncated Parquet": (
        "t.parquet",
        parquet({"a": [1, 2], "y": [1, 2]})[:-9],
        [],
        "This is not a whole .parquet file: ",
    ),
    "no Parquet at all": ("t.parquet", ROWS, [], "t.parquet: This is not a whole .parquet file: "),
    "no Arrow at all": ("t.arrow", b"ARROW1\0\0junk", [], "t.arrow: This is not a whole .arrow file: "),
    "JSON cut short": (
        "t.jsonl",
        '{"a": 1, "y": "no"}\n{"a": 2, "y"',
        [],
        "t.jsonl, line 2: The line is not a JSON object: ",
    ),
    "JSON of lists": ("t.jsonl", "[1, 2]\n", [], "t.jsonl, line 1: The line is not a JSON object, but '[1, 2]'"),
    "JSON too deep": ("t.jsonl", "[" * 99_999, [], "t.jsonl, line 1: The line is not a JSON object"),
    "a pickle": ("t.npz", pickle.dumps({"X": [1]}), [], "t.npz: This is not a whole .npz file: "),
    "a spreadsheet": (
        "t.xlsx",
        b"PK\3\4",
        [],
        "t.xlsx: The name ends with '.xlsx'. Names of tables end with .csv, .tsv, .txt",
    ),
    "no ending": ("table", ROWS, [], "table: The name has no ending. Names of tables end with .csv"),
    "no database": ("t.sqlite", ROWS, [], "t.sqlite: This is not a DuckDB or SQLite database, "),
    "two tables": (
        "t.sqlite",
        database,
        [],
        "t.sqlite: There are 2 tables in this database: 'one', 'two'",
    ),
    "no such table": (
        "t.sqlite",
        database,
        ["--table", "tow"],
        "There is no table 'tow'. The tables in this database: 'one', 'two'. Did",
    ),
    "negative weights": (
        "t.csv",
        ROWS + "1,-2,no\n",
        ["--weight", "b"],
        "t.csv, line 22, column 'b': -2 is no weight",
    ),
    "one group": ("t.csv", ROWS.replace("\n", ",g\n"), ["--group", "g"], "t.csv: There are too few groups"),
    "no moment": (
        "t.csv",
        ROWS + ",2,no\n",
        ["--time-column", "a"],
        "t.csv, line 22, column 'a': There is a missing value instead of a number or a date",
    ),
    "a long target": ("t.csv", ROWS, ["--target", LONG], "t.csv: There is no column 'xxxxxxxxxx"),
    "a long name": ("t.csv", ROWS.replace("a,", f"{LONG},") + "oops,1,no\n", [], "t.csv, line 22, column 'xxxxxxxxxx"),
    "a coloured name": (
        "t.csv",
        ROWS.replace("a,", "\x1b[31ma,") + "oops,1,no\n",
        [],
        "column '\\x1b[31ma': The text 'oops' is not a n",
    ),
    "a name in two lines": (
        "t.csv",
        ROWS.replace("a,", '"a\nb",') + "oops,1,no\n",
        [],
        "t.csv, line 23, column 'a\\nb': ",
    ),
    "markup": (
        "t.csv",
        ROWS.replace("a,", "[red],") + "[/],1,no\n",
        [],
        "column '[red]': The text '[/]' is not a number",
    ),
    "a script": (
        "t.csv",
        ROWS.replace("a,", "</script>,") + "../x,1,no\n",
        [],
        "column '</script>': The text '../x' is not a number",
    ),
    "a path": (
        "t.csv",
        ROWS.replace("a,", "../../x,") + "=1+1,1,no\n",
        [],
        "column '../../x': The text '=1+1' is not a number",
    ),
    "a bell in a cell": (
        "t.csv",
        ROWS + "\a\x1b[2J,1,no\n",
        [],
        "column 'a': The text '\\x07\\x",
    ),
}


DIVIDED = ("one row", "one group")
"""Found out where rows are divided, which inspecting does not do."""


@pytest.mark.parametrize(
    ("command", "case"),
    [("train", case) for case in UNTRAINABLE] + [("inspect", case) for case in UNTRAINABLE if case not in DIVIDED],
)
def test_tables_that_nobody_can_train_on(refused, command, case):
    name, content, options, said = UNTRAINABLE[case]
    if callable(content):
        content(name)
    else:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    target = [] if "--target" in options else ["--target", "y"]
    refuses(refused, said, command, name, *target, *options)
