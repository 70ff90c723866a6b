"""An edge that was lost, though it was true at the period's end: somebody would top a tree of their own, and nobody
above be paid for them. It may be one that ended since, of somebody who stands elsewhere or nowhere by now."""

from dataclasses import dataclass
from typing import Any, Final

import pytest

from app.engine.errors import BrokenTreeError
from app.facts.commands import BelowSponsor, Enrol, Explicit, Move, Place, Terminate, Vacate
from app.plans.loader import library, load_plan
from app.wiring import House
from tests.component.runs.test_matrix import seated_company
from tests.component.runs.test_runs import DAY, JANUARY_5

pytestmark = pytest.mark.anyio

FEBRUARY_4: Final = JANUARY_5 + 30 * DAY


@dataclass(frozen=True)
class Lost:
    """Facts that are recorded months after the period's end, and the edge that goes."""

    name: str
    tree: str
    person: str
    said: tuple[Any, ...]
    edge: str
    closed_last: bool = False
    """The period is closed after these facts, so that it is taken as they tell it."""


ITS_FIRST = "WHERE NOT EXISTS { (d)-[o:WAS_SPONSORED_BY]->() WHERE o.seq_from < r.seq_from }"
CASES = (
    Lost("moved", "sponsor", "P4", (Move("P4", "sponsor", "P1"),), "WAS_SPONSORED_BY"),
    Lost("moved in the binary tree", "binary", "P7", (Move("P7", "binary", "P8", 2),), "WAS_PLACED_UNDER"),
    Lost("moved in the matrix", "matrix", "P2", (Move("P2", "matrix", "A", 3),), "WAS_SEATED_UNDER"),
    Lost(
        "moved twice",
        "sponsor",
        "P4",
        (Move("P4", "sponsor", "P1"), Move("P4", "sponsor", "P2")),
        f"WAS_SPONSORED_BY {ITS_FIRST}",
    ),
    Lost("gave the place up", "binary", "P8", (Terminate("P8"), Vacate("P8", "binary", None)), "WAS_PLACED_UNDER"),
    Lost(
        "corrected for the time after",
        "sponsor",
        "P4",
        (Move("P4", "sponsor", "P1"), Move("P4", "sponsor", "P2", effective_at=FEBRUARY_4)),
        "WAS_SPONSORED_BY WHERE r.seq_from = r.seq_to",
        closed_last=True,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_run_refuses_a_tree_of_which_a_past_edge_was_lost(house: House, case: Lost) -> None:
    desk, sample = await seated_company(house), load_plan(library()["sample"])
    if not case.closed_last:
        await house.periods.close("2026-01", key="close", actor="test")
    for command in case.said:
        await desk(command)
    if case.closed_last:
        await house.periods.close("2026-01", key="close", actor="test")
    sound = await house.runs.calculate("2026-01", sample)
    type_of_edge, _, which = case.edge.partition(" ")
    damage = f"MATCH (d:Distributor {{id: '{case.person}'}})-[r:{type_of_edge}]->() {which} DELETE r"
    await house.graph.run_script("damage", [damage])
    with pytest.raises(BrokenTreeError) as refused:
        await house.runs.calculate("2026-01", sample)
    assert refused.value.message == (
        f"in the {case.tree} tree {case.person} stood below somebody by the facts, and no edge leads there; "
        "repair their edges and try again"
    )
    assert refused.value.details == {"tree": case.tree, "people": [case.person], "count": 1}
    assert [run.id for run in await house.runs.all()] == [sound.id]


async def test_whoever_had_no_place_by_then_is_no_fault(house: House) -> None:
    """Placed since and moved since; terminated, and the place given up before the end; and somebody else after them in
    that slot, who moved away."""
    desk = await seated_company(house)
    await desk(Enrol("late", "A", "L", "", JANUARY_5))
    await desk(Terminate("P8", effective_at=JANUARY_5 + 10 * DAY))
    await desk(Vacate("P8", "binary", None, effective_at=JANUARY_5 + 11 * DAY))
    await desk(Place("late", BelowSponsor("outside_left"), FEBRUARY_4))
    await desk(Move("late", "binary", "P7", 1))
    await desk(Place("late", Explicit("P1", 3), FEBRUARY_4, "matrix"))
    await desk(Move("late", "matrix", "P1", 2))
    await house.periods.close("2026-01", key="close", actor="test")
    run = await house.runs.calculate("2026-01", load_plan(library()["sample"]))
    assert run.final
