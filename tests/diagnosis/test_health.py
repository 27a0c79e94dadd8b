"""Health: each sign is found where it was planted, and only there; figures are PyTorch's."""

import dataclasses
import json
from dataclasses import asdict, replace

import jax.numpy as jnp
import numpy as np
import pyarrow as pa
import pytest
import torch

from schuss import backpropagation
from schuss.diagnosis import probe as probe_module
from schuss.diagnosis.health import FLAT, examine, layers_of
from schuss.diagnosis.probe import ROWS, probe, some_rows
from schuss.engine.data import Table
from schuss.engine.trial import BestEpoch
from schuss.layers import Activation, Dropout, Linear
from schuss.losses import cross_entropy
from schuss.member import Member
from schuss.network import Sequential
from schuss.selection.dataset import DataSet
from schuss.selection.metrics import metric
from schuss.selection.plan import Plan
from schuss.selection.select import select_members
from schuss.tables import Split

RNG = np.random.default_rng(0)
ROWS_HERE = 240
X = RNG.normal(size=(ROWS_HERE, 3))
TRAINING, VALIDATION = np.arange(160), np.arange(160, ROWS_HERE)


@pytest.fixture(scope="module")
def trained():
    """A selection of one member, trained for an epoch; its trial is where tests plant what they look for."""
    y = np.where(X[:, 0] > 0, "yes", "no")
    table = pa.table({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y})
    data = DataSet(table, "y", "classification", ("no", "yes"), (X[:, 0] > 0).astype(np.int32))
    plan = Plan(epochs=1, devices=1)
    fold = data.fold(Split(TRAINING, VALIDATION, np.arange(0)), plan)
    return select_members([Member((4,)), Member((4,), seed=1)], [fold], metric("accuracy", 2), plan)


def planted(selection, member=None, weights=None, *, labels=None, validation_labels=None, **facts):
    """The same with another best member: its network, weights and what its training was like."""
    best = selection.order[0]
    trial = selection.candidates[best].trials[0]
    if member is not None:
        network = member.build(3, 2, classification=True)
        trial = replace(trial, member=member, network=network, weights=weights or network.initialize(0))
    history = replace(trial.history, validation_costs=facts.pop("validation_costs", trial.history.validation_costs))
    candidate = replace(selection.candidates[best], trials=(replace(trial, history=history, **facts),))
    candidates = [candidate if place == best else other for place, other in enumerate(selection.candidates)]
    fold = selection.folds[0]
    if labels is not None:
        fold = replace(fold, training=replace(fold.training, y=labels))
    if validation_labels is not None:
        fold = replace(fold, validation=replace(fold.validation, y=validation_labels))
    return replace(selection, folds=(fold,), candidates=tuple(candidates), blend=None, calibration=None)


def finding(selection, sign):
    found = [f for f in examine(selection).members[0].findings if f.sign == sign]
    return found[0] if found else None


# One pass


