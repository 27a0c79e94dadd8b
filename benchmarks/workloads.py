"""The three networks and mini-batch sizes that everything is measured on, and their data."""

from typing import NamedTuple

import numpy as np


class Workload(NamedTuple):
    """Layers (inputs, hidden …, outputs), rows of a mini-batch, rows of the table."""

    layers: tuple[int, ...]
    batch_size: int
    rows: int

    @property
    def name(self) -> str:
        return "-".join(map(str, self.layers)) + f"/{self.batch_size}"

    @property
    def classes(self) -> bool:
        return self.layers[-1] > 1

    @property
    def steps(self) -> int:
        """Steps in an epoch; the tables have no ragged last mini-batch."""
        return self.rows // self.batch_size

    @property
    def flops(self) -> int:
        """Of the matrix multiplies of one step: forward, weights' gradients, and inputs' gradients after layer one."""
        pairs = list(zip(self.layers[:-1], self.layers[1:], strict=True))
        products = sum(3 * i * o for i, o in pairs) - pairs[0][0] * pairs[0][1]
        return 2 * self.batch_size * products

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(0)
        x = rng.standard_normal((self.rows, self.layers[0]), dtype=np.float32)
        if self.classes:
            return x, rng.integers(0, self.layers[-1], self.rows)
        return x, rng.standard_normal((self.rows, 1), dtype=np.float32)


SMALL = Workload((20, 64, 64, 10), 128, 12_800)
MIDDLE = Workload((784, 256, 128, 10), 128, 12_800)
LARGE = Workload((28, 128, 128, 1), 1_000, 50_000)
WORKLOADS = {"small": SMALL, "middle": MIDDLE, "large": LARGE}
MEMBERS = 64
EPOCHS = {"small": 10, "middle": 2, "large": 3}
"""Epochs of one measurement of a population: a few seconds."""

ALONE_EPOCHS = {"small": 40, "middle": 8, "large": 12}
"""Epochs of one measurement of a network alone."""
