"""The notes' code examples: what PyTorch gives, schuss gives, and the note printed (B10)."""

from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from examples import notes
from examples.notes import EXAMPLES, __main__, training_loop

PRINTED = tuple(name for name in EXAMPLES if hasattr(import_module(f"examples.notes.{name}"), "NOTE"))

SINGLE, LOOP = 1e-6, 1e-5
"""How far float32 may be off in one expression and in a loop of steps, relative to the largest number."""

TOLERANCES = {"mini_batches": LOOP, "averaged_momentum": LOOP, "rmsprop": LOOP, "adam": LOOP, "training_loop": LOOP}


@cache
def results(name):
    example = import_module(f"examples.notes.{name}")
    return {way: getattr(example, way)(**example.inputs()) for way in ("with_pytorch", "with_schuss")}


def assert_same(found, expected, tolerance):
    if isinstance(expected, (str, tuple)):
        assert found == expected
        return
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("name", EXAMPLES)
def test_schuss_gives_what_pytorch_gives(name):
    theirs, ours = results(name).values()
    assert theirs.keys() == ours.keys()
    for key, expected in theirs.items():
        assert_same(ours[key], expected, TOLERANCES.get(name, SINGLE))


@pytest.mark.parametrize("way", ["with_pytorch", "with_schuss"])
@pytest.mark.parametrize("name", PRINTED)
def test_both_give_what_the_note_printed(name, way):
    """To the four decimals that the note has of its inputs and outputs."""
    for key, printed in import_module(f"examples.notes.{name}").NOTE.items():
        assert_same(results(name)[way][key], printed, 1.5e-4)


def test_the_notes_outputs_are_there_wherever_they_can_be_had_again():
    assert (
        *("tensor", "flatten", "relu", "softmax", "mse", "cross_entropy"),
        *("backpropagation", "sgd", "momentum", "adamw"),
    ) == PRINTED


def test_every_module_is_an_example():
    modules = {path.stem for path in Path(notes.__path__[0]).glob("*.py")}
    assert modules - {"__init__", "__main__", "weights"} == set(EXAMPLES)


def test_softmax_is_that_of_the_text_and_not_of_the_formula():
    output, x = results("softmax")["with_schuss"]["output"], import_module("examples.notes.softmax").inputs()["x"]
    assert float(output.sum()) == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(np.argsort(output), np.argsort(x))


def test_rmsprop_levels_large_and_small_gradients():
    moved = np.abs(np.asarray(results("rmsprop")["with_schuss"]["W"]) - 1)
    assert moved.max() < 20 * moved.min()  # the gradients differ by a factor of a thousand


@pytest.mark.slow
def test_the_training_loop_and_train_are_one_and_learn():
    given = training_loop.inputs()
    loop, engine = results("training_loop")["with_pytorch"], training_loop.with_train(**given)
    for key, expected in loop.items():
        assert_same(engine[key], expected, LOOP)
    losses = loop["current_loss of each epoch"]
    assert losses[-1] < losses[0] / 2
    assert np.mean(loop["prediction"] == np.repeat([0, 1, 2], 10)) > 0.8


def test_all_are_shown_side_by_side(capsys):
    __main__.main()
    printed = capsys.readouterr().out
    figures = sum(len(results(name)["with_schuss"]) for name in EXAMPLES)
    assert (printed.count("    PyTorch "), printed.count("    schuss  ")) == (figures, figures)
