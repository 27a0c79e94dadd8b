"""What the terminal shows of a run: the leaderboard, the scores, and where the run is."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group

from schuss import runs
from schuss.jobs.train import Repeated, Result
from schuss.report.answer import gain
from schuss.runs import MemberRecord, member_record
from schuss.selection.ranking import configurations
from schuss.selection.selection import Distilled
from schuss.show.judgement import print_judgement
from schuss.show.table import number, plain, table

SHOWN = 10
"""How many places of the leaderboard are printed; leaderboard.csv has them all."""

TEXTS = ("", "optimizer", "schedule", "layers", "activation", "status")
"""Columns that are set to the left; numbers are set to the right."""

SPARE = (
    *("seed", "embedding speed", "scaling speed", "wave scale", "longest gradient", "averaging", "label smoothing"),
    *("l2", "dropout", "waves", "ramps"),
    *("epochs", "batch", "cost", "activation", "share", "layers"),
)
"""Columns that a narrow terminal does without, the first of them first."""

CHOSEN = "These rows also chose the model, so expect slightly lower scores on new data."
"""What is said of scores on validation rows."""

TESTED = "Nothing was chosen by these rows, so expect about the same scores on new data."
"""What is said of scores on test rows."""


def print_result(result: Result) -> None:
    """The leaderboard, the scores of the model beside the baseline, and where the run is."""
    console = Console(highlight=False, emoji=False)
    candidates = result.selection.candidates
    console.print(plain(data_line(result)))
    console.print()
    console.print(leaderboard(result, console.width))
    if len({candidate.member.seed for candidate in candidates}) > 1:
        console.print()
        console.print(seed_table(result, console.width))
    console.print()
    if result.batch_size_reason:
        console.print(f"Mini-batches of size auto: {result.batch_size_reason}.")
    console.print(f"Memory: {result.memory_reason}.")
    diverged = sum(candidate.diverged_at is not None for candidate in candidates)
    if diverged:
        advice = ": try lower learning rates" if diverged == len(candidates) else ""
        console.print(f"{diverged} of {len(candidates)} members diverged{advice}.")
    if result.selection.plan.budget is not None:
        console.print(budget_line(result))
    interrupted = sum(any(trial.status == "interrupted" for trial in c.trials) for c in candidates)
    if interrupted:
        console.print(f"{interrupted} of {len(candidates)} members interrupted.")
    if result.folder is None:
        console.print("Nothing was trained, so nothing was kept.")
        return
    console.print(model_line(result))
    classes = result.selection.best.classes
    judgement = result.test or result.validation
    if judgement is not None:
        rows, note = ("test rows", TESTED) if result.test else ("validation rows", CHOSEN)
        console.print()
        print_judgement(console, judgement, rows, classes, note)
        console.print()
    console.print(verdict(result))
    gained = gain_line(result)
    if gained is not None:
        console.print(gained)
    console.print(f"Run: {result.folder}", soft_wrap=True, markup=False)


def data_line(result: Result) -> str:
    """What the table is and what is to be predicted."""
    data, classes = result.data, result.selection.folds[0].encoding.classes
    task = f"{len(classes)} classes of" if classes else "values of"
    left_out = f"; {data.without_target:,} more without a target were left out" if data.without_target else ""
    return f"{data.name} ({data.source}): {data.rows:,} rows, {task} {data.target!r}{left_out}."


def budget_line(result: Result) -> str:
    """What was trained in the time that there was."""
    selection = result.selection
    rounds = []
    for one in selection.rounds:
        begun = sum(stop != 0 for stop in one.stops[0]) if one.stops else len(one.members)
        folds = f" on {one.folds} folds" if one.folds > 1 else ""
        rounds.append(f"{begun} members for {one.epochs} epochs{folds}")
    return f"In {selection.plan.budget:,.10g} seconds: {', then '.join(rounds)}."


def model_line(result: Result) -> str:
    """What the model is made of."""
    selection = result.selection
    members, networks = len(selection.shares()), len(selection.teacher.parts)
    text = "Model: the best member" if members == 1 else f"Model: a blend of {members} members"
    text += f" ({networks} networks, one for each fold)" if len(selection.folds) > 1 and members == 1 else ""
    text += f" ({networks} networks)" if len(selection.folds) > 1 and members > 1 else ""
    if selection.refitted is not None:
        rows = len(selection.refitted.fold.training.x)
        text += f", trained again on all {rows:,} training and validation rows"
    text += _distilled(selection.distilled)
    found = selection.calibration
    if selection.distilled is not None and selection.distilled.trial is not None:
        temperature = selection.distilled.temperature
        return f"{text}." if temperature == 1 else f"{text}; its probabilities have the temperature {temperature:.3g}."
    if found is None:
        return f"{text}."
    if not found.helps:
        return f"{text}; calibrating its probabilities did not help, so they are left as they are."
    change = f"log loss {found.before:.4f} → {found.after:.4f}"
    return f"{text}; its probabilities are calibrated with temperature {found.temperature:.3g} ({change})."


def _distilled(found: Distilled | None) -> str:
    """Whether one network stands in the blend's place, and what that costs."""
    if found is None:
        return ""
    if found.trial is not None:
        return f", distilled into one network (score {number(found.blend)} → {number(found.network)})"
    if not math.isfinite(found.network):
        return "; distilling it into one network failed, so the blend stays"
    if found.error is None:
        return "; what distilling it into one network costs cannot be judged, so the blend stays"
    cost = f"cost {number(found.blend - found.network)}, more than a standard error ({number(found.error)})"
    return f"; distilling it into one network would {cost}, so the blend stays"


