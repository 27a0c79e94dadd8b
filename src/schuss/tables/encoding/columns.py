"""A table whose columns are parsed once, however many folds are fitted on it.

Text becomes numbers, truth values, moments or distinct texts the first time it is asked for, and is kept. Columns that
have a type of their own are converted anew each time: that is cheap, and a copy of a large table is not.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from schuss.tables.cells import CORRECT, is_text, texts, truths
from schuss.tables.encoding.dates import dates, recognise
from schuss.tables.numerals import numbers
from schuss.tables.statistics import Coded, Texts, coded, summarize

if TYPE_CHECKING:
    import pyarrow as pa

Found = TypeVar("Found")


class Columns:
    """The columns of a table, each parsed at most once. The arrays are shared: they cannot be written to.

    Args:
        table: the table; it stays as it is.

    >>> import pyarrow as pa
    >>> columns = Columns(pa.table({"price": ["1.5", "NA", "2"]}))
    >>> columns.numbers("price")
    array([1.5, nan, 2. ])
    >>> columns.numbers("price") is columns.numbers("price")
    True
    """

    def __init__(self, table: "pa.Table"):
        self.table = table
        self._parsed: dict[tuple[str, ...], Any] = {}
        self._text = {field.name for field in table.schema if is_text(getattr(field.type, "value_type", field.type))}

    @classmethod
    def of(cls, table: "pa.Table | Columns") -> "Columns":
        """The columns of a table, or those that were given."""
        return table if isinstance(table, Columns) else cls(table)

    def numbers(self, name: str, remedy: str = CORRECT, form: str | None = None) -> np.ndarray:
        """Numbers, float64 [N]; see `schuss.tables.numerals.numbers`."""
        return self._parse("numbers", name, lambda: numbers(self.table, name, remedy, form), form or "")

    def truths(self, name: str) -> np.ndarray:
        """Truth values, float64 [N]; see `schuss.tables.cells.truths`."""
        return self._parse("truths", name, lambda: truths(self.table, name))

    def dates(self, name: str, form: str = "", remedy: str = CORRECT) -> np.ndarray:
        """Moments, datetime64[us] [N]; see `schuss.tables.encoding.dates.dates`."""
        return self._parse("dates", name, lambda: dates(self.table, name, form, remedy), form)

    def coded(self, name: str) -> Coded:
        """Distinct texts, and which of them each cell is; see `schuss.tables.cells.texts`."""
        return self._once(("coded", name), lambda: coded(texts(self.table, name)))

    def summary(self, name: str) -> Texts:
        """Counts of a column of text."""
        return self._once(("summary", name), lambda: summarize(self.coded(name)))

    def forms(self, name: str) -> dict[str, int]:
        """How many distinct texts are dates of each form; see `schuss.tables.encoding.dates.recognise`."""
        return self._once(("forms", name), lambda: recognise(texts(self.table, name)))

    def _parse(self, what: str, name: str, parse: Callable[[], np.ndarray], form: str = "") -> np.ndarray:
        """An array made from a column, kept if the column is text or dates in digits."""
        if not (form or name in self._text):
            return parse()
        found = self._once((what, name, form), parse)
        found.setflags(write=False)
        return found

    def _once(self, key: tuple[str, ...], find: Callable[[], Found]) -> Found:
        if key not in self._parsed:
            self._parsed[key] = find()
        return self._parsed[key]
