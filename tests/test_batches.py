"""The order of the rows, lengths that share a program, and the notes' rule for the mini-batch size (notes A1, A3)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schuss import batches
from schuss.batches import (
    advise_batch_size,
    capacity,
    epochs_per_table,
    mini_batches,
    order_table,
    steps_per_epoch,
)

sizes = st.integers(1, 10**12)


@given(sizes)
def test_capacity_is_an_eighth_more_at_most_and_its_own_capacity(n):
    assert n <= capacity(n) <= n + n // 8
    assert capacity(capacity(n)) == capacity(n)
    assert capacity(n) <= capacity(n + 1)


def test_there_are_few_capacities():
    assert len({capacity(n) for n in range(1, 2**20 + 1)}) <= 8 * 20


@pytest.mark.parametrize("rows", [1, 7, 300])
def test_every_epoch_of_an_order_table_holds_every_row_once(rows):
    table = order_table(3, 0, rows)
    assert table.shape == (epochs_per_table(rows), rows)
    assert table.dtype == np.int32
    np.testing.assert_array_equal(np.sort(table, axis=1), np.tile(np.arange(rows), (len(table), 1)))


def test_the_order_depends_on_the_seed_and_the_number_of_rows_alone():
    table = order_table(3, 1, 300)
    np.testing.assert_array_equal(table, order_table(3, 1, 300))
    every_epoch = np.concatenate([table, order_table(3, 0, 300), order_table(4, 1, 300)])
    assert len(np.unique(every_epoch, axis=0)) == len(every_epoch)


def test_every_place_of_an_epoch_is_given_to_every_row_alike():
    """1,024 epochs of 8 rows: each row comes first 128 times, give or take four standard deviations."""
    table = order_table(0, 0, 8)
    counts = np.stack([np.bincount(column, minlength=8) for column in table.T])
    assert np.all(np.abs(counts - 128) < 4 * np.sqrt(1024 / 8 * 7 / 8))


@given(st.integers(1, 200), st.integers(1, 250), st.integers(0, 2**32), st.integers(0, 5_000))
def test_mini_batches_hold_every_row_once(rows, batch_size, seed, epoch):
    taken = list(mini_batches(rows, batch_size, seed, epoch))
    assert len(taken) == steps_per_epoch(rows, batch_size)
    assert all(len(batch) == batch_size for batch in taken[:-1])
    assert 0 < len(taken[-1]) <= batch_size
    assert sorted(np.concatenate(taken)) == list(range(rows))


def test_mini_batches_are_those_of_the_order_tables(monkeypatch):
    monkeypatch.setattr(batches, "ORDER_ROWS", 30)
    assert epochs_per_table(10) == 3
    for epoch in range(7):
        taken = np.concatenate(list(mini_batches(10, 4, seed=5, epoch=epoch)))
        np.testing.assert_array_equal(taken, order_table(5, epoch // 3, 10)[epoch % 3])


@pytest.mark.parametrize(("rows", "epochs"), [(1, 1_024), (256, 1_024), (1_000, 256), (262_144, 1), (5_000_000, 1)])
def test_a_table_covers_an_epoch_at_least_and_1024_at_most(rows, epochs):
    assert epochs_per_table(rows) == epochs


@pytest.mark.parametrize(
    ("rows", "size"),
    [(1, 1), (1_999, 1_999), (2_000, 2_000), (2_001, 64), (12_800, 128), (51_199, 256), (51_200, 512), (10**9, 512)],
)
def test_the_notes_rule(rows, size):
    assert advise_batch_size(rows).batch_size == size


@given(st.integers(1, 10**9), st.integers(0, 10**6), st.none() | st.integers(0, 10**9))
def test_advice_is_the_rule_or_the_most_that_memory_holds(rows, bytes_per_row, memory):
    size, why = advise_batch_size(rows, bytes_per_row, memory)
    wanted = advise_batch_size(rows)
    if memory is None or memory >= wanted.batch_size * bytes_per_row:
        assert (size, why) == wanted
        return
    assert size in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    assert size < wanted.batch_size or size == 1
    assert size == 512 or 2 * size * bytes_per_row > memory  # no smaller than need be
    assert (size * bytes_per_row <= memory) == ("although even that needs more" not in why)
    assert all(f"{number:,}" in why for number in (wanted.batch_size, wanted.batch_size * bytes_per_row, memory, size))


@given(st.integers(2_001, 10**9))
def test_the_reason_counts_the_steps_of_an_epoch(rows):
    size, why = advise_batch_size(rows)
    assert f"leaves {steps_per_epoch(rows, size):,} steps to an epoch of {rows:,} rows" in why
    full, doubled = rows // size >= 100, rows // (2 * size) >= 100
    assert ("smallest" in why) == (not full)
    assert ("largest of the notes' sizes" in why) == doubled
    assert ("a hundred full steps" in why) == (full and not doubled)


@pytest.mark.parametrize(
    ("rows", "memory", "size", "why"),
    [
        (1_500, None, 1_500, "1,500 rows are at most 2,000, so every step takes them all"),
        (1_500, 150_000, 1_500, "1,500 rows are at most 2,000, so every step takes them all"),
        (
            *(1_500, 149_999, 512),
            "the notes' rule asks for 1,500 rows, which need 150,000 bytes, of which 149,999 are at hand, so 512 are "
            "taken",
        ),
        (
            *(5_000_000, None, 512),
            "512 is the largest of the notes' sizes and leaves 9,766 steps to an epoch of 5,000,000 rows",
        ),
        (2_001, None, 64, "64 is the smallest of the notes' sizes and leaves 32 steps to an epoch of 2,001 rows"),
        (
            *(12_801, None, 128),
            "128 is the largest power of two with a hundred full steps in an epoch: it leaves 101 steps to an epoch of "
            "12,801 rows",
        ),
        (
            *(10**6, 1_000, 8),
            "the notes' rule asks for 512 rows, which need 51,200 bytes, of which 1,000 are at hand, so 8 are taken",
        ),
    ],
)
def test_advice_says_why(rows, memory, size, why):
    assert advise_batch_size(rows, bytes_per_row=100, memory=memory) == (size, why)
