"""Leadership bonus: a share of groups that have broken away, of which the leader above is guaranteed a least amount."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from pydantic import Field

from app.plans.fields import Amount, Factor, Name, PlanModel, Rate
from app.plans.shares import Finding, fine_message, too_fine, unknown_rank


class Leadership(PlanModel):
    """Pays the next leader above a group that has broken away: amount = the group's CV x multiplier x rate."""

    type: Literal["leadership"]
    name: Name
    rate: Rate
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable, such as 40%")
    breaks_away_at: Name = Field(
        description="who has this pay rank or a higher one leads a group that has broken away from those above"
    )
    guaranteed_cv: Amount | None = Field(
        None,
        description="what this much CV would make is guaranteed to the leader above: what a group makes less is taken "
        "from what its own leader receives, worked out from the lowest level up; default none",
    )

    @property
    def most(self) -> Decimal:
        """The highest share of the commissionable value that it can pay: what is guaranteed comes out of another's."""
        return self.rate

    def findings(self, names: Sequence[str]) -> Iterator[Finding]:
        """What is wrong with it in a plan with these ranks; paths begin at the bonus."""
        if self.breaks_away_at not in names:
            yield ("breaks_away_at",), unknown_rank(self.breaks_away_at, names)
        if too_fine(self.rate, self.multiplier):
            yield ("rate",), fine_message(self.rate, self.multiplier)
