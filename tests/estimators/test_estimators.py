"""What the estimators promise beyond scikit-learn's checks. Most tables have one shape, so that programs are shared."""

import pickle
from types import SimpleNamespace

import jax
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from schuss.estimators import MLPClassifier, MLPRegressor, PopulationClassifier, PopulationRegressor, inputs, mlp
from schuss.estimators.arrange import MOST_REPEATED, arrange
from schuss.estimators.population import estimator_of
from schuss.layers import PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling
from schuss.optimizers import SGD, Adam
from schuss.schedules import Cosine, WarmUp
from schuss.space import Space

X, Y = load_iris(return_X_y=True)
X, VALUE = X[:, :3], X[:, 3]
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
SHUFFLED = np.random.default_rng(0).permutation(len(X))
SMALL = Space(hidden_layer_sizes=[(100,)], activation=["relu"], batch_size=[150], dropout=[0.0], l2=[0.0])
"""A population whose members share a program."""

KINDS = {
    "MLPClassifier": (MLPClassifier, Y),
    "MLPRegressor": (MLPRegressor, VALUE),
    "PopulationClassifier": (PopulationClassifier, Y),
    "PopulationRegressor": (PopulationRegressor, VALUE),
}


def made(name, **parameters):
    """A quick estimator of this kind, and its target."""
    kind, y = KINDS[name]
    quick = {"epochs": 5, "random_state": 0}
    if "Population" in name:
        quick |= {"members": 3, "space": SMALL, "folds": 1}
    return kind(**quick | parameters), y


def outputs(estimator, x=X):
    return estimator.predict_proba(x) if hasattr(estimator, "predict_proba") else estimator.predict(x)


each = pytest.mark.parametrize("name", KINDS)
both = pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
populations = pytest.mark.parametrize("name", ["PopulationClassifier", "PopulationRegressor"])


# Learning


@each
def test_learns_without_being_told_anything(name):
    kind, y = KINDS[name]
    half = SHUFFLED[:75], SHUFFLED[75:]
    parameters = {"members": 3, "space": SMALL} if "Population" in name else {}
    fitted = kind(random_state=0, **parameters).fit(X[half[0]], y[half[0]])
    assert fitted.score(X[half[1]], y[half[1]]) > 0.85


@each
def test_same_rows_same_bits_whatever_their_order_and_however_they_are_counted(name):
    estimator, y = made(name)
    weight = np.random.default_rng(1).integers(0, 4, len(X))
    weighted = outputs(estimator.fit(X, y, sample_weight=weight))
    repeated = SHUFFLED.repeat(weight[SHUFFLED])
    assert np.array_equal(weighted, outputs(estimator.fit(X[repeated], y[repeated])))
    assert not np.array_equal(weighted, outputs(estimator.fit(X, y)))


@both
def test_weights_that_are_no_counts_shift_what_is_learned(name):
    estimator, y = made(name, epochs=600)
    wrong = (np.arange(len(X)) % 2).astype(bool)
    y = np.where(wrong, (y + 1) % 3 if y.dtype.kind == "i" else 5.0, y)
    right = [estimator.fit(X, y, np.where(wrong, w, 0.7)).score(X[~wrong], y[~wrong]) for w in (0.01, 0.7)]
    assert right[0] > 0.8 > right[1]


def test_rows_are_repeated_only_as_long_as_the_table_stays_moderate():
    table = pa.table({"x": [1.0, 2.0, 3.0]})
    rows, weight = arrange(table, np.array([MOST_REPEATED * 2.0, 0, 0]))
    assert (sorted(rows), weight.tolist()) == ([0], [MOST_REPEATED * 2])
    rows, weight = arrange(table, np.array([MOST_REPEATED * 2 - 1.0, 1, 0]))
    assert (np.bincount(rows).tolist(), weight) == ([MOST_REPEATED * 2 - 1, 1], None)
    rows, weight = arrange(table, np.array([0.5, 0, 2]))
    assert sorted(zip(rows.tolist(), weight.tolist(), strict=True)) == [(0, 0.5), (2, 2.0)]


