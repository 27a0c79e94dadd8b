"""Options that several commands have, and what is read from their text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schuss.cli.choices import texts

if TYPE_CHECKING:
    from schuss.selection.dataset import DataSpec
    from schuss.selection.plan import Plan
    from schuss.space import Space


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


class QualityName(StrEnum):
    """How much is trained."""

    normal = "normal"
    high = "high"


COLUMNS = "Columns"
"""Heading of the options that name columns."""


def column(help: str) -> Any:
    """An option that names a column."""
    return typer.Option(metavar="COLUMN", help=help, rich_help_panel=COLUMNS, show_default=False)


def columns(help: str) -> Any:
    """An option that names columns, separated by commas; it may be given several times."""
    return typer.Option(metavar="COLUMNS", help=help, rich_help_panel=COLUMNS, show_default=False)


def renamed(given: str | None) -> None:
    """Answer the former name of ``--time-column``, which may also be meant as a limit."""
    if given is not None:
        raise typer.BadParameter(
            f"The column that orders rows in time is named with --time-column now: --time-column {given!r}."
        )


FILES = (
    "A file (CSV, TSV, JSON lines, Parquet, Arrow, DuckDB, SQLite, .npz), or files by a pattern such as 'part-*.csv'"
)

DATA: Any = typer.Argument(
    metavar="DATA",
    help=f"{FILES}; or a built-in table: digits, breast_cancer, wine, iris, diabetes, xor, spirals.",
    show_default=False,
)

Data = Annotated[str, DATA]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run folder, or latest for the newest one in runs/.")]
Target = Annotated[str | None, column("What to predict; a file needs it.")]
Task = Annotated[
    TaskName | None,
    typer.Option(metavar="TASK", help=", ".join(TaskName), show_default="by the target"),
]
Inside = Annotated[str | None, typer.Option("--table", metavar="NAME", help="Which table of a DuckDB or SQLite file.")]
EncodingName = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="NAME", help="Encoding of a text file, such as windows-1252.", show_default="found out"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@dataclass
class TableOptions:
    """What the columns of a table are for."""

    target: Target = None
    task: Task = None
    table: Inside = None
    encoding: EncodingName = None
    missing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORDS",
            help="What stands for a missing cell, such as unknown,-999, beside NA and the like.",
            show_default=False,
        ),
    ] = None
    id: Annotated[list[str] | None, columns("Identifiers: no features, but written beside predictions.")] = None
    exclude: Annotated[list[str] | None, columns("Columns to leave out.")] = None
    category: Annotated[list[str] | None, columns("Columns to take for categories, whatever they hold.")] = None
    number: Annotated[list[str] | None, columns("Columns to take for numbers, whatever they look like.")] = None
    weight: Annotated[str | None, column("Weight of every row.")] = None
    group: Annotated[str | None, column("Rows that have the same here stay on one side of every split.")] = None
    time_column: Annotated[str | None, column("Order in time: validation and test rows are the latest.")] = None
    time: Annotated[str | None, typer.Option(hidden=True, callback=renamed)] = None
    numeric: Annotated[
        NumericName, typer.Option(metavar="NAME", help=f"Encoding of numbers: {', '.join(NumericName)}.")
    ] = NumericName.auto
    category_statistics: Annotated[
        bool,
        typer.Option("--category-statistics", help="Mean of the target in each level beside embedded ones."),
    ] = False

    def spec(self, data: str) -> "DataSpec":
        """The table of this name, with these columns."""
        from schuss.selection.dataset import DataSpec
        from schuss.tables import Roles

        roles = Roles(
            id=tuple(self.id or ()),
            exclude=tuple(self.exclude or ()),
            category=tuple(self.category or ()),
            number=tuple(self.number or ()),
            weight=self.weight,
            group=self.group,
            time=self.time_column,
        )
        missing = tuple(word for given in self.missing or () for word in texts(given))
        task = self.task.value if self.task else None
        return DataSpec(data, self.target, task, self.table, roles, self.encoding, missing)


@dataclass
class PlanOptions:
    """How members are trained and chosen; what is left out has the default of `schuss.selection.plan.Plan`."""

    budget: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Time that the run may take, such as 30s, 5m or 2h: the best found by then.",
            show_default="none: by the rows and the seed alone",
        ),
    ] = None
    quality: Annotated[
        QualityName | None,
        typer.Option(
            metavar="NAME",
            help="high: more members, larger ones, more epochs; it tells how long that takes.",
            show_default="normal",
        ),
    ] = None
    class_weight: Annotated[
        str | None, typer.Option(metavar="NAME", help="balanced: every class counts alike.", show_default="none")
    ] = None
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What chooses, by scikit-learn's names: roc_auc, f1_macro, neg_log_loss, neg_mean_absolute_error, …",
            show_default="accuracy or r2",
        ),
    ] = None
    validation: Annotated[
        float | None,
        typer.Option(min=0, max=0.9, metavar="SHARE", help="Rows that choose members.", show_default="0.2"),
    ] = None
    refit: Annotated[
        bool | None,
        typer.Option(
            "--refit/--no-refit",
            help="Train the chosen members again on training and validation rows.",
            show_default="refit",
        ),
    ] = None
    distil: Annotated[
        bool | None,
        typer.Option(
            "--distil",
            help="Put one network in the blend's place if that costs no more than a standard error.",
            show_default="the blend",
        ),
    ] = None
    halving: Annotated[
        bool | None,
        typer.Option(
            "--halving/--no-halving",
            help="Train all for a quarter of the epochs, then the best dozen in full.",
            show_default="if 24 or more are drawn",
        ),
    ] = None
    folds: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help="Train every member K times, so that all rows choose.", show_default="1"),
    ] = None
    test: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.9,
            metavar="SHARE",
            help="Rows kept apart to judge the model once, at the end.",
            show_default="0.0",
        ),
    ] = None
    members: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Networks to draw.", show_default="32, or every combination"),
    ] = None
    seeds: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Seeds that each configuration is trained with.", show_default="1"),
    ] = None
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Passes through the rows.", show_default="by their number")
    ] = None
    patience: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Epochs without progress that end a member.", show_default="a fifth of the epochs"
        ),
    ] = None
    random_state: Annotated[
        int | None,
        typer.Option(min=0, max=2**32 - 1, metavar="N", help="Seed of split, draw and members.", show_default="0"),
    ] = None
    devices: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Members at a time.", show_default="cores + 1")
    ] = None

    def plan(self, space: "Space", numeric: NumericName, category_statistics: bool) -> "Plan":
        """The plan, with its own defaults for what was left out."""
        from schuss.selection.plan import Plan

        given = {name: value for name, value in vars(self).items() if value is not None}
        if self.quality is not None:
            given["quality"] = self.quality.value
        if self.budget is not None:
            given["budget"] = seconds(self.budget)
        return Plan(space=space, numeric=numeric.value, category_statistics=category_statistics, **given)


def seconds(budget: str) -> float:
    """A time such as 30s, 5m or 2h, in seconds."""
    from schuss.selection.clock import seconds_of

    try:
        return seconds_of(budget)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--budget") from None
