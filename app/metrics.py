"""Prometheus figures of the HTTP edge and the page that shows all of them."""

from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

UNMATCHED: Final = "unmatched"
"""The route label of a request no route took: the path itself would be an unbounded label."""

HTTP_REQUESTS: Final = Counter("banyan_http_requests_total", "Requests answered", ["route", "method", "status"])
HTTP_SECONDS: Final = Histogram(
    "banyan_http_request_seconds",
    "Time from a request's first byte to the answer's last",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
ABANDONED_READS: Final = Counter(
    "banyan_http_abandoned_reads_total", "Reads cancelled because the caller went away", ["route"]
)
ADHOC_QUERIES: Final = Counter("banyan_adhoc_queries_total", "Queries at the Cypher desk", ["outcome"])

router = APIRouter(tags=["operations"])


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """All figures of this process, in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
