"""Pages of lists that go on while people are enrolled, placed and moved, with filters and without.

All pages of a list are of the tree as the first one found it: against plain Python that remembers every tree there was.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from app.errors import BanyanError
from app.facts.commands import Command, Enrol, Explicit, KeepMatrix, Move, Place
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.graph.procedures import ProcedureInstaller, call_text
from app.trees.cursors import START, Position
from app.trees.repository import TreeRepository
from tests.component.trees.conftest import _WIPE
from tests.component.trees.model import PlainTrees
from tests.component.trees.shapes import WIDTH, some_seats
from tests.component.volumes.company import MARCH, Company, enrol, ms, open_period, order, spillover, wide

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

TREES: Final = ("sponsor", "binary", "matrix")
SIDES: Final = {"binary": (1, 2), "matrix": tuple(range(1, WIDTH + 1))}
DAY_MS: Final = 86_400_000
TITLES, STATUSES, REGIONS = ("", "Silver", "Gold"), ("active", "suspended", "terminated"), ("", "EU", "Asia")
RANKS: Final = ("Bronze", "Silver", "Gold")

Ask = Callable[..., Awaitable[dict[str, Any]]]
Shape = tuple[list[str], dict[str, dict[str, str]], dict[str, dict[str, int]]]
"""Ids in the order of enrolment, parents by tree, and slots."""


@dataclass(slots=True)
class Remembered:
    """A company, and its trees after every batch of facts."""

    company: Company
    plain: PlainTrees = field(default_factory=PlainTrees)
    cards: dict[str, Enrol] = field(default_factory=dict)
    shapes: dict[int, Shape] = field(default_factory=dict)
    pv: dict[str, int] = field(default_factory=dict)
    """Personal PV, as rolled up."""
    group_pv: dict[str, dict[str, int]] = field(default_factory=lambda: {tree: {} for tree in TREES})
    runs: list[tuple[int, int, dict[str, str]]] = field(default_factory=list)
    """(period, seq of the commit, rank by id)."""

    @property
    def graph(self) -> GraphDatabase:
        return self.company.graph

    async def write(self, *commands: Command) -> None:
        receipts = await self.company.write(*commands)
        for command in commands:
            self.plain.apply(command)
            if isinstance(command, Enrol):
                self.cards[command.id] = command
        parents = {tree: dict(self.plain.parents(tree)) for tree in TREES}
        slots = {tree: dict(self.plain.slots(tree)) for tree in TREES}
        self.shapes[receipts[-1].seq] = (list(self.plain.ids), parents, slots)

    def at(self, seq: int) -> PlainTrees:
        known = max((fact for fact in self.shapes if fact <= seq), default=0)
        ids, parents, slots = (
            self.shapes[known] if known else ([], {tree: {} for tree in TREES}, {t: {} for t in TREES})
        )
        of_matrix = (parents["matrix"], slots["matrix"])
        return PlainTrees(ids, parents["sponsor"], parents["binary"], slots["binary"], *of_matrix)

    def lets_through(self, tree: str, id: str, seq: int, **filters: Any) -> bool:
        card = self.cards[id]
        ranks = max(((period, by) for period, committed, by in self.runs if committed <= seq), default=(0, {}))[1]
        pv, group = self.pv.get(id, 0), self.group_pv[tree].get(id, 0)
        return (
            card.title in (filters.get("titles") or [card.title])
            and card.status in (filters.get("statuses") or [card.status])
            and card.region in (filters.get("regions") or [card.region])
            and ("ranks" not in filters or ranks.get(id) in filters["ranks"])
            and filters.get("pv_from", pv) <= pv <= filters.get("pv_to", pv)
            and filters.get("group_pv_from", group) <= group <= filters.get("group_pv_to", group)
        )

    def expected(self, tree: str, top: str, depth: int, seq: int, **filters: Any) -> list[tuple[Any, ...]]:
        """(level, id, parent, slot, sponsor) of everybody on a list."""
        then = self.at(seq)
        return [
            (level, id, then.parents(tree)[id], then.slots(tree).get(id, 0), then.sponsor[id])
            for level, id in then.downline(tree, top, depth)
            if self.lets_through(tree, id, seq, **filters)
        ]


def ask_by(way: str, graph: GraphDatabase) -> Ask:
    async def file(name: str, **params: Any) -> dict[str, Any]:
        row = await graph.read_one(f"procedures/{name}", params)
        assert row is not None
        return row

    async def installed(name: str, **params: Any) -> dict[str, Any]:
        statement = graph.library[f"procedures/{name}"]
        answer = await graph.adhoc(
            call_text(statement), statement.bind(params), timeout_s=30, max_rows=10, max_bytes=10**7
        )
        return dict(zip(answer.columns, answer.rows[0], strict=True))

    return file if way == "file" else installed


@dataclass(slots=True)
class Listing:
    """A list on its way, page by page."""

    ask: Ask
    tree: str
    top: str
    depth: int
    page: int
    filters: dict[str, Any]
    look: int = 5_000
    found: list[tuple[Any, ...]] = field(default_factory=list)
    seq: int | None = None
    after: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    stopped: int = 0
    """How many pages ended early."""

    async def turn(self) -> bool:
        """Read the next page; whether one follows."""
        page = await self.ask(
            f"downline_{self.tree}",
            id=self.top,
            depth=self.depth,
            page=self.page,
            look=self.look,
            seq=self.seq,
            period=MARCH,
            **self.filters,
            **self.after,
        )
        assert self.seq in (None, page["seq"])
        assert len(page["ids"]) == self.page or not page["more"] or self.filters
        self.seq, self.pages = page["seq"], self.pages + 1
        self.stopped += page["more"] and len(page["ids"]) < self.page
        names = ("levels", "ids", "parent_ids", "slots", "sponsor_ids")
        self.found += zip(*(page[name] for name in names), strict=True)
        self.after = {"after_level": page["to_level"], "after_ix": page["to_ix"]}
        return bool(page["more"])


@pytest.fixture(scope="module")
async def remembered(migrated_graph: GraphDatabase) -> Remembered:
    """Sponsor differs from placement, everybody has a title, status and region, orders are counted, runs committed."""
    head = [m for m in read_migrations() if m.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *head[0].statements], timeout_s=300)
    remembered, rng = Remembered(Company(migrated_graph)), random.Random(17)
    await remembered.company.write(open_period(MARCH))
    await remembered.write(
        *(
            replace(one, title=rng.choice(TITLES), status=rng.choice(STATUSES), region=rng.choice(REGIONS))
            for one in spillover(150, seed=4, unplaced=0.15)
            if isinstance(one, Enrol)
        )
    )
    await remembered.write(KeepMatrix(WIDTH, 9), *some_seats("D0", remembered.plain.ids, seed=18))
    await sell(remembered, rng)
    await commit_runs(remembered, rng)
    assert (await ProcedureInstaller(migrated_graph).install()).faults == ()
    return remembered


async def sell(remembered: Remembered, rng: random.Random) -> None:
    """Some people buy; the tallies stay as they are then."""
    buyers = [id for id in remembered.plain.ids if rng.random() < 0.6]
    for id in buyers:
        remembered.pv[id] = rng.randrange(1, 300)
    await remembered.company.write(*(order(f"o-{id}", id, remembered.pv[id]) for id in buyers))
    await remembered.company.catch_up()
    for tree in TREES:
        for id in remembered.plain.ids:
            team = [id, *(below for _, below in remembered.plain.downline(tree, id, 1_000))]
            remembered.group_pv[tree][id] = sum(remembered.pv.get(one, 0) for one in team)


async def commit_runs(remembered: Remembered, rng: random.Random) -> None:
    """A run of January, later one of February, one of March that nobody committed, and one of April that was voided."""
    told = ((202601, "committed"), (202602, "committed"), (202603, "preview"), (202604, "voided"))
    for period, state in told:
        # Something comes in between, so that no two were committed at one fact.
        await remembered.write(enrol(f"R{period}", "D0"))
        seq = remembered.company.keys  # every fact so far had a key
        ranks = {id: rng.choice(RANKS) for id in remembered.plain.ids if rng.random() < 0.6}
        properties = f"calendar: 'monthly', period: {period}, state: '{state}'"
        properties += f", committed_seq: {seq}" if state != "preview" else ""
        properties += f", voided_seq: {seq}" if state == "voided" else ""
        rows = ((remembered.plain.ids.index(id), rank) for id, rank in ranks.items())
        statements = [
            f"CREATE (:Run {{id: 'run-{period}', {properties}}})",
            *(f"CREATE (:Statement {{run: 'run-{period}', ix: {ix}, rank: '{rank}'}})" for ix, rank in rows),
        ]
        await remembered.graph.run_script("runs", statements)
        if state == "committed":
            remembered.runs.append((period, seq, ranks))


def something(remembered: Remembered, rng: random.Random) -> Command:
    """A change that may be refused."""
    who, other = (f"D{rng.randrange(1, 150)}" for _ in range(2))
    plain, now = remembered.plain, ms(2026, 3, 15)
    free, slot = rng.choice(open_in(plain, "binary"))
    above, seat = rng.choice(open_in(plain, "matrix"))
    past = rng.choice((None, None, now - rng.randrange(20) * DAY_MS))
    newcomer = enrol(f"N{len(remembered.plain.ids)}", other, at=now)
    return rng.choice(
        (
            Move(who, "sponsor", other),
            Move(who, "sponsor", other, effective_at=past),
            Move(who, "binary", free, slot),
            Move(who, "binary", free, slot, effective_at=past),
            Move(who, "matrix", above, seat),
            Move(who, "matrix", above, seat, effective_at=past),
            Place(who, Explicit(free, slot), now),
            Place(who, Explicit(above, seat), now, "matrix"),
            replace(newcomer, title="Silver", region="EU"),
            replace(newcomer, placement=Explicit(free, slot), status="suspended"),
        )
    )


def open_in(plain: PlainTrees, tree: str) -> list[tuple[str, int]]:
    """Every open slot of a tree."""
    taken = {(parent, plain.slots(tree)[child]) for child, parent in plain.parents(tree).items()}
    return [(id, side) for id in ("D0", *plain.parents(tree)) for side in SIDES[tree] if (id, side) not in taken]


async def change(remembered: Remembered, rng: random.Random) -> None:
    for _ in range(20):
        try:
            await remembered.write(something(remembered, rng))
            return
        except BanyanError:
            continue


def some_filters(rng: random.Random) -> dict[str, Any]:
    every: dict[str, Any] = {
        "titles": rng.sample(TITLES, rng.randint(1, 2)),
        "statuses": rng.sample(STATUSES, rng.randint(1, 2)),
        "regions": rng.sample(REGIONS, rng.randint(1, 2)),
        "ranks": rng.sample(RANKS, rng.randint(1, 2)),
        "pv_from": rng.choice((0, 1, 50, 150)),
        "pv_to": rng.choice((0, 100, 250)),
        "group_pv_from": rng.choice((0, 1, 300)),
        "group_pv_to": rng.choice((0, 500, 5_000)),
    }
    return {name: every[name] for name in rng.sample(sorted(every), rng.choice((0, 1, 1, 2, 3)))}


@pytest.mark.parametrize("way", ["file", "installed"])
async def test_every_page_is_of_the_tree_that_the_first_one_found(remembered: Remembered, way: str) -> None:
    """Ten lists at a time, a change after every page, and who was on the first page's tree comes once."""
    rng, ask = random.Random(way), ask_by(way, remembered.graph)
    going: list[Listing] = []
    done: list[Listing] = []
    for _ in range(240):
        if len(going) < 10:
            top, depth = rng.choice(("D0", "D0", "D1", f"D{rng.randrange(150)}")), rng.choice((1, 3, 60))
            look = rng.choice((1, 5, 40, 5_000))
            listing = Listing(ask, rng.choice(TREES), top, depth, rng.choice((1, 7, 40)), some_filters(rng), look)
            going.append(listing)
        listing = rng.choice(going)
        if not await listing.turn():
            going.remove(listing)
            done.append(listing)
        await change(remembered, rng)
    for listing in going:
        while await listing.turn():
            pass
    changed = dict.fromkeys(TREES, 0)
    for listing in done + going:
        asked = (listing.tree, listing.top, listing.depth)
        assert listing.seq is not None
        expected = remembered.expected(*asked, listing.seq, **listing.filters)
        assert listing.found == expected, (asked, listing.filters, listing.look)
        now = remembered.expected(*asked, max(remembered.shapes), **listing.filters)
        changed[listing.tree] += listing.pages > 1 and bool({one[1:] for one in expected} - {one[1:] for one in now})
    assert min(changed.values()) > 2, "people must have left their places between pages"
    assert any(listing.found for listing in done if listing.filters)
    assert sum(listing.stopped for listing in done + going) > 5, "some pages must have ended before they were full"


