"""One ugly company for all questions that only read."""

from dataclasses import dataclass, replace

import pytest

from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Command, Explicit, KeepMatrix, Move, Order, Place, Register
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.graph.procedures import ProcedureInstaller
from tests.component.trees.model import PlainTrees
from tests.component.trees.shapes import WIDTH, seats, shapes
from tests.component.volumes.company import (
    APRIL,
    MARCH,
    Company,
    chain,
    customer_order,
    enrol,
    ms,
    open_period,
    order,
    spillover,
    wide,
)

_AT_ONCE = 20_000
_WIPE = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"


@dataclass(frozen=True, slots=True)
class Ugly:
    """Sponsor differs from placement; a line of 2,000 in both trees, a frontline of 2,000 without a place, moved
    people, positions of one owner; then a perfect tree, a line of 10,000 and a frontline of 50,000 that
    spilled over, and a matrix of most of them.
    """

    graph: GraphDatabase
    company: Company
    plain: PlainTrees
    sales: dict[tuple[int, str], tuple[int, int]]

    ranks: dict[str, str]
    """By the last committed run."""

    def sold(self, period: int, id: str) -> tuple[int, int]:
        """PV and CV of a person's own orders and of their customers'."""
        return self.sales.get((period, id), (0, 0))

    def own(self, period: int, unit: int) -> dict[str, int]:
        """PV (unit 0) or CV (1) of those who sold."""
        return {id: amounts[unit] for (of, id), amounts in self.sales.items() if of == period}


@pytest.fixture(scope="module")
async def ugly(migrated_graph: GraphDatabase) -> Ugly:
    head = [m for m in read_migrations() if m.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *head[0].statements], timeout_s=300)
    company, plain = Company(migrated_graph), PlainTrees()

    async def write(*commands: Command) -> None:
        for first in range(0, len(commands), _AT_ONCE):
            await company.write(*commands[first : first + _AT_ONCE])
        for command in commands:
            plain.apply(command)

    await company.write(open_period(MARCH))
    await write(*spillover(150, seed=21, unplaced=0.1), *wide("W", 2_000, "D7"), *chain("L", 2_000, "D0"))
    await write(*shapes("D0"), *(replace(enrol(f"D3-{n}", f"D{n}"), owner="D3") for n in (3, 4, 0)))
    await company.write(KeepMatrix(WIDTH, 9))
    await write(*seats("D0", [id for id in plain.ids if id.startswith("D")], seed=22), Move("B7", "matrix", "S9000", 1))
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

    async def sell(period: int, *orders: Order) -> None:
        """In one commit; C1 buys of W1."""
        await company.write(*orders)
        for one in orders:
            seller = "W1" if one.buyer_kind == "customer" else one.buyer_id
            pv, cv = sales.get((period, seller), (0, 0))
            sales[period, seller] = pv + one.pv, cv + one.cv

    in_shapes = [(f"{shape}{n}", n) for shape in "BSF" for n in range(0, 8_000, 400)]
    await sell(
        MARCH,
        *(order(f"o{n}-{k}", f"D{n}", 100 + n + 150 * k, cv=7 + n) for n in range(150) for k in range(2)),
        *(order(f"o-{id}", id, 10 + n, cv=1 + n) for id, n in in_shapes),
    )
    company.clock.set(2026, 4, 20)
    await company.write(open_period(APRIL), Register("C1", "Cus", "W1", ms(2026, 3, 1)))
    await sell(MARCH, customer_order("c1", "C1", 510))
    await sell(
        APRIL,
        customer_order("c2", "C1", 40, at=ms(2026, 4, 2)),
        order("a1", "D9", 900, at=ms(2026, 4, 3), cv=11),
        order("a2", "B1", 30, at=ms(2026, 4, 3), cv=5),
        order("a3", "F1", 30, at=ms(2026, 4, 3), cv=6),
    )
    await company.catch_up()
    assert (await ProcedureInstaller(migrated_graph).install()).faults == ()
    return Ugly(migrated_graph, company, plain, sales, await commit_runs(migrated_graph, plain))


async def commit_runs(graph: GraphDatabase, plain: PlainTrees) -> dict[str, str]:
    """A run of January and one of February, whose ranks these are; March has none yet."""
    ranks = dict[str, str]()
    for period, name, names in ((202601, "2026-01", ("Silver", "Gold")), (202602, "2026-02", ("Gold", "Silver"))):
        node = f"calendar: 'monthly', number: {period}, name: '{name}', state: 'closed', run: 'run-{period}'"
        paid = f"{{run: 'run-{period}', ix: d.ix, rank: {list(names)}[d.ix % 2]}}"
        statements = [
            f"CREATE (:Period {{{node}}})",
            f"MATCH (d:Distributor) WHERE d.ix % 7 = 0 CREATE (:Statement {paid})",
        ]
        await graph.run_script("runs", statements)
        ranks = {id: names[ix % 2] for ix, id in enumerate(plain.ids) if ix % 7 == 0}
    return ranks
