"""Run folders: what they are called, which is the latest, and that none is left half-written."""

import os
import shutil
from datetime import datetime

import pytest

from schuss import runs
from schuss.jobs.run import Run
from schuss.runs import write
from schuss.tables import InputError
from tests.runs.made import save, trial


def test_runs_of_one_second_get_folders_of_their_own(tmp_path, monkeypatch):
    class Noon(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2030, 1, 2, 12, 0, 0)

    monkeypatch.setattr(write, "datetime", Noon)
    name = "20300102-120000-d"
    folders = [save(tmp_path / "deep" / "er", "d", [trial(score=k / 4)]) for k in range(3)]
    assert [folder.name for folder in folders] == [name, f"{name}-2", f"{name}-3"]
    assert [Run(folder).record.members[0].score for folder in folders] == [0.0, 0.25, 0.5]
    assert len(save(tmp_path, "a" * 300, [trial()]).name) < 100


def test_latest_is_the_newest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"runs/: There is no run in this folder\. Train one first"):
        Run("latest")
    for minute, name in enumerate(["b", "c", "a"]):
        folder = save(tmp_path / "runs", name, [trial()])
        os.utime(folder / "run.json", (60 * minute, 60 * minute))
    hidden = shutil.copytree(folder, tmp_path / "runs" / ".20991231-000000-d.1.partial")
    os.utime(hidden / "run.json")
    assert Run("latest").folder.name == folder.name
    assert Run(folder).folder == Run(str(folder)).folder == folder


@pytest.mark.parametrize("stage", ["_write_leaderboard", "_write_history", "_write_weights", "appear"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_run_that_cannot_be_saved_leaves_nothing(tmp_path, monkeypatch, stage, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(write, stage, fail)
    with pytest.raises(type(error)):
        save(tmp_path, "d", [trial()])
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_killed_while_it_is_saved_is_not_seen(tmp_path, monkeypatch):
    def fail(*_):
        raise SystemExit

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(write, "appear", fail)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # nobody cleans up
    with pytest.raises(SystemExit):
        save(tmp_path / "runs", "d", [trial()])
    assert [path.name[0] for path in (tmp_path / "runs").iterdir()] == ["."]
    with pytest.raises(InputError, match="There is no run in this folder"):
        Run("latest")


def test_a_place_for_runs(tmp_path, monkeypatch):
    runs.require_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for parent in (tmp_path / "file", tmp_path / "file" / "runs"):
        with pytest.raises(InputError, match=f"{parent}: Runs cannot be kept here: .*file is a file. Name an"):
            runs.require_writable(parent)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(InputError, match=r"may not be written to\. Name another folder with --runs"):
        runs.require_writable(tmp_path / "a")


def test_what_is_no_run_folder_is_refused(tmp_path):
    for path, found in ((tmp_path / "no", "There is no such folder"), (tmp_path, "This folder has no run.json")):
        with pytest.raises(InputError, match=f"{path}: {found}. Name a folder that"):
            Run(path)
