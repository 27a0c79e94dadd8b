"""One pass of a trained network over some rows, forward and backward: what layers compute, and what weights feel."""

import functools
from typing import Any

import jax
import numpy as np

from schuss.backpropagation import LayerTrace, Trace, trace
from schuss.engine.data import Table
from schuss.engine.trial import Trial
from schuss.losses import loss_function
from schuss.network import Sequential
from schuss.types import LossFunction

ROWS = 1_024
"""So many rows are looked at, at most: enough for a share of units, and one program for tables of any length."""


def some_rows(rows: Table, most: int = ROWS) -> Table:
    """Rows of a table at even distances, at most so many."""
    chosen = np.linspace(0, len(rows.x) - 1, min(most, len(rows.x))).astype(int)
    weight = None if rows.weight is None else np.asarray(rows.weight)[chosen]
    return Table(np.asarray(rows.x)[chosen], np.asarray(rows.y)[chosen], weight)


def probe(trial: Trial, rows: Table) -> Trace:
    """Forward and backward with the weights that a trial has kept, without dropout and L2 term.

    Args:
        trial: one that has weights.
        rows: from 1 to `ROWS` of them.

    Returns:
        The trace of NumPy arrays; those with an axis of rows have one entry for each of ``rows``.
    """
    n = len(rows.x)
    weight = np.ones(n, np.float32) if rows.weight is None else np.asarray(rows.weight, np.float32)
    x, y = (np.pad(a, [(0, ROWS - n)] + [(0, 0)] * (a.ndim - 1), mode="edge") for a in (rows.x, rows.y))
    network = trial.network.with_dropout(0.0)  # it is not used here, and members that differ in it share a program
    padded = np.pad(weight, (0, ROWS - n))
    cost, values, deltas, gradients, input_delta = jax.device_get(
        _passes(network, loss_function(trial.loss), trial.weights, x, y, padded)
    )
    layers = [
        LayerTrace(type(layer).__name__, value[:n], delta[:n], own)
        for layer, value, delta, own in zip(network.layers, values, deltas, gradients, strict=True)
    ]
    return Trace(cost, tuple(layers), input_delta[:n])


@functools.partial(jax.jit, static_argnums=(0, 1))
def _passes(network: Sequential, loss: LossFunction, params: Any, x: Any, y: Any, weight: Any) -> Any:
    found = trace(network, params, x, y, loss, weight=weight)
    return (found.cost, *zip(*(layer[1:] for layer in found.layers), strict=True), found.input_delta)
