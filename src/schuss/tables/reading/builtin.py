"""Tables that need no file: scikit-learn's, and two that are generated."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from schuss.names import by_name
from schuss.tables.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

TARGET = "target"
"""Name of the target's column in every built-in table."""

Columns = dict[str, np.ndarray]
"""Name → values [N]; the target is the last."""


class Builtin(NamedTuple):
    """A built-in table: what it is, in a line, and how to make it."""

    description: str
    columns: Callable[[], Columns]


def from_sklearn(name: str) -> Columns:
    """A data set that ships with scikit-learn, its classes by name where they have one."""
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    columns = {str(feature): data.data[:, i] for i, feature in enumerate(data.feature_names)}
    names = np.asarray(data.get("target_names", []))
    return columns | {TARGET: names[data.target] if names.dtype.kind == "U" else data.target}


def xor(rows: int = 400, noise: float = 0.1, seed: int = 0) -> Columns:
    """Two numbers drawn uniformly from [−1, 1]; class 1 where their signs differ; then normal noise on both.

    Source: notes B1 and B2.

    >>> columns = xor(rows=1000, noise=0)
    >>> bool((columns["target"] == (columns["x0"] * columns["x1"] < 0)).all())
    True
    """
    random = np.random.default_rng(seed)
    X = random.uniform(-1, 1, (rows, 2))
    target = (X[:, 0] < 0) ^ (X[:, 1] < 0)
    X += noise * random.standard_normal(X.shape)
    return {"x0": X[:, 0], "x1": X[:, 1], TARGET: target.astype(np.int64)}


def spirals(rows: int = 1000, turns: float = 1.5, noise: float = 0.02, seed: int = 0) -> Columns:
    """Two interleaved spirals, one a class, the second the first turned by half a circle; normal noise on both numbers.

    The radius grows from 0 to 1 in ``turns`` turns, as the square root of a uniform number: rows are spread evenly.

    >>> columns = spirals(rows=1000, noise=0)
    >>> bool((columns["x0"] ** 2 + columns["x1"] ** 2 <= 1).all())
    True
    """
    random = np.random.default_rng(seed)
    target = np.arange(rows) % 2
    radius = np.sqrt(random.uniform(0, 1, rows))
    angle = 2 * np.pi * turns * radius + np.pi * target
    X = radius * np.stack([np.cos(angle), np.sin(angle)]) + noise * random.standard_normal((2, rows))
    return {"x0": X[0], "x1": X[1], TARGET: target.astype(np.int64)}


BUILTIN: dict[str, Builtin] = {
    "digits": Builtin("1,797 handwritten digits of 8 × 8 pixels, 10 classes", partial(from_sklearn, "digits")),
    "breast_cancer": Builtin(
        "569 tumours, 30 measures of their cells, malignant or benign", partial(from_sklearn, "breast_cancer")
    ),
    "wine": Builtin("178 wines of 3 growers, 13 chemical measures", partial(from_sklearn, "wine")),
    "iris": Builtin("150 irises of 3 species, 4 measures of the flower", partial(from_sklearn, "iris")),
    "diabetes": Builtin(
        "442 patients, 10 measures, progression of the disease after a year (regression)",
        partial(from_sklearn, "diabetes"),
    ),
    "xor": Builtin("400 generated rows: do two noisy numbers differ in sign? no line separates the classes", xor),
    "spirals": Builtin("1,000 generated rows on two interleaved spirals, one a class", spirals),
}
"""Name → built-in table."""


def load_builtin(name: str) -> tuple["pa.Table", str, str]:
    """The built-in table of this name: (table, name of its target, description).

    Raises:
        ValueError: there is none of this name; the message lists them.

    >>> table, target, description = load_builtin("iris")
    >>> table.num_rows, target, table[target][0].as_py()
    (150, 'target', 'setosa')
    """
    import pyarrow as pa

    builtin = by_name("built-in table", name, BUILTIN)
    table = pa.table({column: pa.array(values) for column, values in builtin.columns().items()})
    return Source(name, format="built-in table").tag(table), TARGET, builtin.description
