"""What made the difference: the choices by which members differ, by more than chance explains, in how they came out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from schuss.report.comparison import budget_scores, configurations_of, usable_score
from schuss.report.markup import number, short
from schuss.runs import MemberRecord, Record

LEAST = 4
"""So many members at least are on each side of a comparison."""

LEVEL = 0.05
"""Where no choice matters, some choice is said to in one of twenty runs."""

MOST = 2
"""So many choices are told."""

WORDS: Mapping[str, str] = {
    "optimizer": "the optimizer",
    "schedule": "the schedule",
    "hidden_layer_sizes": "the layers",
    "activation": "the activation",
    "loss": "the loss",
}
"""Fields of a member that are words: each value is compared with all others."""

HAVING: Mapping[str, str] = {
    "frequencies": "waves",
    "bins": "ramps",
    "scaling_speed": "scaled inputs",
    "dropout": "dropout",
    "l2": "an L2 term",
    "label_smoothing": "label smoothing",
    "clip_norm": "clipped gradients",
    "averaging": "averaged weights",
}
"""Fields of a member that are 0 where it does without: those with are compared with those without."""

HALVED: Mapping[str, str] = {
    "batch_size": "mini-batches",
    "dropout": "a dropout",
    "l2": "an L2 term",
    "frequencies": "a wave count",
    "frequency_scale": "a wave scale",
    "bins": "a ramp count",
    "embedding_speed": "an embedding speed",
    "scaling_speed": "a scaling speed",
    "label_smoothing": "a label smoothing",
    "clip_norm": "a gradient length",
    "averaging": "an averaging",
}
"""Fields of a member that are numbers: those above the median are compared with the rest of those that have it."""


@dataclass(frozen=True)
class Standing:
    """How a configuration came out.

    Attributes:
        member: one with this configuration.
        score: mean over its seeds; one that diverged counts as the worst of all.
        rank: mean over its seeds, 1 the best.
    """

    member: MemberRecord
    score: float
    rank: float


@dataclass(frozen=True)
class Choice:
    """Two sides of a choice, or of several choices that always went together.

    Attributes:
        names: what those on either side have, in words; none for those that only do without.
        sides: which standings are on either side.
    """

    names: tuple[tuple[str, ...], tuple[str, ...]]
    sides: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def reversed(self) -> "Choice":
        """The same from the other side."""
        return Choice((self.names[1], self.names[0]), (self.sides[1], self.sides[0]))


@dataclass(frozen=True)
class Finding:
    """A choice whose first side came out better than its second.

    Attributes:
        choice: the better side first.
        p: how often chance makes a difference as large somewhere among all choices that were compared, at most.
        compared: how many these are.
    """

    choice: Choice
    p: float
    compared: int


def sentences(record: Record) -> list[str]:
    """What made the difference, a sentence or two for each choice; nothing where there is nothing to compare."""
    found = standings(record)
    every = choices([standing.member for standing in found])
    if not every:
        return []
    what = "configurations" if any(len(one.places) > 1 for one in configurations_of(record)) else "members"
    compared = [choice for choice in every if min(map(len, choice.sides)) >= LEAST]
    if not enough(compared):
        return [f"{len(found):,} {what} are too few to tell which choices made the difference."]
    alike = trained_alike(record)
    findings = differences(np.array([one.score if alike else -one.rank for one in found]), compared)
    if not findings:
        those = "the one comparison" if len(compared) == 1 else f"all {len(compared)} comparisons"
        return [f"No choice made a clear difference: {those} of {what} may show chance alone."]
    told = [_sentence(finding, found, what, alike=alike) for finding in findings]
    told = [*told[:1], *(f"Apart from that, {text[0].lower()}{text[1:]}" for text in told[1:])]
    return told if alike else [*told[:-1], f"{told[-1]} Ranks are compared, since better members were trained longer."]


def standings(record: Record) -> list[Standing]:
    """The configurations that can be compared, best first.

    Members that were tried and members that were then trained in full have scores that cannot be compared, so the
    latter, the best of the former, are ranked before them; within each kind the scores rank. Where a choice does
    not matter, the ranks are dealt to its sides as by lot. Those that diverged share the last rank. Members that the
    clock or the user ended, and those without a score, are left out.
    """
    from scipy.stats import rankdata

    rounds, members = _rounds(record), record.members
    usable = [place for place in rounds if _known(members[place])]
    if not any(usable_score(members[place]) is not None for place in usable):
        return []
    keys = [
        (*rounds[place], score) if (score := usable_score(members[place])) is not None else (-1, -1, 0.0)
        for place in usable
    ]
    levels = {key: level for level, key in enumerate(sorted(set(keys), reverse=True))}
    ranks = dict(zip(usable, rankdata([levels[key] for key in keys]).tolist(), strict=True))
    scores = dict(zip(usable, budget_scores(record, usable), strict=True))
    found: list[Standing] = []
    for configuration in configurations_of(record):
        places = [place for place in configuration.places if place in ranks]
        if places:
            score, rank = (float(np.mean([of[place] for place in places])) for of in (scores, ranks))
            found.append(Standing(members[places[0]], score, rank))
    return sorted(found, key=lambda standing: standing.rank)


def trained_alike(record: Record) -> bool:
    """Whether all members that can be compared had the same folds and epochs, so that scores may be compared."""
    return len({longest for place, longest in _rounds(record).items() if _known(record.members[place])}) == 1


def choices(members: Sequence[MemberRecord]) -> list[Choice]:
    """What may be compared, each division of the members once: choices that always went together are one."""
    found: dict[frozenset[tuple[int, ...]], Choice] = {}
    for choice in _all_choices(members):
        known = found.get(frozenset(choice.sides))
        if known is not None:
            own = choice if known.sides == choice.sides else choice.reversed
            names = known.names[0] + own.names[0], known.names[1] + own.names[1]
            choice = Choice(names, known.sides)
        found[frozenset(choice.sides)] = choice
    return list(found.values())


def enough(compared: Sequence[Choice]) -> bool:
    """Whether there are so many members that chance can be ruled out where two sides do not overlap at all."""
    sizes = [[len(side) for side in choice.sides] for choice in compared]
    return any(2 * len(compared) / math.comb(one + other, one) <= LEVEL for one, other in sizes)


def differences(goodness: np.ndarray, compared: Sequence[Choice]) -> list[Finding]:
    """The choices whose sides differ by more than chance: the surest, then the surest of what it does not explain.

    Each choice is tested by the ranks of its sides (Mann and Whitney, 1947), and the smallest p-value times the number
    of choices must not exceed `LEVEL` (Bonferroni). Then the sides of that choice are shifted to equal medians, and the
    others are tested again: a choice that only went along with the first has nothing left to tell.

    Args:
        goodness: of each standing, the greater the better.
        compared: the choices.
    """
    found: list[Finding] = []
    values, rest = np.array(goodness, np.float64), list(compared)
    while rest and len(found) < MOST:
        tested = [(*_test(values, choice), choice) for choice in rest]
        p, better, choice = min(tested, key=lambda one: one[0])
        p = min(p * len(compared), 1.0)
        if p > LEVEL:
            break
        rest.remove(choice)
        if better == _test(goodness, choice)[1]:
            found.append(Finding(choice if better else choice.reversed, p, len(compared)))
        for side in map(list, choice.sides):
            values[side] -= np.median(values[side])
    return found


def _test(values: np.ndarray, choice: Choice) -> tuple[float, bool]:
    """The p-value, and whether the first side is the better one."""
    from scipy.stats import mannwhitneyu

    one, other = (values[list(side)] for side in choice.sides)
    if len(set(values[[*choice.sides[0], *choice.sides[1]]].tolist())) == 1:
        return 1.0, False
    found = mannwhitneyu(one, other)
    return float(found.pvalue), bool(found.statistic > len(one) * len(other) / 2)


def _known(member: MemberRecord) -> bool:
    """Whether something can be said of how a member does."""
    return member.diverged_at is not None or member.score is not None


def _rounds(record: Record) -> dict[int, tuple[int, int]]:
    """Place → folds and epochs of the longest round that a member was in; without those that were cut short."""
    longest: dict[int, tuple[int, int]] = {place: (0, 0) for place in range(len(record.members))}
    for one in record.rounds:
        for k, place in enumerate(one.members):
            if any(fold[k] is not None for fold in one.stops):
                longest.pop(place, None)
            elif place in longest:
                longest[place] = max(longest[place], (one.folds, one.epochs))
    return longest


def _all_choices(members: Sequence[MemberRecord]) -> list[Choice]:
    found: list[Choice] = []
    for field, word in WORDS.items():
        values = [getattr(member, field) for member in members]
        different = list(dict.fromkeys(values))
        for value in different[: -1 if len(different) == 2 else None]:
            others = [other for other in different if other != value]
            names = f"{word} {short(value, 40)}", f"{word} {short(others[0], 40)}" if len(others) == 1 else ""
            found += _choice(names, [own == value for own in values])
    for field, word in HAVING.items():
        found += _choice((word, ""), [getattr(member, field) > 0 for member in members])
    for field, word in HALVED.items():
        values = [getattr(member, field) for member in members]
        different = sorted({value for value in values if value > 0})
        middle = _middle([value for value in values if value > 0])
        names = f"{word} above {middle:.3g}", f"{word} of at most {middle:.3g}"
        if len(different) == 2:
            names = f"{word} of {different[1]:.3g}", f"{word} of {different[0]:.3g}"
        found += _choice(names, [value > middle if value > 0 else None for value in values])
    return found + _learning_rates(members)


def _learning_rates(members: Sequence[MemberRecord]) -> list[Choice]:
    """High and low ones for the optimizer: what is high for one is low for another."""
    own: dict[str, list[float]] = {}
    for member in members:
        if member.learning_rate is not None:
            own.setdefault(member.optimizer, []).append(member.learning_rate)
    middle = {name: _middle(rates) for name, rates in own.items() if len(set(rates)) > 1}
    names = "a learning rate above their optimizer's median", "a learning rate up to their optimizer's median"
    if len(own) == 1:
        names = tuple(f"a learning rate {word} {m:.3g}" for m in middle.values() for word in ("above", "up to"))
    high = [
        None if member.learning_rate is None or member.optimizer not in middle
        else member.learning_rate > middle[member.optimizer]
        for member in members
    ]  # fmt: skip
    return _choice((names[0], names[1]), high) if middle else []


def _middle(values: Sequence[float]) -> float:
    """The median, or the next lower value where none is above it."""
    if not values:
        return 0.0
    middle, most = float(np.median(values)), max(values)
    return middle if middle < most else max((value for value in values if value < most), default=middle)


def _choice(names: tuple[str, str], having: Sequence[bool | None]) -> list[Choice]:
    """A choice by whether members have something; None is for those that are on neither side."""
    one, other = (tuple(k for k, has in enumerate(having) if has is side) for side in (True, False))
    named: Any = tuple((name,) if name else () for name in names)
    return [Choice(named, (one, other))] if one and other else []


def _sentence(finding: Finding, found: Sequence[Standing], what: str, *, alike: bool) -> str:
    choice, better = finding.choice, True
    if not choice.names[0]:
        choice, better = choice.reversed, False
    values = [[found[k].score if alike else found[k].rank for k in side] for side in choice.sides]
    form = number if alike else "{:.3g}".format
    told = [[form(float(value)) for value in np.quantile(side, [0.5, 0.25, 0.75])] for side in values]
    (median, low, high), (median2, low2, high2) = told
    those = f"with {_joined(choice.names[1])}" if choice.names[1] else "without"
    verb = "scored" if alike else "ranked"
    chance = "p < 0.001" if finding.p < 0.001 else f"p = {finding.p:.1g}"
    of_all = "" if finding.compared == 1 else f" after {finding.compared} comparisons"
    text = (
        f"{what.capitalize()} with {_joined(choice.names[0])} {verb} {'better' if better else 'worse'} than those "
        f"{those}: median{'' if alike else ' rank'} {median} ({len(values[0])} {what}, middle half {low} to {high}) "
        f"against {median2} ({len(values[1])}, {low2} to {high2}), which is more than chance explains "
        f"({chance}{of_all})."
    )
    if max(map(len, choice.names)) > 1:
        text += " These choices went together, so it cannot be told which of them did it."
    return text


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
