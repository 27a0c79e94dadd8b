"""Tables and sample submissions that do not fit a run: refused in a line that says where, what and how to mend it."""

from pathlib import Path

import pandas as pd
import pytest

from tests.clumsy import csv, good, refuses

# Tables that a run cannot predict


def cell(column, value, row=4):
    """The good table with one other cell; it is on line 6."""
    frame = good().astype(object)
    frame.loc[row, column] = value
    return csv(frame)


UNPREDICTABLE = {
    "a column missing": (
        csv(good().drop(columns="size")),
        "There is no column 'size'. Its columns: 'id', 'count'",
    ),
    "another case": (
        csv(good().rename(columns={"size": "Size"})),
        "There is no column 'size'. Its columns: 'id', ",
    ),
    "several missing": (
        csv(good()[["id", "size", "y"]]),
        "There are no columns 'count', '도시', 'street', 'day', 'ok'. Its columns: ",
    ),
    "a space": (csv(good().rename(columns={"도시": "도 시"})), "There is no column '도시'. Its columns: "),
    "a stray word": (cell("size", "oops"), "t.csv, line 6, column 'size': The text 'oops' is not a number"),
    "words throughout": (
        csv(good().assign(count="many")),
        "t.csv, line 2, column 'count': The text 'many' is not a number",
    ),
    "a formula": (cell("count", "=1+1"), "t.csv, line 6, column 'count': The text '=1+1' is not a number"),
    "no date": (cell("day", "tomorrow"), "t.csv, line 6, column 'day': The text 'tomorrow' is not a date"),
    "a day that is not": (
        cell("day", "2024-02-31"),
        "t.csv, line 6, column 'day': The text '2024-02-31' is not a date",
    ),
    "neither yes nor no": (
        cell("ok", "maybe"),
        "t.csv, line 6, column 'ok': The text 'maybe' is not true or false, yes or no, t or f",
    ),
    "a row too short": (csv(good()) + b"1,2\n", "t.csv, line 122: The first line has "),
    "no rows": (csv(good(0)), "t.csv: There are no rows in it"),
    "a name twice": (csv(good()).replace(b"count", b"size", 1), "t.csv, line 1: There is more than one column named"),
    "NUL bytes": (cell("street", "\0"), "t.csv, line 6: This is not text: there is a NUL byte"),
    "half a letter": (csv(good())[:-8], "t.csv, line 121"),
    "nothing": (b"", "t.csv: The file is empty: there is no table in it."),
}


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize(("content", "said"), UNPREDICTABLE.values(), ids=UNPREDICTABLE)
def test_tables_that_a_run_cannot_predict(refused, run, command, content, said):
    Path("t.csv").write_bytes(content)
    refuses(refused, said, command, run, "t.csv")


UNJUDGEABLE = {
    "a label unknown": (
        cell("y", "보류"),
        "t.csv, line 6, column 'y': '",
    ),
    "a label alike": (cell("y", "합 격"), "'합 격' is none of the classes '불합격', '합격'. Did you mean '합격'"),
    "no label": (
        csv(good().assign(y=None)),
        "t.csv, column 'y': The target is missing in every row. Give a",
    ),
    "no target": (csv(good().drop(columns="y")), "t.csv: There is no column 'y'. Its columns: 'id', 'size'"),
    "numbers for labels": (csv(good().assign(y=1)), "t.csv, line 2, column 'y': '1' is none of the classes"),
}


@pytest.mark.parametrize(("content", "said"), UNJUDGEABLE.values(), ids=UNJUDGEABLE)
def test_tables_that_a_run_can_predict_but_not_judge(refused, schuss, run, content, said):
    Path("t.csv").write_bytes(content)
    refuses(refused, said, "evaluate", run, "t.csv")
    assert schuss("predict", run, "t.csv").status == 0


# Sample submissions

ID = good().id

SAMPLES = {
    "an identifier too many": (
        {"id": [*ID, "9999"], "y": "합격"},
        "line 122, column 'id': ",
    ),
    "other zeros": ({"id": ID.str[1:], "y": "합격"}, "line 2, column 'id': '000' is not in the table"),
    "an identifier missing": (
        {"id": [None, *ID[1:]], "y": "합격"},
        "line 2, column 'id': ",
    ),
    "no answer": (
        {"id": ID},
        "s.csv: There is no column for the answer: all of 'id' are in the table as well. Give the sample",
    ),
    "the table itself": (good().drop(columns="y"), "There is no column for the answer: all of 'id', 'size'"),
    "another identifier": (
        {"ID": ID, "y": "합격"},
        "column 'ID': This is neither an identifier of the table nor one of the classes '불합격', '합격'",
    ),
    "two answers": ({"id": ID, "y": 0, "z": 0}, "s.csv, column 'y': This is neither an identifier"),
    "a class unknown": (
        {"id": ID, "합격": 0, "보류": 0},
        "s.csv, column '보류': This is neither an identifier of the table nor one of the classes '불합격', '합격'",
    ),
    "rows": (
        {"y": ["합격"] * 7},
        "s.csv: There are 7 rows and no identifiers in common with the table of 120 rows",
    ),
    "a coloured name": ({"id": ID, "\x1b[31m": 0, "y": 0}, "s.csv, column '\\x1b[31m': This is neither an identifier"),
    "no rows": ({"id": [], "y": []}, "s.csv: There are no rows in it, only names: 'id', 'y'"),
}


@pytest.mark.parametrize(("columns", "said"), SAMPLES.values(), ids=SAMPLES)
def test_sample_submissions_that_do_not_fit(refused, run, columns, said):
    pd.DataFrame(columns).to_csv("s.csv", index=False)
    Path("t.csv").write_bytes(csv(good()))
    refuses(refused, said, "predict", run, "t.csv", "--like", "s.csv", "-o", "p.csv")


def test_a_sample_submission_of_a_table_with_a_row_twice(refused, run):
    Path("t.csv").write_bytes(csv(pd.concat([good(), good().tail(1)])))
    Path("s.csv").write_bytes(csv(good()[["id", "y"]]))
    said = "t.csv, line 122, column 'id': '0119' is there twice. Keep one row of each identifier"
    refuses(refused, said, "predict", run, "t.csv", "--like", "s.csv")
