"""HTML from plain text: every text given to these functions is escaped, whatever stands in it."""

import math
import re
from collections.abc import Mapping, Sequence
from html import escape

MINUS = "−"

LONGEST_CELL = 200
"""So many letters of a text are in a cell of a table."""


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph, of a kind that the style sheet knows."""
    return f"<p{_kind(kind)}>{escape(text)}</p>"


def bullets(texts: Sequence[str]) -> str:
    """A list."""
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def command_line(text: str) -> str:
    """A command to copy: one click selects it. A line does not end within the name of an option."""
    options = re.sub(r"(?<!\S)(--[a-z0-9-]+)", r"<span>\1</span>", escape(text))
    return f'<pre class="command"><code>{options}</code></pre>'


def section(identifier: str, title: str, *parts: str) -> str:
    """A part of the page with its heading; the parts are HTML."""
    return f'<section id="{identifier}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def details(summary: str, *parts: str) -> str:
    """Something to unfold; on paper it is unfolded."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"


def side_by_side(parts: Sequence[str]) -> str:
    """Figures in as many columns as there is room for."""
    return f'<div class="grid">{"".join(parts)}</div>'


def table(
    caption: str, columns: Mapping[str, Sequence[str]], left: Sequence[str] = (), *, sortable: bool = False
) -> str:
    """A table of text; its first column heads the rows.

    Args:
        caption: above it.
        columns: header → cells.
        left: columns that are set to the left; others are set to the right.
        sortable: whether headers sort the rows.
    """
    columns = {name: [short(cell, LONGEST_CELL) for cell in cells] for name, cells in columns.items()}
    align = ["" if name in left else ' class="number"' for name in columns]
    names = [f'<button type="button">{escape(name)}</button>' if sortable else escape(name) for name in columns]
    head = "".join(f'<th scope="col"{a}>{name}</th>' for a, name in zip(align, names, strict=True))
    rows: list[str] = []
    for first, *rest in zip(*columns.values(), strict=True):
        cells = "".join(f"<td{a}>{escape(cell)}</td>" for a, cell in zip(align[1:], rest, strict=True))
        rows.append(f'<tr><th scope="row"{align[0]}>{escape(first)}</th>{cells}</tr>')
    kind = ' class="sortable"' if sortable else ""
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return scrolling(f"<table{kind}><caption>{escape(caption)}</caption>{body}</table>", caption)


def scrolling(inner: str, label: str) -> str:
    """What may be wider than the page: it scrolls by itself, also by keyboard."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">{inner}</div>'


def number(value: float | None, sign: bool = False) -> str:
    """Four digits behind the point; three in all where that would hide them or be long; nothing for None.

    >>> number(0.97314), number(-0.0), number(0.00012345), number(1.5e9), number(0.25, sign=True), number(None)
    ('0.9731', '0', '0.000123', '1.5e+09', '+0.2500', '')
    """
    if value is None or not math.isfinite(value):
        return ""
    if value == 0:
        return "0"
    small_or_large = not 1e-3 <= abs(value) < 1e5
    text = f"{value:{'+' if sign else ''}{'.3g' if small_or_large else '.4f'}}"
    return text.replace("-", MINUS, 1) if value < 0 else text


def short(text: str, longest: int) -> str:
    """The beginning of a long text, with a sign that there is more of it.

    >>> short("a long name", 7), short("a name", 7)
    ('a long…', 'a name')
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
