"""Encodings of tables: numbers, targets, plans as JSON; every bad input with what its message must say."""

import gzip
import json
import math
from datetime import date, timedelta
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import LabelEncoder, StandardScaler

from schuss.tables import ClassTarget, Encoding, InputError, NumberTarget, Roles, infer_task, place, read
from schuss.tables.encoding.boolean import Boolean
from schuss.tables.encoding.category import Embedded, OneHot, embedding_width
from schuss.tables.encoding.date_parts import AMOUNTS, PERIODS, Date
from schuss.tables.encoding.dates import FORMS
from schuss.tables.encoding.numeric import PiecewiseLinear, Quantile, Scaled
from schuss.tables.encoding.scaling import VENTILES
from schuss.tables.statistics import quantiles
from schuss.tables.task import present

ROWS = np.array([0, 1, 2, 3])
DAY = date(2020, 1, 1)
NAN = math.nan
INF = math.inf
NO_NUMBER = "The text "
CHOICES = "a number. Correct it, or take the column for categories with --category COLUMN, or leave it out"
GOOD = [1.0, 2.5, 3.0, 4.0]
CLASSES = ["a", "b", "a", "b"]


def clipped(z):
    """Numbers drawn smoothly into ±3."""
    return z / np.sqrt(1 + (z / 3) ** 2)


def encode(x, training=None, **options) -> np.ndarray:
    """Features of a table with one column."""
    table = pa.table({"x": x, "y": np.arange(len(x)) % 2})
    rows = np.arange(len(x)) if training is None else training
    return Encoding.fit(table, "y", rows, "classification", **options).features(table)


# What is refused


@pytest.mark.parametrize(
    ("columns", "task", "said"),
    [
        ({"x": ["1", "2", "oops", None], "y": CLASSES}, None, f"row 3, column 'x': {NO_NUMBER}'oops' is not {CHOICES}"),
        ({"x": ["1", "2", "3", "4,5"], "y": CLASSES}, None, f"row 4, column 'x': {NO_NUMBER}'4,5'"),
        ({"x": ["1", "2", "oo"], "z": ["2020-01-01", "2020-01-02", "-1"], "y": ["a", "b", "a"]}, None, "cells: 'z'."),
        ({"x": ["2020-01-01", "2020-01-02", "2020-02-30"], "y": ["a", "b", "a"]}, None, "'2020-02-30' is not a date"),
        ({"x": [[1], [2], [3], [4]], "y": CLASSES}, None, "There is no feature beside the target. Left out: 'x': cell"),
        ({"x": [None] * 4, "y": CLASSES}, None, "Left out: 'x': no value in any training row. Add a column"),
        ({"x": GOOD, "y": [0.5, 1.5, NAN, 2]}, None, "row 3, column 'y': There is a missing value instead of a finite"),
        ({"x": GOOD, "y": [0.5, 1.5, -INF, 2]}, None, "row 3, column 'y': -inf is not a finite number"),
        ({"x": GOOD, "y": ["a", None, "a", "b"]}, None, "row 2, column 'y': There is a missing value instead of a cla"),
        ({"x": GOOD, "y": [1, 1, 1, 1]}, None, "There must be at least two classes, but there is only the class 1"),
        ({"x": GOOD, "y": [True] * 4}, None, "There must be at least two classes, but there is only the class True"),
        ({"x": GOOD, "y": pa.nulls(4, pa.bool_())}, None, "There must be at least two classes, but there is no class"),
        ({"x": GOOD, "y": ["1.5", "2.5", "3.5", "x"]}, None, f"row 4, column 'y': {NO_NUMBER}'x' is not a number. Cor"),
        ({"x": GOOD, "y": ["p", "q", "r", "s"]}, None, "column 'y': There are 4 distinct texts in 4 rows, such as 'p'"),
        ({"x": GOOD, "y": 4 * [DAY]}, None, "column 'y': Cells of type"),
        ({"x": GOOD, "y": [0.0, 1.0, 0.0, 1.5]}, "classification", "row 4, column 'y': The double 1.5 is not a class"),
        ({"x": GOOD, "y": [0.0, 1.0, NAN, 0.0]}, "classification", "row 3, column 'y': There is a missing value inste"),
        ({"x": GOOD, "y": CLASSES}, "regression", "row 1, column 'y': " + NO_NUMBER + "'a'"),
        ({"Price": GOOD, "x": GOOD}, None, "There is no column 'y'. Its columns: 'Price', 'x'. See"),
        ({"Y": GOOD, "x": GOOD}, None, "There is no column 'y'. Its columns: 'Y', 'x'. Did you mean 'Y'?"),
        ({"y": CLASSES}, None, "There is no feature beside the target. It stands alone."),
    ],
)  # fmt: skip
def test_fit_refuses(columns, task, said):
    table = pa.table(columns)
    with pytest.raises(InputError) as caught:
        Encoding.fit(table, "y", np.arange(table.num_rows), task)
    assert said in str(caught.value)


