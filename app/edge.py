"""What wraps every request: its id, its log line, its figures, and what happens when the caller goes away.

Pure ASGI on purpose: Starlette's BaseHTTPMiddleware hides disconnects from what it wraps.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import REQUEST_ID, get_logger, new_request_id
from app.metrics import ABANDONED_READS, HTTP_REQUESTS, HTTP_SECONDS, UNMATCHED
from app.problems import RETRY_AFTER_S, internal_problem, overloaded_problem, too_large_detail, too_large_problem

_log = get_logger("http")
_GIVEN_ID: Final = re.compile(rb"^[A-Za-z0-9._-]{8,64}$")
_QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})
_KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_IDS: Final = ("distributor_id", "run_id", "calculation_id", "order_id", "period")
"""What of a path says whom or what was asked about; others may be names."""
_LONGEST_ID: Final = 100
CLIENT_CLOSED: Final = 499
"""The status in logs and figures of a read whose caller went away; nobody receives it."""


class RequestContext:
    """Gives each request an id, a log line and its figures; turns an unexpected exception into a problem document."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or new_request_id()
        scope.setdefault("state", {})
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**{REQUEST_ID: request_id})
        started = time.perf_counter()
        status = CLIENT_CLOSED

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            _log.exception("unexpected", method=scope["method"], route=route_template(scope))
            if status != CLIENT_CLOSED:  # the answer had begun: the broken connection is all the caller can be told
                raise
            await internal_problem(scope["path"], request_id)(scope, receive, send_with_id)
        finally:
            _account(scope, status, time.perf_counter() - started)
            structlog.contextvars.clear_contextvars()


class Abandonment:
    """Cancels a read when its caller goes away; lets a write run to completion whatever happens to the connection.

    A cancelled write would leave the outcome of its commit unknown; a cancelled read frees the graph at once.
    """

    def __init__(self, app: ASGIApp, reading_posts: frozenset[str]) -> None:
        self._app = app
        self._reading_posts = reading_posts
        """Paths that are POSTed to and yet only read."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") or scope["path"] in self._reading_posts:
            await self._read(scope, receive, send)
        else:
            await self._write(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        inbox: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)  # one message: the body keeps its back-pressure
        answered = False

        async def send_and_note(message: Message) -> None:
            nonlocal answered
            answered = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        watch = asyncio.create_task(_pump(receive, inbox))

        async def next_message() -> Message:
            if inbox.empty():
                getting = asyncio.create_task(inbox.get())
                await asyncio.wait({getting, watch}, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    return getting.result()
                getting.cancel()
                return {"type": "http.disconnect"}
            return inbox.get_nowait()

        work = asyncio.create_task(_run(self._app, scope, next_message, send_and_note))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            # A server also reports a disconnect once the answer is out; that is not an abandoned read.
            if not work.done() and not answered and watch.exception() is None:
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await work
                ABANDONED_READS.labels(route_template(scope)).inc()
                return
            await work
        finally:
            watch.cancel()
            work.cancel()

    async def _write(self, scope: Scope, receive: Receive, send: Send) -> None:
        work = asyncio.create_task(_run(self._app, scope, receive, send))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            if not work.done():  # the server is stopping: finish what may already be committing, then obey
                with contextlib.suppress(Exception):
                    await work
            raise


class BodyLimit:
    """Refuses a body larger than `limit` bytes with 413: at once when it is announced, else as soon as it is read."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            await too_large_problem(scope["path"], self._limit)(scope, receive, send)
            return
        size = 0

        async def receive_within() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._limit:
                # Raised where the body is read, so that the router answers it like any other refusal.
                raise HTTPException(413, too_large_detail(self._limit))
            return message

        await self._app(scope, receive_within, send)


class Admission:
    """Refuses a write with 503 while as many as this process takes at a time are under way.

    Counted from when its whole body has come, and before it is looked at: so a caller who sends slowly, or has no
    token, takes nobody's place. Who comes while all places are taken is refused before anything else is done for them,
    their token not looked at: what is spent on refusals is missing to those who are served.
    """

    def __init__(self, app: ASGIApp, most: int, most_of: Mapping[str, int], reading_posts: frozenset[str]) -> None:
        self._app = app
        self._most = most
        self._most_of = most_of
        """By path, for those that take more than others."""
        self._reading_posts = reading_posts
        """These have limits of their own."""
        self._under_way = 0
        self._under_way_of = dict.fromkeys(most_of, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD") or scope["path"] in self._reading_posts:
            await self._app(scope, receive, send)
            return
        path, admitted = scope["path"], False
        if (why := self._full(path)) is not None:
            await overloaded_problem(path, _words(why))(scope, receive, send)
            return

        async def receive_admitted() -> Message:
            nonlocal admitted
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False) and not admitted:
                self._admit(path)
                admitted = True
            return message

        try:
            await self._app(scope, receive_admitted, send)
        finally:
            if admitted:
                self._under_way -= 1
                if path in self._most_of:
                    self._under_way_of[path] -= 1

    def _full(self, path: str) -> str | None:
        """How much is under way where that is as much as may be."""
        if self._under_way >= self._most:
            return f"{self._most:,} writes are under way"
        if path in self._most_of and self._under_way_of[path] >= self._most_of[path]:
            return f"{self._most_of[path]:,} requests to {path} are under way"
        return None

    def _admit(self, path: str) -> None:
        if (why := self._full(path)) is not None:
            # The last places went to others while its body came. Raised where that is read, as above.
            raise HTTPException(503, _words(why), headers={"Retry-After": str(RETRY_AFTER_S)})
        if path in self._most_of:
            self._under_way_of[path] += 1
        self._under_way += 1


def _words(why: str) -> str:
    return f"{why}, as many as this process takes at a time; nothing of this one happened. Try again in a second."


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


async def _pump(receive: Receive, inbox: "asyncio.Queue[Message]") -> None:
    """Hand messages on until the caller goes away."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        await inbox.put(message)


def route_template(scope: Scope) -> str:
    """The route's template ('/v1/distributors/{id}'), never the path: labels must stay few."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) and path else UNMATCHED


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.match(value):
            return str(value, "ascii")
    return None


def _account(scope: Scope, status: int, seconds: float) -> None:
    route = route_template(scope)
    method = scope["method"] if scope["method"] in _KNOWN_METHODS else "OTHER"
    HTTP_REQUESTS.labels(route, method, str(status)).inc()
    HTTP_SECONDS.labels(route, method).observe(seconds)
    if scope["path"] in _QUIET and status < 400:
        return
    caller: dict[str, Any] = scope["state"].get("caller", {})
    asked = scope.get("path_params", {})
    about = {name: str(asked[name])[:_LONGEST_ID] for name in _IDS if name in asked}
    _log.info("request", route=route, method=method, status=status, ms=round(seconds * 1000, 2), **about, **caller)
