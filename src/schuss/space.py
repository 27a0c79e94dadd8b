"""Which networks to train: a space of hyperparameters → members, all combinations of them or a sample.

The default space, from which `sample` draws when nothing is said:

| choice | values |
|---|---|
| optimizer | those that are `drawn`: of 16 5 adamw, 2 each of adam, nadam, rmsprop, lion, 1 each of the rest |
| learning rate | log-uniform within the optimizer's own range, its `learning_rates`; weight decay likewise |
| schedule | those in `SCHEDULES_DRAWN` |
| batch size | 256 or 128 rows; 512 or 256 above 50,000 rows; all of them up to 256 |
| hidden layers | 128,128 · 256 · 128 · 64,64 · 256,128 |
| activation | those in `ACTIVATIONS_DRAWN` |
| dropout | uniform from 0.02 to 0.35 |
| numbers | 8 waves of scale 0.05 to 3, or 8 ramps, in turn; both learn 0.5 to 5 times as fast |
| scaling of inputs | learning 1 to 60 times as fast, or none |

Layers, activation, batch size, waves or ramps, and whether there is scaling make a program each, so they are drawn
together, once for every sixteen members: the first sixteen have waves, the next ramps, and so on. The rest is drawn for
every member. Above 58 columns of numbers there are neither waves nor ramps. Docs: `docs/choosing.md`.
"""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from schuss.member import AUTO, Member
from schuss.optimizers import OPTIMIZERS, optimizer

SCHEDULES_DRAWN = ("cosine", "flat_cosine", "coslog4", "one_cycle")
"""The schedules that are drawn when none is given: those that end at a rate of almost 0."""

ACTIVATIONS_DRAWN = ("silu", "relu", "gelu", "tanh", "leaky_relu")
"""The activations of hidden layers that are drawn when none is given, that of the first shape first."""

HIDDEN_LAYERS_DRAWN = ((128, 128), (256,), (128,), (64, 64), (256, 128))
"""Widths of the hidden layers that are drawn when none are given, those of the first shape first."""

WIDE_LAYERS_DRAWN = ((256, 256), (512,), (512, 256), (128, 128, 128), (256, 256, 256))
"""Those that are drawn, too, where there is time for them."""

BATCHES_DRAWN = (256, 128)
"""Sizes of mini-batches that are drawn when none is given, that of the first shape first; doubled for many rows."""

MANY_ROWS = 50_000
"""From so many rows on mini-batches are twice as large."""

EMBEDDINGS_DRAWN: tuple[Mapping[str, int], ...] = ({"frequencies": 8, "bins": 0}, {"frequencies": 0, "bins": 8})
"""What numbers become where neither waves nor ramps are given: each shape takes the next."""

MANY_QUANTITIES = 58
"""With more columns of numbers than this there are no waves and ramps unless asked for: waves would take most of the
time, and ramps did not make the model better."""

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
    label_smoothing: Sequence[float] = ()
    clip_norm: Sequence[float] = ()
    averaging: Sequence[float] = ()
    frequencies: Sequence[int] = ()
    frequency_scale: Sequence[float] = ()
    bins: Sequence[int] = ()
    embedding_speed: Sequence[float] = ()
    scaling_speed: Sequence[float] = ()

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


