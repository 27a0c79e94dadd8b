"""The command ``schuss``: results on stdout, progress on stderr.

Exit status: 0 done, 1 failed, 2 wrong use or bad input, 130 Ctrl-C, 143 SIGTERM.
"""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

INTERRUPTED = 128 + signal.SIGINT
"""Exit status after Ctrl-C."""

app = typer.Typer(
    name="schuss",
    help="Train populations of multi-layer perceptrons by gradient descent, compare them, and predict with the best.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class TaskName(StrEnum):
    """What to predict: classes or numbers."""

    classification = "classification"
    regression = "regression"


def choice(metavar: str, values: str, default: str = "drawn") -> Any:
    """An option that takes one value or a list of them."""
    return typer.Option(metavar=metavar, help=values, show_default=default, rich_help_panel="Choices")


def print_version(wanted: bool) -> None:
    """Print the version and stop, if that is what is wanted."""
    if wanted:
        from importlib.metadata import version

        typer.echo(version("schuss"))
        raise typer.Exit


@app.callback()
def schuss(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Train populations of multi-layer perceptrons by gradient descent, compare them, and predict with the best."""


@app.command()
def train(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A .csv, .tsv, .parquet or .npz file, or a built-in table: "
            "digits, breast_cancer, wine, iris, diabetes, xor, spirals.",
        ),
    ],
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="What to predict; a file needs it.")] = None,
    task: Annotated[
        TaskName | None,
        typer.Option(metavar="TASK", help="classification or regression.", show_default="by the target"),
    ] = None,
    optimizer: Annotated[
        str | None,
        choice("NAMES", "sgd, momentum, adagrad, rmsprop, adadelta, adam, adamw, nadam, amsgrad, lion."),
    ] = None,
    learning_rate: Annotated[str | None, choice("NUMBERS", "Above 0, such as 0.001,0.01.")] = None,
    schedule: Annotated[
        str | None,
        choice(
            "NAMES",
            "constant, inverse_time, exponential, over_epoch, over_root_step, staircase, cosine, warm_up, one_cycle.",
        ),
    ] = None,
    batch_size: Annotated[str | None, choice("SIZES", "Rows of a mini-batch, or auto.", "auto")] = None,
    hidden_layer_sizes: Annotated[
        str | None, choice("WIDTHS", "Choices separated by semicolons: '64,64;128;none' are three.")
    ] = None,
    activation: Annotated[
        str | None,
        choice(
            "NAMES",
            "identity, sigmoid, tanh, relu, leaky_relu, elu, gelu, gelu_tanh, silu, softplus, softmax.",
        ),
    ] = None,
    dropout: Annotated[str | None, choice("NUMBERS", "From 0 to below 1.")] = None,
    l2: Annotated[str | None, choice("NUMBERS", "λ of the L2 term of the cost, 0 or more.")] = None,
    loss: Annotated[
        str | None,
        choice(
            "NAMES",
            "cross_entropy; for two classes also binary_cross_entropy; for numbers mean_squared_error, "
            "mean_absolute_error, huber.",
            "by the task",
        ),
    ] = None,
    members: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Networks to draw.", show_default="64, or every combination"),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Seeds that each configuration is trained with.")] = 1,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Passes through the rows.", show_default="by their number")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Epochs without progress that end a member.", show_default="a fifth of the epochs"
        ),
    ] = None,
    random_state: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="Seed of split, draw and members.")
    ] = 0,
    devices: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Members at a time.", show_default="cores + 1")
    ] = None,
    runs: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to keep the run.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Train a population on a table and keep the run.

    With no choices 64 members are drawn from a documented space. A single value
    replaces what would be drawn. Lists, separated by commas, give one member for
    every combination, and what is left out then takes its plain default; with
    --members as many as that are drawn instead.
    """
    from schuss.experiment import Settings, run
    from schuss.search import Space
    from schuss.show import Bar, as_record, print_result

    space = Space(
        optimizer=_texts(optimizer),
        learning_rate=_numbers("--learning-rate", learning_rate),
        schedule=_texts(schedule),
        batch_size=_sizes("--batch-size", batch_size),
        hidden_layer_sizes=_layers(hidden_layer_sizes),
        activation=_texts(activation),
        dropout=_numbers("--dropout", dropout),
        l2=_numbers("--l2", l2),
        loss=_texts(loss),
    )
    settings = Settings(
        data=data,
        target=target,
        task=task.value if task else None,
        space=space,
        members=members,
        seeds=seeds,
        epochs=epochs,
        patience=patience,
        random_state=random_state,
        devices=devices,
    )
    with Bar(sys.stderr) as bar:
        result = run(settings, bar.update, runs)
    if as_json:
        typer.echo(json.dumps(as_record(result), indent=1, allow_nan=False))
    else:
        print_result(result)
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)


@app.command()
def predict(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run folder, or latest for the newest one in runs/.")],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Table with the columns of training; the target may be missing.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="CSV file to write; one that is there is replaced.")
    ] = Path("predictions.csv"),
) -> None:
    """Predict every row of a table with a run's best member.

    The file has a column "prediction" and, for classes, the probability of each.
    """
    from schuss.prediction import predict_table

    written = predict_table(run, data, output)
    typer.echo(f"{written.rows:,} predictions of {written.target} by the best member of {written.run} in {output}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit: what a user can mend is said in a line, without a traceback."""
    terminated: list[int] = []

    def terminate(number: int, _frame: Any) -> None:
        terminated.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminate)
    try:
        status = app(args=arguments, prog_name="schuss", standalone_mode=False) or 0
    except typer.TyperException as error:
        error.show()  # pyright: ignore[reportAttributeAccessIssue]  all that are raised have it
        status = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except ValueError as error:  # InputError is one; the library's own errors say the same things
        typer.echo(f"schuss: {error}", err=True)
        status = 2
    except OSError as error:
        typer.echo(f"schuss: {error}", err=True)
        status = 1
    sys.exit(128 + terminated[0] if terminated and status == INTERRUPTED else status)


def _texts(given: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",")) if given is not None else ()


def _numbers(option: str, given: str | None) -> tuple[float, ...]:
    return tuple(_parsed(option, part, float, "numbers such as 0.001,0.01") for part in _texts(given))


def _sizes(option: str, given: str | None) -> tuple[int | str, ...]:
    wanted = "whole numbers or auto, such as 64,256"
    return tuple(part if part == "auto" else _parsed(option, part, int, wanted) for part in _texts(given))


def _layers(given: str | None) -> tuple[tuple[int, ...], ...]:
    if given is None:
        return ()
    wanted = "widths such as 64,64;128, or none"
    return tuple(
        tuple(_parsed("--hidden-layer-sizes", w, int, wanted) for w in _texts(part)) if part.strip() != "none" else ()
        for part in given.split(";")
    )


def _parsed(option: str, text: str, kind: Callable[[str], Any], wanted: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise typer.BadParameter(f"must be {wanted}, however: {text!r}", param_hint=option) from None
