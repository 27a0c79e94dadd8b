"""Predict a table with a run's best member, and write the predictions down."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schuss.runs import Run
from schuss.tables import BUILTIN, InputError, load_builtin, read


@dataclass(frozen=True)
class Written:
    """What was written: by which run, of what, and how many rows."""

    run: Path
    target: str
    rows: int


def predict_table(run: str | Path, data: str, output: Path) -> Written:
    """Predict every row of a table and write a CSV file: "prediction" and, for classes, a probability for each.

    The file appears whole or not at all; one that is there is replaced.

    Raises:
        InputError: no such run or table, a column of training is missing, or the output cannot be written.
    """
    _require_place(output, data)
    best = Run(run)
    table = load_builtin(data)[0] if data in BUILTIN else read(data)
    found = best.predict(best.encoding.features(table))
    classes = best.encoding.classes
    header = ["prediction"]
    if classes:
        header += [f"probability_{label}" for label in classes]
        columns = [best.encoding.labels(found.argmax(axis=1)), *np.round(found, 6).T.tolist()]
    else:
        columns = [best.encoding.restore(found[:, 0]).tolist()]
    _write(output, header, list(zip(*columns, strict=True)))
    return Written(best.folder, best.encoding.target, table.num_rows)


def _require_place(output: Path, data: str) -> None:
    if not output.parent.is_dir() or output.is_dir():
        found = "a folder" if output.is_dir() else f"no folder {str(output.parent)!r}"
        raise InputError(str(output), "must be a file in a folder that exists", found, "name another with --output")
    if output.exists() and Path(data).exists() and output.samefile(data):
        raise InputError(str(output), "must be another file than the table", "the same", "name another with --output")


def _write(output: Path, header: list[str], rows: list[tuple[object, ...]]) -> None:
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
        os.replace(partial, output)
    finally:
        partial.unlink(missing_ok=True)
