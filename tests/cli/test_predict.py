"""``schuss predict``: tables of predictions, and submissions like a sample."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from tests.cli.command import QUICK


def test_predictions_are_labels_with_their_probabilities(schuss, iris, flowers):
    assert schuss("predict", iris, "iris").status == 0
    table = pd.read_csv("predictions.csv")
    names = ["setosa", "versicolor", "virginica"]
    assert list(table) == ["prediction", *(f"probability_{name}" for name in names)]
    assert len(table) == 150
    probabilities = table[[f"probability_{name}" for name in names]]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.to_numpy() >= 0).all()
    assert list(np.array(names)[probabilities.to_numpy().argmax(axis=1)]) == list(table.prediction)
    assert (table.prediction == flowers.target).mean() > 0.8
    assert os.listdir() == ["predictions.csv"]


def test_a_table_without_the_target_and_in_another_order_is_predicted_alike(schuss, iris, flowers):
    flowers.to_csv("whole.csv", index=False)
    flowers.drop(columns="target")[flowers.columns[3::-1]].assign(extra="text").to_csv("features.csv", index=False)
    assert schuss("predict", iris, "whole.csv", "-o", "one.csv").status == 0
    assert schuss("predict", iris, "features.csv", "--output", "other.csv").status == 0
    assert Path("one.csv").read_bytes() == Path("other.csv").read_bytes()
    flowers.tail(1).to_csv("last.csv", index=False)
    assert schuss("predict", iris, "last.csv", "-o", "one.csv").out.startswith("1 predictions of 'target' by ")
    assert len(pd.read_csv("one.csv")) == 1  # what was there is replaced


def test_numbers_are_predicted_in_their_unit(schuss):
    assert schuss("train", "diabetes", *QUICK).status == 0
    assert schuss("predict", "latest", "diabetes").status == 0
    table = pd.read_csv("predictions.csv")
    assert list(table) == ["prediction"]
    assert len(table) == 442
    assert 100 < table.prediction.mean() < 200


def test_a_sample_submission_is_followed(schuss, iris, flowers):
    flowers.assign(번호=[f"{k:03d}" for k in range(150)]).to_csv("all.csv", index=False)
    order = np.random.default_rng(0).permutation(150)[:40]
    pd.DataFrame({"번호": [f"{k:03d}" for k in order], "target": "setosa"}).to_csv("sample.csv", index=False)
    done = schuss("predict", iris, "all.csv", "--like", "sample.csv", "-o", "submission.csv")
    assert (done.status, done.out[:28]) == (0, "40 predictions of 'target' b")
    found = pd.read_csv("submission.csv", dtype=str)
    assert list(found) == ["번호", "target"]
    assert found.번호.tolist() == [f"{k:03d}" for k in order]
    assert schuss("predict", iris, "all.csv").status == 0
    own = pd.read_csv("predictions.csv").prediction
    assert found.target.tolist() == own[order].tolist()
