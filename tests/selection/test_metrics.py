"""Metrics: scikit-learn's scores of outputs, with weights; which fit; where they are not defined; baselines."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

from schuss.selection.metrics import METRICS, baseline, default_metric, fitting, metric, prior

N = 60
RANDOM = np.random.default_rng(0)
WEIGHT = RANDOM.integers(0, 4, N).astype(float)
CLASSES = RANDOM.integers(0, 3, N)
THREE = RANDOM.dirichlet(np.ones(3), N)
VALUES = RANDOM.gamma(2, 10, N)
FOUND = VALUES * RANDOM.uniform(0.8, 1.3, N)
LABELS = {"f1", "precision", "recall", "jaccard"}
"""Metrics of two classes that take labels."""


def of_labels(function, **arguments):
    return lambda y, p, w: function(y, p.argmax(axis=1), sample_weight=w, **arguments)


def of_probabilities(function, **arguments):
    return lambda y, p, w: function(y, p[:, 1] if p.shape[1] == 2 else p, sample_weight=w, **arguments)


def of_values(function, **arguments):
    return lambda y, values, w: function(y, values, sample_weight=w, **arguments)


AVERAGED = {
    f"{name}_{average}": of_labels(getattr(metrics, f"{name}_score"), average=average)
    for name in ("f1", "precision", "recall", "jaccard")
    for average in ("macro", "micro", "weighted")
}
CLASSIFICATION = {
    "accuracy": of_labels(metrics.accuracy_score),
    "balanced_accuracy": of_labels(metrics.balanced_accuracy_score),
    **AVERAGED,
    "matthews_corrcoef": of_labels(metrics.matthews_corrcoef),
    "average_precision": of_probabilities(metrics.average_precision_score),
    "roc_auc_ovr": of_probabilities(metrics.roc_auc_score, multi_class="ovr"),
    "roc_auc_ovr_weighted": of_probabilities(metrics.roc_auc_score, multi_class="ovr", average="weighted"),
    "neg_log_loss": lambda y, p, w: -metrics.log_loss(y, p, sample_weight=w),
    "neg_brier_score": lambda y, p, w: -of_probabilities(metrics.brier_score_loss)(y, p, w),
    "d2_log_loss_score": lambda y, p, w: metrics.d2_log_loss_score(y, p, sample_weight=w),
    "d2_brier_score": of_probabilities(metrics.d2_brier_score),
}
OVO = {
    "roc_auc_ovo": lambda y, p: metrics.roc_auc_score(y, p, multi_class="ovo"),
    "roc_auc_ovo_weighted": lambda y, p: metrics.roc_auc_score(y, p, multi_class="ovo", average="weighted"),
}
TWO = {name: of_labels(getattr(metrics, f"{name}_score")) for name in ("f1", "precision", "recall", "jaccard")}
TWO["roc_auc"] = of_probabilities(metrics.roc_auc_score)
THREE_OR_MORE = {"top_k_accuracy": of_probabilities(metrics.top_k_accuracy_score)}
REGRESSION = {
    "r2": of_values(metrics.r2_score),
    "explained_variance": of_values(metrics.explained_variance_score),
    "d2_absolute_error_score": of_values(metrics.d2_absolute_error_score),
    "neg_mean_squared_error": lambda y, v, w: -np.average((v - y) ** 2, weights=w),
    "neg_root_mean_squared_error": lambda y, v, w: -np.sqrt(np.average((v - y) ** 2, weights=w)),
    "neg_mean_absolute_error": lambda y, v, w: -np.average(np.abs(v - y), weights=w),
    "neg_median_absolute_error": lambda y, v, w: -metrics.median_absolute_error(y, v, sample_weight=w),
    "neg_mean_absolute_percentage_error": lambda y, v, w: -np.average(np.abs(v - y) / y, weights=w),
    "neg_mean_squared_log_error": lambda y, v, w: -np.average((np.log1p(v) - np.log1p(y)) ** 2, weights=w),
    "neg_root_mean_squared_log_error": lambda y, v, w: (
        -np.sqrt(np.average((np.log1p(v) - np.log1p(y)) ** 2, weights=w))
    ),
    "neg_mean_poisson_deviance": lambda y, v, w: -metrics.mean_poisson_deviance(y, v, sample_weight=w),
    "neg_mean_gamma_deviance": lambda y, v, w: -metrics.mean_gamma_deviance(y, v, sample_weight=w),
    "neg_max_error": lambda y, v, w: -np.abs(v - y)[np.ones(len(y), bool) if w is None else w > 0].max(),
}
CASES = [
    *((name, function, CLASSES, THREE) for name, function in {**CLASSIFICATION, **THREE_OR_MORE}.items()),
    *((name, function, CLASSES % 2, THREE[:, :2]) for name, function in {**CLASSIFICATION, **TWO}.items()),
    *((name, function, VALUES, FOUND) for name, function in REGRESSION.items()),
]


def normalised(p):
    return p / p.sum(axis=1, keepdims=True) if p.ndim == 2 else p


@pytest.mark.parametrize(
    ("name", "function", "y", "outputs"), CASES, ids=[f"{name}-{out.shape[1:]}" for name, _, _, out in CASES]
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["alike", "weighted"])
def test_a_metric_is_scikit_learns(name, function, y, outputs, weight):
    outputs = normalised(outputs)
    classes = outputs.shape[1] if outputs.ndim == 2 else 0
    expected = function(y, outputs, weight)
    assert metric(name, classes).score(y, outputs, weight) == pytest.approx(expected, rel=1e-9)
    assert metric(name, classes).score(y.tolist(), outputs.astype(np.float32)) == pytest.approx(
        function(y, outputs, None), rel=1e-4
    )


@pytest.mark.parametrize("name", OVO)
def test_one_against_one_has_no_weights(name):
    of = metric(name, 3)
    assert of.score(CLASSES, THREE) == of.score(CLASSES, THREE, np.full(N, 2.5)) == OVO[name](CLASSES, THREE)
    some = np.arange(N) % 2
    assert of.score(CLASSES, THREE, some) == OVO[name](CLASSES[some > 0], THREE[some > 0])
    with pytest.raises(
        ValueError, match=f"{name} cannot be used with weights, and there are 1.0 to 3.0. Try roc_auc_ovr"
    ):
        of.score(CLASSES, THREE, WEIGHT)
    two = normalised(THREE[:, :2])
    expected = metrics.roc_auc_score(CLASSES % 2, two[:, 1], sample_weight=WEIGHT)
    assert metric(name, 2).score(CLASSES % 2, two, WEIGHT) == pytest.approx(expected)


def test_every_metric_is_tested_and_known_to_scikit_learn():
    tested = {
        "classes": {*CLASSIFICATION, *OVO},
        "two classes": {*TWO},
        "three or more classes": {*THREE_OR_MORE},
        "numbers": {*REGRESSION},
    }
    assert {kind: set(names) for kind, names in METRICS.items()} == tested
    assert {name for names in METRICS.values() for name in names} <= set(metrics.get_scorer_names())


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_the_better_outputs_have_the_greater_score(classes):
    y = CLASSES % classes if classes else VALUES
    good = np.eye(classes)[y] * 0.9 + 0.1 / classes if classes else VALUES * 1.001
    bad = good[:, ::-1] if classes else VALUES * 1.5
    for name in fitting(classes):
        of = metric(name, classes)
        assert of.score(y, good) > of.score(y, bad), name
        if name.startswith("neg_"):
            assert of.score(y, good) <= 0, name


def test_the_second_class_is_the_positive_one():
    y, labels = np.array([1, 1, 1, 0]), np.array([1, 0, 0, 0])
    outputs = np.eye(2)[labels]
    assert metric("recall", 2).score(y, outputs) == pytest.approx(1 / 3)
    assert metric("precision", 2).score(y, outputs) == 1
    assert metric("accuracy", 2).score(y, np.full((4, 2), 0.5)) == 0.25  # of equals the first class


def test_values_may_be_a_column():
    assert metric("r2", 0).score(VALUES, FOUND[:, None]) == metric("r2", 0).score(VALUES, FOUND)


def test_rows_of_weight_0_do_not_count():
    outputs, y, values = THREE.copy(), CLASSES.copy(), FOUND.copy()
    outputs[0], y[0], values[0] = np.nan, 2, np.inf
    weight = np.r_[0.0, WEIGHT[1:]]
    assert metric("neg_log_loss", 3).score(y, outputs, weight) == pytest.approx(
        -metrics.log_loss(y[1:], THREE[1:], sample_weight=WEIGHT[1:])
    )
    assert metric("neg_max_error", 0).score(VALUES, values, weight) == -np.abs(FOUND - VALUES)[weight > 0].max()


def test_sums_of_probabilities_may_be_rounded():
    for name in ("neg_log_loss", "neg_brier_score", "roc_auc_ovr"):
        of = metric(name, 3)
        assert of.score(CLASSES, 1.0001 * THREE) == pytest.approx(of.score(CLASSES, THREE), rel=1e-12)


def test_classes_may_be_absent():
    y, p = np.array([0, 1, 1]), np.array([[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.2, 0.1, 0.7]])
    assert metric("neg_log_loss", 3).score(y, p) == pytest.approx(np.log([0.7, 0.5, 0.1]).mean())
    assert metric("neg_brier_score", 3).score(y, p) == pytest.approx(-((p - np.eye(3)[y]) ** 2).sum(axis=1).mean())
    assert metric("top_k_accuracy", 3).score(y, p) == pytest.approx(2 / 3)
    assert metric("accuracy", 3).score(y, p) == pytest.approx(2 / 3)
    assert np.isnan(metric("roc_auc_ovr", 3).score(y, p))


@pytest.mark.parametrize(
    ("name", "classes", "y", "outputs"),
    [
        ("roc_auc", 2, [1, 1], [[0.2, 0.8], [0.4, 0.6]]),
        ("roc_auc_ovr", 3, [1, 1], np.full((2, 3), 1 / 3)),
        ("roc_auc_ovo", 3, [1, 1], np.full((2, 3), 1 / 3)),
        ("average_precision", 3, [0, 1], np.full((2, 3), 1 / 3)),
        ("accuracy", 2, np.zeros(0, int), np.zeros((0, 2))),
        ("accuracy", 2, [0, 1], [[np.nan, 0.5], [0.5, 0.5]]),
        ("r2", 0, [1.0], [2.0]),
        ("r2", 0, [1.0, 2.0], [2.0, np.inf]),
        ("neg_root_mean_squared_log_error", 0, [1.0, 2.0], [2.0, -1.5]),
        ("neg_mean_gamma_deviance", 0, [1.0, 2.0], [2.0, 0.0]),
    ],
)
def test_what_is_not_defined_is_nan(name, classes, y, outputs):
    assert np.isnan(metric(name, classes).score(y, outputs))


@pytest.mark.parametrize(
    ("name", "classes", "said"),
    [
        ("roc_auc", 3, "'roc_auc' is for two classes, and the target holds 3 classes. Did you mean 'roc_auc_ovr'"),
        ("top_k_accuracy", 2, "'top_k_accuracy' is for three or more classes, and the target holds 2 classes."),
        ("r2", 2, "'r2' is for numbers, and the target holds 2 classes. Choose one of: accuracy,"),
        ("accuracy", 0, "'accuracy' is for classes, and the target holds numbers. Choose one of: r2, explained"),
        ("acuracy", 3, r"There is no metric 'acuracy'. Did you mean 'accuracy'\? Choose one of: accuracy, bal"),
        ("rmse", 0, "There is no metric 'rmse'. Choose one of: r2, .*neg_root_mean_squared_error"),
        ("adjusted_rand_score", 2, "There is no metric 'adjusted_rand_score'."),
    ],
)
def test_a_metric_must_fit(name, classes, said):
    with pytest.raises(ValueError, match=said):
        metric(name, classes)


@pytest.mark.parametrize(
    ("classes", "y", "outputs", "weight", "said"),
    [
        (2, [0, 1], np.zeros((2, 3)), None, r"must be \[N\] and \[N, O\], not y \(2,\) and outputs \(2, 3\)"),
        (2, [0, 1], np.zeros((3, 2)), None, "must be"),
        (0, [0, 1], np.zeros((2, 2)), None, r"y and outputs must be \[N\], not"),
        (2, [0, 2], np.zeros((2, 2)), None, "whole numbers from 0 to 1, not int64 from 0 to 2"),
        (2, [-1, 1], np.zeros((2, 2)), None, "from 0 to 1, not int64 from -1 to 1"),
        (2, [0.5, 1], np.zeros((2, 2)), None, "not float64 from 0.5 to 1.0"),
        (2, [0, 1], np.zeros((2, 2)), [1, -1], "finite and ≥ 0, and reach from -1.0 to 1.0"),
        (2, [0, 1], np.zeros((2, 2)), [1, np.nan], "finite and ≥ 0"),
        (2, [0, 1], np.zeros((2, 2)), [1], r"one for each of 2 rows, and have the shape \(1,\)"),
    ],
)
def test_what_cannot_be_scored(classes, y, outputs, weight, said):
    with pytest.raises(ValueError, match=said):
        metric("accuracy" if classes else "r2", classes).score(y, outputs, weight)


def test_default_metrics():
    assert (default_metric("classification"), default_metric("regression")) == ("accuracy", "r2")
    with pytest.raises(ValueError, match="There is no task 'clustering'"):
        default_metric("clustering")


# Baselines


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")  # no row is given the other class
@pytest.mark.parametrize("name", fitting(2))
def test_baselines_of_classes_are_scikit_learns(name):
    train, test = CLASSES[:40] % 2, CLASSES[40:] % 2
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((40, 1)), train, WEIGHT[:40])
    expected = metrics.get_scorer(name)(dummy, np.zeros((20, 1)), test, sample_weight=WEIGHT[40:])
    assert baseline(metric(name, 2), prior(2, train, WEIGHT[:40]), test, WEIGHT[40:]) == pytest.approx(expected)


@pytest.mark.parametrize("name", [name for name in fitting(0) if name != "neg_max_error"])
def test_baselines_of_numbers_are_scikit_learns(name):
    train, test = VALUES[:40], VALUES[40:]
    dummy = DummyRegressor().fit(np.zeros((40, 1)), train, WEIGHT[:40])
    expected = metrics.get_scorer(name)(dummy, np.zeros((20, 1)), test, sample_weight=WEIGHT[40:])
    assert baseline(metric(name, 0), prior(0, train, WEIGHT[:40]), test, WEIGHT[40:]) == pytest.approx(expected)
    dummy.fit(np.zeros((40, 1)), train)
    expected = metrics.get_scorer(name)(dummy, np.zeros((20, 1)), test)
    assert baseline(metric(name, 0), prior(0, train), test) == pytest.approx(expected)
