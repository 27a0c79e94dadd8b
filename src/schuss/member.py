"""One member of a population: a network and everything that decides how it is trained."""

import dataclasses
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schuss.activations import ACTIVATIONS, activation
from schuss.layers import PeriodicEmbedding, PiecewiseLinearEmbedding
from schuss.losses import LOSSES, binary_cross_entropy, loss_function
from schuss.names import by_name, name_of
from schuss.network import Sequential, perceptron
from schuss.optimizers import OPTIMIZERS, Adam, optimizer
from schuss.schedules import SCHEDULES, Constant, schedule
from schuss.types import ActivationFunction, LossFunction

AUTO = "auto"

SMALLEST = 1e-6
"""The smallest of the numbers that must be positive."""


@dataclass(frozen=True)
class Member:
    """Hyperparameters of one network; every field may differ from member to member.

    Args:
        hidden_layer_sizes: widths of the hidden layers, default (64, 64).
        activation: name or function, default "relu".
        optimizer: name, `Optimizer` or optax transformation, default ``Adam()``. Its learning rate is α₀.
        schedule: name or schedule: α₀ → learning rate of every step, default constant.
        batch_size: rows of a mini-batch, or "auto" for the notes' rule (A3).
        dropout: rate after every hidden layer, in [0, 1), default 0: no such layers.
        l2: λ of the cost's L2 term on weights, not biases, ≥ 0, default 0 (A4).
        loss: name or function, or "auto": cross_entropy for classes, mean_squared_error for numbers.
        label_smoothing: share ε of every target p that the training cost spreads evenly over the C classes,
            (1 − ε)·p + ε/C, in [0, 1), default 0; for classes only (Szegedy et al., 2016).
        clip_norm: length of the gradient of all weights together at most, ≥ 0; a longer one is shortened to it; default
            0: none is (Pascanu et al., 2013).
        averaging: β of the average of the weights over the steps, which is validated and kept in their place, in
            [0, 1), default 0: the weights themselves (Polyak and Juditsky, 1992; here exponentially weighted, with
            bias correction, A6).
        seed: of the first weights, the order of the rows and the noise of dropout.
        frequencies: waves that every number becomes beside itself, see `PeriodicEmbedding`, default 0: none.
        frequency_scale: σ of their first frequencies, > 0, default 0.3.
        bins: ramps that every number becomes beside itself, see `PiecewiseLinearEmbedding`, default 0: none.
        embedding_speed: how many times as fast as the rest waves and ramps learn, > 0, default 1.
        scaling_speed: how many times as fast as the rest a factor for every input learns, see `Scaling`, ≥ 0,
            default 0: no such factors.
        network: a stack of layers of your own in place of the fields that describe one.

    Raises:
        ValueError, TypeError: a field is out of its range or of a wrong kind; the message names it.

    >>> member = Member(hidden_layer_sizes=(32,), optimizer="adamw", batch_size=128)
    >>> Member.from_description(member.describe()) == member
    True
    """

    hidden_layer_sizes: tuple[int, ...] = (64, 64)
    activation: str | ActivationFunction = "relu"
    optimizer: Any = field(default_factory=Adam)
    schedule: Any = field(default_factory=Constant)
    batch_size: int | str = AUTO
    dropout: float = 0.0
    l2: float = 0.0
    loss: str | LossFunction = AUTO
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    averaging: float = 0.0
    seed: int = 0
    frequencies: int = 0
    frequency_scale: float = 0.3
    bins: int = 0
    embedding_speed: float = 1.0
    scaling_speed: float = 0.0
    network: Sequential | None = None

    def __post_init__(self) -> None:
        """Check every field and turn names into what they stand for."""
        set_field = object.__setattr__
        sizes = self.hidden_layer_sizes
        set_field(self, "hidden_layer_sizes", tuple(sizes) if isinstance(sizes, Iterable) else (sizes,))
        set_field(self, "optimizer", optimizer(self.optimizer))
        set_field(self, "schedule", schedule(self.schedule))
        activation(self.activation)
        if self.loss != AUTO:
            loss_function(self.loss)
        for width in self.hidden_layer_sizes:
            _whole("hidden_layer_sizes", width, 1)
        if self.batch_size != AUTO:
            _whole("batch_size", self.batch_size, 1)
        _whole("seed", self.seed, 0)
        _number("dropout", self.dropout, 0, 1)
        _number("l2", self.l2, 0, math.inf)
        _number("label_smoothing", self.label_smoothing, 0, 1)
        _number("clip_norm", self.clip_norm, 0, math.inf)
        _number("averaging", self.averaging, 0, 1)
        _whole("frequencies", self.frequencies, 0)
        _number("frequency_scale", self.frequency_scale, SMALLEST, math.inf)
        _whole("bins", self.bins, 0)
        _number("embedding_speed", self.embedding_speed, SMALLEST, math.inf)
        _number("scaling_speed", self.scaling_speed, 0, math.inf)
        if self.network is not None and not isinstance(self.network, Sequential):
            raise TypeError(f"network must be a Sequential, not {self.network!r}.")

    def build(
        self,
        inputs: int,
        outputs: int,
        *,
        classification: bool = False,
        embeddings: Sequence[tuple[int, int]] = (),
        quantities: Sequence[int] | None = None,
    ) -> Sequential:
        """The network for data with I inputs and O outputs; of two classes binary_cross_entropy needs one logit.

        Args:
            inputs: I.
            outputs: O.
            classification: whether the targets are classes.
            embeddings: (levels, width) of each of the last inputs that is the code of a category; see `perceptron`.
            quantities: places of the inputs that are numbers to be embedded; default all that are no codes.
        """
        if self.network is not None:
            return self.network
        if classification and outputs == 2 and self.loss in ("binary_cross_entropy", binary_cross_entropy):
            outputs = 1
        rate = self.dropout if self.dropout > 0 else None
        places = tuple(range(inputs - len(embeddings)) if quantities is None else quantities)
        waves = ramps = None
        if self.frequencies and places:
            waves = PeriodicEmbedding(
                inputs, places, self.frequencies, scale=self.frequency_scale, speed=self.embedding_speed
            )
        if self.bins and places:
            ramps = PiecewiseLinearEmbedding(inputs, places, self.bins, speed=self.embedding_speed)
        front: dict[str, Any] = {"waves": waves, "scaling": self.scaling_speed or None, "ramps": ramps}
        return perceptron(inputs, self.hidden_layer_sizes, outputs, self.activation, rate, embeddings, **front)

    def has_traced_dropout(self) -> bool:
        """Whether the rate of the network's Dropout layers is this member's ``dropout``."""
        return self.network is None and self.dropout > 0

    def describe(self) -> dict[str, Any]:
        """The fields as plain values, for tables and files; `from_description` reads them back."""
        return {
            "hidden_layer_sizes": list(self.hidden_layer_sizes),
            "activation": name_of(self.activation, ACTIVATIONS),
            "optimizer": {"name": name_of(self.optimizer, OPTIMIZERS), **_settings(self.optimizer)},
            "schedule": {"name": name_of(self.schedule, SCHEDULES), **_settings(self.schedule)},
            "batch_size": self.batch_size,
            "dropout": self.dropout,
            "l2": self.l2,
            "loss": name_of(self.loss, LOSSES),
            "label_smoothing": self.label_smoothing,
            "clip_norm": self.clip_norm,
            "averaging": self.averaging,
            "seed": self.seed,
            "frequencies": self.frequencies,
            "frequency_scale": self.frequency_scale,
            "bins": self.bins,
            "embedding_speed": self.embedding_speed,
            "scaling_speed": self.scaling_speed,
            "network": None if self.network is None else str(self.network),
        }

    @classmethod
    def from_description(cls, described: Mapping[str, Any]) -> "Member":
        """The member that `describe` described.

        Raises:
            ValueError: it had a network, function, optimizer or schedule of the user's own, which no file can hold.
        """
        if described["network"] is not None:
            raise ValueError(f"A network of your own cannot be read back from a file: {described['network']}.")
        named = {"optimizer": _made("optimizer", described["optimizer"], OPTIMIZERS)}
        named["schedule"] = _made("schedule", described["schedule"], SCHEDULES)
        return cls(**{**described, **named})


def _settings(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass as plain values; nothing for a function or an optax transformation."""
    if not dataclasses.is_dataclass(thing):
        return {}
    values = {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing)}
    nested = {k: {"name": name_of(v, SCHEDULES), **_settings(v)} for k, v in values.items() if callable(v)}
    return values | nested


def _made(kind: str, described: Mapping[str, Any], table: Mapping[str, Any]) -> Any:
    """The object that `_settings` described."""
    settings = {k: _made(kind, v, table) if isinstance(v, Mapping) else v for k, v in described.items() if k != "name"}
    return by_name(kind, described["name"], table)(**settings)


def _whole(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be a whole number ≥ {least}, not {value!r}.")


def _number(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not low <= float(value) < high:
        raise ValueError(f"{name} must be in [{low:g}, {high:g}), not {value!r}.")
