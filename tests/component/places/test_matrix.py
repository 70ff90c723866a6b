"""The matrix beside the other trees: places, moves, volumes and history against plain dictionaries and searches."""

import asyncio
import random
from typing import Any

import pytest

from app.doctor.places import rebuild_spots
from app.doctor.service import Doctor
from app.errors import BanyanError
from app.facts.commands import (
    BelowSponsor,
    Enrol,
    Explicit,
    KeepMatrix,
    Move,
    PastMove,
    Place,
    Placement,
    Register,
    Reinstate,
    Submission,
    Terminate,
    Vacate,
)
from app.facts.errors import (
    AlreadyPlacedError,
    CycleError,
    InvalidCommandError,
    MatrixConflictError,
    NoMatrixError,
    NotPlacedError,
    OutsideSponsorError,
    SlotTakenError,
)
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.graph.procedures import ProcedureInstaller, call_text
from app.volumes.rebuild import LEASE_MS, TallyRebuild
from tests.component.places.model import PlainPlaces
from tests.component.volumes.company import (
    APRIL,
    MARCH,
    Company,
    close_period,
    customer_order,
    enrol,
    ms,
    open_period,
    order,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
AT = ms(2026, 3, 2)


async def healthy(graph: GraphDatabase) -> None:
    diagnosis = await Doctor(graph).examine(lambda line: None)
    assert [problem for checkup in diagnosis.checkups for problem in checkup.problems] == []


def seat(id: str, parent: str = "", slot: int = 0, at: int = AT) -> Place:
    return Place(id, Explicit(parent, slot) if parent else BelowSponsor("first_open"), at, "matrix")


async def found(graph: GraphDatabase, sponsor: str) -> dict[str, Any]:
    row = await graph.read_one("procedures/find_place_matrix", {"id": sponsor})
    assert row is not None
    return row


async def refusal(company: Company, *commands: Any) -> str:
    """The code of the error that stops them; nothing is written."""
    before = await company.graph.read_one("queries/facts/head")
    with pytest.raises(BanyanError) as refused:
        await company.write(*commands)
    assert await company.graph.read_one("queries/facts/head") == before
    return str(refused.value.details["refusals"][0]["error"])


@pytest.mark.parametrize(("width", "seed"), [(3, 1), (2, 2), (1, 3), (5, 4)])
async def test_the_first_open_slot_is_where_a_plain_search_finds_it(
    graph: GraphDatabase, width: int, seed: int
) -> None:
    """Newcomers by search and by hand, moves of whole branches, orders; sponsors are often not the parents."""
    rng = random.Random(seed)
    company, plain = Company(graph), PlainPlaces(tuple(range(1, width + 1)))
    await company.write(open_period(MARCH), enrol("D0", None), KeepMatrix(width, 9))
    ids, seated, sold, sponsors = ["D0"], ["D0"], dict[str, int](), dict[str, str]()
    for number in range(1, 110):
        id, sponsor = f"N{number}", rng.choice(ids[-40:])
        await company.write(enrol(id, sponsor, at=AT))
        sponsors[id] = sponsor
        ids.append(id)
        if sponsor in seated and rng.random() < 0.85:
            said = await found(graph, sponsor)
            place = plain.find("first_open", sponsor)
            if rng.random() < 0.2:
                place = rng.choice(plain.open_slots(sponsor))[1:]
            else:
                assert (said["parent_id"], said["slot"]) == place
            [receipt] = await company.write(
                seat(id, *place) if place != (said["parent_id"], said["slot"]) else seat(id)
            )
            assert (receipt.data["parent_id"], receipt.data["slot"]) == place
            plain.put(id, *place)
            seated.append(id)
        if rng.random() < 0.25:
            await _move_somebody(company, plain, rng, seated)
        if rng.random() < 0.4:
            buyer, pv = rng.choice(ids), rng.randrange(1, 9) * 100
            sold[buyer] = sold.get(buyer, 0) + pv
            await company.write(order(f"O{number}", buyer, pv=pv))
        if rng.random() < 0.2:
            await company.catch_up(rng.choice((3, 5_000)))
    await company.catch_up()
    for id in ids:
        figures = await company.figures(id)
        below = plain.below(id)
        assert figures["matrix_heads"] == len(below)
        assert figures["matrix_pv"] == sum(sold.get(one, 0) for one in below)
    for top in rng.sample(seated, 4):
        row = await graph.read_one("procedures/open_slots_matrix", {"id": top, "most": 9})
        assert row is not None
        assert list(zip(row["levels"], row["parent_ids"], row["slots"], strict=True)) == plain.open_slots(top)[:9]
    await company.check()
    await healthy(graph)


async def _move_somebody(company: Company, plain: PlainPlaces, rng: random.Random, seated: list[str]) -> None:
    mover = rng.choice(seated)
    below = set(plain.below(mover))
    to = [(id, slot) for id in seated if id not in below for slot in plain.slots if (id, slot) not in plain.children]
    if mover == "D0" or not to:
        return
    parent, slot = rng.choice(to)
    company.clock.pass_ms(1_000)
    await company.write(Move(mover, "matrix", parent, slot))
    plain.move(mover, parent, slot)


async def test_volume_follows_moves_within_levels_and_as_of_the_end_of_the_period(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(open_period(MARCH), open_period(APRIL), enrol("D0", None), KeepMatrix(2, 5))
    await company.write(*[enrol(f"D{n}", "D0", at=AT) for n in range(1, 6)])
    await company.write(seat("D1", "D0", 1), seat("D2", "D1", 1), seat("D3", "D2", 1), seat("D4", "D0", 2))
    rebuild = TallyRebuild(graph, company.roll_up("levels", lease_ms=LEASE_MS))
    await rebuild.run({"sponsor": 0, "binary": 0, "matrix": 2})
    company.clock.pass_ms(LEASE_MS)
    await company.write(order("O1", "D3", pv=700), order("O2", "D2", pv=50))
    await company.catch_up()
    assert await _within(company, "D0") == (50, 750)
    assert await _within(company, "D1") == (750, 750)
    company.clock.set(2026, 4, 3)
    await company.write(close_period(MARCH), Move("D2", "matrix", "D4", 2), order("O3", "D3", pv=9, at=ms(2026, 4, 2)))
    await company.catch_up()
    assert (await company.figures("D1"))["matrix_pv"] == 750  # March stays as it was known when it was closed
    april = {id: (await company.figures(id, APRIL))["matrix_pv"] for id in ("D0", "D1", "D4", "D2")}
    assert april == {"D0": 9, "D1": 0, "D4": 9, "D2": 9}
    await company.check()
    await healthy(graph)


async def test_what_was_sold_before_a_matrix_was_kept_counts_in_it(graph: GraphDatabase) -> None:
    """In an open month, of distributors and of customers; places, moves and orders come in the same step."""
    company = Company(graph)
    await company.write(open_period(MARCH), enrol("D0", None), *[enrol(f"D{n}", "D0", at=AT) for n in range(1, 5)])
    await company.write(Register("C1", "C1", "D3", AT), customer_order("O0", "C1", pv=40))
    await company.write(order("O1", "D1", pv=700), order("O2", "D3", pv=50), order("O3", "D4", pv=1))
    await company.catch_up()
    await company.write(KeepMatrix(2, 5), seat("D1", "D0", 1), seat("D3", "D1", 1), order("O4", "D3", pv=5))
    await company.write(seat("D4", "D3", 2), order("O5", "D1", pv=2))
    expected = {"D0": 798, "D1": 798, "D2": 0, "D3": 96, "D4": 1}
    for most in (5_000, 1):
        await company.catch_up(most)
        assert {id: (await company.figures(id))["matrix_pv"] for id in expected} == expected
        legs = await graph.read_one("procedures/legs_matrix", {"id": "D0", "period": MARCH})
        assert legs is not None
        assert (legs["heads"], legs["pvs"]) == ([3], [798])
        await company.check()
        await company.write(Move("D3", "matrix", "D0", 2), Move("D3", "matrix", "D1", 1))
    await company.catch_up()
    await company.check()
    await healthy(graph)


async def _within(company: Company, id: str) -> tuple[int, int]:
    row = await company.graph.read_one("procedures/tally", {"id": id, "period": MARCH, "levels": 2})
    assert row is not None
    return row["matrix_within_pv"], row["matrix_pv"]


async def test_a_move_in_the_past_splits_the_stay_and_the_tree_of_then_shows_it(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), KeepMatrix(3, 9), *[enrol(f"D{n}", "D0", at=AT) for n in range(1, 5)])
    await company.write(enrol("D5", "D1", at=AT), seat("D1", "D0", 1), seat("D2", "D0", 2), seat("D3", "D1", 1))
    await company.write(Move("D3", "matrix", "D2", 3, effective_at=ms(2026, 3, 9)))
    await company.write(PastMove("D4", "matrix", "D2", 1, AT, ms(2026, 3, 5)))
    for at, parents in ((AT, {"D3": "D1", "D4": "D2"}), (ms(2026, 3, 8), {"D3": "D1"}), (ms(2026, 3, 9), {"D3": "D2"})):
        asked = {"id": "D0", "at": at, "seq": 99, "depth": 9, "page": 9}
        row = await graph.read_one("procedures/downline_as_of_matrix", asked)
        assert row is not None
        stood = dict(zip(row["ids"], row["parent_ids"], strict=True))
        assert {id: stood[id] for id in ("D3", "D4") if id in stood} == parents
    # The slot was D3's until then: whoever is placed there by hand as of before is refused, by search they stand since.
    assert await refusal(company, seat("D5", "D1", 1)) == SlotTakenError.code()
    [placed] = await company.write(seat("D5"))
    assert (placed.data["parent_id"], placed.data["slot"]) == ("D1", 1)
    await company.catch_up()
    await healthy(graph)


async def test_what_the_matrix_refuses(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), *[enrol(f"D{n}", "D0") for n in range(1, 5)], enrol("E1", "D1"))
    assert (await found(graph, "D0"))["why"] == "the company keeps no matrix"
    assert await refusal(company, seat("D1")) == NoMatrixError.code()
    assert await refusal(company, Move("D1", "matrix", "D0", 1)) == NoMatrixError.code()
    for width, depth in ((0, 3), (21, 3), (3, 0), (3, 51)):
        assert await refusal(company, KeepMatrix(width, depth)) == InvalidCommandError.code()
    await company.write(KeepMatrix(3, 9))
    in_one_batch = (KeepMatrix(2, 9), seat("D1", "D0", 1), KeepMatrix(3, 9))
    assert await refusal(company, *in_one_batch) == MatrixConflictError.code()
    await company.write(KeepMatrix(2, 9), seat("D1", "D0", 1), seat("D2", "D1", 2))
    for command, error in (
        (KeepMatrix(3, 9), MatrixConflictError),
        (seat("D3", "D0", 3), InvalidCommandError),
        (seat("D3", "D0", 1), SlotTakenError),
        (seat("D3", "D4", 1), NotPlacedError),
        (seat("D1"), AlreadyPlacedError),
        (seat("E1", "D0", 2), OutsideSponsorError),
        (Place("D3", BelowSponsor("outside_left"), AT, "matrix"), InvalidCommandError),
        (Move("D1", "matrix", "D2", 1), CycleError),
        (Move("D3", "matrix", "D2", 1), NotPlacedError),
        (Move("D2", "matrix", "D0", 3), InvalidCommandError),
    ):
        assert await refusal(company, command) == error.code(), command
    await company.write(KeepMatrix(2, 4))
    said = await graph.read_one("queries/facts/matrix")
    assert said == {"width": 2, "depth": 4, "used": True}
    assert (await found(graph, "D4"))["why"] == "D4 has no place in the matrix yet, so nobody can be placed below"
    await company.catch_up()
    await healthy(graph)


