"""How the costs of the best members fell: raw and averaged, with learning rates and validation by epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from schuss.averages import exponentially_weighted_average, window
from schuss.optimizers import look
from schuss.report.chart import Trace, amounts, axis, chart, compact, plain
from schuss.report.comparison import name_of
from schuss.report.markup import paragraph, section
from schuss.runs import Record, history

MEMBERS = 5
"""So many of the best are drawn."""

POINTS = 400
"""So many points of a curve are drawn; averages are taken before."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""Tell members with the same optimizer, and so the same colour, apart."""


@dataclass(frozen=True)
class Curve:
    """What history.parquet has of a member, in its first fold: as `schuss.engine.history.History`."""

    steps: np.ndarray
    costs: np.ndarray
    learning_rates: np.ndarray
    validation_costs: np.ndarray
    validation_scores: np.ndarray


def drawn(record: Record) -> Sequence[int]:
    """Places of the members whose curves are drawn, best first."""
    return record.ranking[:MEMBERS]


def read(path: Path, record: Record) -> dict[int, Curve]:
    """Curves of the members that are drawn, from history.parquet.

    Args:
        path: of the file.
        record: of the same run.

    Raises:
        InputError: the file is missing, or is not what was written with the record.
    """
    places, found = drawn(record), history.read(path, record, drawn(record))
    curves: dict[int, Curve] = {}
    for place in places:
        steps, epochs = ((found["member"] == place) & (found["kind"] == kind) for kind in ("step", "epoch"))
        curves[place] = Curve(
            found["number"][steps],
            found["cost"][steps],
            found["learning_rate"][steps],
            found["cost"][epochs],
            found["score"][epochs],
        )
    return curves


def section_of(record: Record, curves: Mapping[int, Curve]) -> str:
    """Four pictures."""
    curves = {place: curve for place, curve in curves.items() if len(curve.steps)}
    if not curves:
        return ""
    lines = _lines(record, list(curves))
    said = paragraph("A click on a name in a legend hides or shows it; a double click shows it alone.")
    if len(record.folds) > 1:
        said += paragraph("The curves show each member's training in the first fold.")
    charts = [_costs(curves, lines), _rates(curves, lines)]
    if any(len(curve.validation_costs) for curve in curves.values()):
        charts += [_validation(record, curves, lines, "score"), _validation(record, curves, lines, "cost")]
    return section("curves", "The way down", said, *charts)


def _lines(record: Record, places: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Name, colour and dashes of every member drawn."""
    seen: dict[str, int] = {}
    found: dict[int, dict[str, Any]] = {}
    for place in places:
        member = record.members[place]
        name = member.optimizer
        times = seen[name] = seen.get(name, -1) + 1
        line = {"color": look(name).colour, "dash": DASHES[times % len(DASHES)], "width": 2}
        label = plain(name_of(place, member))
        found[place] = {"name": label, "line": line, "mode": "lines", "legendgroup": f"{place}"}
    return found


def _costs(curves: Mapping[int, Curve], lines: Mapping[int, dict[str, Any]]) -> str:
    beta = 0.9 if max(len(curve.steps) for curve in curves.values()) < 500 else 0.98
    traces: list[Trace] = []
    for place, curve in curves.items():
        smooth = exponentially_weighted_average(curve.costs, beta, correct_bias=True)
        kept = _thinned(len(curve.steps))
        x = curve.steps[kept].astype(int).tolist()
        faint = {"opacity": 0.3, "showlegend": False, "hoverinfo": "skip"}
        raw = {**lines[place], **faint, "line": {**lines[place]["line"], "width": 1, "dash": "solid"}}
        traces.append({**raw, "x": x, "y": compact(curve.costs[kept])})
        traces.append({**lines[place], "x": x, "y": compact(smooth[kept])})
    caption = (
        f"Cost of mini-batches, faint, and its exponentially weighted average with β = {beta}, bias corrected, "
        f"over about {window(beta):.0f} values. A cost has its L2 term and dropout's noise in it."
    )
    layout = {"xaxis": axis("step"), "yaxis": amounts("cost", _values(traces))}
    return chart(traces, layout, "Lines: cost of mini-batches by step, for the best members", caption, 420)


def _rates(curves: Mapping[int, Curve], lines: Mapping[int, dict[str, Any]]) -> str:
    traces: list[Trace] = []
    for place, curve in curves.items():
        kept = _thinned(len(curve.steps))
        y = compact(curve.learning_rates[kept])
        traces.append({**lines[place], "x": curve.steps[kept].astype(int).tolist(), "y": y})
    layout = {"xaxis": axis("step"), "yaxis": amounts("learning rate", filter(None, _values(traces)))}
    caption = "Learning rate of every step, as the schedule made it from the first one."
    return chart(traces, layout, "Lines: learning rate by step, for the best members", caption, 380)


def _validation(record: Record, curves: Mapping[int, Curve], lines: Mapping[int, dict[str, Any]], what: str) -> str:
    name = "cost" if what == "cost" else "R²" if record.task == "regression" else "accuracy"
    traces: list[Trace] = []
    for place, curve in curves.items():
        y = curve.validation_costs if what == "cost" else curve.validation_scores
        traces.append({**lines[place], "x": list(range(1, len(y) + 1)), "y": compact(y)})
        best = record.members[place].best_epoch
        if best is not None and best <= len(y) and best == int(best) and len(record.folds) == 1:
            mark = {"symbol": "circle-open", "size": 10, "line": {"width": 2}, "color": lines[place]["line"]["color"]}
            point = {"x": [int(best)], "y": compact([y[int(best) - 1]]), "mode": "markers", "marker": mark}
            traces.append({**point, "legendgroup": f"{place}", "showlegend": False, "hoverinfo": "skip"})
    values, title = _values(traces), f"validation {name}"
    layout = {
        "xaxis": axis("epoch"),
        "yaxis": amounts(title, values) if what == "cost" else axis(title, **_range(values)),
    }
    caption = f"{name[0].upper()}{name[1:]} on the validation rows after every epoch; a ring marks the epoch kept."
    return chart(traces, layout, f"Lines: validation {name} by epoch, for the best members", caption, 360)


def _values(traces: Sequence[Trace]) -> list[float | None]:
    return [value for trace in traces for value in trace["y"]]


def _range(values: Sequence[float | None]) -> dict[str, Any]:
    """A range for scores that the first, poor epochs do not rule."""
    known = np.array([v for v in values if v is not None])
    if not len(known):
        return {}
    low, high = float(np.quantile(known, 0.1)), float(known.max())
    margin = 0.3 * (high - low) or 0.05
    return {"range": [max(low - margin, float(known.min()) - 0.05 * margin), high + 0.2 * margin]}


def _thinned(count: int) -> np.ndarray:
    """Places of at most `POINTS` of so many values, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(int))
