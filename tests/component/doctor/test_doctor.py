"""The doctor on a real graph: silent on a sound one, and by name on every kind of damage."""

from collections.abc import Iterator

import neo4j
import pytest

from app.doctor.models import Diagnosis
from app.doctor.places import rebuild_spots
from app.doctor.service import Doctor
from app.doctor.text import diagnosis_lines
from app.facts.commands import Explicit, KeepMatrix, Move, Place, Return
from app.graph import GraphDatabase, GraphTransaction
from app.runtime import Endpoints
from app.volumes import rebuild
from app.volumes.errors import RollUpBusyError
from app.volumes.rebuild import TallyRebuild
from tests.component.imports.whole_graph import plain_driver
from tests.component.volumes.company import MARCH, Company, chain, ms, open_period, order, spillover

pytestmark = pytest.mark.anyio


@pytest.fixture
def driver(endpoints: Endpoints) -> Iterator[neo4j.Driver]:
    with plain_driver(endpoints) as opened:
        yield opened


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    """Sponsor and place differ, somebody has no place, a line, two moves, returns; all of it counted."""
    made = Company(graph)
    await made.write(open_period(MARCH), *spillover(80, seed=5, unplaced=0.1), *chain("L", 60, "D0"))
    await made.write(*[order(f"o{n}", f"D{n % 80}", 100 + n) for n in range(120)])
    await made.write(Move("L30", "sponsor", "D9"), Move("L50", "binary", "L10", 2), Return("r1", "o1", ms(2026, 3, 11)))
    await made.catch_up()
    return made


async def examine(company: Company) -> Diagnosis:
    return await Doctor(company.graph).examine(lambda _: None)


async def test_nothing_is_wrong_with_a_sound_company(company: Company) -> None:
    diagnosis = await examine(company)
    placed = next(checkup.rows for checkup in diagnosis.checkups if checkup.what.startswith("binary"))
    assert list(diagnosis_lines(diagnosis)) == [
        "264 facts in an unbroken chain: well.",
        "140 people, numbered without a gap: well.",
        "140 sponsor edges, live and ended: a forest: well.",
        f"{placed} binary edges, live and ended: a forest: well.",
        "140 sponsor edges, equal to what the facts say: well.",
        f"{placed} binary edges, equal to what the facts say: well.",
        "140 tallies, equal to their recomputation: well.",
    ]
    assert diagnosis.healthy
    await company.write(order("late", "D5"))
    assert list(diagnosis_lines(await examine(company)))[-1].startswith("1 facts are in no tally yet")


