"""Blends: the greedy choice against one written out, known best shares, and what is left out."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schuss.selection.blending import blend

Y = np.random.default_rng(0).normal(size=(50, 1))
NOISE = np.random.default_rng(1).normal(size=(50, 1))


def closeness(values):
    """Minus the mean squared error to Y."""
    return -float(np.mean((values - Y) ** 2))


def accuracy(y):
    return lambda p: float((p.argmax(axis=1) == y).mean())


def members(m, seed, sharpness=1.0):
    """Probabilities [M, 30, 3] that lean to the classes y [30], each in its own way."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, 30)
    z = random.normal(size=(m, 30, 3)) + sharpness * np.eye(3)[y]
    p = np.exp(z)
    return p / p.sum(axis=2, keepdims=True), y


def written_out(outputs, score, most):
    """The same algorithm: every choice averages its list of members anew. Returns the picks of the best beginning."""
    picks = []
    while len(picks) < most:
        picks.append(
            max(range(len(outputs)), key=lambda i: (score(np.mean([outputs[j] for j in [*picks, i]], axis=0)), -i))
        )
    beginnings = [picks[: k + 1] for k in range(most)]
    scores = [score(np.mean(outputs[beginning], axis=0)) for beginning in beginnings]
    return beginnings[int(np.argmax(scores))], scores


def test_of_equal_scores_the_tie_decides_and_a_score_before_any_tie():
    """Accuracy cannot tell the first two apart; the likelihood can, but must not be bought with accuracy."""
    y = np.array([0, 0, 1, 1])
    shy = np.array([[0.6, 0.4]] * 2 + [[0.4, 0.6]] * 2)
    bold = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.4, 0.6]])
    wrong = np.array([[0.99, 0.01], [0.99, 0.01], [0.01, 0.99], [0.51, 0.49]])

    def likelihood(p):
        return float(np.log(p[np.arange(4), y]).mean())

    assert blend([shy, bold], accuracy(y)).shares.tolist() == [1, 0]
    assert blend([shy, bold], accuracy(y), likelihood).path[0].member == 1
    assert likelihood(wrong) > likelihood(shy)
    assert blend([shy, wrong], accuracy(y), likelihood).path[0].member == 0


def test_a_tie_lets_a_blend_grow():
    halves, y = [np.array([[0.95, 0.05], [0.55, 0.45]]), np.array([[0.55, 0.45], [0.95, 0.05]])], np.zeros(2, int)
    assert blend(halves, accuracy(y)).shares.tolist() == [1, 0]
    assert blend(halves, accuracy(y), lambda p: float(np.log(p[:, 0]).mean())).shares.tolist() == [0.5, 0.5]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_the_choice_is_the_one_written_out(m, seed):
    outputs, y = members(m, seed)

    def log_score(p):
        return float(np.log(p[np.arange(30), y]).mean())

    picks, scores = written_out(outputs, log_score, most=6)
    found = blend(outputs, log_score, most=6, patience=6)
    assert [pick.score for pick in found.path] == pytest.approx(scores)
    assert [pick.member for pick in found.path][: len(picks)] == picks
    np.testing.assert_allclose(found.shares, np.bincount(picks, minlength=m) / len(picks))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 8), st.integers(0, 10**6), st.floats(0, 2))
def test_a_blend_is_not_worse_than_any_member(m, seed, sharpness):
    outputs, y = members(m, seed, sharpness)
    score = accuracy(y)
    found = blend(outputs, score)
    assert found.score >= max(map(score, outputs))
    assert found.shares.sum() == pytest.approx(1)
    assert (found.shares >= 0).all()
    assert score(np.tensordot(found.shares, outputs, 1)) == pytest.approx(found.score, abs=1 / 30)
    assert found.path[0].member == int(np.argmax([score(member) for member in outputs]))
    for key, again in blend(list(outputs), score)._asdict().items():
        np.testing.assert_array_equal(again, getattr(found, key))


