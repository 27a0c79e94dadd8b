"""Advice: each reason that a run gives has its command, and a calm run gives none."""

import pytest

from schuss.report import advice
from tests.report.records import changed, with_scores


def calm(record):
    """A run that gives no reason for anything."""
    with_scores(*[[0.9 - k / 1000, 0.9 - k / 1000] for k in range(6)])(record)
    record["settings"]["plan"] |= {"seeds": 2, "test": 0.2, "folds": 2, "members": 12, "epochs": 40}
    record["settings"]["plan"]["space"] = {name: [] for name in record["settings"]["plan"]["space"]}
    for member in record["members"]:
        member |= {"optimizer": "adam", "learning_rate": 0.003}
    record["validation"]["scores"][0] |= {"model": 0.9, "baseline": 0.5}
    good = {"level": "good", "verdict": "All is well.", "remedy": ""}
    record["health"]["members"][0]["findings"] = [
        {"sign": sign, **good} for sign in ("over-fitting", "still descending")
    ]
    record["prior"] = [0.5, 0.5]


def test_a_calm_run_gives_no_reason_for_anything(classified):
    record = changed(classified[1], calm)
    assert advice.advice(record) == []
    assert "more data may help" in advice.section_of(record)


def over_fitting(record):
    record["health"]["members"][0]["findings"][0]["level"] = "watch"


def still_descending(record):
    record["health"]["members"][0]["findings"][1]["level"] = "watch"


def high_rate(record):
    record["members"][record["best"]]["learning_rate"] = 0.019


def low_rate(record):
    record["members"][record["best"]]["learning_rate"] = 0.00051


def edge_of_a_grid(record):
    record["settings"]["plan"] |= {
        "members": None,
        "space": {**record["settings"]["plan"]["space"], "learning_rate": [0.001, 0.003]},
    }


def diverging(record):
    for place in record["ranking"][4:]:
        record["members"][place] |= {"diverged_at": 5, "learning_rate": 0.6}


def no_better(record):
    record["validation"]["scores"][0] |= {"model": 0.4}


def skewed(record):
    record["prior"] = [0.9, 0.1]


def few_rows(record):
    record["settings"]["plan"]["folds"] = 1


def no_test(record):
    record["settings"]["plan"]["test"] = 0.0


def one_seed(record):
    record["settings"]["plan"]["seeds"] = 1


def rising(record):
    for k, place in enumerate(record["ranking"]):
        record["members"][place]["score"] = 0.9 - 0.05 * k


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (over_fitting, ["--dropout 0.1,0.3,0.5", "--l2 0.01,0.1,1", "--members 12"]),
        (still_descending, ["--epochs 80"]),
        (high_rate, ["--optimizer adam", "--learning-rate 0.02,0.04,0.1", "--members 12"]),
        (low_rate, ["--optimizer adam", "--learning-rate 0.0001,0.00025,0.0005"]),
        (edge_of_a_grid, ["--optimizer adam", "--learning-rate 0.003,0.006,0.015"]),
        (diverging, ["--learning-rate 0.02,0.06,0.2"]),
        (no_better, ["schuss inspect"]),
        (skewed, ["--metric balanced_accuracy", "--class-weight balanced"]),
        (few_rows, ["--folds 5"]),
        (no_test, ["--test 0.2"]),
        (one_seed, ["--seeds 3", "--optimizer adam"]),
        (rising, ["--members 24"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_reason_gives_its_command(classified, settings_of, change, words):
    (found,) = advice.advice(changed(classified[1], calm, change))
    for word in words:
        assert word in found.command
    if not found.command.startswith("schuss inspect"):
        settings_of(found.command)  # the command takes it


def test_a_high_rate_is_not_raised_where_others_diverged(classified):
    def diverged(record):
        record["members"][record["ranking"][-1]]["diverged_at"] = 2

    assert advice.advice(changed(classified[1], calm, high_rate, diverged)) == []


def test_rows_to_choose_by_are_asked_for_where_there_are_none(classified, settings_of):
    def unvalidated(record):
        record["validation"] = None
        record["settings"]["plan"] |= {"validation": 0.0, "folds": 1}

    (found,) = advice.advice(changed(classified[1], calm, unvalidated))
    assert settings_of(found.command).validation == 0.2


def test_more_epochs_take_a_new_patience(classified, settings_of):
    (found,) = advice.advice(changed(classified[1], calm, still_descending))
    assert settings_of(found.command).patience is None
