"""Who goes where a strategy finds a slot, who goes alone, and who leaves for those below to move up."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Final

import numpy as np

from app.facts.commands import Move, Receipt, Terminate, Tree
from app.facts.errors import SamePlaceError
from app.places.strategies import OF_EVERY_COMPANY
from loadtests.company import ACTOR, Filled, id_of
from loadtests.rows import Row
from loadtests.timing import stopwatch_async, timing_of
from loadtests.trees import SEED

CALLS: Final = 10
MOST_BELOW: Final = 20
"""Directly below whoever moves or leaves here: leaders of thousands do neither every day."""
PROMOTE: Final = "termination with promotion, in every tree"
NOBODY: Final = f"nobody has one to {MOST_BELOW} people directly below"


def by_strategy(strategy: str) -> str:
    return f"binary: move of somebody by {strategy}"


def alone_in(tree: Tree) -> str:
    return f"{tree}: move of one person alone"


async def measure_leavers(company: Filled) -> None:
    """Each call is about somebody else, who had some people directly below when the company was imported."""
    moves, movers, calls = company.house.moves, _movers(company), min(CALLS, company.calls)

    async def go(move: Move) -> Receipt:
        return await moves.move(move, key=f"bench-go-{move.id}", actor=ACTOR, reason="a bench")

    async def leave(id: str) -> Receipt:
        return await moves.terminate(Terminate(id, "promote"), key=f"bench-leave-{id}", actor=ACTOR, reason="a bench")

    top = id_of(0)
    ways: dict[str, Callable[[str], Awaitable[Receipt]]] = {
        **{
            by_strategy(way): lambda id, way=way: go(Move(id, "binary", top, strategy=way))  # type: ignore[misc]
            for way in OF_EVERY_COMPANY
        },
        alone_in("sponsor"): lambda id: go(Move(id, "sponsor", top, alone=True)),
        alone_in("binary"): lambda id: go(Move(id, "binary", top, strategy="outside_left", alone=True)),
        PROMOTE: leave,
    }
    for what, does in ways.items():
        times: list[float] = []
        for id in movers:
            with suppress(SamePlaceError):  # the strategy has no other slot for somebody who stands at its end
                times.append((await stopwatch_async(does(id)))[0])
            if len(times) == calls:
                break
        if not times:
            company.sheet.add(Row(what, words=NOBODY))
            continue
        timing = timing_of(times)
        company.sheet.add(Row(what, timing.calls, timing.p50_ms, timing.p95_ms))


def _movers(company: Filled) -> Iterator[str]:
    """In no order, each once: who has not left, neither tops nor their frontline, with a few below in both trees."""
    trees = company.trees
    below = np.bincount(trees.sponsor[trees.sponsor >= 0], minlength=trees.people)
    beneath = np.bincount(trees.parent[trees.parent >= 0], minlength=trees.people)
    fit = (
        company.snapshot.people.active
        & (trees.sponsor > 0)
        & (trees.parent > 0)
        & (below > 0)
        & (below <= MOST_BELOW)
        & (beneath > 0)
    )
    for ix in np.random.default_rng(SEED).permutation(np.flatnonzero(fit)).tolist():
        yield id_of(ix)
