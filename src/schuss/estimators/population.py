"""A population searched and blended, as a scikit-learn estimator."""

from typing import Any, Literal, cast

import numpy as np

from schuss.batches import WHOLE_BATCH_ROWS
from schuss.estimators.base import Estimator
from schuss.estimators.kinds import Classifier, Regressor
from schuss.member import AUTO
from schuss.runs import leaderboard
from schuss.selection.clock import seconds_of
from schuss.selection.dataset import DataSet
from schuss.selection.model import Model
from schuss.selection.plan import Plan, Quality
from schuss.selection.select import select
from schuss.selection.training import Callback
from schuss.space import Space
from schuss.tables.encoding.measure import Method

MEMBERS = 8
"""How many networks are drawn."""

FOLDS = 5
"""How many folds a small table is divided into."""


class Population(Estimator):
    """What `PopulationClassifier` and `PopulationRegressor` have in common.

    Attributes:
        leaderboard_: one record for every member, best first: its score, its share of the blend, its hyperparameters.
        missing_words_: of an estimator that was loaded, which takes columns by name: what stands for missing cells.
    """

    members: int | str | None
    space: Space | None
    metric: str | None
    folds: int | str
    refit: bool
    distil: bool
    quality: Quality
    budget: float | str | None
    numeric: Method
    category_statistics: bool

    leaderboard_: list[dict[str, Any]]
    missing_words_: tuple[str, ...]

    def _learn(self, data: DataSet, callback: Callback | None, go_on: bool, passes: int | None) -> None:
        del go_on, passes  # populations begin anew
        plan = Plan(
            space=self.space or Space(),
            members=self._members(),
            metric=self.metric,
            class_weight=self.class_weight,
            numeric=self.numeric,
            category_statistics=self.category_statistics,
            epochs=self.epochs,
            patience=self.patience,
            validation=self.validation_fraction,
            folds=self._folds(data.rows),
            refit=self.refit,
            distil=self.distil,
            quality=self.quality,
            budget=None if self.budget is None else seconds_of(self.budget),
            random_state=self._seed(),
        )
        selection = select(data, plan, callback)
        best = selection.candidates[selection.order[0]]
        if not best.trained:
            raise KeyboardInterrupt
        self.model_ = selection.model
        self.leaderboard_ = leaderboard.rows(selection.candidates, selection.order, dict(selection.shares()))
        self._record(best.trials[0])
        self.best_validation_score_ = None if selection.blend is None else selection.blend.score
        if selection.distilled is not None and selection.distilled.trial is not None:
            self.best_validation_score_ = selection.distilled.network

    def _members(self) -> int | Literal["grid"] | None:
        """How many are drawn; None for as many as the plan has for its quality or its budget."""
        if self.members == AUTO:
            return MEMBERS if self.quality == "normal" and self.budget is None else None
        return "grid" if self.members is None else cast(int, self.members)

    def _folds(self, rows: int) -> int | None:
        """How many times every member is trained; None for as many as the plan has for its quality."""
        if self.folds == AUTO:
            if self.quality != "normal":
                return None
            return FOLDS if 2 * FOLDS <= rows <= WHOLE_BATCH_ROWS else 1
        return cast(int, self.folds)


def estimator_of(model: Model) -> "PopulationClassifier | PopulationRegressor":
    """A fitted estimator that predicts with a model trained elsewhere: by the command, say.

    It takes frames with the columns of the table trained on, without the target.
    """
    found = PopulationClassifier() if model.classes else PopulationRegressor()
    found.model_ = model
    columns = [one.name for one in model.encoding.plan() if one.kind != "target"]
    found.feature_names_in_ = np.array(columns, object)
    found.n_features_in_ = len(columns)
    if isinstance(found, PopulationClassifier):
        found.classes_ = np.array(model.classes)
    return found


