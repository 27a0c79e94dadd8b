"""Muon: momentum made orthogonal, for matrices of weights."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import lax
from jax.tree_util import DictKey

from schuss.optimizers.adamw import AdamW
from schuss.optimizers.base import Rule, State
from schuss.palette import ORANGE, Look
from schuss.types import Array, Parameters

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""a, b, c of the polynomial a·σ + b·σ³ + c·σ⁵ that brings singular values close to 1."""

ITERATIONS = 5
"""How often the polynomial is applied."""


@dataclass(frozen=True)
class Muon(AdamW):
    """Momentum, orthogonalised by the iteration of Newton and Schulz, for all weights W but the last layer's.

    ::

        M ← μ·M + (1−μ)·G                   for W [I, O] with the gradient G [I, O]
        X = μ·M + (1−μ)·G                   Nesterov's look ahead
        X ← X / ‖X‖                         now no singular value is above 1
        X ← a·X + b·XXᵀX + c·XXᵀXXᵀX        five times, with a = 3.4445, b = −4.7750, c = 2.0315
        W ← W − α·(0.2·√max(I, O)·X + λ·W)

    Where X = UΣVᵀ, the iteration keeps U and V and brings all but the smallest singular values in Σ to between 0.68
    and 1.21. So the step is about as long in every direction that the gradient has, and not only in the few that
    dominate it. The factor 0.2·√max(I, O) makes it as large as `AdamW`'s steps usually are, so that the same learning
    rates do.

    All other arrays are `AdamW`'s: biases, embeddings, waves, factors of inputs, and the W of the last layer. The
    iteration takes fifteen matrix products for each W in every step.

    Args:
        learning_rate: α, default 0.001.
        beta_1, beta_2, epsilon: `AdamW`'s, for the other arrays, with its defaults.
        momentum: μ, in [0, 1), default 0.95.
        weight_decay: λ of all arrays, multiplied by α, default 0.01.

    Source: Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024, which leaves the first layer
    to AdamW, too; the factor: Liu et al., 2025, arXiv 2502.16982; the choice of arrays: Gorishniy et
    al., *Benchmarking Optimizers for MLPs in Tabular Deep Learning*, 2026. The step is that of ``torch.optim.Muon``
    with ``adjust_lr_fn="match_rms_adamw"``, which iterates in bfloat16; its defaults are a factor √max(1, O/I) and
    λ = 0.1. What Muon gives on tables stands in ``docs/choosing.md``.

    >>> import jax.numpy as jnp
    >>> w = ({"W": jnp.zeros((2, 2))}, {"W": jnp.zeros((2, 2))})
    >>> g = ({"W": jnp.array([[30.0, 0.0], [0.0, -3.0]])}, {"W": jnp.ones((2, 2))})
    >>> muon = Muon(0.1)
    >>> (first, last), state = muon.update(g, muon.init(w), w)
    >>> print(first["W"].round(2))  # both directions count, though one gradient is ten times the other
    [[-0.02 -0.  ]
     [-0.    0.02]]
    """

    momentum: float = 0.95

    elementwise = False
    below_one = ("beta_1", "beta_2", "momentum")
    weight_decays = (0.01, 0.3)
    drawn = 0
    look = Look(ORANGE, "--", "hexagram")

    def rules(self, params: Parameters) -> list[Rule]:
        """`orthogonal` for every W but the last, AdamW's `rule` for all other arrays."""
        arrays = jax.tree_util.tree_leaves_with_path(params)
        weights = [k for k, (path, w) in enumerate(arrays) if path[-1:] == (DictKey("W"),) and jnp.ndim(w) == 2]
        return [self.orthogonal if k in weights[:-1] else self.rule for k in range(len(arrays))]

    def orthogonal(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one W [I, O], see the formula above."""
        m = self.momentum * s.m + (1 - self.momentum) * g
        x = orthogonalised(self.momentum * m + (1 - self.momentum) * g)
        return -alpha * (0.2 * max(w.shape) ** 0.5 * x + self.weight_decay * w), s._replace(m=m)


def orthogonalised(x: Array) -> Array:
    """The matrix [I, O] with its singular values brought close to 1; one of zeros stays as it is."""
    a, b, c = NEWTON_SCHULZ
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x  # XXᵀ is then the smaller of the two products

    def iterate(_: Array, x: Array) -> Array:
        square = x @ x.T
        return a * x + (b * square + c * (square @ square)) @ x

    x = lax.fori_loop(0, ITERATIONS, iterate, x / jnp.maximum(jnp.linalg.norm(x), 1e-7))
    return x.T if tall else x
