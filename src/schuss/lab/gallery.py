"""Pictures in a folder, with a page that shows them, their claims, their captions and the figures measured."""

import html
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from schuss.lab.picture import FORMATS, Drawing, Picture, require_ending
from schuss.lab.pictures import load
from schuss.names import by_name

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>schuss lab</title>
<style>
:root {{ --ink: #222; --quiet: #666; --paper: #fff; --line: #ddd; --link: #0065a8; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e6e6e6; --quiet: #a5a5a5; --paper: #16181b; --line: #3a3d42; --link: #7cc4f4; }}
}}
body {{ margin: 0 auto; padding: 1rem; max-width: 70rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, sans-serif; }}
a {{ color: var(--link); }}
nav ol {{ columns: 22rem; padding: 0; list-style: none; }}
section {{ border-top: 1px solid var(--line); margin-top: 2.5rem; }}
h2 {{ margin-bottom: 0; }}
img {{ width: 100%; height: auto; background: #fff; border-radius: 4px; }}
.row, summary {{ color: var(--quiet); }}
.figures {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
td {{ padding: .1rem 1.5rem .1rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }}
@media print {{ section {{ break-inside: avoid; }} details {{ display: none; }} }}
</style>
<h1>schuss lab</h1>
<p>The pictures of the notes, drawn by the engine. The letter and number are the row of the notes.</p>
<nav><ol>
{contents}
</ol></nav>
{sections}
</html>
"""

CONTENTS = '<li><a href="#{name}">{row} · {name}</a></li>'

SECTION = """<section id="{name}">
<h2>{name}</h2>
<p class="row">{row} · {claim}</p>
<a href="{name}.svg"><img src="{name}.png" alt="{claim}" loading="lazy"></a>
<p>{caption}</p>
<details><summary>What was measured</summary><div class="figures"><table>
{figures}
</table></div></details>
</section>"""

FIGURE = "<tr><td>{name}</td><td>{value}</td></tr>"


def list_pictures() -> list[Picture]:
    """Every picture, in the order of the notes' rows."""
    return list(load().values())


def draw(name: str, output: Path | None = None, **parameters: Any) -> Drawing:
    """Draw one picture and write it to a file.

    Args:
        name: of the picture.
        output: file to write, see `Drawing.save`. Default: nothing is written.
        parameters: of the picture.

    Raises:
        ValueError: no picture has that name, or the file cannot be written in that format.
        TypeError: the picture has no such parameter.

    >>> draw("momentun")
    Traceback (most recent call last):
        ...
    ValueError: There is no picture 'momentun'. Did you mean 'momentum'? Choose one of: ...
    """
    chosen = by_name("picture", name, load())
    if output is not None:
        require_ending(output, FORMATS)
    drawing = chosen.draw(**parameters)
    if output is not None:
        drawing.save(output)
    return drawing


def gallery(
    folder: Path,
    only: Iterable[str] | None = None,
    *,
    small: bool = False,
    callback: Callable[[str], None] | None = None,
) -> Path:
    """Draw pictures as PNG and SVG into a folder, with a page ``index.html``.

    Args:
        folder: made if it is not there.
        only: names of pictures; default all.
        small: quickly, with fewer steps and a low resolution.
        callback: called with the name of every picture before it is drawn.

    Returns:
        The page.

    Raises:
        ValueError: no picture has one of the names; nothing has been written then.
    """
    every = load()
    chosen = list(every.values()) if only is None else [by_name("picture", name, every) for name in only]
    folder.mkdir(parents=True, exist_ok=True)
    sections: list[str] = []
    for picture in chosen:
        if callback:
            callback(picture.name)
        drawing = picture.draw(small=small)
        drawing.save(folder / f"{picture.name}.png")
        drawing.save(folder / f"{picture.name}.svg")
        sections.append(_section(picture, drawing))
    contents = "\n".join(CONTENTS.format(**_words(picture)) for picture in chosen)
    page = folder / "index.html"
    page.write_text(PAGE.format(contents=contents, sections="\n".join(sections)), encoding="utf-8")
    return page


def shown(value: Any) -> str:
    """A measured figure as text: four digits of a number, and what a list holds.

    >>> shown(0.123456), shown(12), shown([1.0, 2.5]), shown("adam")
    ('0.1235', '12', '1, 2.5', 'adam')
    """
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(shown, value)) if isinstance(value, (list, tuple)) else str(value)


def _words(picture: Picture) -> dict[str, str]:
    return {key: html.escape(getattr(picture, key)) for key in ("name", "row", "claim")}


def _section(picture: Picture, drawing: Drawing) -> str:
    figures = "\n".join(
        FIGURE.format(name=html.escape(name.replace("_", " ")), value=html.escape(shown(value)))
        for name, value in drawing.measured.items()
    )
    return SECTION.format(**_words(picture), caption=html.escape(picture.caption(drawing)), figures=figures)
