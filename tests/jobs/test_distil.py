"""A run with --distil: kept, read back, exported, reported, repeated; edits of its record are refused."""

import json
import shutil

import numpy as np
import onnxruntime
import pytest
import torch

import schuss
from schuss.export import onnx_inputs, to_onnx, to_torch
from schuss.jobs.predict import evaluate_table
from schuss.jobs.run import Run
from schuss.jobs.train import repeat, run
from schuss.report import answer
from schuss.report.command import command
from schuss.runs.read import decode
from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from schuss.tables import InputError, load_builtin

SPACE = Space(optimizer=["adam"], learning_rate=[0.01], hidden_layer_sizes=[(8,)], activation=["tanh"], batch_size=[32])


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """A run on the irises, whose model would be at least two networks, one a fold."""
    plan = Plan(space=SPACE, seeds=2, epochs=40, folds=2, test=0.2, distil=True)
    return run(DataSpec("iris"), plan, parent=tmp_path_factory.mktemp("iris") / "runs")


@pytest.fixture
def table():
    return load_builtin("iris")[0]


def test_it_is_read_back_as_one_network(flowers, table):
    kept, selection = Run(flowers.folder), flowers.selection
    assert len(kept.model.parts) == 1
    np.testing.assert_array_equal(kept.model.outputs(table), selection.model.outputs(table))
    assert len(selection.teacher.parts) > 1
    found = kept.record.distilled
    assert (found.blend, found.network, found.error) == (
        selection.distilled.blend,
        selection.distilled.network,
        selection.distilled.error,
    )
    assert found.fold.training_rows == 120
    assert found.temperature == kept.model.temperature
    assert kept.record.validation.score.model == found.network
    assert evaluate_table(flowers.folder, "iris").judgement.rows == 150


def test_it_is_exported(flowers, table):
    model = Run(flowers.folder).model
    opened = onnxruntime.InferenceSession(to_onnx(model).SerializeToString())
    (found,) = opened.run(["probabilities"], onnx_inputs(model, table))
    np.testing.assert_allclose(found, model.outputs(table), atol=1e-5)
    with torch.no_grad():
        given = to_torch(model)(torch.from_numpy(model.encoding.features(table)))
    np.testing.assert_allclose(given.numpy(), model.outputs(table), atol=1e-5)


def test_it_is_loaded_as_an_estimator(flowers, table):
    found = schuss.load(flowers.folder)
    assert found.distil is True
    assert len(found.model_.parts) == 1
    assert found.predict(table.drop_columns([load_builtin("iris")[1]]).to_pandas()).shape == (150,)


def test_it_is_reported(flowers):
    text = answer.section_of(Run(flowers.folder).record)
    assert "One network, distilled from" in text
    assert "the difference is within a standard error" in text
    assert command(Run(flowers.folder).record.settings).endswith("--distil")


def test_it_is_repeated_to_the_bit(flowers, tmp_path):
    again = repeat(flowers.folder, parent=tmp_path)
    assert again.same
    assert len(again.result.selection.model.parts) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: record["distilled"].update(fold=None), "`$.distilled.description` do not go together"),
        (lambda record: record["distilled"].update(description=None), "`$.distilled.description` do not go together"),
        (lambda record: record["distilled"].update(network=None), "`$.distilled` costs more than a standard error"),
        (lambda record: record["distilled"].update(blend=1.5), "`$.distilled` costs more than a standard error"),
        (lambda record: record["distilled"].update(temperature=0), "`$.distilled.temperature`"),
        (lambda record: record["distilled"].update(more=0), "`$.distilled.more` is none of the keys"),
        (lambda record: record.pop("distilled"), "missing required field `distilled`"),
        (lambda record: record["settings"]["plan"].update(distil=False), "`$.settings.plan.distil` is false"),
        (lambda record: record["distilled"]["fold"]["encoding"]["target"].update(name="x"), "different targets"),
        (lambda record: record["distilled"]["description"].update(hidden_layer_sizes=[9]), "not F32"),
        (lambda record: record["distilled"]["description"].update(activation="x"), "`$.distilled.description`: "),
    ],
)
def test_a_record_that_was_edited_is_refused(flowers, tmp_path, change, said):
    folder = shutil.copytree(flowers.folder, tmp_path / "run")
    record = json.loads((folder / "run.json").read_text())
    change(record)
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="This is not what `schuss train` wrote") as told:
        Run(folder)
    assert said in str(told.value)


def test_a_blend_that_stays_is_said_to_stay(flowers):
    record = Run(flowers.folder).record
    plain = json.loads((flowers.folder / "run.json").read_text())
    plain["distilled"].update(fold=None, description=None, network=0.5, error=0.01)
    stays = decode(json.dumps(plain).encode())
    assert (stays.student, record.student) == (None, record.distilled)
    text = answer.section_of(stays)
    assert "that costs more than a standard error (0.0100), so the blend stays" in text
    assert "One network, distilled from" not in text
