"""How a column of truth values becomes an input: −1 and 1."""

from dataclasses import dataclass

import numpy as np

from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.feature import Feature, are_flags, missing_outputs


@dataclass(frozen=True)
class Boolean(Feature):
    """True is 1, false −1, a missing cell 0.

    Args:
        name: of the column.
        missing: whether one more input marks missing cells.
    """

    missing: bool

    def __post_init__(self) -> None:
        """Check what may come from a file.

        Raises:
            InputError: ``missing`` is neither true nor false.
        """
        self.require(are_flags(self.missing), "a name, and whether cells were missing")

    @property
    def outputs(self) -> tuple[str, ...]:
        """The column's name, and the mark of missing cells."""
        return (self.name, *missing_outputs(self.name, self.missing))

    def encode(self, columns: Columns) -> np.ndarray:
        """Truth values of any table as inputs, float32 [N, len(outputs)].

        Raises:
            InputError: a cell is not a truth value.
        """
        x = columns.truths(self.name)
        inputs = np.stack([np.nan_to_num(2 * x - 1), np.isnan(x)], axis=1)
        return inputs[:, : len(self.outputs)].astype(np.float32)

    def what(self) -> str:
        """What is done with the column, in words."""
        return f"−1 and 1{'; missing cells marked' if self.missing else ''}"
