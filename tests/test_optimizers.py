"""Every optimizer against PyTorch, optax or a closed form, and one table of behaviours that all must show."""

import dataclasses
import re
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch

from schuss import palette
from schuss.optimizers import (
    OPTIMIZERS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Muon,
    NAdam,
    Optimizer,
    RMSProp,
    Transformation,
    apply_updates,
    look,
    optimizer,
)

# Least squares with mini-batch noise: mean squared error of X @ W + b against Y, 20 rows, 5 inputs, 3 outputs.
STEPS = 1000
random = np.random.default_rng(7)
X, Y = random.normal(size=(20, 5)), random.normal(size=(20, 3))
START = {"W": random.normal(size=(5, 3)), "b": random.normal(size=3)}
NOISE = {"W": random.normal(size=(STEPS, 5, 3)), "b": random.normal(size=(STEPS, 3))}

PYTORCH = {
    "sgd": (SGD(0.05), torch.optim.SGD, {"lr": 0.05}),
    "momentum": (SGD(0.05, 0.8), torch.optim.SGD, {"lr": 0.05, "momentum": 0.8}),
    "nesterov": (SGD(0.05, 0.8, True), torch.optim.SGD, {"lr": 0.05, "momentum": 0.8, "nesterov": True}),
    "adagrad": (AdaGrad(0.1, 1e-3), torch.optim.Adagrad, {"lr": 0.1, "eps": 1e-3}),
    "rmsprop": (RMSProp(0.01, 0.95, 1e-3), torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.95, "eps": 1e-3}),
    "adadelta": (AdaDelta(0.7, 0.95, 1e-5), torch.optim.Adadelta, {"lr": 0.7, "rho": 0.95, "eps": 1e-5}),
    "adam": (Adam(0.02, 0.8, 0.99, 1e-3), torch.optim.Adam, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3}),
    "adamw": (AdamW(0.02, 0.8, 0.99, 1e-3), torch.optim.AdamW, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3}),
    "nadam": (
        NAdam(0.02, 0.8, 0.99, 1e-3, 0.01),
        torch.optim.NAdam,
        {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3, "momentum_decay": 0.01},
    ),
    "amsgrad": (
        AMSGrad(0.02, 0.8, 0.99, 1e-3),
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-3, "amsgrad": True},
    ),
}
PYTORCH_DEFAULTS = {
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "amsgrad": partial(torch.optim.Adam, amsgrad=True),
}
EVERY = {
    **{name: cls() for name, cls in OPTIMIZERS.items()},
    "sgd-momentum": SGD(momentum=0.9),
    "sgd-nesterov": SGD(momentum=0.9, nesterov=True),
    "rmsprop-inside": RMSProp(epsilon_inside_root=True),
}
every = pytest.mark.parametrize("rule", EVERY.values(), ids=EVERY)


@pytest.fixture
def float64():
    """Double precision, also for the scalars that PyTorch keeps (NAdam's product of μ)."""
    torch.set_default_dtype(torch.float64)
    with jax.enable_x64(True):
        yield
    torch.set_default_dtype(torch.float32)


def gradient(params, noise):
    """Gradient of the mean squared error, plus this step's noise; for JAX, NumPy and PyTorch alike."""
    x, y = (torch.as_tensor(X), torch.as_tensor(Y)) if torch.is_tensor(params["W"]) else (X, Y)
    error = (x @ params["W"] + params["b"] - y) / len(X)
    return {"W": 2 * x.T @ error + noise["W"], "b": 2 * error.sum(0) + noise["b"]}


@partial(jax.jit, static_argnums=0)
def descend(rule: Transformation, params=START, noise=NOISE):
    """A training loop that knows no more than optax's protocol."""

    def step(carry, noise):
        params, state = carry
        updates, state = rule.update(gradient(params, noise), state, params)
        return (apply_updates(params, updates), state), None

    params = jax.tree.map(jnp.asarray, params)
    return jax.lax.scan(step, (params, rule.init(params)), noise)[0]


def descend_pytorch(make, **hyperparameters):
    params = {name: torch.tensor(w, dtype=torch.float64) for name, w in START.items()}
    rule = make(list(params.values()), **hyperparameters)
    noise = {name: torch.as_tensor(n) for name, n in NOISE.items()}
    for t in range(STEPS):
        for name, g in gradient(params, {name: n[t] for name, n in noise.items()}).items():
            params[name].grad = g
        rule.step()
    return {name: w.numpy() for name, w in params.items()}


