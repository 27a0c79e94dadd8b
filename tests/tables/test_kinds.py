"""What columns hold: every kind with its reason, roles, categories, hostile columns."""

import datetime
import json
import math
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schuss.tables import Encoding, InputError, Roles, statistics
from schuss.tables.encoding.kinds import least_rows
from schuss.tables.encoding.scaling import VENTILES

N = 200
K = np.arange(N)
INF = math.inf
RANDOM = np.random.default_rng(0)
NORMAL = RANDOM.standard_normal(N)


def fit(column, name="x", rows=None, **options) -> tuple[Encoding, pa.Table]:
    """The encoding of a table with this column, one of numbers and a target."""
    n = len(column)
    table = pa.table({name: column, "other number": NORMAL[:n], "target": np.arange(n) % 2})
    return Encoding.fit(table, "target", np.arange(n) if rows is None else rows, "classification", **options), table


def pick(*texts, n=N):
    """A column that repeats these texts."""
    return [texts[k % len(texts)] for k in range(n)]


COLUMNS = {
    "whole numbers": (K // 2, "number", "whole numbers from 0 to 99"),
    "numbers": (NORMAL, "number", "numbers from -"),
    "few whole numbers": (K % 3, "number", "whole numbers from 0 to 2"),
    "missing numbers": (pa.array(NORMAL, mask=K % 4 == 0), "number", "; 50 of 200 missing"),
    "NaN": (np.where(K % 4, NORMAL, np.nan), "number", "; 50 of 200 missing"),
    "infinities": (np.where(K % 4, NORMAL, -INF), "number", "numbers from -"),
    "numbers as text": ([f"{x:.3f}" if k % 9 else "?" for k, x in enumerate(NORMAL)], "number", "text that reads as"),
    "infinite text": (pick("1", "inf", "-Infinity", "2.5"), "number", "text that reads as numbers from 1 to 2.5"),
    "decimals": (pa.array([Decimal(k) / 8 for k in range(N)]), "number", "numbers from 0 to 24.875"),
    "half precision": (NORMAL.astype(np.float16), "number", "numbers"),
    "durations": (pa.array(K * K, pa.duration("s")), "number", "whole numbers from 0 to 39601"),
    "huge spread": (np.where(K % 2, 1.7e308, -1.7e308), "number", "numbers from -1.7e+308 to 1.7e+308"),
    "subnormal": (np.where(K % 2, 5e-324, 0), "number", "numbers from 0 to"),
    "integers beyond 64 bits": (pick(*(str(7**30 + k) for k in range(5))), "category", "beyond 2⁵³: 5 categories"),
    "repeated huge integers": (2**60 + K % 5, "category", "whole numbers beyond 2⁵³: 5 categories"),
    "consecutive floats": (K.astype(float), "number", "whole numbers from 0 to 199"),
    "not from the start": (K + 1990, "number", "whole numbers from 1990"),
    "text": (pick("red", "green", "blue"), "category", "3 categories"),
    "missing words": (pick("NA", "?", "yes"), "boolean", "words for true and false; 134 of 200 missing"),
    "words": (pick("NA", "?", "Seoul", "Busan"), "category", "4 categories"),
    "codes": (pick("001", "002", "123"), "category", "3 categories"),
    "postal codes": (pick("90210", "01234", "10001", n=60), "category", "3 categories"),
    "dictionary": (pa.array(pick("a", "b")).dictionary_encode(), "category", "2 categories"),
    "dictionary of numbers": (pa.array(K % 3).dictionary_encode(), "category", "a type for categories: 3 categories"),
    "rare": ([*pick("a", "b", n=N - 4), *"cdef"], "category", "6 categories, 4 of them in fewer than 4 training rows"),
    "tickets": ([f"A/5 {k // 2}" if k % 4 < 2 else str(k // 2) for k in range(N)], "text", "no text is in 4 training"),
    "control characters": (pick("a\n", "a\t", "\x00", "'; DROP TABLE cells; --"), "category", "3 categories"),
    "emoji": (pick("👍", "👎"), "category", "2 categories"),
    "long text": (pick("a" * 1_000_000, "b", n=20), "category", "2 categories"),
    "blank text": (pick("", " ", "a"), "category", "2 categories"),
    "truth": (K % 3 == 0, "boolean", "truth values"),
    "missing truth": (pick(True, None, False), "boolean", "truth values; 67 of 200 missing"),
    "yes": (pick("yes", "No", "NO"), "boolean", "words for true and false"),
    "t": (pick("t", "F", " T "), "boolean", "words for true and false"),
    "two pairs": (pick("yes", "no", "t"), "category", "3 categories"),
    "date type": (pa.array((K * 3).tolist(), pa.date32()), "date", "cells of type date32[day]"),
    "timestamps": (pa.array(K * 10**9, pa.timestamp("us", "Asia/Seoul")), "date", "cells of type timestamp[us, tz="),
    "times": (pa.array((K * 60).tolist(), pa.time32("s")), "date", "cells of type time32[s]"),
    "ISO": ([f"2024-{k % 12 + 1:02}-{k % 28 + 1:02}" for k in range(N)], "date", "dates, year first"),
    "Korean": ([f"2024년 {k % 12 + 1}월 {k % 28 + 1}일" for k in range(N)], "date", "dates, year first"),
    "day first": ([f"{k % 28 + 1}/{k % 12 + 1}/2024" for k in range(N)], "date", "dates, day first"),
    "month first": ([f"{k % 12 + 1}/{k % 28 + 1}/2024" for k in range(N)], "date", "dates, month first"),
    "dates with words": (["N/A" if k % 5 else f"1 Mar {1800 + k}" for k in range(N)], "date", "; 160 of 200 missing"),
    "digits": (20240100 + K % 31 + 1, "date", "whole numbers such as 20240301"),
    "few digits": (20240101 + K % 4, "number", "whole numbers from 20240101 to 20240104"),
    "nearly digits": (20240100 + K % 32 + 1, "number", "whole numbers from 20240101 to 20240132"),
    "ambiguous": ([f"{k % 12 + 1}/{k % 5 + 1}/2024" for k in range(N)], "category", "days and months cannot be"),
    "row numbers": (K + 1, "identifier", "row numbers from 1"),
    "huge integers": (2**60 + 7 * K, "identifier", "whole numbers, all different, beyond 2⁵³"),
    "huge integers as text": ([str(7**40 + k) for k in range(N)], "identifier", "all different, beyond 2⁵³"),
    "keys": ([f"u{k:x}" for k in range(N)], "identifier", "text, all different, such as 'u0'"),
    "names": ([f"Mr {k} Smith" for k in range(N)], "text", "200 different texts in 200 cells, such as 'Mr 0 Smith'"),
    "reviews": ([f"really {k % 185} good" for k in range(N)], "text", "185 different texts in 200 cells"),
    "one value": (np.ones(N), "constant", "one value in all training rows"),
    "one text": (pick("a"), "constant", "one value in all training rows"),
    "one word": (pick("Yes", "yes"), "constant", "one value in all training rows"),
    "one infinity": (np.where(K % 2, -INF, INF), "unusable", "no finite number in any training row"),
    "nothing": (pa.nulls(N), "unusable", "no value in any training row"),
    "all NaN": (np.full(N, np.nan), "unusable", "no value in any training row"),
    "all words": (pick("NA", "?", "-", None), "unusable", "no value in any row"),
    "no text": (pa.nulls(N, pa.string()), "unusable", "no value in any row"),
    "no truth": (pa.nulls(N, pa.bool_()), "unusable", "no value in any training row"),
    "no dates": (pa.nulls(N, pa.date32()), "unusable", "no value in any training row"),
    "lists": ([[k] for k in range(N)], "unusable", "cells of type list<item: int64>"),
    "records": ([{"a": k} for k in range(N)], "unusable", "cells of type struct<a: int64>"),
    "maps": (pa.array([[("a", k)] for k in range(N)], pa.map_(pa.string(), pa.int64())), "unusable", "map<"),
    "bytes": ([b"a"] * N, "unusable", "cells of type binary"),
    "intervals": (pa.array([(1, 2, 3)] * N, pa.month_day_nano_interval()), "unusable", "month_day_nano"),
}  # fmt: skip


@pytest.mark.parametrize("case", COLUMNS)
def test_the_kind_of_a_column(case):
    column, kind, why = COLUMNS[case]
    encoding, table = fit(column)
    decision = encoding.plan()[0]
    assert (decision.name, decision.kind) == ("x", kind)
    assert why in decision.why
    used = kind in ("number", "category", "boolean", "date")
    assert ("x" in encoding.feature_names) == used
    assert (decision.what == "left out") == (not used)
    assert encoding.left_out == (() if used else (("x", kind, decision.why),))
    features = encoding.features(table)
    assert features.shape == (len(column), len(encoding.input_names))
    assert np.isfinite(features).all()
    assert Encoding.from_dict(json.loads(json.dumps(encoding.to_dict(), allow_nan=False))) == encoding


STRAYS = {
    "one word": (["1", "2", "3", "four"], 4, "'four'"),
    "one of many": ([*map(str, range(99)), "99 km"], 100, "'99 km'"),
    "a comma": (["1.5", "2,5", "3.5"], 2, "'2,5'"),
    "hexadecimal": (["1", "2", "0x10"], 3, "'0x10'"),
    "an underscore": (["1", "2", "1_0"], 3, "'1_0'"),
    "other digits": (["1", "2", "３"], 3, "'３'"),
    "a missing word of one's own": (["10", None, "12", "unknown", "13"], 4, "'unknown'"),
    "a date that is none": (["2024-02-28", "2024-02-29", "2024-02-30"], 3, "'2024-02-30'"),
    "another form of date": (["2024-02-28", "2024-02-29", "29.02.2024"], 3, "'29.02.2024'"),
    "a time that is none": (["10:00", "11:30", "25:00"], 3, "'25:00'"),
}


@pytest.mark.parametrize("case", STRAYS)
def test_stray_cells_are_shown(case):
    column, row, found = STRAYS[case]
    with pytest.raises(InputError) as caught:
        fit(column)
    assert f"the table, row {row}, column 'x': The text {found} is not a " in str(caught.value)
    assert "Correct it, or take the column for categories with --category COLUMN, or leave" in str(caught.value)
    for roles in (Roles(category="x"), Roles(exclude="x")):
        assert fit(column, roles=roles)[0].plan()[0].kind in ("category", "text", "excluded")


def test_messages_name_all_columns_in_the_way():
    table = pa.table({"a": ["1", "2", "x"], "b": ["1", "y", "2"], "c": [1.0, 2.5, 2.0], "target": [0, 1, 0]})
    with pytest.raises(InputError, match=r"row 3, column 'a'.* Other columns with such cells: 'b'\."):
        Encoding.fit(table, "target", np.arange(3))


@pytest.mark.parametrize(
    ("name", "identifies"),
    [
        ("id", True), ("ID", True), ("Id", True), ("PassengerId", True), ("user_id", True), ("customer.id", True),
        ("row-key", True), ("Unnamed: 0", True), ("index", True), ("회원번호", True), ("아이디", True), ("순번", True),
        ("x", False), ("paid", False), ("width", False), ("Humidity", False), ("rooms", False), ("idea", False),
    ],
)  # fmt: skip
def test_names_that_say_identifier(name, identifies):
    numbers = RANDOM.permutation(N) * 3 + 1000
    assert (fit(numbers, name)[0].plan()[0].kind == "identifier") == identifies
    assert fit(numbers + 0.5, name)[0].plan()[0].kind == "number"
    assert fit(numbers // 6, name)[0].plan()[0].kind == "number"
    texts = [f"no {min(k, 190)}" for k in range(N)]
    assert (fit(texts, name)[0].plan()[0].kind == "identifier") == identifies


def test_names_of_any_length_and_letters():
    for name in ("x" * 1000, 'a"b', "a'b; --", "a\nb", "열 이름", " ", "c0", "cell", "A", "{x}"):
        encoding, table = fit(pick("a", "b", "c"), name)
        assert encoding.features(table).shape == (N, 4)
        with pytest.raises(InputError, match="There is no column") as caught:
            encoding.features(table.drop([name]))
        assert len(str(caught.value)) < 500


def test_names_that_differ_in_case():
    table = pa.table({"a": NORMAL, "A": K % 7, "y": K % 2})
    encoding = Encoding.fit(table, "y", K)
    assert encoding.feature_names == ("a", "A")
    np.testing.assert_allclose(encoding.inputs[1].center, np.quantile(K % 7, VENTILES).mean())


# Roles


def test_roles():
    table = pa.table(
        {name: NORMAL for name in ("id", "out", "w", "g", "t", "x")} | {"class": K % 3, "row": K, "y": K % 2}
    )
    roles = Roles(id="id", exclude=["out"], category="class", number="row", weight="w", group="g", time="t")
    encoding = Encoding.fit(table, "y", K, roles=roles)
    assert [(d.name, d.kind) for d in encoding.plan()] == [
        ("id", "identifier"), ("out", "excluded"), ("w", "weight"), ("g", "group"), ("t", "time"), ("x", "number"),
        ("class", "category"), ("row", "number"), ("y", "target"),
    ]  # fmt: skip
    assert encoding.feature_names == ("x", "class", "row")
    assert encoding.plan()[0] == ("id", "identifier", "left out", "your choice")
    assert encoding.plan()[6].why == "your choice: 3 categories"
    assert encoding.features(table.select(["row", "x", "class"])).shape == (N, 5)


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (Roles(id="idd"), "There is no column 'idd'. .* Did you mean 'id'"),
        (Roles(weight="none"), "There is no column 'none'"),
        (Roles(exclude="y"), "column 'y': The column is the target, and cannot have the role"),
        (
            Roles(category="id", id="id"),
            "column 'id': The column cannot have the roles identifier and category at once",
        ),
        (Roles(category="x", number="x"), "column 'x': The column cannot have the roles category and number at once"),
    ],
)
def test_roles_are_checked(roles, said):
    with pytest.raises(InputError, match=said):
        Encoding.fit(pa.table({"id": K, "x": NORMAL, "y": K % 2}), "y", K, roles=roles)


def test_roles_are_names():
    with pytest.raises(TypeError, match="must hold names of columns, not 3"):
        Roles(id=[3])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pick("1", "2", "x"), None),
        (pa.array(K.tolist(), pa.date32()), None),
        (20240100 + K % 31 + 1, "number"),
        (pick("007", "008"), "number"),
        (2**60 + 7 * K, "number"),
    ],
)
def test_numbers_by_choice(column, kind):
    if kind is None:
        with pytest.raises(InputError, match=r"column 'x': The .* is not a number"):
            fit(column, roles=Roles(number="x"))
    else:
        decision = fit(column, roles=Roles(number="x"))[0].plan()[0]
        assert decision.kind == kind
        assert decision.why.startswith("your choice: ")


