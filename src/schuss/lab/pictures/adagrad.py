"""AdaGrad, whose steps shrink for ever, beside RMSProp, whose steps do not (notes B8)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.lab.descent import Descent, descend
from schuss.lab.level import below_for_good
from schuss.lab.picture import Drawing, picture
from schuss.lab.style import BLACK, contours, draw_path, mark_optimum, mark_start, optimizer_line, panels
from schuss.lab.surfaces import SLOPE, SURFACES
from schuss.optimizers import AdaGrad, RMSProp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RAVINE = SURFACES["ravine"]


@picture(
    row="B8",
    claim="AdaGrad's steps shrink until it stalls before the optimum; RMSProp, which forgets, goes on",
    see=(
        "On an even slope AdaGrad's t-th step is α/√t long (the line falls by {slope:.2f} decades for every decade of "
        "steps), RMSProp's settles at α after a long first one. So on the ravine, with the same α, AdaGrad has come "
        "only {adagrad_way:.0%} of the way after {steps} steps, RMSProp {rmsprop_way:.0%}. Nine tenths of the way are "
        "behind RMSProp for good after {rmsprop_steps:.0f} steps, behind AdaGrad after {adagrad_steps:.0f}."
    ),
)
def adagrad(*, learning_rate: float = 0.1, beta: float = 0.9, steps: int = 150, small: bool = False) -> Drawing:
    """Length of the steps on an even slope; paths, and the effective learning rate, on the ravine.

    Args:
        learning_rate: α of both.
        beta: β of RMSProp.
        steps: T on the ravine.
        small: fewer steps on the slope and a lower resolution.
    """
    rules = {"adagrad": AdaGrad(learning_rate), "rmsprop": RMSProp(learning_rate, beta)}
    names = {"adagrad": "AdaGrad", "rmsprop": "RMSProp"}
    long = 1000 if small else 10_000
    lengths = {key: -np.diff(descend(SLOPE, rule, long).positions[:, 0]) for key, rule in rules.items()}
    traces = {key: descend(RAVINE, rule, long) for key, rule in rules.items()}

    figure, axes = panels(1, 3, width=11, height=4.2, small=small)
    t = np.arange(1, long + 1)
    for key, length in lengths.items():
        axes[0, 0].plot(t, length, label=names[key], **optimizer_line(key))
    axes[0, 0].plot(t, learning_rate / np.sqrt(t), color=BLACK, linestyle=":", linewidth=2.5, label="α/√t")
    axes[0, 0].set(xscale="log", yscale="log", xlabel="step t", ylabel="length of the step")
    axes[0, 0].set_title("Steps on an even slope")
    axes[0, 0].legend(loc="lower left")
    contours(axes[0, 1], *RAVINE.heights())
    for key, trace in traces.items():
        positions = trace.positions[: steps + 1]
        draw_path(axes[0, 1], positions, marker="", linewidth=4 if key == "adagrad" else 1.3, **optimizer_line(key))
        end = {**optimizer_line(key), "linestyle": "none"}
        axes[0, 1].plot(*positions[-1], marker="o", label=f"{names[key]}, end", **end)
        _effective(axes[0, 2], trace, steps, {"label": names[key], **optimizer_line(key)})
    mark_start(axes[0, 1], RAVINE.start)
    mark_optimum(axes[0, 1], RAVINE.optima[0])
    axes[0, 1].set(xlim=RAVINE.domain[0], ylim=RAVINE.domain[1], xlabel="x", ylabel="y")
    axes[0, 1].set_title(f"{steps} steps on the ravine, α = {learning_rate:g}")
    axes[0, 1].legend(loc="lower right")
    axes[0, 2].set(yscale="log", xlabel="step t", ylabel="way along x ÷ slope", xlim=(0, steps))
    axes[0, 2].set_title("Effective learning rate along x")
    axes[0, 2].legend(loc="upper left")
    way = {key: 1 - trace.positions[:, 0] / RAVINE.start[0] for key, trace in traces.items()}
    measured = {
        "steps": steps,
        "slope": -float(np.polyfit(np.log(t), np.log(lengths["adagrad"]), 1)[0]),
        "root_law_stray": float(np.abs(lengths["adagrad"] * np.sqrt(t) / learning_rate - 1).max()),
        "rmsprop_first_step": float(lengths["rmsprop"][0] / learning_rate),
        "rmsprop_last_step": float(lengths["rmsprop"][-1] / learning_rate),
        **{f"{key}_way": float(share[steps]) for key, share in way.items()},
        **{f"{key}_steps": float(below_for_good(1 - share, 0.1)) for key, share in way.items()},
    }
    return Drawing(figure, measured)


def _effective(axes: "Axes", trace: Descent, steps: int, look: dict[str, Any]) -> None:
    """What multiplies the slope along x: −Δx / g, while there is a slope."""
    moved, slope = np.diff(trace.positions[: steps + 1, 0]), trace.gradients[:steps, 0]
    there = np.abs(slope) > 0.05
    axes.plot(np.arange(1, steps + 1)[there], -moved[there] / slope[there], **look)
