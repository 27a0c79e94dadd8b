"""Dates and times in a column, whether typed or written out: recognised, and read as moments in UTC.

| form | examples |
|---|---|
| year first | 2024-03-01, 2024/3/1, 2024.03.01, 2024. 3. 1., 2024년 3월 1일, 2024-03 |
| day first | 31/12/2024, 31.12.2024, 31-12-2024 |
| month first | 12/31/2024, 12-31-2024 |
| month named | 1 Mar 2024, 01-Mar-2024, Fri, 1 March 2024, Mar 1, 2024, Mar 2024 |
| digits | 20240301 |
| time | 14:05, 14:05:09.25, 2:05 PM, 오후 2시 5분 |

Each of the first four may have short years, of two digits, and is a form of its own then: 31/12/24, 12/31/24, 24.12.31,
31-Dec-24. From 69 on they are of the last century.

A time may follow each date but digits: after a space or a T, with fractions of seconds, with AM or PM (오전, 오후),
with a zone (Z, UTC, +09:00). A column keeps to one form; 01/02/2024 fits two and is no date unless another cell
decides.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schuss.tables.cells import (
    CORRECT,
    FILL_IN,
    compute,
    is_number,
    is_text,
    plain,
    texts,
    without_words,
    wrong_cell,
)
from schuss.tables.errors import InputError, show
from schuss.tables.numerals import numbers, strays
from schuss.tables.source import place
from schuss.tables.statistics import query

if TYPE_CHECKING:
    import pyarrow as pa


class Form(NamedTuple):
    """A way to write dates.

    Attributes:
        pattern: what a cell begins with.
        rewritten: what the pattern becomes.
        begins: what DuckDB's ``strptime`` is to find then, before the time.
    """

    pattern: str
    rewritten: str
    begins: tuple[str, ...]


SHORT = "two-digit years"
"""What the names of forms with short years end with."""

MONTH = r"([A-Za-z]{3,9})\.?,?"

FORMS = {
    "year first": Form(
        r"^(\d{4})\s*(?:[-/.]|년)\s*(\d{1,2})(?:\s*(?:[-/.]|월)\s*(\d{1,2})(?:\s*일|\.)?|월)?",
        r"\1-\2-\3",
        ("%Y-%m-%d", "%Y-%m-"),
    ),
    "day first": Form(r"^(\d{1,2})[-/.]\s*(\d{1,2})[-/.]\s*(\d{4})", r"\3-\2-\1", ("%Y-%m-%d",)),
    "month first": Form(r"^(\d{1,2})[-/](\d{1,2})[-/](\d{4})", r"\3-\1-\2", ("%Y-%m-%d",)),
    "month named": Form(
        rf"^(?:[A-Z][a-z]{{2,8}},?\s+)?(?:(\d{{1,2}})[\s-]+{MONTH}[\s-]+|{MONTH}[\s-]+(?:(\d{{1,2}}),?\s+)?)(\d{{4}})",
        r"\1\4 \2\3 \5",
        ("%d %b %Y", "%d %B %Y", "%b %Y", "%B %Y"),
    ),
    f"year first, {SHORT}": Form(r"^\x27?(\d{2})[-/.]\s*(\d{1,2})[-/.]\s*(\d{1,2})\b\.?", r"\1-\2-\3", ("%y-%m-%d",)),
    f"day first, {SHORT}": Form(r"^(\d{1,2})[-/.]\s*(\d{1,2})[-/.]\s*\x27?(\d{2})\b", r"\3-\2-\1", ("%y-%m-%d",)),
    f"month first, {SHORT}": Form(r"^(\d{1,2})[-/](\d{1,2})[-/]\x27?(\d{2})\b", r"\3-\1-\2", ("%y-%m-%d",)),
    f"month named, {SHORT}": Form(
        rf"^(?:(\d{{1,2}})[\s-]+{MONTH}[\s-]+|{MONTH}(?:[\s-]+(\d{{1,2}}),?\s+|[-\x27]+))\x27?(\d{{2}})\b",
        r"\1\4 \2\3 \5",
        ("%d %b %y", "%d %B %y", "%b %y", "%B %y"),
    ),
    "digits": Form(r"^((?:19|20)\d\d)(\d\d)(\d\d)$", r"\1-\2-\3", ("%Y-%m-%d",)),
    "time": Form(r"^(\d{1,2}[:시]|[AP]M |오전|오후)", r"\1", ()),
}
"""Name → form."""

CLEANED = (
    (r"(\d)T(\d)", r"\1 \2"),
    ("오전", "AM"),
    ("오후", "PM"),
    (r"(\d{1,2})시\s*(\d{1,2})분", r"\1:\2"),
    (r"(:\d{1,2})\s+(\d{1,2})초", r"\1:\2"),
    (r"(:\d{2})[.,](\d{1,6})\d*", r"\1.\2"),
    (r"\s*(?:Z|UTC|GMT)$", ""),
    (r"\s+", " "),
)
"""What times are rewritten as before they are read."""

ZONE = r"(:\d{2}(?:\.\d+)?) ?([+-])(\d{2}):?(\d{2})?$"
"""A zone after a time."""

TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%p %I:%M", "%p %I:%M:%S")
"""Times of day as DuckDB's ``strptime`` writes them."""

