"""Finding run folders, and making new ones."""

import os
from pathlib import Path

from schuss.tables import InputError

RUN = "run.json"
WEIGHTS = "members.safetensors"
HISTORY = "history.parquet"

LONGEST_NAME = 50
"""At most so many letters of the data's name are in the name of the folder."""

NOT_IN_NAMES = r"[^\w.-]+"
"""Letters that a shell or a terminal would take for something else: each becomes a hyphen."""


def find(folder: str | Path) -> Path:
    """The run folder of that name.

    Raises:
        InputError: there is no such run folder.
    """
    if str(folder) == "latest":
        found = list(Path("runs").glob(f"[!.]*/{RUN}"))
        if not found:
            raise InputError("runs/", "There is no run in this folder.", "Train one first: schuss train digits.")
        return max(found, key=lambda path: path.stat().st_mtime_ns).parent
    path = Path(folder)
    if not (path / RUN).is_file():
        found = f"This folder has no {RUN}." if path.is_dir() else "There is no such folder."
        raise InputError(str(folder), found, "Name a folder that `schuss train` has written.")
    return path


def require_writable(parent: Path) -> None:
    """See that run folders can be made in a folder; this is called before training, so that no training is lost.

    Raises:
        InputError: they cannot be made there.
    """
    nearest = next(path for path in (parent, *parent.absolute().parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        found = f"{nearest} may not be written to" if nearest.is_dir() else f"{nearest} is a file"
        raise InputError(str(parent), f"Runs cannot be kept here: {found}.", "Name another folder with --runs.")


def appear(partial: Path, folder: Path) -> Path:
    """Give a folder its name or, where another run has that already, the name and a number."""
    number, wanted = 1, folder
    while True:
        try:
            return partial.rename(wanted)  # the system refuses a folder that has files in it
        except OSError:
            if not wanted.exists():
                raise
        number += 1
        wanted = folder.with_name(f"{folder.name}-{number}")
