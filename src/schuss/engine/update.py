"""One step of the weights: gradients in, shortened where that is asked for, new weights out, by the member's rule."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.flatten_util import ravel_pytree

from schuss.optimizers import Optimizer, State, apply_updates
from schuss.types import Array, Parameters

MOST_TOGETHER = 40_000
"""Networks of at most so many weights are updated as one vector. Of larger ones the copies take too long: a step with
54,639 weights took 30 % longer, one with 92,519 nearly twice as long."""


class Choice(NamedTuple):
    """Which of the update rules in a program is the member's.

    Attributes:
        rules: all of them; or the one optax transformation.
        place: of the member's, traced.
        coefficients: its numbers, traced; see `schuss.optimizers.bank`.
    """

    rules: tuple[Any, ...]
    place: Any
    coefficients: Any


def clipped(gradients: Parameters, longest: Array | float) -> Parameters:
    """g ← g·min(1, c/‖g‖), where ‖g‖ is the length of the gradient of all weights together.

    Args:
        gradients: of all arrays.
        longest: c > 0.

    Source: Pascanu, Mikolov and Bengio, 2013; as ``torch.nn.utils.clip_grad_norm_``.
    """
    length = jnp.sqrt(jnp.stack([jnp.vdot(g, g) for g in jax.tree.leaves(gradients)]).sum())
    share = jnp.where(length > longest, longest / length, 1)
    return jax.tree.map(lambda g: g * share, gradients)


def updated(
    params: Parameters, gradients: Parameters, kept: Any, alpha: Array, choice: Choice
) -> tuple[Parameters, Any]:
    """The weights after the step, and what the optimizer keeps.

    All arrays of a small network are updated as one vector, so that a rule is compiled once, not once for each array.
    Rules that look at an array as a whole take the vector apart.

    Args:
        params, gradients: arrays of weights, and their gradients.
        kept: what the optimizer kept from the step before.
        alpha: learning rate of each array [number of arrays].
        choice: the rule.
    """
    rule, shapes = choice.rules[0], jax.tree.structure(params)
    alphas = jax.tree.unflatten(shapes, list(alpha))
    if not isinstance(rule, Optimizer):  # optax has its own learning rate: α is a factor
        updates, kept = rule.update(gradients, kept, params)
        return apply_updates(params, jax.tree.map(jnp.multiply, alphas, updates)), kept

    w, g, rates, together, apart = params, gradients, alpha, _same, _same
    if sum(array.size for array in jax.tree.leaves(params)) <= MOST_TOGETHER:
        together, (w, apart) = _vector, ravel_pytree(params)
        g, rates = _vector(gradients), _vector(jax.tree.map(jnp.full_like, gradients, alphas))[None]

    def apply(rule: Optimizer, carry: tuple[Array, Parameters, State]) -> tuple[Array, Parameters, State]:
        place, w, s = carry
        rule = rule.with_coefficients(choice.coefficients)
        if rule.elementwise:
            u, s = rule.update(g, s, w, rates)
        else:
            updates, kept = rule.update(gradients, _mapped(apart, s), apart(w), alpha)
            u, s = together(updates), _mapped(together, kept)
        return jnp.full_like(place, -1), apply_updates(w, u), s

    # A choice written as loops of no turn or one turn, also for a single rule: XLA updates what a loop carries in
    # place, while it copies every array that comes out of a `lax.switch` (8 % of a step of 784-256-128-10).
    carry = (jnp.asarray(choice.place), w, _mapped(together, kept))
    for place, own in enumerate(choice.rules):
        carry = lax.while_loop(lambda c, k=place: c[0] == k, functools.partial(apply, own), carry)
    return apart(carry[1]), _mapped(apart, carry[2])


def _same(tree: Any) -> Any:
    return tree


def _vector(tree: Any) -> Array:
    """All arrays one after the other."""
    return ravel_pytree(tree)[0]


def _mapped(change: Callable[[Any], Any], state: State) -> State:
    """The state with another form of what it keeps for every array of weights."""
    kept = {name: getattr(state, name) for name in ("m", "v", "v_max")}
    return state._replace(**{name: change(arrays) for name, arrays in kept.items() if jax.tree.leaves(arrays)})
