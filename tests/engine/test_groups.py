"""Groups mapped with vmap: the way of GPUs, tried on a CPU."""

import numpy as np
import pytest

from schuss import batches
from schuss.engine import memory
from schuss.engine import train as train_module
from schuss.engine.cohort import Cohort
from schuss.engine.data import data_of
from schuss.engine.train import train
from schuss.engine.trial import plan
from tests.engine.population import ROWS, TABLE, assert_close_weights, member, stopping
from tests.engine.processes import in_a_fresh_process


def assert_group_agrees(found, expected):
    assert (found.status, found.diverged_at) == (expected.status, expected.diverged_at)
    assert_close_weights(found.weights, expected.weights, 1e-5)
    np.testing.assert_allclose(found.history.costs, expected.history.costs, rtol=1e-4)


def test_groups_train_the_same_members():
    for found, expected in zip(stopping(grouped=True)[0], stopping()[0], strict=True):
        assert_group_agrees(found, expected)


def test_groups_too_large_for_memory_are_split(monkeypatch):
    sizes = []

    def end(self, data):
        sizes.append(len(self.trials))
        for trial in self.trials:
            trial.status = "done"

    members = [member("sgd", seed=seed) for seed in range(8)] + [member("adam")]
    data = data_of(TABLE, None)
    need = train_module._member_bytes(plan(members[0], data, 1, None), data, grouped=True)
    assert need > 2 * 4 * batches.epochs_per_table(ROWS) * ROWS  # its own order table, as it is and padded
    monkeypatch.setattr(memory, "free_bytes", lambda: int(3.1 * need / memory.SHARE))
    monkeypatch.setattr(Cohort, "advance", end)
    train(members, TABLE, grouped=True, devices=1)
    assert sorted(sizes) == [1, 2, 3, 3]  # members of other rules go in other groups


def train_in_groups():
    """Trains members alone and in groups, and says what the groups made of them and on which devices."""
    import jax
    import numpy as np

    from schuss.engine.cohort import Cohort
    from schuss.engine.data import Table
    from schuss.engine.train import train
    from schuss.member import Member
    from schuss.optimizers import SGD

    rng = np.random.default_rng(5)
    table = Table(rng.normal(size=(100, 3)), rng.integers(0, 3, 100))
    members = [Member((5,), "tanh", SGD(rate), batch_size=36, seed=1) for rate in (0.1, 1e37, 0.2, 0.3, 0.4)]
    used, call = [], Cohort._call

    def noted(self, state, data, chunk):
        after = call(self, state, data, chunk)
        used.append((len(self.trials), *(device.id for device in after.costs.devices())))
        return after

    alone = train(members, table, epochs=9)
    Cohort._call = noted
    groups = train(members, table, epochs=9, grouped=True)
    worst = max(
        float(np.max(np.abs(a - b)) / np.max(np.abs(b)))
        for one, other in zip(groups, alone, strict=True)
        for a, b in zip(jax.tree.leaves(one.weights), jax.tree.leaves(other.weights), strict=True)
    )
    return {"used": sorted(set(used)), "worst": worst, "status": [[t.status for t in ts] for ts in (groups, alone)]}


@pytest.mark.slow
def test_groups_are_shared_among_devices():
    """Two devices of the CPU stand for two others."""
    before = "import jax; jax.config.update('jax_num_cpu_devices', 2)"
    found = in_a_fresh_process(train_in_groups, before)
    assert found["used"] == [[2, 1], [3, 0]]
    assert found["worst"] < 1e-5
    assert found["status"] == [["done", "diverged", "done", "done", "done"]] * 2
