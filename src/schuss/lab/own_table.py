"""The lab on a user's own table, prepared, split and encoded as `schuss train` does it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from schuss.jobs.train import Settings, divide, encode
from schuss.lab.race import ROWS_OPTIMIZERS, Race, race_rows
from schuss.member import Member
from schuss.selection.dataset import prepare
from schuss.selection.fold import Fold


def rows_of(settings: Settings) -> Fold:
    """The table's rows to train on and to validate on.

    Args:
        settings: the table, its target and roles; of the rest validation and random_state count.

    Raises:
        InputError: the table cannot be used.
    """
    ready = prepare(settings.data, settings.target, settings.task, settings.roles, settings.table)
    (fold,) = encode(settings, ready, divide(replace(settings, folds=1), ready))
    return fold


def race_table(settings: Settings, optimizers: Sequence[str] = ROWS_OPTIMIZERS) -> Race:
    """Race on a table.

    Args:
        settings: as for `rows_of`; epochs counts, too.
        optimizers: names.

    Raises:
        InputError: the table cannot be used.
        ValueError: no optimizer has that name, or all diverge at every rate.
    """
    fold = rows_of(settings)
    return race_rows(
        fold.training,
        fold.validation,
        optimizers,
        title=Path(settings.data).stem,
        member=Member(batch_size=min(64, len(fold.training.x))),
        epochs=settings.epochs or 10,
        embeddings=fold.encoding.embeddings,
    )
