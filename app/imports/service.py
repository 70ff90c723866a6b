"""Imports a directory: read, check against what is stored, write in one transaction."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.clock import Clock, to_ms
from app.facts.writer import FactWriter
from app.imports.commands import commands_of
from app.imports.files import read_directory
from app.imports.models import MAX_ROWS, ImportReport, ImportTooLargeError
from app.imports.progress import Stages
from app.imports.repository import ImportRepository
from app.imports.validate import check_import


class ImportService:
    """All or nothing: whoever reads sees the company as before or as after, and nothing between.

    An import that was killed is finished by the same command: before its one commit nothing is stored, after it every
    row counts as unchanged, and each row's key makes sure that no repetition writes it again.
    """

    def __init__(self, repository: ImportRepository, writer: FactWriter, clock: Clock) -> None:
        self._repository = repository
        self._writer = writer
        self._clock = clock

    async def run(self, directory: Path, stages: Stages) -> ImportReport:
        """Import every file in `directory`.

        Bad lines are in the report, and then nothing was written. Raises ImportDirectoryError when there is nothing
        to import, ImportTooLargeError above MAX_ROWS rows, BatchRefusedError when somebody else wrote something
        contrary meanwhile.
        """
        with _uncollected():
            return await self._run(directory, stages)

    async def _run(self, directory: Path, stages: Stages) -> ImportReport:
        read = read_directory(directory)
        if read.rows > MAX_ROWS:
            raise ImportTooLargeError(
                f"{directory} holds {read.rows:,} rows; one import takes {MAX_ROWS:,}. Split the files, people first.",
                rows=read.rows,
                limit=MAX_ROWS,
            )
        with stages.stage("comparing with stored", read.rows):
            stored = await self._repository.load(read)
            found = check_import(read, stored, to_ms(self._clock.now()))
            commands = commands_of(found) if found.sound else []
        last_seq = None
        if commands:
            with stages.stage("one transaction", len(commands), "facts") as advance:
                receipts = await self._writer.submit_all(commands, advance)
            last_seq = max(receipt.seq for receipt in receipts)
        return ImportReport(found.sound, found.files, found.bad_lines, found.bad_counts, last_seq)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for cycles: an import makes some million objects, none of them in one, and the search
    looks at all of them again and again. Counted references free them all the same."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
