"""Training when memory is short: in turns, with fewer workers, and with the same numbers."""

import numpy as np
import pytest

from schuss import batches
from schuss.engine import cohort, memory
from schuss.engine.cohort import Cohort
from schuss.engine.data import Table, data_of
from schuss.engine.train import train
from schuss.engine.trial import plan
from schuss.layers import Linear
from schuss.member import Member
from schuss.network import Sequential
from tests.engine.population import EPOCHS, ROWS, TABLE, alone, assert_same_bits, member, whole


def test_auto_takes_the_notes_mini_batch_size():
    one = [member(batch_size="auto")]
    (trial,) = train(one, TABLE, epochs=EPOCHS)
    assert (trial.batch_size, trial.steps) == (ROWS, EPOCHS)
    assert_same_bits(trial, alone(whole()))
    many = data_of(Table(np.zeros((2_001, 3)), np.zeros(2_001, int), outputs=3), None)
    assert plan(one[0], many, 1, None).batch_size == 64
    assert plan(one[0], many, 1, None).batch_size_reason == batches.advise_batch_size(2_001).why
    assert plan(member(), many, 1, None).batch_size_reason is None


def test_only_a_mini_batch_that_does_not_fit_is_made_smaller_and_says_so():
    """A row is 3 inputs, 5 sums, 5 activations and 3 outputs, and as many deltas: 128 bytes."""
    one, data = member(batch_size="auto"), data_of(TABLE, None)
    assert plan(one, data, 1, None, memory=12_800).batch_size == 100
    less = plan(one, data, 1, None, memory=12_799)
    assert less.batch_size == 64
    assert "100 rows, which need 12,800 bytes, of which 12,799 are at hand, so 64 are taken" in less.batch_size_reason


def test_a_network_of_ones_own_is_sized_as_it_is():
    own = Member(network=Sequential(Linear(3, 10_000), Linear(10_000, 3)))
    trial = plan(own, data_of(TABLE, None), 1, None, memory=1_000_000)
    assert trial.batch_size == 8  # 80,048 bytes a row, and 12 of them do fit
    assert "8,004,800 bytes" in trial.batch_size_reason


@pytest.mark.parametrize("devices", [1, 64])
def test_workers_and_free_memory_change_neither_sizes_nor_bits(devices, monkeypatch):
    """As little memory as one mini-batch needs: all is computed by one worker, one member after the other."""
    monkeypatch.setattr(memory, "free_bytes", lambda: int(12_800 / memory.SHARE) + 2)
    one = member(batch_size="auto")
    rooms = []
    for trial in train([one, one], TABLE, epochs=2, devices=devices, callback=lambda p: rooms.append(p.room)):
        assert trial.batch_size == ROWS
        assert_same_bits(trial, alone(whole(), 2))
    assert (rooms[0].members, rooms[0].workers) == (1, 1)


@pytest.mark.parametrize(("members_that_fit", "devices", "most"), [(0, 1, 1), (0, 2, 1), (2, 2, 2), (3, 1, 3)])
def test_a_population_too_large_for_memory_is_trained_in_turns(members_that_fit, devices, most, monkeypatch):
    """A member of 38 weights needs 8 arrays of them, and a row of a mini-batch of 36 needs 128 bytes."""
    free = int((members_that_fit * 8 * 4 * 38 + devices * 36 * 128) / memory.SHARE) + 2 if members_that_fit else 0
    members = [member(name, seed=seed) for name in ("adam", "sgd") for seed in range(4)]
    begun, advance, counts = set(), Cohort.advance, []

    def counted(self, data):
        begun.add(self)
        counts.append(sum(task.open for task in begun.copy()))
        advance(self, data)

    monkeypatch.setattr(memory, "free_bytes", lambda: free)
    monkeypatch.setattr(cohort, "CALL_SECONDS", 0)  # many turns
    monkeypatch.setattr(Cohort, "advance", counted)
    trials = train(members, TABLE, epochs=EPOCHS, devices=devices)
    assert max(counts) == most
    for trial in trials:
        assert_same_bits(trial, alone(trial.member))
