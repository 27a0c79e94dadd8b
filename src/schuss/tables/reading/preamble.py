"""Lines of a CSV file above the one that names the columns: what separates cells, and comments."""

import re
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from schuss.tables.cells import NUMBER
from schuss.tables.errors import InputError, show
from schuss.tables.source import DELIMITERS, open_text

SEPARATOR = re.compile(r'"?sep=(.)"?[,;\t|]*\s*', re.IGNORECASE)
"""The line by which spreadsheets are told what separates cells."""

COMMENTS = ("#", "%", "//", "--")
"""What a comment begins with."""

LONGEST = 1000
"""Lines above the names, at most."""


class Preamble(NamedTuple):
    """What stands above the names of the columns.

    Attributes:
        lines: how many there are.
        delimiter: that they tell; "" where they tell none.
        comments: how many of the lines are comments.
    """

    lines: int = 0
    delimiter: str = ""
    comments: int = 0


def find_preamble(path: Path, encoding: str) -> Preamble:
    """The lines of a file above the names of its columns: one such as ``sep=;``, and comments.

    A line that begins as a comment names the columns if the next one holds numbers, in as many cells, or if no space
    follows the mark and both have as many cells, more than one: ``#id,x,y``.

    Raises:
        InputError: a line says that something else separates cells than what may.
    """
    with open_text(path, encoding) as file:
        lines = [line.rstrip("\r\n") for line in islice(file, LONGEST)]
    skipped, delimiter = 0, ""
    if lines and (told := SEPARATOR.fullmatch(lines[0])):
        skipped, delimiter = 1, told[1]
        if delimiter not in DELIMITERS:
            problem = f"The line {show(lines[0])} says that {show(delimiter)} separates cells."
            remedy = "Separate them by a comma, a semicolon, a tab or a bar, and delete the line."
            raise InputError(f"{path}, line 1", problem, remedy)
    last = skipped
    for k, line in enumerate(lines[skipped:], skipped):
        if line.startswith(COMMENTS):
            last = k + 1
        elif line.strip():
            break
    if last > skipped and _names_columns(lines[last - 1], next(filter(str.strip, lines[last:]), "")):
        last -= 1
    comments = sum(bool(line.strip()) for line in lines[skipped:last])
    if comments:  # blank lines between them and the names
        while last < len(lines) and not lines[last].strip():
            last += 1
        skipped = last
    return Preamble(skipped, delimiter, comments)


def _names_columns(line: str, following: str) -> bool:
    """Whether a line that begins as a comment names the columns of the one that follows."""
    for delimiter in DELIMITERS:
        names, cells = line.split(delimiter), following.split(delimiter)
        if len(names) == len(cells) and len(names) > 1:
            close = not line.lstrip("".join(COMMENTS)).startswith(" ")
            return close or any(re.match(NUMBER, cell) for cell in cells)
    return bool(re.match(NUMBER, following)) and "," not in line
