"""What a schedule is, and the ranges its numbers must be in."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Protocol

import numpy as np


class Schedule(Protocol):
    """Anything that is called as the schedules here are."""

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int, /) -> np.ndarray:
        """α of every step, shaped as t."""
        ...


Wanted = tuple[str, Callable[[float], bool]]
POSITIVE: Wanted = ("> 0 and finite", lambda x: 0 < x < math.inf)
NOT_NEGATIVE: Wanted = ("≥ 0 and finite", lambda x: 0 <= x < math.inf)
SHARE: Wanted = ("in [0, 1]", lambda x: 0 <= x <= 1)
PART: Wanted = ("in [0, 1)", lambda x: 0 <= x < 1)
COUNT: Wanted = ("a whole number ≥ 1", lambda x: x >= 1 and x % 1 == 0)


def check(owner: Schedule, **wanted: Wanted) -> None:
    """See that each named field of a schedule is a number in its range.

    Raises:
        TypeError: one is no number.
        ValueError: one is out of its range; the message names it.
    """
    for field, (words, holds) in wanted.items():
        value = getattr(owner, field)
        message = f"{type(owner).__name__}.{field} must be {words}, not {value!r}."
        if not isinstance(value, Real):
            raise TypeError(message)
        if not holds(float(value)):
            raise ValueError(message)
