"""Runs in which something is missing have a page, too."""

import plotly.graph_objects as go
import pytest

from schuss import report
from schuss.report import curves
from tests.report.pages import Page
from tests.report.records import about_the_best, changed


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


def one_member(record):
    record |= {"ranking": [0], "members": record["members"][:1], "best": 0}
    record["model"]["shares"] = [[0, 1.0]]
    about_the_best(record)


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
        one_member,
        own_optimizer,
        interrupted,
        equal_scores,
        of_folds,
    ],
    ids=lambda change: change.__name__,
)
def test_odd_runs_have_a_page_too(classified, change):
    folder, record = classified[0], changed(classified[1], change)
    drawn = curves.read(folder / "history.parquet", classified[1])
    page = Page(report.page(record, {place: drawn[place] for place in curves.drawn(record) if place in drawn}))
    for spec in page.figures:
        go.Figure(spec)
    assert {"answer", "leaderboard", "repeat"} <= {section["id"] for section in page.all("section")}
    Page(report.html_of(record))
    for missing in ("nan", "None", "inf "):
        assert missing not in page.text.replace("none", "")
