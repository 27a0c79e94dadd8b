"""The way from a data set and a plan to a model.

    split → encode (once a fold) → draw members → train → rank → blend → calibrate → train the chosen again → distil

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

import numpy as np

from schuss.losses import losses_for
from schuss.member import AUTO, Member
from schuss.selection import blending, calibration
from schuss.selection.clock import Clock
from schuss.selection.dataset import DataSet
from schuss.selection.distil import distil
from schuss.selection.fold import Fold
from schuss.selection.metrics import Metric, baseline, default_metric, metric, prior
from schuss.selection.plan import Plan
from schuss.selection.refit import refit
from schuss.selection.rounds import Course, again, by_clock, by_plan
from schuss.selection.selection import Candidate, Selection, ranking
from schuss.selection.training import Callback, Training
from schuss.tables import Encoding, InputError
from schuss.tables.splitting.split import together

BLENDED = 16
"""How many of the best members may enter the blend."""

LEAST = 1e-15
"""No probability counts as less in a likelihood."""


def select(
    data: DataSet,
    plan: Plan,
    callback: Callback | None = None,
    clock: Clock | None = None,
    course: Course | None = None,
) -> Selection:
    """Train the plan's members on a data set and choose a model.

    Args:
        data: the rows.
        plan: which members, how long, and how to choose.
        callback: told where the selection is.
        clock: started with the run, where the plan has a budget; default now.
        course: of an earlier run with this plan, to be repeated.

    Raises:
        InputError: the data set cannot be used, or not with this plan; nothing has been trained then.
    """
    if course is not None:
        clock = None  # what the clock decided then is known, and it decides nothing now
    elif plan.budget is not None and clock is None:
        clock = Clock(plan.budget)
    splits = data.splits(plan)
    folds = [data.fold(split, plan) for split in splits]
    members = plan.draw(len(splits[0].training), len(folds[0].encoding.quantities))
    require_losses(members, folds[0].encoding)
    asked = metric(default_metric(data.task) if plan.metric is None else plan.metric, len(data.classes))
    answer = prior(len(data.classes), folds[0].truth("training"), data.weight_of(splits[0].training))
    for fold in folds:  # a metric that does not go with the weights says so now
        baseline(asked, answer, fold.truth("validation"), data.weight_of(fold.rows))
    found = select_members(members, folds, asked, plan, data.weight, callback, clock, course)
    if plan.refit and len(found.folds) == 1 and len(folds[0].rows) and (course is None or course.refit):
        found = refit(found, data.fold(together(splits[0]), plan), callback, clock)
    if plan.distil and (course is None or course.distil):
        whole = found.refitted.fold if found.refitted else data.fold(together(splits[0]), plan)
        found = distil(found, whole, splits, data.weight, callback, clock)
    return replace(found, prior=answer, test_rows=splits[0].test)


def select_members(
    members: Sequence[Member],
    folds: Sequence[Fold],
    metric: Metric,
    plan: Plan,
    weight: np.ndarray | None = None,
    callback: Callback | None = None,
    clock: Clock | None = None,
    course: Course | None = None,
) -> Selection:
    """Train members on every fold and choose among them.

    Args:
        members: what to train.
        folds: at least one.
        metric: ranks members and chooses the blend; see `schuss.selection.training.Training`.
        plan: of it epochs, patience (None: members never stop early), devices and random_state count.
        weight: of all rows of the table [N], for the metric.
        callback: told where the training is.
        clock: of a run with a budget.
        course: of an earlier run, to be repeated.
    """
    plan = plan.timed(members, len(folds[0].training.x))
    training = Training(members, folds, metric, plan, weight, clock, callback)
    training.run(again(course.rounds) if course else by_clock(training, clock) if clock else by_plan(training))
    candidates = training.candidates()
    found = choose(candidates, folds[: max(len(one.trials) for one in candidates)], metric, plan, weight)
    return replace(found, interrupted=training.interrupted, room=training.room, rounds=tuple(training.rounds))


def choose(
    candidates: Sequence[Candidate],
    folds: Sequence[Fold],
    metric: Metric,
    plan: Plan,
    weight: np.ndarray | None = None,
) -> Selection:
    """Rank members by their predictions of the validation rows, choose a blend, and calibrate it.

    Args:
        candidates: every member, trained on all folds or on the first ones.
        folds, metric, plan, weight: see `select_members`.
    """
    score, y, own_weight = _scorer(folds, metric, weight)
    places = ranking(candidates)
    whole = [place for place in places if len(candidates[place].trials) == len(folds)]
    best = [place for place in whole[:BLENDED] if math.isfinite(candidates[place].score)]
    chosen = [place for place in best if candidates[place].diverged_at is None] or best
    found = Selection(plan, tuple(folds), tuple(candidates), places, metric, tuple(chosen))
    if not chosen:
        return found
    outputs = np.stack([candidates[place].outputs(folds) for place in chosen])
    likelihood = _likelihood(folds) if folds[0].encoding.classes else None
    if likelihood is not None and metric.name == "accuracy":
        right = outputs[:, np.arange(len(y)), y]  # the likelihood asks for nothing else
        blend = blending.rescored(blending.blend(right, likelihood), outputs, score)
    else:
        blend = blending.blend(outputs, score, likelihood and (lambda p: likelihood(p[np.arange(len(y)), y])))
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


def _likelihood(folds: Sequence[Fold]) -> Callable[[np.ndarray], float]:
    """Probabilities of the true classes [N] → the mean of their logarithms, weighted as training weighs rows."""
    trained_with = [fold.validation.weight for fold in folds]  # classes' weights included
    weight = None if any(w is None for w in trained_with) else np.concatenate(trained_with)

    def likelihood(right: np.ndarray) -> float:
        return float(np.average(np.log(np.maximum(right, LEAST)), weights=weight))

    return likelihood


def require_losses(members: Sequence[Member], encoding: Encoding) -> None:
    """See that every member's loss fits the target, one of your own being taken at its word; so with label smoothing.

    Raises:
        InputError: a loss for classes with numbers, for numbers with classes, or for two classes with more; labels to
            be smoothed where there are none.
    """
    n_classes = len(encoding.classes)
    losses = {member.loss for member in members if isinstance(member.loss, str)}
    fitting = losses_for(encoding.task, n_classes)
    kind = f"{n_classes} classes" if n_classes else "numbers"
    for loss in sorted(losses - {AUTO, *fitting}):
        problem = f"This loss does not fit the target: '{encoding.target}' holds {kind}."
        raise InputError(f"loss '{loss}'", problem, f"Choose {' or '.join(fitting)}.")
    smoothing = max(member.label_smoothing for member in members)
    if smoothing and not n_classes:
        problem = f"Only the labels of classes can be smoothed: '{encoding.target}' holds numbers."
        raise InputError(f"label smoothing {smoothing:g}", problem, "Leave it out.")
