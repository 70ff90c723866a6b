"""Asking for runs, queueing drafts and cancelling: each a fact. A worker calculates what is queued."""

import asyncio
import contextlib
import re
from typing import Final

from app.blobs.store import BlobMissingError, BlobStore
from app.calculations.errors import NoSuchPlanError
from app.calculations.models import Calculation, Night, nights
from app.calculations.repository import CalculationRepository
from app.facts.canonical import sha256_hex
from app.facts.commands import CancelRun, QueueRun, Receipt, RequestRun, Submission
from app.facts.errors import UnknownCalculationError
from app.facts.writer import FactWriter
from app.periods.service import PeriodService
from app.plans.loader import library, load_plan, parse_plan
from app.plans.models import Plan
from app.runs.service import refuse_misfit

SHOWN: Final = 100
_HASH: Final = re.compile("[0-9a-f]{64}")


class CalculationService:
    def __init__(
        self, calculations: CalculationRepository, *, periods: PeriodService, writer: FactWriter, blobs: BlobStore
    ) -> None:
        self._calculations = calculations
        self._periods = periods
        self._writer = writer
        self._blobs = blobs

    def plan(self, name: str | None, document: str | None) -> Plan:
        """The plan of a document, else one of the library or a stored one by its hash. Reads files. Raises PlanError,
        NoSuchPlanError."""
        if document is not None:
            return parse_plan(document)
        if (path := library().get(name or "")) is not None:
            return load_plan(path)
        if _HASH.fullmatch(name or ""):
            with contextlib.suppress(BlobMissingError):
                return parse_plan(self._blobs.get(str(name)), f"plan {name}")
        raise NoSuchPlanError(
            f"There is no plan {name!r}: give the hash of one that was used before, send the plan as document, or "
            f"name one of the library: {', '.join(library())}."
        )

    async def request(
        self, period_name: str, plan: Plan, *, key: str, actor: str, reason: str = "", draft: bool = False
    ) -> tuple[Calculation, Receipt]:
        """Ask for the run of a period by a plan; the same key answers the same calculation. Raises UnknownPeriodError,
        PlanMismatchError, TooManyCalculationsError."""
        period = await self._periods.get(period_name)
        refuse_misfit(plan, period)
        await asyncio.to_thread(self._blobs.put, plan.canonical().encode())
        id = f"{period.name}-{sha256_hex(key)[:12]}"
        command = RequestRun(id, period.calendar, period.number, plan.name, plan.version, plan.hash, draft)
        receipt = await self._writer.submit(Submission(key, actor, reason, command))
        return await self.get(id), receipt

    async def queue(self, id: str, *, key: str, actor: str, reason: str = "") -> tuple[Calculation, Receipt]:
        """Let a draft be calculated. Raises UnknownCalculationError, CalculationConflictError."""
        receipt = await self._writer.submit(Submission(key, actor, reason, QueueRun(id)))
        return await self.get(id), receipt

    async def cancel(self, id: str, *, key: str, actor: str, reason: str = "") -> tuple[Calculation, Receipt]:
        """It is not wanted any more; a worker who is at it stops. Raises UnknownCalculationError,
        CalculationConflictError once it came to its end."""
        receipt = await self._writer.submit(Submission(key, actor, reason, CancelRun(id)))
        return await self.get(id), receipt

    async def get(self, id: str) -> Calculation:
        """Raises UnknownCalculationError."""
        found = await self._calculations.one(id)
        if found is None:
            raise UnknownCalculationError(f"There is no calculation {id}.")
        return found

    async def nights(self) -> list[Night]:
        """The hundred newest nightly previews, the newest first, each with the one of the night before."""
        return nights(await self._calculations.nightly(SHOWN))

    async def newest(self) -> list[Calculation]:
        """The hundred that were asked for last, the newest first."""
        return await self._calculations.newest(SHOWN)