@pytest.mark.parametrize("rows", [5, ROWS], ids=["a few rows", "as many as there may be"])
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_a_probe_is_the_trace_of_its_rows(trained, rows, weighted):
    trial = trained.candidates[trained.order[0]].trials[0]
    x = RNG.normal(size=(rows, 3)).astype(np.float32)
    y, weight = (x[:, 0] > 0).astype(np.int32), RNG.uniform(size=rows).astype(np.float32) if weighted else None
    wanted = backpropagation.trace(trial.network, trial.weights, x, y, cross_entropy, weight=weight)
    found = probe(trial, Table(x, y, weight))
    np.testing.assert_allclose(found.cost, wanted.cost, rtol=1e-5)
    np.testing.assert_allclose(found.input_delta, wanted.input_delta, rtol=1e-4, atol=1e-8)
    for layer, reference in zip(found.layers, wanted.layers, strict=True):
        assert layer.name == reference.name
        np.testing.assert_allclose(layer.value, reference.value, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(layer.delta, reference.delta, rtol=1e-4, atol=1e-8)
        for name, gradient in reference.gradients.items():
            np.testing.assert_allclose(layer.gradients[name], gradient, rtol=1e-4, atol=1e-7)


def test_members_that_differ_in_dropout_share_a_program_and_have_no_noise(trained):
    member = Member((5,), dropout=0.5)
    one = planted(trained, member).candidates[trained.order[0]].trials[0]
    other = replace(one, network=member.build(3, 2, classification=True).with_dropout(0.9))
    rows = some_rows(trained.folds[0].training, 20)
    programs = probe_module._passes._cache_size()
    assert probe(one, rows).cost == probe(other, rows).cost
    assert probe_module._passes._cache_size() == programs + 1


def test_some_rows_are_all_of_a_few_and_the_ends_of_many():
    table = Table(np.arange(5000)[:, None], np.arange(5000), np.arange(5000) / 2)
    chosen = some_rows(table)
    assert len(chosen.x) == ROWS
    assert (chosen.y[0], chosen.y[-1]) == (0, 4999)
    assert len(set(chosen.y.tolist())) == ROWS
    np.testing.assert_array_equal(chosen.weight, chosen.y / 2)
    few = some_rows(Table(np.arange(7)[:, None], np.arange(7)))
    np.testing.assert_array_equal(few.y, np.arange(7))
    assert few.weight is None


# Layers


def torch_slopes(name, z):
    """f'(z) of PyTorch's function, and the largest on a wide grid."""
    function = {"leaky_relu": torch.nn.functional.leaky_relu, "relu": torch.relu}.get(name, getattr(torch, name, None))
    function = function or getattr(torch.nn.functional, name)

    def slope(values):
        leaf = torch.tensor(values, requires_grad=True)
        return np.abs(torch.autograd.grad(function(leaf).sum(), leaf)[0].numpy())

    return slope(z), slope(np.linspace(-9, 9, 1001)).max()


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "sigmoid", "tanh", "gelu", "silu", "mish", "elu", "selu"])
def test_flat_is_where_pytorchs_slope_is_small(name):
    x = RNG.normal(size=(64, 3)).astype(np.float32)
    network = Sequential(Linear(3, 5), Activation(name), Linear(5, 2))
    params = network.initialize(0)
    params[0]["W"][:] *= 6
    params[0]["b"][:] = [0, 1, -60, 60, -2]  # the third and, where the function is bounded, the fourth never change
    params[2]["W"][:] *= 0.01  # every row has a loss to be mended
    passed = backpropagation.trace(network, params, x, (x[:, 0] > 0).astype(np.int32), cross_entropy)
    first, last = layers_of(network.layers, passed)
    z = x.astype(np.float64) @ params[0]["W"] + params[0]["b"]
    slopes, steepest = torch_slopes(name, z)
    flat = slopes < FLAT * steepest
    border = np.abs(slopes / (FLAT * steepest) - 1) < 0.2  # where another steepest slope could decide otherwise
    assert first.flat == pytest.approx(flat.mean(), abs=border.mean() + 1e-9)
    assert first.dead == flat.all(axis=0).sum()
    assert first.dead == {"leaky_relu": 0, "sigmoid": 2, "tanh": 2}.get(name, 1)
    assert (first.activation, first.units, last.activation, last.flat, last.units) == (name, 5, "", None, 2)


def test_gradients_are_pytorchs(trained):
    trial, training = trained.candidates[trained.order[0]].trials[0], trained.folds[0].training
    weights = [torch.tensor(layer[k]) for layer in trial.weights if layer for k in ("W", "b")]
    for weight in weights:
        weight.requires_grad_()
    z = torch.relu(torch.tensor(np.asarray(training.x)) @ weights[0] + weights[1]) @ weights[2] + weights[3]
    torch.nn.functional.cross_entropy(z, torch.tensor(np.asarray(training.y), dtype=torch.long)).backward()
    layers = examine(trained).members[0].layers
    for layer, (weight, bias) in zip(layers, [weights[:2], weights[2:]], strict=True):
        both = np.concatenate([weight.grad.ravel(), bias.grad.ravel()])
        assert layer.gradient == pytest.approx(np.sqrt(np.mean(both**2)), rel=1e-4)


