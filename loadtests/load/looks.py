"""How often the cache had what was asked for, by the service's own count (`banyan_cache_requests_total`)."""

from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

METRIC: Final = "banyan_cache_requests_total"


@dataclass(frozen=True, slots=True)
class Looks:
    """All so far, and those that were hits."""

    all: float = 0.0
    hits: float = 0.0

    def since(self, before: "Looks") -> "Looks":
        return Looks(self.all - before.all, self.hits - before.hits)

    @property
    def share(self) -> float | None:
        return self.hits / self.all if self.all else None


def looks_of(text: str, kind: str) -> Looks:
    """Out of a page of metrics; bypasses and errors are no hits."""
    every = hits = 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == METRIC and sample.labels.get("kind") == kind:
                every += sample.value
                hits += sample.value if sample.labels.get("result") == "hit" else 0.0
    return Looks(every, hits)
