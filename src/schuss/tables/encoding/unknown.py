"""What a table holds that the training rows did not: categories that are none of the levels."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from schuss.tables.encoding.category import Category, Embedded, OneHot
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.encode import Encoding
from schuss.tables.errors import near, show
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa

MOST_NOTES = 10
"""Columns that are told of, one note each."""


def unknown(encoding: Encoding, table: "pa.Table") -> list[str]:
    """A sentence for every column of a table in which more cells are none of the levels than in training.

    Such a cell is "other": see `schuss.tables.encoding.category`. What is within three standard errors of the share in
    training is not more. The columns with the largest share come first.
    """
    columns, found = Columns(table), list[tuple[float, str]]()
    for feature in encoding.inputs:
        if isinstance(feature, (OneHot, Embedded)):
            found += _about(feature, columns)
    ordered = [note for _, note in sorted(found, key=lambda one: -one[0])]
    more = len(ordered) - MOST_NOTES
    return ordered[:MOST_NOTES] + [f"In {more} more columns there are unknown categories."] * (more > 0)


def _about(feature: Category, columns: Columns) -> Iterator[tuple[float, str]]:
    """The share of cells that are none of the levels, and what is said of it, if it is more than in training."""
    coded = columns.coded(feature.name)
    there = coded.codes >= 0
    strange = there & (feature.codes(columns) == 0)
    count, cells = int(strange.sum()), int(there.sum())
    if count <= cells * feature.rare + 3 * (cells * feature.rare * (1 - feature.rare)) ** 0.5:
        return
    counts = coded.counts(np.flatnonzero(strange))
    example = coded.texts[int(counts.argmax())].as_py()
    hint = near(example, feature.levels, "")
    where = place(columns.table, column=feature.name)
    share = "all" if count == cells else f"{count:,} of {cells:,}"
    usual = f", more than the {feature.rare:.1%} of training" if feature.rare else ""
    said = f"{where}: {share} cells hold categories that training did not know{usual}, such as {show(example)}."
    yield count / cells, f"{said} They count as other.{f' {hint}' if hint else ''}"