def test_fit_refuses_too_few_rows_repeated_names_and_unknown_words():
    table = pa.table({"x": GOOD, "y": CLASSES})
    with pytest.raises(InputError, match=r"at least 2 rows to train on, not 1. Add"):
        Encoding.fit(table, "y", ROWS[:1])
    with pytest.raises(InputError, match=r"There is more than one column named 'x'\."):
        Encoding.fit(pa.table([GOOD, GOOD, CLASSES], names=["x", "x", "y"]), "y", ROWS)
    with pytest.raises(ValueError, match=r"There is no task 'classify'. Did you mean 'classification'\?"):
        Encoding.fit(table, "y", ROWS, "classify")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"There is no encoding of numbers 'robot'. Did you mean 'robust'\?"):
        Encoding.fit(table, "y", ROWS, numeric="robot")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('n,x,y\n"two\nlines",1,a\n\nthree,2,b\nfour,oops,b\n', "line 6, column 'x': " + NO_NUMBER + "'oops'"),
        ("x,y\n" + 30000 * "1,a\n2,b\n" + "1,a\noops,b\n", "line 60003, column 'x'"),
        ("x,y\n1,a\n2,\n1,b\n", "line 3, column 'y': There is a missing value instead of a class"),
    ],
)  # fmt: skip
def test_messages_point_at_the_line_of_the_file(tmp_path, content, said):
    for name, data in ("t.csv", content.encode()), ("t.csv.gz", gzip.compress(content.encode(), mtime=0)):
        path = tmp_path / name
        path.write_bytes(data)
        table = read(path)
        with pytest.raises(InputError) as caught:
            Encoding.fit(table.select(["x", "y"]), "y", np.arange(table.num_rows), "classification")
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


# Numbers


