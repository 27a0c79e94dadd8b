"""RowsToSplit or groups dealt into folds, and places where the order of time may be cut."""

import warnings
from collections.abc import Sequence

import numpy as np

from schuss.tables.errors import InputError
from schuss.tables.splitting.rows_to_split import RowsToSplit

MANY_GROUPS = 1_000
"""With more groups chance spreads the classes well enough, and scikit-learn's search for the best fold takes long."""


def deal(rows: RowsToSplit, k: int, random_state: int) -> np.ndarray:
    """Fold [N] of every row, from 0 to k − 1: groups together, classes spread where that can be done."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    strata = np.zeros(rows.n, np.int64)
    if rows.targets is not None and np.unique(rows.targets, return_counts=True)[1].max() >= k:
        strata = rows.targets
    if rows.groups is None:
        kinds = [StratifiedKFold if strata is rows.targets else KFold]
    else:
        few = rows.units().max() < MANY_GROUPS
        kinds = [StratifiedGroupKFold, GroupKFold] if few else [GroupKFold]
    fold = np.zeros(rows.n, np.int64)
    for kind in kinds:
        splitter = kind(k, shuffle=True, random_state=random_state)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about classes with fewer rows than folds: they are taken care of
            for number, (_, part) in enumerate(splitter.split(strata, strata, rows.groups)):
                fold[part] = number
        if np.bincount(fold, minlength=k).all():  # the search for the best folds may leave one empty
            break
    return fold


def share_out(fold: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Part [N] of every row, given its fold [N] and how many rows each part should have (0: it gets none).

    Whole folds: the largest to the first part, then in the order of their size to the part that lacks most rows. Every
    part gets one.

    >>> share_out(np.array([0, 0, 0, 1, 2, 2]), sizes=[4, 1, 1])
    array([0, 0, 0, 2, 1, 1])
    """
    lengths = np.bincount(fold)
    lacking = np.array(sizes, np.float64)
    waiting = [part for part, size in enumerate(sizes) if size > 0]
    part_of = np.zeros(len(lengths), np.int64)
    parts, allowed = waiting, waiting[:1]
    for done, number in enumerate(np.argsort(-lengths, kind="stable"), start=1):
        part = max(allowed, key=lambda part: lacking[part])
        part_of[number] = part
        lacking[part] -= lengths[number]
        waiting = [other for other in waiting if other != part]
        allowed = waiting if len(waiting) == len(lengths) - done else parts
    return part_of[fold]


def indispensable(rows: RowsToSplit, fold: np.ndarray) -> np.ndarray:
    """Which rows [N] must be trained on, whatever their fold [N], lest their class be in one fold only.

    Of every such class its smallest group. A fold below 0 is always trained on.
    """
    kept = np.zeros(rows.n, bool)
    if rows.targets is None:
        return kept
    units = rows.units()
    lengths = np.bincount(units)
    classes, of = np.unique(rows.targets, return_inverse=True)
    lowest, highest = np.full(len(classes), rows.n), np.full(len(classes), -1)
    np.minimum.at(lowest, of, fold)
    np.maximum.at(highest, of, fold)
    for number in np.flatnonzero((lowest == highest) & (lowest >= 0)):
        its = of == number
        if not kept[its].any():
            candidates = np.unique(units[its])
            kept |= units == candidates[lengths[candidates].argmin()]
    return kept


def cut(rows: RowsToSplit, wanted: Sequence[int]) -> tuple[np.ndarray, list[int]]:
    """RowsToSplit in the order of time, and the places in it nearest to the wanted ones that lie between two moments.

    Places ascend strictly, and two rows at least are before the first.

    Raises:
        InputError: there are too few moments.
    """
    assert rows.time is not None
    order = np.argsort(rows.time, kind="stable")
    moments = rows.time[order]
    starts = np.flatnonzero(moments[1:] != moments[:-1]) + 1
    starts = starts[starts >= 2]
    if len(starts) < len(wanted):
        found = f"{len(np.unique(moments))} in {rows.n} rows"
        remedy = "Name a column with more of them, or ask for fewer parts."
        raise rows.too_few(f"different moments for {len(wanted) + 1} parts", found, remedy)
    cuts: list[int] = []
    first = 0
    for number, place_wanted in enumerate(wanted):
        last = len(starts) - (len(wanted) - number - 1)  # the later ones need a place each
        first += int(np.abs(starts[first:last] - place_wanted).argmin())
        cuts.append(int(starts[first]))
        first += 1
    return order, cuts


def require_parts(rows: RowsToSplit, parts: Sequence[np.ndarray], sizes: Sequence[int]) -> None:
    """See that two rows at least train, and one is in every other part whose size is above 0.

    Raises:
        InputError: groups are too large for that, or too many of them had to be kept for their classes.
    """
    lengths = [len(part) for part in parts]
    if lengths[0] >= 2 and all(length > 0 for length, size in zip(lengths[1:], sizes, strict=True) if size > 0):
        return
    found = f"{lengths[0]} to train on, {lengths[1]} for validation"
    what = "rows" if rows.groups is None else "groups"
    if rows.targets is not None:
        units = rows.units()
        counts = {target: len(np.unique(units[rows.targets == target])) for target in np.unique(rows.targets)}
        rarest = min(counts, key=lambda target: counts[target])
        found += f"; class {rows.name(rarest)} is in {counts[rarest]} of the {what} only"
    raise rows.too_few(
        f"{what} to train on every class and to choose by", found, f"Add {what}, or ask for fewer parts."
    )


def require_classes(rows: RowsToSplit, training: np.ndarray) -> None:
    """See that every class is among the earliest rows, which train.

    Raises:
        InputError: a class is not.
    """
    if rows.targets is None:
        return
    absent = np.setdiff1d(rows.targets, rows.targets[training])
    if len(absent):
        count = np.count_nonzero(rows.targets == absent[0])
        class_ = f"Class {rows.name(absent[0])}"
        problem = f"{class_} is in none of the {len(training)} earliest rows, which train, but {count} times later."
        remedy = "Leave these rows out, hold fewer rows out, or do not order by time."
        raise InputError(rows.where, problem, remedy)
