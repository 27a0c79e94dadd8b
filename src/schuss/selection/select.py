"""The way from a data set and a plan to a model.

    split → encode (once a fold) → draw members → train → rank → blend → calibrate → train the chosen again

Where many members are drawn, all are trained for a quarter of the epochs first, each with its whole schedule, and the
best of them again in full: successive halving (Jamieson and Talwalkar, 2016) in one step. The others stay candidates as
they are.

Every member is trained once a fold. What it predicts for the fold's validation rows, which its updates have not seen,
is put together over the folds; on these predictions members are ranked, a blend is chosen, and a temperature fitted.
With one fold that is a holdout; with K folds every row is predicted once, and a member's part in the blend is shared by
its K networks.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from schuss.engine import train as engine
from schuss.engine.memory import Room
from schuss.engine.trial import Trial
from schuss.losses import losses_for
from schuss.member import AUTO, Member
from schuss.selection import blending, calibration
from schuss.selection.dataset import DataSet
from schuss.selection.fold import Fold
from schuss.selection.metrics import Metric, baseline, default_metric, metric, prior
from schuss.selection.plan import FINALISTS, SHORT, Plan
from schuss.selection.progress import Progress
from schuss.selection.refit import refit
from schuss.selection.selection import Candidate, Selection, ranking
from schuss.tables import Encoding, InputError
from schuss.tables.splitting.split import together

BLENDED = 16
"""How many of the best members may enter the blend."""

LEAST = 1e-15
"""No probability counts as less in a likelihood."""

Callback = Callable[[Progress], None]
"""Called about ten times a second while members are trained."""


def select(data: DataSet, plan: Plan, callback: Callback | None = None) -> Selection:
    """Train the plan's members on a data set and choose a model.

    Args:
        data: the rows.
        plan: which members, how long, and how to choose.
        callback: told where the selection is.

    Raises:
        InputError: the data set cannot be used, or not with this plan; nothing has been trained then.
    """
    splits = data.splits(plan)
    folds = [data.fold(split, plan) for split in splits]
    members = plan.draw(len(splits[0].training), len(folds[0].encoding.quantities))
    require_losses(members, folds[0].encoding)
    asked = metric(default_metric(data.task) if plan.metric is None else plan.metric, len(data.classes))
    answer = prior(len(data.classes), folds[0].truth("training"), data.weight_of(splits[0].training))
    for fold in folds:  # a metric that does not go with the weights says so now
        baseline(asked, answer, fold.truth("validation"), data.weight_of(fold.rows))
    found = select_members(members, folds, asked, plan, data.weight, callback)
    if plan.refit and len(folds) == 1 and len(folds[0].rows):
        found = refit(found, data.fold(together(splits[0]), plan), callback)
    return replace(found, prior=answer, test_rows=splits[0].test)


def select_members(
    members: Sequence[Member],
    folds: Sequence[Fold],
    metric: Metric,
    plan: Plan,
    weight: np.ndarray | None = None,
    callback: Callback | None = None,
) -> Selection:
    """Train members on every fold and choose among them.

    Args:
        members: what to train.
        folds: at least one.
        metric: ranks members and chooses the blend. A member's best epoch is that of the best R² where that is the
            metric, else that of the lowest validation cost.
        plan: of it epochs, patience (None: members never stop early), devices and random_state count.
        weight: of all rows of the table [N], for the metric.
        callback: told where the training is.
    """
    plan = plan.timed(members, len(folds[0].training.x))
    halves = plan.halves(members) and len(folds[0].rows) > 0
    first = plan.shortened() if halves else plan
    ahead = SHORT * FINALISTS / len(members) if halves else 0.0
    trials, room = _train(members, folds, metric, first, callback, ahead=ahead)
    interrupted = _interrupted(trials[-1])
    if halves and not interrupted:
        best = finalists(_candidates(trials, folds, metric, weight))
        again, _ = _train([members[place] for place in best], folds, metric, plan, callback, trials)
        interrupted = _interrupted(again[-1])
        if not interrupted:  # else what the short training gave is kept
            for short, full in zip(trials, again, strict=True):
                for place, trial in zip(best, full, strict=True):
                    short[place] = trial
    if len(trials) > 1 and all(trial.weights is None for trial in trials[-1]):
        trials.pop()  # interrupted before anything was trained on this fold: the others are kept
    found = choose(trials, folds[: len(trials)], metric, plan, weight)
    return replace(found, interrupted=interrupted, room=room)


def _train(
    members: Sequence[Member],
    folds: Sequence[Fold],
    metric: Metric,
    plan: Plan,
    callback: Callback | None,
    earlier: Sequence[Sequence[Trial]] = (),
    ahead: float = 0.0,
) -> tuple[list[list[Trial]], Room]:
    """Trials of every member, once for every fold as far as it was not interrupted, and what memory let train.

    Args:
        members, folds, metric, plan, callback: see `select_members`.
        earlier: trials that have ended.
        ahead: see `Progress`.
    """
    trials: list[list[Trial]] = []
    rooms: list[Room] = []

    def watch(training: engine.Progress) -> None:
        rooms[:] = [training.room]
        if callback:
            ended = [trial for of_fold in (*earlier, *trials) for trial in of_fold]
            callback(Progress("training", training, ended, len(trials), len(folds), ahead))

    for fold in folds:
        found = engine.train(
            members,
            fold.training,
            fold.validation if len(fold.rows) else None,
            epochs=cast(int, plan.epochs),
            patience=plan.patience,
            best_epoch_by="score" if metric.name == "r2" else "cost",
            devices=plan.devices,
            callback=watch,
        )
        trials.append(found)
        if _interrupted(found):
            break
    return trials, rooms[-1]


def finalists(candidates: Sequence[Candidate]) -> list[int]:
    """Places of the best after a short training, in the members' order, at most `FINALISTS`.

    By validation cost, which says more of a few hundred rows than counts of errors do; by score where members have
    several losses, which cannot be compared.
    """
    places = ranking(candidates)
    if len({candidate.trials[0].loss for candidate in candidates}) == 1:
        standing = {place: rank for rank, place in enumerate(places)}
        places = sorted(places, key=lambda place: (_cost(candidates[place]), standing[place]))
    return sorted(places[:FINALISTS])


def _cost(candidate: Candidate) -> float:
    usable = candidate.trained and candidate.diverged_at is None and math.isfinite(candidate.cost)
    return candidate.cost if usable else math.inf


def _interrupted(trials: Sequence[Trial]) -> bool:
    return any(trial.status == "interrupted" for trial in trials)


def choose(
    trials: Sequence[Sequence[Trial]],
    folds: Sequence[Fold],
    metric: Metric,
    plan: Plan,
    weight: np.ndarray | None = None,
) -> Selection:
    """Rank members by their predictions of the validation rows, choose a blend, and calibrate it.

    Args:
        trials: of every member, once for every fold.
        folds, metric, plan, weight: see `select_members`.
    """
    score, y, own_weight = _scorer(folds, metric, weight)
    candidates = _candidates(trials, folds, metric, weight)
    places = ranking(candidates)
    best = [place for place in places[:BLENDED] if math.isfinite(candidates[place].score)]
    chosen = [place for place in best if candidates[place].diverged_at is None] or best
    found = Selection(plan, tuple(folds), tuple(candidates), places, metric, tuple(chosen))
    if not chosen:
        return found
    outputs = np.stack([candidates[place].outputs(folds) for place in chosen])
    likelihood = _likelihood(folds, y) if folds[0].encoding.classes else None
    if likelihood is not None and metric.name == "accuracy":
        blend = blending.rescored(blending.blend(outputs, likelihood, score), outputs, score)
    else:
        blend = blending.blend(outputs, score, likelihood)
    model, temperature = np.tensordot(blend.shares, outputs, 1), None
    if folds[0].encoding.classes:
        temperature = calibration.calibrate(model, y, own_weight, plan.random_state)
        model = calibration.apply(model, temperature.temperature)
    return replace(found, blend=blend, calibration=temperature, outputs=(model, outputs[0]))


def _scorer(
    folds: Sequence[Fold], metric: Metric, weight: np.ndarray | None
) -> tuple[Callable[[np.ndarray], float], np.ndarray, np.ndarray | None]:
    """The metric of outputs for the validation rows of all folds; their targets; their weights."""
    rows = np.concatenate([fold.rows for fold in folds])
    y = np.concatenate([fold.truth("validation") for fold in folds])
    own_weight = None if weight is None else weight[rows]

    def score(outputs: np.ndarray) -> float:
        return metric.score(y, outputs, own_weight) if np.isfinite(outputs).all() else math.nan

    return score, y, own_weight


def _candidates(
    trials: Sequence[Sequence[Trial]], folds: Sequence[Fold], metric: Metric, weight: np.ndarray | None
) -> list[Candidate]:
    """Every member with its score on the validation rows of all folds."""
    score, y, _ = _scorer(folds, metric, weight)
    candidates = [Candidate(of_member, math.nan) for of_member in zip(*trials, strict=True)]
    return [replace(c, score=score(c.outputs(folds))) if c.trained and len(y) else c for c in candidates]


def _likelihood(folds: Sequence[Fold], y: np.ndarray) -> Callable[[np.ndarray], float]:
    """Probabilities [N, C] → mean logarithm of the true class's probability, weighted as training weighs rows."""
    trained_with = [fold.validation.weight for fold in folds]  # classes' weights included
    weight = None if any(w is None for w in trained_with) else np.concatenate(trained_with)

    def likelihood(outputs: np.ndarray) -> float:
        right = outputs[np.arange(len(y)), y]
        return float(np.average(np.log(np.maximum(right, LEAST)), weights=weight))

    return likelihood


def require_losses(members: Sequence[Member], encoding: Encoding) -> None:
    """See that every member's loss fits the target; one of your own is taken at its word.

    Raises:
        InputError: a loss for classes with numbers, for numbers with classes, or for two classes with more.
    """
    n_classes = len(encoding.classes)
    losses = {member.loss for member in members if isinstance(member.loss, str)}
    fitting = losses_for(encoding.task, n_classes)
    kind = f"{n_classes} classes" if n_classes else "numbers"
    for loss in sorted(losses - {AUTO, *fitting}):
        problem = f"This loss does not fit the target: '{encoding.target}' holds {kind}."
        raise InputError(f"loss '{loss}'", problem, f"Choose {' or '.join(fitting)}.")
