"""The rules of the writer, without a database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.clock import to_ms
from app.errors import BanyanError
from app.facts import errors
from app.facts.calendars import CALENDARS, StoredPeriod
from app.facts.canonical import GENESIS_HASH
from app.facts.commands import (
    BelowSponsor,
    ClosePeriod,
    Enrol,
    Explicit,
    HoldingTank,
    KeepMatrix,
    Move,
    OpenPeriod,
    Order,
    PastLine,
    PastMove,
    PastStatement,
    Place,
    Prefer,
    Receipt,
    Register,
    ReopenPeriod,
    Return,
    Submission,
    TakenOver,
)
from app.facts.decide import Chain, Decision, decide
from app.facts.world import World
from app.periods.calendars import calendar_of, number_of, period
from app.periods.months import month
from app.places.matrix import MatrixSpot
from app.places.spots import NOBODY

NOW = to_ms(datetime(2026, 4, 10, 12, tzinfo=UTC))
JANUARY = to_ms(datetime(2026, 1, 15, tzinfo=UTC))
START = Chain(0, GENESIS_HASH, 0)


def enrol(
    id: str, sponsor: str | None = None, at: int = JANUARY, placement: Explicit | BelowSponsor | None = None
) -> Enrol:
    return Enrol(id, sponsor, f"Person {id}", id, at, placement=placement)


def run(*commands: object, world: World | None = None, now: int = NOW, reason: str = "") -> Decision:
    submissions = [Submission(f"key-{row}", "tester", reason, command) for row, command in enumerate(commands)]  # type: ignore[arg-type]
    return decide(START, world or World(0), submissions, now)


def refusals(decision: Decision) -> list[BanyanError]:
    return [answer for answer in decision.answers if isinstance(answer, BanyanError)]


def receipts(decision: Decision) -> list[Receipt]:
    return [answer for answer in decision.answers if isinstance(answer, Receipt)]


def test_ix_is_dense_although_commands_are_refused_between() -> None:
    decision = run(enrol("A"), enrol("A"), enrol("B", "A"), enrol("C", "nobody"), enrol("D", "B"))
    assert [type(r) for r in refusals(decision)] == [errors.DuplicateIdError, errors.UnknownDistributorError]
    assert [(r.seq, r.data["ix"]) for r in receipts(decision)] == [(1, 0), (2, 1), (3, 2)]
    assert [f.seq for f in decision.facts] == [1, 2, 3]


def test_each_fact_chains_to_the_one_before() -> None:
    two = run(enrol("A"), enrol("B", "A"))
    swapped_reason = decide(
        START,
        World(0),
        [Submission("key-0", "tester", "changed", enrol("A")), Submission("key-1", "tester", "", enrol("B", "A"))],
        NOW,
    )
    assert two.facts[0].hash != swapped_reason.facts[0].hash
    assert two.facts[1].hash != swapped_reason.facts[1].hash, "the second hash must cover the first"
    assert two.chain.hash == two.facts[-1].hash


def test_recorded_time_never_runs_backwards() -> None:
    late = Chain(5, "x", NOW + 10_000)
    decision = decide(late, World(0), [Submission("k", "t", "", enrol("A"))], NOW)
    assert decision.facts[0].recorded_at == NOW + 10_000


def test_a_place_outside_the_sponsors_tree_is_refused() -> None:
    decision = run(
        enrol("A"),
        enrol("L", "A", placement=Explicit("A", 1)),
        enrol("R", "A", placement=Explicit("A", 2)),
        enrol("X", "L", placement=Explicit("R", 1)),
    )
    assert [type(r) for r in refusals(decision)] == [errors.OutsideSponsorError]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (enrol("X", "A", placement=Explicit("A", 1)), errors.SlotTakenError),
        (enrol("X", "A", placement=Explicit("A", 3)), errors.InvalidCommandError),
        (enrol("X", "A", placement=Explicit("loose", 1)), errors.NotPlacedError),
        (enrol("X", "loose", placement=BelowSponsor("outside_left")), errors.NotPlacedError),
        (enrol("X", None, placement=BelowSponsor("outside_left")), errors.InvalidCommandError),
        (enrol("X\n", "A"), errors.InvalidCommandError),
        (enrol("", "A"), errors.InvalidCommandError),
        (enrol("X", "A", at=NOW + 3_600_000), errors.InvalidCommandError),
        (enrol("X", "A", placement=BelowSponsor("somehow")), errors.InvalidCommandError),  # type: ignore[arg-type]
        (enrol("X", "A", placement=HoldingTank(NOW, "somehow")), errors.InvalidCommandError),  # type: ignore[arg-type]
        (Prefer("L", "somehow"), errors.InvalidCommandError),
        (Prefer("nobody", "first_open"), errors.UnknownDistributorError),
        (Place("L", BelowSponsor("outside_right"), JANUARY), errors.AlreadyPlacedError),
        (Place("A", BelowSponsor("outside_right"), JANUARY), errors.AlreadyPlacedError),
        (Move("A", "sponsor", "L"), errors.CycleError),
        (Move("L", "binary", "L", 2), errors.CycleError),
        (Move("L", "sponsor", "A"), errors.SamePlaceError),
        (Move("L", "binary", "A", 1), errors.SamePlaceError),
        (Move("loose", "binary", "L", 1), errors.NotPlacedError),
        (Move("L", "sponsor", "loose", 1), errors.InvalidCommandError),
        (Register("C", "Customer", "nobody", JANUARY), errors.UnknownDistributorError),
        (Order("O", "C", "customer", JANUARY, 1, 1), errors.UnknownCustomerError),
        (Order("O", "A", "distributor", JANUARY, -1, 1), errors.InvalidCommandError),
        (Order("O", "A", "distributor", JANUARY, 1, 10**13), errors.InvalidCommandError),
        (Order("O", "A", "distributor", JANUARY, 1, 1), errors.NoOpenPeriodError),
        (Return("R", "O", JANUARY), errors.UnknownOrderError),
        (ClosePeriod("monthly", 202601), errors.UnknownPeriodError),
    ],
)
def test_refused(command: object, error: type[BanyanError]) -> None:
    decision = run(enrol("A"), enrol("L", "A", placement=Explicit("A", 1)), enrol("loose", "A"), command)
    assert [type(r) for r in refusals(decision)] == [error]
    assert len(decision.facts) == 3, "a refused command leaves nothing behind"


LATER = JANUARY + 86_400_000
EARLY: list[tuple[object, str]] = [
    (enrol("X", "late", at=JANUARY), "The enrolment of X under late is dated {}, before late enrolled ({})"),
    (
        enrol("X", "A", placement=Explicit("late", 1)),
        "The place of X in the binary tree is dated {}, before late, who ",
    ),
    (
        Place("waits", Explicit("A", 2), JANUARY),
        "The place of waits in the binary tree is dated {}, before waits enrolled ({})",
    ),
    (
        Place("waits", Explicit("A", 2), JANUARY, "matrix"),
        "The place of waits in the matrix is dated {}, before waits enrolled ({})",
    ),
    (
        Place("L", Explicit("late", 1), JANUARY, "matrix"),
        "The place of L in the matrix is dated {}, before late, who stands above, enrolled ({})",
    ),
    (Place("waits", TakenOver("A", 2), JANUARY), "The place of waits in the binary tree is dated {}, before waits "),
    (Register("C2", "Customer", "late", JANUARY), "The registration of C2 is dated {}, before late enrolled ({})"),
    (Order("O", "late", "distributor", JANUARY, 1, 1), "Order O is dated {}, before late enrolled ({}); date it then "),
    (Order("O", "C", "customer", JANUARY, 1, 1), "Order O is dated {}, before C was registered ({})"),
    (Return("R", "sold", JANUARY), "Return R is dated {}, before its order sold was placed ({})"),
    (PastMove("waits", "sponsor", "A", 0, JANUARY, LATER), "That waits stood below A is dated {}, before waits "),
    (PastMove("L", "binary", "late", 1, JANUARY, LATER), "That L stood below late is dated {}, before late enrolled"),
]


@pytest.mark.parametrize(("command", "told"), EARLY)
def test_nothing_is_dated_before_those_whom_it_names_were_there(command: Any, told: str) -> None:
    world = World(0)
    for ix in range(4):
        world.matrix_spots.know(MatrixSpot(ix))
    decision = run(
        KeepMatrix(3, 9),
        month("2026-01", "UTC"),
        enrol("A"),
        enrol("L", "A", placement=Explicit("A", 1)),
        enrol("late", "A", at=LATER, placement=Explicit("L", 1)),
        Place("late", Explicit("A", 1), LATER, "matrix"),
        enrol("waits", "A", at=LATER),
        Register("C", "Customer", "A", LATER),
        Order("sold", "A", "distributor", LATER, 1, 1),
        command,
        *([_a_day_later(command)] if not isinstance(command, PastMove) else []),
        world=world,
    )
    [refusal] = refusals(decision)
    assert isinstance(refusal, errors.InvalidCommandError)
    assert refusal.message.startswith(told.format("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z"))


SKEW = 5 * 60 * 1000


@pytest.mark.parametrize("early", [SKEW, SKEW + 1])
def test_what_is_sold_may_be_dated_by_another_clock_than_what_comes_first(early: int) -> None:
    decision = run(
        month("2026-01", "UTC"),
        enrol("A", at=LATER),
        Register("C", "Customer", "A", LATER),
        Order("sold", "A", "distributor", LATER, 1, 1),
        Register("C2", "Customer", "A", LATER - early),
        Order("O1", "A", "distributor", LATER - early, 1, 1),
        Order("O2", "C", "customer", LATER - early, 1, 1),
        Return("R", "sold", LATER - early),
        now=LATER + SKEW,
    )
    assert [type(refusal) for refusal in refusals(decision)] == [errors.InvalidCommandError] * (
        4 if early > SKEW else 0
    )


def _a_day_later(command: Any) -> Any:
    [name] = {"enrolled_at", "registered_at", "placed_at"} & set(command.__dataclass_fields__)
    return replace(command, **{name: LATER})


def test_an_enrolment_that_lacks_a_spot_of_the_matrix_has_changed_nothing_yet() -> None:
    """Its repair passes somebody who was not read: then that one is read, and the whole enrolment is decided again."""
    world = World(0)
    run(KeepMatrix(1, 9), enrol("A"), enrol("P", "A", placement=Explicit("A", 1)), world=world)
    world.facts.clear()  # every run numbers its keys from 0
    world.people["P"].stand("matrix", 0, 1)
    world.matrix_spots.know(MatrixSpot(1, parent=0, slot=1))
    both = replace(enrol("B", "P", placement=Explicit("P", 1)), matrix_placement=Explicit("P", 1))
    lacking = run(both, world=world)
    assert (lacking.answers, lacking.lacking) == ([], ("matrix", 0))
    assert (world.next_ix, "B" in world.people, world.spots[1].child(1)) == (2, False, NOBODY)
    world.matrix_spots.know(MatrixSpot(0, below={1: 0}))
    decision = run(both, world=world)
    [receipt] = receipts(decision)
    found = {name: receipt.data[name] for name in ("parent_id", "slot", "matrix_parent_id", "matrix_slot")}
    assert found == {"parent_id": "P", "slot": 1, "matrix_parent_id": "P", "matrix_slot": 1}
    assert decision.matrix_spots == [(0, 2, 1), (1, 1, 1)]


def test_an_order_counts_in_exactly_one_period() -> None:
    january, february = month("2026-01", "America/New_York"), month("2026-02", "America/New_York")
    edge = january.ends_at
    decision = run(
        january,
        february,
        enrol("A", at=january.starts_at - 1),
        Order("last", "A", "distributor", edge - 1, 100, 100),
        Order("first", "A", "distributor", edge, 100, 100),
        Order("before", "A", "distributor", january.starts_at - 1, 100, 100),
    )
    assert [r.data["monthly"] for r in receipts(decision)[3:]] == [202601, 202602]
    assert [type(r) for r in refusals(decision)] == [errors.NoOpenPeriodError]


def test_late_orders_and_returns_of_a_closed_month_count_in_the_next_open_one() -> None:
    january, february = month("2026-01", "UTC"), month("2026-02", "UTC")
    decision = run(
        january,
        february,
        enrol("A"),
        Order("O1", "A", "distributor", JANUARY, 700, 500),
        Order("O2", "A", "distributor", JANUARY, 700, 500),
        Return("R1", "O1", JANUARY + 1),
        ClosePeriod("monthly", 202601),
        Return("R2", "O2", JANUARY + 2),
        Order("O3", "A", "distributor", JANUARY, 700, 500),
        Return("R3", "O2", JANUARY + 3),
    )
    by_order = {
        r.data["order_id"]: (r.data["monthly"], r.data["pv"]) for r in receipts(decision) if "order_id" in r.data
    }
    assert by_order == {
        "O1": (202601, 700),
        "O2": (202601, 700),
        "R1": (202601, -700),
        "R2": (202602, -700),
        "O3": (202602, 700),
    }
    assert [type(r) for r in refusals(decision)] == [errors.AlreadyReturnedError]


def test_two_periods_are_open_at_most_and_they_follow_each_other() -> None:
    decision = run(
        month("2025-12", "UTC"),
        month("2026-02", "UTC"),
        month("2026-01", "UTC"),
        month("2026-02", "UTC"),
        ClosePeriod("monthly", 202601),
        ClosePeriod("monthly", 202512),
        month("2026-02", "UTC"),
        OpenPeriod("monthly", 202603, "2026-03", 5, 5, "UTC"),
    )
    assert [type(r) for r in refusals(decision)] == [
        errors.PeriodConflictError,  # a gap
        errors.PeriodConflictError,  # a third one
        errors.PeriodConflictError,  # not in order
        errors.InvalidCommandError,  # empty
    ]


def test_a_period_closes_only_after_it_ended() -> None:
    decision = run(month("2026-04", "UTC"), ClosePeriod("monthly", 202604))
    assert [type(r) for r in refusals(decision)] == [errors.PeriodConflictError]


def late_by(*days: int) -> list[int]:
    """Instants so many days after January in Berlin."""
    return [month("2026-01", "Europe/Berlin").ends_at + day * 86_400_000 for day in days]


def test_what_comes_after_the_grace_days_counts_in_the_next_period_and_says_why() -> None:
    january, february = period("2026-01", "Europe/Berlin", 5), period("2026-02", "Europe/Berlin")
    in_grace, over = late_by(5)[0] - 1, late_by(5)[0]
    world = World(0)
    first, second, third = (Order(f"O{n}", "A", "distributor", JANUARY, 700, 500) for n in range(3))
    before = run(january, february, enrol("A"), first, second, world=world, now=in_grace)
    later = [Submission("late", "t", "", third), Submission("back", "t", "", Return("R", "O0", JANUARY))]
    after = decide(before.chain, world, later, over)
    assert counted(before) == {"O0": {"monthly": 202601}, "O1": {"monthly": 202601}}
    assert counted(after) == {"O2": {"monthly": 202602}, "R": {"monthly": 202602}}
    assert [one.data["late"] for one in receipts(before)[3:]] == [None, None]
    late = "2026-01 took what came late until 2026-02-05T23:00:00Z"
    assert [one.data["late"] for one in receipts(after)] == [late, late]


def test_after_the_grace_days_somebody_must_open_the_next_period() -> None:
    decision = run(period("2026-01", "UTC", 0), enrol("A"), Order("O", "A", "distributor", JANUARY, 700, 500))
    [refusal] = refusals(decision)
    assert isinstance(refusal, errors.NoOpenPeriodError)
    assert "2026-01 took what came late until 2026-02-01T00:00:00Z, and no later" in refusal.message


def test_an_order_of_a_later_period_is_not_late_for_an_earlier_one() -> None:
    at = late_by(2)[0]
    decision = run(
        period("2026-01", "UTC", 1),
        period("2026-02", "UTC", 3),
        enrol("A"),
        Order("O", "A", "distributor", at, 700, 500),
        now=late_by(3)[0],
    )
    assert [(one.data["monthly"], one.data["late"]) for one in receipts(decision)[3:]] == [(202602, None)]


def test_a_period_closes_after_its_grace_days_or_for_a_reason() -> None:
    january, february = period("2026-01", "Europe/Berlin", 5), period("2026-02", "Europe/Berlin", 2)
    close, at_once = ClosePeriod("monthly", 202601), ClosePeriod("monthly", 202601, override=True)
    in_grace, over = late_by(5)[0] - 1, late_by(5)[0]
    assert refusals(run(january, close, now=over)) == []
    [refusal] = refusals(run(january, close, now=in_grace, reason="the books"))
    assert isinstance(refusal, errors.PeriodConflictError)
    assert "until 2026-02-05T23:00:00Z; close it after that, or override" in refusal.message
    assert [type(one) for one in refusals(run(january, at_once, now=in_grace))] == [errors.InvalidCommandError]
    assert refusals(run(january, at_once, now=in_grace, reason="the books")) == []
    early = run(january, february, at_once, ClosePeriod("monthly", 202602, override=True), now=over, reason="the books")
    assert [type(one) for one in refusals(early)] == [errors.PeriodConflictError], "February is not over"


def test_a_period_that_is_open_again_takes_what_comes() -> None:
    close, again = ClosePeriod("monthly", 202601), ReopenPeriod("monthly", 202601)
    late = Order("O", "A", "distributor", JANUARY, 700, 500)
    january = period("2026-01", "UTC", 5)
    decision = run(january, period("2026-02", "UTC"), enrol("A"), close, again, late, close, reason="late orders")
    assert refusals(decision) == []
    assert counted(decision) == {"O": {"monthly": 202601}}


def test_the_last_closed_period_opens_again_while_it_has_a_slot() -> None:
    january, february, march = (month(f"2026-0{n}", "UTC") for n in (1, 2, 3))
    close, again = ClosePeriod("monthly", 202601), ReopenPeriod("monthly", 202601)
    decision = run(
        january,
        february,
        enrol("A"),
        again,
        close,
        Order("while closed", "A", "distributor", JANUARY, 700, 500),
        again,
        Order("corrected", "A", "distributor", JANUARY, 700, 500),
        Return("back", "while closed", JANUARY + 1),
        close,
        march,
        again,
        ReopenPeriod("monthly", 202604),
        reason="late orders",
    )
    assert counted(decision) == {
        "while closed": {"monthly": 202602},
        "corrected": {"monthly": 202601},
        "back": {"monthly": 202602},
    }
    assert [type(r) for r in refusals(decision)] == [
        errors.PeriodConflictError,  # open
        errors.PeriodConflictError,  # February and March are open, and March has the slot
        errors.UnknownPeriodError,
    ]
    assert "2026-03 counts its volume where 2026-01 did" in refusals(decision)[1].message


def test_periods_open_again_in_the_opposite_order() -> None:
    months = [ClosePeriod("monthly", 202601), ClosePeriod("monthly", 202602)]
    again = ReopenPeriod("monthly", 202601), ReopenPeriod("monthly", 202602)
    january, february = month("2026-01", "UTC"), month("2026-02", "UTC")
    decision = run(january, february, *months, again[0], again[1], again[0], months[1], *months, reason="late orders")
    assert [refusal.message[:13] for refusal in refusals(decision)] == ["2026-02 is cl", "Close 2026-01"]


def test_a_period_opens_again_for_a_reason_and_never_once_it_is_paid() -> None:
    again = ReopenPeriod("monthly", 202601)
    for reason, paid, opens, error in (
        (" ", {}, {}, errors.InvalidCommandError),
        ("late orders", {("monthly", 202601): "R"}, {}, errors.PeriodConflictError),
        ("late orders", {}, {"monthly": 202602}, errors.PeriodConflictError),
        ("late orders", {("weekly", 202601): "R"}, {"monthly": 202601, "weekly": 3000}, Receipt),
    ):
        world = World(0, committed=dict(paid), opens=dict(opens))
        world.periods["monthly", 202601] = StoredPeriod("monthly", 202601, "2026-01", 0, 5, False, 7)
        decision = decide(START, world, [Submission("k", "t", reason, again)], NOW)
        assert [type(answer) for answer in decision.answers] == [error]


def test_the_same_key_in_one_batch_answers_the_same_or_refuses() -> None:
    same = [Submission("k", "t", "", enrol("A")), Submission("k", "t", "", enrol("A"))]
    decision = decide(START, World(0), [*same, Submission("k", "t", "", enrol("B"))], NOW)
    first, again, other = decision.answers
    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.seq, again.data) == (first.seq, first.data)
    assert isinstance(other, errors.IdempotencyKeyReusedError)
    assert len(decision.facts) == 1


def counted(decision: Decision) -> dict[str, dict[str, int]]:
    """By number of the order where it counts, calendars without it left out."""
    return {
        r.data["order_id"]: {name: r.data[name] for name in CALENDARS if r.data[name] is not None}
        for r in receipts(decision)
        if "order_id" in r.data
    }


def test_an_order_counts_in_one_period_of_each_calendar_by_its_own_rule() -> None:
    january, week_3, week_4 = month("2026-01", "UTC"), period("2026-W03", "UTC"), period("2026-W04", "UTC")
    monday = week_3.starts_at
    decision = run(
        january,
        enrol("A", at=january.starts_at),
        Order("before", "A", "distributor", monday - 1, 100, 100),
        week_3,
        Order("older", "A", "distributor", monday - 1, 100, 100),
        Order("first", "A", "distributor", monday, 100, 100),
        week_4,
        Order("edge", "A", "distributor", week_3.ends_at, 100, 100),
        ClosePeriod("weekly", week_3.number),
        Order("late", "A", "distributor", monday, 100, 100),
        Return("back", "first", monday + 1),
        Return("back-2", "older", monday + 1),
        Order("beyond", "A", "distributor", week_4.ends_at, 100, 100),
        ClosePeriod("weekly", week_4.number),
        Order("too late", "A", "distributor", monday, 100, 100),
        Return("back-3", "late", monday + 1),
    )
    both = {"monthly": 202601, "weekly": week_3.number}
    next_week = {"monthly": 202601, "weekly": week_4.number}
    assert counted(decision) == {
        "before": {"monthly": 202601},
        "older": {"monthly": 202601},
        "first": both,
        "edge": next_week,
        "late": next_week,
        "back": next_week,
        "back-2": {"monthly": 202601},
    }, "weeks are closed by themselves, and what is dated before the first of them is in none"
    assert [type(r) for r in refusals(decision)] == [errors.NoOpenPeriodError] * 3
    assert "weekly" in refusals(decision)[0].message


def test_each_calendar_has_its_own_two_open_periods_in_their_order() -> None:
    weeks = [period(f"2026-W0{n}", "UTC") for n in (2, 3, 4)]
    decision = run(
        month("2026-01", "UTC"),
        month("2026-02", "UTC"),
        *weeks[:2],
        weeks[2],
        ClosePeriod("weekly", weeks[1].number),
        ClosePeriod("weekly", weeks[0].number),
        weeks[2],
        OpenPeriod("fortnightly", 1, "2026-F01", 0, 5, "UTC"),
    )
    assert [type(r) for r in refusals(decision)] == [
        errors.PeriodConflictError,  # a third week
        errors.PeriodConflictError,  # not in order
        errors.InvalidCommandError,  # no such calendar
    ]
    assert len(decision.facts) == 6, "January is open, and no reason not to close a week"


def test_a_past_statement_is_of_a_period_that_is_over_and_that_no_run_pays() -> None:
    """Four weeks may begin with any week: their days decide, not their numbers."""
    world = World(0)
    world.committed["four_weeks", number_of("2026-W05-W08")] = "run"
    taken = ["2025-W50-W01", "2026-W01-W04", "2026-W14", "2026-04-09", "2026-03"]
    refused = ["2026-W03-W06", "2026-W05-W08", "2026-W15", "2026-04-10", "2026-04"]
    line = PastLine(1, "Team", "")
    told = [PastStatement("A", number_of(name), "EUR", (line,), calendar_of(name)) for name in taken + refused]
    decision = run(enrol("A"), *told, world=world)
    assert [type(answer) for answer in decision.answers[1:]] == [Receipt] * 5 + [errors.PeriodConflictError] * 5
    [unknown] = refusals(run(enrol("A"), PastStatement("A", 2026, "EUR", (line,), "yearly")))
    assert "There is no calendar 'yearly'" in str(unknown)
