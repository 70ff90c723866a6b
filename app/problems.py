"""RFC 9457: every refusal leaves as `application/problem+json`, whoever raised it.

Members: type ("/problems/<code>"), title, status, detail, instance (the path), request_id, and whatever details the
error carries. An unexpected exception is logged with its stack and answered without internals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.errors import BanyanError, InvalidInputError, UnauthenticatedError, UnavailableError
from app.facts.errors import OverloadedError
from app.logs import current_request_id, get_logger

_log = get_logger("problems")
MEDIA_TYPE: Final = "application/problem+json"
HIDDEN_DETAIL: Final = "Something went wrong on our side; it is logged under the request id."
_RESERVED: Final = frozenset({"type", "title", "status", "detail", "instance", "request_id"})
RETRY_AFTER_S: Final = 1
_UNREADABLE: Final = {"loc": ("body",), "msg": "The body is not JSON in UTF-8, or beyond what can be read"}


class FieldFault(BaseModel):
    """One thing that is wrong with what was sent."""

    location: list[str | int] = Field(
        description="Where: body, query, path or header, then the names down to the value"
    )
    reason: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it; further members depend on its type."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/unknown-distributor"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no distributor 'D42' that you may see."])
    instance: str = Field(examples=["/v1/distributors/D42"])
    request_id: str | None = Field(None, examples=["5f3c0a9b8d7e6f5a4b3c"])
    fields: list[FieldFault] | None = Field(None, description="Only when what was sent is invalid")


class ProblemApi(FastAPI):
    """An application whose OpenAPI document also has the Problem that `problems` refers to."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once; FastAPI adds only the models of what routes take and return."""
        if self.openapi_schema is None:
            schemas = super().openapi()["components"]["schemas"]
            _, problem = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
            schemas.update(problem["$defs"])
        return super().openapi()


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of a route: the problems it may answer with beside those every route shares."""
    every = {401, 422, 500, 503, *statuses}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(status)}},
        }
        for status in sorted(every)
    }


def install_problem_handlers(app: FastAPI) -> None:
    """Map every expected error to a problem; app/edge.py does the same for the unexpected."""
    app.exception_handler(BanyanError)(_on_banyan)
    app.exception_handler(RequestValidationError)(_on_validation)
    app.exception_handler(HTTPException)(_on_http)


def invalid_input(faults: Iterable[tuple[Sequence[Any], str]]) -> InvalidInputError:
    """What pydantic found wrong with what was sent, as one refusal: where, and in which words."""
    # Not the input itself: it may be a name, or a megabyte.
    fields = [FieldFault(location=[_plain(part) for part in loc], reason=msg).model_dump() for loc, msg in faults]
    first = fields[0] if fields else {"location": ["body"], "reason": "invalid"}
    detail = f"{'.'.join(str(part) for part in first['location'])}: {first['reason']}"
    if len(fields) > 1:
        detail += f" (and {len(fields) - 1} more, see fields)"
    return InvalidInputError(detail, fields=fields)


def internal_problem(instance: str, request_id: str | None) -> JSONResponse:
    """The answer to an unexpected exception: no internals, but the id under which they are logged."""
    return _response(_Kind(500, "internal", "Internal error"), HIDDEN_DETAIL, instance, request_id=request_id)


def too_large_detail(limit: int) -> str:
    """What is said of a body above `limit` bytes."""
    return f"The body is larger than the {limit} bytes this service takes; send it in parts."


def too_large_problem(instance: str, limit: int) -> JSONResponse:
    """The answer to a body that announces itself as too large."""
    return _response(_OF_THE_EDGE[413], too_large_detail(limit), instance)


def overloaded_problem(instance: str, detail: str) -> JSONResponse:
    """The answer to a write for which there is no place."""
    return _response(_OF_THE_EDGE[503], detail, instance, headers={"Retry-After": str(RETRY_AFTER_S)})


def document_of(error: BanyanError, instance: str) -> dict[str, Any]:
    """What a refusal of one command of several is told as: what the command by itself would be answered with."""
    kind = _Kind(error.status, error.code(), error.title)
    return _document(kind, error.message, instance, error.details)


async def _on_banyan(request: Request, error: BanyanError) -> JSONResponse:
    if error.status >= 500 and not isinstance(error, UnavailableError):
        # A fault of ours that has a name: its message may quote a statement or a file, so it stays in the log.
        _log.error("internal", code=error.code(), exc_info=error)
        return internal_problem(request.url.path, current_request_id())
    headers: dict[str, str] = {}
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = 'Bearer realm="banyan"'
    if error.status in (429, 503):
        headers["Retry-After"] = str(error.details.get("retry_after_s", RETRY_AFTER_S))
    if error.status == 503:
        _log.warning("unavailable", code=error.code(), message=error.message)
    kind = _Kind(error.status, error.code(), error.title)
    return _response(kind, error.message, request.url.path, details=error.details, headers=headers)


async def _on_validation(request: Request, error: RequestValidationError) -> JSONResponse:
    return await _on_banyan(request, invalid_input((fault["loc"], str(fault["msg"])) for fault in error.errors()))


async def _on_http(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == 400:  # FastAPI's answer to bytes that are no JSON at all; other broken JSON gets 422
        return await _on_validation(request, RequestValidationError([_UNREADABLE]))
    phrase = HTTPStatus(error.status_code).phrase
    kind = _OF_THE_EDGE.get(error.status_code) or _Kind(error.status_code, phrase.lower().replace(" ", "-"), phrase)
    detail = error.detail if error.detail != phrase else f"{request.method} {request.url.path}: {phrase.lower()}."
    return _response(kind, detail, request.url.path, headers=error.headers)


@dataclass(frozen=True, slots=True)
class _Kind:
    status: int
    code: str
    title: str


_OF_THE_EDGE: Final = {
    413: _Kind(413, "content-too-large", HTTPStatus(413).phrase),
    503: _Kind(503, OverloadedError.code(), OverloadedError.title),
}
"""What app/edge.py refuses, by status: before FastAPI, or while it reads a body and lets nothing else through."""


def _response(
    kind: _Kind,
    detail: str,
    instance: str,
    *,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    request_id: str | None = None,
) -> JSONResponse:
    body = _document(kind, detail, instance, details or {}, request_id=request_id)
    return JSONResponse(body, kind.status, dict(headers or {}), MEDIA_TYPE)


def _document(
    kind: _Kind, detail: str, instance: str, details: Mapping[str, Any], *, request_id: str | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"/problems/{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": instance,
        "request_id": request_id or current_request_id(),
    }
    body.update({key: _jsonable(value) for key, value in details.items() if key not in _RESERVED})
    return body


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(item) for item in value]
    return str(value)


def _plain(part: Any) -> str | int:
    return part if isinstance(part, int) else str(part)


def _example(status: int) -> dict[str, Any]:
    code = {
        401: "unauthenticated",
        403: "forbidden",
        404: "not-found",
        409: "conflict",
        413: "content-too-large",
        422: "invalid-input",
        429: "too-many-requests",
        500: "internal",
        503: "unavailable",
    }[status]
    detail = {
        401: "No bearer token came with the request.",
        403: "Role 'support' may not write.",
        404: "There is no distributor 'D42' that you may see.",
        409: "Slot 1 of D1 is taken by D2; choose another.",
        413: too_large_detail(1048576),
        422: "body.pv: an amount has at most two decimals",
        429: "As many as are taken at a time are running already; try again shortly.",
        500: HIDDEN_DETAIL,
        503: "The graph did not answer in time; try again.",
    }[status]
    example: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": "/v1/…",
        "request_id": "5f3c0a9b8d7e6f5a4b3c",
    }
    if status == 422:
        example["fields"] = [{"location": ["body", "pv"], "reason": "an amount has at most two decimals"}]
    return example
