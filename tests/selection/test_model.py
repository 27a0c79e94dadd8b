"""What a model predicts: the weighted mean of its networks, each behind its own encoding, at a temperature."""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit, softmax

from schuss.member import Member
from schuss.selection.model import Model, Part, blended, decode, interpret, true_targets
from schuss.tables import Encoding, InputError

N = 60
RANDOM = np.random.default_rng(0)
COLUMNS = {"a": RANDOM.normal(size=N), "b": RANDOM.normal(5, 2, N), "c": RANDOM.choice(["x", "y", "z"], N)}
TARGETS = {
    "text": RANDOM.choice(["가", "나", "다"], N).tolist(),
    "whole": RANDOM.choice([-1, 10, 3], N).tolist(),
    "boolean": RANDOM.choice([True, False], N).tolist(),
    "values": RANDOM.normal(1000, 30, N).tolist(),
}
TABLE = pa.table(COLUMNS)


def part(target, share=1.0, seed=0, rows=range(40), numeric="robust", **choices) -> Part:
    """One untrained network; rows and the encoding of numbers make encodings that differ."""
    encoding = Encoding.fit(pa.table(COLUMNS | {"y": TARGETS[target]}), "y", np.array(rows), numeric=numeric)
    member = Member((4,), "tanh", **choices)
    network = member.build(encoding.numbers, len(encoding.classes) or 1, classification=bool(encoding.classes))
    weights = [dict(layer) for layer in network.initialize(seed)]
    weights[-1]["b"] = weights[-1]["b"] + np.float32(seed / 2)
    return Part(encoding, member, network, tuple(weights), share)


def by_hand(part: Part) -> np.ndarray:
    """What one network gives: W₂·tanh(W₁·x + b₁) + b₂, then probabilities, or values in the target's unit."""
    x = part.encoding.features(TABLE).astype(np.float64)
    first, _, last = part.weights
    z = np.tanh(x @ first["W"] + first["b"]) @ last["W"] + last["b"]
    if not part.encoding.classes:
        return z[:, 0] * part.encoding.output.scale + part.encoding.output.mean
    return np.stack([1 - expit(z[:, 0]), expit(z[:, 0])], 1) if z.shape[1] == 1 else softmax(z, axis=1)


def three(target, **choices) -> tuple[Part, Part, Part]:
    """Networks behind two encodings, that share 1/2, 1/8 and 3/8."""
    other = part(target, 0.125, 1, rows=range(20, 60), numeric="quantile", **choices)
    return part(target, 0.5, **choices), other, part(target, 0.375, 2, **choices)


@pytest.mark.parametrize("target", TARGETS)
def test_a_blend_is_the_mean_of_its_parts_by_their_shares(target):
    parts = three(target)
    assert not np.allclose(parts[0].encoding.features(TABLE), parts[1].encoding.features(TABLE))
    expected = 0.5 * by_hand(parts[0]) + 0.125 * by_hand(parts[1]) + 0.375 * by_hand(parts[2])
    found = Model(parts).outputs(TABLE)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.dtype == np.float64
    if target != "values":
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    for alone in parts:
        found = Model((replace(alone, share=1.0),)).outputs(TABLE)
        np.testing.assert_allclose(found, by_hand(alone), rtol=1e-5)


def test_two_classes_behind_one_logit():
    parts = three("boolean", loss="binary_cross_entropy")
    assert parts[0].weights[-1]["W"].shape == (4, 1)
    expected = sum(one.share * by_hand(one) for one in parts)
    np.testing.assert_allclose(Model(parts).outputs(TABLE), expected, rtol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 2.0, 7.0])
def test_a_temperature_softens_the_blend_and_not_its_parts(temperature):
    parts = three("text")
    powers = Model(parts).outputs(TABLE) ** (1 / temperature)
    found = Model(parts, temperature).outputs(TABLE)
    np.testing.assert_allclose(found, powers / powers.sum(axis=1, keepdims=True), rtol=1e-9)
    sharper = temperature < 1
    assert (found.max(axis=1) > Model(parts).outputs(TABLE).max(axis=1)).mean() == sharper


def test_values_have_no_temperature():
    parts = three("values")
    np.testing.assert_array_equal(Model(parts, 3.0).outputs(TABLE), Model(parts).outputs(TABLE))


