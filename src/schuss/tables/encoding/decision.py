"""What becomes of every column of a table, and why, in words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from schuss.tables.encoding.feature import Feature
from schuss.tables.encoding.kinds import CHOICE, Inferred, Kind
from schuss.tables.encoding.records import unlike
from schuss.tables.encoding.target import ClassTarget, NumberTarget

if TYPE_CHECKING:
    import pyarrow as pa


class Decision(NamedTuple):
    """What becomes of a column.

    Attributes:
        name: of the column.
        kind: what it holds, see `kinds`.
        what: what is done with it.
        why: the reason for its kind.
    """

    name: str
    kind: Kind
    what: str
    why: str


class LeftOut(NamedTuple):
    """A column that is no feature: its name, what it holds, and why."""

    name: str
    kind: Kind
    why: str


def decide(
    table: "pa.Table", output: NumberTarget | ClassTarget, inferred: dict[str, Inferred], inputs: dict[str, Feature]
) -> Iterator[Decision]:
    """What becomes of every column."""
    for name in table.column_names:
        if name == output.name:
            what = f"{len(output.classes):,} classes" if isinstance(output, ClassTarget) else "standardised"
            yield Decision(name, "target", what, CHOICE)
        else:
            what = inputs[name].what() if name in inputs else "left out"
            yield Decision(name, inferred[name].kind, what, inferred[name].why)


def decision_from(column: Any) -> Decision:
    """A decision back from its record.

    Raises:
        InputError: the record is none.
    """
    texts = isinstance(column, (list, tuple)) and len(column) == 4 and all(isinstance(x, str) for x in column)
    if not texts or column[1] not in get_args(Kind):
        raise unlike(column, "a name, a kind, what is done and why")
    return Decision(*column)
