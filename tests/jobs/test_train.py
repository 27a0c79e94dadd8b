"""The main job: what is trained on what, who judges, and what is written down."""

import dataclasses
import json
import math
import re
from contextlib import nullcontext

import jax
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    mean_squared_error,
    r2_score,
)

import schuss
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.engine.trial import BestEpoch
from schuss.jobs.inspect import inspect
from schuss.jobs.run import Run
from schuss.jobs.train import judge_on_test, run
from schuss.member import Member
from schuss.runs import RowCounts
from schuss.selection.dataset import DataSet, DataSpec
from schuss.selection.plan import EFFORTS, Plan, default_epochs
from schuss.selection.refit import refit
from schuss.selection.select import require_losses, select
from schuss.space import Space
from schuss.tables import Encoding, InputError, Roles, fingerprint, load_builtin, split_table

SMALL = Space(hidden_layer_sizes=[(8,)], activation=["tanh"], dropout=[0.0], l2=[0.0])
"""One shape, so that every run on rows of a kind shares a program."""


def make_table(rows=120, noise=0.1):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=list("abc"))
    frame["y"] = 1000 + 50 * (frame.a - frame.b + noise * random.normal(size=rows))
    return frame


def members_and_scores(record):
    return [(member.description, member.score, member.cost, member.status) for member in record.members]


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """A run on the irises and where it is: few members, two seeds."""
    settings = DataSpec("iris"), Plan(space=SMALL, members=4, seeds=2, epochs=300, patience=5, random_state=3, test=0.2)
    return run(*settings, parent=tmp_path_factory.mktemp("iris") / "runs")


# What is judged, and on what


def score(judgement, name):
    return next(found for found in judgement.scores if found.metric == name)


@pytest.mark.slow
def test_the_default_run_on_digits_is_far_above_the_baseline(tmp_path):
    digits = run(DataSpec("digits"), Plan(test=0.2), parent=tmp_path)
    assert len(digits.selection.candidates) == 32
    assert digits.test.score.metric == "accuracy"
    assert digits.test.score.model >= 0.97
    assert digits.validation.score.model >= 0.98


@pytest.mark.slow
def test_the_digits_are_told_apart_whatever_the_random_state():
    """The mean over six states may fall short of 97.5 % by its standard error: one row of a test is 0.3 %."""
    data, found = DataSet.read(DataSpec("digits")), []
    for state in range(6):
        selection = select(data, Plan(members=16, test=0.2, random_state=state))
        judgement = judge_on_test(selection, data)
        assert judgement.score.metric == "accuracy"
        found.append(judgement.score.model)
    assert min(found) >= 0.955
    assert np.mean(found) + np.std(found, ddof=1) / math.sqrt(6) >= 0.975


def test_numbers_are_judged_in_their_own_unit_against_the_mean(tmp_path):
    settings = DataSpec("diabetes"), Plan(space=SMALL, members=4, epochs=60, test=0.2)
    judgement = (result := run(*settings, parent=tmp_path)).test
    table, target, _ = load_builtin("diabetes")
    parts = split_table(table, target, test=0.2)
    kept = Run(result.folder)
    y = table[target].to_numpy()
    true = y[parts.test]
    plain = np.full(len(true), y[parts.training].mean())
    assert judgement.score.metric == "r2"
    assert judgement.rows == len(true) == 88
    for model, field in ((kept.model, "model"), (kept.best, "best")):
        found = model.outputs(table)[parts.test]
        assert getattr(judgement.score, field) == pytest.approx(r2_score(true, found), abs=1e-5)
        rmse = getattr(score(judgement, "neg_root_mean_squared_error"), field)
        assert rmse == pytest.approx(-math.sqrt(mean_squared_error(true, found)), rel=1e-5)
    assert judgement.score.baseline == pytest.approx(r2_score(true, plain), abs=1e-5)
    assert judgement.score.model > judgement.score.baseline + 0.2
    assert sum(part.rows for part in judgement.errors) == 88
    assert judgement.confusion is None


