"""The files of a run folder, read back: nothing in them is executed, and sizes are checked before anything is read."""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np

from schuss.network import Sequential
from schuss.tables import InputError
from schuss.types import Parameters

FORMAT = 3
"""Number of the folder's layout; a reader refuses others."""

REFIT = "refit"
"""What stands in place of a fold's number before the names of weights that were trained again on all rows."""

LARGEST_RECORD = 2**28
"""Bytes of run.json: more is not read."""


class Weights:
    """members.safetensors, of which nothing is read before its name, type and size have been checked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        from safetensors import SafetensorError, safe_open

        _require_plain(self.path)
        try:
            self._file = safe_open(self.path, framework="numpy").__enter__()
        except (SafetensorError, OSError) as error:
            raise broken(self.path, f"{error}") from error
        return self

    def __exit__(self, *error: object) -> None:
        self._file.__exit__(None, None, None)

    def read(self, place: str, network: Sequential) -> Parameters:
        """The weights of one network."""
        return tuple(
            {name: self._array(f"{place}/{k}/{name}", shape) for name, shape in layer.shapes().items()}
            for k, layer in enumerate(network.layers)
        )

    def _array(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        from safetensors import SafetensorError

        try:
            found = self._file.get_slice(name)
        except SafetensorError as error:
            raise broken(self.path, f"{error}") from error
        if found.get_dtype() != "F32" or tuple(found.get_shape()) != shape:
            raise broken(self.path, f"{name} is {found.get_dtype()} {found.get_shape()}, not F32 {list(shape)}")
        array = self._file.get_tensor(name)
        if not np.isfinite(array).all():
            raise broken(self.path, f"{name} holds numbers that are not finite")
        return array


def _require_plain(path: Path) -> None:
    """See that a file is in the folder: a link leads out of it, and a pipe has no end."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise broken(path, "a link" if path.is_symlink() else "no plain file")


def read_record(path: Path) -> dict[str, Any]:
    """What run.json holds.

    Raises:
        InputError: it is not one of this version.
    """
    _require_plain(path)
    try:
        if path.stat().st_size > LARGEST_RECORD:
            raise ValueError(f"{path.stat().st_size:,} bytes, and at most {LARGEST_RECORD:,} are read")
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise broken(path, f"{error}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        found = record.get("format") if isinstance(record, dict) else type(record).__name__
        raise broken(path, f"format {found!r}, and this version reads format {FORMAT}")
    return record


def broken(path: Path, found: str) -> InputError:
    """The error for a file of a run that is not as it was written."""
    return InputError(str(path), "must be as `schuss train` wrote it", found, "restore the file, or train again")
