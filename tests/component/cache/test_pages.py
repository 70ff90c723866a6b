"""Who loads a page of several processes that miss it, when it is loaded anew, and what is kept where room is short."""

import asyncio
import itertools
from collections.abc import Callable
from functools import partial

import pytest

from app.cache import Loaded, SubtreeCache
from app.cache.pages import CLAIM_MS, EARLY_MS, WORTH_MS
from app.errors import UnavailableError
from app.facts.commands import Terminate
from app.trees.cursors import Position
from app.trees.models import Tree
from app.trees.repository import TreeRepository
from app.trees.service import TreeService
from tests.component.cache.conftest import Gate, OwnRedis, Site
from tests.component.volumes.company import MARCH, enrol

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
DOWNLINE = "procedures/downline_binary"
PAGES, CLAIMS = "{acme}:page:*", "{acme}:load:*"


def process(site: Site, repository: TreeRepository | None = None) -> TreeService:
    """One more process on the same Redis."""
    return TreeService(repository or site.repository, SubtreeCache(site.store))


async def names(service: TreeService, id: str = "A") -> list[str]:
    return [member.id for member in (await service.downline("binary", id, MARCH)).members]


async def loading(site: Site) -> tuple[Gate, asyncio.Task[list[str]]]:
    """A process that has read A's page and waits to go on. What a server is asked first takes it longer than a claim
    holds, so something was asked before."""
    await names(process(site), "D")
    gate = Gate(site.repository)
    task = asyncio.create_task(names(process(site, gate)))
    await gate.read.wait()
    return gate, task


# --- one load of all processes ---------------------------------------------------------------------------------------


async def test_processes_that_miss_a_page_wait_for_the_one_that_loads_it(site: Site, own_redis: OwnRedis) -> None:
    gate, first = await loading(site)
    site.queries.clear()
    others = [asyncio.create_task(names(process(site))) for _ in range(5)]
    await asyncio.sleep(0.2)
    assert not any(task.done() for task in others)
    gate.go.set()
    assert {tuple(await task) for task in (first, *others)} == {("B", "C", "D")}
    assert DOWNLINE not in site.queries, "the others were given what the first one kept"
    with own_redis.client() as client:
        assert client.keys(CLAIMS) == [], "nobody has anything to load"


async def test_a_process_that_dies_while_it_loads_keeps_others_waiting_for_a_moment_alone(
    site: Site, own_redis: OwnRedis
) -> None:
    gate, lost = await loading(site)
    with own_redis.client() as client:
        [claim] = client.keys(CLAIMS)
        assert 0 < client.pttl(claim) <= CLAIM_MS
        client.pexpire(claim, 300)
    assert await names(process(site)) == ["B", "C", "D"], "its claim ended"
    gate.go.set()
    await lost


async def test_whoever_waits_too_long_loads_alone(site: Site, own_redis: OwnRedis) -> None:
    """Though the claim never ends."""
    gate, slow = await loading(site)
    with own_redis.client() as client:
        [claim] = client.keys(CLAIMS)
        client.persist(claim)
    assert await names(process(site)) == ["B", "C", "D"]
    gate.go.set()
    assert await slow == ["B", "C", "D"]


class Broken(TreeRepository):
    """The graph does not answer about a page."""

    def __init__(self, inner: TreeRepository) -> None:
        super().__init__(inner._db)

    async def downline(self, tree: Tree, id: str, after: Position, **params: object) -> Loaded | None:
        raise UnavailableError("no graph")


async def test_a_load_that_fails_is_left_to_the_next(site: Site, own_redis: OwnRedis) -> None:
    with pytest.raises(UnavailableError):
        await names(process(site, Broken(site.repository)))
    with own_redis.client() as client:
        assert client.keys(CLAIMS) == []
    assert await names(process(site)) == ["B", "C", "D"]


async def test_who_looks_after_a_refresh_does_not_wait_for_a_load_from_before_it(site: Site) -> None:
    gate, slow = await loading(site)
    await site.company.write(enrol("F", "A", "B", 2))
    await site.roll()
    async with asyncio.timeout(CLAIM_MS / 1000 / 2):
        assert await names(process(site)) == ["B", "C", "F", "D"]
    gate.go.set()
    await slow
    assert await names(process(site)) == ["B", "C", "F", "D"]


# --- before its end --------------------------------------------------------------------------------------------------


