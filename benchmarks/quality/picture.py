"""Draw ``docs/quality.png``: how well every contender ranks against how long it takes."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.quality import results
from benchmarks.quality.report import COSTS
from schuss.lab.style import BLUE, GREY, panels, style

FILE = Path(__file__).parents[2] / "docs" / "quality.png"


def draw(found: pd.DataFrame, small: bool = False) -> Figure:
    """Two panels, for the two costs: mean rank, the best on top, against the median seconds of a fit."""
    seconds = found.groupby("contender")["seconds"].median()
    figure, axes = panels(1, 2, width=10, height=4, small=small, sharey=True)
    for place, (cost, label) in zip(axes[0], COSTS.items(), strict=True):
        ranks = results.ranks(found, cost)
        for name, rank in ranks.mean().items():
            mark(place, str(name), seconds[name], rank)
        place.set(xscale="log", xlabel="median seconds of a fit", title=f"By {label}, {len(ranks)} tables")
        place.margins(x=0.25)
    axes[0][0].set_ylabel("mean rank")
    axes[0][0].set_ylim(ranks.shape[1] + 0.2, 0.8)
    return figure


def mark(axes: Axes, name: str, seconds: float, rank: float) -> None:
    own = name.startswith("schuss")
    colour = BLUE if own else GREY
    axes.plot(seconds, rank, marker="o", markersize=8 if own else 6, color=colour, linestyle="none")
    weight = "bold" if own else "normal"
    offset = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center"}
    axes.annotate(name, (seconds, rank), color=colour, weight=weight, fontsize=9, **offset)


if __name__ == "__main__":
    with style():
        draw(results.newest(results.read())).savefig(FILE)
    print(FILE)
