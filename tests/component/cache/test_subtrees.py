"""Pages through a real Redis that is flushed, killed, frozen and raced: at most slower, never wrong."""

import asyncio
from typing import Any

import pytest

from app.cache import Loaded, SubtreeCache
from app.facts.commands import Explicit, Move, Place, Terminate
from app.trees.cursors import Position
from app.trees.models import Tree
from app.trees.repository import TreeRepository
from app.trees.service import TreeService
from tests.component.cache.conftest import Gate, OwnRedis, Site, refresher_of
from tests.component.volumes.company import MARCH, enrol, ms, order

pytestmark = pytest.mark.anyio
DOWNLINE = "procedures/downline_binary"


async def figures_are_the_tallies(site: Site, service: TreeService, tree: Tree = "binary") -> None:
    page = await service.downline(tree, "A", MARCH)
    for member in page.members:
        tally = await site.company.figures(member.id)
        assert member.figures.heads == tally[f"{tree}_heads"], member.id
        assert member.figures.group_pv == tally[f"{tree}_pv"], member.id
        assert member.figures.group_cv == tally[f"{tree}_cv"], member.id
        assert member.figures.own_pv == tally["own_pv"], member.id


async def test_a_page_is_read_once_and_then_from_the_cache(site: Site) -> None:
    first = await site.service.downline("binary", "A", MARCH)
    assert [m.id for m in first.members] == ["B", "C", "D"]
    site.queries.clear()
    again = await site.new_service().downline("binary", "A", MARCH)
    assert again == first
    assert site.queries == []


async def test_an_order_changes_the_numbers_and_keeps_the_leaders_page(site: Site) -> None:
    before = await site.service.downline("binary", "A", MARCH)
    (sold,) = await site.company.write(order("o1", "D", 1000))
    await site.roll()
    site.queries.clear()
    after = await site.service.downline("binary", "A", MARCH)
    assert site.queries == [], "neither the page nor the numbers were read from the graph"
    assert [m.figures.group_pv for m in before.members] == [0, 0, 0]
    assert [m.figures.group_pv for m in after.members] == [1000, 1000, 1000]
    assert after.as_of_seq == sold.seq
    await figures_are_the_tallies(site, site.service)
    await figures_are_the_tallies(site, site.service, "sponsor")


async def test_a_newcomer_gives_every_leader_above_a_new_page_and_nobody_else(site: Site) -> None:
    assert await site.ids(id="A") == ["B", "C", "D"]
    assert await site.ids(id="D") == []
    await site.company.write(enrol("F", "A", "B", 2))
    await site.roll()
    assert await site.ids(id="A") == ["B", "C", "F", "D"]
    site.queries.clear()
    assert await site.ids(id="D") == []
    assert DOWNLINE not in site.queries, "nothing changed below D"


async def test_a_sponsor_move_shows_on_pages_of_the_binary_tree(site: Site) -> None:
    page = await site.service.downline("binary", "A", MARCH)
    assert {m.id: m.sponsor_id for m in page.members} == {"B": "A", "C": "A", "D": "C"}
    await site.company.write(Move("D", "sponsor", "B"))
    await site.roll()
    page = await site.service.downline("binary", "A", MARCH)
    assert {m.id: m.sponsor_id for m in page.members} == {"B": "A", "C": "A", "D": "B"}


async def test_a_termination_shows_on_pages_of_both_trees(site: Site) -> None:
    for tree in ("sponsor", "binary"):
        await site.service.downline(tree, "A", MARCH)
    await site.company.write(Terminate("D"))
    await site.roll()
    for tree in ("sponsor", "binary"):
        page = await site.service.downline(tree, "A", MARCH)  # type: ignore[arg-type]
        assert {m.id: m.status for m in page.members}["D"] == "terminated"


async def test_a_place_and_a_binary_move_show(site: Site) -> None:
    assert await site.ids(id="A") == ["B", "C", "D"]
    assert await site.ids(id="C") == ["D"]
    await site.company.write(Place("E", Explicit("B", 2), ms(2026, 3, 3)), Move("D", "binary", "E", 1))
    await site.roll()
    assert await site.ids(id="A") == ["B", "C", "E", "D"]
    assert await site.ids(id="C") == []
    await figures_are_the_tallies(site, site.service)


