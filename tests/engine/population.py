"""What the tests of training share: a table of 100 rows, a few small members, and what came of training them.

Compiling is what costs here, so nearly all tests train members of a few shapes.
"""

from functools import cache

import jax
import numpy as np
import optax
import pytest

from schuss.engine import cohort
from schuss.engine.cohort import Cohort
from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.member import Member
from schuss.optimizers import SGD, AdaDelta, AdaGrad, Adam, AdamW, AMSGrad, Lion, Momentum, NAdam, RMSProp
from schuss.schedules import Cosine, OneCycle, Staircase, WarmUp

random = np.random.default_rng(0)
ROWS, HELD_OUT, EPOCHS = 100, 30, 5
X = random.normal(size=(ROWS + HELD_OUT, 3))
VALUES = np.stack([np.sin(2 * X[:, 0]) + X[:, 1], X[:, 1] * X[:, 2]], axis=1) + random.normal(scale=0.1, size=(130, 2))
CLASSES = np.digitize(VALUES[:, 0], [-0.7, 0.7])
WEIGHT = random.integers(0, 4, ROWS) / 2
TABLE, HELD = Table(X[:ROWS], CLASSES[:ROWS]), Table(X[ROWS:], CLASSES[ROWS:])


def member(optimizer="adam", hidden=(5,), activation="tanh", batch_size=36, **more):
    return Member(hidden, activation, optimizer, batch_size=batch_size, **more)


def whole(*args, **more):
    """A member whose steps are epochs."""
    return member(*args, **more, batch_size=ROWS)


# Seven programs: the plain one; whole batch; relu; dropout and L2; AMSGrad; optax; and all of that in one population.
OPTAX = optax.adam(0.02)
MIXED = [
    member(SGD(0.3, 0.9, nesterov=True), schedule=Cosine()),
    member(Adam(0.02), schedule=OneCycle(), seed=2**32 - 1),
    whole(AdamW(0.05), schedule="exponential"),
    member(NAdam(0.01), hidden=(8,), activation="relu"),
    member(RMSProp(0.01, epsilon_inside_root=True), dropout=0.3, l2=0.5),
    member(AMSGrad(0.02), schedule=Staircase(0.5, 2)),
    member(OPTAX),
    member(Lion(0.01), batch_size=35),
    member(SGD(1e12), hidden=(8,), activation="relu"),
    member(AdaGrad(0.1), dropout=0.1, l2=0.01, seed=3),
    member(AdaDelta(1.0), batch_size=33),
    whole(Momentum(0.5), schedule=WarmUp(0.5)),
]
DIVERGES = 8


@cache
def alone(one, epochs=EPOCHS):
    return train([one], TABLE, epochs=epochs)[0]


def assert_same_bits(one, other):
    assert (one.status, one.t, one.diverged_at, one.best) == (other.status, other.t, other.diverged_at, other.best)
    assert jax.tree.structure(one.weights) == jax.tree.structure(other.weights)
    for a, b in zip(jax.tree.leaves(one.weights), jax.tree.leaves(other.weights), strict=True):
        assert a.tobytes() == b.tobytes()
    for name in ("steps", "costs", "learning_rates", "validation_costs", "validation_scores"):
        np.testing.assert_array_equal(getattr(one.history, name), getattr(other.history, name))


def assert_close_weights(found, expected, relative):
    """Relative to the largest weight."""
    largest = max(np.max(np.abs(w)) for w in jax.tree.leaves(expected))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert np.max(np.abs(a - b)) <= relative * largest


@cache
def wild():
    """A member whose cost overflows after some steps, among calm ones."""
    members = [whole(SGD(rate), hidden=(8,), activation="relu") for rate in (0.1, 1e6, 0.2)]
    return train(members, TABLE, epochs=60)


def accuracy(trial, table):
    return np.mean(predict(trial.network, trial.weights, np.float32(table.x)).argmax(1) == table.y)


@cache
def stopping(grouped=False):
    """Members that stop early, one that diverges and one that is done, with the steps that each of them executed."""
    members = [member(AdaGrad(0.3), seed=k, batch_size=36 if k < 3 else 33) for k in range(4)]
    members += [member(SGD(rate), seed=1) for rate in (1e37, 0.01)]
    executed, call = dict.fromkeys(members, 0), Cohort._call

    def counted(self, state, data, chunk):
        after = call(self, state, data, chunk)
        for trial, before, t in zip(self.trials, np.atleast_1d(state.t), np.atleast_1d(after.state.t), strict=False):
            assert trial.open or t == before
            executed[trial.member] += int(t - before)
        return after

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cohort, "_call", counted)
        patch.setattr(cohort, "CALL_SECONDS", 0.005)  # several calls
        return train(members, TABLE, HELD, epochs=400, patience=20, grouped=grouped), executed