@pytest.mark.parametrize("name", ["MLPClassifier", "PopulationClassifier"])
def test_class_weights(name):
    rare = np.r_[np.arange(50, 100), np.arange(100, 105)]  # 50 versicolor, 5 virginica
    noise = X[rare] + np.random.default_rng(0).normal(0, 2, (len(rare), 3))

    def found(class_weight):
        estimator, _ = made(name, class_weight=class_weight, epochs=100)
        return estimator.fit(noise, NAMES[rare]).predict_proba(noise)[:, 1].mean()

    plain, balanced = found(None), found("balanced")
    assert balanced > plain + 0.1
    assert found({"versicolor": 0.55, "virginica": 5.5}) == pytest.approx(balanced, abs=0.02)
    assert found({"virginica": 0.1}) < plain


def test_smoothed_labels_make_probabilities_soft():
    plain, soft = (made("MLPClassifier", label_smoothing=share, epochs=200)[0].fit(X, Y) for share in (0.0, 0.3))
    assert plain.predict_proba(X).max(axis=1).mean() > soft.predict_proba(X).max(axis=1).mean() + 0.1
    assert soft.predict_proba(X).max() < 0.95  # 1 − 0.3 + 0.3/3 is the share that the cost asks for
    assert soft.score(X, Y) > 0.9
    assert soft.model_.parts[0].member.label_smoothing == soft.get_params()["label_smoothing"] == 0.3
    assert clone(soft).label_smoothing == 0.3
    population, _ = made("PopulationClassifier", members=1)
    population.set_params(space__label_smoothing=[0.3])
    assert population.fit(X, Y).leaderboard_[0]["label_smoothing"] == 0.3


def test_the_curve_begins_with_the_cost_of_the_first_weights():
    fitted = made("MLPClassifier", epochs=3)[0].fit(X, Y)
    part = fitted.model_.parts[0]
    (w, b), (v, c) = [(p["W"], p["b"]) for p in part.network.initialize(part.member.seed) if p]
    z = np.maximum(part.encoding.features(table_of(X)) @ w + b, 0) @ v + c
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert fitted.loss_curve_[0] == pytest.approx(log_loss(Y, p), rel=1e-4)
    assert len(fitted.loss_curve_) == fitted.n_iter_ == 3
    assert fitted.loss_curve_[0] > fitted.loss_curve_[-1]
    assert (fitted.validation_scores_, fitted.best_validation_score_) == (None, None)


@both
def test_early_stopping(name):
    estimator, y = made(name, epochs=300, validation_fraction=0.2, patience=3, optimizer=Adam(0.03))
    fitted = estimator.fit(X, y)
    scores = fitted.validation_scores_
    assert len(scores) == fitted.n_iter_ == len(fitted.loss_curve_) < 300
    assert fitted.best_validation_score_ == max(scores)
    assert scores.index(max(scores)) < fitted.n_iter_ - 1
    assert fitted.set_params(patience=300).fit(X, y).n_iter_ == 300


# Going on


@both
def test_partial_fits_are_a_fit_in_pieces(name):
    estimator, y = made(name, epochs=4, optimizer=Adam(0.01))
    whole = outputs(estimator.fit(X, y))
    pieces = clone(estimator)
    given = {"classes": [0, 1, 2]} if name == "MLPClassifier" else {}
    for _ in range(3):
        pieces.partial_fit(X, y, **given)
    kept = pickle.loads(pickle.dumps(pieces)).partial_fit(X, y)
    np.testing.assert_allclose(outputs(kept), whole, rtol=1e-3)
    assert (kept.n_iter_, len(kept.loss_curve_)) == (4, 4)
    pieces._ending = pieces._ending._replace(optimizer=None)  # Adam begins anew: another step
    assert np.abs(outputs(pieces.partial_fit(X, y)) - whole).max() > 1e-3


def test_a_schedule_is_for_whole_fits():
    estimator = made("MLPClassifier", schedule=lambda alpha, t, epoch, steps: np.zeros(len(t)))[0].fit(X, Y)
    assert np.ptp(estimator.loss_curve_) < 1e-5
    estimator.partial_fit(X, Y).partial_fit(X, Y)
    assert estimator.loss_curve_[-1] < estimator.loss_curve_[0] - 1e-3


