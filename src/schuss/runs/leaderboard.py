"""What becomes of a member in the record, and the leaderboard: one row for every member, best first."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from schuss.engine.trial import Trial
from schuss.losses import LOSSES
from schuss.names import name_of
from schuss.runs.record import Description, MemberRecord
from schuss.selection.selection import Candidate

RARE: Mapping[str, str] = {
    "dropout": "dropout",
    "l2": "l2",
    "frequencies": "waves",
    "frequency_scale": "wave scale",
    "bins": "ramps",
    "embedding_speed": "embedding speed",
    "scaling_speed": "scaling speed",
    "label_smoothing": "label smoothing",
    "clip_norm": "longest gradient",
    "averaging": "averaging",
}
"""Fields of a member that are 0 where it does without → their names on a terminal and on a page."""

APART = ("description", "batch_size_asked", "diverged_at")
"""Fields of a member that run.json has and the leaderboard has not."""


def member_record(candidate: Candidate, share: float = 0.0) -> MemberRecord:
    """A candidate as run.json has it, with the mini-batch size and the loss that "auto" came to.

    Args:
        candidate: the member over all folds.
        share: its share of the blend.
    """
    trials, first = candidate.trials, candidate.trials[0]
    best_epochs = [trial.best.epoch + 1 for trial in trials]
    member = described(first)
    return MemberRecord(
        description=member,
        batch_size_asked=candidate.member.batch_size,
        diverged_at=candidate.diverged_at,
        score=finite(candidate.score),
        cost=finite(candidate.cost),
        share=round(share, 6),
        status=status(candidate),
        epochs=max(trial.epochs for trial in trials),
        best_epoch=round(sum(best_epochs) / len(trials), 1) if all(best_epochs) else None,
        steps=sum(trial.t for trial in trials),
        seconds=round(sum(trial.seconds for trial in trials), 3),
        optimizer=member.optimizer["name"],
        learning_rate=member.optimizer.get("learning_rate"),
        schedule=member.schedule["name"],
        batch_size=member.batch_size,
        hidden_layer_sizes=member.network or ",".join(map(str, member.hidden_layer_sizes)) or "none",
        activation="" if member.network else member.activation,
        dropout=member.dropout,
        l2=member.l2,
        frequencies=member.frequencies,
        frequency_scale=member.frequency_scale if member.frequencies else 0.0,
        bins=member.bins,
        embedding_speed=member.embedding_speed if member.frequencies or member.bins else 0.0,
        scaling_speed=member.scaling_speed,
        loss=member.loss,
        label_smoothing=member.label_smoothing,
        clip_norm=member.clip_norm,
        averaging=member.averaging,
        seed=member.seed,
    )


def described(trial: Trial) -> Description:
    """The member of a trial, with the mini-batch size and the loss that "auto" came to."""
    resolved = {"batch_size": trial.batch_size, "loss": name_of(trial.loss, LOSSES)}
    return Description.of(trial.member.describe() | resolved)


def status(candidate: Candidate) -> str:
    """The status all folds share; the step of a divergence; else that of the fold that came off worst."""
    if candidate.diverged_at is not None:
        return f"diverged at step {candidate.diverged_at}"
    found = {trial.status for trial in candidate.trials}
    words = ("interrupted", "out of time", "waiting", "training", "done", "stopped early")
    return next(word for word in words if word in found)


def rows(candidates: Sequence[Candidate], order: Sequence[int], shares: dict[int, float]) -> list[dict[str, Any]]:
    """The leaderboard of a population, best first.

    Args:
        candidates: the members.
        order: their places from best to worst.
        shares: place → share of the blend, of those that have one.
    """
    return rows_of([member_record(one, shares.get(place, 0.0)) for place, one in enumerate(candidates)], order)


def rows_of(members: Sequence[MemberRecord], ranking: Sequence[int]) -> list[dict[str, Any]]:
    """The leaderboard of a record's members, best first; see `rows`."""
    found: list[dict[str, Any]] = []
    for rank, place in enumerate(ranking, 1):
        known = {name: value for name, value in vars(members[place]).items() if name not in APART}
        found.append({"rank": rank, "member": place, **known})
    return found


def finite(value: float | None) -> float | None:
    """The number, or None: JSON has neither NaN nor infinity."""
    return float(value) if value is not None and math.isfinite(value) else None
