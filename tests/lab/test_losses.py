"""Pictures of losses: what they claim (notes B6)."""

from functools import cache

import numpy as np
import pytest
import torch
from sklearn.linear_model import QuantileRegressor
from torch.nn import functional as F

from schuss import lab
from schuss.lab.pictures.losses import line_with_noise, loss_of_probability


@cache
def drawn(name, **parameters):
    return lab.PICTURES[name].draw(small=True, **parameters)


def test_outliers_pull_mse_and_hardly_mae():
    measured = drawn("mae_and_mse").measured
    pulled = {
        name: abs(measured[f"{name}_slope"] - measured[f"{name}_clean_slope"]) for name in ("mse", "mae", "huber")
    }
    assert pulled["mse"] > 4 * max(pulled["mae"], pulled["huber"])
    assert abs(measured["mse_slope"] - 1) > 0.7
    assert abs(measured["mae_slope"] - 1) < 0.3
    assert (measured["mae_at_4"], measured["mse_at_4"]) == (4, 16)
    assert measured["huber_at_4"] == pytest.approx(F.huber_loss(torch.tensor(4.0), torch.tensor(0.0)).item())


def test_lines_are_the_least_squares_and_the_median_regression():
    drawing = drawn("mae_and_mse")
    measured, chart = drawing.measured, drawing.figure.axes[2]
    normal, outliers = (np.column_stack(points.get_data()) for points in chart.lines[:2])
    assert len(outliers) == measured["outliers"] == 4
    x, y = np.concatenate([normal, outliers]).T
    clean_x, clean_y = line_with_noise(40, seed=0)
    np.testing.assert_allclose(np.sort(x), clean_x)
    assert clean_y.sum() - y.sum() == pytest.approx(4 * 20, rel=1e-5)
    np.testing.assert_allclose([measured["mse_slope"], measured["mse_intercept"]], np.polyfit(x, y, 1), atol=0.02)
    np.testing.assert_allclose(measured["mse_clean_slope"], np.polyfit(clean_x, clean_y, 1)[0], atol=0.02)
    median = QuantileRegressor(quantile=0.5, alpha=0).fit(x[:, None], y)
    np.testing.assert_allclose(measured["mae_slope"], median.coef_[0], atol=0.02)
    np.testing.assert_allclose(measured["mae_intercept"], median.intercept_, atol=0.1)


def test_without_outliers_the_lines_agree():
    measured = drawn("mae_and_mse", outliers=0).measured
    assert measured["mse_slope"] == measured["mse_clean_slope"]
    assert measured["mse_slope"] == pytest.approx(measured["mae_slope"], abs=0.1)


def test_cross_entropy_by_probability():
    p = np.geomspace(1e-4, 1 - 1e-4, 50)
    np.testing.assert_allclose(loss_of_probability(p), -np.log(p), rtol=1e-3, atol=1e-6)
    measured = drawn("cross_entropy_and_one_hot").measured
    assert measured["at_half"] == pytest.approx(np.log(2))
    assert measured["at_hundredth"] == pytest.approx(np.log(100))
    assert measured["highest"] == pytest.approx(np.log(1000), rel=1e-5)


def test_predictions_come_to_look_like_one_hot_targets():
    drawing = drawn("cross_entropy_and_one_hot")
    measured = drawing.measured
    targets, early, late = (panel.images[0].get_array() for panel in drawing.figure.axes[1:])
    np.testing.assert_array_equal(targets, np.eye(3))
    for moment, a in (("early", early), ("late", late)):
        np.testing.assert_allclose(a.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_allclose(measured[f"{moment}_losses"], -np.log(np.diag(a)), rtol=1e-4, atol=1e-6)
        assert measured[f"{moment}_labels_differ"] == 0
        assert measured[f"{moment}_gradient_differs"] < 1e-6
    assert np.abs(late - targets).max() < 0.3 < np.abs(early - targets).max()
    assert measured["late_mean"] < 0.2 * measured["early_mean"]
