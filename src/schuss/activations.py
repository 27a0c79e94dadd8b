"""Activation functions: z → a, each with its formula, its range and its derivative.

All work element by element on arrays of any shape and float dtype (`softmax` along one axis). Values and gradients are
right at z = ±10⁴ in every dtype, half precision included. NaN stays NaN: a network that diverged must not look well.
"""

import math

import jax.numpy as jnp
from jax import lax

from schuss.names import function_by_name
from schuss.types import ActivationFunction, Array


def identity(z: Array) -> Array:
    """No activation: a = z, in (−∞, ∞), derivative 1.

    Layers with it collapse: W₃·(W₂·(W₁·x)) = (W₃·W₂·W₁)·x is one linear layer.

    Source: notes B5.

    >>> print(identity(jnp.array([-2.0, 0.0, 2.0])))
    [-2.  0.  2.]
    """
    return z


def sigmoid(z: Array) -> Array:
    """a = 1 / (1 + e⁻ᶻ), in (0, 1), derivative a·(1 − a).

    The derivative is at most ¼, so gradients vanish through many such layers.

    Source: notes B5.

    >>> print(sigmoid(jnp.array([-1e4, 0.0, 1e4])))
    [0.  0.5 1. ]
    """
    return lax.logistic(z)


def tanh(z: Array) -> Array:
    """a = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ), in (−1, 1), derivative 1 − a².

    Centred at zero, and four times as steep there as the sigmoid; gradients still vanish where |z| is large.

    Source: notes B5.

    >>> print(tanh(jnp.array([-1e4, 0.0, 1e4])))
    [-1.  0.  1.]
    """
    return jnp.tanh(z)


def relu(z: Array) -> Array:
    """a = max(0, z), in [0, ∞), derivative 1 for z > 0, else 0 (0 at z = 0, as in PyTorch).

    Source: notes B5; Nair and Hinton, 2010.

    >>> print(relu(jnp.array([-2.0, 0.0, 2.0])))
    [0. 0. 2.]
    """
    return jnp.where(z <= 0, 0, z)  # jnp.maximum has the derivative ½ at z = 0


def leaky_relu(z: Array, negative_slope: float = 0.01) -> Array:
    """a = z for z > 0, else negative_slope·z, in (−∞, ∞), derivative 1 for z > 0, else negative_slope.

    Unlike `relu` it lets negative inputs through, and the gradient with them.

    Source: notes B5; Maas, Hannun and Ng, 2013.

    >>> print(leaky_relu(jnp.array([-2.0, 0.0, 2.0])))
    [-0.02  0.    2.  ]
    """
    return jnp.where(z <= 0, negative_slope * z, z)


def elu(z: Array, alpha: float = 1.0) -> Array:
    """a = z for z > 0, else alpha·(eᶻ − 1), in (−alpha, ∞), derivative 1 for z > 0, else alpha·eᶻ = a + alpha.

    Source: notes B5 ("and others"); Clevert, Unterthiner and Hochreiter, 2016.

    >>> print(elu(jnp.array([-1e4, 0.0, 2.0])))
    [-1.  0.  2.]
    """
    below = jnp.where(z <= 0, z, 0)  # eᶻ of a large z is infinite, and its gradient NaN even where it is not chosen
    return jnp.where(z <= 0, alpha * jnp.expm1(below), z)


def selu(z: Array) -> Array:
    """a = λ·z for z > 0, else λ·α·(eᶻ − 1), in (−1.76, ∞), derivative λ for z > 0, else λ·α·eᶻ = a + λ·α.

    λ ≈ 1.0507 and α ≈ 1.6733 are such that outputs keep the mean 0 and the variance 1 of their inputs, as long as
    weights have the variance 1/I (`schuss.initializers.lecun_normal`): an `elu` that normalises itself.

    Source: Klambauer et al., Self-Normalizing Neural Networks, 2017.

    >>> print(selu(jnp.array([-1e4, 0.0, 1.0])).round(2))
    [-1.76  0.    1.05]
    """
    return 1.0507009873554805 * elu(z, alpha=1.6732632423543772)


