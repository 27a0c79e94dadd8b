"""Axis letters and array aliases.

The shape of every array is written beside it with these letters:

| letter | axis |
|---|---|
| M | members of a population |
| B | rows of a mini-batch |
| N | rows of a table |
| I | inputs of a network or a layer |
| O | outputs of a network or a layer |
| T | steps (mini-batches, updates) |
"""

from collections.abc import Callable
from typing import Any

import jax

Array = jax.Array
"""An array of numbers; its shape is in the docstring beside it."""

Parameters = Any
"""The weights of a network: a pytree of arrays (a tuple of layers, each a dict such as ``{"W": [I, O], "b": [O]}``)."""

ActivationFunction = Callable[[Array], Array]
"""z → a, the same shape."""

LossFunction = Callable[[Array, Array], Array]
"""(prediction [B, O], target [B] or [B, O]) → loss of every row [B]."""