async def test_flushed_redis(site: Site, own_redis: OwnRedis) -> None:
    await site.company.write(order("o1", "D", 1000))
    await site.roll()
    await figures_are_the_tallies(site, site.service)
    with own_redis.client() as client:
        client.flushall()
    await figures_are_the_tallies(site, site.service)
    await site.company.write(order("o2", "D", 5), enrol("F", "A", "B", 2))
    await figures_are_the_tallies(site, site.service)
    await site.roll()
    assert await site.ids() == ["B", "C", "F", "D"]
    await figures_are_the_tallies(site, site.service)


async def test_killed_and_restarted_redis(site: Site, own_redis: OwnRedis) -> None:
    assert await site.ids() == ["B", "C", "D"]
    own_redis.kill()
    await site.company.write(enrol("F", "A", "B", 2), order("o1", "D", 1000))
    await site.roll()
    for _ in range(5):
        assert await site.ids() == ["B", "C", "F", "D"]
    assert site.store.resting, "after three failures Redis is left alone"
    await figures_are_the_tallies(site, site.service)
    own_redis.start()
    site.now[0] += 10
    await site.company.write(order("o2", "D", 1))
    await site.roll()
    await figures_are_the_tallies(site, site.service)
    site.queries.clear()
    assert await site.ids() == ["B", "C", "F", "D"]
    assert site.queries == [], "the cache works again"


async def test_frozen_redis(site: Site, own_redis: OwnRedis) -> None:
    assert await site.ids() == ["B", "C", "D"]
    own_redis.freeze()
    await site.company.write(enrol("F", "A", "B", 2), order("o1", "D", 1000))
    await site.roll()
    assert await site.ids() == ["B", "C", "F", "D"]
    await figures_are_the_tallies(site, site.service)
    own_redis.thaw()
    site.now[0] += 10
    # Redis still has the old page and its generation: the roll-up must not go on with it.
    await site.roll()
    assert await site.ids() == ["B", "C", "F", "D"]
    await figures_are_the_tallies(site, site.service)


async def test_an_evicted_version_does_not_bring_an_old_page_back(site: Site, own_redis: OwnRedis) -> None:
    assert await site.ids() == ["B", "C", "D"]
    with own_redis.client() as client:
        (version,) = client.keys("{acme}:ver:*:binary:0")
        old_version = client.get(version)
        client.delete(version)
        await site.company.write(enrol("F", "A", "B", 2))
        await site.roll()
        assert client.get(version) is None, "a refresh makes no version"
        assert client.keys(f"{{acme}}:page:binary:0:*:{old_version}"), "the old page is still there"
        assert await site.ids() == ["B", "C", "F", "D"]
        assert int(client.get(version) or 0) > int(old_version or 0)
    assert await site.ids() == ["B", "C", "F", "D"]


async def test_an_evicted_number_is_read_again_and_is_not_zero(site: Site, own_redis: OwnRedis) -> None:
    await site.company.write(order("o1", "D", 1000))
    await site.roll()
    await figures_are_the_tallies(site, site.service)
    with own_redis.client() as client:
        numbers = client.keys("{acme}:num:*")
        assert len(numbers) == 3
        client.delete(numbers[0], numbers[1])
    await figures_are_the_tallies(site, site.service)


async def test_a_page_read_before_a_commit_is_not_kept_after_its_refresh(site: Site) -> None:
    gate = Gate(site.repository)
    slow = asyncio.create_task(TreeService(gate, SubtreeCache(site.store)).downline("binary", "A", MARCH))
    await gate.read.wait()
    await site.company.write(enrol("F", "A", "B", 2))
    await site.roll()
    gate.go.set()
    assert [m.id for m in (await slow).members] == ["B", "C", "D"], "read before the commit"
    assert await site.ids() == ["B", "C", "F", "D"]


async def test_numbers_read_before_a_commit_are_not_kept_after_its_refresh(site: Site) -> None:
    await site.ids()
    with_numbers_gone = Gate(site.repository)
    answer = await site.store.run("look_numbers", "1 2 3")
    for ix in (1, 2, 3):
        await site.store._client.delete(f"{{acme}}:num:{answer[0].decode()}:{ix}")
    cache = SubtreeCache(site.store)
    slow = asyncio.create_task(cache.numbers([1, 2, 3], with_numbers_gone.numbers))
    await with_numbers_gone.read.wait()
    await site.company.write(order("o1", "D", 1000))
    await site.roll()
    with_numbers_gone.go.set()
    await slow
    await figures_are_the_tallies(site, site.service)


