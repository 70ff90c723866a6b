"""Who moves alone: where those below go, what is foretold, which policy holds, what is refused; all or nothing."""

from pathlib import Path

import pytest

from app.errors import BanyanError
from app.facts import errors
from app.facts.commands import KeepMatrix, Move, MoveLimits, Place, SetMovePolicy, Tree
from app.graph import GraphDatabase
from app.settings import Settings
from app.wiring import House, build_house
from tests.component.facts.test_promotions import BEFORE, PEOPLE, SEATS_BEFORE, below, seat, sound
from tests.component.volumes.company import APRIL, MARCH, Company, enrol, ms, open_period, order

pytestmark = pytest.mark.anyio

SPONSORS_BEFORE = "B<A0 F<A0 L<B0 D<B0 C<L0 E<D0 H<L0 I<L0 J<L0 K<L0 G<C0"
GOALS: dict[Tree, Move] = {
    "sponsor": Move("L", "sponsor", "A", alone=True),
    "binary": Move("L", "binary", "A", strategy="outside_right", alone=True),
    "matrix": Move("L", "matrix", "A", 1, alone=True),
}
AFTER: dict[Tree, str] = {
    "sponsor": "B<A0 L<A0 F<A0 D<B0 C<B0 H<B0 I<B0 J<B0 K<B0 E<D0 G<C0",
    "binary": "B<A1 L<A2 D<B2 E<D1 F<D2 C<E1 G<C1",
    "matrix": "L<A1 H<A3 E<H2 J<H3 K<H1 I<K1 F<I1",
}
"""In the binary tree D, entered before C, takes the place, and C goes below D; in the matrix H, with J and I below."""


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    """That of the promotions: L stands above others in every tree."""
    company = Company(graph)
    company.clock.set(2026, 3, 1)
    await company.write(
        open_period(MARCH),
        enrol("A", None),
        enrol("B", "A", "A", 1),
        enrol("L", "B", "B", 2),
        enrol("D", "B", "L", 2),
        enrol("C", "L", "L", 1),
        enrol("E", "D", "D", 1),
        enrol("F", "A", "D", 2),
        enrol("G", "C", "C", 1),
        *[enrol(id, "L") for id in "HIJK"],
        KeepMatrix(3, 9),
        *(seat("L", "A", 3), seat("J", "L", 1), seat("I", "L", 2), seat("H", "L", 3)),
        *(seat("K", "H", 1), seat("E", "H", 2), seat("F", "I", 1)),
    )
    company.clock.set(2026, 3, 20)
    await company.write(*[order(f"o{id}", id, 2**n) for n, id in enumerate((*PEOPLE, "L"))])
    return company


@pytest.fixture
def house(company: Company, test_settings: Settings, tmp_path: Path) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path}), company.graph, company.clock)


async def moves(house: House, move: Move, key: str = "m") -> int:
    receipt = await house.moves.move(move, key=key, actor="test", reason="asked for")
    return -receipt.seq if receipt.replayed else receipt.seq


async def last_fact(company: Company) -> int:
    head = await company.graph.read_one("queries/facts/head")
    assert head is not None
    return int(head["seq"])


async def refused(company: Company, house: House, move: Move, error: type[BanyanError]) -> str:
    """As the preview says; nothing of it is written."""
    before = await last_fact(company)
    with pytest.raises(error) as refusal:
        await moves(house, move, "r")
    foretold = await house.moves.preview_move(move)
    assert foretold.refusal is not None
    assert (foretold.refusal.code(), foretold.refusal.message) == (error.code(), refusal.value.message)
    assert await last_fact(company) == before
    return refusal.value.message


@pytest.mark.parametrize("tree", AFTER)
async def test_those_below_stay_and_a_preview_foretells_all_of_it(company: Company, house: House, tree: Tree) -> None:
    await company.catch_up()
    found = await house.moves.preview_move(GOALS[tree])
    was: dict[Tree, str] = {"sponsor": SPONSORS_BEFORE, "binary": BEFORE, "matrix": SEATS_BEFORE}
    assert [await below(company, each) for each in was] == [*was.values()], "nothing is written"
    seq = await moves(house, GOALS[tree])
    assert {each: await below(company, each) for each in was} == {**was, tree: AFTER[tree]}, "the other trees stay"
    assert await moves(house, GOALS[tree]) == -seq, "said again, it is answered as before"
    assert await last_fact(company) == seq + len(found.others)
    assert found.refusal is None
    assert found.subtree is not None
    assert found.subtree.people == 1
    assert found.goal is not None
    told = {one.id: f"{one.id}<{one.parent_id}{one.slot}" for one in found.others}
    told["L"] = f"L<{found.goal.parent_id}{found.goal.slot}"
    stood = dict(zip((one[0] for one in AFTER[tree].split()), AFTER[tree].split(), strict=True))
    assert told == {id: place for id, place in stood.items() if place not in was[tree].split()}
    await sound(company)
    [(period, changes)] = found.volumes
    assert period == "2026-03"
    for change in changes:
        assert (await company.figures(change.id))[f"{tree}_pv"] == change.after.pv, change.id
        for leg in change.legs:
            if f"<{change.id}" in stood[leg.id]:
                assert (await company.figures(leg.id))[f"{tree}_pv"] == leg.after.pv, (change.id, leg.id)
            else:
                assert (leg.after.people, leg.after.pv) == (0, 0), (change.id, leg.id)
    assert "A" in {change.id for change in changes}
    assert (await company.figures("L"))[f"{tree}_pv"] == 2048, "L alone"


