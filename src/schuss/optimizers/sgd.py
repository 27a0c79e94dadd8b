"""Stochastic gradient descent, plain, with momentum or with Nesterov's momentum."""

from dataclasses import dataclass

from schuss.optimizers.base import Optimizer, State
from schuss.palette import BLACK, Look
from schuss.types import Array


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent; momentum, if any, in the accumulator form.

    ::

        m ← μ·m + g
        w ← w − α·m               or, nesterov:  w ← w − α·(g + μ·m)

    Whether it is batch, mini-batch or stochastic gradient descent is decided by how many rows g is the mean of, not
    here. The notes write v ← αv + g with α for the momentum coefficient; m is that v. The sum of past gradients is not
    scaled by 1−μ: under a constant gradient the steps grow to α·g/(1−μ). `Momentum` is the form that averages.

    Args:
        learning_rate: α, default 0.01.
        momentum: μ, in [0, 1), default 0: no memory, w ← w − α·g.
        nesterov: step along the velocity that the next step will have, default False.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: notes A1, A7 and B8; Polyak, 1964; Sutskever et al., 2013, for Nesterov's. The numbers are those of
    ``torch.optim.SGD`` with ``dampening=0``.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> sgd = SGD(0.1, momentum=0.5)
    >>> state = sgd.init(w)
    >>> for _ in range(2):
    ...     u, state = sgd.update(jnp.array([1.0, -4.0]), state, w)
    ...     print(u)
    [-0.1  0.4]
    [-0.15  0.6 ]
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    arrays = ("m",)
    elementwise = True
    below_one = ("momentum",)
    learning_rates = (0.01, 1.0)
    look = Look(BLACK)

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        m = self.momentum * s.m + g
        step = g + self.momentum * m if self.nesterov else m
        return -alpha * step, s._replace(m=m)
