"""Chosen facts of the chain, each with the hash before it, so that everyone can be checked by itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from typing import Any, Final

from app.audit.files import instant
from app.facts.canonical import GENESIS_HASH, canonical_json
from app.facts.decide import DECIDED
from app.facts.history import FactsOfKind, PastFact, fact_columns, facts_in_order
from app.graph import GraphDatabase
from app.periods.calendars import name_of

HEADER: Final = (
    "seq", "recorded", "kind", "key", "actor", "reason", "valid", "valid_at", "recorded_at", "body", "decided",
    "previous_hash", "hash",
)  # fmt: skip
_STEPS: Final = frozenset({"StepRun", "CommitRun"})
_OF_RUNS: Final = _STEPS | {"RequestRun", "QueueRun", "CancelRun"}
Chosen = Callable[[FactsOfKind], list[int]]
"""Which rows of a page's facts of one kind."""


def that_name(ix: int, id: str, run_ids: Collection[str]) -> Chosen:
    """Facts in which a person has a part, and the steps of the runs, without those that pay others by name."""

    def chosen(facts: FactsOfKind) -> list[int]:
        columns = dict(zip(DECIDED.get(facts.kind, ()), facts.decided, strict=False))
        if facts.kind in _STEPS:
            of_runs = [row for row, run in enumerate(columns["run_id"]) if run in run_ids]
            return [row for row in of_runs if _concerns(facts.body[row], id)]
        people = [column for name, column in columns.items() if name == "ix" or name.endswith("_ix")]
        return [row for row in range(len(facts)) if any(column[row] == ix for column in people)]

    return chosen


def _concerns(body: str, id: str) -> bool:
    """Whether a step is of a run as a whole, or pays this very person."""
    named = json.loads(body).get("distributors")
    return not named or id in named


def between(first: int, last: int, calendar: str, period: int) -> Chosen:
    """Every fact from one to another, and those after them that asked for a run of the period, took it a step, or
    committed it, or tell of files in which all of the period went out."""
    name = name_of(calendar, period)

    def chosen(facts: FactsOfKind) -> list[int]:
        within = [row for row, seq in enumerate(facts.seq) if first <= seq <= last]
        if facts.kind == "Exported":
            out = (row for row, seq in enumerate(facts.seq) if seq > last and _holds(facts.body[row], name))
            return sorted({*within, *out})
        if facts.kind not in _OF_RUNS:
            return within
        of = list(
            zip(*(facts.decided[DECIDED[facts.kind].index(name)] for name in ("calendar", "period")), strict=True)
        )
        return sorted({*within, *(row for row, named in enumerate(of) if named == (calendar, period))})

    return chosen


def _holds(body: str, period: str) -> bool:
    """Whether an export is of the period, or of the company."""
    said = json.loads(body)
    return bool(said["subject"] == "company" or (said["subject"], said["name"]) == ("period", period))


async def chosen_facts(
    graph: GraphDatabase, last_seq: int, chosen: Chosen
) -> AsyncIterator[list[tuple[PastFact, str]]]:
    """Those up to a number, each with the hash of the fact before it; a page of all facts at a time."""
    previous = GENESIS_HASH
    async for page in fact_columns(graph, last_seq):
        found, previous = await asyncio.to_thread(_of_page, page, previous, chosen)
        yield found


def _of_page(page: list[FactsOfKind], previous: str, chosen: Chosen) -> tuple[list[tuple[PastFact, str]], str]:
    before: dict[int, str] = {}
    for seq, own in sorted((seq, own) for facts in page for seq, own in zip(facts.seq, facts.hash, strict=True)):
        before[seq], previous = previous, own
    found = facts_in_order([_only(facts, rows) for facts in page if (rows := chosen(facts))])
    return [(fact, before[fact.seq]) for fact in found], previous


def _only(facts: FactsOfKind, rows: list[int]) -> FactsOfKind:
    def of(column: list[Any]) -> list[Any]:
        return [column[row] for row in rows]

    names = ("seq", "key", "actor", "reason", "valid_at", "recorded_at", "body", "hash")
    columns = {name: of(getattr(facts, name)) for name in names}
    return FactsOfKind(kind=facts.kind, decided=[of(column) for column in facts.decided], **columns)


def rows_of(facts: list[tuple[PastFact, str]]) -> Iterator[tuple[Any, ...]]:
    """Facts as rows of facts.csv; `decided` as canonical JSON."""
    for fact, previous in facts:
        yield (
            fact.seq, instant(fact.recorded_at), fact.kind, fact.key, fact.actor, fact.reason, instant(fact.valid_at),
            fact.valid_at, fact.recorded_at, fact.body, canonical_json(fact.decided), previous, fact.hash,
        )  # fmt: skip
