"""The run report: one safe file, whatever the table holds; its statements are checked against the run's record."""

import copy
import html
import itertools
import json
import math
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pyarrow as pa
import pyarrow.csv
import pytest

from schuss import report
from schuss.cli import app
from schuss.diagnosis.bootstrap import standard_error
from schuss.jobs.train import Settings, run
from schuss.report import advice, answer, comparison, curves, errors, health, hyperparameters, markup, optimizers
from schuss.report.chart import chart, compact, round_numbers
from schuss.report.command import command, inspect_command
from schuss.selection.metrics import metric
from schuss.space import Space
from schuss.tables import Roles

LIMIT = 6_000_000
"""Bytes of a report."""

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "도시 & <b>굵게</b>",
    "'%{x}$a$\u2028",
]
"""Names of columns; the last one's signs have a meaning in plotly's templates, in MathJax and in JavaScript."""

TARGET, LABELS = "y</title>", ["</script>yes", "<i>no</i>"]


def hostile_table(path):
    rng = np.random.default_rng(0)
    x = {name: rng.normal(size=160) for name in HOSTILE[:3]}
    x[HOSTILE[3]] = rng.choice([f"<u>{k}</u>" for k in range(20)], 160)
    y = np.where(x[HOSTILE[0]] > 0, *LABELS)
    pa.csv.write_csv(pa.table({**x, TARGET: y}), path)
    return str(path)


def record_of(settings, parent):
    """A run's folder and its record; with a standard error that is set, what is said of it depends on no chance."""
    result = run(settings, parent=parent)
    record = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    record["validation"]["standard_error"] = 0.01
    return result.folder, record


@pytest.fixture(scope="module")
def classified(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    space = Space(optimizer=["adam", "sgd"], learning_rate=[0.01, 0.1], dropout=[0, 0.25])
    data = hostile_table(folder / "hostile.csv")
    return record_of(Settings(data, TARGET, space=space, seeds=2, epochs=12, devices=1), folder)


@pytest.fixture(scope="module")
def regressed(tmp_path_factory):
    settings = Settings("diabetes", members=3, seeds=1, epochs=3, test=0.2, devices=1)
    return record_of(settings, tmp_path_factory.mktemp("numbers"))


@pytest.fixture(scope="module")
def pages(classified, regressed):
    found = {}
    for name, (folder, record) in {"classes": classified, "numbers": regressed}.items():
        path = report.write(folder, record)
        assert path == folder / "report.html"
        found[name] = path.read_text(encoding="utf-8")
    return found


both = pytest.mark.parametrize("name", ["classes", "numbers"])


class Page(HTMLParser):
    """What a browser would see: elements, their attributes, and texts outside of scripts and styles."""

    VOID = ("meta", "br", "img", "link", "input")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts, self.scripts, self.styles = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), tuple(self.open)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        kept = {"script": self.scripts, "style": self.styles}.get(self.open[-1] if self.open else "", self.texts)
        kept.append(data)

    def all(self, tag):
        return [attributes for found, attributes, _ in self.elements if found == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def figures(self):
        """The specifications of the pictures."""
        specs = [script for script in self.scripts if script.startswith('{"data"')]
        return [json.loads(spec) for spec in specs]


# One file that needs nothing and lets nothing in


@both
def test_a_page_is_well_formed_and_asks_for_nothing(pages, name):
    page = Page(pages[name])
    for tag, attributes, _ in page.elements:
        assert not {"src", "href", "srcset", "action", "data", "poster"} & set(attributes), tag
        assert not [key for key in attributes if key.startswith("on")], tag
        assert tag not in ("link", "iframe", "object", "embed", "base", "form", "img")
    assert "url(" not in "".join(page.styles)
    assert "@import" not in "".join(page.styles)
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not re.search(r"https?:|\*", policy)


@both
def test_the_policy_stands_before_all_that_it_rules(pages, name):
    elements = [tag for tag, *_ in Page(pages[name]).elements]
    assert elements.index("meta") < min(elements.index("style"), elements.index("script"))


@both
def test_a_page_is_small_enough(pages, name):
    assert len(pages[name].encode()) < LIMIT


def test_the_page_of_a_large_run_of_a_wide_table_is_small_enough(classified):
    """2,000 members, 2,000 columns with long names, 16,384 steps and 400 epochs for each curve."""
    record = copy.deepcopy(classified[1])
    rng = np.random.default_rng(0)
    members = [copy.deepcopy(record["members"][k % 16]) for k in range(2_000)]
    for member in members:
        member["learning_rate"], member["score"] = float(rng.uniform(1e-5, 1)), float(rng.uniform())
        member["l2"], member["hidden_layer_sizes"] = float(rng.uniform()), f"{rng.integers(999)},{rng.integers(999)}"
    record["members"], record["ranking"] = members, list(range(2_000))
    column = record["importance"]["columns"][0]
    record["importance"]["columns"] = [{**column, "name": f"{k} " + "long name " * 30} for k in range(50)]
    record["folds"][0]["encoding"]["columns"] *= 400
    curve = curves.Curve(*(rng.normal(size=16_384) for _ in range(3)), rng.normal(size=400), rng.normal(size=400))
    assert len(report.page(record, dict.fromkeys(curves.drawn(record), curve)).encode()) < LIMIT


def test_hostile_names_are_text_and_nothing_else(pages, classified):
    page = Page(pages["classes"])
    for name in (*HOSTILE[:3], TARGET, *LABELS):
        assert " ".join(name.split()) in page.text
        assert name not in "".join(page.scripts[:-3])  # the last ones are the colours, plotly and the page's own
    assert not {"b", "i", "u", "img"} & {tag for tag, *_ in page.elements}
    assert len(page.all("script")) == len(page.figures) + 3
    assert "\u2028" not in "".join(page.scripts[:-3])


def test_every_text_of_a_table_is_escaped():
    page = Page(markup.table("<c>", {"<a>": ["<b>"], "<d>": ["</table>"]}, sortable=True) + markup.details("<s>"))
    assert page.text == "<c> <a> <d> <b> </table> <s>"
    tags = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "button", "details", "summary"}
    assert {tag for tag, *_ in page.elements} == tags


