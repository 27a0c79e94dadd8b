"""Exponentially weighted averages of daily temperatures, their weights and their bias correction (notes A5, A6)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from schuss.averages import bias_correction, exponentially_weighted_average, weights_of_the_past, window
from schuss.lab.picture import Drawing, Measured, picture
from schuss.lab.style import BETA_COLOURS, BIAS_COLOURS, BLACK, BLUE, GREY, VERMILLION, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIRST_DAY = "2012-01-01"
"""Of the temperatures that `temperatures` reads."""


def temperatures(first: str = FIRST_DAY, days: int = 366) -> np.ndarray:
    """Highest temperature of every day in Seattle from a day on, °C, float64 [days]; 2012 and 2013 are there.

    Source: observed by NOAA, the US weather service; public domain. The file says where it was taken from.

    Raises:
        ValueError: not all of the days are there.

    >>> temperatures("2012-07-01", 3).tolist()
    [20.0, 18.9, 18.3]
    """
    values = np.loadtxt(Path(__file__).with_name("seattle_temperatures.csv"), delimiter=",", usecols=1)
    skipped = int((np.datetime64(first) - np.datetime64(FIRST_DAY)).astype(int))
    if not 0 <= skipped < skipped + days <= len(values):
        raise ValueError(f"The days must lie in 2012 and 2013, which {days} days from {first} on do not.")
    return values[skipped : skipped + days]


def lag(average: np.ndarray, theta: np.ndarray, around: int = 15, longest: int = 80) -> int:
    """By how many days an average must be moved back to fit best, by least squares, the trend of the values.

    The trend of a day is the mean of the days around it, so many on either side: it lags behind nothing.

    >>> theta = np.sin(np.arange(500) / 50)
    >>> lag(np.roll(theta, 7), theta)
    7
    """
    trend = np.convolve(theta, np.full(2 * around + 1, 1 / (2 * around + 1)), "valid")
    compared = len(trend) - longest
    moved = [average[around + k : around + k + compared] for k in range(longest)]
    return int(np.argmin([np.mean((each - trend[:compared]) ** 2) for each in moved]))


@picture(
    row="A5",
    claim="A larger β averages over more days: the curve is smoother and lags further behind",
    see="Every dot is the highest temperature of a day in Seattle, and every curve is v ← βv + (1−β)θ over the dots. "
    "From day to day the curve of β = {least_beta:g} moves by {least_change:.2f} °C, that of β = {greatest_beta:g} by "
    "no more than {greatest_change:.2f} °C. "
    "But the smooth curve is late: it lies {greatest_lag} days to the right of the trend (the mean of a month around "
    "each day), that of β = {least_beta:g} only {least_lag}.",
)
def daily_temperatures(*, betas: Sequence[float] = (0.5, 0.9, 0.98), days: int = 731, small: bool = False) -> Drawing:
    """Averages of daily temperatures with several β, bias corrected.

    Args:
        betas: β of every curve.
        days: from 1 January 2012 on, 120 to 731.
        small: a low resolution.
    """
    theta = temperatures(days=days)
    averages = [exponentially_weighted_average(theta, beta, correct_bias=True) for beta in betas]
    figure, axes = panels(1, 1, height=4.6, small=small)
    chart = axes[0, 0]
    dates = np.datetime64(FIRST_DAY) + np.arange(days)
    chart.plot(dates, theta, "o", color=BLUE, markersize=2.5, alpha=0.5, label="a day, θ")
    for beta, average in zip(betas, averages, strict=True):
        label = f"β = {beta:g}: about {window(beta):.0f} days"
        chart.plot(dates, average, color=BETA_COLOURS.get(beta, GREY), linewidth=1.2 + beta, label=label)
    chart.legend(ncols=2)
    _temperature_axes(chart)
    least, greatest = int(np.argmin(betas)), int(np.argmax(betas))
    changes = [float(np.abs(np.diff(average)).mean()) for average in averages]
    lags = [lag(average, theta) for average in averages]
    measured: Measured = {
        "betas": list(betas),
        "windows": [window(beta) for beta in betas],
        "changes": changes,
        "lags": lags,
        "least_beta": betas[least],
        "least_change": changes[least],
        "least_lag": lags[least],
        "greatest_beta": betas[greatest],
        "greatest_change": changes[greatest],
        "greatest_lag": lags[greatest],
    }
    return Drawing(figure, measured)


@picture(
    row="A5",
    claim="Weights of the past decay exponentially; 1/(1−β) days back they are down to about 1/e",
    see="Today's average is the sum of the temperatures (top left) times their weights (below them), {average:.3f} °C, "
    "and the one-line update v ← βv + (1−β)θ gives the same to within {difference:.0e}. "
    "With β = {beta:g} a temperature of 1/(1−β) = {window:.0f} days ago weighs {ratio:.2f} of today's, and the days "
    "since then have {share:.0%} of all weight. "
    "The longer the window, the closer that first number, (1−ε)^(1/ε) with ε = 1−β, comes to 1/e = 0.368 (right).",
)
def weights_and_window(*, beta: float = 0.9, days: int = 60, small: bool = False) -> Drawing:
    """The last days' temperatures, their weights in today's average, and where the weights have fallen to 1/e.

    Args:
        beta: β, in [0, 1).
        days: how many are drawn, up to 300.
        small: a low resolution.
    """
    today = 300
    theta = temperatures(days=today)
    weights = weights_of_the_past(beta, today)
    average = float(weights @ theta[::-1])
    covered = round(window(beta))
    ratio, share = float(weights[covered] / weights[0]), float(weights[:covered].sum())
    figure, axes = panels(2, 2, height=5.4, small=small)
    (past, limit), (bars, total) = axes
    ago = np.arange(days)
    colours = [VERMILLION if k < covered else GREY for k in ago]
    past.scatter(-ago, theta[::-1][:days], c=colours, s=14)
    past.set(title="Temperatures θ up to today", ylabel="°C", xlim=(-days, 1))
    bars.bar(-ago, weights[:days], color=colours, width=0.75)
    bars.set(title=f"Their weights (1−β)·βᵏ, β = {beta:g}", xlabel="days from today, −k", xlim=(-days, 1))
    note = f"1/(1−β) = {covered} days ago:\n{ratio:.2f} of today's weight"
    bars.text(0.02, 0.95, note, va="top", transform=bars.transAxes)
    bars.axvline(-covered, color=BLACK, linestyle="--", linewidth=1)
    windows = np.unique(np.geomspace(2, 1000, 40).round().astype(int))
    ratios = [float(weights_of_the_past(1 - 1 / n, n + 1)[-1] * n) for n in windows]
    limit.plot(windows, ratios, "o-", color=BLUE, markersize=3)
    limit.axhline(1 / np.e, color=BLACK, linestyle="--", linewidth=1, label="1/e")
    limit.plot(covered, ratio, "o", color=VERMILLION, zorder=3)
    limit.set(
        title="(1−ε)^(1/ε): the weight 1/(1−β) days ago over today's", xlabel="window 1/(1−β), days", xscale="log"
    )
    limit.legend(loc="lower right")
    total.plot(ago + 1, weights.cumsum()[:days], color=BLUE)
    total.plot(covered, share, "o", color=VERMILLION)
    total.text(covered + 1, share, f" {share:.0%} in the last {covered} days", va="top")
    total.set(title="Weight of the last days together", xlabel="days", ylim=(0, 1.02))
    measured: Measured = {
        "beta": beta,
        "average": average,
        "difference": abs(average - float(exponentially_weighted_average(theta, beta)[-1])),
        "window": covered,
        "ratio": ratio,
        "share": share,
        "windows": windows.tolist(),
        "ratios": ratios,
    }
    return Drawing(figure, measured)


@picture(
    row="A6",
    claim="An average that starts at 0 is too low at first; dividing by 1−βᵗ corrects it, and soon changes nothing",
    see="The purple curve starts from 0 °C, where no temperature was: on day {early} it stands at "
    "{early_uncorrected:.1f} °C, while the mean of the days so far was {early_mean:.1f} °C. "
    "Divided by the weight of the days so far, 1−βᵗ (below), it becomes the green curve, {early_corrected:.1f} °C on "
    "that day. "
    "On day {days} the two differ by {last_difference:.1%}: the correction has done its work.",
)
def bias_correction_of_averages(
    *, beta: float = 0.98, first: str = "2012-07-01", days: int = 270, small: bool = False
) -> Drawing:
    """An average of daily temperatures with and without bias correction, and the correction itself.

    Args:
        beta: β, in (0, 1).
        first: day on which the averages start, in 2012 or 2013.
        days: how many are drawn.
        small: a low resolution.
    """
    theta = temperatures(first, days)
    plain = exponentially_weighted_average(theta, beta)
    corrected = exponentially_weighted_average(theta, beta, correct_bias=True)
    weight = bias_correction(beta, jnp.arange(1.0, days + 1))
    figure, axes = panels(2, 1, height=5.4, height_ratios=(2.4, 1), sharex=True, small=small)
    above, below = axes[:, 0]
    dates = np.datetime64(first) + np.arange(days)
    above.plot(dates, theta, "o", color=BLUE, markersize=2.5, alpha=0.5, label="a day, θ")
    above.plot(dates, plain, color=BIAS_COLOURS["uncorrected"], linewidth=2.2, label="v, starting at 0")
    above.plot(dates, corrected, color=BIAS_COLOURS["corrected"], linewidth=2.2, label="v / (1−βᵗ)")
    above.legend()
    _temperature_axes(above)
    below.plot(dates, weight, color=BLACK)
    below.set(title=f"1−βᵗ, the weight of the days so far, β = {beta:g}", ylim=(0, 1.03))
    early = min(round(window(beta)) // 2, days)
    measured: Measured = {
        "beta": beta,
        "early": early,
        "early_mean": float(theta[:early].mean()),
        "early_uncorrected": float(plain[early - 1]),
        "early_corrected": float(corrected[early - 1]),
        "first_share": float(plain[0] / theta[0]),
        "days": days,
        "last_difference": float(1 - plain[-1] / corrected[-1]),
    }
    return Drawing(figure, measured)


def _temperature_axes(axes: "Axes") -> None:
    """Months below, degrees at the side, the source above."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set(title="Highest temperature of the day in Seattle (data: NOAA, public domain)", ylabel="°C")
