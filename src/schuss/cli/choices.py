"""The command's options that take one value or a list of them: what members are drawn from, or all combinations of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from schuss.space import Space

CHOICES = "Choices"
"""Heading of the options that take one value or a list of them."""


def choice(metavar: str, values: str, default: str = "drawn") -> Any:
    """An option that takes one value or a list of them."""
    return typer.Option(metavar=metavar, help=values, show_default=default, rich_help_panel=CHOICES)


@dataclass
class SpaceOptions:
    """Values to choose from: one, or several separated by commas.

    The names in braces are filled in when the help is shown: see `schuss.cli.names`.
    """

    optimizer: Annotated[str | None, choice("NAMES", "{optimizers}.")] = None
    learning_rate: Annotated[str | None, choice("NUMBERS", "Above 0, such as 0.001,0.01.")] = None
    schedule: Annotated[str | None, choice("NAMES", "{schedules}.")] = None
    batch_size: Annotated[str | None, choice("SIZES", "Rows of a mini-batch, or auto.", "auto")] = None
    hidden_layer_sizes: Annotated[
        str | None, choice("WIDTHS", "Choices separated by semicolons: '64,64;128;none' are three.")
    ] = None
    activation: Annotated[str | None, choice("NAMES", "{activations}.")] = None
    dropout: Annotated[str | None, choice("NUMBERS", "From 0 to below 1.")] = None
    l2: Annotated[str | None, choice("NUMBERS", "λ of the L2 term of the cost, 0 or more.")] = None
    frequencies: Annotated[str | None, choice("COUNTS", "Waves of every number beside itself; 0: none.")] = None
    frequency_scale: Annotated[str | None, choice("NUMBERS", "Scale of their first frequencies, above 0.")] = None
    bins: Annotated[str | None, choice("COUNTS", "Ramps of every number beside itself; 0: none.")] = None
    embedding_speed: Annotated[
        str | None, choice("NUMBERS", "How many times as fast waves and ramps learn, above 0.")
    ] = None
    scaling_speed: Annotated[
        str | None, choice("NUMBERS", "How many times as fast a factor of every input learns; 0: no factors.")
    ] = None
    loss: Annotated[
        str | None,
        choice(
            "NAMES", "{losses}; for two classes also {losses_of_two}; for numbers {losses_of_numbers}.", "by the task"
        ),
    ] = None
    label_smoothing: Annotated[
        str | None, choice("NUMBERS", "Share of each label that is spread over all classes, from 0 to below 1.", "0")
    ] = None
    clip_norm: Annotated[str | None, choice("NUMBERS", "Longest gradient; a longer one is shortened.", "0: any")] = None
    averaging: Annotated[
        str | None, choice("NUMBERS", "β of the average of the weights over the steps that stands for them.", "0")
    ] = None

    def space(self) -> "Space":
        """The values, read."""
        from schuss.space import Space

        return Space(
            optimizer=texts(self.optimizer),
            learning_rate=numbers("--learning-rate", self.learning_rate),
            schedule=texts(self.schedule),
            batch_size=sizes("--batch-size", self.batch_size),
            hidden_layer_sizes=layers(self.hidden_layer_sizes),
            activation=texts(self.activation),
            dropout=numbers("--dropout", self.dropout),
            l2=numbers("--l2", self.l2),
            frequencies=counts("--frequencies", self.frequencies),
            frequency_scale=numbers("--frequency-scale", self.frequency_scale),
            bins=counts("--bins", self.bins),
            embedding_speed=numbers("--embedding-speed", self.embedding_speed),
            scaling_speed=numbers("--scaling-speed", self.scaling_speed),
            loss=texts(self.loss),
            label_smoothing=numbers("--label-smoothing", self.label_smoothing),
            clip_norm=numbers("--clip-norm", self.clip_norm),
            averaging=numbers("--averaging", self.averaging),
        )


def texts(given: str | None) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in given.split(",")) if given is not None else ()


def numbers(option: str, given: str | None) -> tuple[float, ...]:
    """Numbers between commas."""
    return tuple(_parsed(option, part, float, "numbers such as 0.001,0.01") for part in texts(given))


def counts(option: str, given: str | None) -> tuple[int, ...]:
    """Whole numbers between commas."""
    return tuple(_parsed(option, part, int, "whole numbers such as 0,8") for part in texts(given))


def sizes(option: str, given: str | None) -> tuple[int | str, ...]:
    """Sizes of mini-batches between commas; "auto" is one."""
    wanted = "whole numbers or auto, such as 64,256"
    return tuple(part if part == "auto" else _parsed(option, part, int, wanted) for part in texts(given))


def layers(given: str | None) -> tuple[tuple[int, ...], ...]:
    """Widths of hidden layers: commas between widths, semicolons between choices."""
    if given is None:
        return ()
    wanted = "widths such as 64,64;128, or none"
    return tuple(
        tuple(_parsed("--hidden-layer-sizes", w, int, wanted) for w in texts(part)) if part.strip() != "none" else ()
        for part in given.split(";")
    )


def _parsed(option: str, text: str, kind: Callable[[str], Any], wanted: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise typer.BadParameter(f"must be {wanted}, not {text!r}.", param_hint=option) from None