def test_what_a_picture_holds_cannot_end_its_script():
    title = "</script><!--\u2028\u2029"
    text = chart([], {"title": title}, "</div>", "<caption>")
    assert not set("\u2028\u2029") & set(text)
    (spec,) = Page(text).figures
    assert spec["layout"]["title"] == title


def test_names_in_pictures_are_shown_letter_by_letter(pages):
    """plotly takes tags and entities in labels for its own; what is escaped once too few would be a link or bold."""
    (names,) = [
        spec["layout"]["yaxis"]["ticktext"] for spec in Page(pages["classes"]).figures if spec["data"][0].get("error_x")
    ]
    assert len(names) == len(HOSTILE)
    assert not re.search("[<>]", "".join(names))
    for name in names:
        assert any(full.startswith(html.unescape(name).rstrip("…")) for full in HOSTILE)


@both
def test_plotly_takes_every_picture(pages, name):
    figures = Page(pages[name]).figures
    assert len(figures) >= 8
    for spec in figures:
        go.Figure(spec)  # raises for what plotly does not know
        plotly.io.to_json(spec)
        assert spec["data"]
        for trace in spec["data"]:
            assert len(trace["x"]) == len(trace["y"])


@both
def test_a_page_can_be_heard_and_walked_through(pages, name):
    page = Page(pages[name])
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    identifiers = [section["id"] for section in page.all("section")]
    wanted = ["answer", "next", "leaderboard", "optimizers", "hyperparameters", "curves", "errors", "health"]
    assert identifiers == [*wanted, "importance", "repeat"]
    assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    charts = [div for div in page.all("div") if div.get("class") == "chart"]
    assert len(charts) == len(page.figures) == len(page.all("figcaption"))
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in charts)
    assert page.all("noscript")
    assert any("viewport" in meta.get("name", "") for meta in page.all("meta"))
    styles = "".join(page.styles)
    assert "@media print" in styles
    assert "prefers-color-scheme: dark" in styles


