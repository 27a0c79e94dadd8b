"""A run folder → the fitted estimator it amounts to."""

from pathlib import Path

from schuss.estimators.population import PopulationClassifier, PopulationRegressor, estimator_of
from schuss.jobs.run import Run


def load(run: str | Path = "latest") -> PopulationClassifier | PopulationRegressor:
    """The model of a run of the command as a fitted estimator, the table's encoding included.

    It takes frames with the columns of the table trained on, in their order, without the target; cells of any kind.

    Args:
        run: its folder, or "latest" for the newest one in ``runs/``.

    Raises:
        InputError: there is no such run, or its files are not what this version writes.
    """
    found = Run(run)
    estimator = estimator_of(found.model)
    settings = found.record.settings
    same = ("epochs", "patience", "metric", "random_state", *(("class_weight",) if found.model.classes else ()))
    estimator.set_params(**{name: getattr(settings, name) for name in same})
    estimator.leaderboard_ = found.leaderboard
    return estimator
