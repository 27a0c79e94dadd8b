"""Dates and times: the forms in which they are written, and the parts that they become."""

from datetime import date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schuss.tables import Columns, Encoding, InputError, Roles
from schuss.tables.encoding.date_parts import parts
from schuss.tables.encoding.dates import FORMS, dates, instants, read_dates, recognise
from schuss.tables.encoding.kinds import infer
from schuss.tables.encoding.scaling import VENTILES

MARCH = datetime(2024, 3, 1)
AFTERNOON = datetime(2024, 3, 1, 14, 5)
SECOND = datetime(2024, 3, 1, 14, 5, 9)


def moment(text: str, form: str) -> datetime | None:
    return read_dates(pa.chunked_array([[text]]), form)[0].astype("M8[us]").item()


WRITTEN = [
    ("2024-03-01", "year first", MARCH), ("2024-3-1", "year first", MARCH), ("2024/03/01", "year first", MARCH),
    ("2024.03.01", "year first", MARCH), ("2024. 3. 1.", "year first", MARCH), ("2024. 3. 1", "year first", MARCH),
    ("2024년 3월 1일", "year first", MARCH), ("2024년3월1일", "year first", MARCH),
    (" 2024-03-01\t", "year first", MARCH),
    ("2024-03", "year first", MARCH), ("2024/3", "year first", MARCH), ("2024년 3월", "year first", MARCH),
    ("2024-03-01 14:05", "year first", AFTERNOON), ("2024-03-01T14:05", "year first", AFTERNOON),
    ("2024/3/1 2:05 PM", "year first", AFTERNOON), ("2024-03-01  14:05", "year first", AFTERNOON),
    ("2024년 3월 1일 오후 2시 5분", "year first", AFTERNOON), ("2024년 3월 1일 14시 05분 09초", "year first", SECOND),
    ("2024. 3. 1. 오후 2:05", "year first", AFTERNOON), ("2024. 3. 1. 오후 2:05:09", "year first", SECOND),
    ("2024-03-01 14:05:09", "year first", SECOND), ("2024-03-01T14:05:09Z", "year first", SECOND),
    ("2024-03-01T14:05:09.000", "year first", SECOND), ("2024-03-01 14:05:09,000", "year first", SECOND),
    ("2024-03-01T14:05:09.25", "year first", SECOND.replace(microsecond=250_000)),
    ("2024-03-01 14:05:09.123456789", "year first", SECOND.replace(microsecond=123_456)),
    ("2024-03-01T23:05:09+09:00", "year first", SECOND), ("2024-03-01 23:05:09 +0900", "year first", SECOND),
    ("2024-03-01T09:05:09-05", "year first", SECOND), ("2024-03-01T09:35:09-04:30", "year first", SECOND),
    ("2024-03-01 14:05:09 UTC", "year first", SECOND), ("0001-01-01", "year first", datetime(1, 1, 1)),
    ("9999-12-31 23:59:59.999999", "year first", datetime.max), ("2024-02-29", "year first", datetime(2024, 2, 29)),
    ("31/12/2024", "day first", datetime(2024, 12, 31)), ("31.12.2024", "day first", datetime(2024, 12, 31)),
    ("31-12-2024 10:00", "day first", datetime(2024, 12, 31, 10)), ("1.3.2024", "day first", MARCH),
    ("12/31/2024", "month first", datetime(2024, 12, 31)), ("3/1/2024 2:05:09 PM", "month first", SECOND),
    ("12/31/2024 12:00 AM", "month first", datetime(2024, 12, 31)), ("1 Mar 2024", "month named", MARCH),
    ("01-Mar-2024", "month named", MARCH), ("Fri, 1 March 2024", "month named", MARCH),
    ("Mar 1, 2024", "month named", MARCH), ("March 1 2024 14:05", "month named", AFTERNOON),
    ("Mar 2024", "month named", MARCH), ("mar-2024", "month named", MARCH),
    ("Fri, 01 Mar 2024 14:05:09 GMT", "month named", SECOND), ("20240301", "digits", MARCH),
    ("14:05", "time", datetime(1970, 1, 1, 14, 5)), ("14:05:09.5", "time", datetime(1970, 1, 1, 14, 5, 9, 500_000)),
    ("2:05 PM", "time", datetime(1970, 1, 1, 14, 5)), ("오후 2시 5분", "time", datetime(1970, 1, 1, 14, 5)),
    ("오전 9:00", "time", datetime(1970, 1, 1, 9)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "form", "expected"), WRITTEN)
