"""A company in which everything happens that live ranks must follow, drawn from a seed."""

import random
from collections.abc import Callable
from datetime import date
from typing import Any

from app.clock import to_ms
from app.errors import BanyanError
from app.facts.commands import (
    BelowSponsor,
    Enrol,
    Move,
    Order,
    OverrideRank,
    Place,
    Register,
    Reinstate,
    Return,
    Submission,
    Terminate,
)
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.wiring import House, roll_up
from tests.component.volumes.company import ms

PLAN = parse_plan("""
name: Live
version: "1"
currency: EUR
activity: {personal_pv: 40}
pay_rank: higher
ranks:
  - name: Member
  - {name: Silver, requires: {active: true, personal_pv: 50}, maintain: {personal_pv: 10}}
  - name: Gold
    requires: {group_pv: {pv: 300, leg_cap: 60%}, legs_with_rank: {rank: Silver, count: 1}, window: {met: 1, of: 2}}
  - name: Platinum
    requires: {weak_leg_pv: 50, volume_within_levels: {levels: 2, pv: 200}, customers: 1, personally_sponsored: 1}
bonuses:
  - {type: binary, name: Team, rate: 10%}
  - type: unilevel
    name: Levels
    compression: standard
    levels_by_rank: {Member: [5%], Silver: [5%, 3%], Gold: [7%, 4%, 2%], Platinum: [8%, 5%, 3%, 2%]}
  - {type: retail_margin, name: Margin, rate: 20%}
refunds: {after_close: negative_volume, window_days: 60}
""")
CLAWBACK = type(PLAN).model_validate(
    PLAN.model_dump(mode="json") | {"refunds": {"after_close": "clawback", "window_days": 60}}
)
FEBRUARY, MARCH, APRIL = "2026-02", "2026-03", "2026-04"


class LiveCompany:
    """February is closed and calculated, March in its grace days, April under way."""

    def __init__(self, house: House, seed: int, plan: Plan = PLAN) -> None:
        self.house = house
        self.plan = plan
        self.rollup = roll_up(house)
        self.rng = random.Random(seed)
        self.people = ["D0"]
        self.customers: list[str] = []
        self.unplaced: list[str] = []
        self.orders: list[str] = []
        self.number = 0
        self.done: dict[str, int] = {}
        """How often each thing happened."""

    async def say(self, command: Any, reason: str = "test") -> bool:
        """Whether it was accepted."""
        self.number += 1
        try:
            await self.house.writer.submit(Submission(f"key-{self.number}", "test", reason, command))
        except BanyanError:
            return False
        name = type(command).__name__
        self.done[name] = self.done.get(name, 0) + 1
        return True

    async def count(self) -> None:
        """Roll up all there is."""
        assert await self.rollup.claim()
        while not (await self.rollup.step()).idle:
            pass

    async def begin(self) -> None:
        clock: Any = self.house.clock
        clock.set(2026, 2, 10)
        await self.house.plans.register(self.plan, date(2026, 1, 1), key="plan", actor="test")
        await self.house.periods.open(FEBRUARY, "UTC", key=FEBRUARY, actor="test")
        await self.say(Enrol("D0", None, "D0", "", ms(2026, 2, 1)))
        for _ in range(14):
            await self.enrol(ms(2026, 2, 1))
        for _ in range(3):
            await self.register()
        for number in range(12):
            # A return of the later ones comes early enough to count.
            await self.order(ms(2026, 2, (2, 9)[number % 2], 20))
        clock.set(2026, 3, 2)
        await self.house.periods.open(MARCH, "UTC", key=MARCH, actor="test", grace_days=20)
        await self.house.periods.close(FEBRUARY, key="close", actor="test")
        await self.house.runs.calculate(FEBRUARY, self.plan)
        clock.set(2026, 4, 10)
        await self.house.periods.open(APRIL, "UTC", key=APRIL, actor="test")
        await self.house.runs.calculate(MARCH, self.plan)

    @property
    def now(self) -> int:
        return to_ms(self.house.clock.now())

    def moment(self) -> int:
        """Within March, in its last hours, or in April."""
        return self.rng.choice([ms(2026, 3, 5), ms(2026, 3, 31, 23), ms(2026, 4, 1), ms(2026, 4, 9), self.now])

    async def step(self) -> None:
        """An hour passes, and something happens."""
        clock: Any = self.house.clock
        clock.pass_ms(3_600_000)
        happening: list[tuple[Callable[[], Any], int]] = [
            (self.order, 8),
            (self.customer_order, 5),
            (self.give_back, 4),
            (self.enrol, 2),
            (self.place, 2),
            (self.move, 3),
            (self.leave, 2),
            (self.come_back, 1),
            (self.decide, 2),
            (self.register, 1),
        ]
        what, weights = zip(*happening, strict=True)
        await self.rng.choices(what, weights)[0]()

    async def enrol(self, at: int | None = None) -> None:
        id, sponsor = f"D{len(self.people)}", self.rng.choice(self.people)
        where = self.rng.choice([None, BelowSponsor("first_open"), BelowSponsor("outside_left")])
        owner = self.rng.choice(["", "", "", "", self.rng.choice(self.people), "Holding"])
        title = self.rng.choice(["", "Silver"])
        if await self.say(Enrol(id, sponsor, id, owner, at or self.now, title=title, placement=where)):
            self.people.append(id)
            self.unplaced += [id] if where is None else []

    async def register(self) -> None:
        id = f"C{len(self.customers)}"
        if await self.say(Register(id, id, self.rng.choice(self.people), self.now)):
            self.customers.append(id)

    async def order(self, at: int | None = None) -> None:
        await self._order(self.rng.choice(self.people), "distributor", at)

    async def customer_order(self) -> None:
        if self.customers:
            await self._order(self.rng.choice(self.customers), "customer", None)

    async def _order(self, buyer: str, kind: Any, at: int | None) -> None:
        id, volume = f"O{self.number}", self.rng.choice([1_000, 5_000, 12_345, 30_000])
        if await self.say(Order(id, buyer, kind, at or self.moment(), volume, volume * 9 // 10)):
            self.orders.append(id)

    async def give_back(self) -> None:
        """Of a closed month too, and of one whose pay was shown already."""
        if self.orders:
            order = self.rng.choice(self.orders)
            if await self.say(Return(f"R{self.number}", order, self.now)):
                self.orders.remove(order)

    async def place(self) -> None:
        for id in self.unplaced:
            if await self.say(Place(id, BelowSponsor("first_open"), self.now)):
                self.unplaced.remove(id)
                return

    async def move(self) -> None:
        tree, id, to = self.rng.choice(["sponsor", "binary"]), *self.rng.sample(self.people, 2)
        since = self.rng.choice([None, ms(2026, 3, 20), ms(2026, 4, 5)])
        strategy = "first_open" if tree == "binary" else None
        await self.say(Move(id, tree, to, 0, since, strategy=strategy))  # type: ignore[arg-type]

    async def leave(self) -> None:
        consequence: Any = self.rng.choice(["keep_hole", "compress_for_pay", "promote"])
        since = self.rng.choice([None, ms(2026, 3, 25)])
        await self.say(Terminate(self.rng.choice(self.people[1:]), consequence, since))

    async def come_back(self) -> None:
        for id in self.rng.sample(self.people, len(self.people)):
            if await self.say(Reinstate(id, None)):
                return

    async def decide(self) -> None:
        rank = self.rng.choice(["Silver", "Gold", ""])
        until = "" if not rank else self.rng.choice(["2026-03-31", "2026-12-31"])
        await self.say(OverrideRank(self.rng.choice(self.people), rank, "2026-03-01", until))
