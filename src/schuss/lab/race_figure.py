"""A race as a picture, and as an animation."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schuss.lab.picture import FORMATS, Drawing, require_ending
from schuss.lab.race import Lane, Race
from schuss.lab.style import (
    GREY,
    STAR,
    contours,
    draw_path,
    has_letters,
    mark_optimum,
    mark_start,
    optimizer_line,
    panels,
    plain_decades,
    style,
    write_name,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from PIL import Image

FRAMES, FRAMES_PER_SECOND = 60, 12
"""Frames of an animation, and how many are shown in a second: it lasts five, and its file is well below 3 MB."""

RACE_FORMATS = (*FORMATS, "gif")
"""What a race can be written as."""


def draw_race(race: Race, *, small: bool = False) -> Drawing:
    """The whole race: the paths or the learning rates tried, how the cost fell, and after how many steps."""
    with style():
        figure, axes = panels(1, 3, width=11, height=4.2, small=small, width_ratios=[1.1, 1, 1])
        if race.surface is not None:
            paths_panel(axes[0, 0], race)
        else:
            rates_panel(axes[0, 0], race)
        costs_panel(axes[0, 1], race)
        steps_panel(axes[0, 2], race)
    return Drawing(figure, race.measured())


def paths_panel(axes: "Axes", race: Race, shown: Sequence[str] | None = None) -> list["Line2D"]:
    """Contours of the surface with the paths from its own start, of every optimizer or of those named."""
    surface = race.surface
    assert surface is not None
    contours(axes, *surface.heights())
    lanes = race.lanes if shown is None else [race.lane(name) for name in shown]
    lines = [draw_path(axes, _path(lane), marker="", label=lane.name, **optimizer_line(lane.name)) for lane in lanes]
    mark_start(axes, surface.start)
    for point in surface.optima:
        mark_optimum(axes, point)
    axes.set(xlim=surface.domain[0], ylim=surface.domain[1], xlabel="x", ylabel="y")
    axes.set_title(f"Paths on {race.title}, from one start")
    return lines


def rates_panel(axes: "Axes", race: Race) -> None:
    """Cost at the end against the learning rates tried, of every optimizer."""
    for lane in race.lanes:
        axes.plot(race.learning_rates, lane.tried, marker="o", markersize=3, **optimizer_line(lane.name))
    finite = np.concatenate([lane.tried for lane in race.lanes])
    finite = finite[np.isfinite(finite)]
    axes.set(xscale="log", yscale="log", xlabel="learning rate α", ylabel="cost at the end")
    axes.set_ylim(finite.min() * 0.8, min(finite.max(), 4 * race.lanes[0].costs[:, 0].mean()))
    plain_decades(axes.yaxis)
    axes.set_title(f"{race.title if has_letters(race.title) else 'Data'}: cost at the end, every rate")


def costs_panel(axes: "Axes", race: Race, *, bands: bool = True) -> list["Line2D"]:
    """Cost by step: the median of the starts, and the band that holds their middle half."""
    lines: list[Line2D] = []
    for lane in race.lanes:
        look = optimizer_line(lane.name)
        low, middle, high = np.quantile(lane.costs, [0.25, 0.5, 0.75], axis=0, method="nearest")
        lines += axes.plot(race.t, middle, label=lane.name, **look)
        if bands:
            axes.fill_between(race.t, low, high, color=look["color"], alpha=0.12, linewidth=0)
    axes.axhline(race.level, color=GREY, linewidth=1, linestyle=(0, (2, 2)))
    write_name(axes, "level", race.t[-1], race.level * 1.1, GREY, ha="right", va="bottom")
    ends = np.median([lane.costs[:, [0, -1]] for lane in race.lanes], axis=1)
    lowest = min(ends[:, 1].min(), race.level)
    ylabel = "cost above the minimum" if race.surface else "cost, last epoch's mean"
    axes.set(yscale="log", xlabel="step t", ylabel=ylabel)
    axes.set(ylim=(max(lowest / 2, race.level * 1e-3), ends[:, 0].max() * 3), xlim=(0, race.t[-1]))
    if race.surface is None:
        plain_decades(axes.yaxis)
    runs = f"{len(race.lanes[0].steps)} {'starts' if race.surface else 'seeds'}"
    axes.set_title(f"Cost: median, middle half of {runs}" if bands else f"Cost: median of {runs}")
    return lines


def steps_panel(axes: "Axes", race: Race) -> None:
    """Steps until the cost stays below the level: mean, standard deviation and a dot for every start.

    In brackets is how many starts came there, if not all did. A best learning rate at the edge of those tried is
    written with ≤ or ≥, since a better one may lie outside.
    """
    longest = int(race.t[-1])
    labels: list[str] = []
    for place, lane in enumerate(race.lanes):
        missed = lane.reached < len(lane.steps)
        arrived = f" ({lane.reached} of {len(lane.steps)})" if missed else ""
        sign = ("≤" if lane.learning_rate == race.learning_rates[0] else "≥") if lane.at_edge else "="
        labels.append(f"{lane.name}{arrived}\nα {sign} {lane.learning_rate:.3g}")
        steps = lane.steps[np.isfinite(lane.steps)]
        mean = float(steps.mean()) if len(steps) else longest
        color = optimizer_line(lane.name)["color"]
        axes.barh(place, mean, color=color, alpha=0.75 if len(steps) else 0.15, height=0.6)
        axes.errorbar(mean, place, xerr=steps.std() if len(steps) else 0, color=GREY, capsize=3, linewidth=1.2)
        axes.plot(steps, np.full(len(steps), place), ".", color="black", markersize=3)
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="steps until at the level for good", xlim=(0, None))
    axes.set_title("Steps: mean ± sd")


def save_race(race: Race, file: Path) -> Drawing:
    """Draw the race and write it: as an animation where the file ends in .gif, else as a picture.

    Raises:
        ValueError: the file ends in none of `RACE_FORMATS`.
    """
    require_ending(file, RACE_FORMATS)
    drawing = draw_race(race)
    if file.suffix.lower() == ".gif":
        animate_race(race, file)
    else:
        drawing.save(file)
    return drawing


def animate_race(race: Race, file: Path, *, frames: int = FRAMES) -> None:
    """Write the race as an animated GIF.

    Args:
        race: of one on a surface the paths are shown, of one on data the learning rates tried, with the costs beside.
        file: ending in .gif; its folder is made.
        frames: how many pictures; the last one stays a little longer.

    Raises:
        ValueError: the file does not end in .gif.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    if file.suffix.lower() != ".gif":
        raise ValueError(f"An animation's file must end in .gif, which {file.name} does not.")
    with style():
        figure, axes = panels(1, 2, width=9, height=4)
        figure.set_dpi(80)
        lines = costs_panel(axes[0, 1], race, bands=False)
        above: list[Artist] = [axes[0, 1].legend(loc="upper right")]
        if race.surface is None:
            rates_panel(axes[0, 0], race)
        else:
            lines += paths_panel(axes[0, 0], race)
            above += [mark for mark in axes[0, 0].get_lines() if mark not in lines]
        canvas = FigureCanvasAgg(figure)
        whole = [np.stack([np.asarray(line.get_xdata()), np.asarray(line.get_ydata())]) for line in lines]
        for line in lines:
            line.set_animated(True)
        canvas.draw()  # all that does not move, once
        background = canvas.copy_from_bbox(figure.bbox)
        images: list[Image.Image] = []
        for shown in np.linspace(1, len(race.t), frames).astype(int):
            canvas.restore_region(background)
            for line, points in zip(lines, whole, strict=True):
                line.set_data(*points[:, :shown])
                figure.draw_artist(line)
            for artist in above:
                figure.draw_artist(artist)
            images.append(Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB"))
    palette = _with_swatches(images[-1], race).quantize(256)
    images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    beat = 1000 // FRAMES_PER_SECOND
    file.parent.mkdir(parents=True, exist_ok=True)
    images[0].save(file, save_all=True, append_images=images[1:], duration=[beat] * (frames - 1) + [1500], loop=0)


def _with_swatches(image: "Image.Image", race: Race) -> "Image.Image":
    """The image with a broad strip of every line's colour below, so that the palette has the colours of thin lines."""
    from matplotlib.colors import to_rgb
    from PIL import Image

    colors = np.array([to_rgb(STAR), *(to_rgb(optimizer_line(lane.name)["color"]) for lane in race.lanes)])
    strips = np.broadcast_to((255 * colors).round().repeat(30, axis=0)[:, None], (30 * len(colors), image.width, 3))
    return Image.fromarray(np.concatenate([np.asarray(image), strips]).astype(np.uint8))


def _path(lane: Lane) -> np.ndarray:
    """The path of a lane from its first start [T+1, 2], cut at ±1e6, beyond which matplotlib cannot draw."""
    assert lane.positions is not None
    return np.clip(lane.positions[0], -1e6, 1e6)