def test_classes_are_judged_by_accuracy_against_the_majority(flowers):
    table, target, _ = load_builtin("iris")
    parts = split_table(table, target, test=0.2, random_state=3)
    kept = Run(flowers.folder)
    true, judgement = np.array(table[target].to_pylist()), flowers.test
    found = np.array(kept.model.labels(kept.model.outputs(table)))
    assert judgement.score.model == accuracy_score(true[parts.test], found[parts.test])
    counts = pd.Series(true[parts.training]).value_counts()
    assert judgement.score.baseline == (true[parts.test] == counts.index[0]).mean()
    expected = confusion_matrix(true[parts.test], found[parts.test])
    np.testing.assert_array_equal(judgement.confusion, expected)
    assert (judgement.errors, judgement.rows) == (None, 30)


@pytest.mark.parametrize("again", [False, True])
def test_the_model_is_judged_on_the_validation_rows_before_they_teach_it(tmp_path, flowers, again):
    table, target, _ = load_builtin("iris")
    parts = split_table(table, target, test=0.2, random_state=3)
    settings = DataSpec("iris"), Plan(space=SMALL, members=4, seeds=2, epochs=300, patience=5, random_state=3, test=0.2)
    result = flowers if again else run(settings[0], dataclasses.replace(settings[1], refit=False), parent=tmp_path)
    kept, (before,) = Run(result.folder), result.selection.folds
    assert result.validation == flowers.validation
    assert flowers.validation.score.model >= flowers.validation.score.best
    taught_by = np.sort(np.concatenate([parts.training, parts.validation])) if again else parts.training
    assert kept.model.encoding == Encoding.fit(table, target, taught_by)
    assert (kept.model.encoding == before.encoding) == (not again)
    if not again:
        true = np.array(table[target].to_pylist())[parts.validation]
        found = np.array(kept.model.labels(kept.model.outputs(table)))[parts.validation]
        assert result.validation.score.model == accuracy_score(true, found)
    assert (kept.record.refit is not None) == again


