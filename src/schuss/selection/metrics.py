"""Metrics by the names of scikit-learn's scorers: what members are ranked, blended and judged by."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from schuss.names import by_name

METRICS: Mapping[str, tuple[str, ...]] = {
    "classes": (
        "accuracy",
        "balanced_accuracy",
        "f1_macro",
        "f1_micro",
        "f1_weighted",
        "precision_macro",
        "precision_micro",
        "precision_weighted",
        "recall_macro",
        "recall_micro",
        "recall_weighted",
        "jaccard_macro",
        "jaccard_micro",
        "jaccard_weighted",
        "matthews_corrcoef",
        "average_precision",
        "roc_auc_ovr",
        "roc_auc_ovr_weighted",
        "roc_auc_ovo",
        "roc_auc_ovo_weighted",
        "neg_log_loss",
        "neg_brier_score",
        "d2_log_loss_score",
        "d2_brier_score",
    ),
    "two classes": ("f1", "precision", "recall", "jaccard", "roc_auc"),
    "three or more classes": ("top_k_accuracy",),
    "numbers": (
        "r2",
        "explained_variance",
        "d2_absolute_error_score",
        "neg_mean_squared_error",
        "neg_root_mean_squared_error",
        "neg_mean_absolute_error",
        "neg_median_absolute_error",
        "neg_mean_absolute_percentage_error",
        "neg_mean_squared_log_error",
        "neg_root_mean_squared_log_error",
        "neg_mean_poisson_deviance",
        "neg_mean_gamma_deviance",
        "neg_max_error",
    ),
}
"""What the targets are → names of the metrics for them; those of clusterings or several labels a row are left out."""

DEFAULTS: Mapping[str, str] = {"classification": "accuracy", "regression": "r2"}
"""Task → the metric used when none is named."""

WITH_LABELS = (
    "neg_log_loss",
    "neg_brier_score",
    "d2_log_loss_score",
    "d2_brier_score",
    "top_k_accuracy",
    "roc_auc_ovr",
    "roc_auc_ovr_weighted",
    "roc_auc_ovo",
    "roc_auc_ovo_weighted",
)
"""Metrics that must be told the classes, since the rows at hand may lack one."""


@dataclass(frozen=True)
class Metric:
    """One of scikit-learn's scorers, applied to outputs instead of a model: the greater, the better.

    Metrics of labels take the class of the largest probability, the first of equals. Metrics of two classes (f1,
    precision, recall, jaccard, roc_auc, average_precision) take the second class in sorted order, number 1, as the
    positive one. A ``neg_`` metric is an error with its sign changed: its best value is 0.

    Args:
        name: as in ``sklearn.metrics.get_scorer_names()``; see `metric`, which checks it.
        n_classes: how many classes; 0 for numbers.

    >>> outputs = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])  # probabilities of three rows
    >>> [round(metric(name, n_classes=2).score([0, 0, 1], outputs), 3) for name in ("accuracy", "f1", "neg_log_loss")]
    [0.667, 0.667, -0.415]
    """

    name: str
    n_classes: int

    def score(self, y: Any, outputs: Any, weight: Any = None) -> float:
        """The metric on some rows, each counted with its weight; rows of weight 0 count as if they were not there.

        Args:
            y: classes [N], whole numbers from 0; or values [N] in the target's unit.
            outputs: probabilities [N, O], O classes; or values [N] or [N, 1], in the same unit.
            weight: [N], ≥ 0; default all 1. The largest error (``neg_max_error``) is that of the rows that count.

        Returns:
            The score, or NaN where it is not defined: outputs that are not finite, one class alone for ``roc_auc``,
            a single row for ``r2``, a value ≤ −1 for a logarithmic error, no rows. Where scikit-learn warns and goes
            by a convention (the precision of a class that is never predicted is 0), so does this.

        Raises:
            ValueError: shapes that do not fit, classes outside 0 … O−1, weights that are negative or not finite,
                weights that differ for ``roc_auc_ovo`` of three or more classes, which has no weighted form.
        """
        y, outputs, weight = self._checked(y, outputs, weight)
        if len(y) == 0 or not np.isfinite(outputs).all():
            return float("nan")
        from sklearn import config_context
        from sklearn.metrics import get_scorer

        arguments: dict[str, Any] = {}
        if weight is not None and self.name != "neg_max_error":
            arguments["sample_weight"] = weight
        if self.name in WITH_LABELS:
            arguments["labels"] = np.arange(self.n_classes)
        # Scorers pass further arguments on where the routing of metadata is switched on.
        with config_context(enable_metadata_routing=True), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return float(get_scorer(self.name)(_Given(self.n_classes), outputs, y, **arguments))
            except ValueError:  # all that could be wrong with the arguments has been checked: it is not defined
                return float("nan")

    def _checked(self, y: Any, outputs: Any, weight: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Arrays of fitting shapes, outputs in float64, the rows that count."""
        y, outputs = np.asarray(y), np.asarray(outputs, np.float64)
        if not self.n_classes and outputs.ndim == 2:
            outputs = outputs[:, 0] if outputs.shape[1] == 1 else outputs
        wanted = (len(y), self.n_classes) if self.n_classes else (len(y),)
        if y.ndim != 1 or outputs.shape != wanted:
            shapes = f"y {y.shape} and outputs {outputs.shape}"
            raise ValueError(f"y and outputs must be {'[N] and [N, O]' if self.n_classes else '[N]'}, not {shapes}.")
        if self.n_classes:
            check_classes(y, self.n_classes)
        if weight is None:
            return y, outputs, None
        weight = check_weights(weight, len(y))
        counts = weight > 0
        y, outputs, weight = y[counts], outputs[counts], weight[counts]
        if self.n_classes > 2 and self.name.startswith("roc_auc_ovo"):
            if len(np.unique(weight)) > 1:
                found = f"{weight.min()} to {weight.max()}"
                raise ValueError(f"{self.name} cannot be used with weights, and there are {found}. Try roc_auc_ovr.")
            weight = None
        return y, outputs, weight