LONGEST = 60
"""Characters of a date at most."""

A_DATE = "a date or a time written as in training"


def _cleaned() -> str:
    """Cells short enough to be dates, rewritten, as ``clean``, in SQL."""
    clean = "cell"
    for old, new in CLEANED:
        clean = f"regexp_replace({clean}, '{old}', '{new}', 'g')"
    return f"FROM (SELECT CASE WHEN length(cell) <= {LONGEST} THEN {clean} END AS clean FROM cells)"


def _moment(form: str) -> str:
    """Microseconds since 1970 of ``clean``, in SQL; NULL where it is not written in this form."""
    pattern, rewritten, begins = FORMS[form]
    formats = [f"{date} {time}".strip() for date in begins or ("",) for time in ("", *TIMES)]
    text = f"ltrim(regexp_replace(regexp_replace(clean, '{ZONE}', '\\1'), '{pattern}', '{rewritten}'))"
    moment = f"try_strptime({text}, [{', '.join(repr(x) for x in formats if x)}])"
    hours, minutes = (f"coalesce(try_cast(regexp_extract(clean, '{ZONE}', {k}) AS BIGINT), 0)" for k in (3, 4))
    ahead = f"if(regexp_extract(clean, '{ZONE}', 2) = '-', -60, 60) * (60 * {hours} + {minutes})"
    start = 1900 if form == "time" else 1970  # strptime gives times without a date the first day of 1900
    since = f"epoch_us({moment}) - epoch_us(TIMESTAMP '{start}-01-01')"
    return f"CASE WHEN regexp_matches(clean, '{pattern}') THEN {since} - 1000000 * {ahead} END"


def recognise(column: "pa.ChunkedArray[Any]") -> dict[str, int]:
    """How many distinct texts of a column are written in each form, or 0 where most do not begin so.

    Words for missing cells do not count.

    >>> import pyarrow as pa
    >>> found = recognise(pa.chunked_array([["01/02/2024", "31/12/2024 10:00", "2024-03-01T09:30:00+09:00"]]))
    >>> print({form: count for form, count in found.items() if count})
    {'day first': 2, 'month first': 1}
    """
    pc = compute()
    distinct = pc.ascii_trim_whitespace(without_words(column).unique().drop_null())
    begin = {form: pc.sum(pc.match_substring_regex(distinct, FORMS[form].pattern)).as_py() or 0 for form in FORMS}
    likely = [form for form in FORMS if 2 * begin[form] > len(distinct)]
    if not likely:
        return dict.fromkeys(FORMS, 0)
    counts = ", ".join(f"count({_moment(form)})" for form in likely)
    found = query({"cell": distinct}, f"SELECT {counts} {_cleaned()}").columns
    return dict.fromkeys(FORMS, 0) | {form: count[0].as_py() for form, count in zip(likely, found, strict=True)}


def read_dates(column: "pa.ChunkedArray[Any]", form: str) -> np.ndarray:
    """Text in a form as moments in UTC, datetime64[us] [N]; NaT where it is not written so.

    >>> import pyarrow as pa
    >>> column = pa.chunked_array([["2024-03-01T09:30:00+09:00", "2024년 3월 1일 오후 2시 5분", "soon"]])
    >>> read_dates(column, "year first").astype("M8[s]").tolist()
    [datetime.datetime(2024, 3, 1, 0, 30), datetime.datetime(2024, 3, 1, 14, 5), None]
    """
    codes = compute().ascii_trim_whitespace(column).combine_chunks().dictionary_encode()
    (found,) = query({"cell": codes.dictionary}, f"SELECT {_moment(form)} {_cleaned()}").columns
    moments = np.append(_moments(found), np.datetime64("NaT"))
    return moments[codes.indices.fill_null(len(found)).to_numpy()]


