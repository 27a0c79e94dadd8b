"""From members and folds to a model: train, rank by a metric on validation rows, blend the best, calibrate.

Every member is trained once a fold. What it predicts for the fold's validation rows, which its updates have not seen,
is put together over the folds; on these predictions members are ranked, a blend is chosen, and a temperature fitted.
With one fold that is a holdout; with K folds every row is predicted once, and a member's part in the blend is shared by
its K networks.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from schuss.engine import evaluation
from schuss.engine.train import Progress, train
from schuss.engine.trial import Trial
from schuss.member import Member
from schuss.selection import blending, calibration
from schuss.selection.blending import Blend
from schuss.selection.calibration import Calibration
from schuss.selection.fold import Fold
from schuss.selection.metrics import Metric
from schuss.selection.model import Model, Part, blended, interpret
from schuss.selection.ranking import Standing, final_cost, order

if TYPE_CHECKING:
    pass

BLENDED = 16
"""How many of the best members may enter the blend."""

LEAST = 1e-15
"""No probability counts as less in a likelihood."""


@dataclass(frozen=True)
class Candidate:
    """One member, over all folds.

    Attributes:
        trials: one a fold.
        score: the metric on its validation predictions; NaN where it has none or it is not defined.
    """

    trials: tuple[Trial, ...]
    score: float

    @property
    def member(self) -> Member:
        """Its hyperparameters."""
        return self.trials[0].member

    @property
    def diverged_at(self) -> int | None:
        """The step at which it diverged, in the first fold where it did."""
        return next((trial.diverged_at for trial in self.trials if trial.diverged_at is not None), None)

    @property
    def trained(self) -> bool:
        """Whether it has weights in every fold."""
        return all(trial.weights is not None for trial in self.trials)

    @property
    def cost(self) -> float:
        """Validation cost of the best epoch, or cost of the last steps where nothing was validated; mean over folds."""
        return float(np.mean([final_cost(trial) for trial in self.trials]))

    def parts(self, folds: Sequence[Fold], share: float = 1.0) -> list[Part]:
        """Its networks, which divide a share of a blend among them."""
        each = share / len(folds)
        return [
            Part(fold.encoding, trial.member, trial.network, trial.weights, each)
            for fold, trial in zip(folds, self.trials, strict=True)
        ]

    def outputs(self, folds: Sequence[Fold]) -> np.ndarray:
        """Probabilities [N, C] or values [N] for the validation rows of all folds, one fold after the other."""
        return np.concatenate(
            [
                interpret(evaluation.predict(trial.network, trial.weights, fold.validation.x), fold.encoding)
                for fold, trial in zip(folds, self.trials, strict=True)
            ]
        )


@dataclass(frozen=True)
class Refitted:
    """Networks of the model trained once more, after the choice; see `schuss.selection.refit`.

    Attributes:
        fold: all rows that may teach, and the encoding that they taught.
        trials: place of the candidate → its training.
    """

    fold: Fold
    trials: Mapping[int, Trial]

    def parts(self, place: int, share: float) -> list[Part]:
        """The network of a candidate, which has the whole share."""
        trial = self.trials[place]
        return [Part(self.fold.encoding, trial.member, trial.network, trial.weights, share)]


@dataclass(frozen=True)
class Selection:
    """What came of a population.

    Attributes:
        folds: the rows.
        candidates: the members, in their order.
        order: places of the candidates from best to worst.
        metric: by what.
        blended: places of the candidates that might enter the blend, at most `BLENDED`, best first.
        blend: their shares, and the blend's score on the validation rows; None where no member has a score.
        calibration: the temperature of the blend, where there are classes.
        outputs: of the model and of the best member for the validation rows, one fold after the other.
        interrupted: whether training ended before its end.
        refitted: what the model predicts with in place of the candidates' networks; None where they are the model.
    """

    folds: tuple[Fold, ...]
    candidates: tuple[Candidate, ...]
    order: tuple[int, ...]
    metric: Metric
    blended: tuple[int, ...]
    blend: Blend | None
    calibration: Calibration | None
    outputs: tuple[np.ndarray, np.ndarray] | None
    interrupted: bool
    refitted: Refitted | None = None

    @property
    def best(self) -> Model:
        """The best member alone."""
        return blended(self._parts(self.order[0], 1.0))

    @property
    def model(self) -> Model:
        """The blend, calibrated where that helps."""
        parts = [part for place, share in self.shares() for part in self._parts(place, share)]
        return blended(parts, self.calibration.temperature if self.calibration else 1.0)

    def shares(self) -> list[tuple[int, float]]:
        """(place of the candidate, its share of the blend), for those that have one, the best candidate first."""
        if self.blend is None:
            return [(self.order[0], 1.0)]
        shares = zip(self.blended, self.blend.shares.tolist(), strict=True)
        return [(place, share) for place, share in shares if share > 0]

    def _parts(self, place: int, share: float) -> list[Part]:
        return self.refitted.parts(place, share) if self.refitted else self.candidates[place].parts(self.folds, share)


def select(
    members: Sequence[Member],
    folds: Sequence[Fold],
    metric: Metric,
    *,
    weight: np.ndarray | None = None,
    epochs: int,
    patience: int | None = None,
    devices: int | None = None,
    random_state: int = 0,
    callback: Callable[[Progress], None] | None = None,
) -> Selection:
    """Train the members on every fold and choose.

    Args:
        members: what to train.
        folds: at least one.
        metric: ranks members and chooses the blend. A member's best epoch is that of the best accuracy or R² where
            that is the metric, else that of the lowest validation cost.
        weight: of all rows of the table [N], for the metric.
        epochs, patience, devices, callback: see `schuss.engine.train.train`.
        random_state: of the calibration.
    """
    trials: list[list[Trial]] = []
    for fold in folds:
        trials.append(_train(members, fold, metric, epochs, patience, devices, _watch(callback, trials, len(folds))))
        if any(trial.status == "interrupted" for trial in trials[-1]):
            break
    interrupted = any(trial.status == "interrupted" for trial in trials[-1])
    if len(trials) > 1 and all(trial.weights is None for trial in trials[-1]):
        trials.pop()  # interrupted before anything was trained on this fold: the others are kept
    folds = tuple(folds[: len(trials)])
    y = np.concatenate([fold.truth("validation") for fold in folds])
    rows = np.concatenate([fold.rows for fold in folds])
    own_weight = None if weight is None else weight[rows]
    trained_with = [fold.validation.weight for fold in folds]  # classes' weights included
    cost_weight = None if any(w is None for w in trained_with) else np.concatenate(trained_with)

    def score(outputs: np.ndarray) -> float:
        return metric.score(y, outputs, own_weight) if np.isfinite(outputs).all() else math.nan

    def likelihood(outputs: np.ndarray) -> float:
        """Mean logarithm of the probability of the true class, weighted as training weighs."""
        right = outputs[np.arange(len(y)), y]
        return float(np.average(np.log(np.maximum(right, LEAST)), weights=cost_weight))

    candidates = []
    for of_member in zip(*trials, strict=True):
        candidate = Candidate(of_member, math.nan)
        known = candidate.trained and len(rows) > 0
        candidates.append(replace(candidate, score=score(candidate.outputs(folds))) if known else candidate)
    places = ranking(candidates)
    best = [place for place in places[:BLENDED] if math.isfinite(candidates[place].score)]
    chosen = tuple([place for place in best if candidates[place].diverged_at is None] or best)
    selection = Selection(folds, tuple(candidates), places, metric, chosen, None, None, None, interrupted)
    if not chosen:
        return selection
    outputs = np.stack([candidates[place].outputs(folds) for place in chosen])
    blend = blending.blend(outputs, score, likelihood if folds[0].encoding.classes else None)
    model, temperature = np.tensordot(blend.shares, outputs, 1), None
    if folds[0].encoding.classes:
        temperature = calibration.calibrate(model, y, own_weight, random_state)
        model = calibration.apply(model, temperature.temperature)
    return replace(selection, blend=blend, calibration=temperature, outputs=(model, outputs[0]))


def ranking(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """Places from best to worst: see `schuss.space.order`."""
    return tuple(order([Standing(c.trained, c.diverged_at, c.score, c.cost) for c in candidates]))


def _train(
    members: Sequence[Member],
    fold: Fold,
    metric: Metric,
    epochs: int,
    patience: int | None,
    devices: int | None,
    callback: Callable[[Progress], None] | None,
) -> list[Trial]:
    return train(
        members,
        fold.training,
        fold.validation if len(fold.rows) else None,
        outputs=len(fold.encoding.classes) or 1,
        embeddings=fold.encoding.embeddings,
        epochs=epochs,
        patience=patience,
        best_epoch_by="score" if metric.name in ("accuracy", "r2") else "cost",
        devices=devices,
        callback=callback,
    )


def _watch(
    callback: Callable[[Progress], None] | None, before: Sequence[Sequence[Trial]], folds: int
) -> Callable[[Progress], None] | None:
    """The callback, told of the trials of earlier folds and of how many folds there are."""
    if callback is None or folds == 1:
        return callback
    earlier = [trial for trials in before for trial in trials]
    return lambda progress: callback(replace(progress, earlier=earlier, fold=len(before), folds=folds))
