"""Optimizers compared: every member's score, and what each optimizer gives for the same number of tries."""

from collections.abc import Sequence

import numpy as np

from schuss.optimizers import look
from schuss.report.chart import Trace, axis, chart, compact, jitter, plain, ticks
from schuss.report.comparison import budget_scores, by_optimizer, expected_best, name_of, scored, usable_score
from schuss.report.markup import number, paragraph, section, table
from schuss.runs import Record

BUDGETS = 40
"""So many points of a curve of budgets."""

DRAWN = 200
"""So many members of an optimizer are drawn, the best ones."""

DASHES = {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}
"""matplotlib's lines → plotly's."""


def section_of(record: Record) -> str:
    """Two pictures and a table."""
    groups = by_optimizer(record)
    if all(usable_score(member) is None for member in record.members):
        return ""
    budget = min(map(len, groups.values()))
    expected = {name: expected_best(budget_scores(record, places), budget) for name, places in groups.items()}
    names = sorted(groups, key=lambda name: -expected[name])
    said = paragraph(
        f"The best of many tries is better than the best of few. Optimizers are therefore compared by the best score "
        f"to be expected of {budget} of their members: every optimizer has at least so many. A member that diverged "
        "counts as the worst of all."
    )
    title = "Optimizers at equal budget" if len(names) > 1 else "The optimizer, and what more members give"
    figures = [_strip(record, groups, names)] if len(names) > 1 else []
    figures += [_budgets(record, groups, names)] if len(record.members) > 1 else []
    return section("optimizers", title, said if len(names) > 1 else "", _table(record, groups, names, budget), *figures)


def robust_range(scores: Sequence[float]) -> tuple[float, float]:
    """From where to where to draw scores: five times as far below the best as the better half reaches."""
    best, middle, worst = max(scores), float(np.median(scores)), min(scores)
    low = max(worst, best - 5 * (best - middle)) if best > middle else worst
    margin = 0.06 * (best - low) or 0.01
    return low - margin, best + margin


def points(record: Record, name: str, places: Sequence[int]) -> Trace:
    """The members of an optimizer as marks in its colour; x and y are still to come."""
    own = look(name)
    marker = {"color": own.colour, "symbol": own.mark, "size": 8, "opacity": 0.8}
    texts = [plain(name_of(place, record.members[place])) for place in places]
    return {"mode": "markers", "name": plain(name), "marker": marker, "text": texts, "hovertemplate": "%{text}<br>%{y}"}


def _strip(record: Record, groups: dict[str, list[int]], names: Sequence[str]) -> str:
    traces: list[Trace] = []
    shown: list[float] = []
    for k, name in enumerate(names):
        known = scored(record, groups[name])
        places, y = list(known)[:DRAWN], list(known.values())[:DRAWN]
        shown += y
        x = [k + shift for shift in jitter(len(places))]
        traces.append({**points(record, name, places), "x": compact(x), "y": compact(y), "showlegend": False})
    low, high = robust_range(shown)
    below = sum(score < low for score in shown)
    caption = "Every member's validation score by its optimizer, those that did not diverge."
    caption += f" {below} lie below the picture." if below else ""
    layout = {
        "xaxis": axis("", **ticks([plain(name) for name in names])),
        "yaxis": axis(f"validation {record.metric}", range=[low, high]),
    }
    return chart(traces, layout, "Points: validation score of every member, by optimizer", caption)


def _budgets(record: Record, groups: dict[str, list[int]], names: Sequence[str]) -> str:
    traces: list[Trace] = []
    for name in names:
        scores = budget_scores(record, groups[name])
        budgets = np.unique(np.linspace(1, len(scores), min(len(scores), BUDGETS)).astype(int)).tolist()
        own = look(name)
        line = {"color": own.colour, "dash": DASHES[own.line], "width": 2}
        y = compact(expected_best(scores, budget) for budget in budgets)
        marker = {"symbol": own.mark, "color": own.colour, "size": 6}
        lines = {"mode": "lines+markers", "line": line, "marker": marker, "name": plain(name)}
        traces.append({**lines, "x": budgets, "y": y})
    known = [v for trace in traces for v in trace["y"]]
    layout = {
        "xaxis": axis("members tried", dtick=-(-max(map(len, groups.values())) // 8)),
        "yaxis": axis(f"best {record.metric} expected", range=list(robust_range(known))),
    }
    caption = "The best score to be expected of so many members; where a curve still rises, more members would help."
    return chart(traces, layout, "Lines: expected best score by number of members tried, by optimizer", caption)


def _table(record: Record, groups: dict[str, list[int]], names: Sequence[str], budget: int) -> str:
    columns: dict[str, list[str]] = {"optimizer": list(names)}
    rows = {name: sorted(budget_scores(record, groups[name])) for name in names}
    members = {name: [record.members[place] for place in groups[name]] for name in names}
    columns["members"] = [f"{len(groups[name])}" for name in names]
    columns["diverged"] = [f"{sum(m.diverged_at is not None for m in members[name])}" for name in names]
    columns["best"] = [number(rows[name][-1]) for name in names]
    columns[f"best of {budget}"] = [number(expected_best(rows[name], budget)) for name in names]
    columns["median"] = [number(float(np.median(rows[name]))) for name in names]
    quartiles = {name: np.quantile(rows[name], [0.25, 0.75]) for name in names}
    columns["middle half"] = [f"{number(float(a))} … {number(float(b))}" for a, b in quartiles.values()]
    return table(f"Validation {record.metric} by optimizer", columns, left=["optimizer"])
