"""What a return takes back when the period of its order is closed, and its bonuses are paid."""

from typing import Literal

from pydantic import Field

from app.plans.fields import Count, PlanModel


class Refunds(PlanModel):
    """Of returns after the close alone: while the period of its order is open, a return undoes the order in it."""

    after_close: Literal["negative_volume", "clawback", "kept"] = Field(
        "negative_volume",
        description="negative_volume: it counts as volume below zero in the period in which it comes, so that whoever "
        "would be paid on such an order is paid less; clawback: it has no volume, and what the order's lines paid is "
        "taken back from those whom they paid; kept: nothing is taken back",
    )
    window_days: Count | None = Field(
        None, description="a return that comes more whole days after its order takes nothing back; default no limit"
    )
