"""RMSProp on the ravine, beside gradient descent (notes A8)."""

from typing import TYPE_CHECKING

import numpy as np

from schuss.averages import exponentially_weighted_average
from schuss.lab.descent import descend
from schuss.lab.picture import Drawing, picture
from schuss.lab.race import race_surface
from schuss.lab.style import (
    BLACK,
    GREEN,
    GREY,
    ORANGE,
    contours,
    draw_path,
    mark_optimum,
    mark_start,
    panels,
    write_name,
)
from schuss.lab.surfaces import SURFACES
from schuss.optimizers import SGD, RMSProp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RAVINE = SURFACES["ravine"]
STEPS = 300
SHOWN = 60
"""Steps that the panels show from the start."""


@picture(
    row="A8",
    claim="RMSProp takes long steps where the slope is gentle and short ones where it is steep",
    see=(
        "Gradient descent's first ten steps go {sgd_across:.0f} times as far across the ravine as along it, RMSProp's "
        "{rmsprop_across:.1f} times. The root of S, the average of the squared slopes, is large across (b) and small "
        "along (W), and the learning rate is divided by it: along, steps are taken with {effective_ratio:.0f} times "
        "the rate. So the cost stays below a hundredth of the start's after {rmsprop_steps:.0f} steps instead of "
        "{sgd_steps:.0f}, although b leaps again when S has forgotten how steep it was, and hovers in the end."
    ),
)
def rmsprop(*, beta: float = 0.9, small: bool = False) -> Drawing:
    """Paths at the best rates, the root of the averaged squares, the rate of each direction, and the cost.

    Args:
        beta: β of the average of the squared gradients.
        small: a lower resolution.
    """
    rates = np.geomspace(1e-3, 1, 97).tolist()
    race = race_surface(
        RAVINE, {"sgd": SGD(), "rmsprop": RMSProp(beta=beta)}, steps=STEPS, learning_rates=rates, share=1e-2
    )
    plain, adaptive = race.lane("sgd"), race.lane("rmsprop")
    straight = descend(RAVINE, SGD(plain.learning_rate), STEPS)
    scaled = descend(RAVINE, RMSProp(adaptive.learning_rate, beta), STEPS)
    root = np.sqrt(exponentially_weighted_average(scaled.gradients**2, beta))
    effective = adaptive.learning_rate / (root + RMSProp().epsilon)

    figure, axes = panels(2, 2, width=10.5, height=7, small=small)
    contours(axes[0, 0], *RAVINE.heights())
    for trace, color, label in (
        (straight, BLACK, f"gradient descent, α = {plain.learning_rate:.3g}"),
        (scaled, GREEN, f"RMSProp, α = {adaptive.learning_rate:.3g}, β = {beta:g}"),
    ):
        draw_path(axes[0, 0], trace.positions[: SHOWN + 1], color=color, label=label)
        axes[1, 1].plot(trace.costs, color=color)
    mark_start(axes[0, 0], RAVINE.start)
    mark_optimum(axes[0, 0], RAVINE.optima[0])
    axes[0, 0].set(xlim=RAVINE.domain[0], ylim=RAVINE.domain[1], xlabel="W", ylabel="b")
    axes[0, 0].set_title(f"Each at its best rate: {SHOWN} steps")
    axes[0, 0].legend(loc="lower right")
    _two_directions(axes[0, 1], root, "√S: across it is large, along it is small")
    axes[0, 1].set_ylabel("root of the averaged squared slope")
    _two_directions(axes[1, 0], effective, "Rate in each direction, α / (√S + ε)")
    axes[1, 0].axhline(plain.learning_rate, color=BLACK, linestyle="--")
    write_name(axes[1, 0], "gradient descent, both", 2, plain.learning_rate * 1.05, va="bottom")
    axes[1, 0].set_ylabel("effective learning rate")
    axes[1, 1].axhline(race.level, color=GREY, linewidth=1, linestyle=(0, (2, 2)))
    axes[1, 1].set(yscale="log", xlim=(0, STEPS), xlabel="step t", ylabel="cost")
    axes[1, 1].set_title("Cost; dashed: a hundredth of the start's")
    write_name(axes[1, 1], "gradient descent", 205, straight.costs[205] * 1.5)
    write_name(axes[1, 1], "RMSProp", 205, scaled.costs[205] * 1.3, GREEN)
    measured = {
        "beta": beta,
        "sgd_learning_rate": plain.learning_rate,
        "rmsprop_learning_rate": adaptive.learning_rate,
        "sgd_steps": float(np.median(plain.steps)),
        "rmsprop_steps": float(np.median(adaptive.steps)),
        "sgd_across": _across(straight.positions),
        "rmsprop_across": _across(scaled.positions),
        "root_ratio": float(np.median(root[:10, 1] / root[:10, 0])),
        "effective_ratio": float(np.median(effective[:10, 0] / effective[:10, 1])),
        "rule_agrees": float(np.abs(np.diff(scaled.positions, axis=0) + effective * scaled.gradients).max()),
    }
    return Drawing(figure, measured)


def _two_directions(axes: "Axes", values: np.ndarray, title: str) -> None:
    t = np.arange(1, SHOWN + 1)
    axes.plot(t, values[:SHOWN, 0], color=GREEN, label="along the ravine, W")
    axes.plot(t, values[:SHOWN, 1], color=ORANGE, label="across it, b")
    axes.set(xlabel="step t", xlim=(0, SHOWN), ylim=(0, None))
    axes.set_title(title)
    axes.legend()


def _across(positions: np.ndarray, steps: int = 10) -> float:
    """Way made across the ravine over way made along it, in the first steps."""
    along, across = np.abs(np.diff(positions[: steps + 1], axis=0)).sum(axis=0)
    return float(across / along)