# Categories


def test_few_categories_are_one_hot():
    column = [*pick("b", "a", None, n=90), *"cdefg", *pick("가", "b", n=105)]
    encoding, table = fit(column)
    expected = pd.get_dummies(pd.Series(column))[["a", "b", "가"]].to_numpy(np.float32)
    rare = np.isin(np.array(column, str), list("cdefg"))
    missing = np.array([cell is None for cell in column])
    np.testing.assert_array_equal(encoding.features(table)[:, :5], np.column_stack([expected, missing, rare]))
    assert encoding.input_names[:5] == ("x: a", "x: b", "x: 가", "x: missing", "x: other")
    later = encoding.features(pa.table({"x": ["a", None, "never seen", "A"], "other number": [0.0] * 4}))
    np.testing.assert_array_equal(later[:, :5].argmax(axis=1), [0, 3, 4, 4])


def test_unseen_and_missing_categories_without_others_in_training_have_no_effect():
    encoding, _ = fit(pick("a", "b"))
    later = encoding.features(pa.table({"x": ["c", None, "b"], "other number": [0.0] * 3}))
    np.testing.assert_array_equal(later[:, :2], [[0, 0], [0, 0], [0, 1]])


def test_many_categories_are_numbered():
    column = [None if k % 5 == 0 else f"c{k % 24:02}" for k in range(199)] + ["rare"]
    encoding, table = fit(column)
    assert (encoding.numbers, encoding.embeddings) == (1, ((26, round(1.6 * 25**0.56)),))
    codes = encoding.features(table)[:, 1]
    levels = [f"c{k:02}" for k in range(24)]
    expected = [25 if cell is None else levels.index(cell) + 1 if cell in levels else 0 for cell in column]
    np.testing.assert_array_equal(codes, expected)
    later = encoding.features(pa.table({"x": ["c23", "c99"], "other number": [0.0, 0.0]}))
    np.testing.assert_array_equal(later[:, 1], [24, 0])
    whole = fit([f"c{k % 24:02}" for k in range(N)])[0]
    missing = pa.table({"x": pa.nulls(1, pa.string()), "other number": [0.0]})
    assert whole.features(missing)[0, 1] == 0


