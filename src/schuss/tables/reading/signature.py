"""Files that are not what their name says: told by their first bytes."""

import re
from pathlib import Path

from schuss.tables.errors import InputError, show
from schuss.tables.source import COMPRESSIONS, open_bytes

START = 512
"""How many bytes tell what a file is."""

PACKED = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
"""How packed files begin."""

SIGNATURES = {
    rb"PK\x03\x04|\xd0\xcf\x11\xe0": ("a spreadsheet or a zip archive", "save the sheet as CSV UTF-8, or unpack it"),
    rb"%PDF-|\{\\rtf": ("a document", "copy its table to a spreadsheet and save that as CSV UTF-8"),
    rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml)": (
        "a web page or XML",
        "download the file itself: the address may have asked for a login",
    ),
    rb"version https://git-lfs": ("a pointer to a file in Git LFS", "fetch the file with: git lfs pull"),
    rb"\x80[\x02-\x05][\x95}\](Kcn]": ("a Python pickle, which may run code when read", "write it as CSV or Parquet"),
    rb"\x1f\x8b": ("packed with gzip", "unpack it or, if it is text, add .gz to its name"),
    rb"\x28\xb5\x2f\xfd": ("packed with zstd", "unpack it or, if it is text, add .zst to its name"),
    rb"BZh[1-9]1AY&SY|\xfd7zXZ|7z\xbc\xaf|Rar!": ("an archive", "unpack it, or pack it with gzip or zstd instead"),
    rb"PAR1": ("a Parquet file", "rename it to .parquet"),
    rb"ARROW1": ("an Arrow file", "rename it to .arrow"),
    rb"SQLite format 3\0": ("an SQLite database", "rename it to .sqlite"),
    rb"(?s).{8}DUCK": ("a DuckDB database", "rename it to .duckdb"),
    rb"\x93NUMPY": ("a NumPy array", "save it with numpy.savez(path, X=X, y=y)"),
    rb"\x89HDF": ("an HDF5 file", "write its table as CSV or Parquet"),
    rb'\s*(\{\s*"|\[\s*\{)': ("JSON", "write one object a line, and rename it to .jsonl"),
    rb"\xff\xfe\0\0|\0\0\xfe\xff": ("text in UTF-32", "save it as UTF-8"),
}
"""Pattern of the first bytes → what the file is, and what to do with it."""


def recognize(start: bytes) -> tuple[str, str] | None:
    """What a file that begins like this is, and what to do with it; None for all that may be text.

    >>> recognize(b"PAR1...")
    ('a Parquet file', 'rename it to .parquet')
    """
    return next((what for pattern, what in SIGNATURES.items() if re.match(pattern, start)), None)


def require_text(path: Path, format_: str) -> None:
    """See that a file, or what is packed in it, is not known to be something else than text of this format.

    Raises:
        InputError: it is; or it is not packed as its name says.
    """
    with path.open("rb") as file:
        start = file.read(START)
    compression = COMPRESSIONS.get(path.suffix.lower())
    if compression and not start.startswith(PACKED[compression]):
        found, remedy = f"it begins with {show(start[:16])}", f"rename it: take away {path.suffix}"
        raise InputError(str(path), f"must be packed with {compression}, as its name says", found, remedy)
    with open_bytes(path) as file:
        found = recognize(file.read(START))
    if found and found[0] != format_:
        raise InputError(str(path), f"must be {format_}, as its name says", *found)
