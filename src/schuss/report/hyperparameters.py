"""Every hyperparameter against the score: slices, and all of them together as parallel coordinates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schuss.palette import BLUE, GREY, VERMILLION
from schuss.report.chart import Trace, axis, chart, compact, jitter, plain, round_numbers, ticks
from schuss.report.comparison import by_optimizer, name_of, scored
from schuss.report.leaderboard import CHOICES
from schuss.report.markup import number, paragraph, section, side_by_side
from schuss.report.optimizers import points, robust_range
from schuss.runs import Record

FEW = 6
"""Up to so many different numbers stand at even distances."""

DRAWN = 300
"""So many members are drawn, the best ones."""


@dataclass(frozen=True)
class Scale:
    """A hyperparameter's values as places from 0 to 1.

    Attributes:
        places: one for each value.
        ticks: (place, label), lowest first.
    """

    places: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]


def scale_of(values: Sequence[Any]) -> Scale:
    """Numbers by size, many of them on a logarithm; a 0 stands apart, on the left. Words by the alphabet.

    >>> scale_of([0.001, 0.01, 0.1]).places
    (0.0, 0.5, 1.0)
    >>> scale_of(["relu", "gelu", "relu"]).ticks
    ((0.0, 'gelu'), (1.0, 'relu'))
    """
    different = sorted(set(values), key=_order)
    if len(different) <= FEW or not all(isinstance(value, (int, float)) for value in different):
        at = {value: k / max(len(different) - 1, 1) for k, value in enumerate(different)}
        return Scale(tuple(at[value] for value in values), tuple((at[v], _label(v)) for v in different))
    positive = [value for value in different if value > 0]
    start = 0.0 if positive == different else 0.15  # what is not positive stands at 0
    wide = positive[-1] > 10 * positive[0]
    low, high = (math.log(v) if wide else v for v in (positive[0], positive[-1]))

    def place(value: float) -> float:
        known = value if not wide else math.log(value) if value > 0 else low
        return start + (1 - start) * (known - low) / ((high - low) or 1) if value > 0 else 0.0

    marked = round_numbers(positive[0], positive[-1], logarithmic=wide)
    zero = ((0.0, "0"),) if start else ()
    return Scale(tuple(map(place, values)), zero + tuple((place(value), _label(value)) for value in marked))


def section_of(record: Record) -> str:
    """A slice for each hyperparameter that varies, and parallel coordinates where there are several."""
    places = list(scored(record, record.ranking))[:DRAWN]
    members = [record.members[place] for place in places]
    scales: dict[str, Scale] = {}
    for name in CHOICES:
        values = ["own" if value is None else value for value in (getattr(member, name) for member in members)]
        if len(set(values)) > 1:
            scales[name] = scale_of(values)
    if not scales:
        return ""
    slices = [_slice(record, places, name, scale) for name, scale in scales.items() if name != "optimizer"]
    parts = [side_by_side(slices)]
    parts += [_parallel(record, places, scales)] if len(scales) > 1 else []
    those = f"one of the best {DRAWN} members" if len(places) == DRAWN else "a member"
    said = paragraph(f"Every point is {those} that did not diverge, in its optimizer's colour and mark, as above.")
    return section("hyperparameters", "Hyperparameters", said, *parts)


def _slice(record: Record, places: Sequence[int], name: str, scale: Scale) -> str:
    at = dict(zip(places, scale.places, strict=True))
    shift = dict(zip(places, jitter(len(places), 0.04), strict=True))
    scores = scored(record, places)
    traces: list[Trace] = []
    for optimizer, own in by_optimizer(record).items():
        kept = [place for place in own if place in at]
        x, y = [at[p] + shift[p] for p in kept], [scores[p] for p in kept]
        traces.append({**points(record, optimizer, kept), "x": compact(x), "y": compact(y), "showlegend": False})
    labels = ticks([label for _, label in scale.ticks], [place for place, _ in scale.ticks])
    title = CHOICES[name]
    layout = {
        "xaxis": axis(title, range=[-0.08, 1.08], autotickangles=[0, 40, 90], **labels),
        "yaxis": axis(record.metric, range=list(robust_range(list(scores.values())))),
    }
    return chart(traces, layout, f"Points: validation score of every member by {title}", f"Score by {title}.", 280)


def _parallel(record: Record, places: Sequence[int], scales: dict[str, Scale]) -> str:
    """Axes lie one below the other: names and values have room on a narrow page, too. The score is the last."""
    scores = list(scored(record, places).values())
    low, high = robust_range(scores)
    of_score = [max(0.0, (score - low) / (high - low)) for score in scores]
    names = [*scales, record.metric]
    groups = {"the best tenth": (VERMILLION, 2.0, 1.0), "the better half": (BLUE, 1.0, 0.6), "others": (GREY, 1.0, 0.4)}
    tenth, half = math.ceil(len(places) / 10), math.ceil(len(places) / 2)
    bounds = {"others": (half, len(places)), "the better half": (tenth, half), "the best tenth": (0, tenth)}
    traces: list[Trace] = []
    for name, (start, end) in bounds.items():
        colour, width, opacity = groups[name]
        x: list[float | None] = []
        y: list[float | None] = []
        texts: list[str] = []
        for k in range(start, end):
            ways = [scale.places[k] for scale in scales.values()]
            x += [*ways, of_score[k], None]
            y += [*range(len(names)), None]
            label = f"{name_of(places[k], record.members[places[k]])}, {number(scores[k])}"
            texts += [plain(label, 60)] * (len(names) + 1)
        line = {"color": colour, "width": width}
        own: Trace = {"mode": "lines", "line": line, "opacity": opacity, "name": name, "x": compact(x), "y": y}
        traces.append({**own, "text": texts, "hoverinfo": "text"})
    marked = [(k, place, label) for k, scale in enumerate(scales.values()) for place, label in _staggered(scale.ticks)]
    marked += [(len(names) - 1, (value - low) / (high - low), _label(value)) for value in round_numbers(low, high)]
    marks = {"symbol": "line-ns", "size": 7, "color": GREY, "line": {"width": 1, "color": GREY}}
    labels: Trace = {"mode": "markers+text", "marker": marks, "textposition": "bottom center", "hoverinfo": "skip"}
    labels |= {"x": compact(t[1] for t in marked), "y": [t[0] for t in marked], "text": [t[2] for t in marked]}
    traces.append({**labels, "textfont": {"size": 11}, "showlegend": False, "cliponaxis": False})
    titles = [plain(CHOICES.get(name, name)) for name in names]
    layout = {
        "xaxis": axis("", range=[-0.05, 1.05], showticklabels=False, showgrid=False, zeroline=False),
        "yaxis": axis("", range=[len(names) - 0.5, -0.4], zeroline=False, **ticks(titles)),
        "legend": {"traceorder": "reversed"},
    }
    caption = f"Every line is a member: its choices from top to bottom, and its validation {record.metric} last."
    label = "Parallel coordinates: choices and score of every member"
    return chart(traces, layout, label, caption, 120 + 72 * len(names))


def _staggered(labels: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Every second label a line lower, where there are many."""
    return [(place, f"<br>{label}" if k % 2 and len(labels) > 3 else label) for k, (place, label) in enumerate(labels)]


def _order(value: Any) -> tuple[Any, ...]:
    """Numbers by size, then words; layers, such as "64,64", by their widths."""
    if isinstance(value, (int, float)):
        return 0, value, ""
    widths = value.split(",")
    if all(width.isdigit() for width in widths):
        return 1, tuple(int(width) for width in widths), ""
    return (1, (), "") if value == "none" else (2, (), value)


def _label(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else plain(f"{value}")
