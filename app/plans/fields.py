"""What plan files are made of: exact numbers, rates, names and zones, read without losing a digit."""

import re
from decimal import Decimal
from typing import Annotated, Any
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
)

from app.amounts import InvalidAmountError, to_minor

PLAIN_NUMBER = r"^[0-9]+(\.[0-9]+)?$"
NUMBER = r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?"
RATE = r"^[0-9]+(\.[0-9]+)?( ?%)?$"


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


def later(default: Any, **facts: Any) -> Any:
    """A field that came when plans were kept already. The canonical JSON leaves it out at its default, so that the
    hash of a plan that does not name it stays what it was."""
    return Field(default, exclude_if=lambda value: value == default, **facts)


class PlanModel(BaseModel):
    """Unknown keys are errors, nothing is coerced, nothing changes after loading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ScheduleStep(PlanModel):
    """A rate, and the volume from which on it is the person's."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Amount = Field(alias="from", description="the volume it begins at")
    rate: Rate
