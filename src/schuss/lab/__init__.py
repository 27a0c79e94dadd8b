"""Every picture of the notes, drawn from real steps of the engine, and fair races between optimizers.

In come a picture's parameters, as in ``schuss.lab.momentum(beta=0.9)``, or what to race on (`schuss.lab.race`); all
pictures are in `PICTURES`, by name. Out comes a `Drawing`: a matplotlib figure, and the figures measured while drawing.

>>> from schuss import lab
>>> lab.PICTURES["momentum"].row
'A7'
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """``PICTURES``, or the picture of that name; the modules that draw are imported now."""
    if name.startswith("_"):  # what Python itself asks a package for
        raise AttributeError(f"module 'schuss.lab' has no attribute {name!r}")
    from schuss.lab.pictures import load

    pictures = load()
    if name == "PICTURES":
        return pictures
    if name not in pictures:
        raise AttributeError(f"module 'schuss.lab' has no picture {name!r}; it has: {', '.join(pictures)}")
    return pictures[name].function


def __dir__() -> list[str]:
    """The pictures by name, and the modules that are imported."""
    return sorted({*globals(), "PICTURES", *__getattr__("PICTURES")})
