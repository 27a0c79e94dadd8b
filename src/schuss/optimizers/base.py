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
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from typing import Any, ClassVar, NamedTuple, Protocol, Self, runtime_checkable

import jax
import jax.numpy as jnp

from schuss.palette import GREY, Look
from schuss.types import Array, Parameters


@runtime_checkable
class Transformation(Protocol):
    """optax's protocol, all that a training loop needs of an optimizer: ours and optax's own objects satisfy it."""

    @abstractmethod
    def init(self, params: Parameters, /) -> Any:
        """State before the first step."""

    @abstractmethod
    def update(self, gradients: Parameters, state: Any, params: Parameters, /) -> tuple[Parameters, Any]:
        """One step: ``(updates, new state)``."""


class State(NamedTuple):
    """What an optimizer remembers between steps; arrays it does not keep are ``()``.

    Attributes:
        t: number of updates done (after the update: the number of the step, from 1).
        m: first moment, one array for every array of parameters: also SGD's velocity and AdaDelta's average of its
            squared steps.
        v: second moment. AdaGrad's sum of g².
        v_max: AMSGrad's largest second moment so far.
        mu_product: NAdam's product of its momentum coefficients, a scalar.
    """

    t: Any
    m: Any = ()
    v: Any = ()
    v_max: Any = ()
    mu_product: Any = 1.0


Rule = Callable[[Array, Array, State, Any], tuple[Array, State]]
"""The update of one array: g, w, the state before, alpha → u, the new state."""


