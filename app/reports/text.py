"""A report as a table for the terminal and as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from app.amounts import from_minor
from app.reports.models import Cell, Kind, Report, Row
from app.spreadsheets import guarded

NONE: Final = "(none)"
_WIDEST: Final = 40


def title_of(report: Report) -> str:
    """What it is, and of which run."""
    against = f" against run {report.before.id}" if report.before else ""
    return f"{report.title}, run {report.run.id}{against}, {report.currency}"


class Headed(Protocol):
    """A column by its name, and what it holds."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...


class Tabular(Protocol):
    """A table with a total and, of rows that are left out, their sum: a Report is one."""

    @property
    def columns(self) -> Sequence[Headed]: ...
    @property
    def rows(self) -> list[Row]: ...
    @property
    def total(self) -> Row: ...
    @property
    def left_out(self) -> int: ...
    @property
    def rest(self) -> Row | None: ...


def table_lines(report: Report) -> Iterator[str]:
    """Title, table, and the total last."""
    yield title_of(report)
    yield from lines_of(report)


def lines_of(table: Tabular) -> Iterator[str]:
    """Header, rows, and the total last."""
    rows = [[_shown(cell, column.kind) for cell, column in _cells(table, row)] for row in table.rows]
    if table.rest:
        rest = [_shown(cell, column.kind) for cell, column in _cells(table, table.rest)]
        rows.append([f"{table.left_out:,} others", *("" if cell == NONE else cell for cell in rest[1:])])
    rows.append(["total", *("" if cell == NONE else cell for cell in _total(table))])
    header = [column.name.replace("_", " ") for column in table.columns]
    widths = [max(len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    for row in [header, *rows]:
        yield "  ".join(
            cell.ljust(width) if column.kind == "text" else cell.rjust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ).rstrip()


def table_csv(table: Tabular) -> str:
    """Header and rows, and nothing that is not a row of its kind: a column of it adds up to the total, the sum of those
    that were left out in a last row that `rest` marks."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["row", *(column.name for column in table.columns)])
    marked = [("row", row) for row in table.rows]
    marked += [("rest", table.rest)] if table.rest else []
    for mark, row in [*marked, ("total", table.total)]:
        writer.writerow([mark, *(_cell(cell, column.kind) for cell, column in _cells(table, row))])
    return out.getvalue()


def plain(cell: Cell, kind: Kind) -> str | int | None:
    """A cell as it leaves: amounts and shares as decimal text, counts as numbers."""
    return str(from_minor(cell)) if isinstance(cell, int) and kind in ("amount", "share") else cell


def _cell(cell: Cell, kind: Kind) -> str | int | None:
    return guarded(cell) if isinstance(cell, str) else plain(cell, kind)


def _cells(table: Tabular, row: Row) -> Iterator[tuple[Cell, Headed]]:
    return zip(row, table.columns, strict=True)


def _total(table: Tabular) -> list[str]:
    return [_shown(cell, column.kind) for cell, column in _cells(table, table.total)][1:]


def _shown(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return NONE
    if isinstance(cell, str):
        return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…"
    if kind == "count":
        return f"{cell:,}"
    return f"{from_minor(cell):,}{' %' if kind == 'share' else ''}"
