"""Backpropagation: a network's numbers, forward and backward, and the memory that keeping them takes (notes B7)."""

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from schuss.activations import activation as activation_named
from schuss.backpropagation import Trace, backpropagate, trace
from schuss.lab.picture import Drawing, Measured, picture
from schuss.lab.style import BLACK, BLUE, GREY, VERMILLION, panels
from schuss.losses import mean_squared_error
from schuss.network import Sequential, perceptron
from schuss.types import Array, Parameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = {"x": 0.0, "z": 3.8, "a": 6.8, "ŷ": 10.4, "J": 13.4}
"""Where the columns of the graph stand."""

HEIGHTS = (1.45, -1.45)
"""Where the first and the second number of a column stand; a single one stands in the middle."""

SUB = "₁₂"


class Node(NamedTuple):
    """A number of the network: its name, where it is drawn, its value and ∂J/∂ of it."""

    name: str
    x: float
    y: float
    value: float
    delta: float


@picture(
    row="B7",
    claim="One pass forward gives the cost; the chain rule, from the last layer to the first, gives every gradient",
    see="Blue numbers are computed from left to right: inputs x, sums z, activations a, output ŷ, cost J = {cost:.3f}. "
    "Red ones are computed from right to left and say how fast J changes with the number above them: the red number of "
    "the node on the right times one derivative on the way (for an input the sum over both ways), and for a weight "
    "times the blue number on its left. "
    "Put to the test: {step:g} more of the weight w₁₁ changes J by {measured_change:.6f}, and its red number "
    "{gradient:.3f} foretells {foretold_change:.6f}.",
)
def backpropagation_graph(
    *,
    x: Sequence[float] = (1.0, -0.5),
    target: float = 1.0,
    activation: str = "tanh",
    small: bool = False,
    seed: int = 7,
) -> Drawing:
    """Every number of a forward and a backward pass through a network of two inputs and two hidden units.

    Args:
        x: the two inputs.
        target: y, the output wanted; the cost is the squared error.
        activation: of the hidden units.
        small: a low resolution.
        seed: of the weights.

    Raises:
        ValueError: there are not two inputs.
    """
    if len(x) != 2:
        raise ValueError(f"x must be two numbers, not {', '.join(map(str, x))!r}.")
    network, step = perceptron(2, (2,), 1, activation), 1e-4
    params = rounded_weights(network, seed)
    nudged = jax.tree.map(np.copy, params)
    nudged[0]["W"][0, 0] += step
    with jax.enable_x64(True):
        inputs, wanted = jnp.array([x], float), jnp.array([target], float)
        passed, moved = (trace(network, each, inputs, wanted, mean_squared_error) for each in (params, nudged))
        slopes = jax.vmap(jax.grad(activation_named(activation)))(passed.layers[0].value[0]).tolist()
    figure, axes = panels(1, 1, width=11, height=5.2, small=small)
    _draw_graph(axes[0, 0], _nodes(x, passed), params, passed, (f"{activation}′", slopes), target)
    gradients = [layer.gradients for layer in passed.layers]
    gradient = float(gradients[0]["W"][0, 0])
    measured: Measured = {
        "cost": float(passed.cost),
        "step": step,
        "gradient": gradient,
        "foretold_change": step * gradient,
        "measured_change": float(moved.cost - passed.cost),
        "weights": [float(w) for leaf in jax.tree.leaves(params) for w in leaf.ravel()],
        "gradients": [float(g) for leaf in jax.tree.leaves(gradients) for g in leaf.ravel()],
        "input_delta": passed.input_delta[0].tolist(),
    }
    return Drawing(figure, measured)


def rounded_weights(network: Sequential, seed: int) -> Parameters:
    """Weights and biases with one decimal, so that a reader can follow, float64."""
    random = np.random.default_rng(seed)
    first = network.initialize(random, np.float64)
    # Adding 0 turns −0 into 0.
    return jax.tree.map(lambda w: (w if w.ndim > 1 else random.uniform(-0.5, 0.5, w.shape)).round(1) + 0.0, first)


