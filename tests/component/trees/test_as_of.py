"""Who stood below whom, at any instant and as known at any fact, against a plain list of what was written."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.clock import from_ms
from app.errors import BanyanError
from app.facts.commands import (
    Command,
    Enrol,
    Explicit,
    KeepMatrix,
    Move,
    PastMove,
    Place,
    Submission,
    TakenOver,
    Tree,
)
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.graph.procedures import ProcedureInstaller, call_text
from app.moments import Moments
from app.places.spots import PlacementTree
from tests.component.trees.conftest import _WIPE
from tests.component.volumes.company import Company, enrol, ms, spillover

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

TREES: tuple[Tree, ...] = ("sponsor", "binary", "matrix")
DAY_MS = 86_400_000
SLOTS: dict[PlacementTree, int] = {"binary": 2, "matrix": 3}
PLACED: tuple[PlacementTree | None, ...] = (None, "binary", None, None, None, "binary", "matrix", "matrix")
"""In which tree each kind of command needs an open slot."""


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
    restless: list[str] = field(default_factory=list)
    """Who is moved most."""
    said: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Of each fact its kind, who wrote it, why, and when."""

    async def write(self, command: Command) -> None:
        number = len(self.said)
        spoken = Submission(f"said-{number}", f"actor {number % 3}", f"why {number}", command)
        receipt = await self.company.writer.submit(spoken)
        seq, now = receipt.seq, receipt.recorded_at
        self.recorded.append(now)
        self.said.append((type(command).__name__, spoken.actor, spoken.reason, now))
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
            case Place(tree=tree, placement=Explicit() | TakenOver() as place):
                self._edge(tree, command.id, Edge(seq, place.parent_id, place.slot, command.placed_at))
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

    def open_slots(self, tree: PlacementTree = "binary") -> list[tuple[str, int]]:
        """Where nobody stands in a tree with slots now."""
        standing, slots = self.standing(tree, self.recorded[-1], len(self.recorded)), (1, 2, 3)[: SLOTS[tree]]
        taken = {(edge.parent, edge.slot) for edge in standing.values()}
        return [(id, slot) for id in ("D0", *standing) for slot in slots if (id, slot) not in taken]

    def above(self, tree: str, id: str, *, at: int, seq: int) -> list[tuple[str, int]]:
        """Everybody above with the slot below them, nearest first."""
        standing, found = self.standing(tree, at, seq), []
        while (edge := standing.get(id)) is not None:
            found.append((edge.parent, edge.slot))
            id = edge.parent
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
    written.restless = [id for id in written.ids if id in written.edges["binary"]][-5:]
    await seat(written, rng)
    await bring_history(written)
    for number in range(420):
        written.company.clock.pass_ms(rng.choice((0, 1, DAY_MS)))
        now = written.recorded[-1]
        who, other = (f"D{rng.randrange(1, len(written.ids))}" for _ in range(2))
        slot, tree = rng.choice((1, 2)), PLACED[number % 8]
        if number % 3:
            who = rng.choice(written.restless)
        if tree is not None:
            other, slot = rng.choice(written.open_slots(tree))
        choices: list[Command] = [
            Move(who, "sponsor", other),
            Move(who, "binary", other, slot),
            Place(who, Explicit(other, slot), now - rng.randrange(30) * DAY_MS),
            enrol(f"D{len(written.ids)}", other, at=now - rng.randrange(60) * DAY_MS),
            Move(who, "sponsor", other, effective_at=now - rng.randrange(40) * DAY_MS),
            Move(who, "binary", other, slot, effective_at=now - rng.randrange(20) * DAY_MS),
            Move(who, "matrix", other, slot),
            Move(who, "matrix", other, slot, effective_at=now - rng.randrange(20) * DAY_MS),
        ]
        try:
            await written.write(choices[number % 8])
        except BanyanError:
            continue
    assert (await ProcedureInstaller(migrated_graph).install()).faults == ()
    return written


async def seat(written: Written, rng: random.Random) -> None:
    """Those who move most and every second of the others in a matrix, as they come, below anybody who is there."""
    await written.write(KeepMatrix(SLOTS["matrix"], 9))
    for id in [*written.ids[1::2], *written.restless]:
        if id not in written.edges["matrix"]:
            parent, slot = rng.choice(written.open_slots("matrix")[:6])
            await written.write(Place(id, TakenOver(parent, slot), ms(2026, 1, 20), "matrix"))


