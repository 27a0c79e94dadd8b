"""The files of a run folder, read back: nothing in them is executed, and sizes are checked before anything is read."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np

from schuss.network import Sequential
from schuss.runs.check import check
from schuss.runs.record import Record
from schuss.tables import InputError
from schuss.types import Parameters

FORMAT = 7
"""Number of the folder's layout; a reader refuses others."""

REFIT = "refit"
"""What stands in place of a fold's number before the names of weights that were trained again on all rows."""

DISTILLED = "distilled"
"""What stands before the names of weights of a network that has learned what the blend predicts."""

LARGEST_RECORD = 2**28
"""Bytes of run.json: more is not read."""


class Weights:
    """members.safetensors, of which nothing is read before its name, type and size have been checked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        from safetensors import SafetensorError, safe_open

        require_plain(self.path)
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


def require_plain(path: Path) -> None:
    """See that a file is in the folder: a link leads out of it, and a pipe has no end.

    Raises:
        InputError: it is a link, a folder, a pipe or a device.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise broken(path, "it is a link" if path.is_symlink() else "it is no plain file")


def read_record(path: Path) -> Record:
    """What run.json holds.

    Args:
        path: of the file.

    Raises:
        InputError: it is not what this version writes; the message names the place in the file as a JSON path.
    """
    require_plain(path)
    try:
        if path.stat().st_size > LARGEST_RECORD:
            raise ValueError(f"it has {path.stat().st_size:,} bytes, and at most {LARGEST_RECORD:,} are read")
        return decode(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise broken(path, f"{error}") from error


def decode(content: bytes) -> Record:
    """The record that `schuss.runs.write.encode` wrote.

    Raises:
        ValueError: the content is none.
    """
    found = msgspec.json.decode(content, type=Layout).format
    if found != FORMAT:
        raise ValueError(f"it has format {found}, and this version reads format {FORMAT}")
    record = msgspec.json.decode(content, type=Record)
    check(record)
    found, known = (msgspec.json.decode(json) for json in (content, msgspec.json.encode(asdict(record))))
    for difference in _differences(found, known, "$"):
        raise ValueError(difference)
    return record


@dataclass(frozen=True)
class Layout:
    """What every run.json has said since the first format."""

    format: int


def _differences(found: Any, known: Any, at: str) -> Iterator[str]:
    """The keys that JSON lacks or has beyond those that are known, each in words."""
    if found == known:
        return
    if isinstance(found, dict) and isinstance(known, dict):
        yield from (f"`{at}.{key}` is none of the keys" for key in found.keys() - known.keys())
        yield from (f"`{at}.{key}` is missing" for key in known.keys() - found.keys())
        for key in found.keys() & known.keys():
            yield from _differences(found[key], known[key], f"{at}.{key}")
    elif isinstance(found, list):
        for k, (own, other) in enumerate(zip(found, known, strict=True)):
            yield from _differences(own, other, f"{at}[{k}]")


def broken(path: Path, problem: str) -> InputError:
    """The error for a file of a run that is not as it was written.

    Args:
        path: of the file.
        problem: what is wrong, a sentence without its full stop.
    """
    said = f"This is not what `schuss train` wrote: {problem.rstrip('.')}."
    return InputError(str(path), said, "Restore the file, or train again.")
