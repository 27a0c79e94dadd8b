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
            remedy = "see that the folder and the pattern are right, and quote the pattern in a shell"
            raise InputError(str(source), "must match at least one file", "none", remedy)
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
        where, expected = ascii(where), "must have a name in UTF-8"
        raise InputError(where, expected, "bytes that are not", "rename the file: convmv does it for many") from None
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


def _not_there(path: Path) -> InputError:
    if path.is_symlink():
        found, remedy = f"a link to {show(os.readlink(path))}, which is not there", "name the file itself"
    elif path.parent.is_dir():
        found = "no such file"
        remedy = near(path.name, [*_names_in(path.parent), *BUILTIN], f"built-in tables are {', '.join(BUILTIN)}")
    else:
        found, remedy = f"no folder {path.parent}", f"built-in tables are {', '.join(BUILTIN)}"
    return InputError(str(path), "must be a file or a built-in table", found, remedy)


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:  # not there, or not to be listed: nothing to suggest
        return []
