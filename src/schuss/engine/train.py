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

from schuss.batches import capacity
from schuss.engine import checkpoint as checkpoints
from schuss.engine import memory
from schuss.engine.cohort import Cohort, OrderTables
from schuss.engine.crew import Crew, Limits
from schuss.engine.data import BLOCK, Data, Table, data_of
from schuss.engine.memory import Room
from schuss.engine.trial import Ending, Trial, plan, shape_of, shapes_of
from schuss.member import Member
from schuss.optimizers.bank import rule_of

CHECKPOINT_SECONDS = 30
"""How often a checkpoint is brought up to date."""


@dataclass(frozen=True)
class Progress:
    """Where a run is: handed to the callback about ten times a second."""

    trials: Sequence[Trial]
    room: Room
    """How many members, or groups, memory lets train at a time, and why."""

    @property
    def steps(self) -> int:
        """Member-steps done."""
        return sum(trial.t for trial in self.trials)

    @property
    def planned(self) -> int:
        """Member-steps done and still to do; members that stopped count what they did."""
        return sum(trial.steps if trial.open else trial.t for trial in self.trials)


def train(
    members: Sequence[Member],
    training: Table,
    validation: Table | None = None,
    *,
    epochs: int | Sequence[int] = 100,
    patience: int | None = None,
    best_epoch_by: Literal["score", "cost"] = "score",
    starts: Sequence[Ending | None] | None = None,
    devices: int | None = None,
    dtype: Any = np.float32,
    callback: Callable[[Progress], None] | None = None,
    grouped: bool | None = None,
    checkpoint: Path | None = None,
    limits: Limits | None = None,
    stops: Sequence[int | None] | None = None,
    rows: int = 0,
) -> list[Trial]:
    """Train every member on the same rows.

    Args:
        members: what to train.
        training: rows to learn from.
        validation: rows that no update sees; they rank the members, choose each one's best epoch and stop it early.
        epochs: passes through the training rows, of all members or of each.
        patience: epochs without a better validation after which a member stops; default never.
        best_epoch_by: whether a better validation is one of higher score (then of lower cost) or of lower cost.
        starts: where each member begins: the `Trial.ending` of an earlier training, or None for its first weights.
            When given, every trial keeps its ending.
        devices: how many members (CPU) or groups (GPU) are trained at the same time; default one more than cores, or
            every device.
        dtype: float32 or float64.
        callback: called with the `Progress` while training runs.
        grouped: whether members are mapped with ``vmap``; default only on other devices than CPUs.
        checkpoint: file to go on from if it is there, and to keep up to date every `CHECKPOINT_SECONDS` and at the end.
        limits: moments after which no member is begun, and none goes on; default never.
        stops: the step after which each member is out of time, or None to let it come to its end: the trials are then,
            to the bit, those of a training that Ctrl-C or a limit ended after so many steps.
        rows: number of training rows of a later training, which is to use the same programs.

    Returns:
        The trials, in the members' order. The first Ctrl-C ends training early and returns what is done: trials are
        then "interrupted"; after a limit they are "out of time".

    Raises:
        ValueError: the tables do not fit together; the message says how.
    """
    data = replace(data_of(training, validation, dtype, rows), by_cost=best_epoch_by == "cost")
    grouped = jax.default_backend() != "cpu" if grouped is None else grouped
    places = _places(devices, grouped)
    with jax.enable_x64(np.dtype(dtype) == np.float64):
        placed = {place: data.on(place) for place in places}
    budget = int(memory.free_bytes() * memory.SHARE)
    each = [epochs] * len(members) if isinstance(epochs, int) else epochs
    trials = [plan(member, data, own, patience, memory=budget) for member, own in zip(members, each, strict=True)]
    if starts is not None:
        for trial, start in zip(trials, starts, strict=True):
            trial.start, trial.keeps_ending = start, True
    for trial, stop in zip(trials, stops or [None] * len(trials), strict=True):
        trial.stop = stop
        trial.status = "out of time" if stop == 0 else trial.status
    cohorts = _cohorts(trials, data, grouped, len(places), budget)
    needs = [capacity(len(one.trials)) * _member_bytes(one.trials[0], data, grouped) for one in cohorts]
    step = 0 if grouped else max((_step_bytes(trial, data) for trial in trials), default=0)
    room = memory.room_for(needs, step, budget, len(places))
    progress = Progress(trials, room)
    if checkpoint:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        if checkpoint.exists():
            checkpoints.restore(checkpoint, cohorts, data)
    saved = time.monotonic()

    def report() -> None:
        nonlocal saved
        if callback:
            callback(progress)
        if checkpoint and time.monotonic() - saved > CHECKPOINT_SECONDS:
            checkpoints.save(checkpoint, cohorts, data)
            saved = time.monotonic()

    crew = Crew(cohorts, room.members, limits)
    try:
        with memory.shortage_explained(room):
            crew.run([placed[place] for place in places[: room.workers]], report)
    finally:
        if checkpoint:
            checkpoints.save(checkpoint, cohorts, data)
    for cohort in cohorts:
        cohort.finish("interrupted" if crew.interrupted else "out of time")
    if callback:
        callback(progress)
    return trials


def _places(devices: int | None, grouped: bool) -> list[Any]:
    """The device of every worker: on a CPU all share the one, elsewhere each has its own.

    A CPU has one worker more than cores: while one of them prepares its next call, the others keep the cores busy.
    """
    found = jax.local_devices()
    if grouped:
        return found[: devices or len(found)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [found[0]] * (devices or (cores or 1) + 1)


def _cohorts(trials: Sequence[Trial], data: Data, grouped: bool, workers: int, budget: int) -> list[Cohort]:
    """One cohort a member; or groups of one shape and update rule, shared out to the workers, that fit in memory."""
    orders = OrderTables(data.rows, data.training.x.shape[0])
    planned = list(zip(trials, shapes_of(trials, data), strict=True))
    if not grouped:
        return [Cohort([trial], data, shape, orders, grouped=False) for trial, shape in planned]
    groups: dict[Any, list[Trial]] = {}
    for trial, shape in planned:
        key = (shape, rule_of(trial.member.optimizer), trial.batch_size, trial.patience)
        groups.setdefault(key, []).append(trial)
    cohorts: list[Cohort] = []
    for (shape, *_), group in groups.items():
        fitting = max(budget // _member_bytes(group[0], data, grouped=True), 1)
        parts = max(min(workers, len(group)), -(-len(group) // fitting))
        cohorts += [Cohort(group[k::parts], data, shape, orders, grouped=True) for k in range(parts)]
    return cohorts


def _member_bytes(trial: Trial, data: Data, grouped: bool) -> int:
    """What one member needs: in a group also its own order table and mini-batch, which workers share on a CPU."""
    kept = memory.member_bytes(trial.network, data.itemsize)
    if not grouped:
        return kept
    shape = shape_of(trial, data)
    order = 2 * shape.epochs * (shape.rows + shape.batch_rows) * np.dtype(np.int32).itemsize
    return kept + order + _step_bytes(trial, data)


def _step_bytes(trial: Trial, data: Data) -> int:
    """What a mini-batch, or a block of validation rows, takes while it is computed."""
    shape = shape_of(trial, data)
    rows = max(shape.batch_rows, min(BLOCK, shape.validation_rows))
    return rows * memory.row_bytes(trial.network, data.training.x.shape[1:], data.itemsize)
