"""Where run folders are, and how they come to be."""

import os
from pathlib import Path

from schuss.tables import InputError

RUN = "run.json"
WEIGHTS = "members.safetensors"
HISTORY = "history.parquet"

LONGEST_NAME = 50
"""So many letters of the data's name are in the folder's."""

NOT_IN_NAMES = r"[^\w.-]+"
"""What a shell or a terminal would take for something else becomes a hyphen."""


def find(folder: str | Path) -> Path:
    """The run folder of that name.

    Raises:
        InputError: there is none.
    """
    if str(folder) == "latest":
        found = list(Path("runs").glob(f"[!.]*/{RUN}"))
        if not found:
            raise InputError("runs/", "must hold a run", "none", "train first: schuss train digits")
        return max(found, key=lambda path: path.stat().st_mtime_ns).parent
    path = Path(folder)
    if not (path / RUN).is_file():
        found = f"a folder without {RUN}" if path.is_dir() else "no such folder"
        raise InputError(str(folder), "must be a run folder", found, "name a folder that `schuss train` has written")
    return path


def require_writable(parent: Path) -> None:
    """See that run folders can be made there: better before training than after.

    Raises:
        InputError: they cannot.
    """
    nearest = next(path for path in (parent, *parent.absolute().parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        found = f"{nearest} may not be written to" if nearest.is_dir() else f"{nearest} is a file"
        raise InputError(str(parent), "must be a folder for runs", found, "name another with --runs")


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
