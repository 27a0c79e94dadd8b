"""Momentum on the ravine, beside gradient descent (notes A7)."""

from typing import TYPE_CHECKING

import numpy as np

from schuss.lab.descent import Descent, descend
from schuss.lab.picture import Drawing, picture
from schuss.lab.race import race_surface
from schuss.lab.style import (
    BLACK,
    BLUE,
    GREY,
    SKY,
    VERMILLION,
    contours,
    draw_path,
    inside,
    mark_optimum,
    mark_start,
    panels,
    write_name,
)
from schuss.lab.surfaces import SURFACES
from schuss.optimizers import SGD, Momentum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RAVINE = SURFACES["ravine"]
STEPS = 300
FIRST = 20
"""Steps whose crossings are counted."""


@picture(
    row="A7",
    claim="Momentum damps the oscillation across a ravine, allows a larger learning rate and arrives sooner",
    see=(
        "With a small learning rate gradient descent creeps along the ravine; with one above 2/100 every step across "
        "overshoots by more than the last. At its best rate its cost stays below a thousandth of the start's after "
        "{sgd_steps:.0f} steps, and {sgd_crossings} of the first {first} cross the floor; with momentum, β = {beta}, "
        "at a rate {rate_ratio:.1f} times larger, after {momentum_steps:.0f} steps, and {momentum_crossings} cross it. "
        "The averaged form at α/(1−β) and the accumulator at α are one path (they differ by at most "
        "{forms_differ:.0e})."
    ),
)
def momentum(
    *, beta: float = 0.9, small_rate: float = 0.002, large_rate: float = 0.0202, small: bool = False
) -> Drawing:
    """Gradient descent with a small, a large and its best rate; momentum with its best rate, in both its forms.

    Args:
        beta: β of momentum.
        small_rate, large_rate: learning rates of gradient descent, to show what both do.
        small: a lower resolution.
    """
    rates = np.geomspace(1e-3, 1, 97).tolist()
    race = race_surface(RAVINE, {"sgd": SGD(), "momentum": Momentum(beta=beta)}, steps=STEPS, learning_rates=rates)
    plain, ball = race.lane("sgd"), race.lane("momentum")
    slow, wild = (descend(RAVINE, SGD(rate), STEPS) for rate in (small_rate, large_rate))
    best = descend(RAVINE, SGD(plain.learning_rate), STEPS)
    averaged = descend(RAVINE, Momentum(ball.learning_rate, beta), STEPS)
    alpha = ball.learning_rate * (1 - beta)
    accumulated = descend(RAVINE, SGD(alpha, momentum=beta), STEPS)
    same_number = descend(RAVINE, Momentum(alpha, beta), STEPS)

    figure, axes = panels(2, 2, width=10.5, height=7, small=small)
    ends = {f"α = {small_rate:g}": (slow, GREY), f"α = {large_rate:g}": (wild, VERMILLION)}
    _paths(axes[0, 0], "Learning rate too small, too large", ends)
    bests = {
        f"gradient descent, α = {plain.learning_rate:.3g}": (best, BLACK),
        f"momentum, α = {ball.learning_rate:.3g}, β = {beta:g}": (averaged, BLUE),
    }
    _paths(axes[0, 1], "Each at its best rate", bests)
    traces = {"too small": slow, "too large": wild, "gradient descent": best, "momentum": averaged}
    _costs(axes[1, 0], traces, race.level)
    _two_forms(axes[1, 1], averaged, accumulated, same_number, alpha)
    measured = {
        "beta": beta,
        "sgd_learning_rate": plain.learning_rate,
        "momentum_learning_rate": ball.learning_rate,
        "rate_ratio": ball.learning_rate / plain.learning_rate,
        "sgd_steps": float(np.median(plain.steps)),
        "momentum_steps": float(np.median(ball.steps)),
        "first": FIRST,
        "sgd_crossings": _crossings(best),
        "momentum_crossings": _crossings(averaged),
        "large_rate_diverges": int(wild.diverged),
        "small_rate_final_cost": float(slow.costs[-1]),
        "sgd_final_cost": float(best.costs[-1]),
        "forms_differ": float(np.abs(averaged.positions - accumulated.positions).max()),
    }
    return Drawing(figure, measured)


def _paths(axes: "Axes", title: str, traces: dict[str, tuple[Descent, str]], shown: int = 100) -> None:
    contours(axes, *RAVINE.heights())
    for label, (trace, color) in traces.items():
        draw_path(axes, inside(trace.positions[: shown + 1], RAVINE.domain), color=color, label=label)
    mark_start(axes, RAVINE.start)
    mark_optimum(axes, RAVINE.optima[0])
    axes.set(xlim=RAVINE.domain[0], ylim=RAVINE.domain[1], xlabel="W", ylabel="b")
    axes.legend(loc="upper right")
    axes.set_title(f"{title}: up to {shown} steps")


def _costs(axes: "Axes", traces: dict[str, Descent], level: float) -> None:
    places = {"too small": (200, 3), "too large": (50, 10), "gradient descent": (170, 4), "momentum": (70, 1e-2)}
    for (label, trace), color in zip(traces.items(), (GREY, VERMILLION, BLACK, BLUE), strict=True):
        t, above = places[label]
        axes.plot(trace.costs, color=color)
        write_name(axes, label, t, trace.costs[t] * above, color)
    axes.axhline(level, color=GREY, linewidth=1, linestyle=(0, (2, 2)))
    axes.set(yscale="log", ylim=(1e-4, 1e5), xlim=(0, STEPS), xlabel="step t", ylabel="cost")
    axes.set_title("Cost; dashed: a thousandth of the start's")


def _two_forms(axes: "Axes", averaged: Descent, accumulated: Descent, same_number: Descent, alpha: float) -> None:
    axes.plot(averaged.positions[:, 0], color=SKY, linewidth=5, label="averaged, α/(1−β)")
    axes.plot(accumulated.positions[:, 0], color=BLUE, linestyle="--", label=f"accumulator, α = {alpha:.3g}")
    axes.plot(same_number.positions[:, 0], color=GREY, label=f"averaged, α = {alpha:.3g}")
    axes.set(xlim=(0, 150), xlabel="step t", ylabel="W")
    axes.legend(loc="lower right")
    axes.set_title("The two forms of momentum")


def _crossings(trace: Descent) -> int:
    """How many of the first steps cross the floor of the ravine."""
    b = trace.positions[: FIRST + 1, 1]
    return int((b[:-1] * b[1:] < 0).sum())
