"""The exponentially weighted average, v ← βv + (1−β)θ, one value after the other (notes A5, A6)."""

import numpy as np
import torch

from schuss import ExponentiallyWeightedAverage, exponentially_weighted_average

BETA = 0.9


def inputs():
    """The temperatures of a year, in degrees Celsius, made up."""
    day = np.arange(365)
    return {"theta": 12 - 10 * np.cos(2 * np.pi * day / 365) + np.random.default_rng(0).normal(0, 3, 365)}


def with_pytorch(theta):
    v, curve = torch.zeros((), dtype=torch.float64), []
    for t, value in enumerate(torch.tensor(theta), start=1):
        v = BETA * v + (1 - BETA) * value
        curve.append((v / (1 - BETA**t)).item())
    return {"v": v.item(), "corrected, every 73 days": curve[::73]}


def with_schuss(theta):
    average = ExponentiallyWeightedAverage(BETA)
    for value in theta:
        v = average.update(value)
    curve = exponentially_weighted_average(theta, BETA, correct_bias=True)  # the whole array at once
    return {"v": float(v), "corrected, every 73 days": curve[::73]}