TREES = [
    (
        "MATCH (h:Head) SET h.sponsor_moved = 3",
        "Head says that fact 3 was the last move in the sponsor tree, by the edges",
    ),
    (
        "MATCH (h:Head) REMOVE h.binary_moved",
        "Head says that fact 0 was the last move in the binary tree, by the edges",
    ),
    (
        "MATCH (d:Distributor {id: 'D7'}) SET d.sponsor_ix = 99",
        "  D7 (number 7) has sponsor_ix L19 (number 99), the sponsor edge says D",
    ),
    (
        "MATCH (d:Distributor {id: 'L5'}) REMOVE d.parent_ix",
        "  L5 (number 85) has parent_ix nothing, the binary edge says L4 (number 84).",
    ),
    ("MATCH (d:Distributor {id: 'L6'}) SET d.slot = 5", "  L6 (number 86) has slot 5, the binary edge says 1."),
    (
        "MATCH (:Distributor {id: 'D8'})-[r:SPONSORED_BY]->() SET r.parent = 60",
        "says that it joins D8 (number 8) to D60 (number 60).",
    ),
    (
        "MATCH (:Distributor {id: 'L9'})-[r:PLACED_UNDER]->() SET r.slot = 7",
        "  L9 (number 89) stands in slot 7; the binary tree has 1 to 2",
    ),
    (
        "MATCH (:Distributor {id: 'D9'})-[r:SPONSORED_BY]->() REMOVE r.child",
        "1 sponsor edges name no person as their child",
    ),
    (
        (
            "MATCH (x:Distributor {id: 'L20'})-[r:SPONSORED_BY]->(), (y:Distributor {id: 'L25'}) "
            "WITH x, y, r, properties(r) AS said DELETE r "
            "CREATE (x)-[n:SPONSORED_BY]->(y) SET n = said, n.parent = y.ix"
        ),
        "  The sponsor tree has a cycle through L20 (number 100), L21 (number 101), ",
    ),
    (
        "MATCH ()-[r:WAS_PLACED_UNDER]->() SET r.seq_to = r.seq_to + 1",
        "  L50 (number 130): the binary edge to L10 (number 90) known from",
    ),
    (
        "MATCH ()-[r:WAS_SPONSORED_BY]->() SET r.valid_to = r.valid_to + 1",
        "  L30 (number 110) stood under D9 (number 9) in the sponsor tree at a time at which",
    ),
]
NUMBERS = [
    ("MATCH (t:Tally {ix: 3}) SET t.sponsor_count = 4000", "  D3 (number 3): sponsor_count is 4,000, recomputed"),
    (
        "MATCH (t:Tally {ix: 4}) SET t.binary_cv_1 = 1, t.period_1 = 202603",
        "  D4 (number 4): binary_cv of 202603 is 1,",
    ),
    ("MATCH (t:Tally {ix: 5}) DELETE t", "  D5 (number 5): tally is 0, recomputed 1."),
    ("MATCH (t:Tally {ix: 6}) SET t.binary_seq = 9999", "  D6 (number 6): binary_seq is 9,999"),
    (
        "UNWIND [900, 901] AS ix CREATE (:Tally {ix: ix, calendar: 'monthly'})",
        "There are 2 tallies that belong to nobody.",
    ),
    ("MATCH (f:Fact {seq: 20}) SET f.parent_ix = 1", "Fact 20 (Enrol, key 'key-20'): its hash does not follow"),
    ("MATCH (f:Fact {seq: 30}) DELETE f", "Facts 30 to 30 are missing."),
    (
        "UNWIND [90000, 90001] AS seq CREATE (:Fact {seq: seq, key: seq})",
        "There are 265 facts, 1 more than Head counts.",
    ),
]
PEOPLE = [("MATCH (d:Distributor {id: 'D11'}) SET d.ix = 4000", "139 of them have one of the numbers from 0 to 139.")]


@pytest.mark.parametrize("damages", [TREES, NUMBERS, PEOPLE], ids=["trees", "numbers", "people"])
async def test_every_damage_is_named(company: Company, driver: neo4j.Driver, damages: list[tuple[str, str]]) -> None:
    for statement, _ in damages:
        driver.execute_query(statement)
    diagnosis = await examine(company)
    assert not diagnosis.healthy
    lines = "\n".join(diagnosis_lines(diagnosis))
    assert [words for _, words in damages if words not in lines] == [], lines


EDGES = {"sponsor": "SPONSORED_BY", "binary": "PLACED_UNDER", "matrix": "SEATED_UNDER"}
MIRRORS = {
    "sponsor": "x.sponsor_ix = y.ix",
    "binary": "x.parent_ix = y.ix, x.slot = 2",
    "matrix": "x.matrix_parent_ix = y.ix, x.matrix_slot = 2",
}


