"""One ugly company for all questions that only read."""

from dataclasses import dataclass

import pytest

from app.errors import BanyanError
from app.facts.commands import Command, Explicit, Move, OutsideLeg, Place
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.graph.procedures import ProcedureInstaller
from tests.component.trees.model import PlainTrees
from tests.component.volumes.company import MARCH, Company, chain, ms, open_period, order, spillover, wide

_WIPE = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"


@dataclass(frozen=True, slots=True)
class Ugly:
    """Sponsor differs from placement; a line of 2,000, a frontline of 2,000, people without a place, moved people."""

    graph: GraphDatabase
    company: Company
    plain: PlainTrees


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
    await write(*[Place(f"W{n}", OutsideLeg(1 + n % 2), ms(2026, 3, 1)) for n in range(3) if "D7" in plain.binary])
    unplaced = next(id for id in plain.ids if id.startswith("D") and id not in plain.binary and id != "D0")
    with pytest.raises(BanyanError):
        await write(Place("D1", Explicit("D0", 1), ms(2026, 3, 1)))  # D1 has a place: nothing may change
    assert unplaced not in plain.binary
    await company.write(*[order(f"o{n}", f"D{n % 150}", 100 + n) for n in range(300)])
    await company.catch_up()
    await ProcedureInstaller(migrated_graph).install()
    return Ugly(migrated_graph, company, plain)
