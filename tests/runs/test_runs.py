"""The files of a run hold what training left, and the model that is read back has its bits."""

import dataclasses
import json
import math
import os
from datetime import datetime
from importlib import metadata

import numpy as np
import optax
import pandas as pd
import pyarrow as pa
import pytest
from safetensors.numpy import load_file

from schuss import runs
from schuss.activations import tanh
from schuss.engine.evaluation import predict
from schuss.engine.trial import BestEpoch
from schuss.jobs.run import Run
from schuss.layers import Linear, PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling
from schuss.losses import huber
from schuss.member import Member
from schuss.network import Sequential
from schuss.optimizers import SGD, Lion
from schuss.runs.read import FORMAT
from schuss.schedules import Cosine, WarmUp
from schuss.selection.dataset import DataSet
from schuss.selection.metrics import metric
from schuss.selection.plan import Plan
from schuss.selection.select import select_members
from schuss.tables import InputError, Split
from tests.runs.made import COLUMNS, encoding_of, facts, save, selection, trial

FILES = ["history.parquet", "leaderboard.csv", "members.safetensors", "run.json"]


def test_all_files_are_for_the_same_eyes(folder_of_run):
    assert len({path.stat().st_mode for path in folder_of_run.iterdir()}) == 1


@pytest.mark.parametrize(
    ("member", "classes", "outputs"),
    [
        (Member((4, 5), "tanh", seed=1), 3, 3),
        (Member((), "relu", dropout=0.5), 3, 3),
        (Member((6,), "gelu", SGD(0.3, 0.9, True), WarmUp(0.2, Cosine()), 7, 0.25, 0.1), 2, 2),
        (Member((6,), "silu", Lion(0.1), loss="binary_cross_entropy"), 2, 1),
        (Member((4, 4, 4), "elu", "adamw", loss="huber"), 0, 1),
        (Member((6,), frequencies=4, frequency_scale=1.5, embedding_speed=3.0, scaling_speed=20.0), 3, 3),
        (Member((6,), bins=4, embedding_speed=3.0), 3, 3),
    ],
    ids=["classes", "perceptron", "two classes", "one output", "numbers", "waves and scales", "ramps"],
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
    run = Run(runs.save(tmp_path, "d", facts(prior=(0.5, 0.25, 0.25)), chosen))
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


def test_waves_of_the_quantities_of_a_table_are_trained_and_read_back(tmp_path):
    """Of three inputs the middle one alone is a number on a scale."""
    rng = np.random.default_rng(0)
    table = pa.table(
        {"new": rng.integers(0, 2, 80) == 1, "x": rng.normal(size=80), "sold": rng.integers(0, 2, 80) == 1}
    )
    codes = rng.integers(0, 2, 80, np.int32)
    table = table.append_column("y", pa.array(np.where(codes, "yes", "no")))
    data, plan = DataSet(table, "y", "classification", ("no", "yes"), codes), Plan(epochs=2, devices=1)
    fold = data.fold(Split(np.arange(60), np.arange(60, 80), np.arange(0)), plan)
    member = Member((4,), frequencies=3, bins=4, scaling_speed=20.0, batch_size=8)
    chosen = select_members([member], [fold], metric("accuracy", 2), plan)
    layers = chosen.candidates[0].trials[0].network.layers
    assert layers[:3] == (PeriodicEmbedding(3, (1,), 3), PiecewiseLinearEmbedding(6, (1,), 4), Scaling(9))
    run = Run(runs.save(tmp_path, "d", facts(2), chosen))
    assert run.best.parts[0].network.layers == layers
    np.testing.assert_array_equal(run.best.outputs(table), chosen.best.outputs(table))


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
    waved = Member((4,), frequencies=8, scaling_speed=20.0)
    trials = [
        trial(Member((4, 5), "tanh", SGD(0.25), "cosine", dropout=0.5, l2=0.125, seed=3), score=0.25),
        trial(Member(()), score=0.75, status="stopped early", seconds=1.23456),
        trial(Member((4,)), status="diverged", diverged_at=7, best=BestEpoch(), steps=6),
        trial(waved, status="interrupted", best=BestEpoch(), steps=0, weights=None),
        trial(Member((4,), bins=5), status="waiting", best=BestEpoch(), steps=0, weights=None),
    ]
    content = (save(tmp_path, "d", trials, shares=[0.75, 0.25]) / "leaderboard.csv").read_bytes()
    assert content.decode().split("\n") == [
        "rank,member,score,cost,share,status,epochs,best_epoch,steps,seconds,optimizer,learning_rate,schedule,batch_size,"
        "hidden_layer_sizes,activation,dropout,l2,frequencies,frequency_scale,bins,embedding_speed,scaling_speed,loss,"
        "label_smoothing,clip_norm,averaging,seed",
        "1,1,0.75,0.75,0.75,stopped early,2,2.0,5,1.235,adam,0.001,constant,8,none,relu,0.0,0.0,0,0.0,0,0.0,0.0,"
        "cross_entropy,0.0,0.0,0.0,0",
        '2,0,0.25,0.75,0.25,done,2,2.0,5,0.0,sgd,0.25,cosine,8,"4,5",tanh,0.5,0.125,0,0.0,0,0.0,0.0,cross_entropy,0.0,0.0,0.0,3',
        "3,2,,1.1,0.0,diverged at step 7,3,,6,0.0,adam,0.001,constant,8,4,relu,0.0,0.0,0,0.0,0,0.0,0.0,"
        "cross_entropy,0.0,0.0,0.0,0",
        "4,3,,,0.0,interrupted,0,,0,0.0,adam,0.001,constant,8,4,relu,0.0,0.0,8,0.3,0,1.0,20.0,cross_entropy,0.0,0.0,0.0,0",
        "5,4,,,0.0,waiting,0,,0,0.0,adam,0.001,constant,8,4,relu,0.0,0.0,0,0.0,5,1.0,0.0,cross_entropy,0.0,0.0,0.0,0",
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
    trials[0].history.add_steps(np.array([bad]))
    found = Run(save(tmp_path, "d", trials)).record
    assert found.ranking == (0, 1)
    assert found.members[0].cost is None


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
    with pytest.raises(InputError, match=f"run.json: This is not what .*{said}"):
        Run(folder)


def test_functions_of_the_tables_are_read_back_however_they_were_given(tmp_path):
    folder = save(tmp_path, "d", [trial(Member((4,), tanh, loss=huber), loss=huber)])
    member = Run(folder).best.parts[0].member
    assert (member.activation, member.loss) == ("tanh", "huber")