def assert_equal(params, expected, relative=1e-12):
    for name, w in expected.items():
        assert params[name].dtype == w.dtype == np.float64
        assert np.all(np.isfinite(w))
        assert np.max(np.abs(params[name] - w)) <= relative * np.max(np.abs(w))


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("name", PYTORCH)
def test_a_thousand_steps_are_pytorchs(name, weight_decay, float64):
    rule, make, hyperparameters = PYTORCH[name]
    params, state = descend(dataclasses.replace(rule, weight_decay=weight_decay))
    assert_equal(params, descend_pytorch(make, **hyperparameters, weight_decay=weight_decay))
    assert state.t == STEPS


@pytest.mark.parametrize("name", PYTORCH_DEFAULTS)
def test_defaults_are_pytorchs(name, float64):
    assert_equal(descend(OPTIMIZERS[name]())[0], descend_pytorch(PYTORCH_DEFAULTS[name]))


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_lion_is_optaxs(weight_decay, float64):
    ours = descend(Lion(0.01, 0.8, 0.95, weight_decay=weight_decay))[0]
    assert_equal(ours, descend(optax.lion(0.01, 0.8, 0.95, weight_decay=weight_decay))[0])


def test_one_loop_drives_optax_and_ours(float64):
    adam = Adam(0.02, 0.8, 0.99, 1e-3)
    theirs = optax.adam(0.02, 0.8, 0.99, 1e-3)
    assert isinstance(adam, Transformation)
    assert isinstance(theirs, Transformation)
    assert_equal(descend(adam)[0], descend(theirs)[0])


def test_rmsprop_with_epsilon_inside_the_root(float64):
    params, v = dict(START), {"W": 0.0, "b": 0.0}
    for t in range(STEPS):
        for name, g in gradient(params, {name: n[t] for name, n in NOISE.items()}).items():
            v[name] = 0.95 * v[name] + 0.05 * g**2
            params[name] = params[name] - 0.01 * g / np.sqrt(v[name] + 0.1)
    assert_equal(descend(RMSProp(0.01, 0.95, 0.1, epsilon_inside_root=True))[0], params)


# A category as two numbers and three numbers → 6 → 6 → 4 → 2: a wide W, a square one, a tall one, and the last.
LAYERS = (
    {"E0": random.normal(size=(3, 2))},
    {"s": np.ones(5)},
    *({"W": random.normal(size=(i, o)), "b": random.normal(size=o)} for i, o in pairwise((5, 6, 6, 4, 2))),
)
ALL_BUT_THE_LAST = (2, 3, 4)
GRADIENTS = jax.tree.map(
    lambda w: random.normal(size=(30, *w.shape)) * np.arange(30).reshape(-1, *[1] * w.ndim), LAYERS
)
"""Of 30 steps; all are zero in the first."""


def path_of(rule):
    """Where the gradients of every step lead from `LAYERS`."""

    def step(carry, g):
        params, state = carry
        updates, state = rule.update(g, state, params)
        return (apply_updates(params, updates), state), None

    params = jax.tree.map(jnp.asarray, LAYERS)
    return jax.lax.scan(step, (params, rule.init(params)), GRADIENTS)[0][0]


def test_muon_brings_singular_values_close_to_1(float64):
    """The iteration is a polynomial of the singular values alone: here they are found by LAPACK."""
    found = path_of(Muon(0.02, momentum=0.9, weight_decay=0.1))
    for layer in ALL_BUT_THE_LAST:
        w, m = LAYERS[layer]["W"], 0
        for g in GRADIENTS[layer]["W"]:
            m = 0.9 * m + 0.1 * g
            u, s, v = np.linalg.svd(0.9 * m + 0.1 * g, full_matrices=False)
            s = s / max(np.linalg.norm(s), 1e-7)
            for _ in range(5):
                s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
            w = w - 0.02 * (0.2 * np.sqrt(max(w.shape)) * (u * s) @ v + 0.1 * w)
        np.testing.assert_allclose(found[layer]["W"], w, rtol=1e-9)


