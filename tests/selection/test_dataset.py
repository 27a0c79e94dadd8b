"""What a table is for: its task, the rows that count, weights, groups, times, and parts that contradict each other."""

import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schuss.jobs.inspect import inspect
from schuss.selection.dataset import DataSet, DataSpec, groups, open_table, weights
from schuss.selection.plan import Plan
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
    data = DataSet.read(DataSpec(make(y=y), "y", asked))
    assert (data.task, data.target, data.name) == (task, "y", "t.csv")
    assert (data.classes or None) == classes
    assert data.source == "CSV, separated by ',', UTF-8"


@pytest.mark.parametrize(
    ("y", "asked", "said"),
    [
        (THREE, "binary", "t.csv, column 'y': The task binary needs two classes, and there are 3: 0, 1, 2. Leave t"),
        (TWO, "multiclass", "column 'y': The task multiclass needs more than two classes, and there are 2: 'no', "),
        (TWO, "regression", "t.csv, line 2, column 'y': The text 'no' is not a number"),
        (VALUES, "binary", "t.csv, line 3, column 'y': The double 0.25 is not a class: text, a boolean or a whole"),
        (["x"] * N, None, "t.csv, column 'y': There must be at least two classes, but there is only the class 'x'"),
        ([None] * N, None, "t.csv, column 'y': The target is missing in every row. Name anoth"),
        ([f"w{k}" for k in range(N)], None, "There are 40 distinct texts in 4"),
        ([1e101, *VALUES[1:]], None, "t.csv, line 2, column 'y': 1e+101 is too large: beyond ±1e+100 errors cannot be"),
        ([*VALUES[1:], -1e308], "regression", "t.csv, line 41, column 'y': -1e+308 is too large: beyond ±1e+100"),
    ],
)  # fmt: skip
def test_targets_that_do_not_fit_the_task(make, y, asked, said):
    with pytest.raises(InputError, match=re.escape(said)):
        DataSet.read(DataSpec(make(y=y), "y", asked))


