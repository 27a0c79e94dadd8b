"""What is kept of a member's training: the cost of every mini-batch, and the validation of every epoch."""

import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

IN_MEMORY = 1 << 22
"""Up to so many costs of a member, 4,194,304, are kept in memory: 16 MiB in float32. More go to a temporary file."""


def no_rates(first: int, count: int) -> np.ndarray:
    """NaN for every step: where no schedule is known."""
    del first
    return np.full(count, np.nan)


class Series:
    """Numbers that are only ever added to: in memory up to `IN_MEMORY` of them, beyond that all in a temporary file.

    The file lies in the folder for temporary files and goes when the series does. The numbers keep the type of the
    first ones that are added.

    >>> series = Series()
    >>> series.add(np.array([1, 2], np.float32))
    >>> series.add(np.array([3], np.float32))
    >>> series.array()
    array([1., 2., 3.], dtype=float32)
    """

    def __init__(self) -> None:
        self._length = 0
        self._room = np.zeros(0, np.float32)
        self._file: Path | None = None

    def __len__(self) -> int:
        return self._length

    def add(self, numbers: np.ndarray) -> None:
        """Put numbers [T] behind those that are there."""
        if not self._length:
            self._room = np.zeros(0, numbers.dtype)
        numbers = np.asarray(numbers, self._room.dtype)
        length = self._length + len(numbers)
        if self._file is None and length > IN_MEMORY:
            self._move_to_disk()
        if self._file is not None:
            with self._file.open("ab") as file:
                file.write(numbers.tobytes())
        else:
            if length > len(self._room):  # doubled, so that adding one by one stays cheap
                longer = np.empty(max(length, 2 * len(self._room)), self._room.dtype)
                longer[: self._length] = self._room[: self._length]
                self._room = longer
            self._room[self._length : length] = numbers
        self._length = length

    def array(self) -> np.ndarray:
        """All numbers [T], to be read only; those in a file are mapped, not read into memory."""
        if self._file is None:
            found = self._room[: self._length]
            found.flags.writeable = False
            return found
        return np.memmap(self._file, self._room.dtype, "r", shape=(self._length,))

    def _move_to_disk(self) -> None:
        with tempfile.NamedTemporaryFile(prefix="schuss-costs-", delete=False) as file:
            self._file = Path(file.name)
            weakref.finalize(self, self._file.unlink, missing_ok=True)
            file.write(self._room[: self._length].tobytes())
        self._room = np.zeros(0, self._room.dtype)

    def __getstate__(self) -> dict[str, Any]:
        """The numbers themselves: the file is this process's own."""
        return {"numbers": np.array(self.array())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()
        self.add(state["numbers"])


@dataclass
class History:
    """Costs by step and validation by epoch, all of them.

    Args:
        rates: (first, count) → learning rates of ``count`` steps after the first ``first`` ones. They follow from the
            schedule, and so are not kept; see `schuss.engine.rates`.

    Attributes:
        validation_costs, validation_scores: of every epoch, first to last [epochs]; empty without validation rows.

    >>> h = History()
    >>> h.add_steps(np.arange(3.0))
    >>> h.steps, h.costs
    (array([1, 2, 3]), array([0., 1., 2.]))
    """

    rates: Callable[[int, int], np.ndarray] = no_rates
    validation_costs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    validation_scores: np.ndarray = field(default_factory=lambda: np.zeros(0))
    _costs: Series = field(default_factory=Series)

    def __len__(self) -> int:
        """T, the number of steps done."""
        return len(self._costs)

    @property
    def steps(self) -> np.ndarray:
        """Numbers of the steps, counted from 1 [T]."""
        return np.arange(1, len(self) + 1)

    @property
    def costs(self) -> np.ndarray:
        """Cost of every step before its update, in training's type: the mini-batch's mean loss plus the L2 term [T]."""
        return self._costs.array()

    @property
    def learning_rates(self) -> np.ndarray:
        """α of every step, in training's type [T]."""
        return self.rates(0, len(self)).astype(self.costs.dtype)

    def add_steps(self, costs: np.ndarray) -> None:
        """Add the costs of the next steps."""
        self._costs.add(costs)

    def add_epochs(self, costs: np.ndarray, scores: np.ndarray) -> None:
        """Add the validation costs and scores of the next epochs."""
        self.validation_costs = np.concatenate([self.validation_costs, costs])
        self.validation_scores = np.concatenate([self.validation_scores, scores])
