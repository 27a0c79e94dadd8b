"""Members whose numbers overflow: frozen at their last finite weights, and no harm to others."""

import dataclasses

import jax
import numpy as np
import pytest

from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.layers import Linear, Tanh
from schuss.member import Member
from schuss.network import Sequential
from schuss.optimizers import SGD
from schuss.selection.ranking import rank
from tests.engine.population import alone, assert_same_bits, wild


def test_a_member_that_diverges_is_frozen_at_its_last_finite_weights():
    trial = wild()[1]
    assert trial.status == "diverged"
    assert 1 < trial.diverged_at == trial.t + 1 < 60
    assert len(trial.history.costs) == trial.t
    assert np.isfinite(trial.history.costs).all()
    before = alone(trial.member, trial.t)  # as many epochs as steps
    assert before.status == "done"
    for a, b in zip(jax.tree.leaves(trial.weights), jax.tree.leaves(before.weights), strict=True):
        assert np.isfinite(a).all()
        assert a.tobytes() == b.tobytes()
    assert alone(trial.member, trial.t + 2).diverged_at == trial.diverged_at  # one step more is one too many


def test_a_member_that_diverges_changes_nobody_elses_bits():
    for trial in (wild()[0], wild()[2]):
        assert trial.status == "done"
        assert_same_bits(trial, alone(trial.member, 60))


def test_members_that_diverged_are_ranked_last_the_later_the_better():
    calm, first, other = wild()
    late = dataclasses.replace(first, diverged_at=first.diverged_at + 1)
    order = rank([first, late, calm, other])
    assert set(order[:2]) == {2, 3}
    assert order[2:] == [1, 0]


def constant(value):
    return lambda rng, inputs, outputs, dtype: np.full((inputs, outputs), value, dtype)


OVERFLOWING = Sequential(Linear(1, 4, constant(1e-12)), Tanh(), Linear(4, 1, constant(1)))


@pytest.mark.parametrize(("alpha", "diverged_at"), [(2e28, None), (2e29, 20)])
def test_weights_that_overflow_behind_a_finite_cost_are_found(alpha, diverged_at):
    """Behind tanh infinite weights do the cost no harm. Weights of 2·10³⁸ are finite, though their sum is not."""

    def once(learning_rate, t, epoch, steps):
        return np.where(t == 20, learning_rate, 1e-30)

    one = Member(network=OVERFLOWING, optimizer=SGD(alpha), schedule=once, loss="mean_absolute_error", batch_size=8)
    (trial,) = train([one], Table(np.full((8, 1), 1e10), np.full(8, -1.0)), epochs=50)
    assert trial.diverged_at == diverged_at
    assert (trial.status, trial.t) == (("diverged", 19) if diverged_at else ("done", 50))
    assert np.isfinite(trial.history.costs).all()
    assert all(np.isfinite(w).all() for w in jax.tree.leaves(trial.weights))
    assert np.max(np.abs(trial.weights[0]["W"])) > 1e38 or diverged_at
