"""A factor for every input, learned fast."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from schuss.layers.base import Layer
from schuss.types import Array, Parameters


@dataclass(frozen=True)
class Scaling(Layer):
    """A factor for every input: z = s·x, element by element, s = 1 at first.

    The layer that follows could do the same by longer rows of its W; but there the factor of one input is spread over
    many weights, each of which takes small steps. Here it is one number that may learn many times as fast, so that a
    network soon listens to the inputs that matter and no longer to those that do not.

    Args:
        inputs: I, number of values that come in.
        speed: how many times as fast as the rest of the network the factors learn, > 0, default 20.

    Source: Holzmüller, Grinsztajn and Steinwart, *Better by Default*, 2024.

    >>> Scaling(2).apply({"s": np.array([2.0, 0.5])}, np.array([[1.0, 4.0]])).tolist()
    [[2.0, 2.0]]
    """

    inputs: int
    speed: float = field(default=20.0, compare=False)

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: a number is out of its range.
        """
        if not isinstance(self.inputs, (int, np.integer)) or self.inputs < 1 or not 0 < self.speed < math.inf:
            raise ValueError(f"Scaling needs a whole number of inputs ≥ 1 and a finite speed > 0, but is {self!r}.")

    @property
    def learns(self) -> float:
        """The speed."""
        return self.speed

    def initialize(self, rng: np.random.Generator, dtype: Any = np.float32) -> Parameters:
        """``{"s": [I]}``, all 1."""
        del rng
        return {"s": np.ones(self.inputs, dtype)}

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """X [B, I] → s·X [B, I]."""
        del key
        return params["s"] * x
