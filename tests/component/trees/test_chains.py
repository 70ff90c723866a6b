"""A line of ten thousand in both trees, which is one leg too: what walks, walks to its end, in memory of its length."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from neo4j import GraphDatabase as Driver

from app.errors import BanyanError
from app.facts.commands import BelowSponsor, Move
from app.graph import GraphDatabase
from app.graph.migrations import read_migrations
from app.places.strategies import STRATEGIES
from app.runtime import Endpoints
from tests.component.trees.conftest import _WIPE
from tests.component.trees.hits import hits_of, most_hits
from tests.component.volumes.company import MARCH, Company, chain, enrol, ms, open_period, wide

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

LENGTH: Final = 10_000
LAST: Final = f"L{LENGTH - 1}"
TREES: Final = ("sponsor", "binary")
Line = Company


@pytest.fixture(scope="module")
async def line(migrated_graph: GraphDatabase) -> Line:
    """D0, and below it L0 to L9999, each sponsored by the one before and on their left."""
    head = [m for m in read_migrations() if m.name == "head"]
    await migrated_graph.run_script("wipe", [_WIPE, *head[0].statements], timeout_s=300)
    company = Company(migrated_graph)
    await company.write(open_period(MARCH), enrol("D0", None), *chain("L", LENGTH, "D0"))
    return company


def upwards(first: int) -> list[str]:
    """The ids from L`first` to the top."""
    return [*(f"L{n}" for n in range(first, -1, -1)), "D0"]


async def asked(line: Line, name: str, **params: Any) -> dict[str, Any]:
    found = await line.graph.read_one(name, params)
    assert found is not None
    return found


@pytest.mark.parametrize("tree", TREES)
async def test_upline_goes_to_the_top(line: Line, tree: str) -> None:
    found = await asked(line, f"procedures/upline_{tree}", id=LAST)
    assert found["ids"] == upwards(LENGTH - 2)
    assert found["ixs"] == list(range(LENGTH - 1, -1, -1))
    assert found["levels_up"] == list(range(1, LENGTH + 1))
    assert set(found["slots"]) == {0 if tree == "sponsor" else 1}
    assert set(found["statuses"]) == {"active"}
    near = await asked(line, f"procedures/upline_{tree}", id=LAST, levels=3)
    assert (near["ids"], near["levels_up"]) == (upwards(LENGTH - 2)[:3], [1, 2, 3])
    assert (await asked(line, f"procedures/upline_{tree}", id=LAST, levels=0))["ids"] == []


@pytest.mark.parametrize("tree", TREES)
async def test_a_former_upline_goes_to_the_top(line: Line, tree: str) -> None:
    found = await asked(line, f"procedures/upline_as_of_{tree}", id=LAST, at=ms(2026, 3, 15), seq=2 * LENGTH)
    assert found["ids"] == upwards(LENGTH - 2)
    assert found["levels_up"] == list(range(1, LENGTH + 1))


@pytest.mark.parametrize("tree", TREES)
async def test_is_in_downline_counts_the_levels(line: Line, tree: str) -> None:
    for id, top, distance in (("D0", "D0", 0), (LAST, "D0", LENGTH), (LAST, "L4000", LENGTH - 4001), ("L7", LAST, -1)):
        found = await asked(line, f"procedures/is_in_downline_{tree}", id=id, top_id=top)
        assert found == {"inside": distance >= 0, "distance": distance}


@pytest.mark.parametrize("tree", TREES)
async def test_ways_along_the_line(line: Line, tree: str) -> None:
    for id, other, up, down in ((LAST, "D0", LENGTH, 0), ("D0", LAST, 0, LENGTH), (LAST, "L4000", LENGTH - 4001, 0)):
        way = await asked(line, f"procedures/path_{tree}", id=id, other_id=other)
        assert (len(way["ids"]), way["turn"], way["ids"][0], way["ids"][-1]) == (up + down + 1, up, id, other)
        met = await asked(line, f"procedures/common_upline_{tree}", id=id, other_id=other)
        assert (met["common_id"], met["distance"], met["other_distance"]) == (other if up else id, up, down)


@pytest.mark.parametrize("tree", TREES)
async def test_ten_thousand_levels_are_counted(line: Line, tree: str) -> None:
    found = await asked(line, f"procedures/level_summary_{tree}", id="D0", period=MARCH, depth=LENGTH)
    assert found["levels"] == list(range(1, LENGTH + 1))
    assert set(found["people"]) == {1}
    assert not found["more"]


async def test_the_outside_of_a_leg_ends_at_the_last(line: Line) -> None:
    found = await asked(line, "procedures/find_place_binary", id="D0", strategy="outside_left")
    assert (found["parent_id"], found["slot"]) == (LAST, 1)


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_place_is_found_without_walking_the_line(line: Line, endpoints: Endpoints, strategy: str) -> None:
    await line.catch_up()
    statement = line.graph.library["procedures/find_place_binary"]
    assert 0 < hits_of(endpoints, statement, id="D0", strategy=strategy) <= most_hits(strategy, LENGTH)


async def test_somebody_at_the_top_sees_the_last(line: Line) -> None:
    for caller, target, below in (("D0", LAST, True), (LAST, "D0", False), (LAST, LAST, True)):
        params = {"caller_id": caller, "target_id": target}
        assert await asked(line, "queries/access/ancestors", **params) == {"below": below}


@pytest.mark.parametrize("tree", TREES)
async def test_a_page_from_the_end_of_a_deep_downline(line: Line, tree: str) -> None:
    params = {"id": "D0", "depth": LENGTH, "after_level": LENGTH - 10, "after_ix": LENGTH - 10, "page": 20}
    found = await asked(line, f"procedures/downline_{tree}", **params)
    assert found["ids"] == [f"L{n}" for n in range(LENGTH - 10, LENGTH)]
    assert not found["more"]


WALKS: Final[Sequence[tuple[str, dict[str, Any], dict[str, Any]]]] = (
    *((f"procedures/upline_{tree}", {"id": LAST}, {"id": "L4999"}) for tree in TREES),
    *((f"procedures/is_in_downline_{tree}", {"id": LAST, "top_id": "D0"}, {"id": "L4999"}) for tree in TREES),
    ("queries/access/ancestors", {"target_id": LAST, "caller_id": "D0"}, {"target_id": "L4999"}),
    (
        "queries/access/named",
        {"target_id": LAST, "caller_id": "D0", "ids": [LAST]},
        {"target_id": "L4999", "ids": ["L4999"]},
    ),
    ("queries/facts/load_spots_of_move", {"ix": 1, "parents": []}, {"ix": 5000}),
    *((f"queries/facts/ways_up_{tree}", {"ixs": [LENGTH]}, {"ixs": [5000]}) for tree in TREES),
)
"""What is asked, and what differs when it is asked about half the way."""


@pytest.mark.parametrize(("name", "whole", "half"), WALKS)
async def test_memory_grows_as_the_way_does(
    line: Line, endpoints: Endpoints, name: str, whole: dict[str, Any], half: dict[str, Any]
) -> None:
    statement = line.graph.library[name]
    login = (endpoints.neo4j_user, endpoints.neo4j_password)
    with Driver.driver(endpoints.neo4j_url, auth=login) as driver:

        def memory(params: dict[str, Any]) -> int:
            _, summary, _ = driver.execute_query(f"PROFILE {statement.text}", statement.bind(params))
            return int(summary.profile["args"]["GlobalMemory"])  # type: ignore[index]

        assert 0 < memory(whole) < 3 * memory(whole | half)


async def test_a_search_below_somebody_walks_once_and_not_for_each_candidate(line: Line) -> None:
    await line.catch_up()
    heads = await line.figures("D0")
    assert (heads["sponsor_heads"], heads["binary_heads"]) == (LENGTH + 1, LENGTH + 1)
    for prefix, words, below, ids in (
        ("L70", "nobody", "L1", ["L70", *(f"L{n}" for n in range(700, 707))]),
        ("L705", "nobody", "L7051", [f"L{n}" for n in range(7051, 7059)]),
        ("none", "L7000", "L6999", ["L7000"]),
        ("none", "L7000", "L7001", []),
        ("none", "L7000", "", ["L7000"]),
    ):
        params = {"prefixes": [prefix], "words": words, "below": below, "limit": 8}
        assert (await asked(line, "queries/people/search", **params))["ids"] == ids
    everybody = {"prefixes": ["L"], "words": "L7*", "below": LAST, "limit": 8}
    started = time.perf_counter()
    assert (await asked(line, "queries/people/search", **everybody))["ids"] == []
    small = time.perf_counter() - started
    # Nobody is told of by a tally: each of three hundred is walked up from.
    await line.graph.run_script("forget", ["MATCH (t:Tally {ix: 10000}) DELETE t"])
    started = time.perf_counter()
    assert (await asked(line, "queries/people/search", **everybody))["ids"] == []
    assert small < (time.perf_counter() - started) / 5


WHOLE_LINE: Final = {"id": "D0", "page": LENGTH}
EXPORTED: Final = WHOLE_LINE | {"seq": 10**9, "most": 10**6, "period": MARCH, "calendar": "monthly", "slot": "1"}
LISTS: Final = [
    *((f"procedures/downline_{tree}", WHOLE_LINE) for tree in TREES),
    *((f"queries/trees/export_{tree}", EXPORTED) for tree in TREES),
]


@pytest.mark.parametrize(("name", "params"), LISTS, ids=[name for name, _ in LISTS])
async def test_ten_times_as_many_levels_take_about_ten_times_as_long(
    line: Line, name: str, params: dict[str, Any]
) -> None:
    async def seconds(depth: int) -> float:
        started = time.perf_counter()
        found = await asked(line, name, **params, depth=depth)
        assert found["ids"] == [f"L{n}" for n in range(depth)]
        assert found["levels"] == list(range(1, depth + 1))
        return time.perf_counter() - started

    few = min([await seconds(LENGTH // 10) for _ in range(5)])
    many = min([await seconds(LENGTH) for _ in range(2)])
    assert many < 50 * few


@pytest.mark.parametrize("name", [name for name, _ in LISTS])
async def test_a_list_ends_at_its_depth_and_at_its_page(line: Line, name: str) -> None:
    """Around the blocks that levels are put together in."""
    for depth in (1, 31, 32, 33, 64, 65):
        found = await asked(line, name, **{**dict(LISTS)[name], "depth": depth})
        assert found["ids"] == [f"L{n}" for n in range(depth)]
    if name.startswith("procedures/"):
        for page in (31, 32, 33):
            found = await asked(line, name, id="D0", depth=LENGTH, page=page)
            assert (found["ids"], found["more"]) == ([f"L{n}" for n in range(page)], True)
            rest = {"after_level": page, "after_ix": page, "page": 2}
            assert (await asked(line, name, id="D0", depth=page + 1, **rest))["ids"] == [f"L{page}"]


@pytest.mark.parametrize("tree", TREES)
async def test_a_line_that_breaks_between_two_pages_is_told_whole(line: Line, tree: str) -> None:
    """And by filters too; the second half stands elsewhere by then."""
    name, slot = f"procedures/downline_{tree}", {"sponsor": 0, "binary": 2}[tree]
    half, whole = LENGTH // 2, {"id": "D0", "depth": LENGTH, "page": LENGTH // 2}
    for filters in ({}, {"statuses": ["active"], "look": LENGTH // 2}):
        first = await asked(line, name, **whole, **filters)
        [at] = await line.write(Move(f"L{half}", tree, "D0", slot))  # type: ignore[arg-type]
        after = {"after_level": first["to_level"], "after_ix": first["to_ix"]}
        rest = await asked(line, name, **whole, **filters, **after, seq=first["seq"])
        assert first["seq"] == at.seq - 1
        assert first["ids"] + rest["ids"] == [f"L{n}" for n in range(LENGTH)]
        assert (first["more"], rest["more"]) == (True, False)
        assert rest["parent_ids"][0] == f"L{half - 1}"
        await line.write(Move(f"L{half}", tree, f"L{half - 1}", slot // 2))  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "top"), [("frontline_sponsor", "W"), ("downline_sponsor", "V")])
async def test_a_wide_frontline_that_changes_between_two_pages_is_told_whole(line: Line, name: str, top: str) -> None:
    """Four thousand below one person: a hundred leave, and a hundred come, after each page."""
    width, page = 4_000, 1_000
    await line.write(enrol(top, None), *wide(top, width, top))
    found, after, more = list[str](), dict[str, int](), True
    while more:
        answer = await asked(line, f"procedures/{name}", id=top, page=page, **after)
        found += answer["ids"]
        more, after = answer["more"], {"seq": answer["seq"], "after_ix": answer["ixs"][-1]}
        if name == "downline_sponsor":
            after["after_level"] = answer["to_level"]
        leaving = range(len(found) - 50, min(len(found) + 50, width))
        await line.write(*(Move(f"{top}{n}", "sponsor", "D0") for n in leaving), *wide(f"{top}{len(found)}-", 100, top))
    assert found == [f"{top}{n}" for n in range(width)]


async def test_many_ways_up_join_and_are_judged(line: Line) -> None:
    """More than go up one by one, and fewer than the whole tree is read for."""
    many = [enrol(f"E{n}", f"L{n * 100}", f"L{n * 100 + 60}", 2) for n in range(20, 40)]
    with pytest.raises(BanyanError, match="below"):
        await line.write(*many, enrol("X", "L3500", "L2500", 2))
    await line.write(*many)
    found = await asked(line, "procedures/upline_binary", id="E39")
    assert found["ids"] == upwards(3960)


async def test_places_at_the_end_are_found_and_judged(line: Line) -> None:
    """In one batch, so that their ways up join: what would hang somebody below themselves must be refused."""
    with pytest.raises(BanyanError, match="below"):
        await line.write(enrol("X", "L3", "L6000", 2), Move("L10", "binary", "L6064", 2))
    with pytest.raises(BanyanError, match="below"):
        await line.write(Move("L10", "sponsor", LAST))
    newcomers = [replace(enrol(f"N{n}", f"L{n}"), placement=BelowSponsor("outside_left")) for n in (9_000, 100)]
    await line.write(*newcomers, enrol("M", "L4000", "L5000", 2), Move("L9000", "binary", "M", 1))
    found = await asked(line, "procedures/upline_binary", id="N100")
    assert found["ids"][:2] == ["N9000", LAST]
    assert found["ids"][1_000:1_003] == ["L9000", "M", "L5000"]
