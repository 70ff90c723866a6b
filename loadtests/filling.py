"""Companies onto servers: files are made, imported live or offline, and rolled up; each step is a row."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from app.cli import MOST_AS_CSV
from app.clock import SystemClock
from app.errors import BanyanError
from app.generator import Company, write_company
from app.graph.migrations import Migrator, read_migrations
from app.imports.files import read_directory
from app.imports.models import ImportReport
from app.imports.offline.service import OfflineImport, Start, start_of
from app.imports.progress import Stages
from app.imports.report import lines_of
from app.runtime import Endpoints, running_servers
from app.settings import Neo4jSettings, RedisSettings, Settings
from app.wiring import House, open_house
from loadtests.alone import alone
from loadtests.company import ACTOR, MONTHS, Say
from loadtests.counting import Counting
from loadtests.rows import once
from loadtests.sheet import Sheet
from loadtests.timing import stopwatch, stopwatch_async
from loadtests.trees import company_of

Servers = tuple[House, Endpoints]

GENERATED: Final = "generate, and write files"
OFFLINE: Final = "offline import: the company can be used after"
INDEXED: Final = "offline import: all indexes are filled after"
LIVE: Final = "live import, into an empty company"
ROLL_UP: Final = "roll-up of the import"


class NotImportedError(BanyanError):
    """What the generator makes must be importable; figures of anything else are worth nothing."""

    title = "Generated company not imported"


def settings_in(folder: Path) -> Settings:
    """Servers of our own in a folder, with the defaults of a small deployment, whatever the environment says."""
    return Settings(_env_file=None, data_dir=folder, runtime="embedded", neo4j=Neo4jSettings(), redis=RedisSettings())


@asynccontextmanager
async def serving(settings: Settings, say: Say, *, fill: bool = True) -> AsyncIterator[Servers]:
    """Servers on a data folder, at the newest migration; `fill` as Migrator has it."""
    with running_servers(settings, progress=say) as endpoints:
        async with open_house(settings, endpoints) as house:
            await Migrator(house.graph).migrate(fill=fill)
            yield house, endpoints


async def begin(house: House, months: Sequence[str] = MONTHS) -> Start:
    """Empty the graph and open the months; what an offline import starts from. Only for servers of our own."""
    await house.graph.run_admin("queries/graph/empty_the_graph", timeout_s=300)
    [first_nodes] = [migration for migration in read_migrations() if migration.name == "head"]
    await house.graph.run_script(first_nodes.file, first_nodes.statements)
    for month in months:
        await house.periods.open(month, "UTC", key=f"open-{month}", actor=ACTOR)
    return await start_of(house.graph)


def make(shape: str, people: int, folder: Path, sheet: Sheet) -> Company:
    """The company and its files."""

    def both() -> Company:
        company = company_of(shape, people)
        write_company(company, folder, "parquet" if people > MOST_AS_CSV else "csv")
        return company

    seconds, company = stopwatch(both)
    sold = len(company.order_at) + len(company.return_of)
    sheet.add(once(GENERATED, seconds, people, words=f"{sold:,} orders and returns"))
    return company


async def fill_live(house: House, folder: Path, sheet: Sheet, what: str = LIVE) -> None:
    """One import in one transaction, then the roll-up."""
    seconds, report = await stopwatch_async(house.imports.run(folder, Stages.untold()))
    facts = new_rows(report)
    sheet.add(once(what, seconds, facts))
    await count(house, facts, sheet)


async def count(house: House, facts: int, sheet: Sheet, what: str = ROLL_UP) -> None:
    """Roll up all there is."""
    seconds, _ = await stopwatch_async(Counting(house).catch_up())
    sheet.add(once(what, seconds, facts))


@asynccontextmanager
async def filled_offline(
    settings: Settings, folder: Path, start: Start, sheet: Sheet, say: Say
) -> AsyncIterator[Servers]:
    """Servers on a store that was built offline from a folder. The company can be used once files, checks, store and
    constraints are there; what fills after that is the index of names, and small ones."""
    (built, rows), peak = alone(import_offline, settings, folder, start)
    async with AsyncExitStack() as stack:
        opening, opened = await stopwatch_async(stack.enter_async_context(serving(settings, say, fill=False)))
        sheet.add(once(OFFLINE, built + opening, rows, peak_mib=peak))
        filling, _ = await stopwatch_async(Migrator(opened[0].graph).await_indexes())
        sheet.add(once(INDEXED, built + opening + filling, rows))
        yield opened


def import_offline(settings: Settings, folder: Path, start: Start) -> tuple[float, int]:
    """As `banyan import` does it; seconds and rows."""
    importer = OfflineImport(settings, SystemClock(), Stages())
    seconds, report = stopwatch(lambda: importer.run(read_directory(folder), start))
    return seconds, new_rows(report)


def new_rows(report: ImportReport) -> int:
    """How many rows were imported. Raises NotImportedError where they were refused."""
    if not report.imported:
        raise NotImportedError("; ".join(lines_of(report)))
    return sum(each.new for each in report.files)
