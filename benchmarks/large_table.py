"""m = 5,000,000 rows of 28 columns in mini-batches of 1,000, for one epoch of 28-128-128-1 (notes A1).

``python -m benchmarks.large_table schuss|torch`` prints seconds for one epoch of one member, and peak memory in GiB.
"""

import json
import resource
import sys
import time

import numpy as np

ROWS, COLUMNS, BATCH, MEMBERS = 5_000_000, 28, 1_000, 2


def table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    return x, x[:, :1] * x[:, 1:2]


def schuss() -> float:
    """Two members at once, one for each core."""
    from schuss import Member, Table, train

    x, y = table()
    members = [Member((128, 128), batch_size=BATCH, seed=k) for k in range(MEMBERS)]
    started = time.perf_counter()
    trials = train(members, Table(x, y), epochs=1)
    assert all(trial.t == ROWS // BATCH for trial in trials)
    return (time.perf_counter() - started) / MEMBERS


def torch() -> float:
    """The notes' loop, on every core."""
    import torch

    from benchmarks.contenders import notes_loop

    x, y = map(torch.from_numpy, table())
    layers = (torch.nn.Linear(28, 128), torch.nn.ReLU(), torch.nn.Linear(128, 128), torch.nn.ReLU())
    network = torch.nn.Sequential(*layers, torch.nn.Linear(128, 1))
    epoch, _ = notes_loop(network, torch.nn.MSELoss(), x, y, BATCH)
    started = time.perf_counter()
    epoch()
    return time.perf_counter() - started


if __name__ == "__main__":
    seconds = {"schuss": schuss, "torch": torch}[sys.argv[1]]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "peak": peak}))
