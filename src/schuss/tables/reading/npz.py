"""NumPy archives → tables."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schuss.tables.errors import InputError, show_all
from schuss.tables.reading.bounds import require_columns_at_most, require_plausible
from schuss.tables.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = {"X": "biuf", "y": "biufU"}
"""Letters of NumPy's dtypes allowed: numbers and booleans, text for targets too."""


def read_npz(path: Path) -> "pa.Table":
    """Read arrays ``X`` [N, I] and, if there is one, ``y`` [N]; columns x0, x1, … and y. Nothing is unpickled.

    Raises:
        InputError: no ``X``, other shapes, arrays that are not numbers (``y``: or text), or far larger than the file.
    """
    import pyarrow as pa

    remedy = "Write it with numpy.savez(path, X=X, y=y)."
    with zipfile.ZipFile(path) as archive:
        names = [member[:-4] for member in archive.namelist() if member.endswith(".npy")]
        if "X" not in names:
            there = f"Its arrays: {show_all(names)}." if names else "There are none at all."
            raise InputError(str(path), f"There is no array X in it. {there}", remedy)
        arrays = {name: _array(path, archive, name) for name in KINDS if name in names}
    X, y = arrays["X"], arrays.get("y")
    if X.ndim != 2 or (y is not None and y.shape != X.shape[:1]):
        found = ", ".join(f"{name} {list(array.shape)}" for name, array in arrays.items())
        raise InputError(str(path), f"The arrays are not X [N, I] and y [N], but {found}.", "Reshape them.")
    require_columns_at_most(str(path), X.shape[1] + (y is not None))
    columns = {f"x{i}": pa.array(X[:, i]) for i in range(X.shape[1])}
    return Source(str(path), format="NumPy").tag(pa.table(columns if y is None else columns | {"y": pa.array(y)}))


def _array(path: Path, archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array in the machine's byte order and at most 64 bits a number: what Arrow takes."""
    where = f"{path}, array {name}"
    allowed = "numbers, booleans or text" if "U" in KINDS[name] else "numbers or booleans"
    remedy = "Save it with a numeric dtype."
    require_plausible(where, path, archive.getinfo(f"{name}.npy").file_size)
    try:
        with archive.open(f"{name}.npy") as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
    except ValueError as error:  # a pickled object, or a header that is not one of an array
        raise InputError(where, f"The array must hold {allowed}: {error}.", remedy) from None
    if array.dtype.kind not in KINDS[name]:
        raise InputError(where, f"The array must hold {allowed}, not dtype {array.dtype}.", remedy)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return array.astype(np.float64)
    return array.astype(array.dtype.newbyteorder("="), copy=False)
