"""Who answers: several workers, killed ones, slow ones, and servers that are away."""

import asyncio
import json
import signal
import statistics
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app.asked.repository import AskedRepository
from app.asked.service import AskedService
from app.clock import SystemClock
from app.doctor.service import Doctor
from app.facts.errors import OutcomeUnknownError
from app.facts.writer import FactWriter
from app.generator import CompanySpec, generate, write_company
from app.graph import GraphDatabase
from app.imports.offline.service import NotEmptyError, start_of
from app.imports.progress import Stages
from app.runtime import Endpoints
from app.settings import Settings
from app.wiring import House, asked_service, build_house
from app.workers.asked import PAUSE_S, QUIET_AFTER_S, QUIET_PAUSE_S, AskedWorker
from tests.component.asked.conftest import Bolt, answer_all, count
from tests.component.trees.hits import hits_of
from tests.component.volumes.company import TestClock

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
LINE = 20


async def ask_for_a_line(bolt: Bolt) -> None:
    """Each below the one before, so that only the order of asking is accepted."""
    for n in range(LINE):
        below: dict[str, Any] = {"parent_id": f"L{n - 1}", "slot": 1} if n else {}
        await bolt.enrol(f"L{n}", f"L{n - 1}" if n else None, **below)


async def facts(bolt: Bolt) -> list[list[Any]]:
    return await bolt.look("MATCH (f:Fact) RETURN f.seq, f.key ORDER BY f.seq")


async def until_answered(bolt: Bolt, key: str) -> dict[str, Any]:
    while (row := await bolt.answer(key))["state"] == "waiting":
        await asyncio.sleep(0.005)
    return row


IN_ORDER = [[n + 1, f"enrol-L{n}"] for n in range(LINE)]


async def test_of_two_workers_one_answers_and_the_other_goes_on_when_it_ends(
    bolt: Bolt, graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    houses = [build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock()) for _ in "12"]
    workers = [AskedWorker(asked_service(house), holder=name) for house, name in zip(houses, "ab", strict=True)]
    stops = [asyncio.Event() for _ in workers]
    tasks = []
    for worker, stop in zip(workers, stops, strict=True):
        tasks.append(asyncio.create_task(worker.run(stop)))
        await asyncio.sleep(0.3)
    await ask_for_a_line(bolt)
    await until_answered(bolt, f"enrol-L{LINE - 1}")
    assert await facts(bolt) == IN_ORDER
    assert await bolt.look("MATCH (c:Cursor {name: 'answers'}) RETURN c.holder") == [["a"]]
    stops[0].set()
    await tasks[0]
    await bolt.enrol("M", "L0")
    assert (await until_answered(bolt, "enrol-M"))["state"] == "done"
    assert await bolt.look("MATCH (c:Cursor {name: 'answers'}) RETURN c.holder") == [["b"]], "it was given back"
    stops[1].set()
    await tasks[1]


async def test_workers_who_all_believe_that_it_is_their_turn_do_no_harm(
    bolt: Bolt, graph: GraphDatabase, test_settings: Settings, tmp_path: Path, clock: TestClock
) -> None:
    await ask_for_a_line(bolt)
    settings = test_settings.model_copy(update={"data_dir": tmp_path})
    services = [asked_service(build_house(settings, graph, clock)) for _ in range(4)]
    ends = [end for some in await asyncio.gather(*map(answer_all, services)) for end in some]
    assert set(ends) <= {"done", "answered before"}
    assert await facts(bolt) == IN_ORDER
    answers = await bolt.look("MATCH (a:Asked) RETURN a.seq, a.key ORDER BY a.seq")
    assert answers == IN_ORDER


async def test_a_worker_that_slept_writes_nothing_of_what_was_refused_meanwhile(
    house: House, service: AskedService, bolt: Bolt
) -> None:
    await bolt.enrol("D0", None)
    await answer_all(service)
    await bolt.enrol("D2", "D1")
    asked = await AskedRepository(house.graph).next(0)
    assert asked is not None
    assert await service.answer_next() == "refused", "D1 is not there yet"
    await bolt.enrol("D1", "D0")
    assert await service.answer_next() == "done"
    before = await bolt.everything()
    assert await service.answer(asked) == "answered before", "by now it would be accepted"
    assert await bolt.everything() == before
    assert (await bolt.answer("enrol-D2"))["problem"] == "/problems/unknown-distributor"


