"""Encoders back from the records in a run folder: checked, nothing of them executed."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from schuss.tables.encoding.boolean import Boolean
from schuss.tables.encoding.category import Embedded, OneHot
from schuss.tables.encoding.date_parts import Date
from schuss.tables.encoding.feature import RESTORE, Feature
from schuss.tables.encoding.numeric import PiecewiseLinear, Quantile, Scaled
from schuss.tables.encoding.repeated import Repeated
from schuss.tables.encoding.target import ClassTarget, NumberTarget
from schuss.tables.encoding.target_mean import TargetMean
from schuss.tables.errors import InputError, show, show_all

ENCODERS: Mapping[str, type[Feature]] = {
    encoder.__name__: encoder
    for encoder in (Scaled, Quantile, PiecewiseLinear, Boolean, OneHot, Embedded, TargetMean, Repeated, Date)
}
"""Name → encoder of a feature."""

MOST_COLUMNS = 100_000
"""Columns of a table, at most."""


def feature_from(record: Any) -> Feature:
    """The encoder of a feature.

    Raises:
        InputError: the record is not of one, or its values cannot have been fitted.
    """
    name = record.get("encoder") if isinstance(record, dict) else None
    if not isinstance(name, str) or name not in ENCODERS:
        raise unlike(record, f"a record with an encoder: {show_all(ENCODERS)}")
    encoder = ENCODERS[name]
    names = [field.name for field in fields(encoder)]
    return encoder(**dict(zip(names, values_of(record, "encoder", *names)[1:], strict=True)))


def target_from(record: Any) -> NumberTarget | ClassTarget:
    """The encoder of the target.

    Raises:
        InputError: the record is not of one, or its values cannot have been fitted.
    """
    encoder = ClassTarget if isinstance(record, dict) and "classes" in record else NumberTarget
    return encoder(*values_of(record, *(field.name for field in fields(encoder))))


def values_of(record: Any, *keys: str) -> list[Any]:
    """The values of a record that has exactly these keys; lists as tuples.

    Raises:
        InputError: it has others.
    """
    if not isinstance(record, dict) or sorted(record) != sorted(keys):
        raise unlike(record, f"a record of {show_all(keys)}")
    return [tuple(record[key]) if isinstance(record[key], list) else record[key] for key in keys]


def sequence(values: Any, what: str) -> tuple[Any, ...]:
    """A list of a sensible length.

    Raises:
        InputError: it is none.
    """
    if not isinstance(values, (list, tuple)) or len(values) > MOST_COLUMNS:
        raise unlike(values, f"a list of at most {MOST_COLUMNS:,} {what}")
    return tuple(values)


def unlike(found: Any, expected: str) -> InputError:
    """The error for a record that was not written here."""
    return InputError("the encoding", f"It must be {expected}, not {show(found)}.", RESTORE)
