"""Make the course: its pictures through the lab, its notebooks from its chapters.

    python docs/build.py [pictures|notebooks]

Chapters are the one source: their ```python blocks become cells of code; a ```text block right after one shows what it
prints, which in a notebook the cell's own output does. A block that draws a picture full size and ends with the name of
the drawing shows it in the notebook, so that the file is left out there. The same chapters give the same files, except
where a block measures time. It needs what ``pip install -e '.[docs]'`` installs.
"""

import base64
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode, v4
from PIL import Image

from schuss import lab
from schuss.lab.style import style

COURSE = Path(__file__).resolve().parent / "course"
WEEKS = ("optimization", "perceptrons")
LANGUAGES = ("en", "ko")

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
IMAGE = re.compile(r"!\[([^\]]*)\]\(\.\./\.\./pictures/(\w+)\.png\)")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?![a-z]+:|#)([^)]+)\)")
DRAWN = re.compile(r"\blab\.(\w+)\(")

PICTURE_BYTES = 120_000
RESOLUTIONS = (150, 120, 100, 80, 60)
"""Dots an inch to write pictures with: the first whose file is small enough."""

COLOURS = 128
"""Of a picture's palette, which takes a third of the bytes of all colours."""

INSTALL = """\
import importlib.util

if importlib.util.find_spec("schuss") is None:
    %pip install -q schuss"""

ABOUT = {
    ("optimization", "en"): "# Optimisation\n\nGradient descent from mini-batches to Adam, on real steps.",
    ("optimization", "ko"): "# 최적화\n\n미니 배치부터 Adam까지, 경사 하강법을 실제로 한 걸음씩 따라간다.",
    ("perceptrons", "en"): "# Multi-layer perceptrons\n\nFrom one perceptron to a trained network, on real steps.",
    ("perceptrons", "ko"): "# 다층 퍼셉트론\n\n퍼셉트론 하나에서 학습된 신경망까지 실제로 한 걸음씩 따라간다.",
}
"""What a notebook begins with."""


class Block(NamedTuple):
    """A piece of a chapter: ``kind`` is "prose", "code" or "output"."""

    kind: str
    text: str


def chapters(week: str, language: str) -> list[Path]:
    """Files of a week's chapters, in order."""
    return sorted((COURSE / week / language).glob("*.md"))


def blocks(chapter: str) -> list[Block]:
    """A chapter's text, taken apart. Blocks of other languages, and ```text that follows no code, are prose."""
    found: list[Block] = []
    prose = ""
    place = 0
    for match in BLOCK.finditer(chapter):
        prose += chapter[place : match.start()]
        place = match.end()
        after_code = bool(found) and found[-1].kind == "code" and not prose.strip()
        if match[1] == "python" or (match[1] == "text" and after_code):
            found += [Block("prose", prose.strip())] if prose.strip() else []
            found.append(Block("code" if match[1] == "python" else "output", match[2].rstrip("\n")))
            prose = ""
        else:
            prose += match[0]
    prose += chapter[place:]
    return found + ([Block("prose", prose.strip())] if prose.strip() else [])


def pictures_shown(chapter: str) -> list[str]:
    """Names of the pictures that a chapter shows."""
    return [name for _, name in IMAGE.findall(chapter)]


def pictures_drawn(code: str) -> list[str]:
    """Names of the lab's pictures that a block of code draws."""
    return DRAWN.findall(code)


def build_pictures() -> None:
    """Draw every picture that a chapter shows, full size, and remove those that none shows."""
    texts = [path.read_text("utf-8") for week in WEEKS for path in chapters(week, "en")]
    folder = COURSE / "pictures"
    folder.mkdir(exist_ok=True)
    names = sorted({name for text in texts for name in pictures_shown(text)})
    for path in folder.glob("*.png"):
        if path.stem not in names:
            path.unlink()
    for name in names:
        size = write_picture(name, folder / f"{name}.png")
        print(f"{name}.png: {size:,} bytes", file=sys.stderr)


def write_picture(name: str, path: Path) -> int:
    """Draw one picture full size, as finely as `PICTURE_BYTES` allow, and return how many it took."""
    drawing = getattr(lab, name)()
    written = b""
    for resolution in RESOLUTIONS:
        png = io.BytesIO()
        with style():
            drawing.figure.savefig(png, format="png", dpi=resolution)
        written = squeezed(png.getvalue())
        if len(written) < PICTURE_BYTES:
            break
    return path.write_bytes(written)