def test_levels_are_not_told_by_colour_alone(classified):
    record = copy.deepcopy(classified[1])
    record["health"]["members"][0]["findings"][0] |= {"level": "bad", "verdict": "V & W", "remedy": "R"}
    page = Page(health.section_of(record))
    assert "✗ bad V & W R" in page.text
    assert "✓ good" in page.text


def test_writing_replaces_the_page_and_leaves_nothing_else(classified):
    folder, record = classified
    report.write(folder, record)
    before = sorted(path.name for path in folder.iterdir())
    (folder / "report.html").write_text("old")
    report.write(folder, record)
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in folder.iterdir()) == before


# The answer


def test_the_answer_is_the_records(classified, regressed):
    for _, record in (classified, regressed):
        found, judged = answer.answer_of(record), record["test"] or record["validation"]
        assert (found.score, found.baseline) == (judged["scores"][0]["model"], judged["scores"][0]["baseline"])
        assert (found.rows, found.held_out) == (judged["rows"], record["test"] is not None)
        text = Page(answer.section_of(record)).text
        assert markup.number(found.score) in text
        assert f"{found.rows} {'test' if found.held_out else 'validation'} rows" in text
        assert ("flatters" in text) == (not found.held_out)
        best = record["members"][record["ranking"][0]]
        assert f"number {record['ranking'][0]} with {markup.number(best['score'])}" in text


def with_scores(record, *scores, metric="accuracy"):
    """Members with these scores, one list a configuration and one score a seed."""
    record = copy.deepcopy(record)
    base, members = record["members"][0], []
    for k, own in enumerate(scores):
        for seed, score in enumerate(own):
            member = copy.deepcopy(base)
            member["description"] |= {"dropout": k / 100, "seed": seed}
            members.append({**member, "dropout": k / 100, "seed": seed, "score": score, "diverged_at": None})
    record |= {"members": members, "metric": metric}
    order = sorted(range(len(members)), key=lambda place: -(members[place]["score"] or -math.inf))
    return record | {"ranking": order, "best": order[0], "model": {**record["model"], "shares": [[order[0], 1.0]]}}


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([(0.90, 0.92), (0.80, 0.82)], "The lead of 0.1000 is larger than the spread over seeds (0.0141)"),
        ([(0.90, 0.96), (0.92, 0.92)], "The lead of 0.0100 is not larger than the spread over seeds (0.0424)"),
        ([(0.90, 0.96), (0.92, 0.92), (0.9, 0.91)], "In all, 2 configurations are that near"),
        ([(0.9,), (0.8,)], "one seed, so it cannot be known"),
        ([(0.9, 0.8)], "no second configuration"),
        ([(0.9, 0.8), (0.7, None)], "no second configuration"),
    ],
    ids=["larger", "smaller", "several are near", "one seed", "one configuration", "the other failed"],
)
def test_a_lead_is_told_beside_the_spread_over_seeds(classified, scores, words):
    assert words in answer.luck(with_scores(classified[1], *scores))


@pytest.mark.parametrize(("lead", "near"), [(0.019, True), (0.021, False)], ids=["within two errors", "beyond"])
def test_a_lead_is_told_beside_the_number_of_rows(classified, lead, near):
    text = Page(answer.section_of(with_scores(classified[1], [0.9], [0.9 - lead]))).text
    assert ("the other way round" in text) == near


def test_what_was_trained_again_is_said_to_be_so(classified):
    record = copy.deepcopy(classified[1])
    record["refit"] = {"training_rows": 1234}
    assert "trained again on all 1,234 training and validation rows" in answer.section_of(record)
    record["refit"] = None
    assert "trained again" not in answer.section_of(record)


def test_no_better_than_the_baseline_is_said_so(classified):
    record = copy.deepcopy(classified[1])
    record["validation"]["scores"][0] |= {"model": 0.5, "baseline": 0.5}
    assert "it is no better" in answer.section_of(record)


