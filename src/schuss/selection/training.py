"""A training under way: what the rounds so far gave for every member."""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import Any, cast

import numpy as np

from schuss.engine import train as engine
from schuss.engine.crew import Limits
from schuss.engine.memory import Room
from schuss.engine.trial import Trial
from schuss.member import Member
from schuss.selection.clock import Clock
from schuss.selection.fold import Fold
from schuss.selection.metrics import DEFAULTS, Metric
from schuss.selection.plan import Plan
from schuss.selection.progress import Progress
from schuss.selection.rounds import Round, Rounds
from schuss.selection.selection import Candidate, ranking

Callback = Callable[[Progress], None]
"""Called about ten times a second while members are trained."""

ENDED = ("interrupted", "out of time")
"""What becomes of a member that did not come to its own end."""


class Training:
    """What the rounds so far gave for every member.

    Args:
        members: what may be trained.
        folds: the rows; the first fold is the one on which members are tried.
        metric: ranks members. A member's best epoch is that of the best R² where that is the metric, else that of the
            lowest validation cost.
        plan: `timed`.
        weight: of all rows of the table [N], for the metric.
        clock: of a run with a budget.
        callback: told where the training is.

    Attributes:
        trials: for every member that was trained its trials, one a fold.
        rounds: what has been done.
        room: how many members memory lets train at a time, in the first round.
        interrupted: whether the user ended it.
        ended: all trials so far, also those in whose place there are better ones.
    """

    def __init__(
        self,
        members: Sequence[Member],
        folds: Sequence[Fold],
        metric: Metric,
        plan: Plan,
        weight: np.ndarray | None = None,
        clock: Clock | None = None,
        callback: Callback | None = None,
    ) -> None:
        self.members = members
        self.folds = folds
        self.metric = metric
        self.plan = plan
        self.weight = weight
        self.clock = clock
        self.callback = callback
        self.trials: dict[int, tuple[Trial, ...]] = {}
        self.rounds: list[Round] = []
        self.room: Room | None = None
        self.interrupted = False
        self.ended: list[Trial] = []
        self._scored: dict[int, Candidate] = {}

    @property
    def validates(self) -> bool:
        """Whether there are rows to choose by."""
        return len(self.folds[0].rows) > 0

    def run(self, rounds: Rounds) -> None:
        """Train one round after the other, until there is none or the user interrupts."""
        for one, limits in rounds:
            self._train(one, limits)
            if self.interrupted:
                break

    def _train(self, asked: Round, limits: Limits | None) -> None:
        found: list[list[Trial]] = []
        for k in range(len(asked.stops) or asked.folds):
            found.append(self._train_on(k, asked, limits))
            self.ended += found[-1]
            if self.interrupted or (self.clock is not None and self.clock.left <= 0):
                break
        stops = tuple(tuple(trial.t if trial.status in ENDED else None for trial in fold) for fold in found)
        cut = len(found) < asked.folds or any(stop is not None for fold in stops for stop in fold)
        self.rounds.append(replace(asked, stops=stops if cut else ()))
        whole = found[: _folds_to_keep(found)]
        for place, trials in zip(asked.members, zip(*whole, strict=True), strict=True):
            if _better(trials, self.trials.get(place, ())):
                self.trials[place] = trials

    def _train_on(self, fold: int, asked: Round, limits: Limits | None) -> list[Trial]:
        rows, ended = self.folds[fold], list(self.ended)
        ahead = self._ahead(asked)

        def watch(training: engine.Progress) -> None:
            self.room = self.room or training.room
            if self.callback:
                self.callback(Progress("training", training, ended, fold, asked.folds, ahead, self.clock))

        found = engine.train(
            [self.members[place] for place in asked.members],
            rows.training,
            rows.validation if len(rows.rows) else None,
            epochs=asked.epochs,
            patience=asked.patience,
            best_epoch_by="score" if self.metric.name == "r2" else "cost",
            devices=self.plan.devices,
            callback=watch,
            limits=limits,
            stops=asked.stops[fold] if asked.stops else None,
            rows=len(rows.training.x) + len(rows.rows),
        )
        self.interrupted = any(trial.status == "interrupted" for trial in found)
        return found

    def _ahead(self, asked: Round) -> float:
        """Steps of the round in full that follows the first one, as a multiple of this one's."""
        epochs = cast(int, self.plan.epochs)
        if self.rounds or asked.epochs >= epochs:
            return 0.0
        return self.plan.effort.finalists * len(self.folds) * epochs / (len(asked.members) * asked.epochs)

    def candidates(self) -> list[Candidate]:
        """Every member that a round has asked for, with its score on the validation rows of its folds."""
        return [self._candidate(place) for place in sorted(self.trials)]

    def finalists(self, count: int) -> list[int]:
        """Places of the best that were in one round only, in the members' order, at most so many."""
        return self._best([place for place, often in self._often().items() if often == 1], count)

    def best(self, count: int) -> list[int]:
        """Places of the best that were in several rounds, in the members' order, at most so many."""
        return self._best([place for place, often in self._often().items() if often > 1], count)

    def cost(self, place: int) -> float:
        """Validation cost of a member's best epochs; infinite where it diverged or was not trained."""
        return _cost(self._candidate(place))

    @property
    def folds_in_use(self) -> int:
        """On how many folds members are trained in full."""
        return max((len(trials) for trials in self.trials.values()), default=1) if self.best(1) else len(self.folds)

    @property
    def may_leave_folds(self) -> bool:
        """Whether one fold may do where there is no time for all: nobody asked for them."""
        return self.plan.folds is None and not self.best(1)

    def refits(self, folds: int) -> bool:
        """Whether the model will be trained again, where its members are trained on so many folds."""
        return self.plan.refit and folds == 1

    def seconds(self, places: Sequence[int], plan: Plan, folds: int) -> float:
        """What training these members by a plan on so many folds is expected to take, from what trainings took so far.

        A member takes as long as is usual for its program; one that was not trained yet, as long as others.
        """
        took: dict[Any, list[float]] = defaultdict(list)
        for trial in self.ended:
            if trial.swift[1]:
                took[_program(trial)].append(trial.epoch_seconds)
        usual = {program: median(found) for program, found in took.items()}
        known = {place: usual.get(_program(trials[0])) for place, trials in self.trials.items()}
        typical = fmean(usual.values()) if usual else 0.0
        an_epoch = sum(known.get(place) or typical for place in places)
        workers = min(self.room.workers, self.room.members, max(len(places), 1)) if self.room else 1
        return an_epoch * cast(int, plan.epochs) * folds / workers

    def _best(self, places: Sequence[int], count: int) -> list[int]:
        candidates = {place: self._candidate(place) for place in places}
        return best_of(candidates, count, by_cost=self.metric.name in DEFAULTS.values())

    def _often(self) -> Counter[int]:
        """In how many rounds every member was."""
        return Counter(place for one in self.rounds for place in one.members)

    def _candidate(self, place: int) -> Candidate:
        """The member with its score, which is measured once for every training of it."""
        trials, known = self.trials[place], self._scored.get(place)
        if known is None or known.trials is not trials:
            known = Candidate(trials, math.nan)
            if known.trained and self.validates:
                known = replace(known, score=self._score(known))
            self._scored[place] = known
        return known

    def _score(self, candidate: Candidate) -> float:
        folds = self.folds[: len(candidate.trials)]
        rows = np.concatenate([fold.rows for fold in folds])
        y = np.concatenate([fold.truth("validation") for fold in folds])
        outputs = candidate.outputs(folds)
        if not np.isfinite(outputs).all():
            return math.nan
        started = time.perf_counter()
        score = self.metric.score(y, outputs, None if self.weight is None else self.weight[rows])
        if self.clock is not None:
            self.clock.keep_free(time.perf_counter() - started)
        return score


