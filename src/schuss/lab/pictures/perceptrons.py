"""What a perceptron can and cannot learn, and what a hidden layer does to the plane (notes B1, B2)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from schuss.activations import sigmoid
from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.engine.trial import Trial
from schuss.lab.picture import Drawing, Measured, picture
from schuss.lab.style import BLACK, BLUE, VERMILLION, panels
from schuss.member import Member
from schuss.optimizers import Adam

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Map = Callable[[np.ndarray], np.ndarray]
"""Points [N, I] → points or logits [N, O]."""

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
"""All there is to learn of a logical function of two inputs."""

GATES = {"AND": np.array([0, 0, 0, 1]), "OR": np.array([0, 1, 1, 1]), "XOR": np.array([0, 1, 1, 0])}
"""Name → the function's value for every row of `INPUTS`."""


@picture(
    row="B1, B2",
    claim="A perceptron learns AND and OR but not XOR; a multi-layer perceptron learns XOR",
    see="A perceptron divides the plane by a straight line (black, where it is undecided): it gets AND and OR right. "
    "No line has XOR's two ones on one side and its two zeros on the other: of {seeds} perceptrons, each started "
    "elsewhere, the best got {xor_perceptron:.0%} right. "
    "With a hidden layer of {width} units the boundary need not be one line, and {mlps_right} of {seeds} networks got "
    "all four right; the others came to rest at a higher cost.",
)
def logic_gates(
    *, width: int = 2, activation: str = "tanh", seeds: int = 20, epochs: int = 300, small: bool = False
) -> Drawing:
    """Decision boundaries of perceptrons on AND, OR and XOR, and of a multi-layer perceptron on XOR.

    Args:
        width: units of the hidden layer.
        activation: of the hidden layer.
        seeds: how many networks are trained on each; the best is drawn.
        epochs: passes through the four rows, each a step.
        small: a low resolution.
    """
    trained = [("Perceptron", gate, fit(INPUTS, GATES[gate], (), "tanh", seeds, epochs)) for gate in GATES]
    trained.append(("Hidden layer", "XOR", fit(INPUTS, GATES["XOR"], (width,), activation, seeds, epochs)))
    figure, axes = panels(1, 4, width=11, height=3.4, sharey=True, small=small)
    best = [best_of(trials) for _, _, trials in trained]
    for panel, (kind, gate, _), winner in zip(axes[0], trained, best, strict=True):
        _plane(panel, (-0.4, 1.4), lambda x, w=winner: predict(w.network, w.weights, x), small=small)
        _points(panel, INPUTS, GATES[gate])
        panel.set(title=f"{kind}, {gate}: {winner.best.score:.0%} right", xlabel="x₁", xticks=(0, 1), yticks=(0, 1))
    axes[0, 0].set_ylabel("x₂")
    _scale(figure, axes[0])
    measured: Measured = {
        "seeds": seeds,
        "width": width,
        "and_perceptron": best[0].best.score,
        "or_perceptron": best[1].best.score,
        "xor_perceptron": best[2].best.score,
        "xor_mlp": best[3].best.score,
        "mlps_right": sum(trial.best.score == 1 for trial in trained[3][2]),
    }
    return Drawing(figure, measured)


@picture(
    row="B2",
    claim="The hidden layer bends the plane until a straight line can separate what none could before",
    see="Left are XOR's four points with a grid drawn on their plane; no straight line separates the colours. "
    "The hidden layer's weights can only turn, shear and stretch (middle): they have learned to squeeze the plane "
    "until the zeros nearly meet, but they meet between the ones, and the best of {seeds} perceptrons still gets "
    "{before:.0%} right. "
    "The activation bends the plane (right), and now one straight line, the output layer's, gets {after:.0%} right; "
    "seen from the left it is the boundary in two parts.",
)
def hidden_layer(*, activation: str = "tanh", seeds: int = 20, epochs: int = 60, small: bool = False) -> Drawing:
    """XOR's points and a grid before, inside and after a hidden layer of two units.

    Args:
        activation: of the hidden layer.
        seeds: how many networks are trained; of those that learn XOR the one that squeezes the plane least is drawn.
        epochs: passes through the four rows, each a step.
        small: a low resolution.
    """
    y = GATES["XOR"]
    trials = fit(INPUTS, y, (2,), activation, seeds, epochs)
    winner = max(trials, key=lambda trial: (trial.best.score, _roundness(trial)))
    linear, bend, output = (_layer(winner, place) for place in range(3))
    stages: list[tuple[str, str, Map, Map]] = [
        ("Inputs x", "x", lambda x: x, lambda x: output(bend(linear(x)))),
        ("Weights: z = xW + b", "z", linear, lambda z: output(bend(z))),
        (f"Activation: a = {activation}(z)", "a", lambda x: bend(linear(x)), output),
    ]
    figure, axes = panels(1, 3, width=10.5, height=3.7, small=small)
    accuracies: list[float] = []
    for panel, (title, name, reach, decide) in zip(axes[0], stages, strict=True):
        lines = np.stack([reach(line) for line in _grid(small)])
        low, high = lines.min(axis=(0, 1)), lines.max(axis=(0, 1))
        _plane(panel, (low - 0.05 * (high - low), high + 0.05 * (high - low)), decide, small=small)
        for line in lines:
            panel.plot(*line.T, color=BLACK, linewidth=0.6, alpha=0.6)
        _points(panel, reach(INPUTS), y)
        panel.set(title=title, xlabel=f"{name}₁", ylabel=f"{name}₂")
        accuracies.append(best_of(fit(reach(INPUTS), y, (), "tanh", seeds, epochs)).best.score)
    _scale(figure, axes[0])
    hidden, (w, b) = bend(linear(INPUTS)), (winner.weights[2][name] for name in ("W", "b"))
    measured: Measured = {
        "seeds": seeds,
        "inputs": accuracies[0],
        "before": accuracies[1],
        "after": accuracies[2],
        "network": winner.best.score,
        "roundness": _roundness(winner),
        "hidden": hidden.tolist(),
        "margin": float(np.min((2 * y - 1) * (hidden @ w + b)[:, 0]) / np.linalg.norm(w)),
    }
    return Drawing(figure, measured)


