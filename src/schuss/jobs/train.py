"""The main job: a table → a trained population → a run folder with the model chosen from it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from schuss import report, runs
from schuss.diagnosis.health import examine
from schuss.diagnosis.importance import importance
from schuss.diagnosis.judgement import Judgement, judge
from schuss.selection.dataset import DataSet, DataSpec
from schuss.selection.model import true_targets
from schuss.selection.plan import Plan
from schuss.selection.select import Callback, select
from schuss.selection.selection import Selection
from schuss.tables import fingerprint


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


def run(
    spec: DataSpec, plan: Plan | None = None, callback: Callback | None = None, parent: Path = Path("runs")
) -> Result:
    """Train a population on a table and keep the run in a new folder.

    Args:
        spec: which table, and what to predict.
        plan: how to train and choose; default `Plan`'s defaults.
        callback: told where training is.
        parent: folder of the runs.

    Raises:
        InputError: the table cannot be used, or not with this plan; nothing has been written then.
    """
    runs.require_writable(parent)
    data = DataSet.read(spec)
    selection = select(data, plan or Plan(), callback)
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
        settings=runs.Settings(replace(spec, target=data.target), selection.plan),
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
    return judge(selection.metric, y, *selection.outputs, selection.prior, data.weight_of(rows))


def judge_on_test(selection: Selection, data: DataSet) -> Judgement | None:
    """How the model does on the rows that no choice has seen; None where there are none."""
    rows = selection.test_rows
    if not len(rows):
        return None
    table, model, best = data.table.take(rows), selection.model, selection.best
    outputs = model.outputs(table), best.outputs(table)
    y = true_targets(table, model.encoding)
    return judge(selection.metric, y, *outputs, selection.prior, data.weight_of(rows))
