"""Walk the chain of facts and name whatever was changed, dropped, added or reordered."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from app.facts.bulk import hashes_of, link, links
from app.facts.canonical import GENESIS_HASH, chain_hash, sha256_hex
from app.facts.decide import DECIDED
from app.facts.history import FactsOfKind, PastFact, fact_columns, facts_in_order
from app.graph import GraphDatabase

PROBLEMS_SHOWN = 1_000
BEYOND_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found. `problems` are sentences, at most 1,000 of them."""

    facts: int
    head_seq: int
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class _Walked:
    """What Head must say of the facts walked along."""

    facts: int = 0
    people: int = 0
    recorded_at: int = 0

    def add(self, page: list[FactsOfKind]) -> None:
        for facts in page:
            self.facts += len(facts)
            self.people += len(facts) * (facts.kind == "Enrol")
            instants = [at for at in facts.recorded_at if type(at) is int]
            self.recorded_at = max([self.recorded_at, *instants])

    def problems(self, head: dict[str, Any]) -> list[str]:
        told = {"people": self.people, "recorded_at": self.recorded_at}
        return [
            f"Head says {name} {head[name]}, by the facts it is {is_so}."
            for name, is_so in told.items()
            if head[name] != is_so
        ]


async def verify_chain(graph: GraphDatabase, also: Callable[[list[FactsOfKind]], None] | None = None) -> ChainReport:
    """Recompute every hash from what the facts say. Reads the whole history, 20,000 facts at a time; `also` is shown
    each page."""
    head = await graph.read_one("queries/facts/head")
    if head is None:
        return ChainReport(0, 0, ("The graph has no Head node; run banyan migrate.",))
    if any(type(head[name]) is not int for name in ("seq", "people", "recorded_at")):
        return ChainReport(0, 0, (f"Head says {head}, where numbers belong.",))
    [counted] = await graph.read("queries/facts/beyond", {"seq": head["seq"], "page": 1})
    problems: list[str] = []
    expected, previous, walked = 1, GENESIS_HASH, _Walked()
    async for page in fact_columns(graph, head["seq"]):
        if walked.facts >= counted["facts"]:
            break  # Head may say any number: there are no more facts than that
        if not any(map(len, page)):
            continue
        walked.add(page)
        if also is not None:
            await asyncio.to_thread(also, page)
        try:
            end = await asyncio.to_thread(_followed, page, expected, previous)
        except (TypeError, pa.ArrowException):  # a value was removed, or is of another type
            end = None
        if end is None:
            facts = facts_in_order(page)
            problems += _problems_of_page(facts, expected, previous)[: PROBLEMS_SHOWN - len(problems)]
            end = str(facts[-1].hash)  # which may have been removed
        expected, previous = max(max(facts.seq) for facts in page) + 1, end
    if expected != head["seq"] + 1 and len(problems) < PROBLEMS_SHOWN:
        problems.append(f"Head says {head['seq']} facts, the chain ends with fact {expected - 1}.")
    elif previous != head["hash"]:
        problems.append(f"Head's hash is not that of fact {expected - 1}.")
    problems += walked.problems(head)
    problems += await _uncounted(graph, head["seq"])
    return ChainReport(expected - 1, head["seq"], tuple(problems))


async def _uncounted(graph: GraphDatabase, seq: int) -> list[str]:
    """Facts that Head does not count. It is read after them: whoever writes meanwhile moves it with what they write."""
    [found] = await graph.read("queries/facts/beyond", {"seq": seq, "page": BEYOND_SHOWN})
    last = (await graph.read_one("queries/facts/head") or {"seq": seq})["seq"]
    problems = [f"Fact {number} lies beyond Head, which says {last}." for number in found["seqs"] if number > last]
    if found["facts"] > last:
        problems.append(f"There are {found['facts']:,} facts, {found['facts'] - last:,} more than Head counts.")
    return problems


def _followed(page: list[FactsOfKind], expected: int, previous: str) -> str | None:
    """The hash of a page's last fact where all is well with it, a column at a time: the usual case, and much faster
    than one by one."""
    numbers = np.concatenate([np.array(facts.seq, np.int64) for facts in page])
    order = np.argsort(numbers)
    if not np.array_equal(numbers[order], np.arange(expected, expected + len(numbers))):
        return None
    links_of_kinds = [rest for facts in page for rest in _links(facts)]
    hashes = [hash for facts in page for hash in facts.hash]
    for place in order.tolist():
        previous = link(previous, links_of_kinds[place])
        if previous != hashes[place]:
            return None
    return previous


def _links(facts: FactsOfKind) -> list[bytes]:
    count = len(facts)
    columns: list[Sequence[Any]] = [facts.seq, [facts.kind] * count, facts.key, facts.actor, facts.reason]
    columns += [facts.valid_at, facts.recorded_at]
    body_hash = pa.array(hashes_of(pa.array(facts.body, pa.string())), pa.string())
    decided = dict(zip(DECIDED.get(facts.kind, ()), map(_column, facts.decided), strict=True))
    return links([*map(_column, columns), body_hash], decided, count)


def _column(values: Sequence[Any]) -> Any:
    column: Any = pa.array(values)
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    return column.to_numpy() if pa.types.is_integer(column.type) and not column.null_count else column


def _problems_of_page(page: list[PastFact], expected: int, previous: str) -> list[str]:
    problems: list[str] = []
    for fact in page:
        if fact.seq != expected:
            problems.append(f"Facts {expected} to {fact.seq - 1} are missing.")
        problems += _problems_of(fact, previous)
        expected, previous = fact.seq + 1, fact.hash
    return problems


def _problems_of(fact: PastFact, previous: str) -> list[str]:
    expected = chain_hash(
        previous,
        seq=fact.seq,
        kind=fact.kind,
        key=fact.key,
        actor=fact.actor,
        reason=fact.reason,
        valid_at=fact.valid_at,
        recorded_at=fact.recorded_at,
        body_hash=sha256_hex(str(fact.body)),
        decided=fact.decided,
    )
    if expected == fact.hash:
        return []
    name = f"Fact {fact.seq} ({fact.kind or 'of no kind'}, key {fact.key!r})"
    return [f"{name}: its hash does not follow from its content and the fact before it."]
