"""Ctrl-C, errors, and what the callback sees."""

import dataclasses
import threading

import pytest

from schuss.engine import memory
from schuss.engine.train import train
from schuss.optimizers import SGD
from schuss.selection.ranking import rank
from tests.engine.population import EPOCHS, HELD, MIXED, TABLE, accuracy, member, stopping, wild


class Stop(Exception):
    pass


def raising(error, place=0):
    """A callback that raises once, when the trial at that place has done some steps."""
    raised = []

    def callback(progress):
        if progress.trials[place].t and not raised:
            raised.append(True)
            raise error

    return callback


def test_ctrl_c_keeps_what_is_done(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 0)  # one at a time
    members = [member(SGD(1e37), seed=1), member(), member(seed=1)]
    trials = train(members, TABLE, HELD, epochs=10**6, devices=1, callback=raising(KeyboardInterrupt, place=1))
    ended, halfway, never = trials
    assert [trial.status for trial in trials] == ["diverged", "interrupted", "interrupted"]
    assert ended.diverged_at == stopping()[0][4].diverged_at
    assert 0 < halfway.t < halfway.steps
    assert accuracy(halfway, HELD) == pytest.approx(max(halfway.history.validation_scores), abs=1e-6)
    assert len(halfway.history.validation_scores) == halfway.epochs
    assert (never.t, never.weights) == (0, None)
    assert rank(trials) == [1, 0, 2]


def test_a_callbacks_error_is_the_callers():
    before = threading.active_count()
    with pytest.raises(Stop):
        train([member()], TABLE, epochs=10**6, callback=raising(Stop))
    assert threading.active_count() == before


def test_an_error_in_training_is_the_callers():
    def broken(prediction, y):
        raise Stop

    with pytest.raises(Stop):
        train([member(), member(loss=broken), member()], TABLE, epochs=10**6, devices=2)


def test_the_callback_sees_every_trial_to_its_end():
    seen = []
    trials = train(MIXED[:2], TABLE, epochs=EPOCHS, callback=lambda progress: seen.append((progress, progress.steps)))
    steps = [each for _, each in seen]
    assert steps == sorted(steps)
    last = seen[-1][0]
    assert last.trials == trials
    assert last.planned == last.steps == steps[-1] == 2 * 3 * EPOCHS
    some_diverged = dataclasses.replace(last, trials=wild())
    assert some_diverged.planned == some_diverged.steps == 60 + wild()[1].t + 60
