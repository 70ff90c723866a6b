"""A year of moves, terminations and late facts, month by month, as known then and as known now.

What the service says of each month, and of the weeks beside them (three trees, volumes, pay), is compared with
tests/oracle, which holds a plain list of what was said and imports nothing of the service.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.calculate import calculate
from app.errors import BanyanError
from app.facts.commands import (
    ClosePeriod,
    Command,
    Enrol,
    Explicit,
    KeepMatrix,
    Move,
    Order,
    Place,
    Receipt,
    Register,
    Reinstate,
    Return,
    Terminate,
    Tree,
)
from app.graph import GraphDatabase, GraphTransaction
from app.moves.repository import MoveRepository
from app.moves.service import MoveService
from app.periods.calendars import name_of, number_after, number_of, period
from app.periods.repository import PeriodRepository
from app.plans.models import Plan
from app.runs.models import Run
from app.runs.snapshots import NO_CARRY, CarryIn, SnapshotRepository
from app.settings import Settings
from app.volumes import TallyCheck, repository
from app.volumes.models import OpenPeriod
from app.wiring import build_house
from tests.component.volumes.company import Company, customer_order, enrol, ms, order, spillover
from tests.oracle.pay import pay
from tests.oracle.results import Pay
from tests.oracle.year import Month, Year
from tests.unit.oracle.both import plan_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1800)]
DAY = 86_400_000
MONTHS = [202601 + month for month in range(12)]
WEEK = number_of("2026-W01")
PAID_WEEKS = 4
"""Of so many weeks the pay of one is compared."""
TREES: tuple[Tree, ...] = ("sponsor", "binary", "matrix")
WIDTHS = {"binary": 2, "matrix": 3}
CUSTOMERS = 8
CALENDARS = ("monthly", "weekly")
PLAN = Plan.model_validate(
    {
        "name": "Year",
        "version": "1",
        "currency": "EUR",
        "ranks": [
            {"name": "Member"},
            {"name": "Silver", "requires": {"active": True, "group_pv": 60, "active_legs": 1}},
            {"name": "Gold", "requires": {"active": True, "legs_with_rank": {"rank": "Silver", "count": 2}}},
        ],
        "bonuses": [
            {
                "type": "unilevel",
                "name": "Levels",
                "levels_by_rank": {"Member": ["5%", "4%"], "Silver": ["5%", "4%", "3%"], "Gold": ["6%", "5%", "4%"]},
            },
            {"type": "binary", "name": "Legs", "rate": "10%"},
            {
                "type": "matrix",
                "name": "Matrix",
                "width": WIDTHS["matrix"],
                "depth": 4,
                "compression": "standard",
                "levels_by_rank": {"Member": ["5%", "4%"], "Silver": ["5%", "4%", "3%"]},
            },
        ],
    }
)
Carry = dict[str, tuple[int, int]]


@dataclass
class Lived:
    """A company that is written through the one writer, and the same told to the model."""

    company: Company
    year: Year = field(default_factory=Year)
    rng: random.Random = field(default_factory=lambda: random.Random(12))
    orders: int = 0
    customers: dict[str, str] = field(default_factory=dict)
    """Whose customer each is."""
    seen: set[str] = field(default_factory=set)
    """What happened at least once, so that the comparison compares something."""

    @property
    def now(self) -> int:
        return int(self.company.clock.now().timestamp() * 1000)

    @property
    def seq(self) -> int:
        return self.year.said[-1].seq

    async def write(self, command: Command, *seen: str) -> None:
        """A refused command is as if it had never been said."""
        try:
            [receipt] = await self.company.write(command)
        except BanyanError:
            return
        self.seen.update(seen)
        self._tell(command, receipt)

    def _tell(self, command: Command, receipt: Receipt) -> None:
        seq, now, say = receipt.seq, receipt.recorded_at, self.year.say
        match command:
            case Enrol(id=id, sponsor_id=sponsor, placement=placement):
                place = (placement.parent_id, placement.slot) if isinstance(placement, Explicit) else None
                say(seq, "enrol", id, command.enrolled_at, sponsor=sponsor and (sponsor, 0), binary=place)
            case Place(id=id, tree=tree, placement=Explicit() as placement):
                say(seq, "place", id, command.placed_at, **{tree: (placement.parent_id, placement.slot)})
            case Move(id=id, tree=tree):
                say(seq, "move", id, command.effective_at or now, **{tree: (command.new_parent_id, command.slot)})
            case Terminate(id=id, consequence=consequence):
                say(seq, "terminate", id, command.effective_at or now, consequence=consequence)
            case Reinstate(id=id):
                say(seq, "reinstate", id, command.effective_at or now)
            case Register(id=id, distributor_id=distributor):
                self.customers[id] = distributor
            case Order(buyer_id=id, buyer_kind=kind, placed_at=at, pv=pv, cv=cv):
                more = {"pv": pv, "cv": cv, "number": command.id, "customer": kind == "customer"}
                seller = self.customers[id] if kind == "customer" else id
                for calendar in CALENDARS:
                    month = self.year.month_of(at, seq - 1, calendar)
                    assert receipt.data[calendar] == month
                    say(seq, "order", seller, at, month=month, **more)
            case Return(order_id=number):
                for sold in [one for one in self.year.known(seq, "order") if one.more["number"] == number]:
                    month = sold.more["month"]
                    if month is not None:
                        own = self.year.months[month]
                        month = self.year.month_of(own.starts, seq - 1, own.calendar)
                        assert receipt.data[own.calendar] == month
                    back = {"pv": -sold.more["pv"], "cv": -sold.more["cv"], "number": command.id, "month": month}
                    say(seq, "order", sold.who, command.placed_at, **{**sold.more, **back})

    async def promote(self, who: str, effective: int | None, dated: str) -> None:
        """Refused, nothing of it was said."""
        unused: Any = None
        service = MoveService(
            MoveRepository(self.company.graph),
            writer=self.company.writer,
            periods=unused,
            snapshots=unused,
            before=unused,
            runs=unused,
            blobs=unused,
        )
        placed = [tree for tree in TREES[1:] if who in self.year.places(tree, self.now, self.seq)]
        leaving = Terminate(who, "promote", effective, ("sponsor", *placed))
        try:
            receipt = await service.terminate(leaving, key=f"leaves {self.seq}", actor="test", reason="left")
        except BanyanError:
            return
        for tree in placed:
            above = [parent for parent, _ in self.year.places(tree, self.now, self.seq).values()]
            self.seen.update({f"{tree} promote {dated}", f"{tree} promote of {above.count(who)} branches"})
        self._tell(leaving, receipt)
        self.year.promote(receipt.seq, who, effective, receipt.recorded_at, WIDTHS)

    async def open(self, calendar: str, number: int) -> None:
        command = period(name_of(calendar, number), "UTC")
        [receipt] = await self.company.write(command)
        self.year.months[number] = Month(number, command.starts_at, command.ends_at, calendar=calendar)
        self.year.say(receipt.seq, "open", str(number), self.now)

    async def close(self, number: int) -> None:
        [receipt] = await self.company.write(ClosePeriod(self.year.months[number].calendar, number))
        self.year.months[number].closed = receipt.seq
        self.year.say(receipt.seq, "close", str(number), self.now)

    def weeks(self) -> list[Month]:
        return [month for month in self.year.months.values() if month.calendar == "weekly"]

    async def reach(self, *day: int) -> None:
        """A day, with the weeks up to it: each is open until the one after it has ended, as two at most are."""
        self.company.clock.set(*day)
        while (weeks := self.weeks())[-1].ends <= self.now:
            still_open = [week.number for week in weeks if week.closed is None]
            if len(still_open) == 2:
                await self.compare_tallies(*still_open)
                await self.close(still_open[0])
            await self.open("weekly", number_after("weekly", weeks[-1].number))

    # ------------------------------------------------------------------------------------------------ what happens

    async def day(self, back: int) -> None:
        """Some things happen, among them some that are dated up to `back` days ago."""
        rng, people = self.rng, self.year.people(self.seq)
        ago = self.now - rng.randrange(1, back + 1) * DAY
        for _ in range(4):
            self.orders += 1
            at, pv = rng.choice((self.now, self.now, ago)), rng.randrange(1, 90) * 100
            if self.orders % 3:
                await self.write(order(f"o{self.orders}", rng.choice(people), pv, at=at, cv=1000))
            else:
                buyer = f"C{rng.randrange(CUSTOMERS)}"
                await self.write(customer_order(f"o{self.orders}", buyer, pv, at=at), "customer order")
        who, other, slot = rng.choice(people[1:]), rng.choice(people), rng.choice((1, 2))
        effective = rng.choice((None, ago))
        dated = "backdated" if effective else "now"
        await self.write(Move(who, "sponsor", other, effective_at=effective), f"sponsor move {dated}")
        await self.write(Move(who, "binary", rng.choice(people), slot, effective_at=effective), f"binary move {dated}")
        who, seat = rng.choice(self.seated()), rng.choice((1, 2, 3))
        goal = rng.choice(self.seated())
        await self.write(Move(who, "matrix", goal, seat, effective_at=effective), f"matrix move {dated}")
        match rng.randrange(6):
            case 0:
                consequence: Any = rng.choice(("keep_hole", "compress_for_pay"))
                await self.write(Terminate(other, consequence, effective), f"{consequence} {dated}")
            case 1:
                gone = [one for one in people if self.year.status(one, self.now, self.seq)[0] == "terminated"]
                if gone:
                    await self.write(Reinstate(rng.choice(gone), effective), "reinstated")
            case 2:
                newcomer = f"D{len(people)}"
                parent = other if rng.random() < 0.7 else None
                await self.write(enrol(newcomer, other, parent, slot, at=ago), "late enrolment")
            case 3:
                who = rng.choice(people[1:])
                await self.write(Place(who, Explicit(other, slot), ago), "late binary place")
                await self.write(Place(who, Explicit(goal, seat), ago, "matrix"), "late matrix place")
            case 4:
                self.orders += 1
                sold = f"o{rng.randrange(1, self.orders)}"
                await self.write(Return(f"r{self.orders}", sold, self.now), "return")
            case 5:
                await self.promote(other, effective, dated)

    def seated(self) -> list[str]:
        """The top, and everybody with a place in the matrix."""
        return [self.year.people(self.seq)[0], *self.year.places("matrix", self.now, self.seq)]

    # ------------------------------------------------------------------------------------------------- what is compared

    async def compare_tallies(self, *numbers: int) -> None:
        """Volumes of open months, or weeks, as they stand."""
        await self.company.catch_up()
        people = self.year.people(self.seq)
        stored = await TallyCheck(self.company.graph).stored(len(people), self.year.months[numbers[0]].calendar)
        for number in numbers:
            slot = number % 2
            there = stored[f"period_{slot}"] == number
            for tree in TREES:
                expected = self.year.volumes(tree, number, self.seq)
                found = np.stack([np.where(there, stored[f"{tree}_{unit}_{slot}"], 0) for unit in ("pv", "cv")], axis=1)
                assert dict(zip(people, map(tuple, found.tolist()), strict=True)) == expected, (tree, number)

    async def compare_shape(self, number: int, seq: int) -> None:
        """The trees just before a month's end, as known at `seq`."""
        at, top = self.year.months[number].ends - 1, self.year.people(seq)[0]
        for tree in TREES:
            asked = {"id": top, "at": at, "seq": seq, "depth": 10_000, "page": 10_000}
            row = await self.company.graph.read_one(f"procedures/downline_as_of_{tree}", asked)
            assert row is not None
            places = self.year.places(tree, at, seq)
            below = {who for who in places if self.year.up(tree, who, at, seq)[-1] == top}
            found = zip(row["ids"], row["parent_ids"], row["slots"], strict=True)
            assert {id: (parent, slot) for id, parent, slot in found} == {who: places[who] for who in below}

    async def compare_pay(self, number: int, seq: int, carry: Carry) -> Pay:
        """Ranks and pay of a month as known at `seq`, by what the months before it left."""
        period = await PeriodRepository(self.company.graph).one(self.year.months[number].calendar, number)
        assert period is not None
        people = self.year.people(seq)
        left, right = (np.array([carry.get(who, (0, 0))[side] for who in people], np.int64) for side in (0, 1))
        brought = CarryIn(left, right, np.zeros(len(people), np.int64))
        taken = await SnapshotRepository(self.company.graph).take(period, seq, brought)
        assert taken.ids == people
        engine, oracle = calculate(taken.snapshot, PLAN), pay(*self.year.company(number, seq, carry), plan_of(PLAN))
        assert engine.ranks.paid_as.tolist() == oracle.paid_as
        assert engine.totals.by_person.tolist() == oracle.by_person, number
        return oracle

    def carried(self, seq: int, paid: Pay) -> Carry:
        return {
            who: (left.out, right.out) for who, (left, right) in zip(self.year.people(seq), paid.carry, strict=True)
        }


