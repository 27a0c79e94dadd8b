"""What the terminal shows: tables that fit, the model and its scores in words, and a bar on a terminal only."""

import dataclasses
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from schuss.diagnosis.judgement import Judgement, Score, judge
from schuss.engine import train
from schuss.engine.data import Table
from schuss.engine.history import History
from schuss.engine.memory import Room
from schuss.engine.trial import BestEpoch, Trial
from schuss.jobs.train import Result
from schuss.member import Member
from schuss.selection.blending import Blend
from schuss.selection.calibration import Calibration
from schuss.selection.dataset import DataSet
from schuss.selection.fold import Fold
from schuss.selection.metrics import metric
from schuss.selection.plan import Plan
from schuss.selection.progress import Progress
from schuss.selection.selection import Candidate, Distilled, Refitted, Selection, ranking
from schuss.show import Bar, as_record, print_judgement, print_result
from schuss.show.result import gain_line, leaderboard, model_line, seed_table, verdict
from schuss.tables import Encoding

RATES = {"sgd": 0.5, "momentum": 0.25, "adagrad": 0.0625, "nadam": 0.000123456}
ROWS = pa.table({"x": [1.0, 2.0, 3.0, 4.0], "y": ["no", "yes", "no", "yes"], "z": [1.5, 2.5, 3.5, 5.5]})
TEST = Judgement(
    360, (Score("accuracy", 0.975, 0.9, 0.1), Score("roc_auc", None, 0.5, None)), ((100, 9), (0, 251)), None
)


def trial(score=0.5, cost=0.25, **fields):
    member = fields.pop("member", Member())
    known = {"status": "done", "weights": (), "t": 10, "best": BestEpoch(score, cost, 4), "history": History()}
    known |= {"batch_size": 1437, "loss": "cross_entropy", "steps": 10, "per_epoch": 2, "patience": 9}
    return Trial(member, member.build(2, 2), **known | fields)


def failed(**fields):
    return trial(status="diverged", diverged_at=7, **{"best": BestEpoch()} | fields)


def members(**fields):
    """Members with the longest names there are."""
    schedules = ["inverse_time", "over_root_step", "exponential", "one_cycle"]
    for (name, rate), schedule in zip(RATES.items(), schedules, strict=True):
        optimizer = type(Member(optimizer=name).optimizer)(rate)
        yield Member((128, 128), "leaky_relu", optimizer, schedule, dropout=0.1, l2=0.01, **fields)


def result(trials, *, test=TEST, validation=None, folder="runs/x", target="y", reason=None, folds=1, **more):
    encoding = Encoding.fit(ROWS, target, np.arange(4))
    trials = [replace(one, batch_size_reason=reason) for one in trials]
    candidates = tuple(
        Candidate((one,) * folds, one.best.score if math.isfinite(one.best.score) else math.nan) for one in trials
    )
    places = ranking(candidates)
    empty = Table(np.zeros((2, 1), np.float32), np.zeros(2, np.int32))
    fold = Fold(encoding, empty, empty, np.arange(2))
    if "again" in more:
        more["refitted"] = Refitted(fold, dict.fromkeys(places, more.pop("again")))
    if "distilled" in more:
        more["distilled"] = Distilled(fold, *more.pop("distilled"))
    known = {"blended": places[:1], "blend": Blend(np.ones(1), 0.5, ()), "calibration": None, "outputs": None}
    chosen = Selection(
        plan=Plan(),
        folds=(fold,) * folds,
        candidates=candidates,
        order=places,
        metric=metric("accuracy" if encoding.classes else "r2", len(encoding.classes)),
        interrupted=False,
        **known | more,
    )
    data = DataSet(ROWS, target, encoding.task, name="d.csv", source="CSV")
    return Result(folder and Path(folder), replace(chosen, room=Room(4, "all fit", 4)), data, validation, test)


def shown(thing, width) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(thing)
    return console.file.getvalue().splitlines()


def words(line) -> str:
    return " ".join(line.split())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_leaderboard_fits_cuts_no_word_and_says_what_is_missing(width):
    trials = [trial(0.9 - k / 10, member=m) for k, m in enumerate(members())]
    lines = shown(leaderboard(result(trials), width), width)
    table = lines[-6:]  # a header, a rule, a line for every member
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    title = words(" ".join(lines[:-6]))
    missing = {60: "l2, dropout, epochs, batch, cost, activation, share", 80: "l2, dropout, epochs, batch, cost"}
    said = f"; too narrow for {missing[width]}" if width in missing else ""
    assert title == f"Best 4 of 4 members, by validation accuracy{said}"
    for line, name, rate in zip(table[2:], RATES, ("0.5", "0.25", "0.0625", "0.000123"), strict=True):
        assert {name, rate} < set(line.split())
    expected = {
        60: "accuracy optimizer rate schedule layers",
        80: "accuracy share optimizer rate schedule layers activation",
        120: "accuracy share cost optimizer rate schedule batch layers activation dropout l2 epochs",
    }
    assert words(table[0]) == expected[min(width, 120)]
    if width >= 120:
        assert words(table[2]) == "1 0.9000 100% 0.2500 sgd 0.5 inverse_time 1437 128,128 leaky_relu 0.1 0.01 5"


