"""Choosing: which members a space gives, and how trained ones are ranked."""

import dataclasses
import itertools
import math
from collections import Counter

import numpy as np
import pytest

from schuss.engine.data import Table, data_of
from schuss.engine.trial import plan, shapes_of
from schuss.member import Member
from schuss.optimizers import OPTIMIZERS
from schuss.space import EMBEDDINGS_DRAWN, MANY_QUANTITIES, MEMBERS_A_SHAPE, Space, grid, sample

NAMES = {kind: name for name, kind in OPTIMIZERS.items()}
DRAWN = {"sgd": 1, "momentum": 1, "adagrad": 1, "rmsprop": 2, "adam": 2, "adamw": 5, "nadam": 2, "lion": 2}


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
        ({"frequencies": [-1]}, "frequencies must be a whole number ≥ 0, not -1"),
        ({"bins": [8, -1]}, "bins must be a whole number ≥ 0, not -1"),
        ({"frequency_scale": [0.0]}, "frequency_scale must be in"),
        ({"label_smoothing": [0.1, 1.0]}, r"label_smoothing must be in \[0, 1\), not 1.0"),
        ({"scaling_speed": [-1.0]}, r"scaling_speed must be in \[0, inf\), not -1.0"),
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
    assert grid(Space(label_smoothing=[0.1])) == [Member(label_smoothing=0.1)]


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
        "frequencies": [3],
        "bins": [0, 5],
        "frequency_scale": [0.1, 0.2],
        "embedding_speed": [2.0],
        "scaling_speed": [0.0, 4.0],
        "loss": ["huber"],
        "label_smoothing": [0.0, 0.1],
        "clip_norm": [0.0, 1.0],
        "averaging": [0.0, 0.99],
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


def test_optimizers_are_drawn_as_often_as_they_say_with_rates_within_their_ranges():
    drawn = [name_and_rate(member) for member in sample(Space(), 1_600, 500)]
    assert Counter(name for name, _ in drawn) == {name: 100 * often for name, often in DRAWN.items()}
    for name in DRAWN:
        rates = np.array([rate for own, rate in drawn if own == name])
        low, high = OPTIMIZERS[name].learning_rates
        assert low <= rates.min() < low * (high / low) ** 0.2
        assert low * (high / low) ** 0.8 < rates.max() <= high
        assert (rates < math.sqrt(low * high)).mean() == pytest.approx(0.5, abs=0.2)  # log-uniform
    counts = Counter(name_and_rate(member)[0] for member in sample(Space(), 16, 500))
    assert counts == DRAWN


@pytest.mark.parametrize(
    ("choice", "low", "high"),
    [("dropout", 0.02, 0.35), ("frequency_scale", 0.05, 3), ("embedding_speed", 0.5, 5), ("scaling_speed", 1, 60)],
)
def test_numbers_are_drawn_for_every_member_within_their_ranges(choice, low, high):
    values = [getattr(member, choice) for member in sample(Space(), 400, 500)]
    drawn = [value for value in values if value > 0]  # a shape may have no scaling at all
    assert low <= min(drawn) < low * (high / low) ** 0.1
    assert low * (high / low) ** 0.9 < max(drawn) <= high
    assert len(set(drawn)) > 0.9 * len(drawn) > 200


def waves_and_ramps(members=200, quantities=9, **given):
    """(waves, ramps) of the members of a sample."""
    return [(m.frequencies, m.bins) for m in sample(Space(**given), members, 500, quantities=quantities)]


def test_shapes_have_waves_and_ramps_in_turn():
    assert waves_and_ramps(40) == [*[(8, 0)] * 16, *[(0, 8)] * 16, *[(8, 0)] * 8]
    assert [tuple(embedding.values()) for embedding in EMBEDDINGS_DRAWN] == [(8, 0), (0, 8)]


def test_with_many_columns_of_numbers_there_are_no_waves_and_ramps_unless_asked_for():
    assert {*waves_and_ramps(quantities=MANY_QUANTITIES)} == {(8, 0), (0, 8)}
    assert {*waves_and_ramps(quantities=MANY_QUANTITIES + 1)} == {(0, 0)}
    assert {*waves_and_ramps(quantities=MANY_QUANTITIES + 1, frequencies=[4], bins=[3])} == {(4, 3)}


def test_waves_that_are_given_leave_no_ramps_and_the_other_way_round():
    assert {*waves_and_ramps(frequencies=[4])} == {(4, 0)}
    assert {*waves_and_ramps(bins=[4])} == {(0, 4)}
    assert {*waves_and_ramps(bins=[0])} == {(0, 0)}


def test_decoupled_weight_decay_is_drawn_where_the_optimizer_names_a_range():
    for member in sample(Space(), 160, 500):
        rule = member.optimizer
        low, high = rule.weight_decays or (0.0, 0.0)
        assert low <= rule.weight_decay <= high
    decays = {member.optimizer.weight_decay for member in sample(Space(optimizer=["adamw"]), 50, 500)}
    assert len(decays) == 50


@pytest.mark.parametrize("rows", [90, 3_000, 60_000])
def test_a_sample_has_few_static_shapes(rows):
    data = data_of(Table(np.zeros((rows, 2)), np.arange(rows) % 2), None)
    for members in (1, 16, 17, 64):
        drawn = sample(Space(), members, rows)
        shapes = set(shapes_of([plan(member, data, 1, None) for member in drawn], data))
        assert len(shapes) <= math.ceil(members / MEMBERS_A_SHAPE)
    assert len(shapes) > 1
    first = drawn[0]  # the first shape is that of what comes first
    assert (first.hidden_layer_sizes, first.activation, first.frequencies) == ((128, 128), "silu", 8)
    sizes = {90: {"auto"}, 3_000: {256, 128}, 60_000: {512, 256}}
    assert {member.batch_size for member in sample(Space(), 500, rows)} == sizes[rows]
