"""Where a selection is, for those who wait for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schuss.engine import train
from schuss.engine.memory import Room
from schuss.engine.trial import Trial
from schuss.selection.clock import Clock

Stage = Literal["training", "refitting", "distilling"]
"""Members are trained on every fold; then those of the model again on all rows; then a network in their place."""


@dataclass(frozen=True)
class Progress:
    """Where a selection is: handed to the callback about ten times a second.

    Args:
        stage: what is being done.
        training: where the training of this fold is.
        earlier: trials that have ended: of earlier folds or, once all are trained, of all of them.
        fold, folds: which fold is trained, from 0, and of how many.
        ahead: steps of the stage that comes after, as a multiple of all up to the end of this one.
        clock: of a run with a budget.
    """

    stage: Stage
    training: train.Progress
    earlier: Sequence[Trial] = ()
    fold: int = 0
    folds: int = 1
    ahead: float = 0.0
    clock: Clock | None = None

    @property
    def trials(self) -> Sequence[Trial]:
        """The trials under way."""
        return self.training.trials

    @property
    def room(self) -> Room:
        """How many members memory lets train at a time, and why."""
        return self.training.room

    @property
    def steps(self) -> int:
        """Member-steps done, of all stages and folds."""
        return self.training.steps + sum(trial.t for trial in self.earlier)

    @property
    def planned(self) -> int:
        """Member-steps done and still to do, as far as they are known; members that stopped count what they did."""
        known = sum(trial.t for trial in self.earlier) + self.training.planned * (self.folds - self.fold)
        return round(known * (1 + self.ahead))

    @property
    def seconds_left(self) -> float | None:
        """What the steps still to do are expected to take; None until a call of a compiled program has been timed."""
        timed = [trial.swift for trial in (*self.earlier, *self.trials) if trial.swift[1]]
        if not timed:
            return None
        a_step = sum(seconds for seconds, _ in timed) / sum(steps for _, steps in timed)
        workers = max(min(self.room.workers, self.room.members), 1)
        return (self.planned - self.steps) * a_step / workers
