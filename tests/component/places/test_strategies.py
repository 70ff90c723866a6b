"""Every strategy against the plain search, on trees where sponsor and place differ; pointers against the edges."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from neo4j import GraphDatabase as Driver

from app.clock import to_ms
from app.doctor.places import rebuild_spots
from app.doctor.service import Doctor
from app.errors import BanyanError
from app.facts.commands import (
    PLACEMENT_TREES,
    BelowSponsor,
    ClosePeriod,
    Enrol,
    Explicit,
    HoldingTank,
    KeepMatrix,
    Move,
    Place,
    Prefer,
    Submission,
)
from app.facts.errors import BatchRefusedError, NoOpenPeriodError, NotPlacedError, OutsideSponsorError
from app.graph import GraphDatabase
from app.graph.procedures import ProcedureInstaller, call_text
from app.periods.calendars import period
from app.places.repository import PlaceRepository
from app.places.spots import PlacementTree
from app.places.strategies import PREFERABLE, STRATEGIES
from app.runtime import Endpoints
from app.workers.holding_tank import HoldingTankWorker
from tests.component.places.model import PlainPlaces
from tests.component.volumes.company import APRIL, MARCH, Company, enrol, ms, open_period, order

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
AT = ms(2026, 3, 2)


CALENDARS_OPEN = [
    open_period(MARCH),
    *[period(name, "UTC") for name in ("2026-W07-W10", "2026-W11-W14", "2026-W11", "2026-W12")],
    *[period(name, "UTC") for name in ("2026-03-16", "2026-03-17")],
]
"""Two of each calendar, where a month has one."""
NEWEST = {
    3: ["monthly"],
    10: ["monthly", "four_weeks"],
    16: ["monthly", "four_weeks", "weekly"],
    17: ["monthly", "four_weeks", "weekly", "daily"],
}
"""Of which calendars the newest open period contains a day of March."""


async def healthy(graph: GraphDatabase) -> None:
    diagnosis = await Doctor(graph).examine(lambda line: None)
    assert [problem for checkup in diagnosis.checkups for problem in checkup.problems] == []


def newcomer(id: str, sponsor: str, strategy: str) -> Enrol:
    return Enrol(id, sponsor, f"Name {id}", "", AT, placement=BelowSponsor(strategy))  # type: ignore[arg-type]


async def found(graph: GraphDatabase, sponsor: str, strategy: str) -> dict[str, Any]:
    row = await graph.read_one("procedures/find_place_binary", {"id": sponsor, "strategy": strategy})
    assert row is not None
    return row


@pytest.mark.parametrize("seed", [1, 2])
async def test_strategies_place_where_a_plain_search_does_and_say_so_before(graph: GraphDatabase, seed: int) -> None:
    """Newcomers, moves, orders, preferences and a roll-up that comes now and then."""
    rng = random.Random(seed)
    company, plain = Company(graph), PlainPlaces()
    company.clock.set(2026, 3, 20)
    await company.write(*CALENDARS_OPEN, enrol("D0", None))
    ids, sold = ["D0"], dict[tuple[str, str], int]()
    for number in range(1, 130):
        strategy, sponsor = rng.choice(STRATEGIES), rng.choice(ids[-40:])
        if rng.random() < 0.2:
            mover = rng.choice(ids)
            below = set(plain.below(mover))
            to = [(id, side) for id in ids if id not in below for side in (1, 2) if (id, side) not in plain.children]
            if mover != "D0" and to:
                parent, slot = rng.choice(to)
                if plain.parent[mover] != (parent, slot):
                    await company.write(Move(mover, "binary", parent, slot))
                    plain.move(mover, parent, slot)
        if rng.random() < 0.2:
            plain.preference[sponsor] = rng.choice(PREFERABLE)
            await company.write(Prefer(sponsor, plain.preference[sponsor]))
        if rng.random() < 0.4:
            buyer, cv, day = rng.choice(ids), rng.randrange(1, 9) * 100, rng.choice(tuple(NEWEST))
            for calendar in NEWEST[day]:
                sold[calendar, buyer] = sold.get((calendar, buyer), 0) + cv
            await company.write(order(f"O{number}", buyer, cv=cv, at=ms(2026, 3, day)))
        if rng.random() < 0.3:
            await company.catch_up()
            plain.cv = dict(sold)
        if strategy.startswith("lighter_by_") or strategy == "preference":
            await company.catch_up()  # moves and volumes count as rolled up, newcomers at once
            plain.cv = dict(sold)
        said = await found(graph, sponsor, strategy)
        [receipt] = await company.write(newcomer(f"N{number}", sponsor, strategy))
        place = plain.find(strategy, sponsor)
        assert (receipt.data["parent_id"], receipt.data["slot"]) == place, (strategy, sponsor)
        assert (said["parent_id"], said["slot"]) == place
        assert receipt.data["why"] == said["why"]
        assert sponsor in said["why"]
        plain.put(f"N{number}", *place)
        ids.append(f"N{number}")
    await company.catch_up()
    await healthy(graph)


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_an_enrolment_by_a_strategy_takes_three_statements(graph: GraphDatabase, strategy: str) -> None:
    """Each costs a trip to the server while everybody else waits for Head: at the end of long runs, in full trees and
    in slots that somebody left, too."""
    company = Company(graph)
    company.clock.set(2026, 3, 20)
    await company.write(*CALENDARS_OPEN, enrol("D0", None))
    await company.write(*[newcomer(f"F{number}", "D0", "first_open") for number in range(14)])
    await company.write(*[newcomer(f"R{number}", "D0", "outside_right") for number in range(9)])
    await company.write(Move("F12", "binary", "R8", 1))
    await company.catch_up()
    for number in range(4):
        asked: list[str] = []
        graph.observer = lambda event, asked=asked: asked.append(event.name)
        await company.write(newcomer(f"N{number}", "D0", strategy))
        graph.observer = None
        assert asked == [f"queries/facts/{name}" for name in OF_AN_ENROLMENT]
    await company.catch_up()
    await healthy(graph)


OF_AN_ENROLMENT = ("take_head_and_load_newcomer", "append_facts")


@pytest.mark.parametrize("tree", PLACEMENT_TREES)
async def test_a_place_takes_three_statements(graph: GraphDatabase, tree: PlacementTree) -> None:
    """By hand, by search, and of a newcomer by hand: the world says who the sponsor and the parent are."""
    company, first_open = Company(graph), BelowSponsor("first_open")
    await company.write(enrol("D0", None), KeepMatrix(3, 9), *[enrol(f"D{n}", "D0") for n in range(1, 6)])
    await company.write(Place("D1", first_open, AT, tree), Place("D2", Explicit("D1", 1), AT, tree))
    by_hand = Explicit("D2", 1)
    new = Enrol("N1", "D0", "N1", "", AT)
    new = replace(new, **{"placement" if tree == "binary" else "matrix_placement": by_hand})  # type: ignore[arg-type]
    for command in (
        Place("D3", first_open, AT, tree),
        Place("D4", Explicit("D3", 2), AT, tree),
        new,
    ):
        asked: list[str] = []
        graph.observer = lambda event, asked=asked: asked.append(event.name)
        [receipt] = await company.write(command)
        graph.observer = None
        assert asked == [f"queries/facts/{name}" for name in OF_A_PLACE[tree]]
        assert receipt.data["slot" if tree == "binary" or isinstance(command, Place) else "matrix_slot"] > 0
    await company.catch_up()
    await healthy(graph)


OF_A_PLACE = {tree: ("take_head_and_load_world", f"load_places_{tree}", "append_facts") for tree in PLACEMENT_TREES}


@pytest.mark.parametrize("tree", PLACEMENT_TREES)
async def test_whoever_places_by_hand_may_place_below_the_sponsor_alone(
    graph: GraphDatabase, tree: PlacementTree
) -> None:
    """However far below, above people of the same run, and below those who came in the same batch."""
    company = Company(graph)
    line = [Place(f"L{n}", Explicit(f"L{n - 1}" if n else "D0", 1), AT, tree) for n in range(40)]
    await company.write(enrol("D0", None), KeepMatrix(3, 9), *[enrol(f"L{n}", "D0") for n in range(40)])
    await company.write(*line)
    refused = 0
    for number, (sponsor, parent) in enumerate((("L0", 39), ("L20", 20), ("L20", 19), ("L20", 0), ("D0", 10))):
        await company.write(enrol(f"N{number}", sponsor))
        placed = Place(f"N{number}", Explicit(f"L{parent}", 2), AT, tree)
        if sponsor == "D0" or parent >= int(sponsor[1:]):
            await company.write(placed)
            continue
        with pytest.raises(BatchRefusedError) as error:
            await company.write(placed)
        assert error.value.details["refusals"][0]["error"] == OutsideSponsorError.code()
        refused += 1
    assert refused == 2
    await company.write(enrol("M1", "L20"), enrol("M2", "L20"))
    await company.write(Place("M1", Explicit("L30", 2), AT, tree), Place("M2", Explicit("M1", 1), AT, tree))
    await company.catch_up()
    await healthy(graph)


async def test_a_found_slot_is_a_newcomers_from_when_it_became_free(graph: GraphDatabase) -> None:
    """They enrolled before that: what a strategy finds is not refused for it, and nobody's past changes."""
    company = Company(graph)
    await company.write(open_period(MARCH), enrol("D0", None), *[enrol(f"D{n}", "D0", "D0", n) for n in (1, 2)])
    await company.write(Move("D2", "binary", "D1", 2))
    moved = to_ms(company.clock.now())
    company.clock.pass_ms(60_000)
    [enrolled] = await company.write(newcomer("N1", "D0", "outside_right"))
    assert (enrolled.data["parent_id"], enrolled.data["slot"], enrolled.data["placed_at"]) == ("D0", 2, moved)
    await company.write(order("O1", "N1", cv=100, at=ms(2026, 3, 10)))
    await company.write(enrol("L1", "D0"), Move("N1", "binary", "D2", 1))
    again = to_ms(company.clock.now())
    [placed] = await company.write(Place("L1", BelowSponsor("outside_right"), AT))
    assert (placed.data["parent_id"], placed.data["slot"]) == ("D0", 2)
    [later] = await company.write(newcomer("N2", "D0", "outside_right"))
    assert (later.data["parent_id"], later.data["placed_at"]) == ("L1", None)
    for at, right in ((AT, "D2"), (moved, "N1"), (again - 1, "N1"), (again, "L1")):
        asked = {"id": "D0", "at": at, "seq": 99, "depth": 1, "page": 9}
        row = await graph.read_one("procedures/downline_as_of_binary", asked)
        assert row is not None
        assert dict(zip(row["slots"], row["ids"], strict=True))[2] == right
    await company.catch_up()
    await company.check()
    await healthy(graph)


