"""What would be done with a table, before anything is trained."""

from typing import Any

from rich.console import Console
from rich.table import Table

from schuss.jobs.inspect import Inspection
from schuss.show.table import plain


def print_inspection(found: Inspection) -> None:
    """The table, the task, and one line for every column: its kind, what is done with it, and why."""
    console = Console(highlight=False, emoji=False)
    data = found.data
    size = f"{data.rows:,} rows, {len(data.table.column_names)} columns"
    console.print(plain(f"{data.name} ({data.source}): {size}."))
    if data.without_target:
        console.print(f"{data.without_target:,} more rows have no target and would be left out.")
    classes = found.encoding.classes
    kind = f"{'two' if len(classes) == 2 else len(classes)} classes" if classes else "a number (regression)"
    console.print(f"To predict: {data.target!r}, {kind}.", markup=False)
    console.print()
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("column", "kind", "what is done", "why"):
        table.add_column(name, overflow="fold", justify="left")
    for decision in found.encoding.plan():
        table.add_row(*map(plain, decision))
    console.print(table)
    console.print()
    numbers, codes = found.encoding.numbers, len(found.encoding.embeddings)
    console.print(
        f"Inputs of the network: {numbers} numbers" + (f" and {codes} embedded categories." if codes else ".")
    )


def inspection_record(found: Inspection) -> dict[str, Any]:
    """The same for machines."""
    return {
        "source": found.data.source,
        "notes": list(found.data.notes),
        "rows": found.data.rows,
        "without_target": found.data.without_target,
        "target": found.data.target,
        "task": found.data.task,
        "classes": list(found.encoding.classes),
        "columns": [decision._asdict() for decision in found.encoding.plan()],
        "inputs": {"numbers": found.encoding.numbers, "embeddings": list(found.encoding.embeddings)},
    }
