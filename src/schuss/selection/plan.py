"""The plan of a selection: which members to train, how long, and how to choose among them; all defaults are here."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any, Literal, cast

import numpy as np

from schuss.batches import advise_batch_size, steps_per_epoch
from schuss.member import AUTO, Member
from schuss.space import Space, grid, sample
from schuss.tables.encoding.measure import Method

MEMBERS = 32
"""How many members are drawn unless the plan says otherwise."""

FINALISTS = 12
"""How many of the members are trained in full, where not all are."""

SHORT = 4
"""The others are trained for one epoch out of so many."""

STEPS = 3_000
"""How many steps the default number of epochs amounts to at least."""

LEAST_EPOCHS, MOST_EPOCHS = 20, 400
"""Bounds of the default number of epochs."""

LEAST_PATIENCE = 10
"""The default patience is a fifth of the epochs, but not less than this."""


@dataclass(frozen=True)
class Plan:
    """How a population is drawn, trained and chosen from.

    Args:
        space: values to choose from.
        members: how many networks to draw, or "grid" for one of every combination of the space's values. Default: the
            grid where the space has lists, else 32 drawn ones.
        seeds: with how many seeds every configuration is trained: ``random_state``, ``random_state`` + 1, …
        metric: name of the metric that chooses, as scikit-learn has it; default accuracy or r2.
        class_weight: "balanced" to weigh every class alike, or {class: weight}; default every row alike.
        numeric: how numbers are encoded; see `schuss.tables.Encoding`.
        category_statistics: whether the mean of the target in each level stands beside every embedded category.
        epochs: passes through the training rows; default enough for about 3,000 steps, at least 20, at most 400.
        patience: epochs without a better validation after which a member stops; default a fifth of the epochs, at
            least 10.
        validation: share of the rows that choose among members, where there is one fold.
        folds: K ≥ 2 to train every member K times, so that every row chooses once; default 1.
        test: share of the rows that judge the model once, at the end; default none.
        halving: whether members are trained for a quarter of the epochs first, and only the `FINALISTS` best of them
            again in full. Default: where members are drawn and twice as many as that.
        refit: whether the model's members are trained again on training and validation rows together once they are
            chosen. With folds they are not: every row has taught some of their networks.
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
    epochs: int | None = None
    patience: int | None = None
    validation: float = 0.2
    folds: int = 1
    test: float = 0.0
    halving: bool | None = None
    refit: bool = True
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

    def draw(self, rows: int, quantities: int = 0) -> list[Member]:
        """The members to train on so many rows, whose inputs hold so many numbers on a scale."""
        seeds = range(self.random_state, self.random_state + self.seeds)
        if self.members == "grid" or (self.members is None and self.space.has_list()):
            return grid(self.space, seeds)
        return sample(self.space, self.members or MEMBERS, rows, self.random_state, seeds, quantities)

    def halves(self, members: Sequence[Member]) -> bool:
        """Whether the best of these members are found by a short training of all."""
        if self.halving is not None:
            return self.halving and len(members) > FINALISTS
        drawn = self.members != "grid" and not (self.members is None and self.space.has_list())
        return drawn and len(members) >= 2 * FINALISTS

    def shortened(self) -> "Plan":
        """The plan of the short training that comes before, once `timed`."""
        epochs = max(cast(int, self.epochs) // SHORT, 1)
        return replace(self, epochs=epochs, patience=None if self.patience is None else min(self.patience, epochs))

    def timed(self, members: Sequence[Member], rows: int) -> "Plan":
        """The plan with its number of epochs and its patience filled in, for members trained on so many rows."""
        epochs = self.epochs or default_epochs(rows, max(_batch_size(member, rows) for member in members))
        return replace(self, epochs=epochs, patience=self.patience or max(LEAST_PATIENCE, epochs // 5))


def default_epochs(rows: int, batch_size: int) -> int:
    """Passes that amount to about `STEPS` steps with mini-batches of this size, from 20 to 400."""
    per_epoch = steps_per_epoch(rows, batch_size)
    return int(np.clip(-(-STEPS // per_epoch), LEAST_EPOCHS, MOST_EPOCHS))


def _batch_size(member: Member, rows: int) -> int:
    if member.batch_size == AUTO:
        return advise_batch_size(rows).batch_size
    return min(int(member.batch_size), rows)
