"""Loss functions: (prediction [B, O], target) → loss of every row [B].

The cost of a mini-batch is the mean of its rows' losses, plus the L2 term; that mean is not taken here, so rows can be
weighted or left out. Shapes are checked where a function is traced, at no cost in the compiled program.
"""

import inspect
from collections.abc import Callable
from typing import Literal, TypeVar

import jax.numpy as jnp
from jax import lax
from jax.typing import DTypeLike

from schuss.activations import softplus
from schuss.names import function_by_name
from schuss.types import Array, LossFunction

Function = TypeVar("Function", bound=Callable[..., Array])


def fits(task: Literal["classification", "regression"], n_classes: int | None = None) -> Callable[[Function], Function]:
    """Write down on a loss function what it is for, where `losses_for` reads it.

    Args:
        task: the kind of target, classes or numbers.
        n_classes: the number of classes it needs; default any.
    """

    def write(function: Function) -> Function:
        vars(function)["fits"] = (task, n_classes)
        return function

    return write


@fits("regression")
def mean_absolute_error(prediction: Array, target: Array) -> Array:
    """L = 1/O · Σ |ŷ − y|.

    Its gradient is ±1/O however large the error, so one outlier pulls no harder than any other row: it is robust, but
    does not slow down near the minimum. Compare `mean_squared_error`, and `huber`, which is between the two.

    Args:
        prediction: ŷ [B, O].
        target: y [B, O], or [B] when O = 1.

    Raises:
        ValueError: the shapes do not match.

    Source: notes B6.

    >>> print(mean_absolute_error(jnp.zeros((2, 1)), jnp.array([1.0, 100.0])))
    [  1. 100.]
    """
    d = prediction - _columns(prediction, target)
    return jnp.mean(d * jnp.sign(d), axis=1)  # |d|, but JAX's abs has the derivative 1 at 0, and sign has 0


@fits("regression")
def mean_squared_error(prediction: Array, target: Array) -> Array:
    """L = 1/O · Σ (ŷ − y)².

    Its gradient 2·(ŷ − y)/O grows with the error: large errors are corrected fast and small ones gently, but one
    outlier of 100 weighs as much as 10,000 rows that are wrong by 1. Compare `mean_absolute_error`.

    Args:
        prediction: ŷ [B, O].
        target: y [B, O], or [B] when O = 1.

    Raises:
        ValueError: the shapes do not match.

    Source: notes B6.

    >>> print(mean_squared_error(jnp.zeros((2, 1)), jnp.array([1.0, 100.0])))
    [1.e+00 1.e+04]
    """
    return jnp.mean((prediction - _columns(prediction, target)) ** 2, axis=1)


@fits("regression")
def huber(prediction: Array, target: Array, delta: float = 1.0) -> Array:
    """L = 1/O · Σ q·(d − q/2) with d = |ŷ − y| and q = min(d, δ).

    That is d²/2 for errors up to δ and δ·(d − δ/2) beyond: squared near the minimum, absolute for outliers.

    Args:
        prediction: ŷ [B, O].
        target: y [B, O], or [B] when O = 1.
        delta: δ, positive, in the target's unit, default 1.

    Raises:
        ValueError: the shapes do not match, or δ is not positive.

    Source: between the two losses of notes B6; Huber, 1964. The numbers are those of ``torch.nn.HuberLoss``.

    >>> print(huber(jnp.zeros((2, 1)), jnp.array([1.0, 100.0])))
    [ 0.5 99.5]
    """
    if isinstance(delta, (int, float)) and not delta > 0:  # a traced number cannot be checked
        raise ValueError(f"delta must be > 0, not {delta}.")
    d = jnp.abs(prediction - _columns(prediction, target))
    q = jnp.minimum(d, delta)
    return jnp.mean(q * (d - q / 2), axis=1)


def one_hot(labels: Array, classes: int, dtype: DTypeLike = jnp.float32) -> Array:
    """Labels [B] → rows [B, classes] of zeros with a one in the label's column.

    Args:
        labels: integers 0 … classes − 1; any other gives a row of zeros.
        classes: number of columns.
        dtype: of the result.

    Raises:
        TypeError: the labels are not integers.
        ValueError: the labels are not one-dimensional.

    Source: notes B6.

    >>> print(one_hot(jnp.array([2, 0]), 3))
    [[0. 0. 1.]
     [1. 0. 0.]]
    """
    if labels.ndim != 1:
        raise ValueError(f"labels must have the shape [B], not {list(labels.shape)}.")
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise TypeError(f"labels must be integers, not {labels.dtype}.")
    # A comparison, not an indexed write: scatter is slow on CPUs.
    return (labels[:, None] == jnp.arange(classes)[None, :]).astype(dtype)


