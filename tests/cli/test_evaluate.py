"""``schuss evaluate``: scores, confusions and errors on a table with its target."""

import json
import os

import pandas as pd
from sklearn.metrics import accuracy_score, confusion_matrix

from tests.cli.command import QUICK


def test_evaluate_prints_scores_and_the_confusion_matrix(schuss, iris, flowers):
    rows = flowers.sample(60, random_state=0).astype({"target": object})
    rows.iloc[[4, 9], -1] = None
    rows.to_csv("some.csv", index=False)
    assert schuss("predict", iris, "some.csv").status == 0
    known = rows.target.notna().to_numpy()
    true, found = rows.target[known], pd.read_csv("predictions.csv").prediction.to_numpy()[known]
    done = schuss("evaluate", iris, "some.csv")
    assert (done.status, done.err) == (0, "")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0] == "Scores on 58 rows of some.csv"
    assert lines[3].split()[:2] == ["accuracy", f"{accuracy_score(true, found):.4f}"]
    names = ["setosa", "versicolor", "virginica"]
    place = lines.index("True class, and what was predicted for it")
    assert lines[place + 1] == "→ setosa → versicolor → virginica"
    matrix = confusion_matrix(true, found, labels=names)
    assert lines[place + 3 : place + 6] == [
        f"{n} {' '.join(map(str, row))}" for n, row in zip(names, matrix, strict=True)
    ]
    assert lines[-1] == "2 more rows have no target and were left out."
    told = json.loads(schuss("evaluate", iris, "some.csv", "--json").out)
    assert (told["run"], told["rows"], told["without_target"], told["errors"]) == (str(iris), 58, 2, None)
    assert told["confusion"] == matrix.tolist()
    assert [score["metric"] for score in told["scores"]] == ["accuracy", "balanced_accuracy", "neg_log_loss"]
    assert sorted(os.listdir()) == ["predictions.csv", "some.csv"]


def test_evaluate_tells_errors_of_numbers(schuss, environment):
    assert schuss("train", "diabetes", *QUICK).status == 0
    done = schuss("evaluate", "latest", "diabetes")
    assert done.status == 0
    assert "Errors (prediction − truth) by true value" in done.out
    told = json.loads(schuss("evaluate", "latest", "diabetes", "--json").out)
    assert [error["rows"] for error in told["errors"]] == [89, 89, 88, 88, 88]
    gain = f"(± {told['gain_error']:.4f}, one standard error)"
    assert f"the best member alone {gain}" in " ".join(done.out.split())


def test_a_confusion_matrix_that_is_too_wide_is_told_by_its_confusions(schuss, iris, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    done = schuss("evaluate", iris, "iris")
    counts = json.loads(schuss("evaluate", iris, "iris", "--json").out)["confusion"]
    names = ["setosa", "versicolor", "virginica"]
    wrong = [(-counts[i][k], names[i], names[k]) for i in range(3) for k in range(3) if i != k and counts[i][k]]
    place = done.out.splitlines().index("The most frequent confusions")
    told = [line.split() for line in done.out.splitlines()[place + 3 :]]
    assert sorted(told) == sorted([true, found, str(-count)] for count, true, found in wrong)
    assert "→" not in done.out
