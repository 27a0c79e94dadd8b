"""What every column of a table holds, and why we think so.

The user's `Roles` come first, then the column's type, then what its cells hold; the first rule that applies decides.
All rows tell what a column holds. Its numbers are measured on training rows.

| column | rule | kind |
|---|---|---|
| with a role | identifier, weight, group, time, excluded | as it says; left out |
| | number, category | as it says, by the last rules of numbers and of text |
| dictionary of numbers | | category |
| truth values | | boolean |
| numbers, durations (in seconds) | no finite number in the training rows | unusable |
| | whole, all different, and named so (id, 회원번호) or integers beyond 2⁵³ | identifier |
| | integers beyond 2⁵³ that are not all different | category |
| | whole numbers that count the rows, from 0 or 1 | identifier |
| | whole, and all of them dates such as 20240301 | date |
| | others | number |
| dates and times | | date |
| text | only missing cells and words for them | unusable |
| | nearly all numbers, and no codes such as 007 | as numbers above |
| | words of one pair: true and false, yes and no, t and f, y and n | boolean |
| | nearly all dates of one form, see `schuss.tables.encoding.dates` | date |
| | at least `MOST_DISTINCT` different, and the name says identifier, or all different without a space | identifier |
| | at least `MOST_DISTINCT` different | text |
| | no text in `least_rows` training rows | text |
| | others | category |
| other types (lists, bytes, …) | | unusable |

A column that would be a boolean, date, number or category is unusable instead where no training row has a value, and
constant where all of them have the same. "Nearly all" are all distinct texts but strays, which are at most one, or at
most the share `schuss.tables.numerals.STRAYS`: the first stray cell is shown as an error.

Numbers are scaled, booleans become −1 and 1, dates their parts, categories their levels: the texts in at least
`least_rows` training rows, at most 10,000; one input each up to 16, else embedded. The other kinds are left out.
"NA", "N/A", "NaN", "null", "None", "?" and "-" are missing cells among numbers, truth values and dates; among
categories they are levels.
"""

from typing import Literal, NamedTuple

import numpy as np

from schuss.tables.cells import compute, is_number, is_text, plain
from schuss.tables.encoding.category import MOST_LEVELS
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.dates import SHORT
from schuss.tables.encoding.identifiers import says_identifier
from schuss.tables.errors import InputError, show, show_all
from schuss.tables.numerals import form_of, strays
from schuss.tables.roles import Roles
from schuss.tables.statistics import Texts, frequent

Kind = Literal[
    "number", "category", "boolean", "date", "identifier", "constant", "text", "unusable",
    "target", "weight", "group", "time", "excluded",
]  # fmt: skip

MOST_DISTINCT = 0.9
"""Text is free text if at least this share of the cells differs from all others."""

EXACT = 2**53
"""Whole numbers beyond this are not exact in float64."""

ROW_NUMBERS = 10
"""Rows from which on 0, 1, 2, … or 1, 2, 3, … are taken for row numbers."""

FEWEST_DATES = 5
"""Distinct whole numbers from which on 20240301 is taken for a date."""

DATES = (19000101, 21001231)
"""Whole numbers that may be dates."""

CLOSER = 4
"""Dates that lie so many times closer together by one form than by another are written in it."""

CHOICE = "your choice"
"""The reason for what the user said."""

CHOICES = "Correct it, or take the column for categories with --category COLUMN, or leave it out with --exclude COLUMN."


class Inferred(NamedTuple):
    """What a column holds.

    Attributes:
        name: of the column.
        kind: see the table above.
        why: the reason in words.
        missing: whether some training rows have no value.
        form: of dates, see `schuss.tables.encoding.dates`, or of numbers, see `schuss.tables.numerals`.
        levels: of categories, the most frequent first.
        rare: share of the training rows that have a category which is no level.
    """

    name: str
    kind: Kind
    why: str
    missing: bool = False
    form: str = ""
    levels: tuple[str, ...] = ()
    rare: float = 0.0


def infer(columns: Columns, target: str, rows: np.ndarray, roles: Roles) -> list[Inferred]:
    """What every column but the target holds, in the table's order.

    Args:
        columns: all rows of the table.
        target: name of the target.
        rows: indices of the training rows.
        roles: columns whose role the user says.

    Raises:
        InputError: a stray cell in a column of numbers or dates; the message names all such columns.
    """
    found, refused = [], dict[str, InputError]()
    for name in columns.table.column_names:
        if name != target:
            try:
                found.append(_infer(columns, name, rows, roles))
            except InputError as error:
                refused[name] = error
    if refused:
        first, *others = refused
        error = refused[first]
        also = f" Other columns with such cells: {show_all(others)}." if others else ""
        raise InputError(error.where, error.problem, error.remedy + also)
    return found


