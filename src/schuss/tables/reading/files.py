"""Files that a user names: found, and seen to be there, plain and readable."""

import glob
import os
import stat
from pathlib import Path

from schuss.tables.errors import InputError, near, show, show_all
from schuss.tables.reading.builtin import BUILTIN


def find_files(source: str | Path) -> list[Path]:
    """The file of this path or, if there is none and it is a pattern, the files that match it, in alphabetical order.

    Patterns are the shell's: ``*``, ``?``, ``[…]``, and ``**`` for folders at any depth.

    Raises:
        InputError: there is none, or one of them is no plain file that may be read and holds something.
    """
    paths = [Path(source)]
    if is_pattern(source):
        paths = [Path(found) for found in sorted(glob.glob(str(source), recursive=True))]
        if not paths:
            remedy = "See that the folder and the pattern are right, and quote the pattern in a shell."
            raise InputError(str(source), "No file matches this pattern.", remedy)
    for path in paths:
        _check_file(path)
    return paths


def is_pattern(source: str | Path) -> bool:
    """Whether a path stands for all files that match it: it has a ``*``, ``?`` or ``[``, and no file has this name."""
    return glob.has_magic(str(source)) and not os.path.lexists(source)


def _check_file(path: Path) -> None:
    """A file that is there, may be read, and is not empty; opened only once it is known to be a plain file."""
    where = str(path)
    try:
        where.encode()
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        raise _not_there(path) from None
    except UnicodeEncodeError:
        remedy = "Rename the file: convmv does it for many."
        raise InputError(ascii(where), "The name of the file is not UTF-8.", remedy) from None
    except (OSError, ValueError) as error:
        remedy = "See that the path is right and that you may read the file (chmod +r)."
        raise InputError(where, f"The file cannot be opened: {error}.", remedy) from None
    if stat.S_ISDIR(status.st_mode):
        names = show_all(_names_in(path), 5)
        remedy = f"Name a file in it: {names}." if names else "It is empty: name another."
        raise InputError(where, "This is a folder, not a file.", remedy)
    if not stat.S_ISREG(status.st_mode):
        raise InputError(where, "This is a device or a pipe, not a plain file.", "Save its content to a file.")
    if status.st_size == 0:
        raise InputError(where, "The file is empty: there is no table in it.", "Write it again.")


def _not_there(path: Path) -> InputError:
    tables = f"Built-in tables are {', '.join(BUILTIN)}."
    if path.is_symlink():
        problem, remedy = f"This is a link to {show(os.readlink(path))}, which is not there.", "Name the file itself."
    elif path.parent.is_dir():
        problem = "There is no file and no built-in table of this name."
        remedy = near(path.name, [*_names_in(path.parent), *BUILTIN], tables)
    else:
        problem, remedy = f"There is no folder {path.parent}, and no built-in table of this name.", tables
    return InputError(str(path), problem, remedy)


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:  # not there, or not to be listed: nothing to suggest
        return []
