"""Runs stay open: read once however many ask at once, in a thread, given up by size, and told by what they are."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.blobs.store import DirectoryBlobs
from app.runs.models import Run
from app.runs.opened import MIB, OpenedRuns
from app.runs.statements import statement_of
from tests.unit.engine.companies import random_snapshot
from tests.unit.engine.test_properties import PLANS
from tests.unit.runs.opening import paid

pytestmark = pytest.mark.anyio
FILES = 7
"""Of a run, its plan among them."""


class CountedBlobs(DirectoryBlobs):
    """Counts what is read, and reads nothing before it may."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read: list[str] = []
        self.may_read = threading.Event()
        self.may_read.set()

    def get(self, name: str) -> bytes:
        assert self.may_read.wait(timeout=20), "the event loop stands still while a run is opened"
        self.read.append(name)
        return super().get(name)


async def run_of(folder: Path, seed: int, people: int = 50) -> Run:
    return (await paid(random_snapshot(people, 2 * people, seed), PLANS[0], folder)).run


async def test_who_asks_at_once_opens_once_and_the_loop_goes_on(tmp_path: Path) -> None:
    run = await run_of(tmp_path, 1)
    store = CountedBlobs(tmp_path)
    opened_runs = OpenedRuns(store, most_mib=64)
    store.may_read.clear()
    asked = [asyncio.create_task(opened_runs.open(run)) for _ in range(5)]
    for _ in range(10):
        await asyncio.sleep(0)  # were it opened on the loop, nobody would come here
    asked[0].cancel()
    store.may_read.set()
    cancelled, first, *others = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(cancelled, asyncio.CancelledError)
    assert all(each is first for each in others)
    assert len(store.read) == FILES
    await opened_runs.open(run)
    assert len(store.read) == FILES


async def test_whoever_asks_for_an_open_run_does_not_wait_for_another_to_be_opened(tmp_path: Path) -> None:
    one, other = await run_of(tmp_path, 1), await run_of(tmp_path, 2)
    store = CountedBlobs(tmp_path)
    opened_runs = OpenedRuns(store, most_mib=64)
    await opened_runs.open(one)
    store.may_read.clear()
    opening = asyncio.create_task(opened_runs.open(other))
    await asyncio.sleep(0)
    assert (await asyncio.wait_for(opened_runs.open(one), 10)).run == one
    assert not opening.done()
    store.may_read.set()
    assert (await opening).run == other


async def test_a_run_that_goes_on_is_told_as_it_is_and_not_read_again(tmp_path: Path) -> None:
    run = await run_of(tmp_path, 1)
    store = CountedBlobs(tmp_path)
    opened_runs = OpenedRuns(store, most_mib=64)
    before = await opened_runs.open(run)
    after = await opened_runs.open(replace(run, state="committed"))
    assert (before.run.committed, after.run.committed) == (False, True)
    assert after.result is before.result
    assert statement_of(after, 0).run.committed
    assert len(store.read) == FILES
    again = await opened_runs.open(replace(run, state="committed"))
    assert again is after, "what was worked out from it is kept"


async def test_runs_are_given_up_by_their_size_the_longest_unasked_first(tmp_path: Path) -> None:
    first, second, third = [await run_of(tmp_path, seed, people=240) for seed in (1, 2, 3)]
    store = CountedBlobs(tmp_path)
    sizes = [(await OpenedRuns(store, most_mib=1).open(run)).size for run in (first, second, third)]
    assert 2 * max(sizes) < MIB < sum(sizes), "two may stay open"
    opened_runs = OpenedRuns(store, most_mib=1)
    for run in (first, second, first, third):
        await opened_runs.open(run)
    store.read.clear()
    for run in (first, third):
        await opened_runs.open(run)
    assert store.read == []
    await opened_runs.open(second)
    assert len(store.read) == FILES


async def test_a_run_larger_than_all_there_may_be_stays_while_it_is_asked_for(tmp_path: Path) -> None:
    run = await run_of(tmp_path, 1)
    store = CountedBlobs(tmp_path)
    opened_runs = OpenedRuns(store, most_mib=0)
    assert await opened_runs.open(run) is await opened_runs.open(run)
    assert len(store.read) == FILES
