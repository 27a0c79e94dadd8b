"""Layers one by one: against PyTorch, and what they promise (notes B4)."""

import re
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from schuss import layers
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.layers import Activation, Dropout, Embedding, Flatten, Layer, Linear
from schuss.member import Member
from schuss.network import Sequential
from schuss.noise import fold
from schuss.optimizers import Adam
from tests.oracles import value_and_gradient

X = np.random.default_rng(0).normal(size=(6, 4))
ONES = np.ones((200, 300), np.float32)
KEY = fold(1, 2)


def test_linear_is_pytorchs():
    layer, rng = Linear(4, 3), np.random.default_rng(1)
    params = {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
    theirs = torch.nn.Linear(4, 3, dtype=torch.float64)
    theirs.weight.data, theirs.bias.data = torch.tensor(params["W"].T), torch.tensor(params["b"])
    x = torch.tensor(X, requires_grad=True)
    expected = theirs(x)
    expected.sum().backward()
    value, (gradients, x_gradient) = value_and_gradient(lambda p: layer.apply(*p), (params, X))
    np.testing.assert_allclose(value, expected.detach(), rtol=1e-13)
    np.testing.assert_allclose(gradients["W"], theirs.weight.grad.T, rtol=1e-13)
    np.testing.assert_allclose(gradients["b"], theirs.bias.grad, rtol=1e-13)
    np.testing.assert_allclose(x_gradient, x.grad, rtol=1e-13)


def test_linear_begins_with_zero_biases_and_the_initializers_weights():
    params = Linear(4, 3, "he_normal").initialize(np.random.default_rng(5), np.float64)
    np.testing.assert_array_equal(params["b"], np.zeros(3))
    np.testing.assert_array_equal(params["W"], np.random.default_rng(5).normal(0, np.sqrt(2 / 4), (4, 3)))
    own = Linear(4, 3, lambda rng, i, o, dtype: np.full((i, o), 7, dtype)).initialize(np.random.default_rng(0))
    np.testing.assert_array_equal(own["W"], np.full((4, 3), 7, np.float32))
    assert {w.dtype for w in own.values()} == {np.dtype(np.float32)}


def test_an_embedding_is_pytorchs():
    layer, codes = Embedding(2, ((4, 3), (5, 2))), np.array([[0, 4], [3, 1], [3, 0], [2, 2]])
    x = np.concatenate([np.random.default_rng(2).normal(size=(4, 2)), codes], axis=1)
    params = layer.initialize(np.random.default_rng(1), np.float64)
    theirs = [torch.nn.Embedding.from_pretrained(torch.tensor(params[name]), freeze=False) for name in ("E0", "E1")]
    looked_up = [table(torch.tensor(codes[:, k])) for k, table in enumerate(theirs)]
    expected = torch.cat([torch.tensor(x[:, :2]), *looked_up], dim=1)
    (expected**2).sum().backward()
    value, (gradients, _) = value_and_gradient(lambda p: layer.apply(*p) ** 2, (params, x))
    np.testing.assert_allclose(value, (expected**2).detach(), rtol=1e-13)
    for name, table in zip(("E0", "E1"), theirs, strict=True):
        np.testing.assert_allclose(gradients[name], table.weight.grad, rtol=1e-13)
    assert layer.outputs == value.shape[1] == 7
    assert layer.shapes() == {name: array.shape for name, array in params.items()}


def test_an_embedding_begins_with_unknown_categories_at_0_and_the_others_of_variance_1():
    table = Embedding(0, ((2000, 10),)).initialize(np.random.default_rng(0))["E0"]
    assert not table[0].any()
    assert table[1:].var() == pytest.approx(1, rel=0.02)
    assert table.dtype == np.float32


@pytest.mark.parametrize("sizes", [(-1, ((2, 1),)), (0, ((0, 1),)), (0, ((2, 0),)), (0, ((2.0, 1),))])
def test_an_embedding_of_no_size(sizes):
    with pytest.raises(ValueError, match="Numbers must be ≥ 0, levels and widths whole numbers ≥ 1"):
        Embedding(*sizes)


def test_layers_tell_the_shapes_of_their_weights():
    for layer in (Linear(4, 3), Embedding(1, ((3, 2),)), Flatten(), Dropout(0.5), Activation("relu")):
        made = layer.initialize(np.random.default_rng(0))
        assert layer.shapes() == {name: array.shape for name, array in made.items()}


@pytest.mark.parametrize("shape", [(5, 2, 3), (5, 7), (5, 2, 1, 3), (5,)])
def test_flatten_keeps_the_samples_apart(shape):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    flat = Flatten().apply(Flatten().initialize(np.random.default_rng(0)), jnp.asarray(x))
    np.testing.assert_array_equal(flat, torch.nn.Flatten()(torch.tensor(x)) if len(shape) > 1 else x[:, None])


@pytest.mark.parametrize("name", ["Sigmoid", "Tanh", "ReLU", "LeakyReLU", "GELU", "SiLU", "Softmax"])
def test_activation_layers_are_pytorchs(name):
    layer = getattr(layers, name)()
    theirs = torch.nn.Softmax(dim=-1) if name == "Softmax" else getattr(torch.nn, name)()
    value, _ = value_and_gradient(lambda x: layer.apply({}, x), X)
    np.testing.assert_allclose(value, theirs(torch.tensor(X)), rtol=1e-12, atol=1e-15)
    assert layer.initialize(np.random.default_rng(0)) == {}


def test_a_function_of_ones_own_is_an_activation():
    value, gradient = value_and_gradient(lambda x: Activation(jnp.square).apply({}, x), X)
    np.testing.assert_array_equal(value, X**2)
    np.testing.assert_array_equal(gradient, 2 * X)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_dropout_keeps_the_expected_value(rate):
    dropped = np.asarray(Dropout(rate).apply({}, ONES, KEY))
    share = np.mean(dropped == 0)
    deviation = np.sqrt(rate * (1 - rate) / ONES.size)
    assert abs(share - rate) <= 4 * deviation
    assert abs(dropped.mean() - 1) <= 4 * deviation / (1 - rate)
    np.testing.assert_allclose(dropped[dropped != 0], 1 / (1 - rate), rtol=1e-6)


def test_dropout_does_nothing_at_prediction():
    assert Dropout(0.9).apply({}, ONES) is ONES


def test_dropouts_mask_depends_on_the_key_alone():
    dropout = Dropout(0.5)
    mask = np.asarray(dropout.apply({}, ONES, KEY)) > 0
    np.testing.assert_array_equal(np.asarray(dropout.apply({}, 3 * ONES, KEY)) > 0, mask)
    assert np.mean((np.asarray(dropout.apply({}, ONES, fold(1, 3))) > 0) == mask) == pytest.approx(0.5, abs=0.01)
    traced = jax.jit(lambda rate: Dropout(rate).apply({}, ONES, KEY))(0.5)
    np.testing.assert_array_equal(traced, dropout.apply({}, ONES, KEY))
    assert not np.any((np.asarray(Dropout(0.8).apply({}, ONES, KEY)) > 0) & ~mask)  # a higher rate drops those and more


def test_dropouts_gradient_is_its_mask():
    value, gradient = value_and_gradient(lambda x: Dropout(0.25).apply({}, x, KEY), X)
    np.testing.assert_array_equal(gradient, np.where(value == 0, 0, 1 / 0.75))
    np.testing.assert_allclose(value, gradient * X, rtol=1e-14)
    assert set(np.unique(gradient)) == {0, 1 / 0.75}


@dataclass(frozen=True)
class Scale(Layer):
    """The layer of the docstring of `schuss.layers`."""

    inputs: int

    def initialize(self, rng, dtype=np.float32):
        return {"gain": np.ones(self.inputs, dtype)}

    def apply(self, params, x, key=None):
        return params["gain"] * x


def test_a_layer_of_ones_own_trains():
    """y = gain·x with gains of 3, −2, 0 and 1 is what this network can say, and it finds them."""
    x = np.random.default_rng(2).normal(size=(50, 4))
    table = Table(x, x * [3, -2, 0, 1])
    member = Member(network=Sequential(Scale(4)), optimizer=Adam(0.1), loss="mean_absolute_error")
    (trial,) = train([member], table, epochs=200)
    assert trial.status == "done"
    np.testing.assert_allclose(trial.weights[0]["gain"], [3, -2, 0, 1], atol=0.05)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(0, 3), "Linear.inputs must be a whole number ≥ 1, not 0"),
        (lambda: Linear(2, -1), "Linear.outputs must be a whole number ≥ 1, not -1"),
        (lambda: Linear(2, 1.5), "Linear.outputs must be a whole number ≥ 1, not 1.5"),
        (lambda: Dropout(1.0), "Dropout.rate must be in [0, 1), not 1.0"),
        (lambda: Dropout(-0.1), "Dropout.rate must be in [0, 1), not -0.1"),
        (lambda: Dropout(float("nan")), "Dropout.rate must be in [0, 1), not nan"),
        (lambda: Activation("rellu"), "There is no activation 'rellu'. Did you mean 'relu'?"),
    ],
)
def test_bad_layers_are_refused(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_a_layer_must_say_what_it_does():
    with pytest.raises(NotImplementedError, match=r"Layer must define apply\(params, x, key=None\)"):
        Layer().apply({}, X)