def test_muon_is_adamw_for_all_other_arrays(float64):
    muon, adamw = path_of(Muon(0.02, 0.8, 0.99, 1e-3)), path_of(AdamW(0.02, 0.8, 0.99, 1e-3))
    same = jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), muon, adamw)
    assert same == tuple(
        {name: not (layer in ALL_BUT_THE_LAST and name == "W") for name in own} for layer, own in enumerate(LAYERS)
    )


def test_muon_is_pytorchs_for_all_weights_but_the_last(float64):
    """PyTorch iterates in bfloat16, which has eight bits."""
    found = path_of(Muon(0.02, weight_decay=0.1))
    for layer in ALL_BUT_THE_LAST:
        w = torch.tensor(LAYERS[layer]["W"])
        theirs = torch.optim.Muon([w], lr=0.02, adjust_lr_fn="match_rms_adamw", weight_decay=0.1)
        for g in GRADIENTS[layer]["W"]:
            w.grad = torch.tensor(g)
            theirs.step()
        moved = np.linalg.norm(found[layer]["W"] - LAYERS[layer]["W"])
        assert np.linalg.norm(found[layer]["W"] - w.numpy()) < 0.02 * moved


@partial(jax.jit, static_argnums=0)
def updates_of(rule: Transformation, gradients):
    """The update of every step under a sequence of gradients, and the state after each. [T, O]"""
    w = jnp.zeros_like(gradients[0])

    def step(state, g):
        u, state = rule.update(g, state, w)
        return state, (u, state)

    return jax.lax.scan(step, rule.init(w), gradients)[1]


