"""How much each input matters, told from gradients and from shuffling (notes B7)."""

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from schuss.backpropagation import trace
from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.engine.trial import Trial
from schuss.lab.picture import Drawing, Measured, picture
from schuss.lab.style import BLUE, GREY, VERMILLION, panels
from schuss.losses import mean_squared_error
from schuss.member import Member
from schuss.optimizers import Adam

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOISE = "noise"
"""Name of a column that has nothing to do with the target, put there to see what that looks like."""


@picture(
    row="B7",
    claim="The gradients of backpropagation tell how much each input matters",
    see="Left, how much the cost changes with each input of {rows} patients that training has not seen, by "
    "backpropagation; right, how much the cost rises when the column is shuffled among them. "
    "Gradients put {gradient_top} first and shuffling {permutation_top}, and the two orders have a rank correlation of "
    "{rank_correlation:.2f}; a bar is the mean of {seeds} networks, a dot one of them. "
    "But a gradient says what a network looks at, not whether that helps: the column of pure noise has "
    "{noise_gradient:.0%} of the largest gradient, and shuffling it makes {noise_permutation:.1%} of the largest rise.",
)
def importance_of_inputs(
    *, seeds: int = 5, repeats: int = 10, epochs: int = 200, l2: float = 10.0, small: bool = False, seed: int = 0
) -> Drawing:
    """Importance of the columns of the diabetes table, and of one of noise, from gradients and from shuffling.

    Args:
        seeds: how many networks are trained.
        repeats: how often each column is shuffled.
        epochs: passes through the rows, each a step; a network's best epoch counts.
        l2: λ of the cost's L2 term.
        small: fewer shuffles, a low resolution.
        seed: of the split of the rows, the noise and the shuffles.
    """
    repeats = 4 if small else repeats
    names, training, held_out = patients(seed)
    members = [Member((16,), "tanh", Adam(0.005), l2=l2, batch_size=len(training.y), seed=k) for k in range(seeds)]
    trials = train(members, training, held_out, epochs=epochs)
    gradients = np.array([importance_by_gradient(trial, held_out) for trial in trials])
    rises = np.array([importance_by_permutation(trial, held_out, repeats, seed) for trial in trials])
    order = np.argsort(rises.mean(axis=0))
    figure, axes = panels(1, 2, height=4.4, sharey=True, small=small)
    labels = [names[k] for k in order]
    _bars(axes[0, 0], gradients[:, order], labels, "Gradients: mean of |∂J/∂x|")
    _bars(axes[0, 1], rises[:, order], labels, "Shuffling: rise of the cost")
    g, r = gradients.mean(axis=0), rises.mean(axis=0)
    ranks = np.array([np.argsort(np.argsort(each)) for each in (g, r)])
    noise = names.index(NOISE)
    measured: Measured = {
        "rows": len(held_out.y),
        "seeds": seeds,
        "names": names,
        "gradients": g.tolist(),
        "rises": r.tolist(),
        "scores": [trial.best.score for trial in trials],
        "gradient_top": names[int(np.argmax(g))],
        "permutation_top": names[int(np.argmax(r))],
        "rank_correlation": float(np.asarray(np.corrcoef(ranks))[0, 1]),
        "noise_gradient": float(g[noise] / g.max()),
        "noise_permutation": float(r[noise] / r.max()),
    }
    return Drawing(figure, measured)


def patients(seed: int) -> tuple[list[str], Table, Table]:
    """Names of the columns, and rows to train on and to hold out, a quarter; all columns have mean 0 and variance 1."""
    from sklearn.datasets import load_diabetes

    diabetes: Any = load_diabetes()
    random = np.random.default_rng(seed)
    x = np.column_stack([diabetes.data, random.normal(size=len(diabetes.data))])
    y = np.asarray(diabetes.target)
    x, y = (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()
    shuffled, quarter = random.permutation(len(x)), len(x) // 4
    held_out, rest = shuffled[:quarter], shuffled[quarter:]
    return [*diabetes.feature_names, NOISE], Table(x[rest], y[rest]), Table(x[held_out], y[held_out])


def importance_by_gradient(trial: Trial, table: Table) -> np.ndarray:
    """Mean over the rows of |∂ℓ/∂x|, how fast a row's loss changes with each of its inputs [I]."""
    from schuss.diagnosis.importance import gradients

    x, y = jnp.asarray(table.x, jnp.float32), jnp.asarray(table.y, jnp.float32)
    passed = trace(trial.network, trial.weights, x, y, mean_squared_error)
    return gradients(trial.network, passed, [[place] for place in range(x.shape[1])])


def importance_by_permutation(trial: Trial, table: Table, repeats: int, seed: int) -> np.ndarray:
    """By how much the cost rises, on average, when one column is shuffled among the rows [I]."""
    x, y = np.asarray(table.x, np.float32), np.asarray(table.y, np.float32)
    inputs, random = x.shape[1], np.random.default_rng(seed)
    shuffled = np.tile(x, (inputs, repeats, 1, 1))
    for k in range(inputs):
        shuffled[k, :, :, k] = random.permuted(shuffled[k, :, :, k], axis=1)
    outputs = predict(trial.network, trial.weights, np.concatenate([x, shuffled.reshape(-1, inputs)]))
    losses = mean_squared_error(jnp.asarray(outputs), jnp.asarray(np.tile(y, 1 + inputs * repeats)))
    before, after = np.split(np.asarray(losses), [len(x)])
    return after.reshape(inputs, -1).mean(axis=1) - before.mean()


def _bars(axes: "Axes", values: np.ndarray, labels: list[str], title: str) -> None:
    """A bar for every column, the mean over networks, and a dot for every network [networks, columns]."""
    place = np.arange(len(labels))
    axes.barh(place, values.mean(axis=0), color=[GREY if label == NOISE else BLUE for label in labels], alpha=0.75)
    for row in values:
        axes.plot(row, place, "o", color=VERMILLION, markersize=3)
    axes.set_yticks(place, labels)
    axes.grid(visible=False, axis="y")
    axes.set_title(title)
