"""What the reports' routes give."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from app.reports.chart import report_svg
from app.reports.models import Report
from app.reports.text import plain, table_csv
from app.runs.schemas import RUN_EXAMPLE, RunBody
from app.wire import shown

Format = Literal["json", "csv", "svg"]
Cell = str | int | None
MEDIA_TYPES: Final[dict[Format, str]] = {"json": "application/json", "csv": "text/csv", "svg": "image/svg+xml"}


class ColumnBody(BaseModel):
    """What a column of a report holds."""

    name: str = Field(examples=["amount"])
    kind: Literal["text", "count", "amount", "share"] = Field(
        description="Amounts are decimal text, shares percent as decimal text, counts numbers"
    )


class ReportBody(BaseModel):
    """A table of a run; its rows, and the sum of those left out of them, add up to the total."""

    model_config = shown(
        {
            "report": "movers",
            "title": "Who gains and who loses most",
            "run": RUN_EXAMPLE,
            "before": {**RUN_EXAMPLE, "id": "2026-02-77aa1c0b7d21", "period": "2026-02", "amount": "1900.40"},
            "currency": "EUR",
            "columns": [
                {"name": "distributor", "kind": "text"},
                {"name": "name", "kind": "text"},
                {"name": "before", "kind": "amount"},
                {"name": "amount", "kind": "amount"},
                {"name": "change", "kind": "amount"},
            ],
            "rows": [
                ["D42", "Example Person", "40.00", "80.00", "40.00"],
                ["D7", "Another Person", "60.40", "40.40", "-20.00"],
            ],
            "left_out": 35,
            "rest": [None, None, "1800.00", "1800.00", "0.00"],
            "total": [None, None, "1900.40", "1920.40", "20.00"],
        }
    )

    report: str = Field(examples=["bonuses"])
    title: str
    run: RunBody
    before: RunBody | None = Field(description="The run that movers are told against")
    currency: str = Field(examples=["EUR"])
    columns: list[ColumnBody]
    rows: list[list[Cell]] = Field(description="In the order of the columns; null for none")
    left_out: int = Field(description="How many are in no row")
    rest: list[Cell] | None = Field(description="Those added up")
    total: list[Cell]

    @classmethod
    def of(cls, report: Report) -> "ReportBody":
        """A report as it goes out."""

        def out(row: tuple[Cell, ...]) -> list[Cell]:
            return [plain(cell, column.kind) for cell, column in zip(row, report.columns, strict=True)]

        return cls(
            report=report.name,
            title=report.title,
            run=RunBody.of(report.run),
            before=None if report.before is None else RunBody.of(report.before),
            currency=report.currency,
            columns=[ColumnBody(name=column.name, kind=column.kind) for column in report.columns],
            rows=[out(row) for row in report.rows],
            left_out=report.left_out,
            rest=None if report.rest is None else out(report.rest),
            total=out(report.total),
        )


def content_of(report: Report, written_as: Format) -> str:
    """The report in one of its formats."""
    if written_as == "csv":
        return table_csv(report)
    if written_as == "svg":
        return report_svg(report)
    return ReportBody.of(report).model_dump_json()


ANSWER: Final[dict[str, Any]] = {
    "description": "The report.",
    "content": {
        "text/csv": {"schema": {"type": "string"}, "example": "row,bonus,amount\r\ntotal,,1920.40\r\n"},
        "image/svg+xml": {
            "schema": {"type": "string"},
            "example": '<svg xmlns="http://www.w3.org/2000/svg"><title>Totals by bonus</title></svg>',
        },
    },
}
"""What the route answers beside JSON."""
