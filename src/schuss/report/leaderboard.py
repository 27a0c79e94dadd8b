"""The leaderboard: one member a row, best first."""

from collections.abc import Mapping
from typing import Any

from schuss.report.markup import number, paragraph, section, table
from schuss.runs import RARE, Record

SHOWN = 200
"""So many rows; leaderboard.csv has them all."""

TEXTS = ("optimizer", "schedule", "hidden_layer_sizes", "activation", "loss", "status")
"""Columns that are set to the left."""

CHOICES: Mapping[str, str] = {
    "optimizer": "optimizer",
    "learning_rate": "learning rate",
    "schedule": "schedule",
    "batch_size": "mini-batch",
    "hidden_layer_sizes": "layers",
    "activation": "activation",
    **RARE,
    "loss": "loss",
    "seed": "seed",
}
"""Field of a member → its name on the page."""

UNSAID = tuple(name for name in RARE if name not in ("dropout", "l2"))
"""Fields of which nothing is said where all members do without."""


def section_of(record: Record) -> str:
    """A sortable table; what all members share is said once, above it."""
    places = record.ranking[:SHOWN]
    members = [record.members[place] for place in places]
    varied = [name for name in CHOICES if len({getattr(member, name) for member in record.members}) > 1]
    shared = {name: getattr(record.members[0], name) for name in CHOICES if name not in varied}
    shared = {name: value for name, value in shared.items() if value or name not in UNSAID}
    shares = dict(record.model.shares)
    columns: dict[str, list[str]] = {
        "rank": [f"{rank}" for rank in range(1, len(places) + 1)],
        record.metric: [number(member.score) for member in members],
        "share": [f"{shares[place]:.2f}" if place in shares else "" for place in places],
        "cost": [number(member.cost) for member in members],
    }
    columns |= {CHOICES[name]: [_cell(getattr(member, name)) for member in members] for name in varied}
    columns |= {
        "best epoch": ["" if member.best_epoch is None else f"{member.best_epoch:g}" for member in members],
        "epochs": [f"{member.epochs}" for member in members],
        "seconds": [f"{member.seconds:.1f}" for member in members],
        "status": [member.status for member in members],
        "member": [f"{place}" for place in places],
    }
    total = len(record.members)
    caption = f"{total:,} members" if total <= SHOWN else f"The best {SHOWN} of {total:,} members"
    said = "; ".join(f"{CHOICES[name]} {_cell(value) or 'none'}" for name, value in shared.items())
    parts = [
        paragraph(
            "Click a heading to sort. The share is a member's share of the blend. leaderboard.csv holds every member."
        )
    ]
    parts += [paragraph(f"All members have: {said}.")] if said and total > 1 else []
    left = [CHOICES.get(name, name) for name in TEXTS]
    return section("leaderboard", "Leaderboard", *parts, table(caption, columns, left, sortable=True))


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else f"{value}"
