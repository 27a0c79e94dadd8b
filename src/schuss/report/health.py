"""Whether the networks are in good health: what was found, and the figures layer by layer."""

from collections.abc import Mapping, Sequence
from html import escape

from schuss.diagnosis.health import MemberHealth, Symptom
from schuss.optimizers import look
from schuss.report.chart import Trace, amounts, axis, chart, compact, plain, ticks
from schuss.report.curves import DASHES
from schuss.report.markup import details, number, paragraph, scrolling, section, table
from schuss.runs import Record

SIGNS: Mapping[str, str] = {"good": "✓ good", "watch": "! watch", "bad": "✗ bad"}
"""Level of a finding → how it is shown: never by colour alone."""


def section_of(record: Record) -> str:
    """Findings on the population and on the networks that matter most."""
    health = record.health
    members = health.members
    findings = [("population", finding) for finding in health.findings]
    best = f"member {record.best} (best)"
    for member in members:
        name = best if member.member == record.best else f"member {member.member}"
        findings += [(name, finding) for finding in member.findings]
    wrong = [name for name, finding in findings if finding.level != "good"]
    said = f"{len(wrong)} of {len(findings)} findings need a look." if wrong else "Nothing is wrong."
    said += f" The best member and those with the largest shares were examined on {health.rows:,} training rows."
    first = [found for found in findings if found[1].level != "good" or found[0] in ("population", best)]
    others = [found for found in findings if found not in first]
    parts = [paragraph(said), _findings("What was found", first), _gradients(record, members)]
    parts += [details("What is good about the other members", _findings("Good", others))] if others else []
    return section("health", "Health", *parts, details("Layer by layer", _layers(members)))


def _findings(caption: str, findings: Sequence[tuple[str, Symptom]]) -> str:
    order = list(SIGNS)[::-1]
    rows: list[str] = []
    for name, finding in sorted(findings, key=lambda found: order.index(found[1].level)):
        level = finding.level
        rows.append(
            f'<tr><th scope="row">{escape(finding.sign)}</th><td>{escape(name)}</td>'
            f'<td class="level {level}">{SIGNS[level]}</td><td class="text">{escape(finding.verdict)}</td>'
            f'<td class="text">{escape(finding.remedy)}</td></tr>'
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("sign", "of", "level", "what was found", "what helps"))
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return scrolling(f"<table><caption>{escape(caption)}</caption>{body}</table>", caption)


def _gradients(record: Record, members: Sequence[MemberHealth]) -> str:
    traces: list[Trace] = []
    for member, dash in zip(members, DASHES, strict=False):
        own = look(record.members[member.member].optimizer)
        y = compact(layer.gradient or None for layer in member.layers)
        name = plain(f"{member.member}: {record.members[member.member].optimizer}")
        marker, line = {"symbol": own.mark, "size": 8, "color": own.colour}, {"color": own.colour, "dash": dash}
        lines: Trace = {"mode": "lines+markers", "name": name, "line": line, "marker": marker}
        traces.append({**lines, "x": list(range(1, len(y) + 1)), "y": y})
    longest = max(len(member.layers) for member in members)
    if longest < 2:
        return ""
    layers = range(1, longest + 1)
    layout = {
        "xaxis": axis("layer with weights, first to last", **ticks([f"{k}" for k in layers], layers)),
        "yaxis": amounts("gradient", [v for trace in traces for v in trace["y"]]),
    }
    caption = (
        "Root mean square of ∂J/∂W by layer, with the weights kept. A line that climbs steeply to the right means that "
        "gradients vanish on their way back; one that falls steeply, that they explode."
    )
    return chart(traces, layout, "Lines: size of the gradient by layer", caption, 320)


def _layers(members: Sequence[MemberHealth]) -> str:
    layers = [(member.member, k, layer) for member in members for k, layer in enumerate(member.layers, 1)]
    columns = {
        "member": [f"{member}" for member, _, _ in layers],
        "layer": [f"{k}" for _, k, _ in layers],
        "kind": [layer.name for *_, layer in layers],
        "units": [f"{layer.units:,}" for *_, layer in layers],
        "activation": [layer.activation for *_, layer in layers],
        "dead units": [f"{layer.dead:,}" if layer.flat is not None else "" for *_, layer in layers],
        "flat": ["" if layer.flat is None else f"{layer.flat:.0%}" for *_, layer in layers],
        "gradient": [number(layer.gradient) for *_, layer in layers],
    }
    caption = "Layers with weights; flat: share of rows and units where the activation lets no gradient through"
    return table(caption, columns, left=["kind", "activation"])