@pytest.mark.parametrize("numeric", ["robust", "standard"])
def test_numbers_are_scaled_as_scikit_learn_does(numeric):
    random = np.random.default_rng(0)
    X = random.standard_normal((200, 4)) * [1, 1e-6, 1e9, 1] + [0, 1, 1e12, 0.1]
    X[:, 3] = random.integers(0, 2, 200)
    training = random.permutation(200)[:120]
    table = pa.table({f"x{i}": X[:, i] for i in range(4)} | {"y": X[:, 0] * 3 + 5})
    encoding = Encoding.fit(table, "y", training, numeric=numeric)
    measured = np.quantile(X[training], VENTILES, axis=0) if numeric == "robust" else X[training]
    expected = StandardScaler().fit(measured).transform(X)
    features = encoding.features(table.select(["y", "x3", "x2", "x1", "x0"]))
    assert features.dtype == np.float32
    assert features.flags.c_contiguous
    np.testing.assert_allclose(features, clipped(expected), rtol=1e-5, atol=1e-6)
    assert encoding.input_names == encoding.feature_names == ("x0", "x1", "x2", "x3")
    assert (encoding.numbers, encoding.embeddings) == (4, ())
    targets = encoding.targets(table)
    assert (targets.dtype, targets.shape) == (np.float32, (200, 1))
    np.testing.assert_allclose(targets, StandardScaler().fit(X[training, :1]).transform(X[:, :1]), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(encoding.restore(targets)[:, 0], X[:, 0] * 3 + 5, rtol=1e-6, atol=1e-6)
    assert encoding.restore(targets).dtype == np.float64


def test_all_cells_count_where_nearly_all_are_equal():
    x = np.zeros(100)
    x[:4] = np.arange(1, 5)
    np.testing.assert_allclose(encode(x)[:, 0], clipped((x - x.mean()) / x.std()), rtol=1e-5)
    np.testing.assert_allclose(encode([1.0, 1.0, NAN, 1.0])[:, 0], 0)


def test_outliers_hardly_move_the_others():
    x = np.random.default_rng(5).standard_normal(400)
    dirty = np.where(np.arange(400) % 25 == 0, 1e9, x)  # 4 in 100, all on one side
    kept = dirty == x
    shift = np.abs(encode(dirty) - encode(x))[kept, 0]
    assert shift.max() < 0.25
    assert np.abs(encode(dirty, numeric="standard"))[kept].max() < 0.3  # where they are measured, the rest is a point


def test_rounding_of_quantiles_makes_no_range():
    x = np.array([0.1] * 60 + [0.2])  # of which DuckDB finds quantiles that differ in the last digit
    assert len(np.unique(quantiles([x], np.linspace(0, 0.9, 50)))) == 1
    large = 1e12 + np.random.default_rng(4).standard_normal(1000) / 10
    np.testing.assert_allclose(quantiles([large], [0.25, 0.5, 0.75])[0], np.quantile(large, [0.25, 0.5, 0.75]), rtol=0)
    np.testing.assert_allclose(encode(x)[-1, 0], clipped((0.2 - x.mean()) / x.std()), rtol=1e-6)
    assert encode(x, numeric="piecewise_linear").shape == (61, 1)


@pytest.mark.parametrize("numeric", ["auto", "robust", "standard", "quantile", "piecewise_linear"])
def test_missing_and_infinite_cells(numeric):
    x = [1.0, 2.0, NAN, 4.0, INF, -INF, 3.0, 5.0]
    table = pa.table({"x": x, "y": np.arange(8) % 2})
    encoding = Encoding.fit(table, "y", np.arange(8), "classification", numeric=numeric)
    features = encoding.features(table)
    assert np.isfinite(features).all()
    np.testing.assert_array_equal(features[:, -1], np.isnan(x))
    center = encoding.features(pa.table({"x": [3.0]}))  # both mean and median of the finite cells
    np.testing.assert_allclose(features[2, :-1], center[0, :-1], atol=1e-6)
    order = features[[5, 0, 1, 6, 3, 7, 4], :-1].sum(axis=1)
    assert (np.diff(order) >= 0).all()
    assert order[0] < order[2] < order[-1]
    if numeric in ("auto", "robust", "standard"):
        np.testing.assert_array_equal(features[4:6, 0], [3, -3])
    whole = Encoding.fit(table.take([0, 1, 3, 6]), "y", ROWS, "classification", numeric=numeric)
    later = whole.features(pa.table({"x": pa.array([None, 2.5])}))
    assert later.shape[1] == features.shape[1] - 1 if numeric != "piecewise_linear" else True
    np.testing.assert_allclose(later[0], later[1], atol=1e-6)  # 2.5 is the mean and the median


@pytest.mark.parametrize("numeric", ["auto", "robust", "standard", "quantile", "piecewise_linear"])
def test_statistics_are_those_of_training_rows(numeric):
    random = np.random.default_rng(1)
    x = random.standard_normal(100)
    other = np.where(np.arange(100) < 60, x, 1e6 * x)
    first, second = (
        Encoding.fit(pa.table({"x": values, "y": x > 0}), "y", np.arange(60), numeric=numeric) for values in (x, other)
    )
    assert first == second


def test_quantiles_become_normal_scores_whatever_the_distribution():
    random = np.random.default_rng(2)
    z = random.standard_normal(20_000)
    scores = encode(np.exp(z) ** 3, numeric="quantile")[:, 0]
    inner = np.abs(z) < 1.7
    np.testing.assert_allclose(scores[inner], z[inner], atol=0.1)
    assert scores.max() == pytest.approx(NormalDist().inv_cdf(1 - 0.5 / 63), abs=1e-6)
    ties = encode(np.repeat([0.0, 1.0], [750, 250]), numeric="quantile")[[0, -1], 0]
    np.testing.assert_allclose(ties, [NormalDist().inv_cdf(p) for p in (47 / 126, 110 / 126)], atol=1e-6)


@pytest.mark.parametrize(
    ("column", "long"),
    {
        "normal": (lambda z: z, False),
        "exponential": (lambda z: -np.log(np.random.default_rng(7).random(len(z))), False),
        "prices": (lambda z: np.exp(1.5 * z), True),
        "debts": (lambda z: -np.exp(1.5 * z), True),
        "mostly 0": (lambda z: np.where(z > 0.5, np.exp(3 * z), 0), False),
        "two numbers": (lambda z: np.where(z > 1, 1.0, 0.0), False),
        "one outlier": (lambda z: np.where(np.arange(len(z)) == 3, 1e9, z), False),
    }.values(),
)
def test_long_tails_become_normal_scores_by_default(column, long):
    x = column(np.random.default_rng(6).standard_normal(2000))
    np.testing.assert_array_equal(encode(x, numeric="auto"), encode(x, numeric="quantile" if long else "robust"))
    assert np.abs(encode(x, numeric="quantile") - encode(x, numeric="robust")).max() > 0.1


def test_ramps_are_those_of_the_paper():
    random = np.random.default_rng(3)
    x = np.round(random.gamma(2, size=500), 2)
    later = np.append(x, [-1, 1000])
    table = pa.table({"x": later, "y": np.arange(502) % 2})
    encoding = Encoding.fit(table, "y", np.arange(500), numeric="piecewise_linear")
    b = np.unique(np.quantile(x, np.arange(17) / 16))
    expected = np.clip((later[:, None] - b[:-1]) / (b[1:] - b[:-1]), 0, 1)
    np.testing.assert_allclose(encoding.features(table), expected, atol=1e-6)
    few = Encoding.fit(pa.table({"x": x // 2, "y": x > 1}), "y", np.arange(500), numeric="piecewise_linear")
    assert len(few.input_names) < 16


@pytest.mark.parametrize("numeric", ["auto", "robust", "standard", "quantile", "piecewise_linear"])
@given(x=st.lists(st.floats(allow_nan=True, width=64), min_size=4, max_size=30))
@example(x=[0.0] * 10 + [-6.1497743836623176e16] * 2)
@settings(max_examples=40, deadline=None)
def test_any_numbers_become_small_ones(numeric, x):
    finite = np.isfinite(x)
    if not finite.any() or len(set(np.array(x)[finite])) < 2:
        return
    features = encode(x, numeric=numeric)
    assert np.isfinite(features).all()
    assert np.abs(features).max() <= 3


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2**53 + 1, 2**62, 1]),
        pa.array([Decimal("1.5"), Decimal("2"), Decimal("3"), Decimal("4")]),
        pa.array(np.array(GOOD, np.float16)),
        pa.array(np.array([1, 2, 3, 255], np.uint8)),
        pa.array([2**64 - 1, 0, 5, 5], pa.uint64()),
        pa.array(["1", " 2.50 ", "+3e0", ".4"]),
        pa.array(["1", "2", "3", "4"], pa.string_view()),
    ],
)
def test_kinds_of_numbers(values):
    X = np.array([float(v) for v in values.to_pylist()])[:, None]
    table = pa.table({"x": pa.chunked_array([values[:1], values[1:]]), "y": CLASSES})
    roles = Roles(number="x")
    features = Encoding.fit(table, "y", ROWS, roles=roles, numeric="standard").features(table)
    np.testing.assert_allclose(features, clipped(StandardScaler().fit_transform(X)), rtol=1e-5, atol=1e-6)