def least_rows(training: int) -> int:
    """Training rows that make a category a level: 5, fewer in tables of less than 250 rows, but at least 2.

    >>> least_rows(100), least_rows(200), least_rows(1000)
    (2, 4, 5)
    """
    return min(5, max(2, training // 50))


def _infer(columns: Columns, name: str, rows: np.ndarray, roles: Roles) -> Inferred:
    import pyarrow as pa

    role = roles.role(name)
    if role == "number":
        return _number(columns, name, rows, f"{CHOICE}: ", strict=True, form=form_of(columns.table, name))
    if role == "category":
        return _category(columns, name, rows, f"{CHOICE}: ")
    if role is not None:
        return Inferred(name, role, CHOICE)  # type: ignore[arg-type]
    type_ = columns.table.schema.field(name).type
    value = type_.value_type if pa.types.is_dictionary(type_) else type_
    if value != type_ and is_number(value):
        return _category(columns, name, rows, "a type for categories: ")
    if pa.types.is_boolean(value):
        return _trained(name, "boolean", "truth values", columns.truths(name)[rows])
    if is_number(value) or pa.types.is_duration(value):
        return _number(columns, name, rows)
    if pa.types.is_temporal(value) and not pa.types.is_interval(value):
        return _trained(name, "date", f"cells of type {value}", columns.dates(name)[rows])
    if is_text(value):
        return _text(columns, name, rows)
    return Inferred(name, "unusable", f"cells of type {show(str(value))[1:-1]}")


def _trained(name: str, kind: Kind, why: str, x: np.ndarray, form: str = "") -> Inferred:
    """A kind, unless the training rows hold nothing, or always the same.

    Args:
        name, kind, why, form: of the finding.
        x: numbers or moments of the training rows, NaN or NaT where missing.
    """
    there = x[x == x]
    if len(there) == 0:
        return Inferred(name, "unusable", "no value in any training row")
    if len(there) == len(x) and there.min() == there.max():
        return Inferred(name, "constant", "one value in all training rows")
    missing = len(x) - len(there)
    return Inferred(name, kind, f"{why}{_missing(missing, len(x))}", missing > 0, form)


def _missing(missing: int, rows: int) -> str:
    return f"; {missing:,} of {rows:,} missing" if missing else ""


def _number(
    columns: Columns, name: str, rows: np.ndarray, why: str = "", strict: bool = False, form: str = ""
) -> Inferred:
    """A number in a form; unless it is ``strict``ly one, an identifier, or a date in digits."""
    values = columns.numbers(name, form=form)
    x = values[rows]
    there = x[np.isfinite(x)]
    if len(there) == 0:
        return Inferred(name, "unusable", f"no {'value' if np.isnan(x).all() else 'finite number'} in any training row")
    low, high = float(there.min()), float(there.max())
    whole = bool((there == np.trunc(there)).all())
    if whole and not strict:
        found = _code(columns, name, rows, values) or _digits(columns, name, rows, low, high)
        if found is not None:
            return found
    shown = ".0f" if whole and max(-low, high) < EXACT else ".6g"
    why += f"{'whole numbers' if whole else 'numbers'} from {low:{shown}} to {high:{shown}}"
    return _trained(name, "number", why, x, form)


def _code(columns: Columns, name: str, rows: np.ndarray, values: np.ndarray) -> Inferred | None:
    """An identifier or a category, if whole numbers are that rather than quantities.

    Args:
        columns, name, rows: the column, the training rows.
        values: its numbers [N], NaN where missing.
    """
    import pyarrow as pa

    column, named = plain(columns.table, name), says_identifier(name)
    large = not pa.types.is_floating(column.type) and np.abs(values[np.isfinite(values)]).max() > EXACT
    if named or large:
        why = "beyond 2⁵³" if large else "named as an identifier"
        if compute().count_distinct(column).as_py() == len(values) - np.isnan(values).sum():
            return Inferred(name, "identifier", f"whole numbers, all different, {why}")
        if large:
            return _category(columns, name, rows, f"whole numbers {why}: ")
    start = values[0] if len(values) >= ROW_NUMBERS and pa.types.is_integer(column.type) else np.nan
    if start in (0, 1) and bool((values == start + np.arange(len(values))).all()):
        return Inferred(name, "identifier", f"row numbers from {start:.0f}")
    return None


def _digits(columns: Columns, name: str, rows: np.ndarray, low: float, high: float) -> Inferred | None:
    """A date, if whole numbers from ``low`` to ``high`` all are such as 20240301."""
    if low < DATES[0] or high > DATES[1]:
        return None
    distinct = len(columns.coded(name).texts)
    if distinct < FEWEST_DATES or columns.forms(name)["digits"] < distinct:
        return None
    return _trained(name, "date", "whole numbers such as 20240301", columns.dates(name, "digits")[rows], "digits")


def _text(columns: Columns, name: str, rows: np.ndarray) -> Inferred:
    """What a column of text holds."""
    found = columns.summary(name)
    meant = found.distinct - found.distinct_absent
    if meant == 0:
        return Inferred(name, "unusable", "no value in any row")
    if not found.codes and _nearly_all(found.numbers, meant):
        columns.numbers(name, CHOICES, found.form)
        written = f"numbers written as {found.form}: " if found.form else ""
        return _number(columns, name, rows, f"text that reads as {written}", form=found.form)
    if meant in found.pairs:
        return _trained(name, "boolean", "words for true and false", columns.truths(name)[rows])
    forms = columns.forms(name)
    fitting = _likeliest(columns, name, [form for form, count in forms.items() if count == meant])
    form = fitting[0] if fitting else max(forms, key=lambda form: forms[form])
    if len(fitting) < 2 and _nearly_all(forms[form], meant):
        moments = columns.dates(name, form, CHOICES)
        there = moments[~np.isnat(moments)].astype("M8[D]")
        days = f", from {there.min()} to {there.max()}" if SHORT in form else ""
        return _trained(name, "date", f"dates, {form}{days}", moments[rows], form)
    apart = "days, months and years" if any(SHORT in form for form in fitting) else "days and months"
    note = f"dates whose {apart} cannot be told apart (write the year first): " if fitting else ""
    return _words(columns, name, rows, found, note)


def _likeliest(columns: Columns, name: str, fitting: list[str]) -> list[str]:
    """Of forms with short years that all texts fit, the one by which the dates lie much closer together than by others.

    By the wrong one the days of a month are years.
    """
    if len(fitting) < 2 or not all(SHORT in form for form in fitting):
        return fitting
    moments = {form: columns.dates(name, form) for form in fitting}
    spans = {
        form: float(np.nanmax(x.astype(np.float64)) - np.nanmin(x.astype(np.float64))) for form, x in moments.items()
    }
    closest = min(spans, key=lambda form: spans[form])
    return [form for form in fitting if spans[form] <= CLOSER * spans[closest]]


def _nearly_all(these: int, distinct: int) -> bool:
    """Whether so many of the distinct texts are of a kind that the others are stray."""
    others = distinct - these
    return these > others and others <= strays(distinct)


def _words(columns: Columns, name: str, rows: np.ndarray, found: Texts, note: str) -> Inferred:
    """An identifier, free text, or categories."""
    named, different = says_identifier(name), found.distinct == found.cells
    example = f"such as {show(columns.coded(name).texts[0].as_py(), 40)}"
    if found.distinct >= MOST_DISTINCT * found.cells:
        if named or (different and not found.spaced):
            return Inferred(
                name, "identifier", f"{note}text, {'all' if different else 'nearly all'} different, {example}"
            )
        return Inferred(name, "text", f"{note}{found.distinct:,} different texts in {found.cells:,} cells, {example}")
    return _category(columns, name, rows, note)


def _category(columns: Columns, name: str, rows: np.ndarray, note: str) -> Inferred:
    """Categories, unless the training rows hold nothing, always the same, or no text often enough."""
    column = columns.coded(name)
    counts = column.counts(rows)
    distinct, missing = int(np.count_nonzero(counts)), len(rows) - int(counts.sum())
    if distinct == 0:
        return Inferred(name, "unusable", "no value in any training row")
    if distinct == 1 and not missing:
        return Inferred(name, "constant", "one value in all training rows")
    least = least_rows(len(rows))
    levels = frequent(column, counts, least, MOST_LEVELS)
    if not levels:
        return Inferred(name, "text", f"{note}no text is in {least} training rows")
    rare = distinct - len(levels)
    why = f"{note}{distinct:,} categories" + (f", {rare:,} of them in fewer than {least} training rows" if rare else "")
    kept = np.sort(counts)[::-1][: len(levels)].sum()
    share = float(1 - kept / counts.sum()) if rare else 0.0
    return Inferred(name, "category", why + _missing(missing, len(rows)), missing > 0, "", levels, share)
