"""What classifiers share, and what regressors share: how targets are read and predictions given."""

from typing import Any, Self, cast

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, clone
from sklearn.utils import ClassifierTags, Tags, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, check_consistent_length

from schuss.estimators.arrange import data_set
from schuss.estimators.base import Estimator
from schuss.selection.training import Callback
from schuss.tables.encoding.target import Class


class Classifier(ClassifierMixin, Estimator):
    """Classes, or several labels a row (y [N, L] of zeros and ones), each of which is learned by itself.

    Attributes:
        classes_: labels of the classes, sorted, or numbers of the labels.
        estimators_: one for every label, where a row may have several; there is no ``model_`` then.
    """

    classes_: np.ndarray
    estimators_: list[Self]

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of every row [N]; or which labels it has, zeros and ones [N, L]."""
        if hasattr(self, "estimators_"):
            return np.column_stack([estimator.predict(X) for estimator in self.estimators_])
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of every class [N, C], or of every label [N, L]."""
        if hasattr(self, "estimators_"):
            return np.column_stack([estimator.predict_proba(X)[:, 1] for estimator in self.estimators_])
        return self._outputs(X)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithm of every probability; −∞ where one is 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Tags:
        """Rows may have several labels."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags = ClassifierTags(multi_label=True)
        return tags

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        callback: Callback | None,
        go_on: bool,
        classes: Any = None,
        passes: int | None = None,
    ) -> Self:
        several = _columns(y) > 1
        go_on = go_on and hasattr(self, "estimators_" if several else "model_")
        features, roles = self._features(X, go_on)
        if several:
            return self._fit_labels(X, y, sample_weight, callback, go_on, passes)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        check_consistent_length(features, y)
        weight = weights(sample_weight, len(y))
        self._find_classes(y if weight is None else y[weight > 0], classes, go_on)
        codes = np.searchsorted(self.classes_, y)
        data = data_set(features, codes, tuple(map(label, self.classes_)), roles, weight)
        self._learn(data, callback, go_on, passes)
        return self

    def _find_classes(self, y: np.ndarray, classes: Any, go_on: bool) -> None:
        """The classes given or found in y; or see that those known are not contradicted."""
        if not go_on:
            self.classes_ = np.unique(y if classes is None else np.asarray(classes))
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes must be those of the first call, {self.classes_}, not {classes}.")
        unknown = y[~np.isin(y, self.classes_)]
        if len(unknown):
            raise ValueError(f"y must hold classes among {self.classes_}, and {label(unknown[0])!r} is none of them.")
        if len(self.classes_) < 2:
            raise ValueError(f"y must hold at least two classes, and holds one class, {label(self.classes_[0])!r}.")

    def _fit_labels(
        self, X: Any, y: Any, sample_weight: Any, callback: Callback | None, go_on: bool, passes: int | None
    ) -> Self:
        """An estimator for every label."""
        kind = type_of_target(y)
        if kind != "multilabel-indicator":
            raise ValueError(f"y must be classes [N], or zeros and ones [N, L], not {kind} targets.")
        y = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
        if not go_on:
            self.classes_ = np.arange(y.shape[1])
            self.estimators_ = [cast(Self, clone(self)) for _ in self.classes_]
        if y.shape[1] != len(self.classes_):
            raise ValueError(f"y must have {len(self.classes_)} columns, not {y.shape[1]}.")
        for estimator, column in zip(self.estimators_, y.T, strict=True):
            estimator._fit(X, column, sample_weight, callback, go_on, np.array([0, 1], y.dtype), passes)
        return self


class Regressor(RegressorMixin, Estimator):
    """Values of one target."""

    def predict(self, X: Any) -> np.ndarray:
        """The value of every row, in the target's unit [N]."""
        return self._outputs(X)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        callback: Callback | None,
        go_on: bool,
        classes: Any = None,
        passes: int | None = None,
    ) -> Self:
        del classes
        go_on = go_on and hasattr(self, "model_")
        features, roles = self._features(X, go_on)
        y = column_or_1d(y, warn=True, dtype=np.float64)
        assert_all_finite(y, input_name="y")
        check_consistent_length(features, y)
        data = data_set(features, y, (), roles, weights(sample_weight, len(y)))
        self._learn(data, callback, go_on, passes)
        return self


def label(value: Any) -> Class:
    """A class of the kinds a table holds: whole number, text or boolean.

    >>> label(np.float64(2.0)), label(np.str_("a")), label(np.True_)
    (2, 'a', True)
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return str(value) if isinstance(value, str) else int(value)


def weights(sample_weight: Any, rows: int) -> np.ndarray | None:
    """Weights of the rows, float64 [N]; None where there are none.

    Raises:
        ValueError: not one number ≥ 0 for every row, or all are zero.
    """
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, np.float64)
    fits = weight.shape == (rows,)
    if not (fits and np.isfinite(weight).all() and (weight >= 0).all() and weight.any()):
        found = f"from {weight.min()} to {weight.max()}" if fits else f"shape {weight.shape}"
        raise ValueError(
            f"sample_weight must be one number ≥ 0 for each of {rows} rows, and not all zero; it has {found}."
        )
    return weight


def _columns(y: Any) -> int:
    """Columns of y, 1 if it has one axis."""
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return shape[1] if len(shape) == 2 else 1