def test_the_leaderboard_shows_the_ten_best_and_only_what_there_is_to_say():
    lines = shown(leaderboard(result([trial(k / 20, member=Member(())) for k in range(12)]), 120), 120)
    assert [line.split()[:2] for line in lines[3:]] == [[f"{k + 1}", f"{(11 - k) / 20:.4f}"] for k in range(10)]
    assert words(lines[1]) == "accuracy share cost optimizer rate schedule batch layers activation epochs"
    assert words(lines[3]) == "1 0.5500 100% 0.2500 adam 0.001 constant 1437 none relu 5"
    assert words(lines[4]) == "2 0.5000 0.2500 adam 0.001 constant 1437 none relu 5"  # no part of the blend
    lines = shown(leaderboard(result([trial(-12345.5), failed()], target="z"), 120), 120)
    assert words(lines[1]) == "r2 share cost optimizer rate schedule batch layers activation epochs status"
    assert "-12345.5000" in lines[3]
    assert lines[4].rstrip().endswith("diverged at step 7")


def test_the_leaderboard_tells_members_with_waves_and_scales_apart():
    waved = Member((4,), frequencies=8, frequency_scale=0.5, embedding_speed=3.0, scaling_speed=20.0)
    lines = shown(leaderboard(result([trial(0.9, member=waved), trial(0.8, member=Member((4,)))]), 200), 200)
    assert words(lines[1]).endswith("layers activation waves wave scale embedding speed scaling speed epochs")
    assert words(lines[3]).endswith("4 relu 8 0.5 3 20 5")
    assert words(lines[4]).endswith("4 relu 0 0 0 0 5")
    scaled = [trial(0.9, member=Member((4,), scaling_speed=20.0)), trial(0.8, member=Member((4,)))]
    lines = shown(leaderboard(result(scaled), 120), 120)
    assert words(lines[1]).endswith("layers activation scaling speed epochs")
    smoothed = [trial(0.9, member=Member((4,), label_smoothing=0.1)), trial(0.8, member=Member((4,)))]
    lines = shown(leaderboard(result(smoothed), 120), 120)
    assert words(lines[1]).endswith("layers activation label smoothing epochs")
    narrow = shown(leaderboard(result([trial(0.9, member=waved)]), 100), 100)
    assert "too narrow for embedding speed, scaling speed" in words(" ".join(narrow))
    assert max(map(len, narrow)) <= 100


@pytest.mark.parametrize("width", [80, 120])
def test_configurations_over_their_seeds(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    trials = [trial(0.5 + seed / 10, member=m) for seed in range(3) for m in members(seed=seed)]
    trials[3] = failed(member=trials[3].member)
    lines = shown(seed_table(result(trials), width), width)
    assert max(map(len, lines)) <= width
    table = lines[-6:]
    assert words(table[2]).startswith("0.6000 ± 0.1000 sgd 0.5 ")
    assert words(table[5]).startswith("diverged nadam ")
    print_result(result(trials, folder=None))
    assert lines[0].strip() in capsys.readouterr().out
    print_result(result(trials[:4], folder=None))
    assert "over their seeds" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Model: the best member."),
        ({"again": trial()}, "Model: the best member, trained again on all 2 training and validation rows."),
        ({"folds": 3}, "Model: the best member (3 networks, one for each fold)."),
        ({"blended": (0, 1), "blend": Blend(np.array([0.5, 0.5]), 1, ())}, "Model: a blend of 2 members."),
        (
            {"blended": (0, 1), "blend": Blend(np.array([0.5, 0.5]), 1, ()), "folds": 3},
            "Model: a blend of 2 members (6 networks).",
        ),
        (
            {"calibration": Calibration(1.5, 0.75, 0.5, True)},
            "Model: the best member; its probabilities are calibrated with temperature 1.5 (log loss 0.7500 → 0.5000).",
        ),
        (
            {"calibration": Calibration(1.0, 0.75, 0.76, False)},
            "Model: the best member; calibrating its probabilities did not help, so they are left as they are.",
        ),
        (
            {"folds": 3, "distilled": (trial(), 1.0, 0.95, 0.94, 0.02)},
            "Model: the best member (3 networks, one for each fold), distilled into one network "
            "(score 0.9500 → 0.9400).",
        ),
        (
            {"calibration": Calibration(1.5, 0.75, 0.5, True), "distilled": (trial(), 2.0, 0.95, 0.96, 0.02)},
            "Model: the best member, distilled into one network (score 0.9500 → 0.9600); its probabilities have the "
            "temperature 2.",
        ),
        (
            {"distilled": (None, 1.0, 0.95, 0.9, 0.02)},
            "Model: the best member; distilling it into one network would cost 0.0500, more than a standard error "
            "(0.0200), so the blend stays.",
        ),
        (
            {"distilled": (None, 1.0, 0.95, 0.9, None)},
            "Model: the best member; what distilling it into one network costs cannot be judged, so the blend stays.",
        ),
        (
            {"distilled": (None, 1.0, 0.95, math.nan, 0.02)},
            "Model: the best member; distilling it into one network failed, so the blend stays.",
        ),
    ],
)
def test_what_the_model_is_made_of(more, said):
    assert model_line(result([trial(0.9), trial(0.8)], **more)) == said


