"""Splits and folds of tables: partitions, strata, groups, time, and what they refuse."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

from schuss.tables import InputError
from schuss.tables.splitting.split import folds, split, split_table

SEED = st.integers(0, 2**32 - 1)
NONE = np.zeros(0, np.int64)


def same(one, other):
    """Whether two splits have the same rows, in ascending order."""
    assert all((np.diff(part) > 0).all() for part in one)
    return all(np.array_equal(part, again) for part, again in zip(one, other, strict=True))


def column(data, kinds, n):
    """A number below ``kinds`` for each of n rows, or None if there are no kinds."""
    return np.array(data.draw(st.lists(st.integers(1, kinds), min_size=n, max_size=n))) if kinds else None


def places_to_cut(time):
    """Moments that two rows at least are before."""
    return sum(np.count_nonzero(time < moment) >= 2 for moment in set(time))


# Splits at random


@settings(deadline=None)
@given(st.integers(5, 300), st.integers(0, 6), st.floats(0, 0.45), st.floats(0, 0.45), SEED, st.data())
def test_a_split_is_a_partition_with_every_class_in_training(n, classes, validation, test, seed, data):
    targets = column(data, classes, n)
    try:
        parts = split(n, targets, validation, test, seed)
    except InputError:
        kinds = 2 if targets is None else max(2, len(set(targets)))
        assert n - round(n * validation) - round(n * test) - 2 < kinds
        return
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n))
    assert len(parts.validation) == (max(1, round(n * validation)) if validation else 0)
    assert len(parts.test) == (max(1, round(n * test)) if test else 0)
    assert same(parts, split(n, targets, validation, test, seed))
    if targets is not None:
        assert set(targets[parts.training]) == set(targets)


def test_splits_are_stratified_and_seeded():
    targets = np.repeat([0, 1, 2], [800, 150, 50])
    parts = split(1000, targets, test=0.2)
    for part, size in zip(parts, (600, 200, 200), strict=True):
        np.testing.assert_array_equal(np.bincount(targets[part]), np.array([0.8, 0.15, 0.05]) * size)
    assert (split(1000, targets, test=0.2, random_state=1).test != parts.test).any()
    table = pa.table({"y": targets, "x": targets})
    assert same(split_table(table, "y", test=0.2), parts)
    assert (split_table(table, "y", "regression", test=0.2).test != parts.test).any()


def test_there_is_a_test_only_if_asked_for():
    assert [len(part) for part in split(100)] == [80, 20, 0]
    assert [len(part) for part in split_table(pa.table({"y": np.arange(100)}), "y")] == [80, 20, 0]
    for order in ({"groups": np.zeros(9)}, {"time": np.zeros(9)}, {}):
        assert same(split(9, validation=0, **order), (np.arange(9), NONE, NONE))


@pytest.mark.parametrize(
    ("n", "targets", "shares", "said"),
    [
        (3, None, (0.2, 0.2), r"too few rows \(2 to train on, 1 for validation, 1 for the test\): 3. Add"),
        (1, None, (0, 0), "There are too few rows"),
        (0, None, (0.2, 0.2), "There are too few rows"),
        (6, np.arange(6), (0.2, 0), "6 to train on, 1 for validation, 0 for the test"),
        (9, None, (0.5, 0.5), "less than 1 together"),
        (9, None, (-0.1, 0.5), "must be ≥ 0"),
        (9, None, (float("nan"), 0.5), "must be ≥ 0"),
        (9, np.arange(8), (0.2, 0), r"targets must have the shape \(9,\), one for each row, not \(8,\)"),
    ],
)
def test_split_refuses(n, targets, shares, said):
    with pytest.raises(ValueError, match=said):
        split(n, targets, *shares)


def test_one_row_of_a_table():
    with pytest.raises(InputError, match="the table: There are too few rows"):
        split_table(pa.table({"x": [1.0], "y": [0.5]}), "y")


# Groups


@settings(deadline=None)
@given(
    st.integers(5, 80),
    st.integers(0, 4),
    st.integers(1, 12),
    st.sampled_from([0, 0.1, 0.3]),
    st.sampled_from([0, 0.2, 0.5]),
    SEED,
    st.data(),
)
def test_no_group_is_in_two_parts(n, classes, most_groups, validation, test, seed, data):
    targets, groups = column(data, classes, n), column(data, most_groups, n)
    parts_asked = 1 + (validation > 0) + (test > 0)
    try:
        parts = split(n, targets, validation, test, seed, groups=groups)
    except InputError:
        if targets is None and n >= 10:
            assert len(set(groups)) < parts_asked
        return
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n))
    assert [len(part) > 0 for part in parts] == [True, validation > 0, test > 0]
    assert sum(len(set(groups[part])) for part in parts) == len(set(groups))
    assert same(parts, split(n, targets, validation, test, seed, groups=groups))
    if targets is not None:
        assert set(targets[parts.training]) == set(targets)


def test_groups_meet_the_shares_and_the_strata():
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), random.integers(1, 20, 200))
    of_group = random.permutation(np.repeat([0, 1], [150, 50]))
    targets = of_group[groups]  # every group is of one class
    n = len(groups)
    parts = split(n, targets, 0.2, 0.1, groups=groups)
    assert np.array([len(part) for part in parts]) / n == pytest.approx([0.7, 0.2, 0.1], abs=0.03)
    assert [targets[part].mean() for part in parts] == pytest.approx([targets.mean()] * 3, abs=0.05)
    other = split(n, targets, 0.2, 0.1, random_state=1, groups=groups)
    assert not same(parts, other)
    named = np.array([f"group {group}" for group in groups])
    assert sum(len(set(named[part])) for part in split(n, targets, groups=named)) == 200


def test_the_largest_group_trains():
    groups = np.repeat(np.arange(9), [1000, 1, 2, 3, 4, 5, 6, 7, 8])
    parts = split(len(groups), None, 0.2, 0.2, groups=groups)
    assert set(groups[parts.training]) == {0}
    assert sorted(len(part) for part in parts[1:]) == [18, 18]
    uneven = np.repeat([0, 1, 2], [8, 1, 1])
    assert [len(part) for part in split(10, None, 0.1, 0.5, groups=uneven)] == [8, 1, 1]


def test_a_class_of_one_group_trains():
    targets = np.repeat([0, 1], [90, 10])
    groups = np.concatenate([np.arange(90) % 9, np.full(10, 9)])
    for seed in range(10):
        assert set(range(90, 100)) <= set(split(100, targets, 0.3, 0.3, seed, groups=groups).training)
        parts = folds(100, 3, targets, groups, random_state=seed)
        assert all(set(range(90, 100)) <= set(part.training) for part in parts)


def test_of_a_class_that_would_not_train_the_smallest_group_moves():
    groups = np.repeat([0, 1, 2], [100, 16, 10])  # by its rows only group 0 fits training
    assert set(groups[split(126, None, 0.2, groups=groups).training]) == {0}
    parts = split(126, (groups > 0).astype(int), 0.2, groups=groups)
    assert set(groups[parts.training]) == {0, 2}
    assert set(groups[parts.validation]) == {1}


def test_every_part_gets_a_group():
    groups = np.repeat([0, 1, 2], [34, 33, 33])
    assert [len(part) for part in split(100, None, 0.01, 0.01, groups=groups)] == [34, 33, 33]


# Time


@settings(deadline=None)
@given(
    st.integers(5, 60),
    st.integers(1, 30),
    st.sampled_from([0, 0.1, 0.3]),
    st.sampled_from([0, 0.2, 0.5]),
    st.data(),
)
def test_later_parts_are_later(n, moments, validation, test, data):
    time = column(data, moments, n)
    try:
        parts = split(n, None, validation, test, time=time)
    except InputError:
        assert n < 10 or places_to_cut(time) < (validation > 0) + (test > 0)
        return
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n))
    assert [len(part) > 0 for part in parts] == [True, validation > 0, test > 0]
    used = [time[part] for part in parts if len(part)]
    assert all(earlier.max() < later.min() for earlier, later in pairwise(used))
    assert same(parts, split(n, None, validation, test, random_state=9, time=time))


@pytest.mark.parametrize(
    ("time", "validation", "test"),
    [
        (np.arange(10), [6, 7], [8, 9]),
        (np.arange(10)[::-1], [2, 3], [0, 1]),
        (np.array([0, 1, 2, 3, 4, 4, 4, 4, 8, 9]), [4, 5, 6, 7], [8, 9]),  # whole, though it is too long
        (np.array([0, 0, 0, 0, 0, 0, 0, 1, 2, 2]), [7], [8, 9]),
        (np.array([0, 1, 2, 3, 4, 5, 5, 5, 5, 5]), [3, 4], [5, 6, 7, 8, 9]),
        (np.array([0, 1, 2, 3, 4, 5, 6, 7, 7, 7]), [5, 6], [7, 8, 9]),  # validation moves on
        (np.datetime64("2024-01-31") + np.arange(10), [6, 7], [8, 9]),
        (np.linspace(-1, 1, 10), [6, 7], [8, 9]),
    ],
    ids=["ascending", "descending", "ties", "first", "last", "half", "days", "numbers"],
)
def test_moments_are_not_torn_apart(time, validation, test):
    parts = split(10, None, 0.2, 0.2, time=time)
    assert (parts.validation.tolist(), parts.test.tolist()) == (validation, test)


# Folds


@settings(deadline=None)
@given(
    st.integers(6, 60),
    st.integers(0, 4),
    st.sampled_from([0, 3, 10]),
    st.integers(2, 6),
    st.sampled_from([0, 0.2]),
    SEED,
    st.data(),
)
def test_every_row_validates_once(n, classes, most_groups, k, test, seed, data):
    targets, groups = column(data, classes, n), column(data, most_groups, n)
    try:
        parts = folds(n, k, targets, groups, test=test, random_state=seed)
    except InputError:
        if n >= 10 and targets is None and len(set(groups)) > 1:
            rest = np.delete(groups, split(n, None, 0, test, seed, groups=groups).test)
            assert len(set(rest)) < k or np.bincount(rest).max() > len(rest) - 2
        return
    assert len(parts) == k
    often = np.zeros(n, int)
    for part in parts:
        np.testing.assert_array_equal(np.sort(np.concatenate(part)), np.arange(n))
        np.testing.assert_array_equal(part.test, parts[0].test)
        often[part.validation] += 1
        if targets is not None:
            assert set(targets[part.training]) == set(targets)
        if groups is not None:
            assert sum(len(set(groups[rows])) for rows in part) == len(set(groups))
    assert often.max() == 1
    never = np.setdiff1d(np.flatnonzero(often == 0), parts[0].test)
    if targets is None:
        assert len(never) == 0
    elif groups is None:
        alone = [sum(targets[row] in targets[part.validation] for part in parts) <= 1 for row in never]
        assert all(alone)  # without this row its class would be in one fold only, or is this row
    again = folds(n, k, targets, groups, test=test, random_state=seed)
    assert all(same(one, other) for one, other in zip(parts, again, strict=True))


def test_folds_are_scikit_learns():
    targets = np.random.default_rng(0).choice([0, 1, 2], 100, p=[0.6, 0.3, 0.1])
    for parts, splitter in (
        (folds(100, 5, random_state=3), KFold(5, shuffle=True, random_state=3)),
        (folds(100, 5, targets, random_state=3), StratifiedKFold(5, shuffle=True, random_state=3)),
    ):
        expected = [(*pair, NONE) for pair in splitter.split(targets, targets)]
        assert all(same(one, other) for one, other in zip(parts, expected, strict=True))
    counts = [np.bincount(targets[part.validation]) for part in folds(100, 5, targets)]
    assert np.ptp(counts, axis=0).max() <= 1


def test_folds_of_many_groups_are_scikit_learns():
    groups = np.arange(3000) // 2
    parts = folds(3000, 3, groups=groups, random_state=3)
    splitter = GroupKFold(3, shuffle=True, random_state=3)
    expected = [(*pair, NONE) for pair in splitter.split(groups, groups=groups)]
    assert all(same(one, other) for one, other in zip(parts, expected, strict=True))


def test_folds_of_groups_are_stratified():
    groups = np.arange(100) // 2
    targets = np.repeat([0, 1], [80, 20])
    for part in folds(100, 5, targets, groups, random_state=3):
        np.testing.assert_array_equal(np.bincount(targets[part.validation]), [16, 4])


@pytest.mark.parametrize("n", [12, 50, 101])
def test_folds_by_time_are_scikit_learns(n):
    time = np.random.default_rng(0).permutation(n)
    row_of = np.argsort(time)  # moment → row
    expected = [
        (np.sort(row_of[training]), np.sort(row_of[part]), NONE)
        for training, part in TimeSeriesSplit(4).split(np.zeros(n))
    ]
    assert all(same(one, other) for one, other in zip(folds(n, 4, time=time), expected, strict=True))


@settings(deadline=None)
@given(st.integers(12, 60), st.integers(8, 30), st.integers(2, 4), st.sampled_from([0, 0.2]), st.data())
def test_folds_by_time_expand(n, moments, k, test, data):
    time = column(data, moments, n)
    try:
        parts = folds(n, k, time=time, test=test)
    except InputError:
        before = np.delete(time, split(n, None, 0, test, time=time).test)
        assert places_to_cut(before) < k
        return
    for one, following in zip(parts, [*parts[1:], None], strict=True):
        assert len(one.training) >= 2
        assert time[one.training].max() < time[one.validation].min()
        np.testing.assert_array_equal(one.test, parts[0].test)
        if test:
            assert time[one.validation].max() < time[one.test].min()
        if following is not None:
            known = np.sort(np.concatenate([one.training, one.validation]))
            np.testing.assert_array_equal(known, following.training)
        else:
            assert sum(map(len, one)) == n


def test_the_test_rows_are_those_of_the_split():
    targets = np.arange(100) % 3
    for order in ({}, {"groups": np.arange(100) // 4}, {"time": np.arange(100) // 2}):
        expected = split(100, targets, 0, 0.2, random_state=5, **order).test
        assert len(expected) == 20
        for part in folds(100, 4, targets, test=0.2, random_state=5, **order):
            np.testing.assert_array_equal(part.test, expected)


# What they refuse


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: split(9, groups=np.zeros(9)), r"too few groups for 2 sets of rows: 1. Name another column"),
        (lambda: split(9, None, 0.2, 0.2, groups=np.arange(9) % 2), "too few groups for 3 sets of rows: 2"),
        (lambda: split(9, time=np.zeros(9)), "too few different moments for 2 sets of rows: 1 in 9 rows"),
        (lambda: split(9, time=np.array([0] + 8 * [1])), "different moments for 2 sets of rows: 2 in 9 rows"),
        (lambda: split(9, groups=np.arange(9), time=np.arange(9)), "groups or by time, not by both. Name one"),
        (lambda: split(9, groups=np.arange(8)), r"groups must have the shape \(9,\), one for each row, not \(8,\)"),
        (lambda: split(9, time=np.array([np.nan, *range(8)])), "There is no moment in time for 1 of 9 rows"),
        (lambda: split(4, time=np.array(4 * ["NaT"], "datetime64[D]")), "There is no moment in time for 4 of 4 rows"),
        (
            lambda: split(10, np.repeat([0, 1], [9, 1]), time=np.arange(10), names=["no", "yes"]),
            "Class 'yes' is in none of the 8 earliest rows, which train, but 1 times later",
        ),
        (
            lambda: folds(12, 3, np.repeat([0, 1], 6), time=np.arange(12)),
            "Class 1 is in none of the 3 earliest rows, which train, but 6",
        ),
        (
            lambda: split(9, np.arange(9) // 3, 0.1, 0.1, groups=np.arange(9) // 3),
            "9 to train on, 0 for validation; class 0 is in 1 of the groups only. Add groups",
        ),
        (lambda: folds(9, 1), "folds must be at least 2, not 1"),
        (lambda: folds(3, 4), "too few rows for 4 folds: 3. Ask for fewer folds"),
        (lambda: folds(3, 2), "to train on every class and to choose by: 1 to train on, 2 for validation"),
        (lambda: folds(9, 3, groups=np.arange(9) % 2), "too few groups for 3 folds: 2. Ask for fewer folds"),
        (lambda: folds(9, 3, time=np.arange(9) // 3), "moments for 4 sets of rows: 3 in 9 rows"),
        (lambda: folds(6, 3, np.arange(6)), "6 to train on, 0 for validation; class 0 is in 1 of the rows only"),
    ],
)
def test_what_cannot_be_divided(ask, said):
    with pytest.raises(ValueError, match=said):
        ask()
