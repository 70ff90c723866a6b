"""What a report of a run is: a table with a last row that adds up to the run. Amounts and volumes in minor units."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from app.errors import BanyanError, NotFoundError
from app.runs.models import Run

ReportName: TypeAlias = Literal["bonuses", "ranks", "regions", "payout", "breakage", "movers"]
Kind: TypeAlias = Literal["text", "count", "amount", "share"]
Cell: TypeAlias = str | int | None
Row: TypeAlias = tuple[Cell, ...]

MOST_ROWS: Final = 500
"""Rows of a report: a region is free text, so there may be as many as people."""
MOVERS: Final = 25
"""How many are told of those who gain most, and of those who lose most."""


class NoEarlierRunError(NotFoundError):
    title = "No run to compare with"


class ReportMismatchError(BanyanError):
    title = "The report does not add up to the run"


@dataclass(frozen=True, slots=True)
class Column:
    """`share`: hundredths of a percent, rounded half to even; None where there is nothing to have a share of."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Report:
    """`rows` and, of those left out, `rest` add up to `total`, column by column, wherever a column is
    of amounts. The first cell of a row is its label, None for none. `charted`: the column that a chart shows."""

    name: ReportName
    title: str
    run: Run
    currency: str
    columns: tuple[Column, ...]
    rows: list[Row]
    total: Row
    charted: str = "amount"
    before: Run | None = None
    left_out: int = 0
    rest: Row | None = None

    def column(self, name: str) -> int:
        """The place of the column called `name`."""
        return [column.name for column in self.columns].index(name)
