"""What each consequence of a termination does in each tree, to who stands where, to volume and to pay, and what coming
back gives back."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app.facts.commands import TREES, Consequence, Reinstate, Terminate
from app.graph import GraphDatabase
from app.plans.loader import parse_plan
from app.runs.calculation import stored_snapshot
from app.settings import Settings
from app.wiring import House
from tests.component.facts.test_promotions import BEFORE, SEATS_BEFORE, below, company, house, leaves, sound
from tests.component.volumes.company import APRIL, MARCH, Company, close_period, ms, open_period, order

__all__ = ["company", "house"]
pytestmark = pytest.mark.anyio
SPONSORS_BEFORE = "B<A0 F<A0 L<B0 D<B0 C<L0 E<D0 H<L0 I<L0 J<L0 K<L0 G<C0"
PLAN: Any = {
    "name": "Two levels and a team",
    "version": "1",
    "currency": "EUR",
    "ranks": [{"name": "Member"}],
    "bonuses": [
        {"type": "unilevel", "name": "Levels", "compression": "none", "levels_by_rank": {"Member": ["10%", "1%"]}},
        {"type": "binary", "name": "Team", "rate": "10%"},
    ],
}


@dataclass(frozen=True)
class Expected:
    sponsor: str
    binary: str
    matrix: str
    levels: dict[str, int]
    """By earner what 10,000.00 CV of H, whom L sponsors, pays: minor units."""
    vacated: str


STAYS = {"sponsor": SPONSORS_BEFORE, "binary": BEFORE, "matrix": SEATS_BEFORE, "vacated": ""}
EXPECTED: dict[Consequence, Expected] = {
    # L keeps the level, and is paid nothing: the tenth is nobody's.
    "keep_hole": Expected(**STAYS, levels={"B": 10_000}),
    # L is on no level.
    "compress_for_pay": Expected(**STAYS, levels={"B": 100_000, "A": 10_000}),
    # H is B's from then on.
    "promote": Expected(
        sponsor="B<A0 F<A0 L<B0 D<B0 C<B0 H<B0 I<B0 J<B0 K<B0 E<D0 G<C0",
        binary="B<A1 D<B2 E<D1 F<D2 C<E1 G<C1",
        matrix="H<A3 E<H2 J<H3 K<H1 I<K1 F<I1",
        levels={"B": 100_000, "A": 10_000},
        vacated="binary,matrix",
    ),
}


async def standing(company: Company) -> tuple[str, ...]:
    return tuple([await below(company, tree) for tree in TREES])


@pytest.fixture
async def sold(company: Company, graph: GraphDatabase, test_settings: Settings) -> Company:
    """H and C sell much in March: H in the matrix and sponsored by L, C on the left of L."""
    await company.write(open_period(APRIL), order("H", "H", 1_000_000, cv=1_000_000), order("C", "C", 500, cv=500))
    assert await standing(company) == (SPONSORS_BEFORE, BEFORE, SEATS_BEFORE)
    return company


@pytest.mark.parametrize("consequence", EXPECTED)
async def test_each_consequence_in_each_tree(sold: Company, house: House, consequence: Consequence) -> None:
    expected, volumes = EXPECTED[consequence], dict.fromkeys(TREES, 0)
    await sold.catch_up()
    for tree in TREES:
        volumes[tree] = (await sold.figures("A"))[f"{tree}_pv"]
    await leaves(house, Terminate("L", consequence))
    assert await standing(sold) == (expected.sponsor, expected.binary, expected.matrix)
    await sound(sold)
    own = (await sold.figures("L"))["own_pv"]
    for tree in TREES:
        gone = own if consequence == "promote" and tree != "sponsor" else 0
        assert (await sold.figures("A"))[f"{tree}_pv"] == volumes[tree] - gone, "volume flows past whoever left"

    sold.clock.set(2026, 4, 5)
    await sold.write(close_period(MARCH))
    run = await house.runs.calculate("2026-03", parse_plan(json.dumps(PLAN).encode(), "two levels"))
    taken = stored_snapshot(run, house.blobs)
    left = taken.ids.index("L")
    people = taken.snapshot.people
    assert (bool(people.active[left]), bool(people.passed_over[left])) == (False, consequence == "compress_for_pay")
    statements = {id: await house.statements.statement(id, "2026-03", include_uncommitted=True) for id in taken.ids}
    assert statements["L"].amount == 0
    paid = {
        id: line.amount
        for id, statement in statements.items()
        for line in statement.lines
        if (line.bonus, line.order) == ("Levels", "H")
    }
    assert paid == expected.levels

    [back] = await sold.write(Reinstate("L"))
    assert back.data["vacated"] == expected.vacated
    assert await standing(sold) == (expected.sponsor, expected.binary, expected.matrix), "a place is where it was"
    await sold.write(order("late", "L", 700, at=ms(2026, 4, 5)))
    again = await house.runs.calculate("2026-04", parse_plan(json.dumps(PLAN).encode(), "two levels"))
    people = stored_snapshot(again, house.blobs).snapshot.people
    assert (bool(people.active[left]), bool(people.passed_over[left])) == (True, False)
    assert (await house.runs.calculate("2026-03", parse_plan(json.dumps(PLAN).encode(), "again"))).hash == run.hash
    await sound(sold)
