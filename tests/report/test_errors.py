"""Confusions and errors are those of the record."""

import numpy as np
import pytest

from schuss.report import errors
from tests.report.pages import Page
from tests.report.records import LABELS


def test_the_confusion_matrix_is_the_records(pages, classified):
    counts = classified[1].validation.confusion
    page = Page(pages["classes"])
    shares = [float(cell["style"].removeprefix("--share:")) for cell in page.all("td") if "style" in cell]
    wanted = [n / sum(row) for row in counts for n in row]
    assert shares == pytest.approx(wanted, abs=1e-3)
    assert f"{LABELS[0]} {' '.join(map(str, counts[0]))}" in page.text


def test_of_many_classes_the_most_frequent_confusions_are_told():
    counts = np.diag([9] * 30)
    counts[4, 7], counts[2, 1] = 5, 3
    text = Page(errors.confusions(counts.tolist(), [f"class {k}" for k in range(30)], "9 rows")).text
    assert "class 4 class 7 5 class 2 class 1 3" in text
    few = errors.confusions([[9, 0, 1], [0, 9, 0], [4, 0, 6]], ["a", "b", "c"], "29 rows")
    assert "c taken for a, in 4 of 10 rows" in Page(few).text


def test_errors_of_numbers_are_the_records(pages, regressed):
    page = Page(pages["numbers"])
    (spec,) = [s for s in page.figures if s["layout"]["yaxis"]["title"]["text"] == "prediction − truth"]
    parts = regressed[1].test.errors
    assert spec["data"][0]["y"] == pytest.approx([part.mean for part in parts], rel=1e-4)
    assert spec["data"][0]["error_y"]["array"] == pytest.approx([p.root_mean_squared for p in parts], rel=1e-4)