async def test_a_read_that_joins_after_a_refresh_does_not_share_an_older_load(site: Site) -> None:
    gate = Gate(site.repository)
    service = TreeService(gate, SubtreeCache(site.store))
    slow = asyncio.create_task(service.downline("binary", "A", MARCH))
    await gate.read.wait()
    await site.company.write(enrol("F", "A", "B", 2))
    await site.roll()
    late = asyncio.create_task(service.downline("binary", "A", MARCH))
    await asyncio.sleep(0.2)
    gate.go.set()
    await slow
    assert [m.id for m in (await late).members] == ["B", "C", "F", "D"]


async def test_a_look_tells_when_the_fact_was_recorded_that_an_answer_is_as_of(site: Site) -> None:
    """So that its mark asks the graph nothing, whether or not the page was there."""
    heard: dict[int, int] = {}
    service = TreeService(site.repository, SubtreeCache(site.store, hear=heard.__setitem__))
    for buyer in ("D", "B"):
        site.company.clock.pass_ms(1_234)
        await site.company.write(order(f"o-{buyer}", buyer, 1000))
        await site.roll()
        page = await service.downline("binary", "A", MARCH)
        assert {page.seq, page.as_of_seq} <= heard.keys()
        [known] = await site.company.graph.read("queries/moments/recorded_at", {"seqs": list(heard)})
        assert dict(zip(known["seqs"], known["recorded_at"], strict=True)) == heard
    assert len(heard) == 2
    site.queries.clear()
    await service.downline("binary", "A", MARCH)
    assert site.queries == []


async def test_a_kept_page_and_its_numbers_are_one_look(site: Site) -> None:
    await site.ids()
    site.queries.clear()
    asked, run = [], site.store.run

    async def noted(script: str, *arguments: str | int | bytes) -> object:
        asked.append(script)
        return await run(script, *arguments)

    site.store.run = noted  # type: ignore[method-assign]
    page = await site.service.downline("binary", "A", MARCH)
    assert asked == ["look_page"]
    assert [member.figures.heads for member in page.members] == [3, 2, 1]
    assert site.queries == []


async def test_a_page_that_is_loaded_is_as_of_the_look_before_it(site: Site) -> None:
    """Its version and its people are read at once, so neither knows what came since."""
    [done] = {page.seq for page in [await site.service.downline("binary", "A", MARCH)]}
    await site.company.write(enrol("F", "A", "B", 2))
    page = await site.service.downline("binary", "A", MARCH, depth=3)
    assert [member.id for member in page.members] == ["B", "C", "D"]
    assert page.seq == done
    await site.roll()
    page = await site.service.downline("binary", "A", MARCH, depth=3)
    assert [member.id for member in page.members] == ["B", "C", "F", "D"]
    assert page.seq == done + 1


async def test_a_page_is_not_kept_by_a_version_that_came_after_its_people(site: Site) -> None:
    """The version is read while the roll-up goes on: it belongs to a later page than the one that was looked for."""

    class Late(TreeRepository):
        async def downline(self, tree: Tree, id: str, after: Position, **params: Any) -> Loaded | None:
            await site.company.write(enrol("F", "A", "B", 2))
            while not (await site.rollup.step()).idle:
                pass  # counted, and the cache not told yet
            return await super().downline(tree, id, after, **params)

    [done] = {page.seq for page in [await site.service.downline("sponsor", "A", MARCH)]}
    page = await TreeService(Late(site.company.graph), SubtreeCache(site.store)).downline("binary", "A", MARCH)
    assert [member.id for member in page.members] == ["B", "C", "D"]
    assert page.as_of_seq == page.seq == done
    site.queries.clear()
    await site.ids()
    assert DOWNLINE in site.queries