def test_layers_that_let_everything_through_are_left_alone():
    network = Sequential(Linear(2, 3), Dropout(0.5), Activation("softmax"), Linear(3, 2), Activation("identity"))
    x, y = jnp.ones((4, 2)), jnp.array([0, 1, 1, 0])
    found = layers_of(network.layers, backpropagation.trace(network, network.initialize(0), x, y, cross_entropy))
    assert [(layer.name, layer.activation) for layer in found] == [("Linear", ""), ("Linear", "")]


# Signs


@pytest.mark.parametrize(("dead", "level"), [(0, "good"), (4, "good"), (6, "watch"), (12, "bad")])
def test_dead_units_are_counted(trained, dead, level):
    member = Member((16,))
    network = member.build(3, 2, classification=True)
    weights = network.initialize(3)
    weights[0]["b"][:] = 20
    weights[0]["b"][:dead] = -60
    found = finding(planted(trained, member, weights), "dead units")
    assert found.level == level
    assert found.verdict.startswith(f"{dead} of 16" if dead else "None of 16")
    assert bool(found.remedy) == (level != "good")


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize(("scale", "level"), [(0.1, "good"), (1000, "watch")], ids=["small weights", "large weights"])
def test_saturation_is_found(trained, activation, scale, level):
    member = Member((16,), activation)
    weights = member.build(3, 2, classification=True).initialize(3)
    weights[0]["W"][:] *= scale
    selection = planted(trained, member, weights)
    assert finding(selection, "saturated units").level == level
    assert finding(selection, "dead units") is None


@pytest.mark.parametrize(
    ("member", "scale", "words"),
    [
        (Member((8,) * 8, "sigmoid"), 0.3, "vanish"),
        (Member((8,) * 8, "leaky_relu"), 12, "explode"),
        (Member((8,) * 2, "relu"), 1, "reach every layer"),
    ],
    ids=["sigmoids", "large weights", "two layers of relu"],
)
def test_gradients_that_vanish_or_explode_are_found(trained, member, scale, words):
    weights = member.build(3, 2, classification=True).initialize(0)
    for layer in weights:
        for name in layer:
            layer[name] = layer[name] * np.float32(scale)
    if scale > 1:
        weights[0]["W"][:] *= 1e-7  # nothing but the way back is large
    found = finding(planted(trained, member, weights), "gradients")
    assert words in found.verdict
    assert found.level == ("good" if words.startswith("reach") else "bad")


def test_gradients_are_compared_between_fully_connected_layers(trained):
    member = Member((4, 5), frequencies=3, scaling_speed=20.0)
    selection = planted(trained, member)
    layers = examine(selection).members[0].layers
    assert [layer.name for layer in layers] == ["PeriodicEmbedding", "Scaling", *["Linear"] * 3]
    assert [layer.units for layer in layers] == [12, 12, 4, 5, 2]
    ratio = layers[2].gradient / layers[4].gradient
    assert len({f"{layer.gradient:.2g}" for layer in layers}) == 5
    assert finding(selection, "gradients").verdict.startswith(f"The first layer's gradient is {ratio:.2g} times")


def test_numbers_that_are_not_finite_are_said_to_be_so_and_fit_into_json(trained):
    member = Member((4,))
    weights = member.build(3, 2, classification=True).initialize(0)
    weights[0]["W"][:] = np.float32(3e38)
    selection = planted(trained, member, weights)
    assert finding(selection, "gradients").level == "bad"
    json.dumps(asdict(examine(selection)), allow_nan=False)