def test_partial_fit_knows_classes_that_are_still_to_come():
    estimator = made("MLPClassifier")[0].partial_fit(X[:100], NAMES[:100], classes=np.unique(NAMES))
    assert estimator.predict_proba(X).shape == (150, 3)
    estimator.partial_fit(X[100:101], NAMES[100:101])
    assert estimator.n_iter_ == 2
    with pytest.raises(ValueError, match=r"y must hold classes among .*, and 'rose' is none of them"):
        estimator.partial_fit(X[:1], ["rose"])
    with pytest.raises(ValueError, match="classes must be those of the first call"):
        estimator.partial_fit(X[:1], NAMES[:1], classes=["rose", "setosa"])
    with pytest.raises(ValueError, match="classes must be given in the first call of partial_fit"):
        MLPClassifier().partial_fit(X, Y)


@both
def test_warm_start_goes_on_and_a_cold_one_does_not(name):
    estimator, y = made(name, epochs=4, optimizer=Adam(0.01))
    whole = outputs(estimator.fit(X, y))
    assert np.array_equal(outputs(estimator.fit(X, y)), whole)
    warm = clone(estimator).set_params(epochs=2, warm_start=True).fit(X, y)
    encoding = warm.model_.encoding
    assert warm.fit(X[:75], y[:75]).model_.encoding is encoding or warm.model_.encoding == encoding
    twice = clone(warm).fit(X, y).fit(X, y)
    np.testing.assert_allclose(outputs(twice), whole, rtol=1e-3)
    assert (twice.n_iter_, len(twice.loss_curve_)) == (4, 4)


def test_a_callback_is_told_how_training_goes():
    steps = []
    made("MLPClassifier", epochs=7)[0].fit(X, Y, callback=lambda progress: steps.append(progress.steps))
    assert steps[-1] == 7


@pytest.mark.parametrize("name", ["MLPClassifier", "PopulationRegressor"])
def test_an_interrupted_fit_keeps_what_it_has(name):
    estimator, y = made(name, epochs=10**7)
    seen = []

    def interrupt(progress):
        seen.append(progress.steps)
        if seen[-1] > 0 and max(seen[:-1], default=0) == 0:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match=r"interrupted after \d+ epochs"):
        estimator.fit(X, y, callback=interrupt)
    assert 0 < estimator.n_iter_ < 10**7
    assert np.isfinite(outputs(estimator)).all()


def test_a_fit_interrupted_before_it_began(monkeypatch):
    monkeypatch.setattr(mlp, "train", lambda *_, **__: [SimpleNamespace(weights=None)])
    with pytest.raises(KeyboardInterrupt):
        MLPClassifier().fit(X, Y)


def test_a_training_that_diverges_says_so():
    estimator = made("MLPRegressor", optimizer=SGD(1e9), epochs=50)[0]
    with pytest.warns(ConvergenceWarning, match=r"diverged at step \d+; lower the learning rate"):
        estimator.fit(X, VALUE)
    assert np.isfinite(estimator.predict(X)).all()


# Parameters


def test_fields_of_objects_are_parameters():
    estimator = MLPClassifier(optimizer=Adam(0.01), schedule=WarmUp(after=Cosine()))
    assert estimator.get_params()["optimizer__beta_1"] == 0.9
    estimator.set_params(optimizer__learning_rate=0.5, schedule__after__final=0.1, epochs=3)
    assert estimator.optimizer == Adam(0.5)
    assert estimator.schedule == WarmUp(after=Cosine(final=0.1))
    assert clone(estimator).get_params() == estimator.get_params()
    assert "optimizer__beta_1" not in estimator.get_params(deep=False)


def test_names_stand_for_objects():
    estimator = MLPClassifier().set_params(optimizer__learning_rate=0.5)
    assert estimator.optimizer == Adam(0.5)
    assert estimator.set_params(optimizer="sgd", optimizer__momentum=0.9).optimizer == SGD(momentum=0.9)
    population = PopulationRegressor().set_params(space__optimizer=["adam"])
    assert population.space == Space(optimizer=["adam"])


@pytest.mark.parametrize("key", ["size", "optimizer__momentum", "epochs__x", "schedule__after__final"])
def test_unknown_parameters(key):
    with pytest.raises(ValueError, match=f"Invalid parameter '{key}'"):
        MLPClassifier().set_params(**{key: 1})


def test_grid_search_over_nested_parameters():
    estimator = made("MLPClassifier", optimizer=Adam(), epochs=20)[0]
    rates = {"optimizer__learning_rate": [1e-9, 0.02]}
    search = GridSearchCV(
        make_pipeline(StandardScaler(), estimator), {f"mlpclassifier__{k}": v for k, v in rates.items()}, cv=3
    )
    search.fit(X, Y)
    assert search.best_params_ == {"mlpclassifier__optimizer__learning_rate": 0.02}
    assert search.best_score_ > 0.8


