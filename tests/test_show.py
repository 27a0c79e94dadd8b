"""What the terminal shows: tables that fit, the verdict in words, and a bar on a terminal only."""

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from schuss.experiment import Judgement, Result
from schuss.history import History
from schuss.member import Member
from schuss.memory import Room
from schuss.show import Bar, as_record, leaderboard, print_result, seed_table, verdict
from schuss.trainer import Progress
from schuss.trial import Trial

ACCURACY = Judgement("accuracy", 0.975, 0.1, None, None, 360)
RATES = {"sgd": 0.5, "momentum": 0.25, "adagrad": 0.0625, "nadam": 0.000123456}


def trial(score=0.5, cost=0.25, **fields):
    member = fields.pop("member", Member())
    known = {"status": "done", "weights": (), "t": 10, "best": (score, cost, 4), "history": History()}
    known |= {"batch_size": 1437, "loss": "cross_entropy", "steps": 10, "per_epoch": 2, "patience": 9}
    return Trial(member, member.build(2, 2), **known | fields)


def members(**fields):
    """Members with the longest names there are."""
    schedules = ["inverse_time", "over_root_step", "exponential", "one_cycle"]
    for (name, rate), schedule in zip(RATES.items(), schedules, strict=True):
        optimizer = type(Member(optimizer=name).optimizer)(rate)
        yield Member((128, 128), "leaky_relu", optimizer, schedule, dropout=0.1, l2=0.01, **fields)


def result(trials, judgement=ACCURACY, folder="runs/x", task="classification", reason=None):
    return Result(folder and Path(folder), trials, judgement, reason, "all fit", task, interrupted=False)


def shown(thing, width) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(thing)
    return console.file.getvalue().splitlines()


def words(line) -> str:
    return " ".join(line.split())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_leaderboard_fits_and_cuts_no_word(width):
    lines = shown(leaderboard(result([trial(0.9 - k / 10, member=m) for k, m in enumerate(members())]), width), width)
    assert len(lines) == 3 + 4  # a title, a header, a rule, a line for every member
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    assert lines[0].strip() == "Best 4 of 4 members, by validation accuracy"
    for line, name, rate in zip(lines[3:], RATES, ("0.5", "0.25", "0.0625", "0.000123"), strict=True):
        assert {name, rate} < set(line.split())
    expected = {
        60: "accuracy optimizer rate schedule layers",
        80: "accuracy cost optimizer rate schedule layers activation",
        120: "accuracy cost optimizer rate schedule batch layers activation dropout l2 epochs",
    }
    assert words(lines[1]) == expected[min(width, 120)]
    if width >= 120:
        assert words(lines[3]) == "1 0.9000 0.2500 sgd 0.5 inverse_time 1437 128,128 leaky_relu 0.1 0.01 5"


def test_the_leaderboard_shows_the_ten_best_and_only_what_there_is_to_say():
    lines = shown(leaderboard(result([trial(k / 20, member=Member(())) for k in range(12)]), 120), 120)
    assert [line.split()[:2] for line in lines[3:]] == [[f"{k + 1}", f"{(11 - k) / 20:.4f}"] for k in range(10)]
    assert words(lines[1]) == "accuracy cost optimizer rate schedule batch layers activation epochs"
    assert words(lines[3]) == "1 0.5500 0.2500 adam 0.001 constant 1437 none relu 5"
    failed = trial(status="diverged", diverged_at=7, best=(-math.inf, math.inf, -1))
    lines = shown(leaderboard(result([trial(-12345.5), failed], task="regression"), 120), 120)
    assert words(lines[1]) == "r2 cost optimizer rate schedule batch layers activation epochs status"
    assert "-12345.5000" in lines[3]
    assert lines[4].rstrip().endswith("diverged at step 7")


@pytest.mark.parametrize("width", [80, 120])
def test_configurations_over_their_seeds(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    trials = [trial(0.5 + seed / 10, member=m) for seed in range(3) for m in members(seed=seed)]
    trials[3].status = "diverged"
    lines = shown(seed_table(result(trials), width), width)
    assert max(map(len, lines)) <= width
    assert words(lines[3]).startswith("0.6000 ± 0.0816 sgd 0.5 ")
    assert words(lines[6]).startswith("diverged nadam ")
    print_result(result(trials))
    assert lines[0].strip() in capsys.readouterr().out
    print_result(result(trials[:4]))
    assert "over their seeds" not in capsys.readouterr().out


def test_the_verdict():
    text = "Best member on 360 test rows: accuracy [bold]0.9750[/bold] (the majority class: 0.1000)"
    assert verdict(ACCURACY) == text
    text = "Best member on 88 test rows: r2 [bold]0.5000[/bold] (the mean: -0.0100), root mean squared error 54.32"
    assert verdict(Judgement("r2", 0.5, -0.01, 54.321, 77.7, 88)) == f"{text} (the mean: 77.7)"
    assert "r2 [bold]undefined[/bold] (the mean: undefined)" in verdict(Judgement("r2", None, None, None, 1.0, 1))


def test_what_is_printed(capsys):
    trials = [trial(), trial(status="interrupted"), trial(status="diverged", diverged_at=3)]
    print_result(result(trials, folder="runs/a[b]-" + "long" * 30, reason="because"))
    printed = capsys.readouterr().out
    for line in ("Mini-batches: because.", "1 of 3 members diverged.", "1 of 3 members interrupted."):
        assert line in printed
    assert printed.endswith("Run: runs/a[b]-" + "long" * 30 + "\n")
    assert "360 test rows: accuracy 0.9750 (the majority class: 0.1000)" in printed
    print_result(result(trials[2:]))
    assert "1 of 1 members diverged: try lower learning rates.\n" in (printed := capsys.readouterr().out)
    assert "Mini-batches" not in printed
    nothing = trial(weights=None, best=(-math.inf, math.inf, -1), t=0, status="interrupted")
    print_result(result([nothing], None, None))
    assert capsys.readouterr().out.endswith("Nothing was trained, so nothing was kept.\n")


def test_the_record_for_machines():
    trials = [trial(0.25), trial(0.75, math.nan), trial(status="diverged", best=(-math.inf, math.inf, -1))]
    record = as_record(result(trials, reason="because"))
    assert record == json.loads(json.dumps(record, allow_nan=False))
    assert [(row["member"], row["score"], row["cost"]) for row in record["leaderboard"]] == [
        (1, 0.75, None),
        (0, 0.25, 0.25),
        (2, None, None),
    ]
    assert record["test"] == {"metric": "accuracy", "score": 0.975, "baseline": 0.1, "rows": 360} | dict.fromkeys(
        ["error", "baseline_error"]
    )
    assert (record["run"], record["task"], record["batch_size_reason"]) == ("runs/x", "classification", "because")


def progress():
    running = trial(status="training", t=4, steps=20)
    return Progress([running, trial(0.875), trial(best=(-math.inf, math.inf, -1))], Room(3, "all fit"))


def test_the_bar_is_for_terminals_only(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = io.StringIO()
    with Bar(stream) as bar:
        bar.update(progress())
    assert stream.getvalue() == ""


def test_the_bar_tells_members_epochs_best_score_and_speed(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    with Bar(stream) as bar:
        bar.update(progress())
        bar._progress.refresh()
    for told in ("2/3 members", "epoch 5", "best 0.8750", "member-steps/s", " 60 %"):
        assert told in stream.getvalue()
    assert np.isfinite(bar._progress.tasks[0].completed)
