"""What the people's routes take and give."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.clock import to_ms
from app.errors import InvalidInputError
from app.facts.commands import (
    BelowSponsor,
    Consequence,
    Enrol,
    Explicit,
    HoldingTank,
    Move,
    Place,
    Placement,
    Terminate,
    Tree,
)
from app.people.models import Status
from app.places.matrix import MOST_WIDE
from app.places.spots import PlacementTree
from app.places.strategies import Preferable, Strategy
from app.wire import AsOf, Body, GivenReason, Id, Instant, Reason, ReceiptBody, Text, shown

# Strict, else true would be 1.
Slot = Annotated[
    int, Field(ge=1, le=MOST_WIDE, strict=True, description="1 left, 2 right, in the matrix 1 to its width")
]
_RECEIPT: Final = {"seq": 1208, "kind": "Enrol", "recorded_at": "2026-03-02T10:00:01.250Z"}
_AS_OF: Final = {"seq": 1208, "at": "2026-03-02T10:00:01.250Z"}


class ExplicitPlacement(Body):
    """Exactly there."""

    kind: Literal["explicit"]
    parent_id: Id
    slot: Slot

    def command(self) -> Placement:
        """As the writer takes it."""
        return Explicit(self.parent_id, self.slot)


class StrategyPlacement(Body):
    """Below the sponsor, in an open slot that the strategy finds when the command is decided."""

    kind: Literal["below_sponsor"]
    strategy: Strategy

    def command(self) -> Placement:
        """As the writer takes it."""
        return BelowSponsor(self.strategy)


class HoldingTankPlacement(Body):
    """No place yet: one can be chosen until an instant; after it the strategy finds one."""

    kind: Literal["holding_tank"]
    until: Instant
    then: Strategy = "first_open"

    def command(self) -> HoldingTank:
        """As the writer takes it."""
        return HoldingTank(to_ms(self.until), self.then)


PlacementBody = Annotated[ExplicitPlacement | StrategyPlacement, Field(discriminator="kind")]
EnrolmentPlacement = Annotated[
    ExplicitPlacement | StrategyPlacement | HoldingTankPlacement, Field(discriminator="kind")
]


class EnrolmentBody(Body):
    """A new distributor."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "D42",
                    "sponsor_id": "D1",
                    "name": "Example Person",
                    "owner": "P42",
                    "enrolled_at": "2026-03-02T10:00:00Z",
                    "region": "EU",
                    "placement": {"kind": "below_sponsor", "strategy": "outside_left"},
                    "matrix_placement": {"kind": "below_sponsor", "strategy": "first_open"},
                }
            ]
        }
    )

    id: Id
    sponsor_id: Id | None = Field(None, description="Leave out only for the top of a company")
    name: Annotated[Text, Field(min_length=1)]
    owner: Text = Field("", description="Groups the positions of one person; the distributor's own id when left out")
    enrolled_at: Instant
    status: Status = "active"
    region: Text = ""
    title: Text = ""
    preference: Preferable | None = Field(
        None, description="How those they sponsor are placed where an enrolment says `preference`"
    )
    placement: EnrolmentPlacement | None = Field(
        None, description="A place in the binary tree now; else POST /v1/placements"
    )
    matrix_placement: PlacementBody | None = Field(
        None, description="A place in the matrix now, where `first_open` is the one strategy; else POST /v1/placements"
    )
    reason: Reason = ""

    def command(self) -> Enrol:
        """As the writer takes it."""
        return Enrol(
            id=self.id,
            sponsor_id=self.sponsor_id,
            name=self.name,
            owner=self.owner,
            enrolled_at=to_ms(self.enrolled_at),
            status=self.status,
            region=self.region,
            title=self.title,
            preference=self.preference or "",
            placement=self.placement.command() if self.placement else None,
            matrix_placement=self.matrix_placement.command() if self.matrix_placement else None,
        )


class EnrolmentAnswer(BaseModel):
    """The newcomer and their places."""

    model_config = shown(
        {
            "id": "D42",
            "sponsor_id": "D1",
            "parent_id": "D7",
            "slot": 1,
            "matrix_parent_id": "D9",
            "matrix_slot": 3,
            "receipt": _RECEIPT,
        }
    )

    id: str = Field(examples=["D42"])
    sponsor_id: str | None
    parent_id: str | None = Field(description="Above in the binary tree; null without a place")
    slot: int = Field(description="1 left, 2 right, 0 without a place")
    why: str | None = Field(None, description="Why there, where a strategy found the place")
    matrix_parent_id: str | None = Field(description="Above in the matrix; null without a place")
    matrix_slot: int = Field(description="1 to the width of the matrix, 0 without a place in it")
    matrix_why: str | None = Field(None, description="Why there, where a strategy found the place")
    receipt: ReceiptBody


