"""The page: its parts one after the other, with everything they need inside."""

import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

from schuss.palette import ON_DARK
from schuss.report import (
    advice,
    answer,
    curves,
    errors,
    health,
    hyperparameters,
    importance,
    leaderboard,
    optimizers,
    repeat,
)
from schuss.report.comparison import words
from schuss.report.curves import Curve
from schuss.report.markup import number
from schuss.runs import HISTORY, Record

NAME = "report.html"

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""What a browser lets the page do: nothing from outside, whatever stands in it."""

TOP = 5
"""So many members are in the summary for notebooks."""


def write(folder: Path, record: Record) -> Path:
    """Write ``report.html`` into a run folder.

    Args:
        folder: with history.parquet.
        record: what run.json holds.

    Raises:
        InputError: the history is not what was written with the record; nothing has been written then.
    """
    partial = folder / f".{NAME}.partial"
    partial.write_text(page(record, curves.read(folder / HISTORY, record)), encoding="utf-8")
    return partial.replace(folder / NAME)


def page(record: Record, drawn: Mapping[int, Curve]) -> str:
    """The report as one HTML text.

    Args:
        record: what run.json holds.
        drawn: curves of some members, the best first; see `schuss.report.curves.read`.
    """
    from plotly.offline import get_plotlyjs

    title = f"{record.settings.spec.data}: {record.settings.target}"
    parts = [
        answer.section_of(record),
        advice.section_of(record),
        leaderboard.section_of(record),
        optimizers.section_of(record),
        hyperparameters.section_of(record),
        curves.section_of(record, drawn),
        errors.section_of(record),
        health.section_of(record),
        importance.section_of(record),
        repeat.section_of(record),
    ]
    style, script = ((files("schuss.report") / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)} – schuss</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(title)}</h1><p>A run of schuss, {escape(record.created)}</p></header>\n"
        "<noscript><p>The pictures need JavaScript; the tables do without.</p></noscript>\n"
        f"<main>\n{''.join(part + chr(10) for part in parts)}</main>\n"
        f'<script type="application/json" id="on-dark">{json.dumps(ON_DARK)}</script>\n'
        f"<script>{get_plotlyjs()}</script>\n<script>\n{script}</script>\n</body>\n</html>\n"
    )


def html_of(record: Record) -> str:
    """A run as a notebook shows it: the answer and the top of the leaderboard, without scripts."""
    found = answer.answer_of(record)
    best = [record.members[place] for place in record.ranking[:TOP]]
    rows = "".join(
        f'<tr><td>{rank}</td><td>{number(member.score)}</td><td style="text-align:left">{escape(words(member))}</td>'
        f"<td>{escape(member.status)}</td></tr>"
        for rank, member in enumerate(best, 1)
    )
    head = f"<tr><th></th><th>{escape(record.metric)}</th><th>member</th><th>status</th></tr>"
    baseline = f"Baseline: {number(found.baseline)}. " if found.baseline is not None else ""
    return (
        f"<div><p><strong>{escape(answer.headline(record, found))}</strong></p>"
        f"<p>{escape(baseline + answer.luck(record))}</p>"
        f"<table><caption>Best {len(best)} of {len(record.members):,} members</caption>"
        f"<thead>{head}</thead><tbody>{rows}</tbody></table></div>"
    )
