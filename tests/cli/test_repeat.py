"""``schuss train --repeat`` and ``--budget``."""

import json

import pytest

from schuss.jobs.run import Run
from tests.cli.command import QUICK

SMALL = ["--hidden-layer-sizes", "none", "--frequencies", "0", "--scaling-speed", "0"]


def test_a_run_is_repeated_to_the_bit(schuss):
    first = schuss("train", "iris", *QUICK, "--random-state", "3", "--label-smoothing", "0.1")
    assert (first.status, "label smoothing" in first.out) == (0, True)
    again = schuss("train", "--repeat", "latest")
    assert again.status == 0
    assert "All weights are the same, to the bit, as those of runs/" in again.out
    told = json.loads(schuss("train", "--repeat", "latest", "--json").out)
    assert told["repeats"]["same"] is True
    assert Run("latest").record.settings.plan.random_state == 3
    assert {member.label_smoothing for member in Run("latest").record.members} == {0.1}


def test_a_run_with_one_network_in_the_blends_place_says_so_and_is_repeated_to_the_bit(schuss):
    first = schuss("train", "iris", *QUICK, "--folds", "2", "--epochs", "30", "--metric", "neg_log_loss", "--distil")
    assert first.status == 0
    said = " ".join(first.out.split())
    record = Run("latest").record
    assert record.settings.plan.distil is True
    taken = ", distilled into one network (score -"
    assert (taken if record.student else "; distilling it into one network would cost ") in said
    again = schuss("train", "--repeat", "latest", "--json")
    assert json.loads(again.out)["repeats"]["same"] is True
    assert json.loads(again.out)["distilled"]["taken"] is (record.student is not None)
    assert schuss("predict", "latest", "iris", "--output", "p.csv").status == 0


def test_a_run_with_a_budget_says_what_it_did_and_is_repeated_to_the_bit(schuss):
    first = schuss("train", "iris", *SMALL, "--budget", "4s", "--epochs", "40", "--test", "0.2")
    assert first.status == 0
    assert "In 4 seconds: " in " ".join(first.out.split())
    record = Run("latest").record
    assert record.settings.plan.budget == 4.0
    assert record.rounds[0].epochs == 10
    again = schuss("train", "--repeat", "latest")
    assert "All weights are the same, to the bit, as those of runs/" in again.out
    assert Run("latest").record.rounds == record.rounds
    assert Run("latest").record.test == record.test


def test_another_table_is_not_what_the_run_was_trained_on(schuss, tmp_path):
    rows = "".join(f"{k % 13 / 2},{k * k % 7}\n" for k in range(60))
    (tmp_path / "d.csv").write_text("x,y\n" + rows)
    options = ["--target", "y", "--task", "regression", "--members", "2", "--epochs", "2", *SMALL]
    assert schuss("train", "d.csv", *options).status == 0
    (tmp_path / "d.csv").write_text("x,y\n" + rows.replace("5.5,2", "5.5,3"))
    refused = schuss("train", "--repeat", "latest")
    assert refused.status == 2
    assert "These are not the rows that runs/" in refused.err
    assert len(list((tmp_path / "runs").iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'DATA': name a file or a built-in table"),
        (["--repeat", "nowhere"], "nowhere: There is no such folder."),
        (["iris", "--repeat", "r"], "with its own table and settings: leave all else out"),
        (["--repeat", "r", "--members", "3"], "with its own table and settings: leave all else out"),
        (["--repeat", "r", "--target", "y"], "with its own table and settings: leave all else out"),
        (["--repeat", "r", "--optimizer", "adam"], "with its own table and settings: leave all else out"),
        (["iris", "--budget", "soon"], "budget must be a time such as 30s, 5m or 2h, not 'soon'"),
        (["iris", "--budget", "0s"], "budget must be above 0 and below 1e9 seconds, not '0s'"),
        (["iris", "--quality", "best"], "'--quality'"),
    ],
)
def test_wrong_use_is_refused(schuss, tmp_path, arguments, said):
    refused = schuss("train", *arguments)
    assert refused.status == 2
    assert said in " ".join(refused.err.replace("│", "").split())
    assert list(tmp_path.iterdir()) == []
