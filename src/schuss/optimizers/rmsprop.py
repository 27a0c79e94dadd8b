"""RMSProp: divide the gradient by the root of the average of its squares."""

from dataclasses import dataclass

import jax.numpy as jnp

from schuss.optimizers.base import Optimizer, State
from schuss.palette import GREEN, Look
from schuss.types import Array


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Root mean square propagation.

    ::

        v ← β·v + (1−β)·g²
        w ← w − α·g / (√v + ε)    or, epsilon_inside_root:  w ← w − α·g / √(v + ε)

    Steep directions have a large v and are slowed down, flat ones a small v and are sped up. The average forgets what
    is older than about 1/(1−β) steps, so unlike `AdaGrad` it does not stall. There is no bias correction: v starts at
    0, and the first step is α/√(1−β) long.

    Args:
        learning_rate: α, default 0.001 (PyTorch's default is 0.01).
        beta: β, in [0, 1), default 0.99 (PyTorch's ``alpha``; the notes give no number, the lecture 0.9).
        epsilon: ε, default 1e−8.
        epsilon_inside_root: add ε to v rather than to √v, default False. At 1e−8 it then bounds the denominator from
            below by 1e−4, not 1e−8.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: notes A8 (ε added to S, which is v) and B8 (ε added to the root: the default here; its ρ is β); Tieleman
    and Hinton, 2012. The numbers are those of ``torch.optim.RMSprop`` with ``momentum=0`` and ``centered=False``;
    optax's ``rmsprop`` adds ε under the root.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> rmsprop = RMSProp(0.1, beta=0.75)
    >>> u, state = rmsprop.update(jnp.array([0.5, -8.0]), rmsprop.init(w), w)
    >>> print(u)
    [-0.2  0.2]
    """

    learning_rate: float = 0.001
    beta: float = 0.99
    epsilon: float = 1e-8
    epsilon_inside_root: bool = False

    arrays = ("v",)
    elementwise = True
    below_one = ("beta",)
    learning_rates = (0.0003, 0.01)
    drawn = 2
    look = Look(GREEN, mark="diamond")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        v = self.beta * s.v + (1 - self.beta) * g**2
        root = jnp.sqrt(v + self.epsilon) if self.epsilon_inside_root else jnp.sqrt(v) + self.epsilon
        return -alpha * g / root, s._replace(v=v)
