"""Who may see whom, and how often the graph is asked about it."""

import pytest

from app.access.models import Principal, Role
from app.access.visibility import Visibility
from app.facts.commands import Move
from app.graph import GraphDatabase
from tests.component.volumes.company import MARCH, Company, enrol, open_period

pytestmark = pytest.mark.anyio
STAFF = Principal("staff", Role.SUPPORT, None)


def distributor(id: str) -> Principal:
    return Principal(id, Role.DISTRIBUTOR, id)


async def test_whoever_exists_is_met_once_and_who_stands_below_is_looked_up_each_time(graph: GraphDatabase) -> None:
    company = Company(graph)
    await company.write(open_period(MARCH), enrol("A", None), enrol("B", "A"), enrol("C", "A"), enrol("D", "B"))
    rules, asked = Visibility(graph), list[str]()
    graph.observer = lambda event: asked.append(event.name)
    try:
        for caller, id in ((STAFF, "D"), (distributor("D"), "D"), (distributor("C"), "C")):
            assert await rules.sees(caller, id)
        assert len(asked) == 2, "D was met by staff, and so is there when D asks"
        asked.clear()
        for caller, id in ((STAFF, "D"), (distributor("D"), "D"), (STAFF, "C")):
            assert await rules.sees(caller, id)
        assert asked == []
        assert await rules.sees(distributor("B"), "D")
        assert not await rules.sees(distributor("C"), "D"), "that D exists is nothing that C may know"
        await company.write(Move("D", "sponsor", "C"))
        assert not await rules.sees(distributor("B"), "D")
        assert await rules.sees(distributor("C"), "D")
        assert asked.count("queries/access/ancestors") == 4
    finally:
        graph.observer = None


async def test_who_does_not_exist_is_looked_for_again(graph: GraphDatabase) -> None:
    company, rules = Company(graph), Visibility(graph)
    await company.write(open_period(MARCH), enrol("A", None))
    for caller in (STAFF, distributor("B")):
        assert not await rules.sees(caller, "B")
    await company.write(enrol("B", "A"))
    for caller in (STAFF, distributor("B")):
        assert await rules.sees(caller, "B")
