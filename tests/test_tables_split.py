"""Splits of tables: partitions, strata, and what they refuse."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schuss.tables import InputError, split, split_table


@given(
    st.integers(5, 300), st.integers(0, 6), st.floats(0, 0.45), st.floats(0, 0.45), st.integers(0, 2**32 - 1), st.data()
)
def test_a_split_is_a_partition_with_every_class_in_training(n, classes, validation, test, seed, data):
    targets = None if classes == 0 else np.array(data.draw(st.lists(st.integers(1, classes), min_size=n, max_size=n)))
    try:
        parts = split(n, targets, validation, test, seed)
    except InputError:
        kinds = 2 if targets is None else max(2, len(set(targets)))
        assert n - round(n * validation) - round(n * test) - 2 < kinds
        return
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n))
    assert len(parts.validation) == (max(1, round(n * validation)) if validation else 0)
    assert len(parts.test) == (max(1, round(n * test)) if test else 0)
    for part, again in zip(parts, split(n, targets, validation, test, seed), strict=True):
        np.testing.assert_array_equal(part, again)
        assert (np.diff(part) > 0).all()
    if targets is not None:
        assert set(targets[parts.training]) == set(targets)


def test_splits_are_stratified_and_seeded():
    targets = np.repeat([0, 1, 2], [800, 150, 50])
    parts = split(1000, targets)
    for part, size in zip(parts, (600, 200, 200), strict=True):
        np.testing.assert_array_equal(np.bincount(targets[part]), np.array([0.8, 0.15, 0.05]) * size)
    assert (split(1000, targets, random_state=1).test != parts.test).any()
    table = pa.table({"y": targets, "x": targets})
    np.testing.assert_array_equal(split_table(table, "y").test, parts.test)
    assert (split_table(table, "y", "regression").test != parts.test).any()


@pytest.mark.parametrize(
    ("n", "targets", "shares", "said"),
    [
        (3, None, (0.2, 0.2), r"\(2 to train on, 1 for validation, 1 for the test\), however: 3;"),
        (1, None, (0, 0), "must have enough rows"),
        (0, None, (0.2, 0.2), "must have enough rows"),
        (6, np.arange(6), (0.2, 0), "6 to train on, 1 for validation, 0 for the test"),
        (9, None, (0.5, 0.5), "less than 1 together"),
        (9, None, (-0.1, 0.5), "must be ≥ 0"),
        (9, None, (float("nan"), 0.5), "must be ≥ 0"),
    ],
)
def test_split_refuses(n, targets, shares, said):
    with pytest.raises(ValueError, match=said):
        split(n, targets, *shares)


def test_one_row_of_a_table():
    with pytest.raises(InputError, match="the table: must have enough rows"):
        split_table(pa.table({"x": [1.0], "y": [0.5]}), "y")
