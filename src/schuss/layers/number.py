"""What embeddings of numbers have in common: some inputs become short learned vectors beside themselves."""

import math

import jax.numpy as jnp
import numpy as np

from schuss.layers.base import Layer
from schuss.types import Array, Parameters


class NumberEmbedding(Layer):
    """Base of `PeriodicEmbedding` and `PiecewiseLinearEmbedding`, which say what the vector of a number is.

    ::

        output = all inputs, then v₁, v₂, …          vⱼ [K] the vector of column j, one of C
    """

    inputs: int
    columns: tuple[int, ...]
    width: int
    speed: float

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: a number is out of its range, or a column is not among the inputs.
        """
        sizes = self.inputs, self.functions, self.width
        if not all(isinstance(n, (int, np.integer)) and n >= 1 for n in sizes) or not 0 < self.speed < math.inf:
            raise ValueError(f"Sizes must be whole numbers ≥ 1, speed finite and > 0, but they are not in {self!r}.")
        places = all(isinstance(n, (int, np.integer)) and 0 <= n < self.inputs for n in self.columns)
        if not self.columns or not places:
            raise ValueError(f"columns must be places of the {self.inputs} inputs, at least one, not {self.columns}.")

    @property
    def functions(self) -> int:
        """How many functions of a number its vector is made of: waves or ramps."""
        raise NotImplementedError(f"{type(self).__name__} must say how many functions of a number there are.")

    @property
    def outputs(self) -> int:
        """O: the inputs and the vectors of the columns."""
        return self.inputs + len(self.columns) * self.width

    @property
    def learns(self) -> float:
        """The speed."""
        return self.speed

    def vectors(self, params: Parameters, numbers: Array) -> Array:
        """Numbers [B, C] → their vectors, side by side [B, C·K]."""
        raise NotImplementedError(f"{type(self).__name__} must define vectors(params, numbers).")

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """X [B, I] → [B, O]."""
        del key
        numbers = x if self.columns == tuple(range(self.inputs)) else x[:, np.array(self.columns)]
        return jnp.concatenate([x, self.vectors(params, numbers)], axis=1)
