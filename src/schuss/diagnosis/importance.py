"""How much each column matters to the best member: by shuffling it, and by gradients.

::

    permutation:  Iⱼ = s − mean over repeats of s(rows with column j shuffled)
    gradient:     Gⱼ = mean over rows of Σ |∂Jᵣ/∂x|, x the inputs that column j became, Jᵣ the row's loss

The first says what the score owes to a column, as the network uses it; two columns that tell the same can stand in for
each other, and both look unimportant. The second says how strongly the loss answers to a small change of the column,
and costs one pass backward for all of them (notes B7): wide tables shuffle only the columns that it puts first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from schuss.backpropagation import Trace
from schuss.diagnosis.probe import probe, some_rows
from schuss.engine.data import Table
from schuss.layers import Embedding
from schuss.network import Sequential
from schuss.selection.model import Part, decode
from schuss.selection.select import Selection
from schuss.tables import Encoding
from schuss.tables.encoding.feature import Coded

COLUMNS = 50
"""So many columns are shuffled, those of the largest gradients."""

REPEATS = 5
"""How often each is shuffled."""


@dataclass(frozen=True)
class ColumnImportance:
    """One column.

    Attributes:
        name: of the column.
        gradient: Gⱼ; None where it is not finite.
        permutation: Iⱼ, how much of the score is lost: mean over the repeats; None where the metric is not defined.
        spread: its standard deviation over the repeats.
    """

    name: str
    gradient: float | None
    permutation: float | None
    spread: float | None


@dataclass(frozen=True)
class Importance:
    """The columns of a table.

    Attributes:
        member: place of the member that was asked.
        rows: how many validation rows.
        repeats: how often each column was shuffled.
        score: the metric on these rows, none of them weighted; None where it is not defined.
        columns: the most important first.
        left_out: how many more there are, with smaller gradients.
    """

    member: int
    rows: int
    repeats: int
    score: float | None
    columns: tuple[ColumnImportance, ...]
    left_out: int


def importance(selection: Selection, random_state: int = 0) -> Importance | None:
    """Ask the best member, in its first fold, on some of its validation rows; None where there are none.

    At most `COLUMNS` columns of at most `schuss.diagnosis.probe.ROWS` rows are shuffled: about half a second.

    Args:
        selection: members trained and ranked.
        random_state: of the shuffling.
    """
    place, fold = selection.order[0], selection.folds[0]
    rows = some_rows(fold.validation)
    if not len(rows.x):
        return None
    trial = selection.candidates[place].trials[0]
    part = Part(fold.encoding, trial.member, trial.network, trial.weights)
    inputs = inputs_of(fold.encoding)
    slopes = gradients(trial.network, probe(trial, replace(rows, weight=None)), inputs)
    chosen = np.argsort(-slopes, kind="stable")[:COLUMNS]
    rng = np.random.default_rng(random_state)
    with np.errstate(all="ignore"):  # of a member that broke nothing is finite
        score, losses = _shuffle(selection, part, rows, [inputs[j] for j in chosen], rng)
    columns = [
        ColumnImportance(
            fold.encoding.feature_names[j],
            _known(float(slopes[j])),
            _known(float(loss.mean())),
            _known(float(loss.std())),
        )
        for j, loss in zip(chosen, losses, strict=True)
    ]
    columns.sort(key=lambda column: -(column.permutation or 0))
    return Importance(place, len(rows.x), REPEATS, _known(score), tuple(columns), len(inputs) - len(columns))


def inputs_of(encoding: Encoding) -> list[list[int]]:
    """The network's inputs that each column became, in the order of the features: numbers first, then the codes."""
    places: dict[str, list[int]] = {name: [] for name in encoding.feature_names}
    number, code = 0, encoding.numbers
    for feature in encoding.inputs:
        if isinstance(feature, Coded):
            places[feature.name].append(code)
            code += 1
        else:
            places[feature.name] += range(number, number + len(feature.outputs))
            number += len(feature.outputs)
    return list(places.values())


def gradients(network: Sequential, passed: Trace, inputs: Sequence[Sequence[int]]) -> np.ndarray:
    """Gⱼ of every column, from a trace of rows that weigh alike; of an embedded one along its vector.

    Args:
        network, passed: the network and its trace over N rows; its cost is the mean of their losses.
        inputs: places of each column's inputs.
    """
    slopes = np.abs(passed.input_delta).sum(axis=0)
    first = network.layers[0]
    if isinstance(first, Embedding):
        along = np.abs(passed.layers[0].delta).sum(axis=0)
        widths = [1] * first.numbers + [width for _, width in first.tables]
        slopes = np.add.reduceat(along, np.cumsum([0, *widths[:-1]]))
    return np.array([slopes[list(own)].sum() for own in inputs])


def _shuffle(
    selection: Selection, part: Part, rows: Table, columns: Sequence[Sequence[int]], rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    """The score, and how much of it is lost with each column shuffled [columns, repeats]."""
    x, y = np.array(rows.x), decode(np.asarray(rows.y), part.encoding)
    score = selection.metric.score(y, part.outputs(x))
    orders = [rng.permutation(len(x)) for _ in range(REPEATS)]  # the same ones for every column: a fair comparison
    lost = np.empty((len(columns), REPEATS))
    for j, own in enumerate(columns):
        kept = x[:, own]
        for k, order in enumerate(orders):
            x[:, own] = kept[order]
            lost[j, k] = score - selection.metric.score(y, part.outputs(x))
        x[:, own] = kept
    return score, lost


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
