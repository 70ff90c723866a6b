"""The server keeps a plan for an hour: one that it made when the first few had just come serves a bulk, too."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.facts.commands import Command, Explicit, KeepMatrix, Move, Place, TakenOver
from app.graph import GraphDatabase
from app.runtime import Endpoints
from tests.component.trees.hits import hits_of
from tests.component.trees.shapes import balanced
from tests.component.volumes.company import Company, enrol, ms

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
AT = ms(2026, 3, 1)
FEW = 20
MANY = 2_000
"""Stand in a perfect tree, so nobody deeper than eleven levels."""
HITS_FOR_EACH = 500
"""At most, of a way up, of what stands around it and of what was there before; not of everybody."""


def few() -> list[Command]:
    """Of fewer than this the server would think as of ten."""
    return [
        enrol("D0", None),
        KeepMatrix(3, 9),
        *balanced("A", FEW, "D0", "D0", 1),
        *(Place(f"A{n}", Explicit(f"A{n - 1}" if n else "D0", 1), AT, "matrix") for n in range(FEW)),
        Move("A4", "binary", "A11", 1),
        Move("A11", "matrix", "D0", 2),
        Move("A11", "sponsor", "D0"),
    ]


def many() -> Iterator[Command]:
    yield from balanced("B", MANY, "D0", "D0", 2)
    yield Place("B0", Explicit("D0", 3), AT, "matrix")
    for number in range(1, MANY):
        yield Place(f"B{number}", TakenOver(f"B{(number - 1) // 3}", 1 + (number - 1) % 3), AT, "matrix")


def asked(ixs: list[int]) -> list[tuple[str, dict[str, Any]]]:
    """What the writer asks of those in a batch."""
    slots = [[ix, 1] for ix in ixs]
    nowhere = {"id": "", "strategy": "", "ixs": ixs, "slots": slots, "comers": ixs, "beneath": [], "since": 0}
    questions: list[tuple[str, dict[str, Any]]] = [
        ("load_places_binary", nowhere | {"now": 0}),
        ("load_places_matrix", nowhere),
        ("load_spots_of_move", {"ix": ixs[-1], "parents": ixs}),
    ]
    for tree in ("sponsor", "binary", "matrix"):
        questions += [(f"{name}_{tree}", {"ixs": ixs}) for name in ("levels_up", "ways_up")]
        questions.append((f"stays_{tree}", {"ixs": ixs, "since": 0}))
    return questions


async def test_plans_that_were_made_for_few_people_serve_many(graph: GraphDatabase, endpoints: Endpoints) -> None:
    company = Company(graph)
    await graph.run_script("sample the empty indexes", ["CALL db.prepareForReplanning(60)"])
    await company.write(*few())
    await graph.run_script("forget plans", ["CALL db.clearQueryCaches()"])
    for name, params in asked(list(range(FEW))):
        hits_of(endpoints, graph.library[f"queries/facts/{name}"], **params)
    await company.write(*many())
    for name, params in asked(list(range(MANY))):
        hits = hits_of(endpoints, graph.library[f"queries/facts/{name}"], **params)
        assert hits < HITS_FOR_EACH * MANY, name