async def test_those_who_are_not_rolled_up_yet_count_as_people_of_their_leg(graph: GraphDatabase) -> None:
    """In one commit and in several ones, while no roll-up runs."""
    company, plain = Company(graph), PlainPlaces()
    await company.write(enrol("D0", None), enrol("D1", "D0", "D0", 1))
    plain.put("D1", "D0", 1)
    for group in range(6):
        names = [f"N{group}-{number}" for number in range(5)]
        receipts = await company.write(*[newcomer(name, "D0", "lighter_by_people") for name in names])
        for name, receipt in zip(names, receipts, strict=True):
            place = plain.find("lighter_by_people", "D0")
            assert (receipt.data["parent_id"], receipt.data["slot"]) == place
            plain.put(name, *place)


async def test_newcomers_who_are_not_rolled_up_weigh_where_they_decide(graph: GraphDatabase) -> None:
    """In two long legs of about as many people, in lines with short branches, and at their ends; the roll-up comes now
    and then."""
    rng = random.Random(5)
    company, plain = Company(graph), PlainPlaces()
    ends, people = {1: "D0", 2: "D0"}, list[Enrol]()
    for number in range(160):
        leg = 1 + number % 2
        side = leg if number < 2 else rng.choice((1, 2))
        people.append(enrol(f"L{number}", "D0", ends[leg], side))
        plain.put(f"L{number}", ends[leg], side)
        ends[leg] = f"L{number}"
    await company.write(enrol("D0", None), *people)
    told = set[str]()
    for number in range(60):
        if number % 4 == 0:
            await company.catch_up()
        sponsor = rng.choice(("D0", "D0", *ends.values(), f"L{rng.randrange(20)}"))
        [receipt] = await company.write(newcomer(f"N{number}", sponsor, "lighter_by_people"))
        place = plain.find("lighter_by_people", sponsor)
        assert (receipt.data["parent_id"], receipt.data["slot"]) == place, (number, sponsor)
        plain.put(f"N{number}", *place)
        told.add("as of fact" if " as of fact " in receipt.data["why"] else "exact")
    assert told == {"as of fact", "exact"}


