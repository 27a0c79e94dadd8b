"""Networks: stacks against PyTorch's, their first weights, their descriptions and their errors (notes B2, B5)."""

import re

import jax
import numpy as np
import pytest
import torch

from schuss.layers import Activation, Dropout, Flatten, Linear, Softmax, Tanh
from schuss.network import Sequential, parameter_count, perceptron
from schuss.noise import fold
from tests.oracles import value_and_gradient

X = np.random.default_rng(0).normal(size=(5, 4))


@pytest.mark.parametrize(
    ("net", "theirs"),
    [
        (perceptron(4, (), 3), []),
        (perceptron(4, (6,), 2, "tanh"), [torch.nn.Tanh()]),
        (perceptron(4, (6, 5, 3), 1, "silu"), [torch.nn.SiLU()] * 3),
        (Sequential(Linear(4, 6), Tanh(), Flatten(), Linear(6, 3), Softmax()), [torch.nn.Tanh(), torch.nn.Softmax(1)]),
    ],
    ids=str,
)
def test_a_stack_is_pytorchs(net, theirs):
    params = net.initialize(seed=3, dtype=np.float64)
    value, _ = value_and_gradient(net.apply, params, X)
    activations, a = iter(theirs), torch.tensor(X)
    for p in params:
        if p:
            a = a @ torch.tensor(p["W"]) + torch.tensor(p["b"])
            a = next(activations, torch.nn.Identity())(a)
    np.testing.assert_allclose(value, a, rtol=1e-12)


def test_linear_activations_collapse():
    net = perceptron(4, (6, 5), 3, "identity")
    params = net.initialize(seed=0, dtype=np.float64)
    value, _ = value_and_gradient(net.apply, params, X)
    np.testing.assert_allclose(value, X @ (params[0]["W"] @ params[2]["W"] @ params[4]["W"]), rtol=1e-12, atol=1e-14)


def test_one_seed_gives_one_network():
    net = perceptron(4, (6, 5), 3, dropout=0.5)
    one, same, other = net.initialize(7), net.initialize(7), net.initialize(8)
    assert jax.tree.all(jax.tree.map(np.array_equal, one, same))
    assert not np.array_equal(one[0]["W"], other[0]["W"])
    assert {w.dtype for w in jax.tree.leaves(one)} == {np.dtype(np.float32)}
    wide = net.initialize(7, np.float64)
    assert jax.tree.all(jax.tree.map(lambda a, b: np.array_equal(a, b.astype(np.float32)), one, wide))
    continued = np.random.default_rng(7)
    assert jax.tree.all(jax.tree.map(np.array_equal, one, net.initialize(continued)))  # a generator goes on where it is
    assert not jax.tree.all(jax.tree.map(np.array_equal, one, net.initialize(continued)))


def test_initializers_suit_the_activation_that_follows():
    net = Sequential(Linear(4, 4), Activation("relu"), Linear(4, 4, "lecun_normal"), Tanh(), Linear(4, 4))
    assert [net.layers[k].initializer for k in (0, 2, 4)] == ["he_normal", "lecun_normal", "glorot_uniform"]
    assert perceptron(4, (3,), 2, "gelu").layers[0].initializer == "he_normal"
    assert perceptron(4, (3,), 2, "tanh").layers[0].initializer == "glorot_uniform"


def test_perceptron_stacks_linear_activation_and_dropout():
    assert [type(layer) for layer in perceptron(4, (3, 5), 2, "tanh", 0.5).layers] == [
        *[Linear, Activation, Dropout] * 2,
        Linear,
    ]
    plain = perceptron(4, (3, 5), 2, "tanh")
    assert [(f.inputs, f.outputs) for f in plain.layers if isinstance(f, Linear)] == [(4, 3), (3, 5), (5, 2)]
    assert not any(isinstance(layer, Dropout) for layer in plain.layers)


def test_every_dropout_layer_has_noise_of_its_own_in_training_alone():
    net = Sequential(Dropout(0.5), Dropout(0.5))
    params, ones = net.initialize(0), np.ones((100, 100), np.float32)
    kept = np.mean(np.asarray(net(params, ones, fold(0, 1))) != 0)
    assert kept == pytest.approx(0.25, abs=0.02)  # one mask twice would keep half
    np.testing.assert_array_equal(net(params, ones), ones)
    np.testing.assert_array_equal(net.with_dropout(0.0)(params, ones, fold(0, 1)), ones)


def test_with_dropout_changes_the_rates_and_nothing_else():
    net = perceptron(4, (3, 5), 2, "tanh", 0.5)
    assert net.with_dropout(0.25) == perceptron(4, (3, 5), 2, "tanh", 0.25)
    assert net.with_dropout(0.25) != net
    assert perceptron(4, (3,), 2).with_dropout(0.25) == perceptron(4, (3,), 2)


def test_equal_stacks_are_one_key():
    assert {perceptron(4, (3,), 2): 1} == {Sequential(*perceptron(4, (3,), 2).layers): 1}
    assert perceptron(4, (3,), 2) != perceptron(4, (3,), 2, "tanh")


def test_sizes_and_functions_in_one_line():
    assert str(perceptron(20, (64,), 10)) == "20 → 64 relu → 10"
    assert str(perceptron(2, (), 1)) == "2 → 1"
    assert str(Sequential(Flatten(), Linear(8, 3), Activation(np.tanh), Dropout(0.1), Linear(3, 2))) == (
        "Flatten → 3 tanh → Dropout → 2"
    )


def test_parameter_count():
    theirs = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    ours = parameter_count(perceptron(20, (64,), 10).initialize(0))
    assert ours == sum(p.numel() for p in theirs.parameters()) == 20 * 64 + 64 + 64 * 10 + 10


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ((), ValueError, "Sequential needs at least one layer, but got none."),
        ((Linear(2, 3), "relu"), TypeError, "Sequential takes layers, but at place 1 there is 'relu'."),
        ((Linear(2, 3), Tanh(), Linear(4, 1)), ValueError, "Layer 2 must take the 3 outputs before it, not 4"),
        ((Linear(2, 3), Dropout(0.1), Linear(2, 1)), ValueError, "Layer 2 must take the 3 outputs before it"),
    ],
)
def test_bad_stacks_are_refused(layers, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Sequential(*layers)
    assert Sequential(Linear(2, 3), Flatten(), Linear(12, 1))  # only a layer that may change the width passes