async def begin(graph: GraphDatabase) -> Lived:
    lived = Lived(Company(graph))
    lived.company.clock.set(2026, 1, 1)
    await lived.open("monthly", MONTHS[0])
    await lived.open("weekly", WEEK)
    for command in spillover(30, seed=6, unplaced=0.1):
        await lived.write(command)
    await lived.write(KeepMatrix(WIDTHS["matrix"], 9))
    rng = random.Random(7)
    for who in lived.year.people(lived.seq)[1:25]:
        for _ in range(3):  # often outside the sponsor's downline, or taken
            if who not in lived.seated():
                where = Explicit(rng.choice(lived.seated()[:8]), rng.choice((1, 2, 3)))
                await lived.write(Place(who, where, ms(2026, 1, 1), "matrix"))
    for number in range(CUSTOMERS):
        distributor = rng.choice(lived.year.people(lived.seq))
        await lived.write(Register(f"C{number}", f"Customer {number}", distributor, ms(2026, 1, 1)))
    return lived


async def live_a_month(lived: Lived, number: int) -> None:
    """From the fifth on; then the next month begins, and this one is open for a few days more."""
    year, month = divmod(number, 100)
    for day in (6, 11, 16, 21, 26):
        await lived.reach(year, month, day)
        await lived.day(back=20)
    if number == MONTHS[-1]:
        await lived.compare_tallies(number)
        return
    await lived.open("monthly", number + 1)
    for day in (1, 3, 4):
        await lived.reach(year, month + 1, day)
        await lived.day(back=40)
    await lived.compare_tallies(number, number + 1)
    await lived.close(number)


