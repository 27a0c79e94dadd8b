"""Means of the target in each level: against scikit-learn's, and that no row finds its own target among its inputs."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import TargetEncoder

from schuss.selection.dataset import DataSet
from schuss.selection.plan import Plan
from schuss.tables import ClassTarget, Encoding, InputError, Roles
from schuss.tables.encoding.category import Embedded
from schuss.tables.encoding.target_mean import PARTS, TargetMean, Taught, cross_fitted, smoothed
from schuss.tables.splitting.split import Split

N = 600
TRAINING, OTHERS = np.arange(400), np.arange(400, N)
LEVELS = 25


def table(target, seed=0, levels=LEVELS):
    """A column of many levels, a number, and a target to which both contribute, unless it is random."""
    rng = np.random.default_rng(seed)
    codes, x = rng.integers(levels, size=N), rng.normal(size=N)
    score = codes / levels * 3 + x + rng.normal(size=N)
    y = {
        "numbers": 100 + 7 * score,
        "two": np.where(score > 1.5, "yes", "no"),
        "three": np.array(["a", "b", "c"])[np.digitize(score, [0.5, 2])],
        "random": rng.normal(size=N),
    }[target]
    return pa.table({"level": [f"l{code}" for code in codes], "x": x, "y": y})


def data_set(found, weight=None):
    """The table as a data set."""
    if found["y"].type == pa.string():
        target = ClassTarget.fit(found, "y")
        return DataSet(found, "y", "classification", target.classes, target.encode(found), weight=weight)
    return DataSet(found, "y", "regression", weight=weight)


def mean_of(encoding) -> TargetMean:
    (found,) = (feature for feature in encoding.inputs if isinstance(feature, TargetMean))
    return found


def fitted(found, weight=None):
    return data_set(found, weight).encoding(TRAINING, "standard", category_statistics=True)


@pytest.mark.parametrize("target", ["numbers", "two", "three"])
def test_the_means_are_scikit_learns(target):
    found = table(target)
    level, y = np.array(found["level"])[:, None], np.array(found["y"])
    expected = TargetEncoder(smooth=10.0).fit(level[TRAINING], y[TRAINING]).transform(level)
    encoding = fitted(found)
    mean = mean_of(encoding)
    means = np.reshape(mean.means, (-1, len(mean.of)))[mean.codes(data_set(found).columns)]
    np.testing.assert_allclose(encoding.restore(means) if target == "numbers" else means, expected, rtol=1e-6)
    z = (means - mean.centers) / mean.scales
    inputs = mean.encode(data_set(found).columns)
    np.testing.assert_allclose(inputs, z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-5, atol=1e-7)
    assert np.std(z[TRAINING], axis=0) == pytest.approx(1, rel=0.2)


def test_weights_of_rows_count():
    rng = np.random.default_rng(1)
    codes, y, weight = rng.integers(4, size=50), rng.normal(size=(50, 2)), rng.uniform(0, 2, 50)
    found = smoothed(codes, 6, y, weight)
    prior = (weight[:, None] * y).sum(axis=0) / weight.sum()
    for code in range(6):
        w = weight[codes == code]
        expected = ((w[:, None] * y[codes == code]).sum(axis=0) + 10 * prior) / (w.sum() + 10)
        np.testing.assert_allclose(found[code], expected)
    np.testing.assert_allclose(found[4], prior)
    table_ = table("numbers")
    heavy = np.where(np.arange(N) % 2, 3e5, 0.0)
    means = mean_of(fitted(table_, heavy)).means
    assert means == pytest.approx(mean_of(fitted(table_, heavy / 1e7)).means)
    odd = TRAINING[TRAINING % 2 == 1]
    taught = Taught(TRAINING, fitted(table_).targets(table_), heavy)
    np.testing.assert_allclose(taught.weights()[1::2], len(TRAINING) / len(odd))
    assert not taught.weights()[::2].any()


def test_rows_of_no_weight_teach_nothing_even_where_a_part_has_no_others():
    codes, y = np.zeros(4, int), np.arange(4.0)[:, None]
    found = cross_fitted(codes, 1, y, np.array([1.0, 0, 0, 0]))
    np.testing.assert_allclose(found[1:], 0)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("rows", [2, 3, 10, 57])
def test_the_own_target_of_a_row_does_not_change_its_mean(rows):
    rng = np.random.default_rng(rows)
    codes, y, weight = rng.integers(3, size=rows), rng.normal(size=(rows, 2)), rng.uniform(0.5, 2, rows)
    before = cross_fitted(codes, 3, y, weight)
    for row in range(rows):
        other = y.copy()
        other[row] += 1000
        after = cross_fitted(codes, 3, other, weight)
        np.testing.assert_array_equal(after[row], before[row])
        assert (np.abs(after - before).max(axis=1) > 0.1).sum() >= (rows - 1) * (1 - 2 / PARTS)


def test_a_cross_fitted_mean_is_that_of_the_other_parts():
    rng = np.random.default_rng(3)
    codes, y = rng.integers(5, size=200), rng.normal(size=(200, 1))
    part = np.random.default_rng(0).permutation(200) % 10
    found = cross_fitted(codes, 5, y, np.ones(200))
    for row in range(200):
        rest = part != part[row]
        same = rest & (codes == codes[row])
        assert found[row] == pytest.approx((y[same].sum() + 10 * y[rest].mean()) / (same.sum() + 10))


def test_of_a_fold_training_rows_are_cross_fitted_and_the_others_have_the_means_of_all_training_rows():
    data = data_set(table("numbers"))
    fold = data.fold(Split(TRAINING, OTHERS, np.arange(0)), Plan(category_statistics=True))
    mean = mean_of(fold.encoding)
    place = fold.encoding.input_names.index("level: mean of target")
    assert place == 0
    np.testing.assert_array_equal(fold.validation.x[:, place], mean.encode(data.columns)[OTHERS, 0])
    own = Taught(TRAINING, fold.encoding.targets(data.columns))
    np.testing.assert_array_equal(fold.training.x[:, place], mean.encode_taught(data.columns, own)[:, 0])
    assert (fold.training.x[:, place] != mean.encode(data.columns)[TRAINING, 0]).mean() > 0.9
    np.testing.assert_array_equal(fold.validation.x, fold.encoding.features(data.table)[OTHERS])


def test_a_random_target_gives_no_gain_on_validation_rows():
    def correlation(x, y):
        return np.corrcoef(x[:, 0], y[:, 0])[0, 1]

    taught, leaking, gains = [], [], []
    for seed in range(20):
        data = data_set(table("random", seed, levels=60))
        fold = data.fold(Split(TRAINING, OTHERS, np.arange(0)), Plan(category_statistics=True))
        (x, y), (new, wanted) = ((part.x, part.y) for part in (fold.training, fold.validation))
        taught.append(correlation(x, y))
        leaking.append(correlation(fold.encoding.features(data.table)[TRAINING], y))  # own targets within
        gains.append(LinearRegression().fit(x[:, :1], y).score(new[:, :1], wanted))
    assert abs(np.mean(taught)) < 0.08
    assert np.mean(gains) < 0
    assert np.mean(leaking) > 0.3


def test_a_target_that_depends_on_the_level_is_predicted_better():
    data = data_set(table("numbers"))
    fold = data.fold(Split(TRAINING, OTHERS, np.arange(0)), Plan(category_statistics=True))
    names = list(fold.encoding.input_names)
    scores = []
    for own in (["x"], ["x", "level: mean of target"]):
        places = [names.index(name) for name in own]
        found = LinearRegression().fit(fold.training.x[:, places], fold.training.y[:, 0])
        scores.append(found.score(fold.validation.x[:, places], fold.validation.y[:, 0]))
    assert scores[1] > scores[0] + 0.1


def test_levels_nobody_has_seen_have_the_prior_and_missing_cells_a_mean_of_their_own():
    level = [None if k % 20 == 0 else f"l{k % 20}" for k in range(N)]
    found = pa.table({"level": level, "y": [float(k % 20 == 0) + k / 1e4 for k in range(N)]})
    mean = mean_of(fitted(found))
    new = pa.table({"level": ["new", None, "l3"], "y": [0.0] * 3})
    unseen, missing, seen = mean.encode(data_set(new).columns)[:, 0]
    assert unseen == pytest.approx(0, abs=1e-6)
    assert missing > 2 > 0 > seen


def test_only_embedded_categories_have_means_and_the_plan_says_so():
    few = [f"f{k % 4}" for k in range(N)]
    found = table("three").append_column("few", pa.array(few))
    encoding = fitted(found)
    assert encoding.feature_names == ("level", "x", "few")
    assert encoding.input_names[:4] == ("level: share of a", "level: share of b", "level: share of c", "x")
    assert encoding.input_names[-1] == "level"
    assert encoding.embeddings == ((26, 10),)
    plan = {decision.name: decision.what for decision in encoding.plan()}
    assert plan["level"] == (
        "a learned vector of 10 numbers for each of 25 levels; beside it the mean of the target in each level for "
        "every class"
    )
    assert "mean of the target" not in plan["few"]
    assert fitted(table("two")).input_names[0] == "level: share of yes"


def test_many_classes_have_no_means():
    found = table("numbers").set_column(2, "y", pa.array([f"class {k % 21}" for k in range(N)]))
    assert fitted(found) == data_set(found).encoding(TRAINING, "standard")


def test_labels_that_are_numbers_of_classes_need_not_be_read():
    found = table("two")
    known = data_set(found)
    numbers = DataSet(
        found.set_column(2, "y", pa.array(np.asarray(known.codes, float))),
        "y", "classification", ("no", "yes"), known.codes,
    )  # fmt: skip
    assert mean_of(numbers.encoding(TRAINING, category_statistics=True)) == mean_of(fitted(found))


@pytest.mark.parametrize("target", ["numbers", "two", "three"])
def test_means_survive_json(target):
    found = table(target)
    encoding = fitted(found)
    back = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict(), allow_nan=False)))
    assert back == encoding
    np.testing.assert_array_equal(back.features(found), encoding.features(found))


@pytest.mark.parametrize(
    "edit",
    [
        {"means": (0.0,)}, {"means": (float("nan"),) * 26}, {"means": ("1",) * 26}, {"of": ()}, {"of": (1,)},
        {"of": "mean"}, {"of": ("m",) * 21}, {"centers": ()}, {"centers": (None,)}, {"scales": (0.0,)},
        {"scales": (1.0, 1.0)}, {"levels": ("b", "a")}, {"missing": 1}, {"name": None},
    ],
)  # fmt: skip
def test_means_that_were_edited_are_refused(edit):
    with pytest.raises(InputError, match=r"the encoding of column .* It must have finite means of the target"):
        replace(mean_of(fitted(table("numbers"))), **edit)


def test_means_stand_beside_their_category_once():
    encoding = fitted(table("numbers"))
    mean = mean_of(encoding)
    without = tuple(feature for feature in encoding.inputs if not isinstance(feature, Embedded))
    for inputs in (without, (*encoding.inputs, mean), (mean,)):
        with pytest.raises(InputError, match="every name once"):
            replace(encoding, inputs=inputs)


def test_roles_leave_columns_of_means_out():
    data = replace(data_set(table("numbers")), roles=Roles(exclude=("level",)))
    assert data.encoding(TRAINING, category_statistics=True).input_names == ("x",)
