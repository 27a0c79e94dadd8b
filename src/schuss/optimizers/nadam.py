"""NAdam: Adam with Nesterov's momentum."""

from dataclasses import dataclass

import jax.numpy as jnp

from schuss.averages import bias_correction
from schuss.optimizers.base import Optimizer, State
from schuss.palette import SKY, Look
from schuss.types import Array


@dataclass(frozen=True)
class NAdam(Optimizer):
    """Nesterov-accelerated adaptive moment estimation.

    ::

        μₜ = β₁·(1 − 0.96^(t·ψ) / 2)           M ← M·μₜ, the product of all μ so far
        m ← β₁·m + (1−β₁)·g
        v ← β₂·v + (1−β₂)·g²                   v̂ = v / (1−β₂ᵗ)
        m̂ = μₜ₊₁·m / (1 − M·μₜ₊₁) + (1−μₜ)·g / (1 − M)
        w ← w − α·m̂ / (√v̂ + ε)

    m̂ looks one step ahead: this step's gradient, and the momentum with the coefficient of the next step. μ warms up
    from about β₁/2 to β₁.

    Args:
        learning_rate: α, default 0.002.
        beta_1: β₁ of the first moment, in [0, 1), default 0.9.
        beta_2: β₂ of the second moment, in [0, 1), default 0.999.
        epsilon: ε, inside the denominator, default 1e−8.
        momentum_decay: ψ, how fast μ warms up, default 0.004; 0 leaves it at β₁/2.
        weight_decay: λ, added to the gradient as λ·w, default 0.

    Source: Dozat, 2016. The numbers are those of ``torch.optim.NAdam``; optax's ``nadam`` has no warm-up of μ.

    >>> import jax.numpy as jnp
    >>> w = jnp.array([1.0, -2.0])
    >>> nadam = NAdam(0.1)
    >>> u, state = nadam.update(jnp.array([0.5, -8.0]), nadam.init(w), w)
    >>> print(f"{u[0]:.4f} {u[1]:.4f} {state.mu_product:.4f}")
    -0.1056 0.1056 0.4501
    """

    learning_rate: float = 0.002
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    momentum_decay: float = 0.004

    arrays = ("m", "v")
    elementwise = True
    below_one = ("beta_1", "beta_2")
    learning_rates = (0.0005, 0.02)
    drawn = 2
    look = Look(SKY, mark="pentagon")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array, see the formula above."""
        g = g + self.weight_decay * w
        mu, mu_next = (self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay)) for t in (s.t, s.t + 1))
        mu_product = s.mu_product * mu
        m = self.beta_1 * s.m + (1 - self.beta_1) * g
        v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        m_hat = mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)
        v_hat = v / bias_correction(self.beta_2, s.t)
        return -alpha * m_hat / (jnp.sqrt(v_hat) + self.epsilon), s._replace(m=m, v=v, mu_product=mu_product)
