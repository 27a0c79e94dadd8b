"""Whatever is public is documented, and whatever has a name can be found by it."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import schuss
from schuss import activations, cli, initializers, layers, losses, optimizers, schedules, search
from schuss.tables import BUILTIN

SOURCE = Path(schuss.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))


def undocumented(node: ast.AST, place: str) -> list[str]:
    """Public modules, classes, functions and methods without a docstring, from a node downwards."""
    found = [] if ast.get_docstring(node) else [place]
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not child.name.startswith("_"):
            overloaded = any(ast.unparse(decorator) == "overload" for decorator in child.decorator_list)
            nested = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            found += [] if overloaded or nested else undocumented(child, f"{place}.{child.name}")
    return found


def test_docstrings():
    missing = [
        place for path in FILES for place in undocumented(ast.parse(path.read_text()), str(path.relative_to(SOURCE)))
    ]
    assert missing == []


def test_public_names_are_there_and_documented():
    for name in schuss.__all__:
        assert inspect.getdoc(getattr(schuss, name)), name


def defined(module, kind) -> dict[str, object]:
    """Public classes or functions that a module itself defines."""
    return {
        name: thing
        for name, thing in inspect.getmembers(module, kind)
        if thing.__module__ == module.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize(
    ("module", "table", "helpers"),
    [
        (activations, activations.ACTIVATIONS, {"activation"}),
        (losses, losses.LOSSES, {"loss_function", "one_hot"}),
        (initializers, initializers.INITIALIZERS, {"initializer", "initializer_for"}),
    ],
)
def test_every_function_is_in_its_table(module, table, helpers):
    functions = defined(module, inspect.isfunction)
    assert {name: thing for name, thing in functions.items() if name not in helpers} == table


def test_every_optimizer_and_schedule_is_in_its_table():
    modules = [
        importlib.import_module(f"schuss.optimizers.{path.stem}") for path in (SOURCE / "optimizers").glob("*.py")
    ]
    classes = {thing for module in modules for thing in defined(module, inspect.isclass).values()}
    rules = {kind for kind in classes if issubclass(kind, optimizers.Optimizer) and kind is not optimizers.Optimizer}
    assert rules == set(optimizers.OPTIMIZERS.values())
    assert {kind.__name__.lower() for kind in rules} == set(optimizers.OPTIMIZERS)
    kinds = set(defined(schedules, inspect.isclass).values()) - {schedules.Schedule}
    assert kinds == set(schedules.SCHEDULES.values())


def test_every_layer_of_an_activation_gives_that_activation():
    for name, make in defined(layers, inspect.isfunction).items():
        assert make().function.replace("_", "") == name.lower()


@pytest.mark.parametrize(
    ("option", "table"),
    [
        ("optimizer", optimizers.OPTIMIZERS),
        ("schedule", schedules.SCHEDULES),
        ("activation", activations.ACTIVATIONS),
        ("loss", losses.LOSSES),
        ("data", BUILTIN),
    ],
)
def test_the_command_tells_every_name(option, table):
    """The names stand in the command as text, so that its help need not import what they name."""
    (told,) = inspect.get_annotations(cli.train)[option].__metadata__
    words = set(re.findall(r"\w+", told.help))
    assert words >= set(table)
    assert {word for word in words if "_" in word} <= set(table)


def test_the_default_space_has_a_range_for_every_optimizer():
    assert set(search.LEARNING_RATES) == set(optimizers.OPTIMIZERS)
