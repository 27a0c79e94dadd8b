"""Pictures of exponentially weighted averages: what they claim (notes A5, A6)."""

import re
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from schuss import lab
from schuss.lab.pictures.averages import temperatures
from schuss.lab.style import BETA_COLOURS, BIAS_COLOURS


@cache
def drawn(name, **parameters):
    return lab.PICTURES[name].draw(small=True, **parameters)


def line(drawing, panel, colour):
    lines = drawing.figure.axes[panel].lines
    return next(np.asarray(each.get_ydata()) for each in lines if each.get_color() == colour)


def test_temperatures_are_those_of_the_file_and_name_their_source():
    text = (resources.files("schuss.lab.pictures") / "seattle_temperatures.csv").read_text()
    rows = [row.split(",") for row in text.splitlines() if not row.startswith("#")]
    days = pd.to_datetime([day for day, _ in rows])
    assert (days == pd.date_range("2012-01-01", "2013-12-31")).all()
    np.testing.assert_array_equal(temperatures(days=731), [float(value) for _, value in rows])
    np.testing.assert_array_equal(temperatures("2013-12-30", 2), temperatures(days=731)[-2:])
    assert "NOAA" in text.splitlines()[1]
    assert "public domain" in text.splitlines()[1]
    summer, winter = temperatures("2012-07-01", 62), temperatures("2012-12-01", 62)
    assert summer.mean() > winter.mean() + 10


@pytest.mark.parametrize(
    ("first", "days"), [("2011-12-31", 5), ("2012-01-01", 732), ("2013-12-31", 2), ("2012-01-01", 0)]
)
def test_days_that_are_not_there(first, days):
    with pytest.raises(
        ValueError, match=re.escape(f"The days must lie in 2012 and 2013, which {days} days from {first} on do not.")
    ):
        temperatures(first, days)


def test_a_larger_beta_is_smoother_and_later():
    drawing = drawn("daily_temperatures")
    measured = drawing.measured
    np.testing.assert_allclose(measured["windows"], [2, 10, 50])
    roughest, middle, smoothest = measured["changes"]
    assert roughest > 3 * middle > 6 * smoothest
    early, later, latest = measured["lags"]
    assert early <= 2 < 7 <= later <= 11 < 30 <= latest <= 49  # β/(1−β) for a trend without end: 1, 9 and 49
    series = pd.Series(temperatures(days=731))
    for beta, colour in BETA_COLOURS.items():
        np.testing.assert_allclose(line(drawing, 0, colour), series.ewm(alpha=1 - beta).mean(), rtol=1e-9)


def test_weights_fall_to_1_over_e_in_one_window():
    measured = drawn("weights_and_window").measured
    theta = pd.Series(temperatures(days=300))
    expected = theta.ewm(alpha=0.1).mean().iloc[-1] * (1 - 0.9**300)
    assert measured["average"] == pytest.approx(expected, rel=1e-12)
    assert measured["difference"] < 1e-10
    assert measured["window"] == 10
    assert measured["ratio"] == pytest.approx(0.9**10)
    assert measured["share"] == pytest.approx(1 - 0.9**10)
    away = np.abs(np.array(measured["ratios"]) - 1 / np.e)
    assert (np.diff(away) < 0).all()
    assert measured["windows"][-1] == 1000
    assert away[-1] < 2e-4


def test_bars_are_the_weights():
    figure = drawn("weights_and_window", beta=0.5, days=20).figure
    heights = [bar.get_height() for bar in figure.axes[2].patches]
    np.testing.assert_allclose(heights, 0.5 ** np.arange(1, 21))


@pytest.mark.parametrize("beta", [0.9, 0.98])
def test_bias_is_large_first_and_gone_at_last(beta):
    drawing = drawn("bias_correction_of_averages", beta=beta)
    measured = drawing.measured
    assert measured["early_mean"] > 15
    assert measured["early_uncorrected"] < 0.5 * measured["early_mean"]
    assert measured["early_corrected"] == pytest.approx(measured["early_mean"], rel=0.05)
    assert measured["first_share"] == pytest.approx(1 - beta)
    assert measured["last_difference"] == pytest.approx(beta**270, rel=1e-3, abs=1e-12)
    assert measured["last_difference"] < 0.005
    purple, green = (line(drawing, 0, BIAS_COLOURS[name]) for name in ("uncorrected", "corrected"))
    weight = line(drawing, 1, "#222222")
    np.testing.assert_allclose(purple / weight, green, rtol=1e-4)
    np.testing.assert_allclose(green, pd.Series(temperatures("2012-07-01", 270)).ewm(alpha=1 - beta).mean(), rtol=1e-9)
