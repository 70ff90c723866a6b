"""`python -m loadtests.orders_in`: how many orders come in, alone and in bulk, with the callers on the same machine.

A company on servers of our own, the API in a process as `banyan serve` runs it, roll-up and all, and the callers in
another. Closed loop: each caller sends the next request when the last one is answered. Open loop: requests come at a
rate, whatever becomes of those before, and a time begins when its request was due. After each the facts in the graph
are counted: as many as were answered for, or the figure is none.
"""

import argparse
import asyncio
import json
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from app.errors import BanyanError
from app.facts.verify import verify_chain
from app.graph import GraphDatabase
from app.logs import configure_logs
from loadtests.alone import alone
from loadtests.api_process import ApiProcess, api_process, bearer
from loadtests.filling import begin, fill_live, make, serving, settings_in
from loadtests.machine import machine, versions
from loadtests.order_callers import OVERLOADED, Load, Sold, sell
from loadtests.sheet import Sheet
from loadtests.timing import percentile
from loadtests.trees import HEAVY_TAILED

OUT: Final = Path("out/orders_in.json")
CALLERS: Final = 32
BULK_CALLERS: Final = 2
OPEN_CALLERS: Final = 512
A_BULK: Final = 1_000
PROMISED: Final = 300
PROMISED_IN_BULK: Final = 5_000
"""Orders a second, on two cores."""
TOO_MANY: Final = 2.0
"""Times the rate at which one by one is answered."""
PROFILED: Final = 40
"""Functions told of a profile."""


class CountedOtherwiseError(BanyanError):
    """The graph holds more or fewer orders than were answered for: no figure of this is worth reading."""

    title = "Orders lost or doubled"


@dataclass(frozen=True, slots=True)
class Figures:
    """One stage. Times are milliseconds a request, shares are of one core."""

    what: str
    accepted: int
    per_second: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    refused: dict[str, int]
    cpu: dict[str, float]
    asked: float | None = None
    """Orders a second."""

    @property
    def line(self) -> str:
        percentiles = (self.p50_ms, self.p95_ms, self.p99_ms)
        times = "".join(" " * 9 if value is None else f"{value:>9,.1f}" for value in percentiles)
        verdict = "" if self.asked is None else f"  {self.asked:,.0f} asked: {'yes' if self.met else 'no'}"
        cpu = " ".join(f"{name} {share:.2f}" for name, share in self.cpu.items())
        rate = f"{self.what:<44}{self.accepted:>9,}{self.per_second:>11,.0f}"
        return f"{rate}{times}  {cpu}{verdict}  {self.refused or ''}"

    @property
    def met(self) -> bool:
        return self.asked is not None and self.per_second >= self.asked


def main() -> None:
    """Measure, show, and keep."""
    chosen = _arguments()
    configure_logs("ERROR")
    rows = asyncio.run(_measured(chosen.people, chosen.seconds, roll_up=not chosen.no_roll_up, profile=chosen.profile))
    about = {"people": chosen.people, "seconds": chosen.seconds, "roll_up": not chosen.no_roll_up}
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions("not asked"),
        "company": about,
        "rows": [asdict(row) | ({} if row.asked is None else {"met": row.met}) for row in rows],
    }
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _say(f"written to {chosen.out}")


async def _measured(people: int, seconds: float, *, roll_up: bool, profile: bool) -> list[Figures]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banyan-orders-")))
        house, endpoints = await stack.enter_async_context(serving(settings_in(folder / "servers"), _whisper))
        await begin(house)
        sheet = Sheet({}, _whisper)
        sheet.section(HEAVY_TAILED, people)
        make(HEAVY_TAILED, people, folder / "files", sheet)
        await fill_live(house, folder / "files", sheet)
        api = await stack.enter_async_context(api_process(endpoints, folder, roll_up=roll_up))
        stages = Stages(house.graph, api, people)
        rows = await measure(stages, seconds)
        if profile:
            await _profiled(stages, seconds, folder / "profile")
        report = await verify_chain(house.graph)
        if not report.intact:
            raise CountedOtherwiseError("; ".join(report.problems[:3]))
        return rows


