"""Everything needed to repeat the run."""

from schuss.report.command import command
from schuss.report.markup import command_line, details, paragraph, section, table
from schuss.runs import Record

COLUMNS = 500
"""So many columns of the table are listed; run.json has them all."""


def section_of(record: Record) -> str:
    """The command, seeds, versions, machine, rows and columns."""
    said = "The same command on the same rows, with the same versions, processor instructions and number of cores, "
    said += "gives the same bits."
    parts = [paragraph(said), command_line(command(record.settings)), _facts(record)]
    columns = record.folds[0].fitted.plan()
    if columns:
        shown = columns[:COLUMNS]
        cells = {
            "column": [column.name for column in shown],
            "kind": [column.kind for column in shown],
            "what is done": [column.what for column in shown],
            "why": [column.why for column in shown],
        }
        parts.append(details("What was done with each column", table(_counted(len(columns)), cells, left=list(cells))))
    return section("repeat", "To repeat it", *parts)


def _facts(record: Record) -> str:
    settings, rows, folds = record.settings, record.rows, record.folds
    seeds = sorted({member.seed for member in record.members})
    facts = {
        "made": record.created,
        "data": f"{settings.spec.data} ({record.source})",
        "rows": f"{rows.table:,}; {rows.without_target:,} more without a target were left out",
        "rows for training": ", ".join(f"{fold.training_rows:,}" for fold in folds),
        "rows for validation": ", ".join(f"{fold.validation_rows:,}" for fold in folds),
        "rows for the final networks": "as above" if record.refit is None else f"{record.refit.training_rows:,}",
        "rows for the test": f"{rows.test:,}",
        "fingerprint of the rows": record.fingerprint,
        "random state": f"{settings.plan.random_state}",
        "seeds of the members": ", ".join(map(str, seeds)),
        "mini-batches of size auto": record.batch_size_reason or "none",
        "memory": record.memory_reason,
        "calibration": _calibration(record),
        **record.versions,
        **{name: _listed(value) for name, value in vars(record.machine).items()},
    }
    return table("The run", {"what": list(facts), "value": list(facts.values())}, left=["what", "value"])


def _calibration(record: Record) -> str:
    temperature = record.model.temperature if record.student is None else record.student.temperature
    return "none" if record.model.calibration is None else f"temperature {temperature:.4g}"


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"


def _counted(columns: int) -> str:
    shown = f"The first {COLUMNS} of " if columns > COLUMNS else ""
    return f"{shown}{columns:,} columns"
