"""Columns of numbers measured on the training rows, many together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from schuss.names import by_name
from schuss.tables.encoding.columns import Columns
from schuss.tables.encoding.numeric import BINS, KNOTS, Numeric, PiecewiseLinear, Quantile, Scaled
from schuss.tables.encoding.scaling import VENTILES, long_tailed, moments, robust
from schuss.tables.statistics import at_once, quantiles

Method = Literal["auto", "robust", "standard", "quantile", "piecewise_linear"]
"""How numbers are encoded."""

PROBABILITIES: dict[str, np.ndarray] = {
    "auto": np.union1d(VENTILES, np.linspace(0, 1, KNOTS)),
    "robust": VENTILES,
    "standard": np.array([]),
    "quantile": np.linspace(0, 1, KNOTS),
    "piecewise_linear": np.linspace(0, 1, BINS + 1),
}
"""Method → the quantiles it needs."""

OF_ROBUST, OF_QUANTILE = (np.isin(PROBABILITIES["auto"], PROBABILITIES[method]) for method in ("robust", "quantile"))
"""Which of the quantiles of "auto" are those of others."""


def fit_numeric(columns: Columns, forms: Mapping[str, str], rows: np.ndarray, method: Method) -> Iterator[Numeric]:
    """Encoders of columns of numbers, in order. Infinities are not measured.

    Args:
        columns: of the table.
        forms: name of each column of numbers → how they are written; each has a finite number among the rows.
        rows: indices of the training rows.
        method: how numbers are encoded.

    Raises:
        ValueError: there is no method of this name.
    """
    asked = by_name("encoding of numbers", method, PROBABILITIES)
    names, step = list(forms), at_once(len(rows))
    for start in range(0, len(names), step):
        batch = names[start : start + step]
        numbers = [columns.numbers(name, form=forms[name])[rows] for name in batch]
        found = quantiles(numbers, asked) if len(asked) else np.empty((len(batch), 0))
        for name, x, q in zip(batch, numbers, found, strict=True):
            fitted = _fit(name, x, q, method)
            yield replace(fitted, form=forms[name]) if forms[name] else fitted


def _fit(name: str, x: np.ndarray, q: np.ndarray, method: Method) -> Numeric:
    """One column: numbers of the training rows, and their quantiles."""
    missing, finite = bool(np.isnan(x).any()), x[np.isfinite(x)]
    if method == "auto":
        ventiles, knots = q[OF_ROBUST], q[OF_QUANTILE]
        method, q = ("quantile", knots) if long_tailed(ventiles) else ("robust", ventiles)
    if method == "robust":
        center, scale = robust(finite, q)
        return Scaled(name, center, missing, scale, method)
    if method == "standard":
        mean, deviation = moments(finite)
        return Scaled(name, mean, missing, deviation or 1.0, method)
    if len(np.unique(q)) < 2:  # one number, and missing cells or infinities
        return Scaled(name, float(q[0]), missing, 1.0, "robust")
    if method == "quantile":
        return Quantile.fit(name, missing, q)
    return PiecewiseLinear(name, float(q[len(q) // 2]), missing, tuple(np.unique(q).tolist()))