def test_dates_are_read(text, form, expected):
    assert moment(text, form) == expected
    assert recognise(pa.chunked_array([[text, "NA"]]))[form] == 1


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-03-32", "0000-00-00", "2024-03-01 24:00",
        "2024-03-01 10:60", "2024-03-01 13:00 PM", "2024-03-01x", "x2024-03-01", "2024-03-01 noon", "24-13-41",
        "1/3/4", "32/1/2024", "31/31/2024", "1 Mar 2 2024", "30 Feb 2024", "1 Marz 2024", "20241301", "18991231",
        "2024", "202403", "infinity", "-infinity", "epoch", "now", "today", "25:00", "1:2:3:4", "12", "-", "",
        "2024-03-01'); --", "2024-03-01 14:05:09." + 60 * "1", "10000-01-01", "2024-03-01T10:00:00+9",
    ],
)  # fmt: skip
def test_what_is_no_date(text):
    assert {form: moment(text, form) for form in FORMS} == dict.fromkeys(FORMS)
    assert set(recognise(pa.chunked_array([[text]])).values()) == {0}


@given(st.datetimes(datetime(1600, 1, 1), datetime(9999, 1, 1)), st.timezones() | st.none())
@settings(max_examples=60, deadline=None)
def test_iso_dates_are_read_as_python_writes_them(when, zone):
    text = when.isoformat() if zone is None else when.replace(tzinfo=timezone(timedelta(hours=9))).isoformat()
    expected = when if zone is None else when - timedelta(hours=9)
    assert moment(text, "year first") == expected
    assert moment(when.strftime("%m/%d/%Y %I:%M %p"), "month first") == when.replace(second=0, microsecond=0)
    assert moment(when.strftime("%A, %d %B %Y %H:%M:%S"), "month named") == when.replace(microsecond=0)


def test_forms_that_days_and_months_share():
    found = recognise(pa.chunked_array([["1/2/2024", "3/4/2024", "13/4/2024", "1/2/2024", None, "?"]]))
    assert {form: count for form, count in found.items() if count} == {"day first": 3, "month first": 2}
    assert recognise(pa.chunked_array([["1.2.2024"]]))["month first"] == 0  # dots: nobody writes the month first


# Parts


@given(st.lists(st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1)), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_parts_are_those_of_pandas(whens):
    times = pd.Series(pd.to_datetime(whens)).dt
    found = parts(np.array(whens, "M8[us]"), 100.0)
    seconds = times.hour * 3600 + times.minute * 60 + times.second + times.microsecond / 1e6
    assert found["year"].tolist() == times.year.tolist()
    assert found["month"].tolist() == (times.month - 1).tolist()
    assert found["day"].tolist() == times.day.tolist()
    assert found["weekday"].tolist() == times.day_of_week.tolist()
    np.testing.assert_allclose(found["hour"], seconds / 3600, atol=1e-9)
    since = (pd.Series(pd.to_datetime(whens)) - pd.Timestamp("1970-04-11")) / pd.Timedelta("1D")
    np.testing.assert_allclose(found["days"], since, atol=1e-6)


def table_of(dates, **others) -> pa.Table:
    return pa.table({"when": dates, **others, "y": np.arange(len(dates)) % 2})


