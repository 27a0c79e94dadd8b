"""The plan of a selection: which members to train, how long, and how to choose among them; all defaults are here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any, Literal, cast

import numpy as np

from schuss.batches import advise_batch_size, steps_per_epoch
from schuss.member import AUTO, Member
from schuss.space import Space, grid, sample
from schuss.tables.encoding.measure import Method


@dataclass(frozen=True)
class Effort:
    """How much is trained where the plan leaves it open.

    Attributes:
        members: how many are drawn.
        finalists: how many of them are trained in full, where not all are.
        steps: how many the default number of epochs amounts to at least.
        most_epochs: the default number of epochs at most.
        folds: (N, K) for tables of at most N rows, the smallest first: members are trained on K folds.
        wide: whether larger networks are drawn, too; see `schuss.space`.
    """

    members: int
    finalists: int
    steps: int
    most_epochs: int
    folds: tuple[tuple[int, int], ...] = ()
    wide: bool = False


Quality = Literal["normal", "high"]

EFFORTS: Mapping[Quality, Effort] = {
    "normal": Effort(members=32, finalists=12, steps=3_000, most_epochs=400),
    "high": Effort(
        members=96, finalists=16, steps=9_000, most_epochs=1_200, folds=((2_000, 8), (50_000, 5)), wide=True
    ),
}

MOST_MEMBERS = 1_024
"""How many are drawn at most where a budget leaves time for more."""

SHORT = 4
"""Members that are only tried are trained for one epoch out of so many."""

VALIDATION = 0.2
"""The share of the rows that choose where there is one fold."""

LEAST_ROWS = 100
"""Fewer rows are not divided into folds unless that is asked for."""

LEAST_EPOCHS = 20
"""The default number of epochs is not less than this."""

LEAST_PATIENCE = 10
"""The default patience is a fifth of the epochs, but not less than this."""


@dataclass(frozen=True)
class Plan:
    """How a population is drawn, trained and chosen from.

    Args:
        space: values to choose from.
        members: how many networks to draw, or "grid" for one of every combination of the space's values. Default: the
            grid where the space has lists, else 32 drawn ones; with a budget as many as there is time for.
        seeds: with how many seeds every configuration is trained: ``random_state``, ``random_state`` + 1, …
        metric: name of the metric that chooses, as scikit-learn has it; default accuracy or r2.
        class_weight: "balanced" to weigh every class alike, or {class: weight}; default every row alike.
        numeric: how numbers are encoded; see `schuss.tables.Encoding`.
        category_statistics: whether the mean of the target in each level stands beside every embedded category.
        repeated_values: whether, with ``numeric`` "auto", codes of values that repeat stand beside numbers whose values
            say more of the target than a curve does; see `schuss.tables.encoding.repeated`.
        epochs: passes through the training rows; default enough for about 3,000 steps, at least 20, at most 400.
        patience: epochs without a better validation after which a member stops; default a fifth of the epochs, at
            least 10.
        validation: share of the rows that choose among members, where there is one fold.
        folds: K ≥ 2 to train every member K times, so that every row chooses once; default by the number of rows.
        test: share of the rows that judge the model once, at the end; default none.
        halving: whether members are trained for a quarter of the epochs first, on one fold, and only the best of them
            again in full, `Effort.finalists`. Default: where members are drawn and twice as many as that.
        refit: whether the model's members are trained again on training and validation rows together once they are
            chosen. With folds they are not: every row has taught some of their networks.
        distil: whether one network learns what the model predicts and takes its place, where that costs no more than a
            standard error; see `schuss.selection.distil`.
        quality: "high" for more members, larger ones, and more epochs, as far as the plan leaves them open.
        budget: seconds that the run may take; the clock then decides how many members are trained, and how long; see
            `schuss.selection.rounds`. Default: the plan alone decides.
        random_state: seed of the split, of the draw of members, and the first seed of the members.
        devices: how many members (CPU) or groups (GPU) train at a time; default one more than cores, or every device.

    Raises:
        ValueError: a count is not a whole number of at least 1.
    """

    space: Space = field(default_factory=Space)
    members: int | Literal["grid"] | None = None
    seeds: int = 1
    metric: str | None = None
    class_weight: Any = None
    numeric: Method = "auto"
    category_statistics: bool = False
    repeated_values: bool = True
    epochs: int | None = None
    patience: int | None = None
    validation: float = VALIDATION
    folds: int | None = None
    test: float = 0.0
    halving: bool | None = None
    refit: bool = True
    distil: bool = False
    quality: Quality = "normal"
    budget: float | None = None
    random_state: int = 0
    devices: int | None = None

    def __post_init__(self) -> None:
        """Check the counts."""
        for name in ("members", "seeds", "epochs", "patience", "folds", "devices"):
            value = getattr(self, name)
            if value is None or (name == "members" and value == "grid"):
                continue
            if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")
        if self.quality not in EFFORTS:
            raise ValueError(f"quality must be {' or '.join(EFFORTS)}, not {self.quality!r}.")
        if self.budget is not None and not 0 < self.budget < math.inf:
            raise ValueError(f"budget must be above 0 seconds and finite, not {self.budget!r}.")

    @property
    def effort(self) -> Effort:
        """How much is trained where the plan leaves it open."""
        return EFFORTS[self.quality]

    def divided(self, rows: int, *, ordered: bool) -> int:
        """On how many folds members are trained: so many as asked for, or by the number of rows.

        Args:
            rows: N.
            ordered: whether the rows are ordered in time, so that the latest choose.
        """
        if self.folds is not None or ordered or self.validation != VALIDATION:
            return self.folds or 1
        return next((folds for most, folds in self.effort.folds if LEAST_ROWS <= rows <= most), 1)

    def draw(self, rows: int, quantities: int = 0) -> list[Member]:
        """The members to train on so many rows, whose inputs hold so many numbers on a scale."""
        seeds = range(self.random_state, self.random_state + self.seeds)
        if self.members == "grid" or (self.members is None and self.space.has_list()):
            return grid(self.space, seeds)
        drawn = self.members or (self.effort.members if self.budget is None else MOST_MEMBERS)
        return sample(self.space, drawn, rows, self.random_state, seeds, quantities, wide=self.effort.wide)

    def halves(self, members: Sequence[Member]) -> bool:
        """Whether the best of these members are found by a short training of all."""
        if self.halving is not None:
            return self.halving and len(members) > self.effort.finalists
        drawn = self.members != "grid" and not (self.members is None and self.space.has_list())
        return drawn and len(members) >= 2 * self.effort.finalists

    def shortened(self) -> "Plan":
        """The plan of the short training that comes before, once `timed`."""
        epochs = max(cast(int, self.epochs) // SHORT, 1)
        return replace(self, epochs=epochs, patience=None if self.patience is None else min(self.patience, epochs))

    def timed(self, members: Sequence[Member], rows: int) -> "Plan":
        """The plan with its number of epochs and its patience filled in, for members trained on so many rows."""
        size = max(_batch_size(member, rows) for member in members)
        epochs = self.epochs or default_epochs(rows, size, self.effort)
        return replace(self, epochs=epochs, patience=self.patience or max(LEAST_PATIENCE, epochs // 5))


def default_epochs(rows: int, batch_size: int, effort: Effort) -> int:
    """Passes that amount to about as many steps as the effort asks for with mini-batches of this size; 20 at least."""
    per_epoch = steps_per_epoch(rows, batch_size)
    return int(np.clip(-(-effort.steps // per_epoch), LEAST_EPOCHS, effort.most_epochs))


def _batch_size(member: Member, rows: int) -> int:
    if member.batch_size == AUTO:
        return advise_batch_size(rows).batch_size
    return min(int(member.batch_size), rows)
