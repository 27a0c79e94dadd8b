"""Counter-based random numbers: a hash of (key, position), cheap enough for every step of training.

A number depends on its key and its place alone, never on how many were drawn before it, so a member's dropout masks are
the same whoever trains beside it. Not for cryptography.
"""

import math

import jax.numpy as jnp

from schuss.types import Array

GOLDEN = 0x9E3779B9
"""2³² divided by the golden ratio: its multiples are spread evenly over the 32-bit integers."""


def mix(x: Array) -> Array:
    """A bijection of the 32-bit integers under which near inputs get unrelated outputs.

    Two rounds of shift, exclusive or and multiplication; the constants are those of Wellons' "lowbias32" search.
    """
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)


def fold(key: Array | int, number: Array | int) -> Array:
    """A new key from a key and a number such as a step or the place of a layer."""
    return mix(jnp.asarray(key, jnp.uint32) * jnp.uint32(GOLDEN) + jnp.asarray(number, jnp.uint32) + jnp.uint32(1))


def uniform(key: Array | int, shape: tuple[int, ...]) -> Array:
    """Random numbers in [0, 1), multiples of 2⁻²⁴, float32, of the given shape.

    >>> u = uniform(fold(7, 1), (1000, 100))
    >>> print(f"{u.mean():.2f} {u.std():.2f}")  # 1/2 and 1/√12
    0.50 0.29
    """
    position = jnp.arange(math.prod(shape), dtype=jnp.uint32).reshape(shape)
    bits = mix(mix(position ^ jnp.asarray(key, jnp.uint32)) + jnp.asarray(key, jnp.uint32))
    return (bits >> 8).astype(jnp.float32) * jnp.float32(2.0**-24)
