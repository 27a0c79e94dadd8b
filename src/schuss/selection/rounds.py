"""Which members are trained next, and how long: a selection goes in rounds.

In a round some members are trained together, each from its first weights and with its whole schedule. Without a budget
the rounds follow from the plan, the rows and the seed alone. With one, the clock decides how many members there are and
for how many epochs they are trained; what it decided is written down, so that the run can be repeated to the bit.
"""

import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, cast

from schuss.engine.crew import Limits
from schuss.selection.clock import Clock
from schuss.selection.plan import SHORT, Plan

if TYPE_CHECKING:
    from schuss.selection.training import Training

FEWEST = 4
"""So many members are trained in full at least; where there is no time for it, for fewer epochs."""

FIRST_SECONDS = 2.0
"""The first round takes so long at least: there is a model in any case."""

LEAST_TRIED = 8
"""So many members are begun in the first round in any case, where compiling takes most of the time."""

FIRST_SHARE = 0.4
"""In this part of the time members of the first round are begun."""

MORE = 1.5
"""Members are not trained again for less than so many times as many epochs as they have had."""

USED = 0.9
"""A round is expected to take at most this part of the time that is left."""

REFIT = 0.5
"""What training the model again takes, as a multiple of what training its members in full took."""

DISTIL = 0.5
"""What training one network in the model's place takes, as a multiple of the same."""

LONGER = 2
"""Where time is left, the best are trained for so many times as many epochs."""

WORTH = 0.002
"""By this part of itself their cost must fall for still more epochs."""


@dataclass(frozen=True)
class Round:
    """Members that are trained together, each from its first weights and with its whole schedule.

    Attributes:
        members: their places.
        folds: on how many folds, the first ones.
        epochs, patience: of every member.
        stops: for every fold that was begun and every member, the step after which the clock or the user ended it;
            None where it came to its own end.
    """

    members: tuple[int, ...]
    folds: int
    epochs: int
    patience: int
    stops: tuple[tuple[int | None, ...], ...] = ()


@dataclass(frozen=True)
class Course:
    """How a run went: with it the run can be repeated to the bit.

    Attributes:
        rounds: one after the other.
        refit: whether the model was trained again.
        distil: whether one network was tried in its place.
    """

    rounds: tuple[Round, ...]
    refit: bool
    distil: bool = False


Rounds = Generator[tuple[Round, Limits | None]]
"""One round after the other, and the moments by which it must end."""


def by_plan(training: "Training") -> Rounds:
    """All members in full; or all a little, on the first fold, and then the best of them in full."""
    plan, everyone, folds = training.plan, range(len(training.members)), len(training.folds)
    if plan.halves(training.members) and training.validates:
        yield _round(plan.shortened(), everyone, 1), None
        everyone = training.finalists(plan.effort.finalists)
    yield _round(plan, everyone, folds), None


def again(rounds: Iterable[Round]) -> Rounds:
    """The rounds of an earlier run."""
    for one in rounds:
        yield one, None


def by_clock(training: "Training", clock: Clock) -> Rounds:
    """As many members, for as many epochs, as there is time for.

    ::

        all that can be begun in 40 % of the time, a little   →   the best of them in full
        → while time is left: the best for twice as many epochs, as long as that helps; others drawn, in the same way

    Time to train the model again, and to distil it, is kept free, where that will be done.
    """
    plan, members, wave = training.plan, len(training.members), training.plan.effort.members
    if not training.validates:
        end = max(clock.end, time.monotonic() + FIRST_SECONDS)
        yield _round(plan, range(min(wave, members)), 1), Limits(end=end)
        return
    short, longer = plan.shortened(), True
    for first in range(0, members, wave):
        drawn = range(first, min(first + wave, members))
        begin = clock.end - (1 - FIRST_SHARE) * clock.left
        if first:
            expected = training.seconds(drawn, short, 1)
            if expected + training.seconds(training.best(FEWEST), plan, training.folds_in_use) > USED * clock.left:
                return
        end = clock.end if first else max(clock.end, time.monotonic() + FIRST_SECONDS)
        yield _round(short, drawn, 1), Limits(begin, end, LEAST_TRIED)
        found = _full(training, clock, plan)
        if found is None:
            return
        yield found, Limits(end=clock.end)
        while longer:
            more = _longer(training, clock, plan)
            if more is None:
                break
            before = {place: training.cost(place) for place in more.members}
            yield more, Limits(end=clock.end)
            gain = median(cost - training.cost(place) for place, cost in before.items())
            longer = gain > WORTH * median(before.values())
            plan = replace(plan, epochs=more.epochs, patience=more.patience) if longer else plan


def _full(training: "Training", clock: Clock, plan: Plan) -> Round | None:
    """The best that have been trained a little only, in full: as many of them, on as many folds, as there is time for.

    None where there is no time for `FEWEST` with clearly more epochs than they have had.
    """
    folds = training.folds_in_use
    if training.may_leave_folds and training.seconds(training.finalists(FEWEST), plan, folds) > USED * clock.left:
        folds = 1
    free = USED * clock.left / _with_what_follows(training, folds)
    for count in range(plan.effort.finalists, FEWEST - 1, -1):
        finalists = training.finalists(count)
        if finalists and training.seconds(finalists, plan, folds) <= free:
            return _round(plan, finalists, folds)
    fewest, epochs = training.finalists(FEWEST), cast(int, plan.epochs)
    fitting = int(epochs * free / max(training.seconds(fewest, plan, folds), 1e-9)) if fewest else 0
    if fitting < MORE * epochs / SHORT:
        return None
    return _round(replace(plan, epochs=fitting, patience=min(cast(int, plan.patience), fitting)), fewest, folds)


def _longer(training: "Training", clock: Clock, plan: Plan) -> Round | None:
    """The best half of what was trained in full, for longer; None where there is no time for it."""
    longer = replace(plan, epochs=cast(int, plan.epochs) * LONGER, patience=cast(int, plan.patience) * LONGER)
    best, folds = training.best(plan.effort.finalists // 2), training.folds_in_use
    needed = training.seconds(best, longer, folds) * _with_what_follows(training, folds)
    return _round(longer, best, folds) if best and needed <= USED * clock.left else None


def _with_what_follows(training: "Training", folds: int) -> float:
    """What a round in full and all that is trained after the choice take, as a multiple of the round."""
    return 1 + REFIT * training.refits(folds) + DISTIL * training.plan.distil


def _round(plan: Plan, places: Sequence[int], folds: int) -> Round:
    return Round(tuple(places), folds, cast(int, plan.epochs), cast(int, plan.patience))
