"""schuss: train populations of multi-layer perceptrons by gradient descent, and keep the best.

The names below are for everyday use; each is documented where it is defined. The modules activations, averages, losses,
optimizers, schedules, layers and the others named in README.md are public as well. A name is imported when it is first
used, so that ``import schuss`` and ``schuss --help`` do not wait for JAX.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schuss import lab as lab
    from schuss.averages import ExponentiallyWeightedAverage as ExponentiallyWeightedAverage
    from schuss.averages import exponentially_weighted_average as exponentially_weighted_average
    from schuss.backpropagation import backpropagate as backpropagate
    from schuss.backpropagation import trace as trace
    from schuss.batches import mini_batches as mini_batches
    from schuss.engine.data import Table as Table
    from schuss.engine.train import train as train
    from schuss.estimators.load import load as load
    from schuss.estimators.mlp import MLPClassifier as MLPClassifier
    from schuss.estimators.mlp import MLPRegressor as MLPRegressor
    from schuss.estimators.population import PopulationClassifier as PopulationClassifier
    from schuss.estimators.population import PopulationRegressor as PopulationRegressor
    from schuss.jobs.run import Run as Run
    from schuss.layers import Activation as Activation
    from schuss.layers import Dropout as Dropout
    from schuss.layers import Embedding as Embedding
    from schuss.layers import Flatten as Flatten
    from schuss.layers import Layer as Layer
    from schuss.layers import Linear as Linear
    from schuss.layers import PeriodicEmbedding as PeriodicEmbedding
    from schuss.layers import PiecewiseLinearEmbedding as PiecewiseLinearEmbedding
    from schuss.layers import Scaling as Scaling
    from schuss.member import Member as Member
    from schuss.network import Sequential as Sequential
    from schuss.optimizers import apply_updates as apply_updates
    from schuss.selection.ranking import rank as rank
    from schuss.space import Space as Space
    from schuss.space import grid as grid
    from schuss.space import sample as sample

_HOMES = {
    "averages": ("ExponentiallyWeightedAverage", "exponentially_weighted_average"),
    "backpropagation": ("backpropagate", "trace"),
    "batches": ("mini_batches",),
    "engine.data": ("Table",),
    "engine.train": ("train",),
    "estimators": ("MLPClassifier", "MLPRegressor", "PopulationClassifier", "PopulationRegressor", "load"),
    "layers": (
        "Activation",
        "Dropout",
        "Embedding",
        "Flatten",
        "Layer",
        "Linear",
        "PeriodicEmbedding",
        "PiecewiseLinearEmbedding",
        "Scaling",
    ),
    "member": ("Member",),
    "network": ("Sequential",),
    "optimizers": ("apply_updates",),
    "jobs.run": ("Run",),
    "selection.ranking": ("rank",),
    "space": ("Space", "grid", "sample"),
}

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME, "lab"])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import a public name from its home."""
    if name == "lab":
        return import_module("schuss.lab")
    if name not in _HOME:
        raise AttributeError(f"module 'schuss' has no attribute {name!r}")
    return getattr(import_module(f"schuss.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names, and nothing that this file only needs to find them."""
    return __all__
