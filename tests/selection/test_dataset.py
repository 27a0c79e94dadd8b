"""What a table is for: its task, the rows that count, weights, groups, times, and parts that contradict each other."""

import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schuss.jobs.train import Settings, divide, inspect, require_weights
from schuss.selection.dataset import groups, open_table, prepare, weights
from schuss.tables import InputError, Roles, load_builtin

N = 40


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Columns → the name of a CSV file with them."""
    monkeypatch.chdir(tmp_path)

    def write(**columns):
        pd.DataFrame({"a": np.arange(N) * 1.5, **columns}).to_csv("t.csv", index=False)
        return "t.csv"

    return write


TWO = ["no", "yes"] * (N // 2)
THREE = [0, 1, 2, 1] * (N // 4)
VALUES = (np.arange(N) * 0.25).tolist()


# The task


@pytest.mark.parametrize(
    ("y", "asked", "task", "classes"),
    [
        (TWO, None, "classification", ("no", "yes")),
        (TWO, "binary", "classification", ("no", "yes")),
        (TWO, "classification", "classification", ("no", "yes")),
        (THREE, None, "classification", (0, 1, 2)),
        (THREE, "multiclass", "classification", (0, 1, 2)),
        (THREE, "regression", "regression", None),
        (VALUES, None, "regression", None),
        (VALUES, "regression", "regression", None),
        (list(range(N)), None, "regression", None),
        (list(range(N)), "multiclass", "classification", tuple(range(N))),
    ],
)
def test_the_task_is_inferred_or_asked_for(make, y, asked, task, classes):
    ready = prepare(make(y=y), "y", asked, Roles())
    assert (ready.task, ready.target, ready.data) == (task, "y", "t.csv")
    assert (ready.classes and ready.classes.classes) == classes
    assert ready.source == "CSV, separated by ',', UTF-8"


@pytest.mark.parametrize(
    ("y", "asked", "said"),
    [
        (THREE, "binary", "t.csv, column 'y': must hold two classes for the task binary, however: 3: 0, 1, 2; leave t"),
        (TWO, "multiclass", "column 'y': must hold more than two classes for the task multiclass, however: 2: 'no', "),
        (TWO, "regression", "t.csv, line 2, column 'y': The text 'no' is not a number"),
        (VALUES, "binary", "t.csv, line 3, column 'y': The double 0.25 is not a class: text, a boolean or a whole"),
        (["x"] * N, None, "t.csv, column 'y': There must be at least two classes, but there is only the class 'x'"),
        ([None] * N, None, "t.csv, column 'y': must have a value in some row, however: only missing cells; name anoth"),
        ([f"w{k}" for k in range(N)], None, "There are 40 distinct texts in 4"),
        ([1e101, *VALUES[1:]], None, "t.csv, line 2, column 'y': must be between ±1e+100, so that errors can be squar"),
        ([*VALUES[1:], -1e308], "regression", "t.csv, line 41, column 'y': must be between ±1e+100"),
    ],
)  # fmt: skip
def test_targets_that_do_not_fit_the_task(make, y, asked, said):
    with pytest.raises(InputError, match=re.escape(said)):
        prepare(make(y=y), "y", asked, Roles())


def test_a_target_as_large_as_may_be(make):
    ready = prepare(make(y=[1e100, -1e100] * (N // 2)), "y", None, Roles())
    assert ready.task == "regression"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (None, "t.csv: must come with the column to predict, however: columns 'a', 'Price', 'y'; add --target COLUMN"),
        ("price", "t.csv: There is no column 'price'. Its columns: 'a', 'Price', 'y'. Did you mean 'Price'?"),
        ("cost", "There is no column 'cost'. Its columns: 'a', 'Price', 'y'. See that it is the right table"),
    ],
)
def test_a_target_that_is_not_there(make, target, said):
    with pytest.raises(InputError, match=re.escape(said)):
        prepare(make(Price=VALUES, y=TWO), target, None, Roles())


def test_built_in_tables_know_their_target():
    ready = prepare("iris", None, None, Roles())
    assert (ready.target, ready.task, ready.source) == ("target", "classification", "built-in table")
    assert ready.table.equals(load_builtin("iris")[0])
    assert prepare("iris", "petal width (cm)", None, Roles()).task == "regression"
    with pytest.raises(InputError, match="iris: must be a database to hold several tables, however: a built-in table"):
        open_table("iris", "flowers")


# Rows without a target


@pytest.mark.parametrize(
    ("y", "left", "task"),
    [
        (["no", None, "yes", None] * (N // 4), 20, "classification"),
        (["no", "", "yes", "NA"] * (N // 4), 30, "classification"),  # among texts "NA" is a class
        ([f"{k}.5" if k % 2 else ("NA", "?", "-")[k % 3] for k in range(N)], 20, "regression"),
        ([1.5, float("nan"), 2.5, 3.5] * (N // 4), 30, "regression"),
        (pd.array([1, None, 2, 3] * (N // 4), "Int64"), 30, "classification"),
    ],
    ids=["text", "words", "words for missing numbers", "nan", "whole"],
)
def test_rows_without_a_target_are_left_out(make, y, left, task):
    ready = prepare(
        make(y=y, w=range(N), who=range(N), day=range(N)), "y", None, Roles(weight="w", group="who", time="day")
    )
    assert (ready.table.num_rows, ready.without_target, ready.task) == (left, N - left, task)
    kept = ready.weight.astype(int)
    assert ready.table.column("a").to_pylist() == [1.5 * k for k in kept]
    assert len(np.unique(ready.groups)) == len(ready.groups) == left
    np.testing.assert_array_equal(ready.time, kept)


@pytest.mark.parametrize(
    ("changes", "roles", "said"),
    [
        ({"b": "oops"}, {}, "t.csv, line 22, column 'b': The text 'oops' is not a number"),
        ({"w": -1}, {"weight": "w"}, "t.csv, line 22, column 'w': must be a weight"),
        (
            {"day": None},
            {"time": "day"},
            "t.csv, line 22, column 'day': There is a missing value instead of a number or a date",
        ),
    ],
    ids=["feature", "weight", "time"],
)
def test_messages_point_at_the_lines_of_the_file_whatever_rows_are_left_out(make, changes, roles, said):
    columns = {name: list(range(N)) for name in ("b", "w", "day")} | {"y": [None, None, *TWO[2:]]}
    for name, cell in changes.items():
        columns[name][20] = cell
    make(**columns)
    with pytest.raises(InputError, match=re.escape(said)):
        inspect(Settings("t.csv", "y", roles=Roles(**roles)))


# Weights, groups, times


def test_weights_are_numbers(make):
    ready = prepare(make(y=TWO, w=[0, 2, 0.5, 1e9] * 10), "y", None, Roles(weight="w"))
    np.testing.assert_array_equal(ready.weight, [0, 2, 0.5, 1e9] * 10)
    assert prepare("t.csv", "y", None, Roles()).weight is None


@pytest.mark.parametrize(
    ("w", "said"),
    [
        (
            [1.0] * 7 + [-0.5] * 33,
            "t.csv, line 9, column 'w': must be a weight: a finite number ≥ 0, however: -0.5; corr",
        ),
        ([1.0] * 3 + [None] * 37, "t.csv, line 5, column 'w': must be a weight: a finite number ≥ 0, however: "),
        ([1.0, float("inf")] * 20, "t.csv, line 3, column 'w': must be a weight: a finite number ≥ 0, however: inf"),
        ([0.0] * N, "t.csv, column 'w': must have a weight above 0, however: all are 0; name another column with --we"),
        ([1, "much"] * 20, "t.csv, line 3, column 'w': The text 'much' is not a number"),
    ],
    ids=["negative", "missing", "infinite", "all 0", "text"],
)
def test_what_is_no_weight(make, w, said):
    with pytest.raises(InputError, match=re.escape(said)):
        prepare(make(y=TWO, w=w), "y", None, Roles(weight="w"))


def test_nan_is_no_weight():
    with pytest.raises(InputError, match="row 2, column 'w': must be a weight: a finite number ≥ 0, however: nan"):
        weights(pa.table({"w": [1.0, float("nan")]}), "w")


@pytest.mark.parametrize(
    "cells",
    [
        ["a", "b", "a", None, "c", None, "b"],
        [1, 2, 1, None, 3, None, 2],
        [0.5, 2.0, 0.5, None, 3.0, None, 2.0],
        [True, False, True, None, None, None, False],
    ],
    ids=["text", "whole", "decimal", "boolean"],
)
def test_rows_of_one_group_have_one_number_and_those_of_none_are_alone(cells):
    found = groups(pa.table({"g": cells}), "g")
    same = [[i == k or (a is not None and a == b) for k, b in enumerate(cells)] for i, a in enumerate(cells)]
    np.testing.assert_array_equal(found[:, None] == found[None, :], same)


def test_groups_may_come_in_pieces_and_as_dictionaries():
    whole = groups(pa.table({"g": ["x", "y", "x", "z"]}), "g")
    pieces = pa.chunked_array([["x", "y"], ["x", "z"]])
    for column in (pieces, pieces.dictionary_encode(), pieces.cast(pa.large_string())):
        found = groups(pa.table({"g": column}), "g")
        np.testing.assert_array_equal(found[:, None] == found[None, :], whole[:, None] == whole[None, :])


DAYS = [datetime(2024, 1 + k % 12, 1 + k % 28, 3 * k % 24, tzinfo=UTC) for k in range(N)]
FORMS = {
    "numbers": [k * 7 % N for k in range(N)],
    "decimal": [k * 7 % N + 0.5 for k in range(N)],
    "year first": [f"{day:%Y-%m-%d}" for day in DAYS],
    "with hours": [f"{day:%Y-%m-%d %H:%M}" for day in DAYS],
    "iso": [f"{day:%Y-%m-%dT%H:%M:%SZ}" for day in DAYS],
    "korean": [f"{day.year}년 {day.month}월 {day.day}일" for day in DAYS],
    "day first": [f"{day:%d.%m.%Y}" for day in DAYS],
    "month first": [f"{day:%m/%d/%Y}" for day in DAYS],
    "month named": [f"{day:%d %b %Y}" for day in DAYS],
    "digits": [int(f"{day:%Y%m%d}") for day in DAYS],
    "time of day": [f"{day:%H:%M}" for day in DAYS],
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_ordered_by_times_of_any_form(make, form):
    cells = FORMS[form]
    moments = {"with hours": DAYS, "iso": DAYS, "time of day": [day.hour for day in DAYS]}
    order = moments.get(form) or (cells if form in ("numbers", "decimal") else [day.date() for day in DAYS])
    ready = prepare(make(y=VALUES, day=cells), "y", None, Roles(time="day"))
    earlier = [[a < b for b in order] for a in order]
    np.testing.assert_array_equal(ready.time[:, None] < ready.time[None, :], earlier)


def test_times_of_typed_columns_order_rows(tmp_path):
    for type_ in (pa.timestamp("ns"), pa.timestamp("s", "Asia/Seoul"), pa.date32()):
        days = pa.array([day.replace(tzinfo=None) for day in DAYS], pa.timestamp("us")).cast(type_, safe=False)
        pq.write_table(pa.table({"a": VALUES, "y": VALUES, "day": days}), tmp_path / "t.parquet")
        ready = prepare(str(tmp_path / "t.parquet"), "y", None, Roles(time="day"))
        order = [day.date() for day in DAYS] if type_ == pa.date32() else DAYS
        assert np.argsort(ready.time, kind="stable").tolist() == sorted(range(N), key=order.__getitem__)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [*FORMS["iso"][1:], None],
            "t.csv, line 41, column 'day': There is a missing value instead of a number or a date",
        ),
        ([*FORMS["iso"][1:], "soon"], "column 'day': The text 'soon' is not a date or a time"),
        (["soon", "later"] * 20, "column 'day': The text 'soon' is not "),
    ],
    ids=["missing", "stray", "text"],
)
def test_what_orders_nothing(make, cells, said):
    with pytest.raises(InputError, match=re.escape(said)):
        prepare(make(y=VALUES, day=cells), "y", None, Roles(time="day"))


# Contradictions


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ({"weight": "y"}, "t.csv, column 'y': The column is the target, and cannot have the role weight as well"),
        ({"group": "y"}, "The column is the target, and cannot have the role"),
        ({"time": "y"}, "The column is the target, and cannot have the role"),
        ({"id": "y"}, "The column is the target, and cannot have the role"),
        ({"exclude": ("a", "y")}, "The column is the target, and cannot have the role"),
        ({"category": "y"}, "The column is the target, and cannot have the role"),
        ({"number": "y"}, "The column is the target, and cannot have the role"),
        ({"category": "b", "number": "b"}, "t.csv, column 'b': The column cannot have the roles category and number"),
        ({"category": "b", "weight": "b"}, "t.csv, column 'b': The column cannot have the roles weight and category"),
        ({"exclude": "b", "number": "b"}, "t.csv, column 'b': The column cannot have the roles excluded and number"),
        ({"id": "nobody"}, "t.csv: There is no column 'nobody'. Its columns: 'a', 'b', 'y'"),
        ({"weight": "B"}, "There is no column 'B'. Its columns: 'a', 'b', 'y'. Did you mean 'b'?"),
    ],
)  # fmt: skip
def test_parts_that_contradict_each_other(make, roles, said):
    with pytest.raises(InputError, match=re.escape(said)):
        prepare(make(b=range(N), y=TWO), "y", None, Roles(**roles))


def test_rows_are_divided_by_groups_or_by_time(make):
    settings = Settings(make(y=TWO, who=range(N), day=range(N)), "y", roles=Roles(group="who", time="day"))
    with pytest.raises(InputError, match=re.escape("t.csv: Rows can be divided by groups or by time, not by both")):
        divide(settings, prepare("t.csv", "y", None, settings.roles))


@pytest.mark.parametrize(
    ("weight", "part"),
    [(lambda k: k >= 32, "training"), (lambda k: k < 24, "validation"), (lambda k: k < 32, "test")],
    ids=["training", "validation", "test"],
)
def test_every_part_of_the_rows_must_have_some_weight(make, weight, part):
    roles = Roles(weight="w", time="day")
    settings = Settings(
        make(y=VALUES, day=range(N), w=[float(weight(k)) for k in range(N)]), "y", roles=roles, test=0.2
    )
    ready = prepare("t.csv", "y", None, roles)
    said = f"t.csv, column 'w': must have a weight above 0 in some of the {part} rows, however: all are 0"
    with pytest.raises(InputError, match=re.escape(said)):
        require_weights(ready, divide(settings, ready))


def test_parts_with_some_weight_will_do(make):
    roles = Roles(weight="w", time="day")
    settings = Settings(make(y=VALUES, day=range(N), w=[0.0] * 23 + [1.0] * 2 + [0.0] * 14 + [1.0]), "y", roles=roles)
    ready = prepare("t.csv", "y", None, roles)
    require_weights(ready, divide(settings, ready))
    plain = Settings("t.csv", "y")
    ready = prepare("t.csv", "y", None, Roles(exclude="w"))
    require_weights(ready, divide(plain, ready))
