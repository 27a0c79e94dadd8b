"""``schuss lab``: the pictures of the notes and the races between optimizers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schuss.cli.app import app
from schuss.cli.options import Target, texts

if TYPE_CHECKING:
    from schuss.lab.picture import Drawing

ALL, RACE = "all", "race"
"""Words in place of a picture's name: every picture, and a race."""


@app.command()
def lab(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A picture, 'all', or 'race'; without one they are listed."),
    ] = None,
    data: Annotated[
        str | None, typer.Argument(metavar="[DATA]", help="For a race on a table: a file or a built-in table.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PLACE", help="File (.png, .svg, .pdf); for 'all' a folder."),
    ] = None,
    surface: Annotated[
        str | None, typer.Option(metavar="NAME", help="For a race: bowl, ravine, saddle, plateau, rosenbrock, beale, …")
    ] = None,
    optimizer: Annotated[str | None, typer.Option(metavar="NAMES", help="For a race: who takes part.")] = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For a race: a picture, or an animation (.gif).")
    ] = None,
    target: Target = None,
    epochs: Annotated[int, typer.Option(min=1, metavar="N", help="For a race on a table: passes through it.")] = 10,
    small: Annotated[bool, typer.Option("--small", help="Quickly: fewer steps, low resolution.")] = False,
) -> None:
    """Draw the pictures of the study notes with the real engine, and say what was measured.

    `schuss lab` lists them, `schuss lab momentum` draws one, `schuss lab all -o
    gallery/` draws all with a page, `schuss lab race --surface ravine --save
    race.gif` lets optimizers race, `schuss lab race data.csv --target y` on a table.
    """
    if name != RACE and (data or surface or optimizer or save or target):
        raise typer.BadParameter("DATA, --surface, --optimizer, --save and --target are for: schuss lab race")
    if name is None:
        _list()
    elif name == ALL:
        _gallery(output or Path("gallery"), small)
    elif name == RACE:
        _race(data, target, surface, texts(optimizer), save or output or Path("race.png"), epochs)
    else:
        _draw(name, output or Path(f"{name}.png"), small)


def _list() -> None:
    """One line for every picture: name, row, claim."""
    from schuss.lab.gallery import list_pictures

    pictures = list_pictures()
    width = max(len(picture.name) for picture in pictures)
    for picture in pictures:
        typer.echo(f"{picture.name:{width}}  {picture.row:8}  {picture.claim}")


def _draw(name: str, output: Path, small: bool) -> None:
    from schuss.lab import PICTURES
    from schuss.lab.gallery import draw

    drawing = draw(name, output, small=small)
    typer.echo(f"{PICTURES[name].caption(drawing)}\n")
    _print_measured(drawing)
    typer.echo(f"\n{output}")


def _gallery(folder: Path, small: bool) -> None:
    from schuss.lab.gallery import gallery

    def say(name: str) -> None:
        typer.echo(name, err=True)

    typer.echo(f"{gallery(folder, small=small, callback=say)}")


def _race(
    data: str | None, target: str | None, surface: str | None, optimizers: tuple[str, ...], file: Path, epochs: int
) -> None:
    from schuss.lab.race import ROWS_OPTIMIZERS, SURFACE_OPTIMIZERS, race_surface
    from schuss.lab.race_figure import animate_race, draw_race

    if data is not None and surface is not None:
        raise typer.BadParameter("must be without a table: a race is on one or the other", param_hint="--surface")
    if data is None:
        race = race_surface(surface or "ravine", optimizers or SURFACE_OPTIMIZERS)
    else:
        from schuss.experiment import Settings
        from schuss.lab.race_table import race_table

        race = race_table(Settings(data, target, epochs=epochs), optimizers or ROWS_OPTIMIZERS)
    drawing = draw_race(race)
    if file.suffix.lower() == ".gif":
        animate_race(race, file)
    else:
        drawing.save(file)
    places = {"on": race.title, "starts or seeds": len(race.lanes[0].steps), "rates tried": len(race.rates)}
    typer.echo("  ".join(f"{what}: {value}" for what, value in places.items()))
    for place, lane in enumerate(race.lanes, 1):
        steps = drawing.measured[f"{lane.name}_steps"], drawing.measured[f"{lane.name}_steps_sd"]
        reached = f"{steps[0]:.0f} ± {steps[1]:.0f} steps" if lane.reached else "did not get there"
        typer.echo(f"{place}  {lane.name:9} at {lane.learning_rate:<9.3g} {reached}")
    typer.echo(f"\n{file}")


def _print_measured(drawing: "Drawing") -> None:
    from schuss.lab.gallery import shown

    width = max(map(len, drawing.measured))
    for what, value in drawing.measured.items():
        text = shown(value)
        typer.echo(f"{what:{width}}  {text if len(text) <= 100 else f'{text[:99]}…'}")
