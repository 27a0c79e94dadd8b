"""Options that belong together, as one parameter of a command."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for every field of its parameters that are dataclasses.

    The command is written with a few parameters, such as ``table: TableOptions``; what the terminal offers are their
    fields, each with its own ``Annotated`` description and default, in the place of the parameter.

    >>> @dataclasses.dataclass
    ... class Size:
    ...     width: int = 1
    ...     height: int = 2
    >>> @spread
    ... def area(size: Size, unit: str = "m²") -> None:
    ...     print(size.width * size.height, unit)
    >>> area(width=3)
    6 m²
    >>> list(inspect.signature(area).parameters)
    ['width', 'height', 'unit']
    """
    own = inspect.signature(command, eval_str=True)
    groups: dict[str, Any] = {
        name: p.annotation for name, p in own.parameters.items() if dataclasses.is_dataclass(p.annotation)
    }
    parameters = [
        parameter
        for name, given in own.parameters.items()
        for parameter in (_fields(groups[name]) if name in groups else [given])
    ]

    def call(**given: Any) -> None:
        made = {
            name: kind(**{f.name: given.pop(f.name) for f in dataclasses.fields(kind) if f.name in given})
            for name, kind in groups.items()
        }
        command(**given, **made)

    # What a reader of signatures, such as the command's parser, is to see:
    call.__signature__ = own.replace(parameters=parameters)  # pyright: ignore[reportFunctionMemberAccess]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    call.__name__, call.__doc__, call.__module__ = command.__name__, command.__doc__, command.__module__
    return call


def _fields(kind: Any) -> list[inspect.Parameter]:
    """The fields of a dataclass as parameters, all of which have defaults."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(f.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=f.default, annotation=hints[f.name])
        for f in dataclasses.fields(kind)
    ]
