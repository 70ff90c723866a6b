"""Why a run cannot be made or shown."""

from app.errors import ConflictError, NotFoundError


class NoRunError(NotFoundError):
    title = "No such run"


class NoStatementError(NotFoundError):
    title = "No statement"


class PaidElsewhereError(ConflictError):
    title = "The period was paid before the company came here"


class OtherCurrencyError(ConflictError):
    title = "The two runs pay in different currencies"


class PreviousRunMissingError(ConflictError):
    title = "The period before has no committed run"
