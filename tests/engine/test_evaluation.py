"""Cost, score and predictions against scikit-learn, for tables of every length."""

from functools import partial

import jax
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from schuss import losses
from schuss.engine.data import BLOCK, blocks_length, pad
from schuss.engine.evaluation import correct, evaluate, predict
from schuss.network import Sequential, perceptron

rng = np.random.default_rng(0)
LENGTHS = [1, 37, BLOCK, BLOCK + 1, 2 * BLOCK + 100]
LONG = 2 * BLOCK + 100
X, WEIGHT = rng.normal(size=(LONG, 4)), rng.integers(0, 4, LONG).astype(float)
CLASSES = perceptron(4, (5,), 3, "tanh")
VALUES = perceptron(4, (5,), 2, "tanh")


def outputs(net: Sequential, x):
    """The network in NumPy."""
    first, _, last = net.initialize(1, np.float64)
    return np.tanh(x @ first["W"] + first["b"]) @ last["W"] + last["b"]


def measure(net, loss, classes, x, y, weight=None):
    rows = pad(x, y, weight, blocks_length(len(x)))
    with jax.enable_x64(True):
        run = jax.jit(partial(evaluate, net, loss=loss, classification=classes))
        return [float(number) for number in run(net.initialize(1, np.float64), rows)]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", LENGTHS)
def test_classes(n, weighted):
    z, y = outputs(CLASSES, X[:n]), rng.integers(0, 3, n).astype(np.int32)
    weight = WEIGHT[:n] + (n == 1) if weighted else None
    cost, score = measure(CLASSES, losses.cross_entropy, True, X[:n], y, weight)
    shares = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert cost == pytest.approx(log_loss(y, shares, sample_weight=weight, labels=[0, 1, 2]), rel=1e-12)
    assert score == pytest.approx(accuracy_score(y, z.argmax(1), sample_weight=weight), rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", LENGTHS[1:])
def test_values(n, weighted):
    y = outputs(VALUES, X[:n]) + rng.normal(scale=[0.1, 2], size=(n, 2)) + 10  # a mean far from 0
    weight = WEIGHT[:n] if weighted else None
    cost, score = measure(VALUES, losses.mean_squared_error, False, X[:n], y, weight)
    assert cost == pytest.approx(mean_squared_error(y, outputs(VALUES, X[:n]), sample_weight=weight), rel=1e-12)
    assert score == pytest.approx(r2_score(y, outputs(VALUES, X[:n]), sample_weight=weight), rel=1e-12)


def test_a_target_that_never_varies_has_a_finite_score():
    y = np.full((5, 2), 3.0)
    _, score = measure(VALUES, losses.mean_squared_error, False, X[:5], y)
    assert score == pytest.approx(1 - np.mean(np.sum((outputs(VALUES, X[:5]) - y) ** 2, axis=0)), rel=1e-12)


@pytest.mark.parametrize(
    ("prediction", "y", "expected"),
    [
        ([[1, 2, 0], [3, 1, 2]], np.array([1, 2]), [True, False]),
        ([[1, 2, 0], [3, 1, 2]], np.array([[0, 1, 0], [0, 0, 1]]), [True, False]),
        ([[0.1], [-0.1], [-0.1]], np.array([1, 1, 0]), [True, False, True]),
        ([[0.1], [-0.1], [-0.1]], np.array([[1.0], [1.0], [0.0]]), [True, False, True]),
    ],
)
def test_what_is_correct(prediction, y, expected):
    np.testing.assert_array_equal(correct(np.array(prediction), y), expected)


@pytest.mark.parametrize("n", [0, *LENGTHS])
def test_predictions_do_not_depend_on_blocks(n):
    found = predict(VALUES, VALUES.initialize(1), X[:n].astype(np.float32))
    assert found.shape == (n, 2)
    np.testing.assert_allclose(found, outputs(VALUES, X[:n]), rtol=1e-4, atol=1e-5)


def test_what_a_row_gives_does_not_depend_on_the_rows_beside_it():
    net = perceptron(30, (64, 64), 3)
    x = rng.normal(size=(LONG, 30)).astype(np.float32)
    whole = predict(net, net.initialize(1), x)
    for rows in (slice(0, 1), slice(17, 18), slice(5, 700), slice(2000, LONG)):
        assert predict(net, net.initialize(1), x[rows]).tobytes() == whole[rows].tobytes()


def test_nearby_lengths_share_a_program():
    lengths = {blocks_length(n) for n in range(BLOCK + 1, 20 * BLOCK)}
    assert all(length % BLOCK == 0 for length in lengths)
    assert len(lengths) <= 20
    assert all(n <= blocks_length(n) <= max(n + n // 8, n + BLOCK) for n in range(1, 20 * BLOCK))
