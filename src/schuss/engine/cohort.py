"""Members that are advanced together, a chunk of steps at a time.

A `Cohort` is what one worker advances in one call. On a CPU that is one member, and there is a worker for each core; on
other devices it is a group of members of one shape and one update rule, mapped with ``vmap``, and there is a worker for
each device. A cohort's result depends on its members and the data alone, not on which worker ran it or when.
"""

import functools
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, cast

import jax
import numpy as np

from schuss import batches
from schuss.engine.data import Data
from schuss.engine.program import Advanced, Chunk, MemberState, Program, Shape, program
from schuss.engine.trial import BestEpoch, Ending, Status, Trial, numbers_of

CALL_SECONDS = 0.25
"""How long one call should last: short enough to stop soon, long enough to make its overhead small."""


class OrderTables:
    """Order tables made so far, the latest few: members with one seed share them."""

    def __init__(self, rows: int, padded: int) -> None:
        self.rows = rows
        self.padded = padded
        self.epochs = batches.epochs_per_table(padded)
        self.get = functools.lru_cache(maxsize=16)(self._make)

    def _make(self, seed: int, table: int) -> np.ndarray:
        order = batches.order_table(seed, table, self.rows, self.epochs)
        return np.pad(order, ((0, 0), (0, self.padded - self.rows)))


