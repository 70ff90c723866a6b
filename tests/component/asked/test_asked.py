"""Enrol, place and move by CALL over Bolt: asked for there, decided by the one writer, told there."""

import asyncio
import random
from typing import Any

import pytest

from app.asked.service import AskedService
from app.clock import zulu
from app.doctor.service import Doctor
from app.facts.commands import Enrol, KeepMatrix, Submission
from app.places.strategies import STRATEGIES, Strategy
from app.wiring import House
from tests.component.asked.conftest import AT, Bolt, Row, answer_all, count
from tests.component.places.model import PlainPlaces
from tests.component.volumes.company import TestClock, ms

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
BY_TREE: tuple[Strategy, ...] = tuple(one for one in STRATEGIES if "volume" not in one and one != "preference")


async def healthy(house: House) -> None:
    await count(house)
    diagnosis = await Doctor(house.graph).examine(lambda _: None)
    assert [problem for checkup in diagnosis.checkups for problem in checkup.problems] == []
    assert (await house.audit.verify()).intact


class Caller:
    """Asks, looks that nothing happened by it, and has it answered."""

    def __init__(self, bolt: Bolt, service: AskedService) -> None:
        self._bolt, self._service, self._keys = bolt, service, 0

    async def __call__(self, procedure: str, /, **params: Any) -> Row:
        self._keys += 1
        key, before = f"call {self._keys}", await self._bolt.everything()
        asked = await self._bolt.ask(procedure, key=key, **params)
        assert (asked["state"], asked["kind"], asked["seq"], asked["answered_at"]) == ("waiting", procedure, None, None)
        assert await self._bolt.everything() == before
        assert await self._service.answer_next() in ("done", "refused")
        answered = await self._bolt.answer(key)
        assert answered["answered_at"] is not None
        assert await self._bolt.ask(procedure, key=key, **params) == answered, "the same call tells the same"
        return answered


async def test_people_stand_where_the_plain_model_has_them(
    house: House, service: AskedService, bolt: Bolt, clock: TestClock
) -> None:
    """Enrolments and places by every strategy and by hand, moves by slot, by strategy and to other sponsors."""
    rng, call, plain, sponsors = random.Random(4), Caller(bolt, service), PlainPlaces(), dict[str, str]()
    top = await call("enrol", id="P0", sponsor_id=None, name="Top", enrolled_at=AT)
    assert (top["state"], top["seq"], top["parent_id"]) == ("done", 1, None)
    ids, seq = ["P0"], 1
    for number in range(1, 46):
        sponsor, strategy, id = rng.choice(ids), BY_TREE[number % len(BY_TREE)], f"P{number}"
        await count(house)  # moves count where people do
        clock.pass_ms(60_000)  # a slot that somebody left is not given from before that
        now = zulu(clock.now())
        place = plain.find(strategy, sponsor)
        said: dict[str, Any] = {"id": id, "sponsor_id": sponsor, "name": f"Name {id}", "enrolled_at": now}
        how: dict[str, Any] = {"strategy": strategy}
        if number % 4 == 0:
            how = {"parent_id": place[0], "slot": place[1]}
        if number % 3 == 0:
            bare = await call("enrol", **said)
            assert (bare["state"], bare["parent_id"], bare["slot"]) == ("done", None, 0)
            done, seq = await call("place", id=id, placed_at=now, **how), seq + 1
        else:
            done = await call("enrol", **said, **how)
        seq += 1
        assert (done["state"], done["seq"], done["id"]) == ("done", seq, id)
        assert (done["parent_id"], done["slot"]) == place, (strategy, sponsor)
        assert (done["why"] is None) == ("strategy" not in how)
        plain.put(id, *place)
        sponsors[id] = sponsor
        ids.append(id)
        if number % 5 == 0:
            seq += await moved(call, plain, rng, number)
            await count(house)
    mover, parent = "P44", next(id for id in ids[1:] if "P44" not in above(sponsors, id) and id != sponsors["P44"])
    done = await call("move", id=mover, tree="sponsor", new_parent_id=parent, reason="asked for")
    assert (done["state"], done["parent_id"], done["slot"]) == ("done", parent, 0)
    sponsors[mover] = parent
    edges = "MATCH (c)-[r:PLACED_UNDER]->(p) RETURN c.id, p.id, r.slot"
    assert {child: (p, slot) for child, p, slot in await bolt.look(edges)} == plain.parent
    edges = "MATCH (c)-[r:SPONSORED_BY]->(p) RETURN c.id, p.id"
    assert dict(map(tuple, await bolt.look(edges))) == sponsors
    actors = await bolt.look("MATCH (f:Fact) RETURN DISTINCT f.actor")
    assert actors == [["bolt:ann"]]
    await healthy(house)


