"""Numbers as ramps: what lets a perceptron treat small, middle and large values of one number apart."""

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import jax.numpy as jnp
import numpy as np

from schuss.layers.number import NumberEmbedding
from schuss.types import Array, Parameters

FARTHEST = 3.0
"""The first edge is at −3 and the last at 3: scaled numbers of a table lie between them."""


def edges_of(bins: int) -> np.ndarray:
    """Edges e₀ … e_T of T bins, float64 [T + 1]: of a standard normal number equally many lie in each bin.

    >>> edges_of(4).round(3).tolist()
    [-3.0, -0.674, 0.0, 0.674, 3.0]
    """
    return np.array([-FARTHEST, *(NormalDist().inv_cdf(t / bins) for t in range(1, bins)), FARTHEST])


@dataclass(frozen=True)
class PiecewiseLinearEmbedding(NumberEmbedding):
    """Each of some inputs becomes a short learned vector beside itself: a linear map of ramps of it.

    ::

        ρₜ(x) = clip((x − eₜ₋₁) / (eₜ − eₜ₋₁), 0, 1)          t = 1 … T
        vⱼ = Aⱼᵀ·ρ(xⱼ) + cⱼ                                    for every column j: Aⱼ [T, K], cⱼ [K]
        output = all inputs, then v₁, v₂, …

    Ramp t rises from 0 to 1 within bin t and is constant outside, so a vector is a line in each bin that is joined to
    the next: row t of Aⱼ says how far it goes there. A change in one bin leaves the slopes in all others as they are,
    while a wave of `schuss.layers.PeriodicEmbedding` moves everywhere. As many ramps as waves take half the time.

    The edges are quantiles of the standard normal distribution, for inputs of mean 0 and deviation 1, and do not learn.

    Args:
        inputs: I, number of values that come in.
        columns: places of those that are embedded.
        bins: T, ramps of a column, default 8.
        width: K, numbers that are made of them, default 3.
        speed: how many times as fast as the rest of the network the embedding learns, > 0, default 1.

    Source: Gorishniy, Rubachev and Babenko, *On Embeddings for Numerical Features in Tabular Deep Learning*, 2022;
    there the edges are quantiles of each column, and the number itself is not beside its vector.

    >>> layer = PiecewiseLinearEmbedding(2, (1,), bins=2, width=1)
    >>> params = {"A": np.array([[[4.0], [10.0]]]), "c": np.array([0.5])}
    >>> layer.apply(params, jnp.array([[7.0, -3.0], [7.0, -1.5], [7.0, 3.0]])).tolist()
    [[7.0, -3.0, 0.5], [7.0, -1.5, 2.5], [7.0, 3.0, 14.5]]
    """

    inputs: int
    columns: tuple[int, ...]
    bins: int = 8
    width: int = 3
    speed: float = field(default=1.0, compare=False)

    @property
    def functions(self) -> int:
        """T."""
        return self.bins

    def initialize(self, rng: np.random.Generator, dtype: Any = np.float32) -> Parameters:
        """``{"A": [C, T, K], "c": [C·K]}``: both U(±1/√T)."""
        bound = 1 / np.sqrt(self.bins)
        return {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in self.shapes().items()}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the weights, without making them."""
        c, t, k = len(self.columns), self.bins, self.width
        return {"A": (c, t, k), "c": (c * k,)}

    def vectors(self, params: Parameters, numbers: Array) -> Array:
        """Numbers [B, C] → [B, C·K]; columns come first on the way: XLA multiplies small matrices faster that way."""
        edges = jnp.asarray(edges_of(self.bins)[:, None], numbers.dtype)
        ramps = jnp.clip((numbers.T[:, None] - edges[:-1]) / (edges[1:] - edges[:-1]), 0, 1)  # [C, T, B]
        return jnp.einsum("ctk,ctb->ckb", params["A"], ramps).reshape(-1, numbers.shape[0]).T + params["c"]
