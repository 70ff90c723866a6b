"""What is paid out of what was earned, and when the rest is."""

from decimal import Decimal

from pydantic import Field

from app.plans.fields import Amount, PlanModel


class Payout(PlanModel):
    """Pays what a person earned and brought along when it is enough; else it is their balance in the next period."""

    minimum: Amount = Field(
        Decimal(0),
        description="the smallest amount that is paid out; less, and what is owed to the company, is carried on",
    )
