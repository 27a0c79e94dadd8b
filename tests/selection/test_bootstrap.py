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
