"""Values that repeat: codes where they tell more of the target than a curve does, and nowhere else."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from schuss.selection.dataset import DataSet
from schuss.selection.plan import Plan
from schuss.tables import ClassTarget, Encoding, InputError
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.repeated import MOST_NUMBERS, Repeated, clearness, codes_of
from schuss.tables.splitting.split import Split

N = 3_000
TRAINING = np.arange(2_400)
PARITY = "odd"


def table(shape, target="numbers", seed=0, cell=float):
    """Whole numbers from 0 to 99, and a target that follows a curve through them, their parity, or neither."""
    rng = np.random.default_rng(seed)
    x = rng.integers(100, size=N)
    score = {"curve": x / 30, PARITY: x % 2, "noise": 0 * x}[shape] + rng.normal(0, 0.5, N)
    y = {
        "numbers": score,
        "two": np.where(score > np.median(score), "yes", "no"),
        "three": np.array(["a", "b", "c"])[np.digitize(score, np.quantile(score, [0.3, 0.6]))],
    }[target]
    return pa.table({"x": [cell(v) for v in x], "z": rng.normal(size=N), "y": y})


def data_set(found, weight=None):
    if found["y"].type == pa.string():
        target = ClassTarget.fit(found, "y")
        return DataSet(found, "y", "classification", target.classes, target.encode(found), weight=weight)
    return DataSet(found, "y", "regression", weight=weight)


def codes(found, rows=TRAINING, weight=None, **options):
    """The codes that the table's encoding has, by column."""
    encoding = data_set(found, weight).encoding(rows, **options)
    return {feature.name: feature for feature in encoding.inputs if isinstance(feature, Repeated)}


@pytest.mark.parametrize("target", ["numbers", "two", "three"])
@pytest.mark.parametrize(("shape", "expected"), [(PARITY, ["x"]), ("curve", []), ("noise", [])])
def test_values_have_codes_where_they_tell_more_than_a_curve(shape, target, expected):
    assert list(codes(table(shape, target))) == expected


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_not_taken_for_more(seed):
    assert codes(table("noise", "two", seed)) == codes(table("curve", "numbers", seed)) == {}


def test_values_are_those_in_ten_rows_of_the_table():
    found = table(PARITY)
    x = np.array(found["x"]).copy()
    x[:9], x[9:19], x[19:22] = 177, 188, np.inf
    found = found.set_column(0, "x", pa.array(x))
    assert codes(found)["x"].values == (*map(float, range(100)), 188.0)
    assert codes(found, np.arange(600, N))["x"].values[-1] == 188.0, "rows that are not trained on count, too"


def test_only_the_training_rows_targets_decide():
    found = table(PARITY)
    y = np.array(found["y"]).copy()
    y[TRAINING] = np.array(table("noise")["y"])[TRAINING]
    assert codes(found.set_column(2, "y", pa.array(y))) == {}


def test_rows_of_weight_0_have_no_say():
    found, weight = table(PARITY), np.ones(N)
    weight[100:2_400] = 0
    assert codes(found)
    assert codes(found, weight=weight) == codes(found, TRAINING[:100]) == {}


def test_t_is_that_of_rows_predicted_by_others_of_the_same_value():
    """With codes alone to tell rows apart, and a curve that is a constant."""
    rng = np.random.default_rng(3)
    group = rng.integers(1, 5, 400)
    y = group + rng.normal(0, 1, 400)
    found = clearness(np.zeros((400, 1)), group, 5, y[:, None], np.ones(400))
    rest = y - y.mean()
    part = np.random.default_rng(0).permutation(400) % 10
    told = np.array([
        rest[(part != part[i]) & (group == group[i])].sum() + 10 * rest[part != part[i]].mean() for i in range(400)
    ]) / np.array([((part != part[i]) & (group == group[i])).sum() + 10 for i in range(400)])  # fmt: skip
    d = rest**2 - (rest - told) ** 2
    assert found == pytest.approx(d.mean() / (d.std() / 20))


