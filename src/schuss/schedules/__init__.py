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

# ruff: noqa: D102 (a schedule need not use all four; its formula is in the docstring of the class)

from dataclasses import dataclass, field

import numpy as np

from schuss.names import by_name
from schuss.schedules.base import SHARE, Schedule, check
from schuss.schedules.cosine import Cosine, CosLog4, FlatCosine, OneCycle
from schuss.schedules.decay import Constant, Exponential, InverseTime, OverEpoch, OverRootStep, Staircase


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
    after: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        check(self, fraction=SHARE)
        schedule(self.after)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        w = max(1, round(self.fraction * steps))
        return np.minimum(t / w, 1) * self.after(learning_rate, t, epoch, steps)


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
