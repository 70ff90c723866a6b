"""Every read procedure against plain Python on an ugly company, as a file and by its installed name."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.graph.procedures import call_text
from app.graph.statements import CYPHER_ROOT
from app.places.strategies import OF_EVERY_COMPANY
from app.runtime import Endpoints
from tests.component.places.model import PlainPlaces
from tests.component.trees.conftest import Ugly
from tests.component.trees.hits import hits_of, most_hits
from tests.component.trees.shapes import BALANCED, DEEP, FRONTLINE
from tests.component.volumes.company import APRIL, MARCH, MAY, ms

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1800)]

Ask = Callable[..., Awaitable[dict[str, Any] | None]]
TREES = ["sponsor", "binary", "matrix"]
STRATEGIES = (*OF_EVERY_COMPANY, "preference")
THOSE_THAT_ASK = {"answer", "enrol", "move", "place"}
"""They write, or tell of what was written: tests/component/asked calls them by their names."""


@pytest.fixture(params=["file", "installed"])
def ask(request: pytest.FixtureRequest, ugly: Ugly) -> Ask:
    """Asks a procedure: the file as the API runs it, or CALL custom.genealogy.<name>."""

    async def file(name: str, **params: Any) -> dict[str, Any] | None:
        return await ugly.graph.read_one(f"procedures/{name}", params)

    async def installed(name: str, **params: Any) -> dict[str, Any] | None:
        statement = ugly.graph.library[f"procedures/{name}"]
        answer = await ugly.graph.adhoc(
            call_text(statement), statement.bind(params), timeout_s=120, max_rows=10, max_bytes=10**8
        )
        return dict(zip(answer.columns, answer.rows[0], strict=True)) if answer.rows else None

    return file if request.param == "file" else installed


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
    [
        ("D0", 1, 7),
        ("D0", 6, 20_000),
        ("D7", 1, 900),
        ("D3", 3, 50),
        ("L0", 40, 9),
        ("W1999", 5, 50),
        ("B0", 13, 3_000),
        ("S0", 10_000, 4_000),
        ("F0", 3, 20_000),
        ("F1", 20, 20_000),
    ],
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
            assert columns["ixs"][number] == ugly.plain.ix(id)
            assert columns["parent_ids"][number] == ugly.plain.parents(tree)[id]
            assert columns["sponsor_ids"][number] == ugly.plain.sponsor[id]
            assert columns["slots"][number] == ugly.plain.slots(tree).get(id, 0)
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
@pytest.mark.parametrize("id", ["L1999", "D140", "D0", "W1", "W1999", "B8190", "S9999", "F50000", "F2999"])
async def test_upline_is_the_way_to_the_top(ask: Ask, ugly: Ugly, tree: str, id: str) -> None:
    expected = ugly.plain.upline(tree, id)
    found = await ask(f"upline_{tree}", id=id)
    assert found is not None
    assert found["ids"] == expected
    assert found["levels_up"] == list(range(1, len(expected) + 1))
    stand = [id, *expected[:-1]] if expected else []
    assert found["slots"] == [ugly.plain.slots(tree).get(below, 0) for below in stand]
    near = await ask(f"upline_{tree}", id=id, levels=3)
    assert near is not None
    assert near["ids"] == expected[:3]


@pytest.mark.parametrize("tree", TREES)
async def test_is_in_downline(ask: Ask, ugly: Ugly, tree: str) -> None:
    for id in ("L1999", "L701", "D140", "W1", "D149", "B8190", "S9999", "F50000", "F2999"):
        chain = [id, *ugly.plain.upline(tree, id)]
        for top in {"D0", "D7", "D9", "L0", "L699", "L1499", "W1", "D149", "B3", "S0", "S5001", "F0", id}:
            found = await ask(f"is_in_downline_{tree}", id=id, top_id=top)
            expected = {"inside": top in chain, "distance": chain.index(top) if top in chain else -1}
            assert found == expected, (id, top)


PAIRS = [("L1999", "L701"), ("D140", "D149"), ("D0", "L3"), ("L3", "D0"), ("D140", "W1"), ("W1", "W1999"), ("D5", "D5")]
PAIRS += [("S9999", "S4000"), ("B8190", "S9999"), ("F50000", "F49999"), ("F2999", "B4095"), ("S9998", "S9999")]


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
        assert way["ixs"] == [ugly.plain.ix(id) for id in way["ids"]]
        assert way["names"] == [f"Name {id}" for id in way["ids"]]
        assert set(way["statuses"]) == {"active"}
        assert way["slots"] == [ugly.plain.slots(tree).get(id, 0) for id in way["ids"]]
        assert way["turn"] == up
        assert met == {
            "ix": ugly.plain.ix(common),
            "common_id": common,
            "name": f"Name {common}",
            "status": "active",
            "distance": up,
            "other_distance": down,
        }


def test_some_of_these_pairs_have_no_way_in_one_tree(ugly: Ugly) -> None:
    ups = [[{id, *ugly.plain.upline("binary", id)} for id in pair] for pair in PAIRS]
    assert any(first.isdisjoint(second) for first, second in ups)


LEVELS = [("D0", 10), ("D7", 3), ("L0", 2_500), ("L1999", 5), ("B0", 12), ("S0", 10_000), ("F0", 20), ("F0", 4)]


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize(("root", "depth"), LEVELS)
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


@pytest.mark.parametrize(("id", "page"), [("D7", 300), ("F0", 20_000)])
async def test_a_wide_frontline_comes_by_pages(ask: Ask, ugly: Ugly, id: str, page: int) -> None:
    found = await pages(ask, "frontline_sponsor", id=id, page=page)
    expected = ugly.plain.children("sponsor", id)
    assert [id for p in found for id in p["ids"]] == expected
    below = ugly.plain.by_parent("sponsor")
    assert [n for p in found for n in p["child_counts"]] == [len(below.get(id, [])) for id in expected]


@pytest.mark.parametrize("tree", ["binary", "matrix"])
async def test_frontline_of_a_tree_with_slots(ask: Ask, ugly: Ugly, tree: str) -> None:
    for id in ("D0", "L100", "L1999", "W1999", "B0", "S9000", "F1", "B8190"):
        found = await ask(f"frontline_{tree}", id=id)
        assert found is not None
        expected = ugly.plain.children(tree, id)
        assert found["ids"] == expected
        assert found["slots"] == [ugly.plain.slots(tree)[child] for child in expected]
        assert found["sponsor_ids"] == [ugly.plain.sponsor[child] for child in expected]
        assert not found["more"]


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("id", ["D0", "D7", "L100", "W1999", "H0", "H1", "B0", "S5", "S9000", "F0", "F1"])
async def test_legs_weigh_what_stands_below(ask: Ask, ugly: Ugly, tree: str, id: str) -> None:
    found = await ask(f"legs_{tree}", id=id, period=MARCH)
    assert found is not None
    legs = sorted(ugly.plain.children(tree, id), key=lambda leg: ugly.plain.slots(tree).get(leg, 0))
    assert found["ids"] == legs
    assert found["slots"] == [ugly.plain.slots(tree).get(leg, 0) for leg in legs]
    for column, own in (
        ("heads", dict.fromkeys(ugly.plain.ids, 1)),
        ("pvs", ugly.own(MARCH, 0)),
        ("cvs", ugly.own(MARCH, 1)),
    ):
        sums = ugly.plain.sums(tree, own)
        assert found[column] == [sums[leg] for leg in legs], column
    other_period = await ask(f"legs_{tree}", id=id, period=MARCH + 2)
    assert other_period is not None
    assert sum(other_period["pvs"]) == 0


async def test_the_figures_of_a_person(ask: Ask, ugly: Ugly) -> None:
    sums = {
        (tree, what): ugly.plain.sums(tree, own)
        for tree in TREES
        for what, own in (
            ("heads", dict.fromkeys(ugly.plain.ids, 1)),
            ("pv", ugly.own(MARCH, 0)),
            ("cv", ugly.own(MARCH, 1)),
        )
    }
    for id in ("D0", "D7", "L100", "W1", "H1", "B0", "B7", "S0", "S9000", "F0", "F50000"):
        found = await ask("tally", id=id, period=MARCH)
        assert found is not None
        assert {f"{tree}_{what}": of[id] for (tree, what), of in sums.items()}.items() <= found.items()
        pv, cv = ugly.sold(MARCH, id)
        assert (found["own_pv"] + found["customer_pv"], found["own_cv"] + found["customer_cv"]) == (pv, cv)
        assert found["customer_pv"] == (510 if id == "W1" else 0)


async def test_positions_of_one_owner(ask: Ask, ugly: Ugly) -> None:
    of_d3 = ["D3", "D3-3", "D3-4", "D3-0"]
    for id, positions in (("D3", of_d3), ("D3-4", of_d3), ("F50000", ["F50000"])):
        found = await ask("income_centres", id=id)
        assert found is not None
        assert (found["owner"], found["ids"]) == (positions[0], positions)
        assert found["ixs"] == [ugly.plain.ix(one) for one in positions]
        assert found["sponsor_ids"] == [ugly.plain.sponsor[one] for one in positions]
        assert found["parent_ids"] == [ugly.plain.binary.get(one, "") for one in positions]
        assert found["slots"] == [ugly.plain.slot.get(one, 0) for one in positions]
    few = await ask("income_centres", id="D3-0", most=2)
    assert few is not None
    assert few["ids"] == of_d3[:2]


async def test_a_group_without_the_legs_that_broke_away(ask: Ask, ugly: Ugly) -> None:
    """By the ranks of the last committed run, which is February's: January's said otherwise."""
    groups = [ugly.plain.sums("sponsor", ugly.own(MARCH, unit)) for unit in (0, 1)]
    for id in ("D0", "D7", "F0", "B0", "S0", "L5"):
        legs = ugly.plain.children("sponsor", id)
        for ranks in (["Gold"], ["Gold", "Silver"], ["Nobody"], []):
            found = await ask("group_without_broken_away", id=id, ranks=ranks, period=MARCH)
            assert found is not None
            away = [leg for leg in legs if ugly.ranks.get(leg) in ranks]
            assert found["ids"] == away
            whole, left = zip(*((of[id], of[id] - sum(of[leg] for leg in away)) for of in groups), strict=True)
            assert (found["group_pv"], found["group_cv"]) == whole
            assert (found["pv"], found["cv"]) == left
            assert (found["run"], found["run_period"]) == ("run-202602", "2026-02")
    assert len([leg for leg in ugly.plain.children("sponsor", "F0") if leg in ugly.ranks]) > 10


SHAPES = [("B0", BALANCED), ("S0", DEEP), ("F0", FRONTLINE)]


@pytest.mark.parametrize("top", ["D0", "D5", "L3", "B0", "S0", "F0"])
async def test_places_are_where_a_plain_search_finds_them(ask: Ask, ugly: Ugly, top: str) -> None:
    cv = {("monthly", id): sold for id, sold in ugly.own(APRIL, 1).items()}
    binary, matrix = (
        PlainPlaces(
            slots, {(above, ugly.plain.slots(tree)[id]): id for id, above in ugly.plain.parents(tree).items()}, cv=cv
        )
        for tree, slots in (("binary", (1, 2)), ("matrix", (1, 2, 3)))
    )
    for strategy in STRATEGIES:
        found = await ask("find_place_binary", id=top, strategy=strategy)
        assert found is not None
        assert (found["parent_id"], found["slot"]) == binary.find(strategy, top), strategy
    placed = top == "D0" or top in ugly.plain.matrix
    found = await ask("find_place_matrix", id=top)
    assert found is not None
    assert (found["parent_id"], found["slot"]) == (matrix.find("first_open", top) if placed else ("", 0))
    for tree, plain in (("binary", binary), ("matrix", matrix)):
        slots = await ask(f"open_slots_{tree}", id=top, most=90)
        assert slots is not None
        nearest = plain.open_slots(top)[:90] if tree == "binary" or placed else []
        assert list(zip(slots["levels"], slots["parent_ids"], slots["slots"], strict=True)) == nearest, tree


@pytest.mark.parametrize(("top", "people"), SHAPES)
async def test_a_place_in_a_big_shape_is_found_without_a_walk(
    ugly: Ugly, endpoints: Endpoints, top: str, people: int
) -> None:
    """In a perfect tree, a line and a wide frontline."""
    binary, matrix = (ugly.graph.library[f"procedures/find_place_{tree}"] for tree in ("binary", "matrix"))
    found = {strategy: hits_of(endpoints, binary, id=top, strategy=strategy) for strategy in STRATEGIES}
    assert found == {strategy: max(1, min(hits, most_hits(strategy, people))) for strategy, hits in found.items()}
    assert 0 < hits_of(endpoints, matrix, id=top) <= most_hits("first_open", people)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize(("root", "depth"), [("B0", 20), ("S0", 10_000), ("F0", 2), ("F1", 20)])
async def test_a_big_shape_as_of_before_and_after_it_changed(
    ask: Ask, ugly: Ugly, tree: str, root: str, depth: int
) -> None:
    now = ms(2026, 4, 20)
    found = await pages(ask, f"downline_as_of_{tree}", id=root, at=now, seq=10**9, depth=depth, page=20_000)
    expected = ugly.plain.downline(tree, root, depth)
    assert [(level, id) for p in found for level, id in zip(p["levels"], p["ids"], strict=True)] == expected
    before = await pages(
        ask, f"downline_as_of_{tree}", id=root, at=ms(2025, 12, 31), seq=10**9, depth=depth, page=20_000
    )
    assert [p["ids"] for p in before] == [[]]
    if (tree, root) == ("matrix", "B0"):
        then = await pages(
            ask, "downline_as_of_matrix", id=root, at=ms(2026, 3, 1), seq=10**9, depth=depth, page=20_000
        )
        assert sum(len(p["ids"]) for p in then) == BALANCED - 1 > len(expected)


@pytest.mark.parametrize(
    "name", sorted({path.stem for path in (CYPHER_ROOT / "procedures").glob("*.cypher")} - THOSE_THAT_ASK)
)
async def test_every_installed_name_answers_as_its_file(ugly: Ugly, name: str) -> None:
    """Those that nobody has thought of yet among them."""
    statement = ugly.graph.library[f"procedures/{name}"]
    params: dict[str, Any] = {one.name: ASKED[one.name] for one in statement.parameters if one.required}
    answer = await ugly.graph.adhoc(
        call_text(statement), statement.bind(params), timeout_s=120, max_rows=10, max_bytes=10**8
    )
    assert len(answer.rows) == 1
    by_name = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert by_name == await ugly.graph.read_one(statement.name, params)


ASKED = {
    "id": "D3",
    "other_id": "W1",
    "top_id": "D0",
    "period": MARCH,
    "ranks": ["Gold"],
    "at": ms(2026, 4, 1),
    "seq": 200_000,
}
"""Whatever a procedure must be told."""


async def test_outside_end_of_a_leg(ask: Ask, ugly: Ugly) -> None:
    for id in ("D0", "D5", "L3", "L100", "L1999", "B0", "S4", "F0"):
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