async def live_months(lived: Lived, months: int) -> None:
    for number in MONTHS[:months]:
        await live_a_month(lived, number)


async def compare_weeks(lived: Lived) -> None:
    """Shape and pay of some, each without what the ones before it left, as known then and now."""
    weeks = [week for week in lived.weeks() if week.closed is not None]
    assert len(weeks) > 48
    for week in weeks[::PAID_WEEKS]:
        for seq in (week.closed, lived.seq):
            assert seq is not None
            await lived.compare_shape(week.number, seq)
            await lived.compare_pay(week.number, seq, {})


async def test_every_month_as_known_then_and_as_known_now(graph: GraphDatabase) -> None:
    lived = await begin(graph)
    then, carry = {}, Carry()
    for number in MONTHS:
        await live_a_month(lived, number)
        closed = lived.year.months[number].closed
        if closed is not None:
            then[number] = await lived.compare_pay(number, closed, carry)
            carry = lived.carried(closed, then[number])
    await lived.company.check()
    await compare_weeks(lived)
    changed, carry = 0, Carry()
    for number in MONTHS:
        closed, last = lived.year.months[number].closed or lived.seq, lived.seq
        for seq in (closed, last):
            await lived.compare_shape(number, seq)
        now = await lived.compare_pay(number, last, carry)
        carry = lived.carried(last, now)
        if number in then:
            changed += now.by_person != [row + [0] * (len(now.paid_as) - len(row)) for row in then[number].by_person]
    assert changed >= 5, "what is known now must pay otherwise than what was known then"
    wanted = {f"{tree} move {dated}" for tree in TREES for dated in ("now", "backdated")}
    wanted |= {"keep_hole backdated", "compress_for_pay now", "reinstated", "late enrolment", "return"}
    wanted |= {"customer order", "late matrix place"}
    wanted |= {f"{tree} promote {dated}" for tree in WIDTHS for dated in ("now", "backdated")}
    wanted |= {f"{tree} promote of {branches} branches" for tree in WIDTHS for branches in range(3)}
    assert wanted <= lived.seen, wanted - lived.seen