def newcomer(id: str, sponsor: str, seat: Placement, placement: Placement | None = None) -> Enrol:
    return Enrol(id, sponsor, id, id, AT, placement=placement, matrix_placement=seat)


async def test_an_enrolment_gives_a_place_in_both_trees_in_one_fact(graph: GraphDatabase) -> None:
    """In one commit each of many gets a slot of its own, in the order of the facts; by hand below one of them too."""
    company, plain = Company(graph), PlainPlaces((1, 2, 3))
    first_open = BelowSponsor("first_open")
    await company.write(open_period(MARCH), enrol("D0", None), enrol("loose", "D0"))
    assert await refusal(company, newcomer("X", "D0", first_open)) == "no-matrix"
    await company.write(KeepMatrix(3, 9))
    assert await refusal(company, newcomer("X", "loose", first_open, Explicit("D0", 1))) == "not-placed"
    assert await refusal(company, newcomer("X", "D0", Explicit("D0", 4))) == "invalid-command"
    assert await refusal(company, newcomer("X", "D0", BelowSponsor("outside_left"))) == "invalid-command"
    people = [newcomer(f"N{n}", "D0", first_open, BelowSponsor("outside_left")) for n in range(9)]
    answers = await asyncio.gather(
        *[company.writer.submit(Submission(f"both-{one.id}", "test", "", one)) for one in people]
    )
    assert [answer.seq for answer in answers] == list(range(answers[0].seq, answers[0].seq + len(people)))
    above = "D0"
    for person, answer in zip(people, answers, strict=True):
        place = plain.find("first_open", "D0")
        assert (answer.data["matrix_parent_id"], answer.data["matrix_slot"]) == place
        assert (answer.data["parent_id"], answer.data["slot"]) == (above, 1)
        assert answer.data["matrix_why"].startswith("the first open slot below D0, on level ")
        plain.put(person.id, *place)
        above = person.id
    assert await refusal(company, newcomer("X", "D0", Explicit("D0", 1))) == "slot-taken"
    assert await refusal(company, newcomer("X", "N0", Explicit("N2", 1))) == "outside-sponsor"
    [_, _, repeated] = await company.write(
        newcomer("M1", "N2", Explicit("N2", 3), Explicit("N8", 1)),
        newcomer("M2", "M1", Explicit("M1", 2)),
        newcomer("M3", "M1", first_open),
    )
    assert (repeated.data["matrix_parent_id"], repeated.data["matrix_slot"]) == ("M1", 1)
    again = await company.writer.submit(Submission("both-N3", "test", "", people[3]))
    assert (again.replayed, again.data) == (True, answers[3].data)
    await company.write(order("O1", "M2", pv=40), order("O2", "N1", pv=7))
    await company.catch_up()
    for id, parent, slot in (("M1", "N2", 3), ("M2", "M1", 2), ("M3", "M1", 1)):
        plain.put(id, parent, slot)
    for id in ["D0", *[one.id for one in people], "M1", "M2", "M3"]:
        figures, below = await company.figures(id), plain.below(id)
        assert figures["matrix_heads"] == len(below)
        assert figures["matrix_pv"] == 40 * ("M2" in below) + 7 * ("N1" in below)
    await company.check()
    await healthy(graph)
    assert (await verify_chain(graph)).intact