@fits("classification")
def cross_entropy(logits: Array, target: Array, label_smoothing: float = 0.0) -> Array:
    """L = −Σ pᵢ·ln aᵢ with a = softmax(logits), computed from the logits, never from a.

    With the largest logit subtracted first, ln aᵢ = zᵢ − ln Σ e^zⱼ neither overflows nor becomes ln 0. The gradient is
    a − p.

    Args:
        logits: z [B, O], O ≥ 2, before any softmax.
        target: labels [B], integers 0 … O − 1 (inside a compiled program nobody can check them), or p [B, O]: one-hot
            rows or probabilities.
        label_smoothing: ε in [0, 1], the share of every p that is spread evenly over the classes, (1 − ε)·p + ε/O.

    Raises:
        TypeError: labels [B] that are not integers.
        ValueError: the shapes do not match, O = 1, or ``label_smoothing`` lies outside [0, 1].

    Source: notes B6; of label smoothing Szegedy et al., *Rethinking the Inception Architecture*, 2016. The numbers are
    those of ``torch.nn.CrossEntropyLoss(reduction="none", label_smoothing=ε)``.

    >>> print(cross_entropy(jnp.array([[1e4, -1e4], [0.0, 0.0]]), jnp.array([1, 0])).round(4))
    [2.000e+04 6.931e-01]
    """
    rows, outputs = _rows_and_outputs(logits)
    if outputs == 1:
        raise ValueError("cross_entropy needs a logit for every class, not 1 logit: use binary_cross_entropy.")
    if target.shape not in ((rows,), logits.shape):
        raise ValueError(f"target must have the shape [{rows}] or [{rows}, {outputs}], not {list(target.shape)}.")
    p = one_hot(target, outputs, logits.dtype) if target.ndim == 1 else target
    p = _smoothed(p, outputs, label_smoothing)
    z = logits - lax.stop_gradient(jnp.max(logits, axis=1, keepdims=True))
    log_a = z - jnp.log(jnp.sum(jnp.exp(z), axis=1, keepdims=True))
    return -jnp.sum(p * log_a, axis=1)


@fits("classification", n_classes=2)
def binary_cross_entropy(logits: Array, target: Array, label_smoothing: float = 0.0) -> Array:
    """L = 1/O · Σ −y·ln a − (1 − y)·ln(1 − a) with a = sigmoid(logits), computed from the logits, never from a.

    −ln a is softplus(−z) and −ln(1 − a) is softplus(z). The gradient per output is (a − y)/O; losses and gradients keep
    their digits where they are tiny.

    Args:
        logits: z [B, O], before any sigmoid. Each output is a yes-or-no question of its own.
        target: y [B, O], or [B] when O = 1: 0, 1 or a probability.
        label_smoothing: ε in [0, 1], the share of every y that is spread evenly over yes and no, (1 − ε)·y + ε/2.

    Raises:
        ValueError: the shapes do not match, or ``label_smoothing`` lies outside [0, 1].

    Source: cross-entropy (notes B6) of two classes. The numbers are those of ``torch.nn.BCEWithLogitsLoss``.

    >>> print(binary_cross_entropy(jnp.array([[-1e4], [0.0]]), jnp.array([1, 0])).round(4))
    [1.000e+04 6.931e-01]
    """
    z, y = logits, _smoothed(_columns(logits, target), 2, label_smoothing)
    return jnp.mean(y * softplus(-z) + (1 - y) * softplus(z), axis=1)


LOSSES: dict[str, LossFunction] = {
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "mean_squared_error": mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "huber": huber,
}
"""Name → loss function."""


def loss_function(name_or_function: str | LossFunction) -> LossFunction:
    """Return the loss function of that name; a function of one's own passes through.

    Raises:
        ValueError: no loss has that name.
        TypeError: neither a name nor a function.

    >>> loss_function("huber") is huber
    True
    """
    return function_by_name("loss", name_or_function, LOSSES, "(prediction, target) → [B]")


def losses_for(task: str, n_classes: int = 0) -> tuple[str, ...]:
    """Names of the losses for a target, in the order of `LOSSES`; one that does not say what it `fits` is among them.

    Args:
        task: "classification" or "regression".
        n_classes: how many classes there are; 0 for numbers.

    >>> losses_for("classification", 3), losses_for("regression")
    (('cross_entropy',), ('mean_squared_error', 'mean_absolute_error', 'huber'))
    """
    fitting = {(task, None), (task, n_classes), None}
    return tuple(name for name, loss in LOSSES.items() if getattr(loss, "fits", None) in fitting)


def smooths_labels(loss: LossFunction) -> bool:
    """Whether a loss has the parameter ``label_smoothing``, as those of classes have.

    >>> smooths_labels(cross_entropy), smooths_labels(huber)
    (True, False)
    """
    return "label_smoothing" in inspect.signature(loss).parameters


def _smoothed(p: Array, classes: int, label_smoothing: float) -> Array:
    """(1 − ε)·p + ε/C, probabilities with the share ε of them spread evenly over the classes."""
    if isinstance(label_smoothing, (int, float)) and not 0 <= label_smoothing <= 1:  # a traced number is unknown
        raise ValueError(f"label_smoothing must be in [0, 1], not {label_smoothing}.")
    return (1 - label_smoothing) * p + label_smoothing / classes


def _rows_and_outputs(prediction: Array) -> tuple[int, int]:
    """B and O."""
    if prediction.ndim != 2:
        raise ValueError(f"prediction must have the shape [B, O], not {list(prediction.shape)}.")
    rows, outputs = prediction.shape
    return rows, outputs


def _columns(prediction: Array, target: Array) -> Array:
    """The target as [B, O]. NumPy's broadcasting would make [B, B] of [B, 1] and [B] without a word."""
    rows, outputs = _rows_and_outputs(prediction)
    if target.shape == (rows,) and outputs == 1:
        return target[:, None]
    if target.shape != prediction.shape:
        wanted = f"[{rows}, {outputs}]" + (f" or [{rows}]" if outputs == 1 else "")
        raise ValueError(f"target must have the shape {wanted}, not {list(target.shape)}.")
    return target