@pytest.mark.parametrize("tree", TREES)
async def test_every_filter_alone_and_all_together(remembered: Remembered, tree: str) -> None:
    ask = ask_by("file", remembered.graph)
    alone: list[dict[str, Any]] = [
        {"titles": ["Gold"]},
        {"statuses": ["suspended", "terminated"]},
        {"regions": [""]},
        {"ranks": ["Silver"]},
        {"pv_from": 100},
        {"pv_to": 0},
        {"group_pv_from": 1, "group_pv_to": 900},
    ]
    together = {"titles": ["", "Gold"], "statuses": ["active"], "regions": ["EU", "Asia"], "ranks": ["Silver", "Gold"]}
    for filters in [*alone, together | {"pv_from": 1, "group_pv_to": 100_000}]:
        listing = Listing(ask, tree, "D0", 100, 10, filters)
        while await listing.turn():
            pass
        assert listing.seq is not None
        everybody = remembered.expected(tree, "D0", 100, listing.seq)
        assert listing.found == remembered.expected(tree, "D0", 100, listing.seq, **filters), filters
        assert 0 < len(listing.found) < len(everybody), filters


async def test_ranks_are_of_the_newest_run_that_was_committed_by_then(remembered: Remembered) -> None:
    ask = ask_by("file", remembered.graph)
    (_, january, _), (_, february, _) = remembered.runs
    for seq, run in (
        (january - 1, ""),
        (january, "run-202601"),
        (february - 1, "run-202601"),
        (february, "run-202602"),
    ):
        page = await ask("downline_sponsor", id="D0", depth=100, page=1_000, seq=seq, ranks=["Gold"])
        assert page["run"] == run
        expected = remembered.expected("sponsor", "D0", 100, seq, ranks=["Gold"])
        assert page["ids"] == [id for _, id, *_ in expected]
    assert (await ask("downline_sponsor", id="D0", seq=february))["run"] == "", "nobody asked"


