"""The offline import: check, write files, build the store, put it in its place."""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from app.clock import Clock, to_ms
from app.errors import ConflictError
from app.facts.commands import Tree
from app.facts.decide import Chain
from app.facts.history import PastFact, past_facts
from app.graph import GraphDatabase
from app.imports.files import Input
from app.imports.models import ImportReport, Stored, StoredPeriod
from app.imports.offline.company import NO_LEVELS, NewCompany, facts_of, new_company
from app.imports.offline.files import (
    CompanyFiles,
    write_earlier,
    write_ends,
    write_facts,
    write_people,
    write_periods,
)
from app.imports.offline.tallies import tallies_of
from app.imports.progress import AdminProgress, Stages
from app.imports.repository import every_period, stored_periods
from app.imports.validate import CheckedImport, check_import
from app.periods.repository import PeriodRepository
from app.runtime.neo4j_store import build_store
from app.settings import Settings
from app.volumes.repository import levels_kept

TURNS: Final = frozenset({"OpenPeriod", "ClosePeriod", "ReopenPeriod"})
"""What opens and closes a period."""
BEFORE_PEOPLE: Final = TURNS | {"SetGraceDays"}
MAX_EARLIER: Final = 1_000
EVER: Final = 2**31
"""More tries than anything was given: whatever waits counts."""


class NotEmptyError(ConflictError):
    """The offline import replaces the whole store, so it takes only a graph in which nobody stands yet."""

    title = "Company not empty"


class ImportRunsError(ConflictError):
    """One import at a time."""

    title = "Import under way"


@dataclass(frozen=True, slots=True)
class Start:
    """What an empty graph holds already: its periods, and the facts that opened and closed them."""

    chain: Chain = field(default_factory=lambda: Chain(0, "", 0))
    facts: Sequence[PastFact] = ()
    periods: tuple[StoredPeriod, ...] = ()
    levels: Mapping[Tree, int] = field(default_factory=lambda: NO_LEVELS)


async def start_of(graph: GraphDatabase) -> Start:
    """The beginning of a company that holds no people. Raises NotEmptyError when it does."""
    head = await graph.read_one("queries/facts/head")
    if head is None:
        return Start()
    if head["people"] or head["seq"] > MAX_EARLIER:
        raise NotEmptyError(
            f"The company holds {head['people']:,} people and {head['seq']:,} facts; an import of this size builds a "
            "new store and needs an empty one. Import it in parts of at most 60,000 rows, or into a new data folder.",
            people=head["people"],
        )
    if await graph.read("queries/asked/next", {"now": 0, "patience": EVER}):
        raise NotEmptyError("Commands that were asked for over Bolt wait to be answered; run banyan worker first.")
    facts = [fact async for page in past_facts(graph, head["seq"]) for fact in page]
    if other := sorted({fact.kind for fact in facts} - BEFORE_PEOPLE):
        raise NotEmptyError(f"The company holds facts of {', '.join(other)}; import into a new data folder.")
    chain = Chain(head["seq"], head["hash"], head["recorded_at"])
    [cursor] = await graph.read("queries/volumes/read_cursor")
    levels = levels_kept(cursor)
    periods = stored_periods(await every_period(PeriodRepository(graph)))
    return Start(chain, facts, periods, levels)


class OfflineImport:
    """Builds the store of a new company. The embedded server of the data folder must be stopped."""

    def __init__(self, settings: Settings, clock: Clock, stages: Stages) -> None:
        self._settings = settings
        self._clock = clock
        self._stages = stages

    def run(self, read: Input, start: Start) -> ImportReport:
        """Import what was read after what the graph holds, or report what is wrong with it. What was read is given up.

        All or nothing: until the new store is whole the present one stands. Raises RuntimeStartError when a server
        still runs on the store.
        """
        now = to_ms(self._clock.now())
        with self._stages.stage("checking", read.rows):
            found = check_import(read, Stored(periods=start.periods), now)
        read.forget()
        last_seq = None
        if found.sound:
            last_seq = self._build(found, start, now)
        return ImportReport(found.sound, found.files, found.bad_lines, found.bad_counts, last_seq)

    def _build(self, found: CheckedImport, start: Start, now: int) -> int:
        company = new_company(found, start.chain.seq, start.levels)
        with self._empty_folder() as folder, AdminProgress(self._stages) as admin:
            files = CompanyFiles(folder)
            chain = self._write(files, company, start, now)
            build_store(self._settings, files.close(), self._stages.say, admin.line)
        return chain.seq

    @contextmanager
    def _empty_folder(self) -> Iterator[Path]:
        """Where the importer's files lie; what a killed import left there goes first."""
        folder = self._settings.data_dir.absolute() / "import"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder.with_suffix(".lock"), timeout=0):
                shutil.rmtree(folder)
                folder.mkdir()
                yield folder
                shutil.rmtree(folder)
        except Timeout:
            raise ImportRunsError(f"Another import into {folder.parent} is under way; wait for it.") from None

    def _write(self, files: CompanyFiles, company: NewCompany, start: Start, now: int) -> Chain:
        chain = start.chain
        turns: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for fact in start.facts:
            if fact.kind in TURNS:
                turns[fact.decided["calendar"], fact.decided["period"]].append(fact.seq)
        write_earlier(files, start.facts)
        with self._stages.stage("people and edges", company.people):
            write_people(files, company)
        with self._stages.stage("facts", company.sequence.facts) as advance, ThreadPoolExecutor(1) as pool:
            written: Future[None] | None = None
            for facts, chain in facts_of(company, start.chain, now):
                if written:
                    written.result()
                # While these are written, the next are made.
                written = pool.submit(write_facts, files, facts, chain.recorded_at)
                if facts.kind in TURNS:
                    turns[facts.decided["calendar"], int(facts.decided["period"][0])].append(chain.seq)
                advance(len(facts))
            if written:
                written.result()
        with self._stages.stage("tallies", company.people):
            for calendar, columns in tallies_of(company):
                files.nodes("Tally", columns, part=calendar)
        for timeline in company.found.timelines.values():
            write_periods(files, timeline.periods, turns)
        write_ends(files, chain, company)
        return chain