def verdict(result: Result) -> str:
    """The model's score beside what always saying the same would get."""
    judgement = result.test or result.validation
    if judgement is None:
        selection = result.selection
        if selection.blend is None and any(len(fold.rows) for fold in selection.folds):
            name = selection.metric.name
            ranked = "so members are ranked by their cost and none are blended"
            return f"{name} is not defined on the validation rows, {ranked}."
        return "There are no rows to judge the model on."
    score, rows = judgement.score, "test" if result.test else "validation"
    plain = "the training rows' mean" if not result.selection.best.classes else "the training rows' class shares"
    text = (
        f"On {judgement.rows:,} {rows} rows: {score.metric} [bold]{number(score.model) or 'undefined'}[/bold] "
        f"({plain}: {number(score.baseline) or 'undefined'})"
    )
    if score.model is not None and score.baseline is not None and score.model <= score.baseline:
        text += ". The model is no better than that: try more epochs or other choices"
    return f"{text}."


def gain_line(result: Result) -> str | None:
    """What blending gained; None where the model is one network or no score tells."""
    judgement = result.test or result.validation
    if judgement is None or not result.selection.is_blend:
        return None
    return gain(judgement, held_out=result.test is not None)


def _gain(result: Result) -> dict[str, Any] | None:
    """The same for machines."""
    said, judgement = gain_line(result), result.test or result.validation
    if said is None or judgement is None:
        return None
    return {
        "rows": "test" if result.test else "validation",
        "difference": judgement.gain,
        "standard_error": judgement.gain_error,
        "more_than_chance": judgement.more_than_chance,
        "said": said,
    }


def leaderboard(result: Result, width: int) -> Group:
    """The best members, one a row."""
    selection = result.selection
    order, shares = selection.order[:SHOWN], dict(selection.shares())
    members = [member_record(selection.candidates[place], shares.get(place, 0.0)) for place in order]
    columns = {
        "": [f"{rank}" for rank in range(1, len(members) + 1)],
        selection.metric.name: [number(member.score) for member in members],
        "share": [f"{member.share:.0%}" if member.share else "" for member in members],
        "cost": [number(member.cost) for member in members],
        **_choices(members),
        "epochs": [f"{member.epochs}" for member in members],
    }
    if any(selection.candidates[place].diverged_at is not None for place in order):
        columns["status"] = [member.status for member in members]
    title = f"Best {len(members)} of {len(selection.candidates)} members, by validation {selection.metric.name}"
    return table(title, columns, width, left=TEXTS, spare=SPARE)


