"""Why a calculation does not go on."""

from app.errors import ConflictError, NotFoundError


class LeaseLostError(ConflictError):
    """Another worker took it over, or somebody cancelled it: what was calculated is not shown."""

    title = "The calculation is another's"


class NoSuchPlanError(NotFoundError):
    title = "No such plan"
