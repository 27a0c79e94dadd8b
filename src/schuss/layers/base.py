"""What every layer is, and those of the notes: fully connected ones, activations, dropout and flatten.

A layer describes a function; its weights live outside it. `Layer.initialize` makes them, `Layer.apply` uses them. A
layer of your own is a frozen dataclass with those two methods:

>>> from dataclasses import dataclass
>>> import numpy as np
>>> @dataclass(frozen=True)
... class Gain(Layer):
...     inputs: int
...     def initialize(self, rng, dtype=np.float32):
...         return {"gain": np.ones(self.inputs, dtype)}
...     def apply(self, params, x, key=None):
...         return params["gain"] * x
"""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from schuss import noise
from schuss.activations import activation
from schuss.initializers import initializer
from schuss.types import ActivationFunction, Array, Parameters


@dataclass(frozen=True)
class Layer:
    """Base of all layers: one without weights until it says otherwise."""

    @property
    def learns(self) -> float:
        """How many times as fast as others its weights learn: a factor of the learning rate, default 1."""
        return 1.0

    def initialize(self, rng: np.random.Generator, dtype: Any = np.float32) -> Parameters:
        """First weights, drawn from ``rng``: a dict of NumPy arrays; those with two axes or more are decayed by L2."""
        del rng, dtype
        return {}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name → shape of every array that `initialize` gives."""
        return {name: array.shape for name, array in self.initialize(np.random.default_rng(0)).items()}

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """The layer's output [B, …] for the inputs ``x`` [B, …]; ``key`` is given in training only, for its noise."""
        raise NotImplementedError(f"{type(self).__name__} must define apply(params, x, key=None).")


@dataclass(frozen=True)
class Linear(Layer):
    """Fully connected layer: z = xW + b.

    Args:
        inputs: I, number of values that come in.
        outputs: O, number of values that go out.
        initializer: name or function for W [I, O]; default chosen by the activation that follows. b [O] starts at 0.

    Source: notes B1 and B4, which write Wx + b for one column x; here rows of x are samples.
    """

    inputs: int
    outputs: int
    initializer: Any = None

    def __post_init__(self) -> None:
        """Check the sizes.

        Raises:
            ValueError: a size is not a positive whole number.
        """
        for name in ("inputs", "outputs"):
            size = getattr(self, name)
            if not isinstance(size, (int, np.integer)) or size < 1:
                raise ValueError(f"Linear.{name} must be a whole number ≥ 1, not {size!r}.")

    def initialize(self, rng: np.random.Generator, dtype: Any = np.float32) -> Parameters:
        """``{"W": [I, O], "b": [O]}``."""
        draw = initializer(self.initializer or "glorot_uniform")
        return {"W": draw(rng, self.inputs, self.outputs, dtype), "b": np.zeros(self.outputs, dtype)}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """``{"W": (I, O), "b": (O,)}``, without making them."""
        return {"W": (self.inputs, self.outputs), "b": (self.outputs,)}

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """X [B, I] → XW + b [B, O]."""
        del key
        return x @ params["W"] + params["b"]


@dataclass(frozen=True)
class Flatten(Layer):
    """[B, …] → [B, product of the rest]: everything but the axis of samples becomes one axis. No weights (B4)."""

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """Reshape."""
        del params, key
        return x.reshape(x.shape[0], -1)


@dataclass(frozen=True)
class Activation(Layer):
    """An activation function as a layer.

    Args:
        function: name in `schuss.activations.ACTIVATIONS` or any element-wise function that JAX can differentiate.
    """

    function: str | ActivationFunction

    def __post_init__(self) -> None:
        """Find the function now, so that a wrong name fails here."""
        activation(self.function)

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """z → a, element by element."""
        del params, key
        return activation(self.function)(x)


@dataclass(frozen=True)
class Dropout(Layer):
    """In training sets each value to 0 with probability ``rate`` and divides the others by 1 − rate.

    The expected value stays the same, so prediction passes values through unchanged.

    Args:
        rate: in [0, 1). May be traced by JAX.

    Source: notes B4 ("and others"); Srivastava et al., 2014, in the scaled form of PyTorch.
    """

    rate: Any

    def __post_init__(self) -> None:
        """Check the rate.

        Raises:
            ValueError: the rate lies outside [0, 1).
        """
        if isinstance(self.rate, (int, float)) and not 0 <= self.rate < 1:
            raise ValueError(f"Dropout.rate must be in [0, 1), not {self.rate}.")

    def apply(self, params: Parameters, x: Array, key: Array | None = None) -> Array:
        """Mask and rescale when there is a key, else do nothing."""
        del params
        if key is None:
            return x
        kept = noise.uniform(key, x.shape) >= self.rate
        return jnp.where(kept, x / (1 - jnp.asarray(self.rate, x.dtype)), 0)


def Sigmoid() -> Activation:
    """σ(z) = 1/(1+e⁻ᶻ) as a layer."""
    return Activation("sigmoid")


def Tanh() -> Activation:
    """Hyperbolic tangent as a layer."""
    return Activation("tanh")


def ReLU() -> Activation:
    """max(0, z) as a layer."""
    return Activation("relu")


def LeakyReLU() -> Activation:
    """z where positive, else z/100, as a layer."""
    return Activation("leaky_relu")


def GELU() -> Activation:
    """z·Φ(z) as a layer."""
    return Activation("gelu")


def SiLU() -> Activation:
    """z·σ(z) as a layer."""
    return Activation("silu")


def Softmax() -> Activation:
    """e^{zᵢ} / Σⱼ e^{zⱼ} over the last axis as a layer; cross_entropy takes logits, so leave it out there."""
    return Activation("softmax")