async def measure(stages: "Stages", seconds: float) -> list[Figures]:
    """Every stage, each so long."""
    await stages.run("warm-up", seconds / 2, CALLERS)
    closed = await stages.run("one by one, closed loop", seconds, CALLERS, asked=PROMISED)
    at_rate = await stages.run("one by one, at the promised rate", seconds, OPEN_CALLERS, rate=PROMISED)
    beyond = await stages.run(
        "one by one, at twice what is answered", seconds, OPEN_CALLERS, rate=TOO_MANY * closed.per_second
    )
    await stages.run("warm-up in bulk", seconds / 2, BULK_CALLERS, a_bulk=A_BULK)
    bulk = await stages.run("in bulk, closed loop", seconds, BULK_CALLERS, a_bulk=A_BULK, asked=PROMISED_IN_BULK)
    return [closed, at_rate, beyond, bulk]


class Stages:
    """Loads on one API, one after the other, each counted in the graph."""

    def __init__(
        self, graph: GraphDatabase, api: ApiProcess, people: int, say: Callable[[str], None] | None = None
    ) -> None:
        self._graph = graph
        self.api = api
        self._people = people
        self._say = say or _say

    async def run(
        self, what: str, seconds: float, callers: int, *, rate: float = 0.0, a_bulk: int = 0, asked: float | None = None
    ) -> Figures:
        """One load. Raises CountedOtherwiseError."""
        name = what.replace(" ", "-").replace(",", "")
        load = Load(self.api.home, bearer(), name, self._people, seconds, callers, rate=rate, a_bulk=a_bulk)
        before, used = await self._facts(), _cpu_seconds(self.api.process.pid)
        sold, _ = await asyncio.to_thread(alone, sell, load)
        after = _cpu_seconds(self.api.process.pid)
        cpu = {who: round((after[who] - used[who]) / sold.seconds, 2) for who in used}
        written = await self._facts() - before
        unknown = sum(sold.refused.values()) - sold.refused[OVERLOADED]
        if not sold.accepted <= written <= sold.accepted + unknown * max(1, a_bulk):
            raise CountedOtherwiseError(
                f"{what}: {sold.accepted:,} orders were answered for, and {written:,} are in the graph"
            )
        figures = figures_of(what, sold, cpu | {"callers": round(sold.cpu_s / sold.seconds, 2)})
        figures = replace(figures, asked=asked)
        self._say(figures.line)
        return figures

    async def _facts(self) -> int:
        row = await self._graph.read_one("queries/facts/head")
        return int(row["seq"]) if row else 0


def figures_of(what: str, sold: Sold, cpu: dict[str, float]) -> Figures:
    """What callers saw."""
    p50, p95, p99 = (percentile(sold.times, share) * 1000 if sold.times else None for share in (0.5, 0.95, 0.99))
    return Figures(what, sold.accepted, sold.accepted / sold.seconds, p50, p95, p99, dict(sold.refused), cpu)


def _cpu_seconds(api: int) -> dict[str, float]:
    """Of the API and of Neo4j, so far."""
    found = {"api": 0.0, "neo4j": 0.0}
    for process in psutil.Process().children(recursive=True):
        name = "api" if process.pid == api else "neo4j" if "java" in process.name() else None
        if name is not None:
            used = process.cpu_times()
            found[name] += used.user + used.system
    return found


async def _profiled(stages: Stages, seconds: float, path: Path) -> None:
    """Where the API spends its time, by function. Watching costs more than a half, so these rates are none."""
    for what, callers, a_bulk in (("profile one by one", CALLERS, 0), ("profile in bulk", BULK_CALLERS, A_BULK)):
        stages.api.profile()
        await stages.run(what, seconds, callers, a_bulk=a_bulk)
        stages.api.profile()
        await asyncio.to_thread(_tell_profile, path)


def _tell_profile(path: Path) -> None:
    while not path.exists():
        time.sleep(0.1)
    pstats.Stats(str(path), stream=sys.stdout).sort_stats("tottime").print_stats(PROFILED)
    path.unlink()


def _say(line: str) -> None:
    print(line, flush=True)


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments() -> Any:
    parser = argparse.ArgumentParser(
        "python -m loadtests.orders_in", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small company, and a few seconds for each stage")
    parser.add_argument("--people", type=int, help="else 10,000, or 1,000 when quick")
    parser.add_argument("--seconds", type=float, help="for each stage; else 60, or 5 when quick")
    parser.add_argument("--no-roll-up", action="store_true", help="as beside a worker elsewhere")
    parser.add_argument("--profile", action="store_true", help="tell where the API spends its time")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    chosen.people = chosen.people or (1_000 if chosen.quick else 10_000)
    chosen.seconds = chosen.seconds or (5.0 if chosen.quick else 60.0)
    return chosen


if __name__ == "__main__":
    main()
