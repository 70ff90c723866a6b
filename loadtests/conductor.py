"""Runs a plan: fills companies, smallest first, and measures the parts of each."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from app.imports.offline.service import Start
from loadtests import operations
from loadtests.beside import compare
from loadtests.company import Filled, Say
from loadtests.dashboards import ask_dashboards
from loadtests.engine_alone import pay_structures
from loadtests.exporting import export
from loadtests.filling import Servers, begin, fill_live, filled_offline, make, settings_in
from loadtests.joining import join, split
from loadtests.leaving import measure_leavers
from loadtests.matrix import measure_matrix
from loadtests.moving import move
from loadtests.over_bolt import ask_over_bolt
from loadtests.placing import place
from loadtests.plan import Case, Part, Plan
from loadtests.postgres import Database, holding
from loadtests.procedures import ask_procedures
from loadtests.python_loop import MOST_IN_OTHER_SHAPES, compare_pay
from loadtests.sheet import Sheet
from loadtests.sql_pay import in_sql
from loadtests.trees import HEAVY_TAILED, snapshot_of, trees_of
from loadtests.watch import Watch
from loadtests.windows import measure_windows

ASK_POSTGRES: Final[frozenset[Part]] = frozenset({"postgres", "pay", "moves", "export"})

OF_A_COMPANY: Final[Mapping[Part, Callable[[Filled], Awaitable[None]]]] = {
    "procedures": ask_procedures,
    "matrix": measure_matrix,
    "writes": operations.write,
    "places": place,
    "over bolt": ask_over_bolt,
    "run": operations.pay,
    "dashboards": ask_dashboards,
    "leavers": measure_leavers,
    "doctor": operations.examine,
    "windows": measure_windows,
}
"""Parts that ask nobody else."""


class Conductor:
    """`postgres` is its version, or why it was not asked."""

    def __init__(self, plan: Plan, sheet: Sheet, watch: Watch, folder: Path, say: Say) -> None:
        self._plan = plan
        self._sheet = sheet
        self._watch = watch
        self._folder = folder
        self._say = say
        self.postgres = "not asked"

    async def run(self, for_small: AbstractAsyncContextManager[Servers]) -> None:
        """All of the plan; small companies one after the other on `for_small`, which is emptied for each."""
        cases = list(self._plan.cases())
        small = [case for case in cases if case.people <= self._plan.most_live]
        if cases:
            # The large ones begin with the months that were opened here.
            async with for_small as servers:
                start = await begin(servers[0])
                for case in small:
                    await self._measure(case, start, servers)
            for case in cases[len(small) :]:
                await self._measure(case, start)
        if "engine" in self._plan.parts:
            for people in self._plan.engine_sizes:
                self._sheet.section(HEAVY_TAILED, people)
                with self._watch.part("engine"):
                    pay_structures(self._sheet, people)

    async def _measure(self, case: Case, start: Start, small: Servers | None = None) -> None:
        sheet = self._sheet
        sheet.section(case.shape, case.people)
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            folder = Path(made)
            files = first = folder / "files"
            with self._watch.part("generate"):
                snapshot = snapshot_of(make(case.shape, case.people, files, sheet))
            if case.joined:
                first = folder / "first"
                split(files, case.people - case.joined, first, folder / "rest")
            async with self._filled(first, folder, start, small) as servers:
                if case.joined:
                    with self._watch.part("joining"):
                        await join(servers, range(case.people - case.joined, case.people), folder / "rest", sheet)
                company = Filled(
                    case.shape,
                    *servers,
                    snapshot,
                    trees_of(snapshot),
                    self._plan.calls_of(case),
                    sheet,
                    self._say,
                    warm_up=self._plan.warm_up_of(case, newly_started=small is None),
                    at_once=self._plan.at_once_in(case),
                )
                await self._ask(case, company)

    async def _ask(self, case: Case, company: Filled) -> None:
        """Every part, beside one PostgreSQL that is filled once."""
        database: Database | str = "not asked"
        with ExitStack() as stack:
            if ASK_POSTGRES & set(case.asked):
                with self._watch.part("postgres"):
                    database = stack.enter_context(holding(company.trees))
            for part in case.asked:
                with self._watch.part(part):
                    await self._part(part, company, database)

    @asynccontextmanager
    async def _filled(self, files: Path, folder: Path, start: Start, small: Servers | None) -> AsyncIterator[Servers]:
        async with AsyncExitStack() as stack:
            with self._watch.part("import"):
                if small is None:
                    filled = filled_offline(settings_in(folder), files, start, self._sheet, self._say)
                    servers = await stack.enter_async_context(filled)
                else:
                    servers = small
                    await begin(servers[0])
                    await fill_live(servers[0], files, self._sheet)
            yield servers

    async def _part(self, part: Part, company: Filled, database: Database | str) -> None:
        match part:
            case "postgres":
                self.postgres = await compare(company, database)
            case "pay":
                row = compare_pay(company.snapshot, company.shape)
                company.sheet.add(row)
                if company.shape == HEAVY_TAILED or company.people <= MOST_IN_OTHER_SHAPES:
                    company.sheet.add(in_sql(row, company.snapshot, database))
            case "moves":
                await move(company, database)
            case "export":
                await export(company, database)
            case _:
                await OF_A_COMPANY[part](company)
