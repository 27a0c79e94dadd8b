"""Names of columns: every column has one, and its own."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from schuss.tables.cells import NUMBER, compute, is_number
from schuss.tables.errors import InputError, show_all

if TYPE_CHECKING:
    import pyarrow as pa


def require_names(where: str, names: Sequence[str]) -> None:
    """See that every column has a name of its own.

    Raises:
        InputError: a name is blank, or there twice.
    """
    for k, name in enumerate(names):
        if not name.strip():
            remedy = "Give every column a name."
            if k == 0 and len(names) > 1:
                remedy += " pandas writes a column without a name unless told to_csv(…, index=False)."
            raise InputError(where, f"Column {k + 1} of {len(names)} has no name.", remedy)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        remedy = "Give every column its own name."
        if all(re.match(NUMBER, name) for name in twice):
            remedy += " If this is a row, put a line of names above it."
        raise InputError(where, f"There is more than one column named {show_all(twice)}.", remedy)


def require_header(where: str, names: Sequence[str], table: "pa.Table") -> None:
    """See that the first line of a file named the columns, and was not a row.

    It was a row if all its cells are numbers, other than 0, 1, 2, …; or if those above numbers are, and one is no whole
    number, or a text among them is found again in its column.

    Args:
        where: the line.
        names: its cells.
        table: the columns below it.

    Raises:
        InputError: it was a row.
    """
    numbers = {name for name in names if re.match(NUMBER, name)}
    pairs = list(zip(names, table.columns, strict=True))
    above = all(re.match(NUMBER, name) for name, column in pairs if is_number(column.type))
    again = any(compute().index(column, name).as_py() >= 0 for name, column in pairs if name not in numbers and above)
    counted = len(names) > 2 and list(names) == [str(k) for k in range(len(names))]
    row = numbers.issuperset(names) or (above and (again or not all(map(str.isdigit, numbers))))
    if numbers and row and not counted:
        problem = f"The columns have no names: this line holds the cells of a row, {show_all(names, 5)}."
        raise InputError(where, problem, "Put a line of names above the first row.")