async def test_a_seat_of_an_enrolment_is_given_up_and_another_taken(graph: GraphDatabase) -> None:
    company, first_open = Company(graph), BelowSponsor("first_open")
    await company.write(open_period(MARCH), enrol("D0", None), KeepMatrix(2, 9), order("O0", "D0", pv=1))
    await company.write(newcomer("N1", "D0", first_open, Explicit("D0", 1)))
    await company.write(newcomer("N2", "N1", Explicit("N1", 2), Explicit("N1", 1)))
    await company.write(order("O1", "N1", pv=2), order("O2", "N2", pv=4))
    company.clock.set(2026, 3, 20)
    *_, again = await company.write(
        Terminate("N1"),
        Vacate("N1", "matrix", "N2"),
        Move("N2", "matrix", "D0", 1),
        Reinstate("N1"),
        seat("N1", at=ms(2026, 3, 19)),
        newcomer("N3", "N1", first_open, BelowSponsor("outside_right")),
    )
    assert (again.data["matrix_parent_id"], again.data["matrix_slot"]) == ("N1", 1)
    assert (again.data["parent_id"], again.data["slot"]) == ("N1", 2)
    await company.catch_up()
    below = {id: await company.figures(id) for id in ("D0", "N1", "N2", "N3")}
    assert {id: one["matrix_heads"] for id, one in below.items()} == {"D0": 4, "N1": 2, "N2": 1, "N3": 1}
    assert {id: one["matrix_pv"] for id, one in below.items()} == {"D0": 7, "N1": 2, "N2": 4, "N3": 0}
    assert await refusal(company, seat("N1")) == "already-placed"
    await company.check()
    await healthy(graph)
    assert (await verify_chain(graph)).intact


