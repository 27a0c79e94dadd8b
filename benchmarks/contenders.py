"""One contender in a process of its own: builds what it needs, then measures once for every line it is sent.

``python -m benchmarks.contenders CONTENDER WORKLOAD`` answers each line with the seconds of one member-step.
"""

import functools
import sys
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.workloads import ALONE_EPOCHS, EPOCHS, MEMBERS, WORKLOADS, Workload

Measure = Callable[[], float]
CORES = 2


def schuss(key: str, kind: str) -> Measure:
    """The public API: ``mixed`` and ``adam`` are populations of 64, ``alone`` is one network."""
    from schuss import Member, Table, train
    from schuss.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, RMSProp

    work = WORKLOADS[key]
    x, y = work.data()
    mixed = (Adam(), SGD(0.01), Momentum(0.01), AdaGrad(), RMSProp(), AdamW())
    rules = {"mixed": mixed, "adam": (Adam(),), "alone": (Adam(),)}[kind]
    count = 1 if kind == "alone" else MEMBERS
    hidden = work.layers[1:-1]
    members = [
        Member(hidden, optimizer=rules[k % len(rules)], batch_size=work.batch_size, seed=k) for k in range(count)
    ]
    epochs = (ALONE_EPOCHS if kind == "alone" else EPOCHS)[key]

    def measure() -> float:
        started = time.perf_counter()
        trials = train(members, Table(x, y, outputs=work.layers[-1]), epochs=epochs)
        return (time.perf_counter() - started) / sum(trial.t for trial in trials)

    return measure


def torch_network(work: Workload, threads: int):
    import torch

    torch.set_num_threads(threads)
    layers: list[torch.nn.Module] = []
    for i, o in zip(work.layers[:-1], work.layers[1:], strict=True):
        layers += [torch.nn.Linear(i, o), torch.nn.ReLU()]
    criterion = torch.nn.CrossEntropyLoss() if work.classes else torch.nn.MSELoss()
    x, y = work.data()
    return torch.nn.Sequential(*layers[:-1]), criterion, torch.from_numpy(x), torch.from_numpy(y)


