"""Registers plans: the file becomes a blob, and who brought it, when, why and from when on it pays a fact."""

import asyncio
from datetime import date

from app.blobs.store import BlobStore
from app.facts.commands import Receipt, RegisterPlan, Submission
from app.facts.errors import PlanVersionTakenError, UnknownPlanError
from app.facts.plans import RegisteredPlan, paying
from app.facts.writer import FactWriter
from app.plans.loader import parse_plan
from app.plans.models import Plan
from app.plans.repository import PlanRepository


class PlanService:
    def __init__(self, repository: PlanRepository, *, writer: FactWriter, blobs: BlobStore) -> None:
        self._repository = repository
        self._writer = writer
        self._blobs = blobs

    async def register(self, plan: Plan, effective_from: date, *, key: str, actor: str, reason: str = "") -> Receipt:
        """Keep a plan, which pays the periods of its calendar that begin on a day or later.

        Raises PlanVersionTakenError when the name and version stand for another plan already.
        """
        for earlier in await self._repository.registered():
            if (earlier.name, earlier.version) == (plan.name, plan.version) and earlier.hash != plan.hash:
                raise PlanVersionTakenError(
                    f"{plan.name} {plan.version} is registered already with the hash {earlier.hash[:12]} (fact "
                    f"{earlier.seq}), and this one has {plan.hash[:12]}; give a changed plan another version."
                )
        # The blob first: a fact never names what is not stored.
        stored = await asyncio.to_thread(self._blobs.put, plan.canonical().encode())
        command = RegisterPlan(plan.name, plan.version, stored, plan.calendar, effective_from.isoformat())
        return await self._writer.submit(Submission(key, actor, reason, command))

    async def all(self) -> list[RegisteredPlan]:
        """Every registered plan, in the order of the facts."""
        return await self._repository.registered()

    async def paying(self, calendar: str, first_day: date) -> RegisteredPlan | None:
        """The registered plan that pays a calendar's period beginning on a day; None without one."""
        return paying(await self._repository.registered(), calendar, first_day)

    async def of_hash(self, plan_hash: str) -> Plan:
        """A registered plan by its hash. Raises UnknownPlanError, BlobMissingError, BlobDamagedError."""
        if all(plan.hash != plan_hash for plan in await self._repository.registered()):
            raise UnknownPlanError(f"No plan with the hash {plan_hash[:12]} is registered; GET /v1/plans lists them.")
        return await self.stored(plan_hash)

    async def stored(self, hash: str) -> Plan:
        """The plan that is kept under a hash: one that was registered, or that a run was calculated by. Raises
        BlobMissingError, BlobDamagedError."""
        return parse_plan(await asyncio.to_thread(self._blobs.get, hash), hash)