def test_networks_are_trained_again_as_they_would_be_alone(tmp_path):
    """On all rows but the test rows, for as many epochs as were best, with the whole schedule in them."""
    space = dataclasses.replace(SMALL, optimizer=["adam"], learning_rate=[0.3], schedule=["cosine"])
    result = run(DataSpec("wine"), Plan(space=space, members=2, seeds=2, epochs=300, test=0.2), parent=tmp_path)
    table, target, _ = load_builtin("wine")
    parts = split_table(table, target, test=0.2)
    rows = np.sort(np.concatenate([parts.training, parts.validation]))
    encoding = Encoding.fit(table, target, rows)
    x, y = encoding.features(table)[rows], encoding.targets(table)[rows]
    selection, kept = result.selection, Run(result.folder)
    places = [selection.order[0], *(place for place, _ in selection.shares())]
    assert set(selection.refitted.trials) == set(places)
    assert min(trial.epochs for trial in selection.refitted.trials.values()) < 300
    for place, part in zip(places, [*kept.best.parts, *kept.model.parts], strict=True):
        before = selection.candidates[place].trials[0]
        member = dataclasses.replace(before.member, batch_size=len(rows))
        (trial,) = train([member], Table(x, y, outputs=3), epochs=before.best.epoch + 1)
        assert trial.epochs == before.best.epoch + 1
        for found, expected in zip(jax.tree.leaves(part.weights), jax.tree.leaves(trial.weights), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_networks_that_fit_all_rows_worse_than_before_are_not_taken(tmp_path, monkeypatch):
    """Their places alone keep the networks from before."""

    def spoil(*args, **options):
        trials = train(*args, **options)
        for trial in trials[-count:]:
            trial.ending = trial.ending._replace(weights=jax.tree.map(np.zeros_like, trial.ending.weights))
        return trials

    settings = DataSpec("iris"), Plan(space=SMALL, members=6, epochs=60, metric="neg_log_loss")
    whole = run(*settings, parent=tmp_path).selection.refitted
    assert len(whole.trials) > 1
    monkeypatch.setattr("schuss.selection.refit.train", spoil)
    count = 1
    result = run(*settings, parent=tmp_path)
    spoilt = list(whole.trials)[-1]
    assert list(result.selection.refitted.trials) == list(whole.trials)[:-1]
    kept = Run(result.folder)
    assert kept.record.model.again == tuple(whole.trials)[:-1]
    assert [part.encoding == kept.record.folds[0].fitted for part in kept.model.parts].count(True) == 1
    assert result.selection.candidates[spoilt].trials[0].weights is not None
    table, _, _ = load_builtin("iris")
    np.testing.assert_allclose(kept.model.outputs(table), result.selection.model.outputs(table), rtol=1e-6)
    count = len(whole.trials)
    spoilt = run(*settings, parent=tmp_path).selection
    assert (spoilt.refitted, spoilt.interrupted) == (None, False)


def test_nothing_is_trained_again_where_there_is_nothing_to_go_by(tmp_path):
    """With folds, without validation rows, and for a member that diverged before the end of its first epoch."""
    settings = DataSpec("iris"), Plan(space=SMALL, members=2, epochs=5)
    for changed in ({"folds": 2}, {"validation": 0.0}, {"refit": False}):
        result = run(settings[0], dataclasses.replace(settings[1], **changed), parent=tmp_path)
        assert result.selection.refitted is None
        assert json.loads((result.folder / "run.json").read_text())["refit"] is None
    selection = result.selection
    assert refit(selection, selection.folds[0]).refitted is not None
    selection.candidates[selection.order[0]].trials[0].best = BestEpoch()
    assert refit(selection, selection.folds[0]) is selection


@pytest.mark.parametrize("status", ["interrupted", "diverged"])
def test_what_was_chosen_is_kept_where_training_again_fails(tmp_path, monkeypatch, status):
    def fail(*args, **options):
        trials = train(*args, **options)
        trials[-1].status = status
        return trials

    monkeypatch.setattr("schuss.selection.refit.train", fail)
    result = run(DataSpec("iris"), Plan(space=SMALL, members=2, epochs=5), parent=tmp_path)
    assert (result.interrupted, result.selection.refitted) == (status == "interrupted", None)
    kept, (before,) = Run(result.folder), result.selection.folds
    assert kept.model.encoding == before.encoding
    assert kept.record.interrupted == (status == "interrupted")


def test_test_rows_are_used_by_nothing_before_they_judge(tmp_path):
    frame = make_table()
    parts = split_table(pa.Table.from_pandas(frame), "y", test=0.2)
    assert sorted(np.concatenate(parts)) == list(range(len(frame)))
    other = frame.copy()
    other.loc[parts.test, ["a", "b", "c"]] *= -30
    other.loc[parts.test, "y"] += 5000
    results = []
    for name, table in (("one", frame), ("other", other)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        settings = DataSpec(str(tmp_path / f"{name}.csv"), "y"), Plan(space=SMALL, members=4, epochs=20, test=0.2)
        results.append(run(*settings, parent=tmp_path / "runs"))
    one, same = (Run(result.folder) for result in results)
    for file in ("members.safetensors", "history.parquet"):
        assert (one.folder / file).read_bytes() == (same.folder / file).read_bytes()
    assert one.model.encoding == same.model.encoding
    for what in ("ranking", "model", "validation", "prior"):
        assert getattr(one.record, what) == getattr(same.record, what)
    assert members_and_scores(one.record) == members_and_scores(same.record)
    assert one.record.fingerprint != same.record.fingerprint
    assert results[0].test.score.model > 0.5 > results[1].test.score.model


def test_without_being_asked_no_row_is_kept_apart(tmp_path):
    result = run(DataSpec("iris"), Plan(space=SMALL, members=1, epochs=2), parent=tmp_path)
    assert result.test is None
    assert result.validation.rows == 30
    fold = result.selection.folds[0]
    assert (len(fold.training.x), len(fold.validation.x)) == (120, 30)


def test_folds_validate_every_row_and_share_the_model(tmp_path):
    """Three folds: each row is predicted by the network that has not seen it, and all three make the model."""
    table, target, _ = load_builtin("iris")
    settings = DataSpec("iris"), Plan(space=SMALL, members=4, epochs=60, folds=3)
    result = run(*settings, parent=tmp_path)
    selection, kept = result.selection, Run(result.folder)
    assert result.validation.rows == 150
    assert sorted(np.concatenate([fold.rows for fold in selection.folds])) == list(range(150))
    assert [len(candidate.trials) for candidate in selection.candidates] == [3] * 4
    best = selection.candidates[selection.order[0]]
    true, found = np.array(table[target].to_pylist()), np.empty(150, dtype=object)
    for fold, part in zip(selection.folds, best.parts(selection.folds), strict=True):
        outputs = part.outputs(fold.encoding.features(table.take(fold.rows)))
        found[fold.rows] = fold.encoding.labels(outputs.argmax(axis=1))
    assert best.score == accuracy_score(true, found)
    assert len(kept.best.parts) == 3
    assert len({id(part.encoding) for part in kept.model.parts}) == 3
    assert kept.record.folds[0].training_rows == 100
    np.testing.assert_allclose(kept.model.outputs(table), selection.model.outputs(table), rtol=1e-6)


def test_two_classes_can_have_one_output(tmp_path):
    space = dataclasses.replace(SMALL, loss=["binary_cross_entropy"])
    result = run(DataSpec("xor"), Plan(space=space, members=4, epochs=60, test=0.2), parent=tmp_path)
    kept = Run(result.folder)
    table, target, _ = load_builtin("xor")
    parts = split_table(table, target, test=0.2)
    probabilities = kept.model.outputs(table)[parts.test]
    assert kept.best.parts[0].weights[-1]["W"].shape == (8, 1)
    assert probabilities.shape == (80, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert result.test.score.model == (probabilities.argmax(axis=1) == table[target].to_numpy()[parts.test]).mean()
    assert result.test.score.model > 0.7


def test_members_of_one_run_may_differ_in_their_loss(tmp_path):
    space = dataclasses.replace(SMALL, loss=["cross_entropy", "binary_cross_entropy"])
    result = run(DataSpec("xor"), Plan(space=space, epochs=20), parent=tmp_path)
    trials = [candidate.trials[0] for candidate in result.selection.candidates]
    outputs = {trial.loss: trial.weights[-1]["W"].shape[1] for trial in trials}
    assert outputs == {"cross_entropy": 2, "binary_cross_entropy": 1}
    best = result.selection.order[0]
    assert Run(result.folder).best.parts[0].network == trials[best].network


@pytest.mark.parametrize("metric", ["neg_log_loss", "f1", "balanced_accuracy"])
def test_the_metric_ranks_the_members(tmp_path, metric):
    """By validation predictions, measured by scikit-learn; each member's epoch is then that of the lowest cost."""
    table, target, _ = load_builtin("xor")
    result = run(DataSpec("xor"), Plan(space=SMALL, members=6, epochs=20, metric=metric), parent=tmp_path)
    selection = result.selection
    (fold,) = selection.folds
    y = table[target].to_numpy()[fold.rows]
    scores = []
    for candidate in selection.candidates:
        p = candidate.outputs(selection.folds)
        label = p.argmax(axis=1)
        measures = {
            "neg_log_loss": -log_loss(y, p),
            "f1": f1_score(y, label),
            "balanced_accuracy": balanced_accuracy_score(y, label),
        }
        scores.append(measures[metric])
        history = candidate.trials[0].history
        assert candidate.trials[0].best.epoch == history.validation_costs.argmin()
    np.testing.assert_allclose([candidate.score for candidate in selection.candidates], scores, rtol=1e-6)
    assert scores[selection.order[0]] == max(scores)
    assert result.validation.score.metric == metric


def test_a_table_of_four_rows_is_trained_on(tmp_path):
    make_table(4).to_csv(tmp_path / "t.csv", index=False)
    settings = DataSpec(str(tmp_path / "t.csv"), "y"), Plan(space=SMALL, members=1, epochs=2, test=0.2)
    result = run(*settings, parent=tmp_path / "runs")
    assert result.test.rows == 1
    assert (result.test.score.model, result.test.score.baseline) == (None, None)
    assert score(result.test, "neg_mean_absolute_error").model < 0
    assert Run(result.folder).record.rows == RowCounts(table=4, without_target=0, test=1)


def test_a_population_that_diverges_is_kept_and_judged(tmp_path):
    space = dataclasses.replace(SMALL, optimizer=["sgd"], learning_rate=[1e20], scaling_speed=[0.0])
    result = run(DataSpec("diabetes"), Plan(space=space, members=4, epochs=60, test=0.2), parent=tmp_path)
    assert all(candidate.diverged_at is not None for candidate in result.selection.candidates)
    assert Run(result.folder).record.test.score.model == result.test.score.model


def test_a_model_without_finite_predictions_is_kept_and_says_so(tmp_path):
    """Inputs that are scaled by 1e20 once more overflow."""
    space = dataclasses.replace(SMALL, optimizer=["sgd"], learning_rate=[1e20], scaling_speed=[60.0])
    result = run(DataSpec("diabetes"), Plan(space=space, members=4, epochs=60, test=0.2), parent=tmp_path)
    assert (result.test.score.model, result.test.errors) == (None, ())
    assert Run(result.folder).record.test == result.test
    assert "there are no finite predictions" in (result.folder / "report.html").read_text()


# Weights, classes, groups, time


def test_a_row_of_weight_0_teaches_nothing_and_judges_nothing(tmp_path):
    frame = make_table()
    frame["w"] = np.where(np.arange(len(frame)) % 3 == 0, 0.0, 1.0)
    other = frame.copy()
    other.loc[other.w == 0, "y"] = 1000.0
    outcomes = []
    for table in (frame, other):
        table.to_csv(tmp_path / "t.csv", index=False)
        roles = Roles(weight="w")
        settings = DataSpec(str(tmp_path / "t.csv"), "y", roles=roles), Plan(space=SMALL, members=1, epochs=5)
        outcomes.append(run(*settings, parent=tmp_path / "runs"))
    (one, other) = (outcome.selection.candidates[0].trials[0] for outcome in outcomes)
    assert "w" not in outcomes[0].selection.best.encoding.feature_names
    # Targets are standardised with all rows' mean and scale, which differ; the R² that weighs rows does not see them.
    assert one.history.costs[0] != other.history.costs[0]
    y = frame.y.to_numpy()[outcomes[0].selection.folds[0].rows]
    w = frame.w.to_numpy()[outcomes[0].selection.folds[0].rows]
    found = outcomes[0].selection.candidates[0].outputs(outcomes[0].selection.folds)
    assert outcomes[0].validation.score.best == pytest.approx(r2_score(y, found, sample_weight=w), rel=1e-6)


def test_balanced_classes_weigh_alike(tmp_path):
    random = np.random.default_rng(0)
    y = (random.random(300) < 0.1).astype(int)
    frame = pd.DataFrame({"a": random.normal(size=300) + y, "b": random.normal(size=300), "y": y})
    frame.to_csv(tmp_path / "t.csv", index=False)
    recalls = {}
    for class_weight in (None, "balanced"):
        settings = (
            DataSpec(str(tmp_path / "t.csv"), "y"),
            Plan(space=SMALL, members=1, epochs=40, class_weight=class_weight),
        )
        result = run(*settings, parent=tmp_path / "runs")
        (fold,) = result.selection.folds
        confusion = np.array(result.validation.confusion)
        recalls[class_weight] = confusion[1, 1] / confusion[1].sum()
    assert recalls["balanced"] > recalls[None]
    weight, classes = fold.training.weight, fold.training.y
    assert weight[classes == 0].sum() == pytest.approx(weight[classes == 1].sum())
    assert weight.sum() == pytest.approx(len(weight))


def test_groups_stay_together_and_the_latest_rows_are_kept_apart(tmp_path):
    frame = make_table()
    frame["who"] = [f"p{k % 12}" for k in range(len(frame))]
    frame["day"] = pd.date_range("2024-01-01", periods=len(frame)).strftime("%Y-%m-%d")[::-1]
    frame.to_csv(tmp_path / "t.csv", index=False)
    path = str(tmp_path / "t.csv")
    (parts,) = DataSet.read(DataSpec(path, "y", roles=Roles(group="who"))).splits(Plan(test=0.2))
    found = [set(frame.who.iloc[part]) for part in parts]
    assert sum(map(len, found)) == 12
    assert all(found)
    (parts,) = DataSet.read(DataSpec(path, "y", roles=Roles(time="day"))).splits(Plan(test=0.2))
    training, validation, test = ([frame.day.iloc[row] for row in part] for part in parts)
    assert max(training) < min(validation) <= max(validation) < min(test)


def test_rows_without_a_target_are_left_out(tmp_path):
    frame = make_table(60)
    frame.loc[[3, 17], "y"] = None
    frame.to_csv(tmp_path / "t.csv", index=False)
    settings = DataSpec(str(tmp_path / "t.csv"), "y"), Plan(space=SMALL, members=1, epochs=2)
    result = run(*settings, parent=tmp_path / "runs")
    assert (result.data.without_target, result.data.rows) == (2, 58)
    assert Run(result.folder).record.rows == RowCounts(table=58, without_target=2, test=0)
    frame["a"] = frame.a.astype(object)
    frame.loc[20, "a"] = "oops"  # in line 22, whatever was left out before it
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=r"t\.csv, line 22, column 'a': The text '.*' is not a number"):
        run(*settings, parent=tmp_path / "runs")


def test_inspect_trains_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = inspect(DataSpec("iris"))
    assert found.data.task == "classification"
    kinds = {decision.name: decision.kind for decision in found.encoding.plan()}
    assert kinds == {name: "number" for name in found.encoding.feature_names} | {"target": "target"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"task": "binary"}, "The task binary needs two classes, and there are 3: 'setosa', 'versicolor', 'virg"),
        ({"metric": "roc_auc"}, "The metric 'roc_auc' is for two classes, and the target holds 3 classes"),
        ({"metric": "acuracy"}, "accuracy"),
        ({"class_weight": "equal"}, "class_weight must be 'balanced'"),
        ({"roles": Roles(weight="target")}, "The column is the target, and cannot have the role weight as well"),
        ({"roles": Roles(group="species")}, "There is no column 'species'"),
        ({"target": "species"}, "There is no column 'species'"),
        ({"validation": 0.9, "test": 0.2}, "must be ≥ 0 and less than 1 together"),
        ({"folds": 151}, "150"),
    ],
)
def test_settings_that_do_not_fit_the_table(tmp_path, settings, said):
    spec = DataSpec("iris", **{name: settings.pop(name) for name in ("roles", "target", "task") if name in settings})
    plan = Plan(space=SMALL, members=1, epochs=1, **settings)
    with pytest.raises(ValueError, match=re.escape(said)):
        run(spec, plan, parent=tmp_path / "runs")
    assert list(tmp_path.iterdir()) == []


