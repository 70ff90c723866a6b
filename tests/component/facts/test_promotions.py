"""Who leaves and gives up their place: who takes it, which volumes follow, what was known before, what is refused."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from app.doctor.service import Doctor
from app.errors import BanyanError
from app.facts import errors, repository
from app.facts.commands import (
    TREES,
    Command,
    Explicit,
    KeepMatrix,
    Move,
    Place,
    Reinstate,
    Submission,
    Terminate,
    Tree,
    Vacate,
)
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.moves import service
from app.moves.models import Figures
from app.settings import Settings
from app.wiring import House, build_house
from tests.component.volumes.company import APRIL, MARCH, Company, enrol, ms, open_period, order

pytestmark = pytest.mark.anyio
PEOPLE = "ABCDEFGHIJK"


def seat(id: str, parent: str, slot: int) -> Place:
    return Place(id, Explicit(parent, slot), ms(2026, 2, 1), "matrix")


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    """L leaves. In the binary tree D, who came first, is on the right; below D both slots are taken. In the matrix,
    three wide, H came before I and J."""
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
    sales = [order(f"o{id}", id, 2**n) for n, id in enumerate((*PEOPLE, "L"))]
    await company.write(*sales)
    return company


@pytest.fixture
def house(company: Company, test_settings: Settings, tmp_path: Path) -> House:
    return build_house(test_settings.model_copy(update={"data_dir": tmp_path}), company.graph, company.clock)


async def leaves(house: House, terminate: Terminate, key: str = "t") -> int:
    """The fact of the termination."""
    receipt = await house.moves.terminate(terminate, key=key, actor="test", reason="left")
    return receipt.seq


async def refused(house: House, terminate: Terminate, error: type[BanyanError], key: str = "r") -> str:
    """By the first of its facts, in that one's own words, as the preview says."""
    with pytest.raises(error) as refusal:
        await leaves(house, terminate, key)
    if error is not errors.UnknownDistributorError:
        foretold = (await house.moves.preview_termination(terminate)).refusal
        assert foretold is not None
        assert (foretold.code(), foretold.message) == (error.code(), refusal.value.message)
    return refusal.value.message


async def below(company: Company, tree: Tree, top: str = "A", *, at: int | None = None, seq: int | None = None) -> str:
    """Everybody below somebody: `child<parent.slot`, nearest level first."""
    head = await company.graph.read_one("queries/facts/head")
    assert head is not None
    moment = {
        "at": company.clock.at.timestamp() * 1000 // 1 if at is None else at,
        "seq": head["seq"] if seq is None else seq,
    }
    asked = {"id": top, "depth": 99, "page": 99, "at": int(moment["at"]), "seq": moment["seq"]}
    row = await company.graph.read_one(f"procedures/downline_as_of_{tree}", asked)
    assert row is not None
    return " ".join(f"{a}<{b}{slot}" for a, b, slot in zip(row["ids"], row["parent_ids"], row["slots"], strict=True))


async def sound(company: Company) -> None:
    await company.catch_up(3)
    diagnosis = await Doctor(company.graph).examine(lambda _: None)
    assert [checkup.problems for checkup in diagnosis.checkups if checkup.count] == []
    assert (await verify_chain(company.graph)).intact


BEFORE = "B<A1 L<B2 D<L2 C<L1 E<D1 F<D2 G<C1"
SEATS_BEFORE = "L<A3 H<L3 I<L2 J<L1 E<H2 F<I1 K<H1"


async def test_who_came_first_takes_the_place_and_the_others_go_below(company: Company, house: House) -> None:
    assert (await below(company, "binary"), await below(company, "matrix")) == (BEFORE, SEATS_BEFORE)
    seq = await leaves(house, Terminate("L", "promote"))
    # C's slot under D is taken, so C goes to the first open one: the left of E.
    assert await below(company, "binary") == "B<A1 D<B2 E<D1 F<D2 C<E1 G<C1"
    # J's slot under H is K's, so J goes to the only open one there, the third; I's is E's, then: the first of K.
    assert await below(company, "matrix") == "H<A3 E<H2 J<H3 K<H1 I<K1 F<I1"
    assert await below(company, "sponsor", "B") == "L<B0 D<B0 C<B0 H<B0 I<B0 J<B0 K<B0 E<D0 G<C0"
    await sound(company)
    figures = await company.figures("B")
    assert (figures["binary_heads"], figures["binary_pv"]) == (6, 2 + 4 + 8 + 16 + 32 + 64), "L's own is L's alone"
    assert (await company.figures("L"))["binary_pv"] == 2**11
    assert (await company.figures("L"))["binary_heads"] == 1
    assert (await company.figures("H"))["matrix_pv"] == 16 + 32 + 128 + 256 + 512 + 1024
    # What was known before, and what was so before as known now.
    assert await below(company, "binary", seq=seq - 1) == BEFORE
    assert await below(company, "matrix", seq=seq - 1) == SEATS_BEFORE
    assert await below(company, "binary", at=ms(2026, 3, 19)) == BEFORE
    assert await leaves(house, Terminate("L", "promote")) == seq, "said again it is answered as before"
    # Also once L is back with somebody below: nothing follows then.
    await company.write(Reinstate("L"), enrol("N", "L"))
    assert await leaves(house, Terminate("L", "promote")) == seq
    assert await below(company, "sponsor", "L") == "N<L0"


