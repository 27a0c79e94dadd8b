"""What a run folder holds, written down."""

import csv
import os
import platform
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import msgspec
import numpy as np

from schuss.engine.checkpoint import named_arrays
from schuss.runs import history
from schuss.runs.folder import HISTORY, LONGEST_NAME, NOT_IN_NAMES, RUN, WEIGHTS, appear
from schuss.runs.leaderboard import described, finite, member_record, rows_of
from schuss.runs.read import DISTILLED, FORMAT, REFIT
from schuss.runs.record import DistilledRecord, Facts, FoldRecord, Machine, ModelRecord, Record
from schuss.selection.fold import Fold
from schuss.selection.selection import Candidate, Distilled, Selection

HISTORY_ROWS = 1 << 20
"""Rows of history.parquet that are held in memory while it is written."""


def save(parent: Path, name: str, facts: Facts, selection: Selection) -> Path:
    """Write a run folder ``<time>-<name>``; it appears whole or not at all.

    Args:
        parent: folder of the runs, made if need be.
        name: a word for the data.
        facts: what is known beside the population.
        selection: what came of the population.
    """
    now = datetime.now().astimezone()
    folder = parent / f"{now:%Y%m%d-%H%M%S}-{re.sub(NOT_IN_NAMES, '-', name)[:LONGEST_NAME]}"
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    try:
        record = record_of(facts, selection, now.isoformat(timespec="seconds"))
        (partial / RUN).write_bytes(encode(record))
        _write_leaderboard(partial / "leaderboard.csv", record)
        _write_history(partial / HISTORY, selection.candidates)
        _write_weights(partial / WEIGHTS, selection)
        return appear(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def encode(record: Record) -> bytes:
    """A record as run.json has it: UTF-8, one value a line."""
    return msgspec.json.format(msgspec.json.encode(record, enc_hook=_plain), indent=1) + b"\n"


def record_of(facts: Facts, selection: Selection, created: str) -> Record:
    """The record of a run, of this moment's libraries and this machine."""
    shares = dict(selection.shares())
    again = () if selection.refitted is None else tuple(selection.refitted.trials)
    return Record(
        **vars(facts),
        format=FORMAT,
        created=created,
        metric=selection.metric.name,
        interrupted=selection.interrupted,
        folds=tuple(map(_fold, selection.folds)),
        refit=None if selection.refitted is None else _fold(selection.refitted.fold),
        rounds=selection.rounds,
        model=ModelRecord(tuple(shares.items()), selection.teacher.temperature, selection.calibration, again),
        distilled=None if selection.distilled is None else _distilled(selection.distilled),
        best=selection.order[0],
        ranking=selection.order,
        members=tuple(member_record(one, shares.get(place, 0.0)) for place, one in enumerate(selection.candidates)),
        versions=versions(),
        machine=machine(),
    )


def _fold(fold: Fold) -> FoldRecord:
    return FoldRecord(fold.encoding.to_dict(), len(fold.training.x), len(fold.rows))


def _distilled(found: Distilled) -> DistilledRecord:
    trial = found.trial
    kept = (None, None) if trial is None else (_fold(found.fold), described(trial))
    return DistilledRecord(*kept, found.temperature, found.blend, finite(found.network), finite(found.error))


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries on which a run's bits depend."""
    libraries = ("schuss", "jax", "jaxlib", "numpy", "scikit-learn", "duckdb")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in libraries}}


def machine() -> Machine:
    """The machine that trains."""
    found = np.show_config(mode="dicts")
    simd = found.get("SIMD Extensions", {}).get("found", []) if isinstance(found, dict) else []
    device = jax.devices()[0]
    return Machine(platform.machine(), tuple(simd), os.cpu_count(), device.device_kind, device.platform)


def _write_leaderboard(path: Path, record: Record) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        board = rows_of(record.members, record.ranking)
        writer = csv.DictWriter(file, fieldnames=list(board[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(board)


def _write_history(path: Path, candidates: Sequence[Candidate]) -> None:
    """Long form: kind "step" has cost and learning rate, kind "epoch" has validation cost and score."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = history.schema()
    waiting: list[Any] = []
    with pq.ParquetWriter(path, schema) as writer:
        for columns in _history_blocks(candidates):
            waiting.append(pa.table(columns, schema=schema))
            if sum(block.num_rows for block in waiting) >= HISTORY_ROWS:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()
        writer.write_table(pa.concat_tables([schema.empty_table(), *waiting]))


def _history_blocks(candidates: Sequence[Candidate]) -> Iterator[dict[str, Any]]:
    """The columns of history.parquet, at most `HISTORY_ROWS` steps of one training at a time."""
    import pyarrow as pa

    def same(value: Any, count: int) -> Any:
        return pa.repeat(value, count)

    for place, candidate in enumerate(candidates):
        for fold, trial in enumerate(candidate.trials):
            h = trial.history
            for first in range(0, len(h), HISTORY_ROWS):
                costs = h.costs[first : first + HISTORY_ROWS]
                count = len(costs)
                yield {
                    "fold": same(np.int32(fold), count),
                    "member": same(np.int32(place), count),
                    "kind": same("step", count),
                    "number": np.arange(first + 1, first + count + 1),
                    "cost": costs.astype(np.float64),
                    "learning_rate": h.rates(first, count).astype(costs.dtype).astype(np.float64),
                    "score": pa.nulls(count, pa.float64()),
                }
            epochs = len(h.validation_costs)
            yield {
                "fold": same(np.int32(fold), epochs),
                "member": same(np.int32(place), epochs),
                "kind": same("epoch", epochs),
                "number": np.arange(1, epochs + 1),
                "cost": h.validation_costs,
                "learning_rate": pa.nulls(epochs, pa.float64()),
                "score": h.validation_scores,
            }


def _write_weights(path: Path, selection: Selection) -> None:
    """Weights of every member by fold and place; of those trained again under "refit", of a student under its name."""
    from safetensors.numpy import save

    trials = {
        f"{fold}/{place}": trial
        for place, candidate in enumerate(selection.candidates)
        for fold, trial in enumerate(candidate.trials)
    }
    if selection.refitted is not None:
        trials |= {f"{REFIT}/{place}": trial for place, trial in selection.refitted.trials.items()}
    if selection.distilled is not None and selection.distilled.trial is not None:
        trials[DISTILLED] = selection.distilled.trial
    tensors = {}
    for prefix, trial in trials.items():
        if trial.weights is not None:
            tensors |= {f"{prefix}/{name}": array for name, array in named_arrays(trial.weights)}
    path.write_bytes(save(tensors))  # safetensors' own file would be for its owner's eyes alone


def _plain(value: Any) -> Any:
    """NumPy's scalars and arrays as JSON has them."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} has no place in run.json")