def above(sponsors: dict[str, str], id: str) -> list[str]:
    way = [id]
    while way[-1] in sponsors:
        way.append(sponsors[way[-1]])
    return way


async def moved(call: Caller, plain: PlainPlaces, rng: random.Random, number: int) -> int:
    """Somebody goes elsewhere in the binary tree; how many facts that were."""
    mover = rng.choice([*plain.parent])
    top = rng.choice([id for id in plain.below("P0") if id not in plain.below(mover)])
    if number % 2:
        place = plain.find("first_open", top, mover)
        how: dict[str, Any] = {"new_parent_id": top, "strategy": "first_open"}
    else:
        _, parent, slot = next(slot for slot in plain.open_slots(top) if slot[1] not in plain.below(mover))
        place = parent, slot
        how = {"new_parent_id": parent, "slot": slot}
    done = await call("move", id=mover, tree="binary", reason="asked for", **how)
    if place == plain.parent[mover]:
        assert (done["state"], done["problem"]) == ("refused", "/problems/same-place")
        return 0
    assert (done["state"], done["parent_id"], done["slot"]) == ("done", *place), done
    plain.move(mover, *place)
    return 1


async def test_places_in_the_matrix_and_who_moves_alone(house: House, service: AskedService, bolt: Bolt) -> None:
    await house.writer.submit(Submission("matrix", "test", "", KeepMatrix(3, 9)))
    call = Caller(bolt, service)
    await call("enrol", id="D0", sponsor_id=None, name="Top", enrolled_at=AT)
    who = {"sponsor_id": "D0", "name": "N", "enrolled_at": AT}
    both = await call("enrol", id="D1", **who, strategy="outside_left", matrix_strategy="first_open")
    stands = [both[name] for name in ("parent_id", "slot", "matrix_parent_id", "matrix_slot")]
    assert stands == ["D0", 1, "D0", 1]
    assert both["matrix_why"] == "the first open slot below D0, on level 1"
    by_hand = await call("enrol", id="D2", **who, matrix_parent_id="D0", matrix_slot=3)
    assert (by_hand["parent_id"], by_hand["matrix_parent_id"], by_hand["matrix_slot"]) == (None, "D0", 3)
    await call("enrol", id="D3", **who)
    placed = await call("place", id="D3", placed_at=AT, strategy="first_open", tree="matrix")
    assert (placed["parent_id"], placed["slot"]) == ("D0", 2)
    below = await call("place", id="D2", placed_at=AT, parent_id="D1", slot=2)
    assert (below["parent_id"], below["slot"]) == ("D1", 2)
    held = await call("enrol", id="D4", **who, held_until="2026-03-20T00:00:00Z", strategy="outside_right")
    assert (held["parent_id"], held["slot"]) == (None, 0)
    [[kind, until]] = await bolt.look("MATCH (d:Distributor {id: 'D4'}) RETURN d.held_for, d.held_until")
    assert (kind, until) == ("outside_right", ms(2026, 3, 20))
    alone = await call("move", id="D1", tree="binary", new_parent_id="D0", slot=2, alone=True, reason="by herself")
    assert (alone["state"], alone["parent_id"], alone["slot"]) == ("done", "D0", 2)
    edges = await bolt.look("MATCH (c)-[r:PLACED_UNDER]->(p) RETURN c.id, p.id, r.slot ORDER BY c.id")
    assert edges == [["D1", "D0", 2], ["D2", "D0", 1]], "whoever stood below took the place"
    await healthy(house)


