"""An import's outcome for people: `lines_of(report)`."""

from collections.abc import Iterator

from app.imports.models import ImportReport


def lines_of(report: ImportReport) -> Iterator[str]:
    """A table of the files, then the bad lines, then what happened."""
    width = max([len(count.file) for count in report.files], default=0) + 2
    yield f"{'file':<{width}}{'rows':>10}{'new':>10}{'unchanged':>11}{'bad':>10}"
    for count in report.files:
        yield f"{count.file:<{width}}{count.rows:>10,}{count.new:>10,}{count.unchanged:>11,}{count.bad:>10,}"
    for bad_line in report.bad_lines:
        yield str(bad_line)
    faults = sum(report.bad_counts.values())
    if faults > len(report.bad_lines):
        yield f"and {faults - len(report.bad_lines):,} more; all {faults:,} by reason:"
        for reason, count_of_reason in report.bad_counts.items():
            yield f"{count_of_reason:>10,}  {reason}"
    if not report.imported:
        yield f"{faults:,} fault{'' if faults == 1 else 's'}: nothing was written. Correct the files and import again."
    elif report.last_seq is None:
        yield "Everything was stored already; nothing to write."
    else:
        yield f"Imported; the last fact is number {report.last_seq:,}."
