"""Adam: momentum, RMSProp and bias correction together."""

from dataclasses import dataclass

import jax.numpy as jnp

from schuss.averages import bias_correction
from schuss.optimizers.base import Optimizer, State
from schuss.palette import VERMILLION, Look
from schuss.types import Array


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adaptive moment estimation.

    ::

        m ← β₁·m + (1−β₁)·g          m̂ = m / (1−β₁ᵗ)
        v ← β₂·v + (1−β₂)·g²         v̂ = v / (1−β₂ᵗ)
        w ← w − α·m̂ / (√v̂ + ε)

    Args:
        learning_rate: α, default 0.001.
        beta_1: β₁ of the first moment, in [0, 1), default 0.9.
        beta_2: β₂ of the second moment, in [0, 1), default 0.999.
        epsilon: ε, inside the denominator (one of the notes types it outside), default 1e−8.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: notes A9 and B8; Kingma and Ba, 2015. The numbers are those of ``torch.optim.Adam``.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> adam = Adam(0.1)
    >>> u, state = adam.update(jnp.array([0.5, -8.0]), adam.init(w), w)
    >>> print(u)  # in the first step bias correction makes every step α long
    [-0.1  0.1]
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    arrays = ("m", "v")
    elementwise = True
    below_one = ("beta_1", "beta_2")
    learning_rates = (0.0005, 0.02)
    drawn = 2
    look = Look(VERMILLION, mark="cross")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        m = self.beta_1 * s.m + (1 - self.beta_1) * g
        v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        m_hat = m / bias_correction(self.beta_1, s.t)
        v_hat = v / bias_correction(self.beta_2, s.t)
        return -alpha * m_hat / (jnp.sqrt(v_hat) + self.epsilon), s._replace(m=m, v=v)
