"""What is kept of a training: every cost, in memory or in a file, and every validation."""

import gc
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schuss.engine import history
from schuss.engine.history import History, Series


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where temporary files go, and a bound so low that they are needed."""
    monkeypatch.setattr(history, "IN_MEMORY", 16)
    monkeypatch.setattr(history.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def added(parts, dtype=np.float32):
    series = Series()
    for part in parts:
        series.add(np.asarray(part, dtype))
    return series


@given(st.lists(st.integers(0, 30), max_size=12), st.sampled_from([np.float32, np.float64]))
def test_all_numbers_are_kept_bit_for_bit(lengths, dtype):
    numbers = np.random.default_rng(0).normal(size=sum(lengths)).astype(dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "IN_MEMORY", 16)
        series = added(np.split(numbers, np.cumsum(lengths)[:-1]) if lengths else [], dtype)
        found = series.array()
    assert len(series) == len(found) == len(numbers)
    assert found.tobytes() == numbers.tobytes()
    if len(numbers):
        assert found.dtype == dtype
    assert isinstance(found, np.memmap) == (len(numbers) > 16)


def test_many_are_on_disk_and_the_file_goes_with_them(folder):
    series = added([range(16)])
    assert list(folder.iterdir()) == []
    series.add(np.arange(16, 40, dtype=np.float32))
    (file,) = folder.iterdir()
    assert file.stat().st_size == 4 * 40
    seen = series.array()
    del series
    gc.collect()
    assert list(folder.iterdir()) == []
    assert seen.tolist() == list(range(40))  # what is looked at stays


def test_a_copy_has_numbers_and_a_file_of_its_own(folder):
    series = added([range(40)])
    copy = pickle.loads(pickle.dumps(series))
    copy.add(np.zeros(1, np.float32))
    assert len(list(folder.iterdir())) == 2
    assert (len(series), len(copy)) == (40, 41)
    assert copy.array().tolist() == [*range(40), 0]
    assert Path(series.array().filename) != Path(copy.array().filename)


def test_numbers_cannot_be_changed_by_those_who_look_at_them(folder):
    for count in (3, 40):
        with pytest.raises(ValueError, match="read-only"):
            added([range(count)]).array()[0] = 7


def test_steps_are_counted_from_one_and_rates_follow_from_the_schedule():
    kept = History(lambda first, count: 1 / np.arange(first + 1, first + count + 1))
    for part in (np.ones(2), np.zeros(0), np.full(3, 2.0)):
        kept.add_steps(part.astype(np.float32))
    assert kept.steps.tolist() == [1, 2, 3, 4, 5]
    assert kept.costs.tolist() == [1, 1, 2, 2, 2]
    np.testing.assert_array_equal(kept.learning_rates, np.float32([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]))
    assert kept.learning_rates.dtype == np.float32


def test_validation_is_kept_for_every_epoch():
    kept = History()
    kept.add_epochs(np.array([3.0, 2.0]), np.array([0.1, 0.2]))
    kept.add_epochs(np.array([]), np.array([]))
    kept.add_epochs(np.array([1.0]), np.array([0.3]))
    np.testing.assert_array_equal(kept.validation_costs, [3, 2, 1])
    np.testing.assert_array_equal(kept.validation_scores, [0.1, 0.2, 0.3])
