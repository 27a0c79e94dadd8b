"""A table's encoding as operators of an ONNX graph: cells, as `schuss.export.feeds` takes them → features."""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from schuss.export.feeds import EMPTY, Feed, feeds_of
from schuss.export.graph import Graph
from schuss.tables import Encoding
from schuss.tables.cells import PAIRS
from schuss.tables.encoding.boolean import Boolean
from schuss.tables.encoding.category import Category, Embedded, OneHot
from schuss.tables.encoding.date_parts import PERIODS, Date
from schuss.tables.encoding.feature import Feature
from schuss.tables.encoding.numeric import Numeric, Quantile, Scaled
from schuss.tables.encoding.repeated import Repeated
from schuss.tables.encoding.scaling import CLIP, FARTHEST
from schuss.tables.encoding.target_mean import TargetMean

WORDS = {-1: [no for no, _ in PAIRS] + ["0"], 1: [yes for _, yes in PAIRS] + ["1"]}
"""Input of the network → words for it, in lower case."""

CASES = (str.lower, str.upper, str.capitalize)
"""How they may be written."""


def add_features(graph: Graph, encoding: Encoding, names: Mapping[Feed, str]) -> str:
    """What `Encoding.features` gives, float32 [N, I], of the inputs of these names.

    Columns of numbers next to each other are encoded together, so that wide tables make small graphs.
    """
    blocks = [_add_block(graph, list(alike), names) for _, alike in groupby(encoding.ordered, _likeness)]
    return graph.node("Concat", *blocks, axis=1)


def _likeness(feature: Feature) -> Any:
    """What columns have in common that are encoded together."""
    if isinstance(feature, Numeric):
        return type(feature), feature.missing, len(getattr(feature, "knots", ()))
    return type(feature), feature.name


def _add_block(graph: Graph, features: Sequence[Feature], names: Mapping[Feed, str]) -> str:
    """Features next to each other, float32 [N, their outputs]; more than one only where they are numbers."""
    feature = features[0]
    cells = [names[feed] for each in features for feed in feeds_of(each)]
    match feature:
        case Boolean():
            return _add_truths(graph, feature, cells[0])
        case OneHot():
            return _add_one_hot(graph, feature, cells[0])
        case Embedded():
            return graph.columns(graph.cast(_add_codes(graph, feature, cells[0]), np.float32))
        case Repeated():
            return _add_values(graph, feature, cells[0])
        case TargetMean():
            return graph.node("Gather", feature.inputs, _add_codes(graph, feature, cells[0]), axis=0)
        case Date():
            return _add_date(graph, feature, cells)
        case _:
            return _add_numbers(graph, features, cells)


def _add_truths(graph: Graph, feature: Boolean, cells: str) -> str:
    """Text [N] → −1, 1, or 0 where it is neither; and the mark of those."""
    x = graph.look_up(cells, {write(word): value for value in WORDS for word in WORDS[value] for write in CASES})
    marks = [graph.node("Equal", x, np.int64(0))] * feature.missing
    return graph.columns(*(graph.cast(value, np.float32) for value in (x, *marks)))


def _add_codes(graph: Graph, feature: Category, cells: str) -> str:
    """What `Category.codes` gives, int64 [N]."""
    codes = {level or EMPTY: code for code, level in enumerate(feature.levels, start=1)}
    return graph.look_up(cells, codes | {"": len(feature.levels) + 1 if feature.missing else 0})


def _add_values(graph: Graph, feature: Repeated, cells: str) -> str:
    """What `Repeated.encode` gives: at most one of the values is the cell's."""
    values = np.array([feature.values], np.float32)
    same = graph.node("Equal", graph.columns(graph.cast(cells, np.float32)), values)
    codes = np.arange(1, feature.size, dtype=np.float32)[:, None]
    return graph.node("MatMul", graph.cast(same, np.float32), codes)


def _add_one_hot(graph: Graph, feature: OneHot, cells: str) -> str:
    rows = np.eye(len(feature.levels) + feature.missing + 1, len(feature.outputs), dtype=np.float32)
    others_first = np.roll(rows, 1, axis=0)  # their code is 0, and their input the last one
    return graph.node("Gather", others_first, _add_codes(graph, feature, cells), axis=0)


def _add_numbers(graph: Graph, features: Sequence[Any], cells: Sequence[str]) -> str:
    """K columns of one encoder [N] each → [N, K, 1] → [N, K, T] → [N, K·T]."""
    x = graph.node("Concat", *(graph.node("Unsqueeze", each, np.array([1, 2])) for each in cells), axis=1)
    absent = graph.node("IsNaN", x)
    centers = np.array([[f.center] for f in features], np.float64)
    x = graph.node("Where", absent, centers, x)
    if isinstance(features[0], Scaled):
        x = _add_standardised(graph, x, centers, np.array([[f.scale] for f in features], np.float64))
    else:
        x = _add_ramps(graph, x, np.array([f.knots for f in features], np.float64))
        if isinstance(features[0], Quantile):
            scores = np.array([f.scores for f in features], np.float64)
            total = graph.node("ReduceSum", graph.node("Mul", x, np.diff(scores)), np.array([2]), keepdims=1)
            x = graph.node("Add", total, scores[:, :1])
        x = graph.cast(x, np.float32)
    if features[0].missing:
        x = graph.node("Concat", x, graph.cast(absent, np.float32), axis=2)
    return graph.node("Flatten", x, axis=1)


def _add_ramps(graph: Graph, x: str, knots: np.ndarray) -> str:
    """Ramps [N, K, T] between knots [K, T + 1] of numbers [N, K, 1], float64."""
    share = graph.node("Div", graph.node("Sub", x, knots[:, :-1]), np.diff(knots))
    return graph.node("Clip", share, np.float64(0), np.float64(1))


def _add_standardised(graph: Graph, x: str, center: np.ndarray, scale: np.ndarray) -> str:
    """What `schuss.tables.encoding.scaling.standardise` gives, in the shape of x."""
    z = graph.node("Div", graph.node("Sub", x, center), scale)
    z = graph.node("Clip", z, np.float64(-FARTHEST), np.float64(FARTHEST))
    share = graph.node("Div", z, np.float64(CLIP))
    square = graph.node("Add", graph.node("Mul", share, share), np.float64(1))
    return graph.cast(graph.node("Div", z, graph.node("Sqrt", square)), np.float32)


def _add_date(graph: Graph, feature: Date, cells: Sequence[str]) -> str:
    """Parts [N] each → sines and cosines, amounts, and the mark of missing cells."""
    columns: list[str] = []
    for part, x in zip(feature.cycles, cells, strict=False):
        angle = graph.cast(graph.node("Mul", x, np.float64(2 * math.pi / PERIODS[part])), np.float32)
        columns += [graph.node("Sin", angle), graph.node("Cos", angle)]
    amounts = zip(feature.amounts, feature.centers, feature.scales, strict=True)
    for (part, center, scale), x in zip(amounts, cells[len(feature.cycles) :], strict=False):
        center += feature.origin if part == "days" else 0  # the graph's input counts from 1970-01-01
        columns.append(_add_standardised(graph, x, np.array(center, np.float64), np.array(scale, np.float64)))
    absent = graph.node("IsNaN", cells[0])
    columns = [graph.node("Where", absent, np.float32(0), column) for column in columns]
    return graph.columns(*columns, *[graph.cast(absent, np.float32)] * feature.missing)