def torch_eager(key: str, threads: int) -> Measure:
    """PyTorch at its best without a compiler: tensors sliced in memory, fused Adam."""
    import torch

    work = WORKLOADS[key]
    network, criterion, x, y = torch_network(work, threads)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    steps = max(work.steps // 2, 20)

    def measure() -> float:
        started = time.perf_counter()
        for step in range(steps):
            rows = slice(step * work.batch_size, (step + 1) * work.batch_size)
            optimizer.zero_grad()
            criterion(network(x[rows]), y[rows]).backward()
            optimizer.step()
        return (time.perf_counter() - started) / steps

    return measure


def torch_loader(key: str) -> Measure:
    """The loop of the notes: a shuffling DataLoader, Adam, and ``loss.item()`` added up."""
    work = WORKLOADS[key]
    network, criterion, x, y = torch_network(work, CORES)
    epoch, steps = notes_loop(network, criterion, x, y, work.batch_size)

    def measure() -> float:
        started = time.perf_counter()
        epoch()
        return (time.perf_counter() - started) / steps

    return measure


def notes_loop(network, criterion, x, y, batch_size: int) -> tuple[Callable[[], float], int]:
    """One epoch as the notes write it, and how many steps it has."""
    import torch

    optimizer = torch.optim.Adam(network.parameters())
    rows = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(rows, batch_size=batch_size, shuffle=True)

    def epoch() -> float:
        current_loss = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(network(inputs), targets)
            loss.backward()
            optimizer.step()
            current_loss += loss.item()
        return current_loss

    return epoch, len(loader)


def fit_sklearn(key: str, epochs: int) -> float:
    """Seconds that one scikit-learn network takes."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from threadpoolctl import threadpool_limits

    work = WORKLOADS[key]
    x, y = work.data()
    kind = MLPClassifier if work.classes else MLPRegressor
    network = kind(
        hidden_layer_sizes=work.layers[1:-1],
        batch_size=work.batch_size,
        max_iter=epochs,
        tol=0,
        n_iter_no_change=10_000,
    )
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = time.perf_counter()
        network.fit(x, y.ravel())
        return time.perf_counter() - started


def sklearn_processes(key: str) -> Measure:
    """scikit-learn's MLP, one process for each core, each with one thread."""
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(CORES)
    epochs = {"small": 3, "middle": 1, "large": 2}[key]
    fit = functools.partial(fit_sklearn, key)
    list(pool.map(fit, [1] * CORES))

    def measure() -> float:
        return max(pool.map(fit, [epochs] * CORES)) / (CORES * epochs * WORKLOADS[key].steps)

    return measure


def jax_vmap(key: str) -> Measure:
    """What one would write first in JAX: ``vmap`` over 64 members of a ``scan`` over steps, Adam from optax."""
    import jax
    import jax.numpy as jnp
    import optax

    work = WORKLOADS[key]
    adam = optax.adam(1e-3)
    x, y = (jnp.asarray(a) for a in work.data())

    def loss(params, x, y):
        for place, (w, b) in enumerate(params):
            x = x @ w + b
            x = jax.nn.relu(x) if place < len(params) - 1 else x
        if work.classes:
            return optax.softmax_cross_entropy_with_integer_labels(x, y).mean()
        return jnp.mean((x - y) ** 2)

    def step(carry, rows):
        params, state = carry
        updates, state = adam.update(jax.grad(loss)(params, *rows), state, params)
        return (optax.apply_updates(params, updates), state), None

    def init(key):
        pairs = zip(work.layers[:-1], work.layers[1:], strict=True)
        return [(jax.random.normal(key, (i, o)) / np.sqrt(i), jnp.zeros(o)) for i, o in pairs]

    steps = min(work.steps, 20)
    batches = tuple(a[: steps * work.batch_size].reshape(steps, work.batch_size, -1) for a in (x, y))
    batches = (batches[0], batches[1][..., 0] if work.classes else batches[1])
    params = jax.vmap(init)(jax.random.split(jax.random.key(0), MEMBERS))
    state = jax.vmap(adam.init)(params)
    run = jax.jit(jax.vmap(lambda p, s: jax.lax.scan(step, (p, s), batches)[0]))
    jax.block_until_ready(run(params, state))

    def measure() -> float:
        started = time.perf_counter()
        jax.block_until_ready(run(params, state))
        return (time.perf_counter() - started) / (MEMBERS * steps)

    return measure


def matmul(_: str) -> Measure:
    """Seconds of one 1024³ matrix multiply where every core does one: the machine's own speed."""
    from concurrent.futures import ThreadPoolExecutor

    import jax
    import jax.numpy as jnp

    a = jnp.ones((1024, 1024))
    multiply = jax.jit(jnp.matmul)
    multiply(a, a).block_until_ready()
    pool = ThreadPoolExecutor(CORES)

    def measure() -> float:
        started = time.perf_counter()
        list(pool.map(lambda _: [multiply(a, a).block_until_ready() for _ in range(20)], range(CORES)))
        return (time.perf_counter() - started) / (CORES * 20)

    return measure


CONTENDERS: dict[str, Callable[[str], Measure]] = {
    "schuss, 64 members, 6 optimizers": functools.partial(schuss, kind="mixed"),
    "schuss, 64 members, Adam": functools.partial(schuss, kind="adam"),
    "schuss, one network": functools.partial(schuss, kind="alone"),
    "PyTorch, fused Adam, 1 thread": functools.partial(torch_eager, threads=1),
    "PyTorch, fused Adam, 2 threads": functools.partial(torch_eager, threads=2),
    "PyTorch, DataLoader and loss.item()": torch_loader,
    "scikit-learn, a process a core": sklearn_processes,
    "JAX, vmap over 64 members": jax_vmap,
    "matrix multiply": matmul,
}


def lines() -> Iterator[str]:
    while line := sys.stdin.readline():
        yield line


if __name__ == "__main__":
    measured = CONTENDERS[sys.argv[1]](sys.argv[2])
    measured()  # warm: compiled, threads started
    print("ready", flush=True)
    for _ in lines():
        print(measured(), flush=True)
