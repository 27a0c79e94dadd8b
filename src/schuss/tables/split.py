"""Which rows train, which choose among members, and which are kept for the last judgement."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from schuss.tables.columns import Classes
from schuss.tables.errors import InputError
from schuss.tables.source import place
from schuss.tables.target import Task, find_task

if TYPE_CHECKING:
    import pyarrow as pa


class Split(NamedTuple):
    """Indices of rows, int64, ascending; every row of the table is in exactly one part."""

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split_table(
    table: "pa.Table",
    target: str,
    task: Task | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    random_state: int = 0,
) -> Split:
    """`split` of a table's rows, by the classes of ``target`` if the task is a classification."""
    task = find_task(table, target, task)
    classes = Classes.fit(table, target).encode(table) if task == "classification" else None
    return split(table.num_rows, classes, validation, test, random_state, where=place(table))


def split(
    n: int,
    targets: np.ndarray | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    random_state: int = 0,
    where: str = "the table",
) -> Split:
    """Divide n rows at random; the same arguments give the same rows.

    With classes, every class is in the training rows. The parts are stratified, each with the classes' shares of the
    whole table, if every class can expect two training rows and every part has a row for each class. Otherwise
    (rare classes, tiny tables) one row of each class is kept for training and the others are divided without regard
    to class.

    Args:
        n: number of rows.
        targets: classes [N], whole numbers; None for regression.
        validation: share of the rows, in [0, 1); a share above 0 has at least one row.
        test: the same for the test rows.
        random_state: seed.
        where: what the rows are of, for the message.

    Raises:
        ValueError: the shares leave nothing to train on.
        InputError: fewer rows than the parts need: 2 to train on (or one of each class), 1 for every other part.

    >>> [len(part) for part in split(10, validation=0.2, test=0.1)]
    [7, 2, 1]
    """
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise ValueError(f"validation and test must be ≥ 0 and less than 1 together, however: {validation} and {test}")
    sizes = [max(1, round(share * n)) if share > 0 else 0 for share in (validation, test)]
    counts = np.array([]) if targets is None else np.unique(targets, return_counts=True)[1]
    training = n - sum(sizes)
    if training < max(2, len(counts)):
        least = f"{max(2, len(counts))} to train on, {sizes[0]} for validation, {sizes[1]} for the test"
        remedy = "add rows"
        raise InputError(where, f"must have enough rows ({least})", f"{n}", remedy)
    rows, strata = np.arange(n), None
    kept = rows[:0]
    if targets is not None:
        parts = [size for size in (training, *sizes) if size > 0]
        if counts.min() * training >= 2 * n and min(parts) >= len(counts):
            strata = targets
        else:
            kept = _one_of_each(targets, random_state)
            rows = np.delete(rows, kept)
    rest, held_out = _part(rows, sizes[1], strata, random_state)
    rest, chosen_by = _part(rest, sizes[0], None if strata is None else strata[rest], random_state)
    return Split(np.sort(np.concatenate([kept, rest])), np.sort(chosen_by), np.sort(held_out))


def _part(rows: np.ndarray, size: int, strata: np.ndarray | None, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """(the others, ``size`` of the rows)."""
    from sklearn.model_selection import train_test_split

    if size == 0:
        return rows, rows[:0]
    if size == len(rows):  # every training row is one that was kept
        return rows[:0], rows
    rest, part = train_test_split(rows, test_size=size, stratify=strata, random_state=random_state)
    return np.asarray(rest), np.asarray(part)


def _one_of_each(targets: np.ndarray, random_state: int) -> np.ndarray:
    """A random row of every class."""
    order = np.random.default_rng(random_state).permutation(len(targets))
    return order[np.unique(targets[order], return_index=True)[1]]
