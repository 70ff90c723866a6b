"""What the what-if's route takes and gives."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.differences.schemas import AmountsBody, CauseTotalBody, PeopleTotalBody, PersonChangeBody
from app.plans.loader import MAX_BYTES
from app.reports.text import plain
from app.whatif.models import (
    MOST_MOVES,
    MOST_NAMED,
    MOST_SHOWN,
    MOST_VARIANTS,
    PlannedMove,
    Side,
    SideTable,
    VariantChanges,
    WhatIf,
)
from app.whatif.text import TITLES
from app.wire import Amount, Body, Id, amount, shown

Format = Literal["json", "csv", "parquet", "svg"]
MEDIA_TYPES: Final[dict[Format, str]] = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "svg": "image/svg+xml",
}
Cell = str | int | None
PlanName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="A registered plan by name and version, or by the first 12 or more characters of its hash; else a "
        "name of the library, or the hash of a stored plan",
        examples=["Sample hybrid 2026.1"],
    ),
]
Document = Annotated[str, Field(min_length=1, max_length=MAX_BYTES, description="A plan file, YAML")]


class PlannedMoveBody(Body):
    """Somebody with everybody below goes elsewhere."""

    distributor_id: Id
    tree: Literal["sponsor", "binary", "matrix"]
    new_parent_id: Id
    slot: int = Field(0, ge=0, le=100, description="In the binary tree and the matrix, and only there")

    def move(self) -> PlannedMove:
        """As the service takes it."""
        return PlannedMove(self.distributor_id, self.tree, self.new_parent_id, self.slot)


class VariantBody(Body):
    """Another plan, moves that are made before it pays, or both."""

    name: str = Field("", max_length=60, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$", description="Left out: as its plan")
    plan: PlanName | None = None
    document: Document | None = None
    moves: list[PlannedMoveBody] = Field([], max_length=MOST_MOVES, description="Made one after the other")

    @model_validator(mode="after")
    def something_else(self) -> "VariantBody":
        """One of plan and document at most, and something that is another than in the base."""
        if self.plan is not None and self.document is not None:
            raise ValueError("give either plan or document")
        if self.plan is None and self.document is None and not self.moves:
            raise ValueError("give a plan, a document, or moves")
        return self


class WhatIfRequest(Body):
    """A base, and what would be otherwise."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"base": "2026-03", "variants": [{"plan": "sample"}]},
                {
                    "base": "2026-03-3f9a1c0b7d21",
                    "variants": [
                        {
                            "name": "D42 below D7",
                            "moves": [{"distributor_id": "D42", "tree": "sponsor", "new_parent_id": "D7"}],
                        }
                    ],
                    "distributors": ["D42"],
                },
            ]
        }
    )

    base: str = Field(
        min_length=1, max_length=100, description="A run, or a period such as 2026-03, which is taken as it is now"
    )
    plan: PlanName | None = Field(
        None,
        description="By which a period is paid in the base; left out: the one that is registered for it, else that of "
        "its calendar's newest run",
    )
    variants: list[VariantBody] = Field(min_length=1, max_length=MOST_VARIANTS)
    distributors: list[Id] = Field([], max_length=MOST_NAMED, description="To be told of beside those who change most")
    shown: int = Field(10, ge=0, le=MOST_SHOWN, description="How many are told of who gain most, and who lose most")


class SideBody(BaseModel):
    """The base or a variant."""

    name: str
    plan: str = Field(examples=["Sample hybrid 2026.1"])
    plan_hash: str
    moves: list[PlannedMoveBody]
    amount: Amount = Field(description="What its lines come to")
    change: Amount = Field(description="Beside the base")
    paid: Amount = Field(
        description="What of it, and of balances brought along, is paid out: another sum by a plan with a payout rule"
    )
    breakage: Amount
    earners: int = Field(description="How many are paid something")
    share: str | None = Field(None, description="Of the CV, percent as decimal text", examples=["21.75"])


class SideColumnBody(BaseModel):
    """What a column holds."""

    name: str
    kind: Literal["text", "count", "amount", "share"] = Field(
        description="Amounts are decimal text, shares percent as decimal text, counts numbers"
    )
    side: int | None = Field(None, description="0: the base, then the variants from 1; null: labels")
    what: Literal["label", "people", "amount", "change", "percent"]


