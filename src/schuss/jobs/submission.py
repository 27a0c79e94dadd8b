"""Predictions as a table to write: columns of our own, or those of a sample submission."""

import csv
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from schuss.selection.model import Model
from schuss.tables import InputError
from schuss.tables.cells import NUMBER, texts
from schuss.tables.errors import near, show, show_all
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa

Columns = dict[str, Sequence[Any]]
"""Name → cells."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins with one of these, and goes on, is run as a formula by spreadsheets, unless it is a number."""


def own_columns(model: Model, outputs: np.ndarray, table: "pa.Table", ids: Sequence[str]) -> Columns:
    """Identifiers that the table has, "prediction" and, for classes, "probability_<label>" of each."""
    columns: Columns = {name: table.column(name).to_pylist() for name in ids if name in table.column_names}
    if not model.classes:
        return columns | {"prediction": outputs.tolist()}
    columns["prediction"] = model.labels(outputs)
    rounded = np.round(outputs, 6).T.tolist()
    return columns | {f"probability_{label}": cells for label, cells in zip(model.classes, rounded, strict=True)}


def columns_like(
    sample: "pa.Table",
    model: Model,
    outputs: np.ndarray,
    table: "pa.Table",
    probability: bool = False,
    written: "pa.Table | None" = None,
) -> Columns:
    """The sample's columns in its order, with a row for each of its rows, in its order.

    Columns that the table has too, except the target, say which of its rows is meant; without any, rows follow the
    table's order. One other column is for the answer: values; labels; or, with ``probability`` or where the sample
    holds numbers that are no labels, the probability of the second of two classes. Several others are for the
    probabilities of the classes, each named by its label, alone or after a word and "_".

    Args:
        sample: the sample.
        model, outputs, table: what was predicted of which table.
        probability: see above.
        written: the sample with its cells as they are written, as the result has them; default: the sample.

    Raises:
        InputError: a row of the sample is not in the table, or its columns do not fit the classes.
    """
    target = model.encoding.target
    keys = [name for name in sample.column_names if name in table.column_names and name != target]
    answers = [name for name in sample.column_names if name not in keys]
    if not answers:
        problem = f"There is no column for the answer: all of {show_all(keys)} are in the table as well."
        raise InputError(place(sample), problem, "Give the sample of a submission, not the test table itself.")
    rows = _rows(sample, table, keys)
    found = _answers(sample, answers, table.column_names, model, outputs[rows], probability)
    kept = sample if written is None else written
    return {name: found[name] if name in found else kept.column(name).to_pylist() for name in sample.column_names}


def _rows(sample: "pa.Table", table: "pa.Table", keys: Sequence[str]) -> np.ndarray:
    """The table's row for each row of the sample."""
    if not keys:
        if sample.num_rows != table.num_rows:
            problem = f"There are {sample.num_rows:,} rows and no identifiers in common with the table of "
            problem += f"{table.num_rows:,} rows, so it is not known which row is which."
            raise InputError(place(sample), problem, "Give the sample for this table.")
        return np.arange(table.num_rows)
    places: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(_keys(table, keys)):
        if places.setdefault(key, row) != row:
            problem = f"{show(', '.join(key))} is there twice."
            raise InputError(place(table, row, keys[0]), problem, "Keep one row of each identifier.")
    rows = []
    for row, key in enumerate(_keys(sample, keys)):
        if key not in places:
            problem = f"{show(', '.join(key))} is not in the table."
            remedy = "Give the sample for this table, and the whole table."
            raise InputError(place(sample, row, keys[0]), problem, remedy)
        rows.append(places[key])
    return np.array(rows, np.int64)


def _keys(table: "pa.Table", names: Sequence[str]) -> list[tuple[str, ...]]:
    """Identifiers as text: 1, 1.0 and "1" are one."""
    columns = [map(str, texts(table, name).to_pylist()) for name in names]
    return list(zip(*columns, strict=True))


def _answers(
    sample: "pa.Table",
    answers: Sequence[str],
    others: Sequence[str],
    model: Model,
    outputs: np.ndarray,
    probability: bool,
) -> Columns:
    """Cells of the columns for answers; the others, which the table has, are for near matches."""
    classes = {str(label): outputs[:, k] for k, label in enumerate(model.classes)}
    if len(answers) > 1:
        return {name: _of_class(sample, name, classes, others).tolist() for name in answers}
    (name,) = answers
    if not classes:
        return {name: outputs.tolist()}
    cells = {str(cell) for cell in sample.column(name).to_pylist() if cell is not None}
    if not probability and (cells <= set(classes) or not all(re.match(NUMBER, cell) for cell in cells)):
        return {name: model.labels(outputs)}
    if len(classes) > 2:
        problem = f"One column of numbers such as {show_all(sorted(cells), 3)} cannot hold {len(classes)} classes."
        remedy = "Give a sample with a column for every class, or with labels."
        raise InputError(place(sample, column=name), problem, remedy)
    return {name: outputs[:, 1].tolist()}


def _of_class(sample: "pa.Table", name: str, classes: Mapping[str, np.ndarray], others: Sequence[str]) -> np.ndarray:
    """Probabilities of the class that names a column; of "p_very_high" that is "very_high" rather than "high"."""
    ends = [label for label in classes if name.endswith(f"_{label}")]
    found = name if name in classes else max(ends, key=len, default=None)
    if found is None:
        wanted = f"of the classes {show_all(classes)}" if classes else "the one answer"
        problem = f"This is neither an identifier of the table nor {'one ' if classes else ''}{wanted}."
        remedy = near(name, [*classes, *others], "Give the sample for this run and this table.")
        raise InputError(place(sample, column=name), problem, remedy)
    return classes[found]


def write_csv(output: Path, columns: Columns) -> None:
    """Write a CSV file, UTF-8; it appears whole or not at all, and one that is there is replaced.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
    """
    output = output.resolve()  # of a link, the file that it leads to
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(_Lines(file))
            writer.writerow([harmless(name) for name in columns])
            writer.writerows([harmless(cell) for cell in row] for row in zip(*columns.values(), strict=True))
        os.replace(partial, output)
    finally:
        partial.unlink(missing_ok=True)


class _Lines:
    r"""Lines that end with "\n" although the writer ends them with "\r\n", for which it quotes a cell with either."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> None:
        self._file.write(line.removesuffix("\r\n") + "\n")


def harmless(cell: Any) -> Any:
    """The cell, with an apostrophe in front if it is text that a spreadsheet would run.

    >>> [harmless(cell) for cell in ("=1+1", "-5", -5, "-", "name")]
    ["'=1+1", '-5', -5, '-', 'name']
    """
    runs = isinstance(cell, str) and len(cell) > 1 and cell.startswith(FORMULA) and not re.match(NUMBER, cell)
    return f"'{cell}" if runs else cell