def test_sixteen_levels_are_one_hot_and_seventeen_are_embedded():
    assert fit(pick(*"abcdefghijklmnop"))[0].embeddings == ()
    assert fit(pick(*"abcdefghijklmnopq"))[0].embeddings == ((18, 8),)


def test_at_most_ten_thousand_levels_the_most_frequent_ones():
    column = [f"{k:05}x" for k in range(10_500) for _ in range(5 + (k >= 600))]
    table = pa.table({"x": column, "y": np.arange(len(column)) % 2})
    encoding = Encoding.fit(table, "y", np.arange(len(column)))
    assert encoding.embeddings == ((10_001, 50),)
    levels = encoding.inputs[0].levels
    assert (levels[0], levels[99], levels[100]) == ("00000x", "00099x", "00600x")  # of equals, the first in order
    assert levels[-1] == "10499x"


@pytest.mark.parametrize(
    ("trained", "later"),
    [
        (pick("1", "2", "3b", "a"), [1, 2]),
        (pick("1", "2", "3b", "a"), [1.0, 2.0]),
        (pick("1", "2", "3b", "a"), [Decimal(1), Decimal(2)]),
        (pick("1.5", "0.25", "x", "b"), [1.5, 0.25]),
        (pick("true", "false", "maybe"), [True, False]),
        (pick("2024-01-01", "soon", "later"), [datetime.date(2024, 1, 1)]),
    ],
)
def test_cells_of_other_types_are_compared_by_their_text(trained, later):
    encoding, _ = fit(trained)
    n = len(later)
    features = encoding.features(pa.table({"x": later, "other number": [0.0] * n}))
    expected = encoding.features(pa.table({"x": trained[:n], "other number": [0.0] * n}))
    np.testing.assert_array_equal(features, expected)
    with pytest.raises(InputError, match="column 'x': The list"):
        encoding.features(pa.table({"x": [[1]], "other number": [0.0]}))


