"""How good a model is on some rows, beside its best member and beside always giving the same answer."""

from dataclasses import dataclass

import numpy as np

from schuss.selection.bootstrap import PAIRED, error_of, resampled
from schuss.selection.metrics import Metric, baseline, metric

USUAL: dict[str, tuple[str, ...]] = {
    "numbers": ("r2", "neg_root_mean_squared_error", "neg_mean_absolute_error"),
    "two classes": ("accuracy", "balanced_accuracy", "roc_auc", "neg_log_loss"),
    "classes": ("accuracy", "balanced_accuracy", "neg_log_loss"),
}
"""What is measured beside the metric that was asked for."""

PARTS = 5
"""A table of errors has the rows in so many parts of equal size, by their true value."""

ERRORS = 2.0
"""A difference of more than so many of its standard errors is more than chance explains.

Where two models are equally good, rows as many as these show such a difference about once in twenty tables.
"""


@dataclass(frozen=True)
class Score:
    """One metric, the greater the better; None where it is not defined.

    Attributes:
        metric: its name.
        model: of the blend.
        best: of the best member alone.
        baseline: of the training rows' class shares or mean, given for every row.
    """

    metric: str
    model: float | None
    best: float | None
    baseline: float | None


@dataclass(frozen=True)
class ErrorPart:
    """Errors (prediction − truth) of the rows whose true value is in a range: mean, mean size, root mean square."""

    low: float
    high: float
    rows: int
    mean: float
    mean_absolute: float
    root_mean_squared: float


@dataclass(frozen=True)
class Judgement:
    """Scores on some rows.

    Attributes:
        rows: how many.
        scores: the metric that was asked for first, then the usual ones.
        confusion: rows by true class and predicted class [C, C], not weighted; None for regression.
        errors: by the true value, lowest first, as far as they are finite; None for classes.
        standard_error: of the model's score in the metric that was asked for, by bootstrap; None where it has none.
        gain_error: standard error of the gain, by bootstrap of the same rows for both; None where it has none or the
            model is one member.
    """

    rows: int
    scores: tuple[Score, ...]
    confusion: tuple[tuple[int, ...], ...] | None
    errors: tuple[ErrorPart, ...] | None
    standard_error: float | None = None
    gain_error: float | None = None

    @property
    def score(self) -> Score:
        """The metric that was asked for."""
        return self.scores[0]

    @property
    def gain(self) -> float | None:
        """By how much the model scores more than its best member alone; None where one of them has no score."""
        one, other = self.score.model, self.score.best
        return None if one is None or other is None else one - other

    @property
    def more_than_chance(self) -> bool | None:
        """Whether the gain is further from 0 than `ERRORS` of its standard errors; None where it is not known.

        The rows alone are counted as chance, not the seeds of the members. A standard error of 0 beside a gain says
        that no drawn table had the rows that differ: they are too few.
        """
        if self.gain is None or self.gain_error is None:
            return None
        return abs(self.gain) > ERRORS * self.gain_error > 0


def judge(
    asked: Metric,
    y: np.ndarray,
    model: np.ndarray,
    best: np.ndarray,
    answer: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    blended: bool = True,
) -> Judgement:
    """Measure outputs on rows.

    Args:
        asked: the metric.
        y: numbers of classes, or values, [N].
        model, best: what the blend and the best member give: probabilities [N, C] or values [N].
        answer: the baseline's, to every row; see `schuss.selection.metrics.prior`.
        weight: of the rows [N].
        blended: whether the model is a blend of several members; else it has no gain over the best of them.
    """
    kind = "numbers" if not asked.n_classes else "two classes" if asked.n_classes == 2 else "classes"
    names = dict.fromkeys([asked.name, *USUAL[kind]])

    def measure(name: str) -> Score:
        of = metric(name, asked.n_classes)
        found = of.score(y, model, weight), of.score(y, best, weight), baseline(of, answer, y, weight)
        return Score(name, *map(_known, found))

    scores, drawn, gain = tuple(measure(name) for name in names), resampled(asked, y, model, weight), None
    if blended:
        gain = error_of(drawn[:PAIRED] - resampled(asked, y, best, weight, PAIRED), len(y))
    errors = error_of(drawn, len(y)), gain
    if asked.n_classes:
        found = np.bincount(y * asked.n_classes + model.argmax(axis=1), minlength=asked.n_classes**2)
        confusion = tuple(map(tuple, found.reshape(asked.n_classes, -1).tolist()))
        return Judgement(len(y), scores, confusion, None, *errors)
    return Judgement(len(y), scores, None, _errors(y, model), *errors)


def _errors(y: np.ndarray, found: np.ndarray) -> tuple[ErrorPart, ...]:
    order = np.argsort(y, kind="stable")
    parts = [part for part in np.array_split(order, PARTS) if len(part)]
    measured = [_error_part(y[part], found[part]) for part in parts]
    return tuple(part for part in measured if np.isfinite(part.root_mean_squared))


def _error_part(y: np.ndarray, found: np.ndarray) -> ErrorPart:
    with np.errstate(over="ignore", invalid="ignore"):
        error = found - y
        sizes = error.mean(), np.abs(error).mean(), np.sqrt(np.square(error).mean())
    return ErrorPart(float(y[0]), float(y[-1]), len(y), *map(float, sizes))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
