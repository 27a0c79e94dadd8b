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
        f"Asked was the best member, number {found.member}, on {found.rows:,} validation rows, where it scores "
        f"{number(found.score) or 'nothing defined'}. Each column was shuffled {found.repeats} times: what "
        f"{metric} is lost by that is what the member owes to it. Two columns that tell the same can stand in for each "
        "other, and both look unimportant. Beside it is the mean size of the loss's gradient along the column, which "
        "tells how strongly the loss answers to small changes of it."
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
