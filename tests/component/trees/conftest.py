"""One ugly company for all questions that only read."""

from dataclasses import dataclass

import pytest

from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Command, Explicit, Move, Order, Place, Register
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.graph.procedures import ProcedureInstaller
from tests.component.trees.model import PlainTrees
from tests.component.volumes.company import (
    APRIL,
    MARCH,
    Company,
    chain,
    customer_order,
    ms,
    open_period,
    order,
    spillover,
    wide,
)

_WIPE = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"


@dataclass(frozen=True, slots=True)
class Ugly:
    """Sponsor differs from placement; a line of 2,000, a frontline of 2,000, people without a place, moved people."""

    graph: GraphDatabase
    company: Company
    plain: PlainTrees
    sales: dict[tuple[int, str], tuple[int, int]]

    def sold(self, period: int, id: str) -> tuple[int, int]:
        """PV and CV of a person's own orders and of their customers'."""
        return self.sales.get((period, id), (0, 0))


@pytest.fixture(scope="module")
async def ugly(migrated_graph: GraphDatabase) -> Ugly:
    head = [m for m in read_migrations() if m.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *head[0].statements], timeout_s=300)
    company, plain = Company(migrated_graph), PlainTrees()

    async def write(*commands: Command) -> None:
        await company.write(*commands)
        for command in commands:
            plain.apply(command)

    await company.write(open_period(MARCH))
    await write(*spillover(150, seed=21, unplaced=0.1), *wide("W", 2_000, "D7"), *chain("L", 2_000, "D0"))
    await write(Move("L700", "sponsor", "D9"), Move("L1500", "binary", "L100", 2), Move("D140", "sponsor", "W1"))
    await write(
        *[
            Place(f"W{n}", BelowSponsor("outside_right" if n % 2 else "outside_left"), ms(2026, 3, 1))
            for n in range(3)
            if "D7" in plain.binary
        ]
    )
    unplaced = next(id for id in plain.ids if id.startswith("D") and id not in plain.binary and id != "D0")
    with pytest.raises(BanyanError):
        await write(Place("D1", Explicit("D0", 1), ms(2026, 3, 1)))  # D1 has a place: nothing may change
    assert unplaced not in plain.binary
    sales: dict[tuple[int, str], tuple[int, int]] = {}

    async def sell(period: int, seller: str, *orders: Order) -> None:
        await company.write(*orders)
        pv, cv = sales.get((period, seller), (0, 0))
        sales[period, seller] = pv + sum(one.pv for one in orders), cv + sum(one.cv for one in orders)

    for n in range(150):
        await sell(MARCH, f"D{n}", *(order(f"o{n}-{k}", f"D{n}", 100 + n + 150 * k, cv=7 + n) for k in range(2)))
    company.clock.set(2026, 4, 20)
    await company.write(open_period(APRIL), Register("C1", "Cus", "W1", ms(2026, 3, 1)))
    await sell(MARCH, "W1", customer_order("c1", "C1", 510))
    await sell(APRIL, "W1", customer_order("c2", "C1", 40, at=ms(2026, 4, 2)))
    await sell(APRIL, "D9", order("a1", "D9", 900, at=ms(2026, 4, 3), cv=11))
    await company.catch_up()
    assert (await ProcedureInstaller(migrated_graph).install()).faults == ()
    return Ugly(migrated_graph, company, plain, sales)
