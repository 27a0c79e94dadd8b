"""The command from end to end: what it prints, writes, and says when it is used wrongly."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, confusion_matrix

from schuss.jobs import predict as prediction
from schuss.jobs import train as experiment
from schuss.jobs.run import Run
from schuss.jobs.train import Settings, choose
from schuss.runs import write
from schuss.space import Space
from schuss.tables import BUILTIN, Roles

QUICK = ["--members", "4", "--epochs", "3", "--hidden-layer-sizes", "8", "--activation", "tanh"]
QUICK += ["--dropout", "0", "--l2", "0"]
COLOUR = re.compile(r"\x1b\[(\d+;)*(3|4|9|10)[0-8](?=[;m])")
START = """import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it
os.execv(sys.executable, [sys.executable, "-m", "schuss", *sys.argv[1:]])"""


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Of processes of their own: a cache of their own, and no wish about colours but ours."""
    kept = {name: value for name, value in os.environ.items() if "COLOR" not in name and name != "GITHUB_ACTIONS"}
    return kept | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")), "TERM": "xterm", "COLUMNS": "120"}


def on_terminal(arguments, folder, environment, *, stop=None, at=None):
    """Run the command in a process whose stderr is a terminal; send the signal ``stop`` once ``at`` is to be read."""
    terminal, slave = pty.openpty()
    command = [sys.executable, "-c", START, *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=slave) as process:
        os.close(slave)
        seen, deadline = b"", time.monotonic() + 120
        try:
            while time.monotonic() < deadline:
                if not select.select([terminal], [], [], 1)[0]:
                    continue
                try:
                    seen += os.read(terminal, 65536)
                except OSError:  # the other end is closed
                    break
                if stop and re.search(at, seen):
                    process.send_signal(stop)
                    stop = None
            out = process.communicate(timeout=60)[0]
        finally:
            process.kill()
            os.close(terminal)
    return SimpleNamespace(status=process.returncode, out=out.decode(), err=seen.decode(), folder=folder)


@pytest.fixture(scope="session")
def digits(tmp_path_factory, environment):
    """One run in a process of its own, for many claims."""
    folder = tmp_path_factory.mktemp("digits")
    return on_terminal(["train", "digits", *QUICK, "--test", "0.2"], folder, environment | {"NO_COLOR": "1"})


@pytest.fixture(scope="session")
def iris(tmp_path_factory):
    """Folder of a run on the irises that has learned something."""
    settings = Settings("iris", space=Space(optimizer=["adam"], learning_rate=[0.02]), members=2, epochs=40)
    return experiment.run(settings, parent=tmp_path_factory.mktemp("iris")).folder


@pytest.fixture(scope="session")
def flowers():
    """The irises as a frame, with the names of the species."""
    data = load_iris(as_frame=True)
    return data.frame.assign(target=data.target_names[data.target])


def the_run(folder="runs"):
    """The one run in a folder: its path and its record."""
    (path,) = Path(folder).iterdir()
    return path, json.loads((path / "run.json").read_text())


# Training


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
    assert "Scores on 359 test rows, which no choice has seen" in digits.out
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
    assert record["settings"]["target"] == target
    assert record["rows"] == {"table": 150, "without_target": 0, "test": 0}
    (fold,) = record["folds"]
    assert (fold["training_rows"], fold["validation_rows"]) == (120, 30)
    assert fold["encoding"]["target"]["classes"] == ["setosa", "versicolor", "virginica"]
    assert "30 validation rows, which chose the model and so flatter it" in trained.out
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
            "neg_mean_poisson_deviance is not defined on the validation rows: members are ranked by their cost, "
            "and none are blended.",
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