async def test_whoever_was_rolled_up_without_a_place_counts_once_in_their_leg(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), enrol("D2", "D0", "D0", 2), enrol("late", "D0"))
    await company.catch_up()
    await company.write(Place("late", Explicit("D0", 1), AT))
    said = await found(graph, "D0", "lighter_by_people")
    assert said["why"] == "always the side with fewer people, from left 1 and right 1 below D0"
    assert (said["parent_id"], said["slot"]) == ("late", 1)


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_sixty_four_at_once_under_one_sponsor(graph: GraphDatabase, strategy: str) -> None:
    """Each through a commit of its own writer or in a group: every slot once, nobody lost, no error."""
    company = Company(graph)
    await company.write(*CALENDARS_OPEN)
    await company.write(enrol("D0", None), enrol("D1", "D0", "D0", 1), enrol("D2", "D0", "D0", 2))
    receipts = await asyncio.gather(
        *[
            company.writer.submit(Submission(f"at-once-{number}", "test", "", newcomer(f"N{number}", "D0", strategy)))
            for number in range(64)
        ]
    )
    places = {(receipt.data["parent_id"], receipt.data["slot"]) for receipt in receipts}
    assert len(places) == 64
    await company.catch_up()
    assert (await company.figures("D0"))["binary_heads"] == 67
    await company.check()
    await healthy(graph)


