"""Find a thing by its name, or say which names there are."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Any])


def by_name(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return ``table[name]``.

    Args:
        kind: what is looked for, for the message: "activation", "optimizer".
        name: the name asked for.
        table: name → thing.

    Raises:
        ValueError: the name is not in the table; the message lists the names, and says which is nearest.

    >>> by_name("optimizer", "adma", {"adam": 1, "sgd": 2})
    Traceback (most recent call last):
        ...
    ValueError: There is no optimizer 'adma'. Did you mean 'adam'? Choose one of: adam, sgd.
    """
    if name in table:
        return table[name]
    near = get_close_matches(name, table, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ValueError(f"There is no {kind} '{name}'.{hint} Choose one of: {', '.join(table)}.")


def function_by_name(kind: str, given: str | Function, table: Mapping[str, Function], signature: str) -> Function:
    """The function of that name; a function of one's own passes through.

    Args:
        kind: what is looked for, for the message.
        given: a name, or something to call.
        table: name → function.
        signature: what such a function takes and gives, for the message.

    Raises:
        ValueError: no function has that name.
        TypeError: neither a name nor a function.
    """
    if isinstance(given, str):
        return by_name(kind, given, table)
    if callable(given):
        return given
    raise TypeError(f"{kind} must be a name or a function {signature}, not {given!r}.")


def name_of(thing: Any, table: Mapping[str, Any]) -> str:
    """The name of a thing: as it stands in the table, itself or by its class, else its own.

    A thing of the user's own may have a name that stands in the table for another thing. It is called "own …", so that
    nobody takes it for that one.

    >>> name_of(3.5, {"real": float}), name_of(len, {}), name_of("adam", {}), name_of(len, {"len": max})
    ('real', 'len', 'adam', 'own len')
    """
    if isinstance(thing, str):
        return thing
    listed = (name for name, entry in table.items() if entry is thing or entry is type(thing))
    own = getattr(thing, "__name__", type(thing).__name__)
    return next(listed, f"own {own}" if own in table else own)