@pytest.mark.parametrize(
    ("name", "classes", "exact"),
    [("accuracy", 2, math.sqrt(0.8 * 0.2 / 500)), ("neg_mean_absolute_error", 0, math.sqrt(1 / 12 / 500))],
    ids=["binomial", "mean of uniform errors"],
)
def test_the_bootstrap_knows_closed_forms(name, classes, exact):
    rows = np.arange(500)
    outputs = np.eye(2)[(rows % 5 == 0).astype(int)] if classes else rows / 500
    error = standard_error(metric(name, classes), np.zeros(500, int), outputs)
    assert error == pytest.approx(exact, rel=0.25)


def test_the_bootstrap_of_many_rows_is_drawn_from_few(monkeypatch):
    from schuss.diagnosis import bootstrap

    y, outputs = np.zeros(3_000, int), np.eye(2)[(np.arange(3_000) % 4 == 0).astype(int)]
    assert len(y) > bootstrap.ROWS
    few = standard_error(metric("accuracy", 2), y, outputs)
    monkeypatch.setattr(bootstrap, "ROWS", 10_000)
    assert few == pytest.approx(standard_error(metric("accuracy", 2), y, outputs), rel=0.3)
    assert few == pytest.approx(math.sqrt(0.75 * 0.25 / 3_000), rel=0.3)


def test_the_bootstrap_counts_weights_and_keeps_silent_where_nothing_is_defined():
    right = np.arange(400) < 40
    outputs = np.eye(2)[np.where(right, 0, 1)]
    weighted = standard_error(metric("accuracy", 2), np.zeros(400, int), outputs, np.where(right, 1.0, 0.0))
    assert weighted == 0  # only rows that are right count
    assert standard_error(metric("roc_auc", 2), np.zeros(400, int), outputs) is None
    assert standard_error(metric("accuracy", 2), np.zeros(1, int), outputs[:1]) is None


# Comparisons


@pytest.mark.parametrize("n", [1, 4, 7])
def test_the_expected_best_is_the_mean_over_all_choices(n):
    scores = np.random.default_rng(n).normal(size=n).tolist()
    for k in range(1, n + 1):
        brute = np.mean([max(chosen) for chosen in itertools.combinations(scores, k)])
        assert comparison.expected_best(scores, k) == pytest.approx(brute)


def test_the_expected_best_of_a_large_population_is_computed():
    scores = np.linspace(0, 1, 5_000).tolist()
    assert comparison.expected_best(scores, 2_500) == pytest.approx(2_500 / 2_501, abs=1e-3)


def test_a_member_that_diverged_counts_as_the_worst(classified):
    record = with_scores(classified[1], [0.9], [0.5], [0.7])
    record["members"][0]["diverged_at"] = 3
    assert comparison.budget_scores(record, [0, 1, 2]) == [0.5, 0.5, 0.7]


def test_optimizers_are_compared_at_the_smallest_budget(classified):
    record = with_scores(classified[1], *[[score] for score in (0.9, 0.8, 0.7, 0.85, 0.6)])
    for place, name in enumerate(["adam", "adam", "adam", "sgd", "sgd"]):
        record["members"][place]["optimizer"] = name
    page = Page(optimizers.section_of(record))
    expected = {"adam": (0.9 + 0.9 + 0.8) / 3, "sgd": 0.85}
    assert "best of 2" in page.text
    for name, best in expected.items():
        row = re.search(rf"{name} (\d) 0 (\S+) (\S+)", page.text)
        assert float(row[3]) == pytest.approx(best, abs=1e-4)
    by_name = {trace["name"]: trace for trace in page.figures[1]["data"]}
    assert by_name["adam"]["x"] == [1, 2, 3]
    assert by_name["adam"]["y"] == pytest.approx([0.8, expected["adam"], 0.9], abs=1e-4)


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([0.001, 0.1, 0.01, 0.001], [0, 1, 0.5, 0]),
        (["64,64", "128", "none", "64"], [2 / 3, 1, 0, 1 / 3]),
        ([10.0**-k for k in range(9)], [1 - k / 8 for k in range(9)]),
        ([0.0, *np.linspace(0.1, 0.8, 8).tolist()], [0, *np.linspace(0.15, 1, 8)]),
        ([0.0, *[10.0**k for k in range(8)]], [0, *np.linspace(0.15, 1, 8)]),
    ],
    ids=["a few", "layers", "many over decades", "zero and more", "zero and decades"],
)
def test_values_have_places_on_a_scale(values, places):
    scale = hyperparameters.scale_of(values)
    assert list(scale.places) == pytest.approx(places)
    at = [place for place, _ in scale.ticks]
    assert at == sorted(at)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in at)