def sample(
    space: Space,
    members: int,
    rows: int,
    random_state: int = 0,
    seeds: Sequence[int] = (0,),
    quantities: int = 0,
    *,
    wide: bool = False,
) -> list[Member]:
    """Members drawn from the default space, with the given values in place of the default ones.

    Args:
        space: values to draw from instead.
        members: how many; with several seeds every configuration is trained with each of them.
        rows: number of training rows, for the mini-batch sizes.
        random_state: of the draw.
        quantities: how many of the inputs are numbers that waves or ramps could be made of.
        seeds: of the members; all configurations have the same, so that they start alike and see the same mini-batches.
        wide: whether larger networks are drawn, too.
    """
    rng = np.random.default_rng(random_state)
    wanted = math.ceil(members / len(seeds))
    often = {name: kind.drawn for name, kind in OPTIMIZERS.items()}
    names = list(space.optimizer or [name for name, count in often.items() for _ in range(count)])
    drawn: list[Member] = []
    while len(drawn) < wanted:
        layers = space.hidden_layer_sizes or (*HIDDEN_LAYERS_DRAWN, *(WIDE_LAYERS_DRAWN if wide else ()))
        embedding = _embedding(quantities, len(drawn) // MEMBERS_A_SHAPE)
        shape = _draw_shape(rng, replace(space, hidden_layer_sizes=layers), rows, embedding, first=not drawn)
        order = rng.permutation(len(names))
        for k in range(min(MEMBERS_A_SHAPE, wanted - len(drawn))):
            name = names[order[k % len(names)]]
            drawn.append(_draw_member(rng, space, name, shape))
    return [replace(member, seed=seed) for member in drawn for seed in seeds][:members]


def _embedding(quantities: int, turn: int) -> dict[str, int]:
    """Waves and ramps of the shape whose turn it is; none of either with many columns of numbers."""
    due = EMBEDDINGS_DRAWN[turn % len(EMBEDDINGS_DRAWN)]
    return dict.fromkeys(due, 0) if quantities > MANY_QUANTITIES else dict(due)


def _draw_shape(
    rng: np.random.Generator, space: Space, rows: int, embedding: Mapping[str, int], *, first: bool
) -> dict[str, Any]:
    """What makes a program: of the first one all that comes first. Given waves or ramps stand alone."""
    given = space.frequencies or space.bins
    choices: dict[str, Sequence[Any]] = {
        "hidden_layer_sizes": space.hidden_layer_sizes,
        "activation": space.activation or ACTIVATIONS_DRAWN,
        "batch_size": space.batch_size or _batch_sizes(rows),
        "loss": space.loss or [AUTO],
        "l2": space.l2 or [0.0],
        "label_smoothing": space.label_smoothing or [0.0],
        "clip_norm": space.clip_norm or [0.0],
        "averaging": space.averaging or [0.0],
        "frequencies": space.frequencies or [0 if given else embedding["frequencies"]],
        "bins": space.bins or [0 if given else embedding["bins"]],
        "scaling_speed": [True, True, False],
    }
    return {name: values[0 if first else int(rng.integers(len(values)))] for name, values in choices.items()}


def _draw_member(rng: np.random.Generator, space: Space, name: str, shape: Mapping[str, Any]) -> Member:
    kind = OPTIMIZERS[name]
    numbers: dict[str, Any] = {
        "learning_rate": _log_uniform(rng, *kind.learning_rates),
        "dropout": float(f"{rng.uniform(0.02, 0.35):.4g}"),
        "frequency_scale": _log_uniform(rng, 0.05, 3.0),
        "embedding_speed": _log_uniform(rng, 0.5, 5.0),
        "scaling_speed": _log_uniform(rng, 1.0, 60.0) if shape["scaling_speed"] else 0.0,
    }
    for choice in numbers:
        given = getattr(space, choice)
        if given:
            numbers[choice] = float(rng.choice(given))
    rule = optimizer(name, numbers.pop("learning_rate"))
    if kind.weight_decays is not None:
        rule = replace(rule, weight_decay=_log_uniform(rng, *kind.weight_decays))
    schedules = space.schedule or SCHEDULES_DRAWN
    schedule = schedules[int(rng.integers(len(schedules)))]
    return Member(optimizer=rule, schedule=schedule, **{**shape, **numbers})


def _batch_sizes(rows: int) -> list[int | str]:
    """The first shape's size first."""
    if rows <= BATCHES_DRAWN[0]:
        return [AUTO]
    return [size * (2 if rows > MANY_ROWS else 1) for size in BATCHES_DRAWN]


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between low and high, all orders of magnitude alike, with four digits."""
    return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.4g}")
