"""The bank of update rules: every built-in optimizer in every variant, without its numbers.

A rule is an `Optimizer.prototype`: two members with `Adam` and different learning rates have one rule. Compiled
programs hold rules and take the numbers as data, so that new numbers compile nothing.
"""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from schuss.optimizers import OPTIMIZERS
from schuss.optimizers.base import Optimizer, State, is_switch
from schuss.types import Parameters


def _variants(kind: type[Optimizer]) -> Iterator[Optimizer]:
    """The rules of one algorithm: one for every combination of its switches."""
    switches = [f.name for f in dataclasses.fields(kind) if is_switch(f)]
    for values in itertools.product((False, True), repeat=len(switches)):
        yield kind(**dict(zip(switches, values, strict=True))).prototype()


BANK: tuple[Optimizer, ...] = tuple(rule for kind in OPTIMIZERS.values() for rule in _variants(kind))
"""The rule of every variant of every built-in optimizer."""

SHARING: tuple[Optimizer, ...] = tuple(rule for rule in BANK if set(rule.arrays) <= {"m", "v"})
"""The rules that can share a program of the engine: all that keep a first and a second moment at most.

A third array would be copied in every step by all members of the program, so AMSGrad has a program of its own.
"""

COEFFICIENTS = max(len(rule.coefficients()) for rule in BANK)
"""Length of the row that holds the numbers of any rule."""


def rule_of(optimizer: Any) -> Any:
    """What a program must hold to apply an optimizer: the rule, or the whole of an optax transformation.

    >>> from schuss.optimizers import Adam
    >>> rule_of(Adam(0.1)) == rule_of(Adam(0.2, beta_1=0.5)) in SHARING
    True
    """
    return optimizer.prototype() if isinstance(optimizer, Optimizer) else optimizer


def coefficients_of(optimizer: Any, dtype: Any = np.float64) -> np.ndarray:
    """The numbers of an optimizer's rule, and zeros after them [COEFFICIENTS]; all zeros for optax's."""
    row = np.zeros(COEFFICIENTS, dtype)
    own = optimizer.coefficients() if isinstance(optimizer, Optimizer) else ()
    row[: len(own)] = own
    return row


def shared_state(params: Parameters) -> State:
    """The state before the first step of any rule in `SHARING`, in NumPy: with both moments, needed or not."""
    zeros = jax.tree.map(np.zeros_like, params)
    one = np.ones((), jax.tree.leaves(params)[0].dtype)
    return State(t=np.int32(0), m=zeros, v=zeros, mu_product=one)
