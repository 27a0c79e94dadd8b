"""Wrong uses of a run, damaged runs and full disks are refused, and nothing is half-written."""

import os
from pathlib import Path

import pytest

from schuss.runs import write
from tests.cli.command import QUICK


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", "no", "iris"], "no: There is no such folder. Name a folder that `schuss tr"),
        (["predict", "folder", "iris"], "folder: This folder has no run.json. Name a f"),
        (["predict", "good.csv", "iris"], "good.csv: There is no such folder. Name a folder"),
        (["predict", "latest", "iris"], "runs/: There is no run in this folder. Train one first: schuss train digits."),
        (["predict", "RUN", "good.csv"], "good.csv: There are no columns 'sepal length (cm)'"),
        (["predict", "RUN", "no.csv"], "no.csv: There is no file and no built-in table of this name."),
        (["predict", "RUN", "iris", "-o", "no/p.csv"], "no/p.csv: No file can be written here: "),
        (["predict", "RUN", "iris", "-o", "folder"], "folder: No file can be written here: a fo"),
        (["predict", "RUN", "iris", "-o", "/dev/null"], "/dev/null: No file can be written here:"),
        (["predict", "RUN", "good.csv", "-o", "good.csv"], "This file is read, so it cannot be written."),
        (["predict", "RUN", "goo*.csv", "-o", "good.csv"], "This file is read, so it cannot be written."),
        (["predict", "RUN", "iris", "-o", "RUN/run.json"], "This file is read, so it cannot be written."),
        (["predict", "RUN", "iris", "--like", "sample.csv", "-o", "sample.csv"], "This file is read"),
        (["predict", "RUN", "iris", "--like", "sample.csv"], "There are 1 rows and no identifiers in common"),
        (["predict", "RUN", "iris", "--like", "no.csv"], "no.csv: There is no file and no built-in table of this"),
        (["predict", "RUN", "iris", "--probability"], "--probability: must come with --like, a sample submission"),
        (["predict", "RUN", "iris", "--table", "t"], "iris: This is a built-in table, not a database"),
        (["predict", "RUN"], "Missing argument"),
        (["predict", "RUN", "iris", "wine"], "unexpected extra argument"),
        (["evaluate", "RUN"], "Missing argument"),
        (["evaluate", "RUN", "good.csv"], "good.csv: There is no column 'target'. Its columns: 'a', 'b', 'y'"),
        (["evaluate", "no", "iris"], "no: There is no such folder"),
        (["evaluate", "RUN", "iris", "--like", "sample.csv"], "No such option: --like"),
        (["export", "RUN"], "Missing option '--to'"),
        (["export", "RUN", "--to", "keras"], "'keras' is not one of 'onnx', 'pytorch'"),
        (["export", "no", "--to", "onnx"], "no: There is no such folder"),
        (["export", "RUN", "--to", "onnx", "-o", "no/m.onnx"], "No file can be written here: no f"),
        (["export", "RUN", "--to", "onnx", "-o", "folder"], "No file can be written here: a folde"),
        (["export", "RUN", "--to", "pytorch", "-o", "/dev/null"], "No file can be written here: a"),
        (["export", "RUN", "--to", "pytorch", "-o", "RUN/members.safetensors"], "This file is read"),
    ],
)  # fmt: skip
def test_wrong_uses_of_a_run_are_refused(refused, iris, arguments, said):
    assert said in refused(*(argument.replace("RUN", str(iris)) for argument in arguments))


def test_a_folder_that_may_not_be_written_to_is_refused(refused, iris, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everywhere
    for command, place in (
        (["predict", iris, "iris"], "predictions.csv"),
        (["export", iris, "--to", "onnx"], "model.onnx"),
    ):
        said = refused(*command)
        assert f"{place}: No file can be written here: . may not be written to. Name ano" in said
    assert "may not be written to. Name another folder with --runs" in refused("train", "iris", "--runs", "a/b")


def test_a_damaged_run_is_refused(refused, iris, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in iris.iterdir():
        (copy / file.name).write_bytes(file.read_bytes()[: -100 if file.name == "members.safetensors" else None])
    for command in (["predict", copy, "iris"], ["evaluate", copy, "iris"], ["export", copy, "--to", "onnx"]):
        assert "members.safetensors: This is not what `schuss train` wrote: " in refused(*command)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "schuss: [Errno 28] No space left on device\n"),
        (MemoryError("Unable to allocate 36 TiB"), "schuss: not enough memory: Unable to allocate 36 TiB\n"),
    ],
    ids=["space", "memory"],
)
@pytest.mark.parametrize("command", ["train", "predict"])
def test_what_fails_for_want_of_room_leaves_nothing_and_ends_with_1(schuss, iris, monkeypatch, command, error, said):
    def full(*_):
        raise error

    if command == "train":
        monkeypatch.setattr(write, "_write_weights", full)
        result = schuss("train", "iris", *QUICK)
    else:
        monkeypatch.setattr(os, "replace", full)
        result = schuss("predict", iris, "iris")
    assert (result.status, result.out, result.err) == (1, "", said)
    assert [path for path in Path().rglob("*") if path.name != "runs"] == []