async def bring_history(written: Written) -> None:
    """A person with two former sponsors and one former place in each tree with slots, as an import brings them: present
    ones first."""
    first, second, third = (ms(2026, month, 1) for month in (1, 2, 3))
    brought = Enrol("D60", "D1", "Name D60", "D60", first, sponsored_at=third)
    await written.write(brought)
    lowest = list(written.edges["binary"])[-1]
    await written.write(Place("D60", TakenOver(lowest, 1), second))
    await written.write(Place("D60", TakenOver(*written.open_slots("matrix")[-1]), second, "matrix"))
    await written.write(PastMove("D60", "sponsor", "D7", 0, first, second))
    await written.write(PastMove("D60", "sponsor", "D2", 0, second, third))
    await written.write(PastMove("D60", "binary", "D2", 2, first, second))
    await written.write(PastMove("D60", "matrix", "D2", 3, first, second))


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


@pytest.mark.parametrize("tree", TREES)
async def test_who_stood_above_at_any_instant_as_known_at_any_fact(written: Written, tree: str) -> None:
    rng, last = random.Random(17), len(written.recorded)
    moved = changed = 0
    for _ in range(150):
        seq, id = rng.randint(last // 3, last), rng.choice((f"D{rng.randrange(60)}", rng.choice(written.restless)))
        at = rng.choice((ms(2026, 2, 10), ms(2026, 3, 2), written.recorded[rng.randrange(last)]))
        found = await written.company.graph.read_one(
            f"procedures/upline_as_of_{tree}", {"id": id, "at": at, "seq": seq, "levels": rng.choice((10_000, 40))}
        )
        assert found is not None
        expected = written.above(tree, id, at=at, seq=seq)
        assert list(zip(found["ids"], found["slots"], strict=True)) == expected, (id, at, seq)
        assert found["ixs"] == [written.ids.index(above) for above, _ in expected]
        assert found["names"] == [f"Name {above}" for above, _ in expected]
        assert found["levels_up"] == list(range(1, len(expected) + 1))
        known, since = written.enrolled[id]
        assert found["enrolled"] == (known <= seq and since <= at)
        near = {"id": id, "at": at, "seq": seq, "levels": 1}
        cut = await written.company.graph.read_one(f"procedures/upline_as_of_{tree}", near)
        assert cut is not None
        assert cut["ids"] == [above for above, _ in expected[:1]]
        moved += expected != written.above(tree, id, at=at, seq=last)
        changed += expected != written.above(tree, id, at=written.recorded[-1], seq=seq)
    assert moved > 5, "what is known now must differ from what was known then"
    assert changed > 5, "and then from now"


async def history(written: Written, tree: str, id: str, **params: Any) -> dict[str, Any]:
    found = await written.company.graph.read_one(f"procedures/move_history_{tree}", {"id": id, **params})
    assert found is not None
    return found


def place_told(found: dict[str, Any], at: int, seq: int) -> tuple[str, int] | None:
    """Where somebody stood at an instant as known at a fact, by what their history says."""
    names = ("parent_ids", "slots", "begins", "ends", "seqs", "ended_seqs", "corrected_seqs")
    held = [
        (begin, parent, slot)
        for parent, slot, begin, end, known, ended, corrected in zip(*(found[name] for name in names), strict=True)
        if known <= seq and begin <= at and not 0 < corrected <= seq and (not 0 < ended <= seq or at < end)
    ]
    assert len(held) <= 1, "nobody stands twice"
    return held[0][1:] if held else None


@pytest.mark.parametrize("tree", TREES)
async def test_a_history_tells_every_place_and_what_was_corrected(written: Written, tree: str) -> None:
    """Whoever reads it knows where the person stood at any instant, as known at any fact; and whose word that is."""
    last, corrected, lasting = len(written.recorded), 0, 0
    for id in written.ids:
        found = await history(written, tree, id, page=1_000)
        edges = written.edges[tree].get(id, [])
        assert found["total"] == len(found["seqs"]) >= len(edges)
        assert found["seq"] == last
        assert sorted(zip(found["begins"], found["seqs"], strict=True)) == list(
            zip(found["begins"], found["seqs"], strict=True)
        )
        rows = list(zip(found["seqs"], found["parent_ids"], found["slots"], found["begins"], strict=True))
        assert {(edge.seq, edge.parent, edge.slot, edge.since) for edge in edges} <= set(rows)
        assert len(set(rows)) == len(rows)
        names = ("kinds", "actors", "reasons", "recorded")
        assert list(zip(*(found[name] for name in names), strict=True)) == [
            written.said[seq - 1] for seq in found["seqs"]
        ]
        assert found["parent_names"] == [f"Name {parent}" for parent in found["parent_ids"]]
        instants = {moment for edge in edges for moment in (edge.since - 1, edge.since, min(edge.until, 2**61))}
        for at in instants | {written.recorded[-1]}:
            for seq in {edge.seq for edge in edges} | {edge.seq - 1 for edge in edges} | {last}:
                edge = written.standing(tree, at, seq).get(id)
                assert place_told(found, at, seq) == (None if edge is None else (edge.parent, edge.slot)), (id, at, seq)
        corrected += sum(seq > 0 for seq in found["corrected_seqs"])
        lasting += found["ends"].count(-1)
    assert corrected > 10, "moves that were told late correct what was said before"
    assert lasting == sum(1 for edges in written.edges[tree].values() if edges)


@pytest.mark.parametrize("tree", TREES)
async def test_a_history_as_known_at_a_fact_and_by_pages(written: Written, tree: str) -> None:
    most = max(written.edges[tree], key=lambda id: len(written.edges[tree][id]))
    whole, rows = await history(written, tree, most), []
    assert whole["total"] > 4
    for offset in range(0, whole["total"] + 3, 3):
        page = await history(written, tree, most, offset=offset, page=3)
        assert page["total"] == whole["total"]
        rows += page["seqs"]
    assert rows == whole["seqs"]
    for seq in sorted(set(whole["seqs"])):
        then = await history(written, tree, most, seq=seq)
        known = [at for at, one in enumerate(whole["seqs"]) if one <= seq]
        assert then["seqs"] == [whole["seqs"][at] for at in known]
        for column in ("ended_seqs", "corrected_seqs"):
            assert then[column] == [whole[column][at] if whole[column][at] <= seq else -1 for at in known]
        assert then["ends"].count(-1) == 1, "there is one present at any time"


async def test_the_installed_names_answer_too(written: Written) -> None:
    graph, at, seq = written.company.graph, written.recorded[-1], len(written.recorded)

    async def call(name: str, **params: Any) -> dict[str, Any]:
        statement = graph.library[f"procedures/{name}"]
        answer = await graph.adhoc(
            call_text(statement), statement.bind(params), timeout_s=30, max_rows=10, max_bytes=10**7
        )
        return dict(zip(answer.columns, answer.rows[0], strict=True))

    for tree in TREES:
        below = await call(f"downline_as_of_{tree}", id="D0", at=at, seq=seq, depth=40, page=1_000)
        assert below["ids"] == [id for _, id, _, _ in written.below(tree, "D0", 40, at=at, seq=seq)]
        above = await call(f"upline_as_of_{tree}", id="D30", at=at, seq=seq)
        assert above["ids"] == [id for id, _ in written.above(tree, "D30", at=at, seq=seq)]
        assert await call(f"move_history_{tree}", id="D30") == await history(written, tree, "D30")
    for name, params in (("downline_as_of", {"at": 0, "seq": 9}), ("upline_as_of", {"at": 0, "seq": 9})):
        assert await graph.read_one(f"procedures/{name}_binary", {"id": "nobody", **params}) is None
    assert await graph.read_one("procedures/move_history_binary", {"id": "nobody"}) is None


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
    place = "D2" if tree == "sponsor" else written.edges[tree]["D60"][0].parent
    parents = "D7" if tree == "sponsor" else "D2", place
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
    slots = written.open_slots()
    free = [id for id, slot in slots if slot == 1 and (id, 2) in slots][-1]
    await written.write(Place("E1", TakenOver(free, 1), ahead))
    await written.write(PastMove("E1", "sponsor", "D7", 0, came, ahead))
    await written.write(PastMove("E1", "binary", "D2", 2, came, ahead))
    seats = written.open_slots("matrix")[-2:]
    await written.write(Place("E1", TakenOver(*seats[0]), ahead, "matrix"))
    await written.write(PastMove("E1", "matrix", "D2", 2, came, ahead))
    await written.write(Move("E1", "sponsor", "D2"))
    await written.write(Move("E1", "binary", free, 2))
    await written.write(Move("E1", "matrix", *seats[1]))
    for tree in TREES:
        for at in (came, now, now + 1, ahead - 1, ahead, ahead + 1):
            before, after = {"sponsor": ("D7", "D2"), "binary": ("D2", free), "matrix": ("D2", seats[1][0])}[tree]
            asked = {"at": at, "seq": len(written.recorded), "depth": 1, "page": 1_000}
            fronts = {
                parent: await pages(company.graph, f"procedures/downline_as_of_{tree}", id=parent, **asked)
                for parent in (before, after)
            }
            above = [parent for parent, (front, _) in fronts.items() for _, id, _, _ in front if id == "E1"]
            assert above == [after if at >= ahead else before], (tree, at)