def test_a_target_as_large_as_may_be(make):
    data = DataSet.read(DataSpec(make(y=[1e100, -1e100] * (N // 2)), "y"))
    assert data.task == "regression"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (None, "t.csv: Which column is to be predicted? There are 'a', 'Price', 'y'. Add --target COLUMN"),
        ("price", "t.csv: There is no column 'price'. Its columns: 'a', 'Price', 'y'. Did you mean 'Price'?"),
        ("cost", "There is no column 'cost'. Its columns: 'a', 'Price', 'y'. See that it is the right table"),
    ],
)
def test_a_target_that_is_not_there(make, target, said):
    with pytest.raises(InputError, match=re.escape(said)):
        DataSet.read(DataSpec(make(Price=VALUES, y=TWO), target))


def test_built_in_tables_know_their_target():
    data = DataSet.read(DataSpec("iris"))
    assert (data.target, data.task, data.source) == ("target", "classification", "built-in table")
    assert data.table.equals(load_builtin("iris")[0])
    assert DataSet.read(DataSpec("iris", "petal width (cm)")).task == "regression"
    with pytest.raises(InputError, match="iris: This is a built-in table, not a database of several"):
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
    roles = Roles(weight="w", group="who", time="day")
    data = DataSet.read(DataSpec(make(y=y, w=range(N), who=range(N), day=range(N)), "y", roles=roles))
    assert (data.rows, data.without_target, data.task) == (left, N - left, task)
    kept = data.weight.astype(int)
    assert data.table.column("a").to_pylist() == [1.5 * k for k in kept]
    assert len(np.unique(data.groups)) == len(data.groups) == left
    np.testing.assert_array_equal(data.time, kept)


@pytest.mark.parametrize(
    ("changes", "roles", "said"),
    [
        ({"b": "oops"}, {}, "t.csv, line 22, column 'b': The text 'oops' is not a number"),
        ({"w": -1}, {"weight": "w"}, "t.csv, line 22, column 'w': -1 is no weight"),
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
        inspect(DataSpec("t.csv", "y", roles=Roles(**roles)))


# Weights, groups, times


def test_weights_are_numbers(make):
    data = DataSet.read(DataSpec(make(y=TWO, w=[0, 2, 0.5, 1e9] * 10), "y", roles=Roles(weight="w")))
    np.testing.assert_array_equal(data.weight, [0, 2, 0.5, 1e9] * 10)
    assert DataSet.read(DataSpec("t.csv", "y")).weight is None


@pytest.mark.parametrize(
    ("w", "said"),
    [
        (
            [1.0] * 7 + [-0.5] * 33,
            "t.csv, line 9, column 'w': -0.5 is no weight: weights are finite numbers of at least 0. Corr",
        ),
        ([1.0] * 3 + [None] * 37, "t.csv, line 5, column 'w': None is no weight: weights are finite numbers"),
        ([1.0, float("inf")] * 20, "t.csv, line 3, column 'w': inf is no weight: weights are finite numbers"),
        ([0.0] * N, "t.csv, column 'w': All weights are 0. Name another column with --we"),
        ([1, "much"] * 20, "t.csv, line 3, column 'w': The text 'much' is not a number"),
    ],
    ids=["negative", "missing", "infinite", "all 0", "text"],
)
def test_what_is_no_weight(make, w, said):
    with pytest.raises(InputError, match=re.escape(said)):
        DataSet.read(DataSpec(make(y=TWO, w=w), "y", roles=Roles(weight="w")))


def test_nan_is_no_weight():
    with pytest.raises(InputError, match="row 2, column 'w': nan is no weight"):
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
    data = DataSet.read(DataSpec(make(y=VALUES, day=cells), "y", roles=Roles(time="day")))
    earlier = [[a < b for b in order] for a in order]
    np.testing.assert_array_equal(data.time[:, None] < data.time[None, :], earlier)


def test_times_of_typed_columns_order_rows(tmp_path):
    for type_ in (pa.timestamp("ns"), pa.timestamp("s", "Asia/Seoul"), pa.date32()):
        days = pa.array([day.replace(tzinfo=None) for day in DAYS], pa.timestamp("us")).cast(type_, safe=False)
        pq.write_table(pa.table({"a": VALUES, "y": VALUES, "day": days}), tmp_path / "t.parquet")
        data = DataSet.read(DataSpec(str(tmp_path / "t.parquet"), "y", roles=Roles(time="day")))
        order = [day.date() for day in DAYS] if type_ == pa.date32() else DAYS
        assert np.argsort(data.time, kind="stable").tolist() == sorted(range(N), key=order.__getitem__)


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
        DataSet.read(DataSpec(make(y=VALUES, day=cells), "y", roles=Roles(time="day")))


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
        DataSet.read(DataSpec(make(b=range(N), y=TWO), "y", roles=Roles(**roles)))


def test_rows_are_divided_by_groups_or_by_time(make):
    data = DataSet.read(DataSpec(make(y=TWO, who=range(N), day=range(N)), "y", roles=Roles(group="who", time="day")))
    with pytest.raises(InputError, match=re.escape("t.csv: Rows can be divided by groups or by time, not by both.")):
        data.splits(Plan())


@pytest.mark.parametrize(
    ("weight", "part"),
    [(lambda k: k >= 32, "training"), (lambda k: k < 24, "validation"), (lambda k: k < 32, "test")],
    ids=["training", "validation", "test"],
)
def test_every_part_of_the_rows_must_have_some_weight(make, weight, part):
    path = make(y=VALUES, day=range(N), w=[float(weight(k)) for k in range(N)])
    data = DataSet.read(DataSpec(path, "y", roles=Roles(weight="w", time="day")))
    said = f"t.csv, column 'w': All weights of the {part} rows are 0."
    with pytest.raises(InputError, match=re.escape(said)):
        data.splits(Plan(test=0.2))


def test_parts_with_some_weight_will_do(make):
    path = make(y=VALUES, day=range(N), w=[0.0] * 23 + [1.0] * 2 + [0.0] * 14 + [1.0])
    (split,) = DataSet.read(DataSpec(path, "y", roles=Roles(weight="w", time="day"))).splits(Plan())
    assert len(split.training) == 32
    (split,) = DataSet.read(DataSpec(path, "y", roles=Roles(exclude="w"))).splits(Plan())
    assert len(split.training) == 32


# Columns that are named, and words for missing cells


def spec_of(tmp_path, content, **options):
    (tmp_path / "t.csv").write_text(content)
    return DataSpec(str(tmp_path / "t.csv"), "y", **options)


NAMED = '"dist, km",a,"b ""c""",y\n' + "".join(f"{k / 7},{k % 5},{k % 3},{'uv'[k % 2]}\n" for k in range(20))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (("dist, km",), ("dist, km",)),
        (("dist, km", "a"), ("dist, km", "a")),
        (('"dist, km",a',), ("dist, km", "a")),
        (('a, "dist, km"',), ("a", "dist, km")),
        (('"b ""c""",a',), ('b "c"', "a")),
        (('b "c"',), ('b "c"',)),
        (("a",), ("a",)),
    ],
)
def test_names_of_columns_may_have_commas(given, found, tmp_path):
    for role in ("id", "exclude", "category", "number"):
        data = DataSet.read(spec_of(tmp_path, NAMED, roles=Roles(**{role: given})))
        assert getattr(data.roles, role) == found


def test_names_between_commas_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="There are no columns 'dist', 'kg'"):
        DataSet.read(spec_of(tmp_path, NAMED, roles=Roles(exclude="dist, kg")))


def test_words_for_missing_cells_of_ones_own(tmp_path):
    content = "x,n,c,y\nunknown,-999,unknown,a\n1.5,-999,red,unknown\n2.5,3,red,b\n3.5,4,blue,a\n"
    data = DataSet.read(spec_of(tmp_path, content, missing=("unknown", "-999")))
    assert data.classes == ("a", "b")
    assert data.without_target == 1
    assert data.table.drop_columns("y").to_pydict() == {
        "x": [None, 2.5, 3.5], "n": [None, 3, 4], "c": [None, "red", "blue"],
    }  # fmt: skip


def test_a_target_of_one_number_is_refused(tmp_path):
    content = "x,y\n" + "".join(f"{k / 7},2.5\n" for k in range(20))
    with pytest.raises(InputError, match=r"at least two different numbers, but every row has 2\.5"):
        DataSet.read(spec_of(tmp_path, content))


def test_spaces_around_do_not_divide_groups(tmp_path):
    content = "g,x,y\n" + "".join(f"{('a', ' a', 'b')[k % 3]},{k / 7},{'uv'[k % 2]}\n" for k in range(12))
    data = DataSet.read(spec_of(tmp_path, content, roles=Roles(group="g")))
    assert len(set(data.groups.tolist())) == 2