@pytest.mark.parametrize("bounds", [(0.2, 0.9), (-3, 1e4), (5.0, 5.1), (1e-9, 2e-9)])
def test_round_numbers_lie_between_their_bounds(bounds):
    found = round_numbers(*bounds)
    assert 2 <= len(found) <= 8
    assert all(bounds[0] <= value <= bounds[1] for value in found)
    steps = np.diff(found)
    assert steps == pytest.approx(steps[0])


def test_every_member_is_a_point_in_every_slice(pages, classified):
    record = classified[1]
    slices = [spec for spec in Page(pages["classes"]).figures if "tickangle" in json.dumps(spec["layout"])]
    titles = [spec["layout"]["xaxis"]["title"]["text"] for spec in slices]
    assert titles == ["learning rate", "dropout", "seed"]
    for spec in slices:
        scores = sorted(value for trace in spec["data"] for value in trace["y"])
        wanted = sorted(m["score"] for m in record["members"] if m["diverged_at"] is None)
        assert scores == pytest.approx(wanted, abs=1e-4)


# Curves


def test_curves_are_what_the_history_holds(tmp_path, classified):
    folder, record = classified
    history = pa.parquet.read_table(folder / "history.parquet").to_pandas()
    for place, curve in curves.read(folder / "history.parquet", curves.drawn(record)).items():
        own = history[(history.member == place) & (history.fold == 0)]
        steps, epochs = own[own.kind == "step"], own[own.kind == "epoch"]
        np.testing.assert_array_equal(curve.steps, steps.number)
        np.testing.assert_array_equal(curve.costs, steps.cost)
        np.testing.assert_array_equal(curve.learning_rates, steps.learning_rate)
        np.testing.assert_array_equal(curve.validation_costs, epochs.cost)
        np.testing.assert_array_equal(curve.validation_scores, epochs.score)


def test_averages_are_taken_before_curves_are_thinned(classified):
    """pandas' average of all the costs, at the steps that are drawn."""
    import pandas as pd

    record, costs = classified[1], np.random.default_rng(0).normal(5, 1, 3_000)
    place = record["ranking"][0]
    nothing = np.zeros(0)
    curve = curves.Curve(np.arange(1.0, 3_001), costs, np.full(3_000, 0.1), nothing, nothing)
    raw, average = Page(curves.section_of(record, {place: curve})).figures[0]["data"]
    wanted = pd.Series(costs).ewm(alpha=0.02).mean()
    assert len(average["x"]) == curves.POINTS
    assert (average["x"][0], average["x"][-1]) == (1, 3_000)
    for spec, values in ((raw, costs), (average, wanted)):
        assert spec["y"] == pytest.approx([values[step - 1] for step in spec["x"]], rel=1e-4)


def test_the_epoch_kept_is_ringed(pages, classified):
    record = classified[1]
    (spec,) = [s for s in Page(pages["classes"]).figures if s["layout"]["yaxis"]["title"]["text"] == "validation cost"]
    rings = [trace["x"][0] for trace in spec["data"] if trace["mode"] == "markers"]
    assert rings == [record["members"][place]["best_epoch"] for place in curves.drawn(record)]


# Errors


def test_the_confusion_matrix_is_the_records(pages, classified):
    counts = classified[1]["validation"]["confusion"]
    page = Page(pages["classes"])
    shares = [float(cell["style"].removeprefix("--share:")) for cell in page.all("td") if "style" in cell]
    wanted = [n / sum(row) for row in counts for n in row]
    assert shares == pytest.approx(wanted, abs=1e-3)
    assert f"{LABELS[0]} {' '.join(map(str, counts[0]))}" in page.text


