"""What a number becomes before the first hidden layer, and what that is good for (notes B4)."""

from typing import Any

import numpy as np

from schuss.engine.data import Table
from schuss.engine.evaluation import predict
from schuss.engine.train import train
from schuss.lab.picture import Drawing, picture
from schuss.lab.style import BLUE, GREY, ORANGE, VERMILLION, panels, write_name
from schuss.member import Member
from schuss.optimizers import Adam

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "the number": (VERMILLION, {}),
    "with waves": (BLUE, {"frequencies": 8, "frequency_scale": 1.0}),
    "with ramps": (ORANGE, {"bins": 16}),
}
"""What stands before the first hidden layer → its colour, and the member's choices."""


@picture(
    row="B4",
    claim="A network learns the teeth of a saw slowly from a number alone, sooner from ramps of it, soonest from waves",
    see="A saw of {teeth} teeth, grey, is to be learned from one number. After {epochs} passes through {rows} points, "
    "each of them a step, the network that has the number alone still misses most teeth: the median of its errors over "
    "{seeds} seeds is {error_the_number:.2f} of the saw's standard deviation. With {waves} learned waves beside the "
    "number it is {error_with_waves:.2f}, and with {ramps} ramps {error_with_ramps:.2f}: their edges are fixed, and "
    "too few. A layer of smooth units is slow to bend often; waves and ramps bring the bends with them.",
)
def sawtooth(
    *, teeth: int = 6, rows: int = 256, epochs: int = 400, width: int = 64, seeds: int = 5, small: bool = False
) -> Drawing:
    """A saw learned from a number, from waves of it and from ramps of it: what was learned, and how soon.

    All networks have two hidden layers and the same optimizer, seeds and rows.

    Args:
        teeth: of the saw.
        rows: how many points of it are learned.
        epochs: passes through them.
        width: units of each hidden layer.
        seeds: how many networks of each kind; the median is drawn.
        small: a low resolution.
    """
    x = np.linspace(-1.7, 1.7, rows, dtype=np.float32)[:, None]
    phase = teeth * (x[:, 0] + 1.7) / 3.4
    saw = phase - np.floor(phase)
    y = (saw - saw.mean()) / saw.std()
    table = Table(x, y)
    members = [
        Member((width, width), "tanh", Adam(0.01), "cosine", rows, seed=seed, embedding_speed=1.0, **choices)
        for _, choices in KINDS.values()
        for seed in range(seeds)
    ]
    trials = train(members, table, epochs=epochs)
    figure, axes = panels(1, 2, width=10, height=3.6, small=small)
    learned, falls = axes[0]
    learned.plot(x, y, color=GREY, linewidth=3)
    measured: dict[str, Any] = {"teeth": teeth, "rows": rows, "epochs": epochs, "seeds": seeds}
    for place, (kind, (color, _)) in enumerate(KINDS.items()):
        own = trials[place * seeds : (place + 1) * seeds]
        errors = [float(np.sqrt(np.mean(np.square(predict(t.network, t.weights, x)[:, 0] - y)))) for t in own]
        middle = own[int(np.argsort(errors)[len(errors) // 2])]
        learned.plot(x, predict(middle.network, middle.weights, x), color=color, linewidth=1.2)
        costs = np.sqrt(np.median([trial.history.costs for trial in own], axis=0))
        falls.plot(np.arange(1, len(costs) + 1), costs, color=color)
        write_name(falls, kind, len(costs) * 0.6, costs[int(len(costs) * 0.6)] * 1.25, color)
        measured[f"error_{kind.replace(' ', '_')}"] = float(np.median(errors))
    measured |= {"waves": KINDS["with waves"][1]["frequencies"], "ramps": KINDS["with ramps"][1]["bins"]}
    learned.set(xlabel="x", ylabel="y", title="What was learned")
    falls.set(xlabel="step t", ylabel="root mean squared error", yscale="log", title="How soon, medians")
    return Drawing(figure, measured)
