"""Every read procedure, as the API calls it, about people drawn at random, beside the budget of its file."""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from app.graph.statements import Statement
from app.periods.months import month
from loadtests.company import MONTHS, PERIOD, Filled, Somebody
from loadtests.rows import Row
from loadtests.timing import stopwatch_async, timing_of
from loadtests.trees import HEAVY_TAILED

UNCOUNTED: Final = 5
"""The first calls fill caches."""
AT: Final = month(MONTHS[1], "UTC").starts_at
ALL: Final = 2**62
"""More facts than there are."""
MOST_S: Final = 0.4
"""For the calls of a procedure that count, and a quarter of it for the first ones; the rest is left out."""
FEWER_S: Final = 0.12
"""The same of a company of which less is asked."""


_PAGES: Final[Mapping[str, Mapping[str, Any]]] = {
    "": {},
    ", a later page": {"after_level": 3, "after_ix": 0},
    ", a filtered page": {"statuses": ["active"], "pv_from": 1, "group_pv_from": 1},
}
"""What a downline is also asked for: behind three levels, and by volume, which looks at a tally for each person."""


async def ask_procedures(company: Filled, *, of_matrix: bool = False) -> None:
    """One row each; a downline has a row for each kind of page. Those of the matrix are asked where it is full."""
    graph = company.house.graph
    for name in sorted(name for name in graph.library if name.startswith("procedures/")):
        statement = graph.library[name]
        if statement.mode == "READ" and name.endswith("_matrix") == of_matrix:
            for page in _PAGES if "look" in {parameter.name for parameter in statement.parameters} else ("",):
                company.sheet.add(await _row(company, statement, page))


async def _row(company: Filled, statement: Statement, page: str) -> Row:
    drawn = _parameters(statement, Somebody(company.people), _PAGES[page])
    ask = partial(_times, company, statement, drawn)
    most_s = MOST_S if company.shape == HEAVY_TAILED else FEWER_S
    await ask(UNCOUNTED, most_s / 4)
    times = await ask(company.calls, most_s)
    timing = timing_of(times)
    return Row(statement.name + page, timing.calls, timing.p50_ms, timing.p95_ms, budget_ms=statement.budget_ms)


async def _times(
    company: Filled, statement: Statement, drawn: Iterator[dict[str, Any]], calls: int, most_s: float
) -> list[float]:
    """Seconds of each call: so many, or as many as begin within `most_s`, the first in any case."""
    times: list[float] = []
    end = time.monotonic() + most_s
    while len(times) < calls and (not times or time.monotonic() < end):
        seconds, _ = await stopwatch_async(company.house.graph.read(statement.name, next(drawn)))
        times.append(seconds)
    return times


def _parameters(statement: Statement, somebody: Somebody, more: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    takes = {parameter.name for parameter in statement.parameters}
    about_many = takes & {"depth", "period"}
    while True:
        given = {
            "id": somebody.leader() if about_many else somebody.anybody(),
            "period": PERIOD,
            "at": AT,
            "seq": ALL,
            "top_id": somebody.leader(),
            "other_id": somebody.anybody(),
            "slot": 1,
            "strategy": "first_open",
            "ranks": ["Diamond"],
            "key": "asked by nobody",
            "depth": 10,
            "page": 100,
            **more,
        }
        yield {name: value for name, value in given.items() if name in takes}
