"""What can go wrong between the service and the graph, in the service's own words."""

from app.errors import BanyanError, ConflictError, ForbiddenError, InvalidInputError, UnavailableError


class StatementError(BanyanError):
    """A Cypher file, its header, or the call of it is wrong: a fault of ours, found before the server sees it."""

    title = "Faulty statement"


class MigrationError(BanyanError):
    """The migrations on disk and those in the graph disagree, or one of them failed."""

    title = "Migration failed"


class MigrationLockedError(UnavailableError):
    """Another runner is migrating this graph and did not finish in time."""

    title = "Another migration is running"


class GraphUnavailableError(UnavailableError):
    """The graph did not answer, or the connection broke; a write's outcome may be unknown."""

    title = "Graph unavailable"


class LockNotFreeError(GraphUnavailableError):
    """A lock in the graph was held by someone else for longer than we wait."""

    title = "Lock not free"


class LockLostError(GraphUnavailableError):
    """The server gave up a transaction for the locks that others held; the same one may succeed in a moment."""

    title = "Locks held by others"


class QueryTimeoutError(UnavailableError):
    """The server stopped a statement at its time limit."""

    title = "Query took too long"


class QueryTooLargeError(UnavailableError):
    """The server stopped a statement at its memory limit; the same statement would fail again."""

    title = "Query needs too much memory"


class ConstraintViolatedError(ConflictError):
    """A uniqueness constraint refused a write; `details["constraint"]` is its name in migrations/."""

    title = "Already exists"


class WriteInReadModeError(ForbiddenError):
    """A statement tried to write where only reading is allowed."""

    title = "Reading only"


class InvalidQueryError(InvalidInputError):
    """The server refused the text or the parameters of a statement."""

    title = "Invalid query"


class QueryFailedError(BanyanError):
    """The server failed in a way that has no better name; `details["neo4j_code"]` is the server's."""

    title = "Query failed"