def fit(x: np.ndarray, y: np.ndarray, hidden: tuple[int, ...], activation: str, seeds: int, epochs: int) -> list[Trial]:
    """Networks with as many seeds, trained on all rows at once and scored on the same rows after every step."""
    table = Table(x, y)
    members = [
        Member(hidden, activation, Adam(0.1), loss="binary_cross_entropy", batch_size=len(x), seed=seed)
        for seed in range(seeds)
    ]
    return train(members, table, table, epochs=epochs)


def best_of(trials: Sequence[Trial]) -> Trial:
    """The trial of the highest score, then of the lowest cost."""
    return max(trials, key=lambda trial: (trial.best.score, -trial.best.cost))


def _roundness(trial: Trial) -> float:
    """Least over greatest stretching by the first weights: 0 where the plane is squeezed onto a line."""
    stretching = np.linalg.svd(trial.weights[0]["W"], compute_uv=False)
    return float(stretching[-1] / stretching[0])


def _layer(trial: Trial, place: int) -> Map:
    layer, params = trial.network.layers[place], trial.weights[place]
    return lambda x: np.asarray(layer.apply(params, jnp.asarray(x)))


def _grid(small: bool) -> list[np.ndarray]:
    """Lines over the square [−0.4, 1.4]², up and across, each [points, 2]."""
    along = np.linspace(-0.4, 1.4, 20 if small else 100)
    lines = [np.column_stack([np.full_like(along, k), along]) for k in np.linspace(-0.4, 1.4, 10)]
    return [*lines, *(line[:, ::-1] for line in lines)]


def _plane(axes: "Axes", limits: Any, logit: Map, *, small: bool) -> None:
    """Probability of a 1 over the plane between two corners, and the line where it is ½."""
    low, high = (np.broadcast_to(limit, 2) for limit in limits)
    points = 40 if small else 200
    x, y = (np.linspace(low[k], high[k], points) for k in range(2))
    plane = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    p = np.asarray(sigmoid(jnp.asarray(logit(plane)[:, 0]))).reshape(points, points)
    axes.grid(visible=False)
    look: dict[str, Any] = {"cmap": _colours(), "vmin": 0, "vmax": 1, "interpolation": "bilinear"}
    axes.imshow(p, origin="lower", extent=(low[0], high[0], low[1], high[1]), aspect="auto", **look)
    axes.contour(x, y, p, [0.5], colors=BLACK, linewidths=1.8)


def _points(axes: "Axes", x: np.ndarray, y: np.ndarray) -> None:
    """The rows: a disc for 0, a square for 1."""
    for value, marker, colour in ((0, "o", BLUE), (1, "s", VERMILLION)):
        chosen = x[y == value]
        axes.plot(
            *chosen.T, marker, color=colour, markersize=10, markeredgecolor="white", markeredgewidth=1.5, zorder=4
        )


def _scale(figure: "Figure", axes: Sequence["Axes"]) -> None:
    from matplotlib.cm import ScalarMappable

    scale = figure.colorbar(ScalarMappable(cmap=_colours()), ax=list(axes), shrink=0.9, pad=0.015)
    scale.set_label("probability of 1")


def _colours() -> Any:
    """From the blue of 0 over white to the vermillion of 1, paled."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("decision", ["#7FB3D8", "#F7F7F7", "#EBA27C"])
