"""Whatever is public is documented, and whatever has a name can be found by it."""

import ast
import importlib
import inspect
import re
import shlex
import textwrap
from pathlib import Path

import pytest
from typer.main import get_command

import schuss
from examples import by_hand, estimators, population, titanic_style
from schuss import activations, cli, initializers, lab, layers, losses, optimizers, schedules
from schuss.tables import BUILTIN

SOURCE = Path(schuss.__file__).parent
ROOT = Path(__file__).parents[1]
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


def test_the_package_offers_its_public_names_and_no_others():
    assert {"Member", "lab", "load", "train"} <= set(dir(schuss))
    assert dir(schuss) == sorted(schuss.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        schuss.trian  # noqa: B018


def test_what_type_checkers_import_is_what_users_find():
    checked = next(node for node in ast.parse((SOURCE / "__init__.py").read_text()).body if isinstance(node, ast.If))
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]
    assert sorted(name.name for node in imports for name in node.names) == dir(schuss)
    for node in imports:
        for name in node.names:
            assert getattr(importlib.import_module(node.module), name.name) is getattr(schuss, name.name)


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
        (losses, losses.LOSSES, {"fits", "loss_function", "losses_for", "one_hot", "smooths_labels"}),
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
    found = [schedules] + [
        importlib.import_module(f"schuss.schedules.{path.stem}") for path in (SOURCE / "schedules").glob("[a-z]*.py")
    ]
    kinds = {thing for module in found for thing in defined(module, inspect.isclass).values()} - {schedules.Schedule}
    assert kinds == set(schedules.SCHEDULES.values())


def test_every_layer_of_an_activation_gives_that_activation():
    made = defined(layers.base, inspect.isfunction)
    assert {"ReLU", "GELU", "Softmax"} < set(made) < set(dir(layers))
    for name, make in made.items():
        assert make().function.replace("_", "") == name.lower()


def test_the_help_tells_every_name(schuss):
    words = set(re.findall(r"\w+", schuss("train", "--help").out))
    tables = optimizers.OPTIMIZERS, schedules.SCHEDULES, activations.ACTIVATIONS, losses.LOSSES, BUILTIN
    for table in tables:
        assert words >= set(table)


def blocks(language: str) -> list[str]:
    """Code blocks of a language in the README; those of none for ""."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return [block for named, block in found if named == language]


def test_the_readmes_python_runs(capsys):
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert "learning_rate" in capsys.readouterr().out


def test_the_readmes_update_rule_is_adams():
    shown = next(node for node in ast.parse(blocks("python")[-1]).body if isinstance(node, ast.FunctionDef))
    own = ast.parse(textwrap.dedent(inspect.getsource(optimizers.Adam.rule))).body[0]
    assert isinstance(own, ast.FunctionDef)
    assert [ast.unparse(line) for line in shown.body] == [ast.unparse(line) for line in own.body[1:]]


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_shown_have_the_options_shown(page):
    """Options, and the lab's pictures, in every command of a page's blocks."""
    verbs = get_command(cli.app).commands
    fenced = re.findall(r"^```(?:sh|text)\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    for line in re.findall(r"^(?:\$ )?schuss (.*)$", "\n".join(fenced).replace("\\\n", " "), re.MULTILINE):
        verb, *words = shlex.split(line, comments=True)
        known = {name for option in verbs[verb].params for name in [*option.opts, *option.secondary_opts]}
        assert {word for word in words if word.startswith("-")} <= known, line
        if verb == "lab" and words and not words[0].startswith("-"):
            assert words[0] in {"all", "race", *lab.PICTURES}, line


def test_the_readmes_tree_names_every_module():
    (tree,) = blocks("")
    for path in SOURCE.iterdir():
        if path.suffix == ".py" and not path.name.startswith("__"):
            assert path.stem in tree.split()
        elif (path / "__init__.py").exists():
            assert f"{path.name}/" in tree


@pytest.mark.parametrize("row", [f"A{n}" for n in range(1, 14)] + [f"B{n}" for n in range(1, 11)])
def test_the_notes_table_names_tests_that_are_there(row):
    line = re.search(rf"^\| {row} \|.*$", (ROOT / "docs/notes.md").read_text(), re.MULTILINE)
    assert line, f"docs/notes.md must have row {row}"
    for name in re.findall(r"[\w/]*test_\w+\.py", line[0]):
        assert (ROOT / "tests" / name).exists(), name
    for name in re.findall(r"examples/\w+\.py", line[0]):
        assert (ROOT / name).exists(), name


def test_the_loop_by_hand_learns():
    assert by_hand.main() > 0.95


def test_the_population_example_ranks_every_optimizer():
    assert sorted(population.main(epochs=2)) == ["AdaGrad", "Adam", "AdamW", "Momentum", "RMSProp", "SGD"]


def test_the_passengers_example_submits_predictions(tmp_path, capsys):
    right = titanic_style.main(tmp_path, members=16)
    sample, submission = ((tmp_path / f"{name}.csv").read_text() for name in ("sample_submission", "submission"))
    assert [line.split(",")[0] for line in submission.split()] == [line.split(",")[0] for line in sample.split()]
    assert right > 0.7
    assert "identifier" in capsys.readouterr().out


def test_the_estimators_example():
    assert estimators.a_frame() > 0.9
    assert estimators.a_grid() == 0.01
    assert estimators.a_pipeline() > 0.2
