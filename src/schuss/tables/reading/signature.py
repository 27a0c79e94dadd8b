"""Files that are not what their name says: told by their first bytes."""

import re
from pathlib import Path

from schuss.tables.errors import InputError, show
from schuss.tables.source import COMPRESSIONS, open_bytes

START = 512
"""How many bytes tell what a file is."""

PACKED = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "zip": b"PK"}
"""How packed files begin."""

SIGNATURES = {
    rb"PK\x03\x04|\xd0\xcf\x11\xe0": ("a spreadsheet or a zip archive", "Save the sheet as CSV UTF-8, or unpack it."),
    rb"%PDF-|\{\\rtf": ("a document", "Copy its table to a spreadsheet and save that as CSV UTF-8."),
    rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml)": (
        "a web page or XML",
        "Download the file itself: the address may have asked for a login.",
    ),
    rb"version https://git-lfs": ("a pointer to a file in Git LFS", "Fetch the file with: git lfs pull"),
    rb"\x80[\x02-\x05][\x95}\](Kcn]": ("a Python pickle, which may run code when read", "Write it as CSV or Parquet."),
    rb"\x1f\x8b": ("a file packed with gzip", "Unpack it or, if it is text, add .gz to its name."),
    rb"\x28\xb5\x2f\xfd": ("a file packed with zstd", "Unpack it or, if it is text, add .zst to its name."),
    rb"BZh[1-9]1AY&SY|\xfd7zXZ|7z\xbc\xaf|Rar!": ("an archive", "Unpack it, or pack it with gzip or zstd instead."),
    rb"PAR1": ("a Parquet file", "Rename it to .parquet."),
    rb"ARROW1": ("an Arrow file", "Rename it to .arrow."),
    rb"SQLite format 3\0": ("an SQLite database", "Rename it to .sqlite."),
    rb"(?s).{8}DUCK": ("a DuckDB database", "Rename it to .duckdb."),
    rb"\x93NUMPY": ("a NumPy array", "Save it with numpy.savez(path, X=X, y=y)."),
    rb"\x89HDF": ("an HDF5 file", "Write its table as CSV or Parquet."),
    rb'\s*(\{\s*"|\[\s*\{)': ("JSON", "Write one object a line, and rename it to .jsonl."),
    rb"\xff\xfe\0\0|\0\0\xfe\xff": ("text in UTF-32", "Save it as UTF-8."),
}
"""Pattern of the first bytes → what the file is, and what to do with it."""


def recognize(start: bytes) -> tuple[str, str] | None:
    """What a file that begins like this is, and what to do with it; None for all that may be text.

    >>> recognize(b"PAR1...")
    ('a Parquet file', 'Rename it to .parquet.')
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
        problem = f"It is not packed with {compression}, as its name says: it begins with {show(start[:16])}."
        raise InputError(str(path), problem, f"Rename it: take away {path.suffix}.")
    with open_bytes(path) as file:
        found = recognize(file.read(START))
    if found and found[0] != format_:
        what, remedy = found
        raise InputError(str(path), f"This is {what}, not {format_} as its name says.", remedy)
