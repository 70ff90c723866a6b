"""Periods of every calendar in a folder: what counts where, in which order it is entered, how each fault is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from app.errors import BanyanError
from app.facts.calendars import CALENDARS, COMMISSION_DATES, LATER_DATES, PLACED, CommissionDate
from app.facts.canonical import GENESIS_HASH
from app.facts.commands import (
    ClosePeriod,
    Command,
    DateOrder,
    Enrol,
    OpenPeriod,
    Order,
    ReopenPeriod,
    Return,
    Submission,
)
from app.facts.decide import Chain, decide
from app.facts.world import World
from app.imports.columns import instant_text
from app.imports.models import Kind, Stored, StoredOrder, StoredPeriod
from app.periods.calendars import name_of, period
from tests.unit.imports.directories import EMPTY, NOW, bad_lines, company, ms, plan, write

Counted = Mapping[str, int | None]
FIRST = {"daily": "2026-01-20", "four_weeks": "2026-W03-W06", "monthly": "2026-01", "weekly": "2026-W02"}
DAY_MS = 86_400_000
NO_PERIODS = Stored()


@dataclass
class History:
    """Facts that happen one by one, in an order of which a folder says nothing."""

    random: Random
    counts_by: Mapping[str, CommissionDate]
    """By calendar the date of an order by which it counts."""
    world: World = field(default_factory=lambda: World(0))
    said: list[Command] = field(default_factory=list)
    counted: dict[str, Counted] = field(default_factory=dict)
    only: str = ""
    """The calendar that is kept, where it is only one."""
    grace_days: int | None = None
    now: int = NOW

    def happens(self, command: Command) -> bool:
        """Whether it is accepted."""
        submission = Submission(f"key-{len(self.said)}", "tester", "why", command)
        [answer] = decide(Chain(0, GENESIS_HASH, 0), self.world, [submission], self.now).answers
        if isinstance(answer, BanyanError):
            return False
        self.said.append(command)
        if isinstance(command, Order | Return | DateOrder):
            self.counted[_what(command)] = {name: answer.data[name] for name in CALENDARS}
        return True

    def goes_on(self) -> None:
        """Something happens, if it may."""
        random, orders = self.random, [one for one in self.said if isinstance(one, Order)]
        at = ms("2026-01-01T00:00:00Z") + random.randrange(50 * DAY_MS)
        number, calendar = len(self.said), self.only or random.choice(CALENDARS)
        opened = [one for one in self.said if isinstance(one, OpenPeriod) and one.calendar == calendar]
        match random.choice(("open", "close", "order", "order", "order", "return", "date", "date")):
            case "open":
                name = name_of(calendar, opened[-1].number + 1) if opened else FIRST[calendar]
                self.happens(period(name, "UTC", self.grace_days, self.counts_by[calendar]))
            case "close" if opened:
                self.happens(ClosePeriod(calendar, random.choice(opened[-2:]).number))
            case "order":
                self.happens(Order(f"O{number}", "A", "distributor", at, 100, 100))
            case "return" if orders:
                order = random.choice(orders)
                self.happens(Return(f"R{number}", order.id, max(at, order.placed_at)))
            case "date" if orders:
                order = random.choice(orders)
                self.happens(DateOrder(order.id, random.choice(LATER_DATES), max(at, order.placed_at)))

    def folder(self) -> dict[Kind, list[str]]:
        """Where everything counts, as docs/import-format.md says it is told."""
        opened = [one for one in self.said if isinstance(one, OpenPeriod)]
        rows = []
        for one in self.said:
            if isinstance(one, Order):
                dates = self.dates_of(one)
                own = {
                    name: None if (at := dates[by]) is None else self.own(opened, name, at)
                    for name, by in self.counts_by.items()
                }
                told_at = ["" if at is None else instant_text(at) for at in dates.values()]
                row, counted = f"{one.id},A,distributor,order,,{','.join(told_at)},1,1", self.counted_by_now(one.id)
            elif isinstance(one, Return):
                own = self.counted_by_now(one.order_id)
                row = f"{one.id},,,return,{one.order_id},{instant_text(one.placed_at)},,,,"
                counted = dict(self.counted[one.id])
            else:
                continue
            told = [(name, counted[name]) for name in CALENDARS if counted[name] != own[name]]
            words = [f"{name}:none" if number is None else name_of(name, number) for name, number in told]
            rows.append(f"{row},{' '.join(words)}")
        self.random.shuffle(rows)
        return {
            "distributors": ["A,A,,2025-01-01T00:00:00Z,,,,"],
            "periods": [self.row_of(one) for one in opened],
            "orders": rows,
        }

    def row_of(self, opened: OpenPeriod) -> str:
        """How a period stands, as a file tells it."""
        of = opened.calendar, opened.number
        stands, again = self.world.periods[of], [one for one in self.said if isinstance(one, ReopenPeriod)]
        reopened = of in {(one.calendar, one.number) for one in again}
        state = "closed" if not stands.open else "reopened" if reopened else "open"
        until = "" if stands.grace_ends_at is None or not stands.open else instant_text(stands.grace_ends_at)
        return f"{opened.calendar},{opened.name},UTC,{state},,,{until},{opened.commission_date}"

    def numbers(self) -> list[int]:
        """Of the periods, oldest first."""
        return [one.number for one in self.said if isinstance(one, OpenPeriod)]

    def dates_of(self, order: Order) -> dict[CommissionDate, int | None]:
        """Placed, paid and shipped, as far as it is said."""
        said = {one.date: one.at for one in self.said if isinstance(one, DateOrder) and one.order_id == order.id}
        return {"placed": order.placed_at, **{date: said.get(date) for date in LATER_DATES}}

    def counted_by_now(self, id: str) -> dict[str, int | None]:
        """Where an order counts by all of its dates."""
        every = [self.counted[what] for what in (id, *(f"{id} {date}" for date in LATER_DATES)) if what in self.counted]
        return {name: next((one[name] for one in every if one[name] is not None), None) for name in CALENDARS}

    @staticmethod
    def own(opened: list[OpenPeriod], calendar: str, at: int) -> int | None:
        """The period that contains an instant; what is later than all of them has none, but is not earlier either."""
        of_calendar = [one for one in opened if one.calendar == calendar and one.starts_at <= at]
        return of_calendar[-1].number if of_calendar else None


def _what(command: Order | Return | DateOrder) -> str:
    return f"{command.order_id} {command.date}" if isinstance(command, DateOrder) else command.id


def history_of(seed: int) -> History:
    """Of every other one all calendars count orders by the date they are placed."""
    random = Random(seed)
    history = History(random, {name: random.choice(COMMISSION_DATES) if seed % 2 else PLACED for name in CALENDARS})
    assert history.happens(Enrol("A", None, "A", "A", ms("2025-01-01T00:00:00Z")))
    for _ in range(140):
        history.goes_on()
    return history


@pytest.mark.parametrize("seed", range(200))
def test_whatever_happened_everything_counts_where_it_did(tmp_path: Path, seed: int) -> None:
    """Facts of any order, told as a folder and entered from it: nothing is refused, and each order counts as before."""
    history = history_of(seed)
    planned = plan(write(tmp_path / "in", history.folder()), NO_PERIODS)
    assert planned.bad_lines == ()
    decision = decide(Chain(0, GENESIS_HASH, 0), World(0), planned.commands, NOW)
    assert [answer for answer in decision.answers if isinstance(answer, BanyanError)] == []
    sold = [fact for fact in decision.facts if isinstance(fact.command, Order | Return | DateOrder)]
    counted = {_what(fact.command): {name: fact.decided[name] for name in CALENDARS} for fact in sold}  # type: ignore[arg-type]
    assert counted == history.counted
    expected = {_what(one.command): one.counts_in for one in planned.commands if one.counts_in}  # type: ignore[arg-type]
    assert expected == history.counted, "and the check knew it"
    opened = {(one.calendar, one.number) for one in history.said if isinstance(one, OpenPeriod)}
    assert {(p.calendar, p.number) for p in decision_periods(planned.commands)} == opened


@pytest.mark.parametrize("seed", range(60))
def test_grace_days_and_a_period_that_is_open_again_come_back(tmp_path: Path, seed: int) -> None:
    """Of one calendar: what came late counts in the next period though its own one takes orders by now, or is open."""
    history = reopened_history(seed)
    planned = plan(write(tmp_path / "in", history.folder()), NO_PERIODS)
    assert planned.bad_lines == ()
    world = World(0)
    decision = decide(Chain(0, GENESIS_HASH, 0), world, planned.commands, NOW)
    assert [answer for answer in decision.answers if isinstance(answer, BanyanError)] == []
    sold = [fact for fact in decision.facts if isinstance(fact.command, Order | Return | DateOrder)]
    counted = {_what(fact.command): {name: fact.decided[name] for name in CALENDARS} for fact in sold}  # type: ignore[arg-type]
    assert counted == history.counted
    stand = {of: (p.open, p.grace_ends_at if p.open else None) for of, p in history.world.periods.items()}
    assert {of: (p.open, p.grace_ends_at) for of, p in world.periods.items()} == stand


def reopened_history(seed: int) -> History:
    """Of one calendar; every third has no grace days."""
    random = Random(seed)
    calendar: str = random.choice(("monthly", "weekly"))
    history = History(random, {name: random.choice(COMMISSION_DATES) for name in CALENDARS}, only=calendar)
    history.grace_days = 25 if seed % 3 else None
    assert history.happens(Enrol("A", None, "A", "A", ms("2025-01-01T00:00:00Z")))
    for step in range(160):
        history.now = NOW - (160 - step) * DAY_MS // 16
        history.goes_on()
        if random.random() < 0.1:
            history.happens(ReopenPeriod(calendar, history.numbers()[-2:][0] if history.numbers() else 0))
    return history


def test_those_histories_hold_what_is_hard() -> None:
    """Late ones of a period that is open again, and of one that is open with no grace days left."""
    found: set[str] = set()
    for seed in range(60):
        files = reopened_history(seed).folder()
        first = files["periods"][:-1]
        late = any(row.rsplit(",", 1)[1] for row in files["orders"])
        found |= {f"{row.split(',')[3]} {bool(row.split(',')[6])}" for row in first if late}
    assert found == {"closed False", "open False", "open True", "reopened False"}


def decision_periods(commands: list[Submission]) -> list[OpenPeriod]:
    return [one.command for one in commands if isinstance(one.command, OpenPeriod)]


def test_the_histories_hold_what_is_hard() -> None:
    """Late orders, returns after a close, orders from before a calendar was kept, and two open periods of each."""
    found: set[str] = set()
    for seed in range(200):
        history = history_of(seed)
        files = history.folder()
        for row in files["orders"]:
            _, _, _, kind, _, _, paid, _, _, _, told = row.split(",")
            by = set(history.counts_by.values())
            found |= {"by payment"} if paid and told and "paid" in by else set()
            found |= {"unpaid"} if not paid and kind == "order" and "paid" in by else set()
            found |= {f"{kind} {'none' if word.endswith(':none') else 'late'}" for word in told.split()}
            found |= {"several"} if " " in told else set()
        for name in CALENDARS:
            taking = [row for row in files["periods"] if row.startswith(name) and ",open," in row]
            found |= {f"two {name}"} if len(taking) == 2 else set()
    states = {"order late", "order none", "return late", "several", *(f"two {name}" for name in CALENDARS)}
    assert found == states | {"by payment", "unpaid"}


MONTHS = ["monthly,2026-01,UTC,closed,,", "monthly,2026-02,UTC,open,,"]
WEEKS = [f"weekly,2026-W0{week},UTC,{state},," for week, state in ((2, "closed"), (3, "open"), (4, "open"))]


def order(id: str, at: str, told: str = "") -> str:
    return f"{id},Bob,distributor,order,,2026-{at}T00:00:00Z,1,1,{told}"


@pytest.mark.parametrize(
    ("file", "row", "told"),
    [
        (
            "periods",
            "yearly,2026,UTC,open,,",
            "calendar: not one of the allowed words: 'yearly' (one of daily, four_weeks",
        ),
        ("periods", "weekly,2026-03,UTC,open,,", "name: not a period of its calendar: '2026-03' (such as 2026-W10)"),
        ("periods", "monthly,2026-W05,UTC,open,,", "name: not a period of its calendar: '2026-W05' (such as 2026-03)"),
        ("periods", "weekly,2026-W54,UTC,open,,", "name: not a period of its calendar: '2026-W54' ("),
        ("periods", "daily,2026-02-30,UTC,open,,", "name: not a period of its calendar: '2026-02-30' ("),
        ("periods", "four_weeks,2026-W03-W07,UTC,open,,", "name: not a period of its calendar: '2026-W03-W07' ("),
        ("periods", "daily,2026-01-20,Mars,open,,", "zone: unknown time zone: 'Mars' ("),
        (
            "periods",
            "daily,2026-01-20,UTC,shut,,",
            "state: not one of the allowed words: 'shut' (one of open, closed, reopened)",
        ),
        ("periods", "weekly,2026-W05,UTC,open,,", "state: more than two open periods: 'open'"),
        ("periods", "weekly,2026-W05,UTC,closed,,", "state: closed while an earlier one is open: 'closed'"),
        ("periods", "weekly,2026-W03,UTC,open,,", "name: id stands twice: '2026-W03' (first on line 5)"),
        (
            "periods",
            "daily,2026-03-01,UTC,closed,,",
            "state: closed before its end: 'closed' (it runs until 2026-03-02",
        ),
        (
            "periods",
            "daily,2026-01-20,Asia/Tokyo,open,2026-01-20T00:00:00Z,",
            "starts_at: not the period's: '2026-01-20T00:00:00Z' (the period's in its zone: 2026-01-19T15:00:00.000Z)",
        ),
        (
            "orders",
            order("X", "01-30"),
            "placed_at: no open period: '2026-01-30T00:00:00Z' (no weekly period contains it; open one)",
        ),
        (
            "orders",
            order("X", "01-04", "2026-W03"),
            "period: cannot count in that period: '2026-W03' (the weekly calendar",
        ),
        (
            "orders",
            order("X", "01-14", "2026-W04"),
            "period: cannot count in that period: '2026-W04' (it is of 2026-W03",
        ),
        (
            "orders",
            order("X", "01-14", "2026-W02"),
            "period: cannot count in that period: '2026-W02' (it is of 2026-W03)",
        ),
        (
            "orders",
            order("X", "01-14", "2026-W09"),
            "period: unknown period: '2026-W09' (open it, or bring it in periods)",
        ),
        ("orders", order("X", "01-14", "2026-W03 x"), "period: unknown period: '2026-W03 x' ('x' is none)"),
        ("orders", order("X", "01-14", "weekly:some"), "period: unknown period: 'weekly:some' ("),
        (
            "orders",
            order("X", "01-14", "2026-W03 2026-W04"),
            "period: two periods of one calendar: '2026-W03 2026-W04' (one of each calendar)",
        ),
        (
            "orders",
            "X,,,return,O1,2026-01-14T00:00:00Z,,,weekly:none",
            "period: cannot count in that period: 'weekly:none' (in the weekly calendar it follows its order)",
        ),
        (
            "orders",
            "X,,,return,O0,2026-01-14T00:00:00Z,,,2026-W03",
            "period: cannot count in that period: '2026-W03' (in the weekly calendar it follows its order)",
        ),
    ],
)
def test_each_fault_is_told_alone(tmp_path: Path, file: Kind, row: str, told: str) -> None:
    files: dict[Kind, list[str]] = {
        **company(),
        "periods": [*MONTHS, *WEEKS],
        "orders": [order("O0", "01-04"), order("O1", "01-14"), order("O2", "01-08", "2026-02 2026-W03")],
    }
    assert bad_lines(write(tmp_path / "sound", files), NO_PERIODS) == []
    files[file] = [*files[file], row]
    [line] = bad_lines(write(tmp_path / "in", files), NO_PERIODS)
    assert line.startswith(f"{file}.csv:{len(files[file]) + 1} {told}")


BY_PAYMENT = [f"{row},,paid" for row in MONTHS]
BY_SHIPMENT = [f"{row},,shipped" for row in WEEKS]


def dated(id: str, paid: str = "", shipped: str = "", told: str = "", kind: str = "order", of: str = "") -> str:
    paid_at, shipped_at = (at and f"2026-{at}T00:00:00Z" for at in (paid, shipped))
    return f"{id},Bob,distributor,{kind},{of},2026-01-08T00:00:00Z,{paid_at},{shipped_at},1,1,{told}"


@pytest.mark.parametrize(
    ("file", "row", "told"),
    [
        (
            "periods",
            "monthly,2026-03,UTC,open,,,,placed",
            "commission_date: counts orders by another date: 'placed' (the monthly calendar begins with paid)",
        ),
        (
            "periods",
            "daily,2026-01-08,UTC,open,,,2026-01-08T23:59:59Z,",
            "grace_ends_at: before the end of the period: '2026-01-08T23:59:59Z' (it ends 2026-01-09T00:00:00.000Z)",
        ),
        (
            "periods",
            "daily,2026-01-08,UTC,closed,,,2026-01-09T00:00:00Z,",
            "grace_ends_at: only an open period has it: '2026-01-09T00:00:00Z'",
        ),
        (
            "periods",
            "daily,2026-01-08,UTC,reopened,,,2026-01-09T00:00:00Z,",
            "grace_ends_at: only an open period has it: '2026-01-09T00:00:00Z'",
        ),
        (
            "periods",
            "daily,2026-03-01,UTC,reopened,,,,",
            "state: closed before its end: 'reopened' (it runs until 2026-03-02",
        ),
        ("periods", "daily,2026-01-08,UTC,open,,,,sent", "commission_date: not one of the allowed words: 'sent' ("),
        ("orders", dated("X", paid="01-07"), "paid_at: before the order: '2026-01-07T00:00:00Z' (placed 2026-01-08"),
        (
            "orders",
            dated("X", shipped="01-30"),
            "shipped_at: no open period: '2026-01-30T00:00:00Z' (no weekly period contains it; open one)",
        ),
        ("orders", dated("X", told="2026-02"), "period: cannot count in that period: '2026-02' (it is not paid yet)"),
        ("orders", dated("X", paid="01-14", told="2026-W03"), "period: cannot count in that period: '2026-W03' (it is"),
        ("orders", dated("X", paid="01-14", kind="return", of="O1"), "paid_at: only an order has it: '2026-01-14"),
        (
            "orders",
            dated("X", kind="return", of="O2", told="2026-02"),
            "period: cannot count in that period: '2026-02' (in the monthly calendar it follows its order)",
        ),
    ],
)
def test_each_fault_of_a_later_date_is_told_alone(tmp_path: Path, file: Kind, row: str, told: str) -> None:
    rows = [dated("O1", paid="01-20", shipped="01-14", told="2026-02"), dated("O2"), dated("O3", paid="02-03")]
    files: dict[Kind, list[str]] = {**company(), "periods": [*BY_PAYMENT, *BY_SHIPMENT], "orders": rows}
    assert bad_lines(write(tmp_path / "sound", files), NO_PERIODS) == []
    files[file] = [*files[file], row]
    [line] = bad_lines(write(tmp_path / "in", files), NO_PERIODS)
    assert line.startswith(f"{file}.csv:{len(files[file]) + 1} {told}")


def test_the_dates_of_a_stored_order_are_compared(tmp_path: Path) -> None:
    counts_in = {"daily": None, "four_weeks": None, "monthly": 202601, "weekly": None}
    at = ms("2026-01-08T00:00:00Z")
    kept = StoredOrder("Bob", "distributor", "", at, 100, 100, counts_in, paid_at=at + DAY_MS)
    january = replace(EMPTY.periods[1], commission_date="paid")
    stored = Stored(periods=(january,), orders={"K": kept})
    for row, fault in (
        (dated("K"), None),
        (dated("K", paid="01-09", told="2026-01"), None),
        (dated("K", paid="01-10"), "paid_at: stored with other values: '2026-01-10T00:00:00Z' (stored: 2026-01-09"),
        (dated("K", shipped="01-07"), "shipped_at: before the order: '2026-01-07T00:00:00Z' (placed 2026-01-08"),
    ):
        lines = bad_lines(write(tmp_path / "in", {**company(), "orders": [row]}), stored)
        assert len(lines) == (fault is not None)
        assert fault is None or lines[0].startswith(f"orders.csv:2 {fault}")
    came_back = replace(stored, returned={"K": "RK"})
    [line] = bad_lines(write(tmp_path / "in", {**company(), "orders": [dated("K", shipped="01-10")]}), came_back)
    assert line.startswith("orders.csv:2 shipped_at: stored with other values: '2026-01-10T00:00:00Z' (stored: nothing")
    assert "it came back by RK" in line


def test_a_stored_order_is_paid_and_shipped_by_a_later_file(tmp_path: Path) -> None:
    """It counts from then on by payment; a date that no calendar asks for is a fact too; its return comes last."""
    nowhere = dict.fromkeys(("daily", "four_weeks", "monthly", "weekly"))
    at = ms("2026-01-08T00:00:00Z")
    waits = StoredOrder("Bob", "distributor", "", at, 100, 100, nowhere)
    paid = replace(waits, counts_in=nowhere | {"monthly": 202601}, paid_at=at + DAY_MS)
    january = replace(EMPTY.periods[1], commission_date="paid")
    stored = Stored(periods=(january,), orders={"K": waits, "P": paid, "Q": paid})
    rows = [
        dated("K", paid="01-20", shipped="01-14", told="2026-01"),
        dated("P", paid="01-09", shipped="01-21"),
        dated("Q", paid="01-09"),
        "RK,,,return,K,2026-01-22T00:00:00Z,,,,,",
    ]
    planned = plan(write(tmp_path / "in", {**company(), "orders": rows}), stored)
    assert planned.bad_lines == ()
    [orders] = [file for file in planned.files if file.file == "orders.csv"]
    assert (orders.new, orders.unchanged) == (3, 1)
    sold = [s for s in planned.commands if isinstance(s.command, DateOrder | Order | Return)]
    assert [(s.key, s.counts_in) for s in sold] == [
        ("import:shipped:K", nowhere),
        ("import:paid:K", nowhere | {"monthly": 202601}),
        ("import:shipped:P", nowhere),
        ("import:return:RK", nowhere | {"monthly": 202601}),
    ]
    files: dict[Kind, list[str]] = {**company(), "orders": [dated("K", paid="01-20", told="monthly:none")]}
    [line] = bad_lines(write(tmp_path / "wrong", files), stored)
    assert line.startswith("orders.csv:2 period: cannot count in that period: 'monthly:none'")


def test_rows_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    """The first came when January was closed and the week was not, the second when it was the other way round."""
    rows = [order("O1", "01-08", "2026-02"), order("O2", "01-08", "2026-W03")]
    files = {**company(), "periods": [*MONTHS, *WEEKS], "orders": rows}
    for alone in rows:
        assert bad_lines(write(tmp_path / "one", {**files, "orders": [alone]}), NO_PERIODS) == []
    [line] = bad_lines(write(tmp_path / "both", files), NO_PERIODS)
    assert line == (
        "orders.csv:2 period: contradicts another row: '2026-02' (no order of opening and closing periods lets it "
        "count in those; line 3 counts so that it cannot)"
    )


W02 = StoredPeriod(
    period("2026-W02", "UTC").number, "UTC", ms("2026-01-05T00:00:00Z"), ms("2026-01-12T00:00:00Z"), True, "weekly"
)
W03 = StoredPeriod(W02.number + 1, "UTC", W02.ends_at, ms("2026-01-19T00:00:00Z"), True, "weekly")


def test_what_is_stored_goes_on(tmp_path: Path) -> None:
    """A calendar that is kept takes new orders and further periods; one that is brought beside it begins."""
    counts_in = {"daily": None, "four_weeks": None, "monthly": 202601, "weekly": W02.number}
    kept = StoredOrder("Top", "distributor", "", ms("2026-01-08T00:00:00Z"), 100, 100, counts_in)
    stored = Stored(periods=(*EMPTY.periods, W02), orders={"K": kept})
    files: dict[Kind, list[str]] = {
        **company(),
        "periods": ["weekly,2026-W02,UTC,open,,", "weekly,2026-W03,UTC,open,,", "daily,2026-01-13,UTC,open,,"],
        "orders": [
            order("O1", "01-08"),
            order("O2", "01-13"),
            order("O3", "01-13", "daily:none"),
            "RK,,,return,K,2026-01-09T00:00:00Z,,,",
        ],
    }
    planned = plan(write(tmp_path / "in", files), stored)
    assert planned.bad_lines == ()
    of = {s.command.id: s.counts_in for s in planned.commands if isinstance(s.command, Order | Return)}
    day = period("2026-01-13", "UTC").number
    january = {"daily": None, "four_weeks": None, "monthly": 202601}
    assert of == {
        "O1": january | {"weekly": W02.number},
        "O2": january | {"weekly": W03.number, "daily": day},
        "O3": january | {"weekly": W03.number},
        "RK": january | {"weekly": W02.number},
    }
    told = [getattr(s.command, "name", None) or s.command.id for s in planned.commands[-6:]]  # type: ignore[union-attr]
    assert told == ["O1", "RK", "2026-W03", "O3", "2026-01-13", "O2"]


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ("2026-W02", None),
        ("2026-01 2026-W02", None),
        ("daily:none", None),
        ("", None),
        ("2026-W03", "'2026-W03' (stored: 2026-W02)"),
        ("weekly:none", "'weekly:none' (stored: 2026-W02)"),
        ("2026-01-13", "'2026-01-13' (stored: daily:none)"),
    ],
)
def test_a_stored_order_counts_where_its_row_says(tmp_path: Path, told: str, fault: str | None) -> None:
    counts_in = {"daily": None, "four_weeks": None, "monthly": 202601, "weekly": W02.number}
    kept = StoredOrder("Bob", "distributor", "", ms("2026-01-08T00:00:00Z"), 100, 100, counts_in)
    day = StoredPeriod(
        period("2026-01-13", "UTC").number, "UTC", ms("2026-01-13T00:00:00Z"), ms("2026-01-14T00:00:00Z"), True, "daily"
    )
    stored = Stored(periods=(*EMPTY.periods, W02, W03, day), orders={"K": kept})
    files = {**company(), "orders": [order("K", "01-08", told)]}
    planned = plan(write(tmp_path / "in", files), stored)
    lines = [] if fault is None else [f"orders.csv:2 period: stored with other values: {fault}"]
    assert [str(line) for line in planned.bad_lines] == lines
    [orders] = [file for file in planned.files if file.file == "orders.csv"]
    assert orders.unchanged == (fault is None)


def test_a_kept_calendar_has_every_new_order(tmp_path: Path) -> None:
    stored = Stored(periods=(*EMPTY.periods, W02))
    files = {**company(), "orders": [order("O1", "01-08", "weekly:none")]}
    assert bad_lines(write(tmp_path / "in", files), stored) == [
        "orders.csv:2 period: cannot count in that period: 'weekly:none' (the weekly calendar is kept already)"
    ]


def test_a_calendar_goes_on_without_gap(tmp_path: Path) -> None:
    files = {**company(), "orders": [], "periods": ["weekly,2026-W04,UTC,open,,"]}
    [line] = bad_lines(write(tmp_path / "in", files), Stored(periods=(*EMPTY.periods, W02)))
    assert line.startswith("periods.csv:2 name: does not follow the one before: '2026-W04' (periods are without gap")
