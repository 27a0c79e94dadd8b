"""A population on its way: members → programs → devices, a chunk of steps at a time.

A `Task` is what one worker advances in one call. On a CPU that is one member, and there is a worker for each core; on
other devices it is a group of members of one shape and one update rule, mapped with ``vmap``, and there is a worker for
each device. A task's result depends on its members and the data alone, not on which worker ran it or when.
"""

import functools
import math
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import jax
import numpy as np

from schuss import batches
from schuss.evaluation import Rows
from schuss.history import History
from schuss.member import AUTO, Member
from schuss.memory import row_bytes
from schuss.network import Sequential
from schuss.program import COEFFICIENTS, Advanced, Chunk, MemberState, Numbers, Program, Shape, program, rule_of

Status = Literal["waiting", "training", "done", "stopped early", "diverged", "interrupted"]

CALL_SECONDS = 0.25
"""How long one call should last: short enough to stop soon, long enough to make its overhead small."""


@dataclass(frozen=True)
class Data:
    """The rows of a run on one device, and what the targets are."""

    training: Rows
    validation: Rows | None
    outputs: int
    classes: bool

    @property
    def rows(self) -> int:
        """m, the number of training rows."""
        return int(self.training.count)

    def on(self, device: Any) -> "Data":
        """The same rows on a device."""
        training, validation = jax.device_put((self.training, self.validation), device)
        return replace(self, training=training, validation=validation)


@dataclass
class Trial:
    """One member's training: what is planned, how far it is, and what came of it."""

    member: Member
    network: Sequential
    batch_size: int
    loss: Any
    steps: int
    """Planned, T."""
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
    history: History = field(default_factory=History)

    @property
    def open(self) -> bool:
        """Whether there is more to train."""
        return self.status in ("waiting", "training")

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
    """
    inputs = math.prod(data.training.x.shape[1:])
    network = member.build(inputs, data.outputs)
    size = member.batch_size
    if size == AUTO:
        need = row_bytes([inputs, *member.hidden_layer_sizes, data.outputs])
        size = batches.advise_batch_size(data.rows, need, memory).batch_size
    size = min(int(size), data.rows)
    loss = member.loss
    if loss == AUTO:
        loss = "cross_entropy" if data.classes else "mean_squared_error"
    per_epoch = batches.steps_per_epoch(data.rows, size)
    return Trial(member, network, size, loss, epochs * per_epoch, per_epoch, epochs if patience is None else patience)


def shape_of(trial: Trial, data: Data) -> Shape:
    """The static shape of a member's program: of the member and the data, not of its company."""
    rule, _ = rule_of(trial.member.optimizer)
    rows, epochs = data.training.x.shape[0], batches.epochs_per_table(data.rows)
    batch_rows = min(batches.capacity(trial.batch_size), rows)
    return Shape(
        network=trial.network.with_dropout(0.0) if trial.member.has_traced_dropout() else trial.network,
        loss=trial.loss,
        rule=rule,
        rows=rows,
        batch_rows=batch_rows,
        validation_rows=0 if data.validation is None else data.validation.x.shape[0],
        classes=data.classes,
        l2=trial.member.l2 > 0,
        traced_dropout=trial.member.has_traced_dropout(),
        costs=min(batches.capacity(epochs * batches.steps_per_epoch(rows, batch_rows)), 8_192),
        epochs=epochs,
    )


def numbers_of(trial: Trial, dtype: Any) -> Numbers:
    """The member's hyperparameters as the program takes them."""
    member = trial.member
    _, place = rule_of(member.optimizer)
    coefficients = np.zeros(COEFFICIENTS, dtype)
    own = getattr(member.optimizer, "coefficients", tuple)()
    coefficients[: len(own)] = own
    return Numbers(
        rule=np.int32(place),
        coefficients=coefficients,
        l2=np.asarray(member.l2, dtype),
        dropout=np.asarray(member.dropout, dtype),
        seed=np.uint32(member.seed % 2**32),
        batch_size=np.int32(trial.batch_size),
        patience=np.int32(trial.patience),
    )


