"""Why a command is refused. A refused command leaves nothing behind."""

from app.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError


class UnknownDistributorError(NotFoundError):
    title = "Unknown distributor"


class UnknownCustomerError(NotFoundError):
    title = "Unknown customer"


class UnknownOrderError(NotFoundError):
    title = "Unknown order"


class UnknownRunError(NotFoundError):
    title = "Unknown run"


class UnknownPeriodError(NotFoundError):
    title = "Unknown period"


class DuplicateIdError(ConflictError):
    title = "Id already in use"


class IdempotencyKeyReusedError(ConflictError):
    title = "Idempotency key used for something else"


class SlotTakenError(ConflictError):
    title = "Slot taken"


class AlreadyPlacedError(ConflictError):
    title = "Already placed"


class NotPlacedError(ConflictError):
    title = "Not placed in that tree"


class NoMatrixError(ConflictError):
    title = "No matrix"


class MatrixConflictError(ConflictError):
    title = "The matrix is in use"


class OutsideSponsorError(ConflictError):
    title = "Placement outside the sponsor's tree"


class CycleError(ConflictError):
    title = "A person cannot be below themself"


class SamePlaceError(ConflictError):
    title = "Already there"


class PlaceInUseError(ConflictError):
    title = "Somebody stands below"


class PolicyError(ConflictError):
    """`rules` of its details are the names of the rules that are broken."""

    title = "Against the company's policy"


class TerminatedError(ConflictError):
    title = "Terminated"


class NotTerminatedError(ConflictError):
    title = "Not terminated"


class NoRankOverrideError(ConflictError):
    title = "No rank is decided"


class AlreadyReturnedError(ConflictError):
    title = "Order already returned"


class AlreadyShippedError(ConflictError):
    title = "Order already shipped"


class AlreadyDatedError(ConflictError):
    title = "Date already told"


class NoOpenPeriodError(ConflictError):
    title = "No open period"


class PeriodConflictError(ConflictError):
    title = "Period cannot change so"


class RunConflictError(ConflictError):
    title = "Run cannot go that way"


class UnregisteredPlanError(ConflictError):
    """A period is paid by the plan that is registered for it, and by no other."""

    title = "Not the plan that pays this period"


class UnknownPlanError(NotFoundError):
    title = "Unknown plan"


class PlanVersionTakenError(ConflictError):
    title = "That version is another plan"


class SecondPersonError(ConflictError):
    """Who sent a run to review or locked it cannot approve it as well."""

    title = "A second person has to approve"


class UnknownCalculationError(NotFoundError):
    title = "Unknown calculation"


class CalculationConflictError(ConflictError):
    title = "Calculation cannot change so"


class TooManyCalculationsError(ConflictError):
    title = "Too many calculations are waiting"


class InvalidCommandError(InvalidInputError):
    title = "Command not acceptable"


class BatchRefusedError(ConflictError):
    """An all-or-nothing list of commands had at least one that was refused; nothing was written."""

    title = "Nothing was written"


class OverloadedError(UnavailableError):
    """More commands wait than the writer takes; nothing happened to this one."""

    title = "Too many commands waiting"


class OutcomeUnknownError(UnavailableError):
    """The database went away during the commit; the same key tells on the next try what became of it."""

    title = "Outcome unknown; repeat with the same key"
