"""What a run folder holds, written down."""

import csv
import json
import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np

from schuss.engine.checkpoint import named_arrays
from schuss.losses import LOSSES
from schuss.names import name_of
from schuss.runs.folder import LONGEST_NAME, NOT_IN_NAMES, RUN, WEIGHTS, appear
from schuss.runs.leaderboard import rows, summary
from schuss.runs.read import FORMAT, REFIT
from schuss.selection.fold import Fold
from schuss.selection.select import Candidate, Selection

HISTORY_ROWS = 1 << 20
"""Rows of history.parquet that are held in memory while it is written."""


def save(parent: Path, name: str, record: Mapping[str, Any], selection: Selection) -> Path:
    """Write a run folder ``<time>-<name>``; it appears whole or not at all.

    Args:
        parent: folder of the runs, made if need be.
        name: a word for the data.
        record: what is known beside the selection: settings, rows, judgements.
        selection: what came of the population.
    """
    now = datetime.now().astimezone()
    folder = parent / f"{now:%Y%m%d-%H%M%S}-{re.sub(NOT_IN_NAMES, '-', name)[:LONGEST_NAME]}"
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    try:
        whole = {"format": FORMAT, "created": now.isoformat(timespec="seconds"), **record}
        whole |= {**describe(selection), **surroundings()}
        text = json.dumps(whole, indent=1, allow_nan=False, default=_plain) + "\n"
        (partial / RUN).write_text(text, encoding="utf-8")
        _write_leaderboard(partial / "leaderboard.csv", selection)
        _write_history(partial / "history.parquet", selection.candidates)
        _write_weights(partial / WEIGHTS, selection)
        return appear(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def describe(selection: Selection) -> dict[str, Any]:
    """A selection as run.json has it: folds, members, ranking and model."""
    calibration, shares = selection.calibration, dict(selection.shares())
    return {
        "metric": selection.metric.name,
        "interrupted": selection.interrupted,
        "folds": [_fold(fold) for fold in selection.folds],
        "refit": None if selection.refitted is None else _fold(selection.refitted.fold),
        "model": {
            "shares": selection.shares(),
            "temperature": selection.model.temperature,
            "calibration": None if calibration is None else calibration._asdict(),
        },
        "best": selection.order[0],
        "ranking": selection.order,
        "members": [_describe(one, shares.get(place, 0.0)) for place, one in enumerate(selection.candidates)],
    }


def _fold(fold: Fold) -> dict[str, Any]:
    rows = {"training_rows": len(fold.training.x), "validation_rows": len(fold.rows)}
    return {"encoding": fold.encoding.to_dict(), **rows}


def surroundings() -> dict[str, Any]:
    """Versions and machine: with the same ones, the same seeds give the same bits."""
    libraries = ("schuss", "jax", "jaxlib", "numpy", "scikit-learn", "duckdb")
    found = np.show_config(mode="dicts")
    simd = found.get("SIMD Extensions", {}).get("found", []) if isinstance(found, dict) else []
    device = jax.devices()[0]
    machine = {"architecture": platform.machine(), "instructions": simd, "cores": os.cpu_count()}
    machine |= {"device": device.device_kind, "platform": device.platform}
    versions = {"python": platform.python_version(), **{name: metadata.version(name) for name in libraries}}
    return {"versions": versions, "machine": machine}


def _describe(candidate: Candidate, share: float) -> dict[str, Any]:
    """The member as it was trained: with the mini-batch size and the loss that "auto" came to."""
    first = candidate.trials[0]
    resolved = {"batch_size": first.batch_size, "loss": name_of(first.loss, LOSSES)}
    return {
        "description": {**candidate.member.describe(), **resolved},
        "batch_size_asked": candidate.member.batch_size,
        "diverged_at": candidate.diverged_at,
        **summary(candidate, share),
    }


def _write_leaderboard(path: Path, selection: Selection) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        board = rows(selection.candidates, selection.order, dict(selection.shares()))
        writer = csv.DictWriter(file, fieldnames=list(board[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(board)


def _write_history(path: Path, candidates: Sequence[Candidate]) -> None:
    """Long form: kind "step" has cost and learning rate, kind "epoch" has validation cost and score."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [pa.int32(), pa.int32(), pa.string(), pa.int64(), pa.float64(), pa.float64(), pa.float64()]
    names = ["fold", "member", "kind", "number", "cost", "learning_rate", "score"]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
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
    """Weights of every member by fold and place; those of members that were trained again under "refit"."""
    from safetensors.numpy import save

    trials = {
        f"{fold}/{place}": trial
        for place, candidate in enumerate(selection.candidates)
        for fold, trial in enumerate(candidate.trials)
    }
    if selection.refitted is not None:
        trials |= {f"{REFIT}/{place}": trial for place, trial in selection.refitted.trials.items()}
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
