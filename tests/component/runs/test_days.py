"""The days of a month by its own clock, from the orders' dates to what a cap a day leaves of them."""

from datetime import UTC, datetime

import pytest

from app.clock import to_ms
from app.facts.commands import Enrol, Explicit, Order, Return
from app.plans.loader import parse_plan
from app.runs.calculation import stored_snapshot
from app.wiring import House
from tests.component.runs.test_runs import Desk

pytestmark = pytest.mark.anyio
PLAN = parse_plan("""
name: By days
version: "1"
currency: EUR
zone: Europe/Berlin
ranks: [{name: Member}]
bonuses: [{type: binary, name: Team bonus, rate: 10%, cap_per_day: 10}]
""")


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


async def test_a_cap_a_day_goes_by_the_calendar_days_of_the_zone(house: House) -> None:
    """Berlin is an hour ahead of UTC until the 29th, when its clocks go forward, and two from then on."""
    desk = Desk(house)
    for month in ("2026-02", "2026-03"):
        await house.periods.open(month, "Europe/Berlin", key=month, actor="test")
    for id, sponsor, place in (("A", None, None), ("L", "A", Explicit("A", 1)), ("R", "A", Explicit("A", 2))):
        await desk(Enrol(id, sponsor, id, "", at("2026-01-31T23:00"), placement=place))
    await house.periods.close("2026-02", key="close", actor="test")
    await house.runs.calculate("2026-02", PLAN)
    sold = [
        ("of February", "L", "2026-02-10T12:00", 15_000),  # too late for its month, on the first day of this one
        ("the last of the 4th", "R", "2026-03-04T22:59", 20_000),
        ("the first of the 5th", "L", "2026-03-04T23:00", 20_000),
        ("the last of the 29th", "L", "2026-03-29T21:59", 5_000),
        ("the first of the 30th", "R", "2026-03-29T22:00", 30_000),
    ]
    for id, who, when, cv in sold:
        await desk(Order(id, who, "distributor", at(when), cv, cv))
    await desk(Return("back", "the last of the 29th", at("2026-04-02T12:00")))
    await house.periods.close("2026-03", key="march", actor="test")

    run = await house.runs.calculate("2026-03", PLAN)
    snapshot = stored_snapshot(run, house.blobs).snapshot
    assert (snapshot.orders.day.tolist(), snapshot.days) == ([1, 4, 5, 29, 30, 31], 31)
    statement = await house.statements.statement("A", "2026-03", include_uncommitted=True)
    # 4th: 150 of 200 are matched, 15.00. 5th: 50, 5.00. 30th: 150 + 50, 20.00, before 50 come back on the 31st.
    [line] = statement.lines
    assert (line.base, line.raw, line.amount) == (40_000, 4_000, 2_500)
    assert [(miss.reason, miss.forgone) for miss in statement.misses] == [("capped_day", 1_500)]
    assert "2026-03-04 with 15.00 EUR and 2026-03-30 with 20.00 EUR" in statement.misses[0].words
    [left, right] = statement.carry
    assert (left.new, left.matched, left.carried_out) == (35_000, 40_000, -5_000)
    assert (right.new, right.matched, right.carried_out) == (50_000, 40_000, 10_000)
    again = await house.runs.calculate("2026-03", PLAN)
    assert again.hash == run.hash
