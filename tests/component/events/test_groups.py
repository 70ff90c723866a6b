"""Groups of consumers, on a real graph and a Redis of the test's own that is emptied, killed and put back."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import redis

from app.cache import EventStreams, open_store
from app.events.groups import DeliveryDownError, EventGroups
from app.events.models import NoSuchEventError, UnknownGroupError
from app.events.repository import EventRepository
from app.graph import GraphDatabase
from app.settings import RedisSettings
from tests.component.cache.conftest import OwnRedis
from tests.component.volumes.company import MARCH, Company, enrol, open_period, order

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Site:
    company: Company
    events: EventRepository
    groups: EventGroups
    impatient: EventGroups
    """The same, where whatever somebody holds has been held for too long."""
    redis: OwnRedis

    async def take(self, consumer: str, *done: int, most: int = 100) -> list[int]:
        """What a consumer holds after it has done some, by number."""
        delivery = await self.groups.deliver("g", consumer, list(done), most)
        seqs = [event["seq"] for event in delivery.events]
        assert seqs == sorted(seqs)
        assert all(seq > delivery.done_to for seq in seqs)
        return seqs

    async def done_to(self) -> int | None:
        return await self.events.done_by("g")


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    yield server
    server.kill()


@pytest.fixture
async def site(graph: GraphDatabase, own_redis: OwnRedis) -> AsyncIterator[Site]:
    """Eight events: a period, two people, five orders; the group goes on after the third."""
    company = Company(graph)
    await company.write(open_period(MARCH), enrol("A", None), enrol("B", "A"))
    await company.write(*(order(f"O{number}", "B", 100) for number in range(5)))
    async with open_store(own_redis.url, "acme", RedisSettings(timeout_s=2)) as store:
        events = EventRepository(graph)
        groups = EventGroups(events, EventStreams(store, idle_ms=3_600_000))
        await groups.begin("g", 3)
        yield Site(company, events, groups, EventGroups(events, EventStreams(store, idle_ms=0)), own_redis)


async def test_each_event_goes_to_one_consumer(site: Site) -> None:
    assert await site.take("a", most=2) == [4, 5]
    assert await site.take("b", most=2) == [6, 7]
    assert await site.take("a", most=2) == [4, 5], "what it holds comes first, so a lost answer costs nothing"
    assert await site.take("a", 4, 5) == [8]
    assert await site.done_to() == 5
    assert await site.take("a", 8) == []
    assert await site.done_to() == 5, "6 and 7 are not done"
    assert await site.take("b", 6, 7) == []
    assert await site.done_to() == 8
    await site.company.write(order("O9", "B", 100))
    assert await site.take("b") == [9]


async def test_what_a_dead_consumer_held_goes_to_another(site: Site) -> None:
    assert await site.take("dead", most=3) == [4, 5, 6]
    assert await site.take("a") == [7, 8]
    delivery = await site.impatient.deliver("g", "a", [7, 8], 100)
    assert [event["seq"] for event in delivery.events] == [4, 5, 6]
    assert await site.done_to() == 3
    assert await site.take("a", 4, 5, 6) == []
    assert await site.done_to() == 8
    assert await site.take("dead", 4, 5, 6) == [], "said too late it changes nothing"


async def test_a_redis_that_forgot_everything_is_filled_from_the_log(site: Site) -> None:
    assert await site.take("a", most=3) == [4, 5, 6]
    assert await site.take("a", 4, most=1) == [5]
    site.redis.client().flushall()
    assert await site.take("b") == [5, 6, 7, 8], "from where the graph says that the group is"
    assert await site.take("a", 5, 6) == [], "it had done them before it heard that they were dealt out again"
    assert await site.take("b", 5, 6, 7, 8) == []
    assert await site.done_to() == 8


async def test_a_redis_that_remembers_less_gives_nothing_that_is_done(site: Site) -> None:
    assert await site.take("a") == [4, 5, 6, 7, 8]
    with redis.Redis.from_url(site.redis.url) as client:
        old = client.dump("{acme}:events:g")
        assert await site.take("a", 4, 5, 6) == [7, 8]
        client.restore("{acme}:events:g", 0, old, replace=True)
    assert await site.take("a") == [7, 8]
    assert await site.done_to() == 6


async def test_a_dead_redis_is_told_and_nothing_is_lost(site: Site) -> None:
    assert await site.take("a", most=2) == [4, 5]
    site.redis.kill()
    with pytest.raises(DeliveryDownError, match="Redis does not answer"):
        await site.take("a")
    site.redis.start()
    assert await site.take("a") == [4, 5, 6, 7, 8]


async def test_a_group_goes_back_to_any_event(site: Site) -> None:
    assert await site.take("a") == [4, 5, 6, 7, 8]
    await site.take("a", 4, 5, 6, 7, 8)
    await site.groups.begin("g", 0)
    assert await site.take("a", most=3) == [1, 2, 3]
    with pytest.raises(NoSuchEventError, match="after event 9, and the last one is 8"):
        await site.groups.begin("g", 9)
    with pytest.raises(UnknownGroupError, match="no group 'h'"):
        await site.groups.deliver("h", "a", [], 1)


async def test_many_events_pass_in_order_a_few_at_a_time(site: Site) -> None:
    await site.company.write(*(order(f"M{number}", "B", 100) for number in range(200)))
    heard: list[int] = []
    done: list[int] = []
    while got := await site.take("a", *done, most=17):
        heard += got
        done = got
    assert heard == list(range(4, 209))
