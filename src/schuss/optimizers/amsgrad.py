"""AMSGrad: Adam whose second moment never shrinks."""

from dataclasses import dataclass

import jax.numpy as jnp

from schuss.averages import bias_correction
from schuss.optimizers.base import Optimizer, State
from schuss.palette import PINK, Look
from schuss.types import Array


@dataclass(frozen=True)
class AMSGrad(Optimizer):
    """Adam with the largest second moment so far in the denominator.

    ::

        m ← β₁·m + (1−β₁)·g          m̂ = m / (1−β₁ᵗ)
        v ← β₂·v + (1−β₂)·g²
        v_max ← max(v_max, v)        v̂ = v_max / (1−β₂ᵗ)
        w ← w − α·m̂ / (√v̂ + ε)

    A large gradient seen rarely is not forgotten by v_max, as it is by Adam's v: the case in which Adam fails to
    converge.

    Args:
        learning_rate: α, default 0.001.
        beta_1: β₁ of the first moment, in [0, 1), default 0.9.
        beta_2: β₂ of the second moment, in [0, 1), default 0.999.
        epsilon: ε, inside the denominator, default 1e−8.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: Reddi, Kale and Kumar, 2018. The numbers are those of ``torch.optim.Adam(amsgrad=True)``, which takes the
    maximum before the bias correction; optax's ``amsgrad`` takes it after; the paper has no correction.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> amsgrad = AMSGrad(0.1, beta_2=0.5)
    >>> state = amsgrad.init(w)
    >>> for g in (jnp.array([2.0, -8.0]), jnp.array([0.0, 0.0])):
    ...     u, state = amsgrad.update(g, state, w)
    >>> print(state.v, state.v_max)
    [ 1. 16.] [ 2. 32.]
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    arrays = ("m", "v", "v_max")
    elementwise = True
    below_one = ("beta_1", "beta_2")
    learning_rates = (0.0005, 0.02)
    drawn = 0
    look = Look(PINK, "-.", "hexagon")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        m = self.beta_1 * s.m + (1 - self.beta_1) * g
        v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        v_max = jnp.maximum(s.v_max, v)
        m_hat = m / bias_correction(self.beta_1, s.t)
        v_hat = v_max / bias_correction(self.beta_2, s.t)
        return -alpha * m_hat / (jnp.sqrt(v_hat) + self.epsilon), s._replace(m=m, v=v, v_max=v_max)
