"""Domain errors: raised deep, mapped once to RFC 9457 problems (app/problems.py).

A message says what was observed, where, and what to do. `status` is the HTTP status the edge answers with.
"""

from typing import Any, ClassVar


class BanyanError(Exception):
    """The root of every error this service raises on purpose."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        """Machine-readable members that the problem document carries beside the message."""

    @classmethod
    def code(cls) -> str:
        """The stable name in the problem's `type` (`/problems/<code>`)."""
        name = cls.__name__.removesuffix("Error")
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class InvalidInputError(BanyanError):
    """What was sent cannot be understood or breaks a rule that needs no look at the graph."""

    status = 422
    title = "Invalid input"


class NotFoundError(BanyanError):
    """It does not exist, or the caller may not know that it does."""

    status = 404
    title = "Not found"


class ConflictError(BanyanError):
    """It contradicts what is stored."""

    status = 409
    title = "Conflict"


class UnauthenticatedError(BanyanError):
    """No valid token came with the request."""

    status = 401
    title = "Not authenticated"


class ForbiddenError(BanyanError):
    """The token is valid, its role may not do this."""

    status = 403
    title = "Forbidden"


class UnavailableError(BanyanError):
    """A server we depend on did not answer in time; try again."""

    status = 503
    title = "Temporarily unavailable"
