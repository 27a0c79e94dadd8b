"""Live progress on a terminal."""

import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from schuss.selection import progress

GUESS_SECONDS = 5
"""After so many seconds of training it is said how long it will take."""

LONG_MINUTES = 2
"""A shorter training is no cause to say so."""


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
        self._told = False

    def __enter__(self) -> Self:
        if self._progress.console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def update(self, training: progress.Progress) -> None:
        """Show where training is."""
        now = time.perf_counter()
        self._started = self._started or now
        self._tell_how_long(training, now - self._started)
        trials = training.trials
        ended = sum(not trial.open for trial in trials)
        speed = training.steps / max(now - self._started, 1e-9)
        best = max(trial.best.score for trial in trials)
        score = f"best {best:.4f}  " if best > float("-inf") else ""
        fold = f"fold {training.fold + 1}/{training.folds}  " if training.folds > 1 else ""
        epochs = f"epoch {max(trial.epochs for trial in trials)}  "
        clock = training.clock
        self._progress.update(
            self._task,
            total=training.planned if clock is None else clock.seconds,
            completed=training.steps if clock is None else min(clock.elapsed, clock.seconds),
            members=f"{ended}/{len(trials)} members",
            facts=f"{fold}{epochs}{score}{speed:,.0f} member-steps/s",
        )

    def _tell_how_long(self, training: progress.Progress, elapsed: float) -> None:
        """Say once how long a long training will take, as soon as that can be guessed."""
        left = training.seconds_left
        if self._told or training.clock is not None or elapsed < GUESS_SECONDS or left is None:
            return
        self._told = True
        minutes = (elapsed + left) / 60
        if minutes > LONG_MINUTES:
            said = f"{minutes:.0f} minutes" if minutes < 100 else f"{minutes / 60:.0f} hours"
            self._progress.console.print(f"Training will take about {said}; Ctrl-C keeps the best so far.")