@dataclass(frozen=True)
class Optimizer:
    """Base of all optimizers: subclasses add hyperparameters, name their ``arrays`` and write ``rule``.

    A subclass also says what others need to know of it: ``learning_rates``, ``weight_decays``, ``drawn`` and ``look``.

    Args:
        learning_rate: α₀, the step size before any schedule. Positive. Every algorithm has its own default.
        weight_decay: λ added to the gradient of every array as λ·w (PyTorch's ``weight_decay``); AdamW and Lion
            decouple it from the gradient. Not to be confused with a member's ``l2``, which is part of the cost and
            spares the biases. By keyword only. Default 0.

    Raises:
        TypeError: a hyperparameter is not a number, or a switch not a bool.
        ValueError: a hyperparameter is not finite or lies outside its interval.
    """

    learning_rate: float = 0.01
    weight_decay: float = field(default=0.0, kw_only=True)

    arrays: ClassVar[tuple[str, ...]] = ()
    """Names of the fields of `State` that hold an array for every array of parameters."""

    elementwise: ClassVar[bool] = False
    """Whether `rule` treats every number of an array by itself: then the engine may update all arrays as one."""

    below_one: ClassVar[tuple[str, ...]] = ()
    """Names of the hyperparameters that must lie in [0, 1); the others must be ≥ 0."""

    learning_rates: ClassVar[tuple[float, float]] = (0.001, 0.1)
    """Lowest and highest of the learning rates worth trying: `schuss.space.sample` draws between them."""

    weight_decays: ClassVar[tuple[float, float] | None] = None
    """Lowest and highest of the weight decays worth trying; None where the default is best left alone."""

    drawn: ClassVar[int] = 1
    """How often the default space draws it, beside the others; 0: it is trained where it is named."""

    look: ClassVar[Look] = Look(GREY)
    """Colour, line and mark in pictures and reports."""

    def __post_init__(self) -> None:
        """Check the hyperparameters and make every number a ``float``."""
        for f in dataclasses.fields(self):
            value, name = getattr(self, f.name), f"{type(self).__name__}.{f.name}"
            if is_switch(f):
                if not isinstance(value, bool):
                    raise TypeError(f"{name} must be True or False, not {value!r}.")
                continue
            if isinstance(value, bool) or not isinstance(value, Real):
                raise TypeError(f"{name} must be a number, not {value!r}.")
            number, high = float(value), 1.0 if f.name in self.below_one else math.inf
            positive = f.name == "learning_rate"
            if not 0 <= number < high or (positive and number == 0):
                wanted = "> 0 and finite" if positive else "in [0, 1)" if high == 1 else "≥ 0 and finite"
                raise ValueError(f"{name} must be {wanted}, not {number}.")
            object.__setattr__(self, f.name, number)

    def rule(self, g: Array, w: Array, s: State, alpha: Array | float) -> tuple[Array, State]:
        """Update of one array: ``(u, new state)``; ``s.t`` is already the number of this step."""
        raise NotImplementedError(f"{type(self).__name__} must define rule(g, w, s, alpha).")

    def rules(self, params: Parameters) -> list[Rule]:
        """The rule of every array, in the order of ``jax.tree.leaves``: `rule`, unless some are updated differently."""
        return [self.rule] * len(jax.tree.leaves(params))

    def init(self, params: Parameters) -> State:
        """State before the first step: zeros shaped like the parameters."""
        zeros = {name: jax.tree.map(jnp.zeros_like, params) for name in self.arrays}
        dtype = jnp.result_type(*jax.tree.leaves(params))
        return State(t=jnp.zeros((), jnp.int32), mu_product=jnp.ones((), dtype), **zeros)

    def update(
        self, gradients: Parameters, state: State, params: Parameters, alpha: Array | float | None = None
    ) -> tuple[Parameters, State]:
        """One step for all arrays: ``(updates, new state)``, each of its array's type.

        Args:
            gradients: as ``params``.
            state: from ``init`` or the step before.
            params: the weights before the update.
            alpha: learning rate of this step, or one for each of the arrays; default α₀, the optimizer's own
                ``learning_rate``.
        """
        alpha = jnp.asarray(self.learning_rate if alpha is None else alpha)
        t = state.t + 1
        leaves, structure = jax.tree.flatten(params)
        g = structure.flatten_up_to(gradients)
        columns = [structure.flatten_up_to(getattr(state, name)) for name in self.arrays]
        updates, states = [], []
        rules = self.rules(params)
        for k, w in enumerate(leaves):
            typed = partial(jnp.asarray, dtype=jnp.result_type(w))  # whatever the type of traced coefficients
            arrays = {name: column[k] for name, column in zip(self.arrays, columns, strict=True)}
            s = State(t=typed(t), mu_product=state.mu_product, **arrays)
            u, s = jax.tree.map(typed, rules[k](g[k], w, s, alpha[k] if alpha.ndim else alpha))
            updates.append(u)
            states.append(s)
        arrays = {name: structure.unflatten([getattr(s, name) for s in states]) for name in self.arrays}
        mu_product = jnp.asarray(states[-1].mu_product, jnp.result_type(state.mu_product))
        kept = state._replace(t=t, mu_product=mu_product, **arrays)  # arrays of other rules pass through
        return structure.unflatten(updates), kept

    @classmethod
    def coefficient_names(cls) -> tuple[str, ...]:
        """Names of the numbers of the update rule, in order; the learning rate is not among them."""
        fields = dataclasses.fields(cls)
        return tuple(f.name for f in fields if f.name != "learning_rate" and not is_switch(f))

    def coefficients(self) -> tuple[float, ...]:
        """The numbers of the update rule, in the order of `coefficient_names`."""
        return tuple(float(getattr(self, name)) for name in self.coefficient_names())

    def with_coefficients(self, values: Sequence[Any] | Array) -> Self:
        """The same variant with other numbers, traced ones included: they are not checked.

        Args:
            values: in the order of `coefficient_names`; further values are ignored, so that optimizers
                with different numbers of coefficients can share rows of one length.
        """
        other = copy.copy(self)
        for name, value in zip(self.coefficient_names(), values, strict=False):
            object.__setattr__(other, name, value)
        return other

    def prototype(self) -> "Optimizer":
        """The same variant with its numbers taken out: equal for all optimizers that differ in numbers alone."""
        other = self.with_coefficients([0.0] * len(self.coefficients()))
        object.__setattr__(other, "learning_rate", 1.0)
        return other


def is_switch(f: dataclasses.Field[Any]) -> bool:
    """Whether a field chooses a variant: its type is ``bool``, or ``"bool"`` where annotations are postponed."""
    return f.type in (bool, "bool")


def apply_updates(params: Parameters, updates: Parameters) -> Parameters:
    """w ← w + u for every array."""
    return jax.tree.map(jnp.add, params, updates)
