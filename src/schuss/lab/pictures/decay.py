"""Learning-rate decay: the notes' five schedules, and what they do near the optimum (notes A10)."""

from typing import TYPE_CHECKING

import numpy as np

from schuss.lab.descent import descend_all
from schuss.lab.level import first_below
from schuss.lab.picture import Drawing, picture
from schuss.lab.style import BLACK, CYCLE, GREY, contours, draw_path, mark_optimum, panels, plain_decades
from schuss.lab.surfaces import SURFACES
from schuss.optimizers import SGD
from schuss.schedules import Constant, Exponential, InverseTime, OverEpoch, OverRootStep, Schedule, Staircase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BOWL = SURFACES["bowl"]
PER_EPOCH = 10
"""Steps that make an epoch here."""


@picture(
    row="A10",
    claim="With a constant learning rate the noise of mini-batches keeps the weights wandering; with decay they settle",
    see=(
        "All begin with α₀ = {learning_rate} and the same noise on every gradient. With a constant rate the descent "
        "ends by wandering {constant_distance:.2f} from the optimum on average, with the decays "
        "{nearest_distance:.2f} ({nearest}) to {farthest_distance:.2f} ({farthest}). A constant rate twenty times "
        "smaller wanders little as well, but comes within {near:.2f} of the optimum only after {slow_steps:.0f} steps, "
        "with α₀ it takes {fast_steps:.0f}."
    ),
)
def decay(
    *,
    learning_rate: float = 0.4,
    decay_rate: float = 0.3,
    factor: float = 0.95,
    k: float = 1.0,
    stair: int = 10,
    noise: float = 2.0,
    epochs: int = 40,
    seed: int = 0,
    small: bool = False,
) -> Drawing:
    """The five curves, the last steps of a constant and of a decaying rate, and the distance to the optimum.

    Args:
        learning_rate: α₀ of all schedules.
        decay_rate: of α₀ / (1 + decay_rate·epoch).
        factor: of factor^epoch · α₀.
        k: of k/epoch · α₀ and of k/√t · α₀.
        stair: length of a stair in epochs, on each of which the rate is halved.
        noise: standard deviation of the noise on every gradient.
        epochs: of ten steps each.
        seed: of the noise.
        small: fewer descents to average and a lower resolution.
    """
    schedules: dict[str, Schedule] = {
        "constant": Constant(),
        "inverse time": InverseTime(decay_rate),
        "exponential": Exponential(factor),
        "k / epoch": OverEpoch(k),
        "k / √t": OverRootStep(k),
        "staircase": Staircase(0.5, stair),
    }
    steps, runs = epochs * PER_EPOCH, 16 if small else 128
    seeds = range(seed, seed + runs)

    def positions(alpha: float, schedule: Schedule) -> np.ndarray:
        return descend_all(
            BOWL, [SGD(alpha)], steps, schedule=schedule, per_epoch=PER_EPOCH, noise=noise, seeds=seeds
        ).positions

    walks = {label: positions(learning_rate, schedule) for label, schedule in schedules.items()}
    slow = "constant, α₀/20"
    walks[slow] = positions(learning_rate / 20, Constant())
    distances = {label: BOWL.distance(walk).mean(axis=0) for label, walk in walks.items()}
    colors = dict(zip(walks, (BLACK, *CYCLE[:5], GREY), strict=True))

    figure, axes = panels(1, 3, width=11, height=4.4, small=small)
    t = np.arange(1, steps + 1)
    for label, schedule in schedules.items():
        alpha = schedule(learning_rate, t, (t - 1) // PER_EPOCH, steps)
        axes[0, 0].plot((t - 1) / PER_EPOCH, alpha, color=colors[label], label=label)
    axes[0, 0].set(xlabel="epoch", ylabel="learning rate α", xlim=(0, epochs), ylim=(0, learning_rate * 1.45))
    axes[0, 0].set_title("Learning rates")
    axes[0, 0].legend(loc="upper right", ncols=2)
    _last_steps(axes[0, 1], walks["constant"][0], walks["inverse time"][0], colors["inverse time"])
    for label, distance in distances.items():
        axes[0, 2].plot(distance, color=colors[label], **({"linestyle": "--", "label": slow} if label == slow else {}))
    axes[0, 2].set(yscale="log", xlabel="step t", ylabel="distance to the optimum", xlim=(0, steps))
    axes[0, 2].set_title(f"Distance, mean of {runs} descents")
    axes[0, 2].legend(loc="upper right")
    plain_decades(axes[0, 2].yaxis)
    return Drawing(figure, _measure(learning_rate, distances, slow))


def _last_steps(axes: "Axes", wandering: np.ndarray, settling: np.ndarray, color: str) -> None:
    """The last half of two descents around the optimum."""
    contours(axes, *BOWL.heights())
    half = len(wandering) // 2
    draw_path(axes, wandering[half:], color=BLACK, linewidth=0.7, marker=".", markersize=3, label="constant")
    draw_path(axes, settling[half:], color=color, linewidth=0.7, marker=".", markersize=3, label="inverse time")
    mark_optimum(axes, BOWL.optima[0])
    axes.set(xlim=(-4, 4), ylim=BOWL.domain[1], xlabel="x", ylabel="y")
    axes.set_title("The last half of the steps")
    axes.legend(loc="upper right")


def _measure(learning_rate: float, distances: dict[str, np.ndarray], slow: str) -> dict[str, float | str]:
    last = {label: float(distance[-len(distance) // 10 :].mean()) for label, distance in distances.items()}
    decayed = {label: value for label, value in last.items() if not label.startswith("constant")}
    nearest, farthest = min(decayed, key=decayed.__getitem__), max(decayed, key=decayed.__getitem__)
    near = 1.5 * last["constant"]
    return {
        "learning_rate": learning_rate,
        "constant_distance": last["constant"],
        "nearest": nearest,
        "nearest_distance": decayed[nearest],
        "farthest": farthest,
        "farthest_distance": decayed[farthest],
        **{f"distance, {label}": value for label, value in decayed.items()},
        "near": near,
        "slow_distance": last[slow],
        "slow_steps": float(first_below(distances[slow], near)),
        "fast_steps": float(first_below(distances["constant"], near)),
    }