@pytest.mark.parametrize("tree", TREES)
async def test_a_page_that_looks_at_as_many_as_it_may_says_where_to_go_on(remembered: Remembered, tree: str) -> None:
    ask = ask_by("file", remembered.graph)
    nobody = await ask(f"downline_{tree}", id="D0", depth=100, page=5, regions=["nowhere"], look=30)
    everybody = await ask(f"downline_{tree}", id="D0", depth=100, page=30)
    assert (nobody["ids"], nobody["more"]) == ([], True)
    assert (nobody["to_level"], nobody["to_ix"]) == (everybody["levels"][-1], everybody["ixs"][-1])
    full = await ask(f"downline_{tree}", id="D0", depth=100, page=2, regions=["EU"], look=5_000)
    assert (full["to_level"], full["to_ix"]) == (full["levels"][-1], full["ixs"][-1])


@pytest.mark.parametrize("tree", TREES)
async def test_a_frontline_is_told_to_its_end_as_it_was(remembered: Remembered, tree: str) -> None:
    graph, rng = remembered.graph, random.Random(tree)
    changed = 0
    for way in ("file", "installed"):
        ask = ask_by(way, graph)
        for top in ("D0", "D1", "D2"):
            found: list[tuple[str, int, str]] = []
            params: dict[str, Any] = {}
            more = True
            while more:
                page = await ask(f"frontline_{tree}", id=top, page=1, **params)
                found += zip(page["ids"], page["slots"], page["sponsor_ids"], strict=True)
                more, params = page["more"], {"seq": page["seq"], "after_ix": (page["ixs"] or [-1])[-1]}
                for _ in range(6):
                    await change(remembered, rng)
                if tree != "sponsor" and found:
                    await empty_the_slots(remembered, tree, top)
            below = remembered.expected(tree, top, 1, params["seq"])
            assert found == [(id, slot, sponsor) for _, id, _, slot, sponsor in below]
            changed += below != remembered.expected(tree, top, 1, max(remembered.shapes))
    assert changed > 1


