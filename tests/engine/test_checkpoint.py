"""Stop and go on: bit for bit, from a file that is replaced whole and executes nothing."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from schuss.engine import checkpoint as checkpoints
from schuss.engine import memory
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.member import Member
from schuss.optimizers import SGD, AMSGrad, NAdam

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
TRAINING, VALIDATION = Table(X[:40], Y[:40]), Table(X[40:], Y[40:])
MEMBERS = [Member((6,), optimizer=rule, batch_size=16) for rule in (SGD(0.1), NAdam(0.01), AMSGrad(0.01), SGD(1e30))]


def run(path=None, stop_after=None, members=MEMBERS, grouped=None):
    """Train; with ``stop_after`` interrupt once so many member-steps are done."""

    def callback(progress):
        nonlocal stop_after
        if stop_after is not None and progress.steps >= stop_after:
            stop_after = None
            raise KeyboardInterrupt

    return train(
        members, TRAINING, VALIDATION, epochs=400, patience=120, callback=callback, checkpoint=path, grouped=grouped
    )


def facts(trial):
    """Everything a trial ends with, as bytes and plain values."""
    history = trial.history
    kept = [history.costs, history.learning_rates, history.validation_costs, history.validation_scores]
    arrays = [*jax.tree.leaves(trial.weights), *kept]
    return (trial.status, trial.t, trial.diverged_at, trial.best, [np.asarray(a).tobytes() for a in arrays])


@pytest.fixture(scope="module")
def uninterrupted():
    return [facts(trial) for trial in run()]


@pytest.mark.parametrize("stop_after", [0, 300, 1_500])
def test_training_goes_on_bit_for_bit(stop_after, uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr("schuss.engine.cohort.CALL_SECONDS", 0.0005)  # many calls, so that the stop comes in the middle
    monkeypatch.setattr("schuss.engine.crew.TICK_SECONDS", 0.001)
    path = tmp_path / "run.safetensors"
    stopped = run(path, stop_after)
    assert any(trial.status == "interrupted" for trial in stopped)
    assert [facts(trial) for trial in run(path)] == uninterrupted
    assert [facts(trial) for trial in run(path)] == uninterrupted  # the file of a finished run: nothing to do
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_group_goes_on_too(tmp_path, monkeypatch):
    monkeypatch.setattr("schuss.engine.cohort.CALL_SECONDS", 0)  # a step a call: there is time to stop
    monkeypatch.setattr("schuss.engine.crew.TICK_SECONDS", 0.001)
    members = [MEMBERS[0], MEMBERS[3]]
    whole = [facts(trial) for trial in run(members=members, grouped=True)]
    path = tmp_path / "run.safetensors"
    assert run(path, 50, members, grouped=True)[0].status == "interrupted"
    assert [facts(trial) for trial in run(path, members=members, grouped=True)] == whole


def test_waves_and_scales_with_speeds_of_their_own_go_on_too(tmp_path, monkeypatch):
    monkeypatch.setattr("schuss.engine.cohort.CALL_SECONDS", 0)
    monkeypatch.setattr("schuss.engine.crew.TICK_SECONDS", 0.001)
    front = {"frequencies": 3, "frequency_scale": 2.0, "bins": 2, "embedding_speed": 3.0, "scaling_speed": 20.0}
    members = [Member((6,), batch_size=16, **front), Member((6,), batch_size=16, **front | {"embedding_speed": 1.0})]
    whole = [facts(trial) for trial in run(members=members)]
    path = tmp_path / "run.safetensors"
    assert run(path, 50, members)[0].status == "interrupted"
    assert [facts(trial) for trial in run(path, members=members)] == whole
    with pytest.raises(ValueError, match="is a checkpoint of other members or other data"):
        run(path, members=[members[0], replace(members[0], frequency_scale=0.5)])


def test_a_file_of_other_members_or_data_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    run(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="is a checkpoint of other members or other data"):
        run(path, members=MEMBERS[:2])
    with pytest.raises(ValueError, match="is a checkpoint of other members or other data"):
        train(MEMBERS, Table(X[:40] + 1e-6, Y[:40]), VALIDATION, epochs=400, patience=120, checkpoint=path)
    with pytest.raises(ValueError, match="is a checkpoint of other members or other data"):
        run(path, grouped=True)
    with pytest.raises(ValueError, match="is a checkpoint of other members or other data"):
        train(MEMBERS, replace(TRAINING, outputs=3), VALIDATION, epochs=400, patience=120, checkpoint=path)
    with pytest.raises(ValueError, match="is a checkpoint of other members or other data"):
        train(MEMBERS, replace(TRAINING, quantities=(0,)), VALIDATION, epochs=400, patience=120, checkpoint=path)
    assert path.read_bytes() == before


def test_a_file_with_mini_batches_that_no_longer_fit_says_so(tmp_path, monkeypatch):
    path, members = tmp_path / "run.safetensors", [Member((6,), batch_size="auto")]
    run(path, members=members)
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000)
    wanted = "was begun with mini-batches of 40 rows, and now they would have 4: .* or train members with batch_size=40"
    with pytest.raises(ValueError, match=wanted):
        run(path, members=members)


def test_an_error_in_training_keeps_what_was_done_in_a_folder_made_for_it(tmp_path):
    def broken(progress):
        raise RuntimeError("the callback's own")

    path = tmp_path / "new" / "run.safetensors"
    with pytest.raises(RuntimeError, match="the callback's own"):
        train(MEMBERS, TRAINING, VALIDATION, epochs=400, patience=120, checkpoint=path, callback=broken)
    assert path.exists()


def test_a_function_of_ones_own_has_one_identity_in_every_process():
    from schuss.engine.data import data_of
    from schuss.engine.trial import plan

    data = data_of(TRAINING, VALIDATION)

    def made():
        member = Member((6,), activation=lambda z: z, batch_size=16)
        return [type("Task", (), {"grouped": False, "trials": [plan(member, data, 3, None)]})]

    assert checkpoints.identity(made(), data) == checkpoints.identity(made(), data)


def test_a_save_that_fails_leaves_the_last_file(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    run(path)
    before = path.read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoints.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        run(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
