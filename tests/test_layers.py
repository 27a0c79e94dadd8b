"""Layers one by one: against PyTorch, and what they promise (notes B4)."""

import itertools
import re
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm

from schuss import layers
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.layers import (
    Activation,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    Linear,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scaling,
)
from schuss.layers.periodic import cosine_of_turns
from schuss.layers.piecewise import edges_of
from schuss.member import Member
from schuss.network import Sequential
from schuss.noise import fold
from schuss.optimizers import Adam
from tests.oracles import numerical_gradient, value_and_gradient

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


def test_an_embedding_begins_with_unknown_categories_at_0_and_the_others_near_it():
    table = Embedding(0, ((2000, 10),)).initialize(np.random.default_rng(0))["E0"]
    assert not table[0].any()
    assert table[1:].std() == pytest.approx(0.1, rel=0.01)
    assert table.dtype == np.float32


@pytest.mark.parametrize("sizes", [(-1, ((2, 1),)), (0, ((0, 1),)), (0, ((2, 0),)), (0, ((2.0, 1),))])
def test_an_embedding_of_no_size(sizes):
    with pytest.raises(ValueError, match="Numbers must be ≥ 0, levels and widths whole numbers ≥ 1"):
        Embedding(*sizes)


class Waves(torch.nn.Module):
    """The formula, one column and one row of weights after the other."""

    def __init__(self, columns, params):
        super().__init__()
        self.columns = columns
        self.weights = torch.nn.ParameterDict({name: torch.tensor(array) for name, array in params.items()})

    def forward(self, x):
        frequencies, width = self.weights["A"].shape[1:]
        parts = [x]
        for j, column in enumerate(self.columns):
            w, b = (self.weights[name][j * frequencies : (j + 1) * frequencies] for name in "wb")
            waves = torch.cos(2 * torch.pi * (torch.outer(x[:, column], w) + b))
            parts.append(waves @ self.weights["A"][j] + self.weights["c"][j * width : (j + 1) * width])
        return torch.hstack(parts)


