"""A report as a table for the terminal and as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from app.amounts import from_minor
from app.reports.models import Cell, Column, Kind, Report, Row
from app.spreadsheets import guarded

NONE: Final = "(none)"
_WIDEST: Final = 40


def title_of(report: Report) -> str:
    """What it is, and of which run."""
    against = f" against run {report.before.id}" if report.before else ""
    return f"{report.title}, run {report.run.id}{against}, {report.currency}"


def table_lines(report: Report) -> Iterator[str]:
    """Title, table, and the total last."""
    yield title_of(report)
    rows = [[_shown(cell, column.kind) for cell, column in _cells(report, row)] for row in report.rows]
    if report.rest:
        rest = [_shown(cell, column.kind) for cell, column in _cells(report, report.rest)]
        rows.append([f"{report.left_out:,} others", *("" if cell == NONE else cell for cell in rest[1:])])
    rows.append(["total", *("" if cell == NONE else cell for cell in _total(report))])
    header = [column.name.replace("_", " ") for column in report.columns]
    widths = [max(len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    for row in [header, *rows]:
        yield "  ".join(
            cell.ljust(width) if column.kind == "text" else cell.rjust(width)
            for cell, width, column in zip(row, widths, report.columns, strict=True)
        ).rstrip()


def report_csv(report: Report) -> str:
    """Header and rows, and nothing that is not a row of its kind: a column of it adds up to the total, the sum of those
    that were left out in a last row that `rest` marks."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["row", *(column.name for column in report.columns)])
    marked = [("row", row) for row in report.rows]
    marked += [("rest", report.rest)] if report.rest else []
    for mark, row in [*marked, ("total", report.total)]:
        writer.writerow([mark, *(_cell(cell, column.kind) for cell, column in _cells(report, row))])
    return out.getvalue()


def plain(cell: Cell, kind: Kind) -> str | int | None:
    """A cell as it leaves: amounts and shares as decimal text, counts as numbers."""
    return str(from_minor(cell)) if isinstance(cell, int) and kind in ("amount", "share") else cell


def _cell(cell: Cell, kind: Kind) -> str | int | None:
    return guarded(cell) if isinstance(cell, str) else plain(cell, kind)


def _cells(report: Report, row: Row) -> Iterator[tuple[Cell, Column]]:
    return zip(row, report.columns, strict=True)


def _total(report: Report) -> list[str]:
    return [_shown(cell, column.kind) for cell, column in _cells(report, report.total)][1:]


def _shown(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return NONE
    if isinstance(cell, str):
        return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…"
    if kind == "count":
        return f"{cell:,}"
    return f"{from_minor(cell):,}{' %' if kind == 'share' else ''}"
