"""Encodings of tables; every bad input with what its message must say."""

import gzip
import json
import math
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import LabelEncoder, StandardScaler

from schuss.tables import (
    Classes,
    Encoding,
    InputError,
    Number,
    infer_task,
    place,
    read,
)

ROWS = np.array([0, 1, 2, 3])

DAY = date(2020, 1, 1)
NAN = math.nan
NO_NUMBER = "must be a number or a boolean, however: the text "
GOOD = [1.0, 2.0, 3.0, 4.0]


def clipped(z):
    """Numbers drawn smoothly into ±3."""
    return z / np.sqrt(1 + (z / 3) ** 2)


CLASSES = ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("columns", "task", "said"),
    [
        ({"x": [1, 2, None, 4], "y": CLASSES}, None, "row 3, column 'x': must be a finite number, however: a missing"),
        ({"x": [None] * 4, "y": CLASSES}, None, "row 1, column 'x': must be a finite number, however: a missing value"),
        ({"x": [1, 2, 3, NAN], "y": CLASSES}, None, "row 4, column 'x': must be a finite number, however: a missing"),
        ({"x": [1, -math.inf, 3, 4], "y": CLASSES}, None, "row 2, column 'x': must be a finite number, however: -inf"),
        ({"x": ["1", None, "oops", "z"], "y": CLASSES}, None, "row 3, column 'x': " + NO_NUMBER + "'oops'; correct"),
        ({"x": ["1", "2", "3", "4"], "y": CLASSES}, None, "row 1, column 'x': " + NO_NUMBER + "'1'"),
        ({"x": ["yes", "no", "maybe", None], "y": CLASSES}, None, "however: the text 'yes'"),
        ({"x": pa.array(CLASSES).dictionary_encode(), "y": CLASSES}, None, "however: the text 'a'"),
        ({"x": 4 * [DAY], "z": CLASSES, "y": CLASSES}, None, "the date32[day] datetime.date(2020, 1, 1);"),
        ({"x": CLASSES, "z": CLASSES, "w": GOOD, "y": CLASSES}, None, "(also in the way: columns 'z')"),
        ({"x": [[1], [2], [3], [4]], "y": CLASSES}, None, "the list<item: int64> [1]"),
        ({"x": [1e200, -1e200, 1, 2], "y": CLASSES}, None, "column 'x': must hold numbers whose variance is finite"),
        ({"x": GOOD, "y": [0.5, 1.5, NAN, 2]}, None, "row 3, column 'y': must be a finite number, however: a missing"),
        ({"x": GOOD, "y": ["a", None, "a", "b"]}, None, "row 2, column 'y': must be a class, however: a missing value"),
        ({"x": GOOD, "y": [1, 1, 1, 1]}, None, "column 'y': must hold at least two classes, however: 1"),
        ({"x": GOOD, "y": [True] * 4}, None, "must hold at least two classes, however: True"),
        ({"x": GOOD, "y": ["1.5", "2.5", "3.5", "?"]}, None, "row 4, column 'y': " + NO_NUMBER + "'?'"),
        ({"x": GOOD, "y": ["p", "q", "r", "s"]}, None, "column 'y': must be classes that repeat, or numbers"),
        ({"x": GOOD, "y": 4 * [DAY]}, None, "column 'y': must be numbers, text or booleans, however: cells of"),
        ({"x": GOOD, "y": [0.0, 1.0, 0.0, 1.5]}, "classification", "row 4, column 'y': must be a class"),
        ({"x": GOOD, "y": [0.0, 1.0, 0.0, NAN]}, "classification", "row 4, column 'y': must be a class"),
        ({"x": GOOD, "y": CLASSES}, "regression", "row 1, column 'y': " + NO_NUMBER + "'a'"),
        ({"Price": GOOD, "x": GOOD}, None, "must have the column 'y', however: columns 'Price', 'x'; see"),
        ({"Y": GOOD, "x": GOOD}, None, "must have the column 'y', however: columns 'Y', 'x'; did you mean 'Y'?"),
        ({"y": CLASSES}, None, "must have a feature beside the target"),
    ],
)  # fmt: skip
def test_fit_refuses(columns, task, said):
    with pytest.raises(InputError) as caught:
        Encoding.fit(pa.table(columns), "y", ROWS, task)
    assert said in str(caught.value)


