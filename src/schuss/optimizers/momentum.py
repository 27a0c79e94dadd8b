"""Momentum: descend along the exponentially weighted average of the gradients."""

from dataclasses import dataclass

from schuss.optimizers.base import Optimizer, State
from schuss.palette import BLUE, Look
from schuss.types import Array


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with momentum in the averaged form.

    ::

        m ← β·m + (1−β)·g
        w ← w − α·m

    Across a ravine gradients alternate and cancel in the average, along it they agree and remain: less oscillation,
    larger learning rates. It is a ball rolling into a bowl: g is its acceleration, m its velocity, and β < 1 the
    friction that keeps it from gaining speed for ever. There is no bias correction, as after some 1/(1−β) steps it
    would change nothing.

    Two forms, one path: the accumulator m ← β·m + g of `SGD` is this m divided by 1−β. Hence ``SGD(α, momentum=β)``
    equals ``Momentum(α/(1−β), β)``, and ``Momentum(α, β)`` equals ``SGD(α·(1−β), momentum=β)``. The averaged form's
    advantage is that changing β leaves the length of the steps, hence a good α, as it was.

    Args:
        learning_rate: α, default 0.01.
        beta: β, in [0, 1), default 0.9: an average over about 1/(1−β) = 10 steps.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: notes A7 (V is m). As ``torch.optim.SGD`` with ``dampening`` equal to ``momentum``, except that PyTorch's
    first step takes all of g.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> momentum = Momentum(0.1, beta=0.5)
    >>> state = momentum.init(w)
    >>> for _ in range(2):
    ...     u, state = momentum.update(jnp.array([1.0, -4.0]), state, w)
    ...     print(u)
    [-0.05  0.2 ]
    [-0.075  0.3  ]
    """

    learning_rate: float = 0.01
    beta: float = 0.9

    arrays = ("m",)
    elementwise = True
    below_one = ("beta",)
    learning_rates = (0.01, 1.0)
    look = Look(BLUE, mark="square")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        m = self.beta * s.m + (1 - self.beta) * g
        return -alpha * m, s._replace(m=m)