def test_no_blend_of_so_few_picks_is_much_better():
    outputs, y = members(4, seed=3)

    def log_score(p):
        return float(np.log(p[np.arange(30), y]).mean())

    every = [
        log_score(outputs[list(picks)].mean(axis=0))
        for k in range(1, 7)
        for picks in combinations_with_replacement(range(4), k)
    ]
    alone = [log_score(member) for member in outputs]
    found = blend(outputs, log_score, most=6)
    assert max(alone) < found.score <= max(every)
    assert found.score > max(every) - 0.1 * (max(every) - max(alone))


def test_opposite_errors_cancel():
    found = blend([Y + NOISE, Y - NOISE, Y + 3], closeness)
    assert found.shares.tolist() == [0.5, 0.5, 0]
    assert found.score == pytest.approx(0)
    uneven = blend([Y + NOISE, Y - 3 * NOISE], closeness)
    assert uneven.shares.tolist() == [0.75, 0.25]


def test_a_member_that_cannot_be_improved_stays_alone():
    found = blend([Y + NOISE, Y, Y + 1], closeness, patience=3)
    assert found.shares.tolist() == [0, 1, 0]
    assert [pick.member for pick in found.path] == [1, 1, 1, 1]  # picked again in vain until patience ends
    assert found.score == 0


def test_of_equals_the_first_is_picked():
    outputs, y = members(1, seed=0)
    found = blend(np.repeat(outputs, 50, axis=0), accuracy(y))
    assert {pick.member for pick in found.path} == {0}
    assert found.shares.tolist() == [1] + 49 * [0]


def test_of_equals_the_first_starts():
    outputs = [Y + (1 + i % 3) * NOISE for i in range(60)]
    assert blend(outputs[2:], closeness, most=1).path[0].member == 1


def test_an_average_without_a_score_is_not_picked():
    def score(values):
        return np.nan if np.abs(values - Y).max() < 1e-9 else closeness(values)

    found = blend([Y + 2 * NOISE, Y - 2 * NOISE, Y + NOISE, Y - NOISE], score)
    assert found.path[1].member == 1  # the last would have cancelled all errors
    assert found.score > found.path[0].score
    assert np.isfinite([pick.score for pick in found.path]).all()
    scores = iter([-2.0, -1.0, np.nan, np.nan])
    assert blend([Y + 1, Y], lambda _: next(scores)).path == ((1, -1.0),)


def test_what_has_no_score_or_no_numbers_is_left_out():
    broken = Y.copy()
    broken[7] = np.inf

    def score(values):
        return np.nan if np.abs(values).max() > 50 else closeness(values)

    found = blend([broken, Y + NOISE, Y + 100, Y - NOISE, np.full_like(Y, np.nan)], score)
    assert found.shares.tolist() == [0, 0.5, 0, 0.5, 0]
    assert blend([Y + NOISE, broken], lambda values: closeness(values) if values[7] < 9 else 1.0).shares.tolist() == [
        1,
        0,
    ]
    with pytest.raises(ValueError, match="None of the 2 members has finite outputs and a score"):
        blend([broken, Y + 100], score)
    with pytest.raises(ValueError, match="None of the 0 members has"):
        blend([], score)


def test_the_path_has_an_end():
    outputs, y = members(6, seed=1)
    assert len(blend(outputs, accuracy(y), most=4, patience=9).path) == 4
    found = blend(outputs, accuracy(y), patience=2)
    best = int(np.argmax([pick.score for pick in found.path]))
    assert len(found.path) == best + 3
    assert found.path[best].score == found.score
    alone = blend(outputs, accuracy(y), most=1)
    assert sorted(alone.shares) == [0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("name", ["most", "patience"])
def test_numbers_below_one(name):
    with pytest.raises(ValueError, match=r"must be ≥ 1, not .*0"):
        blend([Y], closeness, **{name: 0})
