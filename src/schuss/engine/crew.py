"""Workers that advance cohorts in turn, until all members have been trained."""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple

import jax
import numpy as np

from schuss.engine.cohort import Cohort
from schuss.engine.data import Data
from schuss.engine.program import Shape

TICK_SECONDS = 0.1
"""How often the crew looks up from its work and reports."""

OPEN_PROGRAMS = 48
"""Programs in use at a time: fewer than are kept, so that none is compiled twice."""


class Limits(NamedTuple):
    """When a crew stops though there is more to train; times as `time.monotonic` counts.

    Attributes:
        begin: after this moment no cohort is begun, but for the first ones.
        end: after this moment every cohort stays where it is.
        least: so many cohorts are begun in any case.
    """

    begin: float = math.inf
    end: float = math.inf
    least: int = 1


class Crew:
    """Workers that advance cohorts in turn, so that all come forward evenly.

    At most as many cohorts are open at a time as fit in memory, and at most `OPEN_PROGRAMS` programs are in use; the
    other cohorts wait for one to end. With limits of time, cohorts are advanced to their end one after the other
    instead: what is cut off then are a few, and the others are whole.
    """

    def __init__(self, cohorts: Sequence[Cohort], room: int, limits: Limits | None = None) -> None:
        self.waiting = deque(_programs_first([cohort for cohort in cohorts if cohort.open]))
        self.room = room
        self.limits = limits or Limits()
        self.left = Counter(cohort.shape for cohort in self.waiting)
        """How many cohorts of each shape have not ended."""
        self.shapes: set[Shape] = set()
        """Shapes that were begun and have cohorts left: at most `OPEN_PROGRAMS`."""
        self.ready: deque[Cohort] = deque()
        self.busy = 0
        self.stopping = False
        self.begun = 0
        self.interrupted = False
        """Whether the user ended it."""
        self.changed = threading.Condition()

    def run(self, data: Sequence[Data], report: Callable[[], None]) -> None:
        """Train until all is done or the user interrupts, reporting now and then; one worker for every ``data``."""
        if self.limits != Limits():
            self.room = min(self.room, len(data))
        with ThreadPoolExecutor(len(data), thread_name_prefix="schuss") as pool:
            futures: list[Future[None]] = []
            try:
                for one in data:  # one by one: where no thread can be had, those that were begun are stopped
                    futures.append(pool.submit(self._work, one))
                while wait(futures, timeout=TICK_SECONDS).not_done:
                    report()
                    if time.monotonic() > self.limits.end:
                        break
            except KeyboardInterrupt:
                self.interrupted = True  # what is done is kept; leaving the pool waits for the calls under way
            finally:
                self._stop()
        for future in futures:
            future.result()

    def _work(self, data: Data) -> None:
        try:
            with jax.enable_x64(data.training.x.dtype == np.float64):  # a setting of this thread alone
                while cohort := self._take():
                    cohort.advance(data)
                    self._give(cohort)
        except BaseException:
            self._stop()
            raise

    def _take(self) -> Cohort | None:
        with self.changed:
            while not self.stopping:
                cohort = self._open_next() or (self.ready.popleft() if self.ready else None)
                if cohort:
                    self.busy += 1
                    return cohort
                if not self.busy and (not self.waiting or self._is_late()):
                    return None
                self.changed.wait()
            return None

    def _open_next(self) -> Cohort | None:
        """The first waiting cohort for which there is room, in memory and among the programs."""
        if self.room > 0 and not self._is_late():
            for place, cohort in enumerate(self.waiting):
                if cohort.shape in self.shapes or len(self.shapes) < OPEN_PROGRAMS:
                    del self.waiting[place]
                    self.room -= 1
                    self.shapes.add(cohort.shape)
                    self.begun += 1
                    return cohort
        return None

    def _is_late(self) -> bool:
        """Whether no further cohort may be begun."""
        return self.begun >= self.limits.least and time.monotonic() > self.limits.begin

    def _give(self, cohort: Cohort) -> None:
        with self.changed:
            self.busy -= 1
            if cohort.open:
                self.ready.append(cohort)
            else:
                self.room += 1
                self.left[cohort.shape] -= 1
                if not self.left[cohort.shape]:
                    self.shapes.discard(cohort.shape)
            self.changed.notify_all()

    def _stop(self) -> None:
        with self.changed:
            self.stopping = True
            self.changed.notify_all()


def _programs_first(cohorts: Sequence[Cohort]) -> list[Cohort]:
    """One cohort of every program before the others, so that workers compile different programs side by side."""
    firsts = {cohort.shape: cohort for cohort in reversed(cohorts)}
    return [*reversed(firsts.values()), *(cohort for cohort in cohorts if firsts[cohort.shape] is not cohort)]