# What is written down


def test_a_run_comes_back_as_an_estimator(flowers):
    table, target, _ = load_builtin("iris")
    frame = table.drop_columns([target]).to_pandas()
    estimator, kept = schuss.load(flowers.folder), Run(flowers.folder)
    told = {name: estimator.get_params()[name] for name in ("members", "epochs", "patience", "folds", "random_state")}
    assert told == {"members": 4, "epochs": 300, "patience": 5, "folds": 1, "random_state": 3}
    assert list(estimator.space.hidden_layer_sizes) == [(8,)]
    np.testing.assert_allclose(estimator.predict_proba(frame), kept.model.outputs(table), rtol=1e-12)
    assert list(estimator.predict(frame)) == kept.model.labels(kept.model.outputs(table))
    assert list(estimator.classes_) == ["setosa", "versicolor", "virginica"]
    assert estimator.score(frame, np.array(table[target].to_pylist())) > 0.8
    assert (estimator.random_state, estimator.epochs, estimator.patience) == (3, 300, 5)
    board = pd.read_csv(flowers.folder / "leaderboard.csv")
    assert [list(row) for row in estimator.leaderboard_] == [list(board)] * 4
    assert [row["member"] for row in estimator.leaderboard_] == board.member.tolist()
    assert [row["share"] for row in estimator.leaderboard_] == board.share.tolist()
    reordered = frame[frame.columns[::-1]].assign(more=1)
    np.testing.assert_array_equal(estimator.predict(reordered), estimator.predict(frame))