def test_dates_become_parts_that_vary():
    times = pd.date_range("2020-01-31 06:00", periods=300, freq="17h")
    table = table_of(times.strftime("%Y-%m-%d %H:%M").tolist())
    training = np.arange(200)
    encoding = Encoding.fit(table, "y", training)
    assert encoding.input_names == (
        "when: sine of month", "when: cosine of month", "when: sine of weekday", "when: cosine of weekday",
        "when: sine of hour", "when: cosine of hour", "when: day", "when: days",
    )  # fmt: skip
    X = encoding.features(table)
    for column, part, period in (0, times.month - 1, 12), (2, times.day_of_week, 7), (4, times.hour, 24):
        angle = 2 * np.pi * part / period
        np.testing.assert_allclose(X[:, column : column + 2], np.stack([np.sin(angle), np.cos(angle)], 1), atol=1e-6)
    days = np.asarray((times - times[0].normalize()) / pd.Timedelta("1D"))
    for column, part in (6, np.asarray(times.day, float)), (7, days):
        ventiles = np.quantile(part[training], VENTILES)
        z = (part - ventiles.mean()) / ventiles.std()
        np.testing.assert_allclose(X[:, column], z / np.sqrt(1 + (z / 3) ** 2), atol=1e-5)
    assert encoding.inputs[0].origin == (times[0].normalize() - pd.Timestamp(0)).days
    assert encoding.plan()[0].what == "month, weekday, hour, day, days"


@pytest.mark.parametrize(
    ("values", "same"),
    [
        (pd.date_range("2024-01-30", periods=40, freq="D"), "%Y-%m-%d"),
        (pd.date_range("2024-01-30", periods=40, freq="D", unit="s"), "%Y/%m/%d"),
        (pd.date_range("2024-01-30", periods=40, freq="D", unit="ns"), "%Y년 %m월 %d일"),
        (pd.date_range("2024-01-30", periods=40, freq="7h"), "%Y-%m-%dT%H:%M:%SZ"),
        (pd.date_range("2024-01-30", periods=40, freq="7h", tz="Asia/Seoul"), "%Y-%m-%d %H:%M:%S%z"),
    ],
)
def test_typed_dates_are_those_that_are_written(values, same):
    typed, written = table_of(pa.array(values)), table_of(values.strftime(same).tolist())
    first, second = (Encoding.fit(table, "y", np.arange(40)) for table in (typed, written))
    np.testing.assert_array_equal(first.features(typed), second.features(written))
    np.testing.assert_array_equal(first.features(written), second.features(typed))


def test_types_of_dates_and_times():
    days = [date(2024, 1, 1) + timedelta(days=k) for k in range(30)]
    features = [
        Encoding.fit(table_of(column), "y", np.arange(30)).features(table_of(column))
        for type_ in (pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("ns"))
        for column in [pa.array(days).cast(type_)]
    ]
    for found in features[1:]:
        np.testing.assert_array_equal(found, features[0])
    times = [time(k % 24, k) for k in range(30)]
    seconds, nanoseconds = (table_of(pa.array(times, type_)) for type_ in (pa.time32("s"), pa.time64("ns")))
    encoding = Encoding.fit(seconds, "y", np.arange(30))
    assert encoding.inputs[0].cycles == ("hour",)
    np.testing.assert_array_equal(encoding.features(nanoseconds), encoding.features(seconds))
    np.testing.assert_array_equal(
        encoding.features(table_of([f"{t:%H:%M}" for t in times])), encoding.features(seconds)
    )


def test_digits_are_dates_in_any_type():
    days = pd.date_range("2024-01-30", periods=40, freq="D")
    written = table_of(days.strftime("%Y-%m-%d").tolist())
    digits = table_of([int(day) for day in days.strftime("%Y%m%d")])
    expected = Encoding.fit(written, "y", np.arange(40)).features(written)
    encoding = Encoding.fit(digits, "y", np.arange(40))
    for column in (pa.int64(), pa.float64(), pa.string()):
        table = digits.set_column(0, "when", digits["when"].cast(column))
        np.testing.assert_array_equal(encoding.features(table), expected)


