"""The seller's own margin on what their customers buy."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from pydantic import Field

from app.plans.fields import Factor, Name, PlanModel, Rate
from app.plans.shares import Finding, fine_message, too_fine


class RetailMargin(PlanModel):
    """Pays the seller alone: amount = CV x multiplier x rate."""

    type: Literal["retail_margin"]
    name: Name
    rate: Rate
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable")
    of: Literal["customers", "personal"] = Field(
        "customers", description="customers: orders of the seller's customers; personal: own purchases too"
    )

    @property
    def most(self) -> Decimal:
        """The highest share of the commissionable value that it can pay."""
        return self.rate

    def findings(self, _: Sequence[str]) -> Iterator[Finding]:
        """What is wrong with it; paths begin at the bonus."""
        if too_fine(self.rate, self.multiplier):
            yield ("rate",), fine_message(self.rate, self.multiplier)
