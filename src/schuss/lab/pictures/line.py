"""The smallest network there is to draw: a line, whose two weights are a point on a map."""

from functools import partial
from itertools import chain

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from schuss.backpropagation import backpropagate
from schuss.batches import mini_batches
from schuss.layers import Linear
from schuss.losses import mean_squared_error
from schuss.network import Sequential
from schuss.optimizers import Optimizer, State, apply_updates
from schuss.types import Array, LossFunction, Parameters

LINE = Sequential(Linear(1, 1))
"""ŷ = w·x + b."""


def noisy_line(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y = 1.5·x + 0.5 with normal noise of size 1, float32 [N]."""
    random = np.random.default_rng(seed)
    x = random.normal(0.6, 1, rows)
    return x.astype(np.float32), (1.5 * x + 0.5 + random.normal(size=rows)).astype(np.float32)


def descend_line(
    x: np.ndarray,
    y: np.ndarray,
    first: np.ndarray,
    rule: Optimizer,
    batch_size: int,
    epochs: int,
    *,
    loss: LossFunction = mean_squared_error,
    seed: int = 0,
) -> np.ndarray:
    """(w, b) after every step of gradient descent on `LINE`, the first ones included, [T+1, 2].

    The steps are those of a member with this seed, of which the engine keeps the last weights only.

    Raises:
        ValueError: ``batch_size`` does not divide the number of rows.
    """
    if len(x) % batch_size:
        raise ValueError(f"batch_size must divide the number of rows, {len(x)}, which {batch_size} does not.")
    passes = (mini_batches(len(x), batch_size, seed, epoch) for epoch in range(epochs))
    order = np.stack(list(chain.from_iterable(passes)))
    params = ({"W": np.full((1, 1), first[0], np.float32), "b": np.full(1, first[1], np.float32)},)
    return np.vstack([first, _descend(rule, loss, params, x[:, None], y, order)])


@partial(jax.jit, static_argnums=(0, 1))
def _descend(rule: Optimizer, loss: LossFunction, params: Parameters, x: Array, y: Array, order: Array) -> Array:
    def step(carry: tuple[Parameters, State], rows: Array) -> tuple[tuple[Parameters, State], Array]:
        params, state = carry
        _, gradients = backpropagate(LINE, params, x[rows], y[rows], loss)
        updates, state = rule.update(gradients, state, params)
        params = apply_updates(params, updates)
        return (params, state), jnp.stack([params[0]["W"][0, 0], params[0]["b"][0]])

    return lax.scan(step, (params, rule.init(params)), order)[1]
