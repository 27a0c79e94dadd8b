"""What an average of the weights is good for (notes A5)."""

import numpy as np

from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.lab.picture import Drawing, picture
from schuss.lab.style import BLUE, VERMILLION, panels, write_name
from schuss.member import Member
from schuss.optimizers import SGD


@picture(
    row="A5",
    claim="The average of the weights settles where mini-batches keep the weights themselves wandering",
    see="A noisy curve of {rows} points is learned with mini-batches of {batch_size} rows and a learning rate that "
    "stays {learning_rate:g}. After each epoch the error is measured against the curve without noise: of the "
    "weights as they are, and of their exponentially weighted average with β = {beta:g}, which is taken along "
    "and moves nothing. Over the last half of {epochs} epochs and {seeds} seeds the average's error is "
    "{error_of_the_average:.3f}, that of the weights {error_of_the_weights:.3f} (medians), and it moves "
    "{calmer:.0f} times less from epoch to epoch. A learning rate that ends at 0 does the same in another way.",
)
def averaged_weights(
    *,
    beta: float = 0.99,
    learning_rate: float = 0.2,
    batch_size: int = 8,
    rows: int = 256,
    epochs: int = 60,
    width: int = 32,
    seeds: int = 5,
    small: bool = False,
) -> Drawing:
    """Errors of weights and of their average, epoch by epoch, of the same trainings.

    Args:
        beta: β of the average.
        learning_rate: α, which stays.
        batch_size: rows of a mini-batch.
        rows: points of the curve.
        epochs: passes through them.
        width: units of the hidden layer.
        seeds: how many trainings; one is drawn.
        small: a low resolution.
    """
    x = np.linspace(-2, 2, rows, dtype=np.float32)[:, None]
    curve = np.sin(2 * x[:, 0])
    noisy = Table(x, curve + np.random.default_rng(0).normal(0, 0.5, rows))
    members = [
        Member((width,), "tanh", SGD(learning_rate), batch_size=batch_size, seed=seed, averaging=own)
        for own in (0.0, beta)
        for seed in range(seeds)
    ]
    trials = train(members, noisy, Table(x, curve), epochs=epochs)
    errors = np.sqrt([trial.history.validation_costs for trial in trials]).reshape(2, seeds, epochs)
    late = errors[:, :, epochs // 2 :]
    moves = np.abs(np.diff(late, axis=2)).mean(axis=(1, 2))
    figure, axes = panels(1, 1, width=6.5, height=3.6, small=small)
    plot = axes[0][0]
    top = 1.15 * float(errors[:, 0].max())
    for name, color, own in (("the weights", VERMILLION, errors[0, 0]), ("their average", BLUE, errors[1, 0])):
        plot.plot(np.arange(1, epochs + 1), own, color=color)
        write_name(plot, name, epochs * 0.7, 0.93 * top if color == VERMILLION else 0.6 * float(own[-1]), color)
    plot.set(xlabel="epoch", ylabel="error against the curve", ylim=(0, top))
    weights, average = (float(np.median(own)) for own in late)
    measured = {"beta": beta, "learning_rate": learning_rate, "batch_size": batch_size, "rows": rows, "epochs": epochs}
    measured |= {"seeds": seeds, "error_of_the_weights": weights, "error_of_the_average": average}
    return Drawing(figure, measured | {"calmer": float(moves[0] / moves[1])})
