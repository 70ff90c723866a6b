"""Weeks beside months, and volume within some levels of both trees: live counters against a plain model."""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from app.clock import from_ms, to_ms
from app.facts.commands import (
    ClosePeriod,
    Command,
    Enrol,
    Explicit,
    Move,
    OpenPeriod,
    Order,
    Place,
    Receipt,
    Register,
    Return,
)
from app.graph import GraphDatabase
from app.graph.procedures import ProcedureInstaller, call_text
from app.periods.calendars import period
from app.volumes import TallyCheck
from app.volumes.models import Tree
from app.volumes.rebuild import TallyRebuild
from tests.component.volumes.company import Company, enrol, ms, order, wide
from tests.component.volumes.plain import PlainCompany

pytestmark = pytest.mark.anyio
ZONE = "Europe/Berlin"
DEPTHS: dict[Tree, int] = {"sponsor": 4, "binary": 3}


class Both:
    """A company, and the plain model of it."""

    def __init__(self, graph: GraphDatabase) -> None:
        self.company = Company(graph)
        self.plain = PlainCompany()

    async def write(self, *commands: Command) -> list[Receipt]:
        receipts = await self.company.write(*commands)
        for command in commands:
            self.plain.apply(command, to_ms(self.company.clock.now()))
        return receipts

    async def keep(self, depths: dict[Tree, int]) -> None:
        worker = self.company.roll_up("keeper")
        self.company.clock.pass_ms(60_000)
        await TallyRebuild(self.company.graph, worker).run(depths)

    async def figures(self, id: str, of: OpenPeriod, levels: int = 0, *, installed: bool = False) -> dict[str, int]:
        params = {"id": id, "period": of.number, "calendar": of.calendar, "levels": levels}
        graph = self.company.graph
        if installed:
            statement = graph.library["procedures/tally"]
            answer = await graph.adhoc(
                call_text(statement), statement.bind(params), timeout_s=30, max_rows=10, max_bytes=10**7
            )
            return dict(zip(answer.columns, answer.rows[0], strict=True))
        row = await graph.read_one("procedures/tally", params)
        assert row is not None
        return row

    async def assert_equal(self, people: Sequence[str] | None = None) -> None:
        """Every figure of every open period, of everybody or some."""
        await self.company.check()
        for of in self.plain.open_periods():
            groups = {tree: self.plain.within(tree, of, None) for tree in DEPTHS}
            windows = {tree: [self.plain.within(tree, of, n) for n in range(DEPTHS[tree] + 1)] for tree in DEPTHS}
            for id in people or self.plain.people:
                for levels in range(max(DEPTHS.values()) + 1):
                    row = await self.figures(id, of, levels)
                    assert (row["own_pv"], row["own_cv"]) == self.plain.personal(id, of.name, by_customer=False)
                    assert (row["customer_pv"], row["customer_cv"]) == self.plain.personal(
                        id, of.name, by_customer=True
                    )
                    for tree, kept_to in DEPTHS.items():
                        assert (row[f"{tree}_pv"], row[f"{tree}_cv"]) == groups[tree][id], (id, of.name, tree)
                        found = row[f"{tree}_within_pv"], row[f"{tree}_within_cv"]
                        kept = levels <= kept_to
                        expected = windows[tree][levels][id] if kept else (None, None)
                        assert found == expected, (id, of.name, tree, levels)


@pytest.fixture
async def both(graph: GraphDatabase) -> Both:
    return Both(graph)


WEEK_10, WEEK_11, WEEK_12 = (period(f"2026-W{n}", ZONE) for n in (10, 11, 12))
MARCH, APRIL = period("2026-03", ZONE), period("2026-04", ZONE)


async def family(both: Both) -> None:
    """A sponsors B and C; C was placed below B, so sponsor and placement differ. D is sponsored by C, left of C."""
    await both.write(
        MARCH,
        WEEK_10,
        WEEK_11,
        enrol("A", None),
        enrol("B", "A", "A", 1),
        enrol("C", "A", "B", 1),
        enrol("D", "C", "C", 1),
        enrol("E", "D", "D", 1),
        enrol("U", "B"),
    )


async def test_an_order_counts_in_its_week_and_its_month(both: Both) -> None:
    await family(both)
    await both.keep(DEPTHS)
    await both.write(
        order("o1", "D", 100, at=ms(2026, 3, 6)),
        order("o2", "D", 20, at=WEEK_10.ends_at - 1),
        order("o3", "D", 3, at=WEEK_10.ends_at),
    )
    await both.company.catch_up()
    assert [(await both.figures("A", of))["sponsor_pv"] for of in (MARCH, WEEK_10, WEEK_11)] == [123, 120, 3]
    within = [(await both.figures("A", WEEK_10, levels))["binary_within_pv"] for levels in range(4)]
    assert within == [0, 0, 0, 120], "D stands three levels below A in the binary tree"
    assert [(await both.figures("A", WEEK_10, n))["sponsor_within_pv"] for n in range(3)] == [0, 0, 120]
    assert (await both.figures("A", WEEK_10, 5))["sponsor_within_pv"] is None, "nobody may take that for a zero"
    await both.assert_equal()


