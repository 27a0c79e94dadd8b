"""A user's mistake, told so that the user can mend it."""

from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import normalize


class InputError(ValueError):
    """What a user gave is not what is needed; the command prints it and exits 2.

    Args:
        where: file, line (or row) and column, as far as there are any; see `schuss.tables.source.place`.
        expected: what must hold, starting with "must".
        found: what there is instead.
        remedy: what to do.

    >>> print(InputError("data.csv, line 3, column 'age'", "must be a number", "'old'", "correct the cell"))
    data.csv, line 3, column 'age': must be a number, however: 'old'; correct the cell
    """

    def __init__(self, where: str, expected: str, found: str, remedy: str):
        super().__init__(where, expected, found, remedy)
        self.where, self.expected, self.found, self.remedy = where, expected, found, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.expected}, however: {self.found}; {self.remedy}"


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
    """The remedy for a name that is not there: "did you mean …?" or, with nothing alike, ``otherwise``.

    Names are alike whatever the case, and whether their Hangul is in syllables or, as on a Mac, in letters.

    >>> print(near("prise", ["price", "size"], "name another column"))
    did you mean 'price'?
    """
    alike = {normalize("NFC", other).casefold(): other for other in names}
    found = [alike[key] for key in get_close_matches(normalize("NFC", name).casefold(), alike)]
    return f"did you mean {' or '.join(map(show, found))}?" if found else otherwise
