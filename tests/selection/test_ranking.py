"""Who is better: members one by one, and configurations over their seeds."""

import dataclasses
import itertools
import math

import numpy as np
import pytest

from schuss.engine.history import History
from schuss.engine.trial import BestEpoch, Trial
from schuss.member import Member
from schuss.selection.ranking import Configuration, configurations, last_cost, rank


def trial(score=-math.inf, cost=math.inf, *, costs=(), per_epoch=2, seed=0, rate=0.1, **fields):
    """A trained member with weights, and a validation score unless it is left out."""
    member = Member((2,), optimizer="sgd", seed=seed)
    member = dataclasses.replace(member, optimizer=dataclasses.replace(member.optimizer, learning_rate=rate))
    history = History()
    history.add_steps(np.array(costs, float))
    best = BestEpoch(score, cost, 0 if score > -math.inf else -1)
    known = {"status": "done", "weights": (), "t": len(costs), "best": best, "history": history}
    return Trial(member, member.build(2, 2), 8, "cross_entropy", 9, per_epoch, 9, **known | fields)


def diverged(step, *scored, **fields):
    return trial(*scored, status="diverged", diverged_at=step, **fields)


@pytest.mark.parametrize(
    "best_to_worst",
    [
        [trial(0.9, 0.5), trial(0.8, 0.1), trial(0.8, 0.2), trial(-3.0, 0.2)],
        [trial(0.9, 0.5), trial(0.9, math.inf), trial(0.8, 0.1)],
        [trial(0.9, 0.5), trial(0.9, math.nan), trial(0.8, 0.1)],
        [trial(0.1, 9.0, status="interrupted"), trial(costs=[0.1], status="interrupted")],
        [trial(0.1, 9.0), diverged(9, 0.9, 0.1), diverged(9, 0.8, 0.1), diverged(5), diverged(3)],
        [trial(0.1, 9.0), diverged(3, 0.9, 0.1), trial(weights=None)],
        [trial(costs=[9, 9, 1, 2]), trial(costs=[0, 0, 3, 2]), trial(costs=[5]), trial()],
    ],
    ids=["score, then cost", "inf", "NaN", "interrupted", "diverged", "no weights", "no validation"],
)
def test_rank(best_to_worst):
    for places in itertools.islice(itertools.permutations(range(len(best_to_worst))), 24):
        shuffled = [best_to_worst[place] for place in places]
        assert [places[place] for place in rank(shuffled)] == list(range(len(best_to_worst)))


def test_equals_keep_their_order():
    assert rank([trial(0.5, 1.0)] * 3) == [0, 1, 2]


def test_the_last_cost_is_the_mean_of_the_last_epoch():
    assert last_cost(trial(costs=[8, 6, 4, 1], per_epoch=2)) == 2.5
    assert last_cost(trial(costs=[8, 6, 4, 1, 7], per_epoch=4)) == 4.5
    assert last_cost(trial()) == math.inf


def test_configurations():
    good, poor, failed = {"rate": 0.1}, {"rate": 0.2}, {"rate": 0.3}
    trials = [
        trial(0.7, 1.0, seed=0, **poor),
        trial(0.6, 1.0, seed=0, **good),
        trial(0.9, 1.0, seed=0, **failed),
        trial(0.9, 1.0, seed=1, **good),
        trial(math.nan, 1.0, seed=1, **failed),
        trial(0.7, 0.5, seed=1, **poor),
        trial(0.9, 1.0, seed=2, **good),
    ]
    descriptions, scores = [one.member.describe() for one in trials], [one.best.score for one in trials]
    found = configurations(descriptions, scores, rank(trials))
    assert [c.places for c in found] == [(3, 6, 1), (5, 0), (2, 4)]
    for c in found[:2]:
        own = [scores[place] for place in c.places]
        assert (c.score, c.spread) == pytest.approx((np.mean(own), np.std(own, ddof=1)))
    assert found[2] == Configuration((2, 4), -math.inf, None)
    assert configurations(descriptions[:1], scores[:1], [0]) == [Configuration((0,), 0.7, None)]