def test_an_estimator_knows_how_the_cells_of_its_run_were_encoded(tmp_path):
    plan = Plan(space=SMALL, members=1, epochs=2, devices=1, numeric="quantile", category_statistics=True)
    estimator = schuss.load(run(DataSpec("iris"), plan, parent=tmp_path).folder)
    assert (estimator.numeric, estimator.category_statistics) == ("quantile", True)


def test_a_run_shows_itself_in_a_notebook(flowers):
    shown = flowers._repr_html_()
    assert shown == Run(flowers.folder)._repr_html_()
    assert f"{flowers.test.score.model:.4f}" in shown
    assert "<script" not in shown


def test_the_record_of_a_run(flowers):
    record = json.loads((flowers.folder / "run.json").read_text())
    assert flowers.folder.name.endswith("-iris")
    assert {**record["settings"]["spec"], **record["settings"]["plan"], "space": None, "roles": None} == {
        "data": "iris",
        "target": "target",
        "task": None,
        "table": None,
        "encoding": None,
        "missing": [],
        "roles": None,
        "numeric": "auto",
        "category_statistics": False,
        "repeated_values": True,
        "class_weight": None,
        "metric": None,
        "space": None,
        "members": 4,
        "seeds": 2,
        "epochs": 300,
        "patience": 5,
        "random_state": 3,
        "devices": None,
        "validation": 0.2,
        "refit": True,
        "distil": False,
        "halving": None,
        "folds": None,
        "test": 0.2,
        "quality": "normal",
        "budget": None,
    }
    assert record["settings"]["plan"]["space"]["hidden_layer_sizes"] == [[8]]
    assert (record["task"], record["metric"]) == ("classification", "accuracy")
    assert record["rows"] == {"table": 150, "without_target": 0, "test": 30}
    table, target, _ = load_builtin("iris")
    parts = split_table(table, target, test=0.2, random_state=3)
    (fold,) = record["folds"]
    assert Encoding.from_dict(fold["encoding"]) == Encoding.fit(table, target, parts.training)
    assert (fold["training_rows"], fold["validation_rows"]) == (90, 30)
    assert record["fingerprint"] == fingerprint(table)
    for name, judgement in (("test", flowers.test), ("validation", flowers.validation)):
        assert record[name] == json.loads(json.dumps(dataclasses.asdict(judgement)))
    assert record["interrupted"] is False
    assert record["prior"] == pytest.approx([1 / 3] * 3)
    assert record["batch_size_reason"] == "90 rows are at most 2,000, so every step takes them all"
    assert record["memory_reason"].startswith(f"all {len(record['members'])} members fit together")
    assert [member["description"]["seed"] for member in record["members"]] == [3, 4, 3, 4]
    assert {member["description"]["batch_size"] for member in record["members"]} == {90}
    assert {member["description"]["loss"] for member in record["members"]} == {"cross_entropy"}
    assert {member["batch_size_asked"] for member in record["members"]} == {"auto"}


