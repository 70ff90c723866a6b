"""`make bench`: one table of what the service costs on this machine, and the same as JSON.

Everything is measured on the real servers, on a generated company whose sponsors and places differ. Each row of a
procedure stands beside the budget its file declares. Compare rows of one run only: machines are noisy.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.blobs.store import DirectoryBlobs
from app.engine.calculate import calculate
from app.facts.commands import Enrol, Order, OutsideLeg, Submission
from app.generator.company import CompanySpec, generate
from app.generator.writer import write_company
from app.plans.loader import library, load_plan
from app.runs.calculation import stored_snapshot
from app.runtime import running_servers
from app.settings import Settings
from app.volumes import RollUp
from app.wiring import House, open_house, prepare

SEED = 3
MONTHS = ("2026-01", "2026-02")
PERIOD = 202602
MID_FEBRUARY = 1_771_113_600_000


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing. Milliseconds are per call; `per_second` where a rate is the point."""

    what: str
    calls: int
    p50_ms: float
    p95_ms: float
    budget_ms: int | None = None
    per_second: float | None = None


class Bench:
    def __init__(self, house: House, people: int, calls: int) -> None:
        self.house = house
        self.people = people
        self.calls = calls
        self.rows: list[Row] = []
        self.random = random.Random(SEED)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        print(line_of(row), flush=True)

    async def once(self, what: str, work: Awaitable[Any], units: int = 0) -> Any:
        """Something that happens once; `units` of it give a rate."""
        started = time.perf_counter()
        result = await work
        took = (time.perf_counter() - started) * 1000
        self.add(Row(what, 1, took, took, per_second=units / took * 1000 if units else None))
        return result

    async def repeated(
        self, what: str, ask: Callable[[], Awaitable[Any]], *, calls: int | None = None, budget_ms: int | None = None
    ) -> None:
        """The same question about many people, one after the other, after ten that do not count."""
        calls = calls or self.calls
        times = []
        for call in range(calls + 10):
            started = time.perf_counter()
            await ask()
            if call >= 10:
                times.append((time.perf_counter() - started) * 1000)
        self.add(Row(what, calls, statistics.median(times), percentile(times, 0.95), budget_ms))

    def anybody(self) -> str:
        return f"D{1 + self.random.randrange(self.people):07}"

    def leader(self) -> str:
        """One of the first hundred: large downlines."""
        return f"D{1 + self.random.randrange(min(100, self.people)):07}"


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def line_of(row: Row) -> str:
    budget = f"{row.budget_ms:>8}" if row.budget_ms else f"{'':>8}"
    rate = f"{row.per_second:>12,.0f}" if row.per_second else f"{'':>12}"
    return f"{row.what:<58}{row.calls:>7}{row.p50_ms:>12,.2f}{row.p95_ms:>12,.2f}{budget}{rate}"


HEADING = f"{'what':<58}{'calls':>7}{'p50 ms':>12}{'p95 ms':>12}{'budget':>8}{'per second':>12}"


async def fill(bench: Bench) -> None:
    """Import the company, count it, pay its first month."""
    house = bench.house
    company = generate(CompanySpec(bench.people, SEED, MONTHS))
    for month in MONTHS:
        await house.periods.open(month, "UTC", key=f"open-{month}", actor="bench")
    with tempfile.TemporaryDirectory() as folder:
        write_company(company, Path(folder))
        read = Path(folder)
        written: list[str] = []
        report = await bench.once("import, checked, in one transaction", house.imports.run(read, written.append))
        facts = sum(count.new for count in report.files)
    bench.rows[-1] = Row(**{**asdict(bench.rows[-1]), "per_second": facts / bench.rows[-1].p50_ms * 1000})
    await bench.once(f"roll-up of {facts:,} facts", roll_up(house), facts)


async def roll_up(house: House) -> None:
    await RollUp(house.graph, "bench", house.clock).catch_up()


