"""Plans that were registered: a fact each, the file behind it, and which one pays a period."""

from datetime import date

import neo4j
import pytest

from app.blobs.store import DirectoryBlobs
from app.facts.commands import RegisterPlan, Submission
from app.facts.errors import InvalidCommandError, PlanVersionTakenError
from app.facts.verify import verify_chain
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from tests.component.audit.conftest import Paid, driver, paid

__all__ = ["driver", "paid"]
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)


def sample(version: str = "2026.1", **changed: object) -> Plan:
    return load_plan(library()["sample"]).model_copy(update={"version": version, **changed})


async def register(paid: Paid, plan: Plan, day: date, key: str) -> int:
    receipt = await paid.house.plans.register(plan, day, key=key, actor="Board", reason="meeting of 3 February")
    return receipt.seq


async def test_a_registered_plan_says_who_brought_it_and_what_it_is(paid: Paid, driver: neo4j.Driver) -> None:
    plans = paid.house.plans
    [before] = await plans.all()
    assert (before.effective_from, before.actor) == (date(2026, 1, 1), "ann")
    seq = await register(paid, sample(), MARCH, "one")
    assert await register(paid, sample(), MARCH, "one") == seq, "the same again is answered as before"
    [_, found] = await plans.all()
    assert (found.name, found.version, found.hash) == ("Sample hybrid", "2026.1", sample().hash)
    assert (found.calendar, found.effective_from, found.seq) == ("monthly", MARCH, seq)
    assert (found.actor, found.reason) == ("Board", "meeting of 3 February")
    assert await plans.stored(found.hash) == sample()
    assert found.hash == paid.runs[0].plan_hash, "a run names its plan by the same hash"
    assert (await verify_chain(paid.house.graph)).intact
    driver.execute_query("MATCH (f:RegisterPlan {seq: $seq}) SET f.plan_hash = $hash", seq=seq, hash="a" * 64)
    [named] = (await verify_chain(paid.house.graph)).problems
    assert named.startswith(f"Fact {seq} (RegisterPlan, ")


async def test_of_several_the_one_effective_last_pays(paid: Paid) -> None:
    plans = paid.house.plans
    first, second, third = sample("1"), sample("2"), sample("3", calendar="weekly")
    for key, (plan, day) in enumerate(((second, JUNE), (first, MARCH), (third, MARCH))):
        await register(paid, plan, day, str(key))

    async def paying(calendar: str, day: date) -> str | None:
        found = await plans.paying(calendar, day)
        return None if found is None else found.version

    assert await paying("monthly", date(2025, 12, 1)) is None
    assert await paying("monthly", date(2026, 2, 1)) == "2026.1"
    assert [await paying("monthly", date(2026, month, 1)) for month in (3, 5, 6, 7)] == ["1", "1", "2", "2"]
    assert await paying("weekly", MARCH) == "3"
    await register(paid, sample("4"), JUNE, "corrected")
    assert await paying("monthly", JUNE) == "4", "of one day the one registered last"


async def test_a_version_stands_for_one_plan(paid: Paid) -> None:
    await register(paid, sample(), MARCH, "one")
    before = (await verify_chain(paid.house.graph)).facts
    with pytest.raises(PlanVersionTakenError, match=r"Sample hybrid 2026\.1 is registered already"):
        await register(paid, sample(rounding="half_even"), JUNE, "two")
    wrong = RegisterPlan("P", "1", sample().hash, "monthly", "2026-03-01")
    for name, value in (
        *(("plan_hash", "A" * 64), ("calendar", "yearly"), ("effective_from", "2026-3-1")),
        *(("effective_from", "20260301"), ("effective_from", "2026-02-30"), ("name", ""), ("version", "\n")),
    ):
        command = RegisterPlan(**({field: getattr(wrong, field) for field in wrong.__slots__} | {name: value}))
        with pytest.raises(InvalidCommandError):
            await paid.house.writer.submit(Submission(f"{name} {value!r}"[:50], "a", "", command))
    assert (await verify_chain(paid.house.graph)).facts == before


async def test_the_audit_names_a_plan_whose_file_is_changed_or_gone(paid: Paid) -> None:
    seq = await register(paid, sample("7"), MARCH, "one")
    assert await paid.problems() == []
    path = DirectoryBlobs(paid.house.settings.data_dir / "blobs").open(sample("7").hash)
    content = path.read_bytes()
    for offset in (0, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:offset] + bytes([content[offset] ^ 1]) + content[offset + 1 :])
        [named] = await paid.problems()
        assert named.startswith(f"Plan Sample hybrid 7, which fact {seq} registered: ")
    path.unlink()
    [named] = await paid.problems()
    assert named.startswith(f"Plan Sample hybrid 7, which fact {seq} registered: ")
