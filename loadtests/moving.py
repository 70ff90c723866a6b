"""A branch of ten thousand people goes elsewhere and back: with us, and in the three ways that SQL keeps trees."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.facts.commands import Move, Submission
from loadtests.company import ACTOR, Filled, id_of
from loadtests.counting import Counting
from loadtests.postgres import Database
from loadtests.rows import Row
from loadtests.timing import DifferentAnswerError, Timing, stopwatch, stopwatch_async, timing_of
from loadtests.trees import HEAVY_TAILED, Trees

BRANCH: Final = 10_000
THERE_AND_BACK: Final = 5
MOST_WITH_PAIRS: Final = 100_000
"""A closure table has a row for each person and everybody above, a million people some hundred million."""
KEPT: Final = (("closure", "closure", ["closure_leave", "closure_join"]), ("ltree", "ways", ["ltree_move"]))
FACT: Final = "binary: move of a branch"
COUNTED: Final = "binary: move of a branch, counted in all tallies"
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Branch:
    """Who goes with how many people, between which two places (parent, slot)."""

    mover: int
    people: int
    home: Place
    away: Place


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


async def move(company: Filled, database: Database | str) -> None:
    branch = branch_of(company.trees)
    if branch is None:
        company.sheet.add(Row(FACT, words=f"no branch of about {BRANCH:,} people in this shape"))
        return
    facts, counted = await _ours(company, branch)
    row = Row(FACT, facts.calls, facts.p50_ms, facts.p95_ms, about=branch.people)
    whole = Row(COUNTED, counted.calls, counted.p50_ms, counted.p95_ms, about=branch.people)
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
        command = Move(id_of(branch.mover), "binary", id_of(parent), slot)
        key = f"bench-move-{number}"
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