def test_momentum_is_the_sum_of_weighted_gradients(float64):
    """m of step T is Σ (1−β)·βᵏ·g of k steps before; the weights move by −α·m."""
    g, beta = NOISE["b"][:200], 0.9
    k = np.arange(200)[:, None] - np.arange(200)
    m = np.where(k >= 0, (1 - beta) * beta ** np.abs(k), 0) @ g
    updates, state = updates_of(Momentum(0.3, beta), g)
    np.testing.assert_allclose(state.m, m, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(updates, -0.3 * m, rtol=1e-12, atol=1e-14)


def test_adagrad_stalls_and_rmsprop_does_not(float64):
    """Under a constant gradient AdaGrad's step is α/√t, and RMSProp's α/√(1−βᵗ), which tends to α."""
    g, t = np.full((1000, 1), 3.0), np.arange(1, 1001)[:, None]
    np.testing.assert_allclose(updates_of(AdaGrad(0.1, 0.0), g)[0], -0.1 / np.sqrt(t), rtol=1e-12)
    np.testing.assert_allclose(updates_of(RMSProp(0.1, 0.9, 0.0), g)[0], -0.1 / np.sqrt(1 - 0.9**t), rtol=1e-12)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_both_forms_of_momentum_are_one_path(weight_decay, float64):
    """α of the accumulator is α/(1−β) of the average, and back: α of the average is α·(1−β) of the accumulator."""
    alpha, beta = 0.05, 0.8
    accumulated = SGD(alpha, beta, weight_decay=weight_decay)
    averaged = Momentum(alpha / (1 - beta), beta, weight_decay=weight_decay)
    assert_equal(descend(accumulated)[0], descend(averaged)[0])
    accumulated = SGD(alpha * (1 - beta), beta, weight_decay=weight_decay)
    averaged = Momentum(alpha, beta, weight_decay=weight_decay)
    assert_equal(descend(averaged)[0], descend(accumulated)[0])


@every
def test_lowers_the_cost(rule, float64):
    """300 noiseless steps, five times the default rate: what is left of the way down to the least squares."""

    def cost(params):
        return np.mean((X @ params["W"] + params["b"] - Y) ** 2)

    noise = jax.tree.map(lambda n: np.zeros_like(n[:300]), NOISE)
    params, _ = descend(dataclasses.replace(rule, learning_rate=5 * rule.learning_rate), noise=noise)
    solution = np.linalg.lstsq(np.c_[X, np.ones(len(X))], Y)[0]
    least = cost({"W": solution[:5], "b": solution[5]})
    left = (cost(params) - least) / (cost(START) - least)
    assert left < (0.8 if isinstance(rule, Lion) else 0.1)  # 300 steps of Lion move a weight by 0.15


@every
def test_zero_gradients_move_nothing(rule):
    """Only decay moves the weights then; nothing divides 0 by 0."""
    rule = dataclasses.replace(rule, weight_decay=0.0)
    params = {"W": jnp.ones((2, 3))}

    @jax.jit
    def two_steps(params):
        updates, state = rule.update(zeros := jax.tree.map(jnp.zeros_like, params), rule.init(params), params)
        return updates, rule.update(zeros, state, params)

    for values in jax.tree.leaves(two_steps(params)):
        assert np.all(np.isfinite(values))
    assert not np.any(two_steps(params)[1][0]["W"])


@every
@pytest.mark.parametrize("other", [jnp.float32, jnp.float64])
def test_types_and_shapes_stay(rule, other, float64):
    """Arrays keep shape and type, float32 among float64 included, whatever the type of traced numbers."""
    params = {"W": jax.ShapeDtypeStruct((5, 3), jnp.float32), "b": jax.ShapeDtypeStruct((3,), other)}
    numbers = jax.ShapeDtypeStruct((len(rule.coefficients()),), jnp.float64)
    state = jax.eval_shape(rule.init, params)

    def traced(g, state, params, numbers, alpha):
        return rule.with_coefficients(numbers).update(g, state, params, alpha)

    alpha = jax.ShapeDtypeStruct((), jnp.float64)
    assert jax.eval_shape(rule.update, params, state, params) == (params, state)
    assert jax.eval_shape(traced, params, state, params, numbers, alpha) == (params, state)
    for name in ("m", "v", "v_max"):
        assert getattr(state, name) == (params if name in rule.arrays else ())
    assert state.mu_product.dtype == other


@every
def test_traced_numbers_give_the_same_path(rule, float64):
    rule = dataclasses.replace(rule, weight_decay=0.1)
    noise = jax.tree.map(lambda n: n[:100], NOISE)

    @jax.jit
    def traced(numbers, alpha):
        def step(carry, noise):
            params, state = carry
            other = rule.with_coefficients(numbers)
            updates, state = other.update(gradient(params, noise), state, params, alpha)
            return (apply_updates(params, updates), state), None

        params = jax.tree.map(jnp.asarray, START)
        return jax.lax.scan(step, (params, rule.init(params)), noise)[0][0]

    padded = np.pad(rule.coefficients(), (0, 2), constant_values=np.nan)
    faster = dataclasses.replace(rule, learning_rate=2 * rule.learning_rate)
    assert_equal(traced(padded, faster.learning_rate), descend(faster, noise=noise)[0])


@every
def test_coefficients_are_the_numbers_but_the_learning_rate(rule):
    numbers = {f.name for f in dataclasses.fields(rule) if isinstance(getattr(rule, f.name), float)}
    assert set(rule.coefficient_names()) == numbers - {"learning_rate"}
    assert rule.coefficients() == tuple(getattr(rule, name) for name in rule.coefficient_names())
    assert rule.with_coefficients(rule.coefficients()) == rule


def test_variants():
    assert SGD(0.1, 0.9).prototype() == SGD(0.2, 0.5, weight_decay=0.1).prototype()
    assert SGD(momentum=0.9).prototype() != SGD(momentum=0.9, nesterov=True).prototype()
    assert RMSProp().prototype() != RMSProp(epsilon_inside_root=True).prototype()
    assert len({rule.prototype() for rule in EVERY.values()}) == len(EVERY) - 1  # momentum=0.9 is no other rule


@every
def test_prototypes_differ_as_variants_do(rule):
    other = dataclasses.replace(rule, learning_rate=0.3, weight_decay=0.2)
    assert rule.prototype() == other.prototype()
    assert hash(rule.prototype()) == hash(other.prototype())
    assert [r for r in EVERY.values() if r.prototype() == rule.prototype()] == [
        r for r in EVERY.values() if r.prototype() == rule.prototype()
    ]


def test_arrays_of_other_rules_pass_through():
    w = jax.ShapeDtypeStruct((3,), jnp.float32)
    state = jax.eval_shape(SGD().init, w)._replace(v=w, v_max=w)
    assert jax.eval_shape(SGD().update, w, state, w) == (w, state)


def test_switches_are_found_where_annotations_are_postponed():
    fields = [("learning_rate", "float", 0.1), ("gain", "float", 2.0), ("flip", "bool", False)]
    own = dataclasses.make_dataclass("Own", fields, bases=(Optimizer,), frozen=True)
    assert own.coefficient_names() == ("weight_decay", "gain")
    assert own(flip=True).prototype() != own(flip=False).prototype()
    assert own(flip=True).prototype().flip


@pytest.mark.parametrize(
    ("make", "arguments", "error", "message"),
    [
        (SGD, [0.0], ValueError, "SGD.learning_rate must be > 0 and finite, not 0.0"),
        (Adam, [-1], ValueError, "Adam.learning_rate must be > 0 and finite, not -1.0"),
        (Lion, [np.inf], ValueError, "Lion.learning_rate must be > 0 and finite, not inf"),
        (SGD, [0.1, 1.0], ValueError, "SGD.momentum must be in [0, 1), not 1.0"),
        (Momentum, [0.1, -0.1], ValueError, "Momentum.beta must be in [0, 1), not -0.1"),
        (AdaDelta, [1.0, 1.5], ValueError, "AdaDelta.rho must be in [0, 1), not 1.5"),
        (NAdam, [0.1, 0.9, np.nan], ValueError, "NAdam.beta_2 must be in [0, 1), not nan"),
        (RMSProp, [0.1, 0.9, -1e-8], ValueError, "RMSProp.epsilon must be ≥ 0 and finite, not -1e-08"),
        (partial(AdamW, weight_decay=-1), [], ValueError, "AdamW.weight_decay must be ≥ 0 and finite, not -1.0"),
        (AdaGrad, ["0.1"], TypeError, "AdaGrad.learning_rate must be a number, not '0.1'"),
        (AMSGrad, [True], TypeError, "AMSGrad.learning_rate must be a number, not True"),
        (SGD, [0.1, 0.9, 0.01], TypeError, "SGD.nesterov must be True or False, not 0.01"),
        (SGD, [0.1, 0.9, True, 0.01], TypeError, "positional arguments"),
        (optimizer, ["adma"], ValueError, "There is no optimizer 'adma'. Did you mean 'adam'?"),
        (optimizer, ["adam", -0.1], ValueError, "Adam.learning_rate must be > 0 and finite, not -0.1"),
        (optimizer, [3], TypeError, "optimizer must be a name or an object with init and update, not 3"),
        (optimizer, [Adam], TypeError, "optimizer must be a name or an object with init and update, not <class"),
        (
            optimizer,
            [optax.sgd(1.0), 0.1],
            ValueError,
            "An optax transformation has a learning rate of its own: leave out 0.1.",
        ),
    ],
)
def test_bad_input(make, arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make(*arguments)


def test_epsilon_may_be_zero_and_numpy_numbers_are_numbers():
    half: Any = np.float32(0.5)
    assert RMSProp(half, epsilon=0) == RMSProp(0.5, epsilon=0.0)
    assert type(RMSProp(half).learning_rate) is float


def test_by_name():
    names = "sgd momentum adagrad rmsprop adadelta adam adamw nadam amsgrad lion muon"
    assert list(OPTIMIZERS) == names.split()
    for name, cls in OPTIMIZERS.items():
        assert optimizer(name) == cls()
        assert optimizer(name, 0.5) == cls(0.5)
    nesterov, theirs = SGD(momentum=0.9, nesterov=True), optax.adam(0.1)
    assert optimizer(nesterov) is nesterov
    assert optimizer(nesterov, 0.5) == SGD(0.5, 0.9, True)
    assert optimizer(theirs) is theirs


def test_optimizers_have_looks_and_ranges_of_their_own():
    looks = [kind.look for kind in OPTIMIZERS.values()]
    assert len({(own.colour, own.line) for own in looks}) == len({own.mark for own in looks}) == len(OPTIMIZERS)
    assert [look(name) for name in OPTIMIZERS] == looks
    assert look("somebody's own") == palette.Look(palette.GREY)
    for kind in OPTIMIZERS.values():
        low, high = kind.learning_rates
        assert 0 < low <= kind().learning_rate <= high
        assert low < high


def test_a_subclass_must_define_its_rule():
    with pytest.raises(NotImplementedError, match="Optimizer must define rule"):
        Optimizer().update(np.ones(1), Optimizer().init(np.ones(1)), np.ones(1))
