"""Whether the parts of a record go together; each part has been checked by itself when it was read."""

import math
from collections.abc import Iterable

from schuss.diagnosis.judgement import Judgement
from schuss.runs.record import Record
from schuss.selection.metrics import metric


def check(record: Record) -> None:
    """See that the parts of a record go together.

    Raises:
        ValueError: they do not; the message names the place as a JSON path, ``$`` being the record.
    """
    for rule in (_settings, _encodings, _metric, _prior, _places, _rounds, _model, _distilled, _diagnosis):
        rule(record)
    for name, judgement in (("validation", record.validation), ("test", record.test)):
        if judgement is not None:
            _judgement(f"$.{name}", judgement, record)


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


def _settings(record: Record) -> None:
    spec, plan = record.settings.spec, record.settings.plan
    for at, value in (("spec.target", spec.target), ("plan.epochs", plan.epochs), ("plan.patience", plan.patience)):
        _require(value is not None, f"`$.settings.{at}` is null")


def _encodings(record: Record) -> None:
    _require(len(record.folds) > 0, "`$.folds` has no fold")
    _require(len(record.members) > 0, "`$.members` has no member")
    student = None if record.distilled is None else record.distilled.fold
    folds = [*record.folds, *(fold for fold in (record.refit, student) if fold is not None)]
    targets = {(fold.fitted.target, fold.fitted.classes) for fold in folds}
    _require(len(targets) == 1, "the encodings in `$.folds`, `$.refit` and `$.distilled` have different targets")
    encoding = folds[0].fitted
    _require(record.settings.spec.target == encoding.target, "`$.settings.spec.target` is not the target of `$.folds`")
    _require(record.task == encoding.task, "`$.task` is not that of the target in `$.folds`")


def _metric(record: Record) -> None:
    try:
        metric(record.metric, n_classes_of(record))
    except ValueError as error:
        raise ValueError(f"`$.metric`: {error}") from error


def _prior(record: Record) -> None:
    n_classes = n_classes_of(record)
    _require(len(record.prior) == (n_classes or 1), f"`$.prior` has {len(record.prior)} numbers, not {n_classes or 1}")
    _require(not n_classes or min(record.prior) >= 0, "`$.prior` has a negative share")


def _places(record: Record) -> None:
    whole = range(len(record.members))
    _require(sorted(record.ranking) == list(whole), "`$.ranking` does not hold the place of every member once")
    _require(record.best == record.ranking[0], "`$.best` is not the first of `$.ranking`")


def _rounds(record: Record) -> None:
    for k, one in enumerate(record.rounds):
        _among(record, f"$.rounds[{k}].members", one.members)
        _require(min(one.epochs, one.patience) >= 1, f"`$.rounds[{k}]` has epochs or patience below 1")
        _require(one.folds >= 1, f"`$.rounds[{k}].folds` is below 1")
        fitting = len(one.stops) <= one.folds and all(len(fold) == len(one.members) for fold in one.stops)
        _require(fitting, f"`$.rounds[{k}].stops` has not one step for every member and fold")
        steps = [stop for fold in one.stops for stop in fold if stop is not None]
        _require(min(steps, default=0) >= 0, f"`$.rounds[{k}].stops` has a step below 0")


def _model(record: Record) -> None:
    places = [place for place, _ in record.model.shares]
    _among(record, "$.model.shares", places)
    _require(len(set(places)) == len(places), "`$.model.shares` names a member twice")
    total = sum(share for _, share in record.model.shares)
    _require(math.isclose(total, 1, abs_tol=1e-6), f"the shares in `$.model.shares` sum to {total:g}, not to 1")
    again = record.model.again
    _require(bool(again) == (record.refit is not None), "`$.model.again` and `$.refit` do not go together")
    _require(set(again) <= {record.best, *places}, "`$.model.again` names members that are not in the model")


def _distilled(record: Record) -> None:
    found = record.distilled
    if found is None:
        return
    _require(record.settings.plan.distil, "`$.distilled` is there, but `$.settings.plan.distil` is false")
    whole = (found.fold is None) == (found.description is None)
    _require(whole, "`$.distilled.fold` and `$.distilled.description` do not go together")
    if found.fold is not None:
        cost = math.inf if found.network is None else found.blend - found.network
        _require(cost <= (found.error or 0.0), "`$.distilled` costs more than a standard error, but is the model")


def _diagnosis(record: Record) -> None:
    _require(len(record.health.members) > 0, "`$.health.members` has no member")
    _among(record, "$.health.members", [member.member for member in record.health.members])
    if record.importance is not None:
        _among(record, "$.importance.member", [record.importance.member])


def _judgement(at: str, judgement: Judgement, record: Record) -> None:
    scores, n_classes = judgement.scores, n_classes_of(record)
    _require(len(scores) > 0 and scores[0].metric == record.metric, f"`{at}.scores` does not begin with `$.metric`")
    if judgement.gain_error is not None:
        _require(judgement.gain_error >= 0, f"`{at}.gain_error` is below 0")
        _require(record.is_blend, f"`{at}.gain_error` is of a blend, but the model is one network")
    if not n_classes:
        _require(judgement.confusion is None, f"`{at}.confusion` is of classes, but the target holds numbers")
        _require(judgement.errors is not None, f"`{at}.errors` is missing, but the target holds numbers")
        return
    counts = judgement.confusion or ()
    square = len(counts) == n_classes and all(len(row) == n_classes and min(row) >= 0 for row in counts)
    _require(square, f"`{at}.confusion` does not count {n_classes} classes by {n_classes}")
    _require(judgement.errors is None, f"`{at}.errors` is of numbers, but the target holds classes")


def _among(record: Record, at: str, places: Iterable[int]) -> None:
    """See that places are those of members."""
    for place in places:
        _require(0 <= place < len(record.members), f"`{at}` names member {place} of {len(record.members)}")


def n_classes_of(record: Record) -> int:
    """How many classes the target has; 0 for numbers."""
    return len(record.folds[0].fitted.classes)
