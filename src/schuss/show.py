"""What the terminal shows: a bar while training, then the leaderboard and the result."""

import time
from types import TracebackType
from typing import Any, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from schuss import runs
from schuss.experiment import Result
from schuss.search import configurations, rank
from schuss.trainer import Progress as Training

SHOWN = 10
"""How many places of the leaderboard are printed; leaderboard.csv has them all."""


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
    console = Console()
    console.print(leaderboard(result))
    spread = [c for c in configurations(result.trials) if len(c.places) > 1]
    if spread:
        console.print(seed_table(result, spread))
    console.print(f"Mini-batches: {result.batch_size_reason}.")
    for status in ("diverged", "interrupted"):
        count = sum(trial.status == status for trial in result.trials)
        if count:
            console.print(f"{count} of {len(result.trials)} members {status}.")
    judgement = result.judgement
    if judgement is None:
        console.print("Nothing was trained, so nothing was kept.")
        return
    plain = "the majority class" if judgement.metric == "accuracy" else "the mean"
    console.print(
        f"Best member on {judgement.rows} test rows: {judgement.metric} [bold]{judgement.score:.4f}[/bold]"
        f" ({plain}: {judgement.baseline:.4f})"
        + (f", error {judgement.error:.4g} ({judgement.baseline_error:.4g})" if judgement.error is not None else "")
    )
    console.print(f"Run: {result.folder}", soft_wrap=True, highlight=False)


def leaderboard(result: Result) -> Table:
    """The best members, one a row."""
    trials = result.trials
    metric = "accuracy" if result.task == "classification" else "r2"
    table = Table(title=f"Best {min(SHOWN, len(trials))} of {len(trials)} members, by validation {metric}")
    for name in ("", metric, "cost", "optimizer", "rate", "schedule", "batch", "layers", "activation", "epochs", ""):
        table.add_column(name, justify="left" if name in ("optimizer", "schedule", "activation", "") else "right")
    for number, place in enumerate(rank(trials)[:SHOWN], start=1):
        row = runs.summary(trials[place])
        rate = row["learning_rate"]
        table.add_row(
            f"{number}",
            _number(row["score"]),
            _number(row["cost"]),
            row["optimizer"],
            "" if rate is None else f"{rate:.3g}",
            row["schedule"],
            f"{row['batch_size']}",
            row["hidden_layer_sizes"] or "none",
            row["activation"],
            f"{row['epochs']}",
            row["status"],
        )
    return table


def seed_table(result: Result, found: list[Any]) -> Table:
    """The best configurations over their seeds: is a difference larger than what the seed makes?"""
    table = Table(title="Best configurations over their seeds, mean ± standard deviation")
    for name in ("score", "optimizer", "rate", "schedule", "batch", "layers", "activation"):
        table.add_column(name)
    for configuration in found[:SHOWN]:
        row = runs.summary(result.trials[configuration.places[0]])
        rate = "" if row["learning_rate"] is None else f"{row['learning_rate']:.3g}"
        score = f"{configuration.score:.4f} ± {configuration.spread:.4f}"
        layers = row["hidden_layer_sizes"] or "none"
        table.add_row(score, row["optimizer"], rate, row["schedule"], f"{row['batch_size']}", layers, row["activation"])
    return table


def as_record(result: Result) -> dict[str, Any]:
    """The same facts for machines: `schuss train --json`."""
    judgement = result.judgement
    order = rank(result.trials)
    return {
        "run": None if result.folder is None else str(result.folder),
        "task": result.task,
        "interrupted": result.interrupted,
        "batch_size_reason": result.batch_size_reason,
        "test": None if judgement is None else vars(judgement),
        "leaderboard": [{"member": place, **runs.summary(result.trials[place])} for place in order],
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
