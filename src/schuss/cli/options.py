"""Options that several commands have, and what is read from their text."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from schuss.tables import Roles


class TaskName(StrEnum):
    """What to predict: classes (two, more, or any number of them) or numbers."""

    binary = "binary"
    multiclass = "multiclass"
    classification = "classification"
    regression = "regression"


class NumericName(StrEnum):
    """How numbers are encoded."""

    auto = "auto"
    robust = "robust"
    standard = "standard"
    quantile = "quantile"
    piecewise_linear = "piecewise_linear"


COLUMNS = "Columns"
"""Heading of the options that name columns."""


def column(help: str) -> Any:
    """An option that names a column."""
    return typer.Option(metavar="COLUMN", help=help, rich_help_panel=COLUMNS, show_default=False)


def columns(help: str) -> Any:
    """An option that names columns, separated by commas."""
    return typer.Option(metavar="COLUMNS", help=help, rich_help_panel=COLUMNS, show_default=False)


FILES = (
    "A file (CSV, TSV, JSON lines, Parquet, Arrow, DuckDB, SQLite, .npz), or files by a pattern such as 'part-*.csv'"
)

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help=f"{FILES}; or a built-in table: digits, breast_cancer, wine, iris, diabetes, xor, spirals.",
    ),
]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run folder, or latest for the newest one in runs/.")]
Target = Annotated[str | None, column("What to predict; a file needs it.")]
Task = Annotated[
    TaskName | None,
    typer.Option(metavar="TASK", help=", ".join(TaskName), show_default="by the target"),
]
Inside = Annotated[str | None, typer.Option("--table", metavar="NAME", help="Which table of a DuckDB or SQLite file.")]
Id = Annotated[str | None, columns("Identifiers: no features, but written beside predictions.")]
Exclude = Annotated[str | None, columns("Columns to leave out.")]
Category = Annotated[str | None, columns("Columns to take for categories, whatever they hold.")]
Number = Annotated[str | None, columns("Columns to take for numbers, whatever they look like.")]
Weight = Annotated[str | None, column("Weight of every row.")]
Group = Annotated[str | None, column("Rows that have the same here stay on one side of every split.")]
Time = Annotated[str | None, column("Order in time: validation and test rows are the latest.")]
Numeric = Annotated[NumericName, typer.Option(metavar="NAME", help=f"Encoding of numbers: {', '.join(NumericName)}.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def roles_of(
    id: str | None,
    exclude: str | None,
    category: str | None,
    number: str | None,
    weight: str | None,
    group: str | None,
    time: str | None,
) -> "Roles":
    """The columns that were given a part of their own."""
    from schuss.tables import Roles

    return Roles(
        id=texts(id),
        exclude=texts(exclude),
        category=texts(category),
        number=texts(number),
        weight=weight,
        group=group,
        time=time,
    )


def texts(given: str | None) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in given.split(",")) if given is not None else ()


def numbers(option: str, given: str | None) -> tuple[float, ...]:
    """Numbers between commas."""
    return tuple(_parsed(option, part, float, "numbers such as 0.001,0.01") for part in texts(given))


def sizes(option: str, given: str | None) -> tuple[int | str, ...]:
    """Sizes of mini-batches between commas; "auto" is one."""
    wanted = "whole numbers or auto, such as 64,256"
    return tuple(part if part == "auto" else _parsed(option, part, int, wanted) for part in texts(given))


def layers(given: str | None) -> tuple[tuple[int, ...], ...]:
    """Widths of hidden layers: commas between widths, semicolons between choices."""
    if given is None:
        return ()
    wanted = "widths such as 64,64;128, or none"
    return tuple(
        tuple(_parsed("--hidden-layer-sizes", w, int, wanted) for w in texts(part)) if part.strip() != "none" else ()
        for part in given.split(";")
    )


def _parsed(option: str, text: str, kind: Callable[[str], Any], wanted: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise typer.BadParameter(f"must be {wanted}, however: {text!r}", param_hint=option) from None
