"""Who leaves and comes back: what it refuses, and what a snapshot knows of it at which fact."""

import pytest

from app.errors import BanyanError
from app.facts import errors
from app.facts.commands import Enrol, Reinstate, Terminate
from app.graph import GraphDatabase
from app.periods.models import Period
from app.periods.repository import PeriodRepository
from app.runs.snapshots import NO_CARRY, SnapshotRepository
from tests.component.volumes.company import (
    APRIL,
    MARCH,
    Company,
    Register,
    close_period,
    customer_order,
    enrol,
    ms,
    open_period,
    order,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(graph: GraphDatabase) -> Company:
    company = Company(graph)
    company.clock.set(2026, 3, 1)
    await company.write(open_period(MARCH), enrol("A", None), enrol("B", "A"), enrol("C", "B"), enrol("D", "C"))
    return company


async def refused(company: Company, command: Terminate | Reinstate | Enrol, error: type[BanyanError]) -> str:
    with pytest.raises(errors.BatchRefusedError) as refusal:
        await company.write(command)
    assert refusal.value.details["refusals"][0]["error"] == error.code()
    return str(refusal.value.details["refusals"][0]["detail"])


async def month(company: Company, number: int) -> Period:
    period = await PeriodRepository(company.graph).one("monthly", number)
    assert period is not None
    return period


async def standing(company: Company, number: int, seq: int) -> tuple[str, str]:
    """Who is active and who is passed over at a month's end as known at a fact."""
    taken = await SnapshotRepository(company.graph).take(await month(company, number), seq, NO_CARRY)
    people = taken.snapshot.people
    named = [
        [id for id, said in zip(taken.ids, column, strict=True) if said]
        for column in (people.active, people.passed_over)
    ]
    return "".join(named[0]), "".join(named[1])


async def test_a_snapshot_knows_the_status_that_was_known_then_and_true_at_the_months_end(company: Company) -> None:
    company.clock.set(2026, 3, 20)
    await company.write(open_period(APRIL))
    (gone,) = await company.write(Terminate("B", "compress_for_pay"))
    (hole,) = await company.write(Terminate("C", "keep_hole", ms(2026, 3, 10)))
    company.clock.set(2026, 4, 5)
    (closed,) = await company.write(close_period(MARCH))
    (back,) = await company.write(Reinstate("B", ms(2026, 4, 2)))
    (late,) = await company.write(Terminate("D", "compress_for_pay", ms(2026, 3, 31)))
    (again,) = await company.write(Terminate("B", "keep_hole"))
    assert await standing(company, MARCH, gone.seq - 1) == ("ABCD", "")
    assert await standing(company, MARCH, gone.seq) == ("ACD", "B")
    assert await standing(company, MARCH, closed.seq) == ("AD", "B")
    assert await standing(company, MARCH, back.seq) == ("AD", "B"), "B came back only in April"
    assert await standing(company, APRIL, back.seq) == ("ABD", "")
    assert await standing(company, MARCH, late.seq) == ("A", "BD"), "as known now, March had lost D too"
    assert await standing(company, APRIL, again.seq) == ("A", "D")
    assert (hole.data["closed_period"], late.data["closed_period"], again.data["closed_period"]) == (
        None,
        "2026-03",
        None,
    )


async def test_whoever_is_taken_over_as_terminated_was_active_before(company: Company) -> None:
    company.clock.set(2026, 4, 5)
    await company.write(open_period(APRIL))
    gone = Enrol(
        "E", "A", "Eve", "E", ms(2026, 1, 1), "terminated", terminated_at=ms(2026, 4, 2), consequence="compress_for_pay"
    )
    await company.write(
        gone, Enrol("F", "A", "Flo", "F", ms(2026, 1, 1), "terminated"), order("o1", "E", at=ms(2026, 4, 3))
    )
    (last,) = await company.write(Reinstate("F"))
    assert await standing(company, MARCH, last.seq) == ("ABCDE", "")
    assert await standing(company, APRIL, last.seq) == ("ABCDF", "E")
    (back,) = await company.write(Reinstate("E"))
    assert await standing(company, APRIL, back.seq) == ("ABCDEF", "")
    assert await standing(company, APRIL, last.seq) == ("ABCDF", "E"), "what was known before stays"


async def test_what_is_refused(company: Company) -> None:
    company.clock.set(2026, 3, 20)
    await company.write(Terminate("C", effective_at=ms(2026, 3, 10)), Register("K", "Kim", "C", ms(2026, 2, 1)))
    await refused(company, Terminate("C"), errors.TerminatedError)
    await refused(company, Reinstate("B"), errors.NotTerminatedError)
    await refused(company, Terminate("B", "vanish"), errors.InvalidCommandError)  # type: ignore[arg-type]
    assert "future" in await refused(company, Terminate("B", effective_at=ms(2026, 3, 21)), errors.InvalidCommandError)
    assert "2026-03-10" in await refused(company, Reinstate("C", ms(2026, 3, 9)), errors.InvalidCommandError)
    await refused(company, Terminate("B", effective_at=ms(2025, 12, 31)), errors.InvalidCommandError)
    assert "somebody above" in await refused(company, enrol("X", "C", at=ms(2026, 3, 12)), errors.TerminatedError)
    await refused(company, order("o1", "C", at=ms(2026, 3, 10)), errors.TerminatedError)  # type: ignore[arg-type]
    await company.write(
        order("o2", "C", at=ms(2026, 3, 9)),
        customer_order("o3", "K", at=ms(2026, 3, 12)),
        enrol("Y", "C", at=ms(2026, 3, 9)),
    )
    await company.write(Reinstate("C"), order("o4", "C", at=ms(2026, 3, 20)))
    await company.catch_up()
    await company.check()
    assert (await company.figures("A"))["sponsor_pv"] == 300, "volume flows through the hole"