class PopulationClassifier(Classifier, Population):
    """Many networks trained together; the best ones, chosen on rows no update has seen, blended and calibrated.

    Inputs are scaled inside: see `MLPClassifier`.

    Args:
        members: how many are drawn from the space; None: one for every combination of its lists. Default 8; with a
            budget as many as there is time for, with high quality 96.
        space: values to draw from in place of the default ones; see `schuss.space`. ``space__optimizer`` is a
            parameter as well, and so is every other field.
        epochs: passes through the training rows; default enough for about 3,000 steps, at least 20, at most 400.
        patience: epochs without a better validation that end a member; default a fifth of the epochs, ≥ 10.
        metric: name of the metric that ranks and blends, as scikit-learn's scorers are called; default "accuracy".
        folds: K ≥ 2 to train every member K times, so that every row chooses once; 1 for a share of the rows; default 5
            for 10 to 2,000 rows, else 1.
        validation_fraction: share of the rows that choose where there is one fold, in (0, 1).
        refit: whether the chosen members are trained again on all rows where there is one fold.
        distil: whether one network learns what the blend predicts and takes its place, where that costs no more than a
            standard error: predicting then takes a part of the time.
        quality: "high" for more members, larger ones, more epochs and more folds, as far as they are left open.
        budget: time that a fit may take, in seconds or as text such as "30s" or "5m": it gives the best found by then.
            Default: what is trained depends on the rows and the parameters alone.
        numeric: how numbers are encoded: "auto", "robust", "standard", "quantile" or "piecewise_linear"; see
            `schuss.tables.Encoding`.
        category_statistics: whether the mean of the target in each level stands beside every embedded category of a
            frame.
        class_weight: "balanced" to weigh every class alike, or {class: weight}; default every row alike.
        random_state: seed or generator: of the draw, the split and the members.

    Attributes: those of `Estimator`, `Classifier` and `Population`. ``loss_curve_`` and ``validation_scores_`` are the
    best member's, in the first fold; ``best_validation_score_`` is the model's, by the metric.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> population = PopulationClassifier(members=2, random_state=0).fit(X, y)
    >>> len(population.leaderboard_), bool(population.score(X, y) > 0.9)
    (2, True)
    """

    def __init__(
        self,
        members: int | str | None = AUTO,
        space: Space | None = None,
        *,
        epochs: int | None = None,
        patience: int | None = None,
        metric: str | None = None,
        folds: int | str = "auto",
        validation_fraction: float = 0.2,
        refit: bool = True,
        distil: bool = False,
        quality: Quality = "normal",
        budget: float | str | None = None,
        numeric: Method = "auto",
        category_statistics: bool = False,
        class_weight: Any = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.members = members
        self.space = space
        self.epochs = epochs
        self.patience = patience
        self.metric = metric
        self.folds = folds
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.distil = distil
        self.quality = quality
        self.budget = budget
        self.numeric = numeric
        self.category_statistics = category_statistics
        self.class_weight = class_weight
        self.random_state = random_state


class PopulationRegressor(Regressor, Population):
    """Many networks trained together; the best ones, chosen on rows no update has seen, blended.

    Args:
        members, space, epochs, patience, folds, validation_fraction, refit, distil, quality, budget, numeric,
            category_statistics, random_state: see `PopulationClassifier`.
        metric: as there; default "r2".

    Attributes: those of `Estimator` and `Population`; see `PopulationClassifier`.
    """

    def __init__(
        self,
        members: int | str | None = AUTO,
        space: Space | None = None,
        *,
        epochs: int | None = None,
        patience: int | None = None,
        metric: str | None = None,
        folds: int | str = "auto",
        validation_fraction: float = 0.2,
        refit: bool = True,
        distil: bool = False,
        quality: Quality = "normal",
        budget: float | str | None = None,
        numeric: Method = "auto",
        category_statistics: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.members = members
        self.space = space
        self.epochs = epochs
        self.patience = patience
        self.metric = metric
        self.folds = folds
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.distil = distil
        self.quality = quality
        self.budget = budget
        self.numeric = numeric
        self.category_statistics = category_statistics
        self.random_state = random_state
