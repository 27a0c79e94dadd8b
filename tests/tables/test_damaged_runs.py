"""Run folders that are not as they were written: refused, and nothing in them is run."""

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.clumsy import csv, good, refuses


def record(change):
    """What changes run.json."""

    def edit(folder):
        found = json.loads((folder / "run.json").read_text())
        change(found)
        (folder / "run.json").write_text(json.dumps(found))

    return edit


def put(**fields):
    return record(lambda found: found.update(fields))


def member(**fields):
    return record(lambda found: [one["description"].update(fields) for one in found["members"]])


def written(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def tensors(change):
    def edit(folder):
        save_file(change(load_file(folder / "members.safetensors")), folder / "members.safetensors")

    return edit


def linked(name, target=None):
    """A file that has gone elsewhere, with a link left in its place."""

    def edit(folder):
        shutil.move(folder / name, folder.parent / name)
        (folder / name).symlink_to(target or folder.parent / name)

    return edit


def replaced(name, make):
    def edit(folder):
        (folder / name).unlink()
        make(folder / name)

    return edit


def header(text, size=None):
    """safetensors: the size of the header, the header, the data."""
    content = text.encode()
    return written("members.safetensors", (size or len(content)).to_bytes(8, "little") + content + b"\0" * 64)


HUGE = '{"0/0/0/W": {"dtype": "F32", "shape": [1099511627776, 1099511627776], "data_offsets": [0, 4]}}'

RUN, WEIGHTS = "run.json", "members.safetensors"
DAMAGES = {
    "cut": (written(RUN, b'{"format": 2, "cre'), RUN),
    "empty": (written(RUN, b""), RUN),
    "null": (written(RUN, b"null"), RUN),
    "bytes": (written(RUN, b"\xff\xfe\0"), RUN),
    "a pickle": (written(RUN, pickle.dumps({})), RUN),
    "too deep": (written(RUN, b"[" * 200_000), RUN),
    "a long number": (written(RUN, b"1" * 9_999), RUN),
    "an older version": (put(format=1), RUN),
    "a newer version": (put(format=99), RUN),
    "no version": (put(format=None), RUN),
    "no folds": (put(folds=[]), RUN),
    "folds of numbers": (put(folds=[1, 2]), RUN),
    "no metric": (record(lambda found: found.pop("metric")), RUN),
    "a metric for numbers": (put(metric="r2"), RUN),
    "a metric of a list": (put(metric=["accuracy"]), RUN),
    "no prior": (record(lambda found: found.pop("prior")), RUN),
    "a prior beyond measure": (put(prior=[10**400, 1]), RUN),
    "a negative prior": (put(prior=[-1, 2]), RUN),
    "a prior of three": (put(prior=[0.2, 0.3, 0.5]), RUN),
    "a member that is not there": (put(best=99), RUN),
    "a member before the first": (put(best=-1), RUN),
    "a share of half": (record(lambda found: found["model"].update(shares=[[0, 0.5]])), RUN),
    "shares of words": (record(lambda found: found["model"].update(shares=["ab"])), RUN),
    "a share beyond measure": (record(lambda found: found["model"].update(shares=[[0, 10**400]])), RUN),
    "no temperature": (record(lambda found: found["model"].update(temperature=0)), RUN),
    "a temperature of NaN": (record(lambda found: found["model"].update(temperature=float("nan"))), RUN),
    "roles unknown": (record(lambda found: found["settings"].update(roles={"__class__": 1})), RUN),
    "roles of numbers": (record(lambda found: found["settings"].update(roles={"weight": 5})), RUN),
    "a code to run": (member(activation="__import__('os').system('true')"), RUN),
    "an optimizer of a list": (member(optimizer=[]), RUN),
    "an optimizer unknown": (member(optimizer={"name": "os.system"}), RUN),
    "sizes of halves": (member(hidden_layer_sizes=[2.5]), RUN),
    "sizes beyond measure": (member(hidden_layer_sizes=[10**30]), RUN),
    "many layers": (member(hidden_layer_sizes=[8] * 999), WEIGHTS),
    "a seed before 0": (member(seed=-1), RUN),
    "no encoding": (record(lambda found: found["folds"][0].update(encoding=None)), RUN),
    "no features": (record(lambda found: found["folds"][0]["encoding"].update(features=[])), RUN),
    "classes of two kinds": (
        record(lambda found: found["folds"][0]["encoding"]["target"].update(classes=[1, "a"])),
        RUN,
    ),
    "folds for two targets": (record(lambda found: found["folds"][0]["encoding"]["target"].update(name="z")), RUN),
    "folds for other classes": (record(lambda f: f["folds"][1]["encoding"]["target"].update(classes=["a", "b"])), RUN),
    "a fold too many": (record(lambda found: found["folds"].append(found["folds"][0])), WEIGHTS),
    "a link": (linked(RUN), RUN),
    "a link to the weights": (linked(WEIGHTS), WEIGHTS),
    "a link to a secret": (linked(WEIGHTS, "/etc/passwd"), WEIGHTS),
    "a pipe for weights": (replaced(WEIGHTS, os.mkfifo), WEIGHTS),
    "a folder for weights": (replaced(WEIGHTS, os.mkdir), WEIGHTS),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), WEIGHTS),
    "weights cut": (lambda folder: os.truncate(folder / WEIGHTS, 999), WEIGHTS),
    "weights empty": (written(WEIGHTS, b""), WEIGHTS),
    "weights pickled": (written(WEIGHTS, pickle.dumps({"0/0/0/W": [1.0]})), WEIGHTS),
    "weights zipped": (written(WEIGHTS, b"PK\3\4archive/data.pkl"), WEIGHTS),
    "a header of 4 EiB": (header("{}", 2**62), WEIGHTS),
    "shapes of 4 YiB": (header(HUGE), WEIGHTS),
    "a header of lists": (header("[]"), WEIGHTS),
    "weights of NaN": (
        tensors(lambda found: {name: array * np.float32("nan") for name, array in found.items()}),
        WEIGHTS,
    ),
    "weights transposed": (tensors(lambda found: {name: array.T.copy() for name, array in found.items()}), WEIGHTS),
    "weights of float64": (
        tensors(lambda found: {name: array.astype(float) for name, array in found.items()}),
        WEIGHTS,
    ),
    "weights under other names": (
        tensors(lambda found: {f"../{name}": array for name, array in found.items()}),
        WEIGHTS,
    ),
}


@pytest.mark.parametrize(("damage", "file"), DAMAGES.values(), ids=DAMAGES)
def test_run_folders_that_are_not_as_they_were_written(refused, run, tmp_path, damage, file):
    Path("t.csv").write_bytes(csv(good()))
    shutil.copytree(run, "copy")
    damage(tmp_path / "copy")
    for command in (["predict", "copy", "t.csv"], ["evaluate", "copy", "t.csv"], ["export", "copy", "--to", "onnx"]):
        refuses(refused, f"copy/{file}: This is not what `schuss train` wrote: ", *command)


def test_a_pipe_for_a_record_is_no_run(refused, run, tmp_path):
    shutil.copytree(run, "copy")
    replaced("run.json", os.mkfifo)(tmp_path / "copy")
    refuses(refused, "copy: This folder has no run.json. Name a folder", "predict", "copy", "iris")


def test_a_folder_may_be_a_link_as_a_whole(schuss, run):
    os.symlink(run, "best")
    Path("t.csv").write_bytes(csv(good()))
    assert schuss("predict", "best", "t.csv").status == 0
