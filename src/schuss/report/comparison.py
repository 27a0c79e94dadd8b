"""Members of a run compared: by configuration over their seeds, by optimizer at equal budget."""

import math
from collections.abc import Sequence

from schuss.runs import RARE, MemberRecord, Record
from schuss.selection.ranking import Configuration, configurations


def configurations_of(record: Record) -> list[Configuration]:
    """The members by configuration; see `schuss.space.configurations`."""
    members = record.members
    descriptions = [member.description.as_dict() for member in members]
    return configurations(descriptions, [usable_score(member) for member in members], record.ranking)


def usable_score(member: MemberRecord) -> float | None:
    """A member's score; None where it diverged or has none."""
    return None if member.diverged_at is not None else member.score


def scored(record: Record, places: Sequence[int]) -> dict[int, float]:
    """Place → score of the members that have one and did not diverge, in the order given."""
    scores = ((place, usable_score(record.members[place])) for place in places)
    return {place: score for place, score in scores if score is not None}


def by_optimizer(record: Record) -> dict[str, list[int]]:
    """Optimizer → places of its members, best first; optimizers in the order of their best members."""
    found: dict[str, list[int]] = {}
    for place in record.ranking:
        found.setdefault(record.members[place].optimizer, []).append(place)
    return found


def budget_scores(record: Record, places: Sequence[int]) -> list[float]:
    """Scores to compare budgets by: a member that failed has spent its part, and counts as the worst of all."""
    everyone = [usable_score(member) for member in record.members]
    worst = min((score for score in everyone if score is not None), default=math.nan)
    scores = [usable_score(record.members[place]) for place in places]
    return [worst if score is None else score for score in scores]


def expected_best(scores: Sequence[float], budget: int) -> float:
    """Mean of the best score over all choices of so many members.

    ::

        Σᵢ s₍ᵢ₎ · C(i−1, k−1) / C(n, k)        s₍₁₎ ≤ … ≤ s₍ₙ₎, k the budget

    So an optimizer that was tried more often has no advantage by that.

    Args:
        scores: of n members.
        budget: k, from 1 to n.

    Source: Dodge, Gururangan, Card, Schwartz and Smith, *Show Your Work*, 2019, there with replacement.

    >>> [round(expected_best([0.5, 0.7, 0.9], k), 3) for k in (1, 2, 3)]
    [0.7, 0.833, 0.9]
    """
    ordered, n = sorted(scores), len(scores)
    total, weight = 0.0, budget / n  # of the best, which is among the chosen k of n times
    for i in range(n - 1, budget - 2, -1):
        total += weight * ordered[i]
        weight *= (i - budget + 1) / max(i, 1)
    return total


def name_of(place: int, member: MemberRecord) -> str:
    """A member in two or three words, for legends and hints."""
    rate = member.learning_rate
    return f"{place}: {member.optimizer}{'' if rate is None else f' {rate:.3g}'}"


def words(member: MemberRecord) -> str:
    """A member's choices in a line: what is usual is left unsaid."""
    rate = member.learning_rate
    parts = [member.optimizer + ("" if rate is None else f" {rate:.3g}"), member.schedule]
    parts.append(f"{member.hidden_layer_sizes} {member.activation}".strip())
    parts.append(f"mini-batches of {member.batch_size:,}")
    parts += [f"{name} {value:.3g}" for field, name in RARE.items() if (value := getattr(member, field))]
    return ", ".join(parts)