async def test_a_page_near_its_end_is_loaded_anew_by_one_while_all_are_served(site: Site, own_redis: OwnRedis) -> None:
    assert await names(process(site)) == ["B", "C", "D"]
    with own_redis.client() as client:
        [page] = client.keys(PAGES)
        assert client.pttl(page) > EARLY_MS
        client.pexpire(page, EARLY_MS - 1)
        site.queries.clear()
        gate = Gate(site.repository)
        one, other = process(site, gate), process(site, gate)
        assert await names(one) == await names(other) == ["B", "C", "D"], "as it is kept, without waiting"
        await gate.read.wait()
        gate.go.set()
        async with asyncio.timeout(10):
            while client.pttl(page) < EARLY_MS:
                await asyncio.sleep(0.01)
        assert site.queries.count(DOWNLINE) == 1
        site.queries.clear()
        assert await names(one) == ["B", "C", "D"]
        assert client.keys(CLAIMS) == []
    assert site.queries == []


async def test_what_changed_meanwhile_is_not_brought_back_by_a_renewal(site: Site, own_redis: OwnRedis) -> None:
    await names(process(site))
    with own_redis.client() as client:
        [page] = client.keys(PAGES)
        client.pexpire(page, EARLY_MS - 1)
    gate = Gate(site.repository)
    await names(process(site, gate))
    await gate.read.wait()
    await site.company.write(Terminate("D"))
    await site.roll()
    gate.go.set()
    await asyncio.sleep(0.2)
    members = (await process(site).downline("binary", "A", MARCH)).members
    assert {one.id: one.status for one in members}["D"] == "terminated"


async def loaded(page: Loaded, _whole: int | None) -> Loaded:
    return page


async def test_a_page_that_another_version_does_not_end_is_kept_for_minutes(site: Site, own_redis: OwnRedis) -> None:
    cache = SubtreeCache(site.store)
    for shape, settled in (("a", True), ("b", False)):
        loads = partial(loaded, Loaded(0, 1, 1, 1, {}, settled=settled))
        await cache.structure("sponsor", "A", shape, loads)
    with own_redis.client() as client:
        for shape, least, most in (("a", 5_700_000, 8_640_000), ("b", 470_000, 720_000)):
            [page] = client.keys(f"{{acme}}:page:sponsor:0:{shape}:*")
            assert least < client.pttl(page) <= most


# --- where room is short ---------------------------------------------------------------------------------------------


def ticking(ms: float) -> Callable[[], float]:
    """A clock by which every load takes so long."""
    ticks = itertools.count()
    return lambda: next(ticks) * ms / 1000


def kept(own_redis: OwnRedis) -> int:
    with own_redis.client() as client:
        return len(client.keys(PAGES))


def fill(own_redis: OwnRedis, share: float) -> None:
    """So full it is."""
    with own_redis.client() as client:
        used = client.info("memory")["used_memory"]
        client.config_set("maxmemory", int(used / share))


async def test_where_there_is_room_everything_is_kept(site: Site, own_redis: OwnRedis) -> None:
    fill(own_redis, 0.3)
    await names(TreeService(site.repository, SubtreeCache(site.store, ticking(0.1))))
    assert kept(own_redis) == 1


async def test_where_room_is_short_what_is_cheap_is_kept_once_it_is_asked_for_often(
    site: Site, own_redis: OwnRedis
) -> None:
    cheap = TreeService(site.repository, SubtreeCache(site.store, ticking(WORTH_MS / 2.5)))
    fill(own_redis, 0.85)
    for asks, pages in ((1, 0), (2, 0), (3, 1)):
        assert await names(cheap) == ["B", "C", "D"]
        assert kept(own_redis) == pages, f"asked for {asks} times"
    assert await names(cheap, "C") == ["D"]
    assert kept(own_redis) == 1, "nobody else asks about C"


async def test_where_room_is_short_what_is_costly_is_kept_at_once(site: Site, own_redis: OwnRedis) -> None:
    costly = TreeService(site.repository, SubtreeCache(site.store, ticking(WORTH_MS + 1)))
    fill(own_redis, 0.85)
    await names(costly)
    assert kept(own_redis) == 1


async def test_counts_of_those_who_ask_end(site: Site, own_redis: OwnRedis) -> None:
    await names(process(site))
    with own_redis.client() as client:
        [counts] = client.keys("{acme}:asks:*")
        assert client.hvals(counts) == ["1"]
        assert 0 < client.pttl(counts) <= 1_200_000
