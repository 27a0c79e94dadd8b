"""One network in the blend's place: it learns what the blend predicts, and predicts in a part of the time.

::

    classes:   L = −Σₖ qₖ·ln softmax(z)ₖ        q the blend's probabilities, at the temperature of its calibration
    numbers:   L = (ŷ − v)²                     v the blend's value, standardised

The student has the hyperparameters of the blend's best member, without label smoothing, since what it learns is no
label but an answer, and all of the plan's epochs. Whether it may take the blend's place is judged on rows that have
taught neither. On every fold a student learns what the fold's networks predict for the training rows, and is asked
about the validation rows, where its probabilities get a temperature of their own. Where that costs no more than one
standard error of the blend's score, one more student learns what the model predicts for training and validation rows
together, and becomes the model.

Sources: Buciluă, Caruana and Niculescu-Mizil, *Model Compression*, 2006; Hinton, Vinyals and Dean, *Distilling the
Knowledge in a Neural Network*, 2015. To take the simplest of what is within one standard error of the best: Breiman,
Friedman, Olshen and Stone, *Classification and Regression Trees*, 1984.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from schuss.engine import train as engine
from schuss.engine.crew import Limits
from schuss.engine.evaluation import predict
from schuss.engine.trial import Trial
from schuss.losses import binary_cross_entropy
from schuss.selection.bootstrap import standard_error
from schuss.selection.calibration import apply, calibrate
from schuss.selection.clock import Clock
from schuss.selection.fold import Fold
from schuss.selection.model import interpret
from schuss.selection.progress import Progress
from schuss.selection.selection import Distilled, Selection
from schuss.selection.training import ENDED, Callback
from schuss.tables import Encoding, Split


def distil(
    selection: Selection,
    whole: Fold,
    splits: Sequence[Split],
    weight: np.ndarray | None = None,
    callback: Callback | None = None,
    clock: Clock | None = None,
) -> Selection:
    """Train one network on what the blend predicts, and make it the model where it is about as good.

    Args:
        selection: with its model, trained again or not.
        whole: training and validation rows in the table's order, all to train on.
        splits: places of the rows of the selection's folds.
        weight: of all rows of the table [N], for the metric.
        callback: told where the training is.
        clock: of a run with a budget: where it leaves no time, nothing is distilled.

    Returns:
        The selection with what came of it; what was measured on the validation rows is then of the students. As it was
        where the model is one network already, where no score is defined, or where there is no time; as it was, but
        interrupted, where the user interrupts.
    """
    if selection.outputs is None or selection.interrupted or len(selection.teacher.parts) == 1:
        return selection
    if clock is not None and _expected(selection, len(whole.training.x)) > clock.left:
        return selection
    school, folds = _School(selection, callback, clock), selection.folds
    outputs: list[np.ndarray] = []
    for k, fold in enumerate(folds):
        student = school.teach(fold, _answers(selection, k, fold.training.x))
        if student.status in ENDED:
            return replace(selection, interrupted=student.status == "interrupted")
        outputs.append(_outputs(student, fold.validation.x, fold.encoding))
    (before, best), after = selection.outputs, np.concatenate(outputs)
    y = np.concatenate([fold.truth("validation") for fold in folds])
    own_weight = None if weight is None else weight[np.concatenate([fold.rows for fold in folds])]
    temperature = 1.0
    if folds[0].encoding.classes:
        temperature = calibrate(after, y, own_weight, selection.plan.random_state).temperature
        after = apply(after, temperature)
    blend, network = (selection.metric.score(y, one, own_weight) for one in (before, after))
    error = standard_error(selection.metric, y, before, own_weight)
    found = Distilled(whole, None, temperature, blend, network, error)
    if error is None or not blend - network <= error:
        return replace(selection, distilled=found)
    student = school.teach(whole, _answers_together(selection, splits))
    if student.status in ENDED:
        return replace(selection, interrupted=student.status == "interrupted")
    if student.status == "diverged":
        return replace(selection, distilled=replace(found, network=math.nan))
    return replace(selection, distilled=replace(found, trial=student), outputs=(after, best))


class _School:
    """Trains students, all with the hyperparameters of the blend's best member."""

    def __init__(self, selection: Selection, callback: Callback | None, clock: Clock | None) -> None:
        self.plan, self.callback, self.clock = selection.plan, callback, clock
        self.example = selection.candidates[selection.shares()[0][0]].trials[0]
        self.rows = len(selection.folds[0].training.x)
        self.ended = [trial for candidate in selection.candidates for trial in candidate.trials]

    def teach(self, fold: Fold, answers: np.ndarray) -> Trial:
        """A network that has learned to give these answers for the training rows of a fold."""
        example, clock, rows = self.example, self.clock, len(fold.training.x)
        y, loss = _lesson(answers, fold.encoding, example)
        size = rows if example.batch_size >= self.rows else example.batch_size

        def watch(training: engine.Progress) -> None:
            if self.callback:
                self.callback(Progress("distilling", training, self.ended, clock=clock))

        (found,) = engine.train(
            [replace(example.member, batch_size=size, loss=loss, label_smoothing=0.0)],
            replace(fold.training, y=y, outputs=y.shape[1]),
            epochs=cast(int, self.plan.epochs),
            devices=self.plan.devices,
            callback=watch,
            limits=None if clock is None else Limits(end=clock.end),
        )
        return found