def dates(table: "pa.Table", name: str, form: str = "", remedy: str = CORRECT) -> np.ndarray:
    """Dates and times as moments in UTC, datetime64[us] [N], NaT where the cell is missing.

    Args:
        table, name: the column.
        form: how dates are written where the column is not typed; "" reads the year first, or times.
        remedy: what to do about a cell that is none.

    Raises:
        InputError: a cell is no date or time of this form; the first one is shown.
    """
    import pyarrow as pa

    column = plain(table, name)
    if pa.types.is_temporal(column.type) and not pa.types.is_duration(column.type):
        return _typed(table, name)
    if form == "digits" or not is_number(column.type) or pa.types.is_null(column.type):
        text = without_words(texts(table, name, remedy))
        moments = read_dates(text, form or "year first")
        if not form:
            times = read_dates(text, "time")
            moments = np.where(np.isnat(moments), times, moments)
        wrong = np.isnat(moments) & text.is_valid().to_numpy()
        row = int(wrong.argmax())
        if not wrong.any():
            return moments
        _require_form(table, name, text, form or "year first")
    else:
        row = None
    raise wrong_cell(table, name, row, A_DATE, remedy)


def _require_form(table: "pa.Table", name: str, text: "pa.ChunkedArray[Any]", form: str) -> None:
    """See that the dates of a column are not nearly all written in another form than they should be.

    Raises:
        InputError: they are.
    """
    counts = recognise(text)
    distinct = len(text.unique().drop_null())
    other = max(counts, key=lambda form: counts[form])
    if counts[other] > counts[form] and distinct - counts[other] <= strays(distinct) < distinct:
        moments = read_dates(text, other)
        example = text[int((~np.isnat(moments)).argmax())].as_py()
        problem = f"The dates are written as {show(example)} ({other}), and not as in training ({form})."
        raise InputError(place(table, column=name), problem, "Write them as in training, or train again.")


def _typed(table: "pa.Table", name: str) -> np.ndarray:
    """Cells of a type for dates or times; a time without a date is on the first day of 1970."""
    import pyarrow as pa

    column = plain(table, name)
    if pa.types.is_time(column.type):
        return _moments(column.cast(pa.time64("us"), safe=False).cast(pa.int64()))
    wide = getattr(column.type, "unit", "") == "ns"  # to be cut to microseconds
    try:
        return _moments(
            column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=not wide).cast(pa.int64())
        )
    except pa.ArrowInvalid as error:
        days = column.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date32(column.type) else column.cast(pa.int64())
        row = int(np.abs(days.fill_null(0).to_numpy()).argmax())
        problem = f"The date does not lie between the years −290,000 and 290,000: {error}."
        raise InputError(place(table, row, name), problem, CORRECT) from None


def _moments(column: "pa.ChunkedArray[Any]") -> np.ndarray:
    """Microseconds since 1970 as datetime64[us], NaT where missing."""
    return column.fill_null(np.iinfo(np.int64).min).to_numpy().view("M8[us]")


def instants(table: "pa.Table", name: str) -> np.ndarray:
    """What orders the rows in time [N]: numbers as float64, dates as datetime64[us].

    Raises:
        InputError: a cell is neither, or is missing.
    """
    import pyarrow as pa

    column = plain(table, name)
    if is_number(column.type) or pa.types.is_duration(column.type):
        moments = numbers(table, name)
    else:
        moments = dates(table, name, _only_form(table, name) if is_text(column.type) else "")
    missing = moments != moments
    if missing.any():
        row = int(missing.argmax())
        raise InputError(place(table, row, name), "There is a missing value instead of a number or a date.", FILL_IN)
    return moments


def _only_form(table: "pa.Table", name: str) -> str:
    """The form that most texts of a column have.

    Raises:
        InputError: as many have another one.
    """
    counts = recognise(plain(table, name))
    first, second = sorted(counts, key=lambda form: -counts[form])[:2]
    if counts[first] == counts[second] > 0:
        problem = f"The dates may be written with the {first} or with the {second}."
        raise InputError(place(table, column=name), problem, "Write the year first, as in 2024-01-31.")
    return first
