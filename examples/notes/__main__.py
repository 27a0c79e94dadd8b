"""Show every example: what PyTorch gives and what schuss gives."""

from importlib import import_module
from textwrap import indent

from examples.notes import EXAMPLES


def main() -> None:
    for name in EXAMPLES:
        example = import_module(f"examples.notes.{name}")
        given = example.inputs()
        theirs, ours = example.with_pytorch(**given), example.with_schuss(**given)
        print(f"\n{name}: {example.__doc__.splitlines()[0]}")
        for key in theirs:
            print(f"  {key}")
            for who, figures in (("PyTorch", theirs), ("schuss ", ours)):
                print(indent(f"{who} {figures[key]}", "    "))


if __name__ == "__main__":
    main()