async def test_a_key_asks_once(house: House, service: AskedService, bolt: Bolt) -> None:
    first = await bolt.enrol("D0", None, reason="one")
    assert await bolt.enrol("D0", None, reason="another word for it", actor="bob") == first
    other = await bolt.enrol("D0", None, region="EU")
    assert (other["state"], other["problem"]) == ("refused", "/problems/idempotency-key-reused")
    assert other["detail"].startswith("Under this key something else was asked already: enrol D0.")
    assert (other["kind"], other["id"], other["asked_at"]) == (None, None, None)
    kind = await bolt.ask("place", key="enrol-D0", id="D0", placed_at=AT)
    assert kind["problem"] == "/problems/idempotency-key-reused"
    assert await answer_all(service) == ["done"]
    assert await bolt.look("MATCH (a:Asked) RETURN a.key, a.seq") == [["enrol-D0", 1]]
    again = await asyncio.gather(*(bolt.enrol("D1", "D0") for _ in range(12)))
    assert {row["state"] for row in again} == {"waiting"}
    assert await answer_all(service) == ["done"]
    assert [seq for [seq] in await bolt.look("MATCH (f:Fact) RETURN f.seq ORDER BY f.seq")] == [1, 2]


async def test_whoever_asks_at_once_is_numbered_one_by_one(service: AskedService, bolt: Bolt) -> None:
    await bolt.enrol("D0", None)
    rows = await asyncio.gather(*(bolt.enrol(f"D{n}", "D0", strategy="first_open") for n in range(1, 25)))
    assert {row["state"] for row in rows} == {"waiting"}
    numbers = await bolt.look("MATCH (a:Asked) RETURN a.waiting, a.key ORDER BY a.waiting")
    assert [number for number, _ in numbers] == list(range(1, 26))
    assert await answer_all(service) == ["done"] * 25
    facts = await bolt.look("MATCH (f:Fact) RETURN f.seq, f.key ORDER BY f.seq")
    assert facts == numbers, "decided in the order of asking"


async def test_a_key_of_the_api_is_the_same_key(house: House, service: AskedService, bolt: Bolt) -> None:
    """So a fact without its answer, however that came about, is found again by its key."""
    command = Enrol("D0", None, "Name D0", "", ms(2026, 3, 2))
    receipt = await house.writer.submit(Submission("enrol-D0", "api", "", command))
    assert (await bolt.enrol("D0", None))["state"] == "waiting"
    assert await answer_all(service) == ["done"]
    answered = await bolt.answer("enrol-D0")
    assert (answered["state"], answered["seq"]) == ("done", receipt.seq)
    await house.writer.submit(Submission("enrol-D1", "api", "", Enrol("D1", "D0", "Name D1", "", ms(2026, 3, 3))))
    await bolt.enrol("D1", "D0")
    assert await answer_all(service) == ["refused"]
    answered = await bolt.answer("enrol-D1")
    assert answered["problem"] == "/problems/idempotency-key-reused"
    assert "already stands for another command (Enrol, fact 2)" in answered["detail"]
    again = await house.writer.submit(Submission("enrol-D0", "api", "", command))
    assert (again.seq, again.replayed) == (1, True)


async def test_what_is_rolled_back_was_not_asked(service: AskedService, bolt: Bolt) -> None:
    call = f"CALL custom.genealogy.enrol('k', 'ann', 'D0', null, 'Top', '{AT}')"
    async with bolt.driver.session() as session:
        transaction = await session.begin_transaction()
        assert (await (await transaction.run(call)).single(strict=True))["state"] == "waiting"
        assert await service.answer_next() is None, "nobody sees it before the commit"
        await transaction.rollback()
    assert await bolt.call("answer", key="k") is None
    assert await bolt.look("MATCH (a:Asked) RETURN a.key") == []


