"""What a run is used for: predictions of a table, and judgement that agrees with that of training."""

import dataclasses
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, mean_absolute_error, r2_score, roc_auc_score

from schuss.jobs import train as experiment
from schuss.jobs.predict import evaluate_table, predict_table, require_place
from schuss.jobs.run import Run
from schuss.selection.dataset import DataSet, DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from schuss.tables import InputError, Roles, split

SPACE = Space(
    hidden_layer_sizes=[(8,)],
    activation=["tanh"],
    dropout=[0.0],
    l2=[0.0],
    optimizer=["adam"],
    learning_rate=[0.01, 0.03],
)
N = 160


def make_frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"번호": [f"{k:04d}" for k in range(N)], "나이": random.normal(40, 15, N).round(1)})
    frame["sex"] = random.choice(["male", "female"], N)
    frame["deck"] = random.choice(list("ABC"), N)
    frame.loc[random.random(N) < 0.15, "나이"] = None
    frame["w"] = random.integers(1, 4, N)
    frame["fare"] = (10 + 3 * (frame.sex == "male") + random.normal(size=N)).round(3)
    frame["생존"] = np.where((frame.sex == "female") ^ (random.random(N) < 0.2), "생존", "사망")
    return frame


@pytest.fixture(scope="module")
def frame():
    return make_frame()


def train(folder, target, roles=None, **settings):
    make_frame().to_csv(folder / "train.csv", index=False)
    settings = {"refit": False} | settings  # so that what training told can be measured again
    spec = DataSpec(str(folder / "train.csv"), target, roles=roles or Roles())
    asked = spec, Plan(space=SPACE, seeds=3, epochs=30, test=0.25, **settings)
    return Run(experiment.run(*asked, parent=folder / "runs").folder)


@pytest.fixture(scope="module")
def survival(tmp_path_factory):
    """Two classes, weighted, the area under the curve as metric."""
    roles = Roles(weight="w", exclude=("fare",))
    return train(tmp_path_factory.mktemp("survival"), "생존", roles=roles, metric="roc_auc")


