"""The engine: what it computes against PyTorch, and its promises bit by bit.

Compiling is what costs here, so nearly all tests share a table of 100 rows and a few small networks.
"""

import dataclasses
import gc
import inspect
import json
import math
import re
import subprocess
import sys
import threading
import weakref
from dataclasses import replace
from functools import cache, lru_cache

import jax
import numpy as np
import optax
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from schuss import batches, noise
from schuss.engine import cohort, crew, history, memory, program
from schuss.engine import train as train_module
from schuss.engine.cohort import Cohort, OrderTables
from schuss.engine.data import Table, data_of
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.engine.trial import plan
from schuss.layers import Activation, Dropout, Linear, Tanh
from schuss.member import Member
from schuss.network import Sequential, layer_key
from schuss.optimizers import SGD, AdaDelta, AdaGrad, Adam, AdamW, AMSGrad, Lion, Momentum, NAdam, RMSProp
from schuss.schedules import Cosine, Exponential, InverseTime, OneCycle, Staircase, WarmUp
from schuss.selection.ranking import rank

random = np.random.default_rng(0)
ROWS, HELD_OUT, EPOCHS = 100, 30, 5
X = random.normal(size=(ROWS + HELD_OUT, 3))
VALUES = np.stack([np.sin(2 * X[:, 0]) + X[:, 1], X[:, 1] * X[:, 2]], axis=1) + random.normal(scale=0.1, size=(130, 2))
CLASSES = np.digitize(VALUES[:, 0], [-0.7, 0.7])
WEIGHT = random.integers(0, 4, ROWS) / 2
TABLE, HELD = Table(X[:ROWS], CLASSES[:ROWS]), Table(X[ROWS:], CLASSES[ROWS:])
TORCH_LOSS = {
    "cross_entropy": lambda z, y: F.cross_entropy(z, y, reduction="none"),
    "mean_squared_error": lambda z, y: F.mse_loss(z, y, reduction="none").mean(1),
}


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


# What it computes


def pytorch(one, factor, make, table, loss, epochs, held=None):
    """The member trained by a loop of PyTorch's own in float64: the best weights and the cost of every step."""
    net = one.build(3, 3 if loss == "cross_entropy" else 2)
    params = [{k: torch.tensor(w, requires_grad=True) for k, w in p.items()} for p in net.initialize(one.seed, "f8")]
    rule = make([w for p in params for w in p.values()])
    alpha_0 = rule.param_groups[0]["lr"]
    x, y = torch.tensor(table.x), torch.tensor(table.y)
    weight = torch.ones(len(x), dtype=torch.float64) if table.weight is None else torch.tensor(table.weight)
    total_steps = epochs * math.ceil(len(x) / one.batch_size)
    costs, scores, best, t = [], [], (-math.inf, None), 0

    def forward(a, key=None):
        for place, (layer, p) in enumerate(zip(net.layers, params, strict=True)):
            match layer:
                case Linear():
                    a = a @ p["W"] + p["b"]
                case Activation():
                    a = a.tanh()
                case Dropout() if key is not None:
                    kept = np.asarray(noise.uniform(layer_key(key, place), tuple(a.shape))) >= one.dropout
                    a = a * torch.tensor(kept) / (1 - one.dropout)
        return a

    for epoch in range(epochs):
        for rows in batches.mini_batches(len(x), one.batch_size, one.seed, epoch):
            key, t = noise.fold(one.seed, t), t + 1
            w = weight[rows]
            cost = (w * TORCH_LOSS[loss](forward(x[rows], key), y[rows])).sum() / w.sum()
            cost = cost + one.l2 / (2 * len(rows)) * sum((p["W"] ** 2).sum() for p in params if p)
            rule.zero_grad()
            cost.backward()
            rule.param_groups[0]["lr"] = alpha_0 * factor(t, epoch, total_steps)
            rule.step()
            costs.append(cost.item())
        weights = [{k: w.detach().numpy().copy() for k, w in p.items()} for p in params]
        if held is not None:
            z = forward(torch.tensor(held.x)).detach().numpy()
            scores.append(1 - np.mean(np.sum((z - held.y) ** 2, 0) / np.sum((held.y - held.y.mean(0)) ** 2, 0)))
        if held is None or scores[-1] > best[0]:
            best = (scores[-1] if scores else 0, weights)
    return best[1], costs, scores


