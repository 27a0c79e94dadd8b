"""A network's layers as ONNX operators, in float32."""

import math

import numpy as np

from schuss.export.architecture import kind
from schuss.export.graph import Graph
from schuss.layers import Embedding, Layer, Linear, NumberEmbedding, PeriodicEmbedding, PiecewiseLinearEmbedding
from schuss.layers.piecewise import edges_of
from schuss.network import Sequential
from schuss.types import Parameters

BUILT_IN = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "Relu",
    "leaky_relu": "LeakyRelu",  # by default with the slope 0.01
    "elu": "Elu",  # with alpha 1
    "selu": "Selu",
    "softplus": "Softplus",
    "softmax": "Softmax",  # along the last axis
}
"""Activations that are operators."""

KNOWN = (*BUILT_IN, "identity", "silu", "mish", "gelu", "gelu_tanh")
"""All activations that can be written with operators."""


def add_network(graph: Graph, network: Sequential, weights: Parameters, x: str, inputs: int) -> tuple[str, int]:
    """What the network gives [N, O] for features x [N, I], and O.

    Raises:
        ValueError: a layer or an activation is the user's own.
    """
    for place, (layer, params) in enumerate(zip(network.layers, weights, strict=True)):
        single = {name: np.asarray(array, np.float32) for name, array in params.items()}
        x = _add_layer(graph, layer, kind(layer, place, KNOWN), single, x)
        if isinstance(layer, (Linear, Embedding, NumberEmbedding)):
            inputs = layer.outputs
    return x, inputs


def _add_layer(graph: Graph, layer: Layer, name: str, params: dict[str, np.ndarray], x: str) -> str:
    if isinstance(layer, Embedding):
        return _add_embedding(graph, layer, params, x)
    if isinstance(layer, PeriodicEmbedding):
        return _add_waves(graph, layer, params, x)
    if isinstance(layer, PiecewiseLinearEmbedding):
        return _add_ramps(graph, layer, params, x)
    match name:
        case "Linear":
            return graph.node("Gemm", x, params["W"], params["b"])
        case "Scaling":
            return graph.node("Mul", x, params["s"])
        case "Flatten":
            return graph.node("Flatten", x, axis=1)
        case "Dropout" | "identity":
            return x
        case "silu":
            return graph.node("Mul", x, graph.node("Sigmoid", x))
        case "mish":
            return graph.node("Mul", x, graph.node("Tanh", graph.node("Softplus", x)))
        case "gelu":
            u = graph.node("Mul", x, np.float32(math.sqrt(0.5)))
            return _times_half_of_one_plus(graph, x, graph.node("Erf", u))
        case "gelu_tanh":
            cube = graph.node("Mul", graph.node("Mul", x, x), graph.node("Mul", x, np.float32(0.044715)))
            u = graph.node("Mul", graph.node("Add", x, cube), np.float32(math.sqrt(2 / math.pi)))
            return _times_half_of_one_plus(graph, x, graph.node("Tanh", u))
        case _:
            return graph.node(BUILT_IN[name], x)


def _times_half_of_one_plus(graph: Graph, z: str, u: str) -> str:
    """z/2·(1 + u)."""
    return graph.node("Mul", graph.node("Mul", z, np.float32(0.5)), graph.node("Add", u, np.float32(1)))


def _add_embedding(graph: Graph, layer: Embedding, params: dict[str, np.ndarray], x: str) -> str:
    values = [graph.node("Slice", x, np.array([0]), np.array([layer.numbers]), np.array([1]))]
    for place in range(len(layer.tables)):
        codes = graph.cast(graph.node("Gather", x, np.int64(layer.numbers + place), axis=1), np.int64)
        values.append(graph.node("Gather", params[f"E{place}"], codes, axis=0))
    return graph.node("Concat", *values, axis=1)


def _add_waves(graph: Graph, layer: PeriodicEmbedding, params: dict[str, np.ndarray], x: str) -> str:
    """[N, I] → [N, C, 1] → waves [N, C, F] → [N, C, K] → [N, I + C·K]."""
    shape = len(layer.columns), layer.frequencies
    turn = np.float32(2 * math.pi)
    numbers = graph.node("Unsqueeze", graph.node("Gather", x, np.array(layer.columns), axis=1), np.array([2]))
    angles = graph.node("Mul", numbers, turn * params["w"].reshape(shape))
    waves = graph.node("Cos", graph.node("Add", angles, turn * params["b"].reshape(shape)))
    vectors = graph.node("Flatten", graph.node("Einsum", waves, params["A"], equation="bcf,cfk->bck"), axis=1)
    return graph.node("Concat", x, graph.node("Add", vectors, params["c"]), axis=1)


def _add_ramps(graph: Graph, layer: PiecewiseLinearEmbedding, params: dict[str, np.ndarray], x: str) -> str:
    """[N, I] → [N, C, 1] → ramps [N, C, T] → [N, C, K] → [N, I + C·K]."""
    edges = edges_of(layer.bins).astype(np.float32)
    numbers = graph.node("Unsqueeze", graph.node("Gather", x, np.array(layer.columns), axis=1), np.array([2]))
    slopes = graph.node("Div", graph.node("Sub", numbers, edges[:-1]), np.diff(edges))
    ramps = graph.node("Clip", slopes, np.float32(0), np.float32(1))
    vectors = graph.node("Flatten", graph.node("Einsum", ramps, params["A"], equation="bct,ctk->bck"), axis=1)
    return graph.node("Concat", x, graph.node("Add", vectors, params["c"]), axis=1)
