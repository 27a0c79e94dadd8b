"""AdaDelta: steps in the unit of the weights, hardly a learning rate to choose."""

from dataclasses import dataclass

import jax.numpy as jnp

from schuss.optimizers.base import Optimizer, State
from schuss.palette import YELLOW, Look
from schuss.types import Array


@dataclass(frozen=True)
class AdaDelta(Optimizer):
    """Adaptive steps from two averages of squares, of the gradients and of the steps themselves.

    ::

        v ← ρ·v + (1−ρ)·g²
        d = √(m + ε) / √(v + ε) · g
        m ← ρ·m + (1−ρ)·d²
        w ← w − α·d

    m is the average of d², the squared steps before the learning rate, not a first moment of g. As it starts at 0, the
    first steps are about √ε long and grow from there.

    Args:
        learning_rate: α, default 1, the paper's method.
        rho: ρ, in [0, 1), default 0.9.
        epsilon: ε, inside both roots, default 1e−6. With 0 there is no first step: m stays 0.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: Zeiler, 2012. The numbers are those of ``torch.optim.Adadelta``.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> adadelta = AdaDelta(rho=0.75, epsilon=1e-4)
    >>> u, state = adadelta.update(jnp.array([0.5, -8.0]), adadelta.init(w), w)
    >>> print(jnp.round(u, 4))
    [-0.02  0.02]
    """

    learning_rate: float = 1.0
    rho: float = 0.9
    epsilon: float = 1e-6

    arrays = ("m", "v")
    elementwise = True
    below_one = ("rho",)
    learning_rates = (0.3, 3.0)
    drawn = 0
    look = Look(YELLOW, "--", "triangle-down")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        v = self.rho * s.v + (1 - self.rho) * g**2
        d = jnp.sqrt(s.m + self.epsilon) / jnp.sqrt(v + self.epsilon) * g
        m = self.rho * s.m + (1 - self.rho) * d**2
        return -alpha * d, s._replace(m=m, v=v)
