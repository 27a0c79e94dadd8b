"""What a run was asked for, as run.json keeps it."""

from dataclasses import dataclass
from typing import cast

from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan


@dataclass(frozen=True)
class Settings:
    """The table and the plan of a run, with the target, epochs and patience that their defaults came to.

    `schuss.report.command` makes from them the command that repeats the run.
    """

    spec: DataSpec
    plan: Plan

    @property
    def target(self) -> str:
        """Name of the column to predict."""
        return cast(str, self.spec.target)

    @property
    def epochs(self) -> int:
        """Passes through the training rows."""
        return cast(int, self.plan.epochs)
