"""The gates of a plan: rules that a bonus pays only those who sell to customers, or nobody for their own purchases."""

from typing import Annotated, Literal

from pydantic import Field

from app.plans.fields import Amount, Count, Name, PlanModel, Rate

Bonuses = Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=100)]

_OF_WHICH = "names of the bonuses that it guards; left out: all"


class CustomerVolume(PlanModel):
    """The person's own customers bought enough."""

    type: Literal["customer_pv"]
    at_least: Amount = Field(description="PV of own customers' orders")
    bonuses: Bonuses | None = Field(None, description=_OF_WHICH)


class CustomerShare(PlanModel):
    """Enough of the person's own volume was sold to customers."""

    type: Literal["customer_share"]
    at_least: Rate = Field(
        description="share of personal PV that own customers' orders are; personal PV must be above 0"
    )
    bonuses: Bonuses | None = Field(None, description=_OF_WHICH)


class MajorityOfCustomers(PlanModel):
    """Customers bought more than a share of all that the person and everybody below sold."""

    type: Literal["majority_of_customers"]
    more_than: Rate = Field(description="share of group PV that customers' orders exceed; group PV must be above 0")
    bonuses: Bonuses | None = Field(None, description=_OF_WHICH)


class Customers(PlanModel):
    """Enough different customers of the person's own bought."""

    type: Literal["customers"]
    at_least: Count = Field(
        description="different own customers who bought in the period, less what came back, PV above 0"
    )
    bonuses: Bonuses | None = Field(None, description=_OF_WHICH)


class NoOwnPurchases(PlanModel):
    """What distributors buy themselves pays nobody."""

    type: Literal["no_own_purchases"]
    bonuses: Bonuses | None = Field(None, description=_OF_WHICH)


SingleGate = CustomerVolume | CustomerShare | MajorityOfCustomers | Customers
OneGate = Annotated[SingleGate, Field(discriminator="type")]


class AnyOf(PlanModel):
    """One of several is enough, such as ten customers or 50 customer PV."""

    type: Literal["any_of"]
    gates: Annotated[tuple[OneGate, ...], Field(strict=False, min_length=1, max_length=10)] = Field(
        description="whoever passes one of these passes; whom they guard is said here, not there"
    )
    bonuses: Bonuses | None = Field(None, description=_OF_WHICH)


PersonGate = SingleGate | AnyOf
"""Whoever fails one is to the bonus as if inactive."""

Gate = Annotated[PersonGate | NoOwnPurchases, Field(discriminator="type")]
GATES = (CustomerVolume, CustomerShare, MajorityOfCustomers, Customers, AnyOf, NoOwnPurchases)
Gates = Annotated[tuple[Gate, ...], Field(strict=False, max_length=100)]


def singles(gate: PersonGate) -> tuple[SingleGate, ...]:
    """The gate itself, or those of which one is enough."""
    return gate.gates if isinstance(gate, AnyOf) else (gate,)


def guards(gate: PersonGate | NoOwnPurchases, bonus: str) -> bool:
    """Whether it is a gate of that bonus."""
    return gate.bonuses is None or bonus in gate.bonuses
