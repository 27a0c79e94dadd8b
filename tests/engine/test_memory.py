"""How much a member needs, and how many may be open at once."""

import jax
import psutil
import pytest

from schuss.engine import memory
from schuss.engine.memory import COPIES, free_bytes, member_bytes, room_for, row_bytes
from schuss.network import perceptron

MIB = 2**20


def test_a_member_needs_several_copies_of_its_weights():
    weights = 20 * 64 + 64 + 64 * 10 + 10
    assert member_bytes(perceptron(20, (64,), 10)) == COPIES * 4 * weights
    assert member_bytes(perceptron(20, (64,), 10), itemsize=8) == COPIES * 8 * weights


def test_a_row_needs_every_layers_value_and_delta():
    assert row_bytes([20, 64, 10]) == 2 * 4 * (20 + 64 + 10)
    assert row_bytes([20, 64, 10], itemsize=8) == 2 * 8 * (20 + 64 + 10)


@pytest.mark.parametrize(
    ("needs", "budget", "workers", "members", "why"),
    [
        ([MIB] * 10, 10 * MIB, 2, 10, "all 10 members fit together (1.0 MiB a member at most"),
        ([MIB] * 10, 10 * MIB - 1, 2, 9, "9 of 10 members are trained at a time"),
        ([MIB, 5 * MIB] * 5, 10 * MIB, 1, 2, "2 of 10 members are trained at a time (5.0 MiB a member at most"),
        ([MIB] * 10, 0, 3, 3, "3 of 10 members are trained at a time"),  # never fewer than there are workers
        ([MIB], 0, 3, 1, "all 1 members fit"),
        ([], 0, 3, 0, "all 0 members fit"),
    ],
)
def test_as_many_members_are_open_as_fit(needs, budget, workers, members, why):
    room = room_for(needs, budget, workers)
    assert room.members == members
    assert why in room.why


def test_a_cpu_has_the_machines_free_memory():
    assert 0 < free_bytes() <= psutil.virtual_memory().total


def test_a_gpu_has_its_own(monkeypatch):
    class Device:
        def memory_stats(self):
            return {"bytes_limit": 1000, "bytes_in_use": 300}

    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(jax, "devices", lambda: [Device()])
    assert memory.free_bytes() == 700
