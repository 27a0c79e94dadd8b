"""A blend: the average of a few members, chosen greedily."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

NO_SCORE = (-math.inf, 0.0)
"""The value of outputs that are not finite or have no score."""


class Pick(NamedTuple):
    """One more member in the blend: its place among the members, and the blend's score with it."""

    member: int
    score: float


class Blend(NamedTuple):
    """What share each member has in the average.

    Attributes:
        shares: float64 [M], ≥ 0, summing to 1; 0 for members that are left out.
        score: of the blend, on the rows that it was chosen on; expect a slightly lower one on new rows.
        path: every pick that was made, the best single member first. The blend is the shortest beginning of it that
            has the highest score; what follows is what was tried in vain.
    """

    shares: np.ndarray
    score: float
    path: tuple[Pick, ...]


def blend(
    outputs: np.ndarray | Sequence[np.ndarray],
    score: Callable[[np.ndarray], float],
    tie: Callable[[np.ndarray], float] | None = None,
    most: int = 50,
    patience: int = 10,
) -> Blend:
    """Greedy selection with replacement: start from the best member, add again and again the one that helps most.

    ::

        i₁ = argmaxᵢ score(pᵢ)        iₖ = argmaxᵢ score((pᵢ₁ + … + pᵢₖ₋₁ + pᵢ) / k)
        K = argmaxₖ score((pᵢ₁ + … + pᵢₖ) / k)        share of member i = (how often i is among i₁ … i_K) / K

    A member may be picked again, which gives it a larger share. K = 1 is allowed: on these rows the blend is never
    worse than the best member. Of equal scores the one with the greater ``tie`` counts as better: scores that count
    rows, such as accuracy, are equal often. Of equals the member that is better alone is picked, then the one in the
    lower place.

    Args:
        outputs: of every member, [M, N, O] or a list of [N, O]: probabilities, or values in any unit. A member whose
            outputs are not all finite, or whose score is NaN, is left out.
        score: outputs [N, O] → a number, the greater the better.
        tie: outputs [N, O] → a number, the greater the better among equal scores; default 0 for all.
        most: picks at most, ≥ 1, default 50.
        patience: picks without a better score that end the search, ≥ 1, default 10.

    Raises:
        ValueError: no member has finite outputs and a score, or one of the numbers is below 1.

    Source: Caruana, Niculescu-Mizil, Crew and Ksikes, *Ensemble Selection from Libraries of Models*, 2004, without its
    bagging.

    >>> y = np.array([[1.0], [2.0], [3.0]])
    >>> found = blend([y + 0.1, y - 0.2, y + 5], score=lambda values: -np.abs(values - y).max())
    >>> found.shares.round(2), [pick.member for pick in found.path[:3]]
    (array([0.67, 0.33, 0.  ]), [0, 1, 0])
    """
    if min(most, patience) < 1:
        raise ValueError(f"most and patience must be ≥ 1, not {most} and {patience}.")

    def value(p: np.ndarray) -> float:
        found = score(p) if np.isfinite(p).all() else math.nan
        return -math.inf if math.isnan(found) else float(found)

    def settled(found: float, p: np.ndarray) -> tuple[float, float]:
        return NO_SCORE if found == -math.inf else (found, tie(p) if tie else 0.0)

    alone = [settled(value(p), p) for p in outputs]
    usable = sorted((i for i in range(len(alone)) if alone[i] > NO_SCORE), key=lambda i: alone[i], reverse=True)
    if not usable:
        raise ValueError(f"None of the {len(alone)} members has finite outputs and a score.")
    path, values = [Pick(usable[0], alone[usable[0]][0])], [alone[usable[0]]]
    total = np.asarray(outputs[usable[0]], np.float64)
    best = 0  # where in the path
    while len(path) < most and len(path) <= best + patience:
        picks = len(path) + 1
        found = [value((total + outputs[i]) / picks) for i in usable]
        if max(found) == -math.inf:
            break
        equal = [i for i, own in zip(usable, found, strict=True) if own == max(found)]  # seldom more than one
        ties = [settled(max(found), (total + outputs[i]) / picks) for i in equal]
        highest = max(ties)
        pick = equal[ties.index(highest)]
        path.append(Pick(pick, highest[0]))
        values.append(highest)
        total = total + outputs[pick]
        if highest > values[best]:
            best = len(path) - 1
    counts = np.bincount([pick.member for pick in path[: best + 1]], minlength=len(alone))
    return Blend(counts / (best + 1), path[best].score, tuple(path))


def rescored(found: Blend, outputs: np.ndarray | Sequence[np.ndarray], score: Callable[[np.ndarray], float]) -> Blend:
    """The same blend and path with another score: of a search that climbed one number, as another measures it.

    >>> y = np.array([[1.0], [2.0]])
    >>> outputs = [y + 1, y - 1]
    >>> climbed = blend(outputs, score=lambda values: -float(np.square(values - y).mean()))
    >>> rescored(climbed, outputs, score=lambda values: -float(np.abs(values - y).max())).path[:2]
    (Pick(member=0, score=-1.0), Pick(member=1, score=-0.0))
    """
    total, path = 0.0, list[Pick]()
    for count, pick in enumerate(found.path, 1):
        total = total + np.asarray(outputs[pick.member], np.float64)
        path.append(Pick(pick.member, float(score(total / count))))
    mean = np.tensordot(found.shares, np.asarray(outputs, np.float64), 1)
    return Blend(found.shares, float(score(mean)), tuple(path))
