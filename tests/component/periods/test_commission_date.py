"""Orders that count by the date they are paid: for the writer, the counters, snapshots, the audit and the doctor."""

import csv
from pathlib import Path

import pytest

from app.doctor.service import Doctor
from app.facts import errors
from app.facts.commands import DateOrder, Register, Return, Submission
from app.graph import GraphDatabase
from app.imports.models import ImportReport
from app.imports.progress import Stages
from app.plans.loader import library, load_plan
from app.runs.calculation import stored_snapshot
from app.settings import Settings
from app.volumes import RollUp, TallyCheck
from app.volumes.rebuild import TallyRebuild
from tests.component.periods.test_grace import Desk
from tests.component.volumes.company import customer_order, enrol, ms, order
from tests.unit.imports.directories import write

pytestmark = pytest.mark.anyio
FEBRUARY_11, MARCH_11 = ms(2026, 2, 11), ms(2026, 3, 11)


class Shop(Desk):
    """Sponsor and place differ: C is sponsored by A and stands below B. Months count by payment, weeks by placing."""

    async def begin(self) -> None:
        self.clock.set(2026, 2, 10)
        await self.house.periods.open("2026-02", "UTC", key="2026-02", actor="desk", commission_date="paid")
        for name in ("2026-03", "2026-W07", "2026-W08"):
            await self.house.periods.open(name, "UTC", key=name, actor="desk")
        await self(enrol("A", None))
        await self(enrol("B", "A", "A", 1))
        await self(enrol("C", "A", "B", 2))
        await self(Register("K", "Kim", "C", FEBRUARY_11 - 86_400_000))
        self.clock.set(2026, 2, 12)

    async def months(self, *of: str, tree: str = "binary") -> list[int]:
        """The group volume of people in February and March, minor PV."""
        rows = [await self.tally(id, month) for id in of for month in (202602, 202603)]
        return [row[f"{tree}_pv"] for row in rows]

    async def tally(self, id: str, month: int) -> dict[str, int]:
        row = await self.house.graph.read_one("procedures/tally", {"id": id, "period": month})
        assert row is not None
        return row

    async def counted(self) -> None:
        """Rolled up fact by fact, equal to the recomputation, nothing wrong."""
        worker = RollUp(self.house.graph, "worker", self.clock, lease_ms=0)
        assert await worker.claim()
        while not (await worker.step(1)).idle:
            pass
        assert await TallyCheck(self.house.graph).differences() == []
        diagnosis = await Doctor(self.house.graph).examine(lambda _: None)
        assert diagnosis.healthy
        assert list((await self.house.audit.verify()).problems) == []


@pytest.fixture
async def shop(graph: GraphDatabase, test_settings: Settings, tmp_path: Path) -> Shop:
    begun = Shop(graph, test_settings.model_copy(update={"data_dir": tmp_path / "data"}))
    await begun.begin()
    return begun


async def test_an_order_counts_once_in_the_month_in_which_it_is_paid(shop: Shop, tmp_path: Path) -> None:
    placed = await shop(order("O", "C", 700, at=FEBRUARY_11))
    await shop(customer_order("OK", "K", 50, at=FEBRUARY_11))
    waits = await shop(order("waits", "C", 9, at=FEBRUARY_11))
    assert (placed.data["monthly"], waits.data["monthly"]) == (None, None)
    assert placed.data["weekly"] is not None, "a week counts it by the date it was placed"
    await shop.counted()
    assert await shop.months("A", "B", "C") == [0] * 6
    shop.clock.set(2026, 3, 12)
    first = DateOrder("O", "paid", MARCH_11)
    paid = await shop(first)
    await shop(DateOrder("OK", "paid", ms(2026, 2, 28)))
    assert (paid.data["monthly"], paid.data["weekly"]) == (202603, None)
    again = await shop.house.writer.submit(Submission(paid.key, "desk", "", first))
    assert (again.replayed, again.data) == (True, paid.data)
    with pytest.raises(errors.AlreadyDatedError, match="O was paid on 2026-03-11"):
        await shop(DateOrder("O", "paid", MARCH_11 + 1))
    await shop.counted()
    assert await shop.months("A", "B", "C") == [50, 700] * 3

    await shop.house.periods.close("2026-02", key="close", actor="desk")
    late = await shop(DateOrder("waits", "paid", ms(2026, 2, 20)))
    back = await shop(Return("R", "OK", MARCH_11))
    assert [late.data["monthly"], back.data["monthly"]] == [202603, 202603], "February is closed"
    await shop.counted()
    assert await shop.months("A", "C", tree="sponsor") == [50, 700 + 9 - 50] * 2
    worker = RollUp(shop.house.graph, "keeper", shop.clock, lease_ms=0)
    await TallyRebuild(shop.house.graph, worker).run({"sponsor": 2, "binary": 2})
    await shop.counted()

    plan = load_plan(library()["sample"])
    await shop.house.runs.calculate("2026-02", plan)
    run = await shop.house.runs.calculate("2026-03", plan)
    snapshot = stored_snapshot(run, shop.house.blobs)
    assert dict(zip(snapshot.order_ids, snapshot.snapshot.orders.pv.tolist(), strict=True)) == {
        "O": 700,
        "waits": 9,
        "R": -50,
    }
    await shop.house.audit_exports.person("C", tmp_path / "dispute", actor="lawyer")
    with (tmp_path / "dispute/orders.csv").open(newline="") as file:
        rows = {(row["kind"], row["order"]): row["monthly"] for row in csv.DictReader(file)}
    assert rows == {
        **{("order", id): "" for id in ("O", "OK", "waits")},
        ("paid", "O"): "202603",
        ("paid", "OK"): "202602",
        ("paid", "waits"): "202603",
        ("return", "R"): "202603",
    }


