"""What kind of task a target column sets, and which rows have a target."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args
from unicodedata import normalize

import numpy as np

from schuss.names import by_name
from schuss.tables.cells import MISSING, compute, is_number, is_text, plain, require_columns
from schuss.tables.errors import InputError, show, show_all
from schuss.tables.numerals import find_form, numbers
from schuss.tables.source import place

if TYPE_CHECKING:
    import pyarrow as pa

Task = Literal["classification", "regression"]

MOST_CLASSES = 20
"""Whole numbers with more distinct values than this are quantities, not classes."""


def find_task(table: "pa.Table", target: str, task: Task | None = None) -> Task:
    """The task asked for, or else the one inferred from the target.

    Raises:
        ValueError: there is no task of this name.
        InputError: see `infer_task`.
    """
    return infer_task(table, target) if task is None else by_name("task", task, {name: name for name in get_args(Task)})


def infer_task(table: "pa.Table", target: str) -> Task:
    """Classification or regression?

    | target | task |
    |---|---|
    | booleans | classification |
    | text | classification; its distinct values must not be more than half of the rows |
    | whole numbers | classification if at most 20 distinct values, and no more than half of the rows; else regression |
    | other numbers | regression |

    Numbers with decimals that are all 0, as in 1.0, are whole: so are columns of whole numbers written that have gaps.
    Text that reads as numbers, but for words for missing cells, counts as whole numbers do. Text of which most
    distinct values read as numbers is a column of numbers with a stray cell, unless it passes that rule.

    Raises:
        InputError: no such column; a stray cell; nearly as many texts as rows; dates or other types.

    >>> import pyarrow as pa
    >>> infer_task(pa.table({"price": [1.5, 2.5]}), "price")
    'regression'
    """
    import pyarrow as pa

    require_columns(table, [target])
    column = plain(table, target)
    if pa.types.is_boolean(column.type):
        return "classification"
    if not (is_number(column.type) or is_text(column.type)):
        problem = f"Cells of type {column.type} cannot be a target: they are not numbers, text or booleans."
        raise InputError(place(table, column=target), problem, "Convert the column.")
    distinct = compute().drop_null(column.unique())
    if pa.types.is_floating(column.type):
        distinct = distinct.filter(compute().invert(compute().is_nan(distinct)))
    repeated = 2 * len(distinct) <= table.num_rows + 1
    few = repeated and len(distinct) <= MOST_CLASSES
    if is_number(column.type):
        return "classification" if few and _are_whole(distinct) else "regression"
    readable, others = _read(column)
    if readable > others and not few:
        numbers(table, target, "Correct the cell, or leave the row out.")
        return "regression"
    if not repeated:
        found = f"{len(distinct):,} distinct texts in {table.num_rows:,} rows, such as {show(distinct[0].as_py())}"
        problem = f"There are {found}: these are neither numbers nor classes that repeat."
        remedy = "Name another target, or choose classification if these are classes."
        raise InputError(place(table, column=target), problem, remedy)
    return "classification"


def require_variation(table: "pa.Table", target: str) -> None:
    """See that a regression's target has more than one value.

    Raises:
        InputError: it has one.
    """
    found = numbers(table, target)
    there = found[~np.isnan(found)]
    if len(there) > 1 and there.min() == there.max():
        problem = f"There must be at least two different numbers, but every row has {there[0]:.10g}."
        remedy = "Name another target: there is nothing to learn about this one."
        raise InputError(place(table, column=target), problem, remedy)


def about_target(table: "pa.Table", target: str, task: Task, asked: bool) -> list[str]:
    """What is to be said about a target: what it was taken for, and labels that may be meant as one.

    Args:
        table: the rows with a target.
        target: name of its column.
        task: what it is taken for.
        asked: whether the user said so.
    """
    import pyarrow as pa

    column = plain(table, target)
    where, labels = place(table, column=target), compute().drop_null(column.unique())
    if is_text(column.type):
        return [*_alike(where, labels.to_pylist())] if task == "classification" else []
    if asked or not is_number(column.type) or not _are_whole(labels):
        return []
    count = len(labels)
    if task == "regression":
        few = f"{where}: {count} different whole numbers are taken for amounts."
        return [f"{few} If they are classes, add --task classification."] if count <= 2 * MOST_CLASSES else []
    written = "" if pa.types.is_integer(column.type) else " written with decimals"
    if count == 2 and not written:
        return []
    said = f"{where}: {count} different whole numbers{written} are taken for classes: {show_all(_sorted(labels), 5)}."
    return [f"{said} If they are amounts or counts, add --task regression."]


def _alike(where: str, labels: list[str]) -> Iterator[str]:
    """A sentence for labels that differ in nothing but case, spaces, or how letters are put together."""
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(" ".join(normalize("NFKC", label).casefold().split()), []).append(label.strip())
    for group in groups.values():
        if len(set(group)) > 1:
            found = show_all(sorted(set(group)), 5)
            yield f"{where}: the labels {found} are different classes, but may be meant as one. Write them alike."


def _sorted(labels: "pa.Array[Any]") -> list[int]:
    return sorted(int(label) for label in labels.to_pylist() if label == label)


def _are_whole(distinct: "pa.Array[Any]") -> bool:
    """Whether numbers are all whole, and of 64 bits; an infinity is not."""
    import pyarrow as pa

    if pa.types.is_integer(distinct.type):
        return True
    values = distinct.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    values = values[~np.isnan(values)]
    return bool((values == np.trunc(values)).all() and (np.abs(values) < 2**63).all())


def present(table: "pa.Table", target: str) -> np.ndarray:
    """Indices of the rows whose target is not missing, int64, ascending.

    NaN is missing, and so are words for missing cells ("NA", "?", …) in text that reads as numbers. In other text
    they are classes.

    >>> import pyarrow as pa
    >>> present(pa.table({"y": ["1.5", "NA", None, "2"]}), "y")
    array([0, 3])
    """
    require_columns(table, [target])
    column = plain(table, target)
    absent = column.is_null(nan_is_null=True)
    if is_text(column.type):
        readable, others = _read(column)
        if readable and not others:
            absent = compute().match_substring_regex(column, MISSING).fill_null(True)
    return np.flatnonzero(~absent.to_numpy())


def _read(column: "pa.ChunkedArray[Any]") -> tuple[int, int]:
    """How many distinct texts read as numbers, and how many neither as numbers nor as words for missing cells.

    With codes such as 007 among them, none is a number.
    """
    pc = compute()
    distinct = column.unique().drop_null()
    distinct = distinct.filter(pc.invert(pc.match_substring_regex(distinct, MISSING)))
    readable = find_form(distinct)[1]
    return readable, len(distinct) - readable
