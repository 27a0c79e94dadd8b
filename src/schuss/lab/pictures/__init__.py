"""The pictures of the notes, a module for each subject; functions with the decorator `picture` are the pictures.

In come parameters, all of which have defaults: what the picture is drawn with, and ``small`` for a quick one.
Out comes a `Drawing`; `load` imports every module in this folder and returns the pictures by name.
"""

import pkgutil
import re
from importlib import import_module

from schuss.lab.picture import PICTURES, Picture


def load() -> dict[str, Picture]:
    """Every picture by name, in the order of the notes' rows: A2, A3, … B9."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(PICTURES.items(), key=lambda entry: (_place(entry[1].row), entry[0])))


def _place(row: str) -> tuple[str, int]:
    """Letter and number of a row such as "A10", or of the first of several, "A3, A12": what pictures are sorted by."""
    found = re.match(r"([AB])(\d+)", row)
    if found is None:
        raise ValueError(f"A picture's row must start with a row of the notes, such as 'A7', not be {row!r}.")
    return found[1], int(found[2])