async def test_since_an_instant_in_the_past_and_in_one_tree(company: Company, house: House) -> None:
    await company.write(open_period(APRIL))
    company.clock.set(2026, 4, 4)
    await leaves(house, Terminate("L", "promote", ms(2026, 3, 25), ("binary",)))
    assert (await below(company, "matrix"), await below(company, "binary", "L")) == (SEATS_BEFORE, "")
    assert await below(company, "binary", at=ms(2026, 3, 26)) == "B<A1 D<B2 E<D1 F<D2 C<E1 G<C1"
    assert await below(company, "binary", at=ms(2026, 3, 24)) == BEFORE
    assert "H<L0" in await below(company, "sponsor")
    await sound(company)
    assert (await company.figures("B"))["binary_pv"] == 2 + 4 + 8 + 16 + 32 + 64


async def test_the_same_slot_where_it_is_open_and_places_without_anybody_below(company: Company, house: House) -> None:
    await leaves(house, Terminate("D", "promote", trees=("binary",)))
    assert await below(company, "binary") == "B<A1 L<B2 C<L1 E<L2 F<E2 G<C1", "F keeps the right"
    await leaves(house, Terminate("G", "promote"), "g")
    assert await below(company, "binary") == "B<A1 L<B2 C<L1 E<L2 F<E2"
    await sound(company)


async def test_a_place_given_up_is_not_given_back(company: Company, house: House) -> None:
    await leaves(house, Terminate("L", "promote"))
    company.clock.set(2026, 3, 22)
    said = Submission("back", "test", "came back", Reinstate("L"))
    receipt = await company.writer.submit(said)
    assert (receipt.data["old_status"], receipt.data["vacated"]) == ("terminated", "binary,matrix")
    await company.write(Place("L", Explicit("C", 2), ms(2026, 3, 22)))
    assert await company.writer.submit(said) == replace(receipt, replayed=True), "as it was answered then"
    [_, again] = await company.write(Terminate("L"), Reinstate("L"))
    assert again.data["vacated"] == "matrix"
    assert await below(company, "binary") == "B<A1 D<B2 E<D1 F<D2 C<E1 L<C2 G<C1"
    assert await below(company, "binary", at=ms(2026, 3, 21)) == "B<A1 D<B2 E<D1 F<D2 C<E1 G<C1"
    await sound(company)


@pytest.mark.parametrize("tree", ["binary", "matrix"])
async def test_a_move_is_not_dated_to_when_somebody_had_no_place(company: Company, house: House, tree: Any) -> None:
    """L gives the place up on the 20th and is placed anew on the 24th: dated before that, a move would say that L stood
    somewhere all the time."""
    await leaves(house, Terminate("L", "promote", trees=("binary", "matrix")))
    company.clock.set(2026, 3, 26)
    await company.write(Reinstate("L"), Place("L", Explicit("G", 1), ms(2026, 3, 24), "binary"))
    await company.write(Place("L", Explicit("F", 1), ms(2026, 3, 24), "matrix"))
    before, goal = [await below(company, tree, at=ms(2026, 3, day)) for day in (21, 25)], {"binary": "G", "matrix": "F"}
    for day in (19, 20, 22, 24):  # before the gap, in it, and at its end
        with pytest.raises(
            errors.BatchRefusedError, match=r"L has stood again in the .* tree only since 2026-03-24T00:00:00Z"
        ):
            await company.write(Move("L", tree, goal[tree], 2, effective_at=ms(2026, 3, day)))
    assert before == [await below(company, tree, at=ms(2026, 3, day)) for day in (21, 25)]
    await company.write(Move("L", tree, goal[tree], 2, effective_at=ms(2026, 3, 24, 1)))
    assert await below(company, tree, at=ms(2026, 3, 21)) == before[0]
    assert f"L<{goal[tree]}2" in await below(company, tree, at=ms(2026, 3, 25))
    await sound(company)