@pytest.mark.parametrize("tree", EDGES)
async def test_a_place_changed_in_edge_mirror_and_tally_alike_is_named(
    company: Company, driver: neo4j.Driver, tree: str
) -> None:
    """L59 comes to stand under L20 instead of L58, and everything that follows from edges is made to agree: nothing
    but the facts knows better."""
    below = [Place(f"L{n}", Explicit(f"L{n - 1}" if n else "D0", 1), ms(2026, 3, 2), "matrix") for n in range(60)]
    await company.write(KeepMatrix(2, 5), *below, Move("L59", "matrix", "L30", 2), Move("L59", "matrix", "L58", 1))
    await company.catch_up()
    assert (await examine(company)).healthy
    driver.execute_query(
        f"MATCH (x:Distributor {{id: 'L59'}})-[r:{EDGES[tree]}]->(), (y:Distributor {{id: 'L20'}}) "
        f"WITH x, y, r, properties(r) AS said DELETE r CREATE (x)-[n:{EDGES[tree]}]->(y) "
        f"SET n = said, n.parent = y.ix, n.slot = 3 - said.slot, {MIRRORS[tree]}"
    )
    await rebuild_spots(company.graph)
    company.clock.pass_ms(60_000)
    await TallyRebuild(company.graph, company.roll_up("repairs", lease_ms=1)).run()
    diagnosis = await examine(company)
    [ill] = [checkup for checkup in diagnosis.checkups if checkup.count]
    assert ill.what == f"{tree} edges, equal to what the facts say"
    by_edge, by_facts = ("under", "under") if tree == "sponsor" else ("in slot 2 of", "in slot 1 of")
    [named] = ill.problems
    assert named.startswith(f"L59 (number 139) stands {by_edge} L20 (number 100) since 2026-")
    assert f" by the {tree} edge, {by_facts} L58 (number 138) since 2026-" in named


HISTORY = [
    ("MATCH (:Distributor {id: 'L30'})-[r:WAS_SPONSORED_BY]->() SET r.valid_from = r.valid_from - 1", "L30", "sponsor"),
    ("MATCH (:Distributor {id: 'L50'})-[r:WAS_PLACED_UNDER]->() DELETE r", "L50", "binary"),
]


@pytest.mark.parametrize(("damage", "whose", "tree"), HISTORY, ids=["sponsor", "binary"])
async def test_a_place_of_before_that_no_fact_tells_is_named(
    company: Company, driver: neo4j.Driver, damage: str, whose: str, tree: str
) -> None:
    driver.execute_query(damage)
    problems = {checkup.what: checkup.problems for checkup in (await examine(company)).checkups}
    [named] = problems[f"{tree} edges, equal to what the facts say"]
    assert named.startswith(f"{whose} (number ")
    assert named.endswith(f") stood elsewhere before, by the ended {tree} edges, than the facts say")


async def test_tallies_are_rebuilt_from_facts_and_edges(
    company: Company, driver: neo4j.Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tallies(driver)
    driver.execute_query("MATCH (t:Tally {ix: 5}) DELETE t")
    driver.execute_query(
        "MATCH (t:Tally) WHERE t.ix < 60 AND t.ix <> 5 SET t.sponsor_count = 0, t.own_pv_1 = 7, t.period_0 = 1"
    )
    with pytest.raises(RollUpBusyError):
        await TallyRebuild(company.graph, company.roll_up("second")).run()
    company.clock.pass_ms(60_000)
    monkeypatch.setattr(rebuild, "ROWS_A_CALL", 20)
    fail_at_second(company.graph, monkeypatch)
    with pytest.raises(ConnectionAbortedError):
        await TallyRebuild(company.graph, company.roll_up("dies", lease_ms=1)).run()
    monkeypatch.undo()
    company.clock.pass_ms(60_000)
    report = await TallyRebuild(company.graph, company.roll_up("repairs", lease_ms=1)).run()
    assert 0 < len(report.wrong["monthly"]) == 60 - 20
    assert tallies(driver) == before
    assert (await examine(company)).healthy
    await company.write(order("next", "L59", 5_000), Move("L40", "sponsor", "D3"))
    await company.catch_up()
    assert (await examine(company)).healthy


def fail_at_second(graph: GraphDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second rewrite dies before it is committed."""
    calls = iter(range(10))
    rewrite = TallyRebuild._rewrite

    async def dying(self: TallyRebuild, tx: GraphTransaction, **more: object) -> None:
        await rewrite(self, tx, **more)  # type: ignore[arg-type]
        if next(calls) == 1:
            raise ConnectionAbortedError

    monkeypatch.setattr(TallyRebuild, "_rewrite", dying)


def tallies(driver: neo4j.Driver) -> list[dict[str, int]]:
    """All figures; structural versions may only grow by a repair."""
    rows = driver.execute_query("MATCH (t:Tally) RETURN properties(t) AS all ORDER BY t.ix").records
    return [{name: value for name, value in row["all"].items() if not name.endswith("_seq")} for row in rows]