async def test_who_comes_into_the_matrix_is_nobody_new_in_a_leg_of_the_binary_tree(graph: GraphDatabase) -> None:
    """The lighter leg is weighed with those placements of its tree that the roll-up has not counted yet."""
    company, lighter = Company(graph), {"id": "D0", "strategy": "lighter_by_people"}
    await company.write(enrol("D0", None), enrol("L1", "D0", "D0", 1), enrol("L2", "D0", "L1", 1), KeepMatrix(2, 9))
    await company.write(enrol("R1", "D0", "D0", 2))
    await company.catch_up()
    before = await graph.read_one("procedures/find_place_binary", lighter)
    assert before is not None
    assert before["parent_id"] == "R1"
    await company.write(seat("R1"))
    assert await graph.read_one("procedures/find_place_binary", lighter) == before


async def test_a_wrong_note_about_open_slots_is_found_and_mended(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), KeepMatrix(2, 9), *[enrol(f"D{n}", "D0") for n in range(1, 7)])
    for number in range(1, 7):
        await company.write(seat(f"D{number}"))
    await company.catch_up()
    await healthy(graph)
    await graph.run_script("damage", ["MATCH (d:Distributor {id: 'D3'}) SET d.matrix_open_distance = 4"])
    diagnosis = await Doctor(graph).examine(lambda line: None)
    assert "D3 (number 3) keeps open_distance 4 about open slots, the matrix edges say 0" in [
        problem for checkup in diagnosis.checkups for problem in checkup.problems
    ]
    assert await rebuild_spots(graph) == 1
    await healthy(graph)