@contextmanager
def meanwhile(company: Company, *commands: Command) -> Iterator[None]:
    """What somebody else says is written just before the next command gets hold of Head."""
    waiting = [commands]

    def later(take: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def taken(*given: Any) -> Any:
            if waiting:
                await company.write(*waiting.pop())
            return await take(*given)

        return taken

    with (
        patch.object(repository, "take_head", later(repository.take_head)),
        patch.object(repository, "take_head_and_load", later(repository.take_head_and_load)),
    ):
        yield


async def test_everybody_is_promoted_from_where_they_stand_when_it_is_written(company: Company, house: House) -> None:
    """While the termination waits, C goes elsewhere, L with everybody to another place, H to a sponsor; N comes."""
    others = Move("C", "binary", "F", 1), Move("L", "binary", "A", 2), Move("H", "sponsor", "A"), enrol("N", "L")
    with meanwhile(company, *others):
        await leaves(house, Terminate("L", "promote"))
    assert await below(company, "binary") == "B<A1 D<A2 E<D1 F<D2 C<F1 G<C1"
    assert await below(company, "sponsor") == "B<A0 F<A0 H<A0 L<B0 D<B0 C<B0 I<B0 J<B0 K<B0 N<B0 E<D0 G<C0"
    await sound(company)


async def test_what_is_written_meanwhile_is_foretold_as_well(company: Company, house: House) -> None:
    with meanwhile(company, Move("L", "binary", "A", 2), Move("C", "binary", "F", 1)):
        found = await house.moves.preview_termination(Terminate("L", "promote", trees=("binary",)))
    assert found.refusal is None
    assert {change.id for change in found.people} == {"A", "L"}


async def test_nobody_goes_to_a_sponsor_who_was_not_yet_the_leavers(company: Company, house: House) -> None:
    """L, sponsored by B in March, came to A in April; so D and the others, whom L sponsors, are B's in March."""
    await company.write(open_period(APRIL))
    company.clock.set(2026, 4, 20)
    await company.write(Move("L", "sponsor", "A", effective_at=ms(2026, 4, 10)))
    await company.catch_up()
    before, march = await figures(company, "sponsor", "B"), await below(company, "sponsor", at=ms(2026, 4, 9))
    leaving = Terminate("L", "promote", ms(2026, 3, 20), ("sponsor",))
    found = await house.moves.preview_termination(leaving)
    assert found.refusal is None
    assert dict(found.volumes)["2026-03"] == ()
    assert {change.id for change in dict(found.volumes)["2026-04"]} == {"A", "L"}
    await leaves(house, leaving)
    assert await below(company, "sponsor", at=ms(2026, 4, 9)) == march
    assert "C<L0" in march
    assert "H<L0" in march
    then = await below(company, "sponsor", at=ms(2026, 4, 10) + 1)
    assert then == "B<A0 L<A0 C<A0 F<A0 H<A0 I<A0 J<A0 K<A0 D<B0 G<C0 E<D0"
    await sound(company)
    assert (await figures(company, "sponsor", "B"))[1] == before[1], "March is what it was"


async def test_who_enrolled_first_takes_the_place_whenever_they_were_entered_unless_they_left(
    company: Company, house: House
) -> None:
    """Below G the second entered enrolled first; below E both on one day; below F, and below E2, somebody left."""
    company.clock.set(2026, 3, 25)
    newcomers = ("G1", 10), ("G2", 5), ("E1", 9), ("E2", 9), ("F1", 5), ("F2", 10), ("E21", 20), ("E22", 15)
    places = {id: (id[:-1], int(id[-1])) for id, _ in newcomers}
    await company.write(*(enrol(id, "A", *places[id], at=ms(2026, 3, day)) for id, day in newcomers))
    await company.write(*(Terminate(id) for id in ("F1", "E21", "E22")))
    for id in ("G", "F", "E", "E2"):
        await leaves(house, Terminate(id, "promote", trees=("binary",)), id)
    found = dict(one.split("<") for one in (await below(company, "binary")).split())
    assert (found["G2"], found["G1"]) == ("C1", "G21"), "enrolled first, though entered second"
    assert (found["F2"], found["F1"]) == ("D2", "F21"), "F1 left already"
    assert (found["E1"], found["E22"]) == ("D1", "E12"), "entered first; and all left, so the first of them"
    assert found["E21"] == "E221"
    await sound(company)


async def test_a_preview_refuses_whatever_the_termination_would_refuse(
    company: Company, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is asked both ways by `refused`."""
    ahead = int(company.clock.at.timestamp() * 1000) + 60_000
    await company.write(enrol("N", "L", at=ahead))
    early = await refused(
        house, Terminate("L", "promote", ms(2026, 3, 10), ("sponsor",)), errors.InvalidCommandError, "ahead"
    )
    assert early.startswith("N has stood in the sponsor tree only since")
    monkeypatch.setattr(service, "PROMOTED_AT_MOST", 3)
    assert "more than 3 people" in await refused(house, Terminate("L", "promote"), errors.InvalidCommandError, "many")


async def test_what_is_refused(company: Company, house: House) -> None:
    head = await company.graph.read_one("queries/facts/head")
    await refused(house, Terminate("A", "promote"), errors.InvalidCommandError)
    await refused(house, Terminate("A", "promote", trees=("binary",)), errors.InvalidCommandError)
    await refused(house, Terminate("X", "promote"), errors.UnknownDistributorError)
    await refused(house, Terminate("K", "promote", trees=("binary",)), errors.NotPlacedError)
    await refused(house, Terminate("L", "keep_hole", trees=("binary",)), errors.InvalidCommandError)
    await refused(house, Terminate("L", "promote", trees=("binary", "binary")), errors.InvalidCommandError)
    # C would go below E, who was nobody's then.
    company.clock.set(2026, 3, 25)
    await company.write(enrol("N", "E", "E", 1, at=ms(2026, 3, 24)), enrol("O", "E", "E", 2, at=ms(2026, 3, 24)))
    await company.write(Move("O", "binary", "F", 2), Move("N", "binary", "F", 1))
    taken = await refused(house, Terminate("L", "promote", ms(2026, 3, 23), ("binary",)), errors.SlotTakenError, "x")
    assert "N's from 2026-03-24" in taken
    for command, error in (
        (Vacate("L", "binary", "D"), errors.NotTerminatedError),
        (Terminate("L"), None),
        (Vacate("L", "binary", "D"), errors.PlaceInUseError),
        (Vacate("L", "binary", None), errors.PlaceInUseError),
        (Vacate("B", "binary", "L"), errors.NotTerminatedError),
        (Terminate("K"), None),
        (Vacate("K", "binary", None), errors.NotPlacedError),
    ):
        await said(company, command, error)
    assert head is not None
    await sound(company)


async def said(company: Company, command: Command, error: type[BanyanError] | None) -> None:
    if error is None:
        await company.write(command)
        return
    with pytest.raises(errors.BatchRefusedError) as refusal:
        await company.write(command)
    assert refusal.value.details["refusals"][0]["error"] == error.code(), command


async def test_a_preview_foretells_it_in_every_tree_and_writes_nothing(company: Company, house: House) -> None:
    await company.write(open_period(APRIL))
    await company.catch_up()
    leaving = Terminate("L", "promote")
    head = await company.graph.read_one("queries/facts/head")
    found = await house.moves.preview_termination(leaving)
    assert found.refusal is None
    assert await company.graph.read_one("queries/facts/head") == head, "nothing is written"
    [(_, in_march)] = [one for one in found.volumes if one[0] == "2026-03"]
    before = {(tree, id): await figures(company, tree, id) for tree in TREES for id in (*PEOPLE, "L")}
    await leaves(house, leaving)
    await company.catch_up()
    for place, changes in ((0, found.people), (1, in_march)):
        told = {(change.tree, change.id): change for change in changes}
        for (tree, id), was in before.items():
            change, now = told.get((tree, id)), (await figures(company, tree, id))[place]
            assert (change is None and now == was[place]) or (
                change is not None and (change.before, change.after) == (was[place], now)
            ), (tree, id, change, was, now)
    legs = {
        leg.id: (leg.before.people, leg.after.people)
        for change in found.people
        if (change.tree, change.id) == ("binary", "B")
        for leg in change.legs
    }
    assert legs == {"L": (6, 0), "D": (0, 5)}
    again = await house.moves.preview_termination(leaving)
    assert isinstance(again.refusal, errors.TerminatedError)


async def figures(company: Company, tree: Tree, id: str) -> tuple[Figures, Figures]:
    """People now, and the volume of March."""
    row = await company.figures(id)
    return Figures(people=row[f"{tree}_heads"]), Figures(0, row[f"{tree}_pv"], row[f"{tree}_cv"])
