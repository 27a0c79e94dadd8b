"""``schuss train``, and ``schuss inspect``, which tells beforehand what would be done with a table."""

import json
import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from schuss.cli.app import INTERRUPTED, app, say
from schuss.cli.choices import SpaceOptions
from schuss.cli.groups import spread
from schuss.cli.names import CommandWithNames
from schuss.cli.options import DATA, AsJson, Data, PlanOptions, TableOptions


@app.command(cls=CommandWithNames)
@spread
def train(
    table: TableOptions,
    how: PlanOptions,
    choices: SpaceOptions,
    data: Annotated[str | None, DATA] = None,
    repeat: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Train as this run did, to the bit, with its table and settings.", show_default=False
        ),
    ] = None,
    runs: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to keep the run.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Train a population on a table and keep the run.

    With no choices 32 members are drawn from a documented space. A single value
    replaces what would be drawn. Lists, separated by commas, give one member for
    every combination, and what is left out then takes its plain default; with
    --members as many as that are drawn instead.
    """
    from schuss.jobs import train as job
    from schuss.selection.clock import Clock
    from schuss.show import Bar, as_record, print_repeated, print_result

    if repeat is not None and (data, table, how, choices) != (None, TableOptions(), PlanOptions(), SpaceOptions()):
        raise typer.BadParameter("A run is repeated with its own table and settings: leave all else out.")
    if repeat is None and data is None:
        raise typer.BadParameter("Missing argument 'DATA': name a file or a built-in table, as in schuss train digits.")
    repeated = None
    with Bar(sys.stderr) as bar:
        if repeat is not None:
            repeated = job.repeat(repeat, bar.update, runs)
            result = repeated.result
        else:
            plan = how.plan(choices.space(), table.numeric, table.category_statistics)
            clock = None if plan.budget is None else Clock.of_process(plan.budget)
            result = job.run(table.spec(cast(str, data)), plan, bar.update, runs, clock)
    say(result.data.notes)
    if as_json:
        typer.echo(json.dumps(as_record(result, repeated), indent=1, allow_nan=False))
    else:
        print_result(result)
        if repeated is not None:
            print_repeated(repeated)
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)


@app.command()
@spread
def inspect(data: Data, table: TableOptions, as_json: AsJson = False) -> None:
    """Tell what would be done with each column of a table, and why; nothing is trained or written."""
    from schuss.jobs.inspect import inspect as inspect_table
    from schuss.show import inspection_record, print_inspection

    found = inspect_table(table.spec(data), table.numeric.value, table.category_statistics)
    say(found.data.notes)
    if as_json:
        typer.echo(json.dumps(inspection_record(found), indent=1, allow_nan=False, ensure_ascii=False))
    else:
        print_inspection(found)
