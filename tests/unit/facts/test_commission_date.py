"""By which date an order counts: when it is placed, paid or shipped."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.facts import errors
from app.facts.calendars import CALENDARS, CommissionDate
from app.facts.canonical import GENESIS_HASH
from app.facts.commands import ClosePeriod, Command, DateOrder, OpenPeriod, Order, Receipt, Return, Submission
from app.facts.decide import Chain, Decision, decide
from app.facts.world import World
from app.periods.calendars import period
from tests.unit.facts.test_decide import NOW, enrol, receipts, refusals, run
from tests.unit.imports.directories import ms

FEBRUARY_11 = ms("2026-02-11T12:00:00Z")
MARCH_11 = ms("2026-03-11T12:00:00Z")
SKEW = 5 * 60 * 1000


def months(by: CommissionDate) -> list[OpenPeriod]:
    return [period(name, "UTC", commission_date=by) for name in ("2026-02", "2026-03")]


def order(id: str = "O", placed_at: int = FEBRUARY_11) -> Order:
    return Order(id, "A", "distributor", placed_at, 700, 500)


def months_of(decision: Decision) -> list[tuple[str, int | None]]:
    """The kind of each fact about an order, and the month in which it counts."""
    return [(fact.kind, fact.decided["monthly"]) for fact in decision.facts if "monthly" in fact.decided]


@pytest.mark.parametrize(("by", "placed", "paid"), [("placed", 202602, None), ("paid", None, 202603)])
def test_g34(by: CommissionDate, placed: int | None, paid: int | None) -> None:
    """Worked example G34: placed 11 February, paid 11 March counts in March; by the date it is placed in February."""
    decision = run(*months(by), enrol("A"), order(), DateOrder("O", "paid", MARCH_11))
    assert months_of(decision) == [("Order", placed), ("DateOrder", paid)]
    [fact] = [fact for fact in decision.facts if fact.kind == "DateOrder"]
    assert (fact.valid_at, fact.decided["pv"], fact.decided["seller_ix"]) == (MARCH_11, 700, 0)


def test_each_calendar_counts_an_order_once_by_its_own_date() -> None:
    weeks = [period(name, "UTC", commission_date="shipped") for name in ("2026-W11", "2026-W12")]
    decision = run(
        *months("paid"),
        *weeks,
        period("2026-02-11", "UTC"),
        enrol("A"),
        order(),
        DateOrder("O", "shipped", MARCH_11 + 7 * 86_400_000),
        DateOrder("O", "paid", MARCH_11),
    )
    counted = [[fact.decided[name] for name in CALENDARS] for fact in decision.facts if "monthly" in fact.decided]
    day, week = period("2026-02-11", "UTC").number, period("2026-W12", "UTC").number
    assert counted == [[day, None, None, None], [None, None, None, week], [None, None, 202603, None]]


def test_what_is_paid_late_counts_in_the_next_open_month() -> None:
    late = [DateOrder(id, "paid", FEBRUARY_11) for id in ("before", "after")]
    decision = run(
        *months("paid"), enrol("A"), order("before"), order("after"), late[0], ClosePeriod("monthly", 202602), late[1]
    )
    assert months_of(decision)[2:] == [("DateOrder", 202602), ("DateOrder", 202603)]


def test_grace_days_are_those_of_the_date_that_counts() -> None:
    february, march = months("paid")
    over = february.ends_at + 86_400_000
    world = World(0)
    before = run(replace(february, grace_ends_at=over), march, enrol("A"), order(), world=world, now=over - 1)
    dated = Submission("late", "t", "", DateOrder("O", "paid", FEBRUARY_11 + 1))
    [receipt] = receipts(decide(before.chain, world, [dated], over))
    late = "2026-02 took what came late until 2026-03-02T00:00:00Z"
    assert (receipt.data["monthly"], receipt.data["late"]) == (202603, late)


def test_a_return_counts_where_its_order_does_and_nowhere_before_that_is_paid() -> None:
    decision = run(
        *months("paid"),
        enrol("A"),
        order("paid"),
        order("unpaid"),
        DateOrder("paid", "paid", MARCH_11),
        Return("R1", "paid", MARCH_11),
        Return("R2", "unpaid", MARCH_11),
        DateOrder("unpaid", "paid", MARCH_11),
    )
    assert months_of(decision)[3:] == [("Return", 202603), ("Return", None)]
    [refusal] = refusals(decision)
    assert isinstance(refusal, errors.AlreadyReturnedError), "its volume would stay for ever"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (DateOrder("nobody's", "paid", MARCH_11), errors.UnknownOrderError),
        (DateOrder("R", "paid", MARCH_11), errors.UnknownOrderError),
        (DateOrder("O", "paid", MARCH_11 + 1), errors.AlreadyDatedError),
        (DateOrder("O", "shipped", FEBRUARY_11 - SKEW - 1), errors.InvalidCommandError),
        (DateOrder("O", "shipped", NOW + SKEW + 1), errors.InvalidCommandError),
        (DateOrder("O", "placed", MARCH_11), errors.InvalidCommandError),  # type: ignore[arg-type]
        (DateOrder("P", "paid", ms("2026-04-02T00:00:00Z")), errors.NoOpenPeriodError),
        (period("2026-04", "UTC"), errors.PeriodConflictError),
        (period("2026-W15", "UTC", commission_date="sent"), errors.InvalidCommandError),  # type: ignore[arg-type]
    ],
)
def test_what_is_refused_changes_nothing(command: Any, error: type[Exception]) -> None:
    world = World(0)
    told = [DateOrder("O", "paid", MARCH_11), order("back"), Return("R", "back", MARCH_11), order("P")]
    before = run(*months("paid"), enrol("A"), order(), *told, ClosePeriod("monthly", 202602), world=world)
    orders, periods = dict(world.orders), dict(world.periods)
    after = decide(before.chain, world, [Submission("more", "t", "", command)], NOW)
    assert [type(answer) for answer in after.answers] == [error]
    assert (world.orders, world.periods) == (orders, periods)


def test_what_is_dated_by_another_clock_than_the_order_is_taken() -> None:
    decision = run(*months("paid"), enrol("A"), order(), DateOrder("O", "paid", FEBRUARY_11 - SKEW))
    assert months_of(decision) == [("Order", None), ("DateOrder", 202602)]


def test_where_nothing_waits_an_order_needs_a_period_and_facts_say_what_they_always_said() -> None:
    february, march = months("placed")
    decision = run(february, march, enrol("A", at=ms("2026-01-01T00:00:00Z")), order(placed_at=ms("2026-01-11T00:00Z")))
    assert [type(refusal) for refusal in refusals(decision)] == [errors.NoOpenPeriodError]
    assert "commission_date" not in orjson.loads(decision.facts[0].body)
    by_payment = run(
        *months("paid"), enrol("A", at=ms("2026-01-01T00:00:00Z")), order(placed_at=ms("2026-01-11T00:00Z"))
    )
    assert months_of(by_payment) == [("Order", None)], "it waits, however long ago it was placed"
    assert orjson.loads(by_payment.facts[0].body)["commission_date"] == "paid"


def with_dates(id: str, **dates: int) -> Submission:
    """An order with its later dates, whole or not at all."""
    commands = [DateOrder(id, date, at) for date, at in dates.items()]  # type: ignore[arg-type]
    told = (Submission(f"{id}:{command.date}", "tester", "", command) for command in commands)
    return Submission(id, "tester", "", order(id), dates=tuple(told))


def decide_all(*submissions: Submission) -> Decision:
    commands: tuple[Command, ...] = (*months("paid"), enrol("A"))
    first = [Submission(f"first {number}", "tester", "", command) for number, command in enumerate(commands)]
    return decide(Chain(0, GENESIS_HASH, 0), World(0), [*first, *submissions], NOW)


def test_an_order_and_its_dates_are_facts_that_follow_each_other() -> None:
    decision = decide_all(with_dates("O", paid=MARCH_11, shipped=MARCH_11))
    assert [fact.kind for fact in decision.facts][3:] == ["Order", "DateOrder", "DateOrder"]
    assert [fact.seq for fact in decision.facts] == [1, 2, 3, 4, 5, 6]
    receipt = receipts(decision)[-1]
    assert [receipt.seq, *[date.seq for date in receipt.dates]] == [4, 5, 6]
    assert (decision.chain.seq, decision.chain.hash) == (6, decision.facts[-1].hash)


def test_of_an_order_whose_date_is_refused_nothing_is_known() -> None:
    """As if it had never been told: its number and all keys are free, and nothing is in the chain."""
    early = FEBRUARY_11 - SKEW - 1
    refused = with_dates("O", paid=MARCH_11, shipped=early)
    after = [with_dates("O", paid=MARCH_11), with_dates("P"), Submission("back", "tester", "", Return("O2", "O", NOW))]
    decision, without = decide_all(refused, *after), decide_all(*after)
    assert [type(refusal) for refusal in refusals(decision)] == [errors.InvalidCommandError]
    assert (decision.facts, decision.chain) == (without.facts, without.chain)
    assert receipts(decision) == receipts(without)


def test_an_order_that_was_there_stays_as_it_was_when_its_dates_are_refused() -> None:
    early = FEBRUARY_11 - SKEW - 1
    decision = decide_all(
        with_dates("O"),
        with_dates("O", paid=MARCH_11, shipped=early),
        Submission("paid", "tester", "", DateOrder("O", "paid", MARCH_11)),
    )
    assert [type(answer) for answer in decision.answers[3:]] == [Receipt, errors.InvalidCommandError, Receipt]
    assert months_of(decision) == [("Order", None), ("DateOrder", 202603)]


def test_dates_that_are_told_with_a_stored_order_are_new() -> None:
    decision = decide_all(with_dates("O"), with_dates("O", paid=MARCH_11), with_dates("O", paid=MARCH_11))
    *_, first, second, third = receipts(decision)
    assert [receipt.replayed for receipt in (first, second, third)] == [False, True, True]
    assert [date.replayed for date in (*second.dates, *third.dates)] == [False, True]
    assert months_of(decision) == [("Order", None), ("DateOrder", 202603)]


def test_a_cancellation_is_a_return_of_what_was_not_shipped() -> None:
    cancel = Return("X", "O", NOW, cancels=True)
    unshipped = run(*months("placed"), enrol("A"), order(), DateOrder("O", "paid", MARCH_11), cancel)
    [fact] = [fact for fact in unshipped.facts if fact.kind == "Return"]
    assert (fact.decided["return_of"], fact.decided["pv"], fact.decided["monthly"]) == ("O", -700, 202602)
    shipped = run(
        *months("placed"), enrol("A"), order(), DateOrder("O", "shipped", MARCH_11), cancel, Return("R", "O", NOW)
    )
    assert [type(refusal) for refusal in refusals(shipped)] == [errors.AlreadyShippedError]
    assert [fact.kind for fact in shipped.facts][-1] == "Return", "what went out may come back"
