"""Backpropagation: forward once, then the chain rule from the last layer to the first.

For layers a⁰ = x, aˡ = fˡ(θˡ, aˡ⁻¹) and the cost J(aᴸ, y):

1. forward: compute and keep every aˡ;
2. δᴸ = ∂J/∂aᴸ;
3. for l = L … 1: ∂J/∂θˡ = δˡ·∂fˡ/∂θˡ and δˡ⁻¹ = δˡ·∂fˡ/∂aˡ⁻¹.

Every product of step 3 is one layer's vector–Jacobian product, so a layer needs to know nothing of the others. This is
the function the engine compiles; on request it also gives a `Trace` of everything it computed. Source: notes B7.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from schuss.network import Sequential, layer_key
from schuss.types import Array, LossFunction, Parameters


class LayerTrace(NamedTuple):
    """What one layer computed.

    Attributes:
        name: the layer's class.
        value: aˡ [B, …], kept from the forward pass.
        delta: δˡ = ∂J/∂aˡ, as ``value``.
        gradients: ∂J/∂θˡ, as the layer's weights.
    """

    name: str
    value: Array
    delta: Array
    gradients: Parameters

    def sizes(self) -> dict[str, float]:
        """Root mean squares of the values, the deltas and every gradient: small ones have vanished."""
        named = {"value": self.value, "delta": self.delta}
        named |= {jax.tree_util.keystr(path): g for path, g in jax.tree_util.tree_leaves_with_path(self.gradients)}
        return {name: float(jnp.sqrt(jnp.mean(jnp.square(array)))) for name, array in named.items()}


class Trace(NamedTuple):
    """One forward and backward pass: the cost and what every layer computed, first layer first."""

    cost: Array
    layers: tuple[LayerTrace, ...]
    input_delta: Array
    """∂J/∂x [B, …]: how much each input of each row matters."""


def cost_of(
    loss: LossFunction, prediction: Array, y: Array, weight: Array | None = None, total: Array | None = None
) -> Array:
    """Mean loss over the rows: J = Σᵢ wᵢ·ℓ(ŷᵢ, yᵢ) / Σᵢ wᵢ.

    Args:
        loss: (prediction [B, O], target) → [B].
        prediction: [B, O].
        y: targets, [B] or [B, O].
        weight: w ≥ 0 [B]; default 1 for every row. A row of weight 0 takes no part, if its loss is finite.
        total: Σᵢ wᵢ where it is known already.
    """
    losses = loss(prediction, y)
    if weight is None:
        return jnp.mean(losses)
    if total is None:
        total = jnp.sum(weight)
    return jnp.sum(weight * losses) / jnp.where(total > 0, total, 1)


def l2_term(params: Parameters, l2: Array | float, rows: Array | float) -> Array:
    """λ/(2m)·‖W‖²_F over all weights with two axes or more; biases are spared (notes A4)."""
    squares = [jnp.sum(jnp.square(w)) for w in jax.tree.leaves(params) if w.ndim > 1]
    return l2 / (2 * rows) * sum(squares, jnp.zeros(()))


def backpropagate(
    network: Sequential,
    params: Parameters,
    x: Array,
    y: Array,
    loss: LossFunction,
    *,
    weight: Array | None = None,
    total: Array | None = None,
    l2: Array | float | None = None,
    rows: Array | float | None = None,
    key: Array | None = None,
) -> tuple[Array, Parameters]:
    """Cost of a mini-batch and its gradients.

    Args:
        network: the layers.
        params: their weights.
        x: inputs [B, …].
        y: targets [B] or [B, O].
        loss: (prediction, target) → loss of every row [B].
        weight: weights of the rows [B], default all 1.
        total: their sum, where it is known already.
        l2: λ of the L2 term of the cost; default none.
        rows: m of the L2 term, default B.
        key: for the noise of Dropout; without it there is none.

    Returns:
        J, a scalar, and ∂J/∂θ as ``params``.

    >>> from schuss.layers import Linear
    >>> from schuss.losses import mean_squared_error
    >>> net = Sequential(Linear(1, 1))
    >>> params = ({"W": jnp.array([[3.0]]), "b": jnp.array([0.0])},)
    >>> J, g = backpropagate(net, params, jnp.array([[2.0]]), jnp.array([[5.0]]), mean_squared_error)
    >>> print(J, g[0]["W"], g[0]["b"])  # (3·2−5)², 2·(3·2−5)·2, 2·(3·2−5)
    1.0 [[4.]] [2.]
    """
    passed = trace(network, params, x, y, loss, weight=weight, total=total, key=key)
    cost, gradients = passed.cost, tuple(layer.gradients for layer in passed.layers)
    if l2 is None:
        return cost, gradients
    m = x.shape[0] if rows is None else rows
    term, decay = jax.value_and_grad(l2_term)(params, l2, m)
    return cost + term, jax.tree.map(jnp.add, gradients, decay)


def trace(
    network: Sequential,
    params: Parameters,
    x: Array,
    y: Array,
    loss: LossFunction,
    *,
    weight: Array | None = None,
    total: Array | None = None,
    key: Array | None = None,
) -> Trace:
    """The algorithm itself, and all it computes on the way; arguments as `backpropagate`, without the L2 term."""
    values: list[Array] = []
    pullbacks: list[Callable[[Array], tuple[Parameters, Array]]] = []
    a = x
    for place, layer in enumerate(network.layers):
        noise_key = layer_key(key, place)
        a, pullback = jax.vjp(lambda p, z, f=layer, k=noise_key: f.apply(p, z, k), params[place], a)
        values.append(a)
        pullbacks.append(pullback)
    cost, cost_pullback = jax.vjp(lambda prediction: cost_of(loss, prediction, y, weight, total), a)
    (delta,) = cost_pullback(jnp.ones_like(cost))
    layers: list[LayerTrace] = []
    for layer, value, pullback in zip(reversed(network.layers), reversed(values), reversed(pullbacks), strict=True):
        gradients, delta_before = pullback(delta)
        layers.append(LayerTrace(type(layer).__name__, value, delta, gradients))
        delta = delta_before
    return Trace(cost, tuple(reversed(layers)), delta)