class PlacementRequest(Body):
    """A place in the binary tree, or in the matrix, for somebody who has none there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "distributor_id": "D42",
                    "placement": {"kind": "explicit", "parent_id": "D1", "slot": 2},
                    "placed_at": "2026-03-03T08:00:00Z",
                }
            ]
        }
    )

    distributor_id: Id
    placement: PlacementBody
    placed_at: Instant
    tree: PlacementTree = Field("binary", description="In the matrix `first_open` is the one strategy")
    reason: Reason = ""

    def command(self) -> Place:
        """As the writer takes it."""
        return Place(self.distributor_id, self.placement.command(), to_ms(self.placed_at), self.tree)


class PlacementAnswer(BaseModel):
    """Where they stand now."""

    model_config = shown(
        {"distributor_id": "D42", "parent_id": "D1", "slot": 2, "receipt": {**_RECEIPT, "kind": "Place"}}
    )

    distributor_id: str
    parent_id: str | None
    slot: int
    why: str | None = Field(None, description="Why there, where a strategy found the place")
    receipt: ReceiptBody


class MoveRequest(Body):
    """Somebody goes elsewhere, with everyone below or alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "distributor_id": "D42",
                    "tree": "sponsor",
                    "new_parent_id": "D7",
                    "effective_at": "2026-03-01T00:00:00Z",
                    "reason": "wrong sponsor entered",
                }
            ]
        }
    )

    distributor_id: Id
    tree: Literal["sponsor", "binary", "matrix"]
    new_parent_id: Id
    slot: Slot | None = Field(
        None, description="In the binary tree and the matrix, and only there: which of the new parent's; or a strategy"
    )
    strategy: Strategy | None = Field(
        None, description="In place of a slot: finds an open one below the new parent; in the matrix `first_open`"
    )
    effective_at: Instant | None = Field(
        None, description="Since when; now when left out. What was said of their places since then is corrected"
    )
    override: bool = Field(False, description="Move although the company's policy says no; the fact names the rules")
    alone: bool = Field(
        False,
        description="Without those below: whom they sponsor goes to the former sponsor; in the binary tree and the "
        "matrix one of those directly below takes the former place, the others below",
    )
    reason: GivenReason

    def command(self) -> Move:
        """As the writer takes it; InvalidInputError where a slot is missing, or given in a tree that has none."""
        said = [one for one in (self.slot, self.strategy) if one is not None]
        if len(said) != (self.tree != "sponsor"):
            raise InvalidInputError(
                "Give either a slot or a strategy for a move in the binary tree or the matrix, and only there."
            )
        effective_at = None if self.effective_at is None else to_ms(self.effective_at)
        return Move(
            self.distributor_id,
            self.tree,
            self.new_parent_id,
            self.slot or 0,
            effective_at,
            self.override,
            self.strategy,
            self.alone,
        )


class MoveAnswer(BaseModel):
    """Where they stand now."""

    model_config = shown(
        {
            "distributor_id": "D42",
            "tree": "sponsor",
            "new_parent_id": "D7",
            "slot": 0,
            "effective_at": "2026-03-01T00:00:00.000Z",
            "unchanged_through": "2026-02",
            "receipt": {**_RECEIPT, "kind": "Move"},
        }
    )

    distributor_id: str
    tree: Literal["sponsor", "binary", "matrix"]
    new_parent_id: str = Field(description="Who stands directly above now")
    slot: int = Field(description="0 in the sponsor tree")
    why: str | None = Field(None, description="Why there, where a strategy found the place")
    effective_at: Instant | None = Field(description="As it was asked; null for from now on")
    unchanged_through: str | None = Field(
        description="The last closed period that ended after the move took effect: pay and volumes of it, and of any "
        "before, stay as they were; null when there is none"
    )
    receipt: ReceiptBody


class TerminationRequest(Body):
    """Somebody leaves for good."""

    model_config = shown({"consequence": "compress_for_pay", "reason": "asked to leave"})

    consequence: Consequence = Field(
        "keep_hole",
        description="keep_hole: the place stays and takes its level, unpaid; compress_for_pay: the place stays, but "
        "takes no level in any plan, so whoever comes next does; promote: whom they sponsored (200 at most) goes to "
        "their sponsor, and in the binary tree and the matrix whoever of those directly below enrolled first, and did "
        "not leave, takes their place with everybody below",
    )
    trees: Annotated[list[Tree], Field(max_length=3)] = Field(
        [], description="Where to promote; in every tree in which they stand when left out"
    )
    effective_at: Instant | None = Field(None, description="Since when; now when left out")
    reason: GivenReason

    def command(self, id: str) -> Terminate:
        """As the writer takes it."""
        at = None if self.effective_at is None else to_ms(self.effective_at)
        return Terminate(id, self.consequence, at, tuple(self.trees))


class ReinstatementRequest(Body):
    """Somebody who was terminated is active again, at the places they have."""

    model_config = shown({"reason": "terminated by mistake"})

    effective_at: Instant | None = Field(None, description="Since when; now when left out")
    reason: GivenReason


