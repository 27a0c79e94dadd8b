"""The page: one safe file that needs nothing and lets nothing in, whatever the table holds."""

import html
import re

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from schuss import report
from schuss.report import curves, health, markup
from schuss.report.chart import chart
from tests.report.pages import Page
from tests.report.records import HOSTILE, LABELS, TARGET, changed

LIMIT = 6_000_000
"""Bytes of a report."""

both = pytest.mark.parametrize("name", ["classes", "numbers"])


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
    rng = np.random.default_rng(0)

    def large(record):
        members = [dict(record["members"][k % 16]) for k in range(2_000)]
        for member in members:
            member["learning_rate"], member["score"] = float(rng.uniform(1e-5, 1)), float(rng.uniform())
            member["l2"] = float(rng.uniform())
            member["hidden_layer_sizes"] = f"{rng.integers(999)},{rng.integers(999)}"
        record |= {"members": members, "ranking": list(range(2_000)), "best": 0}
        column = record["importance"]["columns"][0]
        record["importance"]["columns"] = [{**column, "name": f"{k} " + "long name " * 30} for k in range(50)]
        record["folds"][0]["encoding"]["columns"] *= 400

    record = changed(classified[1], large)
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
    def bad(record):
        record["health"]["members"][0]["findings"][0] |= {"level": "bad", "verdict": "V & W", "remedy": "R"}

    page = Page(health.section_of(changed(classified[1], bad)))
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
