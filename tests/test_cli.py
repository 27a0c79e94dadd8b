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

from schuss import experiment, prediction, runs
from schuss.cli import main
from schuss.experiment import Settings, choose
from schuss.search import Space
from schuss.tables import BUILTIN

QUICK = ["--members", "4", "--epochs", "3"]
COLOUR = re.compile(r"\x1b\[(\d+;)*(3|4|9|10)[0-8](?=[;m])")
START = """import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it
os.execv(sys.executable, [sys.executable, "-m", "schuss", *sys.argv[1:]])"""


@pytest.fixture(autouse=True)
def _termination():
    """The command handles SIGTERM from its start; the tests' own handling comes back."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def schuss(capsys, tmp_path, monkeypatch):
    """The command, in this process and an empty folder: arguments → status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return SimpleNamespace(status=end.value.code or 0, out=printed.out, err=printed.err)

    return call


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
    return on_terminal(["train", "digits", *QUICK], folder, environment | {"NO_COLOR": "1"})


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
    assert lines[0].strip() == "Best 4 of 4 members, by validation accuracy"
    shown = [line.split() for line in lines[3:7]]
    members = [record["members"][place] for place in record["ranking"]]
    assert [row[:5] for row in shown] == [
        [f"{n + 1}", f"{m['score']:.4f}", f"{m['cost']:.4f}", m["optimizer"], f"{m['learning_rate']:.3g}"]
        for n, m in enumerate(members)
    ]
    assert lines[-1] == f"Run: runs/{path.name}"
    test = record["test"]
    told = f"Best member on 359 test rows: accuracy {test['score']:.4f} (the majority class: {test['baseline']:.4f})"
    assert lines[-2] == told
    assert sorted(file.name for file in path.iterdir()) == [
        "history.parquet",
        "leaderboard.csv",
        "members.safetensors",
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
    assert record["rows"] == {"training": 90, "validation": 30, "test": 30}
    assert record["encoding"]["target"]["classes"] == ["setosa", "versicolor", "virginica"]
    predicted = schuss("predict", "latest", name)
    assert (predicted.status, predicted.err) == (0, "")
    assert predicted.out == f"150 predictions of {target} by the best member of {path} in predictions.csv\n"
    assert set(pd.read_csv("predictions.csv").prediction) <= set(flowers.target)


def test_json_has_the_same_facts(schuss):
    done = schuss("train", "iris", *QUICK, "--json")
    told = json.loads(done.out)
    path, record = the_run()
    assert told["run"] == f"{path}"
    assert (told["task"], told["interrupted"], told["test"]) == ("classification", False, record["test"])
    table = pd.read_csv(path / "leaderboard.csv").astype(object)
    assert [{"rank": n + 1, **row} for n, row in enumerate(told["leaderboard"])] == table.to_dict("records")


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
    assert schuss("predict", iris, "last.csv", "-o", "one.csv").out.startswith("1 predictions of target by ")
    assert len(pd.read_csv("one.csv")) == 1  # what was there is replaced


def test_numbers_are_predicted_in_their_unit(schuss):
    assert schuss("train", "diabetes", *QUICK).status == 0
    assert schuss("predict", "latest", "diabetes").status == 0
    table = pd.read_csv("predictions.csv")
    assert list(table) == ["prediction"]
    assert len(table) == 442
    assert 100 < table.prediction.mean() < 200


# Words


def test_version_and_help(schuss):
    version = schuss("--version")
    assert (version.status, version.out, version.err) == (0, "0.1.0\n", "")
    for command in ([], ["train"], ["predict"]):
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
    "gap.csv": "a,b,y\n1,2,yes\n3,4,\n5,6,no\n7,8,yes\n9,9,no\n",
    "nan.csv": "a,b,y\n1,2,0.5\n3,4,nan\n5,6,1.5\n7,8,2.5\n9,9,3.5\n",
    "row.csv": "a,b,y\n1,2,3.5\n",
    "class.csv": "a,b,y\n1,2,yes\n3,4,yes\n5,6,yes\n7,8,yes\n9,10,yes\n",
    "data.xlsx": "PK",
    "folder/inside.csv": "a\n1\n",
}


