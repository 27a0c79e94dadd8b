"""Hostile and clumsy input from end to end: refused in a line that says where, what and how to mend it, or used."""

import gzip
import json
import os
import pickle
import re
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file

QUICK = ["--members", "2", "--epochs", "3", "--optimizer", "adam", "--hidden-layer-sizes", "8"]
QUICK += ["--activation", "tanh", "--dropout", "0", "--l2", "0", "--learning-rate", "0.01"]

N = 120
MESSAGE = r"schuss: .+: (must .+, however: .+; .+|.+\. [A-Z].+\.)"


def good(rows=N) -> pd.DataFrame:
    """A table with every kind of column."""
    k = np.arange(rows)
    return pd.DataFrame(
        {
            "id": [f"{n:04d}" for n in k],
            "size": np.sin(k),
            "count": k * 7 % 23,
            "도시": np.array(["서울", "부산", "제주"])[k % 3],
            "street": [f"s{n % 40}" for n in k],
            "day": [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in k],
            "ok": np.where(k % 2, "yes", "no"),
            "y": np.where(np.sin(k) > 0, "합격", "불합격"),
        }
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on the good table."""
    from schuss.jobs import train as experiment
    from schuss.jobs.train import Settings
    from schuss.space import Space

    folder = tmp_path_factory.mktemp("run")
    good().to_csv(folder / "good.csv", index=False)
    space = Space(
        hidden_layer_sizes=[(8,)],
        activation=["tanh"],
        optimizer=["adam"],
        learning_rate=[0.01],
        dropout=[0.0],
        l2=[0.0],
    )
    settings = Settings(str(folder / "good.csv"), "y", space=space, members=2, epochs=3, folds=2)
    return experiment.run(settings, parent=folder / "runs").folder


def csv(frame) -> bytes:
    return frame.to_csv(index=False).encode()


def parquet(table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), sink)
    return sink.getvalue().to_pybytes()


def database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE one (a, y)")
        connection.execute("CREATE TABLE two (a, y)")
    connection.close()


def refuses(refused, said, *command):
    """The message, which has the form of all messages and says this."""
    told = refused(*command)
    assert re.fullmatch(MESSAGE, told)
    assert said in told
    assert len(told) < 1200


# Tables that nobody can train on

ROWS = "a,b,y\n" + "".join(f"{k},{k * k % 7},{'no' if k % 2 else 'yes'}\n" for k in range(20))
NUMBERS = "a,b,y\n" + "".join(f"{k},{k * k % 7},{k * 0.5}\n" for k in range(20))
LONG = "x" * 10_000

UNTRAINABLE = {
    "a row too short": (
        "t.csv",
        ROWS + "1,2\n",
        [],
        "t.csv, line 22: must have as many cells, separated by ',', as the",
    ),
    "a row too long": ("t.csv", ROWS + "1,2,no,4\n", [], "t.csv, line 22: must have as many cells"),
    "a name twice": ("t.csv", ROWS.replace("a,b", "a,a"), [], "t.csv, line 1: must name every column differently"),
    "no name": (
        "t.csv",
        ROWS.replace("a,b", "a,"),
        [],
        "t.csv, line 1: must name the columns, however: no name for col",
    ),
    "no header": ("t.csv", "0.5,1,2\n" * 9, ["--target", "2"], "t.csv, line 1: must name the columns"),
    "a stray word": (
        "t.csv",
        ROWS + "oops,1,no\n",
        [],
        "t.csv, line 22, column 'a': must be a number, however: the tex",
    ),
    "a stray word in the target": ("t.csv", NUMBERS + "1,1,oops\n", [], "t.csv, line 22, column 'y': must be a number"),
    "an infinite target": ("t.csv", NUMBERS + "1,1,-inf\n", [], "t.csv, line 22, column 'y': must be a finite number"),
    "a target beyond measure": ("t.csv", NUMBERS + "1,1,1e200\n", [], "t.csv, line 22, column 'y': must be between"),
    "no target anywhere": ("t.csv", "a,b,y\n" + "1,2,\n" * 9, [], "t.csv, column 'y': must have a value in some row"),
    "one class": ("t.csv", "a,b,y\n" + "1,2,no\n3,4,no\n" * 9, [], "t.csv, column 'y': must hold at least two classes"),
    "one row": ("t.csv", "a,b,y\n1,2,3.5\n", [], "t.csv: must have enough rows (2 to train on, 1 for validation"),
    "one row a class": ("t.csv", "a,y\n1,True\n2,False\n", [], "column 'y': must be classes that repeat"),
    "no rows": ("t.csv", "a,b,y\n", [], "t.csv: must hold at least one row, however: only names: 'a', 'b', 'y'"),
    "nothing": ("t.csv", "", [], "t.csv: must hold a table, however: an empty file"),
    "another case": (
        "t.csv",
        ROWS,
        ["--target", "Y"],
        "must have the column 'Y', however: columns 'a', 'b', 'y'; did yo",
    ),
    "another target": ("t.csv", ROWS, ["--target", "price"], "must have the column 'price', however: columns 'a', 'b'"),
    "dates for targets": (
        "t.csv",
        csv(good()[["size", "day"]]),
        ["--target", "day"],
        "column 'day': must be classes that",
    ),
    "texts for targets": ("t.csv", csv(good()[["size", "id"]]), ["--target", "id"], "column 'id': must "),
    "constants only": ("t.csv", "a,y\n" + "1,no\n1,yes\n" * 9, [], "t.csv: must have a feature beside the target"),
    "the target only": ("t.csv", "y\n" + "no\nyes\n" * 9, [], "t.csv: must have a feature beside the target, however"),
    "lists": (
        "t.parquet",
        parquet({"a": [1, 2] * 9, "y": [[1], [2]] * 9}),
        [],
        "column 'y': must be numbers, text or b",
    ),
    "NUL bytes": ("t.csv", ROWS + "1,\0,no\n", [], "t.csv, line 22: must be text, however: a NUL byte after '1,'"),
    "binary": ("t.csv", bytes(range(256)) * 9, [], "t.csv, line "),
    "Latin-1": (
        "t.csv",
        ROWS.replace("no", "déjà").encode("latin-1"),
        [],
        "t.csv, line 3: must be text in one encoding",
    ),
    "half a letter": (
        "t.csv",
        ("\ufeff" + ROWS).encode("utf-16-le")[:-1],
        [],
        "t.csv, line 21: must be text in one enc",
    ),
    "an open quote": ("t.csv", ROWS + '1,"2,no\n', [], "t.csv, line 22: must be well-formed CSV"),
    "a truncated gzip": (
        "t.csv.gz",
        gzip.compress((ROWS * 99).encode())[:-30],
        [],
        "must be a whole .csv.gz file, howev",
    ),
    "no gzip at all": ("t.csv.gz", ROWS, [], "t.csv.gz: must be packed with gzip, as its name says, how"),
    "a truncated Parquet": (
        "t.parquet",
        parquet({"a": [1, 2], "y": [1, 2]})[:-9],
        [],
        "must be a whole .parquet file, how",
    ),
    "no Parquet at all": ("t.parquet", ROWS, [], "t.parquet: must be a whole .parquet file, however: "),
    "no Arrow at all": ("t.arrow", b"ARROW1\0\0junk", [], "t.arrow: must be a whole .arrow file, however: "),
    "JSON cut short": (
        "t.jsonl",
        '{"a": 1, "y": "no"}\n{"a": 2, "y"',
        [],
        "t.jsonl, line 2: must be a JSON object, however",
    ),
    "JSON of lists": ("t.jsonl", "[1, 2]\n", [], "t.jsonl, line 1: must be a JSON object, however: '[1, 2]'"),
    "JSON too deep": ("t.jsonl", "[" * 99_999, [], "t.jsonl, line 1: must be a JSON object"),
    "a pickle": ("t.npz", pickle.dumps({"X": [1]}), [], "t.npz: must be a whole .npz file, however: "),
    "a spreadsheet": ("t.xlsx", b"PK\3\4", [], "t.xlsx: must have a name that ends with .csv, .tsv, .txt"),
    "no ending": ("table", ROWS, [], "table: must have a name that ends with .csv"),
    "no database": ("t.sqlite", ROWS, [], "t.sqlite: must be a DuckDB or SQLite database, however: "),
    "two tables": (
        "t.sqlite",
        database,
        [],
        "t.sqlite: must be told which of its tables to read, however: 2: 'one', 't",
    ),
    "no such table": (
        "t.sqlite",
        database,
        ["--table", "tow"],
        "must hold the table 'tow', however: 2: 'one', 'two'; did",
    ),
    "negative weights": (
        "t.csv",
        ROWS + "1,-2,no\n",
        ["--weight", "b"],
        "t.csv, line 22, column 'b': must be a weight",
    ),
    "one group": ("t.csv", ROWS.replace("\n", ",g\n"), ["--group", "g"], "t.csv: must have enough groups for 2 parts"),
    "no moment": ("t.csv", ROWS + ",2,no\n", ["--time", "a"], "t.csv, line 22, column 'a': must be a number or a date"),
    "a long target": ("t.csv", ROWS, ["--target", LONG], "t.csv: must have the column 'xxxxxxxxxx"),
    "a long name": ("t.csv", ROWS.replace("a,", f"{LONG},") + "oops,1,no\n", [], "t.csv, line 22, column 'xxxxxxxxxx"),
    "a coloured name": (
        "t.csv",
        ROWS.replace("a,", "\x1b[31ma,") + "oops,1,no\n",
        [],
        "column '\\x1b[31ma': must be a n",
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
        "column '[red]': must be a number, however: the t",
    ),
    "a script": (
        "t.csv",
        ROWS.replace("a,", "</script>,") + "../x,1,no\n",
        [],
        "column '</script>': must be a number, how",
    ),
    "a path": (
        "t.csv",
        ROWS.replace("a,", "../../x,") + "=1+1,1,no\n",
        [],
        "column '../../x': must be a number, however",
    ),
    "a bell in a cell": (
        "t.csv",
        ROWS + "\a\x1b[2J,1,no\n",
        [],
        "column 'a': must be a number, however: the text '\\x07\\x",
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


def test_files_that_are_none(refused, monkeypatch):
    Path("folder").mkdir()
    Path("folder", "inside.csv").write_text(ROWS)
    Path("good.csv").write_text(ROWS)
    os.mkfifo("pipe.csv")
    os.symlink("nowhere.csv", "link.csv")
    os.symlink("loop.csv", "loop.csv")
    for name, said in {
        "folder": "folder: must be a file, however: a folder; name a file in it: 'inside.csv'",
        "goood.csv": "goood.csv: must be a file or a built-in table, however: no such file; did you mean 'good.csv'",
        "no/t.csv": "no/t.csv: must be a file or a built-in table, however: no folder no",
        "good.csv/t.csv": "good.csv/t.csv: must be a file or a built-in table",
        "pipe.csv": "pipe.csv: must be a plain file, however: a device or pipe",
        "/dev/zero": "/dev/zero: must be a plain file, however: a device or pipe",
        "link.csv": "link.csv: must be a file or a built-in table, however: a link to 'nowhere.csv', which is not",
        "loop.csv": "loop.csv: must be a file that can be opened, however: ",
        "none-*.csv": "none-*.csv: must match at least one file, however: none",
        "x" * 300 + ".csv": "must be a file",
    }.items():
        refuses(refused, said, "train", name, "--target", "y")
    plain = Path.open

    def locked(path, *arguments, **options):
        if path.name == "good.csv" and arguments == ("rb",):
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", locked)  # root may read everything
    refuses(
        refused,
        "good.csv: must be a file that can be opened, however: [Errno 13]",
        "train",
        "good.csv",
        "--target",
        "y",
    )


def test_a_file_whose_name_would_colour_a_terminal(refused):
    Path("\x1b[31mred\a.csv").write_text(ROWS + "1,2\n")
    refuses(refused, "\\x1b[31mred\\x07.csv, line 22: must have as many cells", "train", "*red*.csv", "--target", "y")


def test_files_of_a_pattern_that_differ(refused):
    Path("part-1.csv").write_text(ROWS)
    Path("part-2.csv").write_text(ROWS.replace("a,b", "a,c"))
    train = ["train", "part-*.csv", "--target", "y"]
    refuses(refused, "part-2.csv: must have the same columns as part-1.csv, however: no 'b', 'c' besides", *train)
    Path("part-2.csv").write_text(ROWS + "1,oops,no\n")
    refuses(refused, "part-2.csv, line 22, column 'b': must be a number, however: the text 'oops'", *train)


# Tables that a run cannot predict


def cell(column, value, row=4):
    """The good table with one other cell; it is on line 6."""
    frame = good().astype(object)
    frame.loc[row, column] = value
    return csv(frame)


UNPREDICTABLE = {
    "a column missing": (
        csv(good().drop(columns="size")),
        "must have the column 'size', however: columns 'id', 'count'",
    ),
    "another case": (
        csv(good().rename(columns={"size": "Size"})),
        "must have the column 'size', however: columns 'id', ",
    ),
    "several missing": (
        csv(good()[["id", "size", "y"]]),
        "must have the columns 'count', '도시', 'street', 'day', 'ok', howe",
    ),
    "a space": (csv(good().rename(columns={"도시": "도 시"})), "must have the column '도시', however: "),
    "a stray word": (cell("size", "oops"), "t.csv, line 6, column 'size': must be a number, however: the text 'oops'"),
    "words throughout": (
        csv(good().assign(count="many")),
        "t.csv, line 2, column 'count': must be a number, however: t",
    ),
    "a formula": (cell("count", "=1+1"), "t.csv, line 6, column 'count': must be a number, however: the text '=1+1'"),
    "no date": (cell("day", "tomorrow"), "t.csv, line 6, column 'day': must be a date"),
    "a day that is not": (cell("day", "2024-02-31"), "t.csv, line 6, column 'day': must be a date"),
    "neither yes nor no": (cell("ok", "maybe"), "t.csv, line 6, column 'ok': must be true or false, yes or no, t or f"),
    "a row too short": (csv(good()) + b"1,2\n", "t.csv, line 122: must have as many cells"),
    "no rows": (csv(good(0)), "t.csv: must hold at least one row"),
    "a name twice": (csv(good()).replace(b"count", b"size", 1), "t.csv, line 1: must name every column differently"),
    "NUL bytes": (cell("street", "\0"), "t.csv, line 6: must be text, however: a NUL byte"),
    "half a letter": (csv(good())[:-8], "t.csv, line 121"),
    "nothing": (b"", "t.csv: must hold a table, however: an empty file"),
}


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize(("content", "said"), UNPREDICTABLE.values(), ids=UNPREDICTABLE)
def test_tables_that_a_run_cannot_predict(refused, run, command, content, said):
    Path("t.csv").write_bytes(content)
    refuses(refused, said, command, run, "t.csv")


UNJUDGEABLE = {
    "a label unknown": (
        cell("y", "보류"),
        "t.csv, line 6, column 'y': must be one of the classes '불합격', '합격', however: '",
    ),
    "a label alike": (cell("y", "합 격"), "however: '합 격'; did you mean '합격'"),
    "no label": (
        csv(good().assign(y=None)),
        "t.csv, column 'y': must have a value, however: only missing cells; give a",
    ),
    "no target": (csv(good().drop(columns="y")), "t.csv: must have the column 'y', however: columns 'id', 'size'"),
    "numbers for labels": (csv(good().assign(y=1)), "t.csv, line 2, column 'y': must be one of the classes"),
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
        "line 122, column 'id': must be in the table, however: ",
    ),
    "other zeros": ({"id": ID.str[1:], "y": "합격"}, "line 2, column 'id': must be in the table, however: '000'"),
    "an identifier missing": (
        {"id": [None, *ID[1:]], "y": "합격"},
        "line 2, column 'id': must be in the table, however: ",
    ),
    "no answer": ({"id": ID}, "s.csv: must have a column for the answer, however: only 'id'; give the sample"),
    "the table itself": (good().drop(columns="y"), "must have a column for the answer, however: only 'id', 'size'"),
    "another identifier": (
        {"ID": ID, "y": "합격"},
        "column 'ID': must be named by a class: '불합격', '합격', or be an id",
    ),
    "two answers": ({"id": ID, "y": 0, "z": 0}, "s.csv, column 'y': must be named by a class"),
    "a class unknown": (
        {"id": ID, "합격": 0, "보류": 0},
        "s.csv, column '보류': must be named by a class: '불합격', '합격'",
    ),
    "rows": (
        {"y": ["합격"] * 7},
        "s.csv: must have as many rows as the table (120), or a column of identifiers in common",
    ),
    "a coloured name": ({"id": ID, "\x1b[31m": 0, "y": 0}, "s.csv, column '\\x1b[31m': must be named by a class"),
    "no rows": ({"id": [], "y": []}, "s.csv: must hold at least one row, however: only names: 'id', 'y'"),
}


@pytest.mark.parametrize(("columns", "said"), SAMPLES.values(), ids=SAMPLES)
def test_sample_submissions_that_do_not_fit(refused, run, columns, said):
    pd.DataFrame(columns).to_csv("s.csv", index=False)
    Path("t.csv").write_bytes(csv(good()))
    refuses(refused, said, "predict", run, "t.csv", "--like", "s.csv", "-o", "p.csv")


def test_a_sample_submission_of_a_table_with_a_row_twice(refused, run):
    Path("t.csv").write_bytes(csv(pd.concat([good(), good().tail(1)])))
    Path("s.csv").write_bytes(csv(good()[["id", "y"]]))
    said = "t.csv, line 122, column 'id': must be there once, however: '0119'; keep one row of each identifier"
    refuses(refused, said, "predict", run, "t.csv", "--like", "s.csv")


# Run folders


def record(change):
    """What changes run.json."""

    def edit(folder):
        found = json.loads((folder / "run.json").read_text())
        change(found)
        (folder / "run.json").write_text(json.dumps(found))

    return edit


def put(**fields):
    return record(lambda found: found.update(fields))


def member(**fields):
    return record(lambda found: [one["description"].update(fields) for one in found["members"]])


def written(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def tensors(change):
    def edit(folder):
        save_file(change(load_file(folder / "members.safetensors")), folder / "members.safetensors")

    return edit


def linked(name, target=None):
    """A file that has gone elsewhere, with a link left in its place."""

    def edit(folder):
        shutil.move(folder / name, folder.parent / name)
        (folder / name).symlink_to(target or folder.parent / name)

    return edit


def replaced(name, make):
    def edit(folder):
        (folder / name).unlink()
        make(folder / name)

    return edit


def header(text, size=None):
    """safetensors: the size of the header, the header, the data."""
    content = text.encode()
    return written("members.safetensors", (size or len(content)).to_bytes(8, "little") + content + b"\0" * 64)


HUGE = '{"0/0/0/W": {"dtype": "F32", "shape": [1099511627776, 1099511627776], "data_offsets": [0, 4]}}'

RUN, WEIGHTS = "run.json", "members.safetensors"
DAMAGES = {
    "cut": (written(RUN, b'{"format": 2, "cre'), RUN),
    "empty": (written(RUN, b""), RUN),
    "null": (written(RUN, b"null"), RUN),
    "bytes": (written(RUN, b"\xff\xfe\0"), RUN),
    "a pickle": (written(RUN, pickle.dumps({})), RUN),
    "too deep": (written(RUN, b"[" * 200_000), RUN),
    "a long number": (written(RUN, b"1" * 9_999), RUN),
    "an older version": (put(format=1), RUN),
    "a newer version": (put(format=4), RUN),
    "no version": (put(format=None), RUN),
    "no folds": (put(folds=[]), RUN),
    "folds of numbers": (put(folds=[1, 2]), RUN),
    "no metric": (record(lambda found: found.pop("metric")), RUN),
    "a metric for numbers": (put(metric="r2"), RUN),
    "a metric of a list": (put(metric=["accuracy"]), RUN),
    "no prior": (record(lambda found: found.pop("prior")), RUN),
    "a prior beyond measure": (put(prior=[10**400, 1]), RUN),
    "a negative prior": (put(prior=[-1, 2]), RUN),
    "a prior of three": (put(prior=[0.2, 0.3, 0.5]), RUN),
    "a member that is not there": (put(best=99), RUN),
    "a member before the first": (put(best=-1), RUN),
    "a share of half": (record(lambda found: found["model"].update(shares=[[0, 0.5]])), RUN),
    "shares of words": (record(lambda found: found["model"].update(shares=["ab"])), RUN),
    "a share beyond measure": (record(lambda found: found["model"].update(shares=[[0, 10**400]])), RUN),
    "no temperature": (record(lambda found: found["model"].update(temperature=0)), RUN),
    "a temperature of NaN": (record(lambda found: found["model"].update(temperature=float("nan"))), RUN),
    "roles unknown": (record(lambda found: found["settings"].update(roles={"__class__": 1})), RUN),
    "roles of numbers": (record(lambda found: found["settings"].update(roles={"weight": 5})), RUN),
    "a code to run": (member(activation="__import__('os').system('true')"), RUN),
    "an optimizer of a list": (member(optimizer=[]), RUN),
    "an optimizer unknown": (member(optimizer={"name": "os.system"}), RUN),
    "sizes of halves": (member(hidden_layer_sizes=[2.5]), RUN),
    "sizes beyond measure": (member(hidden_layer_sizes=[10**30]), RUN),
    "many layers": (member(hidden_layer_sizes=[8] * 999), WEIGHTS),
    "a seed before 0": (member(seed=-1), RUN),
    "no encoding": (record(lambda found: found["folds"][0].update(encoding=None)), RUN),
    "no features": (record(lambda found: found["folds"][0]["encoding"].update(features=[])), RUN),
    "classes of two kinds": (
        record(lambda found: found["folds"][0]["encoding"]["target"].update(classes=[1, "a"])),
        RUN,
    ),
    "folds for two targets": (record(lambda found: found["folds"][0]["encoding"]["target"].update(name="z")), RUN),
    "folds for other classes": (record(lambda f: f["folds"][1]["encoding"]["target"].update(classes=["a", "b"])), RUN),
    "a fold too many": (record(lambda found: found["folds"].append(found["folds"][0])), WEIGHTS),
    "a link": (linked(RUN), RUN),
    "a link to the weights": (linked(WEIGHTS), WEIGHTS),
    "a link to a secret": (linked(WEIGHTS, "/etc/passwd"), WEIGHTS),
    "a pipe for weights": (replaced(WEIGHTS, os.mkfifo), WEIGHTS),
    "a folder for weights": (replaced(WEIGHTS, os.mkdir), WEIGHTS),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), WEIGHTS),
    "weights cut": (lambda folder: os.truncate(folder / WEIGHTS, 999), WEIGHTS),
    "weights empty": (written(WEIGHTS, b""), WEIGHTS),
    "weights pickled": (written(WEIGHTS, pickle.dumps({"0/0/0/W": [1.0]})), WEIGHTS),
    "weights zipped": (written(WEIGHTS, b"PK\3\4archive/data.pkl"), WEIGHTS),
    "a header of 4 EiB": (header("{}", 2**62), WEIGHTS),
    "shapes of 4 YiB": (header(HUGE), WEIGHTS),
    "a header of lists": (header("[]"), WEIGHTS),
    "weights of NaN": (
        tensors(lambda found: {name: array * np.float32("nan") for name, array in found.items()}),
        WEIGHTS,
    ),
    "weights transposed": (tensors(lambda found: {name: array.T.copy() for name, array in found.items()}), WEIGHTS),
    "weights of float64": (
        tensors(lambda found: {name: array.astype(float) for name, array in found.items()}),
        WEIGHTS,
    ),
    "weights under other names": (
        tensors(lambda found: {f"../{name}": array for name, array in found.items()}),
        WEIGHTS,
    ),
}


@pytest.mark.parametrize(("damage", "file"), DAMAGES.values(), ids=DAMAGES)
def test_run_folders_that_are_not_as_they_were_written(refused, run, tmp_path, damage, file):
    Path("t.csv").write_bytes(csv(good()))
    shutil.copytree(run, "copy")
    damage(tmp_path / "copy")
    for command in (["predict", "copy", "t.csv"], ["evaluate", "copy", "t.csv"], ["export", "copy", "--to", "onnx"]):
        refuses(refused, f"copy/{file}: This is not what `schuss train` wrote: ", *command)


def test_a_pipe_for_a_record_is_no_run(refused, run, tmp_path):
    shutil.copytree(run, "copy")
    replaced("run.json", os.mkfifo)(tmp_path / "copy")
    refuses(refused, "copy: This folder has no run.json. Name a folder", "predict", "copy", "iris")


def test_a_folder_may_be_a_link_as_a_whole(schuss, run):
    os.symlink(run, "best")
    Path("t.csv").write_bytes(csv(good()))
    assert schuss("predict", "best", "t.csv").status == 0


# What must work

ESCAPES = ["\x1b[31mred", "[red]", "[/]", "two\nlines", "../x", "</script>", "=1+1", "l" * 10_000, ":smile:"]


@pytest.fixture(scope="module")
def odd():
    """A table of oddities, all of which are used or left out."""
    k = np.arange(N)
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "번호": [str(10**30 + int(n)) for n in k],
            "number": 2**62 + k,
            "infinite": np.where(k % 40 == 7, np.inf, np.where(k % 40 == 8, -np.inf, random.normal(size=N))),
            "huge": np.where(k % 2, 1e308, -1e308),
            "nothing": None,
            "city": [f"도시 {n % 100}" for n in k],
            "day": [date(2024, 1 + n % 12, 1 + n % 28) for n in k],
            **{name: random.normal(size=N) for name in ESCAPES},
            "구분": np.array([*ESCAPES[:7], "합격, 불합격", '"따옴표"', ":smile:"])[k % 10],
        }
    )


def test_odd_tables_are_trained_on_and_written_back(schuss, odd, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    name = "data/=x [red]\n\x1b[31m.csv"
    odd.to_csv(name, index=False)
    done = schuss("train", name, "--target", "구분", *QUICK)
    assert (done.status, done.err) == (0, "")
    assert all(letter.isprintable() or letter == "\n" for letter in done.out)
    assert "data/=x [red]\\n\\x1b[31m.csv (CSV" in done.out
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}--x-red-31m", folder.name)
    assert sorted(os.listdir()) == ["data", "runs"]
    told = json.loads(schuss("inspect", name, "--target", "구분", "--json").out)
    kinds = {column["name"]: column["kind"] for column in told["columns"]}
    assert list(kinds) == list(odd)
    assert {name: kind for name, kind in kinds.items() if name not in ESCAPES} == {
        "번호": "identifier",
        "number": "identifier",
        "infinite": "number",
        "huge": "number",
        "nothing": "unusable",
        "city": "category",
        "day": "date",
        "구분": "target",
    }
    rows = odd.drop(columns="구분").astype({"number": object})
    rows.loc[3, ["city", "infinite"]] = ["없던 도시", -1e308]
    rows.loc[4, ["city", "day", "huge"]] = None
    rows.to_csv("test.csv", index=False)
    assert schuss("predict", "latest", "test.csv").status == 0
    found = pd.read_csv("predictions.csv", dtype=str, keep_default_na=False)
    assert found.번호.tolist() == odd.번호.tolist()
    assert found.number.tolist() == odd.number.astype(str).tolist()
    labels = set(odd.구분)
    assert {label.removeprefix("'") if label == "'=1+1" else label for label in found.prediction} <= labels
    assert set(found.columns[3:]) == {f"probability_{label}" for label in labels}
    assert found.iloc[:, 3:].astype(float).sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    odd[["번호", "구분"]].iloc[::-3].to_csv("sample.csv", index=False)
    assert schuss("predict", "latest", "test.csv", "--like", "sample.csv", "-o", "s.csv").status == 0
    like = pd.read_csv("s.csv", dtype=str, keep_default_na=False)
    assert list(like) == ["번호", "구분"]
    assert like.번호.tolist() == odd.번호.iloc[::-3].tolist()
    assert like.구분.tolist() == found.prediction.iloc[::-3].tolist()
    monkeypatch.setenv("COLUMNS", "200")
    judged = schuss("evaluate", "latest", name)
    assert (judged.status, judged.err) == (0, "")
    assert all(letter.isprintable() or letter == "\n" for letter in judged.out)
    for label in ("\\x1b[31mred", "[red]", "[/]", "two\\nlines", ":smile:"):
        assert f"→ {label}" in judged.out
    assert schuss("export", "latest", "--to", "pytorch").status == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_korean_is_read_in_any_encoding_and_written_as_utf_8(schuss, run, encoding):
    table = good()
    table.to_csv("표.csv", index=False, encoding=encoding)
    table[["id", "y"]].to_csv("예시.csv", index=False, encoding=encoding)
    assert schuss("predict", run, "표.csv", "--like", "예시.csv", "-o", "제출.csv").status == 0
    lines = Path("제출.csv").read_bytes().decode("utf-8").splitlines()
    assert lines[0] == "id,y"
    assert [line.split(",")[0] for line in lines[1:]] == table.id.tolist()
    assert {line.split(",")[1] for line in lines[1:]} <= {"합격", "불합격"}
    told = json.loads(schuss("evaluate", run, "표.csv", "--json").out)
    assert told["rows"] == N


def test_a_run_predicts_tables_of_other_formats_alike(schuss, run):
    table = good()
    table.to_csv("t.csv", index=False)
    table.to_csv("t.tsv.gz", index=False, sep="\t")
    table.to_parquet("t.parquet")
    table.to_json("t.jsonl", orient="records", lines=True, force_ascii=False)
    with sqlite3.connect("t.sqlite") as connection:
        table.to_sql("표", connection, index=False)
    connection.close()
    outcomes = set()
    for name in ("t.csv", "t.tsv.gz", "t.parquet", "t.jsonl", "t.sqlite"):
        assert schuss("predict", run, name).status == 0
        outcomes.add(Path("predictions.csv").read_bytes())
    assert len(outcomes) == 1
