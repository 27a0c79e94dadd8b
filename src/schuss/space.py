"""Which networks to train: a space of hyperparameters → members, all combinations of them or a sample.

The default space, from which `sample` draws when nothing is said:

| choice | values |
|---|---|
| optimizer | sgd, momentum, adagrad, rmsprop, adam, adamw, nadam, lion (all that are `drawn`), in equal numbers |
| learning rate | log-uniform within the optimizer's own range, its `learning_rates` |
| schedule | those in `SCHEDULES_DRAWN` |
| batch size | the notes' rule (A3); above 2,000 rows also its half and its double, within 64 … 512 |
| hidden layers | 64 · 128 · 256 · 64,64 · 128,64 · 128,128 |
| activation | those in `ACTIVATIONS_DRAWN` |
| dropout | none, or one rate from 0.05 to 0.4 |
| L2 | none, or log-uniform from 10⁻⁴ to 1 |

Layers, activation, batch size, and whether there is dropout or L2 make a program each, so they are drawn together, once
for every sixteen members; the rest is drawn for every member.
"""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from schuss.batches import SIZES, WHOLE_BATCH_ROWS, advise_batch_size
from schuss.member import AUTO, Member
from schuss.optimizers import OPTIMIZERS, optimizer

SCHEDULES_DRAWN = ("constant", "inverse_time", "exponential", "cosine", "one_cycle")
"""The schedules that are drawn when none is given."""

ACTIVATIONS_DRAWN = ("relu", "tanh", "gelu", "silu", "leaky_relu")
"""The activations of hidden layers that are drawn when none is given."""

MEMBERS_A_SHAPE = 16
"""How many members of a sample share their layers, activation and mini-batch size."""


@dataclass(frozen=True)
class Space:
    """Values to choose from, one field a choice; an empty one means the default of `grid` or `sample`.

    Raises:
        ValueError: a value is not allowed; the message names it.
    """

    optimizer: Sequence[str] = ()
    learning_rate: Sequence[float] = ()
    schedule: Sequence[str] = ()
    batch_size: Sequence[int | str] = ()
    hidden_layer_sizes: Sequence[tuple[int, ...]] = ()
    activation: Sequence[str] = ()
    dropout: Sequence[float] = ()
    l2: Sequence[float] = ()
    loss: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Make a member of every single value, so that a wrong one is found before anything starts."""
        for name, values in vars(self).items():
            for value in values:
                if name != "learning_rate":
                    Member(**{name: value})
                elif not 0 < value < math.inf:
                    raise ValueError(f"learning_rate must be > 0 and finite, not {value}.")

    def has_list(self) -> bool:
        """Whether any choice has several values, which asks for a member of every combination."""
        return any(len(values) > 1 for values in dataclasses.asdict(self).values())


def grid(space: Space, seeds: Sequence[int] = (0,)) -> list[Member]:
    """One member for every combination of the values and every seed; choices left open take the member's default.

    >>> [m.optimizer.learning_rate for m in grid(Space(optimizer=["sgd"], learning_rate=[0.1, 0.2]), seeds=[0, 1])]
    [0.1, 0.1, 0.2, 0.2]
    """
    choices: dict[str, Any] = dataclasses.asdict(space)
    names: Sequence[Any] = choices.pop("optimizer") or ["adam"]
    learning_rates: Sequence[Any] = choices.pop("learning_rate") or [None]
    given = {name: values for name, values in choices.items() if values}
    members = []
    for name, learning_rate, *rest in itertools.product(names, learning_rates, *given.values()):
        settings = dict(zip(given, rest, strict=True))
        members += [Member(optimizer=optimizer(name, learning_rate), seed=seed, **settings) for seed in seeds]
    return members


def sample(space: Space, members: int, rows: int, random_state: int = 0, seeds: Sequence[int] = (0,)) -> list[Member]:
    """Members drawn from the default space, with the given values in place of the default ones.

    Args:
        space: values to draw from instead.
        members: how many; with several seeds every configuration is trained with each of them.
        rows: number of training rows, for the mini-batch sizes.
        random_state: of the draw.
        seeds: of the members; all configurations have the same, so that they start alike and see the same mini-batches.
    """
    rng = np.random.default_rng(random_state)
    wanted = math.ceil(members / len(seeds))
    names = list(space.optimizer or [name for name, kind in OPTIMIZERS.items() if kind.drawn])
    drawn: list[Member] = []
    while len(drawn) < wanted:
        shape = _draw_shape(rng, space, rows, first=not drawn)
        order = rng.permutation(len(names))
        for k in range(min(MEMBERS_A_SHAPE, wanted - len(drawn))):
            name = names[order[k % len(names)]]
            drawn.append(_draw_member(rng, space, name, shape))
    return [dataclasses.replace(member, seed=seed) for member in drawn for seed in seeds][:members]


def _draw_shape(rng: np.random.Generator, space: Space, rows: int, *, first: bool) -> dict[str, Any]:
    """What makes a program; the first one drawn is the plain default."""
    sizes = space.hidden_layer_sizes or [(64, 64), (64,), (128,), (256,), (128, 64), (128, 128)]
    activations = space.activation or ACTIVATIONS_DRAWN
    dropouts = space.dropout or [0.0, 0.0, _log_uniform(rng, 0.05, 0.4)]
    l2s = space.l2 or [0.0, 0.0, _log_uniform(rng, 1e-4, 1.0)]
    choices: dict[str, Sequence[Any]] = {
        "hidden_layer_sizes": sizes,
        "activation": activations,
        "batch_size": space.batch_size or _batch_sizes(rows),
        "loss": space.loss or [AUTO],
        "dropout": dropouts,
        "l2": l2s,
    }
    return {name: values[0 if first else int(rng.integers(len(values)))] for name, values in choices.items()}


def _draw_member(rng: np.random.Generator, space: Space, name: str, shape: Mapping[str, Any]) -> Member:
    schedules = space.schedule or SCHEDULES_DRAWN
    low, high = OPTIMIZERS[name].learning_rates
    learning_rate = rng.choice(space.learning_rate) if space.learning_rate else _log_uniform(rng, low, high)
    schedule = schedules[int(rng.integers(len(schedules)))]
    return Member(optimizer=optimizer(name, float(learning_rate)), schedule=schedule, **shape)


def _batch_sizes(rows: int) -> list[int | str]:
    """The rule's size first, then its neighbours."""
    size = advise_batch_size(rows).batch_size
    if rows <= WHOLE_BATCH_ROWS:
        return [AUTO]
    return [AUTO, *(near for near in (size // 2, size * 2) if near in SIZES)]


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between low and high, all orders of magnitude alike, with four digits."""
    return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.4g}")
