"""A run folder → the fitted estimator it amounts to."""

from pathlib import Path

from schuss.estimators.population import PopulationClassifier, PopulationRegressor, estimator_of
from schuss.jobs.run import Run


def load(run: str | Path = "latest") -> PopulationClassifier | PopulationRegressor:
    """The model of a run of the command as a fitted estimator, the table's encoding included.

    It takes the frames that ``schuss predict`` takes as files: columns are found by name, whatever their order, others
    are ignored, and those that are no features may lack. Cells may be of any kind.

    Args:
        run: its folder, or "latest" for the newest one in ``runs/``.

    Raises:
        InputError: there is no such run, or its files are not what this version writes.
    """
    found = Run(run)
    estimator = estimator_of(found.model)
    plan = found.record.settings.plan
    members = plan.members
    if members is None and not plan.space.has_list():
        members = plan.effort.members
    same = ("space", "epochs", "patience", "metric", "refit", "distil", "quality", "budget", "numeric")
    same += ("category_statistics", "random_state")
    estimator.set_params(**{name: getattr(plan, name) for name in same}, validation_fraction=plan.validation)
    estimator.set_params(folds=len(found.record.folds))
    estimator.set_params(members=None if members == "grid" else members)
    if found.model.classes:
        estimator.set_params(class_weight=plan.class_weight)
    estimator.leaderboard_ = found.leaderboard
    estimator.missing_words_ = found.record.settings.spec.missing
    return estimator