def test_of_many_classes_the_most_frequent_confusions_are_told(classified):
    record = copy.deepcopy(classified[1])
    counts = np.diag([9] * 30)
    counts[4, 7], counts[2, 1] = 5, 3
    record["validation"]["confusion"] = counts.tolist()
    record["folds"][0]["encoding"]["target"]["classes"] = [f"class {k}" for k in range(30)]
    text = Page(errors.section_of(record)).text
    assert "class 4 class 7 5 class 2 class 1 3" in text
    record["folds"][0]["encoding"]["target"]["classes"] = ["a", "b", "c"]
    record["validation"]["confusion"] = [[9, 0, 1], [0, 9, 0], [4, 0, 6]]
    assert "c taken for a, in 4 of 10 rows" in Page(errors.section_of(record)).text


def test_errors_of_numbers_are_the_records(pages, regressed):
    page = Page(pages["numbers"])
    (spec,) = [s for s in page.figures if s["layout"]["yaxis"]["title"]["text"] == "prediction − truth"]
    parts = regressed[1]["test"]["errors"]
    assert spec["data"][0]["y"] == pytest.approx([part["mean"] for part in parts], rel=1e-4)
    assert spec["data"][0]["error_y"]["array"] == pytest.approx([p["root_mean_squared"] for p in parts], rel=1e-4)


# Commands


class Stop(Exception):
    """Raised in place of training."""


@pytest.fixture
def settings_of(monkeypatch):
    """Command line → the settings that it stands for, read by the command itself."""
    import shlex

    def caught(settings, *rest):
        raise Stop(settings)

    monkeypatch.setattr("schuss.jobs.train.run", caught)

    def settings_of(text):
        name, *words = shlex.split(text)
        assert name == "schuss"
        with pytest.raises(Stop) as found:
            app(words, standalone_mode=False)
        return found.value.args[0]

    return settings_of


def plain(settings):
    return json.loads(json.dumps(asdict(settings)))


@pytest.mark.parametrize(
    "settings",
    [
        Settings("digits", epochs=7, patience=3),
        Settings("a b'c.csv", "y", "regression", numeric="quantile", members=5, seeds=3, test=0.25, validation=0.1),
        Settings("x.duckdb", "</script>", table="t", class_weight="balanced", metric="f1_macro", folds=4, devices=2),
        Settings("x.csv", "y", roles=Roles(id=("a", "b"), exclude=("c d",), weight="w", group="g", time="t")),
        Settings("x.csv", "y", roles=Roles(category=("k",), number=("n",)), random_state=9),
        Settings("digits", space=Space(optimizer=["adam", "sgd"], learning_rate=[1e-05, 0.1], l2=[0.0, 0.1])),
        Settings("digits", numeric="robust", refit=False, test=0.2),
        Settings("digits", space=Space(hidden_layer_sizes=[(64, 32), (), (8,)], batch_size=["auto", 64])),
        Settings("digits", space=Space(["lion"], [0.3], ["cosine"], [8], [(4,)], ["tanh"], [0.5], [1.0], ["huber"])),
    ],
    ids=["plain", "shares", "names", "roles", "kinds", "numbers", "no refit", "layers", "every choice"],
)
def test_a_command_stands_for_the_settings_it_was_made_from(settings_of, settings):
    assert plain(settings_of(command(plain(settings)))) == plain(settings)


def test_changes_take_the_place_of_settings(settings_of):
    settings = Settings("x.csv", "y", epochs=9, patience=4, space=Space(optimizer=["sgd"]))
    text = command(plain(settings), optimizer=["adam", "lion"], patience=None, seeds=3)
    wanted = replace(settings, space=Space(optimizer=["adam", "lion"]), patience=None, seeds=3)
    assert plain(settings_of(text)) == plain(wanted)


def test_inspect_is_told_of_the_table_alone():
    settings = Settings("x.csv", "y", task="binary", table="t", roles=Roles(exclude=("z",)), epochs=3, seeds=2)
    assert inspect_command(plain(settings)) == "schuss inspect x.csv --target y --exclude z --task binary --table t"


