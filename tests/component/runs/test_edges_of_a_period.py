"""What is dated the last millisecond of a period belongs to it, and what is dated the next one does not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.clock import to_ms
from app.facts.commands import BelowSponsor, Enrol, Move, Order, Place, Terminate
from app.graph import GraphDatabase
from app.periods.calendars import calendar_of, name_of, number_after, number_of, period
from app.plans.loader import library, load_plan
from app.runs.calculation import stored_snapshot
from app.settings import Settings
from app.wiring import build_house
from tests.component.runs.test_runs import Desk
from tests.component.volumes.company import TestClock

pytestmark = pytest.mark.anyio
ENDS = {
    "2026-03": ("Europe/Berlin", "2026-03-31T22:00"),  # an hour shorter: clocks go forward on the 29th
    "2026-W13": ("Europe/Berlin", "2026-03-29T22:00"),  # they do on its last day
    "2026-03-29": ("Europe/Berlin", "2026-03-29T22:00"),  # a day of 23 hours
    "2026-W41-W44": ("America/Havana", "2026-11-02T05:00"),  # on its last day midnight comes twice
    "2026-09-05": ("America/Santiago", "2026-09-06T04:00"),  # the midnight that ends it never comes
}


@pytest.mark.parametrize("name", ENDS)
async def test_the_last_instant_counts_and_the_next_one_does_not(
    graph: GraphDatabase, test_settings: Settings, tmp_path: Path, name: str
) -> None:
    house = build_house(test_settings.model_copy(update={"data_dir": tmp_path}), graph, TestClock(2027, 1, 1))
    desk, (zone, ended), calendar = Desk(house), ENDS[name], calendar_of(name)
    ends, following = to_ms(datetime.fromisoformat(ended).replace(tzinfo=UTC)), number_after(calendar, number_of(name))
    begins = period(name, zone).starts_at
    assert period(name, zone).ends_at == ends
    for each in (name, name_of(calendar, following)):
        await house.periods.open(each, zone, key=each, actor="test")
    await desk(Enrol("A", None, "A", "", begins))
    for number in range(7):
        place = BelowSponsor("outside_left" if number % 2 else "outside_right")
        await desk(Enrol(f"P{number}", "A", "P", "", begins, placement=place))
    counted = []
    in_time, too_late = ("P0", "P1", "P2"), ("P3", "P4", "P5")
    for instant, late, (moves, stays, goes) in ((ends - 1, "", in_time), (ends, " too late", too_late)):
        counted.append((await desk(Order(f"O{late}", "A", "distributor", instant, 1_000, 1_000))).data[calendar])
        await desk(Enrol(f"N{late}", "P6", "N", "", instant))
        await desk(Enrol(f"W{late}", "P6", "W", "", begins))
        await desk(Place(f"W{late}", BelowSponsor("outside_left"), instant))
        await desk(Move(moves, "sponsor", "P6", effective_at=instant))
        await desk(Terminate(stays, "keep_hole", instant))
        await desk(Terminate(goes, "compress_for_pay", instant))
    await house.periods.close(name, key="close", actor="test")
    assert counted == [number_of(name), following]

    plan = load_plan(library()["g7-unilevel"]).model_copy(update={"calendar": calendar, "zone": zone})
    taken = stored_snapshot(await house.runs.calculate(name, plan), house.blobs)
    people, at = taken.snapshot.people, {id: ix for ix, id in enumerate(taken.ids)}
    assert taken.order_ids == ["O"]
    assert [id for id, there in zip(taken.ids, taken.enrolled, strict=True) if not there] == ["N too late"]
    assert [taken.ids[people.sponsor[at[id]]] for id in ("P0", "P3")] == ["P6", "A"]
    assert [bool(people.parent[at[id]] >= 0) for id in ("W", "W too late")] == [True, False]
    assert [bool(people.active[at[id]]) for id in ("P1", "P4", "P2", "P5")] == [False, True, False, True]
    assert [bool(people.passed_over[at[id]]) for id in ("P1", "P4", "P2", "P5")] == [False, False, True, False]
