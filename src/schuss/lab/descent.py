"""Descents on surfaces, with the update rules that train networks (`schuss.optimizers`), in float64.

One compiled program serves all descents: it advances `LANES` of them by `STEPS` steps, on any built-in surface, with
any built-in update rule. Learning rates, coefficients, starts and noise are data, so that changing them compiles
nothing. Only a surface or an optimizer of your own needs another program.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import ArrayLike

from schuss.engine.compilation_cache import keep_compilations
from schuss.lab.surfaces import FUNCTIONS, Surface
from schuss.optimizers import Optimizer, State, apply_updates
from schuss.optimizers.bank import BANK, coefficients_of
from schuss.schedules import Schedule, schedule
from schuss.types import Array

LANES, STEPS = 64, 256
"""How many descents one call of the program advances, and by how many steps; rows and steps beyond those asked for are
padding, and are cut off."""


class Descent(NamedTuple):
    """What a descent went through; of several descents all arrays have one more axis P in front.

    Attributes:
        positions: (x, y) before the first step and after every step [T+1, 2].
        costs: at these positions [T+1].
        gradients: what each step was computed from, noise included [T, 2].
    """

    positions: np.ndarray
    costs: np.ndarray
    gradients: np.ndarray

    @property
    def diverged(self) -> np.ndarray:
        """Whether the last cost is infinite, no number, or higher than the first."""
        last = self.costs[..., -1]
        return ~(np.isfinite(last) & (last <= self.costs[..., 0]))


def descend(
    surface: Surface,
    optimizer: Optimizer,
    steps: int,
    *,
    start: ArrayLike | None = None,
    schedule: str | Schedule = "constant",
    per_epoch: int = 1,
    noise: ArrayLike = 0.0,
    seed: int = 0,
) -> Descent:
    """Descend from one start with one optimizer.

    Args:
        surface: what to descend on.
        optimizer: with its learning rate α₀.
        steps: T.
        start: [2], default the surface's.
        schedule: from the learning rate α₀ to the α of every step, as in training.
        per_epoch: how many steps the schedule takes for an epoch.
        noise: standard deviation of the normal noise on every gradient, as mini-batches have it; a number or [2].
        seed: of the noise.

    >>> from schuss.lab.surfaces import SURFACES
    >>> from schuss.optimizers import SGD
    >>> path = descend(SURFACES["bowl"], SGD(0.25), 2, start=(4, 2))
    >>> path.positions.tolist(), path.costs.tolist()
    ([[4.0, 2.0], [3.0, 1.0], [2.25, 0.5]], [12.0, 5.5, 2.78125])
    """
    starts = None if start is None else np.asarray(start)[None]
    settings: dict[str, Any] = {"schedule": schedule, "per_epoch": per_epoch, "noise": noise, "seeds": [seed]}
    every = descend_all(surface, [optimizer], steps, starts=starts, **settings)
    return Descent(*(array[0] for array in every))


def descend_all(
    surface: Surface,
    optimizers: Sequence[Optimizer],
    steps: int,
    *,
    starts: ArrayLike | None = None,
    schedule: str | Schedule = "constant",
    per_epoch: int = 1,
    noise: ArrayLike = 0.0,
    seeds: Sequence[int] = (0,),
) -> Descent:
    """Many descents at once: `Descent` with an axis P in front.

    Args:
        surface, steps, schedule, per_epoch: as in `descend`.
        optimizers: one for every descent, or one for all; of one variant.
        starts: [P, 2], or [1, 2] for all; default the surface's.
        noise: a number, [2] or [P, 2].
        seeds: of the noise, one for every descent or one for all: equal seeds have the same noise, scaled.

    Raises:
        ValueError: optimizers of different variants.
    """
    rule = optimizers[0].prototype()
    if any(other.prototype() != rule for other in optimizers):
        names = ", ".join(sorted({type(each).__name__ for each in optimizers}))
        raise ValueError(f"optimizers must be of one variant, not of several: {names}.")
    rates = np.stack([_rates(each.learning_rate, schedule, steps, per_epoch) for each in optimizers])
    coefficients = np.stack([coefficients_of(each) for each in optimizers])
    deviations = np.broadcast_to(noise, (*(np.shape(noise)[:-1] or (1,)), 2))
    draws = [np.random.default_rng(seed).standard_normal((steps, 2)) for seed in seeds]
    given = (
        np.asarray([surface.start] if starts is None else starts, np.float64),
        coefficients,
        rates,
        np.stack(draws) * deviations[:, None],
    )
    count = max(map(len, given))
    every = [np.broadcast_to(array, (count, *array.shape[1:])) for array in given]
    blocks = [_block(surface, rule, *(array[k : k + LANES] for array in every)) for k in range(0, count, LANES)]
    return Descent(*(np.concatenate(arrays)[:count] for arrays in zip(*blocks, strict=True)))


def _rates(learning_rate: float, chosen: str | Schedule, steps: int, per_epoch: int) -> np.ndarray:
    """α of every step, evaluated on the host as in training [T]."""
    t = np.arange(1, steps + 1)
    return np.asarray(schedule(chosen)(learning_rate, t, (t - 1) // per_epoch, steps), np.float64)


def _block(
    surface: Surface,
    rule: Optimizer,
    starts: np.ndarray,
    coefficients: np.ndarray,
    rates: np.ndarray,
    noise: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`LANES` descents: positions [P, T+1, 2], costs [P, T+1], gradients [P, T, 2]."""
    shared = surface.function in FUNCTIONS and rule in BANK
    functions, rules = (FUNCTIONS, BANK) if shared else ((surface.function,), (rule,))
    places = np.int32(functions.index(surface.function)), np.int32(rules.index(rule))
    steps = rates.shape[1]
    w, coefficients = _padded(starts, LANES), _padded(coefficients, LANES)
    zeros, one = np.zeros_like(w), np.ones(LANES)
    state = State(t=np.zeros(LANES, np.int32), m=zeros, v=zeros, v_max=zeros, mu_product=one)
    parts: list[Any] = []
    keep_compilations()
    with jax.enable_x64(True):
        for first in range(0, steps + 1, STEPS):  # one step more than asked for, since positions are seen before a step
            now = slice(first, first + STEPS)
            alpha, wander = (_padded(array[:, now], LANES, STEPS) for array in (rates, noise))
            (w, state), part = _advance(functions, rules, places, (w, state), coefficients, alpha, wander)
            parts.append(jax.tree.map(np.asarray, part))
    positions, costs, gradients = (np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True))
    return positions[:, : steps + 1], costs[:, : steps + 1], gradients[:, :steps]


