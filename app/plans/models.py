"""A compensation plan as validated data. Volumes and money are `Decimal` here, minor units in the engine."""

import hashlib
import json
import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
    model_validator,
)

from app.amounts import InvalidAmountError, to_minor
from app.plans.lint import Problem, errors_of

PLAIN_NUMBER = r"^[0-9]+(\.[0-9]+)?$"
NUMBER = r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?"
RATE = r"^[0-9]+(\.[0-9]+)?( ?%)?$"


class PlanRulesError(ValueError):
    """Fields are fine one by one but do not fit together; `problems` says where."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def _number(value: Any) -> Any:
    """Accept what YAML and JSON can say exactly: Decimal, int, text. A float has already lost digits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    text = str(value).strip()
    if not re.fullmatch(NUMBER, text, re.ASCII):
        raise ValueError(f"{text[:40]!r} is not a number; write plain digits such as 1200 or 0.05")
    return Decimal(text)


def _rate(value: Any) -> Any:
    """`5%`, `5 %`, `0.05` and 0.05 all mean one twentieth."""
    if isinstance(value, str) and value.rstrip().endswith("%"):
        number = _number(value.rstrip()[:-1])
        return number / 100 if isinstance(number, Decimal) and number.is_finite() else number
    return _number(value)


def _share(value: Decimal) -> Decimal:
    if not value.is_finite() or not 0 <= value <= 1:
        raise ValueError(f"{value} is not a share between 0 % and 100 %; write 5% or 0.05 for five per cent")
    return _normal(value)


def _factor(value: Decimal) -> Decimal:
    if not value.is_finite() or not 0 < value <= 100:
        raise ValueError(f"{value} is not a factor above 0 and at most 100")
    return _normal(value)


def _amount(value: Decimal) -> Decimal:
    try:
        minor = to_minor(value)
    except InvalidAmountError as error:
        raise ValueError(error.message) from error
    if minor < 0:
        raise ValueError(f"{value} is negative")
    return _normal(value)


def _normal(value: Decimal) -> Decimal:
    """One spelling per number (none is negative), so that 0.40 and 0.4 hash alike."""
    text = f"{value.copy_abs():f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone of the IANA database; write one such as Europe/Berlin or UTC")
    return name


_as_text = PlainSerializer(lambda value: f"{value:f}", return_type=str)
_number_schema = WithJsonSchema(
    {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": PLAIN_NUMBER}]}
)
_rate_schema = WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": RATE}]})

Rate = Annotated[Decimal, BeforeValidator(_rate), AfterValidator(_share), _as_text, _rate_schema]
Factor = Annotated[Decimal, BeforeValidator(_rate), AfterValidator(_factor), _as_text, _rate_schema]
Amount = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_amount), _as_text, _number_schema]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Zone = Annotated[str, AfterValidator(_zone)]


Cap = Annotated[
    Annotated[Amount, Tag("one")] | Annotated[dict[Name, Amount], Tag("by_rank")],
    Discriminator(lambda value: "by_rank" if isinstance(value, dict) else "one"),
]


class PlanModel(BaseModel):
    """Unknown keys are errors, nothing is coerced, nothing changes after loading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Activity(PlanModel):
    """Who counts as active. Status active is always needed; a volume may be asked for beside it."""

    personal_pv: Amount | None = Field(None, description="PV of own and customers' orders that an active person needs")


class LegsWithRank(PlanModel):
    """So many sponsor legs, each with at least one person paid as that rank or a higher one."""

    rank: Name = Field(description="a lower rank of this plan")
    count: Count = Field(description="number of separate frontline legs")


class Requirements(PlanModel):
    """All of those given must be met. A rank without requirements is everybody's."""

    active: bool = Field(False, description="the person must be active by the plan's activity rule")
    personal_pv: Amount | None = Field(None, description="PV of own orders and of own customers' orders")
    customer_pv: Amount | None = Field(None, description="PV of own customers' orders alone")
    group_pv: Amount | None = Field(None, description="PV of the person and everybody below in the sponsor tree")
    active_legs: Count | None = Field(None, description="frontline legs with at least one active person at any depth")
    personally_sponsored_active: Count | None = Field(
        None, description="active people sponsored by the person themselves"
    )
    legs_with_rank: LegsWithRank | None = None


class Rank(PlanModel):
    """One rank; its place in the plan's list is its height."""

    name: Name
    requires: Requirements = Requirements()


class Unilevel(PlanModel):
    """Pays up the sponsor tree: amount = CV x multiplier x the rate of the earner's rank at that level."""

    type: Literal["unilevel"]
    name: Name
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable, such as 40%")
    compression: Literal["none", "standard", "dynamic"] = Field(
        "none",
        description="none: an inactive person keeps the level, unpaid; standard: inactive people take no level; "
        "dynamic: a level goes to the next active person whose rank is paid on it",
    )
    levels_by_rank: dict[Name, Annotated[tuple[Rate, ...], Field(strict=False, max_length=100)]] = Field(
        description="for each rank the rates of level 1, 2, ...; a rank that is not named is paid nothing", min_length=1
    )

    def rate(self, rank: str, paid_level: int) -> Fraction:
        """Rate of a level (from 1) for a rank, 0 where the plan gives none; without the multiplier."""
        rates = self.levels_by_rank.get(rank, ())
        return Fraction(rates[paid_level - 1]) if 1 <= paid_level <= len(rates) else Fraction(0)

    @property
    def depth(self) -> int:
        """The deepest level any rank is paid on."""
        return max(len(rates) for rates in self.levels_by_rank.values())


class Binary(PlanModel):
    """Pays on volume matched between the two legs: amount = matched CV x multiplier x rate, up to the cap."""

    type: Literal["binary"]
    name: Name
    rate: Rate
    multiplier: Factor = Field(Decimal(1), description="share of the CV that is commissionable")
    carry: Literal["forward"] = Field(
        "forward", description="forward: the weak leg goes to zero, the strong leg keeps the excess for the next period"
    )
    cap_per_period: Cap | None = Field(
        None, description="most money per position and period, one value or one per rank; the excess is lost"
    )


Bonus = Annotated[Unilevel | Binary, Field(discriminator="type")]


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

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if problems := errors_of(self):
            raise PlanRulesError(problems)
        return self

    @property
    def rank_names(self) -> tuple[str, ...]:
        """Names by rank index, lowest first."""
        return tuple(rank.name for rank in self.ranks)

    def canonical(self) -> str:
        """The plan as canonical JSON: sorted keys, defaults filled in, one spelling per number; it loads back."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def hash(self) -> str:
        """sha256 of the canonical JSON, in hex: the plan's identity."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()