MIXED = {
    "street": [f"s{k % 20}" for k in range(400)],  # embedded: its code comes last
    "price": [None if k % 50 == 0 else 2 ** (k / 20) for k in range(400)],  # a long tail
    "new": [k % 3 == 0 for k in range(400)],
    "age": [float(k % 90) for k in range(400)],
    "city": [["a", "b", "c", None][k % 4] for k in range(400)],
    "when": [None if k % 40 == 0 else DAY + timedelta(days=13 * k) for k in range(400)],
    "y": [k % 2 for k in range(400)],
}


@pytest.mark.parametrize(
    ("numeric", "numbers"),
    [
        ("auto", ["price", "age"]),
        ("robust", ["price", "age"]),
        ("standard", ["price", "age"]),
        ("quantile", ["price", "age"]),
        ("piecewise_linear", []),
    ],
)
def test_quantities_are_numbers_on_a_scale_and_no_marks_waves_ramps_or_codes(numeric, numbers):
    encoding = Encoding.fit(pa.table(MIXED), "y", np.arange(400), "classification", numeric=numeric)
    encoders = {type(feature).__name__ for feature in encoding.inputs}
    assert encoders - {"Scaled", "Quantile", "PiecewiseLinear"} == {"Embedded", "Boolean", "OneHot", "Date"}
    assert numeric != "auto" or encoders >= {"Scaled", "Quantile"}
    names = encoding.input_names
    dates = ["when: year", "when: day", "when: days"]
    assert [names[place] for place in encoding.quantities] == numbers + dates
    assert len(names) > len(encoding.quantities) + 8
    assert max(encoding.quantities) < encoding.numbers
    assert Encoding.from_dict(json.loads(json.dumps(encoding.to_dict()))).quantities == encoding.quantities


def test_text_that_means_missing():
    words = ["NA", "n/a", "NaN", "null", "None", "?", "-", "", None]
    features = encode([*map(str, range(10, 30)), *words, "inf", "-Infinity"])
    np.testing.assert_array_equal(features[:, 1], np.isin(np.arange(31), range(20, 29)))
    np.testing.assert_array_equal(features[-2:, 0], [3, -3])


