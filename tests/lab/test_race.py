"""Races: equal conditions, the best of an equal budget, and what the pictures and animations show."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from schuss.averages import exponentially_weighted_average
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.lab.descent import descend
from schuss.lab.level import below_for_good, first_below
from schuss.lab.race import (
    ROWS_LEARNING_RATES,
    SURFACE_LEARNING_RATES,
    SURFACE_OPTIMIZERS,
    digits,
    race_rows,
    race_surface,
)
from schuss.lab.race_figure import animate_race, draw_race, save_race
from schuss.lab.style import has_letters, optimizer_line
from schuss.lab.surfaces import SURFACES
from schuss.member import Member
from schuss.optimizers import SGD, Adam, Momentum

RAVINE = SURFACES["ravine"]
RATES = (1e-3, 1e-2, 0.1, 1.0, 10.0)


@pytest.fixture(scope="module")
def ravine():
    return race_surface("ravine", steps=250, starts=4)


@pytest.fixture(scope="module")
def rows():
    """Digits with two optimizers, of which plain gradient descent diverges at the highest rate."""
    return race_rows(*digits(), ["sgd", "adam"], title="digits", epochs=3, learning_rates=RATES, seeds=2)


REACHED = {
    "at once": ([1, 1, 0], 0, 0),
    "after two steps": ([5, 4, 1, 1], 2, 2),
    "for good only after the last leap": ([5, 1, 4, 1, 1], 1, 3),
    "at the end": ([5, 4, 3, 1], 3, 3),
    "never for good": ([5, 1, 1, 4], 1, np.inf),
    "never": ([5, 4, 3], np.inf, np.inf),
    "not with what is no number": ([5, 1, np.nan], 1, np.inf),
    "no number at first": ([np.nan, 1, 1], 1, 1),
    "level included": ([5, 2, 2], 1, 1),
}


@pytest.mark.parametrize(("costs", "first", "for_good"), REACHED.values(), ids=REACHED)
def test_a_level_is_reached_for_the_first_time_and_for_good(costs, first, for_good):
    for reached, steps in ((first_below, first), (below_for_good, for_good)):
        assert reached(np.array(costs, float), 2.0) == steps
        assert reached(np.array([[costs, costs]], float), 2.0).tolist() == [[steps, steps]]


def test_all_have_the_same_starts_and_the_same_rates(ravine):
    assert {lane.name for lane in ravine.lanes} == set(SURFACE_OPTIMIZERS)
    assert ravine.learning_rates == SURFACE_LEARNING_RATES
    starts = np.array([lane.positions[:, 0] for lane in ravine.lanes])
    assert starts.shape == (len(SURFACE_OPTIMIZERS), 4, 2)
    assert np.all(starts == starts[0])
    assert tuple(starts[0, 0]) == RAVINE.start
    assert len(np.unique(starts[0], axis=0)) == 4
    assert all(len(lane.tried) == len(SURFACE_LEARNING_RATES) for lane in ravine.lanes)


def test_lanes_are_descents_at_the_chosen_rate(ravine):
    for name, rule in (("sgd", SGD()), ("momentum", Momentum())):
        lane = ravine.lane(name)
        path = descend(RAVINE, replace(rule, learning_rate=lane.learning_rate), 250)
        assert np.allclose(lane.positions[0], path.positions, rtol=1e-10)
        assert np.allclose(lane.costs[0], path.costs, rtol=1e-8)
        assert lane.steps[0] == below_for_good(path.costs, ravine.level)


def test_the_rate_is_the_best_one_of_other_starts(ravine):
    lane = ravine.lane("sgd")
    steps = {}
    for rate in SURFACE_LEARNING_RATES:
        costs = [descend(RAVINE, SGD(rate), 250, start=start).costs for start in lane.positions[:, 0]]
        steps[rate] = min(np.mean([below_for_good(cost, ravine.level) for cost in costs]), 251)
    assert min(steps, key=steps.get) == lane.learning_rate
    assert steps[lane.learning_rate] == pytest.approx(lane.steps.mean())
    at_best = lane.tried[SURFACE_LEARNING_RATES.index(lane.learning_rate)]
    assert at_best == pytest.approx(lane.costs[:, -1].mean(), rel=0.2)
    assert at_best != lane.costs[:, -1].mean()  # measured on others
    assert lane.diverged == sum(
        rate > 2 / 100 for rate in SURFACE_LEARNING_RATES
    )  # a hundred is the steepest curvature


def test_the_fastest_is_first_and_gradient_descent_slower_than_momentum(ravine):
    means = [lane.steps.mean() for lane in ravine.lanes if lane.reached == 4]
    assert means == sorted(means)
    assert ravine.lane("momentum").steps.max() < 0.5 * ravine.lane("sgd").steps.min()
    assert ravine.measured()["order"] == [lane.name for lane in ravine.lanes]


def test_what_did_not_arrive_comes_last_and_is_told():
    race = race_surface(
        "ravine", {"lame": SGD(), "good": SGD(momentum=0.9)}, steps=120, learning_rates=[1e-4, 1e-3], starts=2
    )
    assert [lane.name for lane in race.lanes] == ["good", "lame"]
    lame = race.lane("lame")
    assert (lame.reached, lame.at_edge, lame.steps.tolist()) == (0, True, [np.inf, np.inf])
    assert race.measured()["lame_steps"] == np.inf
    drawing = draw_race(race, small=True)
    assert "lame (0 of 2)\nα ≥ 0.001" in [label.get_text() for label in drawing.figure.axes[2].get_yticklabels()]


@pytest.mark.parametrize(
    ("call", "message"),
    {
        "surface": (lambda: race_surface("ravin"), "There is no surface 'ravin'. Did you mean 'ravine'"),
        "optimizer": (lambda: race_surface("ravine", ["adm"]), "There is no optimizer 'adm'. Did you mean 'adam'"),
    }.values(),
    ids=["surface", "optimizer"],
)
def test_unknown_names(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_rows_race_from_the_same_weights_over_the_same_mini_batches(rows):
    training, validation = digits()
    lane = rows.lane("adam")
    adam = Adam(lane.learning_rate)
    trials = train([Member(optimizer=adam, batch_size=64, seed=k) for k in range(4)], training, validation, epochs=3)
    costs = np.stack([trial.history.costs for trial in trials], axis=1)
    averaged = exponentially_weighted_average(costs, 1 - 1 / trials[0].per_epoch, correct_bias=True).T
    assert lane.tried[RATES.index(lane.learning_rate)] == averaged[:2, -1].mean()
    assert np.array_equal(lane.costs, averaged[2:])
    assert lane.scores.tolist() == [trial.history.validation_scores[-1] for trial in trials[2:]]
    first = np.array([each.costs[:, 0] for each in rows.lanes])
    assert np.all(first == first[0])  # before the first update there is no difference yet
    assert np.array_equal(rows.t, np.arange(1, 3 * trials[0].per_epoch + 1))


def test_rates_of_rows_are_chosen_by_the_cost_that_is_left(rows):
    for lane in rows.lanes:
        assert rows.learning_rates == RATES
        assert lane.learning_rate == RATES[lane.tried.argmin()]
        assert not lane.at_edge
    assert rows.lane("adam").steps.mean() < rows.lane("sgd").steps.mean()
    level = [below_for_good(cost, rows.level) for lane in rows.lanes for cost in lane.costs]
    assert np.isfinite(level[0])
    assert rows.lane("adam").steps[0] == rows.t[int(below_for_good(rows.lane("adam").costs[0], rows.level))]


@pytest.mark.slow
def test_what_diverges_on_rows_is_counted_and_not_chosen():
    x = np.linspace(-1, 1, 64)[:, None]
    race = race_rows(
        Table(x, 3 * x[:, 0]), None, ["sgd"], member=Member((4,)), epochs=50, learning_rates=[0.05, 1e6], seeds=1
    )
    lane = race.lanes[0]
    assert (lane.diverged, lane.learning_rate, lane.scores) == (1, 0.05, None)
    assert lane.tried[1] == np.inf
    assert np.isfinite(lane.tried[0])
    draw_race(race, small=True)


def test_when_all_diverges_there_is_no_race():
    with pytest.raises(
        ValueError, match=r"At all of the rates 1e\+20, 1e\+25 every optimizer diverges; try lower ones\."
    ):
        race_rows(*digits(), ["sgd"], learning_rates=[1e20, 1e25], epochs=3, seeds=1)
    wild = race_surface("beale", ["sgd"], learning_rates=[100.0, 1000.0], starts=2, steps=20)
    assert (wild.lanes[0].reached, wild.lanes[0].diverged) == (0, 2)
    draw_race(wild, small=True).figure.draw_without_rendering()


def test_digits_are_scikit_learns_each_row_once():
    training, validation = digits()
    assert (len(training.x), len(validation.x)) == (1347, 450)
    assert training.x.max() == 1
    assert sorted(set(training.y)) == list(range(10))
    assert len(np.unique(np.concatenate([training.x, validation.x]), axis=0)) == 1797


def test_the_pictures_draw_every_lane(ravine, rows):
    for race, first in ((ravine, "Paths on ravine, from one start"), (rows, "digits: cost at the end, every rate")):
        drawing = draw_race(race, small=True)
        left, middle, right = drawing.figure.axes
        assert left.get_title("left") == first
        lines = {line.get_label(): line for line in middle.get_lines()}
        for lane in race.lanes:
            last, drawn = lane.costs[:, -1], lines[lane.name].get_ydata()[-1]
            assert np.mean(last < drawn) <= 0.5
            assert np.mean(last > drawn) <= 0.5
        assert [label.get_text().split("\n")[0].split(" ")[0] for label in right.get_yticklabels()] == [
            lane.name for lane in race.lanes
        ]
        assert drawing.measured["starts"] == len(race.lanes[0].steps)


def test_titles_in_korean_need_a_korean_font(rows):
    figure = draw_race(replace(rows, title="주택 가격"), small=True).figure
    figure.draw_without_rendering()  # a letter without a glyph would be a warning, hence an error
    shown = "주택 가격" if has_letters("주택 가격") else "Data"
    assert figure.axes[0].get_title("left") == f"{shown}: cost at the end, every rate"


@pytest.mark.parametrize("name", ["ravine", "rows"])
def test_animations_move_in_the_optimizers_colours_and_are_small(name, request, tmp_path):
    file, race = tmp_path / "race.gif", request.getfixturevalue(name)
    animate_race(race, file, frames=6)
    assert file.stat().st_size < 3_000_000
    with Image.open(file) as image:
        assert (image.n_frames, image.info["loop"]) == (6, 0)
        frames = []
        for k in range(6):
            image.seek(k)
            frames.append(np.asarray(image.convert("RGB"), float))
    changes = [np.count_nonzero(np.any(a != b, axis=-1)) for a, b in pairwise(frames)]
    assert min(changes) > 50
    for lane in race.lanes:
        colour = 255 * np.array(to_rgb(optimizer_line(lane.name)["color"]))
        assert np.abs(frames[-1] - colour).max(axis=-1).min() < 12, lane.name


def test_animations_are_gifs(ravine, tmp_path):
    with pytest.raises(ValueError, match=r"An animation's file must end in \.gif, which race\.png does not\."):
        animate_race(ravine, tmp_path / "race.png")


def test_a_race_is_written_as_its_file_ends(ravine, tmp_path):
    for name in ("race.gif", "race.svg"):
        drawing = save_race(ravine, tmp_path / "new" / name)
        assert drawing.measured == ravine.measured()
    assert (tmp_path / "new" / "race.gif").read_bytes().startswith(b"GIF89a")
    assert b"<svg" in (tmp_path / "new" / "race.svg").read_bytes()[:1000]
    with pytest.raises(ValueError, match=r"must end in \.png, \.svg, \.pdf or \.gif, which race\.txt does not\."):
        save_race(ravine, tmp_path / "race.txt")


def test_rates_are_equal_ratios():
    for rates in (SURFACE_LEARNING_RATES, ROWS_LEARNING_RATES):
        assert np.ptp(np.diff(np.log(rates))) < 0.01
        assert (rates[0], rates[-1]) == (1e-4, 10)
