"""A company paid and its run opened again from its files, without a graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from app.blobs.store import DirectoryBlobs
from app.engine.models import Snapshot
from app.periods.models import Period
from app.plans.models import Plan
from app.runs.calculation import Calculated, run_of, work_out
from app.runs.models import RankDecision, Run, Taken
from app.runs.opened import OpenedRun, OpenedRuns

MARCH: Final = Period(
    calendar="monthly",
    number=202603,
    name="2026-03",
    zone="UTC",
    starts_at=datetime(2026, 3, 1, tzinfo=UTC),
    ends_at=datetime(2026, 4, 1, tzinfo=UTC),
    grace_ends_at=None,
    commission_date="placed",
    state="closed",
    turns=(1, 10_000),
    run=None,
)


@dataclass(frozen=True)
class Paid:
    """A run as calculated, as stored, and as opened."""

    calculated: Calculated
    run: Run
    opened: OpenedRun


async def paid(
    company: Snapshot, plan: Plan, folder: Path, decisions: Mapping[int, RankDecision] | None = None
) -> Paid:
    """The run of a company whose people are D0, D1, … and whose orders are O0, O1, …"""
    people, orders = len(company.people), len(company.orders)
    taken = Taken(
        company,
        [f"D{ix}" for ix in range(people)],
        [""] * people,
        np.ones(people, np.bool_),
        [f"O{row}" for row in range(orders)],
        9_999,
        decisions=decisions or {},
    )
    store = DirectoryBlobs(folder)
    calculated = work_out(taken, plan, store)
    run = run_of(calculated, MARCH, plan, code_version="test", calculated_at=datetime(2026, 4, 1, tzinfo=UTC))
    return Paid(calculated, run, await OpenedRuns(store, most_mib=64).open(run))
