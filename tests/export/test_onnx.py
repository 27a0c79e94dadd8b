"""Models as ONNX files: onnxruntime gives what `Model.outputs` gives, from the same cells."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest

from schuss.activations import ACTIVATIONS
from schuss.export import onnx_inputs, save_onnx, to_onnx
from schuss.layers import (
    Activation,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    Linear,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scaling,
)
from schuss.network import Sequential
from schuss.tables import InputError
from schuss.tables.encoding.category import OneHot
from tests.mixed import TARGETS, WAVES, blend, fitted, mixed, moved, single, small, with_means, with_values


def session(model):
    exported = to_onnx(model)
    onnx.checker.check_model(exported, full_check=True)
    return onnxruntime.InferenceSession(exported.SerializeToString())


def run(model, inputs):
    opened = session(model)
    return dict(zip([output.name for output in opened.get_outputs()], opened.run(None, inputs), strict=True))


def agree(model, table):
    expected, found = model.outputs(table), run(model, onnx_inputs(model, table))
    if model.classes:
        np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=1e-5)
        assert found["label"].tolist() == model.labels(expected)
    else:
        unit = model.encoding.output.scale
        np.testing.assert_allclose(found["value"] / unit, expected / unit, rtol=0, atol=1e-5)
        assert found["value"].std() > 0.1 * unit


def test_the_table_has_every_kind_of_column():
    kinds = {(type(feature).__name__, feature.missing) for feature in fitted().inputs}
    assert kinds == {
        (kind, marked) for kind in ("Scaled", "Boolean", "OneHot", "Embedded", "Date") for marked in (True, False)
    }
    assert {feature.other for feature in fitted().inputs if isinstance(feature, OneHot)} == {True, False}


@pytest.mark.parametrize("target", TARGETS)
def test_every_kind_of_column_and_of_target(target):
    agree(single(target), mixed(target))


@pytest.mark.parametrize("numeric", ["standard", "quantile", "piecewise_linear"])
def test_every_encoding_of_numbers(numeric):
    agree(single("values", numeric=numeric), mixed("values"))


@pytest.mark.parametrize("target", ["text", "many", "values"])
def test_waves_ramps_and_scales_beside_vectors_of_categories(target):
    model = single(target, **WAVES)
    front = [Embedding, PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling]
    assert [type(layer) for layer in model.parts[0].network.layers[:4]] == front
    agree(model, mixed(target))


@pytest.mark.parametrize("target", ["text", "many", "values"])
def test_means_of_the_target_beside_vectors_of_categories(target):
    model = with_means(target, **WAVES)
    assert any("mean of target" in name or "share of" in name for name in model.encoding.input_names)
    agree(model, mixed(target))


@pytest.mark.parametrize("target", ["text", "values"])
def test_codes_of_values_beside_numbers(target):
    model, table = with_values(target), mixed(target)
    codes = model.encoding.features(table)[:, model.encoding.numbers :]
    assert {0, 1, 2} <= set(codes[:, -2]), "the last columns of codes are those of the values of two of the numbers"
    agree(model, table)


@pytest.mark.parametrize("temperature", [1, 0.3, 4])
def test_a_blend_behind_several_encodings(temperature):
    agree(replace(blend("many"), temperature=temperature), mixed("many"))


def test_a_blend_of_values():
    agree(blend("values"), mixed("values"))


def test_a_blend_of_networks_with_one_logit_and_with_two():
    one, two = single("text", loss="binary_cross_entropy").parts[0], single("text", seed=1).parts[0]
    assert [part.weights[-1]["b"].size for part in (one, two)] == [1, 2]
    model = single("text")
    agree(replace(model, parts=(replace(one, share=0.7), replace(two, share=0.3)), temperature=2), mixed("text"))


@pytest.mark.parametrize("function", [*ACTIVATIONS, ACTIVATIONS["gelu_tanh"]], ids=[*ACTIVATIONS, "a function"])
def test_every_activation(function):
    network = Sequential(Linear(2, 9), Activation(function), Dropout(0.5), Linear(9, 1))
    first, *rest = network.initialize(3)
    agree(small(network, ({"W": 20 * first["W"], "b": first["b"]}, *rest)), mixed("values"))


NETWORKS = {
    "flatten": Sequential(Flatten(), Linear(2, 1)),
    "probability as a logit": Sequential(Linear(2, 1), Activation("sigmoid")),
    "no weights": Sequential(Activation("tanh")),
    "scales and waves": Sequential(Scaling(2), PeriodicEmbedding(2, (1,), 5, 2, 2.0), Linear(4, 1)),
    "scales and ramps": Sequential(Scaling(2), PiecewiseLinearEmbedding(2, (1,), 5, 2), Linear(4, 1)),
    "a ramp as a logit": Sequential(Linear(2, 1), PiecewiseLinearEmbedding(1, (0,), 1, 1)),
    "a wave as a logit": Sequential(Linear(2, 1), PeriodicEmbedding(1, (0,), 2, 1)),
    "no numbers": Sequential(Activation("relu"), Embedding(0, ((5, 2), (4, 1))), Linear(3, 2)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_ones_own(name):
    agree(small(NETWORKS[name], moved(NETWORKS[name].initialize(0), 0), "text"), mixed("text"))


class Doubled(Linear):
    """A layer of the user's own."""

    def apply(self, params, x, key=None):
        return 2 * super().apply(params, x)


