"""What the routes about places take and give."""

from pydantic import BaseModel, ConfigDict, Field

from app.places.matrix import MOST_DEEP, MOST_WIDE
from app.places.spots import PlacementTree
from app.places.strategies import Preferable, Strategy
from app.wire import AsOf, Body, Instant, Reason, ReceiptBody, shown

_AS_OF = {"seq": 1208, "at": "2026-03-02T10:00:01.250Z"}


class PlaceBody(BaseModel):
    """Where a newcomer would be placed. Nothing is reserved: somebody else may be there first."""

    model_config = shown(
        {
            "sponsor_id": "D1",
            "tree": "binary",
            "strategy": "first_open",
            "parent_id": "D7",
            "slot": 2,
            "why": "the first open slot below D1",
            "as_of": _AS_OF,
        }
    )

    sponsor_id: str
    tree: PlacementTree
    strategy: Strategy
    parent_id: str | None = Field(description="Null when nobody can be placed below the sponsor")
    slot: int = Field(description="1 left, 2 right, in the matrix 1 to its width; 0 where nobody can be placed")
    why: str
    as_of: AsOf


class OpenSlotBody(BaseModel):
    """An open slot."""

    parent_id: str
    parent_name: str
    slot: int = Field(description="1 left, 2 right, in the matrix 1 to its width")
    level: int = Field(description="1 directly below the person asked about")


class OpenSlotsBody(BaseModel):
    """The nearest open slots."""

    model_config = shown(
        {
            "id": "D1",
            "tree": "binary",
            "open_slots": [{"parent_id": "D7", "parent_name": "Example Person", "slot": 2, "level": 3}],
            "as_of": _AS_OF,
        }
    )

    id: str
    tree: PlacementTree
    open_slots: list[OpenSlotBody]
    as_of: AsOf


class HeldBody(BaseModel):
    """Somebody who has no place yet. Their position is not reserved."""

    id: str
    name: str
    sponsor_id: str
    sponsor_placed: bool = Field(description="False: nobody can be placed below the sponsor yet, so they wait on")
    until: Instant = Field(description="Until when a place can be chosen by hand")
    then: str = Field(description="The strategy that places them after it")


class HoldingTankBody(BaseModel):
    """Those in the holding tank, whose time ends first before the others."""

    model_config = shown(
        {
            "held": [
                {
                    "id": "D42",
                    "name": "Example Person",
                    "sponsor_id": "D1",
                    "sponsor_placed": True,
                    "until": "2026-03-09T00:00:00Z",
                    "then": "first_open",
                }
            ],
            "next_cursor": "MC4xNzc",
            "as_of": _AS_OF,
        }
    )

    held: list[HeldBody]
    next_cursor: str | None
    as_of: AsOf


class PreferenceRequest(Body):
    """How those whom a distributor sponsors are placed where an enrolment says `preference`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"preference": "outside_left", "reason": "asked for"}]})

    preference: Preferable | None = Field(description="Null: no preference, so the first open slot")
    reason: Reason = ""


class PreferenceAnswer(BaseModel):
    """The preference from now on."""

    model_config = shown(
        {
            "distributor_id": "D1",
            "preference": "outside_left",
            "receipt": {"seq": 1208, "kind": "Prefer", "recorded_at": "2026-03-02T10:00:01.250Z"},
        }
    )

    distributor_id: str
    preference: Preferable | None
    receipt: ReceiptBody


class MatrixBody(BaseModel):
    """The matrix that the company keeps."""

    model_config = shown({"width": 3, "depth": 9, "as_of": _AS_OF})

    width: int | None = Field(description="Slots below each person; null when no matrix is kept")
    depth: int | None = Field(description="Levels of a matrix")
    as_of: AsOf


class MatrixRequest(Body):
    """How wide and deep the matrix is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"width": 3, "depth": 9, "reason": "plan of 2026"}]})

    width: int = Field(ge=1, le=MOST_WIDE, strict=True)
    depth: int = Field(ge=1, le=MOST_DEEP, strict=True)
    reason: Reason = ""


class MatrixAnswer(BaseModel):
    """The matrix from now on."""

    model_config = shown(
        {
            "width": 3,
            "depth": 9,
            "receipt": {"seq": 1208, "kind": "KeepMatrix", "recorded_at": "2026-03-02T10:00:01.250Z"},
        }
    )

    width: int
    depth: int
    receipt: ReceiptBody
