"""The answer comes first: the score beside the baseline, which member won, by how much, and whether by luck."""

from dataclasses import dataclass
from html import escape

from schuss.diagnosis.judgement import Judgement
from schuss.report import choices
from schuss.report.comparison import configurations_of, words
from schuss.report.markup import bullets, number, paragraph, section, table
from schuss.runs import Record
from schuss.runs.record import DistilledRecord
from schuss.selection.ranking import Configuration


@dataclass(frozen=True)
class Answer:
    """The facts of a run that matter most.

    Attributes:
        metric: its name.
        score, baseline, alone, error: of the model on the rows that judge it, of always the same answer and of the best
            member there; the error is the score's standard error. None where there is none.
        rows: how many rows judge it.
        held_out: whether these are test rows, which no choice has seen.
        best: the place of the best member.
        blended: how many members the model has.
    """

    metric: str
    score: float | None
    baseline: float | None
    alone: float | None
    error: float | None
    rows: int
    held_out: bool
    best: int
    blended: int


def answer_of(record: Record) -> Answer:
    """Read from run.json."""
    judgement, blended = record.judgement, len(record.model.shares)
    if judgement is None:
        return Answer(record.metric, None, None, None, None, 0, False, record.best, blended)
    asked, error, held_out = judgement.score, judgement.standard_error, record.test is not None
    return Answer(
        record.metric, asked.model, asked.baseline, asked.best, error, judgement.rows, held_out, record.best, blended
    )


def headline(record: Record, answer: Answer) -> str:
    """The answer in a sentence."""
    model = "The best member" if answer.blended == 1 else f"A blend of {answer.blended} members"
    if record.student is not None:
        model = f"One network, distilled from a blend of {answer.blended} members,"
        model = model if answer.blended > 1 else "One network, distilled from those of the best member,"
    target = f"'{record.settings.target}'"
    if answer.score is None:
        return f"{model} predicts {target}; there are no rows to judge it on."
    rows = f"{answer.rows:,} {'test' if answer.held_out else 'validation'} rows"
    return f"{model} predicts {target}: {answer.metric} {with_error(answer.score, answer.error)} on {rows}."


def with_error(score: float, error: float | None) -> str:
    """A score and its standard error."""
    return number(score) if error is None else f"{number(score)} ± {number(error)}"


def gain(judgement: Judgement, *, held_out: bool) -> str | None:
    """How much better the blend is than its best member alone, and whether that is more than chance, in a sentence.

    Args:
        judgement: of a model that is a blend.
        held_out: whether no choice has seen these rows.

    Returns:
        None where a score is not defined.
    """
    found, error, beyond = judgement.gain, judgement.gain_error, judgement.more_than_chance
    if found is None:
        return None
    more = f"{number(abs(found))} {'more than' if found > 0 else 'less than'}" if found else "the same as"
    text = f"The blend scores {more} the best member alone"
    if error is not None:
        text += f" (± {number(error)}, one standard error)"
    if beyond is None:
        text += "; whether that is chance is not known"
    elif found:
        text += ": more than chance explains" if beyond else ": that may be chance"
    less = ", so the blend may gain less on new data" if found > 0 else ""
    return f"{text}." if held_out else f"{text}. These rows chose both{less}."


def section_of(record: Record) -> str:
    """The first part of the page."""
    answer = answer_of(record)
    parts = [paragraph(headline(record, answer), "headline"), _tiles(record, answer)]
    parts.append(bullets([*_judged(record, answer), *_won(record, answer), luck(record), *choices.sentences(record)]))
    return section("answer", "The answer", *parts, _scores(record))


def _tiles(record: Record, answer: Answer) -> str:
    members = record.members
    diverged = sum(member.diverged_at is not None for member in members)
    facts = {
        answer.metric: (number(answer.score) or "undefined", "the model"),
        "baseline": (number(answer.baseline) or "undefined", "always the same answer"),
        "best member": (number(answer.alone) or "undefined", "alone, on the same rows"),
        "members": (f"{len(members):,}", f"{diverged:,} diverged" if diverged else "none diverged"),
    }
    tiles = (
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd>{escape(note)}</dd></div>"
        for name, (value, note) in facts.items()
    )
    return f'<dl class="tiles">{"".join(tiles)}</dl>'


