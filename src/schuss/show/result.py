"""What the terminal shows: a bar while training, then the leaderboard and the result."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TextIO

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from schuss import runs
from schuss.experiment import Judgement, Result
from schuss.search import configurations, rank
from schuss.trainer import Progress as Training

SHOWN = 10
"""How many places of the leaderboard are printed; leaderboard.csv has them all."""

TEXTS = ("", "optimizer", "schedule", "layers", "activation", "status")
"""Columns that are set to the left; numbers are set to the right."""

SPARE = ("seed", "l2", "dropout", "epochs", "batch", "cost", "activation", "layers")
"""Columns that a narrow terminal does without, the first of them first."""


class Bar:
    """Live progress on a terminal: members, epochs, best score, member-steps a second, time left."""

    def __init__(self, stream: TextIO) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[members]}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[facts]}"),
            TimeRemainingColumn(compact=True),
            console=Console(file=stream),
            transient=True,
        )
        self._task = self._progress.add_task("train", total=None, members="reading the table", facts="")
        self._started: float | None = None

    def __enter__(self) -> Self:
        if self._progress.console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def update(self, training: Training) -> None:
        """Show where training is."""
        now = time.perf_counter()
        self._started = self._started or now
        trials = training.trials
        ended = sum(not trial.open for trial in trials)
        speed = training.steps / max(now - self._started, 1e-9)
        best = max(trial.best[0] for trial in trials)
        score = f"best {best:.4f}  " if best > float("-inf") else ""
        epochs = f"epoch {max(trial.epochs for trial in trials)}  "
        self._progress.update(
            self._task,
            total=training.planned,
            completed=training.steps,
            members=f"{ended}/{len(trials)} members",
            facts=f"{epochs}{score}{speed:,.0f} member-steps/s",
        )


def print_result(result: Result) -> None:
    """The leaderboard, the test score beside the baseline, and where the run is."""
    console = Console(highlight=False)
    console.print(leaderboard(result, console.width))
    if len({trial.member.seed for trial in result.trials}) > 1:
        console.print()
        console.print(seed_table(result, console.width))
    console.print()
    if result.batch_size_reason:
        console.print(f"Mini-batches: {result.batch_size_reason}.")
    console.print(f"Memory: {result.memory_reason}.")
    for status in ("diverged", "interrupted"):
        count = sum(trial.status == status for trial in result.trials)
        if count:
            advice = ": try lower learning rates" if status == "diverged" and count == len(result.trials) else ""
            console.print(f"{count} of {len(result.trials)} members {status}{advice}.")
    if result.judgement is None:
        console.print("Nothing was trained, so nothing was kept.")
        return
    console.print(verdict(result.judgement))
    console.print(f"Run: {result.folder}", soft_wrap=True, markup=False)


def verdict(judgement: Judgement) -> str:
    """The best member's test score beside what always saying the same would get."""
    plain = "the majority class" if judgement.metric == "accuracy" else "the mean"
    score = f"{judgement.metric} [bold]{_number(judgement.score) or 'undefined'}[/bold]"
    text = (
        f"Best member on {judgement.rows:,} test rows: {score} ({plain}: {_number(judgement.baseline) or 'undefined'})"
    )
    if judgement.score is not None and judgement.baseline is not None and judgement.score <= judgement.baseline:
        text += ", which is no better: try more epochs or other choices"
    if judgement.error is None or judgement.baseline_error is None:
        return text
    return f"{text}, root mean squared error {judgement.error:.4g} ({plain}: {judgement.baseline_error:.4g})"


def leaderboard(result: Result, width: int) -> Table:
    """The best members, one a row."""
    order = rank(result.trials)[:SHOWN]
    rows = [runs.summary(result.trials[place]) for place in order]
    metric = "accuracy" if result.task == "classification" else "r2"
    columns = {
        "": [f"{number}" for number in range(1, len(rows) + 1)],
        metric: [_number(row["score"]) for row in rows],
        "cost": [_number(row["cost"]) for row in rows],
        **_choices(rows),
        "epochs": [f"{row['epochs']}" for row in rows],
    }
    if any(result.trials[place].status == "diverged" for place in order):
        columns["status"] = [row["status"] for row in rows]
    return _table(f"Best {len(rows)} of {len(result.trials)} members, by validation {metric}", columns, width)


def seed_table(result: Result, width: int) -> Table:
    """The best configurations over their seeds: is a difference larger than what the seed makes?"""
    found = configurations(result.trials)[:SHOWN]
    rows = [runs.summary(result.trials[configuration.places[0]]) for configuration in found]
    scores = [f"{c.score:.4f} ± {c.spread:.4f}" if c.score > float("-inf") else "diverged" for c in found]
    columns = {"score": scores, **_choices(rows)}
    columns.pop("seed", None)
    return _table("Best configurations over their seeds, mean ± standard deviation", columns, width)


def as_record(result: Result) -> dict[str, Any]:
    """The same facts for machines: `schuss train --json`."""
    judgement = result.judgement
    order = rank(result.trials)
    return {
        "run": None if result.folder is None else str(result.folder),
        "task": result.task,
        "interrupted": result.interrupted,
        "batch_size_reason": result.batch_size_reason,
        "memory_reason": result.memory_reason,
        "test": None if judgement is None else vars(judgement),
        "leaderboard": [{"member": place, **runs.summary(result.trials[place])} for place in order],
    }


def _choices(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Columns of hyperparameters; those that few use only where somebody does."""
    columns = {
        "optimizer": [row["optimizer"] for row in rows],
        "rate": ["" if row["learning_rate"] is None else f"{row['learning_rate']:.3g}" for row in rows],
        "schedule": [row["schedule"] for row in rows],
        "batch": [f"{row['batch_size']}" for row in rows],
        "layers": [row["hidden_layer_sizes"] for row in rows],
        "activation": [row["activation"] for row in rows],
    }
    for name in ("dropout", "l2"):
        if any(row[name] for row in rows):
            columns[name] = [f"{row[name]:.3g}" for row in rows]
    if len({row["seed"] for row in rows}) > 1:
        columns["seed"] = [f"{row['seed']}" for row in rows]
    return columns


def _table(title: str, columns: dict[str, list[str]], width: int) -> Table:
    """A table that fits: columns are left out rather than words cut."""
    gap = 2
    for name in SPARE:
        if sum(gap + max(map(len, [header, *cells])) for header, cells in columns.items()) - gap <= width:
            break
        columns.pop(name, None)
    table = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, gap - 1, 0, 0),
    )
    for name in columns:
        table.add_column(name, justify="left" if name in TEXTS else "right", overflow="fold")
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*cells)
    return table


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 1e5 else f"{value:.3g}"
