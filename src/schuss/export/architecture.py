"""What there is to export: kinds of layers, and encodings that differ."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from schuss.activations import ACTIVATIONS
from schuss.layers import (
    Activation,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    Linear,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scaling,
)
from schuss.names import name_of

if TYPE_CHECKING:
    from schuss.selection.model import Model
    from schuss.tables import Encoding

KINDS = (Linear, Embedding, PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling, Flatten, Dropout)


def kind(layer: Layer, place: int, activations: Collection[str]) -> str:
    """Name of a layer's class or, for an activation, of its function: what an export looks up.

    Args:
        layer: of a network.
        place: its place there.
        activations: names of those that the other program knows.

    Raises:
        ValueError: the layer or the function is the user's own, of which the other program does not know.

    >>> kind(Linear(2, 3), 0, ["tanh"]), kind(Activation("tanh"), 1, ["tanh"])
    ('Linear', 'tanh')
    """
    if type(layer) in KINDS:
        return type(layer).__name__
    found = type(layer).__name__
    if type(layer) is Activation:
        name = name_of(layer.function, ACTIVATIONS)
        if name in activations:
            return name
        found = f"the activation {name}"
    known = ", ".join([*(each.__name__ for each in KINDS), *activations])
    raise ValueError(f"layer {place} is {found}, which cannot be exported; only the package's own layers can: {known}.")


def encodings(model: "Model") -> "tuple[Encoding, ...]":
    """The distinct encodings of a model's parts, in the order in which they first appear."""
    found: list[Encoding] = []
    for part in model.parts:
        if part.encoding not in found:
            found.append(part.encoding)
    return tuple(found)
