"""``schuss lab``: the pictures of the notes and the races between optimizers."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from schuss.cli.app import app
from schuss.cli.choices import texts
from schuss.cli.options import AsJson, Target

ALL, RACE = "all", "race"
"""Words in place of a picture's name: every picture, and a race."""

EPOCHS = 10
"""Passes through the table that a race on one takes."""


@app.command()
def lab(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A picture, 'all', or 'race'; without one they are listed."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]", help="A file or a built-in table: for a race, or for a picture that can be drawn of one."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "--save",
            "-o",
            metavar="PLACE",
            help="File (.png, .svg, .pdf; a race: .gif); for 'all' a folder.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Turn a parameter of a picture, as --set beta=0.98."),
    ] = None,
    surface: Annotated[
        str | None, typer.Option(metavar="NAME", help="For a race: bowl, ravine, saddle, plateau, rosenbrock, beale, …")
    ] = None,
    optimizer: Annotated[str | None, typer.Option(metavar="NAMES", help="For a race: who takes part.")] = None,
    target: Target = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="For a race on a table: passes through it.", show_default=f"{EPOCHS}"),
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="Quickly: fewer steps, low resolution.")] = False,
    as_json: AsJson = False,
) -> None:
    """Draw the pictures of the study notes with the real engine, and say what was measured.

    `schuss lab` lists them, `schuss lab momentum` draws one, `schuss lab all -o
    gallery/` draws all with a page, `schuss lab race --surface ravine --save
    race.gif` lets optimizers race, `schuss lab race data.csv --target y` on a table.
    """
    _require(data is not None or target is None, "--target goes with DATA")
    _require(name == RACE or not (surface or optimizer), "--surface and --optimizer are for: schuss lab race")
    _require((name == RACE and data is not None) or epochs is None, "--epochs is for: schuss lab race DATA")
    _require(not (data and surface), "--surface must be without a table: a race is on one or the other")
    _require(name not in (None, ALL, RACE) or not settings, "--set is for a picture")
    _require(name != RACE or not small, "--small is for pictures")
    if name is None:
        _list(as_json)
    elif name == ALL:
        _require(data is None, "DATA is for a race or one picture")
        _gallery(output or Path("gallery"), small, as_json)
    elif name == RACE:
        _race(data, target, surface, texts(optimizer), output or Path("race.png"), epochs or EPOCHS, as_json)
    else:
        _draw(name, data, target, output or Path(f"{name}.png"), _pairs(settings or ()), small, as_json)


def _require(holds: bool, expected: str) -> None:
    if not holds:
        raise typer.BadParameter(expected)


def _pairs(settings: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE texts, taken apart."""
    pairs = [setting.partition("=") for setting in settings]
    for (name, equals, _), setting in zip(pairs, settings, strict=True):
        _require(bool(name and equals), f"--set must be NAME=VALUE, such as beta=0.98, not {setting!r}.")
    return {name.strip().replace("-", "_"): value.strip() for name, _, value in pairs}


def _list(as_json: bool) -> None:
    """One line for every picture: name, row, claim."""
    from schuss.lab.gallery import list_pictures

    pictures = list_pictures()
    if as_json:
        told = ("name", "row", "claim", "parameters")
        _print_json([{what: getattr(picture, what) for what in told} for picture in pictures])
        return
    width = max(len(picture.name) for picture in pictures)
    for picture in pictures:
        typer.echo(f"{picture.name:{width}}  {picture.row:8}  {picture.claim}")


def _draw(
    name: str, data: str | None, target: str | None, output: Path, settings: dict[str, str], small: bool, as_json: bool
) -> None:
    from schuss.lab import PICTURES
    from schuss.lab.gallery import draw, shown
    from schuss.names import by_name

    picture = by_name("picture", name, PICTURES)
    parameters = picture.read(settings)
    if data is not None:
        from schuss.lab.own_table import rows_of
        from schuss.selection.dataset import DataSpec

        _require(picture.takes_table, f"{name} cannot be drawn of a table: leave DATA out")
        parameters["table"] = rows_of(DataSpec(data, target)).training
    try:
        drawing = draw(name, output, small=small, **parameters)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        if not settings:
            raise
        asked = ", ".join(f"{key}={value}" for key, value in settings.items())
        raise ValueError(f"{name} cannot be drawn with {asked}: {error}") from error
    caption = picture.caption(drawing)
    if as_json:
        _print_json({"name": name, "caption": caption, "measured": drawing.measured, "file": str(output)})
        return
    typer.echo(f"{caption}\n")
    width = max(map(len, drawing.measured))
    for what, value in drawing.measured.items():
        text = shown(value)
        typer.echo(f"{what:{width}}  {text if len(text) <= 100 else f'{text[:99]}…'}")
    typer.echo(f"\n{output}")


def _gallery(folder: Path, small: bool, as_json: bool) -> None:
    from schuss.lab.gallery import gallery

    def say(name: str) -> None:
        typer.echo(name, err=True)

    page = gallery(folder, small=small, callback=say)
    if as_json:
        _print_json({"file": str(page)})
    else:
        typer.echo(f"{page}")


def _race(
    data: str | None,
    target: str | None,
    surface: str | None,
    optimizers: tuple[str, ...],
    file: Path,
    epochs: int,
    as_json: bool,
) -> None:
    from schuss.lab.picture import require_ending
    from schuss.lab.race import ROWS_OPTIMIZERS, SURFACE_OPTIMIZERS, race_surface
    from schuss.lab.race_figure import RACE_FORMATS, save_race

    require_ending(file, RACE_FORMATS)
    if data is None:
        race = race_surface(surface or "ravine", optimizers or SURFACE_OPTIMIZERS)
    else:
        from schuss.lab.own_table import race_table
        from schuss.selection.dataset import DataSpec

        race = race_table(DataSpec(data, target), optimizers or ROWS_OPTIMIZERS, epochs)
    measured = save_race(race, file).measured
    if as_json:
        _print_json({"on": race.title, "measured": measured, "file": str(file)})
        return
    places = {"on": race.title, "starts or seeds": len(race.lanes[0].steps), "rates tried": len(race.learning_rates)}
    typer.echo("  ".join(f"{what}: {value}" for what, value in places.items()))
    for place, lane in enumerate(race.lanes, 1):
        steps = measured[f"{lane.name}_steps"], measured[f"{lane.name}_steps_sd"]
        reached = f"{steps[0]:.0f} ± {steps[1]:.0f} steps" if lane.reached else "did not get there"
        if 0 < lane.reached < len(lane.steps):
            reached += f", {lane.reached} of {len(lane.steps)}"
        typer.echo(f"{place}  {lane.name:9} at {lane.learning_rate:<9.3g} {reached}")
    typer.echo(f"\n{file}")


def _print_json(found: Any) -> None:
    typer.echo(json.dumps(_plain(found), indent=1, allow_nan=False, ensure_ascii=False))


def _plain(value: Any) -> Any:
    """As JSON has it: null for what is infinite or no number."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