def _lesson(answers: np.ndarray, encoding: Encoding, example: Trial) -> tuple[np.ndarray, str]:
    """Answers as the engine takes targets, float32 [N, O], and the loss that goes with them."""
    if not encoding.classes:
        return encoding.standardise(answers)[:, None], "mean_squared_error"
    if example.loss in ("binary_cross_entropy", binary_cross_entropy):  # its network has one logit
        return answers[:, 1:].astype(np.float32), "binary_cross_entropy"
    return answers.astype(np.float32), "cross_entropy"


def _answers(selection: Selection, fold: int, x: np.ndarray) -> np.ndarray:
    """What the blend of one fold's networks says of rows of this fold, probabilities [N, C] or values [N]."""
    encoding = selection.folds[fold].encoding
    trials = [(selection.candidates[place].trials[fold], share) for place, share in selection.shares()]
    return _calibrated(selection, sum(share * _outputs(trial, x, encoding) for trial, share in trials))


def _answers_together(selection: Selection, splits: Sequence[Split]) -> np.ndarray:
    """What the model says of training and validation rows, in the table's order."""
    again = {} if selection.refitted is None else selection.refitted.trials
    said: Any = 0.0
    for place, share in selection.shares():
        if selection.refitted is not None and place in again:
            fold = selection.refitted.fold
            said = said + share * _outputs(again[place], fold.training.x, fold.encoding)
            continue
        for k, (fold, split) in enumerate(zip(selection.folds, splits, strict=False)):
            order = np.argsort(np.concatenate([split.training, split.validation]))
            x = np.concatenate([fold.training.x, fold.validation.x])[order]
            trial = selection.candidates[place].trials[k]
            said = said + share / len(selection.folds) * _outputs(trial, x, fold.encoding)
    return _calibrated(selection, said)


def _outputs(trial: Trial, x: np.ndarray, encoding: Encoding) -> np.ndarray:
    return interpret(predict(trial.network, trial.weights, x), encoding)


def _calibrated(selection: Selection, outputs: Any) -> np.ndarray:
    return apply(outputs, selection.calibration.temperature) if selection.calibration else outputs


def _expected(selection: Selection, rows: int) -> float:
    """Seconds that all students are expected to take."""
    example = selection.candidates[selection.shares()[0][0]].trials[0]
    longer = rows / len(selection.folds[0].training.x)
    return example.epoch_seconds * cast(int, selection.plan.epochs) * (len(selection.folds) + longer)
