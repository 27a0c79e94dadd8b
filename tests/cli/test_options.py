"""Options of the command reach what they are for."""

import re
from pathlib import Path

import pytest

from schuss.jobs import inspect as inspect_job
from schuss.jobs import predict as predict_job
from schuss.jobs import train as train_job
from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from schuss.tables import Roles
from tests.cli.command import Called

OF_TABLE = ("target", "task", "table", "roles", "encoding", "missing")
"""Settings of how the table is read."""


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
        (["--label-smoothing", "0,0.1"], {"space": {"label_smoothing": (0.0, 0.1)}}),
        (["--clip-norm", "1"], {"space": {"clip_norm": (1.0,)}}),
        (["--averaging", "0.9,0.99"], {"space": {"averaging": (0.9, 0.99)}}),
        (["--frequencies", "0,8"], {"space": {"frequencies": (0, 8)}}),
        (["--bins", "0,8"], {"space": {"bins": (0, 8)}}),
        (
            ["--frequency-scale", "0.5", "--embedding-speed", "2", "--scaling-speed", "0,9"],
            {"space": {"frequency_scale": (0.5,), "embedding_speed": (2.0,), "scaling_speed": (0.0, 9.0)}},
        ),
        (["--no-halving"], {"halving": False}),
        (["--halving"], {"halving": True}),
        (["--budget", "1.5m"], {"budget": 90.0}),
        (["--quality", "high"], {"quality": "high"}),
        (["--loss", "huber"], {"space": {"loss": ("huber",)}}),
        (["--task", "binary"], {"task": "binary"}),
        (["--table", "sales"], {"table": "sales"}),
        (["--id", "a, b"], {"roles": Roles(id=("a, b",))}),  # which names these are, the table says
        (["--exclude", "c", "--exclude", "d, e"], {"roles": Roles(exclude=("c", "d, e"))}),
        (["--category", "도시,d", "--encoding", "gbk"], {"roles": Roles(category=("도시,d",)), "encoding": "gbk"}),
        (["--missing", "unknown, -999", "--missing", "x"], {"missing": ("unknown", "-999", "x")}),
        (["--number", "zip"], {"roles": Roles(number=("zip",))}),
        (["--weight", "w", "--group", "who"], {"roles": Roles(weight="w", group="who")}),
        (["--time-column", "day, month"], {"roles": Roles(time="day, month")}),
        (["--numeric", "quantile"], {"numeric": "quantile"}),
        (["--category-statistics"], {"category_statistics": True}),
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
def test_options_reach_the_plan(schuss, monkeypatch, arguments, settings):
    def called(spec, plan, callback, parent, clock):
        assert (clock is None) == (plan.budget is None)
        assert clock is None or (clock.seconds == plan.budget and clock.elapsed > 0)
        raise Called(spec, plan, parent)

    monkeypatch.setattr(train_job, "run", called)
    with pytest.raises(Called) as caught:
        schuss("train", "data.csv", *arguments)
    asked = {name: settings.pop(name) for name in OF_TABLE if name in settings}
    plan = Plan(**settings | {"space": Space(**settings.get("space", {}))})
    assert caught.value.args == (DataSpec("data.csv", **asked), plan, Path("runs"))
    if "hidden_layer_sizes" in settings.get("space", {}):
        chosen = {member.hidden_layer_sizes for member in caught.value.args[1].draw(90)}
        assert chosen == set(settings["space"]["hidden_layer_sizes"])


def test_the_help_shows_the_defaults_of_the_plan(schuss, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = " ".join(schuss("train", "--help").out.split())
    for name, default in vars(Plan()).items():
        if isinstance(default, float | int) and not isinstance(default, bool):
            line = shown[shown.index(f"--{name.replace('_', '-')} ") :]
            assert float(re.search(r"default: \(([\d.]+)\)", line)[1]) == default, name


def test_inspect_asks_with_the_same_options(schuss, monkeypatch):
    monkeypatch.setattr(inspect_job, "inspect", lambda *given: (_ for _ in ()).throw(Called(*given)))
    roles = {"id": "a", "exclude": "b", "category": "c", "number": "d", "weight": "e", "group": "f", "time": "g"}
    named = {"time": "time-column"}
    options = [word for name, value in roles.items() for word in (f"--{named.get(name, name)}", value)]
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
            "--category-statistics",
            *options,
        )
    assert caught.value.args == (DataSpec("d.db", "y", "regression", "t", Roles(**roles)), "standard", True)


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        (["predict", "r", "d.csv"], ("r", "d.csv", Path("predictions.csv"), None, False, None, None)),
        (["predict", "r", "d.db", "-o", "o", "--table", "t"], ("r", "d.db", Path("o"), None, False, "t", None)),
        (
            ["predict", "r", "d", "--like", "s", "--probability", "--encoding", "gbk"],
            ("r", "d", Path("predictions.csv"), "s", True, None, "gbk"),
        ),
        (["evaluate", "r", "d.db", "--table", "t"], ("r", "d.db", "t", None)),
        (["evaluate", "r", "d", "--encoding", "gbk"], ("r", "d", None, "gbk")),
    ],
)
def test_options_reach_what_uses_a_run(schuss, monkeypatch, arguments, called):
    def stop(*given):
        raise Called(*given)

    monkeypatch.setattr(predict_job, f"{arguments[0]}_table", stop)
    with pytest.raises(Called) as caught:
        schuss(*arguments)
    assert caught.value.args == called