async def test_one_batch_of_explicit_places_keeps_the_pointers(graph: GraphDatabase) -> None:
    """A full tree under somebody deep down, level by level, so that repairs pass people nobody named."""
    company = Company(graph)
    await company.write(enrol("D0", None))
    await company.write(*[enrol(f"L{n}", f"L{n - 1}" if n else "D0", f"L{n - 1}" if n else "D0", 1) for n in range(9)])
    await company.write(*[enrol(f"R{n}", f"L{n}", f"L{n}", 2) for n in range(8)])
    names = ["L8"]
    batch = []
    for number in range(1, 31):
        parent = names[(number - 1) // 2]
        batch.append(enrol(f"T{number}", parent, parent, 1 + (number - 1) % 2))
        names.append(f"T{number}")
    await company.write(*batch)
    await company.catch_up()
    await healthy(graph)


async def test_a_wrong_pointer_is_found_and_mended(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), *[newcomer(f"N{number}", "D0", "first_open") for number in range(6)])
    await company.catch_up()
    await graph.run_script("damage", ["MATCH (d:Distributor {id: 'N1'}) SET d.open_distance = 4 REMOVE d.left_end"])
    diagnosis = await Doctor(graph).examine(lambda line: None)
    assert "N1 (number 2) keeps open_distance 4 about open slots, the binary edges say 1" in [
        problem for checkup in diagnosis.checkups for problem in checkup.problems
    ]
    assert await rebuild_spots(graph) == 1
    await healthy(graph)