@both
def test_the_run_can_be_repeated_by_the_command_on_its_page(pages, classified, regressed, settings_of, name):
    record = {"classes": classified, "numbers": regressed}[name][1]
    text = pages[name]
    block = text[text.index('<section id="repeat">') :]
    (shown,) = re.findall('<pre class="command"><code>(.*?)</code>', block, re.S)
    said = html.unescape(re.sub("</?span>", "", shown))
    own = plain(settings_of(said))
    assert {**own, "target": record["settings"]["target"]} == record["settings"]
    shown = Page(pages[name]).text
    assert record["fingerprint"] in shown
    for version in (*record["versions"].values(), *map(str, record["machine"]["instructions"])):
        assert version in shown


# Advice


def advised(record, **settings):
    """The advice for a run, by the first words of its reasons."""
    record = copy.deepcopy(record)
    record["settings"] |= settings
    return [(found.why, found.command) for found in advice.advice(record)]


def commands(record, **settings):
    return " ".join(text for _, text in advised(record, **settings))


def calm(record):
    """A run that gives no reason for anything."""
    record = with_scores(record, *[[0.9 - k / 1000, 0.9 - k / 1000] for k in range(6)])
    record["settings"] |= {"seeds": 2, "test": 0.2, "folds": 2, "members": 12, "epochs": 40}
    record["settings"]["space"] = {name: [] for name in record["settings"]["space"]}
    for member in record["members"]:
        member |= {"optimizer": "adam", "learning_rate": 0.003}
    record["validation"]["scores"][0] |= {"model": 0.9, "baseline": 0.5}
    findings = [{"sign": sign, "level": "good"} for sign in ("over-fitting", "still descending")]
    record["health"]["members"][0]["findings"] = findings
    return record | {"prior": [0.5, 0.5]}


def test_a_calm_run_gives_no_reason_for_anything(classified):
    record = calm(classified[1])
    assert advice.advice(record) == []
    assert "more data may help" in advice.section_of(record)


def over_fitting(record):
    record["health"]["members"][0]["findings"][0]["level"] = "watch"


def still_descending(record):
    record["health"]["members"][0]["findings"][1]["level"] = "watch"


def high_rate(record):
    record["members"][record["best"]]["learning_rate"] = 0.019


def low_rate(record):
    record["members"][record["best"]]["learning_rate"] = 0.00051


def edge_of_a_grid(record):
    record["settings"] |= {"members": None, "space": {**record["settings"]["space"], "learning_rate": [0.001, 0.003]}}


def diverging(record):
    for place in record["ranking"][4:]:
        record["members"][place] |= {"diverged_at": 5, "learning_rate": 0.6}


def no_better(record):
    record["validation"]["scores"][0] |= {"model": 0.4}


def skewed(record):
    record["prior"] = [0.9, 0.1]


def few_rows(record):
    record["settings"]["folds"] = 1


def no_test(record):
    record["settings"]["test"] = 0.0


def one_seed(record):
    record["settings"]["seeds"] = 1


