"""`python -m loadtests.live_ranks`: how soon an order is in a rank that can be read and that is pushed, under load.

A company filled offline on servers of our own, in the month that holds all its orders; the API in a process as beside
workers elsewhere, and a worker in another. Orders come at a rate, whatever becomes of those before. Some of them, the
probes, make their seller a rank that nobody else has. From a probe's answer on it is asked again and again until the
live rank knows it, and two streams wait for the push: one of the staff, and one of the distributor at the top, who is
told of facts besides, at the pace of distributors. Then a second worker keeps up, the first one is killed, and probes
go on until one is read and one is pushed. Callers, readers and servers share the machine: the load average stands
beside the figures.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from app.clock import from_ms, zulu
from app.errors import BanyanError
from app.logs import configure_logs
from app.periods.months import month
from app.plans.loader import library, parse_plan
from app.plans.models import Plan
from app.runtime import Endpoints
from app.wiring import House
from loadtests.api_process import ApiProcess, api_process, bearer
from loadtests.company import ACTOR, Somebody, id_of, size_of
from loadtests.filling import begin, filled_offline, make, serving, settings_in
from loadtests.http_client import Connection
from loadtests.report import head, say, whisper, write
from loadtests.sheet import Sheet
from loadtests.timing import percentile
from loadtests.trees import HEAVY_TAILED, MONTH, SEED
from loadtests.worker_process import WorkerProcess, worker_process

COMMITTED: Final = Path("bench/live_ranks.json")
"""Of whole runs only; the others go where git does not look."""
OTHERS: Final = Path("out/live_ranks.json")
WHOLE: Final = (1_000_000, 200.0, 600.0)
QUICK: Final = (2_000, 20.0, 5.0)
"""People, orders a second, seconds."""
PROMISED_MS: Final = 2_000.0
"""From an order's answer to the new rank, the 99th percentile."""
TAKEOVER_PROMISED_S: Final = 10.0
PROBES_A_SECOND: Final = 5.0
PROBE: Final = "Probe"
PROBE_PV: Final = "20000.00"
CONNECTIONS: Final = 256
"""Orders under way at most."""
READERS: Final = 32
ASK_AGAIN_S: Final = 0.1
"""Counted in what is measured; asking more often would be most of the load."""
LOST_AFTER_S: Final = 15.0
READY_WITHIN_S: Final = 600.0
AGAIN_S: Final = 0.25
"""Between two probes around a takeover."""
_AT: Final = zulu(from_ms(month(MONTH, "UTC").ends_at - 1))
"""When everybody has enrolled."""


class NotReadyError(BanyanError):
    """No live rank could be read in time: there is nothing to measure."""

    title = "No live ranks"


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in milliseconds. `lost`: of so many nothing was seen."""

    what: str
    count: int
    lost: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    longest_ms: float | None
    asked_ms: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether what was promised was kept; None where nothing was."""
        if self.asked_ms is None:
            return None
        return not self.lost and self.p99_ms is not None and self.p99_ms <= self.asked_ms

    @property
    def line(self) -> str:
        figures = (self.p50_ms, self.p95_ms, self.p99_ms, self.longest_ms)
        times = "".join(" " * 10 if value is None else f"{value:>10,.1f}" for value in figures)
        verdict = "" if self.asked_ms is None else f"  p99 {self.asked_ms:,.0f} asked: {'yes' if self.met else 'no'}"
        return f"{self.what:<44}{self.count:>9,}{self.lost:>7,}{times}{verdict}"


HEADING: Final = f"{'milliseconds':<44}{'count':>9}{'lost':>7}{'p50':>10}{'p95':>10}{'p99':>10}{'longest':>10}"


@dataclass(slots=True)
class Report:
    """All that was measured. Loads are those of the machine, of the last minute."""

    rows: list[Figures]
    per_second: float
    """Orders that were answered."""
    refused: dict[str, int]
    worker_before_mib: float
    worker_peak_mib: float
    load_before: float
    load_after: float
    takeover_read_s: float = 0.0
    takeover_pushed_s: float = 0.0


