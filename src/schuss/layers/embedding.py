"""Categories as vectors."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from schuss.layers.base import Layer
from schuss.types import Array, Parameters

FIRST = 0.1
"""Standard deviation of the first vectors; see `docs/choosing.md`."""


@dataclass(frozen=True)
class Embedding(Layer):
    """Learned vectors for categories: every code is replaced by its row of a table, e = E[code].

    Args:
        numbers: how many values at the front of a row pass through unchanged.
        tables: (levels, width) of each code after them: code k of a table is row k of E [levels, width].

    A code is a whole number from 0 to levels − 1, written as a float. A linear layer on one-hot categories is the same
    function where width is that layer's; narrower tables share what they learn.

    Source: Guo and Berkhahn, 2016.

    >>> layer = Embedding(1, ((3, 2),))
    >>> params = {"E0": np.array([[0, 0], [1, 2], [3, 4]], np.float32)}
    >>> layer.apply(params, jnp.array([[0.5, 2], [-0.5, 0]])).tolist()
    [[0.5, 3.0, 4.0], [-0.5, 0.0, 0.0]]
    """

    numbers: int
    tables: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        """Check the sizes.

        Raises:
            ValueError: a size is not a whole number, or too small.
        """
        sizes = [(self.numbers, 0), *((size, 1) for table in self.tables for size in table)]
        if not all(isinstance(size, (int, np.integer)) and size >= least for size, least in sizes):
            raise ValueError(f"Numbers must be ≥ 0, levels and widths whole numbers ≥ 1, but they are not in {self!r}.")

    @property
    def outputs(self) -> int:
        """O: the numbers and the widths of all tables."""
        return self.numbers + sum(width for _, width in self.tables)

    def initialize(self, rng: np.random.Generator, dtype: Any = np.float32) -> Parameters:
        """``{"E0": [levels, width], …}``: uniform in ±0.1·√3, of standard deviation 0.1; code 0 at 0.

        Vectors as long as standardised numbers would tell the levels apart from the beginning, and a network would
        learn rows by heart before it learns what levels have in common. Code 0 is that of unknown categories; where no
        row has it, it stays without effect.
        """
        bound = FIRST * np.sqrt(3)
        params = {}
        for place, table in enumerate(self.tables):
            vectors = rng.uniform(-bound, bound, table).astype(dtype)
            vectors[0] = 0
            params[f"E{place}"] = vectors
        return params

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """``{"E0": (levels, width), …}``, without making them."""
        return {f"E{place}": table for place, table in enumerate(self.tables)}

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """X [B, numbers + tables] → [B, O]."""
        del key
        codes = x[:, self.numbers :].astype(jnp.int32)
        vectors = [params[f"E{place}"][codes[:, place]] for place in range(len(self.tables))]
        return jnp.concatenate([x[:, : self.numbers], *vectors], axis=1)