def _nodes(x: Sequence[float], passed: Trace) -> dict[str, list[Node]]:
    """The numbers of each column of the graph."""
    z, a, output = passed.layers
    numbers = {
        "x": (x, passed.input_delta[0]),
        "z": (z.value[0], z.delta[0]),
        "a": (a.value[0], a.delta[0]),
        "ŷ": (output.value[0], output.delta[0]),
        "J": ([passed.cost], [1.0]),
    }
    columns: dict[str, list[Node]] = {}
    for name, (values, deltas) in numbers.items():
        names, rows = ([name], (0.0,)) if len(values) == 1 else ([f"{name}{sub}" for sub in SUB], HEIGHTS)
        each = zip(names, rows, values, deltas, strict=True)
        columns[name] = [Node(own, COLUMNS[name], y, float(v), float(d)) for own, y, v, d in each]
    return columns


def _draw_graph(
    axes: "Axes",
    columns: dict[str, list[Node]],
    params: Parameters,
    passed: Trace,
    slopes: tuple[str, list[float]],
    target: float,
) -> None:
    """Columns of nodes from the inputs to the cost, arrows between them, and the numbers of everything."""
    axes.set(xlim=(-0.9, 14.3), ylim=(-2.75, 2.7))
    axes.set_axis_off()
    axes.set_title("Values forward, from left to right", color=BLUE)
    axes.set_title("Derivatives ∂J/∂… backward, from right to left", color=VERMILLION, loc="right")
    first, _, last = (layer.gradients for layer in passed.layers)
    for (i, tail), (j, head) in product(enumerate(columns["x"]), enumerate(columns["z"])):
        at = _arrow(axes, tail, head, 0.55 if i == j else 0.24)
        _numbers(axes, *at, f"w{SUB[i]}{SUB[j]}", params[0]["W"][i, j], first["W"][i, j])
    (guess,), (cost,) = columns["ŷ"], columns["J"]
    for j, (z, a) in enumerate(zip(columns["z"], columns["a"], strict=True)):
        _numbers(axes, z.x, 1.62 * z.y, f"b{SUB[j]}", params[0]["b"][j], first["b"][j])
        at = _arrow(axes, z, a, 0.5)
        axes.text(*at, f"{slopes[0]} = {slopes[1][j]:.3f}\n", ha="center", va="center", color=GREY)
        at = _arrow(axes, a, guess, 0.45)
        _numbers(axes, *at, f"v{SUB[j]}", params[2]["W"][j, 0], last["W"][j, 0])
    _numbers(axes, guess.x, -0.9, "c", params[2]["b"][0], last["b"][0])
    at = _arrow(axes, guess, cost, 0.5)
    axes.text(*at, f"2(ŷ − y) = {2 * (guess.value - target):.3f}\n", ha="center", va="center", color=GREY)
    axes.text(cost.x, -0.9, f"J = (ŷ − y)²\nwith y = {target:g}", ha="center", va="center", color=GREY)
    for node in (node for column in columns.values() for node in column):
        axes.plot(node.x, node.y, "o", markersize=58, color="white", markeredgecolor=BLACK, markeredgewidth=1.2)
        axes.text(node.x, node.y + 0.31, node.name, ha="center", va="center", fontweight="bold")
        _numbers(axes, node.x, node.y - 0.1, "", node.value, node.delta)


def _arrow(axes: "Axes", tail: Node, head: Node, share: float) -> tuple[float, float]:
    """An arrow from node to node, and the point after a share of its way."""
    look = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 30, "shrinkB": 30}
    axes.annotate("", (head.x, head.y), (tail.x, tail.y), arrowprops=look)
    return tail.x + share * (head.x - tail.x), tail.y + share * (head.y - tail.y)


def _numbers(axes: "Axes", x: float, y: float, name: str, value: float, delta: float) -> None:
    """A value in blue over its derivative in red."""
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.6}
    lines = [f"{name} = " * bool(name) + f"{value:.3g}", f"{delta:.3f}"]
    for text, place, colour in zip(lines, ("bottom", "top"), (BLUE, VERMILLION), strict=True):
        axes.text(x, y, text.replace("-", "−"), ha="center", va=place, color=colour, bbox=behind, fontsize=9)