@dataclass(slots=True)
class _Seen:
    """Seconds of everything, and when each probe's answer and pushes came."""

    ordered: list[float] = field(default_factory=list)
    readable: list[float] = field(default_factory=list)
    unread: int = 0
    answered: dict[str, float] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    def pushed(self, heard: dict[str, float]) -> list[float]:
        """Of the probes that were heard of; one may be, before its answer is read here."""
        return [max(0.0, heard[id] - at) for id, at in self.answered.items() if id in heard]


class Callers:
    """Sends orders, asks for live ranks and hears pushes, of one API and one company."""

    def __init__(self, api: ApiProcess, people: int) -> None:
        self._home = api.home
        self._somebody = Somebody(people)
        self._probes = iter(np.random.default_rng(SEED + 1).permutation(people).tolist())
        self._numbers = 0
        self._readers: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for _ in range(READERS):
            self._readers.put_nowait(Connection(api.home, bearer()))

    async def ready(self) -> None:
        """Wait until live ranks can be read. Raises NotReadyError."""
        if not await self.knows(id_of(0), 0, READY_WITHIN_S):
            raise NotReadyError(f"nothing was live within {READY_WITHIN_S:,.0f} s")

    async def under_load(self, rate: float, seconds: float) -> _Seen:
        """Orders at a rate, probes among them."""
        seen, probing = _Seen(), set[asyncio.Task[None]]()
        free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            free.put_nowait(Connection(self._home, bearer()))
        each = max(1, round(rate / PROBES_A_SECOND))

        async def send(due: float, *, probe: bool) -> None:
            id = self._next_probe() if probe else None
            connection = await free.get()
            seq = await self._sell(connection, id, seen)
            free.put_nowait(connection)
            if seq is None:
                return
            seen.ordered.append(time.perf_counter() - due)
            if id is not None:
                seen.answered[id] = time.perf_counter()
                task = asyncio.create_task(self._until_read(id, seq, seen))
                probing.add(task)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                due = began + number / rate
                await asyncio.sleep(due - time.perf_counter())
                tasks.create_task(send(due, probe=number % each == 0))
        await asyncio.gather(*probing)
        _close(free)
        return seen

    async def probe(self, seen: _Seen) -> tuple[str, int] | None:
        """One probe by itself: its seller, and its fact; None when it was refused."""
        id = self._next_probe()
        if id is None:
            return None
        connection = await self._readers.get()
        try:
            seq = await self._sell(connection, id, seen)
        finally:
            self._readers.put_nowait(connection)
        return None if seq is None else (id, seq)

    async def knows(self, id: str, seq: int, within_s: float) -> bool:
        """Wait until somebody's live rank knows a fact."""
        end = time.perf_counter() + within_s
        while time.perf_counter() < end:
            connection = await self._readers.get()
            try:
                status, body = await _once_more(partial(connection.get, f"/v1/distributors/{id}/live"))
            finally:
                self._readers.put_nowait(connection)
            rank = orjson.loads(body)["rank"] if status == 200 else None
            if rank is not None and rank["source"] == "live" and rank["as_of"]["seq"] >= seq:
                return True
            await asyncio.sleep(ASK_AGAIN_S)
        return False

    def close(self) -> None:
        """Their connections."""
        _close(self._readers)

    async def _until_read(self, id: str, seq: int, seen: _Seen) -> None:
        if await self.knows(id, seq, LOST_AFTER_S):
            seen.readable.append(time.perf_counter() - seen.answered[id])
        else:
            seen.unread += 1

    async def _sell(self, connection: Connection, probe: str | None, seen: _Seen) -> int | None:
        """The fact of an order; None when it was refused."""
        self._numbers += 1
        id, buyer = f"live-{self._numbers}", probe or self._somebody.anybody()
        order = {"id": id, "buyer_id": buyer, "buyer_kind": "distributor", "placed_at": _AT}
        volume = {"pv": "100.00", "cv": "80.00"} if probe is None else {"pv": PROBE_PV, "cv": "80.00"}
        try:
            status, body = await _once_more(partial(connection.post, "/v1/orders", orjson.dumps(order | volume), id))
        except (OSError, EOFError):
            seen.refused["broken"] += 1
            return None
        answer = orjson.loads(body)
        if status != 201:
            seen.refused[answer["type"].rpartition("/")[2]] += 1
            return None
        return int(answer["receipt"]["seq"])

    def _next_probe(self) -> str | None:
        """Somebody who was none yet; None when everybody was."""
        ix = next(self._probes, None)
        return None if ix is None else id_of(ix)


