"""Tables that fit, and those that are refused."""

import re
from dataclasses import replace

import numpy as np
import pytest

from schuss import batches
from schuss.engine.data import Table, data_of
from schuss.engine.train import train
from tests.engine.population import CLASSES, HELD, ROWS, TABLE, VALUES, X, member


@pytest.mark.parametrize(
    ("training", "validation", "outputs", "message"),
    [
        (
            Table(np.zeros(3), np.zeros(3)),
            None,
            None,
            "training x must be [N, I] with at least one row, not of shape (3,).",
        ),
        (Table(np.zeros((0, 2)), np.zeros(0, int)), None, None, "with at least one row, not of shape (0, 2)."),
        (
            Table(X, CLASSES[:-1]),
            None,
            None,
            "training x and y must have the same number of rows, not 130 and 129.",
        ),
        (Table(X[:3], [0, -1, 2]), None, None, "training y must be class numbers from 0 to 2, not from -1 to 2."),
        (Table(X[:3], [0, 1, 2]), None, 2, "training y must be class numbers from 0 to 1, not from 0 to 2."),
        (Table(X[:3], VALUES[:3]), None, 3, "training y must have 3 columns, not 2."),
        (Table(X[:2], [0, 1], [1]), None, None, "training weight must be one number for each of the 2 rows"),
        (
            Table(X[:2], [0, 1], [1, -1]),
            None,
            None,
            "none below 0 and not all 0; its shape is (2,), and its numbers go from -1.0 to 1.0.",
        ),
        (Table(X[:2], [0, 1], [0, 0]), None, None, "and its numbers go from 0.0 to 0.0."),
        (Table(X[:2], [0, 1], [1, np.inf]), None, None, "training weight must be finite, but row 1 is not."),
        (Table([[0, 1], [np.nan, 1]], [0, 1]), None, None, "training x must be finite, but row 1 is not."),
        (Table(X[:2], [np.inf, 1]), None, None, "training y must be finite, but row 0 is not."),
        (
            TABLE,
            Table(X[:, :2], CLASSES),
            None,
            "validation rows must have the shape of training rows, (3,), not (2,).",
        ),
        (TABLE, Table(X[:2], [0, 3]), None, "validation y must be class numbers from 0 to 2, not from 0 to 3."),
        (TABLE, Table(X[:2], [0.5, 1]), None, "validation y must be class numbers from 0 to 2, not from 0.5 to 1.0."),
        (Table(X, VALUES), Table(X, VALUES[:, 0]), None, "validation y must have 2 columns, not 1."),
        (TABLE, Table(X[:0], CLASSES[:0]), None, "validation x must be [N, I] with at least one row"),
    ],
)
def test_tables_that_do_not_fit_are_refused(training, validation, outputs, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        train([member()], replace(training, outputs=outputs), validation)


def test_a_table_says_what_its_targets_are():
    assert (data_of(TABLE, HELD).outputs, data_of(TABLE, HELD).classification) == (3, True)
    assert data_of(replace(TABLE, outputs=5), HELD).outputs == 5
    assert (data_of(Table(X, VALUES), None).outputs, data_of(Table(X, VALUES), None).classification) == (2, False)
    assert data_of(Table(X, VALUES[:, 0]), None).training.y.shape == (batches.capacity(130), 1)


def test_a_table_says_which_columns_are_quantities():
    assert data_of(TABLE, None).quantities is None
    assert data_of(replace(TABLE, quantities=[2, 0]), None).quantities == (2, 0)
    with pytest.raises(
        ValueError, match=re.escape("columns must be places of the 3 inputs, at least one, not (0, 3).")
    ):
        train([member(frequencies=2)], replace(TABLE, quantities=(0, 3)))


def test_more_steps_than_can_be_counted_are_refused():
    with pytest.raises(ValueError, match="epochs must be below 2,147,483,648"):
        train([member(batch_size=ROWS)], Table(X[:ROWS], CLASSES[:ROWS]), epochs=2**31)
