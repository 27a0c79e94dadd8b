"""Train a population: members in, trials out, in the members' order.

>>> rng = np.random.default_rng(0)
>>> x = rng.standard_normal((40, 2))
>>> table = Table(x, (x[:, 0] > 0).astype(int))
>>> trials = train([Member((8,), "relu"), Member((8,), "tanh")], table, epochs=60)
>>> [trial.status for trial in trials]
['done', 'done']
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from schuss import batches, evaluation, memory
from schuss import checkpoint as checkpoints
from schuss.member import Member
from schuss.memory import Room
from schuss.population import Crew, OrderTables, Task
from schuss.program import rule_of
from schuss.trial import Data, Ending, Trial, plan, shape_of

CHECKPOINT_SECONDS = 30
"""How often a checkpoint is brought up to date."""


@dataclass(frozen=True)
class Table:
    """Rows to train or to validate on.

    Args:
        x: inputs [N, I], or [N, …] for networks of your own.
        y: class numbers from 0 [N], integers; or values, floats, [N] or [N, O].
        weight: of every row, ≥ 0 [N]; default 1.
    """

    x: Any
    y: Any
    weight: Any = None


@dataclass(frozen=True)
class Progress:
    """Where a run is: handed to the callback about ten times a second."""

    trials: Sequence[Trial]
    room: Room
    """How many members, or groups, memory lets train at a time, and why."""
    earlier: Sequence[Trial] = ()
    """Trials of folds that have ended."""
    fold: int = 0
    folds: int = 1
    """Which fold is trained, from 0, and of how many."""

    @property
    def steps(self) -> int:
        """Member-steps done."""
        return sum(trial.t for trial in [*self.earlier, *self.trials])

    @property
    def planned(self) -> int:
        """Member-steps still planned and done: members that stopped count what they did."""
        here = sum(trial.last if trial.open else trial.t for trial in self.trials)
        return sum(trial.t for trial in self.earlier) + here * (self.folds - self.fold)


def train(
    members: Sequence[Member],
    training: Table,
    validation: Table | None = None,
    *,
    outputs: int | None = None,
    embeddings: Sequence[tuple[int, int]] = (),
    epochs: int = 100,
    patience: int | None = None,
    best_epoch_by: Literal["score", "cost"] = "score",
    starts: Sequence[Ending | None] | None = None,
    ends: Sequence[int] | None = None,
    devices: int | None = None,
    dtype: Any = np.float32,
    callback: Callable[[Progress], None] | None = None,
    grouped: bool | None = None,
    checkpoint: Path | None = None,
) -> list[Trial]:
    """Train every member on the same rows.

    Args:
        members: what to train.
        training: rows to learn from.
        validation: rows that no update sees; they rank the members, choose each one's best epoch and stop it early.
        outputs: O; default the number of classes (largest class number + 1) or of columns of y.
        embeddings: (levels, width) of each of the last columns of x that holds codes of categories; see
            `schuss.layers.Embedding`.
        epochs: passes through the training rows.
        patience: epochs without a better validation after which a member stops; default never.
        best_epoch_by: whether a better validation is one of higher score (then of lower cost) or of lower cost.
        starts: where each member begins: the `Trial.ending` of an earlier training, or None for its first weights.
            When given, every trial keeps its ending.
        ends: epochs after which each member ends, ≥ 1, though its schedule spans all; default all of them.
        devices: how many members (CPU) or groups (GPU) are trained at the same time; default one more than cores, or
            every device.
        dtype: float32 or float64.
        callback: called with the `Progress` while training runs.
        grouped: whether members are mapped with ``vmap``; default only on other devices than CPUs.
        checkpoint: file to go on from if it is there, and to keep up to date every `CHECKPOINT_SECONDS` and at the end.

    Returns:
        The trials, in the members' order. The first Ctrl-C ends training early and returns what is done: trials are
        then "interrupted".

    Raises:
        ValueError: the tables do not fit together; the message says how.
    """
    data = prepare(training, validation, outputs, dtype)
    data = replace(data, embeddings=tuple(embeddings), by_cost=best_epoch_by == "cost")
    grouped = jax.default_backend() != "cpu" if grouped is None else grouped
    places = _places(devices, grouped)
    with jax.enable_x64(np.dtype(dtype) == np.float64):
        placed = {place: data.on(place) for place in places}
    budget = int(memory.free_bytes() * memory.SHARE)
    trials = [plan(member, data, epochs, patience, memory=budget // (8 * len(places))) for member in members]
    if starts is not None:
        for trial, start in zip(trials, starts, strict=True):
            trial.start, trial.keeps_ending = start, True
    if ends is not None:
        for trial, end in zip(trials, ends, strict=True):
            if end < 1:
                raise ValueError(f"ends must be ≥ 1, however: {end}")
            trial.ends = end
    tasks = _tasks(trials, data, grouped, len(places), budget)
    needs = [batches.capacity(len(task.trials)) * _member_bytes(task.trials[0], data, grouped) for task in tasks]
    room = memory.room_for(needs, budget, len(places))
    progress = Progress(trials, room)
    if checkpoint:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        if checkpoint.exists():
            checkpoints.restore(checkpoint, tasks, data)
    saved = time.monotonic()

    def report() -> None:
        nonlocal saved
        if callback:
            callback(progress)
        if checkpoint and time.monotonic() - saved > CHECKPOINT_SECONDS:
            checkpoints.save(checkpoint, tasks, data)
            saved = time.monotonic()

    try:
        Crew(tasks, room.members).run([placed[place] for place in places], report)
    finally:
        if checkpoint:
            checkpoints.save(checkpoint, tasks, data)
    for task in tasks:
        task.finish("interrupted")
    if callback:
        callback(progress)
    return trials


def prepare(training: Table, validation: Table | None, outputs: int | None = None, dtype: Any = np.float32) -> Data:
    """Check the tables and pad them to the lengths programs are compiled for.

    Raises:
        ValueError: no rows, rows of x and y that do not match, numbers that are not finite, classes that are not
            0 … O−1, validation rows of another form.
    """
    y = np.asarray(training.y)
    classes = y.ndim == 1 and np.issubdtype(y.dtype, np.integer)
    width = outputs or (int(y.max(initial=0)) + 1 if classes else (y.shape[1] if y.ndim == 2 else 1))
    rows = _rows("training", training, width, classes, dtype)
    held_out = _rows("validation", validation, width, classes, dtype) if validation else None
    if held_out and held_out.x.shape[1:] != rows.x.shape[1:]:
        wanted, found = rows.x.shape[1:], held_out.x.shape[1:]
        raise ValueError(f"validation rows must have the shape {wanted} of training rows, however: {found}")
    return Data(rows, held_out, width, classes)


def _rows(name: str, table: Table, outputs: int, classes: bool, dtype: Any) -> evaluation.Rows:
    x = np.ascontiguousarray(table.x, dtype)
    y = np.asarray(table.y)
    if x.ndim < 2 or len(x) == 0:
        raise ValueError(f"{name} x must be [N, I] with at least one row, however: shape {x.shape}")
    if len(y) != len(x):
        raise ValueError(f"{name} x and y must have the same number of rows, however: {len(x)} and {len(y)}")
    if classes:
        last = max(outputs, 2) - 1  # one output tells two classes apart
        if not np.issubdtype(y.dtype, np.integer) or y.min() < 0 or y.max() > last:
            raise ValueError(f"{name} y must be class numbers from 0 to {last}, however: {y.min()} … {y.max()}")
        y = y.astype(np.int32)
    else:
        y = np.asarray(y, dtype).reshape(len(x), -1)
        if y.shape[1] != outputs:
            raise ValueError(f"{name} y must have {outputs} columns, however: {y.shape[1]}")
    weight = None if table.weight is None else np.asarray(table.weight, dtype)
    if weight is not None and (weight.shape != (len(x),) or not np.all(weight >= 0) or not weight.sum() > 0):
        raise ValueError(
            f"{name} weight must be one number ≥ 0 for every row, not all 0, however: shape {weight.shape}"
        )
    for what, array in (("x", x), ("y", y), ("weight", weight)):
        if array is not None and not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise ValueError(f"{name} {what} must be finite, however: row {row} is not")
    length = batches.capacity(len(x)) if name == "training" else evaluation.blocks_length(len(x))
    return evaluation.pad(x, y, weight, length)


def _places(devices: int | None, grouped: bool) -> list[Any]:
    """The device of every worker: on a CPU all share the one, elsewhere each has its own.

    A CPU has one worker more than cores: while one of them prepares its next call, the others keep the cores busy.
    """
    found = jax.local_devices()
    if grouped:
        return found[: devices or len(found)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [found[0]] * (devices or (cores or 1) + 1)


def _tasks(trials: Sequence[Trial], data: Data, grouped: bool, workers: int, budget: int) -> list[Task]:
    """One task a member; or groups of one shape and update rule, shared out to the workers, that fit in memory."""
    orders = OrderTables(data.rows, data.training.x.shape[0])
    if not grouped:
        return [Task([trial], data, orders, grouped=False) for trial in trials]
    groups: dict[Any, list[Trial]] = {}
    for trial in trials:
        key = (shape_of(trial, data), rule_of(trial.member.optimizer)[1], trial.batch_size, trial.patience)
        groups.setdefault(key, []).append(trial)
    tasks: list[Task] = []
    for group in groups.values():
        fitting = max(budget // _member_bytes(group[0], data, grouped=True), 1)
        parts = max(min(workers, len(group)), -(-len(group) // fitting))
        tasks += [Task(group[k::parts], data, orders, grouped=True) for k in range(parts)]
    return tasks


def _member_bytes(trial: Trial, data: Data, grouped: bool) -> int:
    """What one member needs: in a group also its own order table and mini-batch, which workers share on a CPU."""
    kept = memory.member_bytes(trial.network, data.itemsize)
    if not grouped:
        return kept
    shape = shape_of(trial, data)
    order = 2 * shape.epochs * (shape.rows + shape.batch_rows) * np.dtype(np.int32).itemsize
    rows = max(shape.batch_rows, min(evaluation.BLOCK, shape.validation_rows))
    widths = [data.width, *trial.member.hidden_layer_sizes, data.outputs]
    return kept + order + rows * memory.row_bytes(widths, data.itemsize)