async def test_a_sponsor_without_a_place_and_a_strategy_nobody_knows(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), enrol("loose", "D0"))
    said = await found(graph, "loose", "first_open")
    assert (said["parent_ix"], said["parent_id"], said["slot"]) == (-1, "", 0)
    assert said["why"] == "loose has no place in the binary tree yet, so nobody can be placed below"
    assert (await found(graph, "D0", "somewhere"))["why"] == "there is no strategy somewhere"
    assert await graph.read_one("procedures/find_place_binary", {"id": "nobody", "strategy": "first_open"}) is None
    with pytest.raises(BanyanError) as refused:
        await company.write(newcomer("N1", "loose", "first_open"))
    assert refused.value.details["refusals"][0]["error"] == NotPlacedError.code()
    assert (await graph.read_one("queries/facts/head"))["people"] == 2  # type: ignore[index]


async def test_what_is_sold_is_weighed_by_the_calendar_that_the_strategy_names(graph: GraphDatabase) -> None:
    """One leg sold more in the month, the other in the week; nobody weighs by a calendar without an open period."""
    company = Company(graph)
    company.clock.set(2026, 3, 20)
    legs = enrol("D1", "D0", "D0", 1), enrol("D2", "D0", "D0", 2)
    await company.write(*CALENDARS_OPEN[:3], period("2026-W12", "UTC"), enrol("D0", None), *legs)
    await company.write(order("O1", "D1", cv=900, at=ms(2026, 3, 10)), order("O2", "D2", cv=100, at=ms(2026, 3, 17)))
    await company.catch_up()
    asked = {strategy: await found(graph, "D0", strategy) for strategy in PREFERABLE if "volume" in strategy}
    assert asked["lighter_by_volume"]["why"].endswith("left 9 CV, right 1 CV in 2026-03 as of fact 9")
    weighed = {"lighter_by_volume": "D2", "lighter_by_volume_four_weeks": "D2", "lighter_by_volume_weekly": "D1"}
    assert {strategy: one["parent_id"] for strategy, one in asked.items()} == {**weighed, "lighter_by_volume_daily": ""}
    assert asked["lighter_by_volume_weekly"]["why"].endswith("left 0 CV, right 1 CV in 2026-W12 as of fact 9")
    daily = "no period of the daily calendar is open, so the legs of D0 cannot be compared by it"
    assert asked["lighter_by_volume_daily"]["why"] == daily
    await company.write(Prefer("D0", "lighter_by_volume_daily"))
    for strategy in ("lighter_by_volume_daily", "preference"):
        with pytest.raises(BatchRefusedError, match=daily) as refused:
            await company.write(newcomer("N1", "D0", strategy))
        assert refused.value.details["refusals"][0]["error"] == NoOpenPeriodError.code()
    [receipt] = await company.write(newcomer("N1", "D0", "lighter_by_volume_weekly"))
    assert (receipt.data["parent_id"], receipt.data["slot"]) == ("D1", 1)
    # Whoever waits goes on waiting until the calendar has a period.
    tank = HoldingTank(to_ms(company.clock.now()), "lighter_by_volume_daily")
    await company.write(Enrol("H1", "D0", "Held", "", AT, placement=tank))
    worker = HoldingTankWorker(PlaceRepository(graph), company.writer, company.clock)
    await company.write(Enrol("H2", "D0", "Held", "", AT, placement=replace(tank, then="preference")))
    statements: list[str] = []
    graph.observer = lambda event: statements.append(event.name)
    assert await worker.place_overdue() == 0
    graph.observer = None
    assert statements == ["queries/places/holding_tank"], "nobody is tried in vain"
    await company.write(period("2026-03-20", "UTC"))
    assert await worker.place_overdue() == 2
    await company.catch_up()
    await healthy(graph)