def test_over_fitting_is_what_is_lost_of_the_gain(trained):
    """A member that knows the first column's sign, on training labels that are just that, and on others."""
    member = Member(())
    weights = ({"W": np.array([[-9, 9], [0, 0], [0, 0]], np.float32), "b": np.zeros(2, np.float32)},)
    fold = trained.folds[0]
    right = {
        part: (np.asarray(getattr(fold, part).x)[:, 0] > 0).astype(np.int32) for part in ("training", "validation")
    }
    for wrong, level in ((0, "good"), (8, "watch"), (30, "bad")):
        labels = right["validation"].copy()
        labels[:wrong] ^= 1
        selection = planted(trained, member, weights, labels=right["training"], validation_labels=labels)
        health = examine(selection).members[0]
        assert health.training_score == 1
        assert health.validation_score == pytest.approx(1 - wrong / len(labels))
        found = finding(selection, "over-fitting")
        majority = np.bincount(right["training"]).argmax()
        baseline = (labels == majority).mean()
        lost = (wrong / len(labels)) / (1 - baseline)
        assert f"{lost:.0%}" in found.verdict
        assert found.level == level


def test_over_fitting_tells_where_the_validation_cost_turned(trained):
    member = Member(())
    weights = ({"W": np.array([[-9, 9], [0, 0], [0, 0]], np.float32), "b": np.zeros(2, np.float32)},)
    fold = trained.folds[0]
    labels = (np.asarray(fold.training.x)[:, 0] > 0).astype(np.int32)
    others = (np.asarray(fold.validation.x)[:, 1] > 0).astype(np.int32)
    costs = np.array([1.0, 0.5, np.nan, 0.6, 0.9])
    selection = planted(trained, member, weights, labels=labels, validation_labels=others, validation_costs=costs)
    assert "lowest after epoch 2 of 5" in finding(selection, "over-fitting").verdict


@pytest.mark.parametrize(
    ("costs", "best", "status", "level"),
    [
        (np.linspace(2, 1, 40), 39, "done", "watch"),
        (np.linspace(2, 1, 40), 20, "done", "good"),
        (np.concatenate([np.linspace(2, 1, 30), np.ones(10)]), 39, "done", "good"),
        (np.linspace(2, 1, 40), 39, "stopped early", None),
        (np.ones(1), 0, "done", None),
    ],
    ids=["falls to the end", "best before", "flat at the end", "stopped early", "one epoch"],
)
def test_still_descending_is_the_best_at_the_end_of_a_fall(trained, costs, best, status, level):
    selection = planted(trained, validation_costs=costs, best=BestEpoch(0.5, float(costs[best]), best), status=status)
    found = finding(selection, "still descending")
    assert (found and found.level) == level


def test_diverged_members_are_counted_by_optimizer(trained):
    one = trained.candidates[0]
    rates = {"sgd": 2.0, "momentum": 0.5, "adam": 0.1}
    candidates = []
    for name, rate in rates.items():
        member = Member((4,), optimizer=type(Member(optimizer=name).optimizer)(rate))
        trial = replace(one.trials[0], member=member, diverged_at=None if name == "adam" else 7)
        candidates.append(replace(one, trials=(trial,)))
    selection = replace(trained, candidates=tuple(candidates), order=(2, 1, 0), blend=None)
    (found,) = examine(selection).findings
    assert found.level == "bad"
    assert found.verdict.startswith("2 of 3 members diverged")
    assert "1 with sgd, 1 with momentum" in found.verdict
    assert "0.5." in found.verdict
    many = replace(selection, candidates=(*candidates, *[candidates[2]] * 8))
    assert examine(many).findings[0].level == "good"
    assert examine(replace(selection, candidates=(candidates[2],) * 3)).findings[0].verdict == "No member diverged."


def test_the_best_and_the_largest_shares_are_looked_at(trained):
    health = examine(trained)
    shares = dict(trained.shares())
    assert health.members[0].member == trained.order[0]
    assert {member.member for member in health.members} == {trained.order[0], *shares}
    assert health.rows == len(TRAINING)


def test_without_validation_rows_nothing_is_said_of_them(trained):
    fold = trained.folds[0]
    empty = replace(fold, validation=Table(np.zeros((0, 3), np.float32), np.zeros(0, np.int32)), rows=np.arange(0))
    selection = replace(planted(trained, validation_costs=np.zeros(0)), folds=(empty,))
    (member,) = examine(selection).members
    assert member.validation_score is None
    assert member.training_score is not None
    assert {found.sign for found in member.findings} == {"dead units", "gradients"}
    assert dataclasses.asdict(member)["layers"]
