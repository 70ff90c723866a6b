"""How each fault is done: while the load flows, until the part is back. Each tells how long something was away, and
what shows that the fault was the one that was meant."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import redis

from loadtests.faults.callers import Callers
from loadtests.faults.house import Service, until
from loadtests.faults.members import Process
from loadtests.faults.schedule import Fault, Kind

STALL_S: Final = 3.0
STEPPED_DOWN: Final = "stepped down"
"""What a worker's log says when it finds that another reigns."""
CLOSE_S: Final = 0.005
"""Between two looks for a commit."""


@dataclass(frozen=True, slots=True)
class Done:
    """Seconds that the part, or its work, was away; and what shows it."""

    away_s: float
    evidence: str = ""


async def _kill_api(service: Service, _callers: Callers, fault: Fault) -> Done:
    began, process = time.monotonic(), service.apis[fault.member]
    await asyncio.to_thread(process.kill)
    process.start()
    await service.whole()
    return Done(time.monotonic() - began)


async def _kill_worker(service: Service, _callers: Callers, _fault: Fault) -> Done:
    worker, cursor = await _reigning(service), await service.cursor()
    began = time.monotonic()
    await asyncio.to_thread(worker.kill)
    await _replace(service, worker, cursor["epoch"])
    return Done(time.monotonic() - began)


async def _kill_worker_before_refresh(service: Service, _callers: Callers, _fault: Fault) -> Done:
    """While Redis is stopped no refresh can end, so whoever commits then has not refreshed when it is killed."""
    worker = await _reigning(service)
    service.ground.redis.freeze()
    try:
        before = await service.cursor()

        async def committed() -> bool:
            return bool((await service.cursor())["seq"] > before["seq"])

        await until("the roll-up commits", committed, pause_s=CLOSE_S)
        began = time.monotonic()
        await asyncio.to_thread(worker.kill)
        counted = (await service.cursor())["seq"]
    finally:
        service.ground.redis.thaw()
    refreshed = await service.refreshed()
    if refreshed is not None and refreshed >= counted:
        raise RuntimeError(f"fact {counted} was refreshed although Redis was stopped")
    done = "no generation" if refreshed is None else f"refreshed to {refreshed}"
    await _replace(service, worker, before["epoch"])
    return Done(time.monotonic() - began, f"counted to {counted}, {done}")


async def _replace(service: Service, worker: Process, epoch: int) -> None:
    """Another reigns, which may be the one that comes back."""
    worker.start()

    async def taken_over() -> bool:
        return bool((await service.cursor())["epoch"] > epoch)

    await until("another worker reigns", taken_over)
    await service.whole()


async def _kill_neo4j(service: Service, _callers: Callers, _fault: Fault) -> Done:
    began = time.monotonic()
    await asyncio.to_thread(service.ground.neo4j.kill)
    await asyncio.to_thread(service.ground.neo4j.start)
    await service.whole()
    return Done(time.monotonic() - began)


async def _kill_redis(service: Service, _callers: Callers, _fault: Fault) -> Done:
    began = time.monotonic()
    await asyncio.to_thread(service.ground.redis.kill)
    await asyncio.sleep(STALL_S)
    await asyncio.to_thread(service.ground.redis.start)
    return Done(time.monotonic() - began)


async def _stall_redis(service: Service, _callers: Callers, _fault: Fault) -> Done:
    service.ground.redis.freeze()
    try:
        await asyncio.sleep(STALL_S)
    finally:
        service.ground.redis.thaw()
    return Done(STALL_S)


async def _flush_redis(service: Service, _callers: Callers, _fault: Fault) -> Done:
    with redis.Redis.from_url(service.ground.endpoints.redis_url) as client:
        await asyncio.to_thread(client.flushall)
    return Done(0.0)


async def _old_leader(service: Service, _callers: Callers, _fault: Fault) -> Done:
    """Wherever it was: its transaction keeps the cursor from others until the time limit of a step."""
    old = await _reigning(service)
    old.freeze()
    return await _sleep_through_a_reign(service, old)


async def _resting_leader(service: Service, callers: Callers, _fault: Fault) -> Done:
    """With nothing to count, and so mostly without a transaction: another waits for the lease alone."""
    await callers.pause()
    await until("every fact is counted", service.counted)
    old = await _reigning(service)
    old.freeze()
    callers.flow()
    return await _sleep_through_a_reign(service, old)


async def _sleep_through_a_reign(service: Service, old: Process) -> Done:
    """It is stopped, and goes on when another has counted facts."""
    began, told = time.monotonic(), old.output().count(STEPPED_DOWN)
    try:
        before = await service.cursor()

        async def another_counts() -> bool:
            now = await service.cursor()
            return bool(now["epoch"] > before["epoch"] and now["seq"] > before["seq"])

        await until("another worker counts", another_counts)
        away = time.monotonic() - began
    finally:
        old.thaw()

    async def stepped_down() -> bool:
        return old.output().count(STEPPED_DOWN) > told

    await until("the old leader steps down", stepped_down)
    after = await service.cursor()
    told_by = f"stopped at fact {before['seq']} in reign {before['epoch']}, stepped down in reign {after['epoch']}"
    return Done(away, told_by)


async def _reigning(service: Service) -> Process:
    found: list[Process] = []

    async def one() -> bool:
        worker = await service.reigning()
        found.extend([worker] if worker else [])
        return worker is not None

    await until("a worker reigns", one)
    return found[0]


_HOW: Final[Mapping[Kind, Callable[[Service, Callers, Fault], Awaitable[Done]]]] = {
    "api": _kill_api,
    "worker": _kill_worker,
    "worker_before_refresh": _kill_worker_before_refresh,
    "neo4j": _kill_neo4j,
    "redis": _kill_redis,
    "old_leader": _old_leader,
    "resting_leader": _resting_leader,
    "redis_stalled": _stall_redis,
    "redis_flushed": _flush_redis,
}


async def do(service: Service, callers: Callers, fault: Fault) -> Done:
    """The fault, and its end."""
    return await _HOW[fault.kind](service, callers, fault)
