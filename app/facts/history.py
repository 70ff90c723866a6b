"""Reads facts back in their order."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Final, NamedTuple

from app.facts.decide import DECIDED
from app.graph import GraphDatabase
from app.graph.paging import in_order

PAGE: Final = 20_000


class PastFact(NamedTuple):
    """A fact as stored; `decided` are the columns of its kind, in the order of DECIDED."""

    seq: int
    kind: str
    key: str
    actor: str
    reason: str
    valid_at: int
    recorded_at: int
    body: str
    body_hash: str
    decided: list[Any]
    hash: str

    def decisions(self) -> dict[str, Any]:
        """What was decided, by name."""
        return dict(zip(DECIDED.get(self.kind, ()), self.decided, strict=True))


_COLUMNS: Final = (
    "seqs",
    "kinds",
    "keys",
    "actors",
    "reasons",
    "valid_at",
    "recorded_at",
    "bodies",
    "body_hashes",
    "decided",
    "hashes",
)


async def past_facts(graph: GraphDatabase, last_seq: int) -> AsyncIterator[list[PastFact]]:
    """Every fact up to a number, a page at a time."""
    reads = [
        partial(graph.read, "queries/facts/page_of_facts", {"after": after, "page": PAGE})
        for after in range(0, last_seq, PAGE)
    ]
    async for [page] in in_order(reads):
        yield [PastFact(*fact) for fact in zip(*(page[column] for column in _COLUMNS), strict=True)]
