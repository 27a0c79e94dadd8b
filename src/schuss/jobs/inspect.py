"""What would be done with a table, before anything is trained."""

from dataclasses import dataclass

import numpy as np

from schuss.selection.dataset import DataSet, DataSpec
from schuss.tables import Encoding
from schuss.tables.encoding.measure import Method


@dataclass(frozen=True)
class Inspection:
    """How a table is read, and what becomes of every column."""

    data: DataSet
    encoding: Encoding


def inspect(spec: DataSpec, numeric: Method = "auto", category_statistics: bool = False) -> Inspection:
    """Find out what would be done with every column, with all rows taken for training rows.

    Raises:
        InputError: the table cannot be used.
    """
    data = DataSet.read(spec)
    return Inspection(data, data.encoding(np.arange(data.rows), numeric, category_statistics))
