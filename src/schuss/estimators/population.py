"""A population searched and blended, as a scikit-learn estimator."""

from typing import Any

import numpy as np

from schuss import search
from schuss.estimators.base import Callback, Estimator, whole
from schuss.estimators.kinds import Classifier, Regressor
from schuss.estimators.sample import Sample
from schuss.experiment import check_losses
from schuss.metrics import default_metric, metric
from schuss.model import Model
from schuss.runs.leaderboard import rows
from schuss.search import Space
from schuss.selection import select


class Population(Estimator):
    """What `PopulationClassifier` and `PopulationRegressor` have in common.

    Attributes:
        leaderboard_: one record for every member, best first: its score, its share of the blend, its hyperparameters.
    """

    members: int | None
    space: Space | None
    metric: str | None
    folds: int | None

    leaderboard_: list[dict[str, Any]]

    def _learn(self, sample: Sample, callback: Callback | None, go_on: bool, passes: int | None) -> None:
        del go_on, passes  # populations begin anew
        seed = self._seed()
        if self.folds is None:
            splits = [sample.split(self.validation_fraction, seed)]
        else:
            splits = sample.folds(self.folds, seed)
        parts = [sample.fold(one, None, self.class_weight) for one in splits]
        space, count = self.space or Space(), len(splits[0].training)
        if self.members is None:
            members = search.grid(space, [seed])
        else:
            members = search.sample(space, whole("members", self.members), count, seed, [seed])
        check_losses(members, parts[0].encoding)
        epochs = self._epochs(members, count)
        selection = select(
            members,
            parts,
            metric(self.metric or default_metric(parts[0].encoding.task), len(sample.classes)),
            weight=sample.weight,
            epochs=epochs,
            patience=self._patience(epochs),
            random_state=seed,
            callback=callback,
        )
        best = selection.candidates[selection.order[0]]
        if not best.trained:
            raise KeyboardInterrupt
        self.model_ = selection.model
        self.leaderboard_ = rows(selection.candidates, selection.order, dict(selection.shares()))
        self._record(best.trials[0])
        self.best_validation_score_ = None if selection.blend is None else selection.blend.score


def estimator_of(model: Model) -> "PopulationClassifier | PopulationRegressor":
    """A fitted estimator that predicts with a model trained elsewhere: by the command, say.

    It takes frames with the columns of the table trained on, in that order, without the target.
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
        members: how many are drawn from the space; None: one for every combination of its lists.
        space: values to draw from in place of the default ones; see `schuss.search`. ``space__optimizer`` is a
            parameter as well, and so is every other field.
        epochs: passes through the training rows; default enough for about 1,500 steps, at least 20, at most 400.
        patience: epochs without a better validation that end a member; default a fifth of the epochs, ≥ 10.
        metric: name of the metric that ranks and blends, as scikit-learn's scorers are called; default "accuracy".
        validation_fraction: share of the rows that choose, in (0, 1).
        folds: K ≥ 2 to train every member K times in place of that, so that every row chooses once; default None.
        class_weight: "balanced" to weigh every class alike, or {class: weight}; default every row alike.
        random_state: seed or generator: of the draw, the split and the members.

    Attributes: those of `Estimator`, `Classifier` and `Population`. ``loss_curve_`` and ``validation_scores_`` are the
    best member's, in the first fold; ``best_validation_score_`` is the blend's, by the metric.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> population = PopulationClassifier(members=2, random_state=0).fit(X, y)
    >>> len(population.leaderboard_), bool(population.score(X, y) > 0.9)
    (2, True)
    """

    def __init__(
        self,
        members: int | None = 16,
        space: Space | None = None,
        *,
        epochs: int | None = None,
        patience: int | None = None,
        metric: str | None = None,
        validation_fraction: float = 0.2,
        folds: int | None = None,
        class_weight: Any = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.members = members
        self.space = space
        self.epochs = epochs
        self.patience = patience
        self.metric = metric
        self.validation_fraction = validation_fraction
        self.folds = folds
        self.class_weight = class_weight
        self.random_state = random_state


class PopulationRegressor(Regressor, Population):
    """Many networks trained together; the best ones, chosen on rows no update has seen, blended.

    Args:
        members, space, epochs, patience, validation_fraction, folds, random_state: see `PopulationClassifier`.
        metric: as there; default "r2".

    Attributes: those of `Estimator` and `Population`; see `PopulationClassifier`.
    """

    def __init__(
        self,
        members: int | None = 16,
        space: Space | None = None,
        *,
        epochs: int | None = None,
        patience: int | None = None,
        metric: str | None = None,
        validation_fraction: float = 0.2,
        folds: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.members = members
        self.space = space
        self.epochs = epochs
        self.patience = patience
        self.metric = metric
        self.validation_fraction = validation_fraction
        self.folds = folds
        self.random_state = random_state
