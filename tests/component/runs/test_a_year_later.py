"""A month's snapshot and run, taken anew after a year in which everything went on changing."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Enrol, Explicit, Move, Order, Return, Terminate
from app.graph import GraphDatabase
from app.plans.loader import library, load_plan
from app.runs import snapshots
from app.runs.models import Run
from app.settings import Settings
from app.wiring import build_house
from tests.component.runs.test_runs import DAY, JANUARY_5, Desk, spillover_company
from tests.component.volumes.company import TestClock

pytestmark = pytest.mark.anyio


async def test_a_month_is_the_same_bytes_after_a_year_of_moves(
    graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    """Its files are gone meanwhile, so that nothing is taken from them."""
    clock, rng = TestClock(2026, 2, 2), random.Random(7)
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, clock)
    desk, plan = await spillover_company(house), load_plan(library()["sample"])
    await house.periods.close("2026-01", key="close", actor="test")
    first = await house.runs.calculate("2026-01", plan)
    done = dict.fromkeys(("Move", "Enrol", "Order", "Return", "Terminate"), 0)
    for month in range(2, 14):
        clock.set(2026 + month // 13, (month - 1) % 12 + 1, 20)
        for number in range(12):
            done[await _try(desk, _something(rng, f"{month}-{number}"))] += 1
    assert min(done.values()) >= 1, done
    assert done["Move"] >= 10, done
    for file in (tmp_path / "blobs").rglob("*"):
        if file.is_file():
            file.unlink()
    again = await house.runs.calculate("2026-01", plan)
    assert _bytes_of(again) == _bytes_of(first)


async def test_a_month_is_the_same_bytes_while_everybody_writes(
    graph: GraphDatabase, test_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read in slices of two people and three facts, between which facts are written; then once more in quiet."""
    monkeypatch.setattr(snapshots, "PEOPLE_A_CALL", 2)
    monkeypatch.setattr(snapshots, "FACTS_A_CALL", 3)
    clock, rng, enough, done = TestClock(2026, 2, 20), random.Random(8), asyncio.Event(), list[str]()
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, clock)
    desk, plan = await spillover_company(house), load_plan(library()["sample"])
    await house.periods.close("2026-01", key="close", actor="test")

    async def write(who: int) -> None:
        while not enough.is_set():
            done.append(await _try(desk, _something(rng, f"{who}-{len(done)}")))

    writers = [asyncio.create_task(write(who)) for who in range(4)]
    runs, beside = [], list[int]()
    for _ in range(5):
        before = len(done)
        runs.append(await house.runs.calculate("2026-01", plan))
        beside.append(len(done) - before)
        for file in (tmp_path / "blobs").rglob("*"):
            if file.is_file():
                file.unlink()
    enough.set()
    await asyncio.gather(*writers)
    runs.append(await house.runs.calculate("2026-01", plan))
    assert sum(beside) >= 10, beside
    assert {"Move", "Enrol", "Order"} <= set(done)
    assert len({_bytes_of(run) for run in runs}) == 1


async def _try(desk: Desk, command: Any) -> str:
    """Its kind, once it is a fact; what is refused changes nothing."""
    try:
        return (await desk(command)).kind
    except BanyanError:
        return (await desk(Order(f"instead of {next(desk.numbers)}", "A", "distributor", JANUARY_5, 100, 100))).kind


def _something(rng: random.Random, name: str) -> Any:
    """A move of now or of January, a newcomer, a sale or a return of January that comes late, somebody leaves."""
    who, other = (f"P{rng.randrange(9)}" for _ in range(2))
    in_january = JANUARY_5 + rng.randrange(3, 25) * DAY
    return rng.choice(
        (
            Move(who, "sponsor", other),
            Move(who, "binary", other, rng.choice((1, 2))),
            Move(who, "sponsor", other, effective_at=in_january),
            Enrol(f"N{name}", who, "N", "", in_january, placement=Explicit(other, rng.choice((1, 2)))),
            Enrol(f"M{name}", who, "M", "", in_january, placement=BelowSponsor("outside_left")),
            Order(f"late {name}", who, "distributor", in_january, 10_000, 9_000),
            Return(f"back {name}", f"O{rng.randrange(9)}", in_january),
            Terminate(f"P{rng.randrange(7, 9)}", "compress_for_pay"),
        )
    )


def _bytes_of(run: Run) -> tuple[str, ...]:
    """Names of content: equal names, equal bytes."""
    return run.id, run.hash, run.people_blob, run.orders_blob, run.lines_blob
