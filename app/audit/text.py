"""What the audit found, as lines to read."""

from collections.abc import Iterator

from app.audit.models import AuditReport


def report_lines(report: AuditReport) -> Iterator[str]:
    """Every fault, then a line about all that facts tell of, and one about the chain."""
    yield from report.chain.problems
    yield from report.problems
    state = "OTHERWISE THAN WRITTEN" if report.problems else "as written"
    yield f"{report.runs:,} committed runs, periods, registered plans, people and customers: {state}."
    yield f"{report.chain.facts:,} facts, chain {'intact' if report.chain.intact else 'BROKEN'}."