class Nothing(Layer):
    def apply(self, params, x, key=None):
        return x


def sine(z):
    return z


@pytest.mark.parametrize(
    ("layer", "named"),
    [(Doubled(2, 2), "Doubled"), (Nothing(), "Nothing"), (Activation(sine), "the activation sine")],
    ids=["of a class like ours", "of another class", "a function"],
)
def test_a_layer_of_ones_own_is_named(layer, named):
    network = Sequential(Linear(2, 2), layer, Linear(2, 1))
    with pytest.raises(
        ValueError, match=rf"layer 1 is {named}, which cannot be exported; only the package's own layers can: "
    ):
        to_onnx(small(network, network.initialize(0)))


def test_inputs_have_the_columns_names_and_outputs_theirs():
    inputs = {x.name: x.type for x in session(single("many")).get_inputs()}
    parts = [f"when/{part}" for part in ("month", "weekday", "hour", "year", "day", "days")]
    numbers = {*parts, "size", "price", "age", "count", "when/month_", "Add_3"}
    numbers |= {f"day/{part}" for part in ("month", "weekday", "year", "day", "days")} | {"once/days"}
    assert {name for name, type_ in inputs.items() if type_ == "tensor(double)"} == numbers
    text = {"도시", "label_", "street", "value_", "empty", "floor", "new", "sold"}
    assert {name for name, type_ in inputs.items() if type_ == "tensor(string)"} == text
    outputs = [(x.name, x.type, x.shape) for x in session(single("many")).get_outputs()]
    assert outputs == [("label", "tensor(string)", ["N"]), ("probabilities", "tensor(float)", ["N", 3])]


@pytest.mark.parametrize("n", [0, 1])
def test_any_number_of_rows(n):
    model, table = single("many", **WAVES), mixed("many")
    found = run(model, {name: cells[210 : 210 + n] for name, cells in onnx_inputs(model, table).items()})
    np.testing.assert_allclose(found["probabilities"], model.outputs(table)[210 : 210 + n], atol=1e-5)
    assert len(found["label"]) == n


def test_words_for_truth_values():
    model, table = single("values"), mixed("values").slice(0, 1)
    inputs = onnx_inputs(model, table)

    def value(word):
        return run(model, inputs | {"sold": np.array([word], object)})["value"].item()

    yes, no, missing = value("true"), value("false"), value("")
    assert len({yes, no, missing}) == 3
    assert {value(word) for word in ("yes", "YES", "Yes", "t", "Y", "True", "1")} == {yes}
    assert {value(word) for word in ("no", "NO", "No", "F", "n", "FALSE", "0")} == {no}
    assert value("perhaps") == missing


def test_tables_that_do_not_fit_are_refused_as_by_the_model():
    model, table = single("values"), mixed("values")
    with pytest.raises(InputError, match="There is no column 'age'"):
        onnx_inputs(model, table.drop_columns("age"))
    cells = table.column("day").to_pylist()
    wrong = table.set_column(table.column_names.index("day"), "day", [["soon", *cells[1:]]])
    with pytest.raises(InputError, match="row 1, column 'day'"):
        onnx_inputs(model, wrong)


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    model, path = single("values"), tmp_path / "model.onnx"
    path.write_bytes(b"before")
    save_onnx(model, path)
    assert onnx.load(path) == to_onnx(model)
    monkeypatch.setattr("os.replace", lambda *paths: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_onnx(single("values", seed=1), path)
    with pytest.raises(FileNotFoundError):
        save_onnx(model, tmp_path / "no folder" / "model.onnx")
    assert [*tmp_path.iterdir()] == [path]
    assert onnx.load(path) == to_onnx(model)


def test_without_the_package_a_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"needs onnx, which is not installed: pip install 'schuss\[onnx\]'"):
        to_onnx(single("values"))


def test_imports_are_late_and_no_runtime_is_needed():
    code = """
import sys, schuss.export
assert not {"torch", "onnx", "onnxruntime"} & {*sys.modules}
from schuss.selection.model import Member, Model, Part, Sequential
from schuss.layers import Linear
from schuss.tables.encoding.encode import Encoding
from schuss.tables.encoding.encode import NumberTarget
from schuss.tables.encoding.numeric import Scaled
network = Sequential(Linear(1, 1))
encoding = Encoding((Scaled("x", 0.0, False, 1.0, "robust"),), NumberTarget("y", 0.0, 1.0))
schuss.export.to_onnx(Model((Part(encoding, Member(), network, network.initialize(0)),)))
assert "onnx" in sys.modules and not {"torch", "onnxruntime"} & {*sys.modules}
"""
    subprocess.run([sys.executable, "-c", code], check=True)