@each
def test_cloning_and_showing(name):
    estimator, y = made(name, random_state=7)
    twin = clone(estimator)
    assert repr(twin) == repr(estimator)
    assert "random_state=7" in repr(estimator)
    assert np.array_equal(outputs(twin.fit(X, y)), outputs(estimator.fit(X, y)))
    page = estimator._repr_html_()
    assert "random_state" in page
    assert "sk-estimator" in page


@each
def test_pickling(name):
    estimator, y = made(name)
    fitted = estimator.fit(X, y)
    assert np.array_equal(outputs(pickle.loads(pickle.dumps(fitted))), outputs(fitted))


@both
def test_waves_ramps_and_scales_stand_in_front_where_they_are_asked_for(name):
    given = {"frequencies": 4, "frequency_scale": 0.5, "bins": 3, "embedding_speed": 2.0, "scaling_speed": 9.0}
    estimator, y = made(name, **given)
    assert estimator.get_params().items() >= given.items()
    assert clone(estimator).get_params() == estimator.get_params()
    fitted = estimator.fit(X, y)
    front = fitted.model_.parts[0].network.layers[:3]
    waves, ramps = PeriodicEmbedding(3, (0, 1, 2), 4), PiecewiseLinearEmbedding(12, (0, 1, 2), 3)
    assert front == (waves, ramps, Scaling(21))
    assert [(front[0].scale, front[0].speed), front[1].speed, front[2].speed] == [(0.5, 2.0), 2.0, 9.0]
    assert [W.shape[0] for W in fitted.coefs_] == [21, 100]
    assert np.array_equal(outputs(pickle.loads(pickle.dumps(fitted))), outputs(fitted))
    assert outputs(fitted.partial_fit(X, y)).shape == outputs(made(name)[0].fit(X, y)).shape


@populations
def test_numbers_and_levels_are_encoded_as_they_are_in_the_command(name):
    frame = pd.DataFrame({"width": X[:, 0], "street": [f"street {k % 30}" for k in range(len(X))]})
    estimator, y = made(name, numeric="quantile", category_statistics=True)
    assert clone(estimator).get_params() == estimator.get_params()
    kinds = [
        {type(feature).__name__ for feature in one.fit(frame, y).model_.encoding.inputs}
        for one in (estimator, made(name)[0])
    ]
    assert kinds == [{"Quantile", "Embedded", "TargetMean"}, {"Scaled", "Embedded"}]


# What goes in


def table_of(x):
    return pa.table({f"x{i}": x[:, i] for i in range(x.shape[1])})


@each
def test_sparse_matrices_are_the_arrays_they_stand_for(name):
    estimator, y = made(name)
    x = np.where(X > 3, X, 0).astype(np.float32)
    whole = outputs(estimator.fit(x, y), x)
    for form in (sparse.csr_array, sparse.coo_matrix):
        assert np.array_equal(outputs(estimator.fit(form(x), y), form(x)), whole)


def test_a_sparse_matrix_too_large_to_be_dense(monkeypatch):
    monkeypatch.setattr(inputs, "free_bytes", lambda: 1000)
    with pytest.raises(MemoryError, match=r"150 rows of 3 columns need 0.0 GiB of 0.0 GiB. Reduce the columns"):
        MLPClassifier().fit(sparse.csr_array(X), Y)


COLOR = np.array(["red", "blue", None], object)[np.arange(len(X)) % 3]
WIDTH = np.where(np.arange(len(X)) % 7 == 0, np.nan, X[:, 0])


@pytest.mark.parametrize("name", ["MLPClassifier", "PopulationRegressor"])
def test_frames_are_tables_with_columns_of_any_kind(name):
    estimator, y = made(name)
    columns = {"width": WIDTH, "color": COLOR, "blooms": Y == 1}
    pandas = pd.DataFrame(columns)
    polars = pl.DataFrame(columns, strict=False).with_columns(pl.col("width").fill_nan(None))
    whole = outputs(estimator.fit(pandas, pd.Series(y)), pandas)
    assert estimator.feature_names_in_.tolist() == ["width", "color", "blooms"]
    assert estimator.n_features_in_ == 3
    assert np.array_equal(outputs(estimator, polars), whole)
    assert np.array_equal(outputs(estimator.fit(polars, pl.Series(y)), polars), whole)
    assert np.array_equal(outputs(estimator.fit(pa.table(pandas), y), pandas), whole)
    with pytest.raises(ValueError, match="Feature names unseen at fit time:\n- colour"):
        estimator.predict(pandas.rename(columns={"color": "colour"}))


