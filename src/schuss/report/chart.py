"""Interactive pictures: plotly's own description of a figure, kept in the page as JSON for page.js to draw."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from schuss.report.markup import short

LONGEST = 28
"""So many letters of a name are on an axis or in a legend."""

Trace = dict[str, Any]
"""One of plotly's traces."""


def chart(traces: Sequence[Trace], layout: Mapping[str, Any], label: str, caption: str, height: int = 380) -> str:
    """A figure.

    Args:
        traces, layout: as plotly has them; texts from the table must have gone through `plain`.
        label: what it is, for those who do not see it.
        caption: what to see.
        height: pixels; the width is that of the page.
    """
    text = json.dumps({"data": traces, "layout": layout}, separators=(",", ":"), allow_nan=False)
    return (
        f'<figure><div class="chart" role="img" aria-label="{escape(label)}" style="height:{height}px"></div>'
        f'<script type="application/json">{safe(text)}</script><figcaption>{escape(caption)}</figcaption></figure>'
    )


def safe(script: str) -> str:
    """JSON that cannot end the script element that it stands in."""
    return script.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def plain(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text as plotly shows it letter by letter: it takes tags and entities for its own otherwise.

    >>> plain("<b>x & y</b>")
    '&lt;b&gt;x &amp; y&lt;/b&gt;'
    """
    return escape(short(text, longest), quote=False)


def compact(values: Iterable[float | None]) -> list[float | None]:
    """Numbers with five digits; None, a gap, for what is not finite."""
    return [None if v is None or not math.isfinite(v) else float(f"{v:.5g}") for v in values]


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with a title; more as plotly has it."""
    return {"title": {"text": title}, **more}


def ticks(labels: Sequence[str], at: Iterable[float] | None = None) -> dict[str, Any]:
    """Texts at places of an axis, by default 0, 1, 2, …; they need not differ."""
    return {"tickvals": list(range(len(labels)) if at is None else at), "ticktext": list(labels)}


def amounts(title: str, values: Iterable[float | None]) -> dict[str, Any]:
    """An axis for amounts: logarithmic for positive numbers over more than a decade."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known or min(known) <= 0 or max(known) <= 10 * min(known):
        return axis(title)
    marked = round_numbers(min(known), max(known), logarithmic=True)
    return axis(title, type="log", **ticks([f"{value:.3g}" for value in marked], marked))


def round_numbers(low: float, high: float, logarithmic: bool = False) -> list[float]:
    """A few round numbers from one bound to the other; the bounds themselves where there is none between.

    >>> round_numbers(0.31, 0.98), round_numbers(0.002, 40, logarithmic=True)
    ([0.4, 0.6, 0.8], [0.01, 0.1, 1.0, 10.0])
    """
    if logarithmic:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        digits = (1,) if len(powers) > 4 else (1, 3) if len(powers) > 3 else (1, 2, 5)
        found = [float(f"{digit}e{power}") for power in powers for digit in digits]
        return [value for value in found if low <= value <= high] or [low, high]
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = unit * min((1, 2, 5, 10), key=lambda factor: abs(factor * unit - rough))
    return [float(f"{k * step:.10g}") for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def jitter(count: int, width: float = 0.5) -> list[float]:
    """Shifts that keep points with equal values apart: spread evenly, the same every time."""
    golden = (math.sqrt(5) - 1) / 2
    return [width * ((k * golden) % 1 - 0.5) for k in range(count)]
