"""history.parquet: what a row of it holds, and the way back from the file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schuss.runs.read import broken, require_plain
from schuss.runs.record import Record

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: Mapping[str, str] = {
    "fold": "int32",
    "member": "int32",
    "kind": "string",
    "number": "int64",
    "cost": "float64",
    "learning_rate": "float64",
    "score": "float64",
}
"""Column → type. Rows of the kind "step" have the cost of a mini-batch and its learning rate, rows of the kind "epoch"
the cost and the score on the validation rows; their number counts steps or epochs from 1."""

LARGEST_NUMBER = 2**53
"""Steps beyond this are not exact in float64."""


def schema() -> "pa.Schema":
    """`COLUMNS` as Arrow has them."""
    import pyarrow as pa

    return pa.schema([(name, pa.type_for_alias(alias)) for name, alias in COLUMNS.items()])


def read(path: Path, record: Record, places: Sequence[int]) -> dict[str, np.ndarray]:
    """The rows of some members in their first fold, one array a column; NaN where a number is missing.

    Args:
        path: of the file.
        record: of the same run: the file cannot hold more rows than its members took steps and epochs.
        places: of the members.

    Raises:
        InputError: the file is missing, damaged, or not of this run.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    require_plain(path)
    try:
        about = pq.read_metadata(path)
        most = sum(member.steps + member.epochs * len(record.folds) for member in record.members)
        if about.num_rows > most:
            raise ValueError(f"it holds {about.num_rows:,} rows, but the members took {most:,} steps and epochs")
        if not about.schema.to_arrow_schema().equals(schema()):
            raise ValueError(f"its columns are not {', '.join(f'{name} ({kind})' for name, kind in COLUMNS.items())}")
        found = pq.read_table(path, filters=[("member", "in", list(places)), ("fold", "=", 0)])
    except (OSError, ValueError, pa.ArrowException) as error:
        raise broken(path, f"{error}") from error
    columns = {
        name: (found[name] if kind == "string" else found[name].cast("float64", safe=False)).to_numpy()
        for name, kind in COLUMNS.items()
    }
    if not ((columns["number"] >= 1) & (columns["number"] <= LARGEST_NUMBER)).all():
        raise broken(path, "the number of a step or an epoch is missing or out of range")
    return columns
