"""AdaGrad: a learning rate for every weight, shrinking with all the gradients it has seen."""

from dataclasses import dataclass

import jax.numpy as jnp

from schuss.optimizers.base import Optimizer, State
from schuss.palette import ORANGE, Look
from schuss.types import Array


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """Adaptive gradient.

    ::

        v ← v + g²
        w ← w − α·g / (√v + ε)

    Weights that have moved little keep a large learning rate, weights that have moved much get a small one.

    Why it stalls: v only ever grows. With gradients of about the same size the t-th step is α/√t long, and a steep
    start is never forgotten: gradients a hundred times smaller later on take steps a hundred times shorter. The
    learning rate goes to 0 whether or not the minimum is reached. `RMSProp` repairs this by averaging.

    Args:
        learning_rate: α, default 0.01.
        epsilon: ε, added to the root, default 1e−10.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: notes B8 (its g_t is v); Duchi, Hazan and Singer, 2011. The numbers are those of ``torch.optim.Adagrad``
    with ``lr_decay=0``; optax's ``adagrad`` starts v at 0.1 and adds ε under the root.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> adagrad = AdaGrad(0.1)
    >>> state = adagrad.init(w)
    >>> for t in range(1, 101):
    ...     u, state = adagrad.update(jnp.array([0.5, -8.0]), state, w)
    ...     if t in (1, 4, 100):
    ...         print(t, u)
    1 [-0.1  0.1]
    4 [-0.05  0.05]
    100 [-0.01  0.01]
    """

    learning_rate: float = 0.01
    epsilon: float = 1e-10

    arrays = ("v",)
    elementwise = True
    learning_rates = (0.003, 0.1)
    look = Look(ORANGE, mark="triangle-up")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        v = s.v + g**2
        return -alpha * g / (jnp.sqrt(v) + self.epsilon), s._replace(v=v)