async def test_a_transaction_that_stays_open_keeps_no_writer_waiting(
    house: House, service: AskedService, bolt: Bolt
) -> None:
    await bolt.enrol("D0", None)
    async with bolt.driver.session() as session:
        transaction = await session.begin_transaction()
        await (await transaction.run(f"CALL custom.genealogy.enrol('k', 'ann', 'D1', 'D0', 'N', '{AT}')")).consume()
        known = f"CALL custom.genealogy.enrol('enrol-D0', 'ann', 'D0', null, 'Name D0', '{AT}')"
        assert (await (await transaction.run(known)).single(strict=True))["state"] == "waiting"
        async with asyncio.timeout(4):  # the server's patience for a lock is longer
            assert await service.answer_next() == "done"
            await house.writer.submit(Submission("D2", "api", "", Enrol("D2", "D0", "N", "", ms(2026, 3, 2))))
        await transaction.commit()
    assert await answer_all(service) == ["done"]


BAD_KEYS = ["", " ", "x" * 201, "tab\tinside", "café", " before", "after ", None]


@pytest.mark.parametrize("key", BAD_KEYS, ids=repr)
async def test_a_key_that_is_none_asks_nothing(bolt: Bolt, key: str | None) -> None:
    row = await bolt.enrol("D0", None, key=key)
    assert (row["state"], row["problem"]) == ("refused", "/problems/invalid-input")
    assert row["detail"].startswith("key: 1 to 200 printable ASCII characters")
    assert await bolt.look("MATCH (a:Asked) RETURN a.key") == []


async def test_limits(service: AskedService, bolt: Bolt) -> None:
    for actor in ("", None):
        row = await bolt.enrol("D0", None, actor=actor)
        assert (row["state"], row["problem"], row["detail"]) == (
            "refused",
            "/problems/invalid-input",
            "actor: say who asks",
        )
    long = await bolt.enrol("D0", None, title="x" * 4_000)
    assert (long["state"], long["problem"]) == ("refused", "/problems/content-too-large")
    assert await bolt.look("MATCH (a:Asked) RETURN a.key") == []
    await bolt.enrol("D0", None, title="x" * 3_000, key="long")
    assert await answer_all(service) == ["refused"]
    assert (await bolt.answer("long"))["fields"] == ["body.title: String should have at most 200 characters"]
    fill = (
        "UNWIND range(1, 999) AS n CREATE (:Asked {key: 'fill' + n, kind: 'enrol', actor: 'a', waiting: n, tries: 0})"
    )
    await bolt.look(fill)
    assert (await bolt.enrol("D0", None))["state"] == "waiting"
    full = await bolt.enrol("D1", "D0")
    assert (full["state"], full["problem"]) == ("refused", "/problems/too-many-asked")
    assert (await bolt.enrol("D0", None))["state"] == "waiting", "whoever asked before is told"
    assert await bolt.call("answer", key="enrol-D1") is None
    assert await service.answer_next() == "refused", "nothing is said in it"
    assert (await bolt.enrol("D1", "D0"))["state"] == "waiting"


async def test_what_was_answered_long_ago_is_forgotten(service: AskedService, bolt: Bolt, clock: TestClock) -> None:
    await bolt.enrol("D0", None)
    await bolt.enrol("D1", "nobody")
    assert await answer_all(service) == ["done", "refused"]
    done = await bolt.answer("enrol-D0")
    clock.set(2026, 3, 21)
    assert await service.forget() == 0
    await bolt.enrol("D2", "D0")
    clock.set(2026, 3, 23)
    assert await service.forget() == 2
    assert await bolt.look("MATCH (a:Asked) RETURN a.key") == [["enrol-D2"]], "what waits stays"
    assert await bolt.call("answer", key="enrol-D0") is None
    await bolt.enrol("D0", None)
    assert await answer_all(service) == ["done", "done"]
    assert (await bolt.answer("enrol-D0"))["seq"] == done["seq"], "the fact is known by its key for ever"