def test_durations_are_seconds():
    table = pa.table({"x": pa.array([1000, 4000, 2000, 8000], pa.duration("ms")), "y": CLASSES})
    encoding = Encoding.fit(table, "y", ROWS)
    assert encoding.inputs[0].center == pytest.approx(np.quantile([1, 2, 4, 8], VENTILES).mean())
    microseconds = table.set_column(0, "x", table["x"].cast(pa.duration("us")))
    np.testing.assert_array_equal(encoding.features(microseconds), encoding.features(table))


# Other tables at prediction


def test_other_tables_at_prediction():
    encoding = Encoding.fit(pa.table({"price": GOOD, "size": GOOD, "y": CLASSES}), "y", ROWS)
    with pytest.raises(InputError, match=r"There is no column 'price'. .* Did you mean 'prise'\?"):
        encoding.features(pa.table({"prise": GOOD, "size": GOOD}))
    with pytest.raises(
        InputError,
        match=r"columns 'price', 'size'. .* Did you mean 'prise' for 'price'\? Did you mean 'sizes' for 'size'",
    ):
        encoding.features(pa.table({"prise": GOOD, "sizes": GOOD}))
    with pytest.raises(InputError, match=r"row 2, column 'size': The text 'big' is not a number. Correct"):
        encoding.features(pa.table({"price": [1, 1], "size": ["1", "big"]}))
    with pytest.raises(InputError, match=r"row 1, column 'size': The date32.* is not a number"):
        encoding.features(pa.table({"price": [1], "size": [DAY]}))
    with pytest.raises(InputError, match=r"row 2, column 'y': 'B' is none of the classes 'a', 'b'. Did"):
        encoding.targets(pa.table({"y": ["a", "B"]}))
    with pytest.raises(InputError, match="There is no column 'y'"):
        encoding.targets(pa.table({"price": GOOD, "size": GOOD}))
    extra = pa.table({"size": [1], "extra": ["text"], "price": [4]})
    ventiles = np.quantile(GOOD, VENTILES)
    z = (np.array([4, 1]) - ventiles.mean()) / ventiles.std()
    np.testing.assert_allclose(encoding.features(extra), [clipped(z)], rtol=1e-6)
    assert encoding.features(extra.slice(0, 0)).shape == (0, 2)
    with pytest.raises(TypeError, match="'y' is a column of classes"):
        encoding.restore(np.zeros(1))
    regression = Encoding.fit(pa.table({"x": GOOD, "z": GOOD}), "x", ROWS)
    with pytest.raises(TypeError, match="'x' is a regression target"):
        regression.labels(np.zeros(1, int))
    with pytest.raises(InputError, match=r"row 2, column 'x': .* is not a number of the size of those trained on"):
        regression.targets(pa.table({"x": [1, 1e300]}))


# Targets


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
        ([2**63 - 1, -(2**63), 0, 0], [0, 2**63 - 1]),
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


def test_classes_have_no_spaces_around_them():
    table = pa.table({"x": GOOD, "y": [" a", "a ", "\u00a0b", "a"]})
    encoding = Encoding.fit(table, "y", ROWS, "classification")
    assert encoding.labels(encoding.targets(table)) == ["a", "a", "b", "a"]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (np.arange(100) % 20, "classification"),
        (np.arange(100) % 21, "regression"),
        (np.arange(10), "regression"),
        (np.arange(4) % 2, "classification"),
        (np.arange(100) % 2 == 0, "classification"),
        ((np.arange(100) % 2).astype(float), "classification"),
        ((np.arange(100) % 2) + 0.5, "regression"),
        (np.where(np.arange(100) % 9, np.arange(100) % 2, np.nan), "classification"),
        ((np.arange(100) % 21).astype(float), "regression"),
        (np.where(np.arange(100) % 9, np.arange(100) % 2, np.inf), "regression"),
        ([Decimal(k % 3) for k in range(100)], "classification"),
        ([f"class {k % 40}" for k in range(100)], "classification"),
        ([str(k % 5) for k in range(99)] + ["unknown"], "classification"),
        ([str(k / 2) for k in range(99)] + ["NA"], "regression"),
        ([f"{k % 40:03}" for k in range(100)], "classification"),
    ],
)
def test_the_task_is_inferred(values, task):
    assert infer_task(pa.table({"y": values}), "y") == task


@pytest.mark.parametrize(
    ("values", "there"),
    [
        ([1.5, None, NAN, 2.5], [0, 3]),
        ([1, None, 0, 1], [0, 2, 3]),
        (["1.5", "NA", "?", "2"], [0, 3]),
        (["NA", "?", "yes", None], [0, 1, 2]),
        ([True, None, False, None], [0, 2]),
        (pa.nulls(4), []),
    ],
)
def test_rows_with_a_target(values, there):
    rows = present(pa.table({"y": values}), "y")
    np.testing.assert_array_equal(rows, there)
    assert rows.dtype == np.int64


