"""A period that is opened again before its run is committed: what was calculated stays, and pays nobody."""

from pathlib import Path

import pytest

from app.blobs.store import DirectoryBlobs
from app.demo.commit import commit_with_two
from app.facts import errors
from app.facts.commands import Enrol, Opening, Order, Return
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.runs.calculation import stored_snapshot
from app.wiring import House, roll_up
from tests.component.runs.test_runs import DAY, JANUARY_5, Desk, spillover_company

pytestmark = pytest.mark.anyio


@pytest.fixture
def sample() -> Plan:
    return load_plan(library()["sample"])


async def close(house: House, month: str, key: str = "close") -> int:
    return (await house.periods.close(month, key=f"{key} {month}", actor="desk", reason="end of month")).seq


async def reopen(house: House, month: str, key: str = "reopen", reason: str = "late orders") -> int:
    return (await house.periods.reopen(month, key=f"{key} {month}", actor="office", reason=reason)).seq


async def test_a_run_of_the_old_fence_stays_what_it_was_and_is_never_paid(house: House, sample: Plan) -> None:
    desk = await spillover_company(house)
    old_fence = await close(house, "2026-01")
    old = await house.runs.calculate("2026-01", sample)
    statement = await house.statements.statement("P2", "2026-01", include_uncommitted=True)
    february = await desk(Order("while closed", "P1", "distributor", JANUARY_5, 10_000, 10_000))
    reopened = await reopen(house, "2026-01")
    assert await house.statements.statement("P2", "2026-01", include_uncommitted=True) == statement
    assert (statement.run.seq, statement.run.state) == (old_fence, "preview")
    estimate = await house.runs.calculate("2026-01", sample)
    january = [
        await desk(Order("corrected", "P2", "distributor", JANUARY_5, 30_000, 30_000)),
        await desk(Return("R5", "O5", JANUARY_5 + 3 * DAY)),
    ]
    with pytest.raises(errors.RunConflictError, match="not closed"):
        await house.runs.commit(old.id, key="early", actor="test")
    new_fence = await close(house, "2026-01", "close again")
    assert (february.data["monthly"], [one.data["monthly"] for one in january]) == (202602, [202601, 202601])
    with pytest.raises(errors.RunConflictError, match=f"up to {old_fence}.* at fact {new_fence}: .*an earlier closing"):
        await house.runs.step(old.id, "review", key="old", actor="test")
    with pytest.raises(errors.RunConflictError, match="Calculate 2026-01 again"):
        await house.runs.step(estimate.id, "review", key="estimate", actor="test")

    new = await house.runs.calculate("2026-01", sample)
    assert (old.seq, new.seq) == (old_fence, new_fence)
    assert (old.orders, estimate.orders, new.orders) == (11, 11, 13)
    assert await house.runs.get(old.id) == old
    ids = stored_snapshot(new, DirectoryBlobs(house.settings.data_dir / "blobs")).order_ids
    assert {"corrected", "R5"} <= set(ids)
    assert "while closed" not in ids
    await commit_with_two(house, new.id)
    with pytest.raises(errors.PeriodConflictError, match="committed run"):
        await reopen(house, "2026-01", "too late")

    period = await house.periods.get("2026-01")
    turns = await house.periods.turns(period)
    assert [(turn.kind, turn.seq, turn.actor, turn.reason) for turn in turns] == [
        ("OpenPeriod", period.opened_seq, "test", ""),
        ("ClosePeriod", old_fence, "desk", "end of month"),
        ("ReopenPeriod", reopened, "office", "late orders"),
        ("ClosePeriod", new_fence, "desk", "end of month"),
    ]
    assert period.closings == (old_fence, new_fence)
    verified = await house.audit.verify()
    assert list(verified.problems) == [], verified


async def test_the_audit_s_files_of_a_period_that_was_opened_again_are_one_piece(
    house: House, sample: Plan, tmp_path: Path
) -> None:
    desk = await spillover_company(house)
    await close(house, "2026-01")
    await reopen(house, "2026-01")
    await desk(Order("corrected", "P2", "distributor", JANUARY_5, 30_000, 30_000))
    last = await close(house, "2026-01", "close again")
    run = await house.runs.calculate("2026-01", sample)
    await commit_with_two(house, run.id)
    await house.audit_exports.period("2026-01", tmp_path / "out", actor="a")
    facts = (tmp_path / "out/facts.csv").read_text()
    assert "ReopenPeriod" in facts
    assert "late orders" in facts
    assert f"every fact from 1 to {last}" in (tmp_path / "out/README.txt").read_text()


async def test_which_periods_open_again(house: House, sample: Plan) -> None:
    desk = await spillover_company(house)
    for month, why in (("2026-01", "is open"), ("2025-12", "no period")):
        with pytest.raises((errors.PeriodConflictError, errors.UnknownPeriodError), match=why):
            await reopen(house, month, why)
    await close(house, "2026-01")
    with pytest.raises(errors.InvalidCommandError, match="for a reason"):
        await reopen(house, "2026-01", reason=" ")
    await close(house, "2026-02")
    with pytest.raises(errors.PeriodConflictError, match="open 2026-02 again first"):
        await reopen(house, "2026-01", "out of order")
    await reopen(house, "2026-02")
    await reopen(house, "2026-01")
    await close(house, "2026-01", "again")
    await house.periods.open("2026-03", "UTC", key="march", actor="test")
    with pytest.raises(errors.PeriodConflictError, match=r"2026-02 and 2026-03 are open.*returns and orders"):
        await reopen(house, "2026-01", "no slot")
    assert await roll_up(house).catch_up()
    assert (await house.periods.get("2026-01")).open is False
    await desk(Order("late", "P2", "distributor", JANUARY_5, 30_000, 30_000))


async def test_what_a_former_system_paid_stays(house: House) -> None:
    desk = Desk(house)
    await desk(Enrol("A", None, "A", "", JANUARY_5))
    await desk(Opening("A", 202602, 5, 5, 0, ""))
    await house.periods.open("2026-01", "UTC", key="january", actor="test")
    await close(house, "2026-01")
    with pytest.raises(errors.PeriodConflictError, match="before the company came"):
        await reopen(house, "2026-01")
