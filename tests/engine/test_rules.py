"""A program holds exactly the update rules that its members use, and what a rule computes depends on no other."""

import dataclasses
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from schuss.engine import program as programs
from schuss.engine import update
from schuss.engine.data import Table, data_of
from schuss.engine.program import program
from schuss.engine.train import train
from schuss.engine.trial import numbers_of, plan, shape_of, shapes_of
from schuss.member import Member
from schuss.optimizers import SGD, Adam, AMSGrad, Lion, Optimizer
from schuss.optimizers.bank import BANK, COEFFICIENTS, SHARING
from schuss.optimizers.base import is_switch

random = np.random.default_rng(0)
X = random.normal(size=(130, 3))
CLASSES, VALUES = random.integers(0, 3, 130), random.normal(size=(130, 2))


@pytest.fixture(autouse=True)
def none_at_hand(monkeypatch):
    """No program that another test has left, so that each holds the rules asked for and no others."""
    monkeypatch.setattr(programs, "_programs", {})


def table(y, rows):
    return Table(X[rows], y[rows])


def optimizer_of(rule):
    """An optimizer with that rule, and numbers that all matter."""
    switches = {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule) if is_switch(f)}
    momentum = {"momentum": 0.5} if isinstance(rule, SGD) else {}
    return type(rule)(0.02, weight_decay=0.01, **switches, **momentum)


def bits(trial):
    history = trial.history
    arrays = [history.costs, history.validation_costs, history.validation_scores, *jax.tree.leaves(trial.weights)]
    return [np.asarray(array).tobytes() for array in arrays]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("l2", "dropout", "validation", "classes", "alone"),
    [
        (0.0, 0.0, False, False, SHARING),
        (0.1, 0.3, True, True, SHARING),
        (0.1, 0.0, False, True, SHARING[::4]),  # each alone is a program to compile: for mixed settings a few will do
        (0.0, 0.3, True, False, SHARING[2::4]),
    ],
)
def test_every_rule_alone_computes_what_it_computes_among_all(l2, dropout, validation, classes, alone):
    y = CLASSES if classes else VALUES
    tables = table(y, slice(100)), table(y, slice(100, 130)) if validation else None
    members = [
        Member((5,), "tanh", optimizer_of(rule), batch_size=36, l2=l2, dropout=dropout, seed=place)
        for place, rule in enumerate(SHARING)
    ]
    together = train(members, *tables, epochs=4)
    assert len({str(bits(trial)) for trial in together}) == len(members)
    for place in map(SHARING.index, alone):
        programs._programs.clear()  # else the one with all rules would do
        (by_itself,) = train([members[place]], *tables, epochs=4)
        assert bits(by_itself) == bits(together[place]), members[place].optimizer


@dataclass(frozen=True)
class AsLongAsTheArray(Optimizer):
    """A rule that looks at an array as a whole: w ← w − α·g/‖g‖."""

    def rule(self, g, w, s, alpha):
        return -alpha * g / jnp.maximum(jnp.linalg.norm(g), 1e-9), s


def test_weights_updated_as_one_vector_are_those_updated_array_by_array(monkeypatch):
    members = [
        Member((5,), "tanh", one, batch_size=36, frequencies=2, embedding_speed=3.0, scaling_speed=5.0)
        for one in (*map(optimizer_of, SHARING), AMSGrad(0.02), AsLongAsTheArray(0.1))
    ]
    tables = table(CLASSES, slice(100)), table(CLASSES, slice(100, 130))
    vectors, make = [], update._vector
    monkeypatch.setattr(update, "_vector", lambda tree: vectors.append(make(tree)) or vectors[-1])
    together = train(members, *tables, epochs=3)
    assert {vector.ndim for vector in vectors} == {1}
    vectors.clear()
    programs._programs.clear()
    monkeypatch.setattr(update, "MOST_TOGETHER", 0)
    for one, other in zip(together, train(members, *tables, epochs=3), strict=True):
        for a, b in zip(jax.tree.leaves(one.weights), jax.tree.leaves(other.weights), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=str(one.member.optimizer))
    assert not vectors


def shapes(*optimizers, **more):
    data = data_of(table(CLASSES, slice(100)), None)
    return shapes_of([plan(Member((5,), optimizer=one, **more), data, 1, None) for one in optimizers], data)


def test_a_program_holds_the_rules_that_its_members_use_in_the_order_of_the_bank():
    (one,) = shapes(Adam(0.3))
    assert [type(rule) for rule in one.rules] == [Adam]
    first, second, third = shapes(Lion(0.1), Adam(0.1), Adam(0.2, beta_1=0.5))
    assert first == second == third
    assert [type(rule) for rule in first.rules] == [Adam, Lion]
    assert {shape.rules for shape in shapes(*map(optimizer_of, SHARING))} == {SHARING}


def test_a_program_that_has_more_rules_is_taken_where_there_is_one():
    both = shapes(Lion(0.1), Adam(0.1))[0]
    assert shapes(Adam(0.2))[0].rules != both.rules
    kept = program(both)
    assert [program(shape) for shape in (*shapes(Adam(0.2)), *shapes(Lion(0.3)))] == [kept, kept]
    assert shapes(SGD(0.1))[0].rules != both.rules
    assert shapes(Adam(0.2), l2=0.5)[0] != both


def test_a_rule_that_keeps_more_and_a_transformation_have_programs_of_their_own():
    theirs = optax.adam(0.02)
    adam, amsgrad, other, foreign, sgd = shapes(Adam(), AMSGrad(0.1), AMSGrad(0.2, 0.5), theirs, SGD())
    assert adam == sgd
    assert amsgrad == other
    assert [type(rule) for rule in amsgrad.rules] == [AMSGrad]
    assert foreign.rules == (theirs,)
    assert len({adam, amsgrad, foreign}) == 3
    assert program(amsgrad) is program(other)
    assert set(BANK) - set(SHARING) == set(amsgrad.rules)


@dataclass(frozen=True)
class Sevenfold(Optimizer):
    """An optimizer of a user's own, with more numbers than any built-in one."""

    a: float = 1.0
    b: float = 2.0
    c: float = 3.0
    d: float = 4.0
    e: float = 5.0
    f: float = 6.0

    def rule(self, g, w, s, alpha):
        return -alpha * g * (self.f - self.e), s


def test_an_optimizer_of_ones_own_may_have_more_numbers_than_the_built_in_ones():
    assert len(Sevenfold().coefficients()) > COEFFICIENTS
    training = table(CLASSES, slice(100))
    own, sgd = train([Member((5,), optimizer=each) for each in (Sevenfold(0.1), SGD(0.1))], training, epochs=2)
    np.testing.assert_allclose(own.history.costs, sgd.history.costs, rtol=1e-5)


def test_members_of_other_layers_bring_no_rules():
    data = data_of(table(CLASSES, slice(100)), None)
    members = [Member((5,), optimizer="adam"), Member((6,), optimizer="sgd")]
    trials = [plan(member, data, 1, None) for member in members]
    assert shapes_of(trials, data) == [shape_of(trial, data) for trial in trials]


def test_a_members_numbers_name_its_own_rule():
    data = data_of(table(CLASSES, slice(100)), None)
    trials = [plan(Member((5,), optimizer=one), data, 1, None) for one in (Lion(), Adam(), SGD(nesterov=True))]
    for trial, shape in zip(trials, shapes_of(trials, data), strict=True):
        place = int(numbers_of(trial, data, shape).rule)
        assert shape.rules[place] == trial.member.optimizer.prototype()