def _judged(record: Record, answer: Answer) -> list[str]:
    """What the score is worth."""
    if answer.score is None:
        unseen = "There are no validation rows, so members are ranked by their training cost."
        return [f"{unseen} That makes all of them look better than they are."]
    found: list[str] = []
    if answer.baseline is not None:
        plain = "mean" if record.task == "regression" else "class shares"
        always = f"Always predicting the training rows' {plain} scores {number(answer.baseline)}"
        gain = answer.score - answer.baseline
        better = f"{number(gain)} better" if gain > 0 else "no better"
        found.append(f"{always}; the model is {better}.")
    if answer.error is not None:
        found.append(
            f"On another {answer.rows:,} rows of the same kind the score would be a little different: its standard "
            f"error is {number(answer.error)}, so differences smaller than {number(2 * answer.error)} prove little."
        )
    if not answer.held_out:
        found.append("These rows also chose the model, so expect slightly lower scores on new data.")
    if answer.metric.startswith("neg_"):
        found.append(f"{answer.metric} is an error with its sign changed: 0 is perfect, and greater is better.")
    if record.interrupted:
        found.append("Training was interrupted, so this is what it had reached by then.")
    return found


def _won(record: Record, answer: Answer) -> list[str]:
    members, ranking = record.members, record.ranking
    best = record.leader
    scored = f" with {number(best.score)} on the validation rows" if best.score is not None else ""
    found = [f"Best of {len(members):,} members: number {answer.best}{scored}. It is {words(best)}."]
    if len(ranking) > 1 and best.score is not None:
        second = members[ranking[1]]
        if second.score is not None and second.diverged_at is None:
            less = best.score - second.score
            behind = f"{number(less)} behind" if less else "level with it"
            found.append(f"Next is number {ranking[1]}, {behind}: {words(second)}.{_roughly(record, less)}")
    if record.is_blend and record.judgement is not None:
        found += filter(None, [gain(record.judgement, held_out=answer.held_out)])
    if record.refit is not None:
        found.append(
            "After this choice the model's members were trained again on all "
            f"{record.refit.training_rows:,} training and validation rows, each for as many epochs as were best."
        )
    if record.distilled is not None:
        found.append(_distilled(record.distilled))
    return found


def _distilled(found: DistilledRecord) -> str:
    """Whether one network stands in the blend's place, and what that costs."""
    if found.network is None:
        return "A network that was to learn what the blend predicts failed, so the blend stays."
    said = f"A network that learned what the blend predicts scores {number(found.network)} on the validation rows, the "
    said += f"blend {number(found.blend)}"
    if found.fold is not None:
        return f"{said}; the difference is within a standard error, so one network, taught by all rows, is the model."
    if found.error is None:
        return f"{said}; what that costs cannot be judged, so the blend stays."
    return f"{said}; that costs more than a standard error ({number(found.error)}), so the blend stays."


def _roughly(record: Record, lead: float) -> str:
    """A warning where a lead is smaller than what the choice of validation rows makes."""
    error = None if record.validation is None else record.validation.standard_error
    if error is None or lead >= 2 * error:
        return ""
    return f" The standard error on these rows is {number(error)}, so other rows might rank them the other way round."


def luck(record: Record) -> str:
    """Whether the best configuration's lead is larger than what the seed makes."""
    found = [c for c in configurations_of(record) if c.score > float("-inf")]
    if len(found) < 2:
        return "There is no second configuration with a score to compare the best one with."
    if found[0].spread is None or found[1].spread is None:
        return (
            "Each configuration was trained with one seed, so it cannot be known whether the best one's lead is more "
            "than luck. Train with several seeds to find out, such as --seeds 3 (the whole command is below)."
        )
    return _compare(found)


def _compare(found: list[Configuration]) -> str:
    first, second = found[:2]
    spread = max(first.spread or 0.0, second.spread or 0.0)
    lead = first.score - second.score
    text = (
        f"Over {len(first.places)} seeds the best configuration scores {with_error(first.score, first.spread)} and the "
        f"next {with_error(second.score, second.spread)} (mean ± standard deviation). The lead of {number(lead)} is "
    )
    if lead > spread:
        return f"{text}larger than the spread over seeds ({number(spread)}): it is unlikely to be luck."
    near = sum(first.score - other.score <= spread for other in found) - 1
    also = f" In all, {near} configurations are that near to the best." if near > 1 else ""
    return f"{text}not larger than the spread over seeds ({number(spread)}): they cannot be told apart.{also}"


def _scores(record: Record) -> str:
    """All metrics on all rows that judge."""
    found: list[str] = []
    for name, judgement in (("test", record.test), ("validation", record.validation)):
        if judgement is not None:
            scores = judgement.scores
            columns = {
                "metric": [score.metric for score in scores],
                "model": [number(score.model) or "undefined" for score in scores],
                "best member": [number(score.best) or "undefined" for score in scores],
                "baseline": [number(score.baseline) or "undefined" for score in scores],
            }
            found.append(table(f"Scores on {judgement.rows:,} {name} rows", columns, left=["metric"]))
    return "".join(found)
