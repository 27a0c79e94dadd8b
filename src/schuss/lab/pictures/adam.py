"""Adam, and AdamW beside Adam with L2 (notes A9 and B8)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from schuss.lab.descent import descend, descend_all
from schuss.lab.picture import Drawing, picture
from schuss.lab.race import race_surface
from schuss.lab.style import (
    BIAS_COLOURS,
    BLACK,
    GREY,
    contours,
    draw_path,
    mark_optimum,
    mark_start,
    optimizer_line,
    panels,
)
from schuss.lab.surfaces import FLAT, SLOPE, SURFACES
from schuss.optimizers import Adam, AdamW, Momentum, Optimizer, RMSProp, State
from schuss.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RAVINE = SURFACES["ravine"]
STEPS = 300


@dataclass(frozen=True)
class UncorrectedAdam(Optimizer):
    """Adam without bias correction: w ← w − α·m / (√v + ε)."""

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    arrays = ("m", "v")
    below_one = ("beta_1", "beta_2")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:  # noqa: ARG002
        """Update of one array, see the formula above."""
        m = self.beta_1 * s.m + (1 - self.beta_1) * g
        v = self.beta_2 * s.v + (1 - self.beta_2) * g**2
        return -alpha * m / (jnp.sqrt(v) + self.epsilon), s._replace(m=m, v=v)


@picture(
    row="A9",
    claim="Adam is momentum, RMSProp and bias correction together; the correction makes the first steps right",
    see=(
        "Each at its best rate, Adam stays below a thousandth of the first cost after {adam_steps:.0f} steps, momentum "
        "after {momentum_steps:.0f}, RMSProp after {rmsprop_steps:.0f}. On an even slope every step of Adam is α long; "
        "without bias correction the first is (1−β₁)/√(1−β₂) = {first_step:.2f} times too long, step {longest_at} even "
        "{longest_step:.1f} times, since √v starts further below its value than m. At the same rate the uncorrected "
        "descent therefore shoots {past_uncorrected:.1f} past the optimum, the corrected one {past_corrected:.1f}."
    ),
)
def adam(*, beta_1: float = 0.9, beta_2: float = 0.999, small: bool = False) -> Drawing:
    """Cost of momentum, RMSProp and Adam; length of the first steps and paths, with and without bias correction.

    Args:
        beta_1, beta_2: of the first and the second moment.
        small: fewer steps on the slope and a lower resolution.
    """
    moments = {"beta_1": beta_1, "beta_2": beta_2}
    rules = {"momentum": Momentum(beta=beta_1), "rmsprop": RMSProp(), "adam": Adam(**moments)}
    race = race_surface(RAVINE, rules, steps=STEPS, learning_rates=np.geomspace(1e-3, 1, 49).tolist())
    long = 1000 if small else 6000
    lengths = {
        "corrected": -np.diff(descend(SLOPE, Adam(1.0, **moments), long).positions[:, 0]),
        "uncorrected": -np.diff(descend(SLOPE, UncorrectedAdam(1.0, **moments), long).positions[:, 0]),
    }
    alpha = race.lane("adam").learning_rate
    paths = {
        "corrected": descend(RAVINE, Adam(alpha, **moments), STEPS),
        "uncorrected": descend(RAVINE, UncorrectedAdam(alpha, **moments), STEPS),
    }

    figure, axes = panels(1, 3, width=11, height=4.2, small=small)
    for lane in race.lanes:
        label = f"{lane.name}, α = {lane.learning_rate:.2g}"
        axes[0, 0].plot(race.t, lane.costs[0], label=label, **optimizer_line(lane.name))
    axes[0, 0].axhline(race.level, color=GREY, linewidth=1, linestyle=(0, (2, 2)))
    axes[0, 0].set(yscale="log", ylim=(1e-5, 1e4), xlim=(0, STEPS), xlabel="step t", ylabel="cost on the ravine")
    axes[0, 0].set_title("Each at its best rate")
    axes[0, 0].legend(loc="upper right")
    _first_steps(axes[0, 1], lengths, beta_1, beta_2)
    _overshoot(axes[0, 2], {kind: trace.positions for kind, trace in paths.items()}, alpha)
    halves = [descend(RAVINE, rule, STEPS) for rule in (UncorrectedAdam(0.05, 0.0, beta_2), RMSProp(0.05, beta_2))]
    measured = {
        **{f"{lane.name}_steps": float(np.median(lane.steps)) for lane in race.lanes},
        **{f"{lane.name}_learning_rate": lane.learning_rate for lane in race.lanes},
        "first_step_corrected": float(lengths["corrected"][0]),
        "first_step": float(lengths["uncorrected"][0]),
        "longest_step": float(lengths["uncorrected"].max()),
        "longest_at": int(lengths["uncorrected"].argmax()) + 1,
        "corrected_steps_stray": float(np.abs(lengths["corrected"] - 1).max()),
        **{f"past_{kind}": float(trace.positions[:, 0].max()) for kind, trace in paths.items()},
        "rmsprop_is_adam_without_momentum": float(np.abs(halves[0].positions - halves[1].positions).max()),
    }
    return Drawing(figure, measured)


def _first_steps(axes: "Axes", lengths: dict[str, np.ndarray], beta_1: float, beta_2: float) -> None:
    for kind, values in lengths.items():
        axes.plot(np.arange(1, len(values) + 1), values, color=BIAS_COLOURS[kind], label=kind)
    t = np.unique(np.geomspace(1, len(lengths["corrected"]), 25).astype(int))
    formula = (1 - beta_1**t) / np.sqrt(1 - beta_2**t)
    axes.plot(t, formula, ".", color=BLACK, label="(1 − β₁ᵗ) / √(1 − β₂ᵗ)")
    axes.set(xscale="log", xlabel="step t", ylabel="length of the step, in α")
    axes.set_ylim(0, 1.35 * lengths["uncorrected"].max())  # room for the legend
    axes.set_title("Steps on an even slope")
    axes.legend(loc="upper right")


def _overshoot(axes: "Axes", paths: dict[str, np.ndarray], alpha: float) -> None:
    contours(axes, *RAVINE.heights())
    for kind, positions in reversed(paths.items()):
        draw_path(axes, positions, color=BIAS_COLOURS[kind], label=kind, marker=".", markersize=3)
    mark_start(axes, RAVINE.start)
    mark_optimum(axes, RAVINE.optima[0])
    axes.set(xlim=RAVINE.domain[0], ylim=RAVINE.domain[1], xlabel="W", ylabel="b")
    axes.set_title(f"Adam on the ravine, α = {alpha:.2g}")
    axes.legend(loc="lower right")


@picture(
    row="B8",
    claim="AdamW decays every weight alike; in Adam with L2 the weights with large gradients decay least",
    see=(
        "Nothing but noise moves these weights, the same noise in every line, scaled from 0.001 to 1000. "
        "With L2 in the gradient what is left of a weight after {steps} steps depends on the size of the gradients: "
        "from {l2_smallest:.2f} to {l2_largest:.2f}. With AdamW it does not: the lines lie on one another, and on "
        "(1−αλ)ᵗ, which is {expected:.2f} in the end."
    ),
)
def adamw(
    *, learning_rate: float = 0.004, weight_decay: float = 0.5, steps: int = 600, seed: int = 0, small: bool = False
) -> Drawing:
    """The decay of a weight under gradients of very different size, for both ways to write it.

    Args:
        learning_rate: α.
        weight_decay: λ, in the gradient of Adam and beside the step of AdamW.
        steps: T.
        seed: of the noise.
        small: fewer sizes, fewer weights to average and a lower resolution.
    """
    scales = np.geomspace(1e-3, 1e3, 7 if small else 25)
    draws = 8 if small else 64
    noise = np.repeat(scales, draws)[:, None] * np.ones(2)
    seeds = list(range(seed, seed + draws)) * len(scales)
    rules = {
        "Adam with L2": Adam(learning_rate, weight_decay=weight_decay),
        "AdamW": AdamW(learning_rate, weight_decay=weight_decay),
    }
    weights = {
        label: descend_all(FLAT, [rule], steps, noise=noise, seeds=seeds)
        .positions.reshape(len(scales), draws, steps + 1, 2)
        .mean(axis=(1, 3))
        for label, rule in rules.items()
    }
    expected = (1 - learning_rate * weight_decay) ** np.arange(steps + 1)

    figure, axes = panels(1, 3, width=11, height=4.2, small=small, sharey=True)
    for panel, (label, w) in zip(axes[0], weights.items(), strict=False):
        for scale, width in ((1e-3, 5), (1, 3), (1e3, 1.2)):
            nearest = int(np.abs(np.log(scales / scale)).argmin())
            panel.plot(w[nearest], linewidth=width, label=f"gradients × {scale:g}")
        panel.plot(expected, color=BLACK, linestyle="--", label="(1 − αλ)ᵗ")
        panel.set(xlabel="step t", xlim=(0, steps), ylim=(0, 1.5))
        panel.set_title(label)
        panel.legend(loc="upper right")
    axes[0, 0].set_ylabel(f"weight, 1 at the start, mean of {2 * draws}")
    for label, color in (
        ("Adam with L2", optimizer_line("adam")["color"]),
        ("AdamW", optimizer_line("adamw")["color"]),
    ):
        axes[0, 2].plot(scales, weights[label][:, -1], "o-", markersize=3, color=color, label=label)
    axes[0, 2].axhline(expected[-1], color=BLACK, linestyle="--")
    axes[0, 2].set(xscale="log", xlabel="size of the gradients", ylabel="weight at the end")
    axes[0, 2].set_title("What is left")
    axes[0, 2].legend()
    last = {label: w[:, -1] for label, w in weights.items()}
    measured = {
        "steps": steps,
        "expected": float(expected[-1]),
        "l2_smallest": float(last["Adam with L2"].min()),
        "l2_largest": float(last["Adam with L2"].max()),
        "adamw_mean": float(last["AdamW"].mean()),
        "adamw_spread": float(np.ptp(last["AdamW"])),
        "l2_spread": float(np.ptp(last["Adam with L2"])),
    }
    return Drawing(figure, measured)
