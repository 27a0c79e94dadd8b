"""The main job: a table → a trained population → a run folder, with the best member judged once on unseen rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schuss import batches, runs
from schuss.evaluation import predict
from schuss.member import AUTO, Member
from schuss.search import Space, grid, rank, sample
from schuss.tables import BUILTIN, Encoding, InputError, Task, fingerprint, load_builtin, read, split_table
from schuss.trainer import Progress, Table, train
from schuss.trial import Trial

if TYPE_CHECKING:
    import pyarrow as pa

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
        task: "classification" or "regression"; default inferred from the target.
        space: values to choose from.
        members: how many networks; default 64, or one for every combination where ``space`` has lists.
        seeds: how many seeds every configuration is trained with: 0, 1, … after ``random_state``.
        epochs: passes through the training rows; default enough for about 1,500 steps, at least 20, at most 400.
        patience: epochs without a better validation score that end a member; default a fifth of the epochs, ≥ 10.
        random_state: of the split, the draw of members and their seeds.
        devices: how many members or groups train at a time; default one more than cores, or every device.
        validation, test: shares of the rows that choose members and that judge the best one.
    """

    data: str
    target: str | None = None
    task: Task | None = None
    space: Space = field(default_factory=Space)
    members: int | None = None
    seeds: int = 1
    epochs: int | None = None
    patience: int | None = None
    random_state: int = 0
    devices: int | None = None
    validation: float = 0.2
    test: float = 0.2


@dataclass(frozen=True)
class Judgement:
    """Score of the best member on the test rows, beside that of always saying the same.

    Attributes:
        metric: "accuracy", or "r2" for regression.
        score, baseline: of the member, and of the majority class or the mean of the training rows; None where it is
            not defined (r2 of a single row) or not finite.
        error, baseline_error: root mean squared error in the target's unit; None for classification.
        rows: how many test rows.
    """

    metric: str
    score: float | None
    baseline: float | None
    error: float | None
    baseline_error: float | None
    rows: int


@dataclass(frozen=True)
class Result:
    """What a run gave; no folder and no judgement if it was interrupted before anything was trained.

    ``batch_size_reason`` is None where nobody asked for the rule's mini-batch size.
    """

    folder: Path | None
    trials: Sequence[Trial]
    judgement: Judgement | None
    batch_size_reason: str | None
    memory_reason: str
    task: Task
    interrupted: bool


def load(data: str, target: str | None) -> tuple["pa.Table", str]:
    """The table and the name of its target.

    Raises:
        InputError: no such table, or no target named for a file.
    """
    if data in BUILTIN:
        table, own_target, _ = load_builtin(data)
        return table, target or own_target
    table = read(data)
    if target is None:
        names = ", ".join(table.column_names)
        raise InputError(data, "must come with the column to predict", f"columns {names}", "add --target COLUMN")
    return table, target


def run(settings: Settings, callback: Callable[[Progress], None] | None = None, parent: Path = Path("runs")) -> Result:
    """Train and keep the run in a new folder under ``parent``.

    Raises:
        InputError: the table cannot be used, or not with these losses; nothing has been written then.
    """
    runs.require_writable(parent)
    table, target = load(settings.data, settings.target)
    parts = split_table(table, target, settings.task, settings.validation, settings.test, settings.random_state)
    encoding = Encoding.fit(table, target, parts.training, settings.task)
    x, y = encoding.features(table), encoding.targets(table)
    rows = len(parts.training)
    members = choose(settings, rows)
    epochs = settings.epochs or default_epochs(rows, max(_batch_size(m.batch_size, rows) for m in members))
    patience = settings.patience or max(10, epochs // 5)
    check_losses(members, encoding)
    outputs = len(encoding.classes) or 1
    memory_reason = ""

    def watch(progress: Progress) -> None:
        nonlocal memory_reason
        memory_reason = progress.room.why
        if callback:
            callback(progress)

    trials = train(
        members,
        Table(x[parts.training], y[parts.training]),
        Table(x[parts.validation], y[parts.validation]),
        outputs=outputs,
        epochs=epochs,
        patience=patience,
        devices=settings.devices,
        callback=watch,
    )
    reason = batches.advise_batch_size(rows).why if any(m.batch_size == AUTO for m in members) else None
    interrupted = any(trial.status == "interrupted" for trial in trials)
    if all(trial.weights is None for trial in trials):
        return Result(None, trials, None, reason, memory_reason, encoding.task, interrupted)
    best = trials[rank(trials)[0]]
    judgement = judge(best, encoding, x, y, parts.training, parts.test)
    record = {
        "settings": {
            **asdict(settings),
            "target": target,
            "task": encoding.task,
            "epochs": epochs,
            "patience": patience,
        },
        "encoding": encoding.to_dict(),
        "outputs": outputs,
        "rows": {name: len(part) for name, part in parts._asdict().items()},
        "fingerprint": fingerprint(table),
        "batch_size_reason": reason,
        "memory_reason": memory_reason,
        "interrupted": interrupted,
        "test": asdict(judgement),
    }
    folder = runs.save(parent, Path(settings.data).stem, record, trials)
    return Result(folder, trials, judgement, reason, memory_reason, encoding.task, interrupted)


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


def judge(
    trial: Trial, encoding: Encoding, x: np.ndarray, y: np.ndarray, training: np.ndarray, test: np.ndarray
) -> Judgement:
    """Measure a member on the test rows, in the target's unit."""
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.metrics import accuracy_score, r2_score, root_mean_squared_error

    outputs = predict(trial.network, trial.weights, x[test])
    if encoding.classes:
        found = runs.probabilities_or_values(outputs, True).argmax(axis=1)
        plain = DummyClassifier().fit(x[training], y[training]).predict(x[test])
        scores = float(accuracy_score(y[test], found)), float(accuracy_score(y[test], plain))
        return Judgement("accuracy", *scores, None, None, len(test))
    true, found = encoding.restore(y[test][:, 0]), encoding.restore(outputs[:, 0])
    plain = DummyRegressor().fit(x[training], encoding.restore(y[training][:, 0])).predict(x[test])

    def measure(found: np.ndarray) -> tuple[float | None, float | None]:
        if not np.isfinite(found).all():
            return None, None
        score = runs.finite(r2_score(true, found)) if len(test) > 1 else None
        return score, runs.finite(root_mean_squared_error(true, found))

    (score, error), (baseline, baseline_error) = measure(found), measure(np.asarray(plain))
    return Judgement("r2", score, baseline, error, baseline_error, len(test))


def _batch_size(size: int | str, rows: int) -> int:
    return batches.advise_batch_size(rows).batch_size if isinstance(size, str) else min(size, rows)