class Called(Exception):
    """Raised in place of a run."""


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        ([], {}),
        (["--target", "y", "--task", "regression"], {"target": "y", "task": "regression"}),
        (["--optimizer", "adam,lion"], {"space": {"optimizer": ("adam", "lion")}}),
        (["--learning-rate", "1e-3,.5"], {"space": {"learning_rate": (0.001, 0.5)}}),
        (["--schedule", "cosine , one_cycle"], {"space": {"schedule": ("cosine", "one_cycle")}}),
        (["--batch-size", "auto,32"], {"space": {"batch_size": ("auto", 32)}}),
        (["--hidden-layer-sizes", "8,8;4;none"], {"space": {"hidden_layer_sizes": ((8, 8), (4,), ())}}),
        (["--hidden-layer-sizes", " 16 , 8 "], {"space": {"hidden_layer_sizes": ((16, 8),)}}),
        (["--activation", "gelu"], {"space": {"activation": ("gelu",)}}),
        (["--dropout", "0,0.5", "--l2", "0.1"], {"space": {"dropout": (0.0, 0.5), "l2": (0.1,)}}),
        (["--loss", "huber"], {"space": {"loss": ("huber",)}}),
        (["--task", "binary"], {"task": "binary"}),
        (["--table", "sales"], {"table": "sales"}),
        (["--id", "a, b"], {"roles": Roles(id=("a", "b"))}),
        (["--exclude", "c", "--category", "도시,d"], {"roles": Roles(exclude=("c",), category=("도시", "d"))}),
        (["--number", "zip"], {"roles": Roles(number=("zip",))}),
        (["--weight", "w", "--group", "who"], {"roles": Roles(weight="w", group="who")}),
        (["--time", "day, month"], {"roles": Roles(time="day, month")}),
        (["--numeric", "quantile"], {"numeric": "quantile"}),
        (["--class-weight", "balanced", "--metric", "roc_auc"], {"class_weight": "balanced", "metric": "roc_auc"}),
        (["--validation", "0.3", "--test", "0.1"], {"validation": 0.3, "test": 0.1}),
        (["--folds", "5"], {"folds": 5}),
        (["--members", "5", "--seeds", "2", "--epochs", "7"], {"members": 5, "seeds": 2, "epochs": 7}),
        (
            ["--patience", "3", "--random-state", "4", "--devices", "1"],
            {"patience": 3, "random_state": 4, "devices": 1},
        ),
    ],
)
def test_options_reach_the_settings(schuss, monkeypatch, arguments, settings):
    def called(settings, callback, parent):
        raise Called(settings, parent)

    monkeypatch.setattr(experiment, "run", called)
    with pytest.raises(Called) as caught:
        schuss("train", "data.csv", *arguments)
    assert caught.value.args == (
        Settings("data.csv", **settings | {"space": Space(**settings.get("space", {}))}),
        Path("runs"),
    )
    if "hidden_layer_sizes" in settings.get("space", {}):
        chosen = {member.hidden_layer_sizes for member in choose(caught.value.args[0], 90)}
        assert chosen == set(settings["space"]["hidden_layer_sizes"])


def test_inspect_asks_with_the_same_options(schuss, monkeypatch):
    monkeypatch.setattr(experiment, "inspect", lambda settings: (_ for _ in ()).throw(Called(settings)))
    roles = {"id": "a", "exclude": "b", "category": "c", "number": "d", "weight": "e", "group": "f", "time": "g"}
    options = [word for name, value in roles.items() for word in (f"--{name}", value)]
    with pytest.raises(Called) as caught:
        schuss(
            "inspect",
            "d.db",
            "--target",
            "y",
            "--task",
            "regression",
            "--table",
            "t",
            "--numeric",
            "standard",
            *options,
        )
    made = Settings("d.db", "y", "regression", "t", Roles(**roles), "standard")
    assert caught.value.args == (made,)


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        (["predict", "r", "d.csv"], ("r", "d.csv", Path("predictions.csv"), None, False, None)),
        (["predict", "r", "d.db", "-o", "o", "--table", "t"], ("r", "d.db", Path("o"), None, False, "t")),
        (["predict", "r", "d", "--like", "s", "--probability"], ("r", "d", Path("predictions.csv"), "s", True, None)),
        (["evaluate", "r", "d.db", "--table", "t"], ("r", "d.db", "t")),
    ],
)
def test_options_reach_what_uses_a_run(schuss, monkeypatch, arguments, called):
    def stop(*given):
        raise Called(*given)

    monkeypatch.setattr(prediction, f"{arguments[0]}_table", stop)
    with pytest.raises(Called) as caught:
        schuss(*arguments)
    assert caught.value.args == called