def gelu(z: Array) -> Array:
    """a = z·Φ(z) = z/2·(1 + erf(z/√2)), in [−0.17, ∞), derivative Φ(z) + z·φ(z).

    Φ and φ are the distribution and the density of the standard normal: z is kept as likely as a normal is below it.
    This is the exact form, PyTorch's default; `gelu_tanh` is the approximation.

    Source: notes B5; Hendrycks and Gimpel, 2016.

    >>> print(f"{gelu(jnp.array(1.0)):.4f}")
    0.8413
    """
    return 0.5 * z * (1 + lax.erf(z * math.sqrt(0.5)))


def gelu_tanh(z: Array) -> Array:
    """a = z/2·(1 + tanh u) with u = √(2/π)·(z + 0.044715·z³), in [−0.17, ∞): `gelu` to within 0.0005.

    Derivative (1 + tanh u)/2 + z/2·(1 − tanh² u)·√(2/π)·(1 + 0.134145·z²).

    Source: notes B5; Hendrycks and Gimpel, 2016; PyTorch's ``gelu(approximate="tanh")``.

    >>> print(f"{gelu_tanh(jnp.array(1.0)):.4f}")
    0.8412
    """
    c = jnp.clip(z, -10, 10)  # tanh is ±1 long before, and z³ would overflow in half precision
    u = math.sqrt(2 / math.pi) * (c + 0.044715 * c * c * c)
    return 0.5 * z * (1 + jnp.tanh(u))


def silu(z: Array) -> Array:
    """a = z·σ(z), in [−0.28, ∞), derivative σ(z)·(1 + z·(1 − σ(z))) with σ the `sigmoid`. Also called swish.

    Source: notes B5; Elfwing, Uchibe and Doya, 2018.

    >>> print(f"{silu(jnp.array(1.0)):.4f}")
    0.7311
    """
    return z * sigmoid(z)


def mish(z: Array) -> Array:
    """a = z·t with t = tanh(softplus z), in [−0.31, ∞), derivative t + z·σ(z)·(1 − t²) with σ the `sigmoid`.

    Much like `silu`, a little steeper above zero.

    Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019.

    >>> print(f"{mish(jnp.array(1.0)):.4f}")
    0.8651
    """
    return z * jnp.tanh(softplus(z))


def softplus(z: Array) -> Array:
    """a = ln(1 + eᶻ), in (0, ∞), derivative σ(z), the `sigmoid`: a smooth `relu`.

    Computed for all z as written; PyTorch returns z itself above 20.

    Source: notes B5 ("and others"); Dugas et al., 2001.

    >>> print(softplus(jnp.array([-1e4, 0.0, 1e4])).round(4))
    [0.000e+00 6.931e-01 1.000e+04]
    """
    return jnp.logaddexp(z, 0)


def softmax(z: Array, axis: int = -1) -> Array:
    """aᵢ = e^zᵢ / Σⱼ e^zⱼ along ``axis``, in (0, 1) with sum 1, derivative ∂aᵢ/∂zⱼ = aᵢ·([i = j] − aⱼ).

    Larger inputs give larger outputs. (One of the notes writes e^(−x), and describes e^(+x).)

    Source: notes B5.

    >>> print(softmax(jnp.array([[1e4, 1e4], [0.0, jnp.log(3.0)]])).round(2))
    [[0.5  0.5 ]
     [0.25 0.75]]
    """
    # The largest exponent is 0; the shift cancels in the quotient, therefore it needs no gradient.
    e = jnp.exp(z - lax.stop_gradient(jnp.max(z, axis=axis, keepdims=True)))
    return e / jnp.sum(e, axis=axis, keepdims=True)


ACTIVATIONS: dict[str, ActivationFunction] = {
    "identity": identity,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "silu": silu,
    "mish": mish,
    "softplus": softplus,
    "softmax": softmax,
}
"""Name → activation function."""


def activation(name_or_function: str | ActivationFunction) -> ActivationFunction:
    """Return the activation function of that name; a function of one's own passes through.

    Raises:
        ValueError: no activation has that name.
        TypeError: neither a name nor a function.

    >>> activation("relu") is relu
    True
    """
    return function_by_name("activation", name_or_function, ACTIVATIONS, "z → a")
