"""Stairstep breakaway: levels within a group, and an override on groups that have broken away."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from app.plans.fields import Factor, Name, PlanModel, Rate
from app.plans.levels import LevelRates, deepest, level_findings, level_rate, top_rates
from app.plans.shares import Finding, fine_findings, percent, unknown_rank


class Breakaway(PlanModel):
    """Pays levels up to the first person who has broken away, and an override to the next one above who has."""

    type: Literal["breakaway"]
    name: Name
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable, such as 40%")
    breaks_away_at: Name = Field(
        description="who has this pay rank or a higher one has broken away from those above, with their group"
    )
    levels_by_rank: LevelRates = Field(
        description="for each rank the rates of level 1, 2, ... within the group, its leader included"
    )
    override_by_rank: Annotated[dict[Name, Rate], Field(min_length=1, max_length=100)] = Field(
        description="what is paid on a group that has broken away, less the rate of its leader; 0 for a rank not named"
    )
    minimum_override: Rate | None = Field(
        None, description="paid where the difference of the override rates is less than it; default none"
    )

    @property
    def levels(self) -> int:
        """The deepest level any rank is paid on."""
        return deepest(self.levels_by_rank)

    @property
    def most(self) -> Decimal:
        """The highest share of the commissionable value that it can pay."""
        override = max(*self.override_by_rank.values(), self.minimum_override or Decimal(0))
        return sum(top_rates(self.levels_by_rank), override)

    def rate(self, rank: str, paid_level: int) -> Fraction:
        """Rate of a level (from 1) for a rank, 0 where the plan gives none; without the multiplier."""
        return level_rate(self.levels_by_rank, rank, paid_level)

    def override(self, rank: str) -> Fraction:
        """The override rate of a rank, 0 where the plan gives none; without the multiplier."""
        return Fraction(self.override_by_rank.get(rank, Decimal(0)))

    def findings(self, names: Sequence[str]) -> Iterator[Finding]:
        """What is wrong with it in a plan with these ranks; paths begin at the bonus."""
        if self.breaks_away_at not in names:
            yield ("breaks_away_at",), unknown_rank(self.breaks_away_at, names)
        yield from level_findings(self.levels_by_rank, self.multiplier, names)
        for name in self.override_by_rank:
            if name not in names:
                yield ("override_by_rank", name), unknown_rank(name, names)
        rates: list[tuple[tuple[str | int, ...], Decimal]] = [
            (("override_by_rank", name), rate) for name, rate in self.override_by_rank.items()
        ]
        yield from fine_findings(rates, self.multiplier)
        yield from fine_findings([(("minimum_override",), self.minimum_override or Decimal(0))], self.multiplier)
        if self.most > 1:
            yield (
                ("override_by_rank",),
                f"the levels and the highest override can add up to {percent(self.most)}, more than 100 %",
            )