def rising(record):
    for k, place in enumerate(record["ranking"]):
        record["members"][place]["score"] = 0.9 - 0.05 * k


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (over_fitting, ["--dropout 0.1,0.3,0.5", "--l2 0.01,0.1,1", "--members 12"]),
        (still_descending, ["--epochs 80"]),
        (high_rate, ["--optimizer adam", "--learning-rate 0.02,0.04,0.1", "--members 12"]),
        (low_rate, ["--optimizer adam", "--learning-rate 0.0001,0.00025,0.0005"]),
        (edge_of_a_grid, ["--optimizer adam", "--learning-rate 0.003,0.006,0.015"]),
        (diverging, ["--learning-rate 0.02,0.06,0.2"]),
        (no_better, ["schuss inspect"]),
        (skewed, ["--metric balanced_accuracy", "--class-weight balanced"]),
        (few_rows, ["--folds 5"]),
        (no_test, ["--test 0.2"]),
        (one_seed, ["--seeds 3", "--optimizer adam"]),
        (rising, ["--members 24"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_reason_gives_its_command(classified, settings_of, change, words):
    record = calm(classified[1])
    change(record)
    (found,) = advice.advice(record)
    for word in words:
        assert word in found.command
    if not found.command.startswith("schuss inspect"):
        settings_of(found.command)  # the command takes it


def test_a_high_rate_is_not_raised_where_others_diverged(classified):
    record = calm(classified[1])
    high_rate(record)
    record["members"][record["ranking"][-1]]["diverged_at"] = 2
    assert advice.advice(record) == []


def test_rows_to_choose_by_are_asked_for_where_there_are_none(classified, settings_of):
    record = calm(classified[1]) | {"validation": None}
    record["settings"] |= {"validation": 0.0, "folds": 1}
    (found,) = advice.advice(record)
    assert settings_of(found.command).validation == 0.2


def test_more_epochs_take_a_new_patience(classified, settings_of):
    record = calm(classified[1])
    still_descending(record)
    assert settings_of(advice.advice(record)[0].command).patience is None


# Odd runs


def without_validation(record):
    for member in record["members"]:
        member |= {"score": None, "best_epoch": None}
    record |= {"validation": None, "test": None, "importance": None}
    record["model"]["shares"] = [[record["best"], 1.0]]


def all_diverged(record):
    for member in record["members"]:
        member |= {"score": None, "diverged_at": 1, "status": "diverged at step 1", "cost": None}
    record["validation"] = None


def undefined_scores(record):
    for score in record["validation"]["scores"]:
        score |= {"model": None, "best": None, "baseline": None}
    record["validation"]["standard_error"] = None


def older(record):
    del record["health"], record["importance"], record["validation"]["standard_error"]


def one_member(record):
    record |= {"ranking": [0], "members": record["members"][:1], "best": 0}
    record["model"]["shares"] = [[0, 1.0]]
    record["health"]["members"] = [{**record["health"]["members"][0], "member": 0}]


def own_optimizer(record):
    for member in record["members"]:
        member |= {"optimizer": "own <thing>", "learning_rate": None, "hidden_layer_sizes": "4 → 2", "activation": ""}


def interrupted(record):
    record["interrupted"] = True
    record["members"][-1] |= {"status": "waiting", "score": None, "cost": None, "best_epoch": None}


def equal_scores(record):
    for member in record["members"]:
        member["score"] = 1.0


def of_folds(record):
    record["folds"] *= 3


@pytest.mark.parametrize(
    "change",
    [
        without_validation,
        all_diverged,
        undefined_scores,
        older,
        one_member,
        own_optimizer,
        interrupted,
        equal_scores,
        of_folds,
    ],
    ids=lambda change: change.__name__,
)
def test_odd_runs_have_a_page_too(classified, change):
    folder, record = classified[0], copy.deepcopy(classified[1])
    change(record)
    page = Page(report.page(record, curves.read(folder / "history.parquet", curves.drawn(record))))
    for spec in page.figures:
        go.Figure(spec)
    assert {"answer", "leaderboard", "repeat"} <= {section["id"] for section in page.all("section")}
    Page(report.html_of(record))
    for missing in ("nan", "None", "inf "):
        assert missing not in page.text.replace("none", "")


# In a notebook


@both
def test_a_notebook_shows_the_answer_and_the_best_without_scripts(classified, regressed, name):
    record = {"classes": classified, "numbers": regressed}[name][1]
    page = Page(report.html_of(record))
    assert answer.headline(record, answer.answer_of(record)) in " ".join(page.text.split())
    assert not {"script", "style", "link", "iframe"} & {tag for tag, *_ in page.elements}
    assert len(report.html_of(record)) < 10_000
    best = record["members"][record["ranking"][0]]
    assert markup.number(best["score"]) in page.text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.97314, "0.9731"),
        (-0.5, "−0.5000"),
        (0.0, "0"),
        (1e-7, "1e-07"),
        (123456.0, "1.23e+05"),
        (float("nan"), ""),
        (None, ""),
    ],
)
def test_numbers_are_short(value, text):
    assert markup.number(value) == text


def test_what_is_not_finite_is_a_gap():
    assert compact([1 / 3, math.nan, math.inf, None]) == [0.33333, None, None, None]


def test_names_are_shown_as_long_as_there_is_room():
    text = Page(markup.table("c", {"a": ["x" * 500, "y" * 150], "b": ["1", "2"]})).text
    assert text.count("x") == markup.LONGEST_CELL - 1
    assert text.count("y") == 150