def test_fit_refuses_too_few_rows_repeated_names_and_unknown_tasks():
    table = pa.table({"x": GOOD, "y": CLASSES})
    with pytest.raises(InputError, match="at least 2 rows to train on, however: 1;"):
        Encoding.fit(table, "y", ROWS[:1])
    with pytest.raises(InputError, match="must name every column differently, however: 'x' repeated"):
        Encoding.fit(pa.table([GOOD, GOOD, CLASSES], names=["x", "x", "y"]), "y", ROWS)
    with pytest.raises(ValueError, match=r"unknown task 'classify'; did you mean 'classification'\?"):
        Encoding.fit(table, "y", ROWS, "classify")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('n,x,y\n"two\nlines",1,a\n\nthree,two,b\n', "line 5, column 'x': " + NO_NUMBER + "'two'"),
        ("x,y\n1,a\n,b\n", "line 3, column 'x': must be a finite number, however: a missing value"),
        ("x,y\n" + 30000 * "1,a\n2,b\n" + "1,a\noops,b\n", "line 60003, column 'x'"),
        ("x,y\n1,a\n2,\n", "line 3, column 'y': must be a class, however: a missing value"),
    ],
)  # fmt: skip
def test_messages_point_at_the_line_of_the_file(tmp_path, content, said):
    for name, data in ("t.csv", content.encode()), ("t.csv.gz", gzip.compress(content.encode(), mtime=0)):
        path = tmp_path / name
        path.write_bytes(data)
        table = read(path)
        features = [column for column in ("x", "y") if column in table.column_names]
        with pytest.raises(InputError) as caught:
            Encoding.fit(table.select(features), "y", np.arange(table.num_rows), "classification")
        assert f"{path}, {said}" in str(caught.value)


def test_a_place_is_a_row_where_there_are_no_lines(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), path)
    assert place(read(path), 1, "a") == f"{path}, row 2, column 'a'"
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n2\n")
    table = read(path)
    assert place(table, 1) == f"{path}, line 3"
    path.unlink()
    assert place(table, 1) == f"{path}, row 2"


def test_features_are_standardised_as_scikit_learn_does():
    random = np.random.default_rng(0)
    X = random.standard_normal((200, 5)) * [1, 1e-6, 1e9, 1, 1] + [0, 1, 1e12, 0.1, 0]
    X[:, 3] = 0.1  # a constant whose mean is not exactly itself
    X[:, 4] = random.integers(0, 2, 200)
    training = random.permutation(200)[:120]
    columns = {f"x{i}": X[:, i] for i in range(4)} | {"x4": X[:, 4].astype(bool), "y": X[:, 0] * 3 + 5}
    table = pa.table(columns)
    encoding = Encoding.fit(table, "y", training)
    scaler = StandardScaler().fit(X[training])
    assert [number.mean for number in encoding.inputs] == pytest.approx(scaler.mean_, rel=1e-14)
    assert [number.scale for number in encoding.inputs] == pytest.approx(scaler.scale_, rel=1e-12)
    features = encoding.features(table.select(["y", "x4", "x3", "x2", "x1", "x0"]))
    assert features.dtype == np.float32
    assert features.flags.c_contiguous
    np.testing.assert_allclose(features, clipped(scaler.transform(X)), rtol=1e-6, atol=1e-6)
    targets = encoding.targets(table)
    assert (targets.dtype, targets.shape) == (np.float32, (200, 1))
    np.testing.assert_allclose(encoding.restore(targets)[:, 0], columns["y"], rtol=1e-6, atol=1e-6)
    assert encoding.restore(targets).dtype == np.float64


def test_outlying_cells_stay_within_three_deviations():
    table = pa.table({"x": [0.0, 1.0, 2.0, 1e30], "y": CLASSES})
    features = Encoding.fit(table, "y", np.arange(3)).features(table)
    assert abs(features[:3]).max() < 1.2
    assert 2.99 < features[3, 0] <= 3


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2**53 + 1, 2**62, 7]),
        pa.array([True, False, True, True]),
        pa.array([Decimal("1.5"), Decimal("2"), Decimal("3"), Decimal("4")]),
        pa.array(np.array(GOOD, np.float16)),
        pa.array(np.array([1, 2, 3, 255], np.uint8)).dictionary_encode(),
        pa.array(["Yes", "no", "NO", "yes"]),
        pa.array(["t", "f", "t", "f"], pa.string_view()),
    ],
)
def test_kinds_of_numbers(values):
    expected = [{"yes": 1, "no": 0, "t": 1, "f": 0}.get(str(v).lower(), v) for v in values.to_pylist()]
    X = np.array(expected, np.float64)[:, None]
    table = pa.table({"x": pa.chunked_array([values[:1], values[1:]]), "y": CLASSES})
    features = Encoding.fit(table, "y", ROWS).features(table)
    np.testing.assert_allclose(features, clipped(StandardScaler().fit_transform(X)), rtol=1e-6, atol=1e-6)


def test_other_tables_at_prediction():
    encoding = Encoding.fit(pa.table({"price": GOOD, "size": GOOD, "y": CLASSES}), "y", ROWS)
    with pytest.raises(InputError, match=r"must have the column 'price', .*; did you mean 'prise'\?"):
        encoding.features(pa.table({"prise": GOOD, "size": GOOD}))
    with pytest.raises(InputError, match="row 2, column 'size': must be a number of the size of those trained on"):
        encoding.features(pa.table({"price": [1, 1], "size": [1, 1e300]}))
    with pytest.raises(InputError, match="row 2, column 'y': must be one of the classes 'a', 'b', however: 'B'; did"):
        encoding.targets(pa.table({"y": ["a", "B"]}))
    with pytest.raises(InputError, match="must have the column 'y'"):
        encoding.targets(pa.table({"price": GOOD, "size": GOOD}))
    extra = pa.table({"size": [1], "extra": ["text"], "price": [4]})
    z = 1.5 / 1.25**0.5
    np.testing.assert_allclose(encoding.features(extra), [[clipped(z), -clipped(z)]], rtol=1e-6)
    with pytest.raises(TypeError, match="'y' is a column of classes"):
        encoding.restore(np.zeros(1))
    with pytest.raises(TypeError, match="'x' is a regression target"):
        Encoding.fit(pa.table({"x": GOOD, "z": GOOD}), "x", ROWS).labels(np.zeros(1, int))


