"""One network in the blend's place: what it learns, when it is taken, and that nothing else changes."""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from schuss.selection import distil as distilling
from schuss.selection.calibration import Calibration, apply
from schuss.selection.clock import Clock
from schuss.selection.dataset import DataSet
from schuss.selection.distil import distil
from schuss.selection.model import interpret
from schuss.selection.plan import Plan
from schuss.selection.rounds import Course
from schuss.selection.select import select
from schuss.space import Space
from schuss.tables.splitting.split import together

N = 240
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N, 2))
NOISY = X[:, 0] - X[:, 1] + RANDOM.normal(scale=0.7, size=N)
TABLE = pa.table({"a": X[:, 0], "b": X[:, 1], "y": 100 + 20 * NOISY, "c": np.where(NOISY > 0, "yes", "no")})
VALUES = DataSet(TABLE.drop_columns(["c"]), "y", "regression")
CLASSES = DataSet(TABLE.drop_columns(["y"]), "c", "classification", ("no", "yes"), (NOISY > 0).astype(np.int32))
SPACE = Space(
    optimizer=["adam"], learning_rate=[0.005], hidden_layer_sizes=[(16,)], activation=["tanh"], batch_size=[32]
)
PLAN = Plan(space=SPACE, seeds=4, epochs=60, devices=1)


def rows_of(data):
    return data.table.drop_columns([data.target])


def evenly(found):
    """The selection with a blend of its three best members, not calibrated."""
    places = found.blended[:3]
    shares = np.isin(found.blended, places) / 3
    outputs = sum(found.candidates[place].outputs(found.folds) for place in places) / 3
    blend = found.blend._replace(shares=shares)
    return replace(found, blend=blend, calibration=None, outputs=(outputs, found.outputs[1]))


@pytest.fixture(scope="module")
def chosen():
    """(target, how many folds) → a selection of a blend of three members."""
    kinds = [(data, folds) for data in (VALUES, CLASSES) for folds in (1, 2)]
    return {(data.target, folds): evenly(select(data, replace(PLAN, folds=folds))) for data, folds in kinds}


def distilled(data, found, **more):
    splits = data.splits(found.plan)
    return distil(found, data.fold(together(splits[0]), found.plan), splits, **more)


@pytest.mark.parametrize("folds", [1, 2])
@pytest.mark.parametrize("data", [VALUES, CLASSES], ids=["values", "classes"])
def test_a_blend_becomes_one_network_that_predicts_nearly_the_same(chosen, data, folds):
    before = chosen[data.target, folds]
    after = distilled(data, before)
    assert len(after.model.parts) == 1
    assert after.model.temperature == after.distilled.temperature
    said, meant = after.model.outputs(rows_of(data)), before.model.outputs(rows_of(data))
    spread = 20.0 if data is VALUES else 1.0
    assert np.abs(said - meant).mean() < 0.03 * spread
    assert after.teacher.outputs(rows_of(data)).tolist() == meant.tolist()
    alone = before.best.outputs(rows_of(data))
    assert np.abs(said - meant).mean() < np.abs(alone - meant).mean()


@pytest.mark.parametrize("folds", [1, 2])
def test_students_are_judged_on_rows_that_have_not_taught_them(chosen, folds, monkeypatch):
    before, taught = chosen["c", folds], []
    original = distilling.engine.train

    def watch(members, table, **options):
        taught.append((members, table, options))
        return original(members, table, **options)

    monkeypatch.setattr(distilling.engine, "train", watch)
    after = distilled(CLASSES, before)
    assert len(taught) == folds + 1
    for (members, table, options), fold in zip(taught, [*before.folds, after.distilled.fold], strict=True):
        best = before.candidates[before.shares()[0][0]].member
        assert members == [replace(best, loss="cross_entropy")]
        np.testing.assert_array_equal(table.x, fold.training.x)
        assert options["epochs"] == 60
    trials = [original(members, table, **options)[0] for members, table, options in taught]
    outputs = [
        interpret(distilling.predict(trial.network, trial.weights, fold.validation.x), fold.encoding)
        for trial, fold in zip(trials, before.folds, strict=False)
    ]
    outputs = apply(np.concatenate(outputs), after.distilled.temperature)
    np.testing.assert_array_equal(after.outputs[0], outputs)
    y = np.concatenate([fold.truth("validation") for fold in before.folds])
    assert after.distilled.network == before.metric.score(y, outputs)
    assert after.distilled.blend == before.metric.score(y, before.outputs[0])
    whole = np.sort(np.concatenate([split[part] for split in CLASSES.splits(before.plan)[:1] for part in (0, 1)]))
    np.testing.assert_allclose(taught[-1][1].y, before.model.outputs(rows_of(CLASSES))[whole], rtol=1e-5, atol=1e-7)


