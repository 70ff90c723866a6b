"""Why an answer to what was asked for is not written."""

from app.errors import ConflictError


class AnsweredAlreadyError(ConflictError):
    """Another worker answered it meanwhile, so nothing that was decided here is kept."""

    title = "Answered already"
