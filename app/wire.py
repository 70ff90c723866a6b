"""What the edge's bodies and headers share: amounts, instants, as-of marks, idempotency keys, receipts, entity tags."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from app.amounts import from_minor
from app.clock import from_ms, zulu
from app.facts.commands import Receipt

_MARKS: Final = {"as_of", "tree_as_of"}
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_out(instant: object) -> object:
    """Refuses what pydantic would read as epoch seconds: a number of milliseconds would be a date in another age."""
    if isinstance(instant, datetime) or (isinstance(instant, str) and _ISO.fullmatch(instant)):
        return instant
    raise ValueError("an instant is text such as 2026-03-05T09:30:00Z")


def _written_day(day: object) -> object:
    """Refuses what pydantic would read as seconds, or as an instant at midnight."""
    if (isinstance(day, date) and not isinstance(day, datetime)) or (isinstance(day, str) and _DAY.fullmatch(day)):
        return day
    raise ValueError("a day is text such as 2026-03-01")


def _within_time(instant: datetime) -> datetime:
    if not _EARLIEST <= instant < _LATEST:
        raise ValueError("an instant lies between 1970 and 9998")
    return instant.astimezone(UTC)


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    AfterValidator(_within_time),
    PlainSerializer(zulu, return_type=str, when_used="json"),
    Field(description="ISO 8601 with an offset; answered in UTC with Z", examples=["2026-03-05T09:30:00.000Z"]),
]
Day = Annotated[
    date, BeforeValidator(_written_day), Field(description="A day of the calendar's own zone", examples=["2026-03-01"])
]
AmountText = Annotated[
    str, Field(pattern=r"^[0-9]{1,10}(\.[0-9]{1,2})?$", description="A decimal as text", examples=["120.50"])
]
"""An amount that comes in: no sign, at most two decimals."""
Amount = Annotated[
    Decimal,
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}, examples=["120.50"]),
]
"""An amount that goes out: text with exactly two decimals."""
ExactAmount = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
    Field(json_schema_extra={"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2,}$"}, examples=["4.825"]),
]
"""An amount with all its decimals, two at least."""
Id = Annotated[
    str,
    Field(
        min_length=1, max_length=64, pattern=r"^[!-.0-~]([ -.0-~]*[!-.0-~])?$", examples=["D42"],
        description="The company's own identifier: printable ASCII without slash or outer spaces",
    ),
]  # fmt: skip
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Reason = Annotated[
    str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Why; it is kept with the fact")
]
GivenReason = Annotated[Reason, Field(min_length=1)]
"""Where a fact needs one."""
_KEY: Final = r"^[!-~]([ -~]*[!-~])?$"
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=_KEY,
        description="Chosen by the caller, 1 to 200 printable ASCII characters. The same key with the same body is "
        "answered as before; with another body it is refused with 409.",
        examples=["order-10017"],
    ),
]
KeyText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=_KEY,
        description="As the header Idempotency-Key of a command by itself: the same key means the same command there "
        "and here",
        examples=["order-10017"],
    ),
]
"""The key of one of several commands in a body."""


def shown(example: dict[str, Any]) -> ConfigDict:
    """The configuration of a body that the API's documentation shows with this example."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class Body(BaseModel):
    """A request body: unknown members are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class AsOf(BaseModel):
    """What the answer knows: every fact up to `seq`, which was recorded at `at`."""

    seq: int = Field(examples=[1207])
    at: Instant


class ReceiptBody(BaseModel):
    """Proof of a durable fact."""

    seq: int = Field(description="The fact's sequence number", examples=[1208])
    kind: str = Field(examples=["Order"])
    recorded_at: Instant


def as_of(row: dict[str, Any]) -> AsOf:
    """The mark of a graph row that carries `as_of_seq` and `as_of_at` (epoch ms)."""
    return AsOf(seq=row["as_of_seq"], at=from_ms(row["as_of_at"]))


def amount(minor: int) -> Decimal:
    """Minor units as they go out."""
    return from_minor(minor)


def receipt_of(receipt: Receipt, response: Response) -> ReceiptBody:
    """The receipt as a body; the response says whether the command had been accepted before."""
    tell_whether_replayed(receipt, response)
    return receipt_body(receipt)


def tell_whether_replayed(receipt: Receipt, response: Response) -> None:
    """In a header: whether the command had been accepted before."""
    response.headers["Idempotency-Replayed"] = "true" if receipt.replayed else "false"


def receipt_body(receipt: Receipt) -> ReceiptBody:
    """The receipt as a body."""
    return ReceiptBody(seq=receipt.seq, kind=receipt.kind, recorded_at=from_ms(receipt.recorded_at))


def as_json(content: Any, *, status: int = 200) -> Response:
    """An answer of plain values that needs no check, since it is made by us: the framework would look at it anew."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def tagged(request: Request, body: BaseModel) -> Response:
    """The body with a weak entity tag, or 304 when the caller holds it already.

    The tag covers everything but the as-of marks: what was true then is still true.
    """
    core, marks = body.model_dump_json(exclude=_MARKS), body.model_dump_json(include=_MARKS)
    return _tagged(request, core.encode(), marks.encode())


def tagged_page(request: Request, page: Mapping[str, Any], **marks: AsOf) -> Response:
    """The same of plain values, which need no check since they are made by us: of a thousand people it would take
    longer than all else. `marks` are the as-of marks by their names."""
    written = {name: {"seq": mark.seq, "at": zulu(mark.at)} for name, mark in marks.items()}
    return _tagged(request, orjson.dumps(page), orjson.dumps(written))


def _tagged(request: Request, core: bytes, marks: bytes) -> Response:
    """Two JSON objects as one, or 304; `core` is not empty, and the tag is its own."""
    tag = f'W/"{hashlib.sha256(core).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    held = {candidate.strip() for candidate in request.headers.get("if-none-match", "").split(",")}
    if tag in held:
        return Response(status_code=304, headers=headers)
    content = core if marks == b"{}" else b"%b,%b" % (core[:-1], marks[1:])
    return Response(content, media_type="application/json", headers=headers)
