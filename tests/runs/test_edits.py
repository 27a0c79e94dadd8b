"""Every edit of a real run's record is harmless or refused with the one error, for the report and for predictions."""

import copy
import itertools
import json
import shutil
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from schuss import report
from schuss.jobs.run import Run
from schuss.jobs.train import run
from schuss.report import curves
from schuss.runs import read_record
from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from schuss.tables import InputError

DELETED = object()
EDITS = (DELETED, None, "x", 1.5, -1, [], 10**400, 1e308)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Name of the task → a small run of it; the members differ in every way that a page compares."""
    folder = tmp_path_factory.mktemp("real")
    rng = np.random.default_rng(0)
    columns = {"n": rng.normal(size=80), "d": rng.choice([f"<{k}>" for k in range(20)], 80)}
    columns |= {"numbers": columns["n"] * 3 + rng.normal(size=80), "classes": np.where(columns["n"] > 0, "yes", "no")}
    pa.csv.write_csv(pa.table(columns), folder / "t.csv")
    space = Space(optimizer=["adam", "sgd"], learning_rate=[0.05], hidden_layer_sizes=[(4,)], batch_size=[32])
    found = {}
    for target, more in (("classes", {"folds": 2, "distil": True}), ("numbers", {"test": 0.2})):
        spec = DataSpec(f"{folder / 't.csv'}", target)
        plan = Plan(space=space, seeds=2, epochs=12, devices=1, **more)
        found[target] = run(spec, plan, parent=folder / target).folder
    assert read_record(found["classes"] / "run.json").student is not None
    return found


def paths(value, path=()) -> Iterator[tuple]:
    """Every place in a JSON value; of a list the first entry and the list itself, for the others are alike."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from paths(value[key], (*path, key))
    elif isinstance(value, list) and value:
        yield from paths(value[0], (*path, 0))


def edited(record, path, value):
    """The record with another value at a place; whole where the place is the record itself."""
    record = copy.deepcopy(record)
    if not path:
        return None if value is DELETED else value
    *parents, last = path
    part = record
    for key in parents:
        part = part[key]
    if value is DELETED:
        del part[last]
    else:
        part[last] = value
    return record


def told(use) -> InputError | None:
    """The error by which something that uses a run refuses it; any other goes through."""
    try:
        use()
    except InputError as error:
        return error
    return None


@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_an_edit_is_harmless_or_refused_with_the_one_error(real, tmp_path, monkeypatch, task):
    monkeypatch.setattr("plotly.offline.get_plotlyjs", str)
    folder = shutil.copytree(real[task], tmp_path / "run")
    path = folder / "run.json"
    whole, wrong, refused, harmless = json.loads(path.read_text()), [], 0, 0

    def make_page():
        record = read_record(path)
        report.page(record, curves.read(folder / "history.parquet", record))
        report.html_of(record)

    for place, value in itertools.product(paths(whole), EDITS):
        path.write_text(json.dumps(edited(whole, place, value)))
        edit = f"{place} = {value!r}"
        try:
            if (error := told(lambda: read_record(path))) is not None:
                refused += 1
                if not str(error).startswith(f"{path}: This is not what `schuss train` wrote: "):
                    wrong.append(f"{edit}: {error}")
                continue
            harmless += 1
            for use in (make_page, lambda: Run(folder)):
                if (error := told(use)) is not None and f"{folder}/" not in str(error):
                    wrong.append(f"{edit}: {error}")
        except Exception as error:
            wrong.append(f"{edit}: {type(error).__name__} {error}")
    assert wrong == []
    assert refused > 1_000
    assert harmless > 100
