"""Colours that colour-blind readers can tell apart, the same in every picture: Okabe and Ito's, and the notes' own."""

from typing import NamedTuple

BLACK, GREY = "#222222", "#767676"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#B08D00"
BLUE, VERMILLION, PINK = "#0072B2", "#D55E00", "#CC79A7"
RED, PURPLE = "#CC3311", "#7B3294"
"""Okabe and Ito's palette, its yellow darkened to be read on white, with the red and the purple that the notes name."""

ON_DARK = {
    BLACK: "#EDEDED",
    GREY: "#A0A0A0",
    BLUE: "#3987E5",
    SKY: "#A5DDFB",
    PURPLE: "#B684CC",
    RED: "#EE6677",
    YELLOW: "#D9B300",
}
"""Colour → what stands for it on a dark ground; the others can be seen on both."""


class Look(NamedTuple):
    """How an optimizer is drawn: a colour, a line (matplotlib's sign for it) and a mark (plotly's name for it)."""

    colour: str
    line: str = "-"
    mark: str = "circle"
