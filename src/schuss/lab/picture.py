"""A picture: a function that draws, the row and the claim of the notes that it shows, and a caption."""

import functools
import inspect
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec

from schuss.names import by_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

P = ParamSpec("P")

Measured = Mapping[str, float | int | str | Sequence[Any]]
"""Name → figure measured while drawing; a dict."""

TABLE = "table"
"""The parameter that takes a table of the user's own; it is no number that can be set."""

FROM_ZERO = ("seed", "outliers")
"""Whole numbers that may be 0; all others must be at least 1."""


FORMATS = ("png", "svg", "pdf")
"""What a picture can be written as."""


def require_ending(path: Path, formats: Sequence[str]) -> None:
    """Refuse a file whose ending names no format that can be written, before anything is drawn.

    Raises:
        ValueError: it does not end in one of the formats.

    >>> require_ending(Path("race.txt"), FORMATS)
    Traceback (most recent call last):
        ...
    ValueError: A picture's file must end in .png, .svg or .pdf, which race.txt does not.
    """
    if path.suffix.lstrip(".").lower() not in formats:
        *first, last = (f".{name}" for name in formats)
        raise ValueError(f"A picture's file must end in {', '.join(first)} or {last}, which {path.name} does not.")


class Drawing(NamedTuple):
    """What a picture function returns.

    Attributes:
        figure: a matplotlib figure that pyplot does not know of; a notebook shows it.
        measured: what was measured on the steps that are drawn.
    """

    figure: "Figure"
    measured: Measured

    def save(self, path: Path) -> None:
        """Write the figure, in the format of the path's ending, with the style's fonts; its folder is made.

        Raises:
            ValueError: the path does not end in one of `FORMATS`.
        """
        from schuss.lab.style import style

        require_ending(path, FORMATS)
        path.parent.mkdir(parents=True, exist_ok=True)
        with style():
            self.figure.savefig(path)

    def _repr_png_(self) -> bytes:
        from schuss.lab.style import style

        image = io.BytesIO()
        with style():
            self.figure.savefig(image, format="png")
        return image.getvalue()


@dataclass(frozen=True)
class Picture:
    """A registered picture.

    Attributes:
        name: of the function.
        row: of the notes, as "A7"; several as "A3, A12".
        claim: of the notes, in one line.
        function: draws it; every parameter has a default.
        see: the caption, what to see; ``{name}`` stands for the figure measured under that name.
    """

    name: str
    row: str
    claim: str
    function: Callable[..., Drawing]
    see: str

    def draw(self, **parameters: Any) -> Drawing:
        """Draw it; parameters that are not given have their defaults."""
        return self.function(**parameters)

    @property
    def parameters(self) -> dict[str, Any]:
        """Name → default of the parameters that can be set: numbers, texts and lists of them."""
        defaults = {name: given.default for name, given in inspect.signature(self.function).parameters.items()}
        return {name: value for name, value in defaults.items() if name not in ("small", TABLE)}

    @property
    def takes_table(self) -> bool:
        """Whether it can be drawn of a table of the user's own."""
        return TABLE in inspect.signature(self.function).parameters

    def read(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Parameters from texts, each read as its default is: a number, a text, or a list separated by commas.

        Raises:
            ValueError: there is no such parameter, or its text cannot be read as its default is.

        >>> own = Picture("own", "A7", "", lambda *, betas=(0.5, 0.9), days=60: ..., "")
        >>> own.read({"betas": "0.8,0.98", "days": "30"})
        {'betas': (0.8, 0.98), 'days': 30}
        >>> own.read({"days": "0"})
        Traceback (most recent call last):
            ...
        ValueError: days must be a whole number of at least 1, not '0'.
        """
        defaults = self.parameters
        return {
            name: _read(name, text, by_name(f"parameter of {self.name}", name, defaults))
            for name, text in texts.items()
        }

    def caption(self, drawing: Drawing) -> str:
        """The caption of a drawing, with the figures measured."""
        return self.see.format(**drawing.measured)


def _read(name: str, text: str, default: Any) -> Any:
    several = isinstance(default, (tuple, list))
    kind = type(default[0] if several else default)
    least = (0 if name in FROM_ZERO else 1) if kind is int else -math.inf
    try:
        values = [kind(part) for part in (text.split(",") if several else [text])]
        if kind is int and min(values) < least:
            raise ValueError(f"below {least}")
    except ValueError:
        numbers = f"whole numbers of at least {least}" if kind is int else "numbers"
        wanted = f"{numbers}, separated by commas," if several else f"a {numbers.replace('numbers', 'number')}"
        raise ValueError(f"{name} must be {wanted}, not {text!r}.") from None
    return tuple(values) if several else values[0]


PICTURES: dict[str, Picture] = {}
"""Name → picture, of the modules imported so far; `schuss.lab.PICTURES` has all."""


def picture(*, row: str, claim: str, see: str) -> Callable[[Callable[P, Drawing]], Callable[P, Drawing]]:
    """Register a function as a picture, and draw it in the lab's style.

    Args:
        row, claim, see: as in `Picture`.

    >>> @picture(row="A7", claim="twice two is four", see="Look at the {answer}.")
    ... def sum_of_two(*, two: int = 2, small: bool = False) -> Drawing:
    ...     from schuss.lab.style import panels
    ...
    ...     figure, axes = panels(1, 1, small=small)
    ...     axes[0, 0].plot([two, two + two])
    ...     return Drawing(figure, {"answer": two + two})
    >>> drawing = sum_of_two(small=True)
    >>> PICTURES.pop("sum_of_two").caption(drawing)
    'Look at the 4.'

    Raises:
        ValueError: there is a picture of that name.
    """

    def register(function: Callable[P, Drawing]) -> Callable[P, Drawing]:
        @functools.wraps(function)
        def styled(*args: P.args, **kwargs: P.kwargs) -> Drawing:
            from schuss.lab.style import style

            with style():
                return function(*args, **kwargs)

        name = function.__name__
        if name in PICTURES and PICTURES[name].function.__module__ != function.__module__:
            raise ValueError(f"There are two pictures called {name!r}; give one of them another name.")
        PICTURES[name] = Picture(name, row, claim, styled, see)
        return styled

    return register
