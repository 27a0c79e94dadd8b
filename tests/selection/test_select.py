"""From trials, made without training, to a model: who is ranked how, what is blended, when calibration is let in."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, r2_score, recall_score
from sklearn.utils.class_weight import compute_sample_weight

from schuss.engine import train as engine
from schuss.engine.history import History
from schuss.engine.memory import Room
from schuss.engine.train import Progress
from schuss.engine.trial import BestEpoch, Trial
from schuss.member import Member
from schuss.selection.blending import blend
from schuss.selection.dataset import DataSet
from schuss.selection.fold import weights_of
from schuss.selection.metrics import metric
from schuss.selection.plan import Plan
from schuss.selection.select import BLENDED, select_members
from schuss.selection.selection import Selection
from schuss.tables import Encoding

N = 150
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N, 3))
NOISE = RANDOM.normal(size=N)
TARGETS = {
    0: 100 + 20 * (X[:, 0] - X[:, 1] + NOISE),
    2: np.where(X[:, 0] - X[:, 1] + NOISE > 0, "yes", "no"),
    3: np.array(["x", "y", "z"])[(X[:, 0] > -0.4).astype(int) + (X[:, 1] > 0.3)],
}
"""Number of classes → target; none for numbers."""
WEIGHT = RANDOM.integers(0, 4, N).astype(np.float64)

MEASURES = {
    "accuracy": lambda y, p, w: accuracy_score(y, p.argmax(1), sample_weight=w),
    "f1_macro": lambda y, p, w: f1_score(y, p.argmax(1), average="macro", sample_weight=w),
    "neg_log_loss": lambda y, p, w: -log_loss(y, p, sample_weight=w),
    "recall": lambda y, p, w: recall_score(y, p.argmax(1), sample_weight=w),
    "r2": lambda y, p, w: r2_score(y, p, sample_weight=w),
    "neg_mean_absolute_error": lambda y, p, w: -mean_absolute_error(y, p, sample_weight=w),
}


def table(classes):
    return pa.table({**dict(zip("abc", X.T, strict=True)), "y": TARGETS[classes]})


@cache
def make(classes, k=1, weighted=False, class_weight=None, validation=0.4):
    """The table in folds, encoded; class weights by label as pairs."""
    weight = WEIGHT if weighted else None
    class_weight = dict(class_weight) if isinstance(class_weight, tuple) else class_weight
    labels, codes = np.unique(TARGETS[classes], return_inverse=True) if classes else ((), None)
    task = "classification" if classes else "regression"
    data = DataSet(table(classes), "y", task, tuple(map(str, labels)), codes, weight=weight)
    plan = Plan(folds=k, validation=validation, numeric="standard", class_weight=class_weight)
    return [data.fold(split, plan) for split in data.splits(plan)]


def members(count):
    """Perceptrons without hidden layers, one a seed."""
    return [Member((), seed=seed) for seed in range(count)]


class Train:
    """Stands in for training: weights that the seed draws, with some truth in them, and what else a test asks for.

    Args:
        scale: of the weights: large ones are too sure of themselves.
        truth: share of the weights that knows the answer.
        changes: (fold, seed) → fields of the trial.
    """

    def __init__(self, scale=1.0, truth=0.5, **changes):
        self.scale, self.truth = scale, truth
        self.changes = {tuple(map(int, key.split("_")[1:])): fields for key, fields in changes.items()}
        self.calls = []

    def __call__(self, members, training, validation, **options):
        fold = len(self.calls)
        self.calls.append(options | {"training": training, "validation": validation})
        trials = []
        for member in members:
            network = member.build(3, training.outputs, classification=training.outputs > 1)
            random = np.random.default_rng([fold, member.seed])
            W = random.normal(size=(3, training.outputs))
            W[:, -1] += self.truth * np.array([1, -1, 0])
            weights = ({"W": (self.scale * W).astype(np.float32), "b": np.zeros(W.shape[1], np.float32)},)
            known = {
                "status": "done",
                "t": 4,
                "best": BestEpoch(0.5, 0.25, 1),
                "history": History(),
                "weights": weights,
            }
            known |= {"batch_size": 8, "loss": "cross_entropy", "steps": 4, "per_epoch": 2, "patience": 9}
            trials.append(Trial(member, network, **known | self.changes.get((fold, member.seed), {})))
        if options["callback"]:
            options["callback"](Progress(trials, Room(1, "why")))
        return trials


@pytest.fixture
def chosen(monkeypatch):
    """Select among members that a `Train` has made."""

    def choose(train, made, name, count=6, **options) -> Selection:
        monkeypatch.setattr(engine, "train", train)
        given = {name: options.pop(name) for name in ("weight", "callback") if name in options}
        plan, asked = Plan(epochs=2, **options), metric(name, len(made[0].encoding.classes))
        return select_members(members(count), made, asked, plan, **given)

    return choose


def truth_of(found):
    """Targets of the validation rows of all folds, and their places in the table."""
    rows = np.concatenate([fold.rows for fold in found.folds])
    y = TARGETS[len(found.folds[0].encoding.classes)][rows]
    return (np.unique(y, return_inverse=True)[1] if y.dtype.kind == "U" else y), rows


def outputs_of(found, place):
    """What a member gives for the validation rows, fold by fold, by its network alone."""
    parts = found.candidates[place].parts(found.folds)
    features = [fold.encoding.features(table(len(fold.encoding.classes)).take(fold.rows)) for fold in found.folds]
    return np.concatenate([part.outputs(x) for part, x in zip(parts, features, strict=True)])


# Ranking


@pytest.mark.parametrize(
    ("classes", "name", "weight", "k"),
    [
        (3, "accuracy", WEIGHT, 3),
        (3, "f1_macro", None, 1),
        (2, "neg_log_loss", WEIGHT, 1),
        (2, "recall", None, 3),
        (0, "r2", WEIGHT, 3),
        (0, "neg_mean_absolute_error", WEIGHT, 1),
    ],
    ids=["accuracy", "f1", "log loss", "recall", "r2", "absolute error"],
)
def test_members_are_ranked_by_the_metric_of_what_they_say_of_rows_they_have_not_seen(chosen, classes, name, weight, k):
    made = make(classes, k, weight is not None)
    found = chosen(Train(), made, name, weight=weight)
    y, rows = truth_of(found)
    assert len(np.unique(rows)) == len(rows) == (N if k > 1 else 60)
    w = None if weight is None else weight[rows]
    scores = [MEASURES[name](y, outputs_of(found, place), w) for place in range(6)]
    np.testing.assert_allclose([candidate.score for candidate in found.candidates], scores, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(np.array(scores)[list(found.order)], sorted(scores, reverse=True))
    assert [len(candidate.trials) for candidate in found.candidates] == [k] * 6


def test_training_sees_the_training_rows_and_is_validated_on_the_others(chosen):
    made, train = make(3, 3, True), Train()
    chosen(train, made, "accuracy", weight=WEIGHT)
    for fold, call in zip(made, train.calls, strict=True):
        assert (len(call["training"].x), len(call["validation"].x)) == (100, 50)
        np.testing.assert_array_equal(call["validation"].x, fold.encoding.features(table(3).take(fold.rows)))
        np.testing.assert_array_equal(call["validation"].weight, WEIGHT[fold.rows])
        assert (call["training"].outputs, call["training"].embeddings, call["epochs"]) == (3, (), 2)


@pytest.mark.parametrize(
    ("classes", "name", "by"),
    [(3, "accuracy", "cost"), (0, "r2", "score"), (3, "f1_macro", "cost"), (0, "neg_max_error", "cost")],
)
def test_the_best_epoch_is_found_by_the_metric_where_the_engine_knows_it(chosen, classes, name, by):
    train = Train()
    chosen(train, make(classes), name)
    assert train.calls[0]["best_epoch_by"] == by


def test_members_that_failed_come_last_and_have_no_part_in_the_model(chosen):
    """Of six: one diverged late, one early, one was never trained, one says NaN."""
    nowhere = {"best": BestEpoch()}
    nan = ({"W": np.full((3, 3), np.nan, np.float32), "b": np.zeros(3, np.float32)},)
    train = Train(
        fold_0_0={"diverged_at": 3, "status": "diverged"},
        fold_0_1={"diverged_at": 9, "status": "diverged"},
        fold_0_2={"weights": None, "status": "interrupted", **nowhere},
        fold_0_3={"weights": nan, **nowhere},
    )
    found = chosen(train, make(3), "accuracy")
    assert set(found.order[:2]) == {4, 5}
    assert found.order[2] == 3
    assert set(found.order[3:5]) == {0, 1}
    assert found.order[5] == 2
    assert set(found.blended) == {4, 5}
    assert math.isnan(found.candidates[2].score)
    assert math.isnan(found.candidates[3].score)
    assert {place for place, _ in found.shares()} <= {4, 5}
    assert np.isfinite(found.model.outputs(table(3))).all()


def test_members_that_diverged_in_one_fold_are_no_part_of_the_model(chosen):
    found = chosen(Train(fold_1_2={"diverged_at": 3, "status": "diverged"}), make(3, 3), "accuracy")
    assert found.order[-1] == 2
    assert 2 not in found.blended
    assert found.candidates[2].diverged_at == 3


def test_where_all_diverged_the_best_of_them_are_taken(chosen):
    changes = {f"fold_0_{seed}": {"diverged_at": seed + 1, "status": "diverged"} for seed in range(6)}
    found = chosen(Train(**changes), make(3), "accuracy")
    assert found.candidates[found.order[0]].score == max(candidate.score for candidate in found.candidates)
    assert set(found.blended) == set(range(6))


def test_without_a_score_the_best_is_the_one_with_the_lowest_cost(chosen):
    costs = {f"fold_0_{seed}": {"best": BestEpoch(-math.inf, cost, 1)} for seed, cost in enumerate([3.0, 1.0, 2.0])}
    found = chosen(Train(**costs), make(3, validation=0.0), "accuracy", count=3)
    assert found.order == (1, 2, 0)
    assert (found.blend, found.calibration, found.outputs) == (None, None, None)
    assert found.shares() == [(1, 1.0)]
    np.testing.assert_array_equal(found.model.outputs(table(3)), found.best.outputs(table(3)))


def test_a_metric_that_is_not_defined_on_the_rows_leaves_the_order_to_the_costs(chosen):
    made = make(2)
    (fold,) = made
    few = fold.rows[np.asarray(fold.validation.y) == 0]
    one_class = type(fold.validation)(*(a[fold.validation.y == 0] for a in (fold.validation.x, fold.validation.y)))
    costs = {f"fold_0_{seed}": {"best": BestEpoch(0.5, cost, 1)} for seed, cost in enumerate([3.0, 1.0])}
    found = chosen(Train(**costs), (replace(fold, validation=one_class, rows=few),), "roc_auc", count=2)
    assert [math.isnan(candidate.score) for candidate in found.candidates] == [True, True]
    assert (found.order, found.blend) == ((1, 0), None)


# The model


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize(("classes", "name"), [(3, "neg_log_loss"), (2, "accuracy"), (0, "r2")])
def test_the_blend_is_a_mean_that_is_never_worse_than_the_best_member(chosen, classes, name, k):
    made = make(classes, k)
    found = chosen(Train(0.7), made, name)
    y, _ = truth_of(found)
    shares = found.shares()
    assert sum(share for _, share in shares) == pytest.approx(1)
    blend = sum(share * outputs_of(found, place) for place, share in shares)
    assert found.blend.score == pytest.approx(MEASURES[name](y, blend, None))
    assert found.blend.score >= max(candidate.score for candidate in found.candidates)
    temperature = found.calibration.temperature if classes else 1
    powers = blend ** (1 / temperature)
    expected = powers / powers.sum(axis=1, keepdims=True) if classes else blend
    np.testing.assert_allclose(found.outputs[0], expected, rtol=1e-4)
    np.testing.assert_allclose(found.outputs[1], outputs_of(found, found.order[0]), rtol=1e-6)
    assert len(found.model.parts) == k * len(shares)
    assert len(found.best.parts) == k
    assert sum(part.share for part in found.model.parts) == pytest.approx(1)


@pytest.mark.parametrize("class_weight", [None, (("no", 3.0),)])
def test_of_blends_the_likeliest_is_taken_where_scores_count_rows(chosen, class_weight):
    """The score weighs rows alone, the likelihood classes, too: as training did. The path tells scores."""
    found = chosen(Train(truth=0.9), make(2, 1, True, class_weight), "accuracy", count=8, weight=WEIGHT)
    y, rows = truth_of(found)
    outputs, w = [outputs_of(found, place) for place in found.blended], WEIGHT[rows]
    trained_with = w * np.where((y == 0) & (class_weight is not None), 3, 1)

    def score(p):
        return MEASURES["accuracy"](y, p, w)

    expected = blend(outputs, lambda p: MEASURES["neg_log_loss"](y, p, trained_with), score).shares
    np.testing.assert_allclose(found.blend.shares, expected)
    assert np.abs(blend(outputs, score).shares - expected).max() > 0.1
    assert found.blend.score == pytest.approx(score(np.tensordot(expected, np.stack(outputs), 1)))
    assert found.blend.path[0].score == pytest.approx(score(outputs[found.blend.path[0].member]))


def test_the_model_gives_for_the_validation_rows_what_chose_it(chosen):
    found = chosen(Train(5.0), make(3), "neg_log_loss")
    assert len(found.shares()) > 1
    rows = table(3).take(found.folds[0].rows)
    np.testing.assert_allclose(found.model.outputs(rows), found.outputs[0], rtol=1e-6)
    np.testing.assert_allclose(found.best.outputs(rows), found.outputs[1], rtol=1e-6)


def test_at_most_sixteen_members_may_enter_the_blend(chosen):
    found = chosen(Train(), make(3), "accuracy", count=20)
    assert found.blended == found.order[:BLENDED]
    assert len(found.blended) == BLENDED == 16


def test_probabilities_are_calibrated_only_where_it_helps(chosen):
    """Weights eight times too large are too sure of themselves."""
    sure = chosen(Train(8.0, 3.0), make(2), "neg_log_loss")
    assert len(sure.shares()) > 1
    assert sure.calibration.helps
    assert sure.calibration.temperature > 1.5
    assert sure.model.temperature == sure.calibration.temperature
    y, _ = truth_of(sure)
    blend = sum(share * outputs_of(sure, place) for place, share in sure.shares())
    before = -np.log(blend[np.arange(len(y)), y]).mean()
    assert log_loss(y, sure.outputs[0]) < before == pytest.approx(sure.calibration.before, rel=1e-5)
    np.testing.assert_array_equal(sure.outputs[0].argmax(axis=1), blend.argmax(axis=1))


def test_what_needs_no_calibration_gets_none(chosen):
    """With the very weights of the logistic regression of these rows there is nothing to gain."""
    from sklearn.linear_model import LogisticRegression

    made = make(2)
    (fold,) = made
    known = LogisticRegression(C=np.inf).fit(fold.validation.x, fold.validation.y)
    W = np.hstack([np.zeros((3, 1)), known.coef_.T]).astype(np.float32)
    b = np.array([0, known.intercept_[0]], np.float32)
    found = chosen(Train(fold_0_0={"weights": ({"W": W, "b": b},)}), made, "accuracy", count=1)
    assert found.calibration.helps is False
    assert found.model.temperature == found.calibration.temperature == 1
    assert found.calibration.before == pytest.approx(log_loss(fold.validation.y, outputs_of(found, 0)), rel=1e-5)


def test_numbers_are_not_calibrated(chosen):
    found = chosen(Train(), make(0), "r2")
    assert (found.calibration, found.model.temperature) == (None, 1.0)


# Interrupted


def test_a_fold_that_was_interrupted_before_anything_was_trained_is_left_out(chosen):
    nothing = {"weights": None, "status": "interrupted", "best": BestEpoch(), "t": 0}
    train = Train(**{f"fold_1_{seed}": nothing for seed in range(6)})
    found = chosen(train, make(3, 3), "accuracy")
    assert found.interrupted
    assert len(train.calls) == 2
    assert len(found.folds) == 1
    assert all(candidate.trained for candidate in found.candidates)
    assert len(found.model.parts) == len(found.shares())


def test_what_is_trained_of_an_interrupted_fold_is_kept(chosen):
    nothing = {"weights": None, "status": "interrupted", "best": BestEpoch(), "t": 0}
    train = Train(fold_1_0={"status": "interrupted"}, fold_1_1={"status": "interrupted"}, fold_1_2=nothing)
    found = chosen(train, make(3, 3), "accuracy", count=3)
    assert found.interrupted
    assert (len(train.calls), len(found.folds)) == (2, 2)
    assert [candidate.trained for candidate in found.candidates] == [True, True, False]
    assert found.order[-1] == 2
    assert set(found.blended) == {0, 1}


def test_interrupted_before_anything_was_trained(chosen):
    nothing = {"weights": None, "status": "interrupted", "best": BestEpoch(), "t": 0}
    found = chosen(Train(**{f"fold_0_{seed}": nothing for seed in range(6)}), make(3, 3), "accuracy")
    assert (found.interrupted, found.blend, found.outputs) == (True, None, None)
    assert not any(candidate.trained for candidate in found.candidates)


def test_the_callback_is_told_of_folds_and_of_earlier_trials(chosen):
    told = []
    found = chosen(Train(), make(3, 3), "accuracy", count=2, callback=told.append)
    seen = [(progress.fold, progress.folds, len(progress.earlier)) for progress in told]
    assert seen == [(0, 3, 0), (1, 3, 2), (2, 3, 4)]
    earlier = [candidate.trials[fold] for fold in range(2) for candidate in found.candidates]
    assert list(map(id, told[-1].earlier)) == list(map(id, earlier))


# Folds and weights


def test_an_encoding_learns_from_the_training_rows_of_its_fold():
    made = make(0, 3)
    assert len({fold.encoding for fold in made}) == 3
    for fold in made:
        others = np.setdiff1d(np.arange(N), fold.rows)
        assert fold.encoding == Encoding.fit(table(0), "y", others, numeric="standard")
        assert fold.encoding.output.mean == pytest.approx(TARGETS[0][others].mean())
        np.testing.assert_allclose(fold.truth("validation"), TARGETS[0][fold.rows], rtol=1e-6)
        np.testing.assert_allclose(fold.truth("training"), TARGETS[0][others], rtol=1e-6)


@pytest.mark.parametrize("class_weight", ["balanced", (("x", 3.0), ("z", 0.25))], ids=["balanced", "by label"])
def test_class_weights_are_those_of_scikit_learn(class_weight):
    (fold,) = make(3, class_weight=class_weight)
    training = np.setdiff1d(np.arange(N), fold.rows)
    known = class_weight if class_weight == "balanced" else {"y": 1.0, **dict(class_weight)}
    expected = compute_sample_weight(known, TARGETS[3], indices=training if class_weight == "balanced" else None)
    expected = np.where(expected == 0, np.nan, expected)  # scikit-learn gives rows that are not among the indices 0
    np.testing.assert_allclose(fold.training.weight, expected[training])
    by_label = dict(zip(TARGETS[3][training], expected[training], strict=True))
    np.testing.assert_allclose(fold.validation.weight, [by_label[label] for label in TARGETS[3][fold.rows]])


def test_balanced_classes_weigh_alike_whatever_their_rows_weigh():
    (fold,) = make(3, weighted=True, class_weight="balanced")
    weight, y = np.asarray(fold.training.weight), np.asarray(fold.training.y)
    own = WEIGHT[np.setdiff1d(np.arange(N), fold.rows)]
    np.testing.assert_allclose(np.bincount(y, weight), own.sum() / 3)
    factors = weight[own > 0] / own[own > 0]
    assert all(len(np.unique(factors[y[own > 0] == k].round(12))) == 1 for k in range(3))


def test_without_weights_there_are_none():
    (fold,) = make(3)
    assert (fold.training.weight, fold.validation.weight) == (None, None)


@pytest.mark.parametrize(
    ("classes", "class_weight", "said"),
    [
        (0, "balanced", "class_weight must be left out for a regression: it has no classes"),
        (0, (("x", 1),), "class_weight must be left out for a regression: it has no classes"),
        (3, "equal", "class_weight must be 'balanced' or one weight a class, not 'equal'"),
        (3, (("x", 1), ("w", 2)), r"class_weight must name classes among .*, and \['w'\] are none of them"),
    ],
)
def test_class_weights_that_do_not_fit(classes, class_weight, said):
    with pytest.raises(ValueError, match=said):
        make(classes, class_weight=class_weight)


def test_a_class_that_no_training_row_has_gets_a_finite_weight():
    encoding = Encoding.fit(table(3), "y", np.arange(N))
    y = encoding.targets(table(3))
    found = weights_of(y, encoding, np.flatnonzero(y != 2), None, "balanced")
    assert np.isfinite(found).all()
