"""A user's mistake, told so that the user can mend it."""

from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import normalize


class InputError(ValueError):
    """What a user gave is not what is needed; the command prints it and exits 2.

    Args:
        where: file, line (or row) and column, as far as there are any; see `schuss.tables.source.place`.
        problem: what is there instead of what is needed: whole sentences.
        remedy: what to do about it: whole sentences.

    >>> print(InputError("train.csv, line 3, column 'age'", "'old' is not a number.", "Correct the cell."))
    train.csv, line 3, column 'age': 'old' is not a number. Correct the cell.
    """

    def __init__(self, where: str, problem: str, remedy: str):
        super().__init__(where, problem, remedy)
        self.where, self.problem, self.remedy = where, problem, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.problem} {self.remedy}"


def show(value: object, width: int = 60) -> str:
    """A value as Python writes it, control characters escaped, cut to ``width`` characters.

    >>> print(show("tab\\t" + 100 * "x", 20))
    'tab\\txxxxxxxxxxxxx…
    """
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def show_all(values: Iterable[object], most: int = 10) -> str:
    """The first ``most`` values, and how many more there are.

    >>> print(show_all(range(7), 3))
    0, 1, 2 and 4 more
    """
    shown = [show(value) for value in values]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


def near(name: str, names: Iterable[str], otherwise: str) -> str:
    """The remedy for a name that is not there: "Did you mean …?" or, where none is `alike`, ``otherwise``.

    >>> print(near("prise", ["price", "size"], "Name another column."))
    Did you mean 'price'?
    """
    found = alike(name, names)
    return f"Did you mean {' or '.join(map(show, found))}?" if found else otherwise


def alike(name: str, names: Iterable[str]) -> list[str]:
    """The names that are like this one, the likest first.

    Case does not matter, nor whether Hangul is in syllables or, as on a Mac, in letters.

    >>> alike("Prise", ["price", "size"])
    ['price']
    """
    known = {normalize("NFC", other).casefold(): other for other in names}
    return [known[key] for key in get_close_matches(normalize("NFC", name).casefold(), known)]
