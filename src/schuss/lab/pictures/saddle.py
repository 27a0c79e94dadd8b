"""Saddle points, plateaus and local minima, and how long every optimizer stays there (notes A11)."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from schuss.lab.level import first_below
from schuss.lab.picture import Drawing, picture
from schuss.lab.race import Race, race_surface
from schuss.lab.race_figure import paths_panel, steps_panel
from schuss.lab.style import BLACK, BLUE, VERMILLION, panels, write_name
from schuss.lab.surfaces import SURFACES, Surface
from schuss.optimizers import OPTIMIZERS, SGD, Optimizer, optimizer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RULES: dict[str, Optimizer] = {
    **{rule: optimizer(rule) for rule in OPTIMIZERS if rule not in ("adamw", "muon")},
    "nesterov": SGD(momentum=0.9, nesterov=True),
}
"""All that race; AdamW is Adam here, but for a pull towards (0, 0), and Muon is AdamW where there are no matrices."""

SHOWN = ("sgd", "momentum", "rmsprop", "adam")
"""Whose paths are drawn."""


@picture(
    row="A11",
    claim="Saddle points and plateaus, not local minima, are what slows learning; RMSProp and Adam get off them",
    see=(
        "Gradient descent is below half the height of the saddle for the first time after {saddle_sgd_first:.0f} "
        "steps, RMSProp after {saddle_rmsprop_first:.0f} and Adam after {saddle_adam_first:.0f}, and below it for good "
        "after {saddle_sgd_for_good:.0f}, {saddle_rmsprop_for_good:.0f} and {saddle_adam_for_good:.0f}: Adam has "
        "momentum, and swings in the valley behind. Below a tenth of the plateau's height they are after "
        "{plateau_sgd_first:.0f}, {plateau_rmsprop_first:.0f} and {plateau_adam_first:.0f} steps: dividing by the size "
        "of the gradients makes small ones count. In a local minimum they all stay: from {minima_starts} starts "
        "between {minima_fewest} and {minima_most} reach the lowest of the four. But the more weights, the fewer "
        "minima: of this surface's points without slope {share_2:.0%} are minima with 2 weights, {share_50:.0e} with "
        "50."
    ),
)
def saddle(*, steps: int = 600, starts: int = 8, small: bool = False) -> Drawing:
    """Paths over a saddle, a plateau and among local minima; steps until below a level; minima among the flat points.

    Every optimizer descends at the rate with which it is below the level for good soonest.

    Args:
        steps: T of every descent.
        starts: how many descents of every optimizer; four times as many among the local minima.
        small: fewer starts and steps and a lower resolution.
    """
    if small:
        steps, starts = 400, 3
    ridge = SURFACES["saddle"]
    half_way = float(ridge.cost((0, 0))) / 2 / float(ridge.cost(ridge.start))
    races = (
        race_surface(ridge, RULES, steps=steps, starts=starts, scatter=3e-4, share=half_way),
        race_surface("plateau", RULES, steps=steps, starts=starts, scatter=0.02, share=0.1),
        race_surface("styblinski_tang", RULES, steps=steps, starts=4 * starts, scatter=0.3, share=0.02),
    )

    figure, axes = panels(2, 3, width=11, height=8.4, small=small, height_ratios=[1, 1.2])
    for panel, race, title in zip(axes[0], races, ("A saddle", "A plateau", "Local minima"), strict=True):
        paths_panel(panel, race, SHOWN)
        panel.set_title(title)
    axes[0, 0].legend(loc="lower right")
    titles = "Below half the saddle's height", "Below a tenth of the plateau's"
    for panel, race, title in zip(axes[1, :2], races[:2], titles, strict=True):
        steps_panel(panel, race)
        _first_times(panel, race)
        panel.set_title(title)
    axes[1, 0].legend(loc="upper right")
    counts = _flat_points(SURFACES["styblinski_tang"])
    shares = _minima_by_dimension(axes[1, 2], counts)
    reached = [lane.reached for lane in races[2].lanes]
    measured = {
        **_medians("saddle", races[0]),
        **_medians("plateau", races[1]),
        "minima_starts": 4 * starts,
        "minima_fewest": min(reached),
        "minima_most": max(reached),
        **{f"flat_{kind}": count for kind, count in counts.items()},
        "share_2": float(shares[1]),
        "share_50": float(shares[49]),
    }
    return Drawing(figure, measured)


def _first_times(axes: "Axes", race: Race) -> None:
    """Mark on the bars of `steps_panel`, which end where the cost stays below the level, when it first was there."""
    look: dict[str, Any] = {"markersize": 7, "color": "white", "markeredgecolor": BLACK, "zorder": 4}
    for place, lane in enumerate(race.lanes):
        first = first_below(lane.costs, race.level)
        axes.plot(first[np.isfinite(first)].mean(), place, "D", label="" if place else "first time, mean", **look)


def _medians(place: str, race: Race) -> dict[str, float]:
    """Steps until every optimizer was below the race's level for the first time, and for good."""
    return {
        f"{place}_{lane.name}_{when}": float(np.quantile(steps, 0.5, method="lower"))
        for lane in race.lanes
        for when, steps in (("first", first_below(lane.costs, race.level)), ("for_good", lane.steps))
    }


def _flat_points(surface: Surface) -> dict[str, int]:
    """How many of the points without slope are minima, saddles and maxima, by the curvatures there."""
    along = np.sort(np.roots([4, 0, -32, 5]).real)  # where the slope along either axis is 0: 2x³ − 16x + 5/2 = 0
    points = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
    assert np.abs(surface.gradient(points)).max() < 1e-9
    with jax.enable_x64(True):
        hessian = jax.vmap(jax.hessian(lambda w: surface.function(w[0], w[1])))(points)
        curvatures = np.linalg.eigvalsh(np.asarray(hessian))
    minima, maxima = int((curvatures > 0).all(axis=1).sum()), int((curvatures < 0).all(axis=1).sum())
    return {"minima": minima, "saddles": len(points) - minima - maxima, "maxima": maxima}


def _minima_by_dimension(axes: "Axes", counts: dict[str, int]) -> np.ndarray:
    """Shares for d weights, the surface's terms being a sum over weights: each is at one of its own flat points."""
    d = np.arange(1, 51)
    minima, maxima = ((counts[kind] / sum(counts.values())) ** (d / 2) for kind in ("minima", "maxima"))
    for label, share, at, color in (
        ("saddles", 1 - minima - maxima, 30, VERMILLION),
        ("minima", minima, 30, BLUE),
        ("maxima", maxima, 12, BLACK),
    ):
        axes.plot(d, share, color=color)
        write_name(axes, label, at, share[at] / 5, color)
    axes.set(yscale="log", ylim=(1e-10, 3), xlabel="weights d", ylabel="share of the points without slope")
    axes.set_title("More weights, fewer minima")
    return minima
