"""Smoothed labels teach as PyTorch's do; what is measured on validation rows, and other members, stay as they are."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from schuss.engine.data import Table, data_of
from schuss.engine.evaluation import predict
from schuss.engine.program import program
from schuss.engine.train import train
from schuss.engine.trial import shapes_of
from schuss.optimizers import SGD
from tests.engine.population import (
    CLASSES,
    EPOCHS,
    HELD,
    ROWS,
    TABLE,
    VALUES,
    WEIGHT,
    X,
    assert_close_weights,
    member,
    whole,
)

SHARES = np.random.default_rng(1).dirichlet(np.ones(3), ROWS)
TWO = (CLASSES[:ROWS] > 0).astype(int)


def entropy(z, y):
    return F.cross_entropy(z, y, reduction="none", label_smoothing=0.3)


def binary(z, y):
    return F.binary_cross_entropy_with_logits(z[:, 0], 0.7 * y.ravel().double() + 0.15, reduction="none")


@pytest.mark.parametrize(
    ("y", "outputs", "loss", "theirs"),
    [
        (CLASSES[:ROWS], 3, "auto", entropy),
        (TWO, 2, "cross_entropy", entropy),
        (TWO, 2, "binary_cross_entropy", binary),
        (SHARES, 3, "cross_entropy", entropy),
        (SHARES[:, :1], 1, "binary_cross_entropy", binary),
    ],
    ids=["three classes", "two classes", "two classes, one logit", "probabilities", "probabilities, one logit"],
)
def test_a_step_is_along_pytorchs_gradient(y, outputs, loss, theirs):
    """The step of plain descent with the rate 1 is the gradient itself; some rows weigh nothing, others twice."""
    one = whole(SGD(1.0), loss=loss, label_smoothing=0.3)
    (trial,) = train([one], Table(X[:ROWS], y, WEIGHT, outputs), epochs=1, dtype=np.float64)
    params = [{k: torch.tensor(w, requires_grad=True) for k, w in p.items()} for p in trial.network.initialize(0, "f8")]
    first, _, last = params
    z = torch.tanh(torch.tensor(X[:ROWS]) @ first["W"] + first["b"]) @ last["W"] + last["b"]
    weight = torch.tensor(WEIGHT)
    cost = (weight * theirs(z, torch.tensor(y))).sum() / weight.sum()
    cost.backward()
    np.testing.assert_allclose(trial.history.costs, [cost.item()], rtol=1e-12)
    assert_close_weights(
        trial.weights, [{k: (w - w.grad).detach().numpy() for k, w in p.items()} for p in params], 1e-12
    )


def test_validation_rows_are_measured_by_their_labels_as_they_are():
    (trial,) = train([member(label_smoothing=0.5)], TABLE, HELD, epochs=EPOCHS)
    z = torch.tensor(predict(trial.network, trial.weights, np.float32(HELD.x)))
    assert trial.best.cost == pytest.approx(F.cross_entropy(z, torch.tensor(HELD.y)).item(), rel=1e-5)


def test_a_member_without_has_a_program_that_knows_nothing_of_it():
    trials = train([member(), member(label_smoothing=0.1), member(label_smoothing=0.2)], TABLE, epochs=1)
    plain, some, more = shapes_of(trials, data_of(TABLE, None))
    assert (plain.label_smoothing, some, plain == some) == (False, more, False)
    assert program(plain)._training_loss(None) is program(plain).loss


def test_numbers_have_no_labels_to_be_smoothed():
    with pytest.raises(ValueError, match=r"label_smoothing is for the losses of classes, and mean_squared_error does"):
        train([member(label_smoothing=0.1)], Table(X[:ROWS], VALUES[:ROWS]), epochs=1)
