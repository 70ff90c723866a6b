"""The matrix, everybody in the first open slot below their sponsor: filled where files did not bring it, then asked."""

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Final

from app.facts.commands import BelowSponsor, Enrol, Explicit, KeepMatrix, Place, Submission
from app.periods.months import month
from loadtests.company import ACTOR, MONTHS, Filled, Somebody, id_of
from loadtests.counting import Counting
from loadtests.moving import move_by_legs
from loadtests.placing import AT_ONCE, PROFILED, at_once, most_hits, words_of
from loadtests.procedures import ask_procedures
from loadtests.rows import Row, once
from loadtests.timing import stopwatch_async, timing_of
from loadtests.trees import HEAVY_TAILED, MATRIX, Trees

PLACED_TOGETHER: Final = 2_500
DRAWN: Final = 100
ONE: Final = "place in the matrix by first_open, one at a time"
_AT: Final = month(MONTHS[1], "UTC").ends_at - 1
"""When everybody has enrolled."""
_NUMBERS: Final = itertools.count()


async def measure_matrix(company: Filled) -> None:
    """The questions about it, and newcomers in it."""
    if company.shape == HEAVY_TAILED:
        await _fill(company)
    await ask_procedures(company, of_matrix=True)
    if moved := await move_by_legs(company, "matrix"):
        company.sheet.add(moved[0])
    await _newcomers(company, await _seated(company))
    await Counting(company.house).catch_up()


async def _fill(company: Filled) -> None:
    """A matrix of the whole company."""
    writer, add = company.house.writer, company.sheet.add
    await writer.submit(Submission("bench-matrix", ACTOR, "", KeepMatrix(*MATRIX)))
    places = [
        Submission(f"bench-seat-{child}", ACTOR, "", Place(id_of(child), Explicit(id_of(parent), slot), _AT, "matrix"))
        for child, parent, slot in first_open(company.trees)
    ]
    seconds = 0.0
    for start in range(0, len(places), PLACED_TOGETHER):
        seconds += (await stopwatch_async(writer.submit_all(places[start : start + PLACED_TOGETHER])))[0]
    add(once("places in a matrix, in commits of 2,500", seconds, len(places)))
    seconds, _ = await stopwatch_async(Counting(company.house).catch_up())
    add(once("roll-up of these places", seconds, len(places)))


def first_open(trees: Trees) -> Iterator[tuple[int, int, int]]:
    """Child, parent and slot of everybody with a sponsor, in the order of enrolment, by the plainest search."""
    below: list[list[int]] = [[] for _ in range(trees.people)]
    for child, sponsor in enumerate(trees.sponsor.tolist()):
        if sponsor < 0:
            continue
        queue = deque([sponsor])
        while len(below[parent := queue.popleft()]) == MATRIX[0]:
            queue.extend(below[parent])
        below[parent].append(child)
        yield child, parent, len(below[parent])


async def _seated(company: Filled) -> list[str]:
    """Some who stand in the matrix: the top, under whom most do, and anybody."""
    drawn = sorted({somebody for _, somebody in zip(range(DRAWN), _anybody(company.people), strict=False)})
    [row] = await company.house.graph.read("queries/imports/distributors", {"ids": drawn})
    return [id_of(0), *(id for id, seat in zip(row["ids"], row["seats"], strict=True) if seat[1])]


def _anybody(people: int) -> Iterator[str]:
    somebody = Somebody(people)
    while True:
        yield somebody.anybody()


async def _newcomers(company: Filled, seated: list[str]) -> None:
    """Each is enrolled first, which is not measured."""
    sponsors = itertools.cycle(seated)
    asked = list(itertools.islice(sponsors, PROFILED))
    hits = most_hits(company, "procedures/find_place_matrix", "first_open", asked)
    for _ in range(company.warm_up // 5):  # each enrols somebody as well, whom the top counts alone
        await _place_newcomer(company, id_of(0))
    timing = timing_of([await _place_newcomer(company, next(sponsors)) for _ in range(company.calls)])
    words = words_of(hits, company.people)
    company.sheet.add(Row(ONE, timing.calls, timing.p50_ms, timing.p95_ms, words=words))
    if not company.at_once:
        return
    together = [await _newcomer(company, id_of(0)) for _ in range(AT_ONCE)]
    await at_once(company, f"{AT_ONCE} places in the matrix by first_open at once", together)


async def _place_newcomer(company: Filled, sponsor: str) -> float:
    """Seconds of the place."""
    return (await stopwatch_async(company.house.writer.submit(await _newcomer(company, sponsor))))[0]


async def _newcomer(company: Filled, sponsor: str) -> Submission:
    """Enrol somebody; the command that places them."""
    id = f"bench-seat-{next(_NUMBERS)}-new"
    await company.house.writer.submit(Submission(id, ACTOR, "", Enrol(id, sponsor, "Newcomer", "", _AT)))
    return Submission(f"{id}-place", ACTOR, "", Place(id, BelowSponsor("first_open"), _AT, "matrix"))
