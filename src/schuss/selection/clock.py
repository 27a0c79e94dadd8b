"""The time that a run may take, and how much of it is left."""

import re
import time
from statistics import median
from typing import Self

import psutil

RESERVE_SECONDS = 2.0
"""What judging and writing take, kept free at the end."""

SCORINGS = 450
"""So many times a score is measured while the blend is chosen."""

UNITS = {"s": 1, "m": 60, "h": 3_600}


class Clock:
    """Counts from the start of a run.

    Args:
        seconds: that the run may take, > 0.
        started: when it began, as `time.monotonic` counts; default now.
    """

    def __init__(self, seconds: float, started: float | None = None) -> None:
        self.seconds = seconds
        self.started = time.monotonic() if started is None else started
        self.reserve = RESERVE_SECONDS
        self._scorings: list[float] = []

    def keep_free(self, scoring: float) -> None:
        """Keep enough time to choose the blend: measuring a score took so many seconds this time."""
        self._scorings.append(scoring)
        self.reserve = RESERVE_SECONDS + SCORINGS * median(self._scorings)

    @classmethod
    def of_process(cls, seconds: float) -> Self:
        """A clock that counts from the start of this process."""
        return cls(seconds, time.monotonic() - max(time.time() - psutil.Process().create_time(), 0.0))

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds left for training; below 0 where there are none."""
        return self.end - time.monotonic()

    @property
    def end(self) -> float:
        """When training must have ended, as `time.monotonic` counts."""
        return self.started + self.seconds - self.reserve


def seconds_of(budget: str | float) -> float:
    """A budget in seconds: a number of them, or text such as 30s, 5m, 1.5h.

    Raises:
        ValueError: it is none, or not above 0.

    >>> seconds_of("30s"), seconds_of("1.5h"), seconds_of(20)
    (30.0, 5400.0, 20.0)
    """
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([smh]?)\s*", budget) if isinstance(budget, str) else None
    if isinstance(budget, str) and found is None:
        raise ValueError(f"budget must be a time such as 30s, 5m or 2h, not {budget!r}.")
    seconds = float(found[1]) * UNITS.get(found[2], 1) if found else float(budget)
    if not 0 < seconds < 1e9:
        raise ValueError(f"budget must be above 0 and below 1e9 seconds, not {budget!r}.")
    return seconds