@picture(
    row="B7",
    claim="Backpropagation keeps every layer's values until it comes back to them: memory grows with depth and batch",
    see="The values that one step keeps (blue) grow in proportion to the number of layers (left) and of rows (right): "
    "{kept_per_layer:.0f} KiB for every hidden layer with {rows} rows. "
    "The compiled step (red, as the compiler plans it) saves some of them, and yet its memory grows {step_growth:.1f} "
    "times from {least_depth} to {most_depth} hidden layers. "
    "Prediction alone (black) forgets a layer's values once the next one has them: for {most_depth} layers it needs "
    "{forward_growth:.1f} times as much as for {second_depth}.",
)
def backpropagation_memory(
    *,
    depths: Sequence[int] = (1, 2, 4, 8),
    rows: Sequence[int] = (128, 256, 512, 1024),
    width: int = 64,
    small: bool = False,
) -> Drawing:
    """Memory of a training step and of a prediction, against the number of hidden layers and the mini-batch size.

    Args:
        depths: numbers of hidden layers, at least three and ascending; drawn for the second of ``rows``.
        rows: mini-batch sizes, at least two and ascending; drawn for the third of ``depths``.
        width: units of every layer.
        small: fewer points, a low resolution.

    Raises:
        ValueError: there are fewer depths or rows than are drawn.
    """
    for name, given, least in (("depths", depths, 3), ("rows", rows, 2)):
        if len(given) < least or list(given) != sorted(set(given)):
            shown = ", ".join(map(str, given)) or "none"
            raise ValueError(f"{name} must be {least} or more numbers in ascending order, not {shown}.")
    depths, rows = (depths[:3], rows[:2]) if small else (depths, rows)
    by_depth = np.array([memory(depth, rows[1], width) for depth in depths]) / 1024
    by_rows = np.array([memory(depths[2], count, width) for count in rows]) / 1024
    figure, axes = panels(1, 2, height=4.2, small=small)
    looks = (
        ("values that are kept", BLUE, "o"),
        ("compiled step", VERMILLION, "s"),
        ("compiled prediction", BLACK, "^"),
    )
    left, right = axes[0]
    for k, (label, colour, marker) in enumerate(looks):
        left.plot(depths, by_depth[:, k], color=colour, marker=marker, label=label)
        right.plot(rows, by_rows[:, k], color=colour, marker=marker)
    left.set(title=f"{rows[1]} rows", xlabel="hidden layers", ylabel="KiB", ylim=(0, None))
    right.set(title=f"{depths[2]} hidden layers", xlabel="rows of the mini-batch", ylim=(0, None))
    left.legend()
    measured: Measured = {
        "rows": rows[1],
        "depths": list(depths),
        "sizes": list(rows),
        "kept_by_depth": by_depth[:, 0].tolist(),
        "kept_by_rows": by_rows[:, 0].tolist(),
        "step_by_depth": by_depth[:, 1].tolist(),
        "forward_by_depth": by_depth[:, 2].tolist(),
        "kept_per_layer": float((by_depth[-1, 0] - by_depth[0, 0]) / (depths[-1] - depths[0])),
        "step_growth": float(by_depth[-1, 1] / by_depth[0, 1]),
        "forward_growth": float(by_depth[-1, 2] / by_depth[1, 2]),
        "least_depth": depths[0],
        "second_depth": depths[1],
        "most_depth": depths[-1],
    }
    return Drawing(figure, measured)


def memory(depth: int, rows: int, width: int) -> tuple[int, int, int]:
    """Bytes of the layers' values in a trace, and of the temporary arrays of a compiled step and prediction."""
    network = perceptron(width, (width,) * depth, 1, "tanh")
    params = network.initialize(0)
    x, y = np.zeros((rows, width), np.float32), np.zeros((rows, 1), np.float32)

    def values(params: Parameters, x: Array, y: Array) -> list[Array]:
        return [layer.value for layer in trace(network, params, x, y, mean_squared_error).layers]

    def step(params: Parameters, x: Array, y: Array) -> tuple[Array, Parameters]:
        return backpropagate(network, params, x, y, mean_squared_error)

    kept = sum(value.size * value.dtype.itemsize for value in jax.eval_shape(values, params, x, y))
    compiled: Any = jax.jit(step).lower(params, x, y).compile(), jax.jit(network.apply).lower(params, x).compile()
    planned, forward = (each.memory_analysis().temp_size_in_bytes for each in compiled)
    return kept, planned, forward
