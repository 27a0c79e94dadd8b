"""``schuss lab`` from end to end: what it lists, draws, prints, and refuses."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_wine

from schuss import lab
from schuss.lab.gallery import shown

QUICK = ("weights_and_window", "adagrad")
"""Pictures that are drawn in no time."""


@pytest.fixture
def wine(tmp_path):
    """A table of numbers with a category in front of them."""
    table = load_wine(as_frame=True).frame.assign(cask=lambda rows: np.where(rows.alcohol > 13, "oak", "steel"))
    path = tmp_path / "wine.csv"
    table.to_csv(path, index=False)
    return path


def test_it_lists_every_picture_a_line_each(schuss):
    lines = schuss("lab").out.splitlines()
    assert [line.split()[0] for line in lines] == list(lab.PICTURES)
    for line, picture in zip(lines, lab.PICTURES.values(), strict=True):
        assert line.endswith(picture.claim)
        assert f" {picture.row} " in line


def test_the_list_for_machines_has_parameters(schuss):
    listed = {each["name"]: each for each in json.loads(schuss("lab", "--json").out)}
    assert list(listed) == list(lab.PICTURES)
    assert listed["momentum"]["parameters"] == {"beta": 0.9, "small_rate": 0.002, "large_rate": 0.0202}
    assert "table" not in listed["batch_size_pace"]["parameters"]


def test_it_draws_says_what_to_see_and_what_was_measured(schuss, tmp_path):
    done = schuss("lab", "weights_and_window", "--small", "-o", "new/picture.svg")
    assert done.status == 0
    drawing = lab.weights_and_window(small=True)
    assert done.out.startswith(lab.PICTURES["weights_and_window"].caption(drawing) + "\n")
    for name in ("beta", "share"):
        assert any(line.split() == [name, shown(drawing.measured[name])] for line in done.out.splitlines())
    assert done.out.endswith("\nnew/picture.svg\n")
    assert b"<svg" in (tmp_path / "new" / "picture.svg").read_bytes()[:1000]


def test_parameters_are_turned(schuss):
    done = schuss("lab", "weights_and_window", "--small", "--set", "beta=0.8", "--set", "days=30", "--json")
    found = json.loads(done.out)
    expected = lab.weights_and_window(beta=0.8, days=30, small=True).measured
    assert found["measured"]["beta"] == 0.8
    assert found["measured"]["share"] == expected["share"]
    assert "β = 0.8" in found["caption"]
    assert found["file"] == "weights_and_window.png"


@pytest.mark.slow
def test_a_picture_of_a_table_of_ones_own(schuss, wine):
    done = schuss("lab", "batch_size_pace", wine.name, "--target", "target", "--small", "--json")
    measured = json.loads(done.out)["measured"]
    assert (measured["rows"], measured["sizes"]) == (142, [1, 64, 142])  # four fifths of 178
    assert len(measured["epoch_seconds"]) == 3


def test_a_race_on_a_surface(schuss, tmp_path):
    done = schuss("lab", "race", "--optimizer", "sgd,momentum", "--save", "new/race.gif")
    first, *lanes = done.out.splitlines()
    assert first == "on: ravine  starts or seeds: 8  rates tried: 21"
    assert [line.split()[1] for line in lanes[:2]] == ["momentum", "sgd"]
    assert (tmp_path / "new" / "race.gif").read_bytes().startswith(b"GIF89a")


def test_what_is_not_reached_is_null_for_machines_and_said_to_people(schuss):
    arguments = ["lab", "race", "--surface", "rastrigin", "--optimizer", "sgd"]
    measured = json.loads(schuss(*arguments, "--json").out)["measured"]
    assert (measured["sgd_reached"], measured["sgd_steps"]) == (0, None)
    assert "did not get there" in schuss(*arguments).out


@pytest.mark.slow
def test_a_race_on_a_table(schuss, wine, tmp_path):
    done = schuss("lab", "race", wine.name, "--target", "target", "--optimizer", "sgd,adam", "--epochs", "2", "--json")
    found = json.loads(done.out)
    assert (found["on"], sorted(found["measured"]["order"])) == ("wine", ["adam", "sgd"])
    assert (tmp_path / found["file"]).exists()


def test_all_of_them(schuss, monkeypatch, tmp_path):
    two = {name: lab.PICTURES[name] for name in QUICK}
    monkeypatch.setattr("schuss.lab.gallery.load", lambda: two)
    done = schuss("lab", "all", "-o", "gallery", "--small")
    assert (done.out, tuple(done.err.split())) == ("gallery/index.html\n", QUICK)
    assert {path.suffix for path in (tmp_path / "gallery").iterdir()} == {".html", ".png", ".svg"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    {
        "a typing error": (["momentun"], "There is no picture 'momentun'. Did you mean 'momentum'?"),
        "a format": (["momentum", "-o", "x.txt"], "must end in .png, .svg or .pdf, which x.txt does not."),
        "no parameter": (
            ["momentum", "--set", "betta=0.9"],
            "There is no parameter of momentum 'betta'. Did you mean 'beta'?",
        ),
        "no number": (["momentum", "--set", "beta=much"], "beta must be a number, not 'much'."),
        "no whole number": (["saddle", "--set", "steps=0"], "steps must be a whole number of at least 1, not '0'."),
        "no list": (["daily_temperatures", "--set", "betas=0.5;0.9"], "betas must be numbers, separated by commas"),
        "no value": (["momentum", "--set", "beta"], "--set must be NAME=VALUE, such as beta=0.98, not 'beta'"),
        "out of range": (
            ["momentum", "--set", "beta=2"],
            "momentum cannot be drawn with beta=2: Momentum.beta must be in [0, 1), not 2.0",
        ),
        "makes no sense": (["vanishing_gradients", "--set", "depth=1", "--small"], "depth must be 3 or more, not 1."),
        "too few": (
            ["backpropagation_memory", "--set", "depths=2"],
            "depths must be 3 or more numbers in ascending order, not 2.",
        ),
        "one input": (["backpropagation_graph", "--set", "x=1"], "x must be two numbers, not '1.0'."),
        "of no table": (["momentum", "digits"], "momentum cannot be drawn of a table: leave DATA out"),
        "all of a table": (["all", "digits"], "DATA is for a race or one picture"),
        "turned, all": (["all", "--set", "beta=1"], "--set is for a picture"),
        "a race's option": (["momentum", "--surface", "bowl"], "--surface and --optimizer are for: schuss lab race"),
        "a race's format": (
            ["race", "-o", "race.txt"],
            "must end in .png, .svg, .pdf or .gif, which race.txt does not.",
        ),
        "no surface": (["race", "--surface", "hill"], "There is no surface 'hill'. Choose one of: bowl, ravine"),
        "no optimizer": (["race", "--optimizer", "sgdd"], "There is no optimizer 'sgdd'. Did you mean 'sgd'?"),
        "both": (["race", "digits", "--surface", "bowl"], "--surface must be without a table"),
        "no file": (["race", "none.csv", "--target", "y"], "none.csv: There is no file and no built-in table"),
        "a target of nothing": (["race", "--target", "y"], "--target goes with DATA"),
        "epochs of nothing": (["race", "--epochs", "3"], "--epochs is for: schuss lab race DATA"),
        "a small race": (["race", "--small"], "--small is for pictures"),
    }.values(),
)
def test_wrong_use_is_told(refused, arguments, words):
    assert words in refused("lab", *arguments)
