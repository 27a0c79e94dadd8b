"""Judgement: every number against scikit-learn's or NumPy's, on rows with and without weights."""

import dataclasses
import json
import math

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    median_absolute_error,
    r2_score,
    roc_auc_score,
)

from schuss.diagnosis.judgement import PARTS, Judgement, Score, judge
from schuss.selection.metrics import metric, prior

RANDOM = np.random.default_rng(0)
N = 83
WEIGHT = RANDOM.integers(0, 4, N).astype(np.float64)
Y = {classes: RANDOM.integers(classes, size=N) for classes in (2, 3)} | {0: RANDOM.normal(50, 20, N)}
TRAINING = {classes: RANDOM.integers(classes, size=40) for classes in (2, 3)} | {0: RANDOM.normal(45, 20, 40)}


def answers(classes, seed):
    random = np.random.default_rng(seed)
    if not classes:
        return Y[0] + random.normal(0, 10, N)
    return random.dirichlet(np.ones(classes), N) * 0.6 + 0.4 * np.eye(classes)[Y[classes]]


def label(p):
    return p.argmax(axis=1)


def second(p):
    return p[:, 1]


CLASSES = {
    "accuracy": lambda y, p, w: accuracy_score(y, label(p), sample_weight=w),
    "balanced_accuracy": lambda y, p, w: balanced_accuracy_score(y, label(p), sample_weight=w),
    "neg_log_loss": lambda y, p, w: -log_loss(y, p, sample_weight=w),
}
TWO = {
    "roc_auc": lambda y, p, w: roc_auc_score(y, second(p), sample_weight=w),
    "f1": lambda y, p, w: f1_score(y, label(p), sample_weight=w),
}
NUMBERS = {
    "r2": lambda y, p, w: r2_score(y, p, sample_weight=w),
    "neg_root_mean_squared_error": lambda y, p, w: -math.sqrt(mean_squared_error(y, p, sample_weight=w)),
    "neg_mean_absolute_error": lambda y, p, w: -mean_absolute_error(y, p, sample_weight=w),
    "neg_median_absolute_error": lambda y, p, w: -median_absolute_error(y, p, sample_weight=w),
}
MEASURES = CLASSES | TWO | NUMBERS


def judged(name, classes, weight=None, rows=slice(None)) -> Judgement:
    answer = prior(classes, TRAINING[classes])
    outputs = answers(classes, 1)[rows], answers(classes, 2)[rows]
    return judge(metric(name, classes), Y[classes][rows], *outputs, answer, None if weight is None else weight[rows])


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("classes", "asked", "names"),
    [
        (2, "f1", ["f1", "accuracy", "balanced_accuracy", "roc_auc", "neg_log_loss"]),
        (2, "roc_auc", ["roc_auc", "accuracy", "balanced_accuracy", "neg_log_loss"]),
        (3, "accuracy", ["accuracy", "balanced_accuracy", "neg_log_loss"]),
        (0, "r2", ["r2", "neg_root_mean_squared_error", "neg_mean_absolute_error"]),
        (0, "neg_median_absolute_error", ["neg_median_absolute_error", *list(NUMBERS)[:3]]),
    ],
)
def test_scores_are_those_of_scikit_learn(classes, asked, names, weight):
    found = judged(asked, classes, weight)
    assert [score.metric for score in found.scores] == names
    assert found.score == found.scores[0]
    assert found.rows == N
    x = np.zeros((40, 1))
    if classes:
        dummy = DummyClassifier(strategy="prior").fit(x, TRAINING[classes]).predict_proba(np.zeros((N, 1)))
    else:
        dummy = DummyRegressor().fit(x, TRAINING[0]).predict(np.zeros((N, 1)))
    for score in found.scores:
        measure = MEASURES[score.metric]
        assert score.model == pytest.approx(measure(Y[classes], answers(classes, 1), weight))
        assert score.best == pytest.approx(measure(Y[classes], answers(classes, 2), weight))
        assert score.baseline == pytest.approx(measure(Y[classes], dummy, weight))
        assert score.model != score.best


@pytest.mark.parametrize(
    ("classes", "rows", "undefined"),
    [
        (2, Y[2] == 1, {"roc_auc"}),
        (0, slice(0, 1), {"r2"}),
        (3, slice(0, 1), set()),
    ],
    ids=["one class", "one number", "one row of classes"],
)
def test_what_is_not_defined_is_none(classes, rows, undefined):
    found = judged("accuracy" if classes else "r2", classes, rows=rows)
    assert {score.metric for score in found.scores if score.model is None} == undefined
    assert {score.metric for score in found.scores if score.baseline is None} == undefined
    assert all(isinstance(score.model, float) for score in found.scores if score.metric not in undefined)