def best_of(candidates: Mapping[int, Candidate], count: int, *, by_cost: bool) -> list[int]:
    """Places of the best candidates, in their order, at most so many; those that were not trained never.

    Args:
        candidates: place → candidate.
        count: how many.
        by_cost: whether by validation cost, which says more of a few hundred rows than counts of errors do. By score
            in any case where members have several losses, which cannot be compared.
    """
    trained = {place: one for place, one in candidates.items() if one.trained}
    places = [list(trained)[at] for at in ranking(list(trained.values()))]
    if by_cost and len({one.trials[0].loss for one in trained.values()}) == 1:
        places = sorted(places, key=lambda place: _cost(trained[place]))
    return sorted(places[:count])


def _cost(candidate: Candidate) -> float:
    usable = candidate.trained and candidate.diverged_at is None and math.isfinite(candidate.cost)
    return candidate.cost if usable else math.inf


def _better(trials: tuple[Trial, ...], before: tuple[Trial, ...]) -> bool:
    """Whether these trials of a member are to stand in place of those before: on more folds, or of no higher cost."""
    new, old = (_cost(Candidate(one, math.nan)) if one else math.inf for one in (trials, before))
    return not before or (math.isfinite(new) and (len(trials) > len(before) or new <= old))


def _folds_to_keep(found: Sequence[Sequence[Trial]]) -> int:
    """On how many folds, the first ones, members were trained: all that at least half of them have weights for.

    The others, where an interruption came too early, are left out; the first fold never is.
    """
    for kept in range(len(found), 1, -1):
        whole = sum(all(trial.weights is not None for trial in of_one) for of_one in zip(*found[:kept], strict=True))
        if 2 * whole >= len(found[0]):
            return kept
    return 1


def _program(trial: Trial) -> Any:
    """What takes equally long: layers and mini-batches."""
    return trial.network.with_dropout(0.0), trial.batch_size
