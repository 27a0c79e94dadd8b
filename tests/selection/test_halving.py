"""A short training of all members, and a full one of the best."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from schuss.engine import train as engine
from schuss.member import Member
from schuss.optimizers import SGD, Adam
from schuss.selection import select as selecting
from schuss.selection import training as trainings
from schuss.selection.dataset import DataSet
from schuss.selection.metrics import metric
from schuss.selection.plan import EFFORTS, SHORT, Plan
from schuss.selection.select import select_members
from schuss.selection.training import best_of
from schuss.space import Space

EPOCHS = 16
MEMBERS, FINALISTS = EFFORTS["normal"].members, EFFORTS["normal"].finalists
random = np.random.default_rng(0)
X = random.normal(size=(120, 2))
TABLE = pa.table({"a": X[:, 0], "b": X[:, 1], "y": X[:, 0] - X[:, 1] + random.normal(scale=0.1, size=120)})
DATA = DataSet(TABLE, "y", "regression")
# Perceptrons without hidden layers: one program. Rates from far too low to good; the first and the last diverge.
RATES = [1e6, *np.geomspace(1e-6, 0.3, 22).tolist(), 1e7]
POPULATION = [Member((), optimizer=SGD(rate), batch_size=40) for rate in RATES]


def select(plan, callback=None, name="r2", members=POPULATION):
    plan = replace(plan, epochs=EPOCHS)
    folds = [DATA.fold(split, plan) for split in DATA.splits(plan)]
    return select_members(members, folds, metric(name, 0), plan, callback=callback)


def epochs(candidate):
    return {trial.steps // trial.per_epoch for trial in candidate.trials}


@pytest.mark.parametrize("folds", [1, 3])
def test_the_best_dozen_is_trained_in_full_and_the_others_stay_as_they_were(folds):
    halved, short = select(Plan(folds=folds, halving=True)), select(Plan(folds=folds, halving=False))
    full = {place for place, one in enumerate(halved.candidates) if epochs(one) == {EPOCHS}}
    assert full == set(range(11, 23))  # those of the highest rates that do not diverge
    assert len(full) == FINALISTS
    assert all(epochs(one) == {EPOCHS // SHORT} for place, one in enumerate(halved.candidates) if place not in full)
    for place in full:  # to the bit what they are without a short training before
        for one, other in zip(halved.candidates[place].trials, short.candidates[place].trials, strict=True):
            np.testing.assert_array_equal(one.history.costs, other.history.costs)
    assert set(halved.blended) <= {*range(1, 23)}
    assert halved.order[0] in full


def test_finalists_are_those_of_lowest_cost_or_of_the_best_score():
    found = select(Plan(halving=False))
    one_place = [replace(candidate, score=float(-place)) for place, candidate in enumerate(found.candidates)]
    assert best_of(dict(enumerate(one_place)), FINALISTS, by_cost=True) == list(range(11, 23))
    assert best_of(dict(enumerate(one_place)), FINALISTS, by_cost=False) == list(range(1, 13))
    several = list(one_place)
    several[5] = replace(several[5], trials=(replace(several[5].trials[0], loss="huber"),))
    by_score = best_of(dict(enumerate(several)), FINALISTS, by_cost=True)
    assert by_score == list(range(1, 13))  # costs cannot be compared; diverged ones come last


@pytest.mark.parametrize(("name", "by_cost"), [("r2", True), ("neg_median_absolute_error", False)])
def test_a_metric_that_was_asked_for_chooses_the_finalists(monkeypatch, name, by_cost):
    asked = []
    monkeypatch.setattr(
        trainings, "best_of", lambda *given, by_cost: asked.append(by_cost) or best_of(*given, by_cost=by_cost)
    )
    select(Plan(halving=True), name=name)
    assert asked == [by_cost]


def test_members_are_halved_where_many_are_drawn_unless_told_otherwise():
    drawn, lists = Plan(), Plan(space=Space(optimizer=["sgd", "adam"]))
    assert 2 * FINALISTS <= MEMBERS
    assert drawn.halves(POPULATION[: 2 * FINALISTS])
    assert not drawn.halves(POPULATION[: 2 * FINALISTS - 1])
    assert not lists.halves(POPULATION)
    assert not Plan(members="grid").halves(POPULATION)
    assert replace(lists, members=24).halves(POPULATION)
    assert replace(lists, halving=True).halves(POPULATION[: FINALISTS + 1])
    assert not replace(drawn, halving=True).halves(POPULATION[:FINALISTS])
    assert not replace(drawn, halving=False).halves(POPULATION)


def test_without_validation_rows_all_are_trained_in_full():
    found = select(Plan(validation=0.0, halving=True))
    assert {epoch for one in found.candidates for epoch in epochs(one)} == {EPOCHS}


def test_progress_knows_of_what_is_ahead():
    seen = []
    select(Plan(halving=True), callback=lambda progress: seen.append((progress.steps, progress.planned)))
    per_epoch = 3  # 96 rows for training in mini-batches of 40
    everything = per_epoch * EPOCHS * (len(POPULATION) // SHORT + FINALISTS)
    assert seen[0][1] == pytest.approx(everything, rel=0.1)
    assert all(done <= planned for done, planned in seen)
    assert seen[-1][0] == seen[-1][1]


def test_an_interrupted_full_training_leaves_what_is_better(monkeypatch):
    train, calls = engine.train, []

    def interrupt_the_second(*args, **options):
        calls.append(len(args[0]))
        stops = [0, 1, *[None] * 10] if len(calls) == 2 else None  # not begun; one step; in full
        trials = train(*args, **{**options, "stops": stops})
        if stops:
            trials[0].status = trials[1].status = "interrupted"
        return trials

    monkeypatch.setattr(trainings.engine, "train", interrupt_the_second)
    found = select(Plan(halving=True))
    assert calls == [len(POPULATION), FINALISTS]
    assert found.interrupted
    full = {place for place, one in enumerate(found.candidates) if epochs(one) == {EPOCHS}}
    assert full == set(range(13, 23))
    assert found.rounds[1].stops == ((0, 1, *[None] * 10),)
    assert found.blend is not None


def test_members_are_drawn_for_the_numbers_among_the_inputs(monkeypatch):
    asked, draw = [], Plan.draw
    monkeypatch.setattr(Plan, "draw", lambda plan, *given: asked.append(given) or draw(plan, *given))
    selecting.select(DATA, Plan(members=1, epochs=1, space=Space(hidden_layer_sizes=[()])))
    assert asked == [(96, 2)]


def test_a_refit_gives_short_members_as_many_epochs_as_were_their_best():
    """Members that were left out may be in the blend, too."""
    space = Space(["adam"], [0.3], ["cosine"], [10, 20, 40], [()], scaling_speed=[0.0])
    plan = Plan(members=24, epochs=80, halving=True, space=space)
    found = selecting.select(DATA, plan)
    assert found.refitted is not None
    for place, trial in found.refitted.trials.items():
        assert trial.t // trial.per_epoch == found.candidates[place].trials[0].best.epoch + 1
        assert trial.steps == trial.t
        assert isinstance(trial.member.optimizer, Adam)