class SideTableBody(BaseModel):
    """The base and every variant beside each other; rows, and the sum of those left out, add up to the total."""

    by: Literal["bonus", "rank", "region", "person"]
    title: str
    columns: list[SideColumnBody]
    rows: list[list[Cell]] = Field(description="In the order of the columns; null for none")
    left_out: int
    rest: list[Cell] | None = Field(None, description="Those added up")
    total: list[Cell]

    @classmethod
    def of(cls, table: SideTable) -> "SideTableBody":
        """A table as it goes out."""

        def out(row: tuple[Cell, ...]) -> list[Cell]:
            return [plain(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]

        return cls(
            by=table.by,
            title=TITLES[table.by],
            columns=[SideColumnBody(name=c.name, kind=c.kind, side=c.side, what=c.what) for c in table.columns],
            rows=[out(row) for row in table.rows],
            left_out=table.left_out,
            rest=None if table.rest is None else out(table.rest),
            total=out(table.total),
        )


class VariantChangesBody(BaseModel):
    """How a variant pays otherwise than the base. Changes by cause and by people each add up to that of its side."""

    name: str
    total: AmountsBody
    causes: list[CauseTotalBody] = Field(description="The one that moves most first")
    people: PeopleTotalBody
    lines_equal: int
    lines_changed: int
    gaining: list[PersonChangeBody] = Field(description="Who gains most, the largest change first")
    losing: list[PersonChangeBody]
    distributors: list[PersonChangeBody] = Field(description="Those who were asked for")


class WhatIfBody(BaseModel):
    """The base and the variants side by side. Nothing of it is recorded."""

    model_config = shown(
        {
            "period": "2026-03",
            "run": "2026-03-3f9a1c0b7d21",
            "as_of": 4711,
            "snapshot_hash": "7c" * 32,
            "people": 1000,
            "orders": 83,
            "currency": "EUR",
            "sides": [
                {
                    "name": "base",
                    "plan": "Sample hybrid 2026.1",
                    "plan_hash": "5b" * 32,
                    "moves": [],
                    "amount": "1920.40",
                    "change": "0.00",
                    "paid": "1920.40",
                    "breakage": "80.00",
                    "earners": 40,
                    "share": "21.75",
                },
                {
                    "name": "Sample hybrid 2026.2",
                    "plan": "Sample hybrid 2026.2",
                    "plan_hash": "6c" * 32,
                    "moves": [],
                    "amount": "1924.40",
                    "change": "4.00",
                    "paid": "1924.40",
                    "breakage": "76.00",
                    "earners": 41,
                    "share": "21.80",
                },
            ],
            "tables": [
                {
                    "by": "bonus",
                    "title": "Payout by bonus",
                    "columns": [
                        {"name": "bonus", "kind": "text", "what": "label"},
                        {"name": "base people", "kind": "count", "side": 0, "what": "people"},
                        {"name": "base", "kind": "amount", "side": 0, "what": "amount"},
                    ],
                    "rows": [["Level bonus", 40, "1920.40"]],
                    "left_out": 0,
                    "total": [None, 40, "1920.40"],
                }
            ],
            "variants": [],
        }
    )

    period: str
    run: str | None = Field(None, description="The run that is the base; null where the period was taken as it is")
    as_of: int = Field(description="The last fact that counts")
    snapshot_hash: str = Field(description="That of a run of the same snapshot")
    people: int
    orders: int
    currency: str = Field(examples=["EUR"])
    sides: list[SideBody] = Field(description="The base, then the variants")
    tables: list[SideTableBody] = Field(description="By bonus, by rank, by region, and of the people told of")
    variants: list[VariantChangesBody]

    @classmethod
    def of(cls, found: WhatIf) -> "WhatIfBody":
        """A what-if as it goes out."""
        base, taken = found.base, found.base.paid.taken
        return cls(
            period=base.period.name,
            run=base.run,
            as_of=taken.seq,
            snapshot_hash=base.snapshot_hash,
            people=int(found.enrolled.sum()),
            orders=len(taken.order_ids),
            currency=found.currency,
            sides=[_side(side, found.sides[0]) for side in found.sides],
            tables=[SideTableBody.of(table) for table in found.tables.values()],
            variants=[_changes(side, found.sides[0], changes) for side, changes in found.variants],
        )


def _side(side: Side, base: Side) -> SideBody:
    return SideBody(
        name=side.name,
        plan=side.plan,
        plan_hash=side.plan_hash,
        moves=[
            PlannedMoveBody(
                distributor_id=move.distributor, tree=move.tree, new_parent_id=move.new_parent, slot=move.slot
            )
            for move in side.moves
        ],
        amount=amount(side.amount),
        change=amount(side.amount - base.amount),
        paid=amount(side.paid),
        breakage=amount(side.breakage),
        earners=side.earners,
        share=None if side.share is None else str(amount(side.share)),
    )


def _changes(side: Side, base: Side, changes: VariantChanges) -> VariantChangesBody:
    return VariantChangesBody(
        name=side.name,
        total=AmountsBody(
            before=amount(base.amount), after=amount(side.amount), change=amount(side.amount - base.amount)
        ),
        causes=[CauseTotalBody.of(each) for each in changes.causes],
        people=PeopleTotalBody.of(changes.people),
        lines_equal=changes.lines_equal,
        lines_changed=changes.lines_changed,
        gaining=[PersonChangeBody.of(person) for person in changes.gaining],
        losing=[PersonChangeBody.of(person) for person in changes.losing],
        distributors=[PersonChangeBody.of(person) for person in changes.named],
    )


ANSWER: Final[dict[str, Any]] = {
    "description": "The base and the variants side by side.",
    "content": {
        "text/csv": {
            "schema": {"type": "string"},
            "example": '"distributor","region","base rank","base amount","moved rank","moved amount","moved change"\n',
        },
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}, "example": "PAR1…"},
        "image/svg+xml": {
            "schema": {"type": "string"},
            "example": '<svg xmlns="http://www.w3.org/2000/svg"><title>Payout by bonus</title></svg>',
        },
    },
}
"""What the route answers beside JSON."""
