"""Lion: the sign of momentum, found by searching through programs."""

from dataclasses import dataclass

import jax.numpy as jnp

from schuss.optimizers.base import Optimizer, State
from schuss.palette import GREY, Look
from schuss.types import Array


@dataclass(frozen=True)
class Lion(Optimizer):
    """Evolved sign momentum.

    ::

        c = β₁·m + (1−β₁)·g
        w ← w − α·(sign c + λ·w)
        m ← β₂·m + (1−β₂)·g

    Every weight moves by α in every step, whatever the size of its gradient; hence a learning rate three to ten times
    smaller than Adam's, and one array of state where Adam keeps two.

    Args:
        learning_rate: α, default 1e−4.
        beta_1: β₁ of the average whose sign is the step, in [0, 1), default 0.9.
        beta_2: β₂ of the average that is kept, in [0, 1), default 0.99.
        weight_decay: λ, decoupled as `AdamW`'s and multiplied by α, default 0.

    Source: Chen et al., 2023. The numbers are those of ``optax.lion``, whose default λ is 1e−3.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0, 3.0])
    >>> lion = Lion(0.1)
    >>> u, state = lion.update(jnp.array([0.5, -8.0, 0.0]), lion.init(w), w)
    >>> print(u)
    [-0.1  0.1 -0. ]
    """

    learning_rate: float = 1e-4
    beta_1: float = 0.9
    beta_2: float = 0.99

    arrays = ("m",)
    elementwise = True
    below_one = ("beta_1", "beta_2")
    learning_rates = (0.0001, 0.003)
    weight_decays = (0.03, 10.0)
    drawn = 2
    look = Look(GREY, ":", "star")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        c = self.beta_1 * s.m + (1 - self.beta_1) * g
        m = self.beta_2 * s.m + (1 - self.beta_2) * g
        return -alpha * (jnp.sign(c) + self.weight_decay * w), s._replace(m=m)