async def _once_more(ask: Callable[[], Awaitable[tuple[int, bytes]]]) -> tuple[int, bytes]:
    """A connection that nobody used for a while was closed by the server."""
    try:
        return await ask()
    except (OSError, EOFError):
        return await ask()


def _close(connections: asyncio.LifoQueue[Connection]) -> None:
    while not connections.empty():
        connections.get_nowait().close()


@asynccontextmanager
async def hearing(api: ApiProcess, token: str, types: str = "") -> AsyncIterator[dict[str, float]]:
    """When whose new rank was heard of, of probes, by a stream that is read while the block runs."""
    heard, begun = dict[str, float](), asyncio.Event()
    task = asyncio.create_task(_hear(Connection(api.home, token), f"/v1/events/stream{types}", heard, begun))
    waiting = asyncio.create_task(begun.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield heard
    finally:
        for each in (task, waiting):
            each.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)


async def _hear(connection: Connection, path: str, heard: dict[str, float], begun: asyncio.Event) -> None:
    rest = b""
    with connection:
        async for chunk in connection.stream(path):
            begun.set()
            *blocks, rest = (rest + chunk).split(b"\n\n")
            for block in blocks:
                if block.startswith(b"event: rank.changed\n"):
                    told = orjson.loads(block.partition(b"data: ")[2])
                    if told["now"] == PROBE:
                        heard.setdefault(told["distributor_id"], time.perf_counter())


def plan_with_probes() -> Plan:
    """The sample plan with a rank above all others, which an order of enough volume makes."""
    text = library()["sample"].read_text(encoding="utf-8")
    rank = f"  - {{name: {PROBE}, requires: {{personal_pv: {PROBE_PV}}}}}\n"
    text = text.replace("bonuses:\n", f"{rank}bonuses:\n", 1)
    return parse_plan(text.replace("      Diamond: 5000\n", f"      Diamond: 5000\n      {PROBE}: 5000\n", 1))


async def measure(house: House, endpoints: Endpoints, people: int, rate: float, seconds: float) -> Report:
    """Everything, of a company that is filled, with MONTH open. Raises NotReadyError."""
    await house.plans.register(plan_with_probes(), date.fromisoformat(f"{MONTH}-01"), key="live-plan", actor=ACTOR)
    folder = house.settings.data_dir
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(worker_process(endpoints, folder))
        api = await stack.enter_async_context(api_process(endpoints, folder, roll_up=False))
        callers = Callers(api, people)
        stack.callback(callers.close)
        await callers.ready()
        staff = await stack.enter_async_context(hearing(api, bearer(), "?types=rank.changed"))
        top = await stack.enter_async_context(hearing(api, bearer(id_of(0))))
        before = os.getloadavg()[0]
        seen = await callers.under_load(rate, seconds)
        await asyncio.sleep(min(LOST_AFTER_S, seconds))  # for pushes that are late
        report = _report(seen, staff, top, seconds)
        report.worker_before_mib, report.worker_peak_mib = first.before_mib, first.peak_mib
        report.load_before, report.load_after = before, os.getloadavg()[0]
        second = await stack.enter_async_context(worker_process(endpoints, folder))
        await _take_over(callers, first, second, staff, report)
        return report


async def _take_over(
    callers: Callers, first: WorkerProcess, second: WorkerProcess, heard: dict[str, float], report: Report
) -> None:
    """From when the worker that reigns is killed until a probe is read, and until one is pushed."""
    await asyncio.wait_for(second.keeps_up(), READY_WITHIN_S)
    await first.kill()
    killed, seen, known = time.perf_counter(), _Seen(), set(heard)
    one = await callers.probe(seen)
    if one is None or not await callers.knows(*one, READY_WITHIN_S):
        raise NotReadyError("nothing was live after the worker was killed")
    report.takeover_read_s = time.perf_counter() - killed
    while not heard.keys() - known:
        if time.perf_counter() - killed > READY_WITHIN_S:
            raise NotReadyError("nothing was pushed after the worker was killed")
        await callers.probe(seen)
        await asyncio.sleep(AGAIN_S)
    report.takeover_pushed_s = time.perf_counter() - killed


