"""What networks learn (notes B1, B2): gates, categories, and more from where they ended."""

from dataclasses import replace

import numpy as np
import pytest

from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.optimizers import Adam
from tests.engine.population import ROWS, TABLE, X, assert_close_weights, member, whole

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def right(trials, y):
    """Shares of the four corners that the members get right."""
    return [float(np.mean(predict(t.network, t.weights, np.float32(CORNERS)).argmax(1) == y)) for t in trials]


def test_a_perceptron_learns_and_and_or_but_not_xor_and_a_network_with_a_hidden_layer_does():
    perceptrons = [member(Adam(0.1), hidden=(), seed=seed, batch_size=4) for seed in range(5)]
    networks = [member(Adam(0.1), hidden=(4,), seed=seed, batch_size=4) for seed in range(10)]
    for gate in (np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])):
        assert right(train(perceptrons, Table(CORNERS, gate), epochs=300), gate) == [1] * 5
    xor = np.array([0, 1, 1, 0])
    shares = right(train(perceptrons + networks, Table(CORNERS, xor), epochs=300), xor)
    assert max(shares[:5]) <= 0.75
    assert sum(share == 1 for share in shares[5:]) >= 9


def test_training_goes_on_from_where_another_ended():
    """Two trainings of one epoch are one of two, for a rate that is constant and rows in whole batches."""
    one, table = whole(Adam(0.02)), TABLE
    both = train([one], table, epochs=2, starts=[None])[0]
    first = train([one], table, epochs=1, starts=[None])[0]
    second = train([one], table, epochs=1, starts=[first.ending])[0]
    assert_close_weights(second.weights, both.weights, 1e-6)
    assert int(second.ending.optimizer.t) == int(both.ending.optimizer.t) == 2
    assert second.history.costs[0] == pytest.approx(both.history.costs[1], rel=1e-6)
    fresh = train([one], table, epochs=1, starts=[first.ending._replace(optimizer=None)])[0]
    assert int(fresh.ending.optimizer.t) == 1
    assert train([one], table, epochs=1)[0].ending is None


def test_categories_are_embedded_and_learned():
    codes = np.random.default_rng(0).integers(1, 4, ROWS)
    x = np.column_stack([X[:ROWS, :2], codes])
    table = Table(x, (codes == 2).astype(np.int64))
    (trial,) = train([member(Adam(0.1), hidden=())], replace(table, embeddings=((4, 2),)), epochs=60)
    logits = predict(trial.network, trial.weights, x.astype(np.float32))
    assert (logits.argmax(1) == table.y).all()
    assert trial.weights[0]["E0"].shape == (4, 2)
    assert not trial.weights[0]["E0"][0].any()  # no row has the code of the unknown
