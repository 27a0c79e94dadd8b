"""Files → tables."""

import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from schuss.tables.builtin import BUILTIN
from schuss.tables.errors import InputError, near, show, show_all
from schuss.tables.npz import read_npz
from schuss.tables.source import Source
from schuss.tables.text import read_text

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet(path: Path) -> "pa.Table":
    """Read a Parquet file: names and types as they are in it."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return Source(str(path)).tag(file.read())


READERS: dict[str, Callable[[Path], "pa.Table"]] = {
    ".csv": read_text,
    ".csv.gz": read_text,
    ".tsv": partial(read_text, delimiter="\t"),
    ".tsv.gz": partial(read_text, delimiter="\t"),
    ".parquet": read_parquet,
    ".npz": read_npz,
}
"""Ending of a file's name → its reader."""


def read(source: str | Path) -> "pa.Table":
    """Read a table from a file; the ending of its name says how.

    | ending | what is in it |
    |---|---|
    | .csv, .tsv, also .gz | first line: names of the columns; the delimiter of .csv is found out |
    | .parquet | one table |
    | .npz | arrays ``X`` [N, I] and, if there are targets, ``y`` [N]: columns x0, x1, …, y |

    Args:
        source: path of the file. No pattern: ``*`` is a letter as any other.

    Returns:
        the table, with its source in the metadata of the schema, for messages.

    Raises:
        InputError: there is no such file, it cannot be read, or there is no table with rows in it.
    """
    import duckdb
    import pyarrow as pa

    path = Path(source)
    _check_file(path)
    ending = _ending(path)
    damage = (OSError, EOFError, RuntimeError, UnicodeError, zlib.error, zipfile.BadZipFile)
    try:
        table = READERS[ending](path)
    except (*damage, duckdb.Error, pa.ArrowException) as error:
        found = (str(error).splitlines() or [type(error).__name__])[0]
        remedy = "it is damaged or cut short: write or download it again"
        raise InputError(str(path), f"must be a whole {ending} file", found, remedy) from None
    names = table.column_names
    if table.num_rows == 0 or not names:
        raise InputError(str(path), "must hold at least one row", f"only names: {show_all(names, 5)}", "add rows")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        remedy = "give every column its own name"
        raise InputError(str(path), "must name every column differently", f"{show_all(twice)} more than once", remedy)
    return table


def _check_file(path: Path) -> None:
    """A file that is there, may be read, and is not empty; opened only once it is known to be a plain file."""
    where = str(path)
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        remedy = near(path.name, [*_names_in(path.parent), *BUILTIN], f"built-in tables are {', '.join(BUILTIN)}")
        found = "no such file" if path.parent.is_dir() else f"no folder {path.parent}"
        raise InputError(where, "must be a file or a built-in table", found, remedy) from None
    except (OSError, ValueError) as error:
        remedy = "see that the path is right and that you may read the file (chmod +r)"
        raise InputError(where, "must be a file that can be opened", str(error), remedy) from None
    if stat.S_ISDIR(status.st_mode):
        remedy = f"name a file in it: {show_all(_names_in(path), 5) or 'it is empty'}"
        raise InputError(where, "must be a file", "a folder", remedy)
    if not stat.S_ISREG(status.st_mode):
        raise InputError(where, "must be a plain file", "a device or pipe", "save its content to a file")
    if status.st_size == 0:
        raise InputError(where, "must hold a table", "an empty file", "write it again")


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:  # not there, or not to be listed: nothing to suggest
        return []


def _ending(path: Path) -> str:
    name = path.name.lower()
    endings = [ending for ending in READERS if name.endswith(ending)]
    if not endings:
        expected = f"must have a name that ends with {', '.join(READERS)}"
        found = show(path.suffix) if path.suffix else "no ending"
        raise InputError(str(path), expected, found, "convert or rename the file")
    return endings[0]
