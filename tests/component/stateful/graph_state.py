"""What the graph holds, read by one statement, against what the model says that it must hold."""

from dataclasses import dataclass, field
from typing import Any

from app.facts.commands import Tree
from app.graph import GraphDatabase
from tests.component.stateful.model import TREES, Model, Person

_STATE = """
MATCH (head:Head {name: 'head'}), (cursor:Cursor {name: 'rollup'})
RETURN head {.*} AS head, cursor {.*} AS cursor, COUNT { (:Fact) } AS facts,
       COLLECT { MATCH (d:Distributor) RETURN d {.*} ORDER BY d.ix } AS people,
       COLLECT { MATCH (c)-[e:SPONSORED_BY]->(p)
                 RETURN [c.ix, p.ix, e.child, e.parent, 0, e.valid_from] } AS sponsor,
       COLLECT { MATCH (c)-[e:PLACED_UNDER]->(p)
                 RETURN [c.ix, p.ix, e.child, e.parent, e.slot, e.valid_from] } AS binary,
       COLLECT { MATCH (c)-[e:SEATED_UNDER]->(p)
                 RETURN [c.ix, p.ix, e.child, e.parent, e.slot, e.valid_from] } AS matrix,
       COLLECT { MATCH (t:Tally) RETURN t {.*} } AS tallies,
       COLLECT { MATCH (p:Period) RETURN [p.calendar, p.number, p.state = 'open'] } AS periods
"""
SLOTTED: tuple[Tree, ...] = ("binary", "matrix")
_SPOTS = ("run_top", "left_end", "right_end", "open_distance", "open_side")
NOBODY = -1


@dataclass(slots=True)
class Reign:
    """Who rolls up, since which epoch and until when at least."""

    holder: str = ""
    epoch: int = 0
    lease_until: int = 0


@dataclass(slots=True)
class Expected:
    """Beside the model: what the writer and the roll-up keep for themselves."""

    reign: Reign = field(default_factory=Reign)
    commits: int = 0
    """How often Head was locked: a group that failed as a whole would be written command by command."""
    depths: dict[Tree, int] = field(default_factory=lambda: dict.fromkeys(TREES, 0))
    """To how many levels volumes are kept."""


async def assert_holds(graph: GraphDatabase, model: Model, expected: Expected) -> None:
    """Trees, slots, what people keep of their places, periods, the cursor, and every tally as of the cursor."""
    answer = await graph.adhoc(_STATE, timeout_s=30, max_rows=1, max_bytes=10**8)
    state = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert (state["head"]["seq"], state["facts"], state["head"]["people"]) == (model.seq, model.seq, len(model.people))
    assert state["head"].get("locks", 0) == expected.commits
    reign = expected.reign
    cursor = [state["cursor"][name] for name in ("seq", "holder", "epoch", "lease_until")]
    assert cursor == [model.cursor, reign.holder, reign.epoch, reign.lease_until]
    periods = {(calendar, one.number, one.closed is None) for calendar, of in model.periods.items() for one in of}
    assert {tuple(period) for period in state["periods"]} == periods
    _assert_edges(state, model)
    _assert_people(state["people"], model)
    _assert_tallies(state["tallies"], model, expected.depths)


def _assert_edges(state: dict[str, Any], model: Model) -> None:
    ix = {id: number for number, id in enumerate(model.people)}
    for tree in TREES:
        places = {id: model.place(tree, id) for id in model.stays[tree]}
        expected = [
            [ix[id], ix[place.parent], ix[id], ix[place.parent], place.slot, place.since]
            for id, place in places.items()
            if place is not None
        ]
        assert sorted(state[tree]) == sorted(expected), f"live edges of the {tree} tree"
    for tree in ("binary", "matrix"):
        slots = [(parent, slot) for _, parent, _, _, slot, _ in state[tree]]
        assert len(set(slots)) == len(slots), f"two people in one slot of the {tree} tree"


