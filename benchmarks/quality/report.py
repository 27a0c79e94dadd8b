"""The results as tables of Markdown."""

import pandas as pd

from benchmarks.quality.results import duel, ranks

COSTS = {"score_cost": "accuracy or RMSE", "loss_cost": "log loss or RMSE"}
SHOWN = {"score": "accuracy (more is better) or RMSE (less is better)", "log_loss": "log loss", "seconds": "seconds"}


def report(found: pd.DataFrame, names: list[str]) -> str:
    """Means over seeds, a table each for score, log loss and seconds; mean ranks; wins of schuss; mean seconds."""
    names = [name for name in names if name in set(found["contender"])]
    if not names:
        return "Nothing has been measured yet."
    parts = [f"{len(found)} results; means over the seeds {', '.join(map(str, sorted(found['seed'].unique())))}"]
    parts += [means(found, names, column) for column in SHOWN if found[column].notna().any()]
    return "\n\n".join([*parts, summary(found, names), *duels(found, names)])


def means(found: pd.DataFrame, names: list[str], column: str) -> str:
    wide = found.pivot_table(index="table", columns="contender", values=column, sort=False).dropna(how="all")
    wide = wide.reindex(columns=names)
    form = "{:,.1f}" if column == "seconds" else "{:.4g}" if column == "score" else "{:.4f}"
    rows = [
        [table, *("" if pd.isna(cell) else form.format(cell) for cell in cells)]
        for table, *cells in wide.itertuples(name=None)
    ]
    return markdown([SHOWN[column], *names], rows)


def summary(found: pd.DataFrame, names: list[str]) -> str:
    by = {cost: ranks(found, cost) for cost in COSTS}
    heads = [f"mean rank by {COSTS[cost]}, {len(each)} tables" for cost, each in by.items()]
    seconds = found.groupby("contender")["seconds"]
    mean, median = seconds.mean(), seconds.median()
    rows = [
        [name, *(f"{each[name].mean():.2f}" for each in by.values()), f"{mean[name]:,.1f}", f"{median[name]:,.1f}"]
        for name in names
    ]
    return markdown(["contender", *heads, "mean seconds", "median seconds"], rows)


def duels(found: pd.DataFrame, names: list[str]) -> list[str]:
    """Wins, ties and losses of every schuss against every other contender."""
    parts = []
    for one in names:
        if one.startswith("schuss"):
            others = [name for name in names if name != one]
            rows = [[other, *("{}–{}–{}".format(*duel(found, one, other, cost)) for cost in COSTS)] for other in others]
            parts.append(markdown([f"{one}: wins–ties–losses against", *COSTS.values()], rows))
    return parts


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
