"""Learning-rate schedules: α₀ and the moment → learning rate of every step.

A schedule is called as ``schedule(learning_rate, t, epoch, steps)`` and returns α, the learning rate of every step,
shaped as t. Any function of these four is a schedule too:

| argument | meaning |
|---|---|
| learning_rate | α₀, the optimizer's learning rate |
| t | number of the step, counted from 1, an array |
| epoch | passes through the data completed before that step: 0 in the first pass, an array as t |
| steps | T, the number of steps planned |

Constant steps keep bouncing around the optimum by the noise of the mini-batches; shorter and shorter ones settle.
"""

# ruff: noqa: ARG002, D102 (a schedule need not use all four; its formula is in the docstring of the class)

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Protocol

import numpy as np

from schuss.names import by_name


class Schedule(Protocol):
    """Anything that is called as the schedules here are."""

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Constant:
    """α = α₀.

    >>> Constant()(0.1, np.arange(1, 4), np.array([0, 0, 1]), 3)
    array([0.1, 0.1, 0.1])
    """

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return np.full(t.shape, learning_rate, np.float64)


@dataclass(frozen=True)
class InverseTime:
    """α = α₀ / (1 + decay·epoch).

    Args:
        decay: the decay rate per epoch, ≥ 0, default 1: half of α₀ in the second epoch, a third in the third.

    Source: notes A10.

    >>> InverseTime()(0.6, np.arange(1, 4), np.arange(3), 3)
    array([0.6, 0.3, 0.2])
    """

    decay: float = 1.0

    def __post_init__(self) -> None:
        _check(self, decay=_NOT_NEGATIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return learning_rate / (1 + self.decay * epoch)


@dataclass(frozen=True)
class Exponential:
    """α = factor^epoch · α₀.

    Args:
        factor: positive, default 0.95; above 1 the learning rate grows.

    Source: notes A10. PyTorch's ``ExponentialLR`` stepped once an epoch.

    >>> Exponential(0.5)(1.0, np.arange(1, 4), np.arange(3), 3)
    array([1.  , 0.5 , 0.25])
    """

    factor: float = 0.95

    def __post_init__(self) -> None:
        _check(self, factor=_POSITIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return self.factor**epoch * learning_rate


@dataclass(frozen=True)
class OverEpoch:
    """α = k/(epoch + 1) · α₀.

    Args:
        k: positive, default 1.

    Source: notes A10, k/epoch·α₀ with epochs counted from 1.

    >>> OverEpoch()(0.6, np.arange(1, 4), np.arange(3), 3)
    array([0.6, 0.3, 0.2])
    """

    k: float = 1.0

    def __post_init__(self) -> None:
        _check(self, k=_POSITIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return self.k / (epoch + 1) * learning_rate


@dataclass(frozen=True)
class OverRootStep:
    """α = k/√t · α₀: the only one of the notes' that changes within an epoch.

    Args:
        k: positive, default 1.

    Source: notes A10.

    >>> OverRootStep()(0.6, np.array([1, 4, 9]), np.zeros(3), 9)
    array([0.6, 0.3, 0.2])
    """

    k: float = 1.0

    def __post_init__(self) -> None:
        _check(self, k=_POSITIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return self.k / np.sqrt(t) * learning_rate


@dataclass(frozen=True)
class Staircase:
    """α = factor^⌊epoch/every⌋ · α₀.

    Args:
        factor: positive, default 0.5.
        every: length of a stair in epochs, a whole number, default 10.

    Source: notes A10, discrete decay. PyTorch's ``StepLR`` stepped once an epoch.

    >>> Staircase(0.5, every=2)(1.0, np.arange(1, 6), np.arange(5), 5)
    array([1.  , 1.  , 0.5 , 0.5 , 0.25])
    """

    factor: float = 0.5
    every: int = 10

    def __post_init__(self) -> None:
        _check(self, factor=_POSITIVE, every=_COUNT)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return self.factor ** (epoch // self.every) * learning_rate


@dataclass(frozen=True)
class Cosine:
    """Half a cosine wave from α₀ in the first step down to ``final`` after the last.

    ::

        α = final + (α₀ − final)·(1 + cos(π·(t − 1)/T))/2

    Args:
        final: a learning rate, ≥ 0, default 0.

    Source: Loshchilov and Hutter, SGDR, 2017. PyTorch's ``CosineAnnealingLR(T_max=T, eta_min=final)``.

    >>> Cosine()(1.0, np.arange(1, 5), np.zeros(4), 4).round(3)
    array([1.   , 0.854, 0.5  , 0.146])
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        _check(self, final=_NOT_NEGATIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return _half_cosine(learning_rate, self.final, (t - 1) / steps)


@dataclass(frozen=True)
class FlatCosine:
    """α₀ for the first part of the steps, then half a cosine wave down to 0 after the last.

    ::

        α = α₀ up to step flat·T, then α₀·(1 + cos(π·(t − 1 − flat·T) / (T − flat·T)))/2

    Args:
        flat: share of the steps at α₀, in [0, 1), default 0.5.

    Source: Holzmüller, Grinsztajn and Steinwart, *Better by Default*, 2024 ("flat_cos").

    >>> FlatCosine()(1.0, np.arange(1, 9), np.zeros(8), 8).round(3)
    array([1.   , 1.   , 1.   , 1.   , 1.   , 0.854, 0.5  , 0.146])
    """

    flat: float = 0.5

    def __post_init__(self) -> None:
        _check(self, flat=_PART)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        first = self.flat * steps
        return _half_cosine(learning_rate, 0.0, np.maximum(t - 1 - first, 0) / (steps - first))


@dataclass(frozen=True)
class CosLog4:
    """Four waves from 0 to α₀ and back, each twice as long as the one before.

    ::

        α = α₀·(1 − cos(2π·log₂(1 + 15·(t − 1)/T)))/2

    It ends a wave after T/15, 3T/15, 7T/15 and T steps. At the end of a wave weights have settled, so that there are
    four moments to stop at; and the way to the next one begins where the last has led.

    Source: Holzmüller, Grinsztajn and Steinwart, *Better by Default*, 2024 ("coslog4").

    >>> CosLog4()(1.0, np.arange(1, 17), np.zeros(16), 15).round(2)[[0, 1, 3, 5, 7, 10, 15]]
    array([0.  , 0.  , 0.  , 0.93, 0.  , 0.98, 0.  ])
    """

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return learning_rate * (1 - np.cos(2 * math.pi * np.log2(1 + 15 * (t - 1) / steps))) / 2


@dataclass(frozen=True)
class WarmUp:
    """Another schedule, whose first w steps are scaled up linearly.

    ::

        α = min(t/w, 1)·after,  w = fraction·T, rounded, at least 1

    The ramp multiplies the other schedule rather than delaying it, so nothing jumps where the ramp ends, and the
    other's steps and epochs are those of the run.

    Args:
        fraction: share of the planned steps, in [0, 1], default 0.1.
        after: the other schedule, default `Constant`.

    Source: Goyal et al., 2017. PyTorch's ``LinearLR(start_factor=1/w, total_iters=w−1)`` chained with the other.

    >>> WarmUp(0.4)(1.0, np.arange(1, 11), np.zeros(10), 10)
    array([0.25, 0.5 , 0.75, 1.  , 1.  , 1.  , 1.  , 1.  , 1.  , 1.  ])
    """

    fraction: float = 0.1
    after: Schedule = Constant()

    def __post_init__(self) -> None:
        _check(self, fraction=_SHARE)
        schedule(self.after)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        w = max(1, round(self.fraction * steps))
        return np.minimum(t / w, 1) * self.after(learning_rate, t, epoch, steps)


@dataclass(frozen=True)
class OneCycle:
    """Half a cosine wave up to α₀, then another down to almost nothing.

    ::

        α₀/div_factor  →  α₀ in step pct_start·T  →  α₀/(div_factor·final_div_factor) in step T

    Args:
        pct_start: share of the steps that go up, in [0, 1], default 0.3.
        div_factor: positive, default 25.
        final_div_factor: positive, default 10⁴.

    Source: Smith and Topin, Super-Convergence, 2017. PyTorch's ``OneCycleLR(max_lr=α₀, total_steps=T)`` with its
    field names and without cycling the momentum.

    >>> OneCycle(0.5)(1.0, np.arange(1, 7), np.zeros(6), 6).round(2)
    array([0.04, 0.52, 1.  , 0.75, 0.25, 0.  ])
    """

    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def __post_init__(self) -> None:
        _check(self, pct_start=_SHARE, div_factor=_POSITIVE, final_div_factor=_POSITIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        first = learning_rate / self.div_factor
        top = self.pct_start * steps  # the step of the highest rate, a fraction
        # The denominators differ from top − 1 and T − top only where no step goes that way.
        up = _half_cosine(first, learning_rate, (t - 1) / max(top - 1, 1))
        down = _half_cosine(learning_rate, first / self.final_div_factor, (t - top) / ((steps - top) or 1))
        return np.where(t <= top, up, down)


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "inverse_time": InverseTime,
    "exponential": Exponential,
    "over_epoch": OverEpoch,
    "over_root_step": OverRootStep,
    "staircase": Staircase,
    "cosine": Cosine,
    "flat_cosine": FlatCosine,
    "coslog4": CosLog4,
    "warm_up": WarmUp,
    "one_cycle": OneCycle,
}
"""Name → class of the schedule."""


def schedule(name_or_object: str | Schedule) -> Schedule:
    """Return the schedule of that name with its default numbers; a schedule or function passes through.

    Raises:
        ValueError: no schedule has that name.
        TypeError: neither a name nor something to call, or a class instead of an object of it.

    >>> schedule("staircase")
    Staircase(factor=0.5, every=10)
    """
    if isinstance(name_or_object, str):
        return by_name("schedule", name_or_object, SCHEDULES)()
    if callable(name_or_object) and not isinstance(name_or_object, type):
        return name_or_object
    raise TypeError(
        "schedule must be a name, a schedule such as Cosine() or a function (learning_rate, t, epoch, steps) → "
        f"learning rates, not {name_or_object!r}."
    )


_Wanted = tuple[str, Callable[[float], bool]]
_POSITIVE: _Wanted = ("> 0 and finite", lambda x: 0 < x < math.inf)
_NOT_NEGATIVE: _Wanted = ("≥ 0 and finite", lambda x: 0 <= x < math.inf)
_SHARE: _Wanted = ("in [0, 1]", lambda x: 0 <= x <= 1)
_PART: _Wanted = ("in [0, 1)", lambda x: 0 <= x < 1)
_COUNT: _Wanted = ("a whole number ≥ 1", lambda x: x >= 1 and x % 1 == 0)


def _check(owner: Schedule, **wanted: _Wanted) -> None:
    for field, (words, holds) in wanted.items():
        value = getattr(owner, field)
        message = f"{type(owner).__name__}.{field} must be {words}, not {value!r}."
        if not isinstance(value, Real):
            raise TypeError(message)
        if not holds(float(value)):
            raise ValueError(message)


def _half_cosine(start: float, end: float, progress: np.ndarray) -> np.ndarray:
    """From start at progress 0 to end at 1."""
    return end + (start - end) * (1 + np.cos(math.pi * progress)) / 2
