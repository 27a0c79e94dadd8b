"""The chain rule, layer by layer, against PyTorch's autograd and finite differences in float64 (notes A4, B7)."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from schuss import noise
from schuss.backpropagation import backpropagate, cost_of, l2_term, trace
from schuss.layers import Activation, Dropout, Flatten, Linear
from schuss.losses import loss_function, mean_squared_error
from schuss.network import Sequential, layer_key, perceptron
from tests.oracles import numerical_gradient

B, KEY = 7, 12345
rng = np.random.default_rng(0)
X, IMAGES = rng.normal(size=(B, 4)), rng.normal(size=(B, 2, 2))
LABELS, VALUES, YES_OR_NO = rng.integers(0, 3, B), rng.normal(size=(B, 2)), rng.integers(0, 2, B).astype(float)
WEIGHT = np.array([1, 0, 2, 0.5, 3, 1, 0.25])


def net(*hidden, outputs):
    """Hidden layers of five with these activations, then the outputs."""
    layers, inputs = [], 4
    for name in hidden:
        layers += [Linear(inputs, 5), Activation(name)]
        inputs = 5
    return Sequential(*layers, Linear(inputs, outputs))


def mean_of_outputs(f):
    return lambda prediction, y: f(prediction, y.reshape(prediction.shape), reduction="none").mean(1)


# network, inputs, targets, loss, PyTorch's loss of every row, further arguments
CASES = {
    "tanh, cross-entropy": (
        net("tanh", outputs=3),
        *(X, LABELS, "cross_entropy", lambda z, y: F.cross_entropy(z, y, reduction="none"), {}),
    ),
    "relu and leaky_relu, mse, weights": (
        net("relu", "leaky_relu", outputs=2),
        *(X, VALUES, "mean_squared_error", mean_of_outputs(F.mse_loss), {"weight": WEIGHT}),
    ),
    "sigmoid, silu and gelu, binary cross-entropy, L2": (
        net("sigmoid", "silu", "gelu", outputs=1),
        *(X, YES_OR_NO, "binary_cross_entropy", mean_of_outputs(F.binary_cross_entropy_with_logits), {"l2": 0.3}),
    ),
    "flatten, elu, huber, weights, L2 of 50 rows": (
        Sequential(Flatten(), *net("elu", outputs=2).layers),
        *(IMAGES, VALUES, "huber", mean_of_outputs(F.huber_loss), {"weight": WEIGHT, "l2": 0.3, "rows": 50}),
    ),
    "perceptron, softmax, mae": (
        Sequential(Linear(4, 2), Activation("softmax")),
        *(X, VALUES, "mean_absolute_error", mean_of_outputs(F.l1_loss), {}),
    ),
    "softplus, dropout, mse": (
        Sequential(Linear(4, 5), Activation("softplus"), Dropout(0.4), Linear(5, 2)),
        *(X, VALUES, "mean_squared_error", mean_of_outputs(F.mse_loss), {"key": np.uint32(KEY)}),
    ),
}
cases = pytest.mark.parametrize("name", CASES)


@cache
def weights(name):
    first = CASES[name][0].initialize(1, np.float64)
    return jax.tree.map(lambda w: w + 0.05, first)  # biases other than 0


@cache
def ours(name):
    """Cost, gradients, and what the trace holds of every layer, from one program."""
    network, x, y, loss, _, more = CASES[name]

    def compute(params, x, y, more):
        cost, gradients = backpropagate(network, params, x, y, loss_function(loss), **more)
        pure = {what: value for what, value in more.items() if what in ("weight", "key")}
        passed = trace(network, params, x, y, loss_function(loss), **pure)
        return cost, gradients, passed.cost, passed.input_delta, [layer[1:] for layer in passed.layers]

    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, jax.jit(compute)(weights(name), x, y, more))


def pytorchs(name, l2):
    """Cost, weights, inputs and every layer's value; all know their gradients."""
    network, x, y, _, loss, more = CASES[name]
    params = [{k: torch.tensor(w, requires_grad=True) for k, w in p.items()} for p in weights(name)]
    a = x = torch.tensor(x, requires_grad=True)
    values = []
    for place, (layer, p) in enumerate(zip(network.layers, params, strict=True)):
        match layer:
            case Linear():
                a = a @ p["W"] + p["b"]
            case Activation(function):
                a = a.softmax(1) if function == "softmax" else getattr(F, function)(a)
            case Dropout(rate):
                kept = np.asarray(noise.uniform(layer_key(KEY, place), a.shape)) >= rate
                a = a * torch.tensor(kept) / (1 - rate)
            case Flatten():
                a = a.flatten(1)
        a.retain_grad()
        values.append(a)
    weight = torch.tensor(more.get("weight", np.ones(B)), dtype=torch.float64)
    cost = (weight * loss(a, torch.tensor(y))).sum() / weight.sum()
    cost = cost + l2 / (2 * more.get("rows", B)) * sum((p["W"] ** 2).sum() for p in params if p)
    cost.backward()
    return cost, params, x, values


