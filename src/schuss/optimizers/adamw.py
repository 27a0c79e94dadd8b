"""AdamW: Adam with weight decay decoupled from the gradient."""

from dataclasses import dataclass, field

import jax.numpy as jnp

from schuss.averages import bias_correction
from schuss.optimizers.base import Optimizer, State
from schuss.palette import PURPLE, Look
from schuss.types import Array


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam whose weights decay beside the adaptive step, not through it.

    ::

        m ← β₁·m + (1−β₁)·g          m̂ = m / (1−β₁ᵗ)
        v ← β₂·v + (1−β₂)·g²         v̂ = v / (1−β₂ᵗ)
        w ← w − α·(m̂ / (√v̂ + ε) + λ·w)

    Why it differs from L2: for plain gradient descent λ·w in the gradient and the factor 1−α·λ on the weights are the
    same. In `Adam` a λ·w in the gradient is divided by √v̂ like the rest of it, so the weights with the largest
    gradients, which need it most, decay least. Here every weight decays by the same factor.

    Args:
        learning_rate: α, default 0.001.
        beta_1: β₁ of the first moment, in [0, 1), default 0.9.
        beta_2: β₂ of the second moment, in [0, 1), default 0.999.
        epsilon: ε, inside the denominator, default 1e−8.
        weight_decay: λ, multiplied by α as everything else, default 0.01.

    Source: notes B8; Loshchilov and Hutter, 2019. The numbers are those of ``torch.optim.AdamW``; in the paper the
    decay is not multiplied by α, only by the schedule; optax's ``adamw`` has λ = 1e−4 by default.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> adamw = AdamW(0.1, weight_decay=0.5)
    >>> u, state = adamw.update(jnp.zeros(2), adamw.init(w), w)
    >>> print(u)  # without a gradient only the decay is left, 1/20 of each weight
    [-0.05  0.1 ]
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = field(default=0.01, kw_only=True)

    arrays = ("m", "v")
    elementwise = True
    below_one = ("beta_1", "beta_2")
    learning_rates = (0.001, 0.02)
    weight_decays = (0.01, 3.0)
    drawn = 5
    look = Look(PURPLE, "--", "x")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        m = self.beta_1 * s.m + (1 - self.beta_1) * g
        v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        m_hat = m / bias_correction(self.beta_1, s.t)
        v_hat = v / bias_correction(self.beta_2, s.t)
        return -alpha * (m_hat / (jnp.sqrt(v_hat) + self.epsilon) + self.weight_decay * w), s._replace(m=m, v=v)
