"""The members of a model once more, on all rows that may teach: those that trained them and those that chose them."""

from collections.abc import Callable
from dataclasses import replace

from schuss.engine.train import train
from schuss.engine.trial import Trial
from schuss.member import Member
from schuss.selection.fold import Fold
from schuss.selection.progress import Progress
from schuss.selection.selection import Refitted, Selection


def refit(selection: Selection, whole: Fold, callback: Callable[[Progress], None] | None = None) -> Selection:
    """Train the members of the blend, and the best one, again on all rows, each for as many epochs as were its best.

    First weights, schedule and size of the mini-batches stay as they were; a member that took all rows in every step
    does so again. Shares and temperature stay, too: no rows are left to choose them anew. What was measured on the
    validation rows is of the networks before.

    Args:
        selection: of one fold with validation rows.
        whole: the fold's training and validation rows, all to train on.
        callback: told where the training is.

    Returns:
        The selection with what came of it; as it was where there is nothing to go by (no blend, a member without a
        best epoch, or an interrupted training) or where a member diverges; as it was, but interrupted, where the user
        interrupts.
    """
    places = list(dict.fromkeys([selection.order[0], *(place for place, _ in selection.shares())]))
    before = [selection.candidates[place].trials[0] for place in places]
    if selection.blend is None or selection.interrupted or any(trial.best.epoch < 0 for trial in before):
        return selection
    earlier = [trial for candidate in selection.candidates for trial in candidate.trials]
    rows, trained_on = len(whole.training.x), len(selection.folds[0].training.x)
    trials: dict[int, Trial] = {}
    for epochs in sorted({trial.planned_epochs for trial in before}):
        alike = [(place, trial) for place, trial in zip(places, before, strict=True) if trial.planned_epochs == epochs]
        done = [*earlier, *trials.values()]
        found = train(
            [_again(trial, trained_on, rows) for _, trial in alike],
            whole.training,
            epochs=epochs,
            ends=[trial.best.epoch + 1 for _, trial in alike],
            devices=selection.plan.devices,
            callback=callback and (lambda training, done=done: callback(Progress("refitting", training, done))),
        )
        if any(trial.status != "done" for trial in found):
            return replace(selection, interrupted=any(trial.status == "interrupted" for trial in found))
        trials |= dict(zip([place for place, _ in alike], found, strict=True))
    return replace(selection, refitted=Refitted(whole, trials))


def _again(trial: Trial, trained_on: int, rows: int) -> Member:
    """The member, with the mini-batch size that "auto" came to."""
    return replace(trial.member, batch_size=rows if trial.batch_size >= trained_on else trial.batch_size)