@pytest.mark.parametrize("columns", [(0, 1, 2, 3), (2, 0), (3,)], ids=str)
def test_a_periodic_embedding_is_its_formula_in_pytorch(columns):
    layer = PeriodicEmbedding(4, columns, frequencies=5, width=2, scale=2.0)
    params = layer.initialize(np.random.default_rng(1), np.float64)
    theirs, x = Waves(columns, params), torch.tensor(X, requires_grad=True)
    expected = theirs(x)
    (expected**2).sum().backward()
    value, (gradients, x_gradient) = value_and_gradient(lambda p: layer.apply(*p) ** 2, (params, X))
    np.testing.assert_allclose(value, (expected**2).detach(), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(x_gradient, x.grad, rtol=1e-8, atol=1e-8)
    for name in "wbAc":
        np.testing.assert_allclose(gradients[name], theirs.weights[name].grad, rtol=1e-8, atol=1e-8)
    assert layer.outputs == value.shape[1] == 4 + 2 * len(columns)


@pytest.mark.parametrize(("dtype", "value", "slope"), [(np.float32, 4e-7, 5e-6), (np.float64, 1e-12, 1e-9)])
def test_the_cosine_of_turns_is_numpys(dtype, value, slope):
    rng = np.random.default_rng(0)
    z = [rng.uniform(-far, far, 10_000) for far in (0.6, 1e3, 1e6, 1e12)]
    z = np.concatenate([*z, np.linspace(-2, 2, 4_001), [1e30]]).astype(dtype)
    found, gradient = value_and_gradient(cosine_of_turns, z)
    assert found.dtype == gradient.dtype == dtype
    angles = 2 * np.pi * np.mod(z.astype(np.float64), 1)  # of which the remainder is exact
    np.testing.assert_allclose(found, np.cos(angles), rtol=0, atol=value)
    np.testing.assert_allclose(gradient, -2 * np.pi * np.sin(angles), rtol=0, atol=slope)


def test_the_cosine_of_turns_has_the_slope_that_differences_show():
    z = np.concatenate([np.linspace(-1.4, 1.4, 41), [0.4999, 0.5001, -0.5001]])
    _, gradient = value_and_gradient(cosine_of_turns, z)
    np.testing.assert_allclose(gradient, numerical_gradient(cosine_of_turns, z), rtol=0, atol=1e-7)


def test_a_periodic_embedding_begins_with_frequencies_of_its_scale_and_phases_of_any_turn():
    layer = PeriodicEmbedding(40, tuple(range(40)), frequencies=100, width=9, scale=0.7)
    params = layer.initialize(np.random.default_rng(3), np.float64)
    assert kstest(params["w"], "norm", (0, 0.7)).pvalue > 0.01
    assert kstest(params["b"], "uniform", (-0.5, 1)).pvalue > 0.01
    for name in "Ac":
        assert kstest(params[name].ravel(), "uniform", (-0.1, 0.2)).pvalue > 0.01  # ±1/√F
    again, single = layer.initialize(np.random.default_rng(3), np.float64), layer.initialize(np.random.default_rng(3))
    for name, array in params.items():
        np.testing.assert_array_equal(again[name], array)
        np.testing.assert_array_equal(single[name], array.astype(np.float32))
        assert single[name].dtype == np.float32
    wider = replace(layer, scale=1.4).initialize(np.random.default_rng(3), np.float64)
    np.testing.assert_allclose(wider["w"], 2 * params["w"], rtol=1e-15)
    assert not np.array_equal(layer.initialize(np.random.default_rng(4), np.float64)["w"], params["w"])


class Ramps(torch.nn.Module):
    """The formula, one column and one ramp after the other."""

    def __init__(self, columns, params):
        super().__init__()
        self.columns = columns
        self.weights = torch.nn.ParameterDict({name: torch.tensor(array) for name, array in params.items()})

    def forward(self, x):
        bins, width = self.weights["A"].shape[1:]
        edges = [-3.0, *norm.ppf(np.arange(1, bins) / bins), 3.0]
        parts = [x]
        for j, column in enumerate(self.columns):
            ramps = [(x[:, column] - low) / (high - low) for low, high in itertools.pairwise(edges)]
            ramps = torch.stack([torch.relu(ramp) - torch.relu(ramp - 1) for ramp in ramps], dim=1)
            parts.append(ramps @ self.weights["A"][j] + self.weights["c"][j * width : (j + 1) * width])
        return torch.hstack(parts)


@pytest.mark.parametrize("columns", [(0, 1, 2, 3), (2, 0), (3,)], ids=str)
@pytest.mark.parametrize("bins", [1, 2, 7])
def test_a_piecewise_linear_embedding_is_its_formula_in_pytorch(columns, bins):
    layer = PiecewiseLinearEmbedding(4, columns, bins, width=2)
    params = layer.initialize(np.random.default_rng(1), np.float64)
    far = 2 * X  # some of it beyond the first edge and the last
    assert abs(far).max() > 3
    theirs, x = Ramps(columns, params), torch.tensor(far, requires_grad=True)
    expected = theirs(x)
    (expected**2).sum().backward()
    value, (gradients, x_gradient) = value_and_gradient(lambda p: layer.apply(*p) ** 2, (params, far))
    np.testing.assert_allclose(value, (expected**2).detach(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(x_gradient, x.grad, rtol=1e-12, atol=1e-12)
    for name in "Ac":
        np.testing.assert_allclose(gradients[name], theirs.weights[name].grad, rtol=1e-12, atol=1e-12)
    assert layer.outputs == value.shape[1] == 4 + 2 * len(columns)


def test_a_piecewise_linear_embedding_has_the_slopes_that_differences_show():
    layer = PiecewiseLinearEmbedding(4, (1, 2), bins=5, width=2)
    params = layer.initialize(np.random.default_rng(1), np.float64)
    _, gradients = value_and_gradient(lambda p: layer.apply(p, X) ** 2, params)
    for name, array in params.items():
        differences = numerical_gradient(lambda a, n=name: layer.apply({**params, n: a}, X) ** 2, array)
        np.testing.assert_allclose(gradients[name], differences, rtol=0, atol=1e-6)


def test_the_vector_of_a_number_is_a_line_in_each_bin_and_joined_at_the_edges():
    layer, edges = PiecewiseLinearEmbedding(1, (0,), bins=6, width=1), edges_of(6)
    params = layer.initialize(np.random.default_rng(1), np.float64)
    z = np.linspace(-5, 5, 501)
    with jax.enable_x64(True):
        found = np.asarray(layer.apply(params, z[:, None]))[:, 1]
    heights = params["c"] + np.append(0, np.cumsum(params["A"]))
    np.testing.assert_allclose(found, np.interp(z, edges, heights), rtol=0, atol=1e-12)


def test_equally_many_of_the_normal_distribution_lie_in_each_bin():
    for bins in (1, 2, 8, 33):
        edges = edges_of(bins)
        assert (edges[0], edges[-1], len(edges)) == (-3, 3, bins + 1)
        np.testing.assert_allclose(norm.cdf(edges[1:-1]), np.arange(1, bins) / bins, rtol=1e-12)


def test_a_piecewise_linear_embedding_begins_with_small_weights_that_its_seed_decides():
    layer = PiecewiseLinearEmbedding(40, tuple(range(40)), bins=100, width=9)
    params = layer.initialize(np.random.default_rng(3), np.float64)
    for name in "Ac":
        assert kstest(params[name].ravel(), "uniform", (-0.1, 0.2)).pvalue > 0.01  # ±1/√T
        single = layer.initialize(np.random.default_rng(3))[name]
        np.testing.assert_array_equal(single, params[name].astype(np.float32), strict=True)
    assert not np.array_equal(layer.initialize(np.random.default_rng(4), np.float64)["A"], params["A"])


def test_only_the_maps_of_waves_and_ramps_are_decayed():
    """The L2 term is of arrays with two axes: frequencies, phases and scales are no weights to be kept small."""
    assert PiecewiseLinearEmbedding(4, (1, 3)).shapes() == {"A": (2, 8, 3), "c": (6,)}
    axes = {name: len(shape) for name, shape in PeriodicEmbedding(4, (1, 3)).shapes().items()}
    assert axes == {"w": 1, "b": 1, "A": 3, "c": 1}
    assert Scaling(4).shapes() == {"s": (4,)}


def test_a_scaling_is_a_factor_for_every_input():
    layer, params = Scaling(4), {"s": np.array([2.0, -0.5, 0.0, 1.0])}
    value, (gradients, x_gradient) = value_and_gradient(lambda p: layer.apply(*p), (params, X))
    theirs = torch.tensor(params["s"], requires_grad=True)
    expected = theirs * torch.tensor(X)
    expected.sum().backward()
    np.testing.assert_array_equal(value, expected.detach())
    np.testing.assert_allclose(gradients["s"], theirs.grad, rtol=1e-14)
    np.testing.assert_array_equal(x_gradient, np.broadcast_to(params["s"], X.shape))
    first = layer.initialize(np.random.default_rng(0))["s"]
    np.testing.assert_array_equal(first, np.ones(4, np.float32), strict=True)


def test_layers_learn_as_fast_as_others_unless_they_say_so():
    assert {layer.learns for layer in (Linear(2, 3), Embedding(1, ((3, 2),)), Activation("relu"), Layer())} == {1}
    assert (PeriodicEmbedding(2, (0,)).learns, PeriodicEmbedding(2, (0,), speed=7.0).learns) == (1, 7)
    assert PiecewiseLinearEmbedding(2, (0,)).learns == 1
    assert PiecewiseLinearEmbedding(2, (0,), speed=7.0).learns == 7
    assert (Scaling(2).learns, Scaling(2, 3.0).learns) == (20, 3)


def test_what_a_layer_begins_with_and_how_fast_it_learns_make_no_other_layer():
    """Such layers compute the same, and share a program."""
    assert PeriodicEmbedding(2, (0,), scale=1.0, speed=2.0) == PeriodicEmbedding(2, (0,))
    assert PiecewiseLinearEmbedding(2, (0,), speed=2.0) == PiecewiseLinearEmbedding(2, (0,))
    assert PiecewiseLinearEmbedding(2, (0,), bins=4) != PiecewiseLinearEmbedding(2, (0,))
    assert hash(Scaling(2, 3.0)) == hash(Scaling(2))
    assert PeriodicEmbedding(2, (0,), width=2) != PeriodicEmbedding(2, (0,)) != PeriodicEmbedding(2, (1,))


def test_layers_tell_the_shapes_of_their_weights():
    numbers = PeriodicEmbedding(4, (2, 0), 5, 2), PiecewiseLinearEmbedding(4, (2, 0), 5, 2)
    for layer in (
        Linear(4, 3),
        Embedding(1, ((3, 2),)),
        *numbers,
        Scaling(3),
        Flatten(),
        Dropout(0.5),
        Activation("relu"),
    ):
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


FAR, NAN = float("inf"), float("nan")
NOT_POSITIVE = (0, -1.0, NAN, FAR)
NO_SIZES = [(0, (0,)), (2.0, (0,)), (2, (0,), 0), (2, (0,), 8, 0), (2, (0,), 8, 1.5)]
NO_WAVES = [*NO_SIZES, *((2, (0,), 8, 3, 1.0, speed) for speed in NOT_POSITIVE)]
NO_BINS = [*NO_SIZES, *((2, (0,), 8, 3, speed) for speed in NOT_POSITIVE)]
NO_COLUMNS = [(), (2,), (0, -1), (0.0,)]
NO_SCALES = [(0,), (2.0,), (2, 0), (2, -1.0), (2, NAN), (2, FAR)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(0, 3), "Linear.inputs must be a whole number ≥ 1, not 0"),
        (lambda: Linear(2, -1), "Linear.outputs must be a whole number ≥ 1, not -1"),
        (lambda: Linear(2, 1.5), "Linear.outputs must be a whole number ≥ 1, not 1.5"),
        (lambda: Dropout(1.0), "Dropout.rate must be in [0, 1), not 1.0"),
        (lambda: Dropout(-0.1), "Dropout.rate must be in [0, 1), not -0.1"),
        (lambda: Dropout(float("nan")), "Dropout.rate must be in [0, 1), not nan"),
        *((lambda s=s: PeriodicEmbedding(*s), "Sizes must be whole numbers ≥ 1, speed") for s in NO_WAVES),
        *(
            (lambda s=s: PeriodicEmbedding(2, (0,), 8, 3, s), "scale must be finite and > 0, not ")
            for s in NOT_POSITIVE
        ),
        *(
            (lambda c=c: PeriodicEmbedding(2, c), f"columns must be places of the 2 inputs, at least one, not {c}.")
            for c in NO_COLUMNS
        ),
        *((lambda s=s: PiecewiseLinearEmbedding(*s), "Sizes must be whole numbers ≥ 1, speed") for s in NO_BINS),
        *(
            (
                lambda c=c: PiecewiseLinearEmbedding(2, c),
                f"columns must be places of the 2 inputs, at least one, not {c}.",
            )
            for c in NO_COLUMNS
        ),
        *(
            (lambda s=s: Scaling(*s), "Scaling needs a whole number of inputs ≥ 1 and a finite speed > 0, but is")
            for s in NO_SCALES
        ),
        (lambda: Activation("rellu"), "There is no activation 'rellu'. Did you mean 'relu'?"),
    ],
)
def test_bad_layers_are_refused(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_a_layer_must_say_what_it_does():
    with pytest.raises(NotImplementedError, match=r"Layer must define apply\(params, x, key=None\)"):
        Layer().apply({}, X)
