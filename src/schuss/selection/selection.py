"""What comes of a selection: the candidates, their ranking, their blend, and the model that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from schuss.engine import evaluation
from schuss.engine.memory import Room
from schuss.engine.trial import Trial
from schuss.member import Member
from schuss.selection.blending import Blend
from schuss.selection.calibration import Calibration
from schuss.selection.fold import Fold
from schuss.selection.metrics import Metric
from schuss.selection.model import Model, Part, blended, interpret
from schuss.selection.plan import Plan
from schuss.selection.ranking import Standing, final_cost, order
from schuss.selection.rounds import Round


@dataclass(frozen=True)
class Candidate:
    """One member, over all folds.

    Attributes:
        trials: one a fold; of a member that was only tried, one on the first fold.
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


def ranking(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """Places from best to worst; see `schuss.selection.ranking.order`. Those that were trained on all folds lead."""
    found = order([Standing(c.trained, c.diverged_at, c.score, c.cost) for c in candidates])
    folds = max((len(c.trials) for c in candidates if c.trained), default=0)
    return tuple(
        sorted(found, key=lambda place: not candidates[place].trained or len(candidates[place].trials) < folds)
    )


@dataclass(frozen=True)
class Refitted:
    """Networks of the model trained once more, after the choice; see `schuss.selection.refit`.

    Attributes:
        fold: all rows that may teach, and the encoding that they taught.
        trials: place of the candidate → its training, for those whose network it replaces; at least one.
    """

    fold: Fold
    trials: Mapping[int, Trial]

    def parts(self, place: int, share: float) -> list[Part]:
        """The network of a candidate, which has the whole share."""
        trial = self.trials[place]
        return [Part(self.fold.encoding, trial.member, trial.network, trial.weights, share)]


@dataclass(frozen=True)
class Distilled:
    """One network that has learned what the blend predicts; see `schuss.selection.distil`.

    Attributes:
        fold: all rows that may teach, and the encoding that they taught.
        trial: the training of the network that is the model; None where the blend stays.
        temperature: of its probabilities, as `schuss.selection.calibration` found it for networks like it, each on rows
            that had not taught it; 1 for numbers.
        blend, network: scores of the blend and of a network in its place, on the validation rows; the network's is NaN
            where it diverged.
        error: standard error of the blend's score; None where it is not defined.
    """

    fold: Fold
    trial: Trial | None
    temperature: float
    blend: float
    network: float
    error: float | None


@dataclass(frozen=True)
class Selection:
    """What came of a population.

    Attributes:
        plan: how members were trained and chosen; its number of epochs and its patience are filled in.
        folds: the rows.
        candidates: the members, in their order.
        order: places of the candidates from best to worst.
        metric: by what.
        blended: places of the candidates that might enter the blend, at most `BLENDED`, best first.
        blend: their shares, and the blend's score on the validation rows; None where no member has a score.
        calibration: the temperature of the blend, where there are classes.
        outputs: of the model and of the best member for the validation rows, one fold after the other, by networks that
            were trained on these folds.
        interrupted: whether training ended before its end.
        room: how many members memory let train at a time, and why; None where nothing was trained.
        refitted: what the blend predicts with in place of the candidates' networks; None where they are the blend.
        distilled: whether one network could take the blend's place; None where none was tried.
        rounds: how the members were trained, one round after the other.
        prior: the answer that the baseline gives to every row; see `schuss.selection.metrics.prior`.
        test_rows: places of the rows that no choice has seen, in the table.
    """

    plan: Plan
    folds: tuple[Fold, ...]
    candidates: tuple[Candidate, ...]
    order: tuple[int, ...]
    metric: Metric
    blended: tuple[int, ...]
    blend: Blend | None = None
    calibration: Calibration | None = None
    outputs: tuple[np.ndarray, np.ndarray] | None = None
    interrupted: bool = False
    room: Room | None = None
    refitted: Refitted | None = None
    distilled: Distilled | None = None
    rounds: tuple[Round, ...] = ()
    prior: np.ndarray = field(default_factory=lambda: np.zeros(0))
    test_rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def best(self) -> Model:
        """The best member alone."""
        return blended(self._parts(self.order[0], 1.0))

    @property
    def model(self) -> Model:
        """The network that was distilled from the blend, or the blend itself."""
        if self.distilled is None or self.distilled.trial is None:
            return self.teacher
        trial = self.distilled.trial
        part = Part(self.distilled.fold.encoding, trial.member, trial.network, trial.weights)
        return blended([part], self.distilled.temperature)

    @property
    def teacher(self) -> Model:
        """The blend, calibrated where that helps."""
        parts = [part for place, share in self.shares() for part in self._parts(place, share)]
        return blended(parts, self.calibration.temperature if self.calibration else 1.0)

    @property
    def is_blend(self) -> bool:
        """Whether several members predict: not one alone, nor a network that was distilled from them."""
        return len(self.shares()) > 1 and (self.distilled is None or self.distilled.trial is None)

    def shares(self) -> list[tuple[int, float]]:
        """(place of the candidate, its share of the blend), for those that have one, the best candidate first."""
        if self.blend is None:
            return [(self.order[0], 1.0)]
        shares = zip(self.blended, self.blend.shares.tolist(), strict=True)
        return [(place, share) for place, share in shares if share > 0]

    def _parts(self, place: int, share: float) -> list[Part]:
        if self.refitted is not None and place in self.refitted.trials:
            return self.refitted.parts(place, share)
        return self.candidates[place].parts(self.folds, share)