class Cohort:
    """Members of one shape that are advanced together: one on a CPU, a group elsewhere."""

    def __init__(
        self, trials: Sequence[Trial], data: Data, shape: Shape, orders: OrderTables, *, grouped: bool
    ) -> None:
        self.trials = list(trials)
        self.data = data
        self.orders = orders
        self.grouped = grouped
        self.shape = shape
        self.state: MemberState | None = None
        self.between_calls = threading.Lock()
        """Held while state and trials change together."""
        self._numbers = self._together([numbers_of(trial, data, shape) for trial in self._filled()])
        if grouped:  # what is not mapped is the same for all
            n = self._numbers
            shared = {name: getattr(n, name)[0] for name in ("rule", "batch_size", "patience", "by_cost")}
            self._numbers = n._replace(**shared)

    @property
    def program(self) -> Program:
        """Asked for anew each time, so that programs no longer in use can go."""
        return program(self.shape)

    @property
    def open(self) -> bool:
        """Whether any member has more to train."""
        return any(trial.open for trial in self.trials)

    def advance(self, data: Data) -> None:
        """Train for about `CALL_SECONDS`; ``data`` is the run's, on the worker's device."""
        before = self._initial_state() if self.state is None else self.state
        started = time.perf_counter()
        lead = next(trial for trial in self.trials if trial.open)
        first = lead.t
        chunk, known = self._chunk(first, self._stop(lead)), self.program.seconds_per_step is not None
        after = self._call(before, data, chunk)
        healthy = np.atleast_1d(np.asarray(after.state.healthy))
        state = after.state if healthy.all() else self._back_to_health(before, after.state, data, chunk)
        with self.between_calls:
            self.state = state
            seconds = (time.perf_counter() - started) / sum(trial.open for trial in self.trials)
            self._record(after, chunk, healthy, first, seconds, known=known)
            self.finish()

    def states(self) -> list[MemberState | None]:
        """Where every member is; None for those that have not begun or have ended."""
        return [None] * len(self.trials) if self.state is None else self._apart(self.state)

    def resume(self, states: Sequence[MemberState | None]) -> None:
        """Go on from what `states` gave; a group goes on as a whole."""
        if self.open and all(state is not None for state in states):
            filled = [*states, *[states[-1]] * (len(self._filled()) - len(states))]
            self.state = self._together(filled)

    def _initial_state(self) -> MemberState:
        dtype = self.data.training.x.dtype
        states = [self.program.initial_state(t.network, t.member.seed, dtype, *(t.start or ())) for t in self._filled()]
        return self._together(states)

    def finish(self, status: Status | None = None) -> None:
        """Hand every ended member its weights; with a status, end those that have not."""
        for trial in self.trials:
            if trial.open and status is not None:
                trial.status = status
        if self.state is not None and any(not trial.open and trial.weights is None for trial in self.trials):
            for trial, state in zip(self.trials, self._apart(self.state), strict=True):
                if not trial.open and trial.weights is None:
                    state = jax.tree.map(np.asarray, state)
                    last = state.in_force(1 - trial.member.averaging**trial.t) if trial.t else state.params
                    trial.weights = state.best.params if state.best is not None and trial.best.epoch >= 0 else last
                    if trial.keeps_ending:
                        trial.ending = Ending(state.params, state.optimizer)
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
        """The step to stop at: by time, by the end of the order table, of the cost buffer and of a training."""
        shape, speed = self.program.shape, self.program.seconds_per_step
        wanted = 64 if speed is None else max(int(CALL_SECONDS / speed), 1)
        nearest = min(trial.last for trial in self.trials if trial.open)
        table_end = (lead.epochs // shape.epochs + 1) * shape.epochs * lead.per_epoch
        return min(lead.t + wanted, lead.t + shape.costs, table_end, nearest)

    def _chunk(self, first: int, stop: int) -> Chunk:
        shape, lead, filled = self.program.shape, self.trials[0], self._filled()
        table = first // lead.per_epoch // shape.epochs
        dtype = self.data.training.x.dtype
        rest = [not t.open or k >= len(self.trials) for k, t in enumerate(filled)]  # the ended, and what fills up
        stops = np.where(rest, 0, stop).astype(np.int32)
        return Chunk(
            order=self._together([self.orders.get(t.member.seed, table) for t in filled]),
            first_epoch=np.int32(table * shape.epochs),
            alpha=self._together([t.rates(first, shape.costs).astype(dtype) for t in filled]),
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
        steps = int(np.asarray(after.state.t).max()) - int(chunk.first_step)
        program.measure(seconds, steps)
        return after._replace(state=after.state._replace(healthy=self._healthy(after.state)))

    def _healthy(self, state: MemberState) -> np.ndarray:
        """Whether every cost and every weight is finite; in the program this would take longer to compile."""
        healthy = np.asarray(state.healthy)
        axes = healthy.ndim  # one of members in a group
        for weights in jax.tree.leaves(state.params):
            healthy = healthy & np.isfinite(weights).all(axis=tuple(range(axes, np.ndim(weights))))
        return healthy

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

    def _record(
        self, after: Advanced, chunk: Chunk, healthy: np.ndarray, first: int, seconds: float, *, known: bool
    ) -> None:
        """Write down what happened to every member."""
        costs = np.atleast_2d(np.asarray(after.costs))
        validation = np.asarray(after.validation).reshape(-1, self.program.shape.epochs, 2)
        state, start = cast(MemberState, self.state), int(chunk.first_epoch)
        t = np.atleast_1d(np.asarray(state.t))
        best = state.best and [
            np.atleast_1d(np.asarray(a)) for a in (state.best.score, state.best.cost, state.best.epoch)
        ]
        for k, trial in enumerate(self.trials):
            if not trial.open:
                continue
            end = int(t[k])
            trial.seconds += seconds
            if known:
                trial.swift = trial.swift[0] + seconds, trial.swift[1] + end - first
            trial.history.add_steps(costs[k, : end - first])
            if best:
                measured = validation[k, trial.epochs - start : end // trial.per_epoch - start]
                trial.history.add_epochs(measured[:, 0], measured[:, 1])
                trial.best = BestEpoch(float(best[0][k]), float(best[1][k]), int(best[2][k]))
            trial.t = end
            trial.diverged_at = None if healthy[k] else end + 1
            trial.status = self._status(trial)

    def _status(self, trial: Trial) -> Status:
        if trial.diverged_at is not None:
            return "diverged"
        if trial.t >= trial.steps:
            return "done"
        best_epoch = trial.best.epoch
        if best_epoch >= 0 and trial.epochs - 1 - best_epoch >= trial.patience:
            return "stopped early"
        return "out of time" if trial.t >= trial.last else "training"
