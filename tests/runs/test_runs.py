"""The run folder: what is written is read back, whole or not at all; every damage is refused with the file's name."""

import dataclasses
import json
import math
import os
import pickle
import shutil
from datetime import datetime
from importlib import metadata

import numpy as np
import optax
import pandas as pd
import pyarrow as pa
import pytest
from safetensors.numpy import load_file, save_file

from schuss import runs
from schuss.activations import tanh
from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.history import History
from schuss.engine.trial import BestEpoch, Trial
from schuss.jobs.run import Run
from schuss.layers import Linear
from schuss.losses import huber
from schuss.member import Member
from schuss.network import Sequential
from schuss.optimizers import SGD, Lion
from schuss.runs import write
from schuss.runs.read import FORMAT
from schuss.schedules import Cosine, WarmUp
from schuss.selection.blending import Blend
from schuss.selection.calibration import Calibration
from schuss.selection.fold import Fold
from schuss.selection.metrics import metric
from schuss.selection.select import Candidate, Selection, ranking
from schuss.tables import Encoding, InputError

RANDOM = np.random.default_rng(0)
ROWS = 40
COLUMNS = {"a": RANDOM.normal(size=ROWS), "b": RANDOM.normal(5, 2, ROWS), "c": RANDOM.normal(size=ROWS)}
TARGETS = {3: list("xyz") * (ROWS // 3) + ["x"], 2: [True, False] * (ROWS // 2), 0: RANDOM.normal(100, 20, ROWS)}
"""Number of classes → target; none for numbers."""

FILES = ["history.parquet", "leaderboard.csv", "members.safetensors", "run.json"]


def encoding_of(classes: int) -> Encoding:
    return Encoding.fit(pa.table(COLUMNS | {"y": TARGETS[classes]}), "y", np.arange(ROWS))


def trial(member=None, outputs=3, *, score=0.5, steps=5, **fields) -> Trial:
    """A trial as training leaves it, without the training."""
    member = member or Member((4, 5), "tanh", seed=1)
    history = History(lambda first, count: 0.1 / np.arange(first + 1, first + count + 1))
    history.add_steps(np.linspace(2, 1, steps, dtype=np.float32))
    history.add_epochs(np.array([1.5, 0.75]), np.array([0.25, score]))
    network = member.build(3, outputs)
    best = BestEpoch(score, 0.75, 1)
    known = {"status": "done", "t": steps, "history": history, "best": best, "weights": network.initialize(member.seed)}
    loss = "cross_entropy" if member.loss == "auto" else member.loss
    known |= {"batch_size": 8, "loss": loss, "steps": steps, "per_epoch": 2, "patience": 9}
    return Trial(member, network, **known | fields)


def selection(*folds, classes=3, scores=None, shares=None, temperature=1.0) -> Selection:
    """What training leaves, without the training: for every fold its trials, one a member."""
    encoding, rows = encoding_of(classes), np.arange(ROWS)
    candidates = tuple(Candidate(trials, trials[0].best.score) for trials in zip(*folds, strict=True))
    if scores is not None:
        candidates = tuple(dataclasses.replace(c, score=s) for c, s in zip(candidates, scores, strict=True))
    table = Table(np.zeros((ROWS, 3), np.float32), np.zeros(ROWS, np.int32))
    blend = None if shares is None else Blend(np.array(shares), 1.0, ())
    calibration = None if temperature == 1 else Calibration(temperature, 0.7, 0.6, True)
    made = tuple(Fold(encoding, table, table, rows) for _ in folds)
    name, places = "accuracy" if classes else "r2", ranking(candidates)
    return Selection(
        made,
        candidates,
        places,
        metric(name, classes),
        places[: len(shares or places)],
        blend,
        calibration,
        None,
        interrupted=False,
    )


def save(parent, name, trials, classes=3, **more):
    prior = [1 / classes] * classes if classes else [100.0]
    record = {"settings": {"roles": {}}, "prior": prior}
    return runs.save(parent, name, record, selection(trials, classes=classes, **more))


@pytest.fixture
def folder_of_run(tmp_path):
    return save(tmp_path, "data", [trial(score=0.25), trial(score=0.75), trial(score=0.5)])


def test_all_files_are_for_the_same_eyes(folder_of_run):
    assert len({path.stat().st_mode for path in folder_of_run.iterdir()}) == 1


# There and back


@pytest.mark.parametrize(
    ("member", "classes", "outputs"),
    [
        (Member((4, 5), "tanh", seed=1), 3, 3),
        (Member((), "relu", dropout=0.5), 3, 3),
        (Member((6,), "gelu", SGD(0.3, 0.9, True), WarmUp(0.2, Cosine()), 7, 0.25, 0.1), 2, 2),
        (Member((6,), "silu", Lion(0.1), loss="binary_cross_entropy"), 2, 1),
        (Member((4, 4, 4), "elu", "adamw", loss="huber"), 0, 1),
    ],
    ids=["classes", "perceptron", "two classes", "one output", "numbers"],
)
def test_a_run_predicts_with_the_bits_of_the_trained_member(tmp_path, member, classes, outputs):
    kept = trial(member, outputs)
    worse = trial(dataclasses.replace(member, seed=9), outputs, score=0.4)
    run = Run(save(tmp_path, "data", [worse, kept], classes))
    (part,) = run.best.parts
    table = pa.table(COLUMNS)
    x = run.best.encoding.features(table)
    logits = predict(kept.network, kept.weights, x)
    assert part.member == dataclasses.replace(member, batch_size=8, loss=kept.loss)
    assert part.encoding == encoding_of(classes)
    np.testing.assert_array_equal(predict(part.network, part.weights, x), logits)
    assert run.model.parts[0].share == 1
    z = logits.astype(np.float64)
    if classes == 0:
        np.testing.assert_array_equal(run.best.outputs(table), part.encoding.restore(z[:, 0]))
        return
    if outputs == 1:
        wanted = np.hstack([1 / (1 + np.exp(z)), 1 / (1 + np.exp(-z))])
    else:
        wanted = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(run.best.outputs(table), wanted, rtol=1e-12)


def test_a_blend_over_folds_is_read_back(tmp_path):
    """Two members with 3/4 and 1/4, two folds, a temperature of 2: the mean of four networks, then the square root."""
    folds = [[trial(Member((4, 5), "tanh", seed=seed), score=0.5 - seed / 100) for seed in seeds] for seeds in
             ((1, 2, 3), (4, 5, 6))]  # fmt: skip
    chosen = selection(*folds, shares=[0.75, 0.0, 0.25], temperature=2.0)
    run = Run(runs.save(tmp_path, "d", {"settings": {"roles": {}}, "prior": [0.5, 0.25, 0.25]}, chosen))
    table = pa.table(COLUMNS)
    assert [part.share for part in run.model.parts] == [0.375, 0.375, 0.125, 0.125]
    assert [part.share for part in run.best.parts] == [0.5, 0.5]
    x = run.model.encoding.features(table)
    total = 0
    for share, place in ((0.75, 0), (0.25, 2)):
        for fold in folds:
            z = predict(fold[place].network, fold[place].weights, x).astype(np.float64)
            total += share / 2 * np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    root = np.sqrt(total)
    np.testing.assert_allclose(run.model.outputs(table), root / root.sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(run.model.outputs(table), chosen.model.outputs(table), rtol=1e-12)


def test_the_record_tells_versions_machine_members_and_ranking(folder_of_run):
    assert sorted(os.listdir(folder_of_run)) == FILES
    found = json.loads((folder_of_run / "run.json").read_text())
    assert found["format"] == FORMAT
    assert abs((datetime.now().astimezone() - datetime.fromisoformat(found["created"])).total_seconds()) < 60
    assert found["best"] == 1
    assert found["ranking"] == [1, 2, 0]
    assert [member["score"] for member in found["members"]] == [0.25, 0.75, 0.5]
    assert [member["description"]["seed"] for member in found["members"]] == [1, 1, 1]
    for name in ("schuss", "jax", "jaxlib", "numpy", "scikit-learn", "duckdb"):
        assert found["versions"][name] == metadata.version(name)
    assert found["machine"]["cores"] == os.cpu_count()
    assert found["machine"]["platform"] == "cpu"
    assert found["machine"]["instructions"] == np.show_config(mode="dicts")["SIMD Extensions"]["found"]


def test_the_leaderboard_has_a_row_for_every_member_best_first(tmp_path):
    trials = [
        trial(Member((4, 5), "tanh", SGD(0.25), "cosine", dropout=0.5, l2=0.125, seed=3), score=0.25),
        trial(Member(()), score=0.75, status="stopped early", seconds=1.23456),
        trial(Member((4,)), status="diverged", diverged_at=7, best=BestEpoch(), steps=6),
        trial(Member((4,)), status="interrupted", best=BestEpoch(), steps=0, weights=None),
    ]
    content = (save(tmp_path, "d", trials, shares=[0.75, 0.25]) / "leaderboard.csv").read_bytes()
    assert content.decode().split("\n") == [
        "rank,member,score,cost,share,status,epochs,best_epoch,steps,seconds,optimizer,learning_rate,schedule,batch_size,"
        "hidden_layer_sizes,activation,dropout,l2,loss,seed",
        "1,1,0.75,0.75,0.75,stopped early,2,2.0,5,1.235,adam,0.001,constant,8,none,relu,0.0,0.0,cross_entropy,0",
        '2,0,0.25,0.75,0.25,done,2,2.0,5,0.0,sgd,0.25,cosine,8,"4,5",tanh,0.5,0.125,cross_entropy,3',
        "3,2,,1.1,0.0,diverged at step 7,3,,6,0.0,adam,0.001,constant,8,4,relu,0.0,0.0,cross_entropy,0",
        "4,3,,,0.0,interrupted,0,,0,0.0,adam,0.001,constant,8,4,relu,0.0,0.0,cross_entropy,0",
        "",
    ]


def test_the_history_has_every_cost_and_every_validation(tmp_path, monkeypatch):
    monkeypatch.setattr("schuss.runs.write.HISTORY_ROWS", 8)
    trials = [trial(steps=5), trial(steps=30), trial(steps=0)]
    table = pd.read_parquet(save(tmp_path, "d", trials) / "history.parquet")
    assert list(table) == ["fold", "member", "kind", "number", "cost", "learning_rate", "score"]
    for place, one in enumerate(trials):
        h = one.history
        steps = table[(table.member == place) & (table.kind == "step")]
        np.testing.assert_array_equal(steps.number, h.steps)
        np.testing.assert_array_equal(steps.cost, h.costs)
        np.testing.assert_array_equal(steps.learning_rate, h.learning_rates)
        assert steps.score.isna().all()
        epochs = table[(table.member == place) & (table.kind == "epoch")]
        assert epochs.number.tolist() == [1, 2]
        np.testing.assert_array_equal(epochs.cost, h.validation_costs)
        np.testing.assert_array_equal(epochs.score, h.validation_scores)
        assert epochs.learning_rate.isna().all()
    assert (table.kind == "step").sum() == sum(len(one.history.steps) for one in trials)


def test_the_weights_are_those_of_every_member_that_has_any(tmp_path):
    trials = [trial(score=0.1), trial(weights=None, best=BestEpoch()), trial(Member((2,), seed=4))]
    found = load_file(save(tmp_path, "d", trials) / "members.safetensors")
    assert sorted(found) == sorted(
        f"0/{member}/{layer}/{name}"
        for member, layers in ((0, (0, 2, 4)), (2, (0, 2)))
        for layer in layers
        for name in "Wb"
    )
    np.testing.assert_array_equal(found["0/2/2/W"], trials[2].weights[2]["W"])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_costs_that_are_not_finite_are_no_reason_to_lose_a_run(tmp_path, bad):
    trials = [trial(best=BestEpoch(0.5, bad, 1)), trial(score=0.25)]
    trials[0].history.add_steps(6, np.array([bad]), np.array([0.1]))
    found = Run(save(tmp_path, "d", trials)).record
    assert found["ranking"] == [0, 1]
    assert found["members"][0]["cost"] is None


# Which folder


def test_runs_of_one_second_get_folders_of_their_own(tmp_path, monkeypatch):
    class Noon(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2030, 1, 2, 12, 0, 0)

    monkeypatch.setattr(write, "datetime", Noon)
    name = "20300102-120000-d"
    folders = [save(tmp_path / "deep" / "er", "d", [trial(score=k / 4)]) for k in range(3)]
    assert [folder.name for folder in folders] == [name, f"{name}-2", f"{name}-3"]
    assert [Run(folder).record["members"][0]["score"] for folder in folders] == [0.0, 0.25, 0.5]
    assert len(save(tmp_path, "a" * 300, [trial()]).name) < 100


def test_latest_is_the_newest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="runs/: must hold a run, however: none; train first"):
        Run("latest")
    for minute, name in enumerate(["b", "c", "a"]):
        folder = save(tmp_path / "runs", name, [trial()])
        os.utime(folder / "run.json", (60 * minute, 60 * minute))
    hidden = shutil.copytree(folder, tmp_path / "runs" / ".20991231-000000-d.1.partial")
    os.utime(hidden / "run.json")
    assert Run("latest").folder.name == folder.name
    assert Run(folder).folder == Run(str(folder)).folder == folder


@pytest.mark.parametrize("stage", ["_write_leaderboard", "_write_history", "_write_weights", "appear"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_run_that_cannot_be_saved_leaves_nothing(tmp_path, monkeypatch, stage, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(write, stage, fail)
    with pytest.raises(type(error)):
        save(tmp_path, "d", [trial()])
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_killed_while_it_is_saved_is_not_seen(tmp_path, monkeypatch):
    def fail(*_):
        raise SystemExit

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(write, "appear", fail)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # nobody cleans up
    with pytest.raises(SystemExit):
        save(tmp_path / "runs", "d", [trial()])
    assert [path.name[0] for path in (tmp_path / "runs").iterdir()] == ["."]
    with pytest.raises(InputError, match="must hold a run, however: none"):
        Run("latest")


def test_a_place_for_runs(tmp_path, monkeypatch):
    runs.require_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for parent in (tmp_path / "file", tmp_path / "file" / "runs"):
        with pytest.raises(
            InputError, match=f"{parent}: must be a folder for runs, however: .*file is a file; name an"
        ):
            runs.require_writable(parent)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(InputError, match="may not be written to; name another with --runs"):
        runs.require_writable(tmp_path / "a")


# What is refused


def edited(**changes):
    def edit(folder):
        path = folder / "run.json"
        content = json.loads(path.read_text())
        for key, value in changes.items():
            content[key] = value(content[key])
        path.write_text(json.dumps(content))

    return edit


def described(**changes):
    """Another description of the best member, which is member 1."""
    return edited(members=lambda members: [members[0], {"description": members[1]["description"] | changes}])


def without(key):
    def edit(folder):
        content = json.loads((folder / "run.json").read_text())
        del content[key]
        (folder / "run.json").write_text(json.dumps(content))

    return edit


def weights(change):
    def edit(folder):
        path = folder / "members.safetensors"
        save_file(change(load_file(path)), path)

    return edit


def cut(name, share):
    def edit(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])

    return edit


@pytest.mark.parametrize(
    ("damage", "file", "said"),
    [
        (cut("run.json", 0.9), "run.json", "however: "),
        (cut("run.json", 0), "run.json", "however: "),
        (lambda folder: (folder / "run.json").write_bytes(b"\xff\xfe\x00"), "run.json", "however: "),
        (lambda folder: (folder / "run.json").write_text("[1]"), "run.json", "format 'list', and this version reads"),
        (edited(format=lambda _: 99), "run.json", "format 99, and this version reads format 3"),
        (without("format"), "run.json", "format None"),
        (without("members"), "run.json", "no entry 'members'"),
        (without("folds"), "run.json", "no entry 'folds'"),
        (without("prior"), "run.json", "no entry 'prior'"),
        (edited(prior=lambda _: [1.0]), "run.json", "prior has the shape (1,)"),
        (edited(prior=lambda _: ["a", "b", "c"]), "run.json", "could not convert"),
        (edited(folds=lambda _: []), "run.json", "there are no folds"),
        (edited(best=lambda _: 3), "run.json", "list index out of range"),
        (edited(best=lambda _: -1), "run.json", "a place must be a whole number ≥ 0, however: -1"),
        (edited(best=lambda _: "1"), "run.json", "a place must be a whole number ≥ 0, however: '1'"),
        (edited(model=lambda m: m | {"shares": []}), "run.json", "shares or the temperature"),
        (edited(model=lambda m: m | {"shares": [[1, 2.0]]}), "run.json", "shares or the temperature"),
        (edited(model=lambda m: m | {"shares": [[7, 1.0]]}), "run.json", "list index out of range"),
        (edited(model=lambda m: m | {"temperature": 0}), "run.json", "shares or the temperature"),
        (edited(settings=lambda s: s | {"roles": {"owner": 1}}), "run.json", "owner"),
        (edited(folds=lambda f: [f[0] | {"encoding": {}}]), "run.json", "the encoding"),
        (described(activation="wave"), "run.json", "There is no activation 'wave'"),
        (described(hidden_layer_sizes=[-4]), "run.json", "hidden_layer_sizes must be a whole number ≥ 1"),
        (described(optimizer={"name": "adam", "gamma": 1}), "run.json", "gamma"),
        (described(hidden_layer_sizes=[4, 6]), "members.safetensors", "0/1/2/W is F32 [4, 5], not F32 [4, 6]"),
        (described(hidden_layer_sizes=[10**12]), "members.safetensors", "0/1/0/W is F32 [3, 4], not F32 [3, 1000"),
        (cut("members.safetensors", 0.5), "members.safetensors", "however: "),
        (cut("members.safetensors", 0), "members.safetensors", "however: "),
        (lambda folder: (folder / "members.safetensors").unlink(), "members.safetensors", "No such file"),
        (lambda folder: (folder / "members.safetensors").write_bytes(pickle.dumps({"0/1/0/W": 1})),
         "members.safetensors", "however: "),
        (lambda folder: (folder / "run.json").write_bytes(pickle.dumps({})), "run.json", "however: "),
        (weights(lambda w: {k: v for k, v in w.items() if k[2] != "1"}), "members.safetensors", "0/1/0/W"),
        (weights(lambda w: w | {"0/1/0/W": w["0/1/0/W"].T.copy()}), "members.safetensors", "0/1/0/W is F32 [4, 3], n"),
        (weights(lambda w: w | {"0/1/0/b": w["0/1/0/b"].astype(np.float64)}), "members.safetensors", "b is F64 [4]"),
    ],
)  # fmt: skip
def test_damage_is_refused_with_the_name_of_the_file(folder_of_run, damage, file, said):
    folder = folder_of_run
    assert Run(folder).record["best"] == 1
    damage(folder)
    with pytest.raises(InputError) as caught:
        Run(folder)
    assert str(caught.value).startswith(f"{folder / file}: must be as `schuss train` wrote it, however: ")
    assert said in str(caught.value)


def test_what_is_no_run_folder_is_refused(tmp_path):
    for path, found in ((tmp_path / "no", "no such folder"), (tmp_path, "a folder without run.json")):
        with pytest.raises(InputError, match=f"{path}: must be a run folder, however: {found}; name a folder that"):
            Run(path)


def relu(z):
    """Not the one of the table."""
    return z * z


def wave(*_):
    return 0.1


@pytest.mark.parametrize(
    ("member", "said"),
    [
        (Member((4,), wave), "There is no activation 'wave'"),
        (Member((4,), relu), "There is no activation 'own relu'"),
        (Member((4,), schedule=wave), "There is no schedule 'wave'"),
        (Member((4,), optimizer=optax.sgd(0.1)), "There is no optimizer 'GradientTransformationExtraArgs'"),
        (Member(network=Sequential(Linear(3, 3))), "A network of your own cannot be read back from a file: 3 → 3"),
    ],
)
def test_a_member_of_ones_own_making_is_kept_but_not_read_back(tmp_path, member, said):
    folder = save(tmp_path, "d", [trial(member)])
    assert sorted(os.listdir(folder)) == FILES
    with pytest.raises(InputError, match=f"run.json: must be as .*{said}"):
        Run(folder)


def test_functions_of_the_tables_are_read_back_however_they_were_given(tmp_path):
    folder = save(tmp_path, "d", [trial(Member((4,), tanh, loss=huber), loss=huber)])
    member = Run(folder).best.parts[0].member
    assert (member.activation, member.loss) == ("tanh", "huber")
