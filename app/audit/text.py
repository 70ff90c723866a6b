"""What the audit found, as lines to read."""

from collections.abc import Iterator

from app.audit.models import AuditReport


def report_lines(report: AuditReport) -> Iterator[str]:
    """Every fault, then a line about the runs and one about the chain."""
    yield from report.chain.problems
    yield from report.problems
    yield f"{report.runs:,} committed runs, {'OTHERWISE THAN COMMITTED' if report.problems else 'as committed'}."
    yield f"{report.chain.facts:,} facts, chain {'intact' if report.chain.intact else 'BROKEN'}."
