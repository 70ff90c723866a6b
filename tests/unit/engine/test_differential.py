"""Differential rules one by one, each on the smallest company that shows it, and all of them on random ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.amounts import to_minor
from app.engine.because import nearest_sales, why_nothing
from app.engine.calculate import calculate
from app.engine.models import Reason, Result, Snapshot
from app.engine.reasons import Names, explain_line, explain_miss, path, skips
from app.plans.differential import Differential
from app.plans.models import Plan
from tests.unit.engine.companies import TITLES, random_snapshot, snapshot

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")
SCHEDULE = [{"from": 300, "rate": "6%"}, {"from": 1000, "rate": "9%"}, {"from": 2000, "rate": "12%"}]
BY_RANK = {"Silver": "5%", "Gold": "10%", "Diamond": "15%"}


def plan_of(bonus: dict[str, Any], **options: Any) -> Plan:
    """A plan with one differential bonus, by title where it goes by rank."""
    given = {"type": "differential", "name": "Difference"} | bonus
    base: dict[str, Any] = {
        "name": "P",
        "version": "1",
        "currency": "EUR",
        "ranks": [{"name": each} for each in TITLES],
    }
    if "rates_by_rank" in bonus:
        base["pay_rank"] = "title"
    return Plan.model_validate(base | {"bonuses": [given]} | options)


def by_rank(**bonus: Any) -> Plan:
    return plan_of({"rates_by_rank": BY_RANK} | bonus)


def chain(titles: Sequence[str | None], **columns: Any) -> Snapshot:
    """0 sponsors 1 sponsors 2 ..., with titles from the top."""
    held = [TITLES.index(title) if title else -1 for title in titles]
    return snapshot(sponsor=[ix - 1 for ix in range(len(titles))], title=held, titles=TITLES, **columns)


def lines_of(result: Result) -> list[tuple[int, int, int, int]]:
    """(earner, amount, level, paid level) by row."""
    lines = result.lines
    return list(
        zip(*(getattr(lines, name).tolist() for name in ("earner", "amount", "level", "paid_level")), strict=True)
    )


def misses_of(result: Result) -> list[tuple[int, int, int, int]]:
    """(person, forgone, breakage, level) by row."""
    misses = result.misses
    return list(
        zip(*(getattr(misses, name).tolist() for name in ("person", "forgone", "breakage", "level")), strict=True)
    )


def test_each_gets_what_their_rate_is_above_the_highest_below() -> None:
    company = chain(["Gold", "Silver", "Silver", None], orders=[(3, -1, 10_000)])
    result = calculate(company, by_rank())
    assert lines_of(result) == [(0, 500, 4, 2), (2, 500, 2, 1)]
    assert len(result.misses) == 0, "a lower rate is no miss"
    assert explain_line(company, by_rank(), result, 0, NAMES) == (
        "5.00 EUR: 5 % of 100.00 CV from the order O0 of a customer of P3 on level 4; "
        "your rate is 10 % (rank for pay Gold), less 5 % of those below you"
    )
    assert path(company, by_rank().bonuses[0], 0, 0) == (3, 2, 1, 0)


def test_own_purchase_pays_the_buyer_their_own_rate() -> None:
    company = chain(["Gold", "Silver"], orders=[(1, 1, 10_000)])
    assert lines_of(calculate(company, by_rank())) == [(0, 500, 2, 2), (1, 500, 1, 1)]


def test_without_own_purchases_the_sponsor_gets_the_difference_above_the_buyer() -> None:
    company = chain(["Diamond", "Silver", "Gold"], orders=[(2, 2, 10_000), (2, -1, 10_000)])
    plan = by_rank(own_purchases=False)
    result = calculate(company, plan)
    assert lines_of(result) == [(0, 500, 2, 1), (0, 500, 3, 2), (2, 1000, 1, 1)]
    assert explain_line(company, plan, result, 0, NAMES).endswith(
        "your rate is 15 % (rank for pay Diamond), less 10 % of the buyer and those below you"
    )
    alone = chain(["Gold"], orders=[(0, 0, 10_000)])
    assert lines_of(calculate(alone, plan)) == [], "nobody stands above the buyer"


@pytest.mark.parametrize(
    ("volume", "rate"),
    [(29_999, 0), (30_000, 6), (99_999, 6), (100_000, 9), (199_999, 9), (200_000, 12), (-5_000, 0)],
)
def test_the_schedule_begins_exactly_at_its_volumes(volume: int, rate: int) -> None:
    company = snapshot(sponsor=[-1, 0], orders=[(1, 1, volume, 0), (0, 0, 0, 10_000)])
    lines = lines_of(calculate(company, plan_of({"schedule": SCHEDULE})))
    assert lines == ([(0, rate * 100, 1, 1)] if rate else [])


def test_group_volume_counts_the_inactive_and_falls_by_returns() -> None:
    orders = [(2, 2, 80_000, 0), (1, 1, 30_000, 0), (0, 0, 0, 10_000)]
    company = snapshot(sponsor=[-1, 0, 1], active=[True, False, True], orders=orders)
    assert lines_of(calculate(company, plan_of({"schedule": SCHEDULE}))) == [(0, 900, 1, 1)]
    returned = snapshot(sponsor=[-1, 0, 1], orders=[*orders, (2, 2, -20_000, 0)])
    assert lines_of(calculate(returned, plan_of({"schedule": SCHEDULE}))) == [(0, 600, 1, 1)]


def test_return_is_the_mirror_of_its_order() -> None:
    company = chain(["Gold", "Silver"], orders=[(1, 1, 10_010), (1, 1, -10_010)])
    result = calculate(company, by_rank())
    assert result.lines.amount.tolist() == [501, -501, 501, -501], "halves go away from zero"


def test_share_is_of_the_commissionable_part() -> None:
    company = chain(["Gold", "Silver"], orders=[(1, 1, 10_000)])
    plan = by_rank(multiplier="40%")
    result = calculate(company, plan)
    assert lines_of(result) == [(0, 200, 2, 2), (1, 200, 1, 1)]
    assert (result.lines.rate_num.tolist(), result.lines.rate_den.tolist()) == ([1, 1], [50, 50])
    assert "5 % of 40.00 (100.00 CV x 40 %)" in explain_line(company, plan, result, 0, NAMES)


def test_inactive_rate_counts_as_none_and_the_next_above_gets_the_whole() -> None:
    company = chain(["Diamond", "Gold", "Silver"], active=[True, False, True], orders=[(2, 2, 10_000)])
    plan = by_rank()
    result = calculate(company, plan)
    assert lines_of(result) == [(0, 1000, 3, 2), (2, 500, 1, 1)]
    assert misses_of(result) == [(1, 500, 0, 2)]
    misses = result.misses
    assert (misses.reason.tolist(), misses.needed.tolist(), misses.actual.tolist()) == (
        [Reason.INACTIVE_STATUS], [1], [0],
    )  # fmt: skip
    assert (misses.rank_needed.tolist(), misses.paid_level.tolist()) == ([-1], [2])
    assert explain_miss(company, plan, result, 0, NAMES) == (
        "5.00 EUR not paid: 5 % of 100.00 CV from the order O0 of P2 on level 2, where your rate is 10 % (rank for pay "
        "Gold), less 5 % of those below you, because your status was not active; those above you are paid it as far as "
        "their rates go"
    )
    assert [(skip.person, skip.reason) for skip in skips(company, plan, result, 0)] == [(1, "inactive_status")]


def test_what_an_inactive_rate_is_above_every_active_one_is_lost_once() -> None:
    """Two Diamonds are inactive and the highest active one has Gold: 5 % of the sale reaches nobody."""
    titles = ["Gold", "Diamond", "Silver", "Diamond", None]
    company = chain(titles, active=[True, False, True, False, True], orders=[(4, -1, 10_000)])
    result = calculate(company, by_rank())
    assert lines_of(result) == [(0, 500, 5, 2), (2, 500, 3, 1)]
    assert misses_of(result) == [(1, 1000, 0, 4), (3, 1500, 500, 2)]
    assert result.totals.amount + result.totals.breakage == 1500


def test_what_is_lost_is_above_the_buyers_rate_too() -> None:
    company = chain(["Diamond", "Gold"], active=[False, True], orders=[(1, 1, 10_000)])
    assert misses_of(calculate(company, by_rank(own_purchases=False))) == [(0, 500, 500, 1)]


def test_kept_parts_of_the_inactive_are_paid_to_nobody() -> None:
    titles = ["Diamond", "Gold", "Gold", "Silver"]
    company = chain(titles, active=[True, False, False, True], orders=[(3, 3, 10_000)])
    plan = by_rank(inactive="keep")
    result = calculate(company, plan)
    assert lines_of(result) == [(0, 500, 4, 2), (3, 500, 1, 1)]
    assert misses_of(result) == [(2, 500, 500, 2)], "the other Gold has nothing above what was kept"
    assert explain_line(company, plan, result, 0, NAMES).endswith("less 10 % of those below you")
    assert explain_miss(company, plan, result, 0, NAMES).endswith("because your status was not active")


def test_low_personal_volume_makes_inactive() -> None:
    company = chain(["Gold", "Silver"], orders=[(1, 1, 10_000), (0, 0, 5_000, 0)])
    result = calculate(company, plan_of({"rates_by_rank": BY_RANK}, activity={"personal_pv": 60}))
    assert (result.misses.reason.tolist(), result.misses.needed.tolist()) == ([Reason.INACTIVE_VOLUME], [6_000])
    assert result.misses.actual.tolist() == [5_000]


def test_who_is_passed_over_in_every_plan_takes_no_part() -> None:
    company = chain(
        ["Gold", "Diamond", "Silver"], active=[True, False, True], passed_over=[False, True, False],
        orders=[(2, 2, 10_000), (1, 1, 10_000)],
    )  # fmt: skip
    for inactive in ("pass", "keep"):
        for own in (True, False):
            result = calculate(company, by_rank(inactive=inactive, own_purchases=own))
            assert len(result.misses) == 0
            assert result.totals.amount == (2_000 if own else 1_500)


def test_top_rate_above_the_top_rate_gets_the_minimum_override_once() -> None:
    titles = ["Diamond", "Diamond", "Gold", "Diamond", "Gold"]
    company = chain(titles, active=[True, True, True, True, True], orders=[(4, 4, 10_000)])
    plan = by_rank(minimum_override="1%")
    result = calculate(company, plan)
    assert lines_of(result) == [(1, 100, 4, 3), (3, 500, 2, 2), (4, 1000, 1, 1)]
    assert explain_line(company, plan, result, 0, NAMES) == (
        "1.00 EUR: 1 % of 100.00 CV from the order O0 of P4 on level 4, the minimum override: your rate is 15 % (rank "
        "for pay Diamond), the top one, and somebody below you was paid up to it"
    )
    idle = chain(titles, active=[True, False, True, True, True], orders=[(4, 4, 10_000)])
    assert lines_of(calculate(idle, plan))[0] == (0, 100, 5, 3), "the inactive are passed by"
    assert len(calculate(idle, plan).misses) == 0


def test_minimum_override_is_for_the_top_rate_alone_and_after_somebody_was_paid() -> None:
    company = chain(["Gold", "Gold"], orders=[(1, 1, 10_000)])
    assert lines_of(calculate(company, by_rank(minimum_override="1%"))) == [(1, 1000, 1, 1)]
    bought = chain(["Diamond", "Diamond"], orders=[(1, 1, 10_000)])
    assert lines_of(calculate(bought, by_rank(minimum_override="1%", own_purchases=False))) == []


def test_order_without_cv_makes_nothing() -> None:
    company = chain(["Gold", "Silver"], active=[False, True], orders=[(1, 1, 10_000, 0)])
    result = calculate(company, by_rank())
    assert (len(result.lines), len(result.misses)) == (0, 0)


def test_long_chain_leaps_to_the_next_higher_rate() -> None:
    """Ten thousand deep, the ranks high above one another; nobody below the top has a rate but three."""
    count = 10_000
    titles: list[str | None] = [None] * count
    titles[0], titles[4_000], titles[9_000], titles[9_500] = "Diamond", "Gold", "Silver", "Silver"
    company = chain(titles, orders=[(ix, -1, 10_000) for ix in range(count)])
    result = calculate(company, by_rank())
    lines = result.lines
    for earner, orders, amounts in ((0, count, {500, 1500}), (4_000, 6_000, {500, 1000}), (9_500, 500, {500})):
        mine = lines.earner == earner
        assert np.count_nonzero(mine) == orders
        assert set(lines.amount[mine].tolist()) == amounts
    assert lines.level[lines.earner == 0].max() == count


def told(company: Snapshot, plan: Plan, person: int) -> list[tuple[str, str, str]]:
    result = calculate(company, plan)
    found = why_nothing(company, plan, result, person, nearest_sales(company, plan, result))
    return [(one.cause, str(one.lack.needed), str(one.lack.actual)) for one in found if one.bonus is not None]


def test_who_gets_nothing_is_told_why() -> None:
    company = chain(["Gold", "Gold", "Member", "Silver", None], orders=[(3, 3, 10_000), (3, -1, 10_000, 0)])
    assert told(company, by_rank(), 0) == [("no_difference", "above 10 %", "10 %")]
    assert told(company, by_rank(), 2) == [("no_step", "Silver", "Member")]
    assert told(company, by_rank(), 4) == [("nobody_below", "1", "0")]
    assert told(company, by_rank(own_purchases=False), 3) == [("no_sale", "1", "0")]
    assert told(company, plan_of({"schedule": SCHEDULE}), 0) == [("no_step", "300.00", "200.00")]
    assert told(company, by_rank(rates_by_rank={"Gold": "0%"}), 0) == [("no_rate", "above 0", "0")]


# ------------------------------------------------------------------------------------------ one order, person by person


@dataclass
class Walked:
    """One order walked up in plain Python: exact parts by person."""

    paid: dict[int, Fraction]
    missed: dict[int, Fraction]
    lost: Fraction
    top: Fraction


def walk(company: Snapshot, plan: Plan, result: Result, order: int) -> Walked:
    bonus = plan.bonuses[0]
    assert isinstance(bonus, Differential)
    people, own = company.people, int(company.orders.buyer[order]) >= 0
    names = (*plan.rank_names, None)

    def rate(ix: int) -> Fraction:
        if people.passed_over[ix]:
            return Fraction(0)
        if bonus.schedule is None:
            return Fraction((bonus.rates_by_rank or {}).get(names[result.ranks.pay[ix]] or "", 0))
        volume = int(result.ranks.actual("group_pv")[ix])
        return max(
            (Fraction(step.rate) for step in bonus.schedule if to_minor(step.from_) <= volume), default=Fraction(0)
        )

    at = int(company.orders.seller[order])
    paid = Fraction(0)
    if own and not bonus.own_purchases:
        paid, at = rate(at), int(people.sponsor[at])
    found = Walked({}, {}, Fraction(0), Fraction(0))
    base, override = paid, False
    idle_top = active_top = Fraction(0)
    while at >= 0:
        own_rate = rate(at)
        if not result.ranks.active[at]:
            idle_top = max(idle_top, own_rate)
            if own_rate > paid:
                found.missed[at] = own_rate - paid
                if bonus.inactive == "keep":
                    found.lost += own_rate - paid
                    paid = own_rate
        else:
            active_top = max(active_top, own_rate)
            if own_rate > paid:
                found.paid[at] = own_rate - paid
                paid = own_rate
            elif (
                bonus.minimum_override
                and found.paid
                and not override
                and own_rate == paid == max(map(Fraction, bonus.rates))
            ):
                found.paid[at], override = Fraction(bonus.minimum_override), True
        at = int(people.sponsor[at])
    if bonus.inactive == "pass":
        found.lost = max(Fraction(0), idle_top - max(active_top, base))
    found.top = max(Fraction(0), (max(active_top, idle_top) if bonus.inactive == "keep" else active_top) - base)
    return found


BONUSES: list[dict[str, Any]] = [
    {way: rates, "own_purchases": own, "inactive": inactive, "multiplier": "40%", "minimum_override": minimum}
    for way, rates in (
        ("rates_by_rank", {"Member": "3%", "Silver": "3%", "Gold": "10%", "Diamond": "15.5%"}),
        ("schedule", [{"from": 0, "rate": "2%"}, {"from": "55.5", "rate": "4%"}, {"from": 400, "rate": "7.25%"}]),
    )
    for own in (True, False)
    for inactive in ("pass", "keep")
    for minimum in (None, "1%")
]

companies = st.builds(
    random_snapshot,
    people=st.integers(1, 50),
    orders=st.integers(0, 60),
    seed=st.integers(0, 10_000),
    recent=st.sampled_from([0.02, 0.3, 1.0]),
    inactive=st.sampled_from([0.0, 0.3, 0.8]),
)


@settings(max_examples=120, deadline=None)
@given(company=companies, bonus=st.sampled_from(BONUSES), cores=st.integers(1, 3))
def test_every_order_is_paid_as_walking_up_says(company: Snapshot, bonus: dict[str, Any], cores: int) -> None:
    plan = plan_of(bonus, activity={"personal_pv": "20"})
    result = calculate(company, plan, cores)
    lines, misses = result.lines, result.misses
    paid, missed, lost = (defaultdict[int, dict[int, int]](dict) for _ in range(3))
    shares = defaultdict[int, Fraction](Fraction)
    for row in range(len(lines)):
        order = int(lines.order[row])
        paid[order][int(lines.earner[row])] = int(lines.amount[row])
        shares[order] += Fraction(int(lines.rate_num[row]), int(lines.rate_den[row]))
        assert "EUR" in explain_line(company, plan, result, row, NAMES)
        assert all(not result.ranks.active[skip.person] for skip in skips(company, plan, result, row))
    for row in range(len(misses)):
        order, person = int(misses.order[row]), int(misses.person[row])
        missed[order][person] = int(misses.forgone[row])
        lost[order][person] = int(misses.breakage[row])
        assert "EUR" in explain_miss(company, plan, result, row, NAMES)
    for order in np.flatnonzero(company.orders.cv).tolist():
        cv, found = int(company.orders.cv[order]), walk(company, plan, result, order)
        assert paid[order] == {person: money(cv, share) for person, share in found.paid.items()}
        assert missed[order] == {person: money(cv, share) for person, share in found.missed.items()}
        if bonus["inactive"] == "pass":
            assert sum(lost[order].values()) == money(cv, found.lost)
        else:
            assert lost[order] == missed[order]
        override = Fraction(bonus["minimum_override"][:-1]) / 100 if bonus["minimum_override"] else Fraction(0)
        kept = sum(found.missed.values()) if bonus["inactive"] == "keep" else 0
        assert shares[order] / Fraction(2, 5) + kept in (found.top, found.top + override), "they add up to the top rate"


def money(cv: int, share: Fraction) -> int:
    exact = abs(cv) * share * Fraction(2, 5)
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return rounded if cv > 0 else -rounded