async def test_a_worker_that_slept_refuses_nothing_that_was_written_meanwhile(
    house: House, service: AskedService, bolt: Bolt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It found no sponsor; another worker, who looked later, did."""
    await bolt.enrol("D0", None)
    await answer_all(service)
    await bolt.enrol("D1", "nobody")
    refuse = AskedRepository.refuse

    async def late(self: AskedRepository, *said: Any) -> bool:
        await bolt.look("MATCH (a:Asked {key: 'enrol-D1'}) SET a.sponsor_id = 'D0'")
        monkeypatch.setattr(AskedRepository, "refuse", refuse)
        assert await asked_service(house).answer_next() == "done"
        return await refuse(self, *said)

    monkeypatch.setattr(AskedRepository, "refuse", late)
    assert await service.answer_next() == "answered before"
    answered = await bolt.answer("enrol-D1")
    assert (answered["state"], answered["seq"], answered["problem"]) == ("done", 2, None)


KILLS = {
    "before anything": ("queries/asked/next", 1),
    "with the fact written, not committed": ("queries/facts/append_facts", 1),
    "with fact and answer written, not committed": ("queries/asked/answer", 1),
    "between two commands": ("queries/asked/next", 2),
    "in the second one": ("queries/asked/answer", 2),
}


@pytest.mark.parametrize("point", KILLS)
async def test_a_killed_worker_leaves_a_fact_with_its_answer_or_neither(
    house: House, bolt: Bolt, endpoints: Endpoints, tmp_path: Path, point: str
) -> None:
    for id, sponsor in (("D0", None), ("D1", "D0"), ("D2", "D0")):
        await bolt.enrol(id, sponsor, strategy="first_open" if sponsor else None)

    async def worker(die_at: str, nth: int = 1) -> int:
        config = {"endpoints": asdict(endpoints), "data_dir": str(tmp_path), "die_at": die_at, "nth": nth}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.component.asked.answering_process", json.dumps(config)
        )
        return await process.wait()

    die_at, nth = KILLS[point]
    assert await worker(die_at, nth) == -signal.SIGKILL
    left = await bolt.look("MATCH (a:Asked) WHERE a.seq IS NOT NULL RETURN a.seq, a.key ORDER BY a.seq")
    assert await facts(bolt) == left
    assert len(left) == nth - 1
    assert await worker("") == 0
    assert await facts(bolt) == [[1, "enrol-D0"], [2, "enrol-D1"], [3, "enrol-D2"]]
    assert {(await bolt.answer(f"enrol-D{n}"))["state"] for n in range(3)} == {"done"}
    await count(house)
    diagnosis = await Doctor(house.graph).examine(lambda _: None)
    assert diagnosis.healthy


class BugError(Exception):
    """Nobody foresaw it."""


@pytest.mark.parametrize(
    "trouble", [OutcomeUnknownError("the database is away"), BugError("a bug")], ids=["away", "bug"]
)
async def test_what_cannot_be_decided_waits_and_after_three_tries_others_pass(
    service: AskedService, bolt: Bolt, clock: TestClock, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    submit_with = FactWriter.submit_with

    async def troubled(self: FactWriter, submission: Any, follow: Any) -> Any:
        if submission.key == "enrol-D0":
            raise trouble
        return await submit_with(self, submission, follow)

    monkeypatch.setattr(FactWriter, "submit_with", troubled)
    await bolt.enrol("D0", None)
    await bolt.enrol("D1", "D0")
    for tries in (1, 2):
        assert await service.answer_next() == "again"
        assert await service.answer_next() is None, "whoever asked later may build on it"
        waits = await bolt.answer("enrol-D0")
        assert (waits["state"], waits["tries"], waits["problem"]) == ("waiting", tries, None)
        clock.pass_ms(1_000)
    assert await service.answer_next() == "again"
    assert await service.answer_next() == "refused"
    assert (await bolt.answer("enrol-D1"))["problem"] == "/problems/unknown-distributor"
    assert await service.answer_next() is None
    clock.pass_ms(60_000)
    assert await service.answer_next() == "again"
    monkeypatch.setattr(FactWriter, "submit_with", submit_with)
    clock.pass_ms(60_000)
    assert await service.answer_next() == "done"
    assert ((await bolt.answer("enrol-D0"))["tries"], await facts(bolt)) == (4, [[1, "enrol-D0"]])


async def test_doctor_audit_export_and_import_know_nothing_of_it(
    house: House, service: AskedService, bolt: Bolt, tmp_path: Path
) -> None:
    """One is done, one refused, one waits; what waits outlives an import, but for one that builds a new store."""
    write_company(generate(CompanySpec(30, 1, ("2026-01",))), tmp_path / "in")
    await house.periods.open("2026-01", "UTC", key="open", actor="test")
    await bolt.enrol("X1", "D0000007")
    with pytest.raises(NotEmptyError, match="asked for over Bolt wait"):
        await start_of(house.graph)
    report = await house.imports.run(tmp_path / "in", Stages.untold())
    assert report.imported, report.bad_lines
    await house.exports.run(tmp_path / "before", "csv", lambda _: None, actor="test")
    assert await answer_all(service) == ["done"], "its sponsor came by the import"
    await bolt.enrol("X2", "nobody")
    assert await answer_all(service) == ["refused"]
    await bolt.enrol("X3", "X1")
    await house.exports.run(tmp_path / "after", "csv", lambda _: None, actor="test")
    before, after = ((tmp_path / name / "distributors.csv").read_text().splitlines() for name in ("before", "after"))
    assert [line.split(",")[0] for line in after if line not in before] == ["X1"]
    await count(house)
    assert (await Doctor(house.graph).examine(lambda _: None)).healthy
    assert (await house.audit.verify()).intact
    await house.audit_exports.person("X1", tmp_path / "dispute", actor="legal")
    assert "bolt:ann" in (tmp_path / "dispute" / "facts.csv").read_text()


async def test_a_look_costs_as_little_however_many_wait_and_were_answered(bolt: Bolt, endpoints: Endpoints) -> None:
    """Database hits by PROFILE: of the look that an idle worker repeats, of the answer, and of asking."""
    library = bolt.graph.library
    person = "{key: '%s' + n, kind: 'enrol', actor: 'a', tries: 0%s})"
    hits = []
    for some in (0, 900):
        answered = person % (f"done{some}-", ", answered_at: n")
        await bolt.look(f"UNWIND range(1, {some}) AS n CREATE (:Asked {answered}")
        await bolt.look(f"UNWIND range(1, {some + 1}) AS n CREATE (:Asked {person % (f'waits{some}-', ', waiting: n')}")
        look = hits_of(endpoints, library["queries/asked/next"], now=0, patience=3)
        hits.append((look, hits_of(endpoints, library["procedures/answer"], key="waits0-1")))
        await bolt.look("MATCH (a:Asked) WHERE a.waiting > 0 AND a.key <> 'waits0-1' DETACH DELETE a")
    assert hits[0] == hits[1]
    assert max(hits[0]) < 30, hits


async def test_whoever_asks_an_idle_worker_is_soon_answered(
    bolt: Bolt, graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock())
    stop = asyncio.Event()
    working = asyncio.create_task(AskedWorker(asked_service(house), holder="w").run(stop))
    waits, queued = list[float](), list[int]()
    for n in range(25):
        asked = time.monotonic()
        await bolt.enrol(f"D{n}", "D0" if n else None, strategy="first_open" if n else None)
        row = await until_answered(bolt, f"enrol-D{n}")
        waits.append((time.monotonic() - asked) * 1000)
        queued.append(row["answered_at"] - row["asked_at"])
        assert row["state"] == "done"
        await asyncio.sleep(0.03)
    stop.set()
    await working
    waits, queued = waits[5:], queued[5:]  # the first ones fill caches
    print(
        f"ms from call to answer: median {statistics.median(waits):.0f}, longest {max(waits):.0f}; "
        f"from asking to decision: median {statistics.median(queued):.0f}, longest {max(queued)}"
    )
    assert statistics.median(waits) < 1_000, "a machine that does other things besides is allowed for"


async def test_a_worker_looks_less_often_where_nobody_asks(
    bolt: Bolt, graph: GraphDatabase, test_settings: Settings, tmp_path: Path
) -> None:
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, SystemClock())
    now = [1_000.0]
    worker = AskedWorker(asked_service(house), holder="w", monotonic=lambda: now[0])
    assert await worker._turn() == QUIET_PAUSE_S
    await bolt.enrol("D0", None)
    assert await worker._turn() == 0.0
    assert await worker._turn() == PAUSE_S, "who asked may ask again"
    now[0] += QUIET_AFTER_S
    assert await worker._turn() == QUIET_PAUSE_S
