"""Categories that a model does not know, labels that may be one, and words that stand for missing cells."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from schuss import load
from schuss.tables import Encoding
from schuss.tables.cells import blank_out
from schuss.tables.encoding.unknown import unknown
from schuss.tables.task import about_target
from tests.clumsy import good


def fitted(cells, name="c"):
    table = pa.table({name: cells, "x": np.arange(len(cells)) % 7 / 2, "y": np.arange(len(cells)) % 2})
    return Encoding.fit(table, "y", np.arange(len(cells)), "classification")


def told(trained, later, name="c"):
    return unknown([fitted(trained, name)], pa.table({name: later, "x": np.zeros(len(later))}))


ZIPS = 50 * ["02134", "10001", "00501", "01002"]

TOLD = [
    (ZIPS, ["2134", "2134", "501"], "all cells", "'2134'", "Did you mean '02134'?"),
    (ZIPS, ["2134", "10001", "00501", "501"], "2 of 4 cells", "'2134'", "Did you mean '02134'?"),
    (ZIPS, [2134, 10001], "1 of 2 cells", "'2134'", "Did you mean '02134'?"),
    (100 * ["red", "blue"], ["Red", "blue"], "1 of 2 cells", "'Red'", "Did you mean 'red'?"),
    (100 * ["red", "blue"], ["RED", None, "blue"], "1 of 2 cells", "'RED'", "Did you mean 'red'?"),
    (100 * ["red", "blue"], ["violet"], "all cells", "'violet'", "They count as other."),
    (20 * [f"city {k}" for k in range(30)], ["city 31", "town", "town"], "all cells", "'town'", "count as other"),
]


@pytest.mark.parametrize(("trained", "later", "share", "example", "hint"), TOLD)
def test_unknown_categories_are_told(trained, later, share, example, hint):
    (note,) = told(trained, later)
    assert note.startswith(f"the table, column 'c': {share} hold")
    assert f"categories that training did not know, such as {example}." in note
    assert note.endswith(hint) or hint in note


@pytest.mark.parametrize(
    ("trained", "later"),
    [
        (100 * ["red", "blue"], ["red", " red ", "blue\u00a0", None]),
        (100 * [" red", "blue "], ["red", "blue"]),
        (100 * ["red", "blue"], [None, None]),
        (100 * ["1", "x"], [1, 1.0]),
        ([*90 * ["red", "blue"], *(f"rare {k}" for k in range(20))], [*9 * ["red", "blue"], "rare 1", "new"]),
    ],
)
def test_what_is_known_or_as_rare_as_in_training_is_not_told(trained, later):
    assert told(trained, later) == []


def test_more_rare_ones_than_in_training_are_told():
    trained = [*90 * ["red", "blue"], *(f"rare {k}" for k in range(20))]
    (note,) = told(trained, [*9 * ["red", "blue"], *(f"new {k}" for k in range(20))])
    assert "20 of 38 cells hold categories that training did not know, more than the 10.0% of training" in note


def test_many_columns_are_told_together():
    names = [f"c{k}" for k in range(15)]
    table = pa.table({name: 50 * ["a", "b"] for name in names} | {"y": np.arange(100) % 2})
    encoding = Encoding.fit(table, "y", np.arange(100), "classification")
    notes = unknown([encoding], pa.table({name: ["z"] for name in names}))
    assert len(notes) == 11
    assert notes[-1] == "In 5 more columns there are unknown categories."


def test_columns_of_means_are_told_once():
    from schuss.tables.encoding.target_mean import Taught

    cells = 20 * [f"city {k}" for k in range(30)]
    table = pa.table({"c": cells, "y": np.arange(600) % 2})
    encoding = Encoding.fit(table, "y", np.arange(600), "classification")
    encoding = encoding.with_means(table, Taught(np.arange(600), np.arange(600, dtype=np.int32) % 2, None))
    assert len(unknown([encoding], pa.table({"c": ["nowhere"]}))) == 1


# The target


@pytest.mark.parametrize(
    ("cells", "task", "said"),
    [
        (20 * ["Yes", "YES", "no"], "classification", "the labels 'YES', 'Yes' are different classes"),
        (20 * ["yes", "no", "ＹＥＳ"], "classification", "may be meant as one. Write them alike."),
        (20 * ["caf\u00e9", "cafe\u0301", "x"], "classification", "may be meant as one"),
        (20 * ["New York", "new  york", "x"], "classification", "may be meant as one"),
        (
            30 * [0.0, 1.0],
            "classification",
            "2 different whole numbers written with decimals are taken for classes: 0, 1.",
        ),
        (
            20 * [1, 2, 3],
            "classification",
            "3 different whole numbers are taken for classes: 1, 2, 3. If they are amounts",
        ),
        (20 * list(range(25)), "regression", "25 different whole numbers are taken for amounts. If they are classes"),
    ],
)
def test_what_a_target_was_taken_for_is_told(cells, task, said):
    (note,) = about_target(pa.table({"y": cells}), "y", task, asked=False)
    assert said in note
    assert note.startswith("the table, column 'y': ")


@pytest.mark.parametrize(
    ("cells", "task", "asked"),
    [
        (20 * ["yes", "no"], "classification", False),
        (20 * [0, 1], "classification", False),
        (20 * [1, 2, 3], "classification", True),
        (20 * [0.5, 1.5], "regression", False),
        (list(range(100)), "regression", False),
        (20 * [True, False], "classification", False),
    ],
)
def test_what_is_plain_is_not_told(cells, task, asked):
    assert about_target(pa.table({"y": cells}), "y", task, asked) == []


# Words of one's own for missing cells


def test_words_for_missing_cells_may_be_given():
    table = pa.table({"a": ["unknown", " unknown ", "b"], "n": [1, -999, 3], "x": [-999.0, 0.5, None], "t": [True] * 3})
    found = blank_out(table, ["unknown", "-999"])
    assert found.to_pydict() == {"a": [None, None, "b"], "n": [1, None, 3], "x": [None, 0.5, None], "t": [True] * 3}
    assert blank_out(table, []) is table
    assert str(found.schema.types) == str(pa.schema([("a", pa.large_string()), *list(table.schema)[1:]]).types)


# A run that was loaded


def test_a_loaded_run_finds_columns_by_name_as_the_command_does(run):
    model, frame = load(run), good().drop(columns="y")
    expected = model.predict(frame)
    used = list(model.model_.encoding.feature_names)
    for variant in (
        frame[frame.columns[::-1]],
        frame.assign(more=1, still="x"),
        frame[used],
        pa.Table.from_pandas(frame),
    ):
        np.testing.assert_array_equal(model.predict(variant), expected)
    with pytest.raises(ValueError, match=f"There is no column '{used[0]}'"):
        model.predict(frame.drop(columns=used[0]))


def test_a_loaded_run_warns_of_unknown_categories(run):
    model, frame = load(run), good().drop(columns="y")
    category = next(one.name for one in model.model_.encoding.plan() if one.kind == "category")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(frame)
    with pytest.warns(UserWarning, match=f"column '{category}': all cells hold categories that training did not know"):
        model.predict(frame.assign(**{category: pd.Series(len(frame) * ["nowhere"])}))
