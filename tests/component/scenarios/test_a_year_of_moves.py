"""A year of moves, terminations and late facts, month by month, as known then and as known now.

What the service says of each month (both trees, volumes, pay) is compared with tests/oracle, which holds a plain list
of what was said and imports nothing of the service.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.calculate import calculate
from app.errors import BanyanError
from app.facts.commands import Command, Enrol, Explicit, Move, Order, Place, Receipt, Reinstate, Return, Terminate
from app.graph import GraphDatabase
from app.moves.repository import MoveRepository
from app.moves.service import MoveService
from app.periods.repository import PeriodRepository
from app.plans.models import Plan
from app.runs.models import Run
from app.runs.snapshots import NO_CARRY, CarryIn, SnapshotRepository
from app.settings import Settings
from app.volumes import TallyCheck, repository
from app.wiring import build_house
from tests.component.volumes.company import Company, close_period, enrol, open_period, order, spillover
from tests.oracle.pay import Pay, pay
from tests.oracle.year import Month, Year
from tests.unit.oracle.both import plan_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1800)]
DAY = 86_400_000
MONTHS = [202601 + month for month in range(12)]
TREES = ("sponsor", "binary")
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
            case Place(id=id, placement=Explicit() as placement):
                say(seq, "place", id, command.placed_at, binary=(placement.parent_id, placement.slot))
            case Move(id=id, tree=tree):
                say(seq, "move", id, command.effective_at or now, **{tree: (command.new_parent_id, command.slot)})
            case Terminate(id=id, consequence=consequence):
                say(seq, "terminate", id, command.effective_at or now, consequence=consequence)
            case Reinstate(id=id):
                say(seq, "reinstate", id, command.effective_at or now)
            case Order(buyer_id=id, pv=pv, cv=cv):
                month = self.year.month_of(command.placed_at, seq - 1)
                assert receipt.data["monthly"] == month
                say(seq, "order", id, command.placed_at, month=month, pv=pv, cv=cv, number=command.id)
            case Return(order_id=number):
                sold = next(one for one in self.year.known(seq, "order") if one.more["number"] == number)
                own = self.year.months[sold.more["month"]]
                month = self.year.month_of(own.starts, seq - 1)
                assert receipt.data["monthly"] == month
                back = {"pv": -sold.more["pv"], "cv": -sold.more["cv"], "number": command.id}
                say(seq, "order", sold.who, command.placed_at, month=month, **back)

    async def promote(self, who: str, effective: int | None, dated: str) -> None:
        """Refused, nothing of it was said."""
        unused: Any = None
        service = MoveService(
            MoveRepository(self.company.graph),
            writer=self.company.writer,
            periods=unused,
            snapshots=unused,
            runs=unused,
            blobs=unused,
        )
        leaving = Terminate(who, "promote", effective, ("sponsor", "binary") if self.placed(who) else ("sponsor",))
        try:
            receipt = await service.terminate(leaving, key=f"leaves {self.seq}", actor="test", reason="left")
        except BanyanError:
            return
        branches = [one for one, (parent, _) in self.year.places("binary", self.now, self.seq).items() if parent == who]
        self.seen.update({f"promote {dated}", f"promote of {len(branches)} branches"})
        self._tell(leaving, receipt)
        self.year.promote(receipt.seq, who, effective, receipt.recorded_at)

    def placed(self, who: str) -> bool:
        return who in self.year.places("binary", self.now, self.seq)

    async def open(self, number: int) -> None:
        command = open_period(number)
        [receipt] = await self.company.write(command)
        self.year.months[number] = Month(number, command.starts_at, command.ends_at)
        self.year.say(receipt.seq, "open", str(number), self.now)

    async def close(self, number: int) -> None:
        [receipt] = await self.company.write(close_period(number))
        self.year.months[number].closed = receipt.seq
        self.year.say(receipt.seq, "close", str(number), self.now)

    # ------------------------------------------------------------------------------------------------ what happens

    async def day(self, back: int) -> None:
        """Some things happen, among them some that are dated up to `back` days ago."""
        rng, people = self.rng, self.year.people(self.seq)
        ago = self.now - rng.randrange(1, back + 1) * DAY
        for _ in range(4):
            self.orders += 1
            at = rng.choice((self.now, self.now, ago))
            await self.write(order(f"o{self.orders}", rng.choice(people), rng.randrange(1, 90) * 100, at=at, cv=1000))
        who, other, slot = rng.choice(people[1:]), rng.choice(people), rng.choice((1, 2))
        effective = rng.choice((None, ago))
        dated = "backdated" if effective else "now"
        await self.write(Move(who, "sponsor", other, effective_at=effective), f"sponsor move {dated}")
        await self.write(Move(who, "binary", rng.choice(people), slot, effective_at=effective), f"binary move {dated}")
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
                await self.write(Place(who, Explicit(other, slot), ago), "late place")
            case 4:
                self.orders += 1
                sold = f"o{rng.randrange(1, self.orders)}"
                await self.write(Return(f"r{self.orders}", sold, self.now), "return")
            case 5:
                await self.promote(other, effective, dated)

    # ------------------------------------------------------------------------------------------------- what is compared

    async def compare_tallies(self, *numbers: int) -> None:
        """Volumes of open months as they stand."""
        await self.company.catch_up()
        people = self.year.people(self.seq)
        stored = await TallyCheck(self.company.graph).stored(len(people))
        for number in numbers:
            slot = number % 2
            there = stored[f"period_{slot}"] == number
            for tree in TREES:
                expected = self.year.volumes(tree, number, self.seq)
                found = np.stack([np.where(there, stored[f"{tree}_{unit}_{slot}"], 0) for unit in ("pv", "cv")], axis=1)
                assert dict(zip(people, map(tuple, found.tolist()), strict=True)) == expected, (tree, number)

    async def compare_shape(self, number: int, seq: int) -> None:
        """Both trees just before a month's end, as known at `seq`."""
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
        period = await PeriodRepository(self.company.graph).one("monthly", number)
        assert period is not None
        people = self.year.people(seq)
        left, right = (np.array([carry.get(who, (0, 0))[side] for who in people], np.int64) for side in (0, 1))
        taken = await SnapshotRepository(self.company.graph).take(period, seq, CarryIn(left, right))
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
    await lived.open(MONTHS[0])
    for command in spillover(30, seed=6, unplaced=0.1):
        await lived.write(command)
    return lived