@pytest.fixture
def torch_float64():
    """Double precision also for the scalars that PyTorch keeps: NAdam's product of μ."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


# schedule, its factor of α₀ in step t of T and an epoch counted from 0, optimizer, PyTorch's
ORACLES = [
    ("constant", lambda t, e, T: 1, SGD(0.1, 0.9, True), lambda p: torch.optim.SGD(p, 0.1, 0.9, nesterov=True)),
    (
        Cosine(),
        lambda t, e, T: (1 + math.cos(math.pi * (t - 1) / T)) / 2,
        Adam(0.03),
        lambda p: torch.optim.Adam(p, 0.03),
    ),
    (InverseTime(0.5), lambda t, e, T: 1 / (1 + 0.5 * e), AdamW(0.02), lambda p: torch.optim.AdamW(p, 0.02)),
    (Exponential(0.9), lambda t, e, T: 0.9**e, NAdam(0.02), lambda p: torch.optim.NAdam(p, 0.02)),
    (Staircase(0.3, 2), lambda t, e, T: 0.3 ** (e // 2), AdaGrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1)),
    (
        *(WarmUp(0.5), lambda t, e, T: min(1, t / round(T / 2)), RMSProp(0.01, 0.9, 1e-6)),
        lambda p: torch.optim.RMSprop(p, 0.01, 0.9, 1e-6),
    ),
]


@pytest.mark.parametrize("kind", ["values, weights, L2, validation", "classes, dropout"])
def test_weights_and_costs_are_those_of_a_loop_in_pytorch(kind, torch_float64, monkeypatch):
    """Ragged last mini-batches, several order tables, and padded rows included."""
    monkeypatch.setattr(batches, "ORDER_ROWS", 2 * batches.capacity(ROWS))  # a table covers two epochs
    if kind == "classes, dropout":
        table, held, loss, more = TABLE, None, "cross_entropy", {"dropout": 0.25}
    else:
        table, held = Table(X[:ROWS], VALUES[:ROWS], WEIGHT), Table(X[ROWS:], VALUES[ROWS:])
        loss, more = "mean_squared_error", {"l2": 0.05}
    members = [member(o, schedule=s, seed=k % 2, **more) for k, (s, _, o, _) in enumerate(ORACLES)]
    trials = train(members, table, held, epochs=7, dtype=np.float64)
    for trial, (_, factor, _, make) in zip(trials, ORACLES, strict=True):
        weights, costs, scores = pytorch(trial.member, factor, make, table, loss, 7, held)
        assert trial.weights[0]["W"].dtype == np.float64
        assert_close_weights(trial.weights, weights, 1e-10)
        np.testing.assert_allclose(trial.history.costs, costs, rtol=1e-10)
        np.testing.assert_allclose(trial.history.validation_scores, scores, rtol=1e-10)


def test_an_optax_transformation_trains_like_our_own():
    """With a schedule, whose rates are factors of optax's own."""
    theirs, ours = train(
        [member(OPTAX, schedule=Staircase(0.5, 2)), member(Adam(0.02), schedule=Staircase(0.5, 2))],
        TABLE,
        epochs=EPOCHS,
    )
    assert_close_weights(theirs.weights, ours.weights, 1e-5)
    np.testing.assert_allclose(theirs.history.costs, ours.history.costs, rtol=1e-5)
    assert not np.allclose(theirs.history.costs, alone(member(OPTAX)).history.costs, rtol=1e-3)


def test_a_weight_of_two_is_a_row_twice_and_a_weight_of_zero_none():
    one = [whole(Adam(0.02)), whole(SGD(0.5))]
    weight = np.ones(ROWS)
    weight[7], weight[60] = 2, 0
    rows = [*(k for k in range(ROWS) if k != 60), 7]
    weighted = train(one, Table(*(X[:ROWS], CLASSES[:ROWS], weight)), epochs=20)
    repeated = train(one, Table(X[rows], CLASSES[rows]), epochs=20)
    unweighted = [alone(each, 20) for each in one]
    for trial, expected, other in zip(weighted, repeated, unweighted, strict=True):
        assert_close_weights(trial.weights, expected.weights, 1e-4)
        with pytest.raises(AssertionError):
            assert_close_weights(trial.weights, other.weights, 1e-3)