@pytest.mark.parametrize(
    ("values", "later"),
    [
        (["no", "yes", "no", "예"], ["yes", "no"]),
        ([3, -1, 3, 10], ["10", "-1"]),
        ([True, False, True, True], ["true", "false"]),
        (pa.array(["b", "a", "b", "b"]).dictionary_encode(), ["b", "a"]),
        ([2.0, 1.0, 2.0, 1.0], [1, 2]),
        ([Decimal(1), Decimal(0), Decimal(0), Decimal(0)], [True - 1, 1]),
        (["1", "2", "x", "1"], [1, 2]),
    ],
)
def test_classes_keep_their_type_and_order(values, later):
    table = pa.table({"x": GOOD, "y": values})
    encoding = Encoding.fit(table, "y", ROWS, "classification")
    labels = table["y"].to_pylist()
    codes = encoding.targets(table)
    assert codes.dtype == np.int32
    np.testing.assert_array_equal(codes, LabelEncoder().fit_transform(labels))
    assert encoding.labels(codes) == labels
    assert {type(label) for label in encoding.labels(codes)} <= {int, str, bool}
    assert [str(label).lower() for label in encoding.labels(encoding.targets(pa.table({"y": later})))] == [
        str(label).lower() for label in later
    ]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (np.arange(100) % 20, "classification"),
        (np.arange(100) % 21, "regression"),
        (np.arange(10), "regression"),
        (np.arange(4) % 2, "classification"),
        (np.arange(100) % 2 == 0, "classification"),
        ((np.arange(100) % 2).astype(float), "regression"),
        ([f"class {k % 40}" for k in range(100)], "classification"),
        ([str(k % 5) for k in range(99)] + ["unknown"], "classification"),
    ],
)
def test_the_task_is_inferred(values, task):
    assert infer_task(pa.table({"y": values}), "y") == task


numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.lists(st.text(), min_size=2, max_size=6, unique=True)
labels = (st.integers(-(2**63), 2**63 - 1), st.text(), st.booleans())
class_lists = st.one_of(*(st.lists(kind, min_size=2, max_size=5, unique=True) for kind in labels))


@given(names, st.data())
def test_encodings_survive_json(names, data):
    def number(name: str) -> Number:
        return Number(name, data.draw(numbers), data.draw(st.floats(min_value=5e-324, allow_infinity=False)))

    target, *features = names
    classes = data.draw(st.none() | class_lists)
    output = number(target) if classes is None else Classes(target, tuple(sorted(classes)))
    encoding = Encoding(tuple(map(number, features)), output)
    back = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict())))
    assert back == encoding
    assert repr(back) == repr(encoding)  # == takes 1 for True and for 1.0


X = {"name": "x", "mean": 0.0, "scale": 1.0}
Y = {"name": "y", "classes": ["a", "b"]}


@pytest.mark.parametrize(
    "record",
    [
        None, [], {}, {"features": [X]}, {"features": [X], "target": Y, "more": 1}, {"features": X, "target": Y},
        {"features": [], "target": Y}, {"features": [X, X], "target": Y}, {"features": [X], "target": X},
        {"features": [X | {"scale": 0.0}], "target": Y}, {"features": [X | {"scale": math.inf}], "target": Y},
        {"features": [X | {"mean": NAN}], "target": Y}, {"features": [X | {"mean": 10**400}], "target": Y},
        {"features": [X | {"mean": "0"}], "target": Y}, {"features": [X | {"mean": True}], "target": Y},
        {"features": [X | {"name": 1}], "target": Y}, {"features": ["x"], "target": Y},
        {"features": [X], "target": Y | {"classes": ["a"]}}, {"features": [X], "target": Y | {"classes": ["b", "a"]}},
        {"features": [X], "target": Y | {"classes": ["a", 1]}}, {"features": [X], "target": Y | {"classes": [0, True]}},
        {"features": [X], "target": Y | {"classes": [1.0, 2.0]}}, {"features": [X], "target": Y | {"classes": "ab"}},
        {"features": [X], "target": Y | {"classes": [0, 2**63]}}, {"features": [X], "target": {"name": "y"}},
    ],
)  # fmt: skip
def test_encodings_that_were_edited_are_refused(record):
    assert Encoding.from_dict({"features": [X], "target": Y}).classes == ("a", "b")
    with pytest.raises(InputError, match=r"the encoding.*must"):
        Encoding.from_dict(record)