def assert_close(found, expected, relative):
    """Relative to the largest number of the array."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert found.dtype == np.float64
    assert np.max(np.abs(found - expected)) <= relative * np.max(np.abs(expected))


@cases
def test_cost_and_gradients_are_pytorchs(name):
    cost, gradients, *_ = ours(name)
    expected, params, _, _ = pytorchs(name, CASES[name][5].get("l2", 0))
    assert_close(cost, expected.detach(), 1e-12)
    assert [g.keys() for g in gradients] == [p.keys() for p in params]
    for g, p in zip(gradients, params, strict=True):
        for k in p:
            assert_close(g[k], p[k].grad, 1e-12)


@cases
def test_gradients_are_those_of_finite_differences(name):
    network, x, y, loss, _, more = CASES[name]
    more = dict(more)
    l2, m, key, weight = (more.pop(k, None) for k in ("l2", "rows", "key", "weight"))

    def cost(params):
        return cost_of(loss_function(loss), network(params, x, key), y, weight) + (
            0 if l2 is None else l2_term(params, l2, m or B)
        )

    expected = numerical_gradient(cost, weights(name))
    for found, numerical in zip(jax.tree.leaves(ours(name)[1]), jax.tree.leaves(expected), strict=True):
        assert_close(found, numerical, 1e-6)


@cases
def test_the_trace_is_what_pytorch_computes_on_the_way(name):
    _, _, cost, input_delta, layers = ours(name)
    expected, params, x, values = pytorchs(name, l2=0)
    assert_close(cost, expected.detach(), 1e-12)
    assert_close(input_delta, x.grad, 1e-12)
    for (value, delta, gradients), a, p in zip(layers, values, params, strict=True):
        assert_close(value, a.detach(), 1e-12)
        assert_close(delta, a.grad, 1e-12)
        assert gradients.keys() == p.keys()
        for k in p:
            assert_close(gradients[k], p[k].grad, 1e-12)


def test_a_trace_names_its_layers_and_shows_gradients_vanish():
    """Each of ten sigmoid layers passes on a quarter at most: the first one's gradient is the smallest by far."""
    network = perceptron(4, [5] * 10, 3, "sigmoid")
    passed = trace(network, network.initialize(0), X.astype(np.float32), LABELS, loss_function("cross_entropy"))
    assert [layer.name for layer in passed.layers] == ["Linear", "Activation"] * 10 + ["Linear"]
    first, last = passed.layers[0].sizes(), passed.layers[-1].sizes()
    assert set(first) == {"value", "delta", "['W']", "['b']"}
    for what, array in (("value", passed.layers[0].value), ("['W']", passed.layers[0].gradients["W"])):
        assert first[what] == pytest.approx(np.sqrt(np.mean(np.square(array))), rel=1e-6)
    assert set(passed.layers[1].sizes()) == {"value", "delta"}
    assert 0 < first["['W']"] < 1e-4 * last["['W']"]


def test_rows_are_weighted():
    prediction, y = jnp.array([[1.0], [2.0], [4.0]]), jnp.zeros(3)
    assert cost_of(mean_squared_error, prediction, y) == 7
    assert cost_of(mean_squared_error, prediction, y, jnp.array([1.0, 0.0, 3.0])) == 49 / 4
    assert cost_of(mean_squared_error, prediction, y, jnp.array([1.0, 1.0, 0.0]), total=jnp.array(2.0)) == 2.5
    assert cost_of(mean_squared_error, prediction, y, jnp.zeros(3)) == 0


def test_the_l2_term_spares_the_biases():
    params = ({"W": jnp.array([[3.0, 4.0]]), "b": jnp.array([100.0, 100.0])}, {}, {"gain": jnp.array([100.0])})
    assert l2_term(params, 0.5, 10) == 0.5 / 20 * 25
