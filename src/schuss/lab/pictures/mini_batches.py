"""Batch, stochastic and mini-batch gradient descent: their costs, their paths and their pace (notes A2, A3, A12)."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.engine.trial import Trial
from schuss.lab.picture import Drawing, Measured, picture
from schuss.lab.pictures.line import descend_line, noisy_line
from schuss.lab.race import digits
from schuss.lab.style import (
    BATCH_COLOURS,
    BLACK,
    GREY,
    contours,
    draw_path,
    mark_optimum,
    mark_start,
    panels,
    plain_decades,
)
from schuss.member import Member
from schuss.optimizers import SGD

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@picture(
    row="A2",
    claim="Batch cost falls at every iteration; mini-batch cost falls on the whole, with noise",
    see="With all {rows:,} rows in every step (left) the cost rose in {batch_rises} of {iterations} iterations. "
    "With {batch_size} rows (right) it rose in {mini_batch_rises_share:.0%} of them, since some mini-batches are "
    "harder than others, and yet the mean over a pass fell in {epochs_that_fell} of {later_epochs} passes. "
    "After equally many iterations the costs are {batch_cost:.2f} and {mini_batch_cost:.2f}, but every iteration on "
    "the left read {rows_ratio} times as many rows.",
)
def batch_and_mini_batch_cost(
    *, batch_size: int = 64, learning_rate: float = 0.3, epochs: int = 10, small: bool = False, seed: int = 0
) -> Drawing:
    """Cost of every iteration on the digits, with all rows and with mini-batches, from the same first weights.

    Args:
        batch_size: rows of a mini-batch.
        learning_rate: α of both.
        epochs: passes of the mini-batches; batch gradient descent makes as many iterations.
        small: fewer rows, a low resolution.
        seed: of the first weights and of the order of the rows.
    """
    table = _digits(batch_size, small)
    rows = len(table.y)
    iterations = epochs * (rows // batch_size)

    def costs(size: int, passes: int) -> np.ndarray:
        return train([_member(size, learning_rate, seed)], table, epochs=passes)[0].history.costs.astype(np.float64)

    batch, mini_batch = costs(rows, iterations), costs(batch_size, epochs)
    by_epoch = mini_batch.reshape(epochs, -1).mean(axis=1)
    figure, axes = panels(1, 2, sharey=True, small=small)
    t = np.arange(1, iterations + 1)
    left, right = axes[0]
    left.plot(t, batch, color=BATCH_COLOURS["batch"])
    left.set(title=f"Batch gradient descent: all {rows:,} rows", xlabel="iteration", ylabel="cost J")
    right.plot(t, mini_batch, color=BATCH_COLOURS["mini-batch"], linewidth=1, label="every mini-batch")
    middles = t.reshape(epochs, -1).mean(axis=1)
    right.plot(middles, by_epoch, "o", color=BLACK, markersize=4, label="mean of every pass through the rows")
    right.set(title=f"Mini-batch gradient descent: {batch_size} rows", xlabel="iteration", ylim=(0, None))
    right.legend()
    measured: Measured = {
        "rows": rows,
        "batch_size": batch_size,
        "rows_ratio": rows // batch_size,
        "iterations": iterations,
        "batch_rises": int((np.diff(batch) > 0).sum()),
        "mini_batch_rises_share": float((np.diff(mini_batch) > 0).mean()),
        "later_epochs": epochs - 1,
        "epochs_that_fell": int((np.diff(by_epoch) < 0).sum()),
        "batch_cost": float(batch[-1]),
        "mini_batch_cost": float(by_epoch[-1]),
    }
    return Drawing(figure, measured)


def _digits(batch_size: int, small: bool) -> Table:
    """Handwritten digits, as many as mini-batches fill."""
    table, _ = digits()
    most = 512 if small else len(table.y)
    if not 1 <= batch_size <= most:
        raise ValueError(f"batch_size must be from 1 to {most}, not {batch_size}.")
    rows = most // batch_size * batch_size
    return Table(table.x[:rows], table.y[:rows])


def _member(batch_size: int, learning_rate: float, seed: int) -> Member:
    return Member((32,), "tanh", SGD(learning_rate), batch_size=batch_size, seed=seed)


@picture(
    row="A3",
    claim="All rows descend straight, one row wanders around the optimum for ever, a mini-batch is between",
    see="The map is the cost of a line ŷ = w·x + b over its two weights: with all {rows} rows the path goes straight "
    "to the star, with one row it zigzags and never settles. "
    "At the end the path of one row still wanders at a distance of {spread_one:.2g} from the optimum, that of "
    "{batch_size} rows at {spread_mini_batch:.2g}, that of all rows at {spread_batch:.1g}. "
    "But to come within {near} of it, steps of all rows had to read {rows_to_near_batch:,} rows, steps of {batch_size} "
    "rows {rows_to_near_mini_batch:,} and steps of one row {rows_to_near_one:,}.",
)
def batch_size_paths(
    *,
    batch_size: int = 16,
    learning_rate: float = 0.08,
    epochs: int = 100,
    rows: int = 256,
    small: bool = False,
    seed: int = 0,
) -> Drawing:
    """Paths of batch sizes m, 1 and one between, over the contours of the cost of a model with two weights.

    Args:
        batch_size: the one between.
        learning_rate: α of all three.
        epochs: passes through the rows.
        rows: m, a multiple of ``batch_size``.
        small: fewer points, a low resolution.
        seed: of the table and of the order of its rows.
    """
    x, y = noisy_line(rows, seed)
    best = np.linalg.lstsq(np.column_stack([x, np.ones(rows)]), y, rcond=None)[0]
    first = np.array([-1.0, 2.6])
    kinds = {"batch": rows, "mini-batch": batch_size, "one": 1}
    rule = SGD(learning_rate)
    paths = {kind: descend_line(x, y, first, rule, size, epochs, seed=seed) for kind, size in kinds.items()}
    figure, axes = panels(1, 2, height=4.6, width_ratios=(1.15, 1), small=small)
    chart, pace = axes[0]
    _cost_map(chart, x, y, 60 if small else 200)
    near = 0.3
    measured: Measured = {"rows": rows, "batch_size": batch_size, "near": near, "optimum": best.tolist()}
    for kind in ("one", "mini-batch", "batch"):
        size, steps = kinds[kind], paths[kind]
        far = np.linalg.norm(steps - best, axis=1)
        label = {"batch": f"all {rows} rows", "one": "1 row"}.get(kind, f"{size} rows")
        draw_path(chart, steps[:100], color=BATCH_COLOURS[kind], label=label)
        drawn = np.unique(np.geomspace(1, len(far) - 1, 250).astype(int))
        pace.plot(size * drawn, far[drawn], color=BATCH_COLOURS[kind], linewidth=1.2, label=label)
        name = kind.replace("-", "_")
        measured[f"spread_{name}"] = float(np.sqrt(np.mean(far[-len(far) // 4 :] ** 2)))
        measured[f"rows_to_near_{name}"] = size * next(iter(np.flatnonzero(far < near).tolist()), math.inf)
    mark_start(chart, first)
    mark_optimum(chart, best)
    chart.set(title="The first 100 steps", xlabel="w", ylabel="b")
    pace.set(title="Distance from the optimum", xlabel="rows read so far", xscale="log", yscale="log")
    pace.legend()
    return Drawing(figure, measured)


@picture(
    row="A3, A12",
    claim="Size 1 loses vectorisation, size m waits a whole pass for one step; between is best",
    see="Row by row a pass through the {rows:,} rows took {slowdown_of_one:.0f} times as long on this machine as with "
    "the fastest size, {fastest_size:,} rows (left). "
    "All rows at once make but one step in a pass, so that little has been learned when time is short (right). "
    "After {milliseconds:g} ms the lowest cost, {best_cost:.2g}, was reached with {best_size:,} rows, every size at "
    "the best of {rates} learning rates.",
)
def batch_size_pace(
    *,
    sizes: Sequence[int] = (1, 8, 64),
    learning_rates: Sequence[float] = (0.03, 0.1, 0.3, 1.0),
    seconds: float = 0.1,
    table: Table | None = None,
    small: bool = False,
    seed: int = 0,
) -> Drawing:
    """Time of an epoch, and the cost reached in a given time, by mini-batch size, on this machine.

    Args:
        sizes: of mini-batches; all rows at once are always among them.
        learning_rates: each size is drawn at the best of them.
        seconds: of training with each size and learning rate.
        table: rows of your own to measure on; default the digits.
        small: fewer rows, sizes and seconds, a low resolution.
        seed: of the first weights and of the order of the rows.
    """
    if small:
        sizes, learning_rates, seconds = (1, 64), (0.3,), 0.02
    table = table or _digits(64, small)
    rows = len(table.y)
    sizes = [*(size for size in sizes if size < rows), rows]
    run = functools.partial(train, training=table)
    run([_member(size, 0.1, seed) for size in sizes], epochs=1)  # compiles, and is not timed
    epoch_seconds = [_seconds_per_epoch(run, _member(size, 0.1, seed), seconds) for size in sizes]
    shares = (1 / 16, 1 / 4, 1)
    reached: list[np.ndarray] = []
    for size, each in zip(sizes, epoch_seconds, strict=True):
        members = [_member(size, rate, seed) for rate in learning_rates]
        trials = run(members, epochs=max(round(seconds / each), 1))
        reached.append(np.min([_costs_at(trial, shares) for trial in trials], axis=0))
    figure, axes = panels(1, 2, height=4.3, small=small)
    _draw_pace(axes[0], sizes, np.array(epoch_seconds), np.array(reached).T, [share * seconds for share in shares])
    costs = [float(each[-1]) for each in reached]
    fastest, best = int(np.argmin(epoch_seconds)), int(np.argmin(costs))
    measured: Measured = {
        "rows": rows,
        "sizes": sizes,
        "steps_per_epoch": [-(-rows // size) for size in sizes],
        "epoch_seconds": epoch_seconds,
        "fastest_size": sizes[fastest],
        "slowdown_of_one": epoch_seconds[0] / epoch_seconds[fastest],
        "milliseconds": 1000 * seconds,
        "rates": len(learning_rates),
        "costs": costs,
        "best_size": sizes[best],
        "best_cost": costs[best],
    }
    return Drawing(figure, measured)


def _seconds_per_epoch(run: Callable[..., list[Trial]], member: Member, seconds: float) -> float:
    """Of a member trained alone for about ``seconds``: the least of three times, since disturbances only add."""

    def measure(epochs: int) -> float:
        return run([member], epochs=epochs, devices=1)[0].seconds

    epochs = 2
    while measure(epochs) < seconds / 2:
        epochs *= 4
    return min(measure(epochs) for _ in range(3)) / epochs


def _costs_at(trial: Trial, shares: Sequence[float]) -> list[float]:
    """The cost after each share of a trial's steps: the mean over about the last tenth of a pass; ∞ if it diverged."""
    h = trial.history
    if trial.status == "diverged":
        return [np.inf] * len(shares)
    window = max(trial.per_epoch // 10, 1)
    costs = h.costs.astype(np.float64)
    return [float(np.mean(costs[: max(int(share * len(costs)), 1)][-window:])) for share in shares]


def _draw_pace(
    axes: Sequence["Axes"], sizes: Sequence[int], epoch_seconds: np.ndarray, reached: np.ndarray, times: list[float]
) -> None:
    """Left: milliseconds of an epoch; right: cost after each of the times [times, sizes]."""
    from matplotlib.ticker import NullLocator

    left, right = axes
    left.plot(sizes, 1000 * epoch_seconds, color=GREY)
    for panel, values in ((left, 1000 * epoch_seconds), *((right, row) for row in reached)):
        for size, value in zip(sizes, values, strict=True):
            kind = "one" if size == 1 else "batch" if size == sizes[-1] else "mini-batch"
            panel.plot(size, value, "o", color=BATCH_COLOURS[kind], zorder=3)
    left.set(title="Time of one pass through the rows", ylabel="milliseconds", yscale="log")
    plain_decades(left.yaxis)
    for row, seconds, line in zip(reached, times, (":", "--", "-"), strict=True):
        right.plot(sizes, row, line, color=GREY, label=f"after {1000 * seconds:.3g} ms")
    right.set(title="Cost reached in a given time", ylabel="cost J", yscale="log")
    right.legend()
    for panel in axes:
        panel.set(xlabel="rows of a mini-batch", xscale="log")
        panel.set_xticks(sizes, [f"m = {size:,}" if size == sizes[-1] else str(size) for size in sizes])
        panel.xaxis.set_minor_locator(NullLocator())


def _cost_map(axes: "Axes", x: np.ndarray, y: np.ndarray, points: int) -> None:
    """Contours of the cost of a line over w and b."""
    w, b = np.linspace(-1.6, 3.2, points), np.linspace(-1.4, 3.2, points)
    squared = [np.mean((x * each + b[:, None] - y) ** 2, axis=1) for each in w]
    contours(axes, w, b, np.stack(squared, axis=1))
