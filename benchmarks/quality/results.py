"""What was measured, a line each, and what follows from it: means, ranks, wins. A cost is better the lower it is."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

FILE = Path(__file__).with_name("results.csv")
COLUMNS = [
    *("table", "seed", "contender", "version", "score", "log_loss", "seconds", "predict_seconds", "memory_mib"),
    *("machine", "date"),
]
TIE = 0.0005
"""With one seed, relative differences below this are ties."""


def read() -> pd.DataFrame:
    """All lines; of a combination that was measured again with the same version the last."""
    if not FILE.exists():
        return pd.DataFrame(columns=COLUMNS)
    found = pd.read_csv(FILE, dtype={"version": str})
    return found.drop_duplicates(["table", "seed", "contender", "version"], keep="last")


def append(line: dict[str, object]) -> None:
    new = not FILE.exists()
    with FILE.open("a", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(line)


def newest(results: pd.DataFrame) -> pd.DataFrame:
    """The lines of every contender's newest version, with two costs.

    ``score_cost`` is the root mean squared error, or of classes the accuracy with its sign turned; ``loss_cost`` the
    same error, or of classes the log loss.
    """
    last = results.sort_values("date", kind="stable").groupby("contender")["version"].last()
    found = results[results["version"] == results["contender"].map(last)].copy()
    classes = found["log_loss"].notna()
    found["score_cost"] = found["score"].where(~classes, -found["score"])
    found["loss_cost"] = found["log_loss"].where(classes, found["score"])
    return found


def ranks(found: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Table × contender: ranks of the mean costs, over the seeds and tables that every contender has."""
    means = _wide(found, cost).dropna().groupby(level="table", sort=False).mean()
    return means.rank(axis=1)


class Duel(NamedTuple):
    """How many tables one contender won, tied and lost against another."""

    wins: int
    ties: int
    losses: int


def duel(found: pd.DataFrame, one: str, other: str, cost: str) -> Duel:
    """Over the tables and seeds that both have.

    A tie is a mean difference below its standard error over seeds, or with one seed below ``TIE`` of the other's cost.
    """
    both = _wide(found[found["contender"].isin([one, other])], cost)
    if not {one, other} <= set(both.columns):
        return Duel(0, 0, 0)
    signs = [_sign(pair[one].to_numpy(), pair[other].to_numpy()) for _, pair in both.dropna().groupby(level="table")]
    return Duel(signs.count(-1), signs.count(0), signs.count(1))


def _sign(one: np.ndarray, other: np.ndarray) -> int:
    differences = one - other
    mean = differences.mean()
    width = differences.std(ddof=1) / np.sqrt(len(one)) if len(one) > 1 else TIE * abs(other[0])
    return 0 if mean == 0 or abs(mean) < width else int(np.sign(mean))


def _wide(found: pd.DataFrame, cost: str) -> pd.DataFrame:
    wide = found.pivot(index=["table", "seed"], columns="contender", values=cost)
    return wide[[name for name in found["contender"].unique() if name in wide]]
