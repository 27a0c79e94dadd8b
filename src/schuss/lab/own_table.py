"""The lab on a user's own table, which is split and encoded as `schuss train` does it."""

from collections.abc import Sequence
from pathlib import Path

from schuss.lab.race import ROWS_OPTIMIZERS, Race, race_rows
from schuss.member import Member
from schuss.selection.dataset import DataSet, DataSpec
from schuss.selection.fold import Fold
from schuss.selection.plan import Plan


def rows_of(spec: DataSpec) -> Fold:
    """The table's rows to train on and to validate on, as the plan's defaults divide them.

    Raises:
        InputError: the table cannot be used.
    """
    data, plan = DataSet.read(spec), Plan()
    (split,) = data.splits(plan)
    return data.fold(split, plan)


def race_table(spec: DataSpec, optimizers: Sequence[str] = ROWS_OPTIMIZERS, epochs: int = 10) -> Race:
    """Race on a table.

    Args:
        spec: the table, and what to predict.
        optimizers: names.
        epochs: passes through the training rows.

    Raises:
        InputError: the table cannot be used.
        ValueError: no optimizer has that name, or all diverge at every rate.
    """
    fold = rows_of(spec)
    return race_rows(
        fold.training,
        fold.validation,
        optimizers,
        title=Path(spec.data).stem,
        member=Member(batch_size=min(64, len(fold.training.x))),
        epochs=epochs,
    )
