"""After each fault, while nothing is sent: journals against facts, tallies against their recomputation, the chain, and
pages of the API, which come out of Redis, against the graph."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from app.amounts import to_minor
from app.cache import SubtreeCache
from app.doctor.service import Doctor
from app.facts.decide import DECIDED
from app.facts.history import PAGE, FactsOfKind, facts_in_order
from app.graph import GraphDatabase
from app.periods.months import month_number
from app.trees.models import Tree
from app.trees.repository import TreeRepository
from app.trees.service import TreeService
from app.volumes.check import TallyCheck
from loadtests.api_process import bearer
from loadtests.company import MONTHS, id_of
from loadtests.faults.house import Service, until
from loadtests.faults.journal import read_journals
from loadtests.faults.judging import MOST_SHOWN, Stored, Verdict, judge

_MONTH: Final = MONTHS[1]
_ROOTS: Final = 6
_MEMBERS: Final = 100
_FRESH_S: Final = 15.0
"""Until a page knows the last fact: longer than a cache that nobody confirms is trusted."""
_TREES: Final[tuple[Tree, Tree]] = ("sponsor", "binary")
Members = list[tuple[str, int, int]]


@dataclass(slots=True)
class Compared:
    """What was found. `unequal` counts tallies that differ, and where all was examined whatever else the doctor finds;
    `stale` pages that differ."""

    verdict: Verdict
    facts: int
    unequal: int
    stale: int
    problems: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not (self.verdict.lost or self.verdict.doubled or self.verdict.open or self.unequal or self.stale)


async def compare(service: Service, journals: Sequence[Path], since: int, people: int, *, whole: bool) -> Compared:
    """Once all is counted. `since` is the last fact before the first client sent anything. `whole`: the doctor examines
    trees, places and the chain as well, in which an earlier fault would show just so."""
    await until("every fact is counted", service.counted)
    verdict = judge(read_journals(journals), await facts_after(service.house.graph, since, await service.head()))
    unequal, problems = await (_doctor if whole else _tallies)(service.house.graph)
    stale = await _stale_pages(service, people)
    problems = [*verdict.problems, *problems, *stale]
    return Compared(verdict, await service.head(), unequal, len(stale), problems[: 2 * MOST_SHOWN])


async def facts_after(graph: GraphDatabase, after: int, last: int) -> list[Stored]:
    """Facts of all kinds, with what they say."""
    decided, found = {kind: list(names) for kind, names in DECIDED.items()}, list[Stored]()
    for start in range(after, last, PAGE):
        params = {"after": start, "page": min(PAGE, last - start), "decided": decided}
        page = [FactsOfKind(**kind) for kind in await graph.read("queries/facts/page_of_facts", params)]
        found += [Stored(fact.seq, fact.kind, fact.key, orjson.loads(fact.body)) for fact in facts_in_order(page)]
    return found


async def _tallies(graph: GraphDatabase) -> tuple[int, list[str]]:
    report = await TallyCheck(graph).report()
    return report.count, [one.sentence(f"number {one.ix}") for one in report.differences[:MOST_SHOWN]]


async def _doctor(graph: GraphDatabase) -> tuple[int, list[str]]:
    diagnosis = await Doctor(graph).examine(lambda _line: None)
    problems = [f"{one.what}: {problem}" for one in diagnosis.checkups for problem in one.problems[:MOST_SHOWN]]
    if diagnosis.torn:
        problems.append("somebody wrote while all was examined")
    return sum(one.count for one in diagnosis.checkups) + diagnosis.torn, problems


async def _stale_pages(service: Service, people: int) -> list[str]:
    """Of leaders and some others, each asked twice of each process: what the first one kept, the second one finds."""
    trees = TreeService(TreeRepository(service.house.graph), SubtreeCache(None))
    last, problems = await service.head(), list[str]()
    async with httpx.AsyncClient(timeout=30, headers={"Authorization": f"Bearer {bearer()}"}) as client:
        for number in range(_ROOTS):
            tree, root = _TREES[number % 2], id_of((people - 1) * number // _ROOTS // 50)
            page = await trees.downline(tree, root, month_number(_MONTH), limit=_MEMBERS)
            wanted = [(one.id, one.figures.heads, one.figures.group_pv) for one in page.members]
            for home in (*service.homes, *service.homes):
                url = f"{home}/v1/distributors/{root}/downline?tree={tree}&period={_MONTH}&limit={_MEMBERS}"
                given = await _page(client, url, last)
                if given != wanted:
                    problems.append(f"{url} differs from the graph: {_first_difference(wanted, given)}")
    return problems


async def _page(client: httpx.AsyncClient, url: str, last: int) -> Members | str:
    """Once it knows the last fact; a sentence when it never does."""
    known = 0
    for _ in range(int(_FRESH_S / 0.25)):
        answer = await client.get(url)
        if answer.status_code != httpx.codes.OK:
            return f"{answer.status_code} {answer.text[:200]}"
        said: dict[str, Any] = answer.json()
        known = said["as_of"]["seq"]
        if known >= last:
            return [(one["id"], one["people"], to_minor(one["group_pv"])) for one in said["members"]]
        await asyncio.sleep(0.25)
    return f"it knows facts up to {known} of {last}"


def _first_difference(wanted: Members, given: Members | str) -> str:
    if isinstance(given, str):
        return given
    differing = [pair for pair in zip(wanted, given, strict=False) if pair[0] != pair[1]]
    return f"{differing[0][1]} instead of {differing[0][0]}" if differing else f"{len(given)} of {len(wanted)} people"