def test_missing_dates_are_zero_and_marked():
    days = [f"2024-01-{k + 1:02}" if k % 3 else None for k in range(30)]
    encoding = Encoding.fit(table_of(days), "y", np.arange(30))
    X = encoding.features(table_of(days))
    assert not X[::3, :-1].any()
    np.testing.assert_array_equal(X[:, -1], np.arange(30) % 3 == 0)
    later = encoding.features(pa.table({"when": ["N/A", "-", "2024-01-02"]}))
    np.testing.assert_array_equal(later, X[[0, 0, 1]])
    never = Encoding.fit(table_of(days[1:3] * 5), "y", np.arange(10))
    assert not never.features(pa.table({"when": pa.nulls(1)})).any()


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (
            ["2024-01-05", "soon"],
            "row 2, column 'when': The text 'so",
        ),
        (["05.01.2024", None], "row 1, column 'when': The text '05"),
        (["2024-02-30", None], "row 1, column 'when': The text '2024-02-30' is not a date"),
        ([5, 6], "row 1, column 'when': The int64 5"),
        ([[1], [2]], "column 'when': The list"),
    ],
)
def test_what_is_no_date_at_prediction(later, said):
    encoding = Encoding.fit(table_of([f"2024-01-{k + 1:02}" for k in range(30)]), "y", np.arange(30))
    with pytest.raises(InputError, match=said):
        encoding.features(pa.table({"when": later}))


@pytest.mark.parametrize("type_", [pa.timestamp("s"), pa.timestamp("ms"), pa.date32(), pa.date64()])
def test_dates_too_far_away(type_):
    far = 2**31 - 1 if type_ == pa.date32() else 2**62
    with pytest.raises(InputError, match="row 2, column 'when': The date does not lie between the years"):
        Encoding.fit(table_of(pa.array([0, -far, None, 9], type_)), "y", np.arange(4))


# What orders the rows


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([3, 1, 2], [3.0, 1.0, 2.0]),
        ([3.5, 1.5, 2.5], [3.5, 1.5, 2.5]),
        (pa.array([3, 1, 2], pa.duration("ms")), [0.003, 0.001, 0.002]),
        (["2024-01-03", "2024-01-01", "2024-01-02"], np.array(["2024-01-03", "2024-01-01", "2024-01-02"], "M8[us]")),
        (["13/1/2024", "1/2/2024", "1/3/2024"], np.array(["2024-01-13", "2024-02-01", "2024-03-01"], "M8[us]")),
        ([date(2024, 1, 3), date(2024, 1, 1), date(2024, 1, 2)], np.array([3, 1, 2], "M8[D]") + 19722),
    ],
)
def test_instants(column, expected):
    found = instants(pa.table({"t": column}), "t")
    np.testing.assert_array_equal(found, np.asarray(expected))


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([3, None, 2], "row 2, column 't': There is a missing value instead of a number or a date"),
        (
            ["2024-01-03", None, "2024-01-02"],
            "row 2, column 't': There is a missing value instead of a number or a date",
        ),
        (
            ["1/2/2024", "2/3/2024", "3/4/2024"],
            "column 't': The dates may be written with the day first or with the month",
        ),
        (["a", "b", "c"], "row 1, column 't': The text 'a' is not a date or a time"),
        ([True, False, True], "row 1, column 't': The bool True is not a date or a time"),
    ],
)
def test_instants_refuses(column, said):
    with pytest.raises(InputError, match=said):
        instants(pa.table({"t": column}), "t")


# Years of two digits


def column_of(form, start=date(2019, 1, 1), step=17):
    days = [start + timedelta(days=step * k) for k in range(80)]
    return days, [f"{day:{form}}" for day in days]