def test_missing_targets_may_be_left_out():
    table = pa.table({"x": [*GOOD, 5.0, 6.0], "y": ["a", None, "b", "a", None, "b"]})
    rows = present(table, "y")
    encoding = Encoding.fit(table, "y", rows)
    np.testing.assert_array_equal(encoding.targets(table, rows), [0, 1, 0, 1])
    with pytest.raises(InputError, match=r"row 2, column 'y': There is a missing value instead of a class"):
        encoding.targets(table)
    numbers = table.set_column(1, "y", pa.array([1.0, None, 2.0, 4.0, NAN, 5.0]))
    encoding = Encoding.fit(numbers, "y", rows)
    np.testing.assert_allclose(encoding.restore(encoding.targets(numbers, rows))[:, 0], [1, 2, 4, 5], rtol=1e-6)


def test_a_target_too_large_to_be_squared():
    table = pa.table({"x": GOOD, "y": [1e200, -1e200, 3e199, 1.0]})
    encoding = Encoding.fit(table, "y", ROWS)
    np.testing.assert_allclose(encoding.restore(encoding.targets(table))[:, 0], table["y"].to_numpy(), atol=1e194)


# Plans


finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=5e-324, allow_infinity=False)
texts = st.text()
labels = (st.integers(-(2**63), 2**63 - 1), texts, st.booleans())
class_lists = st.one_of(*(st.lists(kind, min_size=2, max_size=5, unique=True) for kind in labels))
levels = st.lists(texts, min_size=1, max_size=5, unique=True).map(lambda found: tuple(sorted(found)))
ascending = st.lists(finite, min_size=2, max_size=17, unique=True).map(lambda found: tuple(sorted(found)))
dates = st.tuples(
    st.sampled_from(["", *FORMS]),
    finite,
    st.sets(st.sampled_from(list(PERIODS))).map(lambda found: tuple(part for part in PERIODS if part in found)),
    st.just(AMOUNTS),
    st.tuples(finite, finite, finite),
    st.tuples(positive, positive, positive),
    st.booleans(),
)


def features(name: str):
    """Any encoder for a column of this name."""
    return st.one_of(
        st.builds(Scaled, st.just(name), finite, st.booleans(), positive, st.sampled_from(["robust", "standard"])),
        ascending.flatmap(
            lambda knots: st.builds(Quantile, st.just(name), finite, st.booleans(), st.just(knots), st.just(knots))
        ),
        st.builds(PiecewiseLinear, st.just(name), finite, st.booleans(), ascending),
        st.builds(Boolean, st.just(name), st.booleans()),
        st.builds(OneHot, st.just(name), levels, st.booleans(), st.booleans()),
        st.builds(Embedded, st.just(name), levels, st.booleans(), st.integers(1, 50)),
        dates.map(lambda fields: Date(name, *fields)),
    )


@given(st.lists(texts, min_size=2, max_size=6, unique=True), st.data())
@settings(deadline=None)
def test_encodings_survive_json(names, data):
    target, *columns = names
    classes = data.draw(st.none() | class_lists)
    output = NumberTarget(target, data.draw(finite), data.draw(positive)) if classes is None else None
    inputs = tuple(data.draw(features(name)) for name in columns)
    encoding = Encoding(inputs, output or ClassTarget(target, tuple(sorted(classes))))
    back = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict())))
    assert back == encoding
    assert repr(back) == repr(encoding)  # == takes 1 for True and for 1.0


def test_a_fitted_encoding_survives_json():
    n = 60
    table = pa.table(
        {
            "x": pa.array([None, *np.arange(1, n) ** 2 / 7]),
            "c": [f"{k % 20}a" for k in range(n)],
            "d": [f"2024-01-{k % 28 + 1:02}" for k in range(n)],
            "id": range(n),
            "y": np.arange(n) % 3,
        }
    )
    for numeric in ("robust", "quantile", "piecewise_linear"):
        encoding = Encoding.fit(table, "y", np.arange(0, n, 2), roles=Roles(exclude="c"), numeric=numeric)
        back = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict(), allow_nan=False)))
        assert back == encoding
        np.testing.assert_array_equal(back.features(table), encoding.features(table))
        assert [decision.name for decision in back.plan()] == table.column_names
        assert back.left_out == (("c", "excluded", "your choice"), encoding.left_out[1])


