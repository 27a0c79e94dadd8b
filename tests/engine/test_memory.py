"""How much a member and a step need, and how many members may be trained at a time."""

from dataclasses import dataclass

import jax
import psutil
import pytest

from schuss.engine import memory
from schuss.engine.memory import COPIES, Room, free_bytes, member_bytes, room_for, row_bytes, shortage_explained
from schuss.layers import Flatten, Layer, Linear, PeriodicEmbedding, PiecewiseLinearEmbedding
from schuss.network import Sequential, perceptron

MIB = 2**20


def test_a_member_needs_several_copies_of_its_weights():
    weights = 20 * 64 + 64 + 64 * 10 + 10
    assert member_bytes(perceptron(20, (64,), 10)) == COPIES * 4 * weights
    assert member_bytes(perceptron(20, (64,), 10), itemsize=8) == COPIES * 8 * weights


def test_a_row_needs_every_layers_value_and_delta():
    network = perceptron(20, (64,), 10, dropout=0.1)
    assert row_bytes(network, (20,)) == 2 * 4 * (20 + 64 + 64 + 64 + 10)
    assert row_bytes(network, (20,), itemsize=8) == 2 * row_bytes(network, (20,))
    embedded = perceptron(5, (8,), 3, embeddings=[(100, 7), (4, 2)])
    assert row_bytes(embedded, (5,)) == 2 * 4 * (5 + (3 + 7 + 2) + 8 + 8 + 3)
    waved = perceptron(5, (8,), 3, waves=PeriodicEmbedding(5, (0, 4), 6, 2), scaling=1.0)
    assert row_bytes(waved, (5,)) == 2 * 4 * (5 + 2 * 6 + (5 + 2 * 2) + 9 + 8 + 8 + 3)
    assert member_bytes(waved) == COPIES * 4 * (2 * (6 + 6 + 6 * 2 + 2) + 9 + 9 * 8 + 8 + 8 * 3 + 3)
    ramped = perceptron(5, (8,), 3, ramps=PiecewiseLinearEmbedding(5, (0, 4), 6, 2))
    assert row_bytes(ramped, (5,)) == 2 * 4 * (5 + 2 * 6 + (5 + 2 * 2) + 8 + 8 + 3)
    assert member_bytes(ramped) == COPIES * 4 * (2 * (6 * 2 + 2) + 9 * 8 + 8 + 8 * 3 + 3)


@dataclass(frozen=True)
class Doubled(Layer):
    """A layer whose width only it knows."""

    def apply(self, params, x, key=None):
        return jax.numpy.concatenate([x, x], axis=1)


def test_a_network_of_ones_own_is_sized_as_it_is():
    network = Sequential(Flatten(), Doubled(), Linear(32, 1_000))
    assert row_bytes(network, (4, 4)) == 2 * 4 * (16 + 16 + 32 + 1_000)


@pytest.mark.parametrize(
    ("needs", "step", "budget", "workers", "members", "stepping", "why"),
    [
        ([MIB] * 10, 0, 10 * MIB, 2, 10, 2, "all 10 members fit together (1.0 MiB a member at most, 10.0 MiB to use)"),
        ([MIB] * 10, 0, 10 * MIB - 1, 2, 9, 2, "9 of 10 members are trained at a time"),
        ([MIB, 5 * MIB] * 5, 0, 10 * MIB, 1, 2, 1, "2 of 10 members are trained at a time (5.0 MiB a member at most"),
        ([MIB] * 10, MIB, 10 * MIB, 3, 7, 3, "7 of 10 members are trained at a time"),
        ([MIB] * 10, 2 * MIB, 7 * MIB, 3, 3, 2, "and 2 of them compute at the same time, since a step takes 2.0 MiB"),
        (
            [MIB] * 10,
            2**31,
            2**30,
            3,
            1,
            1,
            "1 of 10 members are trained at a time (1.0 MiB a member at most, 1.0 GiB",
        ),
        ([MIB] * 10, 0, 0, 3, 1, 1, "1 of 10 members are trained at a time"),
        ([MIB], 0, 0, 3, 1, 1, "all 1 members fit"),
        ([], 0, 0, 3, 0, 1, "all 0 members fit"),
    ],
)
def test_as_many_members_are_open_as_fit(needs, step, budget, workers, members, stepping, why):
    room = room_for(needs, step, budget, workers)
    assert (room.members, room.workers) == (members, stepping)
    assert why in room.why
    assert ("compute at the same time" in room.why) == ("compute at the same time" in why)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "the system gave no more"),
        (MemoryError("Unable to allocate 9 GiB"), "Unable to allocate 9 GiB"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 7 bytes\nat"), "Out of memory allocating 7 bytes)"),
        (RuntimeError("can't start new thread"), "can't start new thread"),
    ],
)
def test_a_shortage_says_what_is_short_and_what_to_do(error, said):
    with pytest.raises(MemoryError) as raised, shortage_explained(Room(2, "2 of 9 members are trained at a time")):
        raise error
    message = f"{raised.value}"
    assert said in message
    assert "2 of 9 members are trained at a time. Train on fewer devices" in message


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="of another kind"), shortage_explained(Room(2, "why")):
        raise RuntimeError("of another kind")


def test_a_cpu_has_the_machines_free_memory():
    assert 0 < free_bytes() <= psutil.virtual_memory().total


def test_a_gpu_has_its_own(monkeypatch):
    class Device:
        def memory_stats(self):
            return {"bytes_limit": 1000, "bytes_in_use": 300}

    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(jax, "devices", lambda: [Device()])
    assert memory.free_bytes() == 700