def test_columns_of_arrays_are_numbers_whatever_they_look_like():
    days = 20240301 + np.arange(len(X)) % 28
    named = pd.DataFrame({"a": days, "b": X[:, 0], "c": X[:, 1]})
    kinds = [made("MLPClassifier")[0].fit(x, Y).model_.encoding.plan()[0].kind for x in (named, named.to_numpy())]
    assert kinds == ["date", "number"]


def test_a_frame_without_names_is_an_array():
    array = outputs(made("MLPClassifier")[0].fit(X, Y))
    frame = made("MLPClassifier")[0].fit(pd.DataFrame(X), Y)
    assert np.array_equal(outputs(frame, pd.DataFrame(X)), array)
    assert not hasattr(frame, "feature_names_in_")


def test_names_and_arrays_may_meet():
    named = pd.DataFrame(X, columns=["a", "b", "target"])
    estimator = made("MLPClassifier")[0].fit(named, Y)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        assert np.array_equal(outputs(estimator, X), outputs(estimator, named))
    estimator.fit(X, Y)
    with pytest.warns(UserWarning, match="X has feature names"):
        assert np.array_equal(outputs(estimator, X), outputs(estimator, named))


@pytest.mark.parametrize(
    "labels",
    [
        NAMES,
        NAMES.astype(object),
        pd.Series(NAMES, dtype="category"),
        pl.Series(NAMES),
        Y * 2.0,
        Y.astype(np.uint8),
        (Y > 0),
    ],
    ids=["text", "objects", "categories", "polars", "floats", "bytes", "booleans"],
)
def test_labels_come_out_as_they_went_in(labels):
    estimator = made("MLPClassifier", epochs=None)[0].fit(X, labels)
    found = estimator.predict(X)
    assert found.dtype == np.asarray(labels).dtype
    assert np.mean(found == np.asarray(labels)) > 0.9
    assert estimator.classes_.tolist() == sorted(set(np.asarray(labels).tolist()))


@pytest.mark.parametrize("name", ["MLPClassifier", "PopulationClassifier"])
def test_several_labels_a_row_are_learned_one_by_one(name):
    _, y = make_multilabel_classification(len(X), n_classes=3, random_state=0)
    y[:, 2] = 0  # a label that no row has
    estimator = made(name, epochs=100)[0].fit(X, y)
    alone = clone(estimator).fit(X, y[:, 0])
    proba = estimator.predict_proba(X)
    assert np.array_equal(proba[:, 0], alone.predict_proba(X)[:, 1])
    assert np.array_equal(estimator.predict(X), proba > 0.5)
    assert (proba[:, 2] < 0.5).all()
    assert np.array_equal(estimator.fit(X, sparse.csr_array(y)).predict_proba(X), proba)
    assert not hasattr(estimator, "model_")
    assert not hasattr(estimator.fit(X, Y), "estimators_")
    with pytest.raises(ValueError, match="not multiclass-multioutput targets"):
        estimator.fit(X, np.c_[Y, Y])


def test_several_labels_in_pieces():
    y = np.c_[Y == 0, Y == 1].astype(int)
    estimator = made("MLPClassifier", optimizer=Adam(0.03))[0]
    for _ in range(30):
        estimator.partial_fit(X, y, classes=[0, 1])
    assert np.mean(estimator.predict(X)[:, 0] == y[:, 0]) == 1
    assert estimator.estimators_[1].n_iter_ == 30
    with pytest.raises(ValueError, match="y must have 2 columns, not 3"):
        estimator.partial_fit(X, np.c_[y, y[:, 0]])


# What comes out


def test_weights_are_those_of_the_network():
    fitted = made("MLPClassifier", hidden_layer_sizes=(100,))[0].fit(X, Y)
    assert [w.shape for w in fitted.coefs_] == [(3, 100), (100, 3)]
    (w, v), (b, c) = fitted.coefs_, fitted.intercepts_
    z = np.maximum(fitted.model_.encoding.features(table_of(X)) @ w + b, 0) @ v + c
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    np.testing.assert_allclose(fitted.predict_proba(X), p, atol=1e-6)
    np.testing.assert_allclose(fitted.predict_log_proba(X), np.log(p), atol=1e-5)


