"""Driver errors to the service's errors; the one place that knows the server's codes."""

import re
from dataclasses import dataclass
from typing import Final

from neo4j.exceptions import DriverError, Neo4jError

from app.errors import BanyanError
from app.graph.errors import (
    ConstraintViolatedError,
    GraphUnavailableError,
    InvalidQueryError,
    LockLostError,
    QueryFailedError,
    QueryTimeoutError,
    QueryTooLargeError,
    WriteInReadModeError,
)

CONSTRAINT_CODE: Final = "Neo.ClientError.Schema.ConstraintValidationFailed"
_MEMORY_CODES: Final = frozenset(
    {
        "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
        "Neo.TransientError.General.TransactionOutOfMemoryError",
        "Neo.TransientError.General.OutOfMemoryError",
    }
)
_TIMEOUT_CODES: Final = frozenset(
    {
        "Neo.ClientError.Transaction.TransactionTimedOut",
        "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
        # The server ended a transaction that waited for a lock; the driver no more tries it again than the two above.
        "Neo.ClientError.Transaction.LockClientStopped",
    }
)
_LOCK_CODES: Final = frozenset(
    {
        "Neo.TransientError.Transaction.DeadlockDetected",
        "Neo.TransientError.Transaction.LockAcquisitionTimeout",
    }
)
_INVALID_PREFIX: Final = "Neo.ClientError.Statement."
_READ_MODE_CODES: Final = frozenset({"Neo.ClientError.Statement.AccessMode", "Neo.ClientError.Security.Forbidden"})
_ENTITY: Final = re.compile(r"(?:label|type) `([^`]+)` and propert(?:y|ies) (.+)$", re.DOTALL)
_PROPERTY: Final = re.compile(r"`([^`]+)` = ")


@dataclass(frozen=True, slots=True)
class ConstraintKey:
    """What a constraint is on: the label or relationship type, and its properties."""

    entity: str
    properties: frozenset[str]


def code_of(error: Exception) -> str:
    """The server's code, or the driver's class name where the server was not reached."""
    return (error.code if isinstance(error, Neo4jError) else None) or type(error).__name__


def is_memory_limit(error: Neo4jError) -> bool:
    """True for memory limits, which the driver calls transient and would run again until its time is up."""
    return error.code in _MEMORY_CODES


def violated_constraint(error: Neo4jError) -> ConstraintKey | None:
    """Which constraint the server's message speaks of; it names the label and properties, never the constraint."""
    match = _ENTITY.search(error.message or "")
    if error.code != CONSTRAINT_CODE or match is None:
        return None
    return ConstraintKey(match.group(1), frozenset(_PROPERTY.findall(match.group(2))))


def translate(error: Neo4jError | DriverError, query: str, constraint: str = "") -> BanyanError:
    """The service's error for the driver's. Values of the data stay out of the message."""
    code = code_of(error)
    if isinstance(error, DriverError):
        return GraphUnavailableError(f"{query}: the graph did not answer ({code})", query=query)
    if code == CONSTRAINT_CODE:
        return ConstraintViolatedError(
            f"{query}: the constraint {constraint or 'of the graph'} refused the write: it already exists",
            query=query,
            constraint=constraint,
        )
    if code in _TIMEOUT_CODES:
        return QueryTimeoutError(f"{query}: stopped by the server at its time limit", query=query)
    if code in _MEMORY_CODES:
        return QueryTooLargeError(f"{query}: stopped by the server at its memory limit", query=query)
    if code in _READ_MODE_CODES:
        return WriteInReadModeError(f"{query}: {error.message}", query=query)
    if code.startswith(_INVALID_PREFIX):
        return InvalidQueryError(f"{query}: {error.message}", query=query, neo4j_code=code)
    if error.is_retryable():
        kind = LockLostError if code in _LOCK_CODES else GraphUnavailableError
        return kind(f"{query}: tried again until the time was up, last {code}", query=query)
    return QueryFailedError(f"{query}: {code}: {error.message}", query=query, neo4j_code=code)
