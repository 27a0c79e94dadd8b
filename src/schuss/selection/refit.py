"""The members of a model once more, on all rows that may teach: those that trained them and those that chose them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.engine.trial import Trial
from schuss.member import Member
from schuss.selection.calibration import SMALLEST
from schuss.selection.fold import Fold
from schuss.selection.model import interpret
from schuss.selection.progress import Progress
from schuss.selection.selection import Refitted, Selection

WORSE = 0.1
"""A network whose mean log loss or squared error, standardised, over all rows is so much greater than that of the one
before is none to predict with."""


def refit(selection: Selection, whole: Fold, callback: Callable[[Progress], None] | None = None) -> Selection:
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

    Returns:
        The selection with what came of it; as it was where there is nothing to go by (no blend, a member without a
        best epoch, or an interrupted training), where a member diverges, and where one fits the rows, all of which have
        taught it, worse than before, when a part had not; as it was, but interrupted, where the user interrupts.
    """
    places = list(dict.fromkeys([selection.order[0], *(place for place, _ in selection.shares())]))
    before = {place: selection.candidates[place].trials[0] for place in places}
    if selection.blend is None or selection.interrupted or any(trial.best.epoch < 0 for trial in before.values()):
        return selection
    ended = [trial for candidate in selection.candidates for trial in candidate.trials]
    rows, trained_on = len(whole.training.x), len(selection.folds[0].training.x)
    again: dict[int, Trial] = {}
    for epochs in sorted({trial.best.epoch + 1 for trial in before.values()}):
        alike = [place for place, trial in before.items() if trial.best.epoch + 1 == epochs]
        done = [*ended, *again.values()]
        found = train(
            [_again(before[place], trained_on, rows) for place in alike],
            whole.training,
            epochs=epochs,
            devices=selection.plan.devices,
            callback=callback and (lambda training, done=done: callback(Progress("refitting", training, done))),
        )
        if any(trial.status != "done" for trial in found):
            return replace(selection, interrupted=any(trial.status == "interrupted" for trial in found))
        again |= dict(zip(alike, found, strict=True))
    first = selection.folds[0]
    errors = [
        (_error(before[place], first, ("training", "validation")), _error(again[place], whole, ("training",)))
        for place in places
    ]
    if not all(math.isfinite(after) and after <= earlier + WORSE for earlier, after in errors):
        return selection
    return replace(selection, refitted=Refitted(whole, {place: again[place] for place in places}))


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
