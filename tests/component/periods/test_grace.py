"""Grace days: how long a period that has ended takes what comes late, for the writer, the counters and an import."""

from pathlib import Path

import pytest

from app.facts import errors
from app.facts.commands import Command, Receipt, Return, Submission
from app.graph import GraphDatabase
from app.imports.progress import Stages
from app.settings import Settings
from app.volumes import RollUp, TallyCheck
from app.wiring import House, build_house
from tests.component.volumes.company import TestClock, enrol, ms, order

pytestmark = pytest.mark.anyio
JANUARY = ms(2026, 1, 10)


class Desk:
    """A company of two, whose January takes what comes late for five days, and February for as long as it is open."""

    def __init__(self, graph: GraphDatabase, settings: Settings) -> None:
        self.clock = TestClock(2026, 1, 1)
        self.house: House = build_house(settings, graph, self.clock)
        self._keys = 0

    async def __call__(self, command: Command) -> Receipt:
        self._keys += 1
        return await self.house.writer.submit(Submission(f"key-{self._keys}", "desk", "", command))

    async def begin(self) -> None:
        for name, days in (("2026-01", 5), ("2026-02", None)):
            await self.house.periods.open(name, "UTC", key=name, actor="desk", grace_days=days)
        await self(enrol("A", None))
        await self(enrol("B", "A", "A", 1))


@pytest.fixture
async def desk(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> Desk:
    begun = Desk(graph, test_settings.model_copy(update={"data_dir": tmp_path / "data"}))
    await begun.begin()
    return begun


async def test_late_orders_count_in_january_for_five_days_and_then_in_february(desk: Desk, tmp_path: Path) -> None:
    desk.clock.set(2026, 2, 5, 23, 59, 59)
    within = await desk(order("O1", "B", at=JANUARY))
    desk.clock.set(2026, 2, 6)
    late = await desk(order("O2", "B", at=JANUARY))
    back = await desk(Return("R1", "O1", ms(2026, 2, 6)))
    assert [one.data["monthly"] for one in (within, late, back)] == [202601, 202602, 202602]
    why = "2026-01 took what came late until 2026-02-06T00:00:00Z"
    assert [one.data["late"] for one in (within, late, back)] == [None, why, why]
    again = await desk.house.writer.submit(Submission(late.key, "desk", "", order("O2", "B", at=JANUARY)))
    assert (again.replayed, again.data) == (True, late.data), "the reason stands in the fact"
    await desk.house.exports.run(tmp_path / "told", "csv", lambda line: None, actor="test")
    rows = (tmp_path / "told/periods.csv").read_text().splitlines()
    assert rows[1].split(",")[1:4] == ["2026-01", "UTC", "open"]
    assert rows[1].split(",")[6] == "2026-02-06T00:00:00.000Z"
    assert list((await desk.house.audit.verify()).problems) == []
    worker = RollUp(desk.house.graph, "worker", desk.clock)
    assert await worker.catch_up()
    assert await TallyCheck(desk.house.graph).differences() == []


async def test_it_closes_after_them_or_for_a_reason_and_opens_again_without(desk: Desk) -> None:
    desk.clock.set(2026, 2, 3)
    close = desk.house.periods.close
    with pytest.raises(errors.PeriodConflictError, match="until 2026-02-06"):
        await close("2026-01", key="early", actor="desk", reason="hurry")
    with pytest.raises(errors.InvalidCommandError, match="reason"):
        await close("2026-01", key="early", actor="desk", override=True)
    await close("2026-01", key="early", actor="desk", reason="hurry", override=True)
    assert (await desk(order("O1", "B", at=JANUARY))).data["monthly"] == 202602
    desk.clock.set(2026, 2, 20)
    await desk.house.periods.reopen("2026-01", key="again", actor="desk", reason="late orders")
    assert (await desk.house.periods.get("2026-01")).grace_ends_at is None
    corrected = await desk(order("O2", "B", at=JANUARY))
    assert (corrected.data["monthly"], corrected.data["late"]) == (202601, None)
    await close("2026-01", key="at last", actor="desk")


async def test_an_import_counts_as_the_writer_does(desk: Desk, tmp_path: Path) -> None:
    """Orders of January that are brought in its grace days, and after them."""
    rows = "id,buyer,buyer_kind,kind,return_of,placed_at,pv,cv,period"
    for day, number, month in ((4, 1, 202601), (6, 2, 202602)):
        desk.clock.set(2026, 2, day)
        folder = tmp_path / f"files-{day}"
        folder.mkdir()
        own = f"O{number},B,distributor,order,,2026-01-10T00:00:00Z,10.00,5.00,"
        (folder / "orders.csv").write_text(f"{rows}\n{own}\n")
        report = await desk.house.imports.run(folder, Stages.untold())
        assert report.bad_lines == ()
        back = await desk(Return(f"R{number}", f"O{number}", ms(2026, 2, day)))
        assert back.data["monthly"] == month, "a return counts with its order, which counts there"
        again = await desk.house.imports.run(folder, Stages.untold())
        assert (again.bad_lines, again.last_seq) == ((), None)
    (tmp_path / "named").mkdir()
    named = "O3,B,distributor,order,,2026-01-10T00:00:00Z,10.00,5.00,2026-01"
    (tmp_path / "named/orders.csv").write_text(f"{rows}\n{named}\n")
    refused = await desk.house.imports.run(tmp_path / "named", Stages.untold())
    assert ["grace days are over" in line.detail for line in refused.bad_lines] == [True]
