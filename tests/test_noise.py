"""The noise of dropout against the statistics of independent uniform numbers."""

from functools import cache, partial
from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from schuss import noise

COUNT = 65_536
FAMILIES = {
    "small numbers": np.arange(12, dtype=np.uint32),
    "steps of a member": 7,
    "members at a step": np.uint32(2**32 - 3),
    "one bit apart": np.uint32(1) << np.arange(12, dtype=np.uint32),
}
families = pytest.mark.parametrize("family", FAMILIES)


@cache
def draws(family):
    """Numbers [12, COUNT] of twelve keys that are each other's neighbours."""
    near = jnp.arange(12, dtype=jnp.uint32)
    if family == "steps of a member":
        keys = jax.jit(noise.fold)(FAMILIES[family], near)
    elif family == "members at a step":
        keys = jax.jit(noise.fold)(near, FAMILIES[family])
    else:
        keys = jnp.asarray(FAMILIES[family])
    return np.asarray(jax.jit(jax.vmap(partial(noise.uniform, shape=(COUNT,))))(keys))


@families
def test_numbers_are_uniform(family):
    for u in draws(family):
        assert u.dtype == np.float32
        assert u.min() >= 0
        assert u.max() < 1
        assert stats.chisquare(np.histogram(u, 256, (0, 1))[0]).pvalue > 1e-4


@families
def test_neighbours_in_one_draw_are_independent(family):
    for u in draws(family):
        for lag in (1, 2, 16):
            pairs = np.histogram2d(u[:-lag], u[lag:], 16, ((0, 1), (0, 1)))[0]
            assert stats.chisquare(pairs.ravel()).pvalue > 1e-5


@families
def test_neighbouring_keys_are_independent(family):
    """|r| of two independent draws exceeds 4.5/√n seven times in a million."""
    for u, v in combinations(draws(family), 2):
        assert abs(np.corrcoef(u, v)[0, 1]) < 4.5 / np.sqrt(COUNT)
        assert abs(np.corrcoef(u > 0.9, v > 0.9)[0, 1]) < 4.5 / np.sqrt(COUNT)  # the masks of dropout
        pairs = np.histogram2d(u, v, 16, ((0, 1), (0, 1)))[0]
        assert stats.chisquare(pairs.ravel()).pvalue > 1e-5


def test_a_number_depends_on_its_key_and_its_place_alone():
    key = noise.fold(3, 5)
    whole = np.asarray(noise.uniform(key, (40, 25)))
    np.testing.assert_array_equal(whole.ravel()[:300], noise.uniform(key, (300,)))
    np.testing.assert_array_equal(whole, jax.jit(lambda k: noise.uniform(k, (40, 25)))(key))
    assert np.mean(whole == noise.uniform(noise.fold(3, 6), (40, 25))) < 0.01
    np.testing.assert_array_equal(whole * 2**24 % 1, 0)  # multiples of 2⁻²⁴: all 24 bits of a float32 are drawn


def test_different_pairs_of_key_and_number_give_different_keys():
    """A million keys collide 116 times on average when they are drawn freely from 2³²; along one key never."""
    along = noise.fold(11, jnp.arange(2**20))
    assert len(np.unique(along)) == 2**20
    pairs = noise.fold(jnp.arange(1024)[:, None], jnp.arange(1024)[None, :])
    assert 2**20 - len(np.unique(pairs)) < 200