async def empty_the_slots(remembered: Remembered, tree: Any, top: str) -> None:
    """Move whoever stands directly below somewhere else, so that others may stand there."""
    plain = remembered.plain
    for child in plain.children(tree, top):
        free = [place for place in open_in(plain, tree) if child not in (place[0], *plain.upline(tree, place[0]))]
        for parent, slot in free[-20:]:
            try:
                await remembered.write(Move(child, tree, parent, slot))
                break
            except BanyanError:
                continue


async def test_left_out_by_hand_means_the_whole(remembered: Remembered) -> None:
    """APOC keeps the default of a parameter as text of its own and loses the sign of a negative one."""
    graph, plain = remembered.graph, remembered.plain
    top, low = plain.sponsor["D1"], max(plain.ids, key=lambda id: len(plain.upline("sponsor", id)))
    calls = {
        "frontline_sponsor": (top, plain.children("sponsor", top)[:50]),
        "downline_sponsor": (top, [id for _, id in plain.downline("sponsor", top, 5)][:50]),
        "upline_sponsor": (low, plain.upline("sponsor", low)),
    }
    assert calls["frontline_sponsor"][1][0] == plain.ids[1]
    assert len(calls["upline_sponsor"][1]) > 1
    for name, (id, expected) in calls.items():
        answer = await graph.adhoc(
            f"CALL custom.genealogy.{name}($id)", {"id": id}, timeout_s=30, max_rows=10, max_bytes=10**7
        )
        assert dict(zip(answer.columns, answer.rows[0], strict=True))["ids"] == expected, name