def test_the_runs_folder_can_be_named(schuss):
    assert schuss("train", "iris", *QUICK, "--runs", "a/b").status == 0
    assert the_run("a/b")[0].name.endswith("-iris")
    assert os.listdir() == ["a"]


# Stopping


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_training_and_keeps_what_is_done(schuss, tmp_path, environment, number, status):
    endless = ["train", "iris", "--members", "3", "--epochs", "1000000", "--patience", "1000000"]
    stopped = on_terminal(endless, tmp_path, environment, stop=number, at=rb"epoch [1-9]")
    assert stopped.status == status
    assert "Best 3 of 3 members, by validation accuracy" in stopped.out
    assert "members interrupted." in stopped.out
    assert "Traceback" not in stopped.err
    path, record = the_run()
    assert stopped.out.endswith(f"Run: {path}\n")
    assert record["interrupted"] is True
    assert max(member["epochs"] for member in record["members"]) > 0
    assert "interrupted" in [member["status"] for member in record["members"]]
    assert schuss("predict", path, "iris").status == 0
    assert len(pd.read_csv("predictions.csv")) == 150


@pytest.mark.parametrize(("command", "done"), [("train", "run"), ("predict", "predict_table")])
def test_an_interrupt_before_anything_is_done_is_no_error(schuss, monkeypatch, command, done):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment if command == "train" else prediction, done, interrupted)
    result = schuss(command, "iris", *["iris"] * (command == "predict"))
    assert (result.status, result.out, result.err.strip()) == (130, "", "")
    assert os.listdir() == []


# Predicting


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


# Judging, inspecting, exporting


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
    errors = json.loads(schuss("evaluate", "latest", "diabetes", "--json").out)["errors"]
    assert [error["rows"] for error in errors] == [89, 89, 88, 88, 88]


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


