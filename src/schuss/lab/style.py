"""How every picture looks: fonts, colours that colour-blind readers can tell apart, and parts that pictures share.

Figures are made without pyplot, and matplotlib's settings are changed only inside `style`: other pictures that the
user draws look as before.
"""

import functools
import importlib.util
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.optimizers import look
from schuss.palette import BLACK as BLACK
from schuss.palette import BLUE as BLUE
from schuss.palette import GREEN as GREEN
from schuss.palette import GREY as GREY
from schuss.palette import ORANGE as ORANGE
from schuss.palette import PINK as PINK
from schuss.palette import PURPLE as PURPLE
from schuss.palette import RED as RED
from schuss.palette import SKY as SKY
from schuss.palette import VERMILLION as VERMILLION
from schuss.palette import YELLOW as YELLOW
from schuss.palette import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.contour import QuadContourSet
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

VARIANTS = {"nesterov": Look(BLUE, "--")}
"""How variants of optimizers look that have a name of their own in pictures only."""

STAR = "#FFE14D"
"""Colour of the star that marks an optimum."""

CYCLE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, PINK, YELLOW)
"""Colours of lines that have none of their own, in order."""

BATCH_COLOURS = {"batch": BLUE, "one": PURPLE, "mini-batch": GREEN}
"""The notes' colours of the three kinds of gradient descent (A3): all m rows, 1 row, and between."""

BETA_COLOURS = {0.9: RED, 0.98: GREEN, 0.5: YELLOW}
"""The notes' colours of averages by their β (A5)."""

BIAS_COLOURS = {"uncorrected": PURPLE, "corrected": GREEN}
"""The notes' colours of an average before and after bias correction (A6)."""

KOREAN = ("Nanum", "Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo")
"""Beginnings of the names of fonts with Korean letters, the preferred ones first."""


def optimizer_line(name: str) -> dict[str, Any]:
    """Colour and dashes of an optimizer, as keywords of ``plot``; grey for one that is not the package's.

    >>> optimizer_line("adam")["color"] == VERMILLION
    True
    """
    found = VARIANTS.get(name) or look(name)
    return {"color": found.colour, "linestyle": found.line}


@functools.cache
def font() -> str | None:
    """The family of a font with Korean letters: an installed one, or the one in the package koreanize_matplotlib.

    None where there is neither: labels are then English, which all of the lab's own are anyway.
    """
    from matplotlib import font_manager

    names = sorted({entry.name for entry in font_manager.fontManager.ttflist})
    installed = next((name for start in KOREAN for name in names if name.startswith(start)), None)
    package = importlib.util.find_spec("koreanize_matplotlib")
    if installed or package is None or package.origin is None:
        return installed
    files = sorted(Path(package.origin).parent.rglob("*.ttf"), key=lambda path: (len(path.name), path.name))
    for file in files:  # every weight of it: titles may be bold
        font_manager.fontManager.addfont(file)
    return font_manager.FontProperties(fname=files[0]).get_name() if files else None


def has_letters(text: str) -> bool:
    """Whether the style's fonts can draw every letter of a text, such as a Korean name of a column.

    >>> has_letters("β = 0.9")
    True
    """
    from matplotlib import font_manager, ft2font

    known: set[int] = set()
    for family in _families():
        known |= set(ft2font.FT2Font(font_manager.findfont(family)).get_charmap())
    return {ord(letter) for letter in text} <= known


def _families() -> list[str]:
    return ["DejaVu Sans", *filter(None, [font()])]


@contextmanager
def style() -> Generator[None]:
    """Set the lab's style inside a ``with`` block; afterwards matplotlib's settings are as before."""
    import matplotlib as mpl
    from cycler import cycler

    settings: Any = {
        "font.family": _families(),
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.labelsize": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "figure.titlesize": 13,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "savefig.dpi": "figure",
        "svg.hashsalt": "schuss",  # the same picture, the same file
        "axes.prop_cycle": cycler(color=CYCLE),
        "axes.edgecolor": GREY,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": "#E4E4E4",
        "grid.linewidth": 0.7,
        "lines.linewidth": 1.6,
        "legend.facecolor": "white",
        "legend.edgecolor": "none",
        "legend.framealpha": 0.85,
        "legend.fancybox": False,
        "image.cmap": "cividis",
    }
    with mpl.rc_context(settings):
        yield


def panels(
    rows: int, columns: int, *, width: float = 10, height: float = 4, small: bool = False, **options: Any
) -> tuple["Figure", np.ndarray]:
    """Make a figure of panels, laid out so that nothing overlaps.

    Args:
        rows, columns: of panels.
        width, height: of the whole, inches; 8 to 11 wide.
        small: a low resolution, for tests.
        options: more of matplotlib's ``subplots``, such as ``width_ratios`` or ``sharey``.

    Returns:
        The figure and its axes [rows, columns].
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.08)
    figure = Figure((width, height), dpi=60 if small else 150, layout=layout)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def contours(axes: "Axes", x: np.ndarray, y: np.ndarray, z: np.ndarray, levels: int = 14) -> "QuadContourSet":
    """Draw heights z [len(y), len(x)] as pale contours, closer together near the bottom; paths are drawn above."""
    rise = np.geomspace(1e-3, 1, levels)
    heights = float(z.min()) + (float(z.max()) - float(z.min())) * rise
    axes.grid(visible=False)
    axes.contourf(x, y, z, [float(z.min()) - 1e-12, *heights], cmap="Blues", alpha=0.45)
    return axes.contour(x, y, z, heights, colors="#8FA9BF", linewidths=0.6, linestyles="solid")


def draw_path(axes: "Axes", positions: np.ndarray, **options: Any) -> "Line2D":
    """Draw a descent [T+1, 2], with a dot for every step if there are at most 120; options as for ``plot``."""
    dots = {"marker": "o", "markersize": 2.6} if len(positions) <= 120 else {}
    look: dict[str, Any] = {"linewidth": 1.3, **dots, **options}
    return axes.plot(positions[:, 0], positions[:, 1], **look)[0]


def inside(positions: np.ndarray, domain: Sequence[tuple[float, float]]) -> np.ndarray:
    """Cut a descent off after the first step that leaves the domain.

    >>> inside(np.array([[0, 0], [1, 1], [3, 1], [0, 0]]), ((-2, 2), (-2, 2))).tolist()
    [[0, 0], [1, 1], [3, 1]]
    """
    low, high = np.asarray(domain).T
    outside = ~np.all((positions >= low) & (positions <= high), axis=1)
    return positions[: outside.argmax() + 1] if outside.any() else positions


def mark_start(axes: "Axes", point: Sequence[float] | np.ndarray) -> None:
    """Mark where a descent starts: a ring."""
    axes.plot(*point, marker="o", markersize=7, color=BLACK, markerfacecolor="white", linestyle="none", zorder=5)


def mark_optimum(axes: "Axes", point: Sequence[float] | np.ndarray) -> None:
    """Mark an optimum: a star."""
    axes.plot(*point, marker="*", markersize=13, color=BLACK, markerfacecolor=STAR, linestyle="none", zorder=5)


def write_name(axes: "Axes", text: str, x: float, y: float, color: str = BLACK, **options: Any) -> None:
    """Write a line's name beside it, at a point in the data's coordinates; options as for ``text``."""
    clear = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.5}
    look: dict[str, Any] = {"color": color, "fontsize": 9, "bbox": clear, **options}
    axes.text(x, y, text, **look)


def plain_decades(axis: "Axis") -> None:
    """Label a logarithmic axis of few powers of ten with plain numbers: 0.1, 0.2, 0.5, 1."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:g}")
