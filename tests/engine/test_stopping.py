"""When members end, which epoch is the best, and what is kept of the way."""

import time

import jax
import numpy as np
import pytest

from schuss.engine import history
from schuss.engine.train import train
from schuss.optimizers import SGD
from tests.engine.population import (
    EPOCHS,
    HELD,
    MIXED,
    TABLE,
    accuracy,
    alone,
    assert_same_bits,
    member,
    stopping,
    whole,
)


def test_members_stop_when_patience_ends():
    trials, _ = stopping()
    assert {trial.status for trial in trials} == {"stopped early", "diverged"}
    for trial in trials:
        if trial.status == "stopped early":
            assert trial.epochs == trial.best.epoch + 1 + 20
            assert trial.t == trial.epochs * trial.per_epoch < trial.steps


def test_the_best_weights_are_those_of_the_best_epoch():
    for trial in stopping()[0]:
        scores, costs = trial.history.validation_scores, trial.history.validation_costs
        assert len(scores) == len(costs) == trial.epochs
        if trial.epochs:
            best = int(np.lexsort((costs, -scores))[0])  # of equal scores the lower cost
            assert trial.best == (scores[best], costs[best], best)
            assert accuracy(trial, HELD) == pytest.approx(scores[best], abs=1e-6)
    assert any(np.sum(t.history.validation_scores == t.best.score) > 1 for t in stopping()[0])
    trial = stopping()[0][0]
    (again,) = train([trial.member], TABLE, HELD, epochs=trial.best.epoch + 1)
    for a, b in zip(jax.tree.leaves(again.weights), jax.tree.leaves(trial.weights), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("grouped", [False, True])
def test_members_that_have_stopped_cost_no_steps(grouped):
    trials, executed = stopping(grouped)
    for trial in trials:
        if trial.status != "diverged":
            assert executed[trial.member] == trial.t


@pytest.mark.parametrize("by", ["score", "cost"])
def test_the_best_epoch_is_chosen_by_score_or_by_cost(by):
    rate = 3.0  # so large that the two disagree
    (trial,) = train([member(SGD(rate))], TABLE, HELD, epochs=EPOCHS, best_epoch_by=by)
    costs, scores = trial.history.validation_costs, trial.history.validation_scores
    expected = {"cost": int(costs.argmin()), "score": int(np.lexsort((costs, -scores))[0])}
    assert expected["cost"] != expected["score"]
    assert trial.best.epoch == expected[by]
    assert trial.best[:2] == pytest.approx((scores[expected[by]], costs[expected[by]]))


def test_every_cost_and_rate_is_kept_by_step():
    trial = alone(MIXED[0])
    T = 3 * EPOCHS
    np.testing.assert_array_equal(trial.history.steps, np.arange(1, T + 1))
    rates = 0.3 * (1 + np.cos(np.pi * np.arange(T) / T)) / 2
    np.testing.assert_allclose(trial.history.learning_rates, rates, rtol=1e-6)
    assert len(trial.history.costs) == T
    assert len(trial.history.validation_costs) == len(trial.history.validation_scores) == 0


def test_a_long_history_goes_to_disk_bit_for_bit(monkeypatch):
    (expected,) = train(MIXED[:1], TABLE, HELD, epochs=9)
    monkeypatch.setattr(history, "IN_MEMORY", 8)
    (trial,) = train(MIXED[:1], TABLE, HELD, epochs=9)
    assert isinstance(trial.history.costs, np.memmap)
    assert_same_bits(trial, expected)


def test_costs_are_kept_in_the_type_of_the_training():
    members = [member(SGD(0.3, 0.9, nesterov=True))]
    single, double = (train(members, TABLE, epochs=2, dtype=dtype)[0].history for dtype in (np.float32, np.float64))
    assert (single.costs.dtype, double.costs.dtype) == (np.float32, np.float64)
    assert (single.learning_rates.dtype, double.learning_rates.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single.costs, double.costs, rtol=1e-4)
    assert (double.costs != np.float32(double.costs)).any()


@pytest.mark.parametrize("grouped", [False, True])
def test_the_seconds_of_all_members_are_those_of_the_one_worker(grouped):
    """Nearly all of the time that passes, and never more, is spent in training."""
    members = [whole(SGD(0.1), hidden=(64, 64), activation="relu", seed=seed) for seed in range(4)]
    train(members, TABLE, epochs=3, devices=1, grouped=grouped)  # compiles
    started = time.perf_counter()
    trials = train(members, TABLE, epochs=1_000, devices=1, grouped=grouped)
    passed = time.perf_counter() - started
    assert 0.4 * passed < sum(trial.seconds for trial in trials) <= passed
    assert all(trial.seconds > 0 for trial in trials)
