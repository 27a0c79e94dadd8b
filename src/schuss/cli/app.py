"""The command's frame: its name, its exit status, and errors told in a line."""

import signal
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import Annotated, Any

import typer

INTERRUPTED = 128 + signal.SIGINT
"""Exit status after Ctrl-C."""

app = typer.Typer(
    name="schuss",
    help="Train populations of multi-layer perceptrons by gradient descent, choose and blend the best, and predict.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    """Train populations of multi-layer perceptrons by gradient descent, choose and blend the best, and predict."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit: what a user can mend is said in a line, without a traceback."""
    terminated: list[int] = []

    def terminate(number: int, _frame: Any) -> None:
        terminated.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a letter that a terminal's encoding lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(args=arguments, prog_name="schuss", standalone_mode=False) or 0
    except typer.TyperException as error:
        error.show()  # pyright: ignore[reportAttributeAccessIssue]  all that are raised have it
        status = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except ValueError as error:  # InputError is one; the library's own errors say the same things
        typer.echo(f"schuss: {_printable(str(error))}", err=True)
        status = 2
    except MemoryError as error:
        typer.echo(f"schuss: not enough memory: {error}", err=True)
        status = 1
    except OSError as error:
        typer.echo(f"schuss: {error}", err=True)
        status = 1
    sys.exit(128 + terminated[0] if terminated and status == INTERRUPTED else status)


def say(notes: Iterable[str]) -> None:
    """Print notes beside the result."""
    for note in notes:
        typer.echo(f"Note: {_printable(note)}", err=True)


def _printable(text: str) -> str:
    """A message in which names from files cannot move or colour a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)
