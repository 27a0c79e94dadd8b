"""Pictures of perceptrons and of the hidden layer: what they claim (notes B1, B2)."""

from functools import cache

import numpy as np
import pytest
from scipy.optimize import linprog

from schuss import lab
from schuss.lab.pictures.perceptrons import GATES, INPUTS, best_of, fit


@cache
def drawn(name):
    return lab.PICTURES[name].draw(small=True)


def separable(x, y):
    """Whether some line has the ones on one side and the zeros on the other: a linear programme says so."""
    signs = 2 * np.asarray(y) - 1
    rows = -signs[:, None] * np.column_stack([x, np.ones(len(x))])
    return linprog(np.zeros(3), A_ub=rows, b_ub=-np.ones(len(x)), bounds=(None, None)).status == 0


def bend(line):
    """How far a drawn line strays from its chord, as a part of the chord's length."""
    x, y = line.get_data()
    chord_x, chord_y = x[-1] - x[0], y[-1] - y[0]
    return np.abs(chord_x * (y - y[0]) - chord_y * (x - x[0])).max() / (chord_x**2 + chord_y**2)


@pytest.mark.slow
def test_perceptrons_learn_and_and_or_but_not_xor():
    measured = drawn("logic_gates").measured
    assert {gate: separable(INPUTS, y) for gate, y in GATES.items()} == {"AND": True, "OR": True, "XOR": False}
    assert measured["and_perceptron"] == measured["or_perceptron"] == 1
    assert measured["xor_perceptron"] == 0.75
    assert measured["xor_mlp"] == 1
    assert 1 <= measured["mlps_right"] < measured["seeds"] == 20


def test_gates_are_the_logical_functions():
    for gate, function in {"AND": np.logical_and, "OR": np.logical_or, "XOR": np.logical_xor}.items():
        np.testing.assert_array_equal(GATES[gate], function(*INPUTS.T))


def test_drawn_boundaries_are_lines_and_for_the_hidden_layer_two():
    counts = []
    for panel in drawn("logic_gates").figure.axes[:4]:
        boundary = next(c for c in panel.collections if list(c.levels) == [0.5])
        counts.append(len(boundary.get_paths()[0].to_polygons(closed_only=False)))
    assert counts == [1, 1, 1, 2]


def test_hidden_layer_makes_xor_separable():
    measured = drawn("hidden_layer").measured
    assert (measured["inputs"], measured["before"], measured["after"]) == (0.75, 0.75, 1.0)
    assert measured["network"] == 1
    assert separable(np.array(measured["hidden"]), GATES["XOR"])
    assert measured["margin"] > 0.2


def test_weights_leave_the_grid_straight_and_the_activation_bends_it():
    inputs, weights, activation = drawn("hidden_layer").figure.axes[:3]
    grids = [panel.lines[:20] for panel in (inputs, weights, activation)]
    straight, sheared, bent = (max(bend(line) for line in grid) for grid in grids)
    assert straight < 1e-6
    assert sheared < 1e-4
    assert bent > 0.2


def test_the_best_is_of_the_highest_score_then_of_the_lowest_cost():
    trials = fit(INPUTS, GATES["AND"], (), "tanh", seeds=4, epochs=60)
    best = best_of(trials)
    assert best.best.score == 1
    assert best.best.cost == min(trial.best.cost for trial in trials if trial.best.score == 1)


@pytest.mark.parametrize("name", ["logic_gates", "hidden_layer"])
def test_points_are_drawn_by_class(name):
    panel = drawn(name).figure.axes[0]
    markers = {
        line.get_marker(): np.column_stack(line.get_data()).tolist()
        for line in panel.lines
        if line.get_marker() in "os"
    }
    y = GATES["AND" if name == "logic_gates" else "XOR"]
    assert markers == {"o": INPUTS[y == 0].tolist(), "s": INPUTS[y == 1].tolist()}
