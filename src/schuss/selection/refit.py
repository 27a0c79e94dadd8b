"""The members of a model once more, on all rows that may teach: those that trained them and those that chose them."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from schuss.engine.crew import Limits
from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.engine.trial import BestEpoch, Trial
from schuss.member import Member
from schuss.selection.calibration import SMALLEST
from schuss.selection.clock import Clock
from schuss.selection.fold import Fold
from schuss.selection.model import interpret
from schuss.selection.progress import Progress
from schuss.selection.selection import Refitted, Selection

WORSE = 0.1
"""A network whose mean log loss or squared error, standardised, over all rows is so much greater than that of the one
before is none to predict with."""


def refit(
    selection: Selection,
    whole: Fold,
    callback: Callable[[Progress], None] | None = None,
    clock: Clock | None = None,
) -> Selection:
    """Train the members of the blend, and the best one, again on all rows, each for as many epochs as were its best.

    First weights and size of the mini-batches stay as they were; a member that took all rows in every step does so
    again. The schedule spans the epochs that are trained, so that a rate which falls has fallen at the end: where a
    training is broken off in the middle of it, the weights of one epoch may be far worse than those of the next. Shares
    and temperature stay, too: no rows are left to choose them anew. What was measured on the validation rows is of the
    networks before.

    Args:
        selection: of one fold with validation rows.
        whole: the fold's training and validation rows, all to train on.
        callback: told where the training is.
        clock: of a run with a budget: where it leaves no time, nothing is trained again.

    Returns:
        The selection with what came of it. A network that diverges, or that fits the rows, all of which have taught it,
        worse than the one before, which had not seen a part of them, leaves that one in its place. The selection as it
        was where there is nothing to go by (no blend, a member without a best epoch) or no time; as it was, but
        interrupted, where the user interrupts.
    """
    places = list(dict.fromkeys([selection.order[0], *(place for place, _ in selection.shares())]))
    before = {place: selection.candidates[place].trials[0] for place in places}
    if selection.blend is None or selection.interrupted or any(trial.best.epoch < 0 for trial in before.values()):
        return selection
    first, rows = selection.folds[0], len(whole.training.x)
    trained_on = len(first.training.x)
    if clock is not None and _expected(selection, before.values(), rows / trained_on) > clock.left:
        return selection
    ended = [trial for candidate in selection.candidates for trial in candidate.trials]
    found = train(
        [_again(trial, trained_on, rows) for trial in before.values()],
        whole.training,
        _as_many(whole.training, len(first.rows)),
        epochs=[trial.best.epoch + 1 for trial in before.values()],
        starts=[None] * len(places),  # so that last weights are kept
        devices=selection.plan.devices,
        callback=callback and (lambda training: callback(Progress("refitting", training, ended, clock=clock))),
        limits=None if clock is None else Limits(end=clock.end),
    )
    statuses = {trial.status for trial in found}
    if statuses & {"interrupted", "out of time"}:
        return replace(selection, interrupted="interrupted" in statuses)
    again = {place: _with_last_weights(trial) for place, trial in zip(places, found, strict=True)}
    better = {place: trial for place, trial in again.items() if _holds(before[place], first, trial, whole)}
    return replace(selection, refitted=Refitted(whole, better)) if better else selection


def _expected(selection: Selection, trials: Iterable[Trial], rows: float) -> float:
    """Seconds that training these again is expected to take, with so many times as many rows."""
    seconds = sum(trial.epoch_seconds * (trial.best.epoch + 1) for trial in trials)
    return seconds * rows / (min(selection.room.workers, selection.room.members) if selection.room else 1)


def _as_many(table: Table, rows: int) -> Table:
    """Some rows, those that weigh most, to validate on: for no choice, but in the program there are as many."""
    places = np.arange(rows) if table.weight is None else np.argsort(-np.asarray(table.weight), kind="stable")[:rows]
    weight = None if table.weight is None else table.weight[places]
    return replace(table, x=table.x[places], y=table.y[places], weight=weight)


def _with_last_weights(trial: Trial) -> Trial:
    """The trial as though nothing had been validated."""
    weights = trial.weights if trial.ending is None else trial.ending.weights
    return replace(trial, weights=weights, best=BestEpoch(), ending=None)


def _holds(before: Trial, first: Fold, after: Trial, whole: Fold) -> bool:
    """Whether a network trained again did not diverge, and fits all rows about as well as the one before."""
    earlier = _error(before, first, ("training", "validation"))
    later = _error(after, whole, ("training",)) if after.status == "done" else math.inf
    return math.isfinite(later) and later <= earlier + WORSE


def _error(trial: Trial, fold: Fold, parts: Sequence[Literal["training", "validation"]]) -> float:
    """Mean log loss or squared error, standardised, of a network over some rows; NumPy compiles nothing."""
    errors: list[np.ndarray] = []
    for part in parts:
        table: Table = getattr(fold, part)
        y, outputs = np.asarray(table.y), predict(trial.network, trial.weights, table.x)
        if fold.encoding.classes:
            right = interpret(outputs, fold.encoding)[np.arange(len(y)), y]
            errors.append(-np.log(np.maximum(right, SMALLEST)))
        else:
            errors.append(np.square(outputs - y).mean(axis=1))
    weights = [getattr(fold, part).weight for part in parts]  # all rows of a fold have them, or none
    together = None if weights[0] is None else np.concatenate(weights)
    return float(np.average(np.concatenate(errors), weights=together))


def _again(trial: Trial, trained_on: int, rows: int) -> Member:
    """The member, with the mini-batch size that "auto" came to."""
    return replace(trial.member, batch_size=rows if trial.batch_size >= trained_on else trial.batch_size)