@pytest.mark.parametrize("curve", [lambda x: 2 * x, np.sqrt, lambda x: abs(x - 40), lambda x: 0 * x])
def test_what_a_curve_tells_to_the_last_digits_needs_no_codes(curve):
    """What is left is rounding, and may be the same for all rows of a value."""
    x = np.random.default_rng(0).integers(0, 100, N).astype(float)
    y = (curve(x) - curve(x).mean())[:, None]
    z = (x - x.mean())[:, None] / x.std()
    assert clearness(z, x.astype(int) + 1, 101, y, np.ones(N)) == 0


def test_codes_stand_beside_the_number_and_come_last():
    found = table(PARITY)
    encoding = data_set(found).encoding(TRAINING)
    assert encoding.input_names == ("x", "z", "x: value")
    assert encoding.feature_names == ("x", "z")
    assert encoding.embeddings == ((101, 21),)
    assert encoding.quantities == (0, 1)
    assert encoding.plan()[0].what.endswith(
        "clipped; beside it a learned vector of 21 numbers for each of 100 values that repeat"
    )
    X = encoding.features(found)
    np.testing.assert_array_equal(X[:, 2], np.array(found["x"]) + 1)


@pytest.mark.parametrize("cell", [float, int, str, np.float32, lambda v: f"{v}.0"])
def test_values_are_the_same_however_they_are_written(cell):
    fitted = codes(table(PARITY))["x"]
    found = fitted.encode(Columns(table(PARITY, cell=cell)))
    np.testing.assert_array_equal(found, fitted.encode(Columns(table(PARITY))))


def test_other_cells_have_code_0():
    assert codes_of(np.array([0.1, np.float32(0.1), 0.2, np.nan, np.inf, -1e300, 5]), np.array([0.1, 5])).tolist() == [
        1, 1, 0, 0, 0, 0, 2,
    ]  # fmt: skip


@pytest.mark.parametrize("numeric", ["robust", "standard", "quantile", "piecewise_linear"])
def test_who_names_an_encoding_of_numbers_gets_that_alone(numeric):
    assert codes(table(PARITY), numeric=numeric) == {}
    assert codes(table(PARITY), repeated_values=False) == {}


def test_wide_tables_are_not_tested():
    found = table(PARITY)
    for k in range(MOST_NUMBERS):
        found = found.append_column(f"n{k}", found["z"])
    assert codes(found) == {}


def test_a_fold_has_codes_and_a_plan_may_leave_them_out():
    data, split = data_set(table(PARITY)), Split(TRAINING, np.arange(2_400, N), np.arange(0))
    assert data.fold(split, Plan()).training.x.shape == (2_400, 3)
    assert data.fold(split, Plan(repeated_values=False)).training.x.shape == (2_400, 2)


def test_codes_survive_json():
    found = table(PARITY)
    encoding = data_set(found).encoding(TRAINING)
    back = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict(), allow_nan=False)))
    assert back == encoding
    np.testing.assert_array_equal(back.features(found), encoding.features(found))


@pytest.mark.parametrize(
    "edit",
    [
        {"values": (1.0, 2.0)}, {"values": (1.0, 3.0, 2.0)}, {"values": (1.0, 2.0, float("nan"))}, {"values": "abc"},
        {"values": ("1", "2", "3")}, {"width": 0}, {"width": 51}, {"width": 2.0}, {"name": None},
    ],
)  # fmt: skip
def test_codes_that_were_edited_are_refused(edit):
    with pytest.raises(InputError, match=r"the encoding of column .* ascending values, and a width from 1 to 50"):
        replace(codes(table(PARITY))["x"], **edit)


def test_codes_stand_beside_their_number_once():
    encoding = data_set(table(PARITY)).encoding(TRAINING)
    (code,) = (feature for feature in encoding.inputs if isinstance(feature, Repeated))
    for inputs in ((code,), (*encoding.inputs, code), tuple(f for f in encoding.inputs if f.name == "z" or f is code)):
        with pytest.raises(InputError, match="every name once"):
            replace(encoding, inputs=inputs)
