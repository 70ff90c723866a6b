"""Two stored runs of an imported company, as they stand in the graph and the blobs, against their statements."""

import pytest

from app.amounts import from_minor
from app.blobs.store import DirectoryBlobs
from app.demo.commit import commit_with_two
from app.differences.models import Cause
from app.differences.text import difference_lines
from app.facts.commands import Move, Order, Submission
from app.facts.errors import UnknownDistributorError
from app.plans.loader import library, load_plan
from app.runs.errors import NoRunError, OtherCurrencyError
from app.runs.models import EVERY_ROW, Run
from app.runs.opened import OpenedRuns
from app.runs.statements import statement_of
from app.wiring import House

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("imported")]

JANUARY_20 = 1_768_867_200_000


@pytest.fixture
def opened(house: House) -> OpenedRuns:
    return OpenedRuns(DirectoryBlobs(house.settings.data_dir / "blobs"), 100)


async def sample(house: House, month: str = "2026-01") -> Run:
    return await house.runs.calculate(month, load_plan(library()["sample"]))


async def test_changes_are_those_of_both_statements(house: House, opened: OpenedRuns) -> None:
    before = await sample(house)
    seller = (await house.statements.examples(before))[-1]
    late = Order("late", seller, "distributor", JANUARY_20, 90_000, 81_000)
    await house.writer.submit(Submission("late", "desk", "test", late))
    between = await sample(house)
    ordered = await house.differences.differences(before.id, between.id, limit=1)
    assert Cause.ORDER in {each.cause for each in ordered.causes}
    moved = Move(seller, "sponsor", "D0000001", effective_at=JANUARY_20)
    await house.writer.submit(Submission("moved", "desk", "test", moved))
    after = await sample(house)
    found = await house.differences.differences(before.id, after.id, limit=200)
    assert found.total.change == after.amount - before.amount == found.people.gained - found.people.lost
    assert found.people_changed == len(found.page) > 1
    assert Cause.TREE in {each.cause for each in found.causes}

    was, now = [await opened.open(run) for run in (before, after)]
    changed = {person.distributor: person for person in found.page}
    for id in now.taken.ids:
        amounts = [statement_of(each, each.ix_of[id], EVERY_ROW, EVERY_ROW).amount for each in (was, now)]
        if id in changed:
            assert [changed[id].amounts.before, changed[id].amounts.after] == amounts
        else:
            assert amounts[0] == amounts[1]
    for person in found.page:
        told = [statement_of(each, each.ix_of[person.distributor], EVERY_ROW, EVERY_ROW) for each in (was, now)]
        for bonus in person.bonuses:
            for line in bonus.told:
                for side, statement in zip((line.before, line.after), told, strict=True):
                    paid = [
                        each for each in statement.lines if (each.bonus, each.order) == (bonus.amounts.name, line.order)
                    ]
                    assert [side.words] == [each.words for each in paid] or not paid
                    assert side.amount == sum(each.amount for each in paid)
    lines = list(difference_lines(found))
    assert any(f"{from_minor(found.total.change):,}" in line for line in lines[:5])


async def test_months_and_plans_are_compared_and_currencies_are_not(house: House) -> None:
    january, february = await sample(house), await sample_of_february(house)
    found = await house.differences.differences(january.id, february.id, limit=1)
    assert found.total.change == february.amount - january.amount
    assert Cause.ORDER in {each.cause for each in found.causes}
    assert len(found.page) == 1 < found.people_changed
    dollars = await house.runs.calculate("2026-01", load_plan(library()["g7-unilevel"]))
    with pytest.raises(OtherCurrencyError):
        await house.differences.differences(january.id, dollars.id, limit=1)
    with pytest.raises(NoRunError):
        await house.differences.differences(january.id, "none", limit=1)
    with pytest.raises(UnknownDistributorError):
        await house.differences.differences(january.id, february.id, limit=1, person="nobody")


async def sample_of_february(house: House) -> Run:
    await house.periods.close("2026-01", key="close", actor="test")
    january = await sample(house)
    await commit_with_two(house, january.id)
    return await sample(house, "2026-02")
