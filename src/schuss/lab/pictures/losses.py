"""Loss functions: what an outlier does to MAE and MSE, and what cross-entropy asks of a probability (notes B6)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from schuss.activations import softmax
from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.lab.picture import Drawing, Measured, picture
from schuss.lab.pictures.line import descend_line
from schuss.lab.style import BLACK, BLUE, GREEN, GREY, VERMILLION, panels
from schuss.losses import cross_entropy, huber, mean_absolute_error, mean_squared_error, one_hot
from schuss.member import Member
from schuss.optimizers import Adam
from schuss.types import LossFunction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REGRESSION: dict[str, LossFunction] = {"MAE": mean_absolute_error, "MSE": mean_squared_error, "Huber": huber}
"""Name → loss."""

LOOKS: dict[str, dict[str, Any]] = {
    "MAE": {"color": BLUE, "linewidth": 2},
    "MSE": {"color": VERMILLION, "linewidth": 2},
    "Huber": {"color": GREEN, "linewidth": 2, "linestyle": "--"},
}
"""Name → line, as keywords of ``plot``."""


@picture(
    row="B6",
    claim="MAE is robust against outliers; MSE punishes large errors far more, and is pulled by them",
    see="An error of 4 costs {mae_at_4:.0f} by MAE and {mse_at_4:.0f} by MSE (left): MSE's gradient grows with the "
    "error, while MAE's is as large for small errors as for large ones (middle). "
    "On {rows} points of a line of slope 1, {outliers} of them outliers, MSE finds the slope {mse_slope:.2f} and MAE "
    "{mae_slope:.2f} (right); before those points were moved both had found {mse_clean_slope:.2f} and "
    "{mae_clean_slope:.2f}.",
)
def mae_and_mse(*, outliers: int = 4, rows: int = 40, small: bool = False, seed: int = 0) -> Drawing:
    """MAE, MSE and Huber's loss, their gradients, and the lines they fit to points with outliers.

    Args:
        outliers: how many points, every second one from the right, are moved down by 20.
        rows: of the table.
        small: a low resolution.
        seed: of the noise.
    """
    x, clean = line_with_noise(rows, seed)
    y, moved = clean.copy(), np.arange(rows)[::-2][:outliers]
    y[moved] -= 20
    figure, axes = panels(1, 3, width=11, height=4, small=small)
    _loss_curves(axes[0, 0], axes[0, 1])
    chart = axes[0, 2]
    chart.plot(np.delete(x, moved), np.delete(y, moved), "o", color=GREY, markersize=4)
    chart.plot(x[moved], y[moved], "X", color=BLACK, markersize=7)
    measured: Measured = {"rows": rows, "outliers": outliers}
    for name, loss in REGRESSION.items():
        w, b = fit_line(x, y, loss)
        chart.plot(x, w * x + b, label=f"{name}: slope {w:.2f}", **LOOKS[name])
        key, error = name.lower(), jnp.array([[4.0]])
        measured |= {
            f"{key}_at_4": float(loss(error, jnp.zeros((1, 1)))[0]),
            f"{key}_slope": w,
            f"{key}_intercept": b,
            f"{key}_clean_slope": fit_line(x, clean, loss)[0],
        }
    chart.set(title=f"{rows} points, {outliers} of them outliers", xlabel="x", ylabel="y")
    chart.legend(loc="lower left")
    return Drawing(figure, measured)


def fit_line(x: np.ndarray, y: np.ndarray, loss: LossFunction) -> tuple[float, float]:
    """Slope and intercept of the line of least loss, found by gradient descent."""
    w, b = descend_line(x, y, np.zeros(2), Adam(0.01), len(x), epochs=3000, loss=loss)[-1]
    return float(w), float(b)


def line_with_noise(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """x from 0 to 10 and y = x + 2 with normal noise of size 1, float32 [N]."""
    random = np.random.default_rng(seed)
    x = np.sort(random.uniform(0, 10, rows))
    return x.astype(np.float32), (x + 2 + random.normal(size=rows)).astype(np.float32)


def _loss_curves(values: "Axes", gradients: "Axes") -> None:
    """Each loss and its gradient against the error ŷ − y."""
    error = jnp.linspace(-4, 4, 201)
    for name, loss in REGRESSION.items():
        one = jax.value_and_grad(lambda e, f=loss: f(e[None, None], jnp.zeros((1, 1)))[0])
        value, gradient = jax.jit(jax.vmap(one))(error)
        values.plot(error, value, label=name, **LOOKS[name])
        gradients.plot(error, gradient, **LOOKS[name])
    values.set(title="Loss of a row", xlabel="error ŷ − y")
    gradients.set(title="Its gradient", xlabel="error ŷ − y")
    values.legend(loc="upper center")


@picture(
    row="B6",
    claim="Cross-entropy nears 0 as the right class's probability nears 1, and grows without bound as it nears 0",
    see="The loss is −ln p of the right class's probability p: {at_half:.2f} at ½ and {at_hundredth:.2f} at 0.01, "
    "where the squared error stays below 1 and is nearly flat (left). "
    "A target is one-hot, 1 in its class's column and 0 elsewhere, so that only the right class's p counts. "
    "The losses of three irises, one of each species, fall from {early_mean:.2f} on average after {early} passes "
    "through the table to {late_mean:.2f} after {late}, as the predictions come to look like the targets.",
)
def cross_entropy_and_one_hot(*, early: int = 3, late: int = 15, small: bool = False, seed: int = 0) -> Drawing:
    """Cross-entropy against probability, and one-hot targets beside predictions of irises during training.

    Args:
        early: passes after which predictions are drawn for the first time.
        late: passes after which they are drawn again.
        small: a low resolution.
        seed: of the first weights.
    """
    from sklearn.datasets import load_iris

    iris: Any = load_iris()
    x, y, names = iris.data, iris.target, iris.target_names.tolist()
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    first = np.array([np.argmax(y == k) for k in range(len(names))])  # the first flower of every species
    labels = jnp.asarray(y[first])
    targets = one_hot(labels, len(names))
    figure, axes = panels(1, 4, width=11, height=3.5, width_ratios=(1.6, 1, 1, 1), small=small)
    highest = _loss_by_probability(axes[0, 0])
    _matrix(axes[0, 1], np.asarray(targets), "Targets, one-hot", names, names)
    measured: Measured = {"early": early, "late": late, "highest": highest}
    for panel, moment, epochs in ((axes[0, 2], "early", early), (axes[0, 3], "late", late)):
        member = Member((8,), "tanh", Adam(0.02), batch_size=50, seed=seed)
        trial = train([member], Table(x, y), epochs=epochs)[0]
        logits = jnp.asarray(predict(trial.network, trial.weights, x[first].astype(np.float32)))
        losses = cross_entropy(logits, targets)
        gradient = jax.grad(lambda z: cross_entropy(z, targets).sum())(logits)
        a = softmax(logits)
        _matrix(panel, np.asarray(a), f"After {epochs} passes", [f"loss {each:.2f}" for each in losses], names)
        measured |= {
            f"{moment}_losses": losses.tolist(),
            f"{moment}_mean": float(losses.mean()),
            f"{moment}_right": np.diag(a).tolist(),
            f"{moment}_labels_differ": float(jnp.abs(losses - cross_entropy(logits, labels)).max()),
            f"{moment}_gradient_differs": float(jnp.abs(gradient - (a - targets)).max()),
        }
    at = loss_of_probability(np.array([0.5, 0.01]))
    return Drawing(figure, measured | {"at_half": float(at[0]), "at_hundredth": float(at[1])})


def loss_of_probability(p: np.ndarray) -> np.ndarray:
    """Cross-entropy of rows whose right class, of two, the softmax gives the probabilities p, in (0, 1).

    >>> print(loss_of_probability(np.array([0.5, 0.01])).round(3))
    [0.693 4.605]
    """
    logits = jnp.log(jnp.stack([jnp.asarray(p), 1 - jnp.asarray(p)], axis=1))
    return np.asarray(cross_entropy(logits, jnp.zeros(len(p), jnp.int32)))


def _loss_by_probability(axes: "Axes") -> float:
    """Draw the loss against the right class's probability; the highest loss drawn."""
    p = np.geomspace(1e-3, 1 - 1e-6, 200)
    losses = loss_of_probability(p)
    squared = mean_squared_error(jnp.asarray(p)[:, None], jnp.ones(len(p)))
    axes.plot(p, losses, color=BLUE, linewidth=2, label="cross-entropy, −ln p")
    axes.plot(p, squared, color=GREY, label="squared error, (1 − p)²")
    axes.set(title="Loss of one row", xlabel="probability p of the right class", ylim=(0, 7))
    axes.legend()
    return float(losses.max())


def _matrix(axes: "Axes", rows: np.ndarray, title: str, beside: Sequence[str], below: Sequence[str]) -> None:
    """A table of probabilities, darker where higher, with a label beside every row and below every column."""
    axes.grid(visible=False)
    axes.imshow(rows, cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
    for (i, j), p in np.ndenumerate(rows):
        axes.text(j, i, f"{p:.2f}", ha="center", va="center", color="white" if p > 0.6 else BLACK)
    axes.set_title(title)
    axes.set_xticks(range(len(below)), below, rotation=25)
    axes.set_yticks(range(len(beside)), beside)
