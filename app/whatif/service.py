"""What-ifs on real snapshots. It reads and works out; nothing is recorded, nothing changes in the graph.

One at a time: each needs the memory of a run or two. The base and the answer of the last one stay in memory, so that
the next variant of the same base, or the same answer in another form, is quick.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.blobs.store import BlobStore
from app.calculations.paying import plan_of
from app.calculations.service import CalculationService
from app.comparing.repository import ComparingRepository
from app.differences.models import Paid
from app.engine.calculate import calculate
from app.engine.columns import Int64s
from app.facts.errors import UnknownDistributorError
from app.periods.calendars import name_of
from app.periods.models import Period
from app.periods.service import PeriodService
from app.plans.models import Plan
from app.plans.service import PlanService
from app.runs.calculation import snapshot_hash_of, stored_snapshot
from app.runs.errors import OtherCurrencyError
from app.runs.models import RUN_ID, Taken
from app.runs.opened import OpenedRuns
from app.runs.progress import off_loop
from app.runs.service import RunService, refuse_misfit
from app.seats import Seats
from app.whatif.models import (
    BASE,
    MOST_MOVES,
    MOST_NAMED,
    MOST_SHOWN,
    MOST_VARIANTS,
    Asked,
    Base,
    By,
    NoPlanKnownError,
    Side,
    SideTable,
    Variant,
    VariantChanges,
    WhatIf,
    WhatIfBusyError,
    WhatIfError,
    WhatIfTooLongError,
    distinct,
)
from app.whatif.tables import by_bonus, by_person, by_rank, by_region
from app.whatif.work import changes_of, side_of, work_out

LIMIT_S: Final = 120.0
"""Beyond which a what-if is given up between two steps."""
ONE_AT_A_TIME: Final = 1
AGAIN_S: Final = 5
_HASH_SHOWN: Final = 12


class WhatIfService:
    def __init__(
        self,
        *,
        runs: RunService,
        periods: PeriodService,
        plans: PlanService,
        calculations: CalculationService,
        opened: OpenedRuns,
        people: ComparingRepository,
        blobs: BlobStore,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._runs = runs
        self._periods = periods
        self._plans = plans
        self._calculations = calculations
        self._opened = opened
        self._people = people
        self._blobs = blobs
        self._limit_s = limit_s
        self._seats = Seats(ONE_AT_A_TIME, _busy)
        self._base: Base | None = None
        self._newest: tuple[Asked, WhatIf] | None = None

    async def plan(self, name: str | None, document: str | None) -> Plan:
        """The plan of a document; else a registered one by its name and version, as `Sample hybrid 2026.1`, or by the
        beginning of its hash; else one of the library. Raises PlanError, NoSuchPlanError."""
        for registered in [] if name is None else await self._plans.all():
            by_hash = len(name or "") >= _HASH_SHOWN and registered.hash.startswith(str(name))
            if by_hash or name == f"{registered.name} {registered.version}":
                return await self._plans.stored(registered.hash)
        return await asyncio.to_thread(self._calculations.plan, name, document)

    async def compare(self, asked: Asked) -> WhatIf:
        """The base and every variant beside each other. Whoever cancels it waits until the step at work has ended.

        Raises WhatIfError where more is asked than is taken, NoRunError, UnknownPeriodError, NoPlanKnownError,
        PlanMismatchError and OtherCurrencyError of a plan that does not pay the base's period, what a move is refused
        by, UnknownDistributorError; WhatIfBusyError, WhatIfTooLongError.
        """
        _check(asked)
        async with self._seats.one():
            try:
                async with asyncio.timeout(self._limit_s):
                    return await self._compare(asked)
            except TimeoutError:
                raise WhatIfTooLongError(
                    f"The what-if took more than {self._limit_s:.0f} seconds; ask for fewer variants, or for a run."
                ) from None

    async def _compare(self, asked: Asked) -> WhatIf:
        base = await self._base_of(asked)
        newest = self._newest
        if newest is not None and newest[0] == asked and newest[1].base is base:
            return newest[1]
        for variant in asked.variants:
            _check_plan(variant.plan, base)
        named = [_ix(base, id) for id in asked.named]
        sides, changes, shown = [await off_loop(lambda: side_of(BASE, base.paid))], [], list(named)
        for name, variant in zip(_names(asked, base), asked.variants, strict=True):
            # One variant's tables at a time are in memory.
            side, change, people = await self._variant(base, variant, name, named, asked.shown)
            sides.append(side)
            changes.append(change)
            shown += people
        chosen = np.array(list(dict.fromkeys(shown)), np.int64)
        called = await self._people.names(chosen)
        tables = await off_loop(lambda: _tables(base.paid.taken, sides, chosen, called))
        found = WhatIf(base, base.paid.plan.currency, sides, changes, tables)
        self._newest = asked, found
        return found

    async def _variant(
        self, base: Base, variant: Variant, name: str, named: Sequence[int], shown: int
    ) -> tuple[Side, VariantChanges, list[int]]:
        """A variant's side and changes, and by ix who gains or loses most."""
        taken = await self._taken_for(base, variant.plan or base.paid.plan)
        worked = await off_loop(lambda: work_out(base, variant, name, shown, taken))
        people = [*worked.gaining.tolist(), *worked.losing.tolist()]
        called = await self._people.names(np.array([*named, *people], np.int64))
        return worked.side, await off_loop(lambda: changes_of(base, worked, named, called)), people

    async def _taken_for(self, base: Base, plan: Plan) -> Taken:
        """The base's snapshot, with what the plan takes back where its refunds are others. Of a run it is read again:
        one that is opened has forgotten the volume of returns that do not count by its own plan."""
        taken = base.paid.taken
        if plan.refunds == base.paid.plan.refunds:
            return taken
        if base.run is not None:
            taken = await asyncio.to_thread(stored_snapshot, await self._runs.get(base.run), self._blobs)
        return await self._runs.taking_back(base.period, taken, plan)

    async def _base_of(self, asked: Asked) -> Base:
        """The run as stored; or the period as it is now, by the plan that is asked for, or else pays it."""
        base = await (self._of_run(asked) if RUN_ID.fullmatch(asked.base) else self._of_period(asked))
        self._base = base
        return base

    async def _of_run(self, asked: Asked) -> Base:
        if asked.plan is not None:
            raise WhatIfError(f"Run {asked.base} has its own plan; give another one as a variant.")
        run = await self._runs.get(asked.base)
        opened = await self._opened.open(run)
        if self._base is not None and self._base.paid.result is opened.result:
            return self._base
        period = await self._periods.get(name_of(run.calendar, run.period))
        paid = Paid(opened.taken, opened.plan, opened.result)
        return Base(period, run.id, run.snapshot_hash, paid, opened.ix_of)

    async def _of_period(self, asked: Asked) -> Base:
        period = await self._periods.get(asked.base)
        plan = asked.plan or await plan_of(period, plans=self._plans, runs=self._runs, blobs=self._blobs)
        if plan is None:
            raise NoPlanKnownError(
                f"No plan is registered for {period.name}, and its calendar has no run yet; name the base's plan."
            )
        refuse_misfit(plan, period)
        # The variants look at the same snapshot, so it reaches as far back as any of them looks.
        looks_back = max(each.looks_back for each in (plan, *(one.plan for one in asked.variants)) if each is not None)
        begins = await self._runs.beginning(period, looks_back)
        known = self._base
        if known is None or _taken_at(known, looks_back) != (period.name, begins.seq, begins.carries_from):
            # Two snapshots need not be in memory at once.
            known = self._base = self._newest = None
            taken = await self._runs.taking_back(period, await self._runs.take(period, begins), plan)
            return await off_loop(lambda: _based(taken, plan, period, begins.carries_from))
        if known.paid.plan.hash != plan.hash:
            taken = await self._runs.taking_back(period, known.paid.taken, plan)
            result = await off_loop(lambda: calculate(taken.snapshot, plan))
            return replace(known, paid=Paid(taken, plan, result))
        return known


