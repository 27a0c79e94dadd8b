"""One network, as a scikit-learn estimator."""

from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from sklearn.utils.validation import check_is_fitted

from schuss.engine.train import train
from schuss.engine.trial import Ending
from schuss.estimators.base import Estimator
from schuss.estimators.kinds import Classifier, Regressor
from schuss.member import AUTO, Member
from schuss.schedules import Constant
from schuss.selection.dataset import DataSet
from schuss.selection.model import Model, Part
from schuss.selection.plan import Plan
from schuss.selection.progress import Progress
from schuss.selection.select import require_losses
from schuss.selection.training import Callback

if TYPE_CHECKING:
    from torch import nn


FIELDS = (
    *("hidden_layer_sizes", "activation", "optimizer", "batch_size", "dropout", "l2", "loss", "label_smoothing"),
    *("clip_norm", "averaging"),
    *("frequencies", "frequency_scale", "bins", "embedding_speed", "scaling_speed"),
)
"""Parameters that a `Member` takes as they are."""


class MLP(Estimator):
    """What `MLPClassifier` and `MLPRegressor` have in common."""

    schedule: Any
    loss: Any = AUTO
    label_smoothing: float = 0.0
    clip_norm: float
    averaging: float

    _ending: Ending | None
    """Where the last training ended, for the next one to go on."""

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of every fully connected layer [I, O]; the first one's inputs are the encoded columns."""
        return [layer["W"] for layer in self.model_.parts[0].weights if "W" in layer]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of every fully connected layer [O]."""
        return [layer["b"] for layer in self.model_.parts[0].weights if "W" in layer]  # waves have a "b", too

    def to_torch(self) -> "nn.Sequential":
        """The network as a PyTorch module: encoded features → logits, or standardised values; see `schuss.export`."""
        from schuss.export import to_torch

        check_is_fitted(self, "model_")
        return to_torch(self.model_.parts[0].network, self.model_.parts[0].weights)

    def _learn(self, data: DataSet, callback: Callback | None, go_on: bool, passes: int | None) -> None:
        seed = self._seed()
        plan = Plan(
            class_weight=self.class_weight,
            repeated_values=False,
            epochs=self.epochs if passes is None else passes,
            patience=self.patience,
            validation=self.validation_fraction if passes is None else 0.0,
            random_state=seed,
        )
        (split,) = data.splits(plan) if plan.validation else [data.undivided()]
        fold = data.fold(split, plan, self.model_.encoding if go_on else None)
        schedule = self.schedule if passes is None else Constant()
        member = Member(schedule=schedule, seed=seed, **{name: getattr(self, name) for name in FIELDS})
        require_losses([member], fold.encoding)
        plan = plan.timed([member], len(split.training))
        (trial,) = train(
            [member],
            fold.training,
            fold.validation if len(split.validation) else None,
            epochs=cast(int, plan.epochs),
            patience=plan.patience,
            starts=[self._ending if go_on else None],
            devices=1,
            callback=callback and (lambda training: callback(Progress("training", training))),
        )
        if trial.weights is None:
            raise KeyboardInterrupt
        self._ending = trial.ending
        self.model_ = Model((Part(fold.encoding, member, trial.network, trial.weights),))
        self._record(trial, go_on)


class MLPClassifier(Classifier, MLP):
    """A multi-layer perceptron that tells classes apart, or says which labels a row has.

    Inputs are scaled inside: numbers by mean and deviation of their ventiles, categories of frames by indicators or
    embeddings; see `schuss.tables.Encoding`. There is nothing to standardise beforehand.

    Args:
        hidden_layer_sizes: widths of the hidden layers.
        activation: name or function; see `schuss.activations`.
        optimizer: name, or an object such as ``Adam(0.001)``; see `schuss.optimizers`. ``optimizer__learning_rate`` is
            a parameter as well, and so is every other field.
        schedule: name or object: learning rate of every step; see `schuss.schedules`. `partial_fit` goes without it.
        batch_size: rows of a mini-batch, or "auto": all up to 2,000 rows, else 64 to 512.
        epochs: passes through the training rows; default enough for about 3,000 steps, at least 20, at most 400.
        dropout: rate after every hidden layer, in [0, 1).
        l2: λ of the cost's L2 term, ≥ 0.
        label_smoothing: share of each label that the training cost spreads evenly over all classes, in [0, 1).
        clip_norm: length of the gradient at most, ≥ 0; 0: any.
        averaging: β of the average of the weights over the steps that is kept in their place, in [0, 1); 0: none.
        frequencies: waves that every number becomes beside itself, see `schuss.layers.PeriodicEmbedding`; 0: none.
        frequency_scale: σ of their first frequencies, in turns a standard deviation, > 0.
        bins: ramps that every number becomes beside itself, see `schuss.layers.PiecewiseLinearEmbedding`; 0: none.
        embedding_speed: how many times as fast as the rest waves and ramps learn, > 0.
        scaling_speed: how many times as fast as the rest a factor for every input learns, see `schuss.layers.Scaling`;
            0: no such factors.
        validation_fraction: share of the rows that no update sees, in [0, 1): the weights are those of the epoch that
            does best on them, and training stops early. 0: all rows train, for all epochs.
        patience: epochs without a better validation after which training stops; default a fifth of the epochs, ≥ 10.
        class_weight: "balanced" to weigh every class alike, or {class: weight}; default every row alike.
        warm_start: whether `fit` goes on from where the last one ended: weights, optimizer's state and encoding.
        random_state: seed or generator: of the first weights, the order of the rows, dropout and the split.

    Attributes: those of `Estimator`, `Classifier` and `MLP`. Several labels a row (y [N, L]) are learned one by one.

    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]] * 5, [0, 1, 1, 0] * 5
    >>> MLPClassifier(random_state=0).fit(X, y).predict(X[:4])
    array([0, 1, 1, 0])
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        optimizer: Any = "adam",
        *,
        schedule: Any = "constant",
        batch_size: int | str = "auto",
        epochs: int | None = None,
        dropout: float = 0.0,
        l2: float = 0.0,
        label_smoothing: float = 0.0,
        clip_norm: float = 0.0,
        averaging: float = 0.0,
        frequencies: int = 0,
        frequency_scale: float = 0.3,
        bins: int = 0,
        embedding_speed: float = 1.0,
        scaling_speed: float = 0.0,
        validation_fraction: float = 0.0,
        patience: int | None = None,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.schedule = schedule
        self.batch_size = batch_size
        self.epochs = epochs
        self.dropout = dropout
        self.l2 = l2
        self.label_smoothing = label_smoothing
        self.clip_norm = clip_norm
        self.averaging = averaging
        self.frequencies = frequencies
        self.frequency_scale = frequency_scale
        self.bins = bins
        self.embedding_speed = embedding_speed
        self.scaling_speed = scaling_speed
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One pass through some rows, from where the last training ended, with the optimizer's state.

        Args:
            X: inputs [N, I].
            y: classes [N]; or labels, zeros and ones [N, L].
            classes: all classes there will be; needed in the first call.
            sample_weight: as in `fit`.

        Raises:
            ValueError: X or y cannot be used, or classes are not known; the message says why.
        """
        if classes is None and not hasattr(self, "classes_"):
            raise ValueError("classes must be given in the first call of partial_fit.")
        return self._fit(X, y, sample_weight, None, go_on=True, classes=classes, passes=1)


class MLPRegressor(Regressor, MLP):
    """A multi-layer perceptron that predicts a number.

    Inputs are scaled inside as in `MLPClassifier`, and the target is standardised and put back.

    Args:
        hidden_layer_sizes, activation, optimizer, schedule, batch_size, epochs, dropout, l2, clip_norm, averaging,
            frequencies, frequency_scale, bins, embedding_speed, scaling_speed, validation_fraction, patience,
            warm_start, random_state: see `MLPClassifier`.
        loss: "mean_squared_error", "mean_absolute_error", "huber", or a function; see `schuss.losses`. It measures the
            standardised target.

    Attributes: those of `Estimator` and `MLP`.

    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> MLPRegressor(random_state=0).fit(X, 100 * abs(X[:, 0])).predict([[0.0], [1.0]]).round(-1)
    array([  0., 100.])
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        optimizer: Any = "adam",
        *,
        schedule: Any = "constant",
        loss: Any = "mean_squared_error",
        batch_size: int | str = "auto",
        epochs: int | None = None,
        dropout: float = 0.0,
        l2: float = 0.0,
        clip_norm: float = 0.0,
        averaging: float = 0.0,
        frequencies: int = 0,
        frequency_scale: float = 0.3,
        bins: int = 0,
        embedding_speed: float = 1.0,
        scaling_speed: float = 0.0,
        validation_fraction: float = 0.0,
        patience: int | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.schedule = schedule
        self.loss = loss
        self.batch_size = batch_size
        self.epochs = epochs
        self.dropout = dropout
        self.l2 = l2
        self.clip_norm = clip_norm
        self.averaging = averaging
        self.frequencies = frequencies
        self.frequency_scale = frequency_scale
        self.bins = bins
        self.embedding_speed = embedding_speed
        self.scaling_speed = scaling_speed
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.warm_start = warm_start
        self.random_state = random_state

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One pass through some rows, from where the last training ended, with the optimizer's state.

        Raises:
            ValueError: X or y cannot be used; the message says why.
        """
        return self._fit(X, y, sample_weight, None, go_on=True, passes=1)
