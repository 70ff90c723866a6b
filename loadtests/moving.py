"""A branch of ten thousand people goes elsewhere and back: with us, and in the three ways that SQL keeps trees."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.facts.commands import Move, Submission, Tree
from loadtests.company import ACTOR, PERIOD, Filled, id_of, ix_of
from loadtests.counting import Counting
from loadtests.postgres import Database
from loadtests.rows import Row
from loadtests.timing import DifferentAnswerError, Timing, stopwatch, stopwatch_async, timing_of
from loadtests.trees import HEAVY_TAILED, Trees

BRANCH: Final = 10_000
THERE_AND_BACK: Final = 4
NONE: Final = f"no branch of about {BRANCH:,} people in this shape"
MOST_WITH_PAIRS: Final = 100_000
"""A closure table has a row for each person and everybody above, a million people some hundred million."""
KEPT: Final = (("closure", "closure", ["closure_leave", "closure_join"]), ("ltree", "ways", ["ltree_move"]))
Place = tuple[int, int]
"""Parent and slot; in the sponsor tree everybody is in slot 0."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Who goes with how many people, between which two places (parent, slot)."""

    mover: int
    people: int
    home: Place
    away: Place
    tree: Tree = "binary"

    @property
    def fact(self) -> str:
        return fact_of(self.tree)

    @property
    def counted(self) -> str:
        return f"{self.fact}, counted in all tallies"


def fact_of(tree: Tree) -> str:
    return f"{tree}: move of a branch"


def branch_of(trees: Trees) -> Branch | None:
    """The branch whose size is nearest to ten thousand, and an open slot outside; None where all are far from it."""
    sizes = trees.binary_tree.sizes
    far = np.abs(sizes - BRANCH) + np.where(trees.parent < 0, trees.people, 0)
    mover = int(np.argmin(far))
    size, home = int(sizes[mover]), (int(trees.parent[mover]), int(trees.slot[mover]))
    if home[0] < 0 or not BRANCH / 2 <= size <= BRANCH * 2:
        return None
    inside = np.zeros(trees.people, np.bool_)
    inside[mover] = True
    for one in trees.binary_tree.order.tolist():
        inside[one] |= trees.parent[one] >= 0 and inside[trees.parent[one]]
    left = np.zeros(trees.people, np.bool_)
    left[trees.parent[trees.slot == 1]] = True
    placed = (trees.parent >= 0) | (trees.sponsor < 0)
    free = np.flatnonzero(~left & ~inside & placed)
    free = free[free != home[0]]
    return Branch(mover, size, home, (int(free[len(free) // 2]), 1)) if free.size else None


async def branch_by_legs(company: Filled, tree: Tree) -> Branch | None:
    """Down the largest legs to the first of no more than twice ten thousand people; elsewhere is beside it, below a
    sibling."""
    above = id_of(0)
    while True:
        legs = await company.house.graph.read_one(f"procedures/legs_{tree}", {"id": above, "period": PERIOD}) or {}
        if len(legs["ids"]) < 2:
            return None
        largest, sibling = np.argsort(-np.array(legs["heads"]), kind="stable")[:2].tolist()
        people, mover = legs["heads"][largest], legs["ids"][largest]
        if people <= BRANCH * 2:
            break
        above = mover
    if people < BRANCH / 2:
        return None
    away, home_slot = (ix_of(legs["ids"][sibling]), 0), 0
    if tree == "matrix":
        asked = {"id": legs["ids"][sibling]}
        place = await company.house.graph.read_one("procedures/find_place_matrix", asked) or {}
        away, home_slot = (place["parent_ix"], place["slot"]), legs["slots"][largest]
    return Branch(ix_of(mover), people, (ix_of(above), home_slot), away, tree)


async def move(company: Filled, database: Database | str) -> None:
    """In the binary tree, in the three ways that SQL has; in the sponsor tree, beside a row of a table."""
    await _in_binary_tree(company, database)
    if moved := await move_by_legs(company, "sponsor"):
        row, branch = moved
        if isinstance(database, str):
            company.sheet.add(replace(row, beside_words="not installed"))
            return
        one = _theirs(database, ["one_sponsor"], branch, lambda: None)
        company.sheet.add(replace(row, beside="PostgreSQL, one row", beside_ms=one.p50_ms))


async def move_by_legs(company: Filled, tree: Tree) -> tuple[Row, Branch] | None:
    """A row of the moves with their tallies; that of the facts alone, which others are compared with, is returned."""
    branch = await branch_by_legs(company, tree)
    if branch is None:
        company.sheet.add(Row(fact_of(tree), words=NONE))
        return None
    facts, counted = await _ours(company, branch)
    company.sheet.add(Row(branch.counted, counted.calls, counted.p50_ms, counted.p95_ms, about=branch.people))
    return Row(branch.fact, facts.calls, facts.p50_ms, facts.p95_ms, about=branch.people), branch


async def _in_binary_tree(company: Filled, database: Database | str) -> None:
    branch = branch_of(company.trees)
    if branch is None:
        company.sheet.add(Row(fact_of("binary"), words=NONE))
        return
    facts, counted = await _ours(company, branch)
    row = Row(branch.fact, facts.calls, facts.p50_ms, facts.p95_ms, about=branch.people)
    whole = Row(branch.counted, counted.calls, counted.p50_ms, counted.p95_ms, about=branch.people)
    if isinstance(database, str):
        company.sheet.add(replace(row, beside_words="not installed"))
        company.sheet.add(replace(whole, beside_words="not installed"))
        return
    one = _theirs(database, ["one_move"], branch, lambda: None)
    company.sheet.add(replace(row, beside="PostgreSQL, one row", beside_ms=one.p50_ms))
    if company.shape != HEAVY_TAILED or company.people > MOST_WITH_PAIRS:
        company.sheet.add(whole)
        return
    for name, table, statements in KEPT:
        database.prepare(name, table)
        theirs = _theirs(database, statements, branch, _check(database, name, branch))
        company.sheet.add(replace(whole, beside=f"PostgreSQL, {name}", beside_ms=theirs.p50_ms))


async def _ours(company: Filled, branch: Branch) -> tuple[Timing, Timing]:
    """The fact, and the fact with its tallies."""
    counting, facts, counted = Counting(company.house), list[float](), list[float]()
    await counting.catch_up()
    for number, (parent, slot) in enumerate(_places(branch)):
        command = Move(id_of(branch.mover), branch.tree, id_of(parent), slot)
        key = f"bench-move-{branch.tree}-{number}"
        fact, _ = await stopwatch_async(company.house.writer.submit(Submission(key, ACTOR, "a bench", command)))
        tallies, _ = await stopwatch_async(counting.catch_up())
        facts.append(fact)
        counted.append(fact + tallies)
    return timing_of(facts), timing_of(counted)


def _places(branch: Branch) -> Iterator[Place]:
    for _ in range(THERE_AND_BACK):
        yield branch.away
        yield branch.home


def _theirs(database: Database, statements: Sequence[str], branch: Branch, check: Callable[[], None]) -> Timing:
    times = []
    for parent, slot in _places(branch):
        parameters = {"mover": branch.mover, "target": parent, "slot": slot}
        times.append(stopwatch(lambda given=parameters: database.change(statements, given))[0])  # type: ignore[misc]
        check()
    return timing_of(times)


def _check(database: Database, name: str, branch: Branch) -> Callable[[], None]:
    """Everybody still stands at or below the mover, and nobody is lost or twice."""

    def check() -> None:
        found = database.below(name, branch.mover)
        if found != branch.people:
            raise DifferentAnswerError(f"{found} people stand below the mover by {name}, not {branch.people}")

    return check
