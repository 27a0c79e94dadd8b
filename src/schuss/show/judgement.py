"""Scores, and where a model errs: confusions of classes, or errors by the true value."""

from collections.abc import Sequence

from rich.console import Console, Group

from schuss.diagnosis.judgement import Judgement
from schuss.show.table import number, table, width_of

MOST_CLASSES = 12
"""Of more classes than this, or where the matrix is wider than the terminal, the most frequent confusions are shown."""


def print_judgement(
    console: Console, judgement: Judgement, rows: str, classes: Sequence[object], note: str = ""
) -> None:
    """Scores, then the confusion matrix or the table of errors.

    Args:
        console: where to.
        judgement: what was measured.
        rows: what the rows are, in words.
        classes: labels; none for regression.
        note: what the scores are worth, a sentence below them.
    """
    console.print(score_table(judgement, f"{judgement.rows:,} {rows}"))
    if note:
        console.print(note)
    console.print()
    if judgement.confusion is None:
        console.print(error_table(judgement))
    else:
        console.print(confusion_table(judgement, classes, console.width))


def score_table(judgement: Judgement, rows: str) -> Group:
    """The metrics, the one that was asked for first: of the blend, its best member, and always the same answer."""
    scores = judgement.scores
    columns = {
        "": [score.metric for score in scores],
        "blend": [number(score.model) or "undefined" for score in scores],
        "best member": [number(score.best) or "undefined" for score in scores],
        "baseline": [number(score.baseline) or "undefined" for score in scores],
    }
    return table(f"Scores on {rows}", columns, left=[""])


def confusion_table(judgement: Judgement, classes: Sequence[object], width: int) -> Group:
    """Rows by true class (down) and predicted class (across) or, of many classes, the most frequent confusions."""
    counts, names = judgement.confusion or (), [str(label) for label in classes]
    columns = {"": names, **{f"→ {name}": [f"{row[k]:,}" for row in counts] for k, name in enumerate(names)}}
    if len(names) <= MOST_CLASSES and width_of(columns) <= width:
        return table("True class, and what was predicted for it", columns, left=[""])
    wrong = [(row[k], names[i], names[k]) for i, row in enumerate(counts) for k in range(len(row)) if i != k and row[k]]
    wrong.sort(key=lambda confusion: -confusion[0])
    columns = {
        "true class": [confusion[1] for confusion in wrong[:MOST_CLASSES]],
        "predicted": [confusion[2] for confusion in wrong[:MOST_CLASSES]],
        "rows": [f"{confusion[0]:,}" for confusion in wrong[:MOST_CLASSES]],
    }
    return table("The most frequent confusions", columns, left=["true class", "predicted"])


def error_table(judgement: Judgement) -> Group:
    """Errors, prediction − truth, of the rows by their true value."""
    parts = judgement.errors or ()
    columns = {
        "true value": [f"{part.low:.4g} … {part.high:.4g}" for part in parts],
        "rows": [f"{part.rows:,}" for part in parts],
        "mean error": [f"{part.mean:+.4g}" for part in parts],
        "mean absolute": [f"{part.mean_absolute:.4g}" for part in parts],
        "root mean square": [f"{part.root_mean_squared:.4g}" for part in parts],
    }
    return table("Errors (prediction − truth) by true value", columns)
