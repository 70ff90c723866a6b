"""By which plan a period is estimated before anybody says."""

import asyncio

from app.blobs.store import BlobStore
from app.periods.models import Period
from app.plans.models import Plan
from app.plans.service import PlanService
from app.runs.calculation import stored_plan
from app.runs.service import RunService


async def plan_of(period: Period, *, plans: PlanService, runs: RunService, blobs: BlobStore) -> Plan | None:
    """The plan registered for a period; without one that by which its calendar was paid last, and before it was ever
    paid the one of its newest run."""
    registered = await plans.paying(period.calendar, period.first_day)
    if registered is not None:
        return await plans.stored(registered.hash)
    of_calendar = await runs.all(period.calendar)
    newest = next((run for run in of_calendar if run.committed), of_calendar[0] if of_calendar else None)
    return None if newest is None else await asyncio.to_thread(stored_plan, newest, blobs)
