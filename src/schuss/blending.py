"""A blend: the average of a few members, chosen greedily."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np


class Pick(NamedTuple):
    """One more member in the blend: its place among the members, and the blend's score with it."""

    member: int
    score: float


class Blend(NamedTuple):
    """What share each member has in the average.

    Attributes:
        shares: float64 [M], ≥ 0, summing to 1; 0 for members that are left out.
        score: of the blend, on the rows that it was chosen on: flattering, as every best of many is.
        path: every pick that was made, the best single member first. The blend is the shortest beginning of it that
            has the highest score; what follows is what was tried in vain.
    """

    shares: np.ndarray
    score: float
    path: tuple[Pick, ...]


def blend(
    outputs: np.ndarray | Sequence[np.ndarray],
    score: Callable[[np.ndarray], float],
    most: int = 50,
    patience: int = 10,
) -> Blend:
    """Greedy selection with replacement: start from the best member, add again and again the one that helps most.

    ::

        i₁ = argmaxᵢ score(pᵢ)        iₖ = argmaxᵢ score((pᵢ₁ + … + pᵢₖ₋₁ + pᵢ) / k)
        K = argmaxₖ score((pᵢ₁ + … + pᵢₖ) / k)        share of member i = (how often i is among i₁ … i_K) / K

    A member may be picked again, which gives it a larger share. K = 1 is allowed: on these rows the blend is never
    worse than the best member. Of equals the member that is better alone is picked, then the one in the lower place.

    Args:
        outputs: of every member, [M, N, O] or a list of [N, O]: probabilities, or values in any unit. A member whose
            outputs are not all finite, or whose score is NaN, is left out.
        score: outputs [N, O] → a number, the greater the better.
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
        raise ValueError(f"most and patience must be ≥ 1, however: {most} and {patience}")
    alone = np.array([score(p) if np.isfinite(p).all() else np.nan for p in outputs], np.float64)
    ranking = np.argsort(-alone, kind="stable")  # NaN last
    usable = ranking[: np.count_nonzero(~np.isnan(alone))]
    if len(usable) == 0:
        raise ValueError(f"members must have finite outputs and a score, however: none of {len(alone)} has")
    path = [Pick(int(usable[0]), float(alone[usable[0]]))]
    total = np.asarray(outputs[usable[0]], np.float64)
    best = 0  # where in the path
    while len(path) < most and len(path) <= best + patience:
        scores = np.array([score((total + outputs[i]) / (len(path) + 1)) for i in usable])
        if np.isnan(scores).all():
            break
        pick = int(usable[np.nanargmax(scores)])
        path.append(Pick(pick, float(np.nanmax(scores))))
        total = total + outputs[pick]
        if path[-1].score > path[best].score:
            best = len(path) - 1
    counts = np.bincount([pick.member for pick in path[: best + 1]], minlength=len(alone))
    return Blend(counts / (best + 1), path[best].score, tuple(path))