# Company


@pytest.mark.parametrize("devices", [1, 2])
@pytest.mark.parametrize("count", [2, 12])
def test_company_changes_no_bit(count, devices):
    for trial in train(MIXED[:count], TABLE, epochs=EPOCHS, devices=devices):
        assert_same_bits(trial, alone(trial.member))
        assert trial.status == ("diverged" if trial.member is MIXED[DIVERGES] else "done")


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.builds(
            member,
            optimizer=st.sampled_from(
                [SGD(0.1), SGD(0.1, 0.9, True), Momentum(0.3), Adam(0.02), Lion(0.01), SGD(1e12)]
            ),
            hidden=st.just((8,)),
            activation=st.just("relu"),
            batch_size=st.sampled_from([33, 34, 36, 97, 100]),
            schedule=st.sampled_from(["constant", "cosine", "over_root_step"]),
            seed=st.integers(0, 2),
        )
        | st.builds(member, optimizer=st.sampled_from(["sgd", "rmsprop"]), batch_size=st.sampled_from([34, 36, 100])),
        min_size=2,
        max_size=6,
    ),
    st.integers(1, 3),
)
def test_no_population_changes_a_members_bits(members, devices):
    for trial in train(members, TABLE, epochs=EPOCHS, devices=devices):
        assert_same_bits(trial, alone(trial.member))


@pytest.mark.parametrize("seconds", [0, 1e9])
def test_where_calls_are_cut_changes_no_bit(seconds, monkeypatch):
    """A step a call, and all in one call, once the speed is known."""
    usual = train(MIXED[:2], TABLE, HELD, epochs=30, patience=3)
    monkeypatch.setattr(cohort, "CALL_SECONDS", seconds)
    for trial, expected in zip(train(MIXED[:2], TABLE, HELD, epochs=30, patience=3), usual, strict=True):
        assert_same_bits(trial, expected)


def fingerprint():
    """Trains a few members and returns their bits."""
    import numpy as np

    from schuss.engine.data import Table
    from schuss.engine.train import train
    from schuss.member import Member

    rng = np.random.default_rng(5)
    table = Table(rng.normal(size=(100, 3)), rng.integers(0, 3, 100))
    members = [Member((5,), "tanh", name, batch_size=36, seed=seed) for seed in (0, 1) for name in ("adam", "momentum")]
    return [w.tobytes().hex() for t in train(members, table, epochs=5) for p in t.weights for w in p.values()]


def in_a_fresh_process(function, before=""):
    """What a function that is complete in itself returns there."""
    source = f"import json\n{before}\n{inspect.getsource(function)}\nprint(json.dumps({function.__name__}()))"
    finished = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_one_seed_gives_the_same_bits_run_after_run():
    first = fingerprint()
    assert fingerprint() == first
    assert in_a_fresh_process(fingerprint) == first
    assert len(set(first)) == len(first)


# Divergence


@cache
def wild():
    """A member whose cost overflows after some steps, among calm ones."""
    members = [whole(SGD(rate), hidden=(8,), activation="relu") for rate in (0.1, 1e6, 0.2)]
    return train(members, TABLE, epochs=60)


def test_a_member_that_diverges_is_frozen_at_its_last_finite_weights():
    trial = wild()[1]
    assert trial.status == "diverged"
    assert 1 < trial.diverged_at == trial.t + 1 < 60
    assert len(trial.history.costs) == trial.t
    assert np.isfinite(trial.history.costs).all()
    before = alone(trial.member, trial.t)  # as many epochs as steps
    assert before.status == "done"
    for a, b in zip(jax.tree.leaves(trial.weights), jax.tree.leaves(before.weights), strict=True):
        assert np.isfinite(a).all()
        assert a.tobytes() == b.tobytes()
    assert alone(trial.member, trial.t + 2).diverged_at == trial.diverged_at  # one step more is one too many


