"""Statements on paper: one at a time, since each is a second or so of one core."""

import asyncio
from typing import Final

from app.facts.errors import UnknownPeriodError
from app.graph import GraphDatabase
from app.runs.errors import NoRunError
from app.runs.models import Part
from app.runs.statements import StatementService
from app.runs.takeover import TakeOverService

PDF_LINES: Final = Part(0, 500)
PDF_MISSES: Final = Part(0, 100)


class StatementPrinter:
    def __init__(self, graph: GraphDatabase, *, statements: StatementService, takeover: TakeOverService) -> None:
        self._graph = graph
        self._statements = statements
        self._takeover = takeover
        self._printing = asyncio.Lock()

    async def pdf(self, distributor_id: str, period: str, *, include_uncommitted: bool = False) -> bytes:
        """A person's statement as a PDF; of a period without a run what the former system paid.

        Raises NoRunError, UnknownPeriodError, NoStatementError.
        """
        # Drawing takes longer to load than most commands take altogether.
        from app.runs.pdf import past_statement_pdf, statement_pdf  # noqa: PLC0415

        row = await self._graph.read_one("queries/runs/name_of", {"id": distributor_id})
        name = "" if row is None else row["name"]
        try:
            found = await self._statements.statement(
                distributor_id,
                period,
                lines=PDF_LINES,
                misses=PDF_MISSES,
                include_uncommitted=include_uncommitted,
            )
        except (NoRunError, UnknownPeriodError):
            past = await self._takeover.past_statement(distributor_id, period)
            if past is None:
                raise
            async with self._printing:
                return await asyncio.to_thread(past_statement_pdf, past, name=name)
        balance = await self._takeover.balance(distributor_id, period)
        async with self._printing:
            return await asyncio.to_thread(statement_pdf, found, name=name, opening_balance=balance)