async def ask(bench: Bench) -> None:
    """Every read procedure, as the API calls it."""
    graph = bench.house.graph
    for name in sorted(name for name in graph.library if name.startswith("procedures/")):
        statement = graph.library[name]
        takes = {parameter.name for parameter in statement.parameters}

        def params(takes: set[str] = takes) -> dict[str, Any]:
            chosen = {"id": bench.leader() if "depth" in takes or "period" in takes else bench.anybody()}
            more = {"period": PERIOD, "top_id": bench.leader(), "slot": 1, "depth": 10, "page": 100}
            return chosen | {key: value for key, value in more.items() if key in takes}

        async def call(name: str = name, params: Callable[[], dict[str, Any]] = params) -> None:
            await graph.read(name, params())

        await bench.repeated(name, call, budget_ms=statement.budget_ms)


async def write(bench: Bench) -> None:
    """Commands one after the other, and many at once."""
    writer, numbers = bench.house.writer, iter(range(10**9))

    def order() -> Submission:
        number = next(numbers)
        return Submission(f"bench-{number}", "bench", "", order_of(f"bench-{number}", bench.anybody()))

    def enrolment() -> Submission:
        number = next(numbers)
        place = OutsideLeg(1 + number % 2)
        person = Enrol(f"bench-{number}", "D0000001", "Newcomer", "", MID_FEBRUARY, placement=place)
        return Submission(f"bench-{number}", "bench", "", person)

    await bench.repeated("one order at a time", lambda: writer.submit(order()), calls=bench.calls // 2)
    await bench.repeated(
        "one outside-leg enrolment at a time", lambda: writer.submit(enrolment()), calls=bench.calls // 2
    )
    many = 5_000
    await bench.once(f"{many:,} orders at once", asyncio.gather(*(writer.submit(order()) for _ in range(many))), many)
    await bench.once(f"roll-up of {many + bench.calls:,} facts", roll_up(bench.house), many + bench.calls)


def order_of(id: str, buyer: str) -> Order:
    return Order(id, buyer, "distributor", MID_FEBRUARY, 10_000, 8_000)


async def pay(bench: Bench) -> None:
    """Close, snapshot, engine, files, statements, commit; then read statements."""
    house, plan = bench.house, load_plan(library()["sample"])
    await house.periods.close(MONTHS[0], key="close", actor="bench")
    run = await bench.once("run: snapshot, engine, files, statement totals", house.runs.calculate(MONTHS[0], plan))
    await bench.once("run: commit", house.runs.commit(run.id, key="commit", actor="bench"))
    taken = stored_snapshot(run, DirectoryBlobs(house.settings.data_dir / "blobs"))
    times = []
    for _ in range(10):
        started = time.perf_counter()
        calculate(taken.snapshot, plan)
        times.append((time.perf_counter() - started) * 1000)
    bench.add(Row("engine alone, hybrid with ranks", 10, statistics.median(times), percentile(times, 0.95)))
    first = await house.statements.examples(run)
    await bench.repeated("one statement with all its reasons", lambda: house.statements.statement(first[-1], MONTHS[0]))


async def measure(people: int, calls: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="banyan-bench-") as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder))
        with running_servers(settings, progress=lambda line: print(line, file=sys.stderr)) as endpoints:
            async with open_house(settings, endpoints) as house:
                await prepare(house.graph)
                bench = Bench(house, people, calls)
                print(f"\n{people:,} people\n{HEADING}")
                for part in (fill, ask, write, pay):
                    await part(bench)
                return bench.rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 people and fewer calls")
    parser.add_argument("--out", type=Path, default=Path("bench/latest.json"))
    chosen = parser.parse_args()
    people, calls = (1_000, 50) if chosen.quick else (10_000, 300)
    rows = asyncio.run(measure(people, calls))
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system()},
        "versions": {"banyan": version("banyan"), "python": platform.python_version(), "neo4j": "5.26.30"},
        "people": people,
        "rows": [asdict(row) for row in rows],
    }
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(report, indent=1) + "\n")
    over = [row.what for row in rows if row.budget_ms and row.p95_ms > row.budget_ms]
    print(f"\n{'over budget: ' + ', '.join(over) if over else 'every procedure is within its budget'}")
    print(f"written to {chosen.out}")


if __name__ == "__main__":
    main()
