"""Which rows train, which choose among members, and which are kept to judge the model in the end.

At random, by groups of which none is divided, or by time; once, or in folds, so that every row chooses once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from schuss.tables.encoding.target import ClassTarget
from schuss.tables.source import place
from schuss.tables.splitting.dealing import cut, deal, indispensable, require_classes, require_sets, share_out
from schuss.tables.splitting.rows_to_split import RowsToSplit
from schuss.tables.task import Task, find_task

if TYPE_CHECKING:
    import pyarrow as pa

GRAIN = 20
"""Folds that groups are dealt into before the folds are shared out among the sets of a split."""


class Split(NamedTuple):
    """Indices of rows, int64, ascending; no row is in two of them.

    Every row is in one of them, except in folds by time: rows later than the validation rows are in none.
    """

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def together(split: Split) -> Split:
    """Training and validation rows of a split as training rows, in the table's order.

    >>> together(Split(np.array([0, 3]), np.array([1]), np.array([2]))).training
    array([0, 1, 3])
    """
    rows = np.sort(np.concatenate([split.training, split.validation]))
    return Split(rows, rows[:0], split.test)


def split_table(
    table: "pa.Table",
    target: str,
    task: Task | None = None,
    validation: float = 0.2,
    test: float = 0.0,
    random_state: int = 0,
    groups: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> Split:
    """`split` of a table's rows, by the classes of ``target`` if the task is a classification.

    Raises:
        InputError: see `split`; or the target fits no task.
    """
    encoder = ClassTarget.fit(table, target) if find_task(table, target, task) == "classification" else None
    targets = None if encoder is None else encoder.encode(table)
    names = () if encoder is None else encoder.classes
    return split(table.num_rows, targets, validation, test, random_state, place(table), groups, time, names)


def split(
    n: int,
    targets: np.ndarray | None = None,
    validation: float = 0.2,
    test: float = 0.0,
    random_state: int = 0,
    where: str = "the table",
    groups: np.ndarray | None = None,
    time: np.ndarray | None = None,
    names: Sequence[object] = (),
) -> Split:
    """Divide n rows; the same arguments give the same rows. Every class is in the training rows.

    - **At random**: the sets are stratified, each with the classes' shares of the whole table, if every class can
      expect two training rows and every set has a row for each class. Otherwise (rare classes, tiny tables) one row
      of each class is kept for training and the others are divided without regard to class.
    - **By groups**: no group is in two sets. Groups are dealt into up to 20 folds, stratified as far as that goes. The
      largest fold trains; the others go, the larger first, to the set that lacks most rows, so that shares of rows
      are met about as closely as the groups allow. A class that is in no training group then moves there with its
      smallest group.
    - **By time**: the test rows are the latest, the validation rows the latest before them. A set begins between two
      different moments, as near as can be to its share: rows of the same moment always stay together.

    Args:
        n: number of rows.
        targets: classes [N], whole numbers; None for regression.
        validation: share of the rows, in [0, 1); a share above 0 has at least one row.
        test: the same for the test rows; default none.
        random_state: seed; without effect on a split by time.
        where: what the rows are of, for the message.
        groups: a number or name [N] for every row.
        time: moments [N], numbers or ``datetime64``.
        names: of the classes, for the message; default their numbers.

    Raises:
        ValueError: the shares leave nothing to train on, or arrays do not fit.
        InputError: fewer rows, groups or moments than the sets need: 2 rows to train on (or one of each class), 1 row,
            group or moment for every other set; a class that is only in the latest rows; both groups and time.

    >>> [len(rows) for rows in split(10, validation=0.2, test=0.1)]
    [7, 2, 1]
    >>> split(6, validation=0.3, time=np.array([2020, 2024, 2021, 2022, 2023, 2024])).validation
    array([1, 5])
    """
    return _split(RowsToSplit(n, targets, groups, time, where, names), validation, test, random_state)


def folds(
    n: int,
    k: int,
    targets: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    time: np.ndarray | None = None,
    test: float = 0.0,
    random_state: int = 0,
    where: str = "the table",
    names: Sequence[object] = (),
) -> list[Split]:
    """Divide n rows k times, so that every row validates once; the test rows are the same each time.

    The test rows are those of `split`. The others are divided at random (scikit-learn's ``KFold``, with classes
    ``StratifiedKFold``), by groups (``StratifiedGroupKFold``; ``GroupKFold`` above 1,000 groups), or by time
    (``TimeSeriesSplit``): k + 1 stretches, of which the i-th split validates on the one after the i-th and trains on
    all before it; they begin between two different moments, so that those may be of uneven length.

    Every class is in the training rows of every split: where one would be in a single fold, its smallest group (or
    one of its rows) never validates.

    Args:
        n, targets, groups, time, test, random_state, where, names: as in `split`.
        k: how many folds, at least 2.

    Raises:
        ValueError, InputError: as in `split`; k below 2.

    >>> [fold.validation.tolist() for fold in folds(6, 2, time=np.arange(6))]
    [[2, 3], [4, 5]]
    """
    return _folds(RowsToSplit(n, targets, groups, time, where, names), k, test, random_state)


def _split(rows: RowsToSplit, validation: float, test: float, random_state: int) -> Split:
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise ValueError(f"validation and test must be ≥ 0 and less than 1 together, not {validation} and {test}.")
    sizes = [max(1, round(share * rows.n)) if share > 0 else 0 for share in (validation, test)]
    least = 2 if rows.targets is None else max(2, len(np.unique(rows.targets)))
    if rows.n - sum(sizes) < least:
        needed = f"rows ({least} to train on, {sizes[0]} for validation, {sizes[1]} for the test)"
        raise rows.too_few(needed, f"{rows.n}", "Add rows.")
    if not any(sizes):
        return Split(np.arange(rows.n), np.arange(0), np.arange(0))
    if rows.time is not None:
        return _by_time(rows, sizes)
    if rows.groups is not None:
        return _by_groups(rows, sizes, random_state)
    return _at_random(rows, sizes, random_state)


def _at_random(rows: RowsToSplit, sizes: list[int], random_state: int) -> Split:
    indices, strata = np.arange(rows.n), None
    kept, training = indices[:0], rows.n - sum(sizes)
    if rows.targets is not None:
        counts = np.unique(rows.targets, return_counts=True)[1]
        lengths = [size for size in (training, *sizes) if size > 0]
        if counts.min() * training >= 2 * rows.n and min(lengths) >= len(counts):
            strata = rows.targets
        else:
            kept = _one_of_each(rows.targets, random_state)
            indices = np.delete(indices, kept)
    rest, held_out = _take(indices, sizes[1], strata, random_state)
    rest, chosen_by = _take(rest, sizes[0], None if strata is None else strata[rest], random_state)
    return Split(np.sort(np.concatenate([kept, rest])), np.sort(chosen_by), np.sort(held_out))


def _take(rows: np.ndarray, size: int, strata: np.ndarray | None, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """(the others, ``size`` of the rows)."""
    from sklearn.model_selection import train_test_split

    if size == 0:
        return rows, rows[:0]
    if size == len(rows):  # every training row is one that was kept
        return rows[:0], rows
    rest, taken = train_test_split(rows, test_size=size, stratify=strata, random_state=random_state)
    return np.asarray(rest), np.asarray(taken)


def _one_of_each(targets: np.ndarray, random_state: int) -> np.ndarray:
    """A random row of every class."""
    order = np.random.default_rng(random_state).permutation(len(targets))
    return order[np.unique(targets[order], return_index=True)[1]]


def _by_groups(rows: RowsToSplit, sizes: list[int], random_state: int) -> Split:
    groups, sets = len(np.unique(rows.units())), 1 + np.count_nonzero(sizes)
    if groups < sets:
        remedy = "Name another column of groups, or ask for fewer sets."
        raise rows.too_few(f"groups for {sets} sets of rows", f"{groups}", remedy)
    set_of = share_out(deal(rows, min(GRAIN, groups), random_state), [rows.n - sum(sizes), *sizes])
    set_of[indispensable(rows, np.where(set_of > 0, 0, -1))] = 0
    found = Split(*(np.flatnonzero(set_of == number) for number in range(3)))
    require_sets(rows, found, sizes)
    return found


def _by_time(rows: RowsToSplit, sizes: list[int]) -> Split:
    order, cuts = cut(rows, [rows.n - sum(sizes[k:]) for k in (0, 1) if sizes[k]])
    first, second = cuts[0], cuts[-1] if sizes[1] else rows.n
    if all(sizes):  # the test may begin elsewhere than asked for: validation rows are counted from there
        first = cut(rows.take(order[:second]), [second - sizes[0]])[1][0]
    require_classes(rows, order[:first])
    return Split(np.sort(order[:first]), np.sort(order[first:second]), np.sort(order[second:]))


def _folds(rows: RowsToSplit, k: int, test: float, random_state: int) -> list[Split]:
    if k < 2:
        raise ValueError(f"folds must be at least 2, not {k}.")
    whole = _split(rows, 0.0, test, random_state)
    rest = rows.take(whole.training)
    divided = _stretches(rest, k) if rest.time is not None else _rounds(rest, k, random_state)
    found = [
        Split(whole.training[training], whole.training[validation], whole.test) for training, validation in divided
    ]
    for one in found:
        require_sets(rows, one, [1, 0])
    return found


def _stretches(rows: RowsToSplit, k: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(training, validation) of every fold, by time."""
    size = max(1, rows.n // (k + 1))
    order, cuts = cut(rows, [rows.n - (k - number) * size for number in range(k)])
    require_classes(rows, order[: cuts[0]])
    return [(np.sort(order[:a]), np.sort(order[a:b])) for a, b in zip(cuts, [*cuts[1:], rows.n], strict=True)]


def _rounds(rows: RowsToSplit, k: int, random_state: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(training, validation) of every fold, at random or by groups."""
    units = len(np.unique(rows.units()))
    if units < k:
        what = "rows" if rows.groups is None else "groups"
        raise rows.too_few(f"{what} for {k} folds", f"{units}", "Ask for fewer folds.")
    fold = deal(rows, k, random_state)
    fold[indispensable(rows, fold)] = -1
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(k)]