async def test_a_run_gives_the_same_bytes_after_a_year_of_further_facts(
    graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    """Calculated into an empty folder each time, so that every file is made anew."""

    async def january(folder: str) -> tuple[Run, dict[str, bytes]]:
        settings = test_settings.model_copy(update={"data_dir": tmp_path / folder})
        run = await build_house(settings, graph, lived.company.clock).runs.calculate("2026-01", PLAN)
        return run, {path.name: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()}

    lived = await begin(graph)
    await live_a_month(lived, MONTHS[0])
    first, files = await january("then")
    assert len(files) == 7
    assert first.final
    assert first.earners > 5
    for number in MONTHS[1:]:
        await live_a_month(lived, number)
    assert {"sponsor move backdated", "binary move backdated", "compress_for_pay backdated"} <= lived.seen
    paid = await PeriodRepository(graph).one("monthly", MONTHS[0])
    assert paid is not None
    snapshots = SnapshotRepository(graph)
    then, now = [(await snapshots.take(paid, seq, NO_CARRY)).snapshot for seq in (first.seq, lived.seq)]
    assert then.digest() != now.digest(), "January is known otherwise by now"
    assert await january("now") == (first, files)


@pytest.mark.parametrize("skipped", TREES)
async def test_a_roll_up_that_skips_the_adjustment_of_moves_is_found(
    graph: GraphDatabase, monkeypatch: pytest.MonkeyPatch, skipped: Tree
) -> None:
    volumes_of = repository.volumes_of

    async def nothing_below(
        tx: GraphTransaction, tree: Tree, period: OpenPeriod, ixs: Sequence[int]
    ) -> dict[int, tuple[int, int]]:
        return {} if tree == skipped else await volumes_of(tx, tree, period, ixs)

    monkeypatch.setattr(repository, "volumes_of", nothing_below)
    lived = await begin(graph)
    with pytest.raises(AssertionError, match=rf"\('{skipped}', \d+\)"):
        await live_months(lived, 3)