async def test_a_period_that_is_opened_ahead_is_not_weighed_before_it_begins(graph: GraphDatabase) -> None:
    """On a Friday the next week is open already; on Monday it is weighed, and the ended one no more, though open."""
    company, places = Company(graph), PlaceRepository(graph)
    company.clock.set(2026, 3, 20)
    legs = enrol("D1", "D0", "D0", 1), enrol("D2", "D0", "D0", 2)
    weeks = period("2026-W12", "UTC"), period("2026-W13", "UTC")
    await company.write(open_period(MARCH), open_period(APRIL), *weeks, enrol("D0", None), *legs)
    await company.write(order("O1", "D1", cv=900, at=ms(2026, 3, 17)))
    await company.catch_up()
    for strategy, weighed in (("lighter_by_volume_weekly", "2026-W12"), ("lighter_by_volume", "2026-03")):
        [receipt] = await company.write(newcomer(f"N-{strategy}", "D0", strategy))
        assert f"left 9 CV, right 0 CV in {weighed}" in receipt.data["why"]
        said = await places.find("binary", "D0", strategy, to_ms(company.clock.now()))  # type: ignore[arg-type]
        assert said is not None
        assert said["why"].split(" as of")[0] == receipt.data["why"].split(" as of")[0]
    company.clock.set(2026, 3, 23)
    [receipt] = await company.write(newcomer("monday", "D0", "lighter_by_volume_weekly"))
    assert "left 0 CV, right 0 CV in 2026-W13" in receipt.data["why"]
    company.clock.set(2026, 4, 20)
    [receipt] = await company.write(newcomer("after both", "D0", "lighter_by_volume_weekly"))
    assert "in 2026-W13" in receipt.data["why"]


async def test_a_calendar_of_many_periods_costs_no_more(graph: GraphDatabase, endpoints: Endpoints) -> None:
    """Database hits by PROFILE, with two days behind and with sixty."""
    company = Company(graph)
    company.clock.set(2026, 3, 10)
    await company.write(enrol("D0", None), enrol("D1", "D0", "D0", 1), enrol("D2", "D0", "D0", 2))
    days = [period(f"2026-{month:02}-{day:02}", "UTC") for month in (1, 2) for day in range(1, 32 - 3 * (month - 1))]
    hits = []
    for some in (days[:2], days[2:]):
        for at, day in enumerate(days):
            if day in some:
                closing = [ClosePeriod("daily", days[at - 2].number)] if at >= 2 else []
                await company.write(*closing, day)
        hits.append(await database_hits(graph, endpoints, "lighter_by_volume_daily"))
    assert hits[0] == hits[1] < 100


async def database_hits(graph: GraphDatabase, endpoints: Endpoints, strategy: str) -> int:
    statement = graph.library["procedures/find_place_binary"]
    login = (endpoints.neo4j_user, endpoints.neo4j_password)
    with Driver.driver(endpoints.neo4j_url, auth=login) as driver:
        params = statement.bind({"id": "D0", "strategy": strategy})
        _, summary, _ = driver.execute_query(f"PROFILE {statement.text}", params)

    def hits(plan: dict[str, Any]) -> int:
        return int(plan["args"]["DbHits"]) + sum(map(hits, plan.get("children", [])))

    assert summary.profile is not None
    return hits(summary.profile)


async def test_by_its_installed_name(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), enrol("D1", "D0", "D0", 1), Prefer("D0", "outside_right"))
    assert (await ProcedureInstaller(graph).install()).ok
    statement = graph.library["procedures/find_place_binary"]
    for strategy in STRATEGIES:
        answer = await graph.adhoc(
            call_text(statement),
            statement.bind({"id": "D0", "strategy": strategy}),
            timeout_s=30,
            max_rows=10,
            max_bytes=10**6,
        )
        assert dict(zip(answer.columns, answer.rows[0], strict=True)) == await found(graph, "D0", strategy)


