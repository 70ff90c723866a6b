"""The FastAPI side of access: dependencies that name the caller of a route and check the role.

Every dependency is a coroutine, here and in the rooms, though none of these waits: FastAPI hands a plain function to a
thread, which costs more than all that it does.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

import structlog
from fastapi import Depends, Path, Query, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.access.models import Principal, Role
from app.access.tokens import TokenVerifier
from app.access.visibility import Visibility
from app.errors import ForbiddenError, UnauthenticatedError

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    bearerFormat="JWT",
    description="HS256 token with audience = company, sub, role (admin, support, distributor), distributor, iat, exp; "
    "`banyan token` issues one",
)


class TokenFirstRoute(APIRoute):
    """Looks at the token before the body is read: whoever has none is told so and nothing else, whatever they send."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, behind the token."""
        handle = super().get_route_handler()

        async def with_token(request: Request) -> Response:
            request.state.principal = _verified(request, await _bearer(request))
            return await handle(request)

        return with_token


async def authenticated(
    request: Request, _shown_in_the_docs: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    """The caller, as verified by TokenFirstRoute: a route of another class fails here and lets nobody in."""
    caller: Principal = request.state.principal
    return caller


def _verified(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Principal:
    """The caller; UnauthenticatedError without a valid token. Its subject goes on the log lines of the request."""
    if credentials is None:
        raise UnauthenticatedError("No bearer token came with the request; send 'Authorization: Bearer …'.")
    verifier: TokenVerifier = request.app.state.services.tokens
    caller = verifier.verify(credentials.credentials)
    seen_in_logs = {"actor": caller.subject, "role": caller.role.value}
    request.state.caller = seen_in_logs
    structlog.contextvars.bind_contextvars(**seen_in_logs)
    return caller


Caller = Annotated[Principal, Depends(authenticated)]


def only(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that lets these roles pass and answers 403 to the others."""

    async def check(caller: Caller) -> Principal:
        if caller.role not in roles:
            allowed = " or ".join(role.value for role in roles)
            raise ForbiddenError(f"Role '{caller.role.value}' may not do this; it takes role {allowed}.")
        return caller

    return check


Writer = Annotated[Principal, Depends(only(Role.ADMIN))]
"""The caller of a route that writes."""
Staff = Annotated[Principal, Depends(only(Role.ADMIN, Role.SUPPORT))]
"""The caller of a route that reads across the whole company."""


async def visibility(request: Request) -> Visibility:
    """Who may see whom, in this deployment."""
    answer: Visibility = request.app.state.services.visibility
    return answer


Rules = Annotated[Visibility, Depends(visibility)]
PathId = Annotated[str, Path(description="The company's own identifier", examples=["D42"])]


async def seen_distributor(
    distributor_id: PathId,
    caller: Caller,
    rules: Rules,
) -> str:
    """The path's distributor id, once it is certain that the caller may see this distributor."""
    await rules.require(caller, distributor_id)
    return distributor_id


async def seen_if_there(
    distributor_id: PathId,
    caller: Caller,
    rules: Rules,
) -> str:
    """The same where the route itself finds out whether there is such a distributor, so that nobody asks twice."""
    await rules.require_if_there(caller, distributor_id)
    return distributor_id


async def seen_other(
    other: Annotated[str, Query(description="Another distributor", max_length=100, examples=["D77"])],
    caller: Caller,
    rules: Rules,
) -> str:
    """The id of a second distributor, once it is certain that the caller may see them too."""
    await rules.require(caller, other)
    return other