MIXED = {
    "id": [f"p{k:03d}" for k in range(80)],
    "age": [None if k % 9 == 0 else k % 50 for k in range(80)],
    "도시": ["서울", "부산", "[red]", "대구"] * 20,
    "day": [f"2024-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(80)],
    "ok": ["yes", "no"] * 40,
    "same": [7] * 80,
    "\x1b[31mred": [k * k % 31 for k in range(80)],
    "who": [k % 8 for k in range(80)],
    "y": [None if k == 5 else "ab"[k % 3 == 0] for k in range(80)],
}


def test_inspect_tells_what_becomes_of_every_column_and_why(schuss):
    pd.DataFrame(MIXED).to_csv("m.csv", index=False)
    done = schuss("inspect", "m.csv", "--target", "y", "--group", "who")
    assert (done.status, done.err) == (0, "")
    assert "\x1b" not in done.out
    lines = done.out.splitlines()
    assert lines[0] == "m.csv (CSV, separated by ',', UTF-8): 79 rows, 9 columns."
    assert lines[1] == "1 more rows have no target and would be left out."
    assert lines[2] == "To predict: 'y', two classes."
    kinds = {line.split()[0]: line.split()[1] for line in lines[5:14]}
    assert kinds == {
        "id": "identifier",
        "age": "number",
        "도시": "category",
        "day": "date",
        "ok": "boolean",
        "same": "constant",
        "\\x1b[31mred": "number",
        "who": "group",
        "y": "target",
    }
    for reason in ("text, all different, such as 'p000'", "one value in all training rows", "9 of 79 missing"):
        assert reason in done.out
    told = json.loads(schuss("inspect", "m.csv", "--target", "y", "--group", "who", "--json").out)
    assert [column["name"] for column in told["columns"]] == list(MIXED)
    assert {column["name"].replace("\x1b", "\\x1b"): column["kind"] for column in told["columns"]} == kinds
    assert all(column["what"] and column["why"] for column in told["columns"])
    assert (told["task"], told["classes"], told["rows"], told["without_target"]) == (
        "classification",
        ["a", "b"],
        79,
        1,
    )
    assert f"Inputs of the network: {told['inputs']['numbers']} numbers." == lines[-1]
    assert os.listdir() == ["m.csv"]


@pytest.mark.parametrize(("format", "name"), [("onnx", "model.onnx"), ("pytorch", "model.safetensors")])
def test_export_writes_one_file(schuss, iris, format, name):
    done = schuss("export", iris, "--to", format)
    assert (done.status, done.err) == (0, "")
    size = Path(name).stat().st_size
    assert re.fullmatch(rf"{name}: (one network|a blend of \d networks), {size:,} bytes\n", done.out)
    assert os.listdir() == [name]
    assert schuss("export", iris, "--to", format, "-o", f"other-{name}").status == 0
    assert Path(f"other-{name}").read_bytes() == Path(name).read_bytes()


@pytest.mark.parametrize("encoding", ["cp949", "ascii"])
def test_a_terminal_without_our_letters_gets_them_escaped(tmp_path, environment, encoding):
    pd.DataFrame(MIXED).to_csv(tmp_path / "m.csv", index=False)
    command = [sys.executable, "-m", "schuss", "inspect", "m.csv", "--target", "y"]
    wish = environment | {"PYTHONIOENCODING": encoding}
    told = subprocess.run(command, cwd=tmp_path, env=wish, capture_output=True, check=True).stdout.decode(encoding)
    assert "(x \\u2212 " in told  # the minus sign
    assert ("도시  " if encoding == "cp949" else "\\ub3c4\\uc2dc  ") in told


# Words


def test_version_and_help(schuss):
    version = schuss("--version")
    assert (version.status, version.out, version.err) == (0, "0.1.0\n", "")
    for command in ([], ["train"], ["predict"], ["evaluate"], ["inspect"], ["export"]):
        for flag in ("-h", "--help"):
            told = schuss(*command, flag)
            assert (told.status, told.err) == (0, "")
            assert "Usage:" in told.out
    assert all(name in schuss("train", "--help").out for name in BUILTIN)
    alone = schuss()
    assert alone.status == 2
    assert "Usage:" in alone.out
    assert os.listdir() == []


def test_help_is_told_by_the_module_in_colour_unless_it_is_not_wanted(environment):
    command = [sys.executable, "-m", "schuss", "train", "--help"]
    for wish, coloured in (({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)):
        told = subprocess.run(command, env=environment | wish, capture_output=True, text=True, check=True)
        assert bool(COLOUR.search(told.stdout)) == coloured
        assert "Usage: " in told.stdout


def test_the_command_starts_without_the_heavy_libraries():
    code = "import sys, schuss.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "typer" in loaded
    assert not {"jax", "numpy", "duckdb", "pyarrow", "sklearn"} & set(loaded)


# Wrong uses

FILES = {
    "good.csv": "a,b,y\n" + "".join(f"{k},{k * k},{'no' if k % 2 else 'yes'}\n" for k in range(20)),
    "text.csv": "a,b,y\n1,2,3.5\n4,oops,6.5\n7,8,9.5\n1,1,1.5\n2,2,2.5\n",
    "empty.csv": "",
    "header.csv": "a,b,y\n",
    "sample.csv": "a,y\n1,no\n",
    "row.csv": "a,b,y\n1,2,3.5\n",
    "class.csv": "a,b,y\n1,2,yes\n3,4,yes\n5,6,yes\n7,8,yes\n9,10,yes\n",
    "data.xlsx": "PK",
    "folder/inside.csv": "a\n1\n",
}


@pytest.fixture
def files(tmp_path):
    """The files, where the command is called."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--optimizer", "adma"], "unknown optimizer 'adma'; did you mean 'adam'? expected one of: sgd, momentum"),
        (["--optimizer", "adam,"], "unknown optimizer ''; expected one of: sgd, momentum"),
        (["--activation", "reluu"], "unknown activation 'reluu'; did you mean 'relu'?"),
        (["--schedule", "cosin"], "unknown schedule 'cosin'; did you mean 'cosine'?"),
        (["--loss", "cross_entropi"], "unknown loss 'cross_entropi'; did you mean 'cross_entropy'?"),
        *((["--learning-rate", bad], "learning_rate must be > 0 and fin") for bad in ("0", "-1", "nan", "inf", "1,-1")),
        (["--learning-rate", "fast"], "--learning-rate: must be numbers such as 0.001,0.01, however: 'fast'"),
        (["--learning-rate", "0.1,"], "--learning-rate: must be numbers such as 0.001,0.01, however: ''"),
        (["--batch-size", "0"], "batch_size must be a whole number ≥ 1, however: 0"),
        (["--batch-size", "1.5"], "--batch-size: must be whole numbers or auto, such as 64,256, however: '1.5'"),
        (["--dropout", "1.5"], "dropout must be in [0, 1), however: 1.5"),
        (["--dropout", "nan"], "dropout must be in [0, 1), however: nan"),
        (["--l2", "-1"], "l2 must be in [0, inf), however: -1"),
        (["--hidden-layer-sizes", "64,0"], "hidden_layer_sizes must be a whole number ≥ 1, however: 0"),
        (["--hidden-layer-sizes", "64,;8"], "must be widths such as 64,64;128, or none, however: ''"),
        (["--hidden-layer-sizes", "wide"], "or none, however: 'wide'"),
        (["--epochs", "0"], "'--epochs': Input should be greater than or equal to 1"),
        (["--epochs", "many"], "'--epochs'"),
        (["--members", "0"], "'--members': Input should be greater than or equal to 1"),
        (["--seeds", "0"], "'--seeds': Input should be greater than or equal to 1"),
        (["--patience", "0"], "'--patience': Input should be greater than or equal to 1"),
        (["--devices", "0"], "'--devices': Input should be greater than or equal to 1"),
        (["--random-state", "-1"], "'--random-state': Input should be greater than or equal to 0"),
        (["--random-state", "4294967296"], "'--random-state': Input should be less than or equal to 4294967295"),
        (["--task", "guessing"], "'--task'"),
        (["--optimiser", "adam"], "No such option: --optimiser (Possible options: --optimizer"),
        (["--loss", "mean_squared_error"], "loss 'mean_squared_error': must fit the target, however: 'target' holds"),
        (["--loss", "binary_cross_entropy"], "'target' holds 10 classes; choose cross_entropy"),
        (["--target", "pixel_0"], "There is no column 'pixel_0'. Its columns: 'pixel_0_0'"),
        (["--validation", "1"], "'--validation': Input should be less than or equal to 0.9"),
        (["--validation", "nan"], "'--validation': Input should be less than or equal to 0.9"),
        (["--validation", "0.6", "--test", "0.5"], "validation and test must be ≥ 0 and less than 1 together, not"),
        (["--test", "-0.1"], "'--test': Input should be greater than or equal to 0"),
        (["--folds", "0"], "'--folds': Input should be greater than or equal to 1"),
        (["--folds", "2000"], "digits: There are too few rows for 2000 folds: 1797. Ask for fewer folds"),
        (["--numeric", "rank"], "'--numeric': Value error, 'rank' is not one of 'auto', 'robust', 'standard', 'q"),
        (["--metric", "acuracy"], "unknown metric 'acuracy'; did you mean 'accuracy'?"),
        (["--metric", ""], "unknown metric ''; expected one of: accuracy, balanced_accuracy"),
        (["--metric", "roc_auc"], "metric must fit 10 classes, however: 'roc_auc' is for two classes; did you mean"),
        (["--class-weight", "even"], "class_weight must be 'balanced' or one weight a class, however: 'even'"),
        (["--task", "binary"], "must hold two classes for the task binary, however: 10: 0, 1, 2, 3, 4 and 5 more; le"),
        (["--id", "name"], "digits: There is no column 'name'. Its columns: 'pixel_0_0'"),
        (["--id", "pixel_0_1,"], "There is no column ''. Its columns: 'pixel_0_0'"),
        (["--exclude", "target"], "column 'target': The column is the target, and cannot have the role excluded as we"),
        (["--weight", "pixel_0_1", "--category", "pixel_0_1"], "The column cannot have the roles weight and category"),
        (["--weight", "pixel_0_0"], "column 'pixel_0_0': must have a weight above 0, however: all are 0; name anoth"),
        (["--group", "pixel_0_0"], "There are too few groups for 2 sets of rows: 1. Name another column of groups"),
        (["--group", "pixel_0_1", "--time", "pixel_0_2"], "Rows can be divided by groups or by time, not by both"),
        (["--table", "digits"], "digits: must be a database to hold several tables, however: a built-in table; lea"),
        (["--runs", "good.csv"], "good.csv: must be a folder for runs, however: good.csv is a file; name another with"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(refused, options, said):
    assert said in refused("train", "digits", *options)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["digits"], "No such command 'digits'."),
        (["trian", "digits"], "No such command 'trian'. Did you mean 'train'?"),
        (["train"], "Missing argument"),
        (["inspect"], "Missing argument"),
        (["inspect", "good.csv"], "must come with the column to predict"),
        (["inspect", "good.csv", "--target", "Y"], "Did you mean 'y'?"),
        (["inspect", "iris", "--epochs", "3"], "No such option: --epochs"),
        (["inspect", "iris", "--numeric", "x"], "'--numeric'"),
        (["inspect", "good.csv", "--target", "y", "--table", "t"], "holds one table: 't' can only be read from"),
        (["train", "iris", "wine"], "unexpected extra argument"),
        (["train", "diabetes", "--loss", "cross_entropy"], "'target' holds numbers; choose mean_squared_error or"),
        (["train", "diabetes", "--loss", "binary_cross_entropy"], "loss 'binary_cross_entropy': must fit the target"),
        (["train", "iris", "--task", "regression"], "iris, row 1, column 'target': The text 'setosa' is not a number"),
        (["train", "digts"], "digts: There is no file and no built-in table of this name. Did you mean 'digits'"),
        (["train", "goood.csv", "--target", "y"], "built-in table of this name. Did you mean 'good.csv' or "),
        (["train", "no/good.csv", "--target", "y"], "There is no folder no, and no built-in table of this name. Built"),
        (["train", "good.csv"], "must come with the column to predict, however: columns 'a', 'b', 'y'; add --target C"),
        (["train", "good.csv", "--target", "Y"], "no column 'Y'. Its columns: 'a', 'b', 'y'. Did you mean 'y'?"),
        (["train", "text.csv", "--target", "y"], "text.csv, line 3, column 'b': The text '"),
        (["train", "empty.csv", "--target", "y"], "empty.csv: The file is empty: there is no table in it."),
        (["train", "header.csv", "--target", "y"], "header.csv: There are no rows in it, only names: "),
        (["train", "row.csv", "--target", "y"], "row.csv: There are too few rows (2 to train on, 1 for validation, "),
        (["train", "class.csv", "--target", "y"], "class.csv, column 'y': There must be at least two classes, but the"),
        (["train", "folder", "--target", "y"], "folder: This is a folder, not a file. Name a file in it: 'i"),
        (["train", "data.xlsx", "--target", "y"], "data.xlsx: The name ends with '.xlsx'. Names of tables end with .c"),
    ],
)  # fmt: skip
def test_wrong_tables_and_commands_are_refused(refused, arguments, said):
    assert said in refused(*arguments)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", "no", "iris"], "no: must be a run folder, however: no such folder; name a folder that `schuss tr"),
        (["predict", "folder", "iris"], "folder: must be a run folder, however: a folder without run.json; name a f"),
        (["predict", "good.csv", "iris"], "good.csv: must be a run folder, however: no such folder; name a folder"),
        (["predict", "latest", "iris"], "runs/: must hold a run, however: none; train first: schuss train digits"),
        (["predict", "RUN", "good.csv"], "good.csv: There are no columns 'sepal length (cm)'"),
        (["predict", "RUN", "no.csv"], "no.csv: There is no file and no built-in table of this name."),
        (["predict", "RUN", "iris", "-o", "no/p.csv"], "no/p.csv: must be a file in a folder that exists, however: "),
        (["predict", "RUN", "iris", "-o", "folder"], "folder: must be a file in a folder that exists, however: a fo"),
        (["predict", "RUN", "iris", "-o", "/dev/null"], "/dev/null: must be a file in a folder that exists, however:"),
        (["predict", "RUN", "good.csv", "-o", "good.csv"], "must be another file than those that are read, however: t"),
        (["predict", "RUN", "goo*.csv", "-o", "good.csv"], "must be another file than those that are read, however: t"),
        (["predict", "RUN", "iris", "-o", "RUN/run.json"], "must be another file than those that are read, however: t"),
        (["predict", "RUN", "iris", "--like", "sample.csv", "-o", "sample.csv"], "must be another file than those tha"),
        (["predict", "RUN", "iris", "--like", "sample.csv"], "must have as many rows as the table (150), or a column"),
        (["predict", "RUN", "iris", "--like", "no.csv"], "no.csv: There is no file and no built-in table of this"),
        (["predict", "RUN", "iris", "--probability"], "--probability: must come with --like, a sample submission"),
        (["predict", "RUN", "iris", "--table", "t"], "iris: must be a database to hold several tables, however: a bu"),
        (["predict", "RUN"], "Missing argument"),
        (["predict", "RUN", "iris", "wine"], "unexpected extra argument"),
        (["evaluate", "RUN"], "Missing argument"),
        (["evaluate", "RUN", "good.csv"], "good.csv: There is no column 'target'. Its columns: 'a', 'b', 'y'"),
        (["evaluate", "no", "iris"], "no: must be a run folder, however: no such folder"),
        (["evaluate", "RUN", "iris", "--like", "sample.csv"], "No such option: --like"),
        (["export", "RUN"], "Missing option '--to'"),
        (["export", "RUN", "--to", "keras"], "'keras' is not one of 'onnx', 'pytorch'"),
        (["export", "no", "--to", "onnx"], "no: must be a run folder, however: no such folder"),
        (["export", "RUN", "--to", "onnx", "-o", "no/m.onnx"], "must be a file in a folder that exists, however: no f"),
        (["export", "RUN", "--to", "onnx", "-o", "folder"], "must be a file in a folder that exists, however: a folde"),
        (["export", "RUN", "--to", "pytorch", "-o", "/dev/null"], "must be a file in a folder that exists, however: a"),
        (["export", "RUN", "--to", "pytorch", "-o", "RUN/members.safetensors"], "must be another file than those that"),
    ],
)  # fmt: skip
def test_wrong_uses_of_a_run_are_refused(refused, iris, arguments, said):
    assert said in refused(*(argument.replace("RUN", str(iris)) for argument in arguments))


def test_a_folder_that_may_not_be_written_to_is_refused(refused, iris, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everywhere
    for command, place in (
        (["predict", iris, "iris"], "predictions.csv"),
        (["export", iris, "--to", "onnx"], "model.onnx"),
    ):
        said = refused(*command)
        assert f"{place}: must be a file in a folder that exists, however: . may not be written to; name ano" in said
    assert "may not be written to; name another with --runs" in refused("train", "iris", "--runs", "a/b")


def test_a_damaged_run_is_refused(refused, iris, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in iris.iterdir():
        (copy / file.name).write_bytes(file.read_bytes()[: -100 if file.name == "members.safetensors" else None])
    for command in (["predict", copy, "iris"], ["evaluate", copy, "iris"], ["export", copy, "--to", "onnx"]):
        assert "members.safetensors: must be as `schuss train` wrote it, however: " in refused(*command)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "schuss: [Errno 28] No space left on device\n"),
        (MemoryError("Unable to allocate 36 TiB"), "schuss: not enough memory: Unable to allocate 36 TiB\n"),
    ],
    ids=["space", "memory"],
)
@pytest.mark.parametrize("command", ["train", "predict"])
def test_what_fails_for_want_of_room_leaves_nothing_and_ends_with_1(schuss, iris, monkeypatch, command, error, said):
    def full(*_):
        raise error

    if command == "train":
        monkeypatch.setattr(write, "_write_weights", full)
        result = schuss("train", "iris", *QUICK)
    else:
        monkeypatch.setattr(os, "replace", full)
        result = schuss("predict", iris, "iris")
    assert (result.status, result.out, result.err) == (1, "", said)
    assert [path for path in Path().rglob("*") if path.name != "runs"] == []
