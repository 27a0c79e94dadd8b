"""Members compared: at equal budget, and by each of their hyperparameters."""

import itertools
import json
import re

import numpy as np
import pytest

from schuss.report import comparison, hyperparameters, leaderboard, optimizers
from schuss.report.chart import round_numbers
from tests.report.pages import Page
from tests.report.records import changed, with_scores


@pytest.mark.parametrize("n", [1, 4, 7])
def test_the_expected_best_is_the_mean_over_all_choices(n):
    scores = np.random.default_rng(n).normal(size=n).tolist()
    for k in range(1, n + 1):
        brute = np.mean([max(chosen) for chosen in itertools.combinations(scores, k)])
        assert comparison.expected_best(scores, k) == pytest.approx(brute)


def test_the_expected_best_of_a_large_population_is_computed():
    scores = np.linspace(0, 1, 5_000).tolist()
    assert comparison.expected_best(scores, 2_500) == pytest.approx(2_500 / 2_501, abs=1e-3)


def test_a_member_that_diverged_counts_as_the_worst(classified):
    def diverged(record):
        record["members"][0]["diverged_at"] = 3

    record = changed(classified[1], with_scores([0.9], [0.5], [0.7]), diverged)
    assert comparison.budget_scores(record, [0, 1, 2]) == [0.5, 0.5, 0.7]


def test_optimizers_are_compared_at_the_smallest_budget(classified):
    def two(record):
        for place, name in enumerate(["adam", "adam", "adam", "sgd", "sgd"]):
            record["members"][place]["optimizer"] = name

    record = changed(classified[1], with_scores(*[[score] for score in (0.9, 0.8, 0.7, 0.85, 0.6)]), two)
    page = Page(optimizers.section_of(record))
    expected = {"adam": (0.9 + 0.9 + 0.8) / 3, "sgd": 0.85}
    assert "best of 2" in page.text
    for name, best in expected.items():
        row = re.search(rf"{name} (\d) 0 (\S+) (\S+)", page.text)
        assert float(row[3]) == pytest.approx(best, abs=1e-4)
    by_name = {trace["name"]: trace for trace in page.figures[1]["data"]}
    assert by_name["adam"]["x"] == [1, 2, 3]
    assert by_name["adam"]["y"] == pytest.approx([0.8, expected["adam"], 0.9], abs=1e-4)


WAVES = {"frequencies": 8, "frequency_scale": 0.5, "embedding_speed": 3.0, "scaling_speed": 20.0}


def waves(record):
    """Half of the members get waves and scales."""
    for member in record["members"][::2]:
        member |= WAVES


def test_waves_are_told_in_words_where_there_are_some(classified):
    plain, waved = changed(classified[1], waves).members[1::-1]
    assert (
        comparison.words(waved)
        == f"{comparison.words(plain)}, waves 8, wave scale 0.5, embedding speed 3, scaling speed 20"
    )


def test_waves_stand_on_the_page_where_some_members_have_them(classified):
    record = classified[1]
    names = "waves", "wave scale", "embedding speed", "scaling speed"
    assert not any(name in f"{leaderboard.section_of(record)}{hyperparameters.section_of(record)}" for name in names)
    some, all_ = changed(record, waves), changed(record, lambda r: [m.update(WAVES) for m in r["members"]])
    heads = Page(leaderboard.section_of(some)).text.split("l2")[1]
    assert all(name in heads for name in names)
    assert all(f"Score by {name}." in hyperparameters.section_of(some) for name in names)
    assert "l2 0; waves 8; wave scale 0.5; embedding speed 3; scaling speed 20; loss" in leaderboard.section_of(all_)


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([0.001, 0.1, 0.01, 0.001], [0, 1, 0.5, 0]),
        (["64,64", "128", "none", "64"], [2 / 3, 1, 0, 1 / 3]),
        ([10.0**-k for k in range(9)], [1 - k / 8 for k in range(9)]),
        ([0.0, *np.linspace(0.1, 0.8, 8).tolist()], [0, *np.linspace(0.15, 1, 8)]),
        ([0.0, *[10.0**k for k in range(8)]], [0, *np.linspace(0.15, 1, 8)]),
    ],
    ids=["a few", "layers", "many over decades", "zero and more", "zero and decades"],
)
def test_values_have_places_on_a_scale(values, places):
    scale = hyperparameters.scale_of(values)
    assert list(scale.places) == pytest.approx(places)
    at = [place for place, _ in scale.ticks]
    assert at == sorted(at)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in at)


@pytest.mark.parametrize("bounds", [(0.2, 0.9), (-3, 1e4), (5.0, 5.1), (1e-9, 2e-9)])
def test_round_numbers_lie_between_their_bounds(bounds):
    found = round_numbers(*bounds)
    assert 2 <= len(found) <= 8
    assert all(bounds[0] <= value <= bounds[1] for value in found)
    steps = np.diff(found)
    assert steps == pytest.approx(steps[0])


def test_every_member_is_a_point_in_every_slice(pages, classified):
    record = classified[1]
    slices = [spec for spec in Page(pages["classes"]).figures if "tickangle" in json.dumps(spec["layout"])]
    titles = [spec["layout"]["xaxis"]["title"]["text"] for spec in slices]
    assert titles == ["learning rate", "dropout", "seed"]
    for spec in slices:
        scores = sorted(value for trace in spec["data"] for value in trace["y"])
        wanted = sorted(member.score for member in record.members if member.diverged_at is None)
        assert scores == pytest.approx(wanted, abs=1e-4)
