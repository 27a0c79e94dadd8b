"""The bootstrap's standard error."""

import math

import numpy as np
import pytest

from schuss.selection import bootstrap
from schuss.selection.bootstrap import standard_error
from schuss.selection.metrics import metric


@pytest.mark.parametrize(
    ("name", "classes", "exact"),
    [("accuracy", 2, math.sqrt(0.8 * 0.2 / 500)), ("neg_mean_absolute_error", 0, math.sqrt(1 / 12 / 500))],
    ids=["binomial", "mean of uniform errors"],
)
def test_the_bootstrap_knows_closed_forms(name, classes, exact):
    rows = np.arange(500)
    outputs = np.eye(2)[(rows % 5 == 0).astype(int)] if classes else rows / 500
    error = standard_error(metric(name, classes), np.zeros(500, int), outputs)
    assert error == pytest.approx(exact, rel=0.25)


def test_the_bootstrap_of_many_rows_is_drawn_from_few(monkeypatch):
    y, outputs = np.zeros(3_000, int), np.eye(2)[(np.arange(3_000) % 4 == 0).astype(int)]
    assert len(y) > bootstrap.ROWS
    few = standard_error(metric("accuracy", 2), y, outputs)
    monkeypatch.setattr(bootstrap, "ROWS", 10_000)
    assert few == pytest.approx(standard_error(metric("accuracy", 2), y, outputs), rel=0.3)
    assert few == pytest.approx(math.sqrt(0.75 * 0.25 / 3_000), rel=0.3)


def test_the_bootstrap_counts_weights_and_keeps_silent_where_nothing_is_defined():
    right = np.arange(400) < 40
    outputs = np.eye(2)[np.where(right, 0, 1)]
    weighted = standard_error(metric("accuracy", 2), np.zeros(400, int), outputs, np.where(right, 1.0, 0.0))
    assert weighted == 0  # only rows that are right count
    assert standard_error(metric("roc_auc", 2), np.zeros(400, int), outputs) is None
    assert standard_error(metric("accuracy", 2), np.zeros(1, int), outputs[:1]) is None


@pytest.mark.parametrize("rows", [500, 3_000], ids=["all rows drawn", "few of many drawn"])
def test_a_difference_has_the_error_of_the_rows_that_differ(rows):
    """Two models that are right nine times of ten differ on one row of a hundred: what they share cancels."""
    y, n = np.zeros(rows, int), np.arange(rows)
    one = np.eye(2)[(n % 10 == 0).astype(int)]
    other = np.eye(2)[((n % 10 == 0) ^ (n % 100 == 1)).astype(int)]
    scores = [bootstrap.resampled(metric("accuracy", 2), y, outputs, draws=400) for outputs in (one, other)]
    share = 1 / 100
    assert bootstrap.error_of(scores[0] - scores[1], rows) == pytest.approx(
        math.sqrt(share * (1 - share) / rows), rel=0.25
    )
    assert bootstrap.error_of(scores[0], rows) == pytest.approx(math.sqrt(0.09 / rows), rel=0.25)


def test_the_same_rows_are_drawn_for_any_outputs_and_number_of_draws():
    y, outputs = np.arange(60) % 2, np.eye(2)[np.arange(60) % 3 % 2]
    scores = bootstrap.resampled(metric("accuracy", 2), y, outputs)
    assert np.array_equal(scores[:50], bootstrap.resampled(metric("accuracy", 2), y, outputs, draws=50))
    assert np.allclose(scores, 1 - bootstrap.resampled(metric("accuracy", 2), y, 1 - outputs))
    assert bootstrap.error_of(scores, 60) == standard_error(metric("accuracy", 2), y, outputs)