def test_a_member_that_diverges_changes_nobody_elses_bits():
    for trial in (wild()[0], wild()[2]):
        assert trial.status == "done"
        assert_same_bits(trial, alone(trial.member, 60))


def test_members_that_diverged_are_ranked_last_the_later_the_better():
    calm, first, other = wild()
    late = dataclasses.replace(first, diverged_at=first.diverged_at + 1)
    order = rank([first, late, calm, other])
    assert set(order[:2]) == {2, 3}
    assert order[2:] == [1, 0]


def constant(value):
    return lambda rng, inputs, outputs, dtype: np.full((inputs, outputs), value, dtype)


OVERFLOWING = Sequential(Linear(1, 4, constant(1e-12)), Tanh(), Linear(4, 1, constant(1)))


@pytest.mark.parametrize(("alpha", "diverged_at"), [(2e28, None), (2e29, 20)])
def test_weights_that_overflow_behind_a_finite_cost_are_found(alpha, diverged_at):
    """Behind tanh infinite weights do the cost no harm. Weights of 2·10³⁸ are finite, though their sum is not."""

    def once(alpha_0, t, epoch, steps):
        return np.where(t == 20, alpha_0, 1e-30)

    one = Member(network=OVERFLOWING, optimizer=SGD(alpha), schedule=once, loss="mean_absolute_error", batch_size=8)
    (trial,) = train([one], Table(np.full((8, 1), 1e10), np.full(8, -1.0)), epochs=50)
    assert trial.diverged_at == diverged_at
    assert (trial.status, trial.t) == (("diverged", 19) if diverged_at else ("done", 50))
    assert np.isfinite(trial.history.costs).all()
    assert all(np.isfinite(w).all() for w in jax.tree.leaves(trial.weights))
    assert np.max(np.abs(trial.weights[0]["W"])) > 1e38 or diverged_at


# Compiling


@pytest.fixture(scope="module")
def compilations():
    """The names of what has been compiled so far, loaded from the cache included."""
    found = []

    def listen(event, duration, **more):
        if event == "/jax/core/compile/backend_compile_duration":
            found.append(more)

    jax.monitoring.register_event_duration_secs_listener(listen)
    return found


def test_new_values_compile_nothing(compilations):
    def varied(optimizer, seed=0, schedule="constant", **more):
        more = {"batch_size": 36, "dropout": 0.2, "l2": 0.1} | more
        return member(optimizer, seed=seed, schedule=schedule, **more)

    train([varied("adam"), varied(AMSGrad())], TABLE, HELD, epochs=3)
    before = len(compilations)
    members = [varied(dataclasses.replace(rule, learning_rate=0.0123)) for rule in program.RULES]
    members += [varied(Adam(0.5, 0.8, 0.9, 1e-3, weight_decay=0.1)), varied(SGD(0.1, 0.5)), varied(AMSGrad(0.3, 0.5))]
    members += [varied("sgd", schedule=each) for each in (Cosine(), OneCycle(), lambda a, t, epoch, steps: a / t**2)]
    members += [varied("sgd", seed=7), varied("sgd", dropout=0.7), varied("sgd", l2=3.0), varied("sgd", batch_size=33)]
    train(members, TABLE, HELD, epochs=11, patience=2, devices=2)
    fewer = Table(X[:97], CLASSES[:97]), Table(X[ROWS:-1], CLASSES[ROWS:-1])
    train(members[:3], *fewer, epochs=2)  # 97 … 104 rows share their programs, and so do 30 and 29
    train([varied(SGD(1e9))], TABLE, HELD, epochs=3)
    assert len(compilations) == before
    train([varied(AdaGrad(), hidden=(6,))], TABLE, HELD, epochs=1)
    assert len(compilations) == before + 1


def test_a_rule_that_keeps_more_has_a_program_of_its_own():
    data = data_of(TABLE, None)

    def program_of(one):
        return Cohort([plan(one, data, 1, None)], data, OrderTables(100, 104), grouped=False).program

    assert len({program_of(member(rule)) for rule in program.RULES}) == 1
    assert program_of(member(AMSGrad(0.1))) is program_of(member(AMSGrad(0.2, 0.5)))
    assert program_of(member(AMSGrad())) is not program_of(member())


