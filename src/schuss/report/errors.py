"""Where the model errs: confusions of classes, or errors by the true value."""

from collections.abc import Sequence
from html import escape

from schuss.diagnosis.judgement import ErrorPart
from schuss.palette import BLUE
from schuss.report.chart import Trace, axis, chart, compact, ticks
from schuss.report.markup import number, paragraph, scrolling, section, short, table
from schuss.runs import Record

LONGEST = 40
"""So many letters of a class are in the matrix."""

MOST_CLASSES = 20
"""Of more classes than this only the most frequent confusions are shown."""

TOLD = 25
"""So many of them."""


def section_of(record: Record) -> str:
    """The model's errors on the rows that judge it."""
    judgement = record.judgement
    if judgement is None:
        return ""
    rows = f"{judgement.rows:,} {'test' if record.test else 'validation'} rows"
    if judgement.errors == ():
        return section("errors", "Errors", f"<p>On {rows} there are no finite predictions.</p>")
    if judgement.errors is not None:
        return section("errors", "Errors", _residuals(judgement.errors, rows))
    classes = [short(str(label), LONGEST) for label in record.folds[0].fitted.classes]
    return section("errors", "Confusions", confusions(judgement.confusion or (), classes, rows))


def confusions(counts: Sequence[Sequence[int]], classes: Sequence[str], rows: str) -> str:
    """The confusion matrix or, of many classes, the most frequent confusions.

    Args:
        counts: rows by true class and predicted class [C, C].
        classes: labels [C].
        rows: how many rows of which kind, in words.
    """
    wrong = [(n, i, k) for i, row in enumerate(counts) for k, n in enumerate(row) if i != k and n]
    wrong.sort(reverse=True)
    if len(classes) > MOST_CLASSES:
        told = wrong[:TOLD]
        columns = {"true class": [classes[i] for _, i, _ in told], "predicted": [classes[k] for *_, k in told]}
        columns |= {"rows": [f"{n:,}" for n, *_ in told]}
        return table(f"The most frequent confusions on {rows}", columns, left=["true class", "predicted"])
    said = ""
    if wrong:
        n, i, k = wrong[0]
        total = f"{sum(counts[i]):,}"
        said = paragraph(f"The most frequent confusion: {classes[i]} taken for {classes[k]}, in {n:,} of {total} rows.")
    return said + _matrix(counts, classes, f"True class (down) and predicted class (across) on {rows}")


def _matrix(counts: Sequence[Sequence[int]], classes: Sequence[str], caption: str) -> str:
    """Each cell is as dark as its share of the row."""
    head = "".join(f'<th scope="col" class="number">{escape(name)}</th>' for name in classes)
    rows: list[str] = []
    for i, (name, row) in enumerate(zip(classes, counts, strict=True)):
        total = sum(row) or 1
        cells = "".join(
            f'<td class="number {"right" if i == k else "wrong"}" style="--share:{n / total:.3f}">{n:,}</td>'
            for k, n in enumerate(row)
        )
        recall = f"{row[i] / total:.0%}" if sum(row) else ""
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}<td class="number">{recall}</td></tr>')
    corner = '<th scope="col">true class</th>'
    body = f'<thead><tr>{corner}{head}<th scope="col" class="number">right</th></tr></thead><tbody>{"".join(rows)}'
    return scrolling(f'<table class="matrix"><caption>{escape(caption)}</caption>{body}</tbody></table>', caption)


def _residuals(parts: Sequence[ErrorPart], rows: str) -> str:
    names = [f"{part.low:.4g} … {part.high:.4g}" for part in parts]
    columns = {
        "true value": names,
        "rows": [f"{part.rows:,}" for part in parts],
        "mean error": [number(part.mean, sign=True) for part in parts],
        "mean absolute": [number(part.mean_absolute) for part in parts],
        "root mean square": [number(part.root_mean_squared) for part in parts],
    }
    whiskers = {"type": "data", "array": compact(part.root_mean_squared for part in parts), "color": BLUE}
    points: Trace = {"mode": "markers", "marker": {"size": 10, "color": BLUE}, "error_y": whiskers}
    points |= {"x": list(range(len(parts))), "y": compact(part.mean for part in parts)}
    layout = {"xaxis": axis("true value", **ticks(names)), "yaxis": axis("prediction − truth", zeroline=True)}
    caption = "Points show mean errors, whiskers root mean squares. Where the points slope, extreme values are missed."
    figure = chart([points], layout, "Points with whiskers: error by true value", caption, 340)
    return table(f"Errors (prediction − truth) by true value, {rows} in parts of equal size", columns) + figure
