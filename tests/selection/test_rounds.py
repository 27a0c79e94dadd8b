"""Which members are trained next, and how long."""

import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from schuss.engine import program
from schuss.engine.crew import Limits
from schuss.selection.clock import Clock, seconds_of
from schuss.selection.dataset import DataSet
from schuss.selection.plan import EFFORTS, SHORT, Plan
from schuss.selection.rounds import FEWEST, Course, Round, again, by_clock
from schuss.selection.select import select
from schuss.space import Space

NORMAL = EFFORTS["normal"]
random = np.random.default_rng(0)
X = random.normal(size=(150, 2))
TABLE = pa.table({"a": X[:, 0], "b": X[:, 1], "y": X[:, 0] - X[:, 1] + random.normal(scale=0.1, size=150)})
DATA = DataSet(TABLE, "y", "regression")
LINEAR = Space(["adam"], [], ["cosine"], [30], [()], frequencies=[0], scaling_speed=[0.0])


class Imagined:
    """A training of members that each take a second for 100 epochs on one fold, and whose costs fall as told."""

    def __init__(self, members=1_000, folds=1, gain=0.0, plan=None, limited=None):
        self.plan = plan or Plan(epochs=100, patience=20, budget=1.0)
        self.members = [None] * members
        self.folds = [None] * folds
        self.validates = True
        self.gain = gain
        self.limited = limited
        self.rounds = []
        self.costs = {}

    def take(self, rounds, clock):
        """Run all rounds, each for as long as is expected of it."""
        for one, limits in rounds:
            self.rounds.append(one)
            assert one.folds <= len(self.folds)
            for place in one.members[: self.limited]:
                self.costs[place] = self.costs.get(place, 1.0 + place / 1e6) * (1 - self.gain)
            clock.now += self.seconds(one.members, replace(self.plan, epochs=one.epochs), one.folds)
            assert limits.end >= clock.end
        return self.rounds

    def seconds(self, places, plan, folds):
        return len(places) * plan.epochs / 100 * folds

    def _often(self, place):
        return sum(place in one.members for one in self.rounds)

    def finalists(self, count):
        return [place for place in self.costs if self._often(place) == 1][:count]

    def best(self, count):
        return [place for place in self.costs if self._often(place) > 1][:count]

    def cost(self, place):
        return self.costs[place]

    @property
    def folds_in_use(self):
        return self.rounds[1].folds if len(self.rounds) > 1 else len(self.folds)

    @property
    def may_leave_folds(self):
        return self.plan.folds is None and len(self.rounds) < 2

    def refits(self, folds):
        return self.plan.refit and folds == 1


class Told(Clock):
    """A clock that is set by hand."""

    def __init__(self, seconds):
        self.now = 0.0
        self.seconds = seconds

    end = property(lambda self: self.seconds)
    left = property(lambda self: self.seconds - self.now)


def rounds(seconds, **more):
    imagined, clock = Imagined(**more), Told(seconds)
    return imagined.take(by_clock(imagined, clock), clock), clock


@pytest.mark.parametrize("seconds", [12, 20, 33, 60, 200, 900])
@pytest.mark.parametrize("folds", [1, 5])
@pytest.mark.parametrize("gain", [0.0, 0.1])
def test_rounds_fit_into_the_time_and_leave_some_to_train_the_model_again(seconds, folds, gain):
    found, clock = rounds(seconds, folds=folds, gain=gain)
    assert clock.now <= seconds
    best = [one for one in found if one.epochs >= 100]
    if best and best[-1].folds == 1:
        assert clock.left >= 0.1 * len(best[-1].members) * best[-1].epochs / 100


