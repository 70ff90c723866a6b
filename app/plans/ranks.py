"""The ranks of a plan: what each asks of those who want it, and of those who reached it before."""

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag

from app.plans.fields import Amount, Count, Name, PlanModel, Rate, later

Asked = TypeVar("Asked")
MOST_PERIODS: Final = 24
"""As far as a window may look, this period among them."""


class LegsWithRank(PlanModel):
    """So many sponsor legs, each with at least one person paid as that rank or a higher one."""

    rank: Name = Field(description="a lower rank of this plan")
    count: Count = Field(description="number of separate frontline legs")


class SponsoredWithRank(PlanModel):
    """So many people sponsored by the person themselves who are paid as that rank or a higher one."""

    rank: Name = Field(description="a lower rank of this plan")
    count: Count = Field(description="number of frontline people")


class VolumeWithinLevels(PlanModel):
    """PV of the person, who is level 0, and of everybody on so many levels below in the sponsor tree."""

    levels: Annotated[int, Field(ge=1, le=100, description="how many levels below count")]
    pv: Amount


class CappedGroupVolume(PlanModel):
    """Group PV of which no leg counts for more than its cap; own PV counts in full, a leg below zero as it is."""

    pv: Amount
    leg_cap: Rate = Field(description="the share that one leg may count for, such as 40%")
    of: Literal["requirement", "total"] = Field(
        "requirement", description="requirement: share of the PV asked for; total: of the person's whole group PV"
    )


class LegsWithVolume(PlanModel):
    """So many sponsor legs, each with at least that much group PV."""

    pv: Amount
    count: Count = Field(description="number of separate frontline legs")


class Window(PlanModel):
    """So many of the last periods, this one among them, in which everything else that is asked was met, or all that a
    higher rank asks."""

    met: Annotated[int, Field(ge=1, le=MOST_PERIODS, description="in how many of them")]
    of: Annotated[int, Field(ge=2, le=MOST_PERIODS, description="how many periods are looked at, this one among them")]


def _one_or_several(value: Any) -> str:
    return "several" if isinstance(value, list | tuple) else "one"


def _plain_or_capped(value: Any) -> str:
    return "capped" if isinstance(value, dict | CappedGroupVolume) else "plain"


def _alone(value: Any) -> Any:
    """A list of one says what that one says."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


_SEVERAL = Field(strict=False, min_length=1, max_length=100)

GroupVolume = Annotated[
    Annotated[Amount, Tag("plain")] | Annotated[CappedGroupVolume, Tag("capped")], Discriminator(_plain_or_capped)
]
Legs = Annotated[
    Annotated[LegsWithRank, Tag("one")] | Annotated[tuple[LegsWithRank, ...], _SEVERAL, Tag("several")],
    Discriminator(_one_or_several),
    AfterValidator(_alone),
]
Sponsored = Annotated[
    Annotated[SponsoredWithRank, Tag("one")] | Annotated[tuple[SponsoredWithRank, ...], _SEVERAL, Tag("several")],
    Discriminator(_one_or_several),
    AfterValidator(_alone),
]


class Requirements(PlanModel):
    """All of those given must be met. A rank without requirements is everybody's."""

    active: bool = Field(False, description="the person must be active by the plan's activity rule")
    personal_pv: Amount | None = Field(None, description="PV of own orders and of own customers' orders")
    customer_pv: Amount | None = Field(None, description="PV of own customers' orders alone")
    group_pv: GroupVolume | None = Field(
        None, description="PV of the person and everybody below in the sponsor tree, of which legs may be capped"
    )
    personal_group_pv: Amount | None = later(
        None,
        description="group_pv without people who have broken away by the plan's breakaway or leadership bonus, and all "
        "below them",
    )
    volume_within_levels: VolumeWithinLevels | None = later(None)
    weak_leg_pv: Amount | None = later(
        None, description="PV of the smaller leg in the placement tree, without the position's own and without carry"
    )
    customers: Count | None = later(
        None, description="different own customers who bought in the period, less what came back, PV above 0"
    )
    active_legs: Count | None = Field(None, description="frontline legs with at least one active person at any depth")
    legs_with_volume: LegsWithVolume | None = later(None)
    personally_sponsored: Count | None = later(
        None, description="people sponsored by the person themselves, whatever their status"
    )
    personally_sponsored_active: Count | None = Field(
        None, description="active people sponsored by the person themselves"
    )
    personally_sponsored_with_rank: Sponsored | None = later(
        None, description="one, or several that must all be met, each counted by itself"
    )
    legs_with_rank: Legs | None = Field(
        None, description="one, or several that must all be met, each counted by itself"
    )

    window: Window | None = later(
        None, description="all of the above must be met in so many of the last periods; left out: in this one"
    )

    @property
    def every_legs_with_rank(self) -> tuple[LegsWithRank, ...]:
        """All that are asked for, however many."""
        return _every(self.legs_with_rank)

    @property
    def every_sponsored_with_rank(self) -> tuple[SponsoredWithRank, ...]:
        """All that are asked for, however many."""
        return _every(self.personally_sponsored_with_rank)


class Rank(PlanModel):
    """One rank; its place in the plan's list is its height."""

    name: Name
    requires: Requirements = Requirements()
    maintain: Requirements | None = later(
        None,
        description="asked instead of `requires` of whoever reached this rank or a higher one in an earlier period, or "
        "holds it as title; left out: `requires` is asked of everybody",
    )

    @property
    def rules(self) -> tuple[Requirements, ...]:
        """What it asks of those who want it, and of those who reached it before where that is something else."""
        return (self.requires,) if self.maintain is None else (self.requires, self.maintain)

    def asks(self, *, held: bool) -> Requirements:
        """What it asks of somebody who reached it, or a higher one, before, or of somebody who did not."""
        return self.maintain if held and self.maintain is not None else self.requires

    @property
    def looks_back(self) -> int:
        """How many periods before this one decide about it."""
        return max((rules.window.of - 1 for rules in self.rules if rules.window is not None), default=0)


def _every(asked: Asked | tuple[Asked, ...] | None) -> tuple[Asked, ...]:
    if asked is None:
        return ()
    return asked if isinstance(asked, tuple) else (asked,)
