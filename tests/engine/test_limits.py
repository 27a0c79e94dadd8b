"""Trainings that a moment or a step ends, and programs that a later training shares."""

import time

import numpy as np
import pytest

from schuss.engine import program
from schuss.engine.crew import Limits
from schuss.engine.data import Table
from schuss.engine.train import train
from tests.engine.population import CLASSES, EPOCHS, HELD, MIXED, TABLE, X, alone, assert_same_bits, member

PAST = time.monotonic() - 1
LONG = 10**6


def test_after_the_moment_to_begin_only_the_first_member_is_trained():
    trials = train([member(), member(seed=1), member(seed=2)], TABLE, epochs=EPOCHS, limits=Limits(begin=PAST))
    assert [trial.status for trial in trials] == ["done", "out of time", "out of time"]
    assert [trial.t for trial in trials[1:]] == [0, 0]
    assert_same_bits(trials[0], alone(member()))


def test_some_members_are_begun_in_any_case():
    limits = Limits(begin=PAST, least=2)
    trials = train([member(), member(seed=1), member(seed=2)], TABLE, epochs=EPOCHS, limits=limits)
    assert [trial.status for trial in trials] == ["done", "done", "out of time"]


def test_the_calls_of_a_compiled_program_are_told_apart():
    program._programs.clear()
    first = train([member()], TABLE, epochs=100)[0]
    again = train([member()], TABLE, epochs=100)[0]
    assert first.swift[1] < first.t == again.t == again.swift[1]
    assert first.swift[0] < 0.5 * first.seconds
    assert again.swift[0] == pytest.approx(again.seconds)


def test_after_the_moment_to_end_members_stay_where_they_are():
    trials = train([member(), member(seed=1)], TABLE, HELD, epochs=LONG, limits=Limits(end=time.monotonic() + 0.5))
    assert {trial.status for trial in trials} == {"out of time"}
    assert 0 < trials[0].t < trials[0].steps
    assert trials[0].weights is not None


def test_with_limits_members_are_trained_one_after_the_other():
    """With two workers at most two members have begun and not ended."""
    seen = []
    members = [member(seed=seed) for seed in range(6)]
    limits = Limits(begin=time.monotonic() + 600)
    trials = train(
        members,
        TABLE,
        epochs=3_000,
        devices=2,
        limits=limits,
        callback=lambda progress: seen.append(sum(0 < trial.t < trial.steps for trial in progress.trials)),
    )
    assert {trial.status for trial in trials} == {"done"}
    assert max(seen) <= 2


def test_a_stop_gives_the_bits_of_a_training_that_was_cut_off_there():
    cut = train(MIXED, TABLE, HELD, epochs=LONG, limits=Limits(end=time.monotonic() + 3.0), devices=2)
    stops = [trial.t if trial.status == "out of time" else None for trial in cut]
    again = train(MIXED, TABLE, HELD, epochs=LONG, stops=stops, devices=1)
    assert any(stops)
    for one, other in zip(cut, again, strict=True):
        assert (one.t, one.status, one.diverged_at, one.best) == (other.t, other.status, other.diverged_at, other.best)
        if one.weights is None:
            assert other.weights is None
        else:
            assert_same_bits(one, other)


def test_a_stop_beyond_the_end_changes_nothing():
    (trial,) = train([member()], TABLE, epochs=EPOCHS, stops=[LONG])
    assert trial.status == "done"
    assert_same_bits(trial, alone(member()))


def test_members_may_have_epochs_of_their_own():
    short, long = train([member(), member()], TABLE, epochs=[2, EPOCHS])
    assert_same_bits(short, alone(member(), 2))
    assert_same_bits(long, alone(member()))
    with pytest.raises(ValueError, match="shorter"):
        train([member(), member()], TABLE, epochs=[2])


def test_a_later_training_on_more_rows_shares_the_program():
    program._programs.clear()
    few, many = Table(X[:80], CLASSES[:80], outputs=3), Table(X[:100], CLASSES[:100], outputs=3)
    first = train([member()], few, HELD, epochs=EPOCHS, rows=100)[0]
    assert len(program._programs) == 1
    train([member()], many, HELD, epochs=EPOCHS)
    assert len(program._programs) == 1
    plain = train([member()], few, HELD, epochs=EPOCHS)[0]
    assert len(program._programs) == 2
    np.testing.assert_allclose(first.history.costs, plain.history.costs, rtol=1e-5)
