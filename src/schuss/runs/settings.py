"""What a run was asked for, as run.json keeps it."""

from dataclasses import dataclass

from schuss.selection.dataset import Asked
from schuss.space import Space
from schuss.tables import Roles
from schuss.tables.encoding.measure import Method


@dataclass(frozen=True)
class Settings:
    """The settings of `schuss.jobs.train.Settings`, with the target, epochs and patience that defaults came to.

    `schuss.report.command` makes from them the command that repeats the run.
    """

    data: str
    target: str
    task: Asked | None
    table: str | None
    roles: Roles
    numeric: Method
    class_weight: str | None
    metric: str | None
    space: Space
    members: int | None
    seeds: int
    epochs: int
    patience: int
    random_state: int
    devices: int | None
    validation: float
    refit: bool
    folds: int
    test: float