def test_the_best_member_is_chosen_by_its_score(flowers):
    trials = [candidate.trials[0] for candidate in flowers.selection.candidates]
    scores = [trial.best.score for trial in trials]
    record = Run(flowers.folder).record
    assert scores[record.best] == max(scores)
    np.testing.assert_allclose([member.score for member in record.members], scores, rtol=1e-6)
    assert all(len(trial.history.validation_scores) == trial.epochs > 0 for trial in trials)
    stopped = [trial for trial in trials if trial.status == "stopped early"]
    assert {trial.epochs - 1 - trial.best.epoch for trial in stopped} == {5}  # the patience of the settings


def test_a_given_batch_size_needs_no_reason(tmp_path):
    space = dataclasses.replace(SMALL, batch_size=[90])
    assert run(DataSpec("iris"), Plan(space=space, members=1, epochs=1), parent=tmp_path).batch_size_reason is None


def test_nothing_is_written_when_a_run_is_refused(tmp_path):
    for settings in (
        (DataSpec("iris"), Plan(space=Space(loss=["huber"]))),
        (DataSpec("iris", target="species"),),
        (DataSpec("iris", task="regression"),),
        (DataSpec(str(tmp_path / "no.csv"), "y"),),
    ):
        with pytest.raises(InputError):
            run(*settings, parent=tmp_path / "runs")
    with pytest.raises(ValueError, match="'r2' is for numbers"):
        run(DataSpec("iris"), Plan(metric="r2"), parent=tmp_path / "runs")
    assert list(tmp_path.iterdir()) == []


