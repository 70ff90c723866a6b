"""Pay by levels: what every bonus that walks up a tree, level by level, has; and the one up the sponsor tree."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from app.plans.fields import Factor, Name, PlanModel, later
from app.plans.levels import LevelRates, deepest, level_findings, level_rate, top_rates
from app.plans.shares import Finding, percent, unknown_rank

MOST_LEVELS = 100
"""As deep as a plan can say that it pays."""


class LevelBonus(PlanModel):
    """Pays up a tree: amount = CV x multiplier x the rate of the earner's rank at that level."""

    name: Name
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable, such as 40%")
    compression: Literal["none", "standard", "dynamic"] = Field(
        "none",
        description="none: an inactive person keeps the level, unpaid; standard: inactive people take no level; "
        "dynamic: a level goes to the next active person whose rank is paid on it",
    )
    levels_by_rank: LevelRates = Field(
        description="for each rank the rates of level 1, 2, ...; a rank that is not named is paid nothing"
    )
    compress_below: Name | None = later(
        None, description="under standard compression people whose rank for pay is lower take no level either"
    )

    def rate(self, rank: str, paid_level: int) -> Fraction:
        """Rate of a level (from 1) for a rank, 0 where the plan gives none; without the multiplier."""
        return level_rate(self.levels_by_rank, rank, paid_level)

    @property
    def levels(self) -> int:
        """The deepest level any rank is paid on."""
        return deepest(self.levels_by_rank)

    @property
    def reach(self) -> int | None:
        """So many places up a sale pays at most, whoever takes the levels; None: as far as there are any."""
        return None

    @property
    def reach_told(self) -> str:
        """As a sentence, where there is one."""
        return f"nothing is paid further up than {self.reach} levels"

    @property
    def most(self) -> Decimal:
        """The highest share of the commissionable value that it can pay."""
        return sum(top_rates(self.levels_by_rank), Decimal(0))

    def findings(self, names: Sequence[str]) -> Iterator[Finding]:
        """What is wrong with it in a plan with these ranks; paths begin at the bonus."""
        yield from level_findings(self.levels_by_rank, self.multiplier, names)
        highest_by_level = top_rates(self.levels_by_rank)
        if self.compression == "dynamic" and Decimal(0) in highest_by_level:
            level = highest_by_level.index(Decimal(0)) + 1
            yield (
                ("levels_by_rank",),
                f"no rank is paid level {level}, so under dynamic compression nobody takes it and none comes after it",
            )
        if self.most > 1:
            yield (
                ("levels_by_rank",),
                f"the levels can add up to {percent(self.most)} of the commissionable value, more than 100 %",
            )
        for name, rates in self.levels_by_rank.items():
            if self.reach is not None and len(rates) > self.reach:
                yield ("levels_by_rank", name), f"there are rates of {len(rates)} levels, and {self.reach_told}"
        if self.compress_below is not None:
            yield from self._compressed_ranks(self.compress_below, names)

    def _compressed_ranks(self, least: str, names: Sequence[str]) -> Iterator[Finding]:
        if self.compression != "standard":
            yield ("compress_below",), f"it says something of standard compression alone, not of {self.compression}"
        if least not in names:
            yield ("compress_below",), unknown_rank(least, names)
            return
        for name in names[: names.index(least)]:
            if self.levels_by_rank.get(name):
                yield ("levels_by_rank", name), f"people below {least!r} take no level, so they are paid none"

    def warnings(self, names: Sequence[str]) -> Iterator[Finding]:
        """What is nearly always a slip: a higher rank that is paid fewer levels than a lower one, and levels that pay
        nobody."""
        best, best_name = 0, ""
        for name in names:
            levels = len(self.levels_by_rank.get(name, ()))
            if levels < best:
                yield (
                    ("levels_by_rank",),
                    f"{name!r} is paid {levels} levels, fewer than the lower rank {best_name!r}",
                )
            else:
                best, best_name = levels, name
        if self.compression == "none" and self.reach is not None and self.levels < self.reach:
            yield ("depth",), f"{self.reach_told}, and without compression nothing is paid below level {self.levels}"


class Unilevel(LevelBonus):
    """Pays up the sponsor tree: amount = CV x multiplier x the rate of the earner's rank at that level."""

    type: Literal["unilevel"]
    depth: Annotated[int, Field(ge=1, le=MOST_LEVELS)] | None = later(
        None, description="what is sold on more levels below somebody pays them nothing, whatever compression does"
    )

    @property
    def reach(self) -> int | None:
        """See LevelBonus."""
        return self.depth
