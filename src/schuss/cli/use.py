"""What is done with a run: ``schuss predict``, ``schuss evaluate`` and ``schuss export``."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from schuss.cli.app import app, say
from schuss.cli.options import FILES, AsJson, EncodingName, Inside, RunName


class FormatName(StrEnum):
    """What a model can be exported to."""

    onnx = "onnx"
    pytorch = "pytorch"


Rows = Annotated[str, typer.Argument(metavar="DATA", help=f"{FILES}, with the columns of training.")]


@app.command()
def predict(
    run: RunName,
    data: Rows,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="CSV file to write; one that is there is replaced.")
    ] = Path("predictions.csv"),
    like: Annotated[
        str | None,
        typer.Option(metavar="SAMPLE", help="A sample submission: its columns, its order, its identifiers."),
    ] = None,
    probability: Annotated[
        bool, typer.Option("--probability", help="With --like: the second class's probability, not labels.")
    ] = False,
    table: Inside = None,
    encoding: EncodingName = None,
) -> None:
    """Predict every row of a table with a run's model.

    The file has the identifiers, "prediction" and, for classes, the probability of
    each; or, with --like, what a sample submission has.
    """
    from schuss.jobs.predict import predict_table

    if probability and like is None:
        raise typer.BadParameter("must come with --like, a sample submission", param_hint="--probability")
    written = predict_table(run, data, output, like, probability, table, encoding)
    say(written.notes)
    by = "one network" if written.networks == 1 else f"a blend of {written.networks} networks"
    typer.echo(f"{written.rows:,} predictions of {written.target!r} by {written.run} ({by}) in {output}")


@app.command()
def evaluate(
    run: RunName, data: Rows, table: Inside = None, encoding: EncodingName = None, as_json: AsJson = False
) -> None:
    """Judge a run's model on a table whose target is known."""
    from rich.console import Console

    from schuss.jobs.predict import evaluate_table
    from schuss.report.answer import gain
    from schuss.show import print_judgement

    found = evaluate_table(run, data, table, encoding)
    say(found.notes)
    if as_json:
        known = {"run": str(found.run.folder), "without_target": found.without_target, "notes": found.notes}
        record = {**known, **asdict(found.judgement)}
        typer.echo(json.dumps(record, indent=1, allow_nan=False))
        return
    console = Console(highlight=False, emoji=False)
    gained = gain(found.judgement, held_out=True) if found.run.record.is_blend else None
    print_judgement(console, found.judgement, f"rows of {data}", found.run.model.classes, gained or "")
    if found.without_target:
        console.print(f"{found.without_target:,} more rows have no target and were left out.")


@app.command()
def export(
    run: RunName,
    to: Annotated[FormatName, typer.Option("--to", metavar="FORMAT", help=", ".join(FormatName) + ".")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="File to write.", show_default="model.onnx or .safetensors"
        ),
    ] = None,
) -> None:
    """Write a run's model as a file for other tools: ONNX, preprocessing included, or PyTorch's weights."""
    from schuss.jobs.predict import require_place
    from schuss.jobs.run import Run

    path = output or Path("model.onnx" if to == FormatName.onnx else "model.safetensors")
    found = Run(run)
    require_place(path, *map(str, found.files))
    model = found.model
    if to == FormatName.onnx:
        from schuss.export.onnx import save_onnx as save
    else:
        from schuss.export.pytorch import save_torch as save
    save(model, path)
    networks = "one network" if len(model.parts) == 1 else f"a blend of {len(model.parts)} networks"
    typer.echo(f"{path}: {networks}, {path.stat().st_size:,} bytes")


@app.command()
def report(run: RunName) -> None:
    """Make a run's report.html again from what its folder holds."""
    from schuss.report import write
    from schuss.runs import RUN, find, read_record

    folder = find(run)
    typer.echo(f"{write(folder, read_record(folder / RUN))}")
