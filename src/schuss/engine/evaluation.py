"""Cost, score and predictions of given weights on given rows, a block of rows at a time."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from schuss.backpropagation import cost_of
from schuss.engine.data import BLOCK, PaddedRows
from schuss.network import Sequential
from schuss.types import Array, LossFunction, Parameters


def evaluate(
    network: Sequential, params: Parameters, rows: PaddedRows, loss: LossFunction, classification: bool
) -> tuple[Array, Array]:
    """Cost and score, both weighted: accuracy for classes, else R² = 1 − Σw(y−ŷ)² / Σw(y−ȳ)², averaged over outputs.

    Meant to be traced. The cost has no L2 term: it measures the predictions.
    """
    real = jnp.arange(rows.x.shape[0]) < rows.count
    weight = real.astype(rows.x.dtype) if rows.weight is None else jnp.where(real, rows.weight, 0)
    blocks = jax.tree.map(lambda a: a.reshape(-1, min(BLOCK, a.shape[0]), *a.shape[1:]), (rows.x, rows.y, weight))
    total = jnp.sum(weight)
    mean = total if classification else jnp.tensordot(weight, rows.y, 1) / total  # of y [N, O]; classes need none

    def measure(block: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        x, y, w = block
        prediction = network.apply(params, x)
        cost = cost_of(loss, prediction, y, w) * jnp.sum(w)
        if classification:
            return cost, jnp.sum(jnp.where(correct(prediction, y), w, 0)), jnp.sum(w)
        return cost, jnp.tensordot(w, jnp.square(prediction - y), 1), jnp.tensordot(w, jnp.square(y - mean), 1)

    if blocks[0].shape[0] == 1:
        cost, part, whole = measure(jax.tree.map(lambda a: a[0], blocks))
    else:
        cost, part, whole = (jnp.sum(a, axis=0) for a in lax.map(measure, blocks))
    share = jnp.mean(part / jnp.where(whole > 0, whole, 1))
    return cost / total, share if classification else 1 - share


def correct(prediction: Array, y: Array) -> Array:
    """Whether the class of the largest logit [B, O] is the class of the target, an integer [B] or one-hot [B, O].

    With O = 1 a logit above 0 stands for class 1.
    """
    if prediction.shape[1] == 1:
        return (prediction[:, 0] > 0) == (y.reshape(-1) > 0.5)
    labels = y if y.ndim == 1 else jnp.argmax(y, axis=1)
    return jnp.argmax(prediction, axis=1) == labels


def predict(network: Sequential, params: Parameters, x: np.ndarray) -> np.ndarray:
    """Outputs [N, O] of the network for inputs [N, …]: logits or values.

    Rows pass in blocks of one size, the last one filled up: what a row gives does not depend on the rows beside it.
    """
    forward = _forward(network.with_dropout(0.0))  # it is not used here: members that differ in it share a program
    parts = []
    for start in range(0, max(len(x), 1), BLOCK):
        block = x[start : start + BLOCK]
        filled = np.pad(block, [(0, BLOCK - len(block))] + [(0, 0)] * (x.ndim - 1))
        parts.append(np.asarray(forward(params, filled))[: len(block)])
    return np.concatenate(parts)


@functools.lru_cache(maxsize=64)
def _forward(network: Sequential) -> Any:
    return jax.jit(network.apply)
