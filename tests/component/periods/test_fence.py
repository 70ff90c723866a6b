"""Periods that close and open again while orders come in at full rate: each counts in the one that was open by then."""

import asyncio
import itertools
from collections import Counter

import pytest

from app.facts.commands import ClosePeriod, Order, Receipt, ReopenPeriod, Return, Submission
from app.facts.verify import verify_chain
from app.facts.writer import FactWriter
from app.graph import GraphDatabase
from app.periods.repository import PeriodRepository
from app.runs.snapshots import NO_CARRY, SnapshotRepository
from tests.component.volumes.company import APRIL, MARCH, Company, enrol, ms, open_period, order

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
WRITERS, TURNS = 3, 6
IN_FLIGHT, BETWEEN = 200, 400
"""Orders that each writer has under way, and orders in all before the next turn."""
MARCH_31, APRIL_2 = ms(2026, 3, 31, 23), ms(2026, 4, 2)


class Sellers:
    """Writers of their own, as those of several processes are, who sell in March and in April until told to stop."""

    def __init__(self, company: Company) -> None:
        self.writers = [FactWriter(company.graph, company.clock) for _ in range(WRITERS)]
        self.receipts: list[tuple[Order | Return, Receipt]] = []
        self.stopped = False
        self._numbers = itertools.count()

    async def sell(self, writer: FactWriter) -> None:
        mine: list[str] = []
        while not self.stopped:
            command: Order | Return = self._order()
            if next(self._numbers) % 10 == 0 and mine:
                command = Return(f"r-{mine[-1]}", mine.pop(), APRIL_2)
            receipt = await writer.submit(Submission(f"key of {next(self._numbers)}", "seller", "", command))
            self.receipts.append((command, receipt))
            if not isinstance(command, Return):
                mine.append(receipt.data["order_id"])

    def _order(self) -> Order:
        number = next(self._numbers)
        return order(f"o{number}", f"D{number % 3}", pv=number % 97, at=(MARCH_31, APRIL_2)[number % 2], cv=1)

    async def more(self, orders: int) -> None:
        """Wait for so many more."""
        wanted = len(self.receipts) + orders
        while len(self.receipts) < wanted:
            await asyncio.sleep(0.01)


async def test_each_order_counts_in_one_period_by_its_seq(graph: GraphDatabase) -> None:
    company = Company(graph)
    company.clock.set(2026, 4, 3)
    await company.write(
        open_period(MARCH),
        open_period(APRIL),
        enrol("D0", None),
        enrol("D1", "D0", "D0", 2),
        enrol("D2", "D0", "D1", 1),
    )
    sellers, worker, office = Sellers(company), company.roll_up(), FactWriter(graph, company.clock)
    assert await worker.claim()
    async with asyncio.TaskGroup() as tasks:
        for writer in sellers.writers:
            for _ in range(IN_FLIGHT):
                tasks.create_task(sellers.sell(writer))
        turns = []
        for number in range(TURNS + 1):
            await sellers.more(BETWEEN)
            await worker.step()
            if number < TURNS:
                turn = ReopenPeriod("monthly", MARCH) if number % 2 else ClosePeriod("monthly", MARCH)
                turns.append(await office.submit(Submission(f"turn {number}", "office", "more came", turn)))
        sellers.stopped = True
    closed = [receipt.seq for receipt in turns]
    for command, receipt in sellers.receipts:
        is_open = sum(seq < receipt.seq for seq in closed) % 2 == 0
        if isinstance(command, Order):
            in_march = command.placed_at == MARCH_31 and is_open
            assert receipt.data["monthly"] == (MARCH if in_march else APRIL), (receipt, closed)
    assert [receipt.seq for receipt in turns] == sorted(closed)
    await _all_are_there_once(company, sellers)
    await company.catch_up()
    await company.check()
    assert (await verify_chain(graph)).intact


async def _all_are_there_once(company: Company, sellers: Sellers) -> None:
    """What both months' snapshots hold together is what was acknowledged, and each month's is what its receipts say."""
    told: dict[int, Counter[str]] = {MARCH: Counter(), APRIL: Counter()}
    for _, receipt in sellers.receipts:
        told[receipt.data["monthly"]][receipt.data["order_id"]] += 1
    assert all(len(told[month]) > BETWEEN for month in told)
    snapshots, periods = SnapshotRepository(company.graph), PeriodRepository(company.graph)
    last = await snapshots.last_seq()
    for month, orders in told.items():
        period = await periods.one("monthly", month)
        assert period is not None
        taken = await snapshots.take(period, last, NO_CARRY)
        assert Counter(taken.order_ids) == orders
        assert set(orders.values()) == {1}