def seed_table(result: Result, width: int) -> Group:
    """The best configurations over their seeds: is a difference larger than what the seed makes?"""
    candidates = result.selection.candidates
    scores = [None if candidate.diverged_at is not None else candidate.score for candidate in candidates]
    descriptions = [candidate.member.describe() for candidate in candidates]
    found = configurations(descriptions, scores, result.selection.order)[:SHOWN]
    members = [member_record(candidates[configuration.places[0]]) for configuration in found]
    shown = ["diverged" if c.score == float("-inf") else _with_spread(c.score, c.spread) for c in found]
    columns = {"score": shown, **_choices(members)}
    columns.pop("seed", None)
    title = "Best configurations over their seeds, mean ± standard deviation"
    return table(title, columns, width, left=TEXTS, spare=SPARE)


def _with_spread(score: float, spread: float | None) -> str:
    return f"{score:.4f}" if spread is None else f"{score:.4f} ± {spread:.4f}"


def print_repeated(repeated: Repeated) -> None:
    """Whether a run that was repeated came out the same."""
    console = Console(highlight=False, emoji=False)
    text = f"All weights are the same, to the bit, as those of {repeated.earlier}."
    if not repeated.same:
        text = f"The weights are not those of {repeated.earlier}: the versions or the machine in its run.json differ."
    console.print(text, soft_wrap=True, markup=False)


def as_record(result: Result, repeated: Repeated | None = None) -> dict[str, Any]:
    """The same facts for machines: `schuss train --json`."""
    selection = result.selection
    calibration = selection.calibration
    return {
        "run": None if result.folder is None else str(result.folder),
        "source": result.data.source,
        "notes": list(result.data.notes),
        "task": result.data.task,
        "metric": selection.metric.name,
        "interrupted": result.interrupted,
        "batch_size_reason": result.batch_size_reason,
        "memory_reason": result.memory_reason,
        "validation": None if result.validation is None else asdict(result.validation),
        "test": None if result.test is None else asdict(result.test),
        "gain": _gain(result),
        "calibration": None if calibration is None else asdict(calibration),
        "distilled": None if selection.distilled is None else _as_record(selection.distilled),
        "rounds": [asdict(one) for one in selection.rounds],
        "repeats": None if repeated is None else {"run": str(repeated.earlier), "same": repeated.same},
        "refit_rows": None if selection.refitted is None else len(selection.refitted.fold.training.x),
        "leaderboard": runs.rows(selection.candidates, selection.order, dict(selection.shares())),
    }


def _as_record(found: Distilled) -> dict[str, Any]:
    network = found.network if math.isfinite(found.network) else None
    return {"taken": found.trial is not None, "blend": found.blend, "network": network, "error": found.error}


def _choices(members: Sequence[MemberRecord]) -> dict[str, list[str]]:
    """Columns of hyperparameters; those that few use only where somebody does."""
    columns = {
        "optimizer": [member.optimizer for member in members],
        "rate": ["" if member.learning_rate is None else f"{member.learning_rate:.3g}" for member in members],
        "schedule": [member.schedule for member in members],
        "batch": [f"{member.batch_size}" for member in members],
        "layers": [member.hidden_layer_sizes for member in members],
        "activation": [member.activation for member in members],
    }
    rare = {name: [getattr(member, field) for member in members] for field, name in runs.RARE.items()}
    columns |= {name: [f"{value:.3g}" for value in values] for name, values in rare.items() if any(values)}
    if len({member.seed for member in members}) > 1:
        columns["seed"] = [f"{member.seed}" for member in members]
    return columns