# Stopping


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


def test_members_stop_when_patience_ends():
    trials, _ = stopping()
    assert {trial.status for trial in trials} == {"stopped early", "diverged"}
    for trial in trials:
        if trial.status == "stopped early":
            assert trial.epochs == trial.best[2] + 1 + 20
            assert trial.t == trial.epochs * trial.per_epoch < trial.steps


def test_the_best_weights_are_those_of_the_best_epoch():
    for trial in stopping()[0]:
        scores, costs = trial.history.validation_scores, trial.history.validation_costs
        assert len(scores) == len(costs) == trial.epochs
        if trial.epochs:
            best = int(np.lexsort((costs, -scores))[0])  # of equal scores the lower cost
            assert trial.best == (scores[best], costs[best], best)
            assert accuracy(trial, HELD) == pytest.approx(scores[best], abs=1e-6)
    assert any(np.sum(t.history.validation_scores == t.best[0]) > 1 for t in stopping()[0])
    trial = stopping()[0][0]
    (again,) = train([trial.member], TABLE, HELD, epochs=trial.best[2] + 1)
    for a, b in zip(jax.tree.leaves(again.weights), jax.tree.leaves(trial.weights), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("grouped", [False, True])
def test_members_that_have_stopped_cost_no_steps(grouped):
    trials, executed = stopping(grouped)
    for trial in trials:
        if trial.status != "diverged":
            assert executed[trial.member] == trial.t


# History


def test_every_cost_and_rate_is_kept_by_step():
    trial = alone(MIXED[0])
    T = 3 * EPOCHS
    np.testing.assert_array_equal(trial.history.steps, np.arange(1, T + 1))
    rates = 0.3 * (1 + np.cos(np.pi * np.arange(T) / T)) / 2
    np.testing.assert_allclose(trial.history.learning_rates, rates, rtol=1e-6)
    assert len(trial.history.costs) == T
    assert len(trial.history.validation_costs) == len(trial.history.validation_scores) == 0


def test_a_long_history_is_thinned_and_the_validation_of_every_epoch_kept(monkeypatch):
    (whole_history,) = train(MIXED[:1], TABLE, HELD, epochs=9)
    monkeypatch.setattr(history, "LONGEST", 8)
    (trial,) = train(MIXED[:1], TABLE, HELD, epochs=9)
    assert trial.history.every == 4
    np.testing.assert_array_equal(trial.history.steps, [4, 8, 12, 16, 20, 24])
    np.testing.assert_array_equal(trial.history.costs, whole_history.history.costs[3::4])
    np.testing.assert_array_equal(trial.history.learning_rates, whole_history.history.learning_rates[3::4])
    np.testing.assert_array_equal(trial.history.validation_costs, whole_history.history.validation_costs)
    assert len(trial.history.validation_costs) == 9


# Memory


def test_auto_takes_the_notes_mini_batch_size():
    one = [member(batch_size="auto")]
    (trial,) = train(one, TABLE, epochs=EPOCHS)
    assert (trial.batch_size, trial.steps) == (ROWS, EPOCHS)
    assert_same_bits(trial, alone(whole()))
    many = data_of(Table(np.zeros((2_001, 3)), np.zeros(2_001, int), outputs=3), None)
    assert plan(one[0], many, 1, None).batch_size == 64
    assert plan(one[0], data_of(TABLE, None), 1, None, memory=1_000).batch_size == 64


@pytest.mark.parametrize(("free", "devices", "most"), [(0, 1, 1), (0, 2, 2), (6_100, 1, 3)])
def test_a_population_too_large_for_memory_is_trained_in_turns(free, devices, most, monkeypatch):
    """A member of 38 weights needs 8 arrays of them, 1,216 bytes; 60 % of the free ones may be taken."""
    members = [member(name, seed=seed) for name in ("adam", "sgd") for seed in range(4)]
    begun, advance, counts = set(), Cohort.advance, []

    def counted(self, data):
        begun.add(self)
        counts.append(sum(task.open for task in begun.copy()))
        advance(self, data)

    monkeypatch.setattr(memory, "free_bytes", lambda: free)
    monkeypatch.setattr(cohort, "CALL_SECONDS", 0)  # many turns
    monkeypatch.setattr(Cohort, "advance", counted)
    trials = train(members, TABLE, epochs=EPOCHS, devices=devices)
    assert max(counts) == most
    for trial in trials:
        assert_same_bits(trial, alone(trial.member))


@pytest.mark.parametrize("grouped", [False, True])
def test_members_end_where_they_are_told_to_on_the_schedule_of_all_epochs(grouped):
    members, ends = [member(Adam(0.02), schedule=Cosine()), member(SGD(0.3), schedule=Cosine())], [2, 4]
    planned = train(members, TABLE, epochs=EPOCHS, grouped=grouped)
    ended = train(members, TABLE, epochs=EPOCHS, grouped=grouped, ends=ends)
    for short, long, end in zip(ended, planned, ends, strict=True):
        assert (short.status, short.epochs, long.epochs) == ("done", end, EPOCHS)
        for name in ("costs", "learning_rates"):
            np.testing.assert_array_equal(getattr(short.history, name), getattr(long.history, name)[: short.t])
    assert_same_bits(train(members, TABLE, epochs=EPOCHS, grouped=grouped, ends=[9, 9])[0], planned[0])
    with pytest.raises(ValueError, match="ends must be ≥ 1, however: 0"):
        train(members, TABLE, epochs=EPOCHS, ends=[1, 0])


# Groups: the way of GPUs


def assert_group_agrees(found, expected):
    assert (found.status, found.diverged_at) == (expected.status, expected.diverged_at)
    assert_close_weights(found.weights, expected.weights, 1e-5)
    np.testing.assert_allclose(found.history.costs, expected.history.costs, rtol=1e-4)


def test_groups_train_the_same_members():
    for found, expected in zip(stopping(grouped=True)[0], stopping()[0], strict=True):
        assert_group_agrees(found, expected)


def test_groups_too_large_for_memory_are_split(monkeypatch):
    sizes = []

    def end(self, data):
        sizes.append(len(self.trials))
        for trial in self.trials:
            trial.status = "done"

    members = [member("sgd", seed=seed) for seed in range(8)] + [member("adam")]
    data = data_of(TABLE, None)
    need = train_module._member_bytes(plan(members[0], data, 1, None), data, grouped=True)
    assert need > 2 * 4 * batches.epochs_per_table(ROWS) * ROWS  # its own order table, as it is and padded
    monkeypatch.setattr(memory, "free_bytes", lambda: int(3.1 * need / memory.SHARE))
    monkeypatch.setattr(Cohort, "advance", end)
    train(members, TABLE, grouped=True, devices=1)
    assert sorted(sizes) == [1, 2, 3, 3]  # members of other rules go in other groups


def train_in_groups():
    """Trains members alone and in groups, and says what the groups made of them and on which devices."""
    import jax
    import numpy as np

    from schuss.engine.cohort import Cohort
    from schuss.engine.data import Table
    from schuss.engine.train import train
    from schuss.member import Member
    from schuss.optimizers import SGD

    rng = np.random.default_rng(5)
    table = Table(rng.normal(size=(100, 3)), rng.integers(0, 3, 100))
    members = [Member((5,), "tanh", SGD(rate), batch_size=36, seed=1) for rate in (0.1, 1e37, 0.2, 0.3, 0.4)]
    used, call = [], Cohort._call

    def noted(self, state, data, chunk):
        after = call(self, state, data, chunk)
        used.append((len(self.trials), *(device.id for device in after.costs.devices())))
        return after

    alone = train(members, table, epochs=9)
    Cohort._call = noted
    groups = train(members, table, epochs=9, grouped=True)
    worst = max(
        float(np.max(np.abs(a - b)) / np.max(np.abs(b)))
        for one, other in zip(groups, alone, strict=True)
        for a, b in zip(jax.tree.leaves(one.weights), jax.tree.leaves(other.weights), strict=True)
    )
    return {"used": sorted(set(used)), "worst": worst, "status": [[t.status for t in ts] for ts in (groups, alone)]}


@pytest.mark.slow
def test_groups_are_shared_among_devices():
    """Two devices of the CPU stand for two others."""
    before = "import jax; jax.config.update('jax_num_cpu_devices', 2)"
    found = in_a_fresh_process(train_in_groups, before)
    assert found["used"] == [[2, 1], [3, 0]]
    assert found["worst"] < 1e-5
    assert found["status"] == [["done", "diverged", "done", "done", "done"]] * 2


# Gates (notes B1, B2)

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


# Interruptions


class Stop(Exception):
    pass


def raising(error, place=0):
    """A callback that raises once, when the trial at that place has done some steps."""
    raised = []

    def callback(progress):
        if progress.trials[place].t and not raised:
            raised.append(True)
            raise error

    return callback


def test_ctrl_c_keeps_what_is_done(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 0)  # one at a time
    members = [member(SGD(1e37), seed=1), member(), member(seed=1)]
    trials = train(members, TABLE, HELD, epochs=10**6, devices=1, callback=raising(KeyboardInterrupt, place=1))
    ended, halfway, never = trials
    assert [trial.status for trial in trials] == ["diverged", "interrupted", "interrupted"]
    assert ended.diverged_at == stopping()[0][4].diverged_at
    assert 0 < halfway.t < halfway.steps
    assert accuracy(halfway, HELD) == pytest.approx(max(halfway.history.validation_scores), abs=1e-6)
    assert len(halfway.history.validation_scores) == halfway.epochs
    assert (never.t, never.weights) == (0, None)
    assert rank(trials) == [1, 0, 2]


def test_a_callbacks_error_is_the_callers():
    before = threading.active_count()
    with pytest.raises(Stop):
        train([member()], TABLE, epochs=10**6, callback=raising(Stop))
    assert threading.active_count() == before


def test_an_error_in_training_is_the_callers():
    def broken(prediction, y):
        raise Stop

    with pytest.raises(Stop):
        train([member(), member(loss=broken), member()], TABLE, epochs=10**6, devices=2)


def test_the_callback_sees_every_trial_to_its_end():
    seen = []
    trials = train(MIXED[:2], TABLE, epochs=EPOCHS, callback=lambda progress: seen.append((progress, progress.steps)))
    steps = [each for _, each in seen]
    assert steps == sorted(steps)
    last = seen[-1][0]
    assert last.trials == trials
    assert last.planned == last.steps == steps[-1] == 2 * 3 * EPOCHS
    some_diverged = dataclasses.replace(last, trials=wild())
    assert some_diverged.planned == some_diverged.steps == 60 + wild()[1].t + 60


# Data


@pytest.mark.parametrize(
    ("training", "validation", "outputs", "message"),
    [
        (
            Table(np.zeros(3), np.zeros(3)),
            None,
            None,
            "training x must be [N, I] with at least one row, however: shape (3,)",
        ),
        (Table(np.zeros((0, 2)), np.zeros(0, int)), None, None, "with at least one row, however: shape (0, 2)"),
        (
            Table(X, CLASSES[:-1]),
            None,
            None,
            "training x and y must have the same number of rows, however: 130 and 129",
        ),
        (Table(X[:3], [0, -1, 2]), None, None, "training y must be class numbers from 0 to 2, however: -1 … 2"),
        (Table(X[:3], [0, 1, 2]), None, 2, "training y must be class numbers from 0 to 1, however: 0 … 2"),
        (Table(X[:3], VALUES[:3]), None, 3, "training y must have 3 columns, however: 2"),
        (Table(X[:2], [0, 1], [1]), None, None, "training weight must be one number ≥ 0 for every row, not all 0"),
        (Table(X[:2], [0, 1], [1, -1]), None, None, "training weight must be one number ≥ 0 for every row, not all 0"),
        (Table(X[:2], [0, 1], [0, 0]), None, None, "training weight must be one number ≥ 0 for every row, not all 0"),
        (Table(X[:2], [0, 1], [1, np.inf]), None, None, "training weight must be finite, however: row 1 is not"),
        (Table([[0, 1], [np.nan, 1]], [0, 1]), None, None, "training x must be finite, however: row 1 is not"),
        (Table(X[:2], [np.inf, 1]), None, None, "training y must be finite, however: row 0 is not"),
        (
            TABLE,
            Table(X[:, :2], CLASSES),
            None,
            "validation rows must have the shape (3,) of training rows, however: (2,)",
        ),
        (TABLE, Table(X[:2], [0, 3]), None, "validation y must be class numbers from 0 to 2, however: 0 … 3"),
        (TABLE, Table(X[:2], [0.5, 1]), None, "validation y must be class numbers from 0 to 2, however: 0.5 … 1.0"),
        (Table(X, VALUES), Table(X, VALUES[:, 0]), None, "validation y must have 2 columns, however: 1"),
        (TABLE, Table(X[:0], CLASSES[:0]), None, "validation x must be [N, I] with at least one row"),
    ],
)
def test_tables_that_do_not_fit_are_refused(training, validation, outputs, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        train([member()], replace(training, outputs=outputs), validation)


def test_a_table_says_what_its_targets_are():
    assert (data_of(TABLE, HELD).outputs, data_of(TABLE, HELD).classes) == (3, True)
    assert data_of(replace(TABLE, outputs=5), HELD).outputs == 5
    assert (data_of(Table(X, VALUES), None).outputs, data_of(Table(X, VALUES), None).classes) == (2, False)
    assert data_of(Table(X, VALUES[:, 0]), None).training.y.shape == (batches.capacity(130), 1)


def test_more_steps_than_can_be_counted_are_refused():
    with pytest.raises(ValueError, match="epochs must be below 2,147,483,648"):
        train([member(batch_size=ROWS)], Table(X[:ROWS], CLASSES[:ROWS]), epochs=2**31)


# Going on, choosing the best epoch, and categories


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


@pytest.mark.parametrize("by", ["score", "cost"])
def test_the_best_epoch_is_chosen_by_score_or_by_cost(by):
    rate = 3.0  # so large that the two disagree
    (trial,) = train([member(SGD(rate))], TABLE, HELD, epochs=EPOCHS, best_epoch_by=by)
    costs, scores = trial.history.validation_costs, trial.history.validation_scores
    expected = {"cost": int(costs.argmin()), "score": int(np.lexsort((costs, -scores))[0])}
    assert expected["cost"] != expected["score"]
    assert trial.best[2] == expected[by]
    assert trial.best[:2] == pytest.approx((scores[expected[by]], costs[expected[by]]))


def test_categories_are_embedded_and_learned():
    codes = np.random.default_rng(0).integers(1, 4, ROWS)
    x = np.column_stack([X[:ROWS, :2], codes])
    table = Table(x, (codes == 2).astype(np.int64))
    (trial,) = train([member(Adam(0.1), hidden=())], replace(table, embeddings=((4, 2),)), epochs=60)
    logits = predict(trial.network, trial.weights, x.astype(np.float32))
    assert (logits.argmax(1) == table.y).all()
    assert trial.weights[0]["E0"].shape == (4, 2)
    assert not trial.weights[0]["E0"][0].any()  # no row has the code of the unknown


def test_programs_in_use_are_limited_and_old_ones_go(monkeypatch):
    """Each takes hundreds of maps of memory; a population of many shapes must not use up what a process may have."""
    monkeypatch.setattr(program, "_made", lru_cache(maxsize=3)(program._made.__wrapped__))
    monkeypatch.setattr(crew, "OPEN_PROGRAMS", 2)
    shapes, watched = [], {}

    class Watched(program.Program):
        def __init__(self, shape):
            super().__init__(shape)
            shapes.append(shape)
            watched[shape] = weakref.ref(self)

    monkeypatch.setattr(program, "Program", Watched)
    members = [Member((width,), seed=seed) for width in (2, 3, 4, 5, 6) for seed in (0, 1)]
    trials = train(members, TABLE, epochs=2)
    assert [trial.status for trial in trials] == ["done"] * 10
    assert len(shapes) == len(set(shapes)) == 5  # each compiled once
    gc.collect()
    assert sum(made() is not None for made in watched.values()) <= 3
