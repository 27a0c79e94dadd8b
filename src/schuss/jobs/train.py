"""The main job: a table → a trained population → a run folder with the model chosen from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from schuss import batches, report, runs
from schuss.diagnosis.health import examine
from schuss.diagnosis.importance import importance
from schuss.diagnosis.judgement import Judgement, judge
from schuss.engine.train import Progress
from schuss.member import AUTO, Member
from schuss.selection.dataset import Asked, Ready, prepare
from schuss.selection.fold import Fold, make_folds
from schuss.selection.metrics import baseline, default_metric, metric, prior
from schuss.selection.model import true_targets
from schuss.selection.refit import refit
from schuss.selection.select import Selection, select
from schuss.space import Space, grid, sample
from schuss.tables import Encoding, InputError, Roles, Split, Task, fingerprint, folds, place, split
from schuss.tables.encoding.measure import Method
from schuss.tables.splitting.split import together

STEPS = 1_500
"""How many steps the default number of epochs amounts to at least."""

FITTING: Mapping[Task, tuple[str, ...]] = {
    "classification": ("cross_entropy", "binary_cross_entropy"),
    "regression": ("mean_squared_error", "mean_absolute_error", "huber"),
}
"""The losses for each task; binary_cross_entropy is for two classes."""


@dataclass(frozen=True)
class Settings:
    """What to train on what; everything but ``data`` has a default.

    Args:
        data: name of a built-in table, or path of a file.
        target: column to predict; built-in tables know theirs.
        task: "binary", "multiclass", "classification" or "regression"; default inferred from the target.
        table: name of the table in a file that holds several.
        roles: columns with a part of their own: identifiers, weights, groups, time, those to leave out.
        numeric: how numbers are encoded; see `schuss.tables.Encoding`.
        class_weight: "balanced" to weigh every class alike.
        metric: name of the metric that chooses, as scikit-learn has it; default accuracy or r2.
        space: values to choose from.
        members: how many networks; default 64, or one for every combination where ``space`` has lists.
        seeds: how many seeds every configuration is trained with: 0, 1, … after ``random_state``.
        epochs: passes through the training rows; default enough for about 1,500 steps, at least 20, at most 400.
        patience: epochs without a better validation that end a member; default a fifth of the epochs, ≥ 10.
        random_state: of the split, the draw of members and their seeds.
        devices: how many members or groups train at a time; default one more than cores, or every device.
        validation: share of the rows that choose members, where there are no folds.
        refit: whether the model's members are trained again, once chosen, on training and validation rows together;
            with folds they are not, since every row has taught some of their networks.
        folds: K ≥ 2 to train every member K times, so that every row is validated once; default 1, one share.
        test: share of the rows that judge the model once, at the end; default 0, none.
    """

    data: str
    target: str | None = None
    task: Asked | None = None
    table: str | None = None
    roles: Roles = field(default_factory=Roles)
    numeric: Method = "auto"
    class_weight: str | None = None
    metric: str | None = None
    space: Space = field(default_factory=Space)
    members: int | None = None
    seeds: int = 1
    epochs: int | None = None
    patience: int | None = None
    random_state: int = 0
    devices: int | None = None
    validation: float = 0.2
    refit: bool = True
    folds: int = 1
    test: float = 0.0


@dataclass(frozen=True)
class Result:
    """What a run gave; no folder and no judgements if it was interrupted before anything was trained.

    Attributes:
        folder: where it is kept.
        selection: the members, their ranking and the blend.
        ready: the table.
        validation: how the model does on the rows that chose it.
        test: how it does on rows that no choice has seen; None if there are none.
        batch_size_reason: why the rule's mini-batch size is what it is; None where nobody asked for the rule.
        memory_reason: how many members memory lets train at a time.
    """

    folder: Path | None
    selection: Selection
    ready: Ready
    validation: Judgement | None
    test: Judgement | None
    batch_size_reason: str | None
    memory_reason: str

    def _repr_html_(self) -> str | None:
        return None if self.folder is None else report.html_of(runs.read_record(self.folder / runs.RUN))

    @property
    def interrupted(self) -> bool:
        """Whether training ended before its end."""
        return self.selection.interrupted


@dataclass(frozen=True)
class Inspection:
    """What would be done with a table: how it is read, and what becomes of every column."""

    ready: Ready
    encoding: Encoding


def inspect(settings: Settings) -> Inspection:
    """Find out what would be done with every column, with all rows taken for training rows.

    Raises:
        InputError: the table cannot be used.
    """
    ready = prepare(settings.data, settings.target, settings.task, settings.roles, settings.table)
    rows = np.arange(ready.table.num_rows)
    return Inspection(ready, Encoding.fit(ready.table, ready.target, rows, ready.task, ready.roles, settings.numeric))


def run(settings: Settings, callback: Callable[[Progress], None] | None = None, parent: Path = Path("runs")) -> Result:
    """Train and keep the run in a new folder under ``parent``.

    Raises:
        InputError: the table cannot be used, or not with these settings; nothing has been written then.
    """
    runs.require_writable(parent)
    ready = prepare(settings.data, settings.target, settings.task, settings.roles, settings.table)
    splits = divide(settings, ready)
    require_weights(ready, splits)
    parts = encode(settings, ready, splits)
    encoding = parts[0].encoding
    name = default_metric(ready.task) if settings.metric is None else settings.metric
    asked = metric(name, len(encoding.classes))
    rows = len(splits[0].training)
    members = choose(settings, rows)
    epochs = settings.epochs or default_epochs(rows, max(_batch_size(m.batch_size, rows) for m in members))
    patience = settings.patience or max(10, epochs // 5)
    check_losses(members, encoding)
    answer = prior(len(encoding.classes), parts[0].truth("training"), _rows_of(ready.weight, splits[0].training))
    for fold in parts:  # a metric that does not go with the weights says so now
        baseline(asked, answer, fold.truth("validation"), _rows_of(ready.weight, fold.rows))
    memory_reason = ""

    def watch(progress: Progress) -> None:
        nonlocal memory_reason
        memory_reason = progress.room.why
        if callback:
            callback(progress)

    selection = select(
        members,
        parts,
        asked,
        weight=ready.weight,
        epochs=epochs,
        patience=patience,
        devices=settings.devices,
        random_state=settings.random_state,
        callback=watch,
    )
    if settings.refit and len(parts) == 1 and len(parts[0].rows):
        (whole,) = encode(settings, ready, [together(splits[0])])
        selection = refit(selection, whole, epochs, devices=settings.devices, callback=callback)
    reason = batches.advise_batch_size(rows).why if any(m.batch_size == AUTO for m in members) else None
    if not selection.candidates[selection.order[0]].trained:
        return Result(None, selection, ready, None, None, reason, memory_reason)
    validation, test = _judge(selection, ready, splits[0].test, answer)
    weighed = importance(selection, settings.random_state)
    asked_for: dict[str, Any] = {**vars(settings), "target": ready.target, "epochs": epochs, "patience": patience}
    facts = runs.Facts(
        settings=runs.Settings(**asked_for),
        task=ready.task,
        source=ready.source,
        rows=runs.RowCounts(ready.table.num_rows, ready.without_target, len(splits[0].test)),
        fingerprint=fingerprint(ready.table),
        prior=tuple(answer.tolist()),
        batch_size_reason=reason,
        memory_reason=memory_reason,
        validation=validation,
        test=test,
        health=examine(selection),
        importance=weighed,
    )
    folder = runs.save(parent, Path(settings.data).stem, facts, selection)
    report.write(folder, runs.read_record(folder / runs.RUN))
    return Result(folder, selection, ready, validation, test, reason, memory_reason)


def divide(settings: Settings, ready: Ready) -> list[Split]:
    """The rows to train on, to choose by and to test on; one split a fold."""
    table, classes = ready.table, ready.classes
    known: dict[str, Any] = {
        "targets": None if classes is None else classes.encode(table),
        "names": () if classes is None else classes.classes,
        "groups": ready.groups,
        "time": ready.time,
        "test": settings.test,
        "random_state": settings.random_state,
        "where": place(table),
    }
    if settings.folds > 1:
        return folds(table.num_rows, settings.folds, **known)
    return [split(table.num_rows, validation=settings.validation, **known)]


def encode(settings: Settings, ready: Ready, splits: Sequence[Split]) -> tuple[Fold, ...]:
    """The table encoded once for every split; see `schuss.selection.fold.make_folds`."""
    known = (ready.task, ready.roles, settings.numeric, ready.weight, settings.class_weight)
    return make_folds(ready.table, ready.target, splits, *known)


def require_weights(ready: Ready, splits: Sequence[Split]) -> None:
    """See that every part of the rows has some weight.

    Raises:
        InputError: all weights of the training, validation or test rows of a split are 0.
    """
    if ready.weight is None:
        return
    for one in splits:
        for part, rows in one._asdict().items():
            if len(rows) and not ready.weight[rows].any():
                expected = f"must have a weight above 0 in some of the {part} rows"
                remedy = "choose other shares, folds or another --random-state, or leave --weight out"
                raise InputError(place(ready.table, column=ready.roles.weight), expected, "all are 0", remedy)


def choose(settings: Settings, rows: int) -> list[Member]:
    """The members that the settings ask for."""
    seeds = range(settings.random_state, settings.random_state + settings.seeds)
    if settings.space.has_list() and settings.members is None:
        return grid(settings.space, seeds)
    return sample(settings.space, settings.members or 64, rows, settings.random_state, seeds)


def default_epochs(rows: int, batch_size: int) -> int:
    """Enough passes for about `STEPS` steps of the largest mini-batch, from 20 to 400."""
    per_epoch = batches.steps_per_epoch(rows, batch_size)
    return int(np.clip(-(-STEPS // per_epoch), 20, 400))


def check_losses(members: Sequence[Member], encoding: Encoding) -> None:
    """See that every member's loss fits the target; one of your own is taken at its word.

    Raises:
        InputError: a loss for classes with numbers, for numbers with classes, or for two classes with more.
    """
    classes = len(encoding.classes)
    losses = {member.loss for member in members if isinstance(member.loss, str)}
    fitting = [loss for loss in FITTING[encoding.task] if loss != "binary_cross_entropy" or classes == 2]
    kind = f"{classes} classes" if classes else "numbers"
    for loss in sorted(losses - {AUTO, *fitting}):
        remedy = f"choose {' or '.join(fitting)}"
        raise InputError(f"loss '{loss}'", "must fit the target", f"'{encoding.target}' holds {kind}", remedy)


def _judge(
    selection: Selection, ready: Ready, test_rows: np.ndarray, answer: np.ndarray
) -> tuple[Judgement | None, Judgement | None]:
    """How the model does on the validation rows, and once on the test rows, as far as there are any."""

    def judged(rows: np.ndarray, model: np.ndarray, best: np.ndarray, y: np.ndarray) -> Judgement:
        return judge(selection.metric, y, model, best, answer, _rows_of(ready.weight, rows))

    validation = test = None
    if selection.outputs is not None:
        rows = np.concatenate([fold.rows for fold in selection.folds])
        y = np.concatenate([fold.truth("validation") for fold in selection.folds])
        validation = judged(rows, *selection.outputs, y)
    if len(test_rows):
        table, model, best = ready.table.take(test_rows), selection.model, selection.best
        test = judged(test_rows, model.outputs(table), best.outputs(table), true_targets(table, model.encoding))
    return validation, test


def _rows_of(weight: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if weight is None else weight[rows]


def _batch_size(size: int | str, rows: int) -> int:
    return batches.advise_batch_size(rows).batch_size if isinstance(size, str) else min(size, rows)
