"""Who stood below whom, at any instant and as known at any fact, against a plain list of what was written."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.clock import from_ms
from app.errors import BanyanError
from app.facts.commands import Command, Enrol, Explicit, Move, PastMove, Place, TakenOver
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.graph.procedures import ProcedureInstaller, call_text
from app.moments import Moments
from tests.component.trees.conftest import _WIPE
from tests.component.volumes.company import Company, enrol, ms, spillover

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

TREES = ("sponsor", "binary")
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Edge:
    """From fact `seq` on it was known that the child stands there since `since`, and, where it was said, until when."""

    seq: int
    parent: str
    slot: int
    since: int
    until: int = 2**62
    corrects: bool = False
    """Whether whatever was said of the child from `since` on is not so."""


@dataclass(slots=True)
class Written:
    """Every edge that was ever written, by child, in order; and when each fact was recorded."""

    company: Company
    ids: list[str] = field(default_factory=list)
    enrolled: dict[str, tuple[int, int]] = field(default_factory=dict)
    edges: dict[str, dict[str, list[Edge]]] = field(default_factory=lambda: {tree: {} for tree in TREES})
    recorded: list[int] = field(default_factory=list)

    async def write(self, command: Command) -> None:
        [receipt] = await self.company.write(command)
        seq, now = receipt.seq, receipt.recorded_at
        self.recorded.append(now)
        match command:
            case Enrol():
                self.ids.append(command.id)
                self.enrolled[command.id] = seq, command.enrolled_at
                if command.sponsor_id:
                    since = command.sponsored_at or command.enrolled_at
                    self._edge("sponsor", command.id, Edge(seq, command.sponsor_id, 0, since))
                if isinstance(command.placement, Explicit):
                    place = command.placement
                    self._edge("binary", command.id, Edge(seq, place.parent_id, place.slot, command.enrolled_at))
            case Place(placement=Explicit() | TakenOver() as place):
                self._edge("binary", command.id, Edge(seq, place.parent_id, place.slot, command.placed_at))
            case Move():
                since = command.effective_at or now
                edge = Edge(seq, command.new_parent_id, command.slot, since, corrects=True)
                self._edge(command.tree, command.id, edge)
            case PastMove():
                past = Edge(seq, command.parent_id, command.slot, command.since, command.until)
                self._edge(command.tree, command.id, past)

    def _edge(self, tree: str, child: str, edge: Edge) -> None:
        self.edges[tree].setdefault(child, []).append(edge)

    def standing(self, tree: str, at: int, seq: int) -> dict[str, Edge]:
        """Of each child the edge known at `seq` that had begun last by `at`."""
        found: dict[str, Edge] = {}
        for child, edges in self.edges[tree].items():
            known: list[Edge] = []
            for edge in edges:
                if edge.seq <= seq:
                    known = [one for one in known if not edge.corrects or one.since < edge.since] + [edge]
            held = [edge for edge in known if edge.since <= at < edge.until]
            if held:
                found[child] = max(held, key=lambda edge: edge.since)
        return found

    def below(self, tree: str, top: str, depth: int, *, at: int, seq: int) -> list[tuple[int, str, str, int]]:
        """(level, id, parent, slot) in the order of an answer."""
        standing = self.standing(tree, at, seq)
        found, level = [], {top}
        for number in range(1, depth + 1):
            here = [id for id in self.ids if id in standing and standing[id].parent in level]
            found += [(number, id, standing[id].parent, standing[id].slot) for id in here]
            level = set(here)
        return found


@pytest.fixture(scope="module")
async def written(migrated_graph: GraphDatabase) -> Written:
    """People who move again and again over half a year, who are told of late, and who are placed as of long ago."""
    head = [m for m in read_migrations() if m.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *head[0].statements], timeout_s=300)
    written, rng = Written(Company(migrated_graph)), random.Random(5)
    for command in spillover(60, seed=8, unplaced=0.2):
        await written.write(command)
    await bring_history(written)
    for number in range(300):
        written.company.clock.pass_ms(rng.choice((0, 1, DAY_MS)))
        now = written.recorded[-1]
        who, other = (f"D{rng.randrange(1, len(written.ids))}" for _ in range(2))
        slot = rng.choice((1, 2))
        choices: list[Command] = [
            Move(who, "sponsor", other),
            Move(who, "binary", other, slot),
            Place(who, Explicit(other, slot), now - rng.randrange(30) * DAY_MS),
            enrol(f"D{len(written.ids)}", other, at=now - rng.randrange(60) * DAY_MS),
            Move(who, "sponsor", other, effective_at=now - rng.randrange(40) * DAY_MS),
            Move(who, "binary", other, slot, effective_at=now - rng.randrange(20) * DAY_MS),
        ]
        try:
            await written.write(choices[number % 6])
        except BanyanError:
            continue
    assert (await ProcedureInstaller(migrated_graph).install()).faults == ()
    return written


async def bring_history(written: Written) -> None:
    """A person with two former sponsors and one former place, as an import brings them: present ones first."""
    first, second, third = (ms(2026, month, 1) for month in (1, 2, 3))
    brought = Enrol("D60", "D1", "Name D60", "D60", first, sponsored_at=third)
    await written.write(brought)
    lowest = list(written.edges["binary"])[-1]
    await written.write(Place("D60", TakenOver(lowest, 1), second))
    await written.write(PastMove("D60", "sponsor", "D7", 0, first, second))
    await written.write(PastMove("D60", "sponsor", "D2", 0, second, third))
    await written.write(PastMove("D60", "binary", "D2", 2, first, second))


async def pages(graph: GraphDatabase, name: str, **params: Any) -> tuple[list[tuple[int, str, str, int]], bool]:
    found: list[tuple[int, str, str, int]] = []
    after: dict[str, int] = {}
    while True:
        page = await graph.read_one(name, {**params, **after})
        assert page is not None
        assert len(page["ids"]) <= params["page"]
        assert page["names"] == [f"Name {id}" for id in page["ids"]]
        found += zip(page["levels"], page["ids"], page["parent_ids"], page["slots"], strict=True)
        if not page["more"]:
            return found, page["enrolled"]
        after = {"after_level": page["levels"][-1], "after_ix": page["ixs"][-1]}


@pytest.mark.parametrize("tree", TREES)
async def test_any_instant_as_known_at_any_fact(written: Written, tree: str) -> None:
    rng, last = random.Random(13), len(written.recorded)
    moved = changed = 0
    for _ in range(120):
        seq = rng.choice((last, rng.randint(1, last), rng.randint(last // 2, last)))
        at = rng.choice(
            (
                ms(2026, 1, 1),
                ms(2025, 12, 31),
                ms(2026, 2, 10),
                ms(2026, 3, 2),
                written.recorded[rng.randrange(last)],
                written.recorded[-1],
            )
        )
        top, depth = rng.choice(("D0", "D1", "D2", "D7", f"D{rng.randrange(60)}")), rng.choice((1, 3, 40))
        name = f"procedures/downline_as_of_{tree}"
        found, enrolled = await pages(written.company.graph, name, id=top, at=at, seq=seq, depth=depth, page=7)
        expected = written.below(tree, top, depth, at=at, seq=seq)
        assert found == expected, (top, at, seq)
        known, since = written.enrolled[top]
        assert enrolled == (known <= seq and since <= at)
        moved += expected != written.below(tree, top, depth, at=at, seq=last)
        changed += expected != written.below(tree, top, depth, at=written.recorded[-1], seq=seq)
    assert moved > 5, "what is known now must differ from what was known then"
    assert changed > 5, "and then from now"


async def test_the_installed_name_answers_too(written: Written) -> None:
    graph, at, seq = written.company.graph, written.recorded[-1], len(written.recorded)
    for tree in TREES:
        statement = graph.library[f"procedures/downline_as_of_{tree}"]
        params = {"id": "D0", "at": at, "seq": seq, "depth": 40, "page": 1_000}
        answer = await graph.adhoc(
            call_text(statement), statement.bind(params), timeout_s=30, max_rows=10, max_bytes=10**7
        )
        columns = dict(zip(answer.columns, answer.rows[0], strict=True))
        expected = written.below(tree, "D0", 40, at=at, seq=seq)
        assert columns["ids"] == [id for _, id, _, _ in expected]
    assert await graph.read_one("procedures/downline_as_of_binary", {"id": "nobody", "at": 0, "seq": 9}) is None


async def test_an_instant_becomes_the_last_fact_recorded_by_then(written: Written) -> None:
    moments = Moments(written.company.graph)
    recorded = written.recorded
    for at in {0, recorded[0] - 1, recorded[-1] + 1, *recorded, *(instant - 1 for instant in recorded)}:
        assert await moments.settled(at) == sum(instant <= at for instant in recorded)
    assert await moments.settled() == len(recorded)


@pytest.mark.parametrize("tree", TREES)
async def test_history_that_was_brought_is_known_since_it_was_brought(written: Written, tree: str) -> None:
    graph, last = written.company.graph, len(written.recorded)
    [brought] = [seq for id, (seq, _) in written.enrolled.items() if id == "D60"]
    parents = {"sponsor": ("D7", "D2"), "binary": ("D2", written.edges["binary"]["D60"][0].parent)}[tree]
    for at, parent in zip((ms(2026, 1, 15), ms(2026, 2, 15)), parents, strict=True):
        name, params = f"procedures/downline_as_of_{tree}", {"id": parent, "at": at, "depth": 1, "page": 50}
        found, _ = await pages(graph, name, **params, seq=last)
        assert (1, "D60", parent) in [one[:3] for one in found]
        found, _ = await pages(graph, name, **params, seq=brought)
        assert "D60" not in [one[1] for one in found]


async def test_between_two_clocks_nobody_stands_twice(written: Written) -> None:
    """A history that is brought may end minutes ahead of our clock, and the person may be moved before that."""
    company, now = written.company, written.recorded[-1] + DAY_MS
    company.clock.at = from_ms(now)
    came, ahead = ms(2026, 1, 1), now + 240_000
    await written.write(Enrol("E1", "D1", "Name E1", "E1", came, sponsored_at=ahead))
    free = [id for id in written.ids if id in written.standing("binary", ahead, len(written.recorded))][-1]
    await written.write(Place("E1", TakenOver(free, 1), ahead))
    await written.write(PastMove("E1", "sponsor", "D7", 0, came, ahead))
    await written.write(PastMove("E1", "binary", "D2", 2, came, ahead))
    await written.write(Move("E1", "sponsor", "D2"))
    await written.write(Move("E1", "binary", free, 2))
    for tree in TREES:
        for at in (came, now, now + 1, ahead - 1, ahead, ahead + 1):
            before, after = {"sponsor": ("D7", "D2"), "binary": ("D2", free)}[tree]
            asked = {"at": at, "seq": len(written.recorded), "depth": 1, "page": 1_000}
            fronts = {
                parent: await pages(company.graph, f"procedures/downline_as_of_{tree}", id=parent, **asked)
                for parent in (before, after)
            }
            above = [parent for parent, (front, _) in fronts.items() for _, id, _, _ in front if id == "E1"]
            assert above == [after if at >= ahead else before], (tree, at)