async def test_one_batch_places_many_and_every_installed_name_answers(graph: GraphDatabase) -> None:
    """A full matrix in one batch, whose repairs pass people that nobody named; then each procedure by its name."""
    company = Company(graph)
    people = [enrol(f"T{n}", f"T{(n - 1) // 3}" if n else None) for n in range(41)]
    await company.write(people[0], KeepMatrix(3, 9))
    await company.write(*people[1:], *[seat(f"T{n}", f"T{(n - 1) // 3}", 1 + (n - 1) % 3) for n in range(1, 40)])
    assert (await found(graph, "T0"))["why"] == "the first open slot below T0, on level 4"
    await company.write(seat("T40", "T13", 1))
    await company.catch_up()
    await healthy(graph)
    assert (await ProcedureInstaller(graph).install()).ok
    asked: dict[str, dict[str, Any]] = {
        "downline": {"id": "T0", "seq": 999, "depth": 9, "page": 50, "period": 0},
        "upline": {"id": "T40"},
        "frontline": {"id": "T0", "seq": 999},
        "legs": {"id": "T0", "period": MARCH},
        "path": {"id": "T40", "other_id": "T2"},
        "common_upline": {"id": "T40", "other_id": "T2"},
        "is_in_downline": {"id": "T40", "top_id": "T1"},
        "level_summary": {"id": "T0", "period": MARCH},
        "find_place": {"id": "T0"},
        "open_slots": {"id": "T0"},
        "downline_as_of": {"id": "T0", "at": AT, "seq": 999, "depth": 9, "page": 50},
    }
    answers = {}
    for name, params in asked.items():
        statement = graph.library[f"procedures/{name}_matrix"]
        called = await graph.adhoc(
            call_text(statement), statement.bind(params), timeout_s=30, max_rows=10, max_bytes=10**6
        )
        answers[name] = dict(zip(called.columns, called.rows[0], strict=True))
    assert [answers["downline"]["ids"], answers["downline"]["slots"]] == [
        [f"T{n}" for n in range(1, 41)],
        [1 + (n - 1) % 3 for n in range(1, 41)],
    ]
    assert answers["upline"]["ids"] == ["T13", "T4", "T1", "T0"]
    assert answers["frontline"]["ids"] == ["T1", "T2", "T3"]
    assert answers["legs"]["heads"] == [14, 13, 13]
    assert answers["path"]["ids"] == ["T40", "T13", "T4", "T1", "T0", "T2"]
    assert answers["common_upline"]["common_id"] == "T0"
    assert answers["level_summary"]["people"] == [3, 9, 27, 1]
    assert (answers["find_place"]["parent_id"], answers["find_place"]["slot"]) == ("T13", 2)
    assert answers["open_slots"]["parent_ids"][:3] == ["T13", "T13", "T14"]


async def test_g11_and_g12_spill_goes_to_the_first_open_slot_and_leaves_the_sponsor(graph: GraphDatabase) -> None:
    """[P] G11 (http://wtksoftware.com/clients/index.php?rp=/knowledgebase/16/Forced-Matrix-Plan.html), width 3: A has
    B, C and D, B has E, F and G, C has H, I and J; A refers K, who stands under D, in the first slot, and whose sponsor
    stays A. [P] G12 (mlmforge, matrix): Root fills A, B and C and recruits D, who stands under A in slot 1."""
    company, first_open = Company(graph), BelowSponsor("first_open")
    await company.write(enrol("A", None), KeepMatrix(3, 9))
    for sponsor, those in (("A", "BCD"), ("B", "EFG"), ("C", "HIJ")):
        placed = await company.write(*[newcomer(id, sponsor, first_open) for id in those])
        assert [each.data["matrix_slot"] for each in placed] == [1, 2, 3]
        assert {each.data["matrix_parent_id"] for each in placed} == {sponsor}
        if sponsor == "A":
            g12 = await found(graph, "A")
            assert (g12["parent_id"], g12["slot"]) == ("B", 1), "as D of G12 under A: the first of three who fill it"
    [k] = await company.write(newcomer("K", "A", first_open))
    assert (k.data["matrix_parent_id"], k.data["matrix_slot"]) == ("D", 1)
    card = await graph.read_one("queries/people/card", {"id": "K"})
    assert card is not None
    assert card["sponsor_id"] == "A"
