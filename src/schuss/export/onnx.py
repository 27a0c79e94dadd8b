"""A model as one ONNX file: from the cells of a table to labels and probabilities, or to values.

Inputs, one [N] for every column that is used, for any number of rows: see `schuss.export.feeds`.

Outputs: of classes "label" [N], of the target's type (text, int64 or boolean), and "probabilities" [N, C], float32, in
the order of `Model.classes`; of a regression "value" [N], float64, in the target's own unit.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schuss.export.architecture import encodings
from schuss.export.features import add_features
from schuss.export.feeds import named_feeds
from schuss.export.files import write_whole
from schuss.export.graph import Graph
from schuss.export.networks import add_network
from schuss.export.optional import require
from schuss.selection.calibration import SMALLEST
from schuss.selection.model import Model, Part
from schuss.tables.encoding.target import NumberTarget

if TYPE_CHECKING:
    import onnx


def to_onnx(model: Model) -> "onnx.ModelProto":
    """The whole model as an ONNX graph, weights and encodings inside; it agrees with `Model.outputs` to 1e−5.

    Numbers are encoded in float64; the networks compute in float32, as here. What the file cannot do is to refuse a
    cell: text that is no truth value counts as missing.

    Raises:
        ImportError: onnx is not installed.
        ValueError: a layer or an activation is the user's own.
    """
    require("onnx")
    named = named_feeds(model)
    graph = Graph({name: feed.dtype for feed, name in named.items()})
    distinct = encodings(model)
    features = [add_features(graph, encoding, named) for encoding in distinct]
    outputs = [_add_part(graph, part, features[distinct.index(part.encoding)]) for part in model.parts]
    blend = graph.node("Sum", *outputs)
    if model.classes:
        _add_classes(graph, model, blend)
    else:
        graph.output("value", blend, np.float64)
    return graph.model()


def save_onnx(model: Model, path: str | Path) -> None:
    """Write a model's ONNX file, which appears whole or not at all.

    Raises:
        ImportError: onnx is not installed.
        ValueError: a layer or an activation is the user's own.
        OSError: the file cannot be written.
    """
    write_whole(path, to_onnx(model).SerializeToString())


def _add_part(graph: Graph, part: Part, features: str) -> str:
    """What one network adds to the blend: its share of the probabilities [N, C], or of the values [N]."""
    inputs = part.encoding.numbers + len(part.encoding.embeddings)
    outputs, width = add_network(graph, part.network, part.weights, features, inputs)
    target = part.encoding.output
    if isinstance(target, NumberTarget):
        standardised = graph.node("Gather", graph.cast(outputs, np.float64), np.int64(0), axis=1)
        scaled = graph.node("Mul", standardised, np.float64(target.scale))
        value = graph.node("Add", scaled, np.float64(target.mean))
        return graph.node("Mul", value, np.float64(part.share))
    if width == 1:
        both = [graph.node("Sigmoid", graph.node("Neg", outputs)), graph.node("Sigmoid", outputs)]
        probabilities = graph.node("Concat", *both, axis=1)
    else:
        probabilities = graph.node("Softmax", outputs, axis=1)
    return graph.node("Mul", probabilities, np.float32(part.share))


def _add_classes(graph: Graph, model: Model, blend: str) -> None:
    """Probabilities at the model's temperature, and the labels of the likeliest classes."""
    if model.temperature != 1:
        logarithms = graph.node("Log", graph.node("Max", blend, np.float32(SMALLEST)))
        blend = graph.node("Softmax", graph.node("Div", logarithms, np.float32(model.temperature)), axis=1)
    dtype = {str: object, int: np.int64, bool: np.bool_}[type(model.classes[0])]
    best = graph.node("ArgMax", blend, axis=1, keepdims=0)
    graph.output("label", graph.node("Gather", np.array(model.classes, dtype), best), dtype)
    graph.output("probabilities", blend, np.float32, len(model.classes))
