"""The only room with a Neo4j driver: named statements, one database class, migrations, installed procedures."""

from app.graph.database import GraphDatabase, GraphTransaction, InTurn, Seen, open_graph
from app.graph.errors import (
    ConstraintViolatedError,
    GraphUnavailableError,
    QueryFailedError,
    QueryTimeoutError,
    QueryTooLargeError,
    StatementError,
    WriteInReadModeError,
)
from app.graph.statements import Statement, StatementLibrary

__all__ = [
    "ConstraintViolatedError",
    "GraphDatabase",
    "GraphTransaction",
    "GraphUnavailableError",
    "InTurn",
    "QueryFailedError",
    "QueryTimeoutError",
    "QueryTooLargeError",
    "Seen",
    "Statement",
    "StatementError",
    "StatementLibrary",
    "WriteInReadModeError",
    "open_graph",
]