async def test_a_file_tells_later_when_a_stored_order_was_paid(shop: Shop, tmp_path: Path) -> None:
    """As the API tells it; the same file again is stored already, and a date told otherwise is refused."""
    imports = shop.house.imports

    async def brought(name: str, *rows: str) -> ImportReport:
        orders = [f"{row},7.00,7.00," for row in rows]
        return await imports.run(write(tmp_path / name, {"orders": orders}), Stages.untold())

    def row(id: str, paid: str = "", shipped: str = "") -> str:
        return f"{id},C,distributor,order,,2026-02-11T00:00:00Z,{paid},{shipped}"

    assert (await brought("orders", row("O"), row("P"), row("gone"))).imported
    await shop(Return("R", "gone", FEBRUARY_11))
    await shop.counted()
    assert await shop.months("A") == [0, 0]
    shop.clock.set(2026, 3, 12)
    paid = [row("O", "2026-03-11T00:00:00Z", "2026-03-12T00:00:00Z"), row("P", "2026-02-11T00:00:00Z")]
    report = await brought("paid", *paid)
    assert [str(line) for line in report.bad_lines] == []
    assert [(file.new, file.unchanged) for file in report.files] == [(2, 0)]
    await shop.counted()
    assert await shop.months("A", "B") == [700, 700] * 2
    again = await brought("again", *paid)
    assert (again.imported, again.last_seq) == (True, None)
    with pytest.raises(errors.AlreadyDatedError, match="O was paid on 2026-03-11"):
        await shop(DateOrder("O", "paid", MARCH_11))
    other = await brought("other", row("O", "2026-03-10T00:00:00Z"), row("gone", "2026-03-10T00:00:00Z"))
    assert [str(line).partition(": '")[0] for line in other.bad_lines] == [
        "orders.csv:2 paid_at: stored with other values",
        "orders.csv:3 paid_at: stored with other values",
    ]
    assert "it came back by R" in str(other.bad_lines[1])


async def test_what_comes_back_before_it_is_paid_never_counts(shop: Shop) -> None:
    await shop(order("O", "C", at=FEBRUARY_11))
    assert (await shop(Return("R", "O", FEBRUARY_11))).data["monthly"] is None
    with pytest.raises(errors.AlreadyReturnedError, match="O has come back"):
        await shop(DateOrder("O", "paid", FEBRUARY_11))
    await shop.counted()
    assert await shop.months("A") == [0, 0]


async def test_a_calendar_keeps_its_date(shop: Shop) -> None:
    periods = {period.name: period.commission_date for period in await shop.house.periods.every_calendar()}
    assert periods == {"2026-02": "paid", "2026-03": "paid", "2026-W07": "placed", "2026-W08": "placed"}
    shop.clock.set(2026, 3, 12)
    await shop.house.periods.close("2026-02", key="close", actor="desk")
    with pytest.raises(errors.PeriodConflictError, match="on which they are paid, since its first period"):
        await shop.house.periods.open("2026-04", "UTC", key="other", actor="desk", commission_date="placed")
    await shop.house.periods.open("2026-04", "UTC", key="2026-04", actor="desk")
    assert (await shop.house.periods.get("2026-04")).commission_date == "paid"


async def test_a_snapshot_of_the_past_does_not_know_what_was_paid_since(shop: Shop) -> None:
    """The same fence gives the same bytes, whatever is paid and told after it."""
    await shop(order("O", "C", at=FEBRUARY_11))
    await shop(order("P", "B", at=FEBRUARY_11))
    await shop(DateOrder("P", "paid", FEBRUARY_11))
    shop.clock.set(2026, 3, 12)
    await shop.house.periods.close("2026-02", key="close", actor="desk")
    plan = load_plan(library()["sample"])
    before = await shop.house.runs.calculate("2026-02", plan)
    await shop(DateOrder("O", "paid", FEBRUARY_11))
    after = await shop.house.runs.calculate("2026-02", plan)
    assert (before.orders, before.id, before.hash) == (1, after.id, after.hash)