# Who is trained, and for how long


def test_members_are_drawn_or_one_of_every_combination():
    space = Space(optimizer=["sgd", "adam"], learning_rate=[0.1])
    assert len(Plan().draw(90)) == 32
    assert Plan(random_state=1).draw(90) != Plan(random_state=2).draw(90)
    grid = Plan(space=space, seeds=3, random_state=5).draw(90)
    assert [(type(m.optimizer).__name__, m.seed) for m in grid] == [(n, s) for n in ("SGD", "Adam") for s in (5, 6, 7)]
    assert len(Plan(space=space, members=7).draw(90)) == 7
    assert len(Plan(members="grid").draw(90)) == 1
    assert {m.seed for m in Plan(seeds=2, random_state=9).draw(90)} == {9, 10}


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs"), [(100, 100, 400), (2000, 64, 94), (5_000_000, 512, 20), (1500, 100, 200)]
)
def test_default_epochs_amount_to_3000_steps_within_bounds(rows, batch_size, epochs):
    assert default_epochs(rows, batch_size, EFFORTS["normal"]) == epochs


COLUMN = {2: ["a", "b"] * 5, 3: [0, 1, 2] * 3 + [0], 0: np.linspace(0, 1, 10)}
"""Classes → a target of ten rows; none for numbers."""


