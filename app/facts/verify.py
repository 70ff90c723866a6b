"""Walk the chain of facts and name whatever was changed, dropped, added or reordered."""

from dataclasses import dataclass

from app.facts.canonical import GENESIS_HASH, chain_hash, sha256_hex
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
        for fact in page:
            if len(problems) >= PROBLEMS_SHOWN:
                break
            if fact.seq != expected:
                problems.append(f"Facts {expected} to {fact.seq - 1} are missing.")
            problems += _problems_of(fact, previous)
            expected, previous = fact.seq + 1, fact.hash
    if expected != head["seq"] + 1 and len(problems) < PROBLEMS_SHOWN:
        problems.append(f"Head says {head['seq']} facts, the chain ends with fact {expected - 1}.")
    elif previous != head["hash"]:
        problems.append(f"Head's hash is not that of fact {expected - 1}.")
    return ChainReport(expected - 1, head["seq"], tuple(problems))


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
