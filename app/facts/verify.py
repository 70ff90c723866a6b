"""Walk the chain of facts and name whatever was changed, dropped, added or reordered."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from app.facts.bulk import hashes_of, link, links
from app.facts.canonical import GENESIS_HASH, chain_hash, sha256_hex
from app.facts.decide import DECIDED
from app.facts.history import PastFact, past_facts
from app.graph import GraphDatabase

PROBLEMS_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found. `problems` are sentences, at most 1,000 of them."""

    facts: int
    head_seq: int
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return not self.problems


async def verify_chain(graph: GraphDatabase) -> ChainReport:
    """Recompute every hash from what the facts say. Reads the whole history, 20,000 facts at a time."""
    head = await graph.read_one("queries/facts/head")
    if head is None:
        return ChainReport(0, 0, ("The graph has no Head node; run banyan migrate.",))
    problems: list[str] = []
    expected, previous = 1, GENESIS_HASH
    async for page in past_facts(graph, head["seq"]):
        sound = len(problems) < PROBLEMS_SHOWN and await asyncio.to_thread(_follow, page, expected, previous)
        if not sound:
            problems += _problems_of_page(page, expected, previous)[: PROBLEMS_SHOWN - len(problems)]
        if page:
            expected, previous = page[-1].seq + 1, page[-1].hash
    if expected != head["seq"] + 1 and len(problems) < PROBLEMS_SHOWN:
        problems.append(f"Head says {head['seq']} facts, the chain ends with fact {expected - 1}.")
    elif previous != head["hash"]:
        problems.append(f"Head's hash is not that of fact {expected - 1}.")
    return ChainReport(expected - 1, head["seq"], tuple(problems))


def _follow(page: list[PastFact], expected: int, previous: str) -> bool:
    """Whether all is well with a page of facts, a column at a time: the usual case, ten times as fast as one by one."""
    if not page or [fact.seq for fact in page] != list(range(expected, expected + len(page))):
        return not page
    if hashes_of(pa.array([fact.body for fact in page])) != [fact.body_hash for fact in page]:
        return False
    rests: dict[int, bytes] = {}
    for kind, facts in _by_kind(page).items():
        rests |= zip((fact.seq for fact in facts), _links(kind, facts), strict=True)
    before = [previous, *(fact.hash for fact in page)]
    return all(link(earlier, rests[fact.seq]) == fact.hash for earlier, fact in zip(before, page, strict=False))


def _by_kind(page: list[PastFact]) -> dict[str, list[PastFact]]:
    kinds: dict[str, list[PastFact]] = defaultdict(list)
    for fact in page:
        kinds[fact.kind].append(fact)
    return kinds


def _links(kind: str, facts: list[PastFact]) -> list[bytes]:
    seq, _, key, actor, reason, valid_at, recorded_at, _, body_hash, decided, _ = map(list, zip(*facts, strict=True))
    envelope = [_column(values) for values in (seq, [kind] * len(facts), key, actor, reason, valid_at, recorded_at)]
    columns = dict(zip(DECIDED.get(kind, ()), map(_column, zip(*decided, strict=True)), strict=False))
    return links([*envelope, pa.array(body_hash)], columns, len(facts))


def _column(values: Sequence[Any]) -> Any:
    if isinstance(values[0], int) and None not in values:
        return np.array(values, np.int64)
    whole = any(isinstance(value, int) for value in values)
    return pa.array(values, pa.int64() if whole else pa.string())


def _problems_of_page(page: list[PastFact], expected: int, previous: str) -> list[str]:
    problems: list[str] = []
    for fact in page:
        if fact.seq != expected:
            problems.append(f"Facts {expected} to {fact.seq - 1} are missing.")
        problems += _problems_of(fact, previous)
        expected, previous = fact.seq + 1, fact.hash
    return problems


def _problems_of(fact: PastFact, previous: str) -> list[str]:
    found = []
    name = f"Fact {fact.seq} ({fact.kind}, key {fact.key!r})"
    if sha256_hex(fact.body) != fact.body_hash:
        found.append(f"{name}: the body is not the one that was hashed when it was written.")
    expected = chain_hash(
        previous,
        seq=fact.seq,
        kind=fact.kind,
        key=fact.key,
        actor=fact.actor,
        reason=fact.reason,
        valid_at=fact.valid_at,
        recorded_at=fact.recorded_at,
        body_hash=fact.body_hash,
        decided=fact.decisions(),
    )
    if expected != fact.hash:
        found.append(f"{name}: its hash does not follow from its content and the fact before it.")
    return found
