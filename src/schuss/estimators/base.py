"""What all estimators have in common: reading what users hand in, predicting, exporting."""

import warnings
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from schuss.engine.trial import Trial
from schuss.estimators.inputs import is_frame, read_features
from schuss.estimators.parameters import NestedParameters
from schuss.selection.dataset import DataSet
from schuss.selection.model import Model
from schuss.selection.training import Callback
from schuss.tables import Roles
from schuss.tables.cells import blank_out
from schuss.tables.encoding.unknown import unknown
from schuss.tables.reading.frames import from_frame

if TYPE_CHECKING:
    import onnx
    import pyarrow as pa
    from torch import nn


class Estimator(NestedParameters, ABC):
    """Rows in, a model out.

    Attributes:
        model_: the networks and their encodings.
        n_features_in_: number of columns.
        feature_names_in_: their names, if X was a frame whose columns have names.
        n_iter_: epochs done.
        loss_curve_: mean cost of the mini-batches of every epoch.
        validation_scores_: accuracy or R² on the validation rows after every epoch; None if there are none.
        best_validation_score_: the best of them.
    """

    epochs: int | None
    patience: int | None
    validation_fraction: float
    random_state: int | np.random.RandomState | None
    class_weight: Any = None
    warm_start: bool = False

    model_: Model
    n_features_in_: int
    feature_names_in_: np.ndarray
    n_iter_: int
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None

    def fit(self, X: Any, y: Any, sample_weight: Any = None, callback: Callback | None = None) -> Self:
        """Learn.

        Args:
            X: inputs [N, I]: an array or a sparse matrix of finite numbers, or a frame of pandas or Polars with columns
                of any kind.
            y: targets [N].
            sample_weight: how much each row counts, ≥ 0 [N]. Weight 2 is the same as the row twice, 0 as if it were
                not there.
            callback: called with the `schuss.selection.progress.Progress` about ten times a second.

        Raises:
            ValueError: X, y or a parameter cannot be used; the message says why.
        """
        return self._fit(X, y, sample_weight, callback, go_on=self.warm_start)

    def to_torch(self) -> "nn.Module":
        """The model as a PyTorch module: encoded features → probabilities, or values; see `schuss.export`."""
        from schuss.export import to_torch

        check_is_fitted(self, "model_")
        return to_torch(self.model_)

    def to_onnx(self) -> "onnx.ModelProto":
        """The model as an ONNX graph, from the cells of a table to predictions: see `schuss.export`."""
        from schuss.export import to_onnx

        check_is_fitted(self, "model_")
        return to_onnx(self.model_)

    def __sklearn_tags__(self) -> Tags:
        """Sparse matrices are taken, too."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @abstractmethod
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
        """Make a data set of the rows and learn from it.

        Args:
            X, y, sample_weight, callback: see `fit`.
            go_on: from where the last training ended, if there was one.
            classes: all there are; default those of y.
            passes: see `_learn`.
        """

    @abstractmethod
    def _learn(self, data: DataSet, callback: Callback | None, go_on: bool, passes: int | None) -> None:
        """Learn from a data set: as the parameters say, or in so many passes through all of its rows."""

    def _features(self, X: Any, go_on: bool) -> tuple["pa.Table", Roles]:
        """The features; what was learned before is forgotten, unless it is to be gone on from."""
        if not go_on:
            for name in [name for name in vars(self) if name.endswith("_")]:
                delattr(self, name)
            self._random_state = check_random_state(self.random_state)
        return read_features(self, X, reset=not go_on, least=1 if go_on else 2)

    def _outputs(self, X: Any) -> np.ndarray:
        """Probabilities [N, C] or values [N], float64."""
        check_is_fitted(self)
        words = getattr(self, "missing_words_", None)
        if words is not None and is_frame(X):
            table = blank_out(from_frame(X), words)
            for note in unknown((part.encoding for part in self.model_.parts), table):
                warnings.warn(note, UserWarning, stacklevel=4)
            return self.model_.outputs(table)
        return self.model_.outputs(read_features(self, X, reset=False)[0])

    def _seed(self) -> int:
        return int(self._random_state.randint(np.iinfo(np.int32).max))

    def _record(self, trial: Trial, go_on: bool = False) -> None:
        """Write down how a training went, after those before it if it went on from them."""
        scores = trial.history.validation_scores.tolist()
        self.n_iter_ = trial.epochs + (self.n_iter_ if go_on else 0)
        self.loss_curve_ = (self.loss_curve_ if go_on else []) + costs_by_epoch(trial).tolist()
        self.validation_scores_ = ((self.validation_scores_ if go_on else None) or []) + scores or None
        self.best_validation_score_ = max(self.validation_scores_) if self.validation_scores_ else None
        if trial.status == "diverged":
            message = f"Training diverged at step {trial.diverged_at}; lower the learning rate."
            warnings.warn(message, ConvergenceWarning, stacklevel=5)
        if trial.status == "interrupted":
            warnings.warn(f"Training was interrupted after {trial.epochs} epochs.", UserWarning, stacklevel=5)


def costs_by_epoch(trial: Trial) -> np.ndarray:
    """Mean cost of the mini-batches of every epoch."""
    epoch = (trial.history.steps - 1) // trial.per_epoch
    return np.bincount(epoch, trial.history.costs) / np.bincount(epoch)
