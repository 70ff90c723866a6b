"""Opening and closing months. Both are facts; nothing else changes a period."""

from app.facts.commands import ClosePeriod, Receipt, Submission
from app.facts.errors import UnknownPeriodError
from app.facts.writer import FactWriter
from app.periods.models import Period
from app.periods.months import MONTHLY, month, month_number
from app.periods.repository import PeriodRepository


class PeriodService:
    def __init__(self, repository: PeriodRepository, writer: FactWriter) -> None:
        self._repository = repository
        self._writer = writer

    async def all(self) -> list[Period]:
        """Every month so far, oldest first."""
        return await self._repository.all(MONTHLY)

    async def get(self, name: str) -> Period:
        """The month called `name`, e.g. '2026-03'. Raises UnknownPeriodError."""
        period = await self._repository.one(MONTHLY, month_number(name))
        if period is None:
            raise UnknownPeriodError(f"Period {name} does not exist; open it with banyan period open {name}.")
        return period

    async def open(self, name: str, zone: str, *, key: str, actor: str, reason: str = "") -> Receipt:
        """Open a month for orders. It must start where the last one ends; at most two are open at once."""
        return await self._writer.submit(Submission(key, actor, reason, month(name, zone)))

    async def close(self, name: str, *, key: str, actor: str, reason: str = "") -> Receipt:
        """Close a month that has ended. Facts up to the receipt's seq count in it, later ones do not."""
        return await self._writer.submit(Submission(key, actor, reason, ClosePeriod(MONTHLY, month_number(name))))
