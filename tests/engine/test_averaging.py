"""Averaged weights and shortened gradients: of the members that ask for them, and of no others."""

import numpy as np
import pytest

from schuss.engine.data import data_of
from schuss.engine.evaluation import predict
from schuss.engine.program import program
from schuss.engine.train import train
from schuss.engine.trial import shapes_of
from schuss.engine.update import clipped
from schuss.optimizers import SGD
from tests.engine.population import EPOCHS, HELD, TABLE, member


def test_the_average_is_what_is_validated_and_kept():
    plain, averaged = train([member(), member(averaging=0.9)], TABLE, HELD, epochs=EPOCHS)
    logits = predict(averaged.network, averaged.weights, np.float32(HELD.x))
    assert averaged.best.score == pytest.approx(np.mean(logits.argmax(axis=1) == HELD.y))
    assert averaged.history.costs.tobytes() == plain.history.costs.tobytes(), "the weights themselves go their own way"
    assert averaged.history.validation_costs.tobytes() != plain.history.validation_costs.tobytes()


def test_a_member_without_has_a_program_that_knows_nothing_of_it():
    trials = train([member(), member(averaging=0.1), member(clip_norm=0.2)], TABLE, epochs=1)
    plain, averaged, short = shapes_of(trials, data_of(TABLE, None))
    assert [(s.averaging, s.clip_norm) for s in (plain, averaged, short)] == [
        (False,) * 2,
        (True, False),
        (False, True),
    ]
    assert program(plain).initial_state(trials[0].network, 0).average is None


def test_what_diverges_at_once_keeps_its_first_weights():
    (trial,) = train([member(SGD(3e38), averaging=0.9)], TABLE, epochs=EPOCHS)
    assert trial.status == "diverged"
    assert all(np.isfinite(w).all() for layer in trial.weights for w in layer.values())


def test_only_gradients_that_are_too_long_are_shortened():
    gradients = {"W": np.array([[3.0, 0.0]]), "b": np.array([4.0])}
    assert [float(np.abs(g).sum()) for g in clipped(gradients, 1.0).values()] == pytest.approx([0.6, 0.8])
    assert [float(np.abs(g).sum()) for g in clipped(gradients, 5.5).values()] == [3.0, 4.0]
    assert [float(np.abs(g).sum()) for g in clipped({"b": np.zeros(2)}, 1.0).values()] == [0.0]
