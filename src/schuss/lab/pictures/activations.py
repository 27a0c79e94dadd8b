"""Activation functions: their shapes, why they must not be straight, and how gradients fade through them (notes B5)."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from schuss.activations import activation, softmax
from schuss.backpropagation import trace
from schuss.lab.picture import Drawing, Measured, picture
from schuss.lab.race import digits
from schuss.lab.style import BLUE, CYCLE, GREY, VERMILLION, panels
from schuss.losses import cross_entropy
from schuss.network import Sequential, perceptron
from schuss.types import Array, Parameters

SHAPES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
"""What `activation_functions` draws first: those that work number by number. Softmax, which shares out 1, is last."""


@picture(
    row="B5",
    claim="Sigmoid's derivative is at most ¼ and tanh's 1, both nearly 0 far from 0; ReLU's is 1 for all z > 0",
    see="Each panel has a function (blue) and its derivative (red, dashed), which backpropagation multiplies by; "
    "softmax shares out 1 among z and two zeros, whose share is grey. "
    "Sigmoid's derivative is nowhere above {sigmoid_steepest:.2f} and at z = {far:g} only {sigmoid_far:.4f}; tanh's "
    "reaches {tanh_steepest:.2f}, but at z = {far:g} it is {tanh_far:.4f}. "
    "ReLU's is {relu_far:.0f} at z = {far:g} and {relu_below:.0f} at z = −{far:g}, where leaky ReLU keeps "
    "{leaky_relu_below:.2f}.",
)
def activation_functions(*, far: float = 5.0, small: bool = False) -> Drawing:
    """Activation functions and their derivatives.

    Args:
        far: they are drawn from −far to far.
        small: fewer points, a low resolution.
    """
    z = np.linspace(-far, far, 101 if small else 401)
    figure, axes = panels(3, 3, width=9, height=7, sharex=True, sharey=True, small=small)
    measured: Measured = {"far": far}
    for panel, name in zip(axes.flat, (*SHAPES, "softmax"), strict=True):
        function = _first_of_three if name == "softmax" else activation(name)
        value, derivative = jax.jit(jax.vmap(jax.value_and_grad(function)))(z)
        panel.axhline(0, color=GREY, linewidth=0.8)
        panel.plot(z, value, color=BLUE, linewidth=2, label="a = f(z)")
        panel.plot(z, derivative, color=VERMILLION, linestyle="--", label="f′(z)")
        if name == "softmax":
            panel.plot(z, (1 - value) / 2, color=GREY)
        panel.set(title="softmax of (z, 0, 0)" if name == "softmax" else name.replace("_", " "), ylim=(-1.2, 2.2))
        measured |= {
            f"{name}_steepest": float(jnp.max(derivative)),
            f"{name}_far": float(derivative[-1]),
            f"{name}_below": float(derivative[0]),
        }
    for panel in axes[-1]:
        panel.set_xlabel("z")
    axes[0, 0].legend(loc="upper left")
    return Drawing(figure, measured)


def _first_of_three(z: Array) -> Array:
    """The share that softmax gives z beside two zeros."""
    return softmax(jnp.stack([z, jnp.zeros_like(z), jnp.zeros_like(z)]))[0]


@picture(
    row="B5",
    claim="Without bent activations any number of layers is one linear layer: (W₁W₂W₃)x = Wx",
    see="On the left is the output of {layers} linear layers over the plane of their two inputs: all contours are "
    "straight and parallel. "
    "A single layer whose matrix is the product of theirs (middle) gives the same to within {difference:.0e}. "
    "The same weights with {activation} between the layers (right) make something new: the plane that fits it best "
    "leaves {bent:.0%} of its variance, where on the left it leaves {straight:.0e}.",
)
def linear_collapse(
    *, hidden_layers: int = 3, width: int = 8, activation: str = "tanh", small: bool = False, seed: int = 1
) -> Drawing:
    """A deep linear network, the single layer that it is, and the same weights with an activation.

    Args:
        hidden_layers: how many.
        width: of each.
        activation: of the network on the right.
        small: fewer points, a low resolution.
        seed: of the weights.
    """
    straight = perceptron(2, (width,) * hidden_layers, 1, "identity")
    bent = perceptron(2, (width,) * hidden_layers, 1, activation)
    points = 31 if small else 101
    side = np.linspace(-3, 3, points)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    params = _with_biases(straight, seed)
    W, b = collapse(params)
    with jax.enable_x64(True):
        x = jnp.asarray(plane)
        outputs = [straight(params, x), x @ W + b, bent(params, x)]
        heights = [np.asarray(each).reshape(points, points) for each in outputs]
    figure, axes = panels(1, 3, height=3.9, sharey=True, small=small)
    titles = (f"{hidden_layers + 1} linear layers", "One layer: W = W₁W₂…", f"The layers with {activation} between")
    for panel, height, title in zip(axes[0], heights, titles, strict=True):
        panel.grid(visible=False)
        drawn = panel.contourf(side, side, height, 12)
        panel.contour(side, side, height, 12, colors="white", linewidths=0.6, linestyles="solid")
        panel.set(title=title, xlabel="x₁", aspect="equal")
        figure.colorbar(drawn, ax=panel, orientation="horizontal", shrink=0.9, label="output")
    axes[0, 0].set_ylabel("x₂")
    measured: Measured = {
        "layers": hidden_layers + 1,
        "activation": activation,
        "difference": float(np.abs(heights[0] - heights[1]).max()),
        "straight": _left_by_plane(plane, heights[0]),
        "bent": _left_by_plane(plane, heights[2]),
        "W": W.ravel().tolist(),
        "b": b.tolist(),
    }
    return Drawing(figure, measured)


def collapse(params: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """The one layer that linear layers are: W = W₁·W₂·…, b = (b₁·W₂ + b₂)·W₃ + ….

    >>> W, b = collapse(({"W": np.eye(2), "b": np.ones(2)}, {}, {"W": np.array([[2], [3]]), "b": np.array([4])}))
    >>> print(W.T, b)
    [[2. 3.]] [9.]
    """
    layers = [layer for layer in params if layer]
    W, b = layers[0]["W"], layers[0]["b"]
    for layer in layers[1:]:
        W, b = W @ layer["W"], b @ layer["W"] + layer["b"]
    return W, b


@picture(
    row="B5",
    claim="Gradients vanish through many sigmoid layers, and do not through ReLU layers",
    see="Each line is a network of {depth} hidden layers before any training: how large the gradient of the cost is in "
    "each layer, the last on the right, where backpropagation begins. "
    "With {worst} every layer passes on {worst_factor:.2f} of what it gets, and the second layer is left with "
    "{worst_ratio:.0e} of the gradient of the last hidden one: it will hardly learn. "
    "With {best} a layer passes on {best_factor:.2f}, and all learn alike.",
)
def vanishing_gradients(
    *,
    depth: int = 12,
    width: int = 64,
    names: Sequence[str] = ("sigmoid", "tanh", "relu"),
    seeds: int = 5,
    small: bool = False,
) -> Drawing:
    """Size of the gradient in each layer, for deep networks with different activations, on the digits.

    Args:
        depth: number of hidden layers, 3 or more.
        width: of each.
        names: of the activations; each has the first weights that suit it.
        seeds: how many first weights; the band is from the lowest to the highest.
        small: fewer rows, a low resolution.

    Raises:
        ValueError: the network has too few layers for gradients to vanish in.
    """
    if depth < 3:
        raise ValueError(f"depth must be 3 or more, not {depth}.")
    table, _ = digits()
    rows = 128 if small else 512
    x, y = jnp.asarray(table.x[:rows], jnp.float32), jnp.asarray(table.y[:rows])
    figure, axes = panels(1, 1, width=8, height=4.2, small=small)
    chart = axes[0, 0]
    place = np.arange(1, depth + 2)
    ratios: dict[str, float] = {}
    for name, colour in zip(names, CYCLE, strict=False):
        sizes = gradient_sizes(perceptron(x.shape[1], (width,) * depth, 10, name), seeds, x, y)
        middle = np.exp(np.log(sizes).mean(axis=0))
        chart.plot(place, middle, "o-", color=colour, markersize=4, label=name)
        chart.fill_between(place, sizes.min(axis=0), sizes.max(axis=0), color=colour, alpha=0.2, linewidth=0)
        # From the second hidden layer to the last: layers of one shape, so that only the chain rule differs.
        ratios[name] = float(middle[1] / middle[-2])
    chart.set(
        title="Gradient of the cost in each layer", xlabel="layer", ylabel="root mean square of ∂J/∂W", yscale="log"
    )
    chart.set_xticks(place, [*map(str, place[:-1]), "output"])
    chart.legend()
    worst, best = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    measured: Measured = {
        "depth": depth,
        **{f"{name}_ratio": ratio for name, ratio in ratios.items()},
        "worst": worst,
        "worst_ratio": ratios[worst],
        "worst_factor": ratios[worst] ** (1 / (depth - 2)),
        "best": best,
        "best_factor": ratios[best] ** (1 / (depth - 2)),
    }
    return Drawing(figure, measured)


def gradient_sizes(network: Sequential, seeds: int, x: Array, y: Array) -> np.ndarray:
    """Root mean square of ∂J/∂W in every linear layer, for the first weights of every seed: [seeds, layers]."""

    @jax.jit
    def sizes(params: Parameters) -> list[Array]:
        layers = trace(network, params, x, y, cross_entropy).layers
        return [jnp.sqrt(jnp.mean(layer.gradients["W"] ** 2)) for layer in layers if layer.gradients]

    return np.array([sizes(network.initialize(seed)) for seed in range(seeds)])


def _with_biases(network: Sequential, seed: int) -> Parameters:
    """First weights in float64, and biases that are not 0."""
    random = np.random.default_rng(seed)
    params = network.initialize(random, np.float64)
    return tuple(layer and {**layer, "b": random.normal(size=layer["b"].shape)} for layer in params)


def _left_by_plane(x: np.ndarray, height: np.ndarray) -> float:
    """Share of the variance of heights that is left after the plane that fits best is taken away."""
    heights = height.ravel()
    plane = np.column_stack([x, np.ones(len(x))])
    left = heights - plane @ np.linalg.lstsq(plane, heights, rcond=None)[0]
    return float(left.var() / heights.var())
