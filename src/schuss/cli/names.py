"""The names in the command's help: they are those of the tables in which optimizers, losses and the others are kept."""

from typing import Any

from typer.core import TyperCommand


class CommandWithNames(TyperCommand):
    """A command whose help has names filled in when it is shown: {optimizers}, {losses} and the others of `names`.

    The tables that hold the names are imported with JAX, for which everything else that the command does before it
    trains need not wait.
    """

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Fill in the names, then show the help."""
        known = names()
        for parameter in self.params:
            parameter.help = (parameter.help or "").format_map(known)  # pyright: ignore[reportAttributeAccessIssue]
        super().format_help(ctx, formatter)


def names() -> dict[str, str]:
    """What can be named for each choice, separated by commas."""
    from schuss.activations import ACTIVATIONS
    from schuss.losses import losses_for
    from schuss.optimizers import OPTIMIZERS
    from schuss.schedules import SCHEDULES

    any_classes, two_classes = losses_for("classification", 3), losses_for("classification", 2)
    found = {
        "optimizers": OPTIMIZERS,
        "schedules": SCHEDULES,
        "activations": ACTIVATIONS,
        "losses": any_classes,
        "losses_of_two": [name for name in two_classes if name not in any_classes],
        "losses_of_numbers": losses_for("regression"),
    }
    return {choice: ", ".join(table) for choice, table in found.items()}
