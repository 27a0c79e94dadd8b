"""``schuss train``: what it prints and what it keeps."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from schuss.jobs.run import Run
from tests.cli.command import COLOUR, QUICK, the_run


@pytest.mark.slow
def test_train_prints_the_leaderboard_and_keeps_the_run(digits):
    assert digits.status == 0
    path, record = the_run(digits.folder / "runs")
    lines = digits.out.splitlines()
    assert lines[0] == "digits (built-in table): 1,797 rows, 10 classes of 'target'."
    assert lines[2].strip() == "Best 4 of 4 members, by validation accuracy"
    assert lines[3].split()[:4] == ["accuracy", "share", "cost", "optimizer"]
    members = [record["members"][place] for place in record["ranking"]]
    shares = dict(record["model"]["shares"])
    assert [line.split()[:2] for line in lines[5:9]] == [
        [f"{n + 1}", f"{m['score']:.4f}"] for n, m in enumerate(members)
    ]
    for line, place, member in zip(lines[5:9], record["ranking"], members, strict=True):
        share = [f"{shares[place]:.0%}"] if place in shares else []
        told = [*share, f"{member['cost']:.4f}", member["optimizer"], f"{member['learning_rate']:.3g}"]
        assert line.split()[2 : 2 + len(told)] == told
    assert lines[-1] == f"Run: runs/{path.name}"
    score = record["test"]["scores"][0]
    told = f"accuracy {score['model']:.4f} (the training rows' class shares: {score['baseline']:.4f})."
    assert " ".join(lines[-2].split()) == f"On 359 test rows: {told}"
    assert "Scores on 359 test rows" in digits.out
    assert "validation rows, which" not in digits.out
    assert sorted(file.name for file in path.iterdir()) == [
        "history.parquet",
        "leaderboard.csv",
        "members.safetensors",
        "report.html",
        "run.json",
    ]
    assert re.fullmatch(r"\d{8}-\d{6}-digits", path.name)
    assert [entry.name for entry in digits.folder.iterdir()] == ["runs"]


@pytest.mark.slow
def test_progress_is_on_stderr_alone_and_without_colours(digits):
    assert re.search(r"\d/4 members .* member-steps/s", digits.err)
    assert not COLOUR.search(digits.err)
    assert "\x1b" not in digits.out
    assert "member-steps" not in digits.out


def test_without_a_terminal_there_is_no_progress(schuss):
    assert schuss("train", "iris", *QUICK).err == ""


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_train_on_a_file_and_predict_it(schuss, flowers, ending):
    name, target = f"flowers.{ending}", "target"
    if ending == "npz":
        target = "y"
        np.savez(name, X=flowers.drop(columns="target").to_numpy(), y=flowers.target.to_numpy(str))
    else:
        getattr(flowers, f"to_{ending}")(name, index=False)
    trained = schuss("train", name, "--target", target, *QUICK)
    assert trained.status == 0
    path, record = the_run()
    assert path.name.endswith("-flowers")
    assert record["settings"]["spec"]["target"] == target
    assert record["rows"] == {"table": 150, "without_target": 0, "test": 0}
    (fold,) = record["folds"]
    assert (fold["training_rows"], fold["validation_rows"]) == (120, 30)
    assert fold["encoding"]["target"]["classes"] == ["setosa", "versicolor", "virginica"]
    assert "These rows also chose the model, so expect slightly lower scores on new data." in trained.out
    predicted = schuss("predict", "latest", name)
    assert (predicted.status, predicted.err) == (0, "")
    networks = len(Run(path).model.parts)
    by = "one network" if networks == 1 else f"a blend of {networks} networks"
    assert predicted.out == f"150 predictions of '{target}' by {path} ({by}) in predictions.csv\n"
    assert set(pd.read_csv("predictions.csv").prediction) <= set(flowers.target)


def test_train_json_has_the_same_facts(schuss):
    done = schuss("train", "iris", *QUICK, "--test", "0.2", "--json")
    told = json.loads(done.out)
    path, record = the_run()
    assert told["run"] == f"{path}"
    assert (told["task"], told["interrupted"]) == ("classification", False)
    assert (told["test"], told["validation"], told["metric"]) == (record["test"], record["validation"], "accuracy")
    assert told["calibration"] == record["model"]["calibration"]
    table = pd.read_csv(path / "leaderboard.csv", dtype={"hidden_layer_sizes": str}).astype(object)
    assert list(table)[:5] == ["rank", "member", "score", "cost", "share"]
    assert told["leaderboard"] == table.to_dict("records")
    assert {row["member"]: row["share"] for row in told["leaderboard"] if row["share"]} == pytest.approx(
        dict(record["model"]["shares"]), abs=1e-6
    )


def test_folds_and_rows_without_a_target_are_told(schuss):
    rows = [f"{k},{'' if k % 10 == 3 else k % 7},{'' if k % 20 == 5 else 'ab'[k % 2]}" for k in range(60)]
    Path("gaps.csv").write_text("a,b,y\n" + "\n".join(rows))
    done = schuss("train", "gaps.csv", "--target", "y", "--folds", "3", "--metric", "roc_auc", *QUICK)
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].endswith("57 rows, 2 classes of 'y'; 3 more without a target were left out.")
    assert "Best 4 of 4 members, by validation roc_auc" in done.out
    assert "Scores on 57 validation rows" in done.out
    _, record = the_run()
    assert len(record["folds"]) == 3
    assert record["rows"] == {"table": 57, "without_target": 3, "test": 0}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--validation", "0"], "There are no rows to judge the model on."),
        (
            ["--metric", "neg_mean_poisson_deviance"],
            "neg_mean_poisson_deviance is not defined on the validation rows, so members are ranked by their cost and "
            "none are blended.",
        ),
    ],
    ids=["no rows", "not defined"],
)
def test_a_model_that_cannot_be_judged_is_told(schuss, options, said):
    pd.DataFrame({"a": np.arange(40) % 9, "y": -1 - np.arange(40) / 8}).to_csv("t.csv", index=False)
    done = schuss("train", "t.csv", "--target", "y", *options, *QUICK)
    assert (done.status, done.err) == (0, "")
    lines = " ".join(done.out.split())
    path, record = the_run()
    assert f"Model: the best member. {said} Run: {path}" in lines
    assert (record["validation"], record["model"]["shares"]) == (None, [[record["best"], 1.0]])
    assert schuss("predict", "latest", "t.csv").status == 0


def test_lists_make_a_member_of_every_combination_and_seed(schuss):
    lists = ["--optimizer", "sgd,adam", "--learning-rate", "0.1, 0.01", "--activation", "relu"]
    done = schuss("train", "iris", *lists, "--seeds", 2, "--epochs", 3)
    _, record = the_run()
    found = [(m["optimizer"], m["learning_rate"], m["seed"]) for m in record["members"]]
    assert found == [(name, rate, seed) for name in ("sgd", "adam") for rate in (0.1, 0.01) for seed in (0, 1)]
    assert "Best 8 of 8 members" in done.out
    assert "Best configurations over their seeds, mean ± standard deviation" in done.out


def test_the_runs_folder_can_be_named(schuss):
    assert schuss("train", "iris", *QUICK, "--runs", "a/b").status == 0
    assert the_run("a/b")[0].name.endswith("-iris")
    assert os.listdir() == ["a"]
