"""Enrolments by each strategy: one at a time, sixty-four at once under one sponsor, and the search's database hits."""

import asyncio
import itertools
import math
from collections.abc import Iterator
from typing import Any, Final, cast

import numpy as np
from neo4j import GraphDatabase

from app.engine.columns import Int64s
from app.facts.commands import BelowSponsor, Enrol, Explicit, HoldingTank, Placement, Submission
from app.periods.months import month
from app.places.strategies import OF_EVERY_COMPANY as PREFERABLE
from app.places.strategies import Preferable, Strategy
from loadtests.company import ACTOR, LEADERS, MONTHS, Filled, id_of
from loadtests.counting import Counting
from loadtests.rows import Row
from loadtests.timing import stopwatch_async, timing_of
from loadtests.trees import HEAVY_TAILED, SEED

AT_ONCE: Final = 64
COUNTED: Final = "lighter_by_people"
"""The strategy that counts newcomers."""
COUNTED_FIRST: Final = sorted(PREFERABLE, key=lambda strategy: strategy != COUNTED)
"""Newcomers by the others, at the ends of long lines, need not be counted then."""
COUNT_EVERY: Final = 20
"""Newcomers whom the roll-up has not counted yet are counted by the search, which no worker leaves to it for long; each
roll-up of one in a line of ten thousand writes ten thousand tallies."""
COUNT_WARMING: Final = 200
PROFILED: Final = 10
_AT: Final = month(MONTHS[1], "UTC").ends_at - 1
"""When everybody has enrolled."""
_A_DAY_MS: Final = 86_400_000
_NUMBERS: Final = itertools.count()


OTHER_WAYS: Final = ("explicit slot", "preference", "holding tank")
"""A slot that was looked for before; what the sponsor prefers, which is nothing here; and no place yet."""


def one_at_a_time(way: str) -> str:
    return f"enrol by {way}, one at a time"


async def place(company: Filled) -> None:
    """Two rows for each strategy; for the one that counts people, newcomers are counted at times, beside it."""
    sponsors = _sponsors(company)
    counting = Counting(company.house)
    if company.warm_up:
        await _warm_up(company, counting)
    for strategy in COUNTED_FIRST:
        if strategy == COUNTED:
            await counting.catch_up()
        hits = most_hits(company, "procedures/find_place_binary", strategy, list(itertools.islice(sponsors, PROFILED)))
        times = []
        for number in range(company.calls):
            if strategy == COUNTED and number and number % COUNT_EVERY == 0:
                await counting.catch_up()
            times.append(await _enrol(company, next(sponsors), strategy))
        timing = timing_of(times)
        words = words_of(hits, company.people)
        company.sheet.add(Row(one_at_a_time(strategy), timing.calls, timing.p50_ms, timing.p95_ms, words=words))
        if company.at_once:
            together = [_newcomer(id_of(0), strategy) for _ in range(AT_ONCE)]
            if strategy == COUNTED:
                await counting.catch_up()
            await at_once(company, f"{AT_ONCE} enrol by {strategy} at once", together)
    for way in OTHER_WAYS:
        timing = timing_of([await _enrol(company, next(sponsors), way) for _ in range(company.calls)])
        company.sheet.add(Row(one_at_a_time(way), timing.calls, timing.p50_ms, timing.p95_ms))
    if company.shape == HEAVY_TAILED:  # the other shapes are asked nothing after
        await counting.catch_up()


async def _warm_up(company: Filled, counting: Counting) -> None:
    """By each way in turn that is timed after, below leaders: newcomers at the ends of long lines would write ten
    thousand tallies each when they are counted."""
    sponsors = itertools.cycle(map(id_of, _placed(company)[:LEADERS].tolist()))
    ways = itertools.cycle((*PREFERABLE, *OTHER_WAYS))
    for number in range(company.warm_up):
        await _enrol(company, next(sponsors), next(ways))
        if number % COUNT_WARMING == 0:
            await counting.catch_up()


async def at_once(company: Filled, what: str, commands: list[Submission]) -> None:
    """A row of commands that come together, with their waits; they must be answered with as many different slots."""
    waits: list[float] = []

    async def submit(command: Submission) -> tuple[str, int]:
        seconds, receipt = await stopwatch_async(company.house.writer.submit(command))
        waits.append(seconds)
        return receipt.data["parent_id"], receipt.data["slot"]

    seconds, slots = await stopwatch_async(asyncio.gather(*map(submit, commands)))
    if len(set(slots)) != len(commands):
        raise RuntimeError(f"{what}: {len(commands)} people were placed in {len(set(slots))} different slots")
    timing, rate = timing_of(waits), len(commands) / seconds
    company.sheet.add(Row(what, len(commands), timing.p50_ms, timing.p95_ms, per_second=rate))


async def _enrol(company: Filled, sponsor: str, way: str) -> float:
    """Seconds of an enrolment by a strategy or one of OTHER_WAYS."""
    placement: Placement | HoldingTank
    match way:
        case "explicit slot":
            about = {"id": sponsor, "strategy": "first_open"}
            found = await company.house.graph.read_one("procedures/find_place_binary", about) or {}
            placement = Explicit(found["parent_id"], found["slot"])
        case "holding tank":
            placement = HoldingTank(_AT + _A_DAY_MS, "first_open")
        case _:
            placement = BelowSponsor(cast("Strategy", way))
    return (await stopwatch_async(company.house.writer.submit(_enrolment(sponsor, placement))))[0]


def _newcomer(sponsor: str, strategy: Strategy) -> Submission:
    return _enrolment(sponsor, BelowSponsor(strategy))


def _enrolment(sponsor: str, placement: Placement | HoldingTank) -> Submission:
    id = f"bench-place-{next(_NUMBERS)}"
    return Submission(id, ACTOR, "", Enrol(id, sponsor, "Newcomer", "", _AT, placement=placement))


def _sponsors(company: Filled) -> Iterator[str]:
    """The top, leaders and anybody, in turn; those with a place."""
    random, placed = np.random.default_rng(SEED), _placed(company)
    leaders = placed[:LEADERS]
    while True:
        yield id_of(int(placed[0]))
        yield id_of(int(random.choice(leaders)))
        yield id_of(int(random.choice(placed)))


def _placed(company: Filled) -> Int64s:
    """Those with a place."""
    trees = company.trees
    return np.flatnonzero((trees.parent >= 0) | (trees.sponsor < 0))


def words_of(hits: int, people: int) -> str:
    """What a search costs in a company of so many."""
    share = hits / math.log2(people)
    return f"at most {hits} database hits to find the place, {share:.1f} x log2 of all people"


def most_hits(company: Filled, procedure: str, strategy: Preferable, sponsors: list[str]) -> int:
    """Of the searches below these sponsors, by PROFILE."""
    statement, at = company.house.graph.library[procedure], company.endpoints
    with GraphDatabase.driver(at.neo4j_url, auth=(at.neo4j_user, at.neo4j_password)) as driver:

        def hits(sponsor: str) -> int:
            params = statement.bind({"id": sponsor, "strategy": strategy})
            _, summary, _ = driver.execute_query(f"PROFILE {statement.text}", params)
            return _hits(dict(summary.profile or {}))

        return max(map(hits, sponsors))


def _hits(plan: dict[str, Any]) -> int:
    return int(plan["args"]["DbHits"]) + sum(map(_hits, plan.get("children", [])))
