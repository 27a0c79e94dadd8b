"""Activations against PyTorch, finite differences and their limits (notes B5)."""

import re
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.nn import functional

from schuss.activations import ACTIVATIONS, activation, elu, leaky_relu, softmax
from tests.oracles import numerical_gradient, torch_value_and_gradient, value_and_gradient

CASES = {
    "identity": (ACTIVATIONS["identity"], lambda z: z),
    "sigmoid": (ACTIVATIONS["sigmoid"], torch.sigmoid),
    "tanh": (ACTIVATIONS["tanh"], torch.tanh),
    "relu": (ACTIVATIONS["relu"], torch.relu),
    "leaky_relu": (ACTIVATIONS["leaky_relu"], functional.leaky_relu),
    "leaky_relu(0.2)": (partial(leaky_relu, negative_slope=0.2), partial(functional.leaky_relu, negative_slope=0.2)),
    "elu": (ACTIVATIONS["elu"], functional.elu),
    "elu(0.5)": (partial(elu, alpha=0.5), partial(functional.elu, alpha=0.5)),
    "selu": (ACTIVATIONS["selu"], functional.selu),
    "gelu": (ACTIVATIONS["gelu"], functional.gelu),
    "gelu_tanh": (ACTIVATIONS["gelu_tanh"], partial(functional.gelu, approximate="tanh")),
    "silu": (ACTIVATIONS["silu"], functional.silu),
    "mish": (ACTIVATIONS["mish"], functional.mish),
    # PyTorch's own softplus is the identity above 20.
    "softplus": (ACTIVATIONS["softplus"], lambda z: torch.logaddexp(z, torch.zeros_like(z))),
    "softmax": (ACTIVATIONS["softmax"], partial(torch.softmax, dim=-1)),
    "softmax(axis=0)": (partial(softmax, axis=0), partial(torch.softmax, dim=0)),
}
EXTREMES = [0.0, -0.0, 1e4, -1e4, 100.0, -100.0, 1e-4, -1e-4]
Z = np.random.default_rng(0).normal(scale=3, size=(3, 8))
WEIGHTS = np.random.default_rng(1).normal(size=(4, 8)).round(2)  # the plain sum of a softmax has no gradient


@cache
def computed(dtype):
    """Value and gradient of every case, all in one program."""
    z = np.concatenate([Z, [EXTREMES]]).astype(dtype)
    return z, *value_and_gradient(weighted, dict.fromkeys(CASES, z))


def weighted(z):
    return {name: CASES[name][0](each) * WEIGHTS[: len(each)].astype(each.dtype) for name, each in z.items()}


def test_every_activation_has_a_case():
    assert set(ACTIVATIONS) <= set(CASES)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, jnp.bfloat16])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_pytorchs_also_for_extremes(name, dtype):
    z, values, gradients = computed(dtype)
    assert values[name].dtype == gradients[name].dtype == z.dtype
    weights = torch.tensor(WEIGHTS.astype(dtype).astype(np.float64))
    expected = torch_value_and_gradient(lambda z: CASES[name][1](z) * weights, z)
    relative, absolute = (1e-12, 1e-14) if dtype == np.float64 else (16 * float(jnp.finfo(dtype).eps),) * 2
    for ours, theirs in zip((values[name], gradients[name]), expected, strict=True):
        np.testing.assert_allclose(ours.astype(np.float64), theirs, relative, absolute)


def test_gradients_are_finite_differences():
    z = dict.fromkeys(CASES, Z)
    expected = numerical_gradient(weighted, z)
    for name, gradient in value_and_gradient(weighted, z)[1].items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-6, atol=1e-8, err_msg=name)


def test_ranges_are_as_documented():
    ranges = {
        "sigmoid": (0, 1),
        "tanh": (-1, 1),
        "relu": (0, 20),
        "elu": (-1, 20),
        "selu": (-1.7581, 21.014),
        "gelu": (-0.17, 20),
        "gelu_tanh": (-0.17, 20),
        "silu": (-0.28, 20),
        "mish": (-0.31, 20),
        "softplus": (0, 20),
    }
    z = np.linspace(-20, 20, 2001)
    values = jax.jit(lambda z: {name: ACTIVATIONS[name](z) for name in ranges})(z)
    for name, (low, high) in ranges.items():
        np.testing.assert_allclose([values[name].min(), values[name].max()], [low, high], atol=2e-3, err_msg=name)
    assert np.max(np.abs(values["gelu"] - values["gelu_tanh"])) < 5e-4


def test_a_diverged_network_stays_visible():
    values = jax.jit(lambda z: {name: function(z) for name, function in ACTIVATIONS.items()})(np.full((1, 2), np.nan))
    assert all(np.isnan(value).all() for value in values.values())


def test_softmax_gives_probabilities_in_the_order_of_its_inputs():
    a = jax.jit(softmax)(Z.astype(np.float32))
    np.testing.assert_allclose(a.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(np.argsort(a, axis=1), np.argsort(Z, axis=1))


def test_found_by_name_or_passed_through():
    assert all(activation(name) is function for name, function in ACTIVATIONS.items())
    assert activation(jnp.sin) is jnp.sin
    with pytest.raises(ValueError, match=re.escape("There is no activation 'rleu'. Did you mean 'relu'?")):
        activation("rleu")
    with pytest.raises(TypeError, match=re.escape("must be a name or a function z → a, not 3")):
        activation(3)  # pyright: ignore[reportArgumentType]
