"""One row for every member: what it was and how it did."""

import math
from collections.abc import Sequence
from typing import Any

from schuss.losses import LOSSES
from schuss.names import name_of
from schuss.selection.select import Candidate


def summary(candidate: Candidate, share: float = 0.0) -> dict[str, Any]:
    """One row of the leaderboard: the result, then the choices. Over several folds: means of costs, sums of steps.

    Args:
        candidate: the member.
        share: of the blend.
    """
    trials, first = candidate.trials, candidate.trials[0]
    member = first.member.describe()
    best_epochs = [trial.best.epoch + 1 for trial in trials]
    return {
        "score": finite(candidate.score),
        "cost": finite(candidate.cost),
        "share": round(share, 6),
        "status": status(candidate),
        "epochs": max(trial.epochs for trial in trials),
        "best_epoch": round(sum(best_epochs) / len(trials), 1) if all(best_epochs) else None,
        "steps": sum(trial.t for trial in trials),
        "seconds": round(sum(trial.seconds for trial in trials), 3),
        "optimizer": member["optimizer"]["name"],
        "learning_rate": member["optimizer"].get("learning_rate"),
        "schedule": member["schedule"]["name"],
        "batch_size": first.batch_size,
        "hidden_layer_sizes": member["network"] or ",".join(map(str, member["hidden_layer_sizes"])) or "none",
        "activation": "" if member["network"] else member["activation"],
        "dropout": member["dropout"],
        "l2": member["l2"],
        "loss": name_of(first.loss, LOSSES),
        "seed": member["seed"],
    }


def status(candidate: Candidate) -> str:
    """The status all folds share; the step of a divergence; else that of the fold that came off worst."""
    if candidate.diverged_at is not None:
        return f"diverged at step {candidate.diverged_at}"
    found = {trial.status for trial in candidate.trials}
    return next(word for word in ("interrupted", "waiting", "training", "done", "stopped early") if word in found)


def rows(candidates: Sequence[Candidate], order: Sequence[int], shares: dict[int, float]) -> list[dict[str, Any]]:
    """The leaderboard, best first."""
    return [
        {"rank": number + 1, "member": place, **summary(candidates[place], shares.get(place, 0.0))}
        for number, place in enumerate(order)
    ]


def finite(value: float | None) -> float | None:
    """The number, or None: JSON has neither NaN nor infinity."""
    return float(value) if value is not None and math.isfinite(value) else None