async def test_a_crash_between_commit_and_refresh_begins_a_new_generation(site: Site, own_redis: OwnRedis) -> None:
    assert await site.ids() == ["B", "C", "D"]
    with own_redis.client() as client:
        generation = client.get("{acme}:gen")
    await site.company.write(enrol("F", "A", "B", 2), order("o1", "D", 1000))
    await site.rollup.step()  # committed; the worker dies before it tells the cache
    old = site.refresher
    site.refresher = refresher_of(site.store, site.repository)
    await site.roll()
    with own_redis.client() as client:
        renewed = client.get("{acme}:gen")
    assert renewed != generation
    assert await site.ids() == ["B", "C", "F", "D"]
    await figures_are_the_tallies(site, site.service)
    # The dead worker was only asleep: its refresh must not touch what is kept now.
    await old.refresh(7, 8, [0, 1, 2, 3], {"binary": {0: 3}}, recorded_at=0)
    assert await site.ids() == ["B", "C", "F", "D"]
    await figures_are_the_tallies(site, site.service)


async def test_a_worker_that_restarts_where_the_cache_stands_keeps_it(site: Site) -> None:
    assert await site.ids() == ["B", "C", "D"]
    site.refresher = refresher_of(site.store, site.repository)
    await site.roll()
    site.queries.clear()
    assert await site.ids() == ["B", "C", "D"]
    assert site.queries == []


async def test_without_a_roll_up_that_confirms_it_the_cache_is_not_trusted(site: Site, own_redis: OwnRedis) -> None:
    assert await site.ids() == ["B", "C", "D"]
    with own_redis.client() as client:
        assert 0 < client.pttl("{acme}:gen") <= 3_600_000, "the generation ends by itself"
        client.delete("{acme}:gen")
    await site.company.write(enrol("F", "A", "B", 2))
    assert await site.ids() == ["B", "C", "F", "D"], "no roll-up, and yet the page is right"


async def test_many_readers_of_a_cold_page_make_one_load(site: Site) -> None:
    site.queries.clear()
    pages = await asyncio.gather(*(site.service.downline("binary", "A", MARCH) for _ in range(20)))
    assert site.queries.count(DOWNLINE) == 1
    assert len({tuple(m.id for m in page.members) for page in pages}) == 1


async def test_cursors_go_on_over_a_change(site: Site) -> None:
    first = await site.service.downline("binary", "A", MARCH, limit=2)
    assert [m.id for m in first.members] == ["B", "C"]
    (came,) = await site.company.write(enrol("F", "A", "B", 2))
    await site.roll()
    second = await site.service.downline("binary", "A", MARCH, limit=2, cursor=first.next_cursor)
    assert [m.id for m in second.members] == ["D"], "as the first page found it"
    assert second.next_cursor is None
    assert second.as_of_seq == came.seq > first.as_of_seq == first.seq == second.seq


async def test_children_come_from_the_cache_too(site: Site) -> None:
    page = await site.service.children("sponsor", "A", MARCH)
    assert [(m.id, m.level, m.parent_id, m.child_count, m.has_children) for m in page.members] == [
        ("B", 1, "A", 1, True),
        ("C", 1, "A", 1, True),
    ]
    site.queries.clear()
    assert await site.service.children("sponsor", "A", MARCH) == page
    assert site.queries == []


async def test_a_kept_page_is_for_lists_of_its_own_time(site: Site) -> None:
    """Before and after a change the second pages have the same shape; each list goes on as it began."""

    async def second(cursor: str | None) -> list[str]:
        page = await site.service.downline("binary", "A", MARCH, limit=2, cursor=cursor)
        return [m.id for m in page.members]

    before = (await site.service.downline("binary", "A", MARCH, limit=2)).next_cursor
    await site.company.write(enrol("F", "A", "B", 2))
    await site.roll()
    after = (await site.service.downline("binary", "A", MARCH, limit=2)).next_cursor
    assert await second(after) == ["F", "D"]
    assert await second(before) == ["D"], "the page that is kept is of a later tree"
    site.queries.clear()
    assert await second(after) == ["F", "D"]
    assert site.queries == [], "what was read for the older list has not taken its place"
    await site.company.write(order("o1", "D", 1000))
    await site.roll()
    later = (await site.service.downline("binary", "A", MARCH, limit=2)).next_cursor
    site.queries.clear()
    assert later != after
    assert await second(later) == ["F", "D"]
    assert DOWNLINE not in site.queries, "nothing changed below A since the page was kept"
    await site.company.write(enrol("G", "A", "C", 2))
    assert await second(later) == ["F", "D"], "as the first page found it, before the roll-up knows of G"
    await site.roll()
    assert await second(later) == ["F", "D"]