async def test_pages_are_whole_while_others_write(remembered: Remembered) -> None:
    """Readers page without pause while two people change places and newcomers come: nobody is missed, nobody twice."""
    stop, repository = asyncio.Event(), TreeRepository(remembered.graph)
    await remembered.write(*wide("V", 300, "D1"), enrol("A1", "D1"), enrol("A2", "D1"))
    await remembered.write(*(enrol(f"B{n}", "A1") for n in range(10)))

    async def write() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            there = "A2" if turn % 2 else "A1"
            await remembered.write(*(Move(f"B{n}", "sponsor", there) for n in range(10)), enrol(f"Z{turn}", there))

    lists: list[list[tuple[int, list[str]]]] = [[], []]

    async def read(done: list[tuple[int, list[str]]]) -> None:
        while not stop.is_set():
            after, found, more = START, list[str](), True
            while more:
                page = await repository.downline("sponsor", "D1", after, depth=3, page=100)
                assert page is not None
                found += page.structure["ids"]
                after = Position(page.seq, page.structure["to_level"], page.structure["to_ix"])
                more = page.structure["more"]
            done.append((after.seq, found))

    writing = asyncio.create_task(write())
    reading = [asyncio.create_task(read(done)) for done in lists]
    for _ in range(100):
        await asyncio.sleep(0.5)
        if len({seq for readers in lists for seq, _ in readers}) > 8:
            break
    stop.set()
    await writing
    await asyncio.gather(*reading)
    assert len({seq for done in lists for seq, _ in done}) > 3, "the trees must have changed between lists"
    for seq, found in (one for done in lists for one in done):
        assert found == [id for _, id, *_ in remembered.expected("sponsor", "D1", 3, seq)]