def test_export_to_pytorch():
    torch = pytest.importorskip("torch")
    one, _ = made("MLPClassifier")
    features = torch.from_numpy(one.fit(X, Y).model_.encoding.features(table_of(X)))
    network = one.to_torch()
    assert isinstance(network, torch.nn.Sequential)
    np.testing.assert_allclose(network(features).softmax(1).detach(), one.predict_proba(X), atol=1e-6)
    blend, _ = made("PopulationRegressor")
    blend.fit(X, VALUE)
    features = torch.from_numpy(blend.model_.encoding.features(table_of(X)))
    np.testing.assert_allclose(blend.to_torch()(features).detach(), blend.predict(X), atol=1e-6)


def test_export_to_onnx():
    runtime = pytest.importorskip("onnxruntime")
    estimator, _ = made("MLPRegressor")
    graph = estimator.fit(X, VALUE).to_onnx()
    session = runtime.InferenceSession(graph.SerializeToString())
    (found,) = session.run(["value"], {f"x{i}": X[:, i] for i in range(3)})
    np.testing.assert_allclose(found, estimator.predict(X), atol=1e-5)


def test_what_is_not_fitted_predicts_and_exports_nothing():
    for method in (MLPClassifier().to_torch, PopulationRegressor().to_onnx, lambda: MLPRegressor().predict(X)):
        with pytest.raises(NotFittedError):
            method()


# Populations


@populations
def test_the_leaderboard_tells_who_is_in_the_blend(name):
    estimator, y = made(name, members=5)
    estimator.fit(X, y)
    board = estimator.leaderboard_
    assert [row["rank"] for row in board] == [1, 2, 3, 4, 5]
    assert [row["score"] for row in board] == sorted((row["score"] for row in board), reverse=True)
    assert sum(row["share"] for row in board) == pytest.approx(1, abs=1e-5)
    assert len(estimator.model_.parts) == sum(row["share"] > 0 for row in board)
    assert estimator.best_validation_score_ >= board[0]["score"]
    assert estimator.n_iter_ == len(estimator.loss_curve_) == len(estimator.validation_scores_) == board[0]["epochs"]


@populations
def test_a_population_becomes_one_network(name):
    metric = "neg_log_loss" if "Classifier" in name else "r2"
    blend, y = made(name, folds=2, epochs=60, metric=metric)
    one = clone(blend).set_params(distil=True).fit(X, y)
    blend.fit(X, y)
    assert len(one.model_.parts) == 1 < len(blend.model_.parts)
    assert [row["score"] for row in one.leaderboard_] == [row["score"] for row in blend.leaderboard_]
    assert one.best_validation_score_ != blend.best_validation_score_
    assert one.score(X, y) > blend.score(X, y) - 0.1


def test_populations_by_folds_metric_and_combination():
    space = Space(**vars(SMALL) | {"optimizer": ["adam"], "learning_rate": [1e-6, 0.03]})
    estimator = made("PopulationClassifier", members=None, space=space, folds=3, metric="neg_log_loss")[0].fit(X, Y)
    assert [row["learning_rate"] for row in estimator.leaderboard_] == [0.03, 1e-6]
    assert estimator.best_validation_score_ < 0
    assert len(estimator.model_.parts) in (3, 6)


@pytest.mark.parametrize(("rows", "folds"), [(9, 1), (10, 5), (2000, 5), (2001, 1)])
def test_small_tables_are_folded(rows, folds):
    assert PopulationClassifier()._folds(rows) == folds
    assert PopulationClassifier(folds=3)._folds(rows) == 3


def test_an_estimator_around_a_model():
    frame = pd.DataFrame({"width": WIDTH, "color": COLOR})
    for name, target in (("PopulationClassifier", NAMES), ("PopulationRegressor", VALUE)):
        fitted = made(name)[0].fit(frame, target)
        again = estimator_of(fitted.model_)
        assert np.array_equal(again.predict(frame), fitted.predict(frame))
        assert type(again) is type(fitted)
        assert again.feature_names_in_.tolist() == ["width", "color"]


# Compiling


