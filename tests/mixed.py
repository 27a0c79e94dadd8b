"""A table with every kind of column, and untrained models of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import jax
import numpy as np
import pyarrow as pa

from schuss.member import Member
from schuss.selection.model import Model, Part, network_of
from schuss.tables import ClassTarget, Encoding, NumberTarget, Roles
from schuss.tables.encoding.repeated import Repeated
from schuss.tables.encoding.target_mean import Taught

N = 300
ROWS = np.arange(200)
"""Rows that encodings learn from; the others hold what these have not seen."""

rng = np.random.default_rng(0)


def some(values, *seen, unseen=()):
    """N cells drawn from values: those seen are among the first ones, the unseen among the last ones."""
    cells = [values[k] for k in rng.integers(len(values), size=N)]
    for place, cell in enumerate(seen):
        cells[10 * place : 200 : 100] = [cell] * 2
    for place, cell in enumerate(unseen):
        cells[200 + place :: 10] = [cell] * 10
    return cells


def normal(center, scale, *seen, unseen=()):
    return some((center + scale * rng.standard_normal(N)).tolist(), *seen, unseen=unseen)


INF = float("inf")
WIDE = (INF, -INF, 1e308, -1e308, None, 0.0)
DAYS = [datetime(2015, 1, 1) + timedelta(hours=1717.3 * k) for k in range(40)]

FEATURES = pa.table(
    {
        "size": normal(0, 1),
        "price": normal(1e9, 3, None, INF, unseen=WIDE),
        "age": normal(40, 20, None, unseen=WIDE),
        "count": pa.array(some(range(1000), None), pa.int64()),
        "도시": some(["서울", "부산", "제주"], "rare", unseen=["new", None, ""]),
        "label": some(["a", "b", "c"], None, "", unseen=["new", '"']),
        "street": some([f"s{k}" for k in range(30)], unseen=["new", None]),
        "value": some([f"v{k}" for k in range(20)], None, unseen=["new"]),
        "empty": some(["", "full"], None, unseen=["new"]),
        "floor": pa.array(some([1, 2, 3], unseen=[9, None]), pa.int64()),
        "new": some([True, False], unseen=[None]),
        "sold": some(["yes", "No"], None, unseen=["NO", "n/a"]),
        "when": some(DAYS, None, unseen=[None, datetime(1800, 2, 3)]),
        "once": some(DAYS[:1], None),
        "when/month": normal(0, 1),
        "day": some([f"{day:%d.%m.%Y}" for day in DAYS], unseen=["?"]),
        "Add_3": normal(0, 1),
    }
)
WAVES = {"frequencies": 4, "frequency_scale": 1.5, "bins": 5, "embedding_speed": 10.0, "scaling_speed": 20.0}
"""Choices of a member whose network begins with all there is: vectors of categories, waves and ramps of numbers,
and scales."""

TARGETS = {
    "text": pa.array(some(["no", "yes"])),
    "many": pa.array(some(["a", "b", "씨"])),
    "whole": pa.array(some([-(2**62), 0, 7])),
    "boolean": pa.array(some([True, False])),
    "values": pa.array(normal(1e6, 20)),
}


def mixed(target):
    """The table with one of the targets."""
    return FEATURES.append_column("target", TARGETS[target])


@cache
def fitted(numeric="robust"):
    """The encoding for the target "values"; that of the features is the same for every target."""
    return Encoding.fit(mixed("values"), "target", ROWS, None, Roles(category="floor"), numeric)


def moved(weights, seed):
    """Weights with a little noise: biases are not 0 any more, and scales not 1."""
    noise = np.random.default_rng(seed)
    return jax.tree.map(lambda w: w + noise.normal(0, 0.1, w.shape).astype(w.dtype), weights)


def part(target, share=1.0, seed=0, numeric="robust", **choices):
    """One network behind an encoding: nothing has trained it, but no weight is where it begins."""
    table = mixed(target)
    output = NumberTarget.fit(table, "target", ROWS) if target == "values" else ClassTarget.fit(table, "target")
    encoding = replace(fitted(numeric), output=output)
    member = Member(hidden_layer_sizes=(6,), **choices)
    net = network_of(member, encoding)
    return Part(encoding, member, net, moved(net.initialize(seed), seed), share)


def blend(target):
    """Three networks behind two encodings."""
    parts = part(target, 0.5), part(target, 0.25, 1, numeric="quantile"), part(target, 0.25, 2, activation="tanh")
    return Model(parts)


def single(target, **choices):
    return Model((part(target, **choices),))


def with_means(target, **choices):
    """A network behind an encoding with means of the target beside vectors of categories."""
    encoding = part(target).encoding
    encoding = encoding.with_means(mixed(target), Taught(ROWS, encoding.targets(mixed(target))))
    member = Member(hidden_layer_sizes=(6,), **choices)
    net = network_of(member, encoding)
    return Model((Part(encoding, member, net, moved(net.initialize(0), 0)),))


def with_values(target, **choices):
    """A network behind an encoding with codes of values that repeat beside some numbers."""
    encoding = part(target, **choices).encoding
    values = {"price": (0.0, 5.0, 1e9), "age": (-1.5, 0.0, 40.0), "count": tuple(map(float, range(0, 1000, 7)))}
    encoding = encoding.with_beside([Repeated(name, known, 4) for name, known in values.items()])
    member = Member(hidden_layer_sizes=(6,))
    net = network_of(member, encoding)
    return Model((Part(encoding, member, net, moved(net.initialize(0), 0)),))


def small(network, weights, target="values"):
    """A model of two columns of numbers, "size" and "Add_3"."""
    encoding = replace(part(target).encoding, inputs=tuple(f for f in fitted().inputs if f.name in ("size", "Add_3")))
    return Model((Part(encoding, Member(network=network), network, weights),))
