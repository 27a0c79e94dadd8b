"""The learning rate: too small, right, too large (notes B8)."""

from typing import TYPE_CHECKING

import numpy as np

from schuss.lab.descent import descend
from schuss.lab.picture import Drawing, picture
from schuss.lab.race import ROWS_LEARNING_RATES, Race, digits, race_rows
from schuss.lab.style import (
    BLACK,
    GREEN,
    GREY,
    STAR,
    VERMILLION,
    contours,
    draw_path,
    inside,
    mark_optimum,
    mark_start,
    optimizer_line,
    panels,
    plain_decades,
    write_name,
)
from schuss.lab.surfaces import SURFACES
from schuss.optimizers import SGD

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BOWL = SURFACES["bowl"]
STEPS = 30


@picture(
    row="B8",
    claim="Too small a learning rate learns slowly, too large a one never reaches the lowest point or diverges",
    see=(
        "On a bowl of curvature 2, α = {small_rate} is still {small_distance:.1f} away after {steps} steps, "
        "α = {right_rate} is {right_distance:.0e} away, and α = {large_rate}, above 2/2, is farther off with every "
        "step. It is no different with a network on handwritten digits: of {rates} learning rates "
        "α = {digits_best:.2g} leaves the lowest cost, a hundredth of it {digits_small_cost:.1f}, a hundred times "
        "as much {digits_large_cost:,.0f}, where saying nothing costs ln 10 = 2.3."
    ),
)
def learning_rate(
    *, small_rate: float = 0.02, right_rate: float = 0.5, large_rate: float = 1.03, small: bool = False
) -> Drawing:
    """Paths and costs on a bowl with three learning rates, and the cost of a network with many.

    Args:
        small_rate, right_rate, large_rate: learning rates on the bowl.
        small: fewer rates and seeds on the digits, and a lower resolution.
    """
    rates = {"too small": small_rate, "right": right_rate, "too large": large_rate}
    colors = {"too small": GREY, "right": GREEN, "too large": VERMILLION}
    paths = {label: descend(BOWL, SGD(rate), STEPS) for label, rate in rates.items()}
    race = race_rows(
        *digits(),
        ["sgd"],
        title="digits",
        epochs=3 if small else 10,
        learning_rates=ROWS_LEARNING_RATES[::2] if small else ROWS_LEARNING_RATES,
        seeds=1 if small else 3,
    )

    figure, axes = panels(1, 3, width=11, height=4.2, small=small)
    contours(axes[0, 0], *BOWL.heights())
    for label, trace in paths.items():
        line = f"α = {rates[label]:g}, {label}"
        draw_path(axes[0, 0], inside(trace.positions, BOWL.domain), color=colors[label])
        axes[0, 1].plot(trace.costs, color=colors[label], marker=".", markersize=4, label=line)
    mark_start(axes[0, 0], BOWL.start)
    mark_optimum(axes[0, 0], BOWL.optima[0])
    axes[0, 0].set(xlim=BOWL.domain[0], ylim=BOWL.domain[1], xlabel="x", ylabel="y")
    axes[0, 0].set_title(f"{STEPS} steps on a bowl")
    axes[0, 1].set(yscale="log", ylim=(1e-10, 1e8), xlabel="step t", ylabel="cost", xlim=(0, STEPS))
    axes[0, 1].set_title("Cost on the bowl")
    axes[0, 1].legend(loc="upper right")
    _digits(axes[0, 2], race)
    tried = dict(zip(race.learning_rates, race.lanes[0].tried.tolist(), strict=True))
    best = race.lanes[0].learning_rate
    away = {label: float(BOWL.distance(trace.positions[-1])) for label, trace in paths.items()}
    measured = {
        "steps": STEPS,
        "small_rate": small_rate,
        "right_rate": right_rate,
        "large_rate": large_rate,
        "small_distance": away["too small"],
        "right_distance": away["right"],
        "large_distance": away["too large"],
        "large_rate_diverges": int(paths["too large"].diverged),
        "rates": len(race.learning_rates),
        "digits_best": best,
        "digits_best_cost": tried[best],
        "digits_small_cost": tried[min(tried, key=lambda rate: abs(np.log(rate / best * 100)))],
        "digits_large_cost": tried[min(tried, key=lambda rate: abs(np.log(rate / best / 100)))],
    }
    return Drawing(figure, measured)


def _digits(axes: "Axes", race: Race) -> None:
    lane = race.lanes[0]
    axes.plot(race.learning_rates, lane.tried, marker="o", markersize=4, **optimizer_line("sgd"))
    axes.axhline(np.log(10), color=GREY, linewidth=1, linestyle="--")
    write_name(axes, "says nothing: ln 10", 0.006, np.log(10) * 1.1, GREY, va="bottom")
    axes.plot(lane.learning_rate, lane.tried.min(), marker="*", markersize=13, color=BLACK, markerfacecolor=STAR)
    axes.set(xscale="log", yscale="log", xlabel="learning rate α", ylabel="training cost at the end")
    axes.set_ylim(lane.tried.min() * 0.7, 10 * np.log(10))
    plain_decades(axes.yaxis)
    axes.set_title("A network on handwritten digits")