SCALED = {
    "encoder": "Scaled", "name": "x", "center": 0.0, "missing": False, "form": "", "scale": 1.0, "method": "robust",
}  # fmt: skip
QUANTILE = {
    "encoder": "Quantile", "name": "q", "center": 0.0, "missing": True, "form": "1,234.5",
    "knots": [0.0, 1.0], "scores": [-1.0, 1.0],
}  # fmt: skip
RAMPS = {
    "encoder": "PiecewiseLinear", "name": "p", "center": 0.0, "missing": False, "form": "",
    "knots": [0.0, 1.0, 2.0],
}  # fmt: skip
BOOLEAN = {"encoder": "Boolean", "name": "b", "missing": False}
ONE_HOT = {"encoder": "OneHot", "name": "o", "levels": ["a", "b"], "missing": False, "rare": 0.1, "other": True}
EMBEDDED = {"encoder": "Embedded", "name": "e", "levels": ["a", "b"], "missing": False, "rare": 0.0, "width": 2}
MEAN = {
    "encoder": "TargetMean", "name": "e", "levels": ["a", "b"], "missing": False, "rare": 0.0, "of": ["share of b"],
    "means": [0.5, 0.25, 0.75], "centers": [0.5], "scales": [0.125],
}  # fmt: skip
VALUES = {"encoder": "Repeated", "name": "x", "values": [0.0, 1.0, 2.0], "width": 3, "form": ""}
DATE = {
    "encoder": "Date", "name": "d", "form": "year first", "origin": 0.0, "cycles": ["month"],
    "amounts": ["days"], "centers": [1.0], "scales": [1.0], "missing": False,
}  # fmt: skip
Y = {"name": "y", "classes": ["a", "b"]}
Z = {"name": "y", "mean": 0.0, "scale": 1.0, "form": ""}
DECISION = ["x", "number", "scaled", "numbers"]
GOOD_PLAN = {
    "features": [SCALED, QUANTILE, RAMPS, BOOLEAN, ONE_HOT, EMBEDDED, MEAN, DATE, VALUES],
    "target": Y,
    "columns": [DECISION],
}  # fmt: skip


def with_feature(feature):
    return {"features": [feature], "target": Y, "columns": []}


def with_target(target):
    return {"features": [SCALED], "target": target, "columns": []}