def holders(sequence: Iterator[int]) -> list[Enrol]:
    return [
        Enrol(f"H{number}", "D0", "Held", "", AT, placement=HoldingTank(AT + number, "outside_left"))
        for number in sequence
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_the_nearest_open_slots_level_by_level(graph: GraphDatabase, seed: int) -> None:
    rng = random.Random(seed)
    company, plain = Company(graph), PlainPlaces()
    commands, ids = [enrol("D0", None)], ["D0"]
    for number in range(1, 90):
        sponsor = rng.choice(ids[: 3 + number // 2])
        parent, slot = plain.find("first_open" if seed == 0 else rng.choice(["first_open", "inside_left"]), sponsor)
        commands.append(enrol(f"D{number}", sponsor, parent, slot))
        plain.put(f"D{number}", parent, slot)
        ids.append(f"D{number}")
    await company.write(*commands, enrol("loose", "D0"))
    for id, most in [("D0", 1), ("D0", 7), ("D0", 500), ("D1", 3), (ids[-1], 50), (rng.choice(ids), 9)]:
        row = await graph.read_one("procedures/open_slots_binary", {"id": id, "most": most})
        assert row is not None
        answer = list(zip(row["levels"], row["parent_ids"], row["slots"], strict=True))
        assert answer == plain.open_slots(id)[: min(most, 200)]
    row = await graph.read_one("procedures/open_slots_binary", {"id": "loose"})
    assert row is not None
    assert row["slots"] == []


async def test_whose_time_in_the_tank_ended_is_placed_by_the_worker(graph: GraphDatabase) -> None:
    """Only they, by the strategy they came with; not below a sponsor without a place, and once however often."""
    company = Company(graph)
    await company.write(enrol("D0", None), enrol("loose", "D0"), Prefer("D0", "outside_right"))
    now = to_ms(company.clock.now())
    tank = [("H1", "D0", now - 5, "preference"), ("H2", "D0", now, "outside_left"), ("H3", "D0", now + 1, "first_open")]
    tank += [("H4", "loose", now - 9, "first_open"), *[(f"X{n}", "D0", now - 1, "preference") for n in range(150)]]
    await company.write(
        *[
            Enrol(id, sponsor, "Held", "", AT, placement=HoldingTank(until, strategy))  # type: ignore[arg-type]
            for id, sponsor, until, strategy in tank
        ]
    )
    repository = PlaceRepository(graph)
    worker = HoldingTankWorker(repository, company.writer, company.clock)
    assert await worker.place_overdue() == 152
    assert await worker.place_overdue() == 0
    left = await repository.held(after=(0, -1), page=10)
    assert list(zip(left["ids"], left["sponsors_placed"], strict=True)) == [("H4", False), ("H3", True)]
    children = await graph.read_one("procedures/frontline_binary", {"id": "D0"})
    assert children is not None
    assert children["ids"] == ["H1", "H2"]
    assert children["slots"] == [2, 1]
    company.clock.pass_ms(1)
    assert await worker.place_overdue() == 1
    await company.catch_up()
    await healthy(graph)


async def test_the_holding_tank_keeps_people_until_somebody_places_them(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(enrol("D0", None), *holders(iter(range(3))))
    node = "MATCH (d:Distributor {id: $id}) RETURN d.held_until, d.held_for, d.parent_ix"
    answer = await graph.adhoc(node, {"id": "H2"}, timeout_s=5, max_rows=1, max_bytes=10**5)
    assert answer.rows == [[AT + 2, "outside_left", -1]]
    await company.write(Place("H2", Explicit("D0", 2), AT))
    answer = await graph.adhoc(node, {"id": "H2"}, timeout_s=5, max_rows=1, max_bytes=10**5)
    assert answer.rows == [[None, None, 0]]
    await company.catch_up()
    await healthy(graph)
