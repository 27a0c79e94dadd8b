"""Schedules made of cosine waves, which end at a rate of almost 0."""

# ruff: noqa: ARG002, D102 (a schedule need not use all four; its formula is in the docstring of the class)

import math
from dataclasses import dataclass

import numpy as np

from schuss.schedules.base import NOT_NEGATIVE, PART, POSITIVE, SHARE, check


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
        check(self, final=NOT_NEGATIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return half_cosine(learning_rate, self.final, (t - 1) / steps)


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
        check(self, flat=PART)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        first = self.flat * steps
        return half_cosine(learning_rate, 0.0, np.maximum(t - 1 - first, 0) / (steps - first))


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
        check(self, pct_start=SHARE, div_factor=POSITIVE, final_div_factor=POSITIVE)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        first = learning_rate / self.div_factor
        top = self.pct_start * steps  # the step of the highest rate, a fraction
        # The denominators differ from top − 1 and T − top only where no step goes that way.
        up = half_cosine(first, learning_rate, (t - 1) / max(top - 1, 1))
        down = half_cosine(learning_rate, first / self.final_div_factor, (t - top) / ((steps - top) or 1))
        return np.where(t <= top, up, down)


def half_cosine(start: float, end: float, progress: np.ndarray) -> np.ndarray:
    """From start at progress 0 to end at 1."""
    return end + (start - end) * (1 + np.cos(math.pi * progress)) / 2
