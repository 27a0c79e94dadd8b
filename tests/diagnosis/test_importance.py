"""Importance: known functions give known ones; shuffling agrees with scikit-learn's, gradients with PyTorch's."""

import json
from dataclasses import asdict, replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance

from schuss.diagnosis import importance as module
from schuss.diagnosis.importance import importance, inputs_of
from schuss.diagnosis.probe import probe
from schuss.engine.data import Table
from schuss.member import Member
from schuss.optimizers import Adam
from schuss.selection.dataset import DataSet
from schuss.selection.metrics import metric
from schuss.selection.model import Part
from schuss.selection.plan import Plan
from schuss.selection.select import select_members
from schuss.tables import Split
from tests.mixed import with_values

RNG = np.random.default_rng(1)
N = 300
LEVELS = [f"level {k:02}" for k in range(24)]
COLUMNS = {
    "number": RNG.normal(size=N),
    "many": RNG.choice(LEVELS, N),
    "idle": RNG.normal(size=N),
    "few": RNG.choice(["red", "green", "blue"], N),
}
LABELS = np.where(COLUMNS["number"] + (COLUMNS["few"] == "red") > 0.3, "yes", "no")


def selected(target, task, name, epochs):
    known = (("no", "yes"), (target == "yes").astype(np.int32)) if task == "classification" else ()
    data, plan = DataSet(pa.table({**COLUMNS, "y": target}), "y", task, *known), Plan(epochs=epochs, devices=1)
    fold = data.fold(Split(np.arange(200), np.arange(200, N), np.arange(0)), plan)
    asked = metric(name, len(data.classes))
    return select_members([Member((8,), "tanh", Adam(0.02))], [fold], asked, plan)


@pytest.fixture(scope="module")
def trained():
    return selected(LABELS, "classification", "accuracy", epochs=30)


def with_weights(selection, weights, member):
    """The same selection, its only member with a network and weights of the test's making."""
    (candidate,) = selection.candidates
    fold = selection.folds[0]
    inputs, outputs = fold.encoding.numbers + len(fold.encoding.embeddings), len(fold.encoding.classes) or 1
    network = member.build(inputs, outputs, classification=outputs > 1, embeddings=fold.encoding.embeddings)
    trial = replace(candidate.trials[0], member=member, network=network, weights=weights)
    return replace(selection, candidates=(replace(candidate, trials=(trial,)),), blend=None, calibration=None)


def by_name(found):
    return {column.name: column for column in found.columns}


def linear_weights(selection, **rows):
    """A linear member that uses nothing but the inputs named."""
    encoding = selection.folds[0].encoding
    tables = {f"E{k}": np.zeros(table, np.float32) for k, table in enumerate(encoding.embeddings)}
    width = encoding.numbers + sum(width for _, width in encoding.embeddings)
    W = np.zeros((width, 2), np.float32)
    for name, value in rows.items():
        W[encoding.input_names.index(name), 1] = value
    return tables, {"W": W, "b": np.zeros(2, np.float32)}


def test_a_column_that_is_not_used_has_no_importance_and_the_only_one_has_all(trained):
    found = importance(with_weights(trained, linear_weights(trained, number=5), Member(())))
    columns = by_name(found)
    assert found.columns[0].name == "number"
    for name in ("idle", "few", "many"):
        assert (columns[name].permutation, columns[name].spread, columns[name].gradient) == (0, 0, 0)
    x = np.asarray(trained.folds[0].validation.x)[:, trained.folds[0].encoding.input_names.index("number")]
    y = np.asarray(trained.folds[0].validation.y)
    share, positive = (x > 0).mean(), y.mean()
    chance = share * positive + (1 - share) * (1 - positive)  # agreement of two that know nothing of each other
    assert found.score == pytest.approx(((x > 0) == y).mean())
    assert columns["number"].permutation == pytest.approx(found.score - chance, abs=0.1)
    assert columns["number"].permutation > 0.2


class Encoded(ClassifierMixin, BaseEstimator):
    """A part of a model as scikit-learn takes it: encoded rows in, labels out."""

    def __init__(self, part=None):
        self.part = part

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, x):
        return self.part.outputs(np.asarray(x, np.float32)).argmax(axis=1)


def test_shuffling_is_scikit_learns(trained):
    """Columns of one input each can be shuffled by scikit-learn, too."""
    fold, trial = trained.folds[0], trained.candidates[0].trials[0]
    x, y = np.asarray(fold.validation.x), np.asarray(fold.validation.y)
    part = Part(fold.encoding, trial.member, trial.network, trial.weights)
    reference = permutation_importance(Encoded(part).fit(x, y), x, y, n_repeats=60, random_state=0)
    names = fold.encoding.input_names
    columns = by_name(importance(trained))
    for name in ("number", "idle", "many"):
        at = names.index(name)
        error = 5 * reference.importances_std[at] * (1 / 60 + 1 / module.REPEATS) ** 0.5
        assert columns[name].permutation == pytest.approx(reference.importances_mean[at], abs=error + 1e-9)


def test_all_inputs_of_a_column_are_shuffled_together(trained, monkeypatch):
    seen = []
    outputs = Part.outputs
    monkeypatch.setattr(Part, "outputs", lambda part, x: seen.append(x.copy()) or outputs(part, x))
    encoding = trained.folds[0].encoding
    importance(trained)
    inputs = dict(zip(encoding.feature_names, inputs_of(encoding), strict=True))
    first, *others = seen
    assert len(others) == len(inputs) * module.REPEATS
    changed = {name: 0 for name in inputs}
    for x in others:
        (name,) = [name for name, own in inputs.items() if (x[:, own] != first[:, own]).any()]
        changed[name] += 1
        rest = [i for i in range(x.shape[1]) if i not in inputs[name]]
        np.testing.assert_array_equal(x[:, rest], first[:, rest])
        cells, before = (sorted(map(tuple, a[:, inputs[name]])) for a in (x, first))
        assert cells == before  # the same ones, in another order
    assert set(changed.values()) == {module.REPEATS}


