"""How a column of dates becomes inputs: its parts, those that vary among the training rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.dates import FORMS
from schuss.tables.encoding.feature import Feature, are_finite, are_flags, missing_outputs
from schuss.tables.encoding.scaling import VENTILES, robust, standardise
from schuss.tables.statistics import at_once, quantiles

PERIODS = {"month": 12.0, "weekday": 7.0, "hour": 24.0}
"""Parts that come round, and how many there are of each: they become a sine and a cosine."""

AMOUNTS = ("year", "day", "days")
"""Parts that are scaled as numbers: the year, the day of the month, the days since the origin."""


def parts(moments: np.ndarray, origin: float) -> dict[str, np.ndarray]:
    """Parts of moments [N] without missing ones, float64 [N] each.

    Months and weekdays are counted from 0 (January, Monday), hours and days since ``origin`` (in days since
    1970-01-01) with fractions.

    >>> found = parts(np.array(["2024-03-01T12:30"], "M8[us]"), origin=19782)
    >>> {part: float(value[0]) for part, value in found.items()}
    {'month': 2.0, 'weekday': 4.0, 'hour': 12.5, 'year': 2024.0, 'day': 1.0, 'days': 1.5208333333333335}
    """
    months, whole = moments.astype("M8[M]"), moments.astype("M8[D]")
    month, day = months.astype(np.int64), whole.astype(np.int64)
    hour = (moments - whole).astype(np.int64) / 3.6e9
    found = {
        "month": month % 12,
        "weekday": (day + 3) % 7,  # 1970-01-01 was a Thursday
        "hour": hour,
        "year": month // 12 + 1970,
        "day": (whole - months.astype("M8[D]")).astype(np.int64) + 1,
        "days": day - origin + hour / 24,
    }
    return {part: np.asarray(value, np.float64) for part, value in found.items()}


@dataclass(frozen=True)
class Date(Feature):
    """Dates and times as their parts; all of them are 0 where the cell is missing.

    ::

        month, weekday, hour:  sin(2π·part/period), cos(2π·part/period)
        year, day, days:       z = (part − center) / scale, clipped as numbers are

    Args:
        name: of the column.
        form: how dates are written, see `schuss.tables.encoding.dates`; "" where the column is typed.
        origin: earliest date of the training rows, in days since 1970-01-01: ``days`` counts from it.
        cycles: which of month, weekday and hour there are.
        amounts: which of year, day (of the month) and days there are.
        centers, scales: of each amount over the training rows, see `schuss.tables.encoding.scaling.robust`.
        missing: whether one more input marks missing cells.
    """

    form: str
    origin: float
    cycles: tuple[str, ...]
    amounts: tuple[str, ...]
    centers: tuple[float, ...]
    scales: tuple[float, ...]
    missing: bool

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: a part or the form is unknown, or amounts, centres and scales do not fit.
        """
        holds = self.form in ("", *FORMS) and are_finite((self.origin,)) and are_flags(self.missing)
        for found, known in (self.cycles, PERIODS), (self.amounts, AMOUNTS):
            holds = holds and isinstance(found, tuple) and list(found) == [part for part in known if part in found]
        n = len(self.amounts) if holds else 0
        holds = holds and are_finite(self.centers, n, n) and are_finite(self.scales, n, n)
        holds = holds and all(scale > 0 for scale in self.scales) and len(self.outputs) > 0
        self.require(holds, "a form, an origin, parts in order, and a centre and a positive scale for each amount")

    @property
    def outputs(self) -> tuple[str, ...]:
        """Sine and cosine of the cycles, the amounts, the mark of missing cells."""
        waves = (f"{self.name}: {wave} of {part}" for part in self.cycles for wave in ("sine", "cosine"))
        amounts = (f"{self.name}: {part}" for part in self.amounts)
        return (*waves, *amounts, *missing_outputs(self.name, self.missing))

    @property
    def quantities(self) -> tuple[int, ...]:
        """The amounts."""
        first = 2 * len(self.cycles)
        return tuple(range(first, first + len(self.amounts)))

    def encode(self, columns: Columns) -> np.ndarray:
        """Dates of any table as inputs, float32 [N, len(outputs)].

        Raises:
            InputError: a cell is no date, or not of the form.
        """
        moments = columns.dates(self.name, self.form)
        absent = np.isnat(moments)
        found = parts(np.where(absent, np.datetime64(0, "us"), moments), self.origin)
        inputs: list[np.ndarray] = []
        for part in self.cycles:
            angle = 2 * np.pi * found[part] / PERIODS[part]
            inputs += [np.sin(angle), np.cos(angle)]
        for part, center, scale in zip(self.amounts, self.centers, self.scales, strict=True):
            inputs.append(standardise(found[part], center, scale))
        there = [np.where(absent, 0, column) for column in inputs]
        return np.stack(there + [absent] * self.missing, axis=1).astype(np.float32)

    def what(self) -> str:
        """What is done with the column, in words."""
        listed = ", ".join((*self.cycles, *self.amounts)) or "no part varies"
        return listed + ("; missing cells marked" if self.missing else "")


def fit_dates(columns: Columns, forms: Mapping[str, str], rows: np.ndarray) -> Iterator[Date]:
    """Encoders of columns of dates, in order, many measured together.

    Args:
        columns: of the table.
        forms: name of each column → how its dates are written, or ""; each has a date among the rows.
        rows: indices of the training rows.
    """
    names, step = list(forms), at_once(len(AMOUNTS) * len(rows))
    for start in range(0, len(names), step):
        batch = names[start : start + step]
        dated = [_Dated.of(name, forms[name], columns.dates(name, forms[name])[rows]) for name in batch]
        measured = [varying for one in dated for varying in one.amounts.values()]
        ventiles = iter(quantiles(measured, VENTILES) if measured else ())
        yield from (one.fit([robust(x, next(ventiles)) for x in one.amounts.values()]) for one in dated)


class _Dated(NamedTuple):
    """A column of dates before its amounts are measured: its name, form, origin, cycles, amounts [R], and missing."""

    name: str
    form: str
    origin: float
    cycles: tuple[str, ...]
    amounts: dict[str, np.ndarray]
    missing: bool

    @classmethod
    def of(cls, name: str, form: str, moments: np.ndarray) -> "_Dated":
        """Which parts vary among the moments of the training rows [R], NaT where missing; at least one is there."""
        there = moments[~np.isnat(moments)]
        origin = float(there.min().astype("M8[D]").astype(np.int64))
        varying = {part: x for part, x in parts(there, origin).items() if x.min() < x.max()}
        cycles = tuple(part for part in PERIODS if part in varying)
        amounts = {part: varying[part] for part in AMOUNTS if part in varying}
        return cls(name, form, origin, cycles, amounts, len(there) < len(moments))

    def fit(self, measured: list[tuple[float, float]]) -> Date:
        """The encoder, given (centre, scale) of each amount."""
        centers, scales = tuple(center for center, _ in measured), tuple(scale for _, scale in measured)
        return Date(self.name, self.form, self.origin, self.cycles, tuple(self.amounts), centers, scales, self.missing)
