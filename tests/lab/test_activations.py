"""Pictures of activation functions: what they claim (notes B5)."""

from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from schuss import lab
from schuss.lab.pictures.activations import SHAPES, gradient_sizes
from schuss.network import perceptron

TORCH = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": F.softplus,
}


@cache
def drawn(name, **parameters):
    return lab.PICTURES[name].draw(small=True, **parameters)


@pytest.mark.parametrize("name", SHAPES)
def test_functions_and_derivatives_are_pytorchs(name):
    panel = drawn("activation_functions").figure.axes[SHAPES.index(name)]
    assert panel.get_title(loc="left") == name.replace("_", " ")
    value, derivative = panel.lines[1:3]
    z = torch.tensor(value.get_xdata(), requires_grad=True)
    expected = TORCH[name](z)
    expected.sum().backward()
    np.testing.assert_allclose(value.get_ydata(), expected.detach(), atol=2e-6)
    np.testing.assert_allclose(derivative.get_ydata(), z.grad, atol=2e-6)


def test_softmax_shares_out_one():
    panel = drawn("activation_functions").figure.axes[len(SHAPES)]
    value, derivative, others = panel.lines[1:4]
    z = torch.tensor(value.get_xdata(), requires_grad=True)
    shares = torch.softmax(torch.stack([z, torch.zeros_like(z), torch.zeros_like(z)]), dim=0)
    shares[0].sum().backward()
    np.testing.assert_allclose(value.get_ydata(), shares[0].detach(), atol=2e-6)
    np.testing.assert_allclose(others.get_ydata(), shares[1].detach(), atol=2e-6)
    np.testing.assert_allclose(derivative.get_ydata(), z.grad, atol=2e-6)


def test_how_steep_they_are():
    measured = drawn("activation_functions").measured
    assert measured["sigmoid_steepest"] == pytest.approx(0.25)
    assert measured["tanh_steepest"] == pytest.approx(1)
    assert measured["sigmoid_far"] < 0.01
    assert measured["tanh_far"] < 0.001
    assert (measured["relu_below"], measured["relu_far"]) == (0, 1)
    assert measured["leaky_relu_below"] == pytest.approx(0.01)


def test_linear_layers_collapse_and_bent_ones_do_not():
    drawing = drawn("linear_collapse")
    measured = drawing.measured
    assert measured["layers"] == 4
    assert measured["difference"] < 1e-12
    assert measured["straight"] < 1e-20
    assert measured["bent"] > 0.1
    assert np.linalg.norm(measured["W"]) > 0.05
    assert drawn("linear_collapse", activation="identity").measured["bent"] < 1e-20


def test_gradients_vanish_through_sigmoids_and_not_through_relus():
    measured = drawn("vanishing_gradients").measured
    assert measured["worst"] == "sigmoid"
    assert measured["worst_ratio"] == measured["sigmoid_ratio"] < 1e-4
    assert measured["worst_factor"] < 0.3
    assert measured["worst_factor"] == pytest.approx(measured["sigmoid_ratio"] ** 0.1)
    assert 0.1 < measured["relu_ratio"] < 10
    assert 0.1 < measured["tanh_ratio"] < 10


def test_gradient_sizes_are_pytorchs():
    network = perceptron(4, (6, 6), 3, "sigmoid")
    x, y = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32), np.arange(9) % 3
    weights = [{k: torch.tensor(w, requires_grad=True) for k, w in p.items()} for p in network.initialize(1)]
    first, second, last = (weights[place] for place in (0, 2, 4))
    a = torch.sigmoid(torch.tensor(x) @ first["W"] + first["b"])
    a = torch.sigmoid(a @ second["W"] + second["b"])
    F.cross_entropy(a @ last["W"] + last["b"], torch.tensor(y)).backward()
    expected = [float(layer["W"].grad.square().mean().sqrt()) for layer in (first, second, last)]
    np.testing.assert_allclose(gradient_sizes(network, 2, jnp.asarray(x), jnp.asarray(y))[1], expected, rtol=1e-4)