def metric(name: str, n_classes: int) -> Metric:
    """The metric of this name, for targets of so many classes, or for numbers (0).

    Raises:
        ValueError: there is none of this name, or it is for other targets; the message lists those that fit.

    >>> metric("roc_auc", n_classes=3)
    Traceback (most recent call last):
        ...
    ValueError: The metric 'roc_auc' is for two classes, and the target holds 3 classes. Did you mean 'roc_auc_ovr'? \
Choose one of: accuracy, balanced_accuracy, f1_macro, ...
    """
    names = fitting(n_classes)
    for targets, others in METRICS.items():
        if name in others and name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            held = f"{n_classes} classes" if n_classes else "numbers"
            problem = f"The metric '{name}' is for {targets}, and the target holds {held}."
            raise ValueError(f"{problem}{hint} Choose one of: {', '.join(names)}.")
    return Metric(by_name("metric", name, {name: name for name in names}), n_classes)


def fitting(n_classes: int) -> list[str]:
    """Names of the metrics for targets of so many classes, or for numbers (0).

    >>> fitting(n_classes=2)[:3], fitting(n_classes=0)[:2]
    (['accuracy', 'balanced_accuracy', 'f1_macro'], ['r2', 'explained_variance'])
    """
    if not n_classes:
        return list(METRICS["numbers"])
    return [*METRICS["classes"], *METRICS["two classes" if n_classes == 2 else "three or more classes"]]


def default_metric(task: str) -> str:
    """Name of the metric for a task when none is asked for: accuracy, or r2 for regression.

    Raises:
        ValueError: there is no such task.

    >>> default_metric("regression")
    'r2'
    """
    return by_name("task", task, DEFAULTS)


def prior(n_classes: int, y: Any, weight: Any = None) -> np.ndarray:
    """The same answer for every row: the training rows' shares of the classes [C], or their mean [1].

    These are the answers of scikit-learn's ``DummyClassifier(strategy="prior")`` and ``DummyRegressor()``.

    Args:
        n_classes: C; 0 for numbers.
        y: classes or values [N] of the training rows, at least one.
        weight: of the rows.

    >>> prior(3, [0, 1, 1, 1]).tolist()
    [0.25, 0.75, 0.0]
    """
    if not n_classes:
        return np.average(y, weights=weight, keepdims=True)
    counts = np.bincount(y, weight, minlength=n_classes)
    return counts / counts.sum()


def baseline(metric: Metric, prior: np.ndarray, y: Any, weight: Any = None) -> float:
    """Score of always giving the same answer: what a model must beat.

    Args:
        metric: the metric.
        prior: the answer; see the function of that name.
        y, weight: classes or values [N] of the rows to be judged on, and their weights.

    Returns:
        The score, NaN where it is not defined.

    >>> baseline(metric("accuracy", n_classes=2), prior(2, [0, 0, 1]), y=[0, 1, 1, 1])
    0.25
    """
    return metric.score(y, np.broadcast_to(prior, (len(y), len(prior))), weight)


def check_classes(y: np.ndarray, n_classes: int) -> None:
    """See that classes [N] are whole numbers from 0.

    Raises:
        ValueError: they are not, or there are more of them.
    """
    if len(y) and not (y.dtype.kind in "iu" and y.min() >= 0 and y.max() < n_classes):
        found = f"{y.dtype} from {y.min()} to {y.max()}"
        raise ValueError(f"classes must be whole numbers from 0 to {n_classes - 1}, not {found}.")


def check_weights(weight: Any, n: int) -> np.ndarray:
    """Weights of n rows, float64 [N].

    Raises:
        ValueError: another number of them, or one is negative or not finite.
    """
    weight = np.asarray(weight, np.float64)
    if weight.shape != (n,):
        raise ValueError(f"weights must be one for each of {n} rows, and have the shape {weight.shape}.")
    if not ((weight >= 0) & (weight < np.inf)).all():
        raise ValueError(f"weights must be finite and ≥ 0, and reach from {weight.min()} to {weight.max()}.")
    return weight


class _Given:
    """Stands where a scorer expects a fitted model: it is asked about outputs and answers with them."""

    def __init__(self, n_classes: int) -> None:
        self.classes_ = np.arange(n_classes)

    def predict(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.argmax(axis=1) if len(self.classes_) else outputs

    def predict_proba(self, outputs: np.ndarray) -> np.ndarray:
        return outputs / outputs.sum(axis=1, keepdims=True)  # float32's sums are off by more than log_loss allows

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        kind = "classifier" if len(self.classes_) else "regressor"
        return Tags(estimator_type=kind, target_tags=TargetTags(required=True))