@pytest.mark.parametrize("tree", AFTER)
async def test_since_an_instant_in_the_past(company: Company, house: House, tree: Tree) -> None:
    """In days of grace: volume of March and April follow."""
    await company.write(open_period(APRIL))
    company.clock.set(2026, 4, 3)
    at = ms(2026, 3, 15)
    before = await below(company, tree)
    goal = GOALS[tree]
    await moves(house, Move("L", tree, "A", goal.slot, at, strategy=goal.strategy, alone=True))
    assert await below(company, tree, at=at - 1) == before
    assert await below(company, tree, at=at) == await below(company, tree) == AFTER[tree]
    await sound(company)
    assert (await company.figures("L"))[f"{tree}_pv"] == 2048


async def test_who_came_below_later_follows_later_and_who_stood_above_then_is_the_former_one(
    company: Company, house: House
) -> None:
    """K came to L on the 22nd. L itself went to D on the 24th; as of the 21st it leaves B, as it is known by then."""
    company.clock.set(2026, 3, 22)
    await company.write(Move("K", "sponsor", "H"), Move("F", "sponsor", "L"))
    company.clock.set(2026, 3, 24)
    await company.write(Move("L", "sponsor", "D"))
    company.clock.set(2026, 3, 26)
    await moves(house, Move("L", "sponsor", "A", effective_at=ms(2026, 3, 21), alone=True))
    assert "F<L0" in await below(company, "sponsor", at=ms(2026, 3, 22))
    assert await below(company, "sponsor") == "B<A0 L<A0 D<B0 C<B0 F<B0 H<B0 I<B0 J<B0 E<D0 G<C0 K<H0"
    assert "C<B0" in await below(company, "sponsor", at=ms(2026, 3, 21))
    await sound(company)


async def test_nobody_below(company: Company, house: House) -> None:
    seq = await moves(house, Move("G", "binary", "A", 2, alone=True))
    assert await last_fact(company) == seq
    assert await below(company, "binary") == "B<A1 G<A2 L<B2 D<L2 C<L1 E<D1 F<D2"
    await sound(company)


async def test_the_policy_counts_one_and_those_who_stay_are_not_asked(company: Company, house: House) -> None:
    limits = (MoveLimits("binary", largest_subtree=1), MoveLimits("matrix", largest_subtree=0))
    await company.write(SetMovePolicy("UTC", limits))
    await refused(company, house, Move("L", "binary", "A", 2), errors.PolicyError)
    await refused(company, house, GOALS["matrix"], errors.PolicyError)
    assert (await house.moves.preview_move(GOALS["matrix"])).others, "what it would do is told all the same"
    await moves(house, GOALS["binary"])
    assert await below(company, "binary") == AFTER["binary"], "E and F went along with D"
    await sound(company)


async def test_what_is_refused(company: Company, house: House) -> None:
    words = await refused(company, house, Move("L", "binary", "G", 1, alone=True), errors.CycleError)
    assert words.startswith("G is L or stands below L in the binary tree")
    await refused(company, house, Move("A", "sponsor", "B", alone=True), errors.CycleError)
    await refused(company, house, Move("L", "sponsor", "B", alone=True), errors.SamePlaceError)
    await refused(company, house, Move("H", "binary", "A", 2, alone=True), errors.NotPlacedError)
    with pytest.raises(errors.UnknownDistributorError):
        await house.moves.preview_move(Move("nobody", "sponsor", "B", alone=True))
    # As of the 21st C would go to where H stood until the 24th.
    company.clock.set(2026, 3, 22)
    await company.write(Place("H", seat("H", "E", 1).placement, ms(2026, 3, 22)))
    company.clock.set(2026, 3, 24)
    await company.write(Move("H", "binary", "G", 1))
    company.clock.set(2026, 3, 26)
    late = Move("L", "binary", "A", 2, ms(2026, 3, 21), alone=True)
    assert "was H's" in await refused(company, house, late, errors.SlotTakenError)
    await sound(company)


async def test_too_many_are_refused(company: Company, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.moves.service.PROMOTED_AT_MOST", 4)
    words = await refused(company, house, GOALS["sponsor"], errors.InvalidCommandError)
    assert words == "L sponsors more than 4 people, which are too many for one commit; move them first."