def test_numbers_that_are_categories():
    for column in (K % 3, (K % 3).astype(float), pa.array([Decimal(int(k)) for k in K % 3], pa.decimal128(5, 2))):
        encoding, table = fit(column, roles=Roles(category="x"))
        np.testing.assert_array_equal(encoding.features(table)[:, :3], np.eye(3)[K % 3])
        assert encoding.inputs[0].levels == ("0", "1", "2")


def test_rows_that_make_a_level():
    assert [least_rows(n) for n in (4, 149, 150, 249, 250, 10**6)] == [2, 2, 3, 4, 5, 5]


# Truth values


def test_truth_values():
    encoding, table = fit(pick("Yes", "no", "?"))
    np.testing.assert_array_equal(encoding.features(table)[:, 0], pick(1, -1, 0))
    np.testing.assert_array_equal(encoding.features(table)[:, 1], pick(0, 0, 1))
    for later in ([True, False, None], [1, 0, None], [1.0, 0.0, math.nan], ["t", "F", "NA"], ["1", "0", None]):
        features = encoding.features(pa.table({"x": later, "other number": [0.0] * 3}))
        np.testing.assert_array_equal(features[:, :2], [[1, 0], [-1, 0], [0, 1]])
    for wrong, row, found in (
        (["yes", "maybe"], 2, "text 'maybe'"),
        ([0, 2], 2, "int64 2"),
        ([[1], [1]], 1, "list<item"),
    ):
        with pytest.raises(
            InputError, match=rf"row {row}, column 'x': The .*{found}.* is not true or false, yes or no, t or f, y or n"
        ):
            encoding.features(pa.table({"x": wrong, "other number": [0.0] * 2}))


