"""POST /v1/cypher."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.access.caller import Staff, TokenFirstRoute
from app.problems import problems
from app.support.gateway import CypherDesk, Question
from app.support.schemas import CypherAnswer, CypherQuestion

PATH = "/v1/cypher"

router = APIRouter(tags=["support"], route_class=TokenFirstRoute)


async def desk(request: Request) -> CypherDesk:
    """The Cypher desk of this deployment."""
    answer: CypherDesk = request.app.state.services.desk
    return answer


@router.post(PATH, responses=problems(403, 413, 429), summary="Ask the graph anything, read-only")
async def ask(
    caller: Staff, question: CypherQuestion, cypher_desk: Annotated[CypherDesk, Depends(desk)]
) -> CypherAnswer:
    """For administrators and support. The query may only read: its text and its plan are judged before it runs, it gets
    ten seconds, its answer is cut off at `max_rows` rows or 2 MiB, and two queries run at a time. Every query is logged
    with who asked, why, its hash, rows and time. Personal data is covered for everyone but administrators."""
    answer = await cypher_desk.ask(
        caller, Question(question.query, dict(question.parameters), question.reason, question.max_rows)
    )
    return CypherAnswer(
        columns=list(answer.columns),
        rows=answer.rows,
        row_count=len(answer.rows),
        truncated=answer.truncated,
        masked=answer.masked,
        query_sha256=answer.query_sha256,
        milliseconds=answer.milliseconds,
    )
