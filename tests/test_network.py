"""Networks: stacks against PyTorch's, their first weights, their descriptions and their errors (notes B2, B5)."""

import re
from dataclasses import replace

import jax
import numpy as np
import pytest
import torch

from schuss.layers import (
    Activation,
    Dropout,
    Embedding,
    Flatten,
    Linear,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scaling,
    Softmax,
    Tanh,
)
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


def test_perceptron_puts_vectors_waves_and_scales_in_front_in_this_order():
    waves = PeriodicEmbedding(1, (0,), 4, 2, 0.5, 3.0)
    net = perceptron(
        5, (6,), 2, embeddings=[(7, 3), (4, 1)], waves=replace(waves, inputs=5, columns=(2, 0)), scaling=9.0
    )
    assert net.layers[:3] == (Embedding(3, ((7, 3), (4, 1))), PeriodicEmbedding(7, (2, 0), 4, 2), Scaling(11))
    assert [getattr(layer, "speed", None) for layer in net.layers] == [None, 3, 9, None, None, None]
    assert net.layers[1].scale == 0.5
    assert [(f.inputs, f.outputs) for f in net.layers if isinstance(f, Linear)] == [(11, 6), (6, 2)]
    assert net(net.initialize(0), np.zeros((3, 5), np.float32)).shape == (3, 2)
    alone = perceptron(5, (), 2, waves=waves), perceptron(5, (), 2, scaling=1.0)
    assert [one.layers[0] for one in alone] == [PeriodicEmbedding(5, (0,), 4, 2), Scaling(5)]
    assert [one.layers[1].inputs for one in alone] == [7, 5]


def test_perceptron_puts_ramps_behind_waves():
    waves, ramps = PeriodicEmbedding(5, (2, 0), 4, 2), PiecewiseLinearEmbedding(5, (2, 1), 6, 3, speed=3.0)
    front = {"embeddings": [(7, 3), (4, 1)], "scaling": 9.0}
    layers = perceptron(5, (6,), 2, ramps=ramps, **front).layers
    assert layers[:3] == (Embedding(3, ((7, 3), (4, 1))), PiecewiseLinearEmbedding(7, (2, 1), 6, 3), Scaling(13))
    assert layers[1].speed == 3
    both = perceptron(5, (6,), 2, waves=waves, ramps=ramps, **front)
    assert both.layers[1:4] == (
        PeriodicEmbedding(7, (2, 0), 4, 2),
        PiecewiseLinearEmbedding(11, (2, 1), 6, 3),
        Scaling(17),
    )
    assert both(both.initialize(0), np.zeros((3, 5), np.float32)).shape == (3, 2)


def test_waves_are_of_the_columns_named_and_of_no_others():
    waves = PeriodicEmbedding(2, (1,))
    net = perceptron(3, (), 2, embeddings=[(4, 2)], waves=waves)
    params = net.initialize(0)
    x = np.array([[0.5, -0.5, 3]], np.float32)
    embedded = net.layers[0].apply(params[0], x)
    passed = np.asarray(net.layers[1].apply(params[1], embedded))
    np.testing.assert_array_equal(passed[:, :4], embedded)
    assert passed.shape == (1, 4 + waves.width)
    for place, moves in enumerate([False, True, False]):  # the last is the code
        moved = x + np.eye(3, dtype=np.float32)[[place]] * [0.1, 0.1, -1][place]
        after = np.asarray(net.layers[1].apply(params[1], net.layers[0].apply(params[0], moved)))
        assert (after[:, 4:] != passed[:, 4:]).all() == moves


def test_how_fast_each_array_learns_follows_the_leaves_of_the_weights():
    waves = PeriodicEmbedding(2, (0, 1), speed=3.0)
    net = perceptron(4, (6,), 2, dropout=0.1, embeddings=[(7, 3), (4, 1)], waves=waves, scaling=9.0)
    by_layer = [1, 3, 9, 1, 1, 1, 1]
    marked = tuple({name: speed for name in p} for p, speed in zip(net.initialize(0), by_layer, strict=True))
    assert net.learns() == tuple(jax.tree.leaves(marked)) == (*[1] * 2, *[3] * 4, 9, *[1] * 4)
    assert set(perceptron(4, (6,), 2).learns()) == {1}


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
    waves = PeriodicEmbedding(3, (0, 2))
    embedded = perceptron(20, (64,), 10, embeddings=[(7, 3), (4, 1)], waves=waves, scaling=2.0)
    assert str(embedded) == "20 → 22 Embedding → 28 PeriodicEmbedding → Scaling → 64 relu → 10"
    assert str(perceptron(20, (64,), 10, waves=waves)) == "20 → 26 PeriodicEmbedding → 64 relu → 10"
    ramps = PiecewiseLinearEmbedding(3, (0, 2))
    assert str(perceptron(20, (64,), 10, ramps=ramps)) == "20 → 26 PiecewiseLinearEmbedding → 64 relu → 10"
    assert str(perceptron(20, (64,), 10, scaling=2.0)) == "20 → Scaling → 64 relu → 10"
    assert str(Sequential(Linear(4, 1), PeriodicEmbedding(1, (0,)), Tanh())) == "4 → 1 → 4 PeriodicEmbedding tanh"
    assert str(Sequential(Tanh(), Linear(2, 3))) == "tanh → 3"


@pytest.mark.parametrize(("name", "kind"), [("waves", PeriodicEmbedding), ("ramps", PiecewiseLinearEmbedding)])
def test_waves_and_ramps_of_codes_are_refused(name, kind):
    message = f"{name} must be of the 3 numbers before the codes, not of (0, 3)"
    with pytest.raises(ValueError, match=re.escape(message)):
        perceptron(5, (6,), 2, embeddings=[(7, 3), (4, 1)], **{name: kind(5, (0, 3))})


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
        ((Linear(2, 3), PeriodicEmbedding(2, (0,))), ValueError, "Layer 1 must take the 3 outputs before it"),
        ((Linear(2, 3), PiecewiseLinearEmbedding(2, (0,))), ValueError, "Layer 1 must take the 3 outputs before it"),
        (
            (PiecewiseLinearEmbedding(2, (0,)), Scaling(2)),
            ValueError,
            "Layer 1 must take the 5 outputs before it, not 2",
        ),
        ((PeriodicEmbedding(2, (0,)), Scaling(2)), ValueError, "Layer 1 must take the 5 outputs before it, not 2"),
        ((Embedding(1, ((3, 2),)), Scaling(2)), ValueError, "Layer 1 must take the 3 outputs before it, not 2"),
        ((Scaling(2), Tanh(), Linear(3, 1)), ValueError, "Layer 2 must take the 2 outputs before it, not 3"),
    ],
)
def test_bad_stacks_are_refused(layers, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Sequential(*layers)
    assert Sequential(Linear(2, 3), Flatten(), Linear(12, 1))  # only a layer that may change the width passes
