"""What to try next: commands to copy, each with the reason that the run itself gives for it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from schuss.optimizers import OPTIMIZERS
from schuss.report.answer import answer_of
from schuss.report.command import command, inspect_command, is_grid
from schuss.report.comparison import budget_scores, by_optimizer, expected_best, usable_score
from schuss.report.markup import command_line, number, paragraph, section
from schuss.runs import Record

MOST = 5
"""So many pieces of advice are given."""

EDGE = 0.1
"""A learning rate in the outer tenth of its range, on a logarithm, is at its edge."""

SKEWED = 0.8
"""A class with this share of the rows makes accuracy say little."""


@dataclass(frozen=True)
class Advice:
    """A reason, and the command that follows from it."""

    why: str
    command: str


def section_of(record: Record) -> str:
    """Reasons and commands, the most useful first; then how to use the model."""
    found = advice(record)
    parts = [f"{paragraph(item.why)}{command_line(item.command)}" for item in found]
    if not found:
        parts.append(paragraph("Nothing in this run gives a reason to try something else; more data may help most."))
    use = paragraph("To use the model, name this report's folder in place of RUN, and your table in place of NEW.csv:")
    return section("next", "What to try next", *parts, use, command_line("schuss predict RUN NEW.csv"))


def advice(record: Record) -> list[Advice]:
    """What the run gives reason for, the most useful first."""
    rules: tuple[Callable[[Record], Advice | None], ...] = (
        _no_better,
        _skewed,
        _divergence,
        _descent,
        _rates,
        _over_fitting,
        _seeds,
        _few_rows,
        _no_test,
        _more_members,
    )
    return [found for rule in rules if (found := rule(record)) is not None][:MOST]


def _no_better(record: Record) -> Advice | None:
    answer = answer_of(record)
    if answer.score is None or answer.baseline is None or answer.score > answer.baseline:
        return None
    text = "The model is no better than always giving the same answer. See what was made of every column:"
    return Advice(text, inspect_command(record.settings))


def _skewed(record: Record) -> Advice | None:
    settings = record.settings
    if record.task != "classification" or max(record.prior) < SKEWED or record.metric != "accuracy":
        return None
    text = f"{max(record.prior):.0%} of the training rows belong to one class, so accuracy hardly counts the others."
    return Advice(text, command(settings, metric="balanced_accuracy", class_weight="balanced"))


def _divergence(record: Record) -> Advice | None:
    members = record.members
    rates = [m.learning_rate for m in members if m.diverged_at is not None and m.learning_rate is not None]
    if len(rates) <= len(members) / 4:
        return None
    low = min(rates)
    text = (
        f"{len(rates)} of {len(members)} members diverged; the lowest learning rate among these is {low:.3g}. "
        "Try lower ones:"
    )
    return Advice(text, command(record.settings, learning_rate=_rounded(low / 3, low / 10, low / 30)))


def _descent(record: Record) -> Advice | None:
    if not _found(record, "still descending"):
        return None
    epochs = record.settings.epochs
    text = "The best member was still descending at the end, so give it more epochs."
    return Advice(text, command(record.settings, epochs=2 * epochs, patience=None))


def _rates(record: Record) -> Advice | None:
    """Compare the best member's learning rate with those tried: the ones given, or the range of its optimizer."""
    best = record.leader
    name, rate, settings = best.optimizer, best.learning_rate, record.settings
    given = settings.plan.space.learning_rate
    if rate is None or name not in OPTIMIZERS or best.diverged_at is not None or len(given) == 1:
        return None
    low, high = (min(given), max(given)) if given else OPTIMIZERS[name].learning_rates
    place = math.log(rate / low) / (math.log(high / low) or 1)
    if EDGE < place < 1 - EDGE:
        return None
    up = place >= 1 - EDGE
    own = [record.members[k] for k in by_optimizer(record)[name]]
    if up and any(member.diverged_at is not None for member in own):
        return None
    edge, word = (high, "highest") if up else (low, "lowest")
    text = (
        f"The best learning rate, {rate:.3g} with {name}, is among the {word} tried ({low:g} to {high:g}). Try further:"
    )
    further = _rounded(edge, edge * 2, edge * 5) if up else _rounded(edge, edge / 2, edge / 5)
    return Advice(text, command(settings, optimizer=[name], learning_rate=further, members=_drawn(record)))


def _over_fitting(record: Record) -> Advice | None:
    if not _found(record, "over-fitting"):
        return None
    text = "The best member over-fits. Dropout and the L2 term may hold it back:"
    settings = record.settings
    further = {} if is_grid(settings) else {"l2": [0.01, 0.1, 1.0]}
    return Advice(text, command(settings, dropout=[0.1, 0.3, 0.5], members=_drawn(record), **further))


def _seeds(record: Record) -> Advice | None:
    if record.settings.plan.seeds > 1 or len(record.members) < 2 or record.validation is None:
        return None
    settings, text = (
        record.settings,
        "With one seed each, the best configuration may only have been lucky. Several seeds would tell.",
    )
    if is_grid(settings):
        return Advice(text, command(settings, seeds=3))
    best = list(by_optimizer(record))[:2]
    text += " With the two best optimizers alone this takes the same time:"
    return Advice(text, command(settings, optimizer=best, seeds=3, members=_drawn(record)))


def _few_rows(record: Record) -> Advice | None:
    settings, validation = record.settings, record.validation
    if (settings.plan.folds or len(record.folds)) > 1 or validation is None or validation.rows >= 500:
        return None
    text = (
        f"{validation.rows:,} validation rows are few to choose by. With folds all rows choose, at five times the work:"
    )
    return Advice(text, command(settings, folds=5))


def _no_test(record: Record) -> Advice | None:
    if record.validation is None:
        text = (
            "No rows were kept apart to choose by, so members were ranked by their training cost. Keep a fifth apart:"
        )
        return Advice(text, command(record.settings, validation=0.2))
    if record.settings.plan.test > 0 or record.rows.table < 50:
        return None
    text = "No rows were kept apart to judge the model. A fifth of them would tell how good it is on new data:"
    return Advice(text, command(record.settings, test=0.2))


def _more_members(record: Record) -> Advice | None:
    """Twice the members are advised where half of them would have done clearly worse."""
    scores = budget_scores(record, record.ranking)
    error = None if record.validation is None else record.validation.standard_error
    known = [member for member in record.members if usable_score(member) is not None]
    if len(known) < 8 or error is None or is_grid(record.settings):
        return None
    gain = max(scores) - expected_best(scores, len(scores) // 2)
    if gain < error / 2:
        return None
    gained = f"The second half of the members improved the best score by {number(gain)} on average"
    text = f"{gained}, so more members may improve it further:"
    return Advice(text, command(record.settings, members=2 * len(scores)))


def _found(record: Record, sign: str) -> bool:
    """Whether the best member shows a sign."""
    return any(symptom.sign == sign and symptom.level != "good" for symptom in record.health.members[0].findings)


def _drawn(record: Record) -> int | None:
    """As many members as before, where they were drawn: lists would give a member for every combination."""
    return None if is_grid(record.settings) else len(record.members)


def _rounded(*rates: float) -> list[float]:
    return sorted(float(f"{rate:.2g}") for rate in rates)
