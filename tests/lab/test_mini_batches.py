"""Pictures of batch, stochastic and mini-batch gradient descent: what they claim (notes A2, A3, A12)."""

from functools import cache

import numpy as np
import pytest

from schuss import lab
from schuss.batches import mini_batches
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.engine.trial import Ending
from schuss.lab.pictures.line import LINE, descend_line, noisy_line
from schuss.lab.style import BATCH_COLOURS
from schuss.member import Member
from schuss.optimizers import SGD

ROWS, FIRST = 64, np.array([-1.0, 2.6])


@cache
def drawn(name, **parameters):
    return lab.PICTURES[name].draw(small=True, **parameters)


def line(drawing, panel, colour):
    """Numbers of the first line of a colour."""
    lines = drawing.figure.axes[panel].lines
    return next(np.asarray(each.get_ydata()) for each in lines if each.get_color() == BATCH_COLOURS[colour])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_batch_cost_falls_and_mini_batch_cost_falls_with_noise(seed):
    drawing = drawn("batch_and_mini_batch_cost", seed=seed)
    measured = drawing.measured
    batch, mini_batch = line(drawing, 0, "batch"), line(drawing, 1, "mini-batch")
    assert len(batch) == len(mini_batch) == measured["iterations"] == 80
    assert (np.diff(batch) < 0).all()
    assert measured["batch_rises"] == 0
    assert 0.2 < measured["mini_batch_rises_share"] == np.mean(np.diff(mini_batch) > 0) < 0.6
    assert measured["epochs_that_fell"] == measured["later_epochs"] == 9
    assert mini_batch[:8].mean() > 3 * mini_batch[-8:].mean()
    assert measured["mini_batch_cost"] == pytest.approx(measured["batch_cost"], rel=0.3)
    assert measured["rows_ratio"] == 8


def test_one_row_wanders_and_all_rows_arrive():
    measured = drawn("batch_size_paths").measured
    x, y = noisy_line(256, seed=0)
    np.testing.assert_allclose(measured["optimum"], np.polyfit(x, y, 1), rtol=1e-4)
    assert measured["spread_one"] > 3 * measured["spread_mini_batch"] > 3 * measured["spread_batch"]
    assert measured["rows_to_near_one"] < measured["rows_to_near_mini_batch"] < measured["rows_to_near_batch"]


def test_paths_of_fewer_rows_are_less_straight():
    x, y = noisy_line(ROWS, seed=1)
    best = np.polyfit(x, y, 1)
    detours = {}
    for size in (ROWS, 16, 1):
        path = descend_line(x, y, FIRST, SGD(0.08), size, epochs=40)
        far = np.linalg.norm(path - best, axis=1)
        travelled = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
        detours[size] = travelled / far[0]
        if size == ROWS:
            assert (np.diff(far) < 0).all()
    assert detours[ROWS] < 1.2
    assert detours[16] > 2 * detours[ROWS]
    assert detours[1] > 5 * detours[16]


@pytest.mark.parametrize("size", [ROWS, 16, 1])
def test_paths_are_gradient_descent(size):
    x, y = noisy_line(ROWS, seed=1)
    w, b = FIRST
    expected = [(w, b)]
    for epoch in range(3):
        for rows in mini_batches(ROWS, size, seed=5, epoch=epoch):
            error = w * x[rows].astype(float) + b - y[rows]
            w, b = w - 0.08 * np.mean(2 * error * x[rows]), b - 0.08 * np.mean(2 * error)
            expected.append((w, b))
    np.testing.assert_allclose(descend_line(x, y, FIRST, SGD(0.08), size, epochs=3, seed=5), expected, atol=2e-5)


def test_paths_end_where_the_engine_ends():
    x, y = noisy_line(ROWS, seed=1)
    member = Member(network=LINE, optimizer=SGD(0.08), batch_size=16, loss="mean_squared_error", seed=5)
    start = Ending(({"W": np.float32([[FIRST[0]]]), "b": np.float32([FIRST[1]])},))
    (trial,) = train([member], Table(x[:, None], y), epochs=3, starts=[start])
    end = descend_line(x, y, FIRST, SGD(0.08), 16, epochs=3, seed=5)[-1]
    np.testing.assert_allclose([trial.weights[0]["W"][0, 0], trial.weights[0]["b"][0]], end, rtol=1e-5)


@pytest.mark.slow
def test_pace_measures_every_size():
    drawing = drawn("batch_size_pace")
    measured = drawing.measured
    assert measured["sizes"] == [1, 64, 512]
    assert measured["steps_per_epoch"] == [512, 8, 1]
    assert len(measured["epoch_seconds"]) == len(measured["costs"]) == 3
    assert min(measured["epoch_seconds"]) > 0
    assert measured["slowdown_of_one"] == measured["epoch_seconds"][0] / min(measured["epoch_seconds"])
    assert measured["best_cost"] == min(measured["costs"])
    assert measured["best_size"] == measured["sizes"][np.argmin(measured["costs"])]
    left, right = drawing.figure.axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), 1000 * np.array(measured["epoch_seconds"]))
    assert [text.get_text() for text in left.get_xticklabels()] == ["1", "64", "m = 512"]
    assert len(right.get_legend().get_texts()) == 3


def test_pace_on_rows_of_ones_own():
    nothing_to_learn = Table(np.zeros((512, 64)), np.arange(512) % 10)
    measured = lab.batch_size_pace(table=nothing_to_learn, small=True).measured
    assert measured["rows"] == 512
    assert min(measured["costs"]) > 1.5