def test_a_student_that_is_worse_leaves_the_blend_in_its_place(chosen):
    before = chosen["y", 1]
    after = distilled(VALUES, replace(before, plan=replace(before.plan, epochs=1)))
    assert after.distilled.trial is None
    assert after.distilled.blend - after.distilled.network > after.distilled.error > 0
    assert after.outputs is before.outputs
    x = rows_of(VALUES)
    np.testing.assert_array_equal(after.model.outputs(x), before.model.outputs(x))


def test_what_students_learn_is_not_smoothed():
    found = select(CLASSES, replace(PLAN, space=replace(SPACE, label_smoothing=[0.2]), folds=2, distil=True, epochs=20))
    assert {candidate.member.label_smoothing for candidate in found.candidates} == {0.2}
    assert found.distilled.trial.member.label_smoothing == 0


def test_one_network_is_left_as_it_is(chosen):
    before = chosen["y", 1]
    shares = np.eye(len(before.blended))[0]
    alone = replace(before, blend=before.blend._replace(shares=shares))
    assert distilled(VALUES, alone) is alone
    unscored = replace(before, outputs=None)
    assert distilled(VALUES, unscored) is unscored


def test_without_time_nothing_is_distilled(chosen):
    before = chosen["y", 1]
    assert distilled(VALUES, before, clock=Clock(0.1)) is before
    assert distilled(VALUES, before, clock=Clock(3_600)).distilled.trial is not None


@pytest.mark.parametrize("ended", [1, 2])
@pytest.mark.parametrize("status", ["interrupted", "out of time"])
def test_a_student_that_was_broken_off_leaves_the_blend_in_its_place(chosen, monkeypatch, status, ended):
    before, original, count = chosen["y", 1], distilling.engine.train, []

    def stop(*given, **options):
        count.append(1)
        found = original(*given, **options)
        if len(count) == ended:
            found[0].status = status
        return found

    monkeypatch.setattr(distilling.engine, "train", stop)
    after = distilled(VALUES, before)
    assert (after.distilled, after.interrupted) == (None, status == "interrupted")


def test_a_student_that_diverges_leaves_the_blend_in_its_place(chosen, monkeypatch):
    before, original = chosen["y", 1], distilling.engine.train

    def spoil(members, table, **options):
        found = original(members, table, **options)
        if len(table.x) > len(before.folds[0].training.x):
            found[0].status = "diverged"
        return found

    monkeypatch.setattr(distilling.engine, "train", spoil)
    after = distilled(VALUES, before)
    assert after.distilled.trial is None
    assert math.isnan(after.distilled.network)


def test_the_plan_says_whether_and_a_course_says_it_again():
    plan = replace(PLAN, folds=2, distil=True)
    first = select(VALUES, plan)
    assert len(first.model.parts) == 1
    again = select(VALUES, plan, course=Course(first.rounds, refit=False, distil=True))
    for one, other in zip(first.model.parts[0].weights, again.model.parts[0].weights, strict=True):
        for name, array in one.items():
            np.testing.assert_array_equal(array, other[name])
    assert select(VALUES, plan, course=Course(first.rounds, refit=False, distil=False)).distilled is None
    assert select(VALUES, replace(plan, distil=False)).distilled is None


def test_the_network_has_a_temperature_of_its_own(chosen, monkeypatch):
    found = {}
    for t in (1.0, 2.0):
        monkeypatch.setattr(
            distilling, "calibrate", lambda p, y, weight, seed, t=t: Calibration(t, 1.0, 0.5, helps=True)
        )
        found[t] = distilled(CLASSES, chosen["c", 2])
    plain, soft = (found[t].model.outputs(rows_of(CLASSES)) for t in (1.0, 2.0))
    np.testing.assert_allclose(soft, apply(plain, 2.0))
    np.testing.assert_allclose(found[2.0].outputs[0], apply(found[1.0].outputs[0], 2.0))


def test_one_logit_learns_the_second_class():
    space = replace(SPACE, loss=["binary_cross_entropy"])
    found = select(CLASSES, replace(PLAN, space=space, folds=2, distil=True))
    assert found.distilled.trial.loss == "binary_cross_entropy"
    meant, said = (model.outputs(rows_of(CLASSES)) for model in (found.teacher, found.model))
    assert np.abs(said - meant).mean() < 0.03
