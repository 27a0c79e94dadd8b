"""The course: its code runs and prints what it says, both languages agree, pictures and notebooks are in step."""

import json
import math
import re
from pathlib import Path

import nbformat
import pytest

from docs import build
from schuss import lab

ROOT = Path(__file__).parents[1]
ENGLISH = [path for week in build.WEEKS for path in build.chapters(week, "en")]
ROWS = [f"A{n}" for n in range(1, 14)] + [f"B{n}" for n in range(1, 11)]
NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


def korean(chapter: Path) -> Path:
    return build.COURSE / chapter.parent.parent.name / "ko" / chapter.name


def name_of(chapter: Path) -> str:
    return f"{chapter.parent.parent.name}-{chapter.stem}"


each_chapter = pytest.mark.parametrize("chapter", ENGLISH, ids=name_of)
each_notebook = pytest.mark.parametrize(
    ("week", "language"), [(week, language) for week in build.WEEKS for language in build.LANGUAGES]
)


def value(shown: str) -> float:
    return float(shown.replace(",", "").replace("−", "-"))


def require_about(printed: str, shown: str, place: str) -> None:
    """The same words, and numbers that agree to 5 % or to the last decimal."""
    words, expected = (re.sub(r"\s+", " ", NUMBER.sub("#", text)).strip() for text in (printed, shown))
    assert words == expected, place
    for got, said in zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True):
        last = 0.0 if "." not in said or "e" in said else 1.1 * 10.0 ** -len(said.partition(".")[2])
        assert math.isclose(value(got), value(said), rel_tol=0.05, abs_tol=last), f"{place}: {got}, not {said}"


@pytest.mark.slow
@each_chapter
def test_the_code_runs_and_prints_what_the_chapter_shows(chapter, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    found = build.blocks(chapter.read_text("utf-8"))
    assert any(block.kind == "code" for block in found)
    for place, block in enumerate(found):
        if block.kind == "code":
            exec(compile(block.text, f"{name_of(chapter)}, block {place}", "exec"), names)
            after = found[place + 1] if place + 1 < len(found) else None
            printed = capsys.readouterr().out
            if after and after.kind == "output":
                require_about(printed, after.text, f"{name_of(chapter)}, block {place}")
    assert list(tmp_path.iterdir()) == []


@each_chapter
def test_both_languages_have_the_same_code_and_pictures(chapter):
    here, there = chapter.read_text("utf-8"), korean(chapter).read_text("utf-8")
    code, translated = ([block for block in build.blocks(text) if block.kind != "prose"] for text in (here, there))
    assert translated == code
    assert build.pictures_shown(there) == build.pictures_shown(here)
    assert set(re.findall(r"\b[AB]\d+\b", there)) == set(re.findall(r"\b[AB]\d+\b", here))


@each_chapter
def test_prose_is_in_the_chapters_language(chapter):
    def share(text: str) -> float:
        prose = " ".join(block.text for block in build.blocks(text) if block.kind == "prose")
        letters = re.findall(r"[A-Za-z가-힣]", prose)
        return len(re.findall(r"[가-힣]", prose)) / len(letters)

    assert share(chapter.read_text("utf-8")) == 0
    assert share(korean(chapter).read_text("utf-8")) > 0.5


def test_every_chapter_is_there_in_both_languages():
    for week in build.WEEKS:
        english, translated = ([path.name for path in build.chapters(week, each)] for each in build.LANGUAGES)
        assert english == translated
        assert [int(name[:2]) for name in english] == list(range(1, len(english) + 1))
        assert len(english) >= 8


@each_chapter
def test_pictures_are_the_labs_and_drawn_by_the_chapters_code(chapter):
    text = chapter.read_text("utf-8")
    shown = build.pictures_shown(text)
    assert text.count("![") == len(shown)
    assert set(shown) <= set(lab.PICTURES)
    drawn = {name for block in build.blocks(text) if block.kind == "code" for name in build.pictures_drawn(block.text)}
    assert drawn
    assert drawn <= set(shown)
    for name in shown:
        assert (build.COURSE / "pictures" / f"{name}.png").stat().st_size < build.PICTURE_BYTES, name


def test_there_are_no_other_pictures():
    shown = {name for chapter in ENGLISH for name in build.pictures_shown(chapter.read_text("utf-8"))}
    assert {path.stem for path in (build.COURSE / "pictures").iterdir()} == shown


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_notes_is_in_a_chapter(row):
    week = "optimization" if row.startswith("A") else "perceptrons"
    assert any(re.search(rf"\b{row}\b", path.read_text("utf-8")) for path in build.chapters(week, "en"))


def test_every_link_leads_somewhere():
    pages = [build.COURSE / "README.md", *ENGLISH, *map(korean, ENGLISH)]
    for page in pages:
        for _, link in build.LINK.findall(page.read_text("utf-8")):
            assert (page.parent / link.partition("#")[0]).exists(), f"{page.name}: {link}"


def test_the_contents_name_every_chapter_and_notebook():
    contents = (build.COURSE / "README.md").read_text("utf-8")
    for chapter in [*ENGLISH, *map(korean, ENGLISH)]:
        title = chapter.read_text("utf-8").splitlines()[0].removeprefix("# ")
        assert f"[{title}]({chapter.relative_to(build.COURSE).as_posix()})" in contents
    for week in build.WEEKS:
        for language in build.LANGUAGES:
            assert build.notebook_path(week, language).name in contents


@each_notebook
def test_notebooks_are_in_step_with_the_chapters(week, language):
    path = build.notebook_path(week, language)
    assert path.stat().st_size < 2_000_000
    made = nbformat.read(path, as_version=4)
    nbformat.validate(made)

    def content(notebook):
        return [(cell.cell_type, cell.id, cell.source, cell.get("attachments")) for cell in notebook.cells]

    wanted = build.notebook(week, language)
    assert content(made) == content(wanted)
    assert made.metadata == wanted.metadata


@each_notebook
def test_notebooks_have_been_run_and_tell_nothing_of_the_machine(week, language):
    text = build.notebook_path(week, language).read_text("utf-8")
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "execute_result", "display_data"}
    drawn = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(drawn) >= 5
    written = json.dumps([output for output in outputs if output not in drawn])
    for private in (str(ROOT), str(Path.home()), "/tmp/"):
        assert private not in written


OUTPUT = "```python\n1\n```\n\n```text\n1\n```\n"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"a\n\n{OUTPUT}\nb\n", ["prose", "code", "output", "prose"]),
        (OUTPUT.replace("python", "sh"), ["prose"]),
        (OUTPUT.replace("\n\n", "\n\nThen:\n\n"), ["code", "prose"]),
    ],
    ids=["code and its output", "another language", "text after prose"],
)
def test_chapters_are_taken_apart(text, kinds):
    assert [block.kind for block in build.blocks(text)] == kinds


def test_links_are_seen_from_the_notebooks_folder():
    chapter = build.COURSE / "optimization" / "en" / "01-a.md"
    assert build.from_notebook(chapter, "02-b.md") == "optimization/en/02-b.md"
    assert build.from_notebook(chapter, "../../../../examples/by_hand.py") == "../../examples/by_hand.py"


@pytest.mark.parametrize("printed", ["cost 1.20, 5 steps", "cost 1.00, 6 steps", "price 1.00, 5 steps"])
def test_outputs_that_differ_are_found(printed):
    require_about("cost 1.01, 5 steps", "cost 1.00, 5 steps", "")
    with pytest.raises(AssertionError):
        require_about(printed, "cost 1.00, 5 steps", "")