@pytest.mark.parametrize("name", ["MLPClassifier", "PopulationRegressor"])
def test_another_number_of_rows_in_the_same_range_compiles_nothing(name):
    def one_rule():  # which rules a blend has, and so those of its program, depends on the rows
        estimator, y = made(name)
        return estimator.set_params(space__optimizer=["adam"]) if "Population" in name else estimator, y

    estimator, y = one_rule()
    estimator.fit(X, y).predict(X)
    compiled = []
    count = lambda event, seconds, **_: compiled.append(event) if "backend_compile" in event else None  # noqa: E731
    jax.monitoring.register_event_duration_secs_listener(count)
    try:
        for rows in (149, 147):
            one_rule()[0].fit(X[-rows:], y[-rows:]).predict(X[:5])
        assert compiled == []
        one_rule()[0].fit(X[:20], np.arange(20) % 2)
        assert compiled  # so that they are known to be counted
    finally:
        jax.monitoring.unregister_event_duration_listener(count)


# Errors


@pytest.mark.parametrize(
    ("parameters", "x", "y", "said"),
    [
        ({"epochs": 0}, X, Y, "epochs must be a whole number of at least 1, not 0"),
        ({"epochs": 2.5}, X, Y, "epochs must be a whole number of at least 1, not 2.5"),
        ({"patience": 0}, X, Y, "patience must be a whole number of at least 1, not 0"),
        ({"optimizer": "adma"}, X, Y, "There is no optimizer 'adma'. Did you mean 'adam'?"),
        ({"hidden_layer_sizes": (0,)}, X, Y, "hidden_layer_sizes must be a whole number ≥ 1, not 0"),
        ({"validation_fraction": 1.0}, X, Y, "validation and test must be ≥ 0 and less than 1 together"),
        ({"frequencies": -1}, X, Y, "frequencies must be a whole number ≥ 0, not -1"),
        ({"embedding_speed": 0}, X, Y, r"embedding_speed must be in \[1e-06, inf\), not 0"),
        ({"class_weight": "even"}, X, Y, "class_weight must be 'balanced' or one weight a class, not 'even'"),
        (
            {"class_weight": {7: 1}},
            X,
            Y,
            r"class_weight must name classes among \(0, 1, 2\), and \[7\] are none of them",
        ),
        ({}, np.where(X > 6, np.nan, X), Y, "Input X contains NaN"),
        ({}, np.where(X > 6, np.inf, X), Y, "Input X contains infinity"),
        ({}, sparse.dok_array(np.where(X > 6, np.nan, X)), Y, "Input X contains NaN"),
        ({}, X[:1], Y[:1], "a minimum of 2 is required"),
        ({}, pd.DataFrame({"a": [1.0]}), Y[:1], r"X must have at least 2 rows, not 1 sample\(s\)"),
        ({}, X, Y[:9], "inconsistent numbers of samples"),
        ({}, X, Y * 0, "y must hold at least two classes, and holds one class, 0"),
        ({}, np.ones((9, 2)), np.arange(9) % 2, "There is no feature beside the target"),
    ],
    ids=lambda value: value.replace(" ", "-")[:40] if isinstance(value, str) else None,
)
def test_errors(parameters, x, y, said):
    with pytest.raises(ValueError, match=said):
        MLPClassifier(**parameters).fit(x, y)


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (-np.ones(150), "from -1.0 to -1.0"),
        (np.full(150, np.nan), "from nan to nan"),
        (np.zeros(150), "not all zero"),
        ([1], "shape"),
    ],
    ids=["negative", "nan", "zero", "shape"],
)
def test_weights_must_count_every_row(weight, said):
    with pytest.raises(ValueError, match=f"sample_weight must be one number ≥ 0 for each of 150 rows.*{said}"):
        MLPRegressor().fit(X, VALUE, sample_weight=weight)


def test_losses_must_fit():
    with pytest.raises(ValueError, match="loss 'cross_entropy': This loss does not fit the target"):
        MLPRegressor(loss="cross_entropy").fit(X, VALUE)
    with pytest.raises(ValueError, match="There is no encoding of numbers 'rank'"):
        PopulationRegressor(numeric="rank").fit(X, VALUE)
    with pytest.raises(ValueError, match="members must be a whole number of at least 1, not 0"):
        PopulationRegressor(members=0).fit(X, VALUE)