@pytest.mark.parametrize(
    ("losses", "classes", "refused"),
    [
        (["auto"], 3, None),
        (["cross_entropy", "auto"], 3, None),
        (["auto"], 2, None),
        (["binary_cross_entropy"], 2, None),
        (["binary_cross_entropy", "cross_entropy", "auto"], 2, None),
        (["auto", "huber", "mean_squared_error", "mean_absolute_error"], 0, None),
        (["mean_squared_error"], 3, "'y' holds 3 classes. Choose cross_entropy.$"),
        (["binary_cross_entropy"], 3, "'y' holds 3 classes. Choose cross_entropy.$"),
        (["cross_entropy", "huber"], 2, "loss 'huber'.*2 classes. Choose cross_entropy or binary_cross_entropy.$"),
        (["cross_entropy"], 0, "'y' holds numbers. Choose mean_squared_error or mean_absolute_error or huber.$"),
        (["binary_cross_entropy"], 0, "'y' holds numbers"),
    ],
)
def test_losses_fit_the_target(losses, classes, refused):
    table = pa.table({"x": np.arange(10.0), "y": COLUMN[classes]})
    encoding = Encoding.fit(table, "y", np.arange(10), "classification" if classes else "regression")
    members = [Member(loss=loss) for loss in losses]
    with nullcontext() if refused is None else pytest.raises(InputError, match=refused):
        require_losses(members, encoding)


def test_only_labels_of_classes_are_smoothed():
    table, members = pa.table({"x": np.arange(10.0), "y": np.arange(10.0)}), [Member(), Member(label_smoothing=0.1)]
    encoding = Encoding.fit(table, "y", np.arange(10), "regression")
    require_losses(members[:1], encoding)
    with pytest.raises(InputError, match=r"label smoothing 0.1: Only the labels of .* 'y' holds numbers. Leave it out"):
        require_losses(members, encoding)


def test_a_file_needs_a_target(tmp_path):
    make_table(5).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=r"t.csv: Which column is to be predicted\? There are 'a', 'b', 'c', 'y'. Add"):
        DataSet.read(DataSpec(str(tmp_path / "t.csv")))
    data = DataSet.read(DataSpec(str(tmp_path / "t.csv"), "c"))
    assert (data.table.column_names, data.target) == (["a", "b", "c", "y"], "c")
    assert DataSet.read(DataSpec("iris")).target == "target"
    assert DataSet.read(DataSpec("iris", "petal width (cm)")).target == "petal width (cm)"
