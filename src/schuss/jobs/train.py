"""The main job: a table → a trained population → a run folder with the model chosen from it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from schuss import report, runs
from schuss.diagnosis.health import examine
from schuss.diagnosis.importance import importance
from schuss.diagnosis.judgement import Judgement, judge
from schuss.selection.clock import Clock
from schuss.selection.dataset import DataSet, DataSpec
from schuss.selection.model import true_targets
from schuss.selection.plan import Plan
from schuss.selection.select import select
from schuss.selection.selection import Selection
from schuss.selection.training import Callback
from schuss.tables import InputError, fingerprint


@dataclass(frozen=True)
class Result:
    """What a run gave; no folder and no judgements if it was interrupted before anything was trained.

    Attributes:
        folder: where it is kept.
        selection: the members, their ranking and the blend.
        data: the rows.
        validation: how the model does on the rows that chose it.
        test: how it does on rows that no choice has seen; None if there are none.
    """

    folder: Path | None
    selection: Selection
    data: DataSet
    validation: Judgement | None
    test: Judgement | None

    def _repr_html_(self) -> str | None:
        return None if self.folder is None else report.html_of(runs.read_record(self.folder / runs.RUN))

    @property
    def interrupted(self) -> bool:
        """Whether training ended before its end."""
        return self.selection.interrupted

    @property
    def batch_size_reason(self) -> str | None:
        """Why the rule's mini-batch size is what it is; None where nobody asked for the rule."""
        reasons = [candidate.trials[0].batch_size_reason for candidate in self.selection.candidates]
        return "; ".join(dict.fromkeys(filter(None, reasons))) or None

    @property
    def memory_reason(self) -> str:
        """How many members memory lets train at a time."""
        return self.selection.room.why if self.selection.room else ""


@dataclass(frozen=True)
class Repeated:
    """A run like an earlier one.

    Attributes:
        result: of the new run.
        earlier: folder of the one that it repeats.
        same: whether all weights are the same to the bit.
    """

    result: Result
    earlier: Path
    same: bool


def run(
    spec: DataSpec,
    plan: Plan | None = None,
    callback: Callback | None = None,
    parent: Path = Path("runs"),
    clock: Clock | None = None,
) -> Result:
    """Train a population on a table and keep the run in a new folder.

    Args:
        spec: which table, and what to predict.
        plan: how to train and choose; default `Plan`'s defaults.
        callback: told where training is.
        parent: folder of the runs.
        clock: started before the table is read, where the plan has a budget; default now.

    Raises:
        InputError: the table cannot be used, or not with this plan; nothing has been written then.
    """
    plan = plan or Plan()
    if plan.budget is not None and clock is None:
        clock = Clock(plan.budget)
    runs.require_writable(parent)
    data = DataSet.read(spec)
    return _kept(spec, data, select(data, plan, callback, clock), parent)


def repeat(folder: str | Path, callback: Callback | None = None, parent: Path = Path("runs")) -> Repeated:
    """Train as an earlier run did, round for round and step for step, whatever the clock says now.

    Args:
        folder: the run, or "latest" for the newest one in ``runs/``.
        callback: told where training is.
        parent: folder of the new run.

    Raises:
        InputError: there is no such run, or its table has changed; nothing has been written then.
    """
    earlier = runs.find(folder)
    record = runs.read_record(earlier / runs.RUN)
    runs.require_writable(parent)
    spec, plan = record.settings.spec, record.settings.plan
    data = DataSet.read(spec)
    if fingerprint(data.table) != record.fingerprint:
        problem = f"These are not the rows that {earlier} was trained on."
        raise InputError(spec.data, problem, "Restore the table, or train without --repeat.")
    result = _kept(spec, data, select(data, plan, callback, course=record.course), parent)
    same = result.folder is not None and _content(result.folder) == _content(earlier)
    return Repeated(result, earlier, same)


def _content(folder: Path) -> bytes:
    return (folder / runs.WEIGHTS).read_bytes()


def _kept(spec: DataSpec, data: DataSet, selection: Selection, parent: Path) -> Result:
    """The result of a selection, judged and written down."""
    if not selection.candidates[selection.order[0]].trained:
        return Result(None, selection, data, None, None)
    result = Result(None, selection, data, judge_on_validation(selection, data), judge_on_test(selection, data))
    folder = runs.save(parent, Path(spec.data).stem, facts_of(spec, result), selection)
    report.write(folder, runs.read_record(folder / runs.RUN))
    return replace(result, folder=folder)


def facts_of(spec: DataSpec, result: Result) -> runs.Facts:
    """What is known of a run beside its selection, as run.json has it."""
    selection, data = result.selection, result.data
    return runs.Facts(
        settings=runs.Settings(replace(spec, target=data.target, roles=data.roles), selection.plan),
        task=data.task,
        source=data.source,
        rows=runs.RowCounts(data.rows, data.without_target, len(selection.test_rows)),
        fingerprint=fingerprint(data.table),
        prior=tuple(selection.prior.tolist()),
        batch_size_reason=result.batch_size_reason,
        memory_reason=result.memory_reason,
        validation=result.validation,
        test=result.test,
        health=examine(selection),
        importance=importance(selection, selection.plan.random_state),
    )


def judge_on_validation(selection: Selection, data: DataSet) -> Judgement | None:
    """How the model does on the rows that chose it; None where no member has a score on them."""
    if selection.outputs is None:
        return None
    rows = np.concatenate([fold.rows for fold in selection.folds])
    y = np.concatenate([fold.truth("validation") for fold in selection.folds])
    known = selection.prior, data.weight_of(rows)
    return judge(selection.metric, y, *selection.outputs, *known, blended=selection.is_blend)


def judge_on_test(selection: Selection, data: DataSet) -> Judgement | None:
    """How the model does on the rows that no choice has seen; None where there are none."""
    rows = selection.test_rows
    if not len(rows):
        return None
    table, model, best = data.table.take(rows), selection.model, selection.best
    outputs = model.outputs(table), best.outputs(table)
    y = true_targets(table, model.encoding)
    known = selection.prior, data.weight_of(rows)
    return judge(selection.metric, y, *outputs, *known, blended=selection.is_blend)
