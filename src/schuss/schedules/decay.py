"""The notes' schedules: rates that fall from epoch to epoch, or from step to step."""

# ruff: noqa: ARG002, D102 (a schedule need not use all four; its formula is in the docstring of the class)

from dataclasses import dataclass

import numpy as np

from schuss.schedules.base import COUNT, NOT_NEGATIVE, POSITIVE, check


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
        check(self, decay=NOT_NEGATIVE)

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
        check(self, factor=POSITIVE)

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
        check(self, k=POSITIVE)

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
        check(self, k=POSITIVE)

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
        check(self, factor=POSITIVE, every=COUNT)

    def __call__(self, learning_rate: float, t: np.ndarray, epoch: np.ndarray, steps: int) -> np.ndarray:
        return self.factor ** (epoch // self.every) * learning_rate
