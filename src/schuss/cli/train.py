"""``schuss train``, and ``schuss inspect``, which tells beforehand what would be done with a table."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from schuss.cli.app import INTERRUPTED, app
from schuss.cli.names import CommandWithNames
from schuss.cli.options import (
    AsJson,
    Category,
    Data,
    Exclude,
    Group,
    Id,
    Inside,
    Number,
    Numeric,
    NumericName,
    Target,
    Task,
    Time,
    Weight,
    layers,
    numbers,
    roles_of,
    sizes,
    texts,
)


def choice(metavar: str, values: str, default: str = "drawn") -> Any:
    """An option that takes one value or a list of them."""
    return typer.Option(metavar=metavar, help=values, show_default=default, rich_help_panel="Choices")


@app.command(cls=CommandWithNames)
def train(
    data: Data,
    target: Target = None,
    task: Task = None,
    table: Inside = None,
    id: Id = None,
    exclude: Exclude = None,
    category: Category = None,
    number: Number = None,
    weight: Weight = None,
    group: Group = None,
    time: Time = None,
    numeric: Numeric = NumericName.auto,
    class_weight: Annotated[
        str | None, typer.Option(metavar="NAME", help="balanced: every class counts alike.", show_default="none")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What chooses, by scikit-learn's names: roc_auc, f1_macro, neg_log_loss, neg_mean_absolute_error, …",
            show_default="accuracy or r2",
        ),
    ] = None,
    validation: Annotated[float, typer.Option(min=0, max=0.9, metavar="SHARE", help="Rows that choose members.")] = 0.2,
    refit: Annotated[
        bool,
        typer.Option("--refit/--no-refit", help="Train the chosen members again on training and validation rows."),
    ] = True,
    folds: Annotated[
        int, typer.Option(min=1, metavar="K", help="Train every member K times, so that all rows choose.")
    ] = 1,
    test: Annotated[
        float,
        typer.Option(min=0, max=0.9, metavar="SHARE", help="Rows kept apart to judge the model once, at the end."),
    ] = 0.0,
    optimizer: Annotated[
        str | None,
        choice("NAMES", "{optimizers}."),
    ] = None,
    learning_rate: Annotated[str | None, choice("NUMBERS", "Above 0, such as 0.001,0.01.")] = None,
    schedule: Annotated[
        str | None,
        choice("NAMES", "{schedules}."),
    ] = None,
    batch_size: Annotated[str | None, choice("SIZES", "Rows of a mini-batch, or auto.", "auto")] = None,
    hidden_layer_sizes: Annotated[
        str | None, choice("WIDTHS", "Choices separated by semicolons: '64,64;128;none' are three.")
    ] = None,
    activation: Annotated[
        str | None,
        choice("NAMES", "{activations}."),
    ] = None,
    dropout: Annotated[str | None, choice("NUMBERS", "From 0 to below 1.")] = None,
    l2: Annotated[str | None, choice("NUMBERS", "λ of the L2 term of the cost, 0 or more.")] = None,
    loss: Annotated[
        str | None,
        choice(
            "NAMES", "{losses}; for two classes also {losses_of_two}; for numbers {losses_of_numbers}.", "by the task"
        ),
    ] = None,
    members: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Networks to draw.", show_default="64, or every combination"),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Seeds that each configuration is trained with.")] = 1,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Passes through the rows.", show_default="by their number")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Epochs without progress that end a member.", show_default="a fifth of the epochs"
        ),
    ] = None,
    random_state: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="Seed of split, draw and members.")
    ] = 0,
    devices: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Members at a time.", show_default="cores + 1")
    ] = None,
    runs: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to keep the run.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Train a population on a table and keep the run.

    With no choices 64 members are drawn from a documented space. A single value
    replaces what would be drawn. Lists, separated by commas, give one member for
    every combination, and what is left out then takes its plain default; with
    --members as many as that are drawn instead.
    """
    from schuss.jobs.train import Settings, run
    from schuss.show import Bar, as_record, print_result
    from schuss.space import Space

    space = Space(
        optimizer=texts(optimizer),
        learning_rate=numbers("--learning-rate", learning_rate),
        schedule=texts(schedule),
        batch_size=sizes("--batch-size", batch_size),
        hidden_layer_sizes=layers(hidden_layer_sizes),
        activation=texts(activation),
        dropout=numbers("--dropout", dropout),
        l2=numbers("--l2", l2),
        loss=texts(loss),
    )
    settings = Settings(
        data=data,
        target=target,
        task=task.value if task else None,
        table=table,
        roles=roles_of(id, exclude, category, number, weight, group, time),
        numeric=numeric.value,
        class_weight=class_weight,
        metric=metric,
        space=space,
        members=members,
        seeds=seeds,
        epochs=epochs,
        patience=patience,
        random_state=random_state,
        devices=devices,
        validation=validation,
        refit=refit,
        folds=folds,
        test=test,
    )
    with Bar(sys.stderr) as bar:
        result = run(settings, bar.update, runs)
    if as_json:
        typer.echo(json.dumps(as_record(result), indent=1, allow_nan=False))
    else:
        print_result(result)
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)


@app.command()
def inspect(
    data: Data,
    target: Target = None,
    task: Task = None,
    table: Inside = None,
    id: Id = None,
    exclude: Exclude = None,
    category: Category = None,
    number: Number = None,
    weight: Weight = None,
    group: Group = None,
    time: Time = None,
    numeric: Numeric = NumericName.auto,
    as_json: AsJson = False,
) -> None:
    """Tell what would be done with each column of a table, and why; nothing is trained or written."""
    from schuss.jobs.train import Settings
    from schuss.jobs.train import inspect as inspect_table
    from schuss.show import inspection_record, print_inspection

    settings = Settings(
        data=data,
        target=target,
        task=task.value if task else None,
        table=table,
        roles=roles_of(id, exclude, category, number, weight, group, time),
        numeric=numeric.value,
    )
    found = inspect_table(settings)
    if as_json:
        typer.echo(json.dumps(inspection_record(found), indent=1, allow_nan=False, ensure_ascii=False))
    else:
        print_inspection(found)
