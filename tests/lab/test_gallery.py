"""What all pictures share: the register, the style, the files and the page."""

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib._pylab_helpers import Gcf

from schuss import lab
from schuss.lab import gallery as galleries
from schuss.lab import style
from schuss.lab.gallery import draw, gallery, list_pictures
from schuss.lab.picture import PICTURES, Drawing, Picture, picture
from schuss.optimizers import OPTIMIZERS


def plain(*, n: int = 3, small: bool = False) -> Drawing:
    figure, axes = style.panels(1, 1, small=small)
    axes[0, 0].plot(range(n))
    return Drawing(figure, {"n": n, "share": 1 / 3, "names": ["<b>", "&"]})


@pytest.fixture
def hostile(monkeypatch):
    """A picture whose words are HTML, in place of all others."""
    own = Picture("plain", "A<7>", 'claims "<script>" & more', plain, "See <i>{n}</i> & {names}.")
    monkeypatch.setattr(galleries, "load", lambda: {"plain": own, "other": replace(own, name="other")})
    return own


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data + "\n"

    def attributes(self, tag, name):
        return [attrs.get(name) for each, attrs in self.tags if each == tag]


def test_the_gallery_has_files_and_a_page_that_shows_them(hostile, tmp_path):
    seen = []
    page = gallery(tmp_path / "new" / "folder", small=True, callback=seen.append)
    assert seen == ["plain", "other"]
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "index.html", "other.png", "other.svg", "plain.png", "plain.svg",
    ]  # fmt: skip
    assert (page.parent / "plain.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (page.parent / "plain.svg").read_text()
    read = Page(page.read_text("utf-8"))
    assert read.attributes("img", "src") == ["plain.png", "other.png"]
    assert read.attributes("section", "id") == ["plain", "other"]
    assert [href for href in read.attributes("a", "href") if href.startswith("#")] == ["#plain", "#other"]
    assert {"n", "3", "share", "0.3333", "names"} <= set(read.text.splitlines())


def test_the_page_escapes_what_pictures_say(hostile, tmp_path):
    read = Page(gallery(tmp_path, ["plain"], small=True).read_text("utf-8"))
    assert {"script", "i", "b"}.isdisjoint(tag for tag, _ in read.tags)
    assert read.attributes("img", "alt") == ['claims "<script>" & more']
    assert "See <i>3</i> & ['<b>', '&']." in read.text
    assert "<b>, &" in read.text


def test_the_page_fits_phones_and_dark_rooms(hostile, tmp_path):
    text = gallery(tmp_path, small=True).read_text("utf-8")
    assert 'name="viewport" content="width=device-width' in text
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"(src|href)=.?https?:", text)  # nothing from elsewhere


def test_unknown_names_draw_nothing(hostile, tmp_path):
    with pytest.raises(ValueError, match=r"There is no picture 'plan'\. Did you mean 'plain'"):
        gallery(tmp_path / "folder", ["plain", "plan"])
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "PNG"])
def test_draw_writes_one_file(hostile, tmp_path, ending):
    drawing = draw("plain", tmp_path / "new" / f"file.{ending}", n=7)
    assert drawing.measured["n"] == 7
    assert (tmp_path / "new" / f"file.{ending}").stat().st_size > 1000


def test_draw_writes_only_pictures(hostile, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png, \.svg or \.pdf, which file\.txt does not\."):
        draw("plain", tmp_path / "file.txt")
    with pytest.raises(TypeError, match="colour"):
        draw("plain", colour="red")


def test_the_lab_lists_its_pictures_by_row():
    pictures = list_pictures()
    assert pictures == list(lab.PICTURES.values())
    rows = [(each.row[0], int(re.findall(r"\d+", each.row)[0])) for each in pictures]
    assert rows == sorted(rows)
    assert {"momentum", "optimizers"} <= {each.name for each in pictures} <= set(dir(lab))
    for each in pictures:
        assert re.fullmatch(r"[^\n]*[^.\n]", each.claim)  # one line of a list, without a full stop
        assert each.function.__doc__
        assert each.function is getattr(lab, each.name)


def test_what_the_lab_does_not_have():
    with pytest.raises(AttributeError, match=r"has no picture 'momentun'; it has: .*momentum"):
        _ = lab.momentun


def test_importing_the_lab_waits_for_nothing():
    code = "import sys, schuss.lab; print([name for name in ('jax', 'matplotlib', 'sklearn') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_pictures_are_drawn_in_the_style_and_leave_no_trace():
    before = dict(mpl.rcParams)

    @picture(row="A1", claim="none", see="Nothing.")
    def only_here(*, small: bool = False) -> Drawing:
        assert mpl.rcParams["axes.spines.top"] is False
        return plain(small=small)

    drawing = PICTURES.pop("only_here").draw(small=True)
    assert drawing._repr_png_().startswith(b"\x89PNG")
    assert dict(mpl.rcParams) == before
    assert Gcf.figs == {}  # pyplot has no figure to show or to keep


def test_two_pictures_cannot_have_one_name(monkeypatch):
    def momentum(*, small: bool = False) -> Drawing:
        return plain(small=small)

    with pytest.raises(ValueError, match="There are two pictures called 'momentum'"):
        picture(row="A7", claim="", see="")(momentum)


def luminance(colour):
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_lines_can_be_told_apart_and_seen_on_white():
    looks = [(line["color"], line["linestyle"]) for line in map(style.optimizer_line, OPTIMIZERS)]
    assert len(set(looks)) == len(looks)
    for colour, _ in looks:
        assert 1.05 / (luminance(colour) + 0.05) > 2  # contrast with white


@pytest.mark.parametrize(
    ("installed", "found"),
    {
        "Nanum": (["DejaVu Sans", "NanumGothic", "Noto Sans CJK KR"], "NanumGothic"),
        "Noto": (["DejaVu Sans", "Noto Sans CJK KR"], "Noto Sans CJK KR"),
        "none": (["DejaVu Sans"], None),
    }.values(),
    ids=["Nanum", "Noto", "none"],
)
def test_korean_fonts_are_found_among_those_installed(installed, found, monkeypatch):
    fonts = [SimpleNamespace(name=name) for name in installed]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert style.font.__wrapped__() == found


def test_the_optional_packages_font_is_found_without_importing_it(monkeypatch, tmp_path):
    source = font_manager.findfont("DejaVu Sans")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "NanumGothic.ttf").write_bytes(Path(source).read_bytes())
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec if name == "koreanize_matplotlib" else None)
    assert style.font.__wrapped__() == "DejaVu Sans"  # the name that the file itself gives
    assert [entry.fname for entry in font_manager.fontManager.ttflist] == [str(tmp_path / "fonts" / "NanumGothic.ttf")]


def test_letters_that_no_font_has_are_known_beforehand():
    assert style.has_letters("α = 0.1, √v̂")
    assert not style.has_letters("\U0010fffe")


def test_contours_lie_closer_near_the_bottom():
    _, axes = style.panels(1, 1, small=True)
    x = np.linspace(-1, 1, 30)
    drawn = style.contours(axes[0, 0], x, x, x[:, None] ** 2 + x**2 - 5)
    assert np.all(np.diff(drawn.levels, 2) > 0)
    assert drawn.levels[0] > -5
