"""Walk the chain of facts and name whatever was changed, dropped, added or reordered."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson

from app.facts.canonical import GENESIS_HASH, chain_hash, sha256_hex
from app.graph import GraphDatabase

PAGE = 20_000
PROBLEMS_SHOWN = 1_000
_ORDER_COLUMNS = ("order_id", "seller_ix", "buyer_ix", "customer_id", "calendar", "period", "pv", "cv")


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
    async for fact in _facts(graph, head["seq"]):
        if len(problems) >= PROBLEMS_SHOWN:
            break
        if fact["seq"] != expected:
            problems.append(f"Facts {expected} to {fact['seq'] - 1} are missing.")
        problems += _problems_of(fact, previous)
        expected, previous = fact["seq"] + 1, fact["hash"]
    if expected != head["seq"] + 1 and len(problems) < PROBLEMS_SHOWN:
        problems.append(f"Head says {head['seq']} facts, the chain ends with fact {expected - 1}.")
    elif previous != head["hash"]:
        problems.append(f"Head's hash is not that of fact {expected - 1}.")
    return ChainReport(expected - 1, head["seq"], tuple(problems))


async def _facts(graph: GraphDatabase, last_seq: int) -> AsyncIterator[dict[str, Any]]:
    after = 0
    while after < last_seq:
        [page] = await graph.read("queries/facts/page_of_facts", {"after": after, "page": PAGE})
        for row in range(len(page["seqs"])):
            yield {
                "seq": page["seqs"][row],
                "kind": page["kinds"][row],
                "key": page["keys"][row],
                "actor": page["actors"][row],
                "reason": page["reasons"][row],
                "valid_at": page["valid_at"][row],
                "recorded_at": page["recorded_at"][row],
                "body": page["bodies"][row],
                "body_hash": page["body_hashes"][row],
                "data": page["data"][row],
                "hash": page["hashes"][row],
                "order": page["orders"][row],
            }
        after += PAGE


def _problems_of(fact: dict[str, Any], previous: str) -> list[str]:
    found = []
    name = f"Fact {fact['seq']} ({fact['kind']}, key {fact['key']!r})"
    if sha256_hex(fact["body"]) != fact["body_hash"]:
        found.append(f"{name}: the body is not the one that was hashed when it was written.")
    hashed = {key: fact[key] for key in ("seq", "kind", "key", "actor", "reason", "valid_at", "recorded_at")}
    if chain_hash(previous, **hashed, body_hash=fact["body_hash"], data=fact["data"]) != fact["hash"]:
        found.append(f"{name}: its hash does not follow from its content and the fact before it.")
    if fact["kind"] in ("Order", "Return"):
        decided = orjson.loads(fact["data"])
        differing = [
            column for column, value in zip(_ORDER_COLUMNS, fact["order"], strict=True) if decided.get(column) != value
        ]
        if differing:
            found.append(f"{name}: the columns {', '.join(differing)} do not say what was decided.")
    return found
