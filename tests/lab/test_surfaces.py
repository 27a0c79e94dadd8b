"""Surfaces against finite differences and SciPy, descents against PyTorch and hand-written loops."""

from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from schuss.lab import descent
from schuss.lab.descent import LANES, STEPS, descend, descend_all
from schuss.lab.surfaces import FLAT, SLOPE, SURFACES, Surface
from schuss.optimizers import SGD, AdaGrad, Adam, Momentum, Optimizer, RMSProp
from schuss.schedules import InverseTime, Staircase

surfaces = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
BOWL, BEALE = SURFACES["bowl"], SURFACES["beale"]


def finite_differences(surface, points, h=1e-6):
    steps = h * np.eye(2)
    return np.stack([(surface.cost(points + s) - surface.cost(points - s)) / (2 * h) for s in steps], axis=-1)


def spread(surface, count, seed=0):
    low, high = np.asarray(surface.domain).T
    return np.random.default_rng(seed).uniform(low, high, (count, 2))


@surfaces
def test_gradients_are_those_of_finite_differences(surface):
    points = spread(surface, 50)
    expected = finite_differences(surface, points)
    assert np.allclose(surface.gradient(points), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@surfaces
def test_optima_are_the_lowest_points_and_all_of_them(surface):
    optima = np.asarray(surface.optima)
    assert np.allclose(surface.cost(optima), surface.minimum, atol=1e-12)
    assert np.abs(surface.gradient(optima)).max() < 1e-10
    points = spread(surface, 20_000)
    assert surface.cost(points).min() > surface.minimum
    low = points[surface.cost(points).argsort()[:400:20]]
    found = [minimize(lambda w: float(surface.cost(w)), start, method="BFGS", tol=1e-10) for start in low]
    lowest = np.array([result.x for result in found if result.fun < surface.minimum + 1e-8])
    assert surface.distance(lowest).max() < 1e-3
    assert all(np.linalg.norm(lowest - optimum, axis=1).min() < 1e-3 for optimum in optima)


@surfaces
def test_pictures_show_the_start_and_the_optima(surface):
    low, high = np.asarray(surface.domain).T
    shown = np.array([surface.start, *surface.optima])
    assert np.all((low < shown) & (shown < high))
    x, y, z = surface.heights(20)
    assert (x[0], x[-1], y[0], y[-1]) == (*surface.domain[0], *surface.domain[1])
    assert z[3, 5] == surface.cost((x[5], y[3]))


def test_distance_is_that_to_the_nearest_optimum():
    assert SURFACES["saddle"].distance([(0, 1.5), (0, -0.7), (3, 1)]).tolist() == pytest.approx([0.5, 0.3, 3])


PYTORCH = {
    "sgd": (SGD(0.01), torch.optim.SGD, {"lr": 0.01}),
    "momentum": (SGD(0.005, 0.9), torch.optim.SGD, {"lr": 0.005, "momentum": 0.9}),
    "adagrad": (AdaGrad(0.5), torch.optim.Adagrad, {"lr": 0.5}),
    "rmsprop": (RMSProp(0.005, 0.99), torch.optim.RMSprop, {"lr": 0.005, "alpha": 0.99}),
    "adam": (Adam(0.1), torch.optim.Adam, {"lr": 0.1}),
}


@pytest.mark.parametrize(("rule", "make", "settings"), PYTORCH.values(), ids=PYTORCH)
def test_descents_take_pytorchs_steps(rule, make, settings):
    w = torch.tensor(BEALE.start, dtype=torch.float64, requires_grad=True)
    theirs, positions, costs = make([w], **settings), [w.detach().numpy().copy()], []
    for _ in range(STEPS + 20):  # two calls of the program
        theirs.zero_grad()
        cost = BEALE.function(*w)
        cost.backward()
        theirs.step()
        positions.append(w.detach().numpy().copy())
        costs.append(float(cost.detach()))
    path = descend(BEALE, rule, STEPS + 20)
    assert path.positions.shape == (STEPS + 21, 2)
    assert np.allclose(path.positions, positions, rtol=1e-9, atol=1e-11)
    assert np.allclose(path.costs[:-1], costs, rtol=1e-8, atol=1e-12)
    assert path.costs[-1] == pytest.approx(float(BEALE.cost(path.positions[-1])))
    assert np.allclose(path.gradients, BEALE.gradient(path.positions[:-1]), rtol=1e-12)


def test_schedules_count_epochs_as_training_does():
    path = descend(BOWL, SGD(0.5), 6, start=(1, 1), schedule=InverseTime(1.0), per_epoch=2)
    x = np.cumprod([1, 1 - 0.5, 1 - 0.5, 1 - 0.25, 1 - 0.25, 1 - 0.5 / 3, 1 - 0.5 / 3])
    assert path.positions[:, 0] == pytest.approx(x, rel=1e-14)


def test_noise_is_the_seeds_and_scales():
    quiet, loud = (descend(FLAT, SGD(0.5), 40, start=(0, 0), noise=noise, seed=3) for noise in (1, (10, 100)))
    assert np.allclose(loud.gradients, quiet.gradients * (10, 100))
    assert np.allclose(quiet.gradients, np.random.default_rng(3).standard_normal((40, 2)))
    assert np.allclose(quiet.positions[1:], -0.5 * np.cumsum(quiet.gradients, axis=0))
    other = descend(FLAT, SGD(0.5), 40, start=(0, 0), noise=1, seed=4)
    assert not np.isclose(other.positions[-1], quiet.positions[-1]).any()


def test_many_descents_are_the_single_ones():
    count = LANES + 3
    rates, starts = np.geomspace(1e-3, 0.1, count), spread(BOWL, count)
    path = descend_all(BOWL, [Adam(rate) for rate in rates], 30, starts=starts, noise=0.1, seeds=range(count))
    assert path.positions.shape == (count, 31, 2)
    assert path.gradients.shape == (count, 30, 2)
    for k in (0, LANES - 1, LANES, count - 1):
        single = descend(BOWL, Adam(rates[k]), 30, start=starts[k], noise=0.1, seed=k)
        assert np.allclose(path.positions[k], single.positions, rtol=1e-13)
        assert np.allclose(path.costs[k], single.costs, rtol=1e-12)


@pytest.mark.parametrize("steps", [1, STEPS - 1, STEPS, STEPS + 1])
def test_descents_have_all_their_steps(steps):
    path = descend(SLOPE, SGD(1.0), steps)
    assert path.positions[:, 0].tolist() == list(range(0, -steps - 1, -1))
    assert (len(path.costs), len(path.gradients)) == (steps + 1, steps)


def test_changing_numbers_compiles_nothing():
    descend(BOWL, SGD(0.1), 5)
    compiled = descent._advance._cache_size()
    for rule in (Adam(0.1), Adam(0.2, beta_1=0.5), RMSProp(0.3, 0.8), SGD(0.1, nesterov=True)):
        descend(BEALE, rule, 300, schedule=Staircase(0.5, 3), start=(0, 0), noise=2.0, seed=5)
    descend_all(SLOPE, [Momentum(0.1)] * 100, 20)
    assert descent._advance._cache_size() == compiled


@dataclass(frozen=True)
class Sign(Optimizer):
    """w ← w − α·sign g."""

    def rule(self, g, w, s, alpha):
        return -alpha * jnp.sign(g), s


def test_surfaces_and_optimizers_of_ones_own():
    valley = Surface("valley", lambda x, y: jnp.abs(x) + y**4, (2.0, 1.0), ((-3, 3), (-2, 2)), ((0.0, 0.0),))
    path = descend(valley, Sign(0.25), 4)
    assert path.positions[:, 0].tolist() == [2, 1.75, 1.5, 1.25, 1]
    assert path.costs.tolist() == [3.0, 1.75 + 0.75**4, 1.5 + 0.5**4, 1.25 + 0.25**4, 1.0]


@pytest.mark.parametrize(("rate", "diverged"), {"below the limit": (0.99, False), "above": (1.01, True)}.values())
def test_whether_a_descent_diverged(rate, diverged):
    assert descend(BOWL, SGD(rate), 400).diverged == diverged  # the curvature of the bowl is 2: the limit is 2/2


def test_overflow_is_divergence():
    path = descend(replace(BEALE, start=(4, 4)), SGD(1.0), 20)
    assert not np.isfinite(path.costs[-1])
    assert path.diverged


def test_one_call_takes_one_variant():
    with pytest.raises(ValueError, match=r"optimizers must be of one variant, not of several: Adam, SGD\."):
        descend_all(BOWL, [Adam(), SGD()], 3)
