"""What can go wrong with a question about the trees."""

from app.errors import BanyanError, ConflictError, InvalidInputError, NotFoundError


class UnknownPersonError(NotFoundError):
    """There is no such distributor."""

    title = "Unknown distributor"

    @classmethod
    def code(cls) -> str:
        return "unknown-distributor"


class InvalidCursorError(InvalidInputError):
    """A page cursor that this service did not give out."""

    title = "Invalid cursor"


class TooManyCountsError(BanyanError):
    """As many downlines as this process counts or filters at a time are under way; nothing was read."""

    status = 429
    title = "Too many counts"


class PeriodOpenError(ConflictError):
    """Only a closed period says as of which fact it is known."""

    title = "Period open"
