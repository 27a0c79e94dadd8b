"""``schuss train``, and ``schuss inspect``, which tells beforehand what would be done with a table."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from schuss.cli.app import INTERRUPTED, app
from schuss.cli.groups import spread
from schuss.cli.names import CommandWithNames
from schuss.cli.options import AsJson, Data, PlanOptions, SpaceOptions, TableOptions


@app.command(cls=CommandWithNames)
@spread
def train(
    data: Data,
    table: TableOptions,
    how: PlanOptions,
    choices: SpaceOptions,
    runs: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to keep the run.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Train a population on a table and keep the run.

    With no choices 32 members are drawn from a documented space. A single value
    replaces what would be drawn. Lists, separated by commas, give one member for
    every combination, and what is left out then takes its plain default; with
    --members as many as that are drawn instead.
    """
    from schuss.jobs.train import run
    from schuss.show import Bar, as_record, print_result

    plan = how.plan(choices.space(), table.numeric, table.category_statistics)
    with Bar(sys.stderr) as bar:
        result = run(table.spec(data), plan, bar.update, runs)
    if as_json:
        typer.echo(json.dumps(as_record(result), indent=1, allow_nan=False))
    else:
        print_result(result)
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)


@app.command()
@spread
def inspect(data: Data, table: TableOptions, as_json: AsJson = False) -> None:
    """Tell what would be done with each column of a table, and why; nothing is trained or written."""
    from schuss.jobs.inspect import inspect as inspect_table
    from schuss.show import inspection_record, print_inspection

    found = inspect_table(table.spec(data), table.numeric.value, table.category_statistics)
    if as_json:
        typer.echo(json.dumps(inspection_record(found), indent=1, allow_nan=False, ensure_ascii=False))
    else:
        print_inspection(found)
