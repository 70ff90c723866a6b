"""GET /livez and /readyz, without a token."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from app.health.service import HealthService
from app.wire import shown

router = APIRouter(tags=["operations"])


class Alive(BaseModel):
    """The process answers."""

    model_config = shown({"status": "ok"})

    status: Literal["ok"] = "ok"


class FindingBody(BaseModel):
    """How one dependency stands."""

    state: Literal["ok", "degraded", "failed"]
    detail: str = Field(examples=["every migration is applied"])


class ReadinessBody(BaseModel):
    """How the service and its dependencies stand. Degraded is still ready: slower, or without a convenience."""

    model_config = shown(
        {
            "state": "degraded",
            "checks": {
                "neo4j": {"state": "ok", "detail": "answers; the last fact is 1207"},
                "redis": {"state": "degraded", "detail": "no answer within 1 s"},
            },
        }
    )

    state: Literal["ok", "degraded", "failed"]
    checks: dict[str, FindingBody]


async def health(request: Request) -> HealthService:
    """The health service of this deployment."""
    answer: HealthService = request.app.state.services.health
    return answer


@router.get("/livez", summary="Whether the process lives")
async def livez() -> Alive:
    """Answers without any I/O: a dependency that is down must not restart this process."""
    return Alive()


@router.get(
    "/readyz",
    summary="Whether the service is ready",
    responses={503: {"model": ReadinessBody, "description": "A dependency it cannot do without does not answer"}},
)
async def readyz(response: Response, service: Annotated[HealthService, Depends(health)]) -> ReadinessBody:
    """Asks the graph, the migrations, the installed procedures and the cache, at most every 1.5 s."""
    found = await service.readiness()
    if not found.ready:
        response.status_code = 503
    response.headers["Cache-Control"] = "no-store"
    checks = {name: FindingBody(state=one.state, detail=one.detail) for name, one in found.findings.items()}
    return ReadinessBody(state=found.state, checks=checks)