def _assert_people(people: list[dict[str, Any]], model: Model) -> None:
    ix: dict[str | int | None, int] = {id: number for number, id in enumerate(model.people)}
    spots, in_matrix = model.spots(), model.nearest("matrix") if model.width else {}
    assert [person["id"] for person in people] == list(model.people)
    for number, (found, person) in enumerate(zip(people, model.people.values(), strict=True)):
        kept = {name: ix.get(value, value) for name, value in spots[person.id].items()}
        expected = {"ix": number} | _place_of(model, person, ix) | _standing_of(person) | kept
        assert {name: found.get(name) for name in expected} == expected, person.id
        nearest = found.get("matrix_open_distance", 0), found.get("matrix_open_slot", 0)
        assert nearest == in_matrix.get(person.id, (0, 0)), f"the open slot nearest to {person.id} in the matrix"


def _place_of(model: Model, person: Person, ix: dict[str | int | None, int]) -> dict[str, Any]:
    place, seat = (model.place(tree, person.id) for tree in SLOTTED)
    return {
        "sponsor_ix": ix.get(model.above("sponsor", person.id), NOBODY),
        "parent_ix": ix[place.parent] if place else NOBODY,
        "slot": place.slot if place else 0,
        "matrix_parent_ix": ix[seat.parent] if seat else None,
        "matrix_slot": seat.slot if seat else None,
    }


def _standing_of(person: Person) -> dict[str, Any]:
    until, strategy = person.tank or (None, None)
    return {
        "enrolled_at": person.enrolled_at,
        "enrol_seq": person.seq,
        "status": person.status,
        "terminated_at": person.terminated_at,
        "consequence": person.consequence,
        "preference": person.preference or None,
        "held_until": until,
        "held_for": strategy,
    }


def _assert_tallies(tallies: list[dict[str, Any]], model: Model, depths: dict[Tree, int]) -> None:
    ids = list(model.people)
    stored = {(tally["calendar"], ids[tally["ix"]]): tally for tally in tallies}
    assert len(stored) == len(tallies)
    counted = model.year.people(model.cursor)
    assert {id for calendar, id in stored if calendar == "monthly"} == set(counted)
    for tree in model.trees:
        absent = None if tree != "matrix" else 1  # nothing was counted there yet
        heads = {id: stored["monthly", id].get(f"{tree}_count", absent) for id in counted}
        assert heads == model.heads(tree, model.cursor), f"heads of the {tree} tree at fact {model.cursor}"
        # A repair names newer ones than there need be, so that no page of before it is served.
        for id, version in model.versions(tree, model.cursor).items():
            assert version <= stored["monthly", id][f"{tree}_seq"] <= model.cursor, f"{tree} version of {id}"
    for calendar in model.periods:
        for slot, period in model.newest_of_each_slot(calendar).items():
            for id, figures in model.figures(period, depths).items():
                tally = stored.get((calendar, id), {})
                tally = tally if tally.get(f"period_{slot}") == period.number else {}
                found = {name: _figure(tally.get(f"{name}_{slot}"), value) for name, value in figures.items()}
                assert found == figures, f"volumes of {id} in {calendar} {period.number} at fact {model.cursor}"


def _figure(stored: Any, expected: int | list[int]) -> int | list[int]:
    """A stored figure as the expected one is written: nothing stored is zero, and levels end at the kept depth."""
    if isinstance(expected, list):
        return [*(stored or []), *[0] * len(expected)][: len(expected)]
    return int(stored or 0)


async def assert_was(graph: GraphDatabase, model: Model, *, top: str, at: int, seq: int) -> None:
    """Who stood below somebody at an instant as known at a fact, by the procedures."""
    for tree in model.trees:
        asked = {"id": top, "at": at, "seq": seq, "depth": 10_000, "page": 1_000}
        row = await graph.read_one(f"procedures/downline_as_of_{tree}", asked)
        assert row is not None
        found = list(zip(row["levels"], row["ids"], row["parent_ids"], row["slots"], strict=True))
        assert found == model.downline(tree, top, at, seq), f"below {top} in the {tree} tree at {at} known at {seq}"
        person = model.people[top]
        assert row["enrolled"] == (person.seq <= seq and person.enrolled_at <= at)