# Training rows, threads, size


def test_only_training_rows_are_measured():
    first = K < 120
    columns = {
        "number": np.where(first, NORMAL, 1e6),
        "category": np.where(first, pick("a", "b"), pick("c", "a")),
        "date": [f"{2020 if early else 1999}-{k % 12 + 1:02}-01" for k, early in zip(K, first, strict=True)],
        "constant": np.where(first, 1.0, NORMAL),
        "missing": pa.array(NORMAL, mask=~first),
        "empty": pa.array(NORMAL, mask=first),
    }
    table = pa.table(columns | {"y": K % 2})
    whole = Encoding.fit(table, "y", K[first])
    alone = Encoding.fit(table.slice(0, 120), "y", K[first])
    assert whole.inputs == alone.inputs
    assert [(left.name, left.kind) for left in whole.left_out] == [("constant", "constant"), ("empty", "unusable")]
    assert not whole.inputs[-1].missing
    reverse = Encoding.fit(table, "y", K[first][::-1])
    assert reverse.inputs == whole.inputs


def test_statistics_do_not_depend_on_threads(monkeypatch):
    n = 150_000
    random = np.random.default_rng(5)
    table = pa.table(
        {
            "number": random.standard_normal(n) * 1e3,
            "category": random.choice([f"c{k}" for k in range(300)], n),
            "date": pa.array(random.integers(0, 10**9, n), pa.timestamp("s")),
            "y": random.choice(["a", "b"], n),
        }
    )
    plans = []
    for threads in (1, 4):
        database = duckdb.connect(config={"threads": threads})
        monkeypatch.setattr(statistics, "_database", lambda _, database=database: database)
        encoding = Encoding.fit(table, "y", np.arange(0, n, 2), numeric="quantile")
        plans.append(json.dumps(encoding.to_dict()))
    assert plans[0] == plans[1]


def test_wide_tables_are_measured_in_batches():
    X = RANDOM.standard_normal((40, 250))
    table = pa.table({f"x{k}": X[:, k] for k in range(250)} | {"y": np.arange(40) % 2})
    encoding = Encoding.fit(table, "y", np.arange(0, 40, 2))
    np.testing.assert_allclose(
        [x.center for x in encoding.inputs], np.quantile(X[::2], VENTILES, axis=0).mean(axis=0), rtol=1e-9
    )


@given(st.lists(st.none() | st.text(max_size=5), min_size=4, max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_text_is_of_some_kind(cells):
    column = pa.array([*cells, *cells], pa.string())
    table = pa.table({"x": column, "z": NORMAL[: len(column)], "y": np.arange(len(column)) % 2})
    try:
        encoding = Encoding.fit(table, "y", np.arange(len(column)), "classification")
    except InputError:  # a stray cell among numbers or dates
        encoding = Encoding.fit(table, "y", np.arange(len(column)), "classification", Roles(category="x"))
    assert np.isfinite(encoding.features(table)).all()
    if "x" in encoding.feature_names:
        again = table.set_column(0, "x", column.cast(pa.string_view()))
        np.testing.assert_array_equal(encoding.features(again), encoding.features(table))
