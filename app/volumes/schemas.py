"""What the volumes' route gives, and the mark of the period figures are of."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.periods.models import Period
from app.wire import Amount, AsOf, shown

Status = Annotated[str, Field(pattern="^(active|suspended|terminated)$", description="active, suspended or terminated")]


class LivePeriod(BaseModel):
    """The period figures are of."""

    name: str = Field(examples=["2026-03"])
    figures: Literal["estimate", "final"] = Field(
        "estimate", description="Live figures are estimates until a run is committed, then what it was calculated from"
    )

    @classmethod
    def of(cls, period: Period | None) -> "LivePeriod | None":
        """The mark of a period; None stays None."""
        return cls(name=period.name, figures="estimate") if period else None


class Volume(BaseModel):
    """PV qualifies, CV is what percentages are applied to."""

    pv: Amount
    cv: Amount


class WithinBody(Volume):
    """Volume of the person and of everybody to some level below."""

    levels: int = Field(description="How many levels below the person", examples=[3])


class WithoutBrokenAwayBody(Volume):
    """Group volume without the frontline legs whose head was paid by a rank, or a higher one, in the last committed
    run: live volumes by that run's ranks. A leg stays whole whoever stands deeper in it."""

    rank: str = Field(examples=["Platinum"])
    legs: list[str] = Field(description="Who heads the legs that are left out")
    run: str | None = Field(
        description="The run whose ranks these are; null before the first, when nothing is left out"
    )
    run_period: str | None = Field(examples=["2026-02"])


class VolumesBody(BaseModel):
    """The volumes of one person in a period, read without a look at anybody below; only `without_broken_away` looks at
    the frontline."""

    model_config = shown(
        {
            "id": "D1",
            "tree": "sponsor",
            "period": {"name": "2026-W10", "figures": "estimate"},
            "personal": {"pv": "120.00", "cv": "96.50"},
            "customers": {"pv": "20.00", "cv": "16.50"},
            "group": {"pv": "5400.00", "cv": "4300.00"},
            "levels_kept": 5,
            "within": {"levels": 3, "pv": "2100.00", "cv": "1700.00"},
            "without_broken_away": {
                "pv": "3400.00",
                "cv": "2700.00",
                "rank": "Platinum",
                "legs": ["D2"],
                "run": "2026-02-3f9a1c0b7d21",
                "run_period": "2026-02",
            },
            "as_of": {"seq": 1207, "at": "2026-03-05T09:30:00.000Z"},
        }
    )

    id: str
    tree: Literal["sponsor", "binary", "matrix"]
    period: LivePeriod | None = Field(description="Null when no period is open; volumes are then zero")
    personal: Volume = Field(description="Own orders and those of own customers")
    customers: Volume = Field(description="Those of own customers alone")
    group: Volume = Field(description="Personal volume and everybody below in this tree")
    levels_kept: int = Field(description="To how many levels `within` can be asked for in this tree")
    within: WithinBody | None = Field(description="Null when it was not asked for")
    without_broken_away: WithoutBrokenAwayBody | None = Field(description="Null when it was not asked for")
    as_of: AsOf


class LegBody(BaseModel):
    """A frontline person with everybody below (sponsor tree), or one slot (binary tree, matrix)."""

    id: str = Field(examples=["D2"])
    name: str
    status: Status
    slot: int = Field(description="1 left, 2 right, in the matrix 1 to its width; 0 in the sponsor tree")
    people: int = Field(description="The whole leg, its head among them", examples=[118])
    pv: Amount
    cv: Amount


class LegsBody(BaseModel):
    """What a person's legs weigh, heaviest first (binary tree and matrix: from the left)."""

    model_config = shown(
        {
            "id": "D1",
            "tree": "binary",
            "period": {"name": "2026-03", "figures": "estimate"},
            "personal": {"pv": "120.00", "cv": "96.50"},
            "group": {"pv": "5400.00", "cv": "4300.00"},
            "people": 119,
            "leg_count": 1,
            "legs": [
                {
                    "id": "D2",
                    "name": "Example Person",
                    "status": "active",
                    "slot": 1,
                    "people": 118,
                    "pv": "5280.00",
                    "cv": "4203.50",
                }
            ],
            "as_of": {"seq": 1207, "at": "2026-03-05T09:30:00.000Z"},
        }
    )

    id: str
    tree: Literal["sponsor", "binary", "matrix"]
    period: LivePeriod | None = Field(description="Null when no period is open; volumes are then zero")
    personal: Volume = Field(description="Own orders and those of own customers")
    group: Volume = Field(description="Personal volume and everybody below in this tree")
    people: int = Field(description="Everybody in this tree from the person down, the person among them")
    leg_count: int = Field(description="How many legs there are; `legs` shows up to `limit`")
    legs: list[LegBody]
    as_of: AsOf
