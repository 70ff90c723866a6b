"""A compensation plan as validated data. Volumes and money are `Decimal` here, minor units in the engine."""

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.plans.binary import Binary
from app.plans.breakaway import Breakaway
from app.plans.differential import Differential
from app.plans.fields import Amount, Name, PlanModel, Rate, Zone, later
from app.plans.gates import Gates
from app.plans.leadership import Leadership
from app.plans.lint import Problem, errors_of
from app.plans.matrix import Matrix
from app.plans.payout import Payout
from app.plans.ranks import Rank
from app.plans.refunds import Refunds
from app.plans.retail import RetailMargin
from app.plans.unilevel import Unilevel


class PlanRulesError(ValueError):
    """Fields are fine one by one but do not fit together; `problems` says where."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class Activity(PlanModel):
    """Who counts as active. Status active is always needed; a volume may be asked for beside it."""

    personal_pv: Amount | None = Field(None, description="PV of own and customers' orders that an active person needs")


Tree = Literal["sponsor", "binary", "matrix"]
Trees = Annotated[tuple[Tree, ...], Field(strict=False, min_length=1, max_length=3)]

Bonus = Annotated[
    Unilevel | Matrix | Binary | Differential | Breakaway | Leadership | RetailMargin, Field(discriminator="type")
]
BONUSES = (Unilevel, Matrix, Binary, Differential, Breakaway, Leadership, RetailMargin)


class Plan(PlanModel):
    """One version of a compensation plan."""

    name: Name
    version: Name
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of all money paid")]
    calendar: Annotated[
        Literal["daily", "weekly", "four_weeks", "monthly"], Field(description="whose periods the plan pays")
    ] = "monthly"
    zone: Zone = Field("UTC", description="IANA time zone in which periods begin and end")
    rounding: Literal["half_up", "half_even"] = Field(
        "half_up", description="of each line to the smallest unit; half_up rounds halves away from zero"
    )
    activity: Activity = Activity()
    pay_rank: Literal["paid_as", "title", "higher"] = Field(
        "paid_as", description="pay by this period's rank, by the title the person holds, or by the higher of both"
    )
    ranks: Annotated[tuple[Rank, ...], Field(strict=False, min_length=1, max_length=100)] = Field(
        description="lowest first; a failed lower rank does not stop a higher one"
    )
    bonuses: Annotated[tuple[Bonus, ...], Field(strict=False, min_length=1, max_length=100)]

    gates: Gates = later((), description="who is not paid, and what pays nobody, by how much customers buy")
    trees: Trees | None = later(
        None, description="the trees that the company keeps; left out: those that the plan goes by"
    )
    rounded_per: Literal["line", "total"] = later(
        "line",
        description="line: each line is rounded by itself; total: what a person has of a bonus in the period is added "
        "up exactly and rounded once, and its lines share that by largest remainder",
    )
    refunds: Refunds = later(Refunds(), description="what returns after the close take back")
    payout: Payout | None = later(
        None,
        description="what is paid out; left out: all that is earned, and a balance stays as it is",
    )
    payout_cap: Rate | None = later(
        None,
        description="the share of a period's CV that all bonuses together are not to exceed; the lint and the report "
        "of a run's payout measure against it, and no line is cut by it",
    )

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if problems := errors_of(self):
            raise PlanRulesError(problems)
        return self

    @property
    def rank_names(self) -> tuple[str, ...]:
        """Names by rank index, lowest first."""
        return tuple(rank.name for rank in self.ranks)

    @property
    def looks_back(self) -> int:
        """How many periods before this one decide about a rank."""
        return max(rank.looks_back for rank in self.ranks)

    def canonical(self) -> str:
        """The plan as canonical JSON: sorted keys, defaults filled in, one spelling per number; it loads back."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def hash(self) -> str:
        """sha256 of the canonical JSON, in hex: the plan's identity."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()
