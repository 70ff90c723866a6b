"""Runs an ad-hoc query for staff: judged, limited, masked, and logged with who asked, why, and what came of it."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Final

from app.access.models import Principal, Role
from app.errors import BanyanError, InvalidInputError
from app.graph import GraphDatabase
from app.logs import get_logger
from app.metrics import ADHOC_QUERIES
from app.seats import Seats
from app.support.guard import judge_plan, judge_text
from app.support.values import present

_audit = get_logger("cypher_desk")

AT_ONCE: Final = 2
"""Queries under way at the desk; more would take the graph away from everyone else."""
TIMEOUT_S: Final = 10.0
MAX_ROWS: Final = 1000
MAX_BYTES: Final = 2 * 1024 * 1024
_EXPLAIN_TIMEOUT_S: Final = 5.0


class TooManyQueriesError(BanyanError):
    """The desk is busy; nothing was run."""

    status = 429
    title = "The Cypher desk is busy"


class QueryFailedHereError(InvalidInputError):
    """The query was accepted and failed while it ran."""

    title = "Query failed"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks at the desk, and why."""

    query: str
    parameters: dict[str, Any]
    reason: str
    max_rows: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows, and what was done to them: cut off at a limit, personal data covered."""

    columns: tuple[str, ...]
    rows: list[list[Any]]
    truncated: bool
    masked: bool
    query_sha256: str
    milliseconds: float


class CypherDesk:
    """The one way to ad-hoc Cypher; holds the graph's login so that no person has to."""

    def __init__(self, graph: GraphDatabase, *, timeout_s: float = TIMEOUT_S, at_once: int = AT_ONCE) -> None:
        self._graph = graph
        self._timeout_s = timeout_s
        self._seats = Seats(at_once, _busy)

    async def ask(self, caller: Principal, question: Question) -> Answer:
        """Judge and run one question. Personal data is covered for everybody but administrators.

        Errors: UnreadableQueryError, RefusedQueryError, TooManyQueriesError, QueryFailedHereError, and the graph's
        (timeout, memory limit, unavailable). Each outcome is one line of the audit log.
        """
        started = time.perf_counter()
        digest = hashlib.sha256(question.query.encode()).hexdigest()
        outcome, rows = "cancelled", 0
        try:
            answer = await self._ask(caller, question, digest, started)
            outcome, rows = "truncated" if answer.truncated else "answered", len(answer.rows)
            return answer
        except BanyanError as error:
            outcome = error.code()
            raise
        finally:
            ADHOC_QUERIES.labels(outcome).inc()
            _audit.info(
                "adhoc_query",
                actor=caller.subject,
                role=caller.role.value,
                reason=question.reason,
                query_sha256=digest,
                outcome=outcome,
                rows=rows,
                ms=_elapsed_ms(started),
            )

    async def _ask(self, caller: Principal, question: Question, digest: str, started: float) -> Answer:
        masked = caller.role is not Role.ADMIN
        judge_text(question.query, masked=masked)
        async with self._seats.one():
            explanation = await self._graph.explain(
                question.query, question.parameters, timeout_s=_EXPLAIN_TIMEOUT_S, name="adhoc-explain"
            )
            judge_plan(explanation)
            try:
                result = await self._graph.adhoc(
                    question.query,
                    question.parameters,
                    timeout_s=self._timeout_s,
                    max_rows=question.max_rows,
                    max_bytes=MAX_BYTES,
                )
            except InvalidInputError as error:
                if not masked:
                    raise
                # The server quotes values in such messages ("cannot add Map{name -> ...}"), so only its code leaves.
                code = error.details.get("neo4j_code", "")
                raise QueryFailedHereError(
                    f"The query was accepted and failed while it ran ({code}); check the types of its values."
                ) from error
        return Answer(
            columns=result.columns,
            rows=present(result.columns, result.rows, masked=masked),
            truncated=result.truncated,
            masked=masked,
            query_sha256=digest,
            milliseconds=_elapsed_ms(started),
        )


def _busy() -> TooManyQueriesError:
    return TooManyQueriesError(
        "As many queries as the desk takes are running; try again in a few seconds.", retry_after_s=5
    )


def _elapsed_ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