class OrderTables:
    """Order tables made so far, the latest few: members with one seed share them."""

    def __init__(self, rows: int, padded: int) -> None:
        self.rows = rows
        self.padded = padded
        self.get = functools.lru_cache(maxsize=16)(self._make)

    def _make(self, seed: int, table: int) -> np.ndarray:
        order = batches.order_table(seed, table, self.rows)
        return np.pad(order, ((0, 0), (0, self.padded - self.rows)))


class Task:
    """Members of one shape that are advanced together: one on a CPU, a group elsewhere."""

    def __init__(self, trials: Sequence[Trial], data: Data, orders: OrderTables, *, grouped: bool) -> None:
        self.trials = list(trials)
        self.data = data
        self.orders = orders
        self.grouped = grouped
        self.program: Program = program(shape_of(self.trials[0], data))
        self.state: MemberState | None = None
        self._numbers = self._together([numbers_of(trial, data.training.x.dtype) for trial in self._filled()])
        if grouped:  # what is not mapped is the same for all
            n = self._numbers
            self._numbers = n._replace(rule=n.rule[0], batch_size=n.batch_size[0], patience=n.patience[0])

    @property
    def open(self) -> bool:
        """Whether any member has more to train."""
        return any(trial.open for trial in self.trials)

    def advance(self, data: Data) -> None:
        """Train for about `CALL_SECONDS`; ``data`` is the run's, on the worker's device."""
        if self.state is None:
            dtype = data.training.x.dtype
            self.state = self._together([self.program.initial_state(t.member.seed, dtype) for t in self._filled()])
        started = time.perf_counter()
        lead = next(trial for trial in self.trials if trial.open)
        first = lead.t
        chunk = self._chunk(first, self._stop(lead))
        after = self._call(self.state, data, chunk)
        healthy = np.atleast_1d(np.asarray(after.state.healthy))
        self.state = after.state if healthy.all() else self._back_to_health(self.state, after.state, data, chunk)
        self._record(after, chunk, healthy, first, (time.perf_counter() - started) / len(self.trials))

    def finish(self, status: Status | None = None) -> None:
        """Hand every ended member its weights; with a status, end those that have not."""
        for trial in self.trials:
            if trial.open and status is not None:
                trial.status = status
        if self.state is not None and any(not trial.open and trial.weights is None for trial in self.trials):
            for trial, state in zip(self.trials, self._apart(self.state), strict=True):
                if not trial.open and trial.weights is None:
                    chosen = state.best if state.best is not None and trial.best[2] >= 0 else state
                    trial.weights = jax.tree.map(np.asarray, chosen.params)
        if not self.open:
            self.state = None

    def _filled(self) -> list[Trial]:
        """The trials, and in a group the last one again up to a padded number, so that group sizes share programs."""
        if not self.grouped:
            return self.trials
        extra = batches.capacity(len(self.trials)) - len(self.trials)
        return self.trials + self.trials[-1:] * extra

    def _together(self, trees: list[Any]) -> Any:
        return jax.tree.map(lambda *leaves: np.stack(leaves), *trees) if self.grouped else trees[0]

    def _apart(self, tree: Any) -> list[Any]:
        if not self.grouped:
            return [tree]
        host = jax.device_get(tree)
        return [jax.tree.map(lambda leaf, k=k: leaf[k], host) for k in range(len(self.trials))]

    def _stop(self, lead: Trial) -> int:
        """The step to stop at: by time, by the end of the order table, of the cost buffer and of the plan."""
        shape, speed = self.program.shape, self.program.seconds_per_step
        wanted = 64 if speed is None else max(int(CALL_SECONDS / speed), 1)
        table_end = (lead.epochs // shape.epochs + 1) * shape.epochs * lead.per_epoch
        return min(lead.t + wanted, lead.t + shape.costs, table_end, lead.steps)

    def _chunk(self, first: int, stop: int) -> Chunk:
        shape, lead, filled = self.program.shape, self.trials[0], self._filled()
        table = first // lead.per_epoch // shape.epochs
        dtype = self.data.training.x.dtype
        stops = np.where(np.arange(len(filled)) < len(self.trials), stop, 0).astype(np.int32)  # what fills up rests
        return Chunk(
            order=self._together([self.orders.get(t.member.seed, table) for t in filled]),
            first_epoch=np.int32(table * shape.epochs),
            alpha=self._together([t.learning_rates(first, shape.costs).astype(dtype) for t in filled]),
            first_step=np.int32(first),
            stop=stops if self.grouped else stops[0],
        )

    def _call(self, state: MemberState, data: Data, chunk: Chunk) -> Advanced:
        program = self.program
        call = program.advance_group if self.grouped else program.advance
        # On the device from the first call on: JAX compiles anew for arguments that come from elsewhere.
        state, numbers = jax.device_put((state, self._numbers), data.training.x.sharding)
        with nullcontext() if program.seconds_per_step is not None else program.first_calls:
            started = time.perf_counter()
            after = jax.block_until_ready(call(state, numbers, data.training, data.validation, chunk))
        seconds = time.perf_counter() - started
        steps = int(np.max(after.state.t)) - int(chunk.first_step)
        program.measure(seconds, steps)
        return after

    def _back_to_health(self, before: MemberState, after: MemberState, data: Data, chunk: Chunk) -> MemberState:
        """Train again, exactly as before, up to the last step that left every number finite: found by bisection."""
        healthy = np.asarray(after.healthy)
        good, bad = np.asarray(before.t), np.asarray(after.t)  # good steps are known to be; bad ones are not
        while True:
            unsure = ~healthy & (bad - good > 1)
            stop = np.where(unsure, (good + bad) // 2, np.where(healthy, before.t, good)).astype(np.int32)
            again = self._call(before, data, chunk._replace(stop=stop)).state
            if not unsure.any():
                break
            fine = np.asarray(again.healthy)
            good, bad = np.where(unsure & fine, stop, good), np.where(unsure & ~fine, again.t, bad)

        def choose(new: Any, old: Any) -> Any:
            return np.where(healthy.reshape(healthy.shape + (1,) * (np.ndim(new) - healthy.ndim)), old, new)

        return jax.tree.map(choose, again, after)

    def _record(self, after: Advanced, chunk: Chunk, healthy: np.ndarray, first: int, seconds: float) -> None:
        """Write down what happened to every member."""
        costs, alpha = np.atleast_2d(np.asarray(after.costs)), np.atleast_2d(chunk.alpha)
        validation = np.asarray(after.validation).reshape(-1, self.program.shape.epochs, 2)
        for k, (trial, state) in enumerate(zip(self.trials, self._apart(self.state), strict=True)):
            if not trial.open:
                continue
            end = int(state.t)
            trial.seconds += seconds
            trial.history.add_steps(first + 1, costs[k, : end - first], alpha[k, : end - first])
            if state.best is not None:
                start = int(chunk.first_epoch)
                measured = validation[k, trial.epochs - start : end // trial.per_epoch - start]
                trial.history.add_epochs(measured[:, 0], measured[:, 1])
                trial.best = (float(state.best.score), float(state.best.cost), int(state.best.epoch))
            trial.t = end
            trial.diverged_at = None if healthy[k] else end + 1
            trial.status = self._status(trial)

    def _status(self, trial: Trial) -> Status:
        if trial.diverged_at is not None:
            return "diverged"
        if trial.t >= trial.steps:
            return "done"
        best_epoch = trial.best[2]
        return "stopped early" if best_epoch >= 0 and trial.epochs - 1 - best_epoch >= trial.patience else "training"