class StatusAnswer(BaseModel):
    """What they are now."""

    model_config = shown(
        {
            "distributor_id": "D42",
            "status": "terminated",
            "was": "active",
            "unchanged_through": "2026-02",
            "receipt": {**_RECEIPT, "kind": "Terminate"},
        }
    )

    distributor_id: str
    status: Status
    was: Status
    unchanged_through: str | None = Field(
        description="The last closed month that ended after it took effect: its pay stays as it was; null for none"
    )
    note: str | None = Field(None, description="What a reinstatement does not give back; null for nothing")
    receipt: ReceiptBody


class CustomerBody(Body):
    """A retail customer of a distributor."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "C7",
                    "name": "Example Customer",
                    "distributor_id": "D42",
                    "registered_at": "2026-03-04T12:00:00Z",
                }
            ]
        }
    )

    id: Id
    name: Annotated[Text, Field(min_length=1)]
    distributor_id: Id
    registered_at: Instant
    reason: Reason = ""


class CustomerAnswer(BaseModel):
    """The customer, registered."""

    model_config = shown({"id": "C7", "distributor_id": "D42", "receipt": {**_RECEIPT, "kind": "Register"}})

    id: str
    distributor_id: str
    receipt: ReceiptBody


class CardBody(BaseModel):
    """A distributor's own data and present places."""

    model_config = shown(
        {
            "id": "D42",
            "name": "Example Person",
            "status": "active",
            "title": "",
            "region": "EU",
            "enrolled_at": "2026-03-02T10:00:00.000Z",
            "sponsor_id": "D1",
            "parent_id": "D7",
            "slot": 1,
            "matrix_parent_id": "D9",
            "matrix_slot": 3,
            "customers": 1,
            "sponsored": 5,
            "placed_below": 2,
            "matrix_below": 3,
            "as_of": _AS_OF,
        }
    )

    id: str = Field(examples=["D42"])
    name: str = Field(examples=["Example Person"])
    status: Status
    title: str = Field(examples=["Silver"])
    region: str = Field(examples=["EU"])
    enrolled_at: Instant
    sponsor_id: str | None = Field(description="Null at the top", examples=["D1"])
    parent_id: str | None = Field(description="Above in the binary tree; null at the top and without a place")
    slot: int = Field(description="1 left, 2 right, 0 without a parent in the binary tree", examples=[1])
    matrix_parent_id: str | None = Field(description="Above in the matrix; null at the top and without a place")
    matrix_slot: int = Field(description="1 to the width of the matrix, 0 without a parent in it", examples=[3])
    customers: int = Field(description="How many retail customers", examples=[3])
    sponsored: int = Field(description="How many people they sponsor", examples=[5])
    placed_below: int = Field(description="How many are placed directly under them in the binary tree", examples=[2])
    matrix_below: int = Field(description="How many are placed directly under them in the matrix", examples=[3])
    as_of: AsOf


class IncomeCentreBody(BaseModel):
    """One of an owner's positions."""

    id: str = Field(examples=["D42"])
    name: str = Field(examples=["Example Person"])
    status: Status
    sponsor_id: str | None = Field(description="Null at the top")
    parent_id: str | None = Field(description="Above in the binary tree; null at the top and without a place")
    slot: int = Field(description="1 left, 2 right, 0 without a parent in the binary tree")


class IncomeCentresBody(BaseModel):
    """Everything that the owner of a position holds, in the order of enrolment."""

    model_config = shown(
        {
            "id": "D42",
            "owner": "D42",
            "income_centres": [
                {
                    "id": "D42",
                    "name": "Example Person",
                    "status": "active",
                    "sponsor_id": "D1",
                    "parent_id": "D7",
                    "slot": 1,
                },
                {
                    "id": "D43",
                    "name": "Example Person, second centre",
                    "status": "active",
                    "sponsor_id": "D42",
                    "parent_id": "D42",
                    "slot": 1,
                },
            ],
            "as_of": _AS_OF,
        }
    )

    id: str
    owner: str = Field(description="What the positions share; a position without another owner is its own")
    income_centres: list[IncomeCentreBody]
    as_of: AsOf


class FoundBody(BaseModel):
    """Somebody found."""

    id: str = Field(examples=["D42"])
    name: str = Field(examples=["Example Person"])
    status: Status
    title: str


class SearchBody(BaseModel):
    """People found, best first."""

    model_config = shown(
        {"results": [{"id": "D42", "name": "Example Person", "status": "active", "title": ""}], "as_of": _AS_OF}
    )

    results: list[FoundBody]
    as_of: AsOf


class MeBody(BaseModel):
    """Who the token says is calling."""

    model_config = shown({"subject": "D42", "role": "distributor", "distributor": "D42", "start": "D42"})

    subject: str
    role: Literal["admin", "support", "distributor"]
    distributor: str | None = Field(description="The caller's own id, for role distributor")
    start: str | None = Field(description="Where a look at the trees begins; null in an empty company")
