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
from schuss.engine.program import Numbers, Shape
from schuss.member import AUTO, Member
from schuss.network import Sequential
from schuss.optimizers.bank import SHARING, coefficients_of, rule_of

Status = Literal["waiting", "training", "done", "stopped early", "diverged", "interrupted"]


class Ending(NamedTuple):
    """The last weights of a training, and the optimizer's state (None: a new one), from which another can go on."""

    weights: Any
    optimizer: Any = None


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
    diverged_at: int | None = None
    seconds: float = 0.0
    best: tuple[float, float, int] = (-math.inf, math.inf, -1)
    """Score, cost and epoch of the best validation."""
    weights: Any = None
    """The best weights, or the last where there is no validation; set when training has ended."""
    start: Ending | None = None
    """Where an earlier training ended, to go on from there."""
    ending: Ending | None = None
    """Where this training ended; kept where ``keeps_ending``."""
    keeps_ending: bool = False
    ends: int | None = None
    """Epochs after which it ends, where that is before the last one planned."""
    history: History = field(default_factory=History)

    @property
    def open(self) -> bool:
        """Whether there is more to train."""
        return self.status in ("waiting", "training")

    @property
    def last(self) -> int:
        """The step after which it ends."""
        return self.steps if self.ends is None else min(self.ends * self.per_epoch, self.steps)

    @property
    def epochs(self) -> int:
        """Whole passes done."""
        return self.t // self.per_epoch

    def learning_rates(self, first: int, count: int) -> np.ndarray:
        """α of the ``count`` steps after the first ``first``; zeros after the last planned one."""
        t = np.arange(first + 1, first + count + 1)
        alpha_0 = getattr(self.member.optimizer, "learning_rate", 1.0)  # optax keeps its own rate
        alpha = self.member.schedule(alpha_0, t, (t - 1) // self.per_epoch, self.steps)
        return np.where(t <= self.steps, alpha, 0.0)


def plan(member: Member, data: Data, epochs: int, patience: int | None, memory: int | None = None) -> Trial:
    """What training a member on the data will be.

    Args:
        member: its hyperparameters.
        data: the rows.
        epochs: passes through the training rows.
        patience: epochs without a better validation score after which it stops; None for never.
        memory: bytes that a mini-batch may take, for ``batch_size="auto"``.

    Raises:
        ValueError: more steps than can be counted.
    """
    inputs = math.prod(data.training.x.shape[1:])
    network = member.build(inputs, data.outputs, classes=data.classes, embeddings=data.embeddings)
    size = member.batch_size
    if size == AUTO:
        need = row_bytes([data.width, *member.hidden_layer_sizes, data.outputs], data.itemsize)
        size = batches.advise_batch_size(data.rows, need, memory).batch_size
    size = min(int(size), data.rows)
    loss = member.loss
    if loss == AUTO:
        loss = "cross_entropy" if data.classes else "mean_squared_error"
    per_epoch = batches.steps_per_epoch(data.rows, size)
    if epochs * per_epoch >= 2**31:
        raise ValueError(f"epochs must be below {2**31 // per_epoch:,} (2³¹ steps are counted), however: {epochs:,}")
    return Trial(member, network, size, loss, epochs * per_epoch, per_epoch, epochs if patience is None else patience)


def shape_of(trial: Trial, data: Data) -> Shape:
    """The static shape of the program of a member that is trained alone: it holds one update rule."""
    rows, epochs = data.training.x.shape[0], batches.epochs_per_table(data.rows)
    batch_rows = min(batches.capacity(trial.batch_size), rows)
    return Shape(
        network=trial.network.with_dropout(0.0) if trial.member.has_traced_dropout() else trial.network,
        loss=trial.loss,
        rules=(rule_of(trial.member.optimizer),),
        rows=rows,
        batch_rows=batch_rows,
        validation_rows=0 if data.validation is None else data.validation.x.shape[0],
        classes=data.classes,
        l2=trial.member.l2 > 0,
        traced_dropout=trial.member.has_traced_dropout(),
        costs=min(batches.capacity(epochs * batches.steps_per_epoch(rows, batch_rows)), 8_192),
        epochs=epochs,
    )


def shapes_of(trials: Sequence[Trial], data: Data) -> list[Shape]:
    """The static shapes of the programs of members that are trained together, in the members' order.

    Members whose shapes differ in nothing but a rule of `SHARING` get one program with exactly their rules, in the
    order of the bank. What a rule computes does not depend on the rules beside it.
    """
    alone = [shape_of(trial, data) for trial in trials]
    common = [replace(shape, rules=()) if shape.rules[0] in SHARING else shape for shape in alone]
    rules: dict[Shape, set[Any]] = {}
    for key, shape in zip(common, alone, strict=True):
        rules.setdefault(key, set()).update(shape.rules)
    ordered = {key: tuple(rule for rule in SHARING if rule in found) or key.rules for key, found in rules.items()}
    return [replace(key, rules=ordered[key]) for key in common]


def numbers_of(trial: Trial, data: Data, shape: Shape) -> Numbers:
    """The member's hyperparameters as the program of a shape takes them."""
    member, dtype = trial.member, data.training.x.dtype
    return Numbers(
        rule=np.int32(shape.rules.index(rule_of(member.optimizer))),
        coefficients=coefficients_of(member.optimizer, dtype),
        l2=np.asarray(member.l2, dtype),
        dropout=np.asarray(member.dropout, dtype),
        seed=np.uint32(member.seed % 2**32),
        batch_size=np.int32(trial.batch_size),
        patience=np.int32(trial.patience),
        by_cost=np.bool_(data.by_cost),
    )