SHORT_YEARS = {
    "%m/%d/%y": "month first", "%d/%m/%y": "day first", "%y/%m/%d": "year first", "%d.%m.%y": "day first",
    "%y.%m.%d": "year first", "%y-%m-%d": "year first", "%m-%d-%y": "month first", "%d-%b-%y": "month named",
    "%b %d, %y": "month named", "%d %B %y": "month named", "%d %b '%y": "month named", "%m/%d/%y %H:%M": "month first",
}  # fmt: skip


@pytest.mark.parametrize("case", ["{}", "{.upper}"])
@pytest.mark.parametrize("step", [1, 17])
@pytest.mark.parametrize("form", SHORT_YEARS)
def test_years_of_two_digits(form, step, case):
    days, texts = column_of(form, step=step)
    table = pa.table({"d": [text.upper() if "upper" in case else text for text in texts], "x": range(80)})
    (found,) = infer(Columns(table), "x", np.arange(80), Roles())
    assert (found.kind, found.form) == ("date", f"{SHORT_YEARS[form]}, two-digit years")
    assert found.why == f"dates, {found.form}, from {days[0]} to {days[-1]}"
    assert dates(table, "d", found.form).astype("M8[D]").tolist() == days


def test_the_century_of_two_digits():
    table = pa.table({"d": ["12/31/68", "01/01/69", "12/31/99", "01/01/00"]})
    years = dates(table, "d", "month first, two-digit years").astype("M8[Y]").astype(int) + 1970
    assert years.tolist() == [2068, 1969, 1999, 2000]


@pytest.mark.parametrize(
    "texts",
    [
        [f"{k % 12 + 1:02}/{k % 12 + 1:02}/{k % 12 + 1:02}" for k in range(80)],
        [f"{k % 12 + 1:02}.{(k + 3) % 12 + 1:02}.{(k + 7) % 12 + 1:02}" for k in range(80)],
    ],
)
def test_short_dates_that_may_be_several(texts):
    (found,) = infer(Columns(pa.table({"d": texts, "x": range(80)})), "x", np.arange(80), Roles())
    assert found.kind != "date"
    assert "dates whose days, months and years cannot be told apart (write the year first)" in found.why


@pytest.mark.parametrize(
    ("trained", "later", "said"),
    [
        ("%Y-%m-%d", "%d/%m/%Y", "'01/01/2019' (day first), and not as in training (year first)"),
        ("%m/%d/%Y", "%Y-%m-%d", "'2019-01-01' (year first), and not as in training (month first)"),
        ("%m/%d/%y", "%m/%d/%Y", "'01/01/2019' (month first), and not as in training (month first, two-digit years)"),
        ("%d %b %Y", "%Y%m%d", "'20190101' (digits), and not as in training (month named)"),
        ("%m/%d/%Y", "%d/%m/%Y", "(day first), and not as in training (month first)"),
    ],
)
def test_another_form_at_prediction_is_one_message_about_the_column(trained, later, said):
    table = pa.table({"d": column_of(trained)[1], "x": np.arange(80) % 7 / 2, "y": np.arange(80) % 2})
    encoding = Encoding.fit(table, "y", np.arange(80), "classification")
    texts = column_of(later)[1]
    with pytest.raises(InputError) as caught:
        encoding.features(pa.table({"d": texts, "x": np.zeros(80)}))
    assert caught.value.where == "the table, column 'd'"
    assert said in caught.value.problem
    assert caught.value.remedy == "Write them as in training, or train again."


def test_one_date_of_another_form_is_shown():
    table = pa.table({"d": column_of("%Y-%m-%d")[1], "x": np.arange(80) % 7 / 2, "y": np.arange(80) % 2})
    encoding = Encoding.fit(table, "y", np.arange(80), "classification")
    with pytest.raises(InputError, match=r"row 3, column 'd': The text '31/12/2019' is not a date"):
        encoding.features(pa.table({"d": ["2019-01-01", "2019-01-02", "31/12/2019"], "x": np.zeros(3)}))
