"""Numbers and names as the page writes them."""

import math

import pytest

from schuss.report import markup
from schuss.report.chart import compact
from tests.report.pages import Page


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
