"""The main job: what is trained on what, who judges, and what is written down."""

import dataclasses
import json
import math
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, mean_squared_error, r2_score

from schuss.experiment import Settings, check_losses, choose, default_epochs, judge, load, run
from schuss.history import History
from schuss.member import Member
from schuss.runs import Run
from schuss.search import Space, rank
from schuss.tables import Encoding, InputError, fingerprint, load_builtin, split_table
from schuss.trial import Trial

SMALL = Space(hidden_layer_sizes=[(8,)], activation=["tanh"], dropout=[0.0], l2=[0.0])
"""One shape, so that every run on rows of a kind shares a program."""


def make_table(rows=120, noise=0.1):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=list("abc"))
    frame["y"] = 1000 + 50 * (frame.a - frame.b + noise * random.normal(size=rows))
    return frame


def members_and_scores(record):
    return [(member["description"], member["score"], member["cost"], member["status"]) for member in record["members"]]


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """A run on the irises and where it is: few members, two seeds."""
    settings = Settings("iris", space=SMALL, members=4, seeds=2, epochs=300, patience=5, random_state=3)
    return run(settings, parent=tmp_path_factory.mktemp("iris") / "runs")


# What is judged, and on what


@pytest.mark.slow
def test_the_default_run_on_digits_reaches_97_5_percent(tmp_path):
    result = run(Settings("digits"), parent=tmp_path)
    assert len(result.trials) == 64
    assert result.judgement.metric == "accuracy"
    assert result.judgement.score >= 0.975


def test_numbers_are_judged_in_their_own_unit_against_the_mean(tmp_path):
    settings = Settings("diabetes", space=SMALL, members=4, epochs=60)
    judgement = (result := run(settings, parent=tmp_path)).judgement
    table, target, _ = load_builtin("diabetes")
    parts = split_table(table, target)
    best = Run(result.folder)
    y = table[target].to_numpy()
    true, found = y[parts.test], best.encoding.restore(best.predict(best.encoding.features(table)))[parts.test, 0]
    plain = np.full(len(true), y[parts.training].mean())
    assert judgement.metric == "r2"
    assert judgement.rows == len(true) == 88
    assert judgement.score == pytest.approx(r2_score(true, found), abs=1e-5)
    assert judgement.error == pytest.approx(math.sqrt(mean_squared_error(true, found)), rel=1e-5)
    assert judgement.baseline == pytest.approx(r2_score(true, plain), abs=1e-5)
    assert judgement.baseline_error == pytest.approx(math.sqrt(mean_squared_error(true, plain)), rel=1e-5)
    assert judgement.score > judgement.baseline + 0.2
    assert 40 < judgement.error < judgement.baseline_error < 100


def test_classes_are_judged_by_accuracy_against_the_majority(flowers):
    table, target, _ = load_builtin("iris")
    parts = split_table(table, target, random_state=3)
    best = Run(flowers.folder)
    found = best.encoding.labels(best.predict(best.encoding.features(table)).argmax(axis=1))
    true = np.array(table[target].to_pylist())
    judgement = flowers.judgement
    assert judgement.score == accuracy_score(true[parts.test], np.array(found)[parts.test])
    counts = pd.Series(true[parts.training]).value_counts()
    assert judgement.baseline == (true[parts.test] == counts.index[0]).mean()
    assert (judgement.error, judgement.baseline_error, judgement.rows) == (None, None, 30)