def test_the_verdict():
    text = "On 360 test rows: accuracy [bold]0.9750[/bold] (the training rows' class shares: 0.1000)."
    assert verdict(result([trial()])) == text
    assert verdict(result([trial()], validation=TEST, test=None)) == text.replace("test", "validation")
    poor = dataclasses.replace(TEST, scores=(Score("accuracy", 0.1, 0.9, 0.1),))
    assert verdict(result([trial()], test=poor)).endswith(
        "(the training rows' class shares: 0.1000). The model is no better than that: try more epochs or other choices."
    )
    undefined = dataclasses.replace(TEST, scores=(Score("r2", None, None, None),))
    assert "r2 [bold]undefined[/bold] (the training rows' mean: undefined)" in verdict(
        result([trial()], test=undefined, target="z")
    )
    assert verdict(result([trial()], test=None)) == "There are no rows to judge the model on."


TWO = {"blended": (0, 1), "blend": Blend(np.array([0.5, 0.5]), 1, ())}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (0.03, "The blend scores 0.0750 more than the best member alone (± 0.0300, one standard error): more than"),
        (0.04, "The blend scores 0.0750 more than the best member alone (± 0.0400, one standard error): that may be"),
        (None, "The blend scores 0.0750 more than the best member alone; whether that is chance is not known."),
    ],
)
def test_what_blending_gained(capsys, error, said):
    judged, trials = dataclasses.replace(TEST, gain_error=error), [trial(0.9), trial(0.8)]
    print_result(found := result(trials, test=judged, **TWO))
    assert said in words(capsys.readouterr().out)
    record = as_record(found)["gain"]
    assert (record["rows"], record["said"]) == ("test", gain_line(found))
    assert record["difference"] == pytest.approx(0.075)
    assert (record["standard_error"], record["more_than_chance"]) == (error, error and error < 0.0375)
    on_validation = result(trials, test=None, validation=judged, **TWO)
    assert as_record(on_validation)["gain"]["rows"] == "validation"
    assert "These rows chose both" in gain_line(on_validation)
    assert "These rows chose both" not in gain_line(found)


def test_nothing_is_said_of_a_blend_of_one_member(capsys):
    print_result(found := result([trial(0.9), trial(0.8)]))
    assert "best member alone" not in words(capsys.readouterr().out)
    assert as_record(found)["gain"] is None
    undefined = dataclasses.replace(TEST, scores=(Score("r2", None, None, None),))
    assert gain_line(result([trial(0.9), trial(0.8)], test=undefined, **TWO)) is None


def test_what_is_printed(capsys):
    trials = [trial(), trial(status="interrupted"), failed()]
    print_result(result(trials, folder="runs/a[b]-" + "long" * 30, reason="because"))
    printed = capsys.readouterr().out
    assert printed.startswith("d.csv (CSV): 4 rows, 2 classes of 'y'.\n")
    for line in ("Mini-batches of size auto: because.", "1 of 3 members diverged.", "1 of 3 members interrupted."):
        assert line in printed
    assert printed.endswith("Run: runs/a[b]-" + "long" * 30 + "\n")
    assert "Scores on 360 test rows\n" in printed
    assert "Nothing was chosen by these rows, so expect about the same scores on new data.\n" in printed
    assert "360 test rows: accuracy 0.9750" in words(printed)
    print_result(result(trials[2:]))
    assert "1 of 1 members diverged: try lower learning rates.\n" in (printed := capsys.readouterr().out)
    assert "Mini-batches" not in printed
    print_result(result([trial()], test=None, validation=TEST))
    printed = capsys.readouterr().out
    assert "Scores on 360 validation rows\n" in printed
    assert "These rows also chose the model, so expect slightly lower scores on new data.\n" in printed
    nothing = trial(weights=None, best=BestEpoch(), t=0, status="interrupted")
    print_result(result([nothing], test=None, folder=None))
    assert capsys.readouterr().out.endswith("Nothing was trained, so nothing was kept.\n")


