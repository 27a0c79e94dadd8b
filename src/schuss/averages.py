"""Exponentially weighted averages, their bias correction and their window."""

import jax.numpy as jnp
import numpy as np

from schuss.types import Array


def bias_correction(beta: Array | float, t: Array | float) -> Array:
    """The weight that t values have in an average started at zero: 1 − βᵗ.

    Computed as −expm1(t·ln β), which keeps its digits where β is close to 1: in float32, 1 − 0.999 loses five of them.

    Args:
        beta: β in [0, 1).
        t: number of values averaged so far, ≥ 1.

    Source: notes A6.

    >>> print(f"{bias_correction(0.9, 1):.6f} {bias_correction(0.9, 10):.6f}")
    0.100000 0.651322
    """
    with np.errstate(divide="ignore"):  # β = 0: ln 0 = −∞, and the correction is 1
        log_beta = float(np.log(beta)) if isinstance(beta, (int, float)) else jnp.log(beta)
    return -jnp.expm1(t * log_beta)