@pytest.fixture
def refused(schuss, tmp_path):
    """The command, expected to refuse: status 2, words on stderr only, and no file made or changed."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)

    def files():
        return {path: path.read_bytes() if path.is_file() else None for path in tmp_path.rglob("*")}

    def call(*arguments):
        before = files()
        result = schuss(*arguments)
        assert files() == before
        assert (result.status, result.out) == (2, "")
        assert "Traceback" not in result.err
        assert result.err.strip()
        return " ".join(result.err.split())

    return call


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
        (["--optimiser", "adam"], "No such option: --optimiser (Possible options: --optimizer)"),
        (["--loss", "mean_squared_error"], "loss 'mean_squared_error': must fit the target, however: 'target' holds"),
        (["--loss", "binary_cross_entropy"], "'target' holds 10 classes; choose cross_entropy"),
        (["--target", "pixel_0"], "must have the column 'pixel_0', however: columns 'pixel_0_0'"),
        (["--runs", "good.csv"], "good.csv: must be a folder for runs, however: good.csv is a file; name another with"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(refused, options, said):
    assert said in refused("train", "digits", *options)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["digits"], "No such command 'digits'."),
        (["trian", "digits"], "No such command 'trian'. Did you mean 'train'?"),
        (["train"], "Missing argument"),
        (["train", "iris", "wine"], "unexpected extra argument"),
        (["train", "diabetes", "--loss", "cross_entropy"], "'target' holds numbers; choose mean_squared_error or"),
        (["train", "diabetes", "--loss", "binary_cross_entropy"], "loss 'binary_cross_entropy': must fit the target"),
        (["train", "iris", "--task", "regression"], "iris, row 1, column 'target': must be a number or a boolean"),
        (["train", "digts"], "digts: must be a file or a built-in table, however: no such file; did you mean 'digits'"),
        (["train", "goood.csv", "--target", "y"], "no such file; did you mean 'good.csv' or "),
        (["train", "no/good.csv", "--target", "y"], "however: no folder no; built-in tables are digits, breast_cancer"),
        (["train", "good.csv"], "must come with the column to predict, however: columns a, b, y; add --target COLUMN"),
        (["train", "good.csv", "--target", "Y"], "the column 'Y', however: columns 'a', 'b', 'y'; did you mean 'y'?"),
        (["train", "text.csv", "--target", "y"], "text.csv, line 3, column 'b': must be a number or a boolean, ho"),
        (["train", "empty.csv", "--target", "y"], "empty.csv: must hold a table, however: an empty file"),
        (["train", "header.csv", "--target", "y"], "header.csv: must hold at least one row, however: only names: "),
        (["train", "gap.csv", "--target", "y"], "gap.csv, line 3, column 'y': must be a class, however: a miss"),
        (["train", "nan.csv", "--target", "y"], "nan.csv, line 3, column 'y': must be a finite number, however: "),
        (["train", "row.csv", "--target", "y"], "row.csv: must have enough rows (2 to train on, 1 for validation, "),
        (["train", "class.csv", "--target", "y"], "class.csv, column 'y': must hold at least two classes, howeve"),
        (["train", "folder", "--target", "y"], "folder: must be a file, however: a folder; name a file in it: 'i"),
        (["train", "data.xlsx", "--target", "y"], "data.xlsx: must have a name that ends with .csv, .csv.gz, .tsv"),
    ],
)  # fmt: skip
def test_wrong_tables_and_commands_are_refused(refused, arguments, said):
    assert said in refused(*arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no", "iris"], "no: must be a run folder, however: no such folder; name a folder that `schuss train` has"),
        (["folder", "iris"], "folder: must be a run folder, however: a folder without run.json; name a folder that"),
        (["latest", "iris"], "runs/: must hold a run, however: none; train first: schuss train digits"),
        (["RUN", "good.csv"], "good.csv: must have the columns 'sepal length (cm)'"),
        (["RUN", "no.csv"], "no.csv: must be a file or a built-in table, however: no such file"),
        (["RUN", "iris", "-o", "no/p.csv"], "no/p.csv: must be a file in a folder that exists, however: no folder "),
        (["RUN", "iris", "-o", "folder"], "folder: must be a file in a folder that exists, however: a folder; name"),
        (["RUN", "good.csv", "-o", "good.csv"], "must be another file than the table, however: the same; name another"),
        (["RUN"], "Missing argument"),
    ],
)  # fmt: skip
def test_wrong_predictions_are_refused(refused, iris, arguments, said):
    assert said in refused("predict", *(iris if argument == "RUN" else argument for argument in arguments))


def test_a_damaged_run_is_refused(refused, iris, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in iris.iterdir():
        (copy / file.name).write_bytes(file.read_bytes()[: -100 if file.name == "members.safetensors" else None])
    assert "members.safetensors: must be as `schuss train` wrote it, however: " in refused("predict", copy, "iris")


@pytest.mark.parametrize("command", ["train", "predict"])
def test_what_fails_for_want_of_space_leaves_nothing_and_ends_with_1(schuss, iris, monkeypatch, command):
    def full(*_):
        raise OSError(28, "No space left on device")

    if command == "train":
        monkeypatch.setattr(runs, "_write_weights", full)
        result = schuss("train", "iris", *QUICK)
    else:
        monkeypatch.setattr(os, "replace", full)
        result = schuss("predict", iris, "iris")
    assert (result.status, result.out) == (1, "")
    assert result.err == "schuss: [Errno 28] No space left on device\n"
    assert [path for path in Path().rglob("*") if path.name != "runs"] == []
