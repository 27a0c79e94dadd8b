"""The learning rate of every step of a training: a schedule with all that it depends on."""

from typing import Any, NamedTuple

import numpy as np


class Rates(NamedTuple):
    """α of every step.

    Attributes:
        schedule: see `schuss.schedules`.
        learning_rate: α₀.
        per_epoch: steps of an epoch.
        steps: T, the number of steps planned.

    >>> from schuss.schedules import Exponential
    >>> Rates(Exponential(0.5), 0.8, per_epoch=2, steps=4)(1, 5)
    array([0.8, 0.4, 0.4, 0. , 0. ])
    """

    schedule: Any
    learning_rate: float
    per_epoch: int
    steps: int

    def __call__(self, first: int, count: int) -> np.ndarray:
        """α of the ``count`` steps after the first ``first`` ones [count]; zeros after the last planned one."""
        t = np.arange(first + 1, first + count + 1)
        alpha = self.schedule(self.learning_rate, t, (t - 1) // self.per_epoch, self.steps)
        return np.where(t <= self.steps, alpha, 0.0)
