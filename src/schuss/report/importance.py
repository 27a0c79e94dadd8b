"""Which columns matter to the best member."""

from collections.abc import Mapping, Sequence
from typing import Any

from schuss.diagnosis.importance import ColumnImportance
from schuss.palette import BLUE, ORANGE
from schuss.report.chart import Trace, axis, chart, compact, plain
from schuss.report.markup import details, number, paragraph, section, side_by_side, table
from schuss.runs import Record

DRAWN = 20
"""So many columns are drawn; the table has all that were looked at."""


def section_of(record: Record) -> str:
    """Permutation importance beside gradient importance."""
    found = record.importance
    if found is None:
        return ""
    metric, columns = record.metric, found.columns
    said = (
        f"This is how the best member, number {found.member}, uses the columns on {found.rows:,} validation rows, "
        f"where it scores {number(found.score) or 'nothing that is defined'}. Each column was shuffled "
        f"{found.repeats} times; the {metric} lost by that is what the member owes to the column. Two columns with the "
        "same information can stand in for each other, and then both look unimportant. The mean size of the loss's "
        "gradient along a column says how strongly the loss responds to small changes of it."
    )
    if found.left_out:
        said += f" {found.left_out:,} more columns have smaller gradients and were not shuffled."
    whiskers = {"type": "data", "array": compact(column.spread for column in columns[:DRAWN])}
    lost, slopes = [column.permutation for column in columns], [column.gradient for column in columns]
    bars = [
        _bars(columns, lost, f"{metric} lost", "Lost when shuffled.", BLUE, {"error_x": whiskers}),
        _bars(columns, slopes, "gradient", "Mean size of the loss's gradient.", ORANGE, {}),
    ]
    parts = [paragraph(said), side_by_side(bars), details("As a table", _table(columns, metric))]
    return section("importance", "Importance of columns", *parts)


def _bars(
    columns: Sequence[ColumnImportance],
    values: Sequence[float | None],
    title: str,
    caption: str,
    colour: str,
    more: Mapping[str, Any],
) -> str:
    shown = columns[:DRAWN]
    places = list(range(len(shown)))
    bars: Trace = {"type": "bar", "orientation": "h", "marker": {"color": colour}, "hoverinfo": "x", **more}
    bars |= {"x": compact(values[:DRAWN]), "y": places}
    names = [plain(column.name) for column in shown]
    layout = {
        "xaxis": axis(title, nticks=5),
        "yaxis": axis("", tickvals=places, ticktext=names, range=[len(shown) - 0.4, -0.6], zeroline=False),
    }
    said = caption if len(columns) <= DRAWN else f"{caption} The first {DRAWN} of {len(columns)} columns."
    return chart([bars], layout, f"Bars: {title} by column", said, 110 + 22 * len(shown))


def _table(columns: Sequence[ColumnImportance], metric: str) -> str:
    cells = {
        "column": [column.name for column in columns],
        f"{metric} lost": [number(column.permutation) for column in columns],
        "± (spread over shuffles)": [number(column.spread) for column in columns],
        "gradient": [number(column.gradient) for column in columns],
    }
    return table("Importance of columns, the greatest loss first", cells, left=["column"])
