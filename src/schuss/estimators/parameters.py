"""Parameters within parameters, as scikit-learn's searches name them: ``optimizer__learning_rate``."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Self

from sklearn.base import BaseEstimator

from schuss.optimizers import OPTIMIZERS
from schuss.schedules import SCHEDULES
from schuss.space import Space

MEANT: Mapping[str, Mapping[Any, type[Any]]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "space": {None: Space}}
"""Parameter → what stands for an object → its class."""


class NestedParameters(BaseEstimator):
    """An estimator whose parameters may be dataclasses, the fields of which are parameters, too.

    A name stands for its object: setting ``optimizer__learning_rate`` makes an `Adam` of ``"adam"``. Dataclasses are
    frozen, so that setting a field puts a changed copy in their place.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Name → value of every parameter; with ``deep`` the fields of those that are dataclasses as well."""
        found = super().get_params(deep=False)
        return found | {key: value for name in found for key, value in _fields(name, found[name])} if deep else found

    def set_params(self, **params: Any) -> Self:
        """Set parameters, and fields of those that are dataclasses.

        Raises:
            ValueError: there is no parameter or field of this name.
        """
        super().set_params(**{key: value for key, value in params.items() if "__" not in key})
        for key, value in params.items():
            name, nested, field = key.partition("__")
            if nested:
                if key not in self.get_params():
                    names = [
                        name for name in self.get_params() if name.startswith(f"{name}__")
                    ] or self._get_param_names()
                    raise ValueError(f"Invalid parameter {key!r} for estimator {self}. Valid parameters are: {names}.")
                setattr(self, name, _replaced(_meant(name, getattr(self, name)), field, value))
        return self


def _meant(name: str, value: Any) -> Any:
    """The object that a parameter's value stands for."""
    table = MEANT.get(name, {})
    return table[value]() if isinstance(value, str | None) and value in table else value


def _fields(name: str, value: Any) -> list[tuple[str, Any]]:
    """(name__field, value) of every field of a dataclass, and of the dataclasses in its fields."""
    thing = _meant(name, value)
    if not dataclasses.is_dataclass(thing) or isinstance(thing, type):
        return []
    own = [(f"{name}__{field.name}", getattr(thing, field.name)) for field in dataclasses.fields(thing)]
    return own + [item for key, value in own for item in _fields(key, value)]


def _replaced(thing: Any, field: str, value: Any) -> Any:
    """A copy of a dataclass with another value in a field, or in a field of a field."""
    outer, nested, inner = field.partition("__")
    return dataclasses.replace(thing, **{outer: _replaced(getattr(thing, outer), inner, value) if nested else value})
