"""Find a thing by its name, or say which names there are."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")


def by_name(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return ``table[name]``.

    Args:
        kind: what is looked for, for the message: "activation", "optimizer".
        name: the name asked for.
        table: name → thing.

    Raises:
        ValueError: the name is not in the table; the message lists the names and the nearest one.

    >>> by_name("optimizer", "adma", {"adam": 1, "sgd": 2})
    Traceback (most recent call last):
        ...
    ValueError: unknown optimizer 'adma'; did you mean 'adam'? expected one of: adam, sgd
    """
    if name in table:
        return table[name]
    near = get_close_matches(name, table, n=1)
    hint = f" did you mean '{near[0]}'?" if near else ""
    raise ValueError(f"unknown {kind} '{name}';{hint} expected one of: {', '.join(table)}")