def test_outputs_that_are_not_finite_have_no_score():
    outputs = answers(3, 1)
    outputs[5] = np.nan
    found = judge(metric("accuracy", 3), Y[3], answers(3, 2), outputs, prior(3, TRAINING[3]))
    assert found.score.model is not None
    assert {score.best for score in found.scores} == {None}


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("rows", [slice(None), slice(0, 2)], ids=["all", "two rows"])
def test_the_confusion_matrix_counts_rows(classes, rows):
    """By true class down and predicted class across, of the blend, whatever the rows weigh."""
    found = judged("accuracy", classes, WEIGHT, rows)
    y, p = Y[classes][rows], answers(classes, 1)[rows]
    np.testing.assert_array_equal(found.confusion, confusion_matrix(y, label(p), labels=range(classes)))
    assert found.errors is None


@pytest.mark.parametrize("n", [N, 10, 5, 3, 1])
def test_errors_are_told_for_a_fifth_of_the_rows_after_the_other(n):
    found = judged("r2", 0, rows=slice(0, n))
    order = np.argsort(Y[0][:n])
    fifths = [part for part in np.array_split(order, PARTS) if len(part)]
    assert len(found.errors) == min(n, 5)
    assert sum(part.rows for part in found.errors) == n
    for told, rows in zip(found.errors, fifths, strict=True):
        y, p = Y[0][rows], answers(0, 1)[rows]
        assert (told.low, told.high, told.rows) == (y.min(), y.max(), len(rows))
        assert told.mean == pytest.approx((p - y).mean())
        assert told.mean_absolute == pytest.approx(mean_absolute_error(y, p))
        assert told.root_mean_squared == pytest.approx(math.sqrt(mean_squared_error(y, p)))
    assert found.confusion is None


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_a_judgement_is_plain_values(classes):
    found = judged("r2" if not classes else "accuracy", classes, WEIGHT)
    record = json.loads(json.dumps(dataclasses.asdict(found), allow_nan=False))
    assert record["rows"] == N
    assert record["scores"][0]["model"] == found.score.model


def of_two(n, better, worse):
    """A model beside a member: of n rows so many are better, and so many worse, in the model; half of all are right."""
    y, right = np.zeros(n, int), np.arange(n) % 2 == 0
    model = right.copy()
    model[np.flatnonzero(~right)[:better]] = True
    model[np.flatnonzero(right)[:worse]] = False
    outputs = np.eye(2)[np.where(model, 0, 1)], np.eye(2)[np.where(right, 0, 1)]
    return y, outputs


@pytest.mark.parametrize(
    ("better", "worse", "beyond"),
    [(40, 10, True), (10, 40, True), (25, 22, False), (12, 12, False), (1, 0, False)],
    ids=["better", "worse", "about the same", "the same", "one row"],
)
@pytest.mark.parametrize("n", [400, 4_000])
def test_a_gain_is_told_from_chance_by_the_rows_that_differ(n, better, worse, beyond):
    """The error of a mean of n differences, of which so many are 1 and so many −1."""
    y, outputs = of_two(n, better, worse)
    found = judge(metric("accuracy", 2), y, *outputs, np.array([0.5, 0.5]))
    gain, square = (better - worse) / n, (better + worse) / n
    assert found.gain == pytest.approx(gain)
    assert found.gain_error == pytest.approx(math.sqrt((square - gain**2) / n), rel=0.5)
    assert found.more_than_chance is beyond
    assert found.gain_error < found.standard_error or better + worse > 40
    again = judge(metric("accuracy", 2), y, *outputs, np.array([0.5, 0.5]))
    assert again == found


def test_a_model_of_one_member_has_no_gain():
    y, outputs = of_two(400, 40, 10)
    found = judge(metric("accuracy", 2), y, *outputs, np.array([0.5, 0.5]), blended=False)
    assert (found.gain_error, found.more_than_chance) == (None, None)
    assert found.standard_error == judge(metric("accuracy", 2), y, *outputs, np.array([0.5, 0.5])).standard_error


def test_a_gain_beside_an_error_of_0_proves_nothing():
    """No drawn table had the row that differs."""
    assert Judgement(10**6, (Score("r2", 0.5, 0.499, 0.0),), None, (), 0.1, 0.0).more_than_chance is False
    assert Judgement(10**6, (Score("r2", 0.5, 0.499, 0.0),), None, (), 0.1, 0.0001).more_than_chance is True
    assert Judgement(10**6, (Score("r2", 0.5, None, 0.0),), None, (), 0.1, 0.0001).more_than_chance is None