def judged(judgement, classes, rows="rows"):
    console = Console(file=io.StringIO(), width=100)
    print_judgement(console, judgement, rows, classes)
    return [words(line) for line in console.file.getvalue().splitlines()]


def test_scores_and_the_confusion_matrix():
    lines = judged(TEST, ["no", "yes"], "rows of h.csv")
    assert lines[0] == "Scores on 360 rows of h.csv"
    assert "accuracy 0.9750 0.9000 0.1000" in lines
    assert "roc_auc undefined 0.5000 undefined" in lines
    assert lines[-5:] == ["True class, and what was predicted for it", "→ no → yes", lines[-3], "no 100 9", "yes 0 251"]


def test_many_classes_are_told_by_their_confusions():
    y = np.arange(20)
    outputs = np.eye(20)[np.where(y == 7, 3, y)]
    lines = judged(
        judge(metric("accuracy", 20), y, outputs, outputs, np.full(20, 1 / 20)), [f"c{k}" for k in range(20)]
    )
    assert lines[-4:-3] == ["The most frequent confusions"]
    assert lines[-1] == "c7 c3 1"


def test_errors_by_the_true_value():
    y = np.arange(10.0)
    lines = judged(judge(metric("r2", 0), y, y + np.where(y < 2, 3, -1), y, np.array([4.5])), ())
    assert lines[-5] == "0 … 1 2 +3 3 3"
    assert lines[-1] == "8 … 9 2 -1 1 1"


def test_the_record_for_machines():
    trials = [trial(0.25), trial(0.75, math.nan), failed()]
    record = as_record(result(trials, reason="because", calibration=Calibration(1.5, 0.75, 0.5, True)))
    record = json.loads(json.dumps(record, allow_nan=False))
    assert [(row["rank"], row["member"], row["score"], row["cost"], row["share"]) for row in record["leaderboard"]] == [
        (1, 1, 0.75, None, 1.0),
        (2, 0, 0.25, 0.25, 0.0),
        (3, 2, None, None, 0.0),
    ]
    assert record["test"]["scores"][0] == {"metric": "accuracy", "model": 0.975, "best": 0.9, "baseline": 0.1}
    assert record["calibration"] == {"temperature": 1.5, "before": 0.75, "after": 0.5, "helps": True}
    assert (record["run"], record["task"], record["batch_size_reason"]) == ("runs/x", "classification", "because")


def progress(**more):
    running = trial(status="training", t=4, steps=20)
    here = train.Progress([running, trial(0.875), trial(best=BestEpoch())], Room(3, "all fit"))
    return Progress("training", here, **more)


def test_progress_counts_the_folds_to_come():
    """40 steps are planned and 24 done in this fold; two folds more are as long; the first one had 10."""
    assert (progress().steps, progress().planned) == (24, 40)
    later = progress(earlier=[trial()], fold=1, folds=4)
    assert (later.steps, later.planned) == (34, 10 + 3 * 40)


def test_the_time_left_follows_calls_of_compiled_programs():
    """16 steps are to do, at a quarter of a second each, by 2 workers; what compiling took is not counted."""
    assert progress().seconds_left is None
    compiled = trial(status="training", t=4, steps=20, seconds=900.0, swift=(1.0, 4))
    here = train.Progress([compiled, trial(seconds=400.0)], Room(3, "all fit", workers=2))
    assert Progress("training", here).seconds_left == pytest.approx(16 * 0.25 / 2)


@pytest.mark.parametrize(("seconds", "said"), [(90.0, ""), (1_200.0, "about 20 minutes"), (36_000.0, "about 10 hours")])
def test_a_long_training_is_announced_once(monkeypatch, seconds, said):
    stream = io.StringIO()
    bar = Bar(stream)
    monkeypatch.setattr(Progress, "seconds_left", seconds)
    for elapsed in (0.0, 6.0, 7.0):
        bar._tell_how_long(progress(), elapsed)
    assert stream.getvalue().count("Training will take") == bool(said)
    assert said in stream.getvalue()


def test_the_bar_is_for_terminals_only(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = io.StringIO()
    with Bar(stream) as bar:
        bar.update(progress())
    assert stream.getvalue() == ""


@pytest.mark.parametrize("folds", [1, 4])
def test_the_bar_tells_members_epochs_best_score_and_speed(monkeypatch, folds):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    with Bar(stream) as bar:
        bar.update(progress(folds=folds))
        bar._progress.refresh()
    for told in ("2/3 members", "epoch 5", "best 0.8750", "member-steps/s", " 60 %" if folds == 1 else " 15 %"):
        assert told in stream.getvalue()
    assert ("fold 1/4" in stream.getvalue()) == (folds == 4)
    assert np.isfinite(bar._progress.tasks[0].completed)
