"""Initial weights of a layer: random, with the variance that keeps signals alive through many layers.

A layer sums I inputs times weights. With weights of variance 1/I the sum has the variance of its inputs (LeCun); with
1/O the gradient keeps its variance on the way back; Glorot takes the mean of the two, 2/(I + O); He doubles LeCun's,
for a rectifier throws half of the signal away.

Weights are drawn by NumPy in float64 and then rounded: one seed gives the same network in every dtype, and no program
has to be compiled. Biases start at zero.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from schuss.activations import activation, elu, gelu, gelu_tanh, leaky_relu, mish, relu, selu, silu, softplus
from schuss.names import function_by_name
from schuss.types import ActivationFunction

Initializer = Callable[..., np.ndarray]
"""(rng, inputs, outputs, dtype) → weights [I, O]."""


def glorot_uniform(rng: np.random.Generator, inputs: int, outputs: int, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Uniform in ±√(6/(I + O)), variance 2/(I + O).

    Source: Glorot and Bengio, 2010; also called Xavier.

    >>> glorot_uniform(np.random.default_rng(0), 784, 256).shape
    (784, 256)
    """
    return _uniform(rng, inputs, outputs, 2 / (inputs + outputs), dtype)


def glorot_normal(rng: np.random.Generator, inputs: int, outputs: int, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Normal with mean 0 and variance 2/(I + O).

    Source: Glorot and Bengio, 2010; PyTorch's ``xavier_normal_``. Not truncated, unlike Keras's.

    >>> print(f"{glorot_normal(np.random.default_rng(0), 300, 500).std():.3f}")  # √(2/800) = 0.05
    0.050
    """
    return _normal(rng, inputs, outputs, 2 / (inputs + outputs), dtype)


def he_uniform(rng: np.random.Generator, inputs: int, outputs: int, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Uniform in ±√(6/I), variance 2/I.

    Source: He et al., 2015; PyTorch's ``kaiming_uniform_`` for a ReLU.

    >>> print(f"{abs(he_uniform(np.random.default_rng(0), 600, 300)).max():.4f}")  # √(6/600) = 0.1
    0.1000
    """
    return _uniform(rng, inputs, outputs, 2 / inputs, dtype)


def he_normal(rng: np.random.Generator, inputs: int, outputs: int, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Normal with mean 0 and variance 2/I.

    Source: He et al., 2015; PyTorch's ``kaiming_normal_`` for a ReLU. Not truncated, unlike Keras's.

    >>> print(f"{he_normal(np.random.default_rng(0), 800, 500).std():.3f}")  # √(2/800) = 0.05
    0.050
    """
    return _normal(rng, inputs, outputs, 2 / inputs, dtype)


def lecun_uniform(rng: np.random.Generator, inputs: int, outputs: int, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Uniform in ±√(3/I), variance 1/I.

    Source: LeCun et al., Efficient BackProp, 1998.

    >>> print(f"{abs(lecun_uniform(np.random.default_rng(0), 300, 300)).max():.4f}")  # √(3/300) = 0.1
    0.1000
    """
    return _uniform(rng, inputs, outputs, 1 / inputs, dtype)


def lecun_normal(rng: np.random.Generator, inputs: int, outputs: int, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Normal with mean 0 and variance 1/I.

    Source: LeCun et al., Efficient BackProp, 1998. Not truncated, unlike Keras's.

    >>> print(f"{lecun_normal(np.random.default_rng(0), 400, 500).std():.3f}")  # √(1/400) = 0.05
    0.050
    """
    return _normal(rng, inputs, outputs, 1 / inputs, dtype)


INITIALIZERS: dict[str, Initializer] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
}
"""Name → initializer."""

RECTIFIERS: tuple[ActivationFunction, ...] = (relu, leaky_relu, elu, gelu, gelu_tanh, silu, mish, softplus)
"""Activations that pass positive inputs on and throw away most of the negative ones."""


def initializer(name_or_function: str | Initializer) -> Initializer:
    """Return the initializer of that name; a function of one's own passes through.

    Raises:
        ValueError: no initializer has that name.
        TypeError: neither a name nor a function.

    >>> initializer("he_normal") is he_normal
    True
    """
    return function_by_name("initializer", name_or_function, INITIALIZERS, "(rng, inputs, outputs, dtype) → [I, O]")


def initializer_for(name_or_function: str | ActivationFunction) -> str:
    """Name of the initializer that suits a layer followed by that activation.

    ``he_normal`` for the `RECTIFIERS`: they lose about half of the signal's mean square, and He's variance 2/I makes
    up for it. ``lecun_normal`` for selu, whose constants were made for it. ``glorot_uniform`` for those that are near
    the identity around zero (tanh, sigmoid, identity), for softmax, and for functions of one's own, about which nothing
    is known. All are the forms of their papers.

    Raises:
        ValueError: no activation has that name.

    >>> initializer_for("gelu"), initializer_for("selu"), initializer_for("tanh")
    ('he_normal', 'lecun_normal', 'glorot_uniform')
    """
    function = activation(name_or_function)
    if function is selu:
        return "lecun_normal"
    return "he_normal" if function in RECTIFIERS else "glorot_uniform"


def _uniform(rng: np.random.Generator, inputs: int, outputs: int, variance: float, dtype: DTypeLike) -> np.ndarray:
    limit = np.sqrt(3 * variance)  # U(−a, a) has variance a²/3
    return rng.uniform(-limit, limit, (inputs, outputs)).astype(dtype)


def _normal(rng: np.random.Generator, inputs: int, outputs: int, variance: float, dtype: DTypeLike) -> np.ndarray:
    return rng.normal(0, np.sqrt(variance), (inputs, outputs)).astype(dtype)
