"""Initializers against the distributions they promise, and what they are for."""

import re

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from schuss.activations import ACTIVATIONS, gelu
from schuss.initializers import INITIALIZERS, glorot_uniform, he_normal, initializer, initializer_for, lecun_normal

I, O = 300, 500  # noqa: E741
VARIANCE = {"glorot": 2 / (I + O), "he": 2 / I, "lecun": 1 / I}
every = pytest.mark.parametrize("name", INITIALIZERS)


@every
def test_distribution(name):
    family, form = name.split("_")
    deviation = np.sqrt(VARIANCE[family])
    w = INITIALIZERS[name](np.random.default_rng(0), I, O, np.float64)
    assert w.shape == (I, O)
    # The standard error of the variance of 150,000 numbers is 0.4 % of a normal's, 0.2 % of a uniform's.
    np.testing.assert_allclose(w.var(), deviation**2, rtol=0.015)
    limit = np.sqrt(3) * deviation
    expected = stats.norm(0, deviation) if form == "normal" else stats.uniform(-limit, 2 * limit)
    assert stats.kstest(w.ravel(), expected.cdf).pvalue > 0.01


@every
def test_one_seed_gives_one_network_in_every_dtype(name):
    wide = INITIALIZERS[name](np.random.default_rng(7), 20, 30, np.float64)
    narrow = INITIALIZERS[name](np.random.default_rng(7), 20, 30)
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(narrow, wide.astype(np.float32))
    assert np.any(INITIALIZERS[name](np.random.default_rng(8), 20, 30) != narrow)


def test_he_keeps_a_signal_alive_through_twenty_relu_layers_and_glorot_does_not():
    def mean_square(draw):
        rng = np.random.default_rng(0)
        a = rng.normal(size=(64, 256))
        for _ in range(20):
            a = np.maximum(a @ draw(rng, 256, 256), 0)
        return np.mean(a**2)

    assert 0.25 < mean_square(he_normal) < 4
    assert mean_square(glorot_uniform) < 1e-5


def test_selu_keeps_mean_and_variance_through_twenty_layers_of_lecuns_weights():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(256, 256))
    for _ in range(20):
        a = np.asarray(ACTIVATIONS["selu"](a @ lecun_normal(rng, 256, 256, np.float64)))
    assert abs(a.mean()) < 0.1
    assert 0.7 < a.var() < 1.4


def test_the_initializer_that_suits_an_activation():
    others = dict.fromkeys(("identity", "sigmoid", "tanh", "softmax"), "glorot_uniform") | {"selu": "lecun_normal"}
    for name in ACTIVATIONS:
        assert initializer_for(name) == others.get(name, "he_normal")
    assert initializer_for(gelu) == "he_normal"
    assert initializer_for(jnp.sin) == "glorot_uniform"
    with pytest.raises(ValueError, match=re.escape("There is no activation 'gleu'. Did you mean 'gelu'?")):
        initializer_for("gleu")


def test_found_by_name_or_passed_through():
    assert all(initializer(name) is function for name, function in INITIALIZERS.items())

    def zeros(rng, inputs, outputs, dtype=np.float32):
        return np.zeros((inputs, outputs), dtype)

    assert initializer(zeros) is zeros
    with pytest.raises(ValueError, match=re.escape("There is no initializer 'he_norm'. Did you mean 'he_normal'?")):
        initializer("he_norm")
    with pytest.raises(TypeError, match=r"must be a name or a function .*, not 0.1"):
        initializer(0.1)  # pyright: ignore[reportArgumentType]
