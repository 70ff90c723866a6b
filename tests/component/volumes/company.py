"""A small company written through the one writer, on a clock that the test moves."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.clock import to_ms
from app.facts.commands import (
    BelowSponsor,
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
    ReopenPeriod,
    Return,
    Submission,
)
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.volumes import RollUp, TallyCheck

MARCH, APRIL, MAY = 202603, 202604, 202605


def ms(*moment: int) -> int:
    """Epoch milliseconds of a UTC moment: ms(2026, 3, 5)."""
    return to_ms(datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type,misc]


class TestClock:
    """Stands still until it is told."""

    __test__ = False

    def __init__(self, *moment: int) -> None:
        self.at = datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]

    def now(self) -> datetime:
        return self.at

    def set(self, *moment: int) -> None:
        self.at = datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]

    def pass_ms(self, milliseconds: int) -> None:
        self.at += timedelta(milliseconds=milliseconds)


class Company:
    """Writes commands and rolls them up."""

    def __init__(self, graph: GraphDatabase) -> None:
        self.graph = graph
        self.clock = TestClock(2026, 3, 15)
        self.writer = FactWriter(graph, self.clock)
        self.keys = 0

    async def write(self, *commands: Command) -> list[Receipt]:
        submissions = []
        for command in commands:
            self.keys += 1
            reason = "correction" if isinstance(command, ReopenPeriod) else ""
            submissions.append(Submission(f"key-{self.keys}", "test", reason, command))
        return await self.writer.submit_all(submissions)

    def roll_up(self, holder: str = "worker-1", **options: int) -> RollUp:
        return RollUp(self.graph, holder, self.clock, **options)

    async def catch_up(self, max_facts: int = 5_000) -> None:
        worker = self.roll_up("catch-up")
        self.clock.pass_ms(60_000)
        assert await worker.claim()
        while not (await worker.step(max_facts)).idle:
            pass

    async def check(self) -> None:
        assert await TallyCheck(self.graph).differences() == []

    async def figures(self, id: str, period: int = MARCH) -> dict[str, int]:
        row = await self.graph.read_one("procedures/tally", {"id": id, "period": period})
        assert row is not None
        return row


def enrol(id: str, sponsor: str | None, parent: str | None = None, slot: int = 0, at: int | None = None) -> Enrol:
    placement = Explicit(parent, slot) if parent else None
    return Enrol(id, sponsor, f"Name {id}", id, ms(2026, 1, 1) if at is None else at, placement=placement)


def order(id: str, buyer: str, pv: int = 100, at: int | None = None, cv: int = 0) -> Order:
    return Order(id, buyer, "distributor", ms(2026, 3, 10) if at is None else at, pv, cv or pv // 2)


def customer_order(id: str, buyer: str, pv: int = 100, at: int | None = None) -> Order:
    return Order(id, buyer, "customer", ms(2026, 3, 10) if at is None else at, pv, pv // 2)


def open_period(number: int) -> OpenPeriod:
    year, month = divmod(number, 100)
    after = (year + month // 12, month % 12 + 1)
    return OpenPeriod("monthly", number, f"{year}-{month:02}", ms(year, month, 1), ms(*after, 1), "UTC")


def close_period(number: int) -> ClosePeriod:
    return ClosePeriod("monthly", number)


def spillover(people: int, seed: int, unplaced: float = 0.05) -> list[Command]:
    """D0 and random people: sponsors at random, placed anywhere open below the sponsor, some without a place."""
    rng = random.Random(seed)
    commands: list[Command] = [enrol("D0", None)]
    children: dict[tuple[int, int], int] = {}
    placed = {0}
    for number in range(1, people):
        sponsor = int(rng.random() ** 1.5 * number)
        if sponsor not in placed or rng.random() < unplaced:
            commands.append(enrol(f"D{number}", f"D{sponsor}"))
            continue
        parent, slot = sponsor, rng.choice((1, 2))
        while (below := children.get((parent, slot))) is not None:
            parent, slot = below, rng.choice((1, 2))
        children[parent, slot] = number
        placed.add(number)
        commands.append(enrol(f"D{number}", f"D{sponsor}", f"D{parent}", slot))
    return commands


def chain(name: str, length: int, sponsor: str) -> list[Command]:
    """A line of people below a sponsor, each sponsored by the one before and placed left at its outside."""
    commands: list[Command] = []
    for number in range(length):
        command = enrol(f"{name}{number}", sponsor)
        placement = Explicit(sponsor, 1) if number else BelowSponsor("outside_left")
        commands.append(replace(command, placement=placement))
        sponsor = command.id
    return commands


def wide(name: str, width: int, sponsor: str) -> list[Command]:
    """Many people of one sponsor, none with a place."""
    return [enrol(f"{name}{number}", sponsor) for number in range(width)]


__all__ = [
    "APRIL",
    "MARCH",
    "MAY",
    "Company",
    "Move",
    "Place",
    "Register",
    "Return",
    "TestClock",
    "chain",
    "close_period",
    "customer_order",
    "enrol",
    "ms",
    "open_period",
    "order",
    "spillover",
    "wide",
]
