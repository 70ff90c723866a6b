"""Volumes within some levels: every tally is filled for them, then they are read, and orders are counted in them."""

import asyncio
from typing import Final

from app.facts.commands import Order, Submission
from app.periods.months import month, month_number
from app.volumes.models import Tree
from app.volumes.rebuild import TallyRebuild
from app.volumes.repository import levels_kept
from app.wiring import roll_up
from loadtests.company import ACTOR, MONTHS, Filled, Somebody
from loadtests.filling import count
from loadtests.rows import Row, once
from loadtests.timing import stopwatch_async, timing_of

DEPTH: Final = 5
FILL: Final = f"volumes within {DEPTH} levels: all tallies filled for them"
COUNT: Final = f"volumes within {DEPTH} levels: roll-up of orders"
READ: Final = f"volumes within {DEPTH} levels: of somebody, in every tree"
ORDERS: Final = 5_000
UNCOUNTED: Final = 10
_MONTH: Final = month_number(MONTHS[1])
_AT: Final = month(MONTHS[1], "UTC").ends_at - 1
"""When everybody has enrolled."""


async def measure_windows(company: Filled) -> None:
    """After everything else, since tallies are larger from then on."""
    house, add = company.house, company.sheet.add
    [cursor] = await house.graph.read("queries/volumes/read_cursor")
    trees = list(levels_kept(cursor))
    rebuild = TallyRebuild(house.graph, roll_up(house, lease_ms=0))
    filling, _ = await stopwatch_async(rebuild.run(dict.fromkeys(trees, DEPTH)))
    add(once(FILL, filling, company.people))
    somebody = Somebody(company.people)
    ids = (f"bench-window-{number}" for number in range(ORDERS))
    orders = [Order(id, somebody.anybody(), "distributor", _AT, 10_000, 8_000) for id in ids]
    await asyncio.gather(*(house.writer.submit(Submission(order.id, ACTOR, "", order)) for order in orders))
    await count(house, ORDERS, company.sheet, COUNT)
    times = [await _read(company, somebody.leader(), trees) for _ in range(UNCOUNTED + company.calls)]
    timing = timing_of(times[UNCOUNTED:])
    budget_ms = house.graph.library["procedures/tally"].budget_ms
    add(Row(READ, timing.calls, timing.p50_ms, timing.p95_ms, budget_ms=budget_ms))


async def _read(company: Filled, id: str, trees: list[Tree]) -> float:
    """Seconds; every tree's volume must be there."""
    params = {"id": id, "period": _MONTH, "levels": DEPTH}
    seconds, found = await stopwatch_async(company.house.graph.read_one("procedures/tally", params))
    if found is None or any(found[f"{tree}_within_pv"] is None for tree in trees):
        raise RuntimeError(f"no volume within {DEPTH} levels is told of {id}")
    return seconds
