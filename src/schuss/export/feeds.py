"""The cells of a table as inputs of an ONNX graph.

| column | inputs | cells | missing |
|---|---|---|---|
| numbers | its name | float64 [N]; durations in seconds | NaN |
| truth values | its name | text [N]: true, yes, t, y, 1, or false, no, f, n, 0 | any other text |
| categories | its name | text [N]: the number 1 is "1"; a text that is empty is written as two double quotes | "" |
| dates | name/part for each part that is used | float64 [N] | NaN |

Parts of a date are its month (January is 0), weekday (Monday is 0), hour (with fractions), year, day (of the month) and
days (since 1970-01-01, with fractions), in UTC. Numbers are float64 because large ones differ in digits that float32
does not have: at 10⁹ its neighbours are 64 apart.

An input whose name is taken, by an output or a column before, has "_" after it.
"""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schuss.export.architecture import encodings
from schuss.selection.model import Model
from schuss.tables.cells import compute, require_columns, texts, truths
from schuss.tables.encoding.boolean import Boolean
from schuss.tables.encoding.category import Category
from schuss.tables.encoding.date_parts import AMOUNTS, PERIODS, Date, parts
from schuss.tables.encoding.dates import dates
from schuss.tables.encoding.feature import Feature
from schuss.tables.encoding.numeric import Numeric
from schuss.tables.encoding.repeated import Repeated
from schuss.tables.numerals import numbers

if TYPE_CHECKING:
    import pyarrow as pa

OUTPUTS = ("label", "probabilities", "value")
"""Names of a graph's outputs."""

EMPTY = '""'
"""How an empty text that is not missing is written: as in CSV."""

PARTS = (*PERIODS, *AMOUNTS)
"""What a date is taken apart into."""

WORDS = np.array(["false", "true", ""], object)
"""How false, true and a missing truth value are written."""


class Feed(NamedTuple):
    """One input of the graph.

    Attributes:
        column: whose cells it takes.
        what: "number", "truth", "category", or a part of a date.
        form: how dates or numbers are written, see `schuss.tables.encoding.dates` and `schuss.tables.numerals`.
    """

    column: str
    what: str
    form: str = ""

    @property
    def dtype(self) -> Any:
        """Of its cells."""
        return object if self.what in ("truth", "category") else np.float64


def feeds_of(feature: Feature) -> list[Feed]:
    """The inputs that a feature's cells go into; of a date, in the order of its parts."""
    if isinstance(feature, Date):
        used = (*feature.cycles, *feature.amounts) or ("days",)  # the latter to tell missing cells
        return [Feed(feature.name, part, feature.form) for part in used]
    what = "category" if isinstance(feature, Category) else "truth" if isinstance(feature, Boolean) else "number"
    return [Feed(feature.name, what, feature.form if isinstance(feature, (Numeric, Repeated)) else "")]


def named_feeds(model: Model) -> dict[Feed, str]:
    """Every input of a model's graph, and its name there."""
    every = (feed for encoding in encodings(model) for feature in encoding.inputs for feed in feeds_of(feature))
    taken = {"", *OUTPUTS}
    named: dict[Feed, str] = {}
    for feed in dict.fromkeys(every):
        name = f"{feed.column}/{feed.what}" if feed.what in PARTS else feed.column
        while name in taken:
            name += "_"
        taken.add(name)
        named[feed] = name
    return named


def onnx_inputs(model: Model, table: "pa.Table") -> dict[str, np.ndarray]:
    """The cells of a table as the inputs of the model's ONNX graph: ``session.run(None, onnx_inputs(model, table))``.

    Raises:
        InputError: a column is missing, or a cell is not what its column must hold.
    """
    named = named_feeds(model)
    require_columns(table, [feed.column for feed in named])
    date = cache(partial(_date, table))
    return {
        name: date(feed.column, feed.form)[feed.what] if feed.what in PARTS else _cells(table, feed)
        for feed, name in named.items()
    }


def _cells(table: "pa.Table", feed: Feed) -> np.ndarray:
    """Numbers, truth values or categories."""
    match feed.what:
        case "number":
            return numbers(table, feed.column, form=feed.form)
        case "truth":
            x = truths(table, feed.column)
            return WORDS[np.where(np.isnan(x), 2, x).astype(int)]
        case _:
            pc = compute()
            column = texts(table, feed.column)
            return pc.if_else(pc.equal(column, ""), EMPTY, column).fill_null("").to_numpy()


def _date(table: "pa.Table", column: str, form: str) -> dict[str, np.ndarray]:
    """Parts of dates, NaN where they are missing."""
    moments = dates(table, column, form)
    absent = np.isnat(moments)
    found = parts(np.where(absent, np.datetime64(0, "us"), moments), origin=0)
    return {part: np.where(absent, np.nan, value) for part, value in found.items()}