def test_first_all_are_tried_on_one_fold_then_the_best_are_trained_in_full():
    first, second, *_ = rounds(40, folds=5)[0]
    assert first == Round(tuple(range(NORMAL.members)), 1, 100 // SHORT, 20)
    assert second == Round(tuple(range(5)), 5, 100, 20)  # as many as 0.9 of 32 seconds hold


def test_where_there_is_no_time_for_folds_one_will_do_unless_they_were_asked_for():
    assert rounds(25, folds=5)[0][1] == Round(tuple(range(10)), 1, 100, 20)
    asked = rounds(25, folds=5, plan=Plan(epochs=100, patience=20, folds=5))[0][1]
    assert asked == Round(tuple(range(FEWEST)), 5, 76, 20)


def test_with_little_time_the_fewest_are_trained_for_fewer_epochs_or_not_at_all():
    assert rounds(13)[0][1:] == [Round(tuple(range(FEWEST)), 1, 75, 20)]
    assert rounds(10)[0][1:] == []


def test_with_much_time_more_epochs_are_tried_and_kept_where_they_help():
    useless, useful = rounds(300)[0], rounds(300, gain=0.1)[0]
    assert [one.epochs for one in useless[:4]] == [25, 100, 200, 25]
    assert useless[3].members == tuple(range(NORMAL.members, 2 * NORMAL.members))
    assert useless[4].epochs == 100
    assert [one.epochs for one in useful[:4]] == [25, 100, 200, 400]
    assert len(useful[2].members) == NORMAL.finalists // 2


def test_where_all_members_were_named_there_are_no_others():
    found = rounds(900, members=3)[0]
    assert {place for one in found for place in one.members} == {0, 1, 2}


def test_members_that_were_not_begun_are_not_trained_in_full():
    assert rounds(30, limited=2)[0][1].members == (0, 1)


def test_without_rows_to_choose_by_all_are_trained_in_full():
    training = SimpleNamespace(plan=Plan(epochs=7, patience=3), members=[None] * 40, validates=False)
    ((one, limits),) = by_clock(training, Told(9.0))
    assert (one, limits) == (Round(tuple(range(32)), 1, 7, 3), limits)
    assert limits.end >= 9.0


def test_an_earlier_course_is_followed():
    course = (Round((0, 1), 1, 5, 5, ((None, 3),)), Round((0,), 1, 9, 9))
    assert list(again(course)) == [(one, None) for one in course]


def test_a_clock_counts_from_the_start_and_keeps_time_for_the_blend():
    clock = Clock(60.0, time.monotonic() - 10)
    assert 9.9 < clock.elapsed < 20
    before = clock.left
    clock.keep_free(0.01)
    assert 4 < before - clock.left < 5
    clock.keep_free(9.0)
    clock.keep_free(0.01)
    assert 4 < before - clock.left < 6, "one slow measurement must not end the run"
    assert 0 < Clock.of_process(100.0).elapsed < 10_000


@pytest.mark.parametrize("wrong", ["", "s", "5 minutes", "-3s", "0", "1e5", 0, -1.0, float("nan"), float("inf")])
def test_a_budget_is_a_time(wrong):
    with pytest.raises(ValueError, match="budget must be"):
        seconds_of(wrong)


def test_a_budget_may_be_a_number_or_text():
    assert [seconds_of(text) for text in ("30s", " 5 m ", "2h", ".5h", "7", 8)] == [30, 300, 7_200, 1_800, 7, 8]
    with pytest.raises(ValueError, match="budget must be above 0 seconds"):
        Plan(budget=0.0)
    with pytest.raises(ValueError, match="quality must be normal or high"):
        Plan(quality="best")


@pytest.mark.parametrize(
    ("budget", "more"), [(4.0, {}), (0.5, {}), (6.0, {"folds": 3, "distil": True}), (3.0, {"validation": 0.0})]
)
def test_a_run_with_a_budget_can_be_repeated_to_the_bit(budget, more):
    """Whatever the clock decided: with half a second, that of a few steps."""
    plan = Plan(space=LINEAR, budget=budget, epochs=300, **more)
    first = select(DATA, plan)
    course = Course(first.rounds, first.refitted is not None, first.distilled is not None)
    second = select(DATA, plan, course=course)
    assert second.rounds == first.rounds
    assert second.shares() == first.shares()
    assert (second.refitted is None) == (first.refitted is None)
    x = DATA.table.drop_columns(["y"])
    np.testing.assert_array_equal(first.model.outputs(x), second.model.outputs(x))
    for one, other in zip(first.candidates, second.candidates, strict=True):
        assert [trial.t for trial in one.trials] == [trial.t for trial in other.trials]
        assert [trial.status for trial in one.trials] == [trial.status for trial in other.trials]


def test_a_repetition_asks_no_clock():
    """Not in the refit either: on a slower machine it would leave no time."""
    plan = Plan(space=LINEAR, epochs=20, members=4)
    first = select(DATA, plan)
    assert first.refitted is not None
    hurried = replace(plan, budget=1e-3)
    second = select(DATA, hurried, course=Course(first.rounds, refit=True))
    assert second.refitted is not None
    assert list(second.refitted.trials) == list(first.refitted.trials)
    x = DATA.table.drop_columns(["y"])
    np.testing.assert_array_equal(first.model.outputs(x), second.model.outputs(x))


def test_a_refit_takes_the_programs_that_are_there():
    plan = Plan(space=LINEAR, epochs=20, members=4)
    program._programs.clear()
    select(DATA, replace(plan, refit=False))
    before = len(program._programs)
    assert select(DATA, plan).refitted is not None
    assert len(program._programs) == before


def test_with_a_budget_members_are_drawn_as_without_one_and_more_of_them():
    few, many = Plan().draw(1_000, 3), Plan(budget=9.0).draw(1_000, 3)
    assert many[: len(few)] == few
    assert len(many) > 10 * len(few)
    assert Plan(budget=9.0, members=5).draw(1_000, 3) == few[:5]


def test_high_quality_draws_more_and_larger_networks_and_folds():
    high = Plan(quality="high")
    members = high.draw(5_000, 3)
    assert len(members) == EFFORTS["high"].members
    assert any(sum(member.hidden_layer_sizes) > 384 for member in members)
    assert not any(sum(member.hidden_layer_sizes) > 384 for member in Plan(members=96).draw(5_000, 3))
    divided = [high.divided(rows, ordered=False) for rows in (99, 100, 2_000, 2_001, 50_000, 50_001)]
    assert divided == [1, 8, 8, 5, 5, 1]
    assert high.divided(1_000, ordered=True) == 1
    assert replace(high, validation=0.3).divided(1_000, ordered=False) == 1
    assert replace(high, folds=2).divided(10**6, ordered=True) == 2
    assert high.timed(members, 5_000).epochs > 2 * Plan().timed(members, 5_000).epochs


def test_limits_are_infinite_unless_given():
    assert Limits() == Limits(float("inf"), float("inf"))
