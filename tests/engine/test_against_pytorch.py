"""What training computes, against a loop of PyTorch's own, optax, and tables that must come to the same."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from schuss import batches, noise
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.layers import Activation, Dropout, Linear
from schuss.network import layer_key
from schuss.optimizers import SGD, AdaGrad, Adam, AdamW, NAdam, RMSProp
from schuss.schedules import Cosine, Exponential, InverseTime, Staircase, WarmUp
from tests.engine.population import (
    CLASSES,
    EPOCHS,
    OPTAX,
    ROWS,
    TABLE,
    VALUES,
    WEIGHT,
    X,
    alone,
    assert_close_weights,
    assert_same_bits,
    member,
    whole,
)

TORCH_LOSS = {
    "cross_entropy": lambda z, y, smoothing: F.cross_entropy(z, y, reduction="none", label_smoothing=smoothing),
    "mean_squared_error": lambda z, y, smoothing: F.mse_loss(z, y, reduction="none").mean(1),
}


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
    means = [{} for _ in params]

    def forward(a, key=None, among=params):
        for place, (layer, p) in enumerate(zip(net.layers, among, strict=True)):
            match layer:
                case Linear():
                    a = a @ torch.as_tensor(p["W"]) + torch.as_tensor(p["b"])
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
            losses = TORCH_LOSS[loss](forward(x[rows], key), y[rows], one.label_smoothing)
            cost = (w * losses).sum() / w.sum()
            cost = cost + one.l2 / (2 * len(rows)) * sum((p["W"] ** 2).sum() for p in params if p)
            rule.zero_grad()
            cost.backward()
            every = [w for p in params for w in p.values()]
            length = torch.nn.utils.parameters_to_vector([w.grad for w in every]).norm()
            if 0 < one.clip_norm < length:
                for w in every:
                    w.grad *= one.clip_norm / length
            rule.param_groups[0]["lr"] = alpha_0 * factor(t, epoch, total_steps)
            rule.step()
            costs.append(cost.item())
            for mean, p in zip(means, params, strict=True):
                for k, w in p.items():
                    mean[k] = one.averaging * mean.get(k, 0) + (1 - one.averaging) * w.detach().numpy()
        weights = [{k: w / (1 - one.averaging**t) for k, w in mean.items()} for mean in means]
        if held is not None:
            z = forward(torch.tensor(held.x), among=weights).detach().numpy()
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


@pytest.mark.parametrize(
    "kind",
    [
        *("values, weights, L2, validation", "classes, dropout", "smoothed classes", "short gradients"),
        *("averaged weights", "averaged weights, validation"),
    ],
)
def test_weights_and_costs_are_those_of_a_loop_in_pytorch(kind, torch_float64, monkeypatch):
    """Ragged last mini-batches, several order tables, and padded rows included."""
    monkeypatch.setattr(batches, "ORDER_ROWS", 2 * batches.capacity(ROWS))  # a table covers two epochs
    if kind == "classes, dropout":
        table, held, loss, more = TABLE, None, "cross_entropy", {"dropout": 0.25}
    elif kind == "smoothed classes":
        table, held = Table(X[:ROWS], CLASSES[:ROWS], WEIGHT), None
        loss, more = "cross_entropy", {"label_smoothing": 0.2}
    else:
        table, held = Table(X[:ROWS], VALUES[:ROWS], WEIGHT), Table(X[ROWS:], VALUES[ROWS:])
        loss, more = "mean_squared_error", {"l2": 0.05}
        held = None if kind in ("short gradients", "averaged weights") else held
        more |= {"clip_norm": 0.3} if kind == "short gradients" else {}
        more |= {"averaging": 0.8} if kind.startswith("averaged") else {}
    members = [member(o, schedule=s, seed=k % 2, **more) for k, (s, _, o, _) in enumerate(ORACLES)]
    trials = train(members, table, held, epochs=7, dtype=np.float64)
    for trial, (_, factor, _, make) in zip(trials, ORACLES, strict=True):
        weights, costs, scores = pytorch(trial.member, factor, make, table, loss, 7, held)
        assert trial.weights[0]["W"].dtype == np.float64
        assert_close_weights(trial.weights, weights, 1e-10)
        np.testing.assert_allclose(trial.history.costs, costs, rtol=1e-10)
        np.testing.assert_allclose(trial.history.validation_scores, scores, rtol=1e-10)


SPEEDS = {"frequencies": 4, "frequency_scale": 1.0, "embedding_speed": 5.0, "scaling_speed": 20.0}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(Adam(0.01), torch.optim.Adam), (AdamW(0.01), torch.optim.AdamW), (OPTAX, torch.optim.Adam)],
    ids=["adam", "adamw", "optax"],
)
def test_layers_with_speeds_of_their_own_are_groups_of_parameters_in_pytorch(ours, theirs, torch_float64):
    """Each group's rate is the member's times the layer's speed, decay included; the middle column has no waves."""
    one = member(ours, schedule=Cosine(), **SPEEDS, l2=0.05)
    table = Table(X[:ROWS], CLASSES[:ROWS], quantities=(2, 0))
    (trial,) = train([one], table, epochs=4, dtype=np.float64)
    network = trial.network
    params = [{k: torch.tensor(w, requires_grad=True) for k, w in p.items()} for p in network.initialize(0, "f8")]
    learning_rate, speeds = getattr(ours, "learning_rate", 0.02), [5, 20, 1, None, 1]
    groups = [
        {"params": [*p.values()], "lr": learning_rate * speed} for p, speed in zip(params, speeds, strict=True) if p
    ]
    rule, costs = theirs(groups), []
    steps = 4 * math.ceil(ROWS / one.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(rule, lambda k: (1 + math.cos(math.pi * k / steps)) / 2)
    x, y = torch.tensor(X[:ROWS]), torch.tensor(CLASSES[:ROWS])
    for epoch in range(4):
        for rows in batches.mini_batches(ROWS, one.batch_size, one.seed, epoch):
            waves, scaling, first, _, last = params
            turns = waves["w"].reshape(2, 4) * x[rows][:, [2, 0], None] + waves["b"].reshape(2, 4)
            vectors = torch.einsum("bcf,cfk->bck", torch.cos(2 * math.pi * turns), waves["A"]).flatten(1) + waves["c"]
            a = scaling["s"] * torch.cat([x[rows], vectors], 1)
            a = torch.tanh(a @ first["W"] + first["b"]) @ last["W"] + last["b"]
            decayed = sum((w**2).sum() for w in (waves["A"], first["W"], last["W"]))
            cost = F.cross_entropy(a, y[rows]) + one.l2 / (2 * len(rows)) * decayed
            rule.zero_grad()
            cost.backward()
            rule.step()
            schedule.step()
            costs.append(cost.item())
    np.testing.assert_allclose(trial.history.costs, costs, rtol=1e-8)
    found = [{k: w.detach().numpy() for k, w in p.items()} for p in params]
    assert_close_weights(trial.weights, found, 1e-8)


def test_speeds_of_layers_that_are_not_there_change_no_bit():
    (said,) = train([member(embedding_speed=9.0, frequency_scale=2.0)], TABLE, epochs=EPOCHS)
    assert_same_bits(said, alone(member()))
    assert set(said.network.learns()) == {1}


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
