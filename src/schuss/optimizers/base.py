"""What every optimizer is: hyperparameters, a record of state, and one update rule.

An optimizer is a frozen dataclass. Its numbers (``float`` fields) are hyperparameters that may be traced by JAX, its
``bool`` fields choose a variant. The one thing an algorithm writes is `Optimizer.rule`, the update of one array in the
letters of the notes and papers:

| letter | meaning |
|---|---|
| g | gradient of the cost with respect to the array |
| w | the array of weights before the update |
| t | number of the step, counted from 1 |
| m, v | first and second moment: the averages kept of g and of g² |
| alpha | learning rate of this step |
| u | the update: w ← w + u |

The protocol is optax's: ``state = optimizer.init(params)``, then in every step
``updates, state = optimizer.update(gradients, state, params)``, ``params = apply_updates(params, updates)``.
"""

import copy
import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp

from schuss.types import Array, Parameters


class State(NamedTuple):
    """What an optimizer remembers between steps; arrays it does not keep are ``()``.

    Attributes:
        t: number of updates done (after the update: the number of the step, from 1).
        m: first moment, one array for every array of parameters: also SGD's velocity and AdaDelta's average of u².
        v: second moment. AdaGrad's sum of g².
        v_max: AMSGrad's largest second moment so far.
        mu_product: NAdam's product of its momentum coefficients, a scalar.
    """

    t: Any
    m: Any = ()
    v: Any = ()
    v_max: Any = ()
    mu_product: Any = 1.0


@dataclass(frozen=True)
class Optimizer:
    """Base of all optimizers: subclasses add hyperparameters, name their ``arrays`` and write ``rule``.

    Args:
        learning_rate: α₀, the step size before any schedule. Positive.
        weight_decay: λ added to the gradient of every array as λ·w (PyTorch's ``weight_decay``); AdamW and Lion
            decouple it from the gradient. Not to be confused with a member's ``l2``, which is part of the cost and
            spares the biases. Default 0.
    """

    learning_rate: float
    weight_decay: float = 0.0

    arrays: ClassVar[tuple[str, ...]] = ()
    """Names of the fields of `State` that hold an array for every array of parameters."""

    within: ClassVar[dict[str, tuple[float, float]]] = {}
    """Allowed interval [low, high) of a hyperparameter; those not named must be ≥ 0."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: a hyperparameter is not finite or lies outside its interval.
        """
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool):
                continue
            if not isinstance(value, (int, float)):
                raise TypeError(f"{type(self).__name__}.{field.name} must be a number, however: {value!r}")
            low, high = self.within.get(field.name, (0.0, math.inf))
            positive = field.name == "learning_rate"
            if not low <= value < high or (positive and value <= 0):
                wanted = "> 0 and finite" if positive else f"in [{low:g}, {high:g})"
                raise ValueError(f"{type(self).__name__}.{field.name} must be {wanted}, however: {value}")

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array: ``(u, new state)``; ``s.t`` is already the number of this step."""
        raise NotImplementedError(f"{type(self).__name__} must define rule(g, w, s, alpha)")

    def init(self, params: Parameters) -> State:
        """State before the first step: zeros shaped like the parameters."""
        zeros = {name: jax.tree.map(jnp.zeros_like, params) for name in self.arrays}
        return State(t=jnp.zeros((), jnp.int32), **zeros)

    def update(
        self, gradients: Parameters, state: State, params: Parameters, learning_rate: Array | float | None = None
    ) -> tuple[Parameters, State]:
        """One step for all arrays: ``(updates, new state)``.

        Args:
            gradients: as ``params``.
            state: from ``init`` or the step before.
            params: the weights before the update.
            learning_rate: α of this step; default the optimizer's own.
        """
        alpha = self.learning_rate if learning_rate is None else learning_rate
        t = state.t + 1
        leaves, structure = jax.tree.flatten(params)
        g = structure.flatten_up_to(gradients)
        columns = [structure.flatten_up_to(getattr(state, name)) for name in self.arrays]
        updates, states = [], []
        for k, w in enumerate(leaves):
            s = State(t=jnp.asarray(t, w.dtype), mu_product=state.mu_product)
            u, s = self.rule(g[k], w, s._replace(**{n: c[k] for n, c in zip(self.arrays, columns, strict=True)}), alpha)
            updates.append(u)
            states.append(s)
        arrays = {name: structure.unflatten([getattr(s, name) for s in states]) for name in self.arrays}
        return structure.unflatten(updates), state._replace(t=t, mu_product=states[-1].mu_product, **arrays)

    @classmethod
    def coefficient_names(cls) -> tuple[str, ...]:
        """Names of the numbers of the update rule, in order; the learning rate is not among them."""
        fields = dataclasses.fields(cls)
        return tuple(f.name for f in fields if f.name != "learning_rate" and f.type is not bool)

    def coefficients(self) -> tuple[float, ...]:
        """The numbers of the update rule, in the order of `coefficient_names`."""
        return tuple(float(getattr(self, name)) for name in self.coefficient_names())

    def with_coefficients(self, values: Any) -> "Optimizer":
        """The same variant with other numbers, traced ones included: they are not checked."""
        other = copy.copy(self)
        for name, value in zip(self.coefficient_names(), values, strict=False):
            object.__setattr__(other, name, value)
        return other

    def variant(self) -> tuple[Any, ...]:
        """What is not a number: the class and its switches. Equal variants share one update rule."""
        switches = tuple(getattr(self, f.name) for f in dataclasses.fields(self) if f.type is bool)
        return (type(self), *switches)


def apply_updates(params: Parameters, updates: Parameters) -> Parameters:
    """w ← w + u for every array."""
    return jax.tree.map(jnp.add, params, updates)