def _report(seen: _Seen, staff: dict[str, float], top: dict[str, float], seconds: float) -> Report:
    probes = len(seen.answered)
    pushed, pushed_to_top = seen.pushed(staff), seen.pushed(top)
    return Report(
        rows=[
            figures_of("an order is answered, from when it was due", seen.ordered),
            figures_of("its rank can be read, from its answer", seen.readable, seen.unread, PROMISED_MS),
            figures_of("it is pushed to the staff", pushed, probes - len(pushed), PROMISED_MS),
            figures_of("it is pushed to the one at the top", pushed_to_top, probes - len(pushed_to_top), PROMISED_MS),
        ],
        per_second=len(seen.ordered) / seconds,
        refused=dict(seen.refused),
        worker_before_mib=0.0,
        worker_peak_mib=0.0,
        load_before=0.0,
        load_after=0.0,
    )


def figures_of(what: str, times: Sequence[float], lost: int = 0, asked_ms: float | None = None) -> Figures:
    """Of seconds."""
    shares = (percentile(times, share) * 1000 if times else None for share in (0.5, 0.95, 0.99, 1.0))
    p50, p95, p99, longest = shares
    return Figures(what, len(times), lost, p50, p95, p99, longest, asked_ms)


def lines_of(report: Report) -> list[str]:
    """As a table."""
    kept = "yes" if report.takeover_read_s <= TAKEOVER_PROMISED_S else "no"
    taken = f"{TAKEOVER_PROMISED_S:.0f} s asked: {kept}"
    return [
        HEADING,
        *(row.line for row in report.rows),
        f"orders a second {report.per_second:,.1f}; refused {report.refused or 0}",
        f"worker: {report.worker_peak_mib:,.0f} MiB at most, {report.worker_before_mib:,.0f} before it had a mirror",
        f"takeover: read after {report.takeover_read_s:.1f} s, pushed after {report.takeover_pushed_s:.1f} s  {taken}",
        f"load average {report.load_before:.2f} before, {report.load_after:.2f} after",
    ]


def main() -> None:
    """Measure, show, and keep."""
    chosen = _arguments()
    configure_logs("ERROR")
    report = asyncio.run(_measured(chosen.people, chosen.rate, chosen.seconds))
    for line in lines_of(report):
        say(line)
    kept = {
        **head(),
        "company": {"people": chosen.people, "rate": chosen.rate, "seconds": chosen.seconds},
        **asdict(report),
        "rows": [asdict(row) | ({} if row.asked_ms is None else {"met": row.met}) for row in report.rows],
    }
    whole = (chosen.people, chosen.rate, chosen.seconds) == WHOLE
    out = chosen.out or (COMMITTED if whole else OTHERS)
    write(out, kept)
    say(f"written to {out}")


async def _measured(people: int, rate: float, seconds: float) -> Report:
    with tempfile.TemporaryDirectory(prefix="banyan-live-") as made:
        folder, sheet = Path(made), Sheet({}, whisper)
        sheet.section(HEAVY_TAILED, people)
        make(HEAVY_TAILED, people, folder / "files", sheet)
        async with serving(settings_in(folder / "first"), whisper) as (house, _):
            start = await begin(house, (MONTH,))
        filled = filled_offline(settings_in(folder / "servers"), folder / "files", start, sheet, whisper)
        async with filled as (house, endpoints):
            return await measure(house, endpoints, people, rate, seconds)


def _arguments() -> Any:
    parser = argparse.ArgumentParser(
        "python -m loadtests.live_ranks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small company, few orders and a few seconds")
    parser.add_argument("--people", type=size_of, help="such as 100k; else 1M, or 2k when quick")
    parser.add_argument("--rate", type=float, help="orders a second; else 200, or 20 when quick")
    parser.add_argument("--seconds", type=float, help="else 600, or 5 when quick")
    parser.add_argument("--out", type=Path, help=f"else a whole run writes {COMMITTED}, any other {OTHERS}")
    chosen = parser.parse_args()
    people, rate, seconds = QUICK if chosen.quick else WHOLE
    chosen.people = chosen.people or people
    chosen.rate = chosen.rate or rate
    chosen.seconds = chosen.seconds or seconds
    return chosen


if __name__ == "__main__":
    main()
