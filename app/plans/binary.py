"""The binary bonus of a plan: how legs are matched, what that pays, what is carried."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema

from app.plans.fields import PLAIN_NUMBER, Amount, Cap, Count, Factor, Name, PlanModel, Rate, ScheduleStep, later


def _above_zero(value: Decimal) -> Decimal:
    if not value:
        raise ValueError("0 is not a volume; a cycle takes more than nothing from either leg")
    return value


def _kind_of_rate(value: Any) -> str:
    if isinstance(value, RateByVolume) or (isinstance(value, dict) and ("by" in value or "steps" in value)):
        return "by_volume"
    return "by_rank" if isinstance(value, dict) else "one"


Volume = Annotated[
    Amount,
    AfterValidator(_above_zero),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": PLAIN_NUMBER}]}),
]


class RateByVolume(PlanModel):
    """A rate by the person's own volume of the period, all orders of the seller: the highest step that it reaches."""

    by: Literal["personal_cv", "personal_pv"]
    steps: Annotated[tuple[ScheduleStep, ...], Field(strict=False, min_length=1, max_length=100)] = Field(
        description="ascending; below the first: 0 %"
    )

    def rate(self, personal: Decimal) -> Decimal:
        """Of that much own volume."""
        reached = [step.rate for step in self.steps if step.from_ <= personal]
        return reached[-1] if reached else Decimal(0)


BinaryRate = Annotated[
    Annotated[Rate, Tag("one")]
    | Annotated[dict[Name, Rate], Field(min_length=1), Tag("by_rank")]
    | Annotated[RateByVolume, Tag("by_volume")],
    Discriminator(_kind_of_rate),
]


class Cycle(PlanModel):
    """What one cycle takes from either leg, which of them is the stronger, and what it pays."""

    strong: Volume = Field(description="CV that a cycle takes from the stronger leg")
    weak: Volume = Field(description="CV that a cycle takes from the weaker leg")
    stronger_leg: Literal["once", "each_cycle"] = Field(
        "once",
        description="once: judged before the first cycle; each_cycle: judged anew before each one, from what is left",
    )
    equal_legs: Literal["left", "right"] = later("left", description="which of equal legs is the stronger")
    pays: Amount | None = Field(None, description="money per cycle, instead of a rate")


class Binary(PlanModel):
    """Pays on volume matched between the two legs: amount = matched CV x multiplier x rate, up to the cap."""

    type: Literal["binary"]
    name: Name
    method: Literal["weak_leg", "volume_ratio", "cycles"] = later(
        "weak_leg",
        description="weak_leg: the rate of the smaller leg; volume_ratio: of the smaller leg x smaller / larger; "
        "cycles: of the weaker leg's volume in whole cycles, or money per cycle",
    )
    rate: BinaryRate | None = Field(
        None, description="one rate, one per rank (else 0 %), or steps by own volume; absent where a cycle pays money"
    )
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable")
    cycle: Cycle | None = later(None, description="of method cycles")
    max_cycles: Count | None = later(None, description="no more cycles than that in a period; the rest stays unmatched")
    carry: Literal["forward", "net_off", "full_flush"] = Field(
        "forward",
        description="forward: what is matched leaves both legs, of an inactive position unpaid, and the rest is "
        "carried; net_off: the same, but an inactive position keeps both legs; full_flush: nothing is carried",
    )
    flush_inactive: bool = later(False, description="an inactive position loses both legs")
    carry_cap: Cap | None = later(
        None, description="most CV that a leg carries out, one value or one per rank; the rest is lost"
    )
    cap_per_period: Cap | None = Field(
        None, description="most money per position and period, one value or one per rank; the excess is lost"
    )
    cap_per_day: Cap | None = later(
        None,
        description="most money per position and calendar day of the plan's zone, one value or one per rank: the legs "
        "are then matched day by day",
    )
    aggregate_cap: Cap | None = later(
        None,
        description="most money for all positions of one owner together in a period, one value or one per rank, of "
        "which the highest among the positions counts; each position is cut in proportion, and the excess is lost",
    )
    cap_by: Literal["pay_rank", "title"] = later(
        "pay_rank", description="whose caps they are where there is one per rank: the rank for pay, or the title"
    )
    above_cap: Literal["lost", "carried"] = later(
        "lost",
        description="lost: what a position's own cap cuts off is lost; carried: no more is matched than the cap pays, "
        "and the rest stays in the legs",
    )

    def rate_of(self, rank: str | None, personal: Decimal) -> Decimal:
        """The rate of somebody of that rank for pay and with that much own volume; 0 where a cycle pays money."""
        if isinstance(self.rate, RateByVolume):
            return self.rate.rate(personal)
        if isinstance(self.rate, dict):
            return Decimal(0) if rank is None else self.rate.get(rank, Decimal(0))
        return self.rate or Decimal(0)

    @property
    def rates(self) -> dict[tuple[str | int, ...], Decimal]:
        """Every rate in it, by its key."""
        if isinstance(self.rate, RateByVolume):
            return {("rate", "steps", at, "rate"): step.rate for at, step in enumerate(self.rate.steps)}
        if isinstance(self.rate, dict):
            return {("rate", name): rate for name, rate in self.rate.items()}
        return {} if self.rate is None else {("rate",): self.rate}

    @property
    def pays(self) -> Decimal | None:
        """Money per cycle, where it is not a rate that pays."""
        return None if self.cycle is None else self.cycle.pays