def test_test_rows_are_used_by_nothing_before_they_judge(tmp_path):
    frame = make_table()
    parts = split_table(pa.Table.from_pandas(frame), "y")
    assert sorted(np.concatenate(parts)) == list(range(len(frame)))
    other = frame.copy()
    other.loc[parts.test, ["a", "b", "c"]] *= -30
    other.loc[parts.test, "y"] += 5000
    results = []
    for name, table in (("one", frame), ("other", other)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        settings = Settings(str(tmp_path / f"{name}.csv"), "y", space=SMALL, members=4, epochs=20)
        results.append(run(settings, parent=tmp_path / "runs"))
    one, same = (Run(result.folder) for result in results)
    for file in ("members.safetensors", "history.parquet"):
        assert (one.folder / file).read_bytes() == (same.folder / file).read_bytes()
    assert one.encoding == same.encoding
    assert one.record["ranking"] == same.record["ranking"]
    assert members_and_scores(one.record) == members_and_scores(same.record)
    assert one.record["fingerprint"] != same.record["fingerprint"]
    assert results[0].judgement.score > 0.5 > results[1].judgement.score


def test_two_classes_can_have_one_output(tmp_path):
    space = dataclasses.replace(SMALL, loss=["binary_cross_entropy"])
    settings = Settings("xor", space=space, members=4, epochs=60)
    result = run(settings, parent=tmp_path)
    best = Run(result.folder)
    table, target, _ = load_builtin("xor")
    parts = split_table(table, target)
    probabilities = best.predict(best.encoding.features(table))[parts.test]
    assert best.weights[-1]["W"].shape == (8, 1)
    assert probabilities.shape == (80, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert result.judgement.score == (probabilities.argmax(axis=1) == table[target].to_numpy()[parts.test]).mean()
    assert result.judgement.score > 0.7


def test_members_of_one_run_may_differ_in_their_loss(tmp_path):
    space = dataclasses.replace(SMALL, loss=["cross_entropy", "binary_cross_entropy"])
    result = run(Settings("xor", space=space, epochs=20), parent=tmp_path)
    outputs = {trial.loss: trial.weights[-1]["W"].shape[1] for trial in result.trials}
    assert outputs == {"cross_entropy": 2, "binary_cross_entropy": 1}
    assert Run(result.folder).network == result.trials[rank(result.trials)[0]].network


@pytest.mark.parametrize(("size", "wanted"), [(1e38, None), (1e3, 0)])
def test_outputs_that_are_not_finite_have_no_score(size, wanted):
    frame = make_table(20)
    table = pa.Table.from_pandas(frame)
    rows = np.arange(20)
    encoding = Encoding.fit(table, "y", rows)
    network = Member((2,)).build(3, 1)
    weights = tuple({name: np.full_like(w, size) for name, w in layer.items()} for layer in network.initialize(0))
    trial = Trial(Member((2,)), network, 8, "huber", 1, 1, 1, weights=weights, history=History())
    judgement = judge(trial, encoding, encoding.features(table), encoding.targets(table), rows[:15], rows[15:])
    assert (judgement.score is None) == (judgement.error is None) == (wanted is None)
    assert judgement.baseline_error == pytest.approx((frame.y[15:] - frame.y[:15].mean()).pow(2).mean() ** 0.5)


def test_a_table_of_four_rows_is_trained_on(tmp_path):
    make_table(4).to_csv(tmp_path / "t.csv", index=False)
    result = run(Settings(str(tmp_path / "t.csv"), "y", space=SMALL, members=1, epochs=2), parent=tmp_path / "runs")
    assert result.judgement.rows == 1
    assert (result.judgement.score, result.judgement.baseline) == (None, None)
    assert result.judgement.error > 0
    assert Run(result.folder).record["rows"] == {"training": 2, "validation": 1, "test": 1}


def test_a_population_that_diverges_is_kept_and_judged(tmp_path):
    space = dataclasses.replace(SMALL, optimizer=["sgd"], learning_rate=[1e20])
    result = run(Settings("diabetes", space=space, members=4, epochs=60), parent=tmp_path)
    assert {trial.status for trial in result.trials} == {"diverged"}
    assert Run(result.folder).record["test"] == dataclasses.asdict(result.judgement)


# What is written down


def test_the_record_of_a_run(flowers):
    record = json.loads((flowers.folder / "run.json").read_text())
    assert flowers.folder.name.endswith("-iris")
    assert record["settings"] | {"space": None} == {
        "data": "iris",
        "target": "target",
        "task": "classification",
        "space": None,
        "members": 4,
        "seeds": 2,
        "epochs": 300,
        "patience": 5,
        "random_state": 3,
        "devices": None,
        "validation": 0.2,
        "test": 0.2,
    }
    assert record["settings"]["space"]["hidden_layer_sizes"] == [[8]]
    assert record["rows"] == {"training": 90, "validation": 30, "test": 30}
    table, target, _ = load_builtin("iris")
    parts = split_table(table, target, random_state=3)
    assert Encoding.from_dict(record["encoding"]) == Encoding.fit(table, target, parts.training)
    assert record["fingerprint"] == fingerprint(table)
    assert record["test"] == dataclasses.asdict(flowers.judgement)
    assert record["interrupted"] is False
    assert record["outputs"] == 3
    assert record["batch_size_reason"] == "90 rows are at most 2,000, so every step takes them all"
    assert record["memory_reason"].startswith(f"all {len(record['members'])} members fit together")
    assert [member["description"]["seed"] for member in record["members"]] == [3, 4, 3, 4]
    assert {member["description"]["batch_size"] for member in record["members"]} == {90}
    assert {member["description"]["loss"] for member in record["members"]} == {"cross_entropy"}
    assert {member["batch_size_asked"] for member in record["members"]} == {"auto"}


def test_the_best_member_is_judged(flowers):
    scores = [trial.best[0] for trial in flowers.trials]
    record = Run(flowers.folder).record
    assert scores[record["best"]] == max(scores)
    assert [member["score"] for member in record["members"]] == scores
    assert all(len(trial.history.validation_scores) == trial.epochs > 0 for trial in flowers.trials)
    stopped = [trial for trial in flowers.trials if trial.status == "stopped early"]
    assert {trial.epochs - 1 - trial.best[2] for trial in stopped} == {5}  # the patience of the settings


def test_a_given_batch_size_needs_no_reason(tmp_path):
    space = dataclasses.replace(SMALL, batch_size=[90])
    assert run(Settings("iris", space=space, members=1, epochs=1), parent=tmp_path).batch_size_reason is None


def test_nothing_is_written_when_a_run_is_refused(tmp_path):
    for settings in (
        Settings("iris", space=Space(loss=["huber"])),
        Settings("iris", target="species"),
        Settings("iris", task="regression"),
        Settings(str(tmp_path / "no.csv"), "y"),
    ):
        with pytest.raises(InputError):
            run(settings, parent=tmp_path / "runs")
    assert list(tmp_path.iterdir()) == []


# Who is trained, and for how long


def test_choose():
    space = Space(optimizer=["sgd", "adam"], learning_rate=[0.1])
    assert len(choose(Settings("iris"), 90)) == 64
    assert choose(Settings("iris", random_state=1), 90) != choose(Settings("iris", random_state=2), 90)
    grid = choose(Settings("iris", space=space, seeds=3, random_state=5), 90)
    assert [(type(m.optimizer).__name__, m.seed) for m in grid] == [(n, s) for n in ("SGD", "Adam") for s in (5, 6, 7)]
    assert len(choose(Settings("iris", space=space, members=7), 90)) == 7
    assert {m.seed for m in choose(Settings("iris", seeds=2, random_state=9), 90)} == {9, 10}


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs"), [(100, 100, 400), (2000, 64, 47), (5_000_000, 512, 20), (1500, 100, 100)]
)
def test_default_epochs_amount_to_1500_steps_within_bounds(rows, batch_size, epochs):
    assert default_epochs(rows, batch_size) == epochs


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
        (["mean_squared_error"], 3, "'y' holds 3 classes; choose cross_entropy$"),
        (["binary_cross_entropy"], 3, "'y' holds 3 classes; choose cross_entropy$"),
        (["cross_entropy", "huber"], 2, "loss 'huber'.*2 classes; choose cross_entropy or binary_cross_entropy$"),
        (["cross_entropy"], 0, "'y' holds numbers; choose mean_squared_error or mean_absolute_error or huber$"),
        (["binary_cross_entropy"], 0, "'y' holds numbers"),
    ],
)
def test_losses_fit_the_target(losses, classes, refused):
    table = pa.table({"x": np.arange(10.0), "y": COLUMN[classes]})
    encoding = Encoding.fit(table, "y", np.arange(10), "classification" if classes else "regression")
    members = [Member(loss=loss) for loss in losses]
    with nullcontext() if refused is None else pytest.raises(InputError, match=refused):
        check_losses(members, encoding)


def test_load(tmp_path):
    make_table(5).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(
        InputError, match=r"t.csv: must come with the column to predict, however: columns a, b, c, y; add"
    ):
        load(str(tmp_path / "t.csv"), None)
    table, target = load(str(tmp_path / "t.csv"), "c")
    assert (table.column_names, target) == (["a", "b", "c", "y"], "c")
    assert load("iris", None)[1] == "target"
    assert load("iris", "petal width (cm)")[1] == "petal width (cm)"