@pytest.mark.parametrize(
    "record",
    [
        None, [], {}, "plan", 7, {"features": [SCALED]}, GOOD_PLAN | {"more": 1}, GOOD_PLAN | {"features": SCALED},
        GOOD_PLAN | {"features": []}, GOOD_PLAN | {"features": [SCALED, SCALED]}, GOOD_PLAN | {"features": None},
        GOOD_PLAN | {"features": 100_001 * [SCALED]}, GOOD_PLAN | {"columns": None},
        GOOD_PLAN | {"columns": [["x", "number", "scaled"]]}, GOOD_PLAN | {"columns": [["x", "nombre", "", ""]]},
        GOOD_PLAN | {"columns": [["x", "number", "", 1]]}, GOOD_PLAN | {"columns": ["text"]},
        with_feature("x"), with_feature(None), with_feature([SCALED]), with_feature({"encoder": "Scaled"}),
        with_feature(SCALED | {"encoder": "Feature"}), with_feature(SCALED | {"encoder": "os.system"}),
        with_feature(SCALED | {"encoder": ["Scaled"]}), with_feature(SCALED | {"more": 1}),
        with_feature(SCALED | {"name": "y"}), with_feature(SCALED | {"name": 1}), with_feature(SCALED | {"name": None}),
        with_feature(SCALED | {"scale": 0.0}), with_feature(SCALED | {"scale": -1.0}),
        with_feature(SCALED | {"scale": INF}), with_feature(SCALED | {"scale": "1"}),
        with_feature(SCALED | {"center": NAN}), with_feature(SCALED | {"center": 10**400}),
        with_feature(SCALED | {"center": True}), with_feature(SCALED | {"center": [0.0]}),
        with_feature(SCALED | {"missing": 1}), with_feature(SCALED | {"missing": None}),
        with_feature(SCALED | {"method": "quantile"}), with_feature(SCALED | {"method": ["robust"]}),
        with_feature(QUANTILE | {"knots": [1.0, 0.0]}), with_feature(QUANTILE | {"knots": [0.0, 0.0]}),
        with_feature(QUANTILE | {"knots": [0.0, 1.0, 2.0]}), with_feature(QUANTILE | {"knots": [0.0, NAN]}),
        with_feature(QUANTILE | {"knots": 0.0}), with_feature(QUANTILE | {"scores": [1.0, -1.0]}),
        with_feature(QUANTILE | {"knots": [0.0], "scores": [0.0]}), with_feature(QUANTILE | {"scores": "ab"}),
        with_feature(QUANTILE | {"knots": list(range(64)), "scores": list(range(64))}),
        with_feature(RAMPS | {"knots": [0.0]}), with_feature(RAMPS | {"knots": list(range(18))}),
        with_feature(RAMPS | {"knots": [0.0, 2.0, 1.0]}), with_feature(RAMPS | {"knots": ["0", "1"]}),
        with_feature(RAMPS | {"knots": [[0.0], [1.0]]}), with_feature(BOOLEAN | {"missing": "no"}),
        with_feature(ONE_HOT | {"levels": ["b", "a"]}), with_feature(ONE_HOT | {"levels": ["a", "a"]}),
        with_feature(ONE_HOT | {"levels": ["a", 1]}), with_feature(ONE_HOT | {"levels": "ab"}),
        with_feature(ONE_HOT | {"levels": [f"{k:02}" for k in range(17)]}), with_feature(ONE_HOT | {"other": 0}),
        with_feature(ONE_HOT | {"levels": [], "other": False}), with_feature(ONE_HOT | {"levels": [["a"]]}),
        with_feature(EMBEDDED | {"width": 0}), with_feature(EMBEDDED | {"width": 51}),
        with_feature(EMBEDDED | {"width": 2.0}), with_feature(EMBEDDED | {"width": True}),
        with_feature(EMBEDDED | {"levels": []}), with_feature(EMBEDDED | {"levels": ["b", "a"]}),
        with_feature(EMBEDDED | {"levels": [f"{k:05}" for k in range(10_001)]}),
        with_feature(MEAN), GOOD_PLAN | {"features": [EMBEDDED, MEAN, MEAN]},
        GOOD_PLAN | {"features": [EMBEDDED, MEAN | {"means": [0.5]}]},
        GOOD_PLAN | {"features": [EMBEDDED, MEAN | {"of": "m"}]},
        with_feature(VALUES), GOOD_PLAN | {"features": [SCALED, VALUES, VALUES]},
        GOOD_PLAN | {"features": [SCALED, VALUES | {"values": [0.0, 1.0]}]},
        GOOD_PLAN | {"features": [SCALED, VALUES | {"values": [0.0, 2.0, 1.0]}]},
        GOOD_PLAN | {"features": [SCALED, VALUES | {"width": 0}]},
        with_feature(DATE | {"form": "%Y"}), with_feature(DATE | {"form": None}), with_feature(DATE | {"form": []}),
        with_feature(DATE | {"cycles": ["minute"]}), with_feature(DATE | {"cycles": ["month", "month"]}),
        with_feature(DATE | {"cycles": ["hour", "month"]}), with_feature(DATE | {"cycles": "month"}),
        with_feature(DATE | {"amounts": ["year"], "centers": []}), with_feature(DATE | {"amounts": [["days"]]}),
        with_feature(DATE | {"scales": [0.0]}), with_feature(DATE | {"centers": [NAN]}),
        with_feature(DATE | {"origin": INF}), with_feature(DATE | {"origin": "0"}),
        with_feature(DATE | {"cycles": [], "amounts": [], "centers": [], "scales": []}),
        with_target(SCALED), with_target(None), with_target({"name": "y"}), with_target(Z | {"scale": 0.0}),
        with_target(Z | {"mean": NAN}), with_target(Z | {"mean": True}), with_target(Z | {"name": 1}),
        with_target(Y | {"classes": ["a"]}), with_target(Y | {"classes": ["b", "a"]}),
        with_target(Y | {"classes": ["a", 1]}), with_target(Y | {"classes": [0, True]}),
        with_target(Y | {"classes": [1.0, 2.0]}), with_target(Y | {"classes": "ab"}),
        with_target(Y | {"classes": [0, 2**63]}), with_target(Y | {"classes": None}), with_target(Y | {"classes": 3}),
    ],
)  # fmt: skip
def test_plans_that_were_edited_are_refused(record):
    with pytest.raises(InputError, match=r"the encoding.*must"):
        Encoding.from_dict(record)


def test_the_plan_that_the_edited_ones_come_from_is_good():
    encoding = Encoding.from_dict(GOOD_PLAN)
    assert (encoding.numbers, encoding.embeddings) == (1 + 2 + 2 + 1 + 3 + 1 + 3, ((3, 2), (4, 3)))
    assert encoding.input_names[-2:] == ("e", "x: value")
    for target in (Y, Z):
        assert Encoding.from_dict(with_target(target)).target == "y"


def test_the_width_of_an_embedding():
    assert [embedding_width(k) for k in (17, 100, 400, 467, 10_000)] == [8, 21, 46, 50, 50]