def squeezed(png: bytes) -> bytes:
    """A picture with a palette of `COLOURS` and without metadata."""
    written = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(written, format="png", optimize=True)
    return written.getvalue()


def notebook(week: str, language: str) -> NotebookNode:
    """A week's chapters as a notebook that has not been run."""
    cells = [v4.new_markdown_cell(ABOUT[week, language], id="about"), v4.new_code_cell(INSTALL, id="install")]
    for chapter in chapters(week, language):
        cells += cells_of(chapter)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": spec, "language_info": {"name": "python"}})


def cells_of(chapter: Path) -> Iterator[NotebookNode]:
    """A chapter's cells."""
    drawn: set[str] = set()
    for place, (kind, text) in enumerate(blocks(chapter.read_text("utf-8"))):
        name = f"{chapter.stem}-{place}"
        if kind == "code":
            if text.splitlines()[-1].isidentifier() and "small=True" not in text:
                drawn |= set(pictures_drawn(text))
            yield v4.new_code_cell(text, id=name)
        elif kind == "prose" and (cell := prose_cell(chapter, text, drawn, name)).source:
            yield cell


def prose_cell(chapter: Path, text: str, drawn: set[str], name: str) -> NotebookNode:
    """A cell of text; pictures that cells above have drawn are left out of it, the others are attached."""
    for caption, picture in IMAGE.findall(text):
        target = f"![{caption}](attachment:{picture}.png)" if picture not in drawn else ""
        text = text.replace(f"![{caption}](../../pictures/{picture}.png)", target)
    attached = {f"{each}.png": attachment(each) for each in re.findall(r"\(attachment:(\w+)\.png\)", text)}
    text = LINK.sub(lambda link: f"[{link[1]}]({from_notebook(chapter, link[2])})", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return v4.new_markdown_cell(text, id=name, **({"attachments": attached} if attached else {}))


def attachment(picture: str) -> dict[str, str]:
    """A picture's file, as notebooks carry it."""
    return {"image/png": base64.b64encode((COURSE / "pictures" / f"{picture}.png").read_bytes()).decode()}


def from_notebook(chapter: Path, link: str) -> str:
    """A chapter's relative link, seen from the folder of the notebooks."""
    return Path(os.path.relpath(os.path.normpath(chapter.parent / link), COURSE)).as_posix()


def build_notebooks() -> None:
    """Write and run the notebook of every week and language."""
    for week in WEEKS:
        for language in LANGUAGES:
            if chapters(week, language):
                path = notebook_path(week, language)
                nbformat.write(run(notebook(week, language)), path)
                print(f"{path.name}: {path.stat().st_size:,} bytes", file=sys.stderr)


def notebook_path(week: str, language: str) -> Path:
    """``optimization.ipynb``, ``optimization.ko.ipynb``, …"""
    return COURSE / (f"{week}.ipynb" if language == "en" else f"{week}.{language}.ipynb")


def run(made: NotebookNode) -> NotebookNode:
    """Run every cell with this interpreter and keep what it gives, without what differs from one run to the next."""
    metadata = made.metadata.copy()
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    with TemporaryDirectory() as folder:
        if os.name == "posix":  # by files there: TCP is not encrypted, and warns of it
            manager.transport, manager.ip = "ipc", f"{folder}/kernel"
        NotebookClient(made, km=manager, timeout=600, record_timing=False, coalesce_streams=True).execute()
        manager.shutdown_kernel(now=True)
    made.metadata = metadata  # running adds the interpreter's version
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs = [kept(output) for output in cell.outputs if output.get("name") != "stderr"]
    nbformat.validate(made)
    return made


def kept(output: Any) -> Any:
    """An output: of a drawing its picture alone, squeezed."""
    data = output.get("data", {})
    if "image/png" in data:
        image = squeezed(base64.b64decode(data["image/png"]))
        output.data = {"image/png": base64.b64encode(image).decode()}
    return output


def main(arguments: list[str]) -> None:
    """Make what is asked for, or all of it."""
    makers = {"pictures": build_pictures, "notebooks": build_notebooks}
    unknown = [name for name in arguments if name not in makers]
    if unknown:
        sys.exit(f"There is no {' and no '.join(unknown)} to make. Choose from: {', '.join(makers)}.")
    for name, make in makers.items():
        if not arguments or name in arguments:
            make()


if __name__ == "__main__":
    main(sys.argv[1:])
