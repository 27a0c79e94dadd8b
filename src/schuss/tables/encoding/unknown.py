"""What a table holds that the training rows did not: categories that are none of the levels."""

from collections.abc import Iterable, Iterator
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


def unknown(encodings: Iterable[Encoding], table: "pa.Table") -> list[str]:
    """A sentence for every column of a table of which many more cells are none of the levels than in training.

    Such a cell is "other": see `schuss.tables.encoding.category`. Many more are all of several, or more than twice the
    share in training and three standard errors. The columns with the largest share come first.

    Args:
        encodings: of the networks of a model: known is what one of them knows.
        table: the rows that are predicted.
    """
    features: dict[str, list[Category]] = {}
    for feature in {id(encoding): encoding for encoding in encodings}.values():
        for one in feature.inputs:
            if isinstance(one, (OneHot, Embedded)):
                features.setdefault(one.name, []).append(one)
    columns, found = Columns(table), list[tuple[float, str]]()
    for one in features.values():
        found += _about(one, columns)
    ordered = [note for _, note in sorted(found, key=lambda one: -one[0])]
    more = len(ordered) - MOST_NOTES
    return ordered[:MOST_NOTES] + [f"In {more} more columns there are unknown categories."] * (more > 0)


def _about(features: list[Category], columns: Columns) -> Iterator[tuple[float, str]]:
    """The share of cells that are none of the levels, and what is said of it, if it is more than in training."""
    name, rare = features[0].name, max(feature.rare for feature in features)
    coded = columns.coded(name)
    there = coded.codes >= 0
    strange = there & np.all([feature.codes(columns) == 0 for feature in features], axis=0)
    count, cells = int(strange.sum()), int(there.sum())
    if count <= 2 * cells * rare + 3 * (cells * rare * (1 - rare)) ** 0.5 and not count == cells > 1:
        return
    example = coded.texts[int(coded.counts(np.flatnonzero(strange)).argmax())].as_py()
    levels = dict.fromkeys(level for feature in features for level in feature.levels)
    hint = near(example, levels, "")
    share = "all" if count == cells else f"{count:,} of {cells:,}"
    usual = f", more than the {rare:.1%} of training" if rare else ""
    said = f"{place(columns.table, column=name)}: {share} cells hold categories that training did not know{usual}"
    yield count / cells, f"{said}, such as {show(example)}. They count as other.{f' {hint}' if hint else ''}"