async def test_a_week_is_closed_by_itself_and_late_orders_and_returns_go_on(both: Both) -> None:
    await family(both)
    await both.keep(DEPTHS)
    await both.write(order("o1", "E", 100, at=ms(2026, 3, 6)), order("o2", "E", 7, at=ms(2026, 3, 6)))
    await both.write(ClosePeriod("weekly", WEEK_10.number), WEEK_12)
    await both.write(order("late", "E", 40, at=ms(2026, 3, 6)), Return("r1", "o1", ms(2026, 3, 11)))
    await both.company.catch_up()
    assert [(await both.figures("A", of))["sponsor_pv"] for of in (MARCH, WEEK_10, WEEK_11)] == [47, 107, -60]
    await both.assert_equal()


async def test_a_slot_that_is_used_again_holds_nothing_of_the_week_before(both: Both) -> None:
    await family(both)
    await both.keep(DEPTHS)
    both.company.clock.set(2026, 3, 18)
    await both.write(order("o1", "E", 100, at=ms(2026, 3, 6)))
    await both.write(ClosePeriod("weekly", WEEK_10.number), WEEK_12, order("o2", "C", 5, at=WEEK_12.starts_at))
    await both.company.catch_up()
    assert (await both.figures("B", WEEK_12, 3))["binary_within_pv"] == 5
    assert (await both.figures("D", WEEK_12, 3))["binary_within_pv"] == 0
    await both.assert_equal()


async def test_a_move_takes_some_levels_along_in_each_period_that_goes_on(both: Both) -> None:
    await family(both)
    await both.keep(DEPTHS)
    week = ms(2026, 3, 5), ms(2026, 3, 10)
    await both.write(*(order(f"{id}{n}", id, 10**k, at=at) for n, at in enumerate(week) for k, id in enumerate("CDE")))
    await both.write(Move("D", "binary", "A", 2), Move("C", "sponsor", "B"))
    await both.company.catch_up()
    old, new = [(await both.figures("A", of, 2))["binary_within_pv"] for of in (WEEK_10, WEEK_11)]
    assert (old, new) == (1, 111), "week 10 had ended: there D is still three levels below"
    await both.write(Place("U", Explicit("C", 2), ms(2026, 3, 11)), order("u", "U", 10_000, at=week[1]))
    await both.company.catch_up()
    await both.assert_equal()


async def test_levels_that_are_kept_later_are_filled_and_may_be_fewer_again(both: Both) -> None:
    await family(both)
    await both.write(order("o1", "E", 100, at=ms(2026, 3, 6)))
    await both.company.catch_up()
    assert (await both.figures("A", MARCH, 1))["sponsor_within_pv"] is None
    await both.keep({"sponsor": 4, "binary": 3})
    await both.write(order("o2", "D", 3, at=ms(2026, 3, 6)))
    await both.company.catch_up()
    await both.assert_equal()
    await both.keep({"sponsor": 1, "binary": 0})
    await both.write(order("o3", "D", 5, at=ms(2026, 3, 6)))
    await both.company.catch_up()
    assert (await both.figures("C", MARCH, 1))["sponsor_within_pv"] == 8
    assert (await both.figures("C", MARCH, 2))["sponsor_within_pv"] is None
    await both.company.check()
    await both.keep(DEPTHS)
    await both.assert_equal()


async def test_a_wrong_level_is_found_and_rebuilt(both: Both) -> None:
    await family(both)
    await both.keep(DEPTHS)
    await both.write(order("o1", "E", 100, at=ms(2026, 3, 6)))
    await both.company.catch_up()
    figure = f"t.sponsor_levels_{WEEK_10.number % 2}"
    spoil = f"MATCH (t:Tally {{ix: 2, calendar: 'weekly'}}) SET {figure} = [0, 0, 99, 0]"
    await both.company.graph.run_script("spoil", [spoil])
    found = await TallyCheck(both.company.graph).differences()
    assert [(one.ix, one.figure, one.stored, one.computed) for one in found] == [
        (2, f"sponsor_cv on level 2 of weekly {WEEK_10.number}", 0, 50),
        (2, f"sponsor_pv on level 2 of weekly {WEEK_10.number}", 99, 100),
    ]
    await both.keep(DEPTHS)
    await both.assert_equal()