def _based(taken: Taken, plan: Plan, period: Period, carries_from: str | None) -> Base:
    paid = Paid(taken, plan, calculate(taken.snapshot, plan))
    return Base(period, None, snapshot_hash_of(taken), paid, {id: ix for ix, id in enumerate(taken.ids)}, carries_from)


def _taken_at(base: Base, looks_back: int) -> tuple[str, int, str | None] | None:
    """Of which period and as of what the base was taken for a what-if; None of a run, and of one that tells of fewer
    periods before."""
    told = base.run is None and len(base.paid.taken.snapshot.past) >= looks_back
    return (base.period.name, base.paid.taken.seq, base.carries_from) if told else None


def _tables(taken: Taken, sides: Sequence[Side], people: Int64s, names: Mapping[int, str]) -> dict[By, SideTable]:
    return {
        "bonus": by_bonus(sides),
        "rank": by_rank(sides, taken.enrolled),
        "region": by_region(sides, taken.regions),
        "person": by_person(sides, people, taken.ids, names),
    }


def _check(asked: Asked) -> None:
    counts = (
        ("variants", len(asked.variants), 1, MOST_VARIANTS),
        ("moves of a variant", max((len(each.moves) for each in asked.variants), default=0), 0, MOST_MOVES),
        ("people asked for by name", len(asked.named), 0, MOST_NAMED),
        ("people shown", asked.shown, 0, MOST_SHOWN),
    )
    for what, count, least, most in counts:
        if not least <= count <= most:
            raise WhatIfError(f"A what-if takes {least} to {most} {what}, not {count}.")
    for each in asked.variants:
        if each.plan is None and not each.moves:
            raise WhatIfError("A variant has another plan, moves, or both; one of these has neither.")


def _check_plan(plan: Plan | None, base: Base) -> None:
    if plan is None:
        return
    refuse_misfit(plan, base.period)
    currency = base.paid.plan.currency
    if plan.currency != currency:
        raise OtherCurrencyError(
            f"The base pays {currency} and plan {plan.name} {plan.version} {plan.currency}; amounts of two currencies "
            "do not compare."
        )


def _names(asked: Asked, base: Base) -> list[str]:
    plans = [variant.plan or base.paid.plan for variant in asked.variants]
    return distinct(
        [
            variant.name or (f"{plan.name} {plan.version}" if variant.plan else "moved")
            for variant, plan in zip(asked.variants, plans, strict=True)
        ]
    )


def _ix(base: Base, id: str) -> int:
    ix = base.ix_of.get(id)
    if ix is None or not base.paid.taken.enrolled[ix]:
        raise UnknownDistributorError(f"{id} had not joined by the end of {base.period.name}.", distributor=id)
    return ix


def _busy() -> WhatIfBusyError:
    return WhatIfBusyError("Another what-if is being worked out; try again in a few seconds.", retry_after_s=AGAIN_S)
