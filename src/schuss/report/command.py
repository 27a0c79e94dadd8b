"""The command that gives a run, or one with other settings."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from schuss.runs import Settings
from schuss.selection.plan import Plan
from schuss.tables import BUILTIN

CHOICES = (
    "optimizer",
    "learning_rate",
    "schedule",
    "batch_size",
    "hidden_layer_sizes",
    "activation",
    "dropout",
    "l2",
    "frequencies",
    "frequency_scale",
    "bins",
    "embedding_speed",
    "scaling_speed",
    "loss",
    "label_smoothing",
    "clip_norm",
    "averaging",
)
"""Fields of the space."""

ROLES = ("id", "exclude", "category", "number", "weight", "group", "time")
"""Columns with a part of their own."""

DEFAULTS = vars(Plan())
"""Settings that are not said when they are so; others are said unless they are None."""

OF_TABLE = ("task", "table", "encoding", "numeric")
"""Settings of how the table is read; ``schuss inspect`` has them, too."""

STATISTICS = " --category-statistics"
"""An option of both that takes no value."""

OF_TRAINING = (
    "budget",
    "quality",
    "class_weight",
    "metric",
    "validation",
    "folds",
    "test",
    "members",
    "seeds",
    "epochs",
    "patience",
    "random_state",
    "devices",
)
"""Settings of what is done with it."""


OPTIONS = {"time": "time_column"}
"""Roles whose option has another name."""


def command(settings: Settings, **changes: Any) -> str:
    """``schuss train`` with the settings of a run, such as ``schuss train digits --optimizer adam,sgd --seeds 3``.

    Args:
        settings: of a run.
        changes: other values, None to leave a setting out; those of the space by their own names.
    """
    own: dict[str, Any] = {**_flat(settings), **changes}
    named = {name: _values(own[name]) for name in CHOICES if own[name]}
    line = _joined("train", settings, {**_said(own, OF_TABLE), **named, **_said(own, OF_TRAINING)})
    line += STATISTICS if own["category_statistics"] else ""
    line = line if own["refit"] else f"{line} --no-refit"
    line += " --distil" if own["distil"] else ""
    return line if own["halving"] is None else f"{line} --{'' if own['halving'] else 'no-'}halving"


def inspect_command(settings: Settings) -> str:
    """``schuss inspect`` for the table of a run, such as ``schuss inspect 'a b.csv' --target y --exclude p``."""
    line = _joined("inspect", settings, _said(_flat(settings), OF_TABLE))
    return line + (STATISTICS if settings.plan.category_statistics else "")


def is_grid(settings: Settings) -> bool:
    """Whether the members are all combinations of lists, not drawn."""
    return settings.plan.members is None and settings.plan.space.has_list()


def _flat(settings: Settings) -> dict[str, Any]:
    """All settings by their names: of the table, of the plan and of its space."""
    return {**vars(settings.spec), **vars(settings.plan), **vars(settings.plan.space)}


def _joined(verb: str, settings: Settings, options: Mapping[str, str]) -> str:
    words = ["schuss", verb, settings.spec.data]
    if settings.spec.data not in BUILTIN:
        words += ["--target", settings.target]
    named = [(OPTIONS.get(role, role), name) for role in ROLES for name in _names(getattr(settings.spec.roles, role))]
    missing = [("missing", word) for word in settings.spec.missing]
    for name, value in [*named, *missing, *options.items()]:
        words += [f"--{name.replace('_', '-')}", value]
    return shlex.join(words)


def _names(given: str | Sequence[str] | None) -> Sequence[str]:
    """The columns of a role: each has an option of its own, since a name may have a comma in it."""
    return () if given is None else (given,) if isinstance(given, str) else given


def _said(settings: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """The settings that are not as they would be anyway."""
    return {name: _value(settings[name]) for name in names if settings[name] not in (None, DEFAULTS.get(name))}


def _values(values: Sequence[Any]) -> str:
    """A list as the command takes it: layers are separated by semicolons."""
    if any(isinstance(value, (list, tuple)) for value in values):
        return ";".join(",".join(map(str, widths)) or "none" for widths in values)
    return ",".join(map(_value, values))


def _value(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
