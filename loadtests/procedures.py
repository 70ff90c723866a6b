"""Every read procedure, as the API calls it, about people drawn at random, beside the budget of its file."""

import time
from collections.abc import Iterator
from typing import Any, Final

from app.graph.statements import Statement
from loadtests.company import PERIOD, Filled, Somebody
from loadtests.rows import Row
from loadtests.timing import stopwatch_async, timing_of

UNCOUNTED: Final = 10
"""The first calls fill caches."""
MOST_S: Final = 3.0
"""For one procedure; the rest of its calls is left out."""


async def ask_procedures(company: Filled) -> None:
    """One row each."""
    graph = company.house.graph
    for name in sorted(name for name in graph.library if name.startswith("procedures/")):
        statement = graph.library[name]
        if statement.mode == "READ":
            company.sheet.add(await _row(company, statement))


async def _row(company: Filled, statement: Statement) -> Row:
    drawn = _parameters(statement, Somebody(company.people))
    times: list[float] = []
    end = time.monotonic() + MOST_S
    for call in range(UNCOUNTED + company.calls):
        late = time.monotonic() > end
        if times and late:
            break
        seconds, _ = await stopwatch_async(company.house.graph.read(statement.name, next(drawn)))
        if call >= UNCOUNTED or late:
            times.append(seconds)
    timing = timing_of(times)
    return Row(statement.name, timing.calls, timing.p50_ms, timing.p95_ms, budget_ms=statement.budget_ms)


def _parameters(statement: Statement, somebody: Somebody) -> Iterator[dict[str, Any]]:
    takes = {parameter.name for parameter in statement.parameters}
    about_many = takes & {"depth", "period"}
    while True:
        given = {
            "id": somebody.leader() if about_many else somebody.anybody(),
            "period": PERIOD,
            "top_id": somebody.leader(),
            "slot": 1,
            "depth": 10,
            "page": 100,
        }
        yield {name: value for name, value in given.items() if name in takes}