def _padded(array: np.ndarray, *lengths: int) -> np.ndarray:
    """An array, lengthened with zeros at the end of its first axes until these have the lengths given."""
    missing = [length - n for length, n in zip(lengths, array.shape, strict=False)]
    return np.pad(array, [(0, n) for n in missing] + [(0, 0)] * (array.ndim - len(missing)))


@functools.partial(jax.jit, static_argnums=(0, 1))
def _advance(
    functions: tuple[Callable[..., Any], ...],
    rules: tuple[Optimizer, ...],
    places: tuple[Array, Array],
    carry: tuple[Array, State],
    coefficients: Array,
    rates: Array,
    noise: Array,
) -> tuple[tuple[Array, State], tuple[Array, Array, Array]]:
    """Advance descents [P] by T steps, with rates [P, T] and noise [P, T, 2].

    Returns:
        What the next call goes on from; and, before every step, position [P, T, 2], cost [P, T] and gradient [P, T, 2].
    """
    ground, place = places

    def cost(w: Array) -> Array:
        return lax.switch(ground, [lambda w, f=f: jnp.asarray(f(w[0], w[1])) for f in functions], w)

    def update(rule: Optimizer, g: Array, state: State, w: Array, coefficients: Array, alpha: Array) -> Any:
        return rule.with_coefficients(coefficients).update(g, state, w, alpha)

    def one(w: Array, state: State, coefficients: Array, alpha: Array, wander: Array) -> Any:
        z, slope = jax.value_and_grad(cost)(w)
        g = slope + wander
        updates, state = lax.switch(
            place, [functools.partial(update, rule) for rule in rules], g, state, w, coefficients, alpha
        )
        return (apply_updates(w, updates), state), (w, z, g)

    def step(carry: tuple[Array, State], now: tuple[Array, Array]) -> Any:
        return jax.vmap(one)(*carry, coefficients, *now)

    carry, seen = lax.scan(step, carry, (rates.T, jnp.swapaxes(noise, 0, 1)))
    return carry, jax.tree.map(lambda array: jnp.swapaxes(array, 0, 1), seen)