@pytest.fixture(scope="module")
def fares(tmp_path_factory):
    """Numbers, two folds."""
    return train(tmp_path_factory.mktemp("fares"), "fare", roles=Roles(exclude=("w", "생존")), folds=2)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, and a way to write tables in it."""
    monkeypatch.chdir(tmp_path)

    def write(frame, name="t.csv"):
        frame.to_csv(name, index=False)
        return name

    return write


def parts_of(run):
    """Places of the rows that trained, chose and tested."""
    plan = run.record.settings.plan
    data = DataSet.read(run.record.settings.spec)
    share = plan.validation if plan.folds is None else 0.0
    return split(N, data.codes, validation=share, test=0.25)


def scores(judgement):
    return {score.metric: score for score in judgement.scores}


# Judging


@pytest.mark.parametrize("which", ["survival", "fares"])
def test_judging_the_test_rows_again_gives_what_training_told(which, request, frame, here):
    run = request.getfixturevalue(which)
    rows = parts_of(run).test
    found = evaluate_table(run.folder, here(frame.iloc[rows]))
    told, again = (dataclasses.asdict(judgement) for judgement in (run.record.test, found.judgement))
    assert again["rows"] == told["rows"] == len(rows) == 40
    assert [score["metric"] for score in again["scores"]] == [score["metric"] for score in told["scores"]]
    for one, other in zip(again["scores"], told["scores"], strict=True):
        for field in ("model", "best", "baseline"):
            assert one[field] == pytest.approx(other[field], rel=1e-6)
    assert again["confusion"] == told["confusion"]
    assert again["standard_error"] == pytest.approx(told["standard_error"], rel=1e-3)
    blended = len(run.record.model.shares) > 1
    assert [one["gain_error"] is not None for one in (told, again)] == [blended, blended]
    if blended:
        assert again["gain_error"] == pytest.approx(told["gain_error"], rel=1e-3)
    for one, other in zip(again["errors"] or [], told["errors"] or [], strict=True):
        assert one == pytest.approx(other, rel=1e-6)
    assert (found.without_target, found.run.folder) == (0, run.folder)


def test_judging_the_validation_rows_again_gives_what_training_told(survival, frame, here):
    found = evaluate_table(survival.folder, here(frame.iloc[parts_of(survival).validation]))
    told = survival.record.validation.score
    assert found.judgement.score.model == pytest.approx(told.model, rel=1e-6)
    assert found.judgement.score.best == pytest.approx(told.best, rel=1e-6)


@pytest.mark.parametrize("weighted", [True, False])
def test_classes_are_judged_as_scikit_learn_does(survival, frame, here, weighted):
    """With the weights of the table, if it has any; the baseline knows the weighted training rows."""
    rows = frame.tail(50)
    data = here(rows if weighted else rows.drop(columns="w"))
    weight = rows.w.to_numpy() if weighted else None
    judgement = evaluate_table(survival.folder, data).judgement
    predict_table(survival.folder, data, Path("p.csv"))
    told, y = pd.read_csv("p.csv"), (rows.생존 == "생존").astype(int)
    p = told["probability_생존"].to_numpy()
    found = scores(judgement)
    assert judgement.score.metric == "roc_auc"
    assert found["roc_auc"].model == pytest.approx(roc_auc_score(y, p, sample_weight=weight), abs=1e-6)
    assert found["accuracy"].model == accuracy_score(rows.생존, told.prediction, sample_weight=weight)
    assert found["neg_log_loss"].model == pytest.approx(-log_loss(y, p, sample_weight=weight), abs=1e-5)
    assert np.array(judgement.confusion).tolist() == confusion_matrix(rows.생존, told.prediction).tolist()
    training = frame.iloc[parts_of(survival).training]
    dummy = DummyClassifier(strategy="prior").fit(training[["deck"]], training.생존, training.w)
    shares = dummy.predict_proba(rows[["deck"]])[:, list(dummy.classes_).index("생존")]
    assert found["neg_log_loss"].baseline == pytest.approx(-log_loss(y, shares, sample_weight=weight))


def test_numbers_are_judged_as_scikit_learn_does(fares, frame, here):
    data = here(frame)
    judgement = evaluate_table(fares.folder, data).judgement
    predict_table(fares.folder, data, Path("p.csv"))
    found = pd.read_csv("p.csv").prediction
    assert judgement.score.metric == "r2"
    assert judgement.score.model == pytest.approx(r2_score(frame.fare, found))
    best = fares.best.outputs(DataSet.read(DataSpec(data, "fare")).table)
    assert judgement.score.best == pytest.approx(r2_score(frame.fare, best)) != judgement.score.model
    assert scores(judgement)["neg_mean_absolute_error"].model == pytest.approx(-mean_absolute_error(frame.fare, found))
    training = np.setdiff1d(np.arange(N), np.concatenate([parts_of(fares).test]))
    prior = fares.record.prior[0]
    assert judgement.score.baseline == pytest.approx(r2_score(frame.fare, np.full(N, prior)))
    assert abs(prior - DummyRegressor().fit(training[:, None], frame.fare[training]).constant_.item()) < 1


def test_rows_without_a_target_do_not_count(survival, frame, here):
    rows = frame.tail(50).copy()
    whole = evaluate_table(survival.folder, here(rows)).judgement
    gaps = pd.concat([rows.assign(생존=None, 나이=-1e9).head(7), rows])
    found = evaluate_table(survival.folder, here(gaps))
    assert found.judgement == whole
    assert found.without_target == 7


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"생존": "실종"},
            "t.csv, line 2, column '생존': '실종' is none of the classes '사망', '생존'. Correct",
        ),
        ({"생존": "생 존"}, "'생 존' is none of the classes '사망', '생존'. Did you mean '생존'?"),
        (
            {"생존": None},
            "t.csv, column '생존': The target is missing in every row. Give a table whose target",
        ),
        ({"w": -1}, "t.csv, line 2, column 'w': -1 is no weight"),
        ({"w": 0}, "t.csv, column 'w': All weights are 0."),
        ({"나이": "old"}, "t.csv, line 2, column '나이': The text 'old' is not a number"),
    ],
    ids=["unknown label", "near label", "no label", "negative weight", "no weight", "text"],
)
def test_tables_that_cannot_be_judged(survival, frame, here, change, said):
    with pytest.raises(InputError, match=re.escape(said)):
        evaluate_table(survival.folder, here(frame.head(9).assign(**change)))


def test_messages_point_at_the_lines_of_the_file_whatever_rows_have_no_target(survival, frame, here):
    rows = frame.head(9).astype(object)
    rows.loc[[0, 2], "생존"] = None
    rows.loc[5, "생존"] = "실종"
    with pytest.raises(InputError, match=r"t\.csv, line 7, column '생존': .* is none of the classes"):
        evaluate_table(survival.folder, here(rows))
    rows.loc[5, ["생존", "나이"]] = ["생존", "old"]
    with pytest.raises(InputError, match=r"t\.csv, line 7, column '나이': The text .* is not a number"):
        evaluate_table(survival.folder, here(rows))


def test_a_table_without_the_target_cannot_be_judged(survival, frame, here):
    with pytest.raises(InputError, match=r"There is no column '생존'. .* Did you mean '생 존'\?"):
        evaluate_table(survival.folder, here(frame.rename(columns={"생존": "생 존"})))


# Predicting


def test_a_file_of_predictions(survival, frame, here):
    written = predict_table(survival.folder, here(frame), Path("p.csv"))
    assert (written.run, written.target, written.rows) == (survival.folder, "생존", N)
    assert written.networks == len(survival.model.parts)
    told = pd.read_csv("p.csv", dtype={"번호": str})
    assert list(told) == ["번호", "prediction", "probability_사망", "probability_생존"]
    assert told.번호.tolist() == frame.번호.tolist()
    outputs = survival.model.outputs(DataSet.read(DataSpec("t.csv", "생존")).table)
    np.testing.assert_allclose(told[["probability_사망", "probability_생존"]], outputs, atol=5e-7)
    assert told.prediction.tolist() == np.array(["사망", "생존"])[outputs.argmax(axis=1)].tolist()
    assert (told.prediction == frame.생존).mean() > 0.7
    assert sorted(os.listdir()) == ["p.csv", "t.csv"]


@pytest.mark.parametrize(
    "change",
    [
        {"생존": None},
        {"생존": ["생존", None] * (N // 2)},
        {"생존": "something else"},
        {"fare": "text"},
        {"extra": "=1+1", "w": None},
    ],
    ids=["no target", "some targets", "another target", "excluded column", "extra columns"],
)
def test_columns_that_are_no_features_do_not_matter(survival, frame, here, change):
    predict_table(survival.folder, here(frame), Path("one.csv"))
    other = frame.assign(**change)[[*frame.columns[::-1], *(set(change) - set(frame))]]
    predict_table(survival.folder, here(other), Path("other.csv"))
    assert Path("one.csv").read_bytes() == Path("other.csv").read_bytes()
    predict_table(survival.folder, here(frame.drop(columns=["생존", "w", "fare"])), Path("other.csv"))
    assert Path("one.csv").read_bytes() == Path("other.csv").read_bytes()


def test_unseen_categories_and_missing_cells_are_predicted(survival, fares, frame, here):
    odd = frame.head(6).copy()
    odd["deck"] = ["Z", "새", "", None, "a", "[red]"]
    odd["나이"] = [None, np.inf, -np.inf, 1e300, 0, None]
    for run in (survival, fares):
        predict_table(run.folder, here(odd), Path("p.csv"))
        told = pd.read_csv("p.csv")
        numbers = told.select_dtypes("number")
        assert np.isfinite(numbers.to_numpy()).all()
        assert told.prediction.notna().all()
    assert evaluate_table(survival.folder, "t.csv").judgement.rows == 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="sex"), "There is no column 'sex'. Its columns: '번호', '나이', 'deck'"),
        (lambda f: f.rename(columns={"sex": "Sex"}), "There is no column 'sex'. .* Did you mean 'Sex'?"),
        (lambda f: f.drop(columns=["sex", "deck"]), "There are no columns 'sex', 'deck'"),
        (
            lambda f: f.assign(나이=["1"] * 6 + ["x", "2", "3"]),
            "t.csv, line 8, column '나이': The text ",
        ),
    ],
    ids=["missing", "near", "two", "stray text"],
)
def test_tables_that_cannot_be_predicted(survival, frame, here, change, said):
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        predict_table(survival.folder, here(change(frame.head(9))), Path("p.csv"))
    assert os.listdir() == ["t.csv"]


def test_a_sample_submission_of_numbers(fares, frame, here):
    order = frame.번호.sample(frac=0.3, random_state=1)
    here(pd.DataFrame({"fare": 0, "번호": order}), "sample.csv")
    written = predict_table(fares.folder, here(frame), Path("p.csv"), "sample.csv")
    assert (written.rows, written.networks) == (48, len(fares.model.parts))
    told = pd.read_csv("p.csv", dtype={"번호": str})
    assert list(told) == ["fare", "번호"]
    assert told.번호.tolist() == order.tolist()
    own = fares.model.outputs(DataSet.read(DataSpec("t.csv", "fare")).table)
    assert told.fare.tolist() == own[order.astype(int)].tolist()  # to the last bit


@pytest.mark.parametrize("probability", [False, True])
def test_a_sample_submission_of_classes(survival, frame, here, probability):
    here(pd.DataFrame({"번호": frame.번호[::-1], "생존": "생존"}), "sample.csv")
    predict_table(survival.folder, here(frame), Path("p.csv"), "sample.csv", probability)
    told = pd.read_csv("p.csv", dtype={"번호": str})
    outputs = survival.model.outputs(DataSet.read(DataSpec("t.csv", "생존")).table)[::-1]
    labels = np.array(["사망", "생존"])[outputs.argmax(axis=1)]
    assert told.생존.tolist() == (outputs[:, 1].tolist() if probability else labels.tolist())


def test_identifiers_that_were_named_are_written_too(frame, here, tmp_path):
    roles = Roles(id=("deck",), exclude=("w", "생존"))
    settings = DataSpec(here(frame, "train.csv"), "fare", roles=roles), Plan(space=SPACE, members=1, epochs=2)
    run = Run(experiment.run(*settings, parent=tmp_path / "runs").folder)
    assert run.identifiers == ("deck", "번호")
    predict_table(run.folder, here(frame.drop(columns="번호")), Path("p.csv"))
    told = pd.read_csv("p.csv")
    assert list(told) == ["deck", "prediction"]
    assert told.deck.tolist() == frame.deck.tolist()


# Where to


def test_a_place_for_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "folder/c.csv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("x\n1\n")
    os.mkfifo("pipe")
    os.symlink("a.csv", "link.csv")
    for good in ("new.csv", "b.csv", "folder/new.csv"):
        require_place(Path(good), "a.csv", None, "iris")
    same = "This file is read, so it cannot be written. Name another with --output"
    for output, inputs in (
        ("a.csv", ["a.csv"]),
        ("a.csv", [None, "b.csv", str(tmp_path / "a.csv")]),
        ("link.csv", ["a.csv"]),
        ("a.csv", ["link.csv"]),
        ("folder/../b.csv", ["?.csv"]),
        ("folder/c.csv", ["**/*.csv"]),
    ):
        with pytest.raises(InputError, match=same):
            require_place(Path(output), *inputs)
    for output, found in (
        ("no/p.csv", "no folder 'no'"),
        ("a.csv/p.csv", "no folder 'a.csv'"),
        ("folder", "a folder"),
        (".", "a folder"),
        ("pipe", "a device or pipe"),
        ("/dev/null", "a device or pipe"),
    ):
        with pytest.raises(InputError, match=f"No file can be written here: {found}. Name another"):
            require_place(Path(output), "a.csv")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everywhere
    with pytest.raises(InputError, match=r"folder may not be written to\. Name another with --output"):
        require_place(Path("folder/p.csv"))


def test_a_run_is_not_written_over(survival, frame, here):
    before = {file.name: file.read_bytes() for file in survival.folder.iterdir()}
    for name in ("run.json", "members.safetensors"):
        with pytest.raises(InputError, match="This file is read, so it cannot be written"):
            predict_table(survival.folder, here(frame), survival.folder / name)
    assert {file.name: file.read_bytes() for file in survival.folder.iterdir()} == before


def test_means_of_the_target_are_those_of_training_for_new_rows(tmp_path, here):
    rng = np.random.default_rng(4)
    codes = rng.integers(20, size=N)
    frame = pd.DataFrame({"town": [f"t{code}" for code in codes], "rent": codes + rng.normal(size=N)})
    plan = Plan(space=SPACE, epochs=20, test=0.25, category_statistics=True)
    result = experiment.run(DataSpec(here(frame), "rent"), plan, parent=tmp_path / "runs")
    run = Run(result.folder)
    assert run.model.encoding.input_names == ("town: mean of target", "town")
    told = evaluate_table(run.folder, here(frame.iloc[result.selection.test_rows], "test.csv"))
    assert told.judgement.score.model == pytest.approx(result.test.score.model, rel=1e-6)
    new = frame.drop(columns="rent").iloc[:7]
    new.loc[0, "town"] = "never seen"
    predict_table(run.folder, here(new, "new.csv"), tmp_path / "p.csv")
    alone = pd.read_csv(tmp_path / "p.csv").prediction
    predict_table(run.folder, here(pd.concat([new, frame.drop(columns="rent")]), "more.csv"), tmp_path / "q.csv")
    np.testing.assert_array_equal(pd.read_csv(tmp_path / "q.csv").prediction[:7], alone)