async def live_a_month(lived: Lived, number: int) -> None:
    """From the fifth on; then the next month begins, and this one is open for a few days more."""
    year, month = divmod(number, 100)
    for day in (6, 11, 16, 21, 26):
        lived.company.clock.set(year, month, day)
        await lived.day(back=20)
    if number == MONTHS[-1]:
        await lived.compare_tallies(number)
        return
    await lived.open(number + 1)
    for day in (1, 3, 4):
        lived.company.clock.set(year, month + 1, day)
        await lived.day(back=40)
    await lived.compare_tallies(number, number + 1)
    await lived.close(number)


async def live_months(lived: Lived, months: int) -> None:
    for number in MONTHS[:months]:
        await live_a_month(lived, number)


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
    changed, carry = 0, Carry()
    for number in MONTHS:
        closed, last = lived.year.months[number].closed or lived.seq, lived.seq
        for seq in (closed, last):
            await lived.compare_shape(number, seq)
        now = await lived.compare_pay(number, last, carry)
        carry = lived.carried(last, now)
        if number in then:
            changed += now.by_person != [row + [0] * (len(now.paid_as) - len(row)) for row in then[number].by_person]
    assert changed >= 6, "what is known now must pay otherwise than what was known then"
    wanted = {f"{tree} move {dated}" for tree in TREES for dated in ("now", "backdated")}
    wanted |= {"keep_hole backdated", "compress_for_pay now", "reinstated", "late enrolment", "late place", "return"}
    wanted |= {"promote now", "promote backdated", *(f"promote of {branches} branches" for branches in range(3))}
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
    assert len(files) == 6
    assert first.final
    assert first.earners > 5
    for number in MONTHS[1:]:
        await live_a_month(lived, number)
    assert {"sponsor move backdated", "binary move backdated", "compress_for_pay backdated"} <= lived.seen
    period = await PeriodRepository(graph).one("monthly", MONTHS[0])
    assert period is not None
    snapshots = SnapshotRepository(graph)
    then, now = [(await snapshots.take(period, seq, NO_CARRY)).snapshot for seq in (first.seq, lived.seq)]
    assert then.digest() != now.digest(), "January is known otherwise by now"
    assert await january("now") == (first, files)


async def test_a_roll_up_that_skips_the_adjustment_of_moves_is_found(
    graph: GraphDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_below(*_: object) -> dict[int, tuple[int, int]]:
        return {}

    monkeypatch.setattr(repository, "volumes_of", nothing_below)
    lived = await begin(graph)
    with pytest.raises(AssertionError, match=r"\('(sponsor|binary)', 20260\d\)"):
        await live_months(lived, 3)
