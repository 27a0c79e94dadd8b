"""Choosing: which members a space gives, and how trained ones are ranked."""

import dataclasses
import itertools
import math
from collections import Counter

import numpy as np
import pytest

from schuss.engine.data import Table, data_of
from schuss.engine.history import History
from schuss.engine.trial import BestEpoch, Trial, plan, shape_of
from schuss.member import Member
from schuss.optimizers import OPTIMIZERS
from schuss.selection.ranking import Configuration, configurations, last_cost, rank
from schuss.space import MEMBERS_A_SHAPE, Space, grid, sample

NAMES = {kind: name for name, kind in OPTIMIZERS.items()}
DRAWN = ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion"]


def name_and_rate(member):
    return NAMES[type(member.optimizer)], member.optimizer.learning_rate


# Spaces


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"optimizer": ["adam", "adma"]}, "There is no optimizer 'adma'. Did you mean 'adam'"),
        ({"schedule": ["cosin"]}, "There is no schedule 'cosin'. Did you mean 'cosine'"),
        ({"activation": ["rulu"]}, "There is no activation 'rulu'. Did you mean 'relu'"),
        ({"loss": ["hubber"]}, "There is no loss 'hubber'. Did you mean 'huber'"),
        *(({"learning_rate": [0.1, r]}, f"learning_rate must be > 0 and finite, not {r}") for r in (0.0, -1.0)),
        *(({"learning_rate": [r]}, "learning_rate must be > 0 and finite") for r in (math.nan, math.inf)),
        ({"batch_size": [0]}, "batch_size must be a whole number ≥ 1, not 0"),
        ({"hidden_layer_sizes": [(8, 0)]}, "hidden_layer_sizes must be a whole number ≥ 1, not 0"),
        ({"dropout": [0.5, 1.0]}, r"dropout must be in \[0, 1\), not 1.0"),
        ({"l2": [-0.5]}, r"l2 must be in \[0, inf\), not -0.5"),
    ],
)
def test_a_space_refuses_wrong_values(choice, said):
    with pytest.raises(ValueError, match=said):
        Space(**choice)


def test_several_values_of_one_choice_are_a_list():
    assert not Space().has_list()
    assert not Space(optimizer=["adam"], hidden_layer_sizes=[(8, 8)]).has_list()
    assert Space(hidden_layer_sizes=[(8, 8), ()]).has_list()


# Grids


def test_a_grid_has_a_member_for_every_combination_and_seed():
    lists = {
        "hidden_layer_sizes": [(4,), (8, 8), ()],
        "activation": ["tanh"],
        "batch_size": [16, "auto"],
        "dropout": [0.0, 0.5],
    }
    space = Space(optimizer=["sgd", "lion"], learning_rate=[0.1, 0.2], **lists)
    members = grid(space, seeds=[3, 7])
    found = [(*name_and_rate(m), *(getattr(m, name) for name in lists), m.seed) for m in members]
    wanted = itertools.product(["sgd", "lion"], [0.1, 0.2], *lists.values(), [3, 7])
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    assert {(m.l2, m.loss, m.schedule) for m in members} == {(0.0, "auto", Member().schedule)}


def test_a_grid_takes_defaults_for_what_is_left_open():
    assert grid(Space()) == [Member()]
    assert grid(Space(optimizer=["sgd"])) == [Member(optimizer="sgd")]
    assert grid(Space(l2=[0.1])) == [Member(l2=0.1)]


# Samples


@pytest.mark.parametrize("members", [1, 7, 16, 17, 64, 100])
@pytest.mark.parametrize("seeds", [range(1), range(5, 8)])
def test_a_sample_has_so_many_members_and_seeds_repeat_configurations(members, seeds):
    drawn = sample(Space(), members, rows=5000, seeds=seeds)
    assert len(drawn) == members
    runs = [drawn[k : k + len(seeds)] for k in range(0, members, len(seeds))]
    for same in runs:
        assert [member.seed for member in same] == list(seeds)[: len(same)]
        assert len({dataclasses.replace(member, seed=0) for member in same}) == 1


def test_the_same_random_state_draws_the_same_members():
    one, again, other = (sample(Space(), 40, 5000, random_state) for random_state in (1, 1, 2))
    assert one == again
    assert one != other
    assert sample(Space(), 20, 5000, 1) != one[20:]


def test_given_values_replace_those_that_would_be_drawn():
    given = {
        "schedule": ["staircase"],
        "batch_size": [7, 9],
        "hidden_layer_sizes": [(5,), ()],
        "activation": ["elu", "softplus"],
        "dropout": [0.25],
        "l2": [0.5],
        "loss": ["huber"],
    }
    drawn = sample(Space(optimizer=["adadelta", "amsgrad"], learning_rate=[0.3, 0.7], **given), 200, 5000)
    assert {name_and_rate(member) for member in drawn} == {*itertools.product(["adadelta", "amsgrad"], [0.3, 0.7])}
    for name, values in given.items():
        found = {getattr(member, name) for member in drawn}
        assert found == set(values) if name != "schedule" else {type(s).__name__ for s in found} == {"Staircase"}


def test_one_given_value_leaves_the_other_choices_open():
    drawn = sample(Space(optimizer=["sgd"]), 100, 5000)
    assert len({member.optimizer.learning_rate for member in drawn}) > 90
    assert len({member.hidden_layer_sizes for member in drawn}) > 1


def test_all_optimizers_are_drawn_alike_with_rates_within_their_ranges():
    drawn = [name_and_rate(member) for member in sample(Space(), 640, 500)]
    assert Counter(name for name, _ in drawn) == dict.fromkeys(DRAWN, 80)
    for name in DRAWN:
        rates = np.array([rate for own, rate in drawn if own == name])
        low, high = OPTIMIZERS[name].learning_rates
        assert low <= rates.min() < low * (high / low) ** 0.2
        assert low * (high / low) ** 0.8 < rates.max() <= high
        assert (rates < math.sqrt(low * high)).mean() == pytest.approx(0.5, abs=0.2)  # log-uniform
    counts = Counter(name_and_rate(member)[0] for member in sample(Space(), 29, 500))
    assert set(counts) == set(DRAWN)
    assert max(counts.values()) - min(counts.values()) <= 2


@pytest.mark.parametrize("rows", [90, 3000])
def test_a_sample_has_few_static_shapes(rows):
    data = data_of(Table(np.zeros((rows, 2)), np.arange(rows) % 2), None)
    for members in (1, 16, 17, 64):
        drawn = sample(Space(), members, rows)
        shapes = {shape_of(plan(member, data, 1, None), data) for member in drawn}
        assert len(shapes) <= math.ceil(members / MEMBERS_A_SHAPE)
    assert len(shapes) > 1
    assert drawn[0].hidden_layer_sizes == Member().hidden_layer_sizes  # the first shape is the plain one
    assert {member.batch_size for member in sample(Space(), 500, rows)} == ({"auto"} if rows == 90 else {"auto", 128})


# Rankings


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
