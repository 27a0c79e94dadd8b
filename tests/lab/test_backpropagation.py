"""Pictures of backpropagation, its memory, and what gradients tell of the inputs: what they claim (notes B7)."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.inspection import permutation_importance

from schuss import lab
from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.lab.pictures.importance import importance_by_gradient, importance_by_permutation
from schuss.layers import Linear
from schuss.network import Sequential

SLOPES = np.float32([[3], [-1], [0.1]])


@cache
def drawn(name):
    return lab.PICTURES[name].draw(small=True)


def test_every_number_of_the_graph_is_pytorchs():
    drawing = drawn("backpropagation_graph")
    measured = drawing.measured
    numbers = np.split(np.array(measured["weights"]), [4, 6, 8])
    W, b, v, c = (torch.tensor(part, requires_grad=True) for part in numbers)
    x = torch.tensor([1.0, -0.5], dtype=torch.float64, requires_grad=True)
    z = x @ W.reshape(2, 2) + b
    a = torch.tanh(z)
    output = a @ v + c
    cost = (output - 1).square().sum()
    inner = [z, a, output]
    for tensor in inner:
        tensor.retain_grad()
    cost.backward()
    assert measured["cost"] == pytest.approx(cost.item())
    np.testing.assert_allclose(measured["gradients"], torch.cat([each.grad for each in (W, b, v, c)]), rtol=1e-10)
    np.testing.assert_allclose(measured["input_delta"], x.grad, rtol=1e-10)
    texts = {text.get_text() for text in drawing.figure.axes[0].texts}
    values = [number for tensor in (x, z, a, output) for number in tensor.detach()]
    deltas = [number for tensor in (x, W, b, z, a, v, c, output) for number in tensor.grad]
    shown = {f"{value:.3g}" for value in values} | {f"{delta:.3f}" for delta in deltas}
    assert {number.replace("-", "−") for number in shown} <= texts


def test_a_gradient_foretells_the_change():
    measured = drawn("backpropagation_graph").measured
    assert abs(measured["gradient"]) > 0.1
    assert measured["measured_change"] == pytest.approx(measured["foretold_change"], rel=1e-3)


def test_memory_grows_with_depth_and_rows_and_prediction_needs_none_of_it():
    measured = drawn("backpropagation_memory").measured
    per_layer = np.diff(measured["kept_by_depth"]) / np.diff(measured["depths"])
    np.testing.assert_allclose(per_layer, 2 * 256 * 64 * 4 / 1024)  # z and a of 64 units, float32, KiB
    per_row = np.array(measured["kept_by_rows"]) / measured["sizes"]
    np.testing.assert_allclose(per_row, per_row[0])
    assert (np.diff(measured["step_by_depth"]) > 0).all()
    assert measured["step_growth"] > 1.5
    assert measured["forward_growth"] < 1.1


@pytest.mark.slow
def test_gradients_and_shuffling_agree_on_what_matters():
    measured = drawn("importance_of_inputs").measured
    assert measured["rank_correlation"] > 0.7
    correlation = spearmanr(measured["gradients"], measured["rises"]).statistic
    assert measured["rank_correlation"] == pytest.approx(correlation)
    best = {"bmi", "s5"}
    assert {measured["gradient_top"], measured["permutation_top"]} <= best
    assert measured["noise_gradient"] < 0.4
    assert measured["noise_permutation"] < 0.1
    assert min(measured["scores"]) > 0.3


@pytest.fixture
def line():
    """A trained line whose slopes are known, and rows that it fits but for the noise."""
    random = np.random.default_rng(0)
    network = Sequential(Linear(3, 1))
    x = random.normal(size=(200, 3)).astype(np.float32)
    table = Table(x, (x @ SLOPES)[:, 0] + random.normal(size=200))
    return SimpleNamespace(network=network, weights=({"W": SLOPES, "b": np.zeros(1, np.float32)},)), table


def test_importance_by_gradient_of_a_line_is_its_slopes(line):
    trial, table = line
    error = np.abs((table.x @ SLOPES)[:, 0] - table.y).mean()
    np.testing.assert_allclose(importance_by_gradient(trial, table), 2 * error * np.abs(SLOPES[:, 0]), rtol=1e-5)


def test_importance_by_permutation_is_scikit_learns(line):
    trial, table = line
    model = SimpleNamespace(fit=lambda: None, predict=lambda x: predict(trial.network, trial.weights, x)[:, 0])

    def score(model, x, y):
        return -np.mean((model.predict(x) - y) ** 2)

    theirs = permutation_importance(model, table.x, table.y, scoring=score, n_repeats=50, random_state=0)
    ours = importance_by_permutation(trial, table, repeats=50, seed=1)
    np.testing.assert_allclose(ours, theirs.importances_mean, rtol=0.05, atol=0.02)
    np.testing.assert_allclose(ours, 2 * SLOPES[:, 0] ** 2, rtol=0.2, atol=0.05)  # twice the variance it explains
