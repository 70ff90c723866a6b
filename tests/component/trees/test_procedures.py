"""Every read procedure against plain Python on an ugly company, as a file and by its installed name."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.graph.procedures import call_text
from app.graph.statements import CYPHER_ROOT
from tests.component.trees.conftest import Ugly
from tests.component.trees.model import PlainTrees
from tests.component.volumes.company import APRIL, MARCH, MAY

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

Ask = Callable[..., Awaitable[dict[str, Any] | None]]
TREES = ["sponsor", "binary"]


@pytest.fixture(params=["file", "installed"])
def ask(request: pytest.FixtureRequest, ugly: Ugly) -> Ask:
    """Asks a procedure: the file as the API runs it, or CALL custom.genealogy.<name>."""

    async def file(name: str, **params: Any) -> dict[str, Any] | None:
        return await ugly.graph.read_one(f"procedures/{name}", params)

    async def installed(name: str, **params: Any) -> dict[str, Any] | None:
        statement = ugly.graph.library[f"procedures/{name}"]
        answer = await ugly.graph.adhoc(
            call_text(statement), statement.bind(params), timeout_s=30, max_rows=10, max_bytes=10**7
        )
        return dict(zip(answer.columns, answer.rows[0], strict=True)) if answer.rows else None

    return file if request.param == "file" else installed


def ix(plain: PlainTrees, id: str) -> int:
    return plain.ids.index(id)


async def pages(ask: Ask, name: str, **params: Any) -> list[dict[str, Any]]:
    found = []
    after: dict[str, int] = {}
    while True:
        page = await ask(name, **params, **after)
        assert page is not None
        found.append(page)
        if not page["more"]:
            return found
        after = {"after_ix": page["ixs"][-1]}
        if "levels" in page:
            after["after_level"] = page["levels"][-1]


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize(
    ("root", "depth", "page"),
    [("D0", 2, 7), ("D0", 6, 400), ("D7", 1, 900), ("D3", 3, 50), ("L0", 40, 9), ("W1999", 5, 50)],
)
async def test_downline_pages_are_every_level_by_ix(
    ask: Ask, ugly: Ugly, tree: str, root: str, depth: int, page: int
) -> None:
    found = await pages(ask, f"downline_{tree}", id=root, depth=depth, page=page)
    expected = ugly.plain.downline(tree, root, depth)
    assert [(level, id) for p in found for level, id in zip(p["levels"], p["ids"], strict=True)] == expected
    assert all(len(p["ids"]) == page for p in found[:-1])
    below = ugly.plain.by_parent(tree)
    for columns in found:
        for number, id in enumerate(columns["ids"]):
            assert columns["ixs"][number] == ix(ugly.plain, id)
            assert columns["parent_ids"][number] == ugly.plain.parents(tree)[id]
            assert columns["sponsor_ids"][number] == ugly.plain.sponsor[id]
            assert columns["slots"][number] == (0 if tree == "sponsor" else ugly.plain.slot[id])
            assert columns["child_counts"][number] == len(below.get(id, []))
            assert columns["names"][number] == f"Name {id}"


@pytest.mark.parametrize("tree", TREES)
async def test_downline_goes_down_a_line_of_two_thousand(ask: Ask, ugly: Ugly, tree: str) -> None:
    found = await pages(ask, f"downline_{tree}", id="L0", depth=10_000, page=1_000)
    expected = ugly.plain.downline(tree, "L0", 2_500)
    assert [id for p in found for id in p["ids"]] == [id for _, id in expected]


async def test_downline_stops_at_the_page_and_not_at_the_depth(ugly: Ugly) -> None:
    """The page of a deep subtree costs its own levels: fewer than a tenth of the hits of reading all of it."""
    text = ugly.graph.library["procedures/downline_sponsor"]
    hits = {}
    for page in (5, 5_000):
        params = text.bind({"id": "L0", "depth": 10_000, "page": page})
        answer = await ugly.graph.read_one(text.name, params)
        assert answer is not None
        hits[page] = len(answer["ids"])
    assert hits[5] == 5
    assert hits[5_000] == len(ugly.plain.downline("sponsor", "L0", 2_500))


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("id", ["L1999", "D140", "D0", "W1", "W1999"])
async def test_upline_is_the_way_to_the_top(ask: Ask, ugly: Ugly, tree: str, id: str) -> None:
    expected = ugly.plain.upline(tree, id)
    found = await ask(f"upline_{tree}", id=id)
    assert found is not None
    assert found["ids"] == expected
    assert found["levels_up"] == list(range(1, len(expected) + 1))
    if tree == "binary":
        assert found["slots"] == [ugly.plain.slot[below] for below in [id, *expected[:-1]] if expected]
    near = await ask(f"upline_{tree}", id=id, levels=3)
    assert near is not None
    assert near["ids"] == expected[:3]


@pytest.mark.parametrize("tree", TREES)
async def test_is_in_downline(ask: Ask, ugly: Ugly, tree: str) -> None:
    for id in ("L1999", "L701", "D140", "W1", "D149"):
        chain = [id, *ugly.plain.upline(tree, id)]
        for top in {"D0", "D7", "D9", "L0", "L699", "L1499", "W1", "D149", id}:
            found = await ask(f"is_in_downline_{tree}", id=id, top_id=top)
            expected = {"inside": top in chain, "distance": chain.index(top) if top in chain else -1}
            assert found == expected, (id, top)


PAIRS = [("L1999", "L701"), ("D140", "D149"), ("D0", "L3"), ("L3", "D0"), ("D140", "W1"), ("W1", "W1999"), ("D5", "D5")]


@pytest.mark.parametrize("tree", TREES)
async def test_the_way_goes_up_to_the_nearest_common_upline_and_down(ask: Ask, ugly: Ugly, tree: str) -> None:
    for pair in PAIRS:
        first, second = ([id, *ugly.plain.upline(tree, id)] for id in pair)
        common = next((id for id in first if id in second), None)
        way = await ask(f"path_{tree}", id=pair[0], other_id=pair[1])
        met = await ask(f"common_upline_{tree}", id=pair[0], other_id=pair[1])
        assert way is not None
        assert met is not None
        if common is None:
            assert (way["ids"], way["turn"], met["common_id"], met["ix"]) == ([], -1, "", -1), pair
            assert (met["distance"], met["other_distance"]) == (-1, -1)
            continue
        up, down = first.index(common), second.index(common)
        assert way["ids"] == [*first[: up + 1], *reversed(second[:down])], pair
        assert way["ixs"] == [ix(ugly.plain, id) for id in way["ids"]]
        assert way["names"] == [f"Name {id}" for id in way["ids"]]
        assert set(way["statuses"]) == {"active"}
        assert way["slots"] == [0 if tree == "sponsor" else ugly.plain.slot.get(id, 0) for id in way["ids"]]
        assert way["turn"] == up
        assert met == {
            "ix": ix(ugly.plain, common),
            "common_id": common,
            "name": f"Name {common}",
            "status": "active",
            "distance": up,
            "other_distance": down,
        }


def test_some_of_these_pairs_have_no_way_in_one_tree(ugly: Ugly) -> None:
    ups = [[{id, *ugly.plain.upline("binary", id)} for id in pair] for pair in PAIRS]
    assert any(first.isdisjoint(second) for first, second in ups)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize(("root", "depth"), [("D0", 10), ("D7", 3), ("L0", 2_500), ("L1999", 5)])
async def test_levels_are_counted_and_weighed(ask: Ask, ugly: Ugly, tree: str, root: str, depth: int) -> None:
    found = await ask(f"level_summary_{tree}", id=root, period=MARCH, depth=depth)
    assert found is not None
    below: dict[int, list[str]] = {}
    for level, id in ugly.plain.downline(tree, root, depth):
        below.setdefault(level, []).append(id)
    assert found["levels"] == sorted(below)
    assert found["people"] == found["actives"] == [len(below[level]) for level in sorted(below)]
    assert found["more"] == bool(ugly.plain.downline(tree, root, depth + 1)[sum(found["people"]) :])
    assert found["as_of_seq"] == (await ugly.graph.read("queries/facts/head"))[0]["seq"]
    for period in (MARCH, APRIL, MAY):
        figures = await ask(f"level_summary_{tree}", id=root, period=period, depth=depth)
        assert figures is not None
        for unit, column in enumerate(("pvs", "cvs")):
            expected = [sum(ugly.sold(period, id)[unit] for id in below[level]) for level in sorted(below)]
            assert figures[column] == expected, (period, column)
    assert any(ugly.sold(APRIL, id)[0] for id in ugly.plain.ids)


async def test_levels_end_where_many_are_reached(ask: Ask, ugly: Ugly) -> None:
    sizes = Counter(level for level, _ in ugly.plain.downline("sponsor", "D0", 2))
    most = max(sizes[1] + 1, sizes[2])
    found = await ask("level_summary_sponsor", id="D0", period=MARCH, depth=10, most=most)
    assert found is not None
    assert (found["people"], found["more"]) == ([sizes[1], sizes[2]], True)
    wide = await ask("level_summary_sponsor", id="D7", period=MARCH, most=1_999)
    assert wide is not None
    assert (wide["levels"], wide["more"]) == ([], True), "2,000 and more stand directly below"


async def test_frontline_of_two_thousand_comes_by_pages(ask: Ask, ugly: Ugly) -> None:
    found = await pages(ask, "frontline_sponsor", id="D7", page=300)
    expected = ugly.plain.children("sponsor", "D7")
    assert [id for p in found for id in p["ids"]] == expected
    below = ugly.plain.by_parent("sponsor")
    assert [n for p in found for n in p["child_counts"]] == [len(below.get(id, [])) for id in expected]


async def test_frontline_of_the_binary_tree(ask: Ask, ugly: Ugly) -> None:
    for id in ("D0", "L100", "L1999", "W1999"):
        found = await ask("frontline_binary", id=id)
        assert found is not None
        expected = ugly.plain.children("binary", id)
        assert found["ids"] == expected
        assert found["slots"] == [ugly.plain.slot[child] for child in expected]
        assert found["sponsor_ids"] == [ugly.plain.sponsor[child] for child in expected]
        assert not found["more"]


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("id", ["D0", "D7", "L100", "W1999"])
async def test_legs_weigh_what_stands_below(ask: Ask, ugly: Ugly, tree: str, id: str) -> None:
    found = await ask(f"legs_{tree}", id=id, period=MARCH)
    assert found is not None
    legs = ugly.plain.children(tree, id)
    if tree == "binary":
        legs = sorted(legs, key=ugly.plain.slot.__getitem__)
    assert found["ids"] == legs
    for number, leg in enumerate(legs):
        team = [leg, *(below for _, below in ugly.plain.downline(tree, leg, 2_500))]
        assert found["heads"][number] == len(team), leg
        assert found["pvs"][number] == sum(ugly.sold(MARCH, member)[0] for member in team), leg
    other_period = await ask(f"legs_{tree}", id=id, period=MARCH + 2)
    assert other_period is not None
    assert sum(other_period["pvs"]) == 0


async def test_outside_end_of_a_leg(ask: Ask, ugly: Ugly) -> None:
    for id in ("D0", "D5", "L3", "L100", "L1999"):
        for slot, strategy in ((1, "outside_left"), (2, "outside_right")):
            found = await ask("find_place_binary", id=id, strategy=strategy)
            assert found is not None
            assert (found["parent_id"], found["slot"]) == ugly.plain.outside(id, slot)
            assert id in found["why"]
    nobody = await ask("find_place_binary", id="W1999", strategy="outside_left")
    assert nobody is not None
    assert (nobody["parent_id"], nobody["slot"]) == ("", 0)
    assert "no place" in nobody["why"]


async def test_nobody_is_no_row(ask: Ask, ugly: Ugly) -> None:
    for name in ("downline", "upline", "frontline"):
        for tree in TREES:
            assert await ask(f"{name}_{tree}", id="nobody") is None
    for tree in TREES:
        assert await ask(f"is_in_downline_{tree}", id="nobody", top_id="D0") is None
        assert await ask(f"legs_{tree}", id="nobody", period=MARCH) is None
        assert await ask(f"level_summary_{tree}", id="nobody", period=MARCH) is None
        for name in ("path", "common_upline"):
            assert await ask(f"{name}_{tree}", id="nobody", other_id="D0") is None
            assert await ask(f"{name}_{tree}", id="D0", other_id="nobody") is None
    assert await ask("tally", id="nobody", period=MARCH) is None
    assert await ask("find_place_binary", id="nobody", strategy="first_open") is None
    assert await ask("open_slots_binary", id="nobody") is None


def test_the_files_of_both_trees_say_the_same() -> None:
    """Two files a procedure, because a relationship type cannot be a parameter: their walks differ in it alone."""
    for name in ("upline", "is_in_downline", "path", "common_upline", "level_summary"):
        texts = {}
        for tree, edge in (("sponsor", "SPONSORED_BY"), ("binary", "PLACED_UNDER")):
            text = (CYPHER_ROOT / "procedures" / f"{name}_{tree}.cypher").read_text()
            body = text[text.index("\nMATCH") :]
            texts[tree] = body.replace(edge, "EDGE")
            by_place = [
                ("[place:", "[:"),
                ("place, above", "above"),
                ("place.slot", "0"),
                ("coalesce(one.slot, 0)", "0"),
            ]
            for of_place, plain in by_place:
                texts[tree] = texts[tree].replace(of_place, plain)
        assert texts["sponsor"] == texts["binary"]
    walks = []
    for tree, edge in (("sponsor", "SPONSORED_BY"), ("binary", "PLACED_UNDER")):
        text = (CYPHER_ROOT / "procedures" / f"downline_{tree}.cypher").read_text()
        walk = text[text.index("\nMATCH") : text.index("CALL (rows")]
        walks.append(walk.replace(edge, "EDGE").replace(f"h.{tree}_", "h.").replace(f"t.{tree}_", "t."))
    assert walks[0] == walks[1]
    for name in ("downline_as_of", "upline_as_of", "move_history"):
        former = []
        for tree, edge in (("sponsor", "SPONSORED_BY"), ("binary", "PLACED_UNDER")):
            text = (CYPHER_ROOT / "procedures" / f"{name}_{tree}.cypher").read_text()
            text = text[text.index("\nMATCH") :].replace(edge, "EDGE")
            former.append(text.replace("edge.slot AS slot", "0 AS slot"))
        assert former[0] == former[1]
