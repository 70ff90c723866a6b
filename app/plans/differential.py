"""Pay of the difference between rates: everybody on the way up gets what their rate is above the rates below them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from app.plans.fields import Factor, Name, PlanModel, Rate, ScheduleStep
from app.plans.shares import Finding, fine_findings, percent, unknown_rank


class VolumeOfLevels(PlanModel):
    """PV of the person and of everybody on so many levels below in the sponsor tree."""

    within_levels: Annotated[int, Field(ge=1, le=100, description="how many levels below count")]


def _named_or_levels(value: Any) -> str:
    return "levels" if isinstance(value, dict | VolumeOfLevels) else "named"


ScheduleVolume = Annotated[
    Annotated[Literal["group_pv", "personal_group_pv", "personal_pv"], Tag("named")]
    | Annotated[VolumeOfLevels, Tag("levels")],
    Discriminator(_named_or_levels),
]


class Differential(PlanModel):
    """Pays up the sponsor tree: amount = CV x multiplier x (the earner's rate - the highest rate paid below)."""

    type: Literal["differential"]
    name: Name
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable, such as 40%")
    volume: ScheduleVolume = Field(
        "group_pv",
        description="what the schedule is looked up with, of active and inactive people: PV of the person and all "
        "below; without those who have broken away by another bonus, and all below them; of the person and customers "
        "alone; or within so many levels",
    )
    schedule: Annotated[tuple[ScheduleStep, ...], Field(strict=False, min_length=1, max_length=100)] | None = Field(
        None, description="volumes and rates, both ascending; below the first the rate is 0; not beside rates_by_rank"
    )
    rates_by_rank: Annotated[dict[Name, Rate], Field(min_length=1, max_length=100)] | None = Field(
        None, description="a rate by pay rank, 0 for a rank that is not named; not beside schedule"
    )
    own_purchases: bool = Field(
        True,
        description="true: the buyer's own rate is paid to them on their purchases; false: only what rates above "
        "are more than it",
    )
    minimum_override: Rate | None = Field(
        None, description="paid once an order to the next one up who has the top rate that somebody was paid before"
    )
    inactive: Literal["pass", "keep"] = Field(
        "pass",
        description="pass: an inactive person's rate counts as 0, so that the next one up gets the whole difference; "
        "keep: their part is paid to nobody",
    )

    @property
    def rates(self) -> tuple[Decimal, ...]:
        """The rates as they stand in the plan."""
        if self.schedule is not None:
            return tuple(step.rate for step in self.schedule)
        return tuple((self.rates_by_rank or {}).values())

    @property
    def most(self) -> Decimal:
        """The highest share of the commissionable value that it can pay."""
        return max(self.rates, default=Decimal(0)) + (self.minimum_override or Decimal(0))

    def rate(self, volume: Decimal, rank: str | None) -> Fraction:
        """The rate of somebody with that volume and pay rank, without the multiplier."""
        if self.schedule is not None:
            reached = bisect_right([step.from_ for step in self.schedule], volume)
            return Fraction(self.schedule[reached - 1].rate) if reached else Fraction(0)
        return Fraction((self.rates_by_rank or {}).get(rank or "", Decimal(0)))

    def findings(self, names: Sequence[str]) -> Iterator[Finding]:
        """What is wrong with it in a plan with these ranks; paths begin at the bonus."""
        if (self.schedule is None) == (self.rates_by_rank is None):
            what = "neither stands here" if self.schedule is None else "both stand here"
            yield ("schedule",), f"give either a schedule or rates_by_rank; {what}"
            return
        if self.schedule is None and self.volume != "group_pv":
            yield ("volume",), "a schedule is looked up with it, and here rates go by rank; leave it out"
        yield from self._falling(names)
        for name in self.rates_by_rank or ():
            if name not in names:
                yield ("rates_by_rank", name), unknown_rank(name, names)
        yield from fine_findings(self._rates_by_path(), self.multiplier)
        yield from fine_findings([(("minimum_override",), self.minimum_override or Decimal(0))], self.multiplier)
        if self.most > 1:
            path = ("schedule",) if self.rates_by_rank is None else ("rates_by_rank",)
            yield path, f"the top rate and the minimum override can add up to {percent(self.most)}, more than 100 %"

    def _rates_by_path(self) -> list[tuple[tuple[str | int, ...], Decimal]]:
        if self.schedule is not None:
            return [(("schedule", at, "rate"), step.rate) for at, step in enumerate(self.schedule)]
        return [(("rates_by_rank", name), rate) for name, rate in (self.rates_by_rank or {}).items()]

    def _falling(self, names: Sequence[str]) -> Iterator[Finding]:
        for at, (lower, step) in enumerate(pairwise(self.schedule or ()), 1):
            if step.from_ <= lower.from_:
                yield ("schedule", at, "from"), f"{step.from_} is not above {lower.from_}, which stands before it"
            if step.rate <= lower.rate:
                yield (
                    ("schedule", at, "rate"),
                    f"{percent(step.rate)} is not above {percent(lower.rate)}, which stands before it",
                )
        rates = self.rates_by_rank or {}
        for below, name in pairwise(name for name in names if name in rates):
            if rates[name] < rates[below]:
                yield (
                    ("rates_by_rank", name),
                    f"{percent(rates[name])} is less than the {percent(rates[below])} of {below!r}, a lower rank",
                )