async def test_ugly_trees_and_a_spring_of_weeks_and_months(both: Both) -> None:
    rng = random.Random(11)
    both.company.clock.set(2026, 3, 6)
    weeks = [period(f"2026-W{n:02}", ZONE) for n in range(9, 18)]
    await both.write(MARCH, *weeks[:2], enrol("A", None))
    await both.keep(DEPTHS)
    await both.write(*line("L", 9, "A"), *wide("W", 12, "L4"), Register("K", "Kim", "W3", ms(2026, 2, 1)))
    await grow(both, rng, 25)
    for number in range(2, 9):
        await sell(both, rng, 25)
        await shuffle(both, rng)
        both.company.clock.at = from_ms(weeks[number].starts_at) + timedelta(days=3)
        await both.write(ClosePeriod("weekly", weeks[number - 2].number), weeks[number])
        if number == 5:
            await both.write(APRIL)
        if number == 7:
            await both.write(ClosePeriod("monthly", MARCH.number))
        await sell(both, rng, 25)
        await shuffle(both, rng)
        await both.company.catch_up(max_facts=rng.choice((3, 17, 5_000)))
        await both.assert_equal(rng.sample(both.plain.people, 5))
    assert len(both.plain.open_periods()) == 3
    await both.assert_equal()
    assert (await ProcedureInstaller(both.company.graph).install()).faults == ()
    for id in ("A", "L4", "W3"):
        for of in both.plain.open_periods():
            by_file, by_name = [await both.figures(id, of, 3, installed=installed) for installed in (False, True)]
            assert by_file == by_name


def line(name: str, length: int, sponsor: str) -> list[Enrol]:
    """People each sponsored by the one before and placed left below them."""
    ids = [sponsor, *(f"{name}{number}" for number in range(length))]
    return [enrol(id, above, above, 1) for above, id in pairwise(ids)]


async def grow(both: Both, rng: random.Random, people: int) -> None:
    """Newcomers of anybody, most of them placed somewhere below their sponsor."""
    for number in range(people):
        sponsor = rng.choice(both.plain.people)
        parent, slot = (both.plain.open_slot(rng, sponsor) if rng.random() < 0.8 else None) or (None, 0)
        ago = to_ms(both.company.clock.now()) - rng.choice((0, 86_400_000, 20 * 86_400_000))
        at = max(ago, both.plain.enrolled_at(sponsor), both.plain.enrolled_at(parent or sponsor))
        await both.write(enrol(f"P{number}", sponsor, parent, slot, at=at))


async def sell(both: Both, rng: random.Random, orders: int) -> None:
    """Orders of the last three weeks, some of a customer, and a few that come back."""
    now = to_ms(both.company.clock.now())
    commands: list[Command] = []
    for number in range(len(both.plain.sales), len(both.plain.sales) + orders):
        customer = rng.random() < 0.2
        buyer = "K" if customer else rng.choice(both.plain.people)
        at = max(now - rng.randrange(21 * 86_400_000), MARCH.starts_at, both.plain.enrolled_at(buyer))
        pv = rng.choice((0, 10, 999, 12_345))
        commands.append(Order(f"o{number}", buyer, "customer" if customer else "distributor", at, pv, pv // 3))
        if rng.random() < 0.15:
            commands.append(Return(f"r{number}", f"o{number}", now))
    await both.write(*commands)


async def shuffle(both: Both, rng: random.Random) -> None:
    """Somebody moves in each tree, and somebody without a place gets one."""
    plain = both.plain
    mover, target = rng.choice(plain.people[1:]), rng.choice(plain.people)
    if mover not in plain.way_up("sponsor", target) and plain.way_up("sponsor", mover)[1] != target:
        await both.write(Move(mover, "sponsor", target))
    placed = [id for id in plain.people if plain.places["binary"].get(id)]
    mover = rng.choice(placed)
    slot = plain.open_slot(rng, rng.choice(["A", *placed]))
    if slot is not None and mover not in plain.way_up("binary", slot[0]):
        await both.write(Move(mover, "binary", *slot))
    for id in plain.people[1:]:
        if not plain.places["binary"].get(id):
            slot = plain.open_slot(rng, plain.way_up("sponsor", id)[1])
            if slot is not None:
                await both.write(Place(id, Explicit(*slot), to_ms(both.company.clock.now())))
                return


async def test_an_order_touches_as_many_ancestors_as_levels_are_kept(both: Both) -> None:
    await both.write(MARCH, WEEK_10, enrol("A", None), *line("L", 30, "A"))
    await both.keep(DEPTHS)
    await both.write(order("o1", "L29", 100, at=ms(2026, 3, 6)))
    await both.company.catch_up()
    for tree, depth in DEPTHS.items():
        answer = await both.company.graph.adhoc(
            "MATCH (t:Tally) WITH t, [name IN keys(t) WHERE name STARTS WITH $list] AS lists WHERE size(lists) > 0 "
            "RETURN t.calendar, collect(t.ix)",
            {"list": f"{tree}_levels"},
            timeout_s=30,
            max_rows=10,
            max_bytes=10**6,
        )
        above = list(range(30 - depth, 30))
        assert {calendar: sorted(ixs) for calendar, ixs in answer.rows} == {"monthly": above, "weekly": above}
