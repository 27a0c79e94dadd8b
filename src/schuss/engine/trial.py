"""One member's training: what is planned, how far it is, and what came of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from schuss import batches
from schuss.engine.data import Data
from schuss.engine.history import History
from schuss.engine.memory import row_bytes
from schuss.engine.program import Numbers, Shape, at_hand
from schuss.engine.rates import Rates
from schuss.losses import LOSSES, loss_function, smooths_labels
from schuss.member import AUTO, Member
from schuss.names import name_of
from schuss.network import Sequential
from schuss.optimizers.bank import SHARING, coefficients_of, rule_of

Status = Literal["waiting", "training", "done", "stopped early", "diverged", "interrupted", "out of time"]


class Ending(NamedTuple):
    """The last weights of a training, and the optimizer's state (None: a new one), from which another can go on."""

    weights: Any
    optimizer: Any = None


class BestEpoch(NamedTuple):
    """The epoch with the best validation so far, counted from 0: −1 before the first, and without validation rows."""

    score: float = -math.inf
    cost: float = math.inf
    epoch: int = -1


@dataclass
class Trial:
    """One member's training: what is planned, how far it is, and what came of it."""

    member: Member
    network: Sequential
    batch_size: int
    loss: Any
    steps: int
    """Planned, T: what the schedule spans."""
    per_epoch: int
    patience: int
    status: Status = "waiting"
    t: int = 0
    """Steps done."""
    stop: int | None = None
    """The step after which it is out of time; None where it may come to its end."""
    diverged_at: int | None = None
    seconds: float = 0.0
    swift: tuple[float, int] = (0.0, 0)
    """Seconds and steps of calls before which the program was compiled and its speed known."""
    best: BestEpoch = field(default_factory=BestEpoch)
    batch_size_reason: str | None = None
    """Why the rule's mini-batch size is what it is; None where the member names its size."""
    weights: Any = None
    """The best weights, or the last where there is no validation; set when training has ended."""
    start: Ending | None = None
    """Where an earlier training ended, to go on from there."""
    ending: Ending | None = None
    """Where this training ended; kept where ``keeps_ending``."""
    keeps_ending: bool = False
    history: History = field(default_factory=History)

    @property
    def open(self) -> bool:
        """Whether there is more to train."""
        return self.status in ("waiting", "training")

    @property
    def last(self) -> int:
        """The step at which training ends, if nothing ends it before."""
        return self.steps if self.stop is None else min(self.stop, self.steps)

    @property
    def epochs(self) -> int:
        """Whole passes done."""
        return self.t // self.per_epoch

    @property
    def epoch_seconds(self) -> float:
        """What an epoch takes once the program is compiled; with compiling where no other call is known."""
        seconds, steps = self.swift if self.swift[1] else (self.seconds, max(self.t, 1))
        return seconds / steps * self.per_epoch

    @property
    def rates(self) -> Rates:
        """The learning rate of every step."""
        learning_rate = getattr(self.member.optimizer, "learning_rate", 1.0)  # optax keeps its own rate
        return Rates(self.member.schedule, learning_rate, self.per_epoch, self.steps)


def plan(member: Member, data: Data, epochs: int, patience: int | None, memory: int | None = None) -> Trial:
    """What training a member on the data will be.

    Args:
        member: its hyperparameters.
        data: the rows.
        epochs: passes through the training rows.
        patience: epochs without a better validation score after which it stops; None for never.
        memory: bytes that one mini-batch may take, for ``batch_size="auto"``; None for no limit.

    Raises:
        ValueError: more steps than can be counted, or labels to be smoothed for a loss that cannot.
    """
    row = data.training.x.shape[1:]
    network = member.build(
        math.prod(row),
        data.outputs,
        classification=data.classification,
        embeddings=data.embeddings,
        quantities=data.quantities,
    )
    size, reason = member.batch_size, None
    if size == AUTO:
        size, reason = batches.advise_batch_size(data.rows, row_bytes(network, row, data.itemsize), memory)
    size = min(int(size), data.rows)
    loss = member.loss
    if loss == AUTO:
        loss = "cross_entropy" if data.classification else "mean_squared_error"
    if member.label_smoothing and not smooths_labels(loss_function(loss)):
        raise ValueError(f"label_smoothing is for the losses of classes, and {name_of(loss, LOSSES)} does not take it.")
    per_epoch = batches.steps_per_epoch(data.rows, size)
    if epochs * per_epoch >= 2**31:
        raise ValueError(f"epochs must be below {2**31 // per_epoch:,}, not {epochs:,}: at most 2³¹ steps are counted.")
    patience = epochs if patience is None else patience
    trial = Trial(member, network, size, loss, epochs * per_epoch, per_epoch, patience, batch_size_reason=reason)
    trial.history = History(trial.rates)
    return trial


def shape_of(trial: Trial, data: Data) -> Shape:
    """The static shape of the program of a member that is trained alone: it holds one update rule."""
    rows, epochs = data.training.x.shape[0], batches.epochs_per_table(data.training.x.shape[0])
    batch_rows = min(batches.capacity(trial.batch_size), rows)
    return Shape(
        network=trial.network.with_dropout(0.0) if trial.member.has_traced_dropout() else trial.network,
        loss=trial.loss,
        rules=(rule_of(trial.member.optimizer),),
        rows=rows,
        batch_rows=batch_rows,
        validation_rows=0 if data.validation is None else data.validation.x.shape[0],
        classification=data.classification,
        l2=trial.member.l2 > 0,
        label_smoothing=trial.member.label_smoothing > 0,
        clip_norm=trial.member.clip_norm > 0,
        averaging=trial.member.averaging > 0,
        traced_dropout=trial.member.has_traced_dropout(),
        costs=min(batches.capacity(epochs * batches.steps_per_epoch(rows, batch_rows)), 8_192),
        epochs=epochs,
    )


def shapes_of(trials: Sequence[Trial], data: Data) -> list[Shape]:
    """The static shapes of the programs of members that are trained together, in the members' order.

    Members whose shapes differ in nothing but a rule of `SHARING` get one program with exactly their rules, in the
    order of the bank, or one that is there already and has them all. What a rule computes does not depend on the
    rules beside it.
    """
    alone = [shape_of(trial, data) for trial in trials]
    common = [replace(shape, rules=()) if shape.rules[0] in SHARING else shape for shape in alone]
    rules: dict[Shape, set[Any]] = {}
    for key, shape in zip(common, alone, strict=True):
        rules.setdefault(key, set()).update(shape.rules)
    ordered = {key: tuple(rule for rule in SHARING if rule in found) or key.rules for key, found in rules.items()}
    return [at_hand(replace(key, rules=ordered[key])) for key in common]


def numbers_of(trial: Trial, data: Data, shape: Shape) -> Numbers:
    """The member's hyperparameters as the program of a shape takes them."""
    member, dtype = trial.member, data.training.x.dtype
    return Numbers(
        rule=np.int32(shape.rules.index(rule_of(member.optimizer))),
        coefficients=coefficients_of(member.optimizer, dtype),
        learns=np.asarray(trial.network.learns(), dtype),
        l2=np.asarray(member.l2, dtype),
        label_smoothing=np.asarray(member.label_smoothing, dtype),
        clip_norm=np.asarray(member.clip_norm, dtype),
        averaging=np.asarray(member.averaging, dtype),
        dropout=np.asarray(member.dropout, dtype),
        seed=np.uint32(member.seed % 2**32),
        batch_size=np.int32(trial.batch_size),
        patience=np.int32(trial.patience),
        by_cost=np.bool_(data.by_cost),
    )
