"""Tables that fit a terminal: columns are left out rather than words cut."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group
from rich.table import Table
from rich.text import Text

GAP = 2
"""Spaces between columns."""


def table(
    title: str,
    columns: Mapping[str, Sequence[str]],
    width: int | None = None,
    *,
    left: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> Group:
    """A title, and a table of text below it.

    Args:
        title: above it; it goes on with the columns that were left out.
        columns: header → cells.
        width: that it must fit in.
        left: columns that are set to the left; others are set to the right.
        spare: columns that may be left out, the first of them first.
    """
    columns, missing = dict(columns), []
    for name in spare if width else ():
        if width_of(columns) <= (width or 0):
            break
        if columns.pop(name, None) is not None:
            missing.append(name)
    made = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
    )
    for name in columns:
        made.add_column(plain(name), justify="left" if name in left else "right", overflow="fold")
    for cells in zip(*columns.values(), strict=True):
        made.add_row(*map(plain, cells))
    return Group(plain(f"{title}; too narrow for {', '.join(missing)}" if missing else title), made)


def width_of(columns: Mapping[str, Sequence[str]]) -> int:
    """How wide a table of these columns is, where no cell is broken; a letter of Hangul is two wide.

    >>> width_of({"name": ["씨", "x"], "n": ["100"]})
    9
    """
    return sum(GAP + max(cell_len(plain(text).plain) for text in (name, *columns[name])) for name in columns) - GAP


def plain(text: str) -> Text:
    r"""Text as it is: brackets are no markup, and what would move or colour a terminal is shown as Python escapes it.

    >>> print(plain("[red] 씨 \x1b[31m"))
    [red] 씨 \x1b[31m
    """
    return Text("".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text))


def number(value: float | None) -> str:
    """Four digits behind the point; large ones with three digits in all; nothing for None."""
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 1e5 else f"{value:.3g}"
