"""What is kept of a long training: every cost while there are few, multiples of a power of two when there are many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schuss.engine import history
from schuss.engine.history import LONGEST, History


def fill(chunks):
    kept, first = History(), 1
    for length in chunks:
        steps = np.arange(first, first + length)
        kept.add_steps(first, steps / 2, 1 / steps)
        first += length
    return kept, first - 1


def test_every_cost_is_kept_while_there_are_few():
    kept, _ = fill([100, 0, LONGEST - 100])
    assert kept.every == 1
    np.testing.assert_array_equal(kept.steps, np.arange(1, LONGEST + 1))
    kept, _ = fill([LONGEST, 1])
    assert kept.every == 2
    np.testing.assert_array_equal(kept.steps, np.arange(2, LONGEST + 1, 2))


@given(st.lists(st.integers(0, 50), max_size=20))
def test_multiples_of_a_power_of_two_are_kept_of_many(chunks):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "LONGEST", 16)
        kept, total = fill(chunks)
    every = kept.every
    assert every & (every - 1) == 0
    assert total // every <= 16
    assert every == 1 or total // (every // 2) > 16  # no thinner than need be
    np.testing.assert_array_equal(kept.steps, np.arange(every, total + 1, every))
    np.testing.assert_array_equal(kept.costs, kept.steps / 2)
    np.testing.assert_array_equal(kept.learning_rates, 1 / kept.steps)


def test_validation_is_kept_for_every_epoch():
    kept = History()
    kept.add_epochs(np.array([3.0, 2.0]), np.array([0.1, 0.2]))
    kept.add_epochs(np.array([]), np.array([]))
    kept.add_epochs(np.array([1.0]), np.array([0.3]))
    np.testing.assert_array_equal(kept.validation_costs, [3, 2, 1])
    np.testing.assert_array_equal(kept.validation_scores, [0.1, 0.2, 0.3])
