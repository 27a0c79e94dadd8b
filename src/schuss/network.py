"""A network: a stack of layers, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from schuss import noise
from schuss.initializers import initializer_for
from schuss.layers import (
    Activation,
    Dropout,
    Embedding,
    Layer,
    Linear,
    NumberEmbedding,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scaling,
)
from schuss.types import ActivationFunction, Array, Parameters

SIZED = (Linear, NumberEmbedding, Scaling)
"""Layers that say how many inputs they take."""


@dataclass(frozen=True, init=False)
class Sequential:
    """Layers applied in order: the multi-layer perceptron of the notes (B2), and any stack of `Layer`.

    A network with two or more hidden layers is called deep. The weights are a tuple with one entry for every layer,
    made by `initialize` and handed to every call, so that the same network can be trained many times at once.

    Raises:
        TypeError: something is not a layer.
        ValueError: no layers, or the outputs of one fully connected layer are not the inputs of the next.

    >>> net = Sequential(Linear(2, 3), Activation("tanh"), Linear(3, 1))
    >>> params = net.initialize(seed=0)
    >>> net(params, np.zeros((5, 2), np.float32)).shape
    (5, 1)
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        _check(layers)
        object.__setattr__(self, "layers", tuple(_with_initializers(layers)))

    def initialize(self, seed: int | np.random.Generator = 0, dtype: Any = np.float32) -> Parameters:
        """First weights: the same seed gives the same bits."""
        rng = np.random.default_rng(seed)
        return tuple(layer.initialize(rng, dtype) for layer in self.layers)

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """Output [B, O] for inputs [B, …]; a key means training, where Dropout makes its noise."""
        for place, layer in enumerate(self.layers):
            x = layer.apply(params[place], x, layer_key(key, place))
        return x

    __call__ = apply

    def with_dropout(self, rate: Any) -> "Sequential":
        """The same stack with another rate, traced ones included, in every Dropout layer."""
        other = object.__new__(Sequential)
        layers = (replace(layer, rate=rate) if isinstance(layer, Dropout) else layer for layer in self.layers)
        object.__setattr__(other, "layers", tuple(layers))
        return other

    def learns(self) -> tuple[float, ...]:
        """How many times as fast as others each array of weights learns, in the order of ``jax.tree.leaves``."""
        return tuple(layer.learns for layer in self.layers for _ in layer.shapes())

    def __str__(self) -> str:
        """Sizes and functions in one line: ``20 → 44 PeriodicEmbedding → Scaling → 64 relu → 10``."""
        inputs = _inputs(self.layers[0])
        parts = [] if inputs is None else [f"{inputs}"]
        for layer in self.layers:
            name = type(layer).__name__
            if isinstance(layer, Linear):
                parts.append(f"{layer.outputs}")
            elif isinstance(layer, (Embedding, NumberEmbedding)):
                parts.append(f"{layer.outputs} {name}")
            elif isinstance(layer, Activation):
                name = layer.function if isinstance(layer.function, str) else layer.function.__name__
                parts = [*parts[:-1], f"{parts[-1]} {name}"] if parts else [name]
            else:
                parts.append(name)
        return " → ".join(parts)


def layer_key(key: Array | None, place: int) -> Array | None:
    """The key of the layer at a place, or None outside training."""
    return None if key is None else noise.fold(key, place)


def perceptron(
    inputs: int,
    hidden_layer_sizes: Sequence[int],
    outputs: int,
    activation: str | ActivationFunction = "relu",
    dropout: Any = None,
    embeddings: Sequence[tuple[int, int]] = (),
    waves: PeriodicEmbedding | None = None,
    scaling: float | None = None,
    ramps: PiecewiseLinearEmbedding | None = None,
) -> Sequential:
    """Multi-layer perceptron: Linear, activation and, if asked for, Dropout for every hidden layer, then Linear.

    In front there may be vectors for categories, waves of numbers, ramps of numbers, and a factor for every input,
    in this order.

    Args:
        inputs: I, codes of categories included.
        hidden_layer_sizes: widths of the hidden layers; none gives the perceptron of the notes (B1).
        outputs: O; what comes out are logits or values: the loss knows what to make of them.
        activation: of the hidden layers.
        dropout: rate after every hidden layer; None for no such layer.
        embeddings: (levels, width) of each of the last inputs that is the code of a category; see `Embedding`.
        waves: the embedding of numbers among the other inputs; its ``inputs`` are set here.
        scaling: how fast the factors of the inputs learn, see `Scaling`; None for no such layer.
        ramps: the embedding of numbers as ramps; as ``waves``.

    Raises:
        ValueError: a size is out of its range, or waves or ramps are of columns that are no numbers.
    """
    layers: list[Layer] = []
    numbers = inputs - len(embeddings)
    for name, front in (("waves", waves), ("ramps", ramps)):
        if front is not None and max(front.columns) >= numbers:
            raise ValueError(f"{name} must be of the {numbers} numbers before the codes, not of {front.columns}.")
    if embeddings:
        vectors = Embedding(numbers, tuple((levels, width) for levels, width in embeddings))
        layers, inputs = [vectors], vectors.outputs
    for front in (waves, ramps):
        if front is not None:
            front = replace(front, inputs=inputs)
            layers, inputs = [*layers, front], front.outputs
    if scaling is not None:
        layers.append(Scaling(inputs, scaling))
    for width in hidden_layer_sizes:
        layers += [Linear(inputs, width), Activation(activation)]
        if dropout is not None:
            layers.append(Dropout(dropout))
        inputs = width
    return Sequential(*layers, Linear(inputs, outputs))


def parameter_count(params: Parameters) -> int:
    """How many numbers the weights are."""
    return sum(int(np.prod(np.shape(w))) for w in jax.tree.leaves(params))


def _inputs(layer: Layer) -> int | None:
    """How many values a layer takes, where it says so."""
    if isinstance(layer, Embedding):
        return layer.numbers + len(layer.tables)
    return layer.inputs if isinstance(layer, SIZED) else None


def _check(layers: Sequence[Layer]) -> None:
    if not layers:
        raise ValueError("Sequential needs at least one layer, but got none.")
    width: int | None = None
    for place, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"Sequential takes layers, but at place {place} there is {layer!r}.")
        if isinstance(layer, SIZED) and width is not None and layer.inputs != width:
            raise ValueError(f"Layer {place} must take the {width} outputs before it, not {layer.inputs} inputs.")
        if isinstance(layer, (Linear, Embedding, NumberEmbedding)):
            width = layer.outputs
        elif isinstance(layer, Scaling):
            width = layer.inputs
        elif not isinstance(layer, (Activation, Dropout)):
            width = None  # a layer of another kind may change the width


def _with_initializers(layers: Sequence[Layer]) -> list[Layer]:
    """Give each Linear without an initializer the one that suits the activation after it."""
    chosen = list(layers)
    for place, layer in enumerate(layers):
        if isinstance(layer, Linear) and layer.initializer is None:
            after = layers[place + 1] if place + 1 < len(layers) else None
            function = after.function if isinstance(after, Activation) else "identity"
            chosen[place] = replace(layer, initializer=initializer_for(function))
    return chosen