@pytest.mark.parametrize(
    ("target", "classes"), [("text", ("가", "나", "다")), ("whole", (-1, 3, 10)), ("boolean", (False, True))]
)
def test_labels_come_out_as_they_went_in(target, classes):
    model = Model((part(target),))
    assert model.classes == classes
    k = len(classes)
    found = model.labels(np.eye(k)[[k - 1, 0, 1]])
    assert found == [classes[-1], classes[0], classes[1]]
    assert [type(label) for label in found] == [type(classes[0])] * 3
    assert model.labels(np.full((1, k), 1 / k)) == [classes[0]]  # the first of equals
    own = np.array(model.labels(model.outputs(TABLE)))
    np.testing.assert_array_equal(own, np.array(classes)[by_hand(model.parts[0]).argmax(axis=1)])


def test_values_have_no_classes():
    assert Model((part("values"),)).classes == ()


@pytest.mark.parametrize("target", ["text", "values"])
def test_what_a_row_gets_does_not_depend_on_its_company(target):
    """Bit for bit: alone, among others in another order, and in a table of more rows than are taken at a time."""
    model = Model(three(target), 1.5)
    whole = model.outputs(TABLE)
    order = np.random.default_rng(1).permutation(N)
    np.testing.assert_array_equal(model.outputs(TABLE.take(order)), whole[order])
    np.testing.assert_array_equal(model.outputs(TABLE.slice(7, 1)), whole[7:8])
    many = pa.concat_tables([TABLE] * 20)
    np.testing.assert_array_equal(model.outputs(many), np.concatenate([whole] * 20))


def test_other_columns_and_their_order_do_not_matter():
    model = Model(three("text"))
    other = pa.table({"extra": ["?"] * N, **{name: COLUMNS[name] for name in "cba"}})
    np.testing.assert_array_equal(model.outputs(other), model.outputs(TABLE))
    with pytest.raises(InputError, match=r"There is no column 'b'. .* Did you mean 'B'\?"):
        model.outputs(pa.table({"B": COLUMNS["b"], "a": COLUMNS["a"], "c": COLUMNS["c"]}))


def test_a_table_is_encoded_once_for_every_encoding(monkeypatch):
    first, other, last = three("text")
    last = Part(first.encoding, last.member, last.network, last.weights, last.share)
    encode, seen = Encoding.features, []
    monkeypatch.setattr(Encoding, "features", lambda self, table: (seen.append(self), encode(self, table))[1])
    Model((first, other, last)).outputs(TABLE)
    assert [id(encoding) for encoding in seen] == [id(first.encoding), id(other.encoding)]


def test_a_blend_has_the_parts_with_a_share_the_largest_first():
    parts = [part("text", share, seed) for seed, share in enumerate((0.25, 0.0, 0.75))]
    model = blended(parts, 2.0)
    assert [one.share for one in model.parts] == [0.75, 0.25]
    assert (model.temperature, model.encoding) == (2.0, parts[2].encoding)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("columns", [1, 3])
def test_logits_of_any_size_become_probabilities(columns):
    logits = np.array([[1e4] * columns, [-1e4] * columns, [0.0] * columns], np.float32)
    logits[:, 0] += np.array([5, 5, 1], np.float32)
    encoding = part("boolean" if columns == 1 else "text").encoding
    z = logits.astype(np.float64)
    expected = softmax(np.hstack([np.zeros((3, 1)), z]) if columns == 1 else z, axis=1)
    np.testing.assert_allclose(interpret(logits, encoding), expected, rtol=1e-12, atol=1e-300)


def test_targets_as_metrics_take_them():
    table = pa.table(COLUMNS | {"y": TARGETS["whole"]})
    model = Model((part("whole"),))
    np.testing.assert_array_equal(np.array([-1, 3, 10])[true_targets(table, model.encoding)], TARGETS["whole"])
    table = pa.table(COLUMNS | {"y": TARGETS["values"]})
    encoding = part("values").encoding
    np.testing.assert_allclose(true_targets(table, encoding), TARGETS["values"], rtol=1e-6)
    np.testing.assert_allclose(decode(encoding.targets(table), encoding), TARGETS["values"], rtol=1e-6)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            ["가"] * 7 + ["라"],
            "the table, row 8, column 'y': '라' is none of the classes '가', '나', '다'",
        ),
        (["가"] * 3 + [None] * 5, "the table, row 4, column 'y': There is a missing value instead of a class"),
        (None, "There is no column 'y'. Its columns: 'a', 'b', 'c'"),
    ],
    ids=["unknown", "missing", "no column"],
)
def test_targets_that_are_not_those_of_training(cells, said):
    table = TABLE.slice(0, 8)
    table = table if cells is None else table.append_column("y", pa.array(cells))
    with pytest.raises(InputError, match=re.escape(said)):
        true_targets(table, part("text").encoding)
