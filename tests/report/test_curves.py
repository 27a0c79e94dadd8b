"""Curves are what history.parquet holds, averaged before they are thinned."""

import numpy as np
import pyarrow as pa
import pytest

from schuss.report import curves
from tests.report.pages import Page


def test_curves_are_what_the_history_holds(tmp_path, classified):
    folder, record = classified
    history = pa.parquet.read_table(folder / "history.parquet").to_pandas()
    for place, curve in curves.read(folder / "history.parquet", record).items():
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
    place = record.ranking[0]
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
    assert rings == [record.members[place].best_epoch for place in curves.drawn(record)]
