"""What a picture is: a function that draws, the row and the claim of the notes it shows, and what to see in it."""

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

P = ParamSpec("P")

Measured = Mapping[str, float | int | str | Sequence[Any]]
"""Name → figure measured while drawing; a dict."""


class Drawing(NamedTuple):
    """What a picture function returns.

    Attributes:
        figure: a matplotlib figure that pyplot does not know of; a notebook shows it.
        measured: what was measured on the steps that are drawn.
    """

    figure: "Figure"
    measured: Measured

    def save(self, path: Path) -> None:
        """Write the figure, in the format of the path's ending, with the style's fonts."""
        from schuss.lab.style import style

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
        see: three sentences; ``{name}`` stands for what was measured under that name.
    """

    name: str
    row: str
    claim: str
    function: Callable[..., Drawing]
    see: str

    def draw(self, **parameters: Any) -> Drawing:
        """Draw with other parameters than the defaults."""
        return self.function(**parameters)

    def caption(self, drawing: Drawing) -> str:
        """What to see in a drawing, with the figures measured."""
        return self.see.format(**drawing.measured)


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
            raise ValueError(f"pictures must differ in their names, however: there are two {name!r}")
        PICTURES[name] = Picture(name, row, claim, styled, see)
        return styled

    return register
