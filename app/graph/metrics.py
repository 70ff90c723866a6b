"""Prometheus figures of the graph room; the label `query` is a file name below cypher/, so it is bounded."""

from typing import Final

from prometheus_client import Counter, Histogram

QUERY_SECONDS: Final = Histogram(
    "banyan_db_query_seconds",
    "Time from sending a statement to its last record",
    ["query", "mode"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
RETRIES: Final = Counter("banyan_db_retries_total", "Transactions tried again", ["query", "code"])
ERRORS: Final = Counter("banyan_db_errors_total", "Statements that failed, by the server's code", ["query", "code"])
