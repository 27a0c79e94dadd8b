"""Trained members → a ranking, one by one or by configuration over several seeds."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any, NamedTuple

import numpy as np

from schuss.engine.trial import Trial


class Standing(NamedTuple):
    """What a member is ranked by; NaN where there is no score or no cost."""

    trained: bool
    diverged_at: int | None
    score: float
    cost: float


def order(standings: Sequence[Standing]) -> list[int]:
    """Places from best to worst: by score, then by cost.

    Members that diverged come after all others, the later the better, and those that were not trained last.
    """

    def key(place: int) -> tuple[Any, ...]:
        one = standings[place]
        score = one.score if not math.isnan(one.score) else -math.inf  # NaN would spoil the order of all others
        cost = one.cost if math.isfinite(one.cost) else math.inf
        return (not one.trained, one.diverged_at is not None, -score, cost, -(one.diverged_at or 0), place)

    return sorted(range(len(standings)), key=key)


def rank(trials: Sequence[Trial]) -> list[int]:
    """Places of the trials from best to worst, by validation score, then cost; see `order`."""
    return order([Standing(t.weights is not None, t.diverged_at, t.best.score, final_cost(t)) for t in trials])


def final_cost(trial: Trial) -> float:
    """Validation cost of the best epoch; where nothing was validated, the cost of the last steps."""
    return trial.best.cost if trial.best.epoch >= 0 else last_cost(trial)


def last_cost(trial: Trial) -> float:
    """Mean cost of the last steps, as many as an epoch has."""
    recent = trial.history.costs[-trial.per_epoch :]
    return float(recent.astype(np.float64).mean()) if len(recent) else math.inf


@dataclass(frozen=True)
class Configuration:
    """Members that differ in their seed alone.

    Attributes:
        places: theirs, best first.
        score: mean over the seeds; −∞ where one of them failed.
        spread: sample standard deviation over the seeds; None for one seed, or where one failed.
    """

    places: tuple[int, ...]
    score: float
    spread: float | None


def configurations(
    descriptions: Sequence[Mapping[str, Any]], scores: Sequence[float | None], ranking: Sequence[int]
) -> list[Configuration]:
    """The members by configuration, from the best mean score to the worst.

    Args:
        descriptions: of the members, as `schuss.member.Member.describe` gives them.
        scores: theirs; None or NaN is a failure.
        ranking: places of the members from best to worst.
    """
    groups: dict[str, list[int]] = {}
    for place in ranking:
        groups.setdefault(json.dumps({**descriptions[place], "seed": None}, sort_keys=True), []).append(place)
    found = []
    for places in groups.values():
        own = [score for place in places if (score := scores[place]) is not None and not math.isnan(score)]
        if len(own) < len(places):
            found.append(Configuration(tuple(places), -math.inf, None))
        else:
            found.append(Configuration(tuple(places), mean(own), stdev(own) if len(own) > 1 else None))
    return sorted(found, key=lambda configuration: -configuration.score)
