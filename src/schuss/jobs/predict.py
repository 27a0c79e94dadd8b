"""What a run is for: predictions of a table, written down, and judgement on rows whose target is known."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schuss.diagnosis.judgement import Judgement, judge
from schuss.jobs.run import Run
from schuss.jobs.submission import columns_like, own_columns, write_csv
from schuss.selection.dataset import open_table, weights
from schuss.selection.model import true_targets
from schuss.tables import BUILTIN, InputError
from schuss.tables.cells import blank_out
from schuss.tables.encoding.unknown import unknown
from schuss.tables.reading.files import find_files
from schuss.tables.reading.read import read_as_written, with_numbers
from schuss.tables.source import Source, keep, place
from schuss.tables.task import present

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Written:
    """What was written: by which run, of what, how many rows, and what is to be said about the table."""

    run: Path
    target: str
    rows: int
    networks: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """How a run does on a table, how many of its rows have no target, and what is to be said about the table."""

    run: Run
    judgement: Judgement
    without_target: int
    notes: tuple[str, ...] = ()


def predict_table(
    run: str | Path,
    data: str,
    output: Path,
    like: str | None = None,
    probability: bool = False,
    inside: str | None = None,
    encoding: str | None = None,
) -> Written:
    """Predict every row of a table with a run's model and write a CSV file.

    Args:
        run: its folder.
        data, inside, encoding: the table; see `schuss.selection.dataset.open_table`.
        output: the file. It appears whole or not at all; one that is there is replaced.
        like: a sample submission whose columns, rows and order are wanted; see `schuss.jobs.submission.columns_like`.
            Without one: identifiers, "prediction" and, for classes, a probability for each.
        probability: for a sample with one answer: the probability of the second class in place of labels.

    Raises:
        InputError: no such run or table, a column of training is missing, or the output cannot be written.
    """
    found = Run(run)
    require_place(output, data, like, *map(str, found.files))
    sample = None if like is None else _open(like)
    table, written = _open(data, inside, encoding, found.record.settings.spec.missing)
    outputs = found.model.outputs(table)
    if sample is None:
        columns = own_columns(found.model, outputs, written, found.identifiers)
    else:
        asked, as_written = sample
        columns = columns_like(asked, found.model, outputs, table, probability, as_written)
    write_csv(output, columns)
    rows = len(next(iter(columns.values())))
    notes = (*Source.of(table).all_notes(), *unknown((part.encoding for part in found.model.parts), table))
    return Written(found.folder, found.model.encoding.target, rows, len(found.model.parts), notes)


def _open(
    data: str, inside: str | None = None, encoding: str | None = None, missing: Sequence[str] = ()
) -> tuple["pa.Table", "pa.Table"]:
    """A table, and the same with its cells as they are written: 1e+05 is no other identifier than itself."""
    if data in BUILTIN:
        table = open_table(data, inside, encoding, missing)
        return table, table
    written = read_as_written(data, inside, encoding)
    return blank_out(with_numbers(blank_out(written, missing)), missing), written


def evaluate_table(run: str | Path, data: str, inside: str | None = None, encoding: str | None = None) -> Evaluation:
    """Judge a run's model on the rows of a table that have a target.

    Raises:
        InputError: no such run or table, no target, or a label that training did not have.
    """
    found = Run(run)
    own = found.model.encoding
    table = open_table(data, inside, encoding, found.record.settings.spec.missing)
    rows = present(table, own.target)
    if len(rows) == 0:
        remedy = "Give a table whose target is known."
        raise InputError(place(table, column=own.target), "The target is missing in every row.", remedy)
    known = keep(table, rows)
    y = true_targets(known, own)
    column = found.roles.weight
    weight = None if column is None or column not in table.column_names else weights(known, column)
    model, best = found.model.outputs(known), found.best.outputs(known)
    judgement = judge(found.metric, y, model, best, found.prior, weight, blended=found.record.is_blend)
    notes = (*Source.of(table).all_notes(), *unknown((part.encoding for part in found.model.parts), known))
    return Evaluation(found, judgement, table.num_rows - len(rows), notes)


def require_place(output: Path, *inputs: str | None) -> None:
    """See that a file can be written there and is none of those that are read.

    Raises:
        InputError: it cannot.
    """
    folder, found = output.parent, None
    if not folder.is_dir():
        found = f"no folder {str(folder)!r}"
    elif output.exists() and not output.is_file():
        found = "a folder" if output.is_dir() else "a device or pipe"
    elif not os.access(folder, os.W_OK):
        found = f"{folder} may not be written to"
    if found is not None:
        raise InputError(str(output), f"No file can be written here: {found}.", "Name another with --output.")
    for path in inputs if output.exists() else ():
        if path is not None and path not in BUILTIN and any(map(output.samefile, find_files(path))):
            problem = "This file is read, so it cannot be written."
            raise InputError(str(output), problem, "Name another with --output.")
