"""Prometheus figures of the cache."""

from typing import Final

from prometheus_client import Counter

REQUESTS: Final = Counter(
    "banyan_cache_requests_total",
    "Looks into the cache: hit, miss, bypass (no generation, or Redis is given a rest), error",
    ["kind", "result"],
)
STORES: Final = Counter(
    "banyan_cache_stores_total",
    "What was loaded: kept, dropped (a refresh came), refused (no room for it), error",
    ["kind", "result"],
)
REFRESHES: Final = Counter(
    "banyan_cache_refreshes_total", "Refreshes by the roll-up: done, generation (begun anew), error", ["result"]
)