def test_every_input_belongs_to_the_column_it_is_named_after(trained):
    encoding = trained.folds[0].encoding
    named = {
        name: [encoding.input_names[i] for i in own]
        for name, own in zip(encoding.feature_names, inputs_of(encoding), strict=True)
    }
    assert named["number"] == ["number"]
    assert named["many"] == ["many"]
    assert [name.split(": ")[0] for name in named["few"]] == ["few"] * len(named["few"])
    assert len(named["few"]) >= 3
    assert sorted(i for own in inputs_of(encoding) for i in own) == list(range(len(encoding.input_names)))


def test_a_mean_of_the_target_belongs_to_the_column_of_its_levels():
    data = DataSet(pa.table({**COLUMNS, "y": COLUMNS["number"] + COLUMNS["idle"]}), "y", "regression")
    encoding = data.encoding(np.arange(200), category_statistics=True)
    places = dict(zip(encoding.feature_names, inputs_of(encoding), strict=True))
    names = [encoding.input_names[place] for place in places["many"]]
    assert len(names) > 1
    assert "many" in names
    assert all(name.startswith("many") for name in names)
    assert sorted(i for own in places.values() for i in own) == list(range(len(encoding.input_names)))


def test_codes_of_values_belong_to_the_column_of_their_numbers():
    encoding = with_values("values").encoding
    places = dict(zip(encoding.feature_names, inputs_of(encoding), strict=True))
    assert [encoding.input_names[place] for place in places["price"]] == ["price", "price: missing", "price: value"]
    assert sorted(i for own in places.values() for i in own) == list(range(len(encoding.input_names)))


def test_gradients_are_pytorchs_also_along_embedded_vectors(trained):
    fold, trial = trained.folds[0], trained.candidates[0].trials[0]
    encoding, weights = fold.encoding, trial.weights
    x, y = np.asarray(fold.validation.x), np.asarray(fold.validation.y)
    numbers = torch.tensor(x[:, : encoding.numbers], requires_grad=True)
    vectors = torch.tensor(np.asarray(weights[0]["E0"])[x[:, -1].astype(int)], requires_grad=True)
    hidden = torch.tanh(
        torch.cat([numbers, vectors], 1) @ torch.tensor(weights[1]["W"]) + torch.tensor(weights[1]["b"])
    )
    logits = hidden @ torch.tensor(weights[3]["W"]) + torch.tensor(weights[3]["b"])
    torch.nn.functional.cross_entropy(logits, torch.tensor(y, dtype=torch.long), reduction="sum").backward()
    slopes = numbers.grad.abs().mean(dim=0).numpy()
    names = encoding.input_names
    columns = by_name(importance(trained))
    assert columns["many"].gradient == pytest.approx(vectors.grad.abs().sum(dim=1).mean().item(), rel=1e-4)
    assert columns["idle"].gradient == pytest.approx(slopes[names.index("idle")], rel=1e-4)
    few = [i for i, name in enumerate(names) if name.startswith("few: ")]
    assert columns["few"].gradient == pytest.approx(slopes[few].sum(), rel=1e-4)


def test_a_regression_is_asked_in_its_own_unit():
    target = 1000 * COLUMNS["number"] + 5
    found = importance(selected(target, "regression", "neg_mean_absolute_error", epochs=60))
    assert found.columns[0].name == "number"
    assert found.columns[0].permutation > 300
    assert found.score < 0


def test_of_wide_tables_the_largest_gradients_are_shuffled(trained, monkeypatch):
    every = by_name(importance(trained))
    monkeypatch.setattr(module, "COLUMNS", 2)
    found = importance(trained)
    largest = sorted(every, key=lambda name: -every[name].gradient)[:2]
    assert {column.name for column in found.columns} == set(largest)
    assert found.left_out == len(every) - 2
    assert by_name(found)[largest[0]] == every[largest[0]]


def test_weights_of_rows_take_no_part(trained):
    fold = trained.folds[0]
    weighted = replace(fold.validation, weight=RNG.uniform(1, 9, len(fold.rows)))
    assert importance(replace(trained, folds=(replace(fold, validation=weighted),))) == importance(trained)


def test_without_validation_rows_there_is_none(trained):
    fold = trained.folds[0]
    empty = Table(np.asarray(fold.validation.x)[:0], np.asarray(fold.validation.y)[:0])
    assert importance(replace(trained, folds=(replace(fold, validation=empty, rows=fold.rows[:0]),))) is None


def test_a_broken_member_has_none_that_json_could_not_hold(trained):
    tables, layer = linear_weights(trained, number=1)
    broken = with_weights(trained, (tables, {**layer, "W": np.full_like(layer["W"], np.nan)}), Member(()))
    found = importance(broken)
    assert found.score is None
    assert {(c.gradient, c.permutation, c.spread) for c in found.columns} == {(None, None, None)}
    json.dumps(asdict(found), allow_nan=False)


def test_the_probe_of_the_rows_is_what_gradients_come_from(trained):
    """The mean over rows of the loss's gradients: N times that of the cost."""
    fold, trial = trained.folds[0], trained.candidates[0].trials[0]
    passed = probe(trial, fold.validation)
    at = fold.encoding.input_names.index("number")
    assert by_name(importance(trained))["number"].gradient == pytest.approx(np.abs(passed.input_delta[:, at]).sum())
