"""The pictures, a module for each subject; a module is found by being here, a picture by its decorator."""

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
    """Where a row such as "A10", or the first of "A3, A12", stands in the notes."""
    found = re.match(r"([AB])(\d+)", row)
    if found is None:
        raise ValueError(f"A picture's row must start with a row of the notes, such as 'A7', not be {row!r}.")
    return found[1], int(found[2])
