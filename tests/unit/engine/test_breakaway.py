"""Breakaway rules one by one, each on the smallest company that shows it, and all of them on random ones."""

from collections import defaultdict
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
from app.engine.reasons import Names, explain_line, explain_miss, report_card, skips
from app.plans.breakaway import Breakaway
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from tests.unit.engine.companies import random_snapshot, snapshot

NAMES = Names(person=lambda ix: f"P{ix}", order=lambda row: f"O{row}")
RANKS = ("Member", "Silver", "Gold", "Platinum", "Diamond")
STAIRS: dict[str, Any] = {
    "type": "breakaway",
    "name": "Stairs",
    "breaks_away_at": "Gold",
    "levels_by_rank": {
        "Member": ["5%"],
        "Silver": ["5%", "4%"],
        "Gold": ["5%", "4%", "3%"],
        "Diamond": ["6%", "0%", "3%"],
    },
    "override_by_rank": {"Gold": "5%", "Platinum": "7%", "Diamond": "9%"},
}


def plan_of(bonus: dict[str, Any] | None = None, **options: Any) -> Plan:
    """A plan by title with one breakaway bonus."""
    base = {
        "name": "P",
        "version": "1",
        "currency": "EUR",
        "pay_rank": "title",
        "ranks": [{"name": each} for each in RANKS],
    }
    return Plan.model_validate(base | {"bonuses": [STAIRS | (bonus or {})]} | options)


def chain(titles: list[str], **columns: Any) -> Snapshot:
    """0 sponsors 1 sponsors 2 ..., with titles from the top."""
    held = [RANKS.index(title) for title in titles]
    return snapshot(sponsor=[ix - 1 for ix in range(len(titles))], title=held, titles=RANKS, **columns)


def lines_of(result: Result) -> list[tuple[int, int, int, int]]:
    """(earner, amount, level, paid level) by row."""
    lines = result.lines
    return list(
        zip(*(getattr(lines, name).tolist() for name in ("earner", "amount", "level", "paid_level")), strict=True)
    )


def misses_of(result: Result) -> list[tuple[int, int, int, int]]:
    """(person, forgone, breakage, paid level) by row."""
    misses = result.misses
    return list(
        zip(*(getattr(misses, name).tolist() for name in ("person", "forgone", "breakage", "paid_level")), strict=True)
    )


DAN, PAT, GINA, SAM, BETH, MIKE = range(6)


@pytest.mark.parametrize(("pats_title", "pats_override"), [("Platinum", 400), ("Gold", 200)])
def test_g21(pats_title: str, pats_override: int) -> None:
    """G21 [P, MF stairstep]: Mike 6.00, Sam 6.00, Gina 6.00 + 4.00, Pat (7 % - 5 %) x 500 x 0.40 = 4.00, Dan nothing;
    with Pat at Gold 1 % = 2.00 [D]."""
    plan = load_plan(library()["g21-breakaway"])
    titles = ["Diamond", pats_title, "Gold", "Silver", "Bronze", "Member"]
    company = snapshot(
        sponsor=[-1, DAN, PAT, GINA, GINA, SAM],
        title=[plan.rank_names.index(title) for title in titles],
        titles=plan.rank_names,
        orders=[(MIKE, -1, 30_000), (BETH, BETH, 20_000)],
    )
    result = calculate(company, plan)
    assert result.totals.by_person[0].tolist() == [0, pats_override, 1_000, 600, 0, 600]
    assert [line for line in lines_of(result) if line[0] == GINA] == [(GINA, 600, 3, 3), (GINA, 400, 1, 1)]
    assert len(result.misses) == 0
    pats = result.lines.earner.tolist().index(PAT)
    names = Names(person=["Dan", "Pat", "Gina", "Sam", "Beth", "Mike"].__getitem__, order=lambda row: f"O{row}")
    told = explain_line(company, plan, result, pats, names)
    if pats_title == "Platinum":
        assert told == (
            "2.40 USD: 2 % of 120.00 (300.00 CV x 40 %) from the order O0 of a customer of Mike on level 4, the "
            "override on the group of Gina, who has broken away: your 7 % (Platinum) less their 5 % (Gold)"
        )
    else:
        assert told.endswith("your 5 % (Gold) less their 5 % (Gold), at least 1 %")
    assert explain_line(company, plan, result, result.lines.earner.tolist().index(SAM), names).endswith(
        "on level 2; your rank for pay is Silver"
    )


def test_levels_end_with_the_leader_who_is_paid_theirs() -> None:
    company = chain(["Silver", "Gold", "Silver", "Member"], orders=[(3, 3, 10_000)])
    assert lines_of(calculate(company, plan_of())) == [(1, 400, 2, 2), (2, 500, 1, 1)]


def test_own_purchase_of_a_leader_pays_no_levels_but_the_override() -> None:
    company = chain(["Platinum", "Member", "Gold"], orders=[(2, 2, 10_000)])
    assert lines_of(calculate(company, plan_of())) == [(0, 200, 2, 0)]
    by_customer = chain(["Platinum", "Member", "Gold"], orders=[(2, -1, 10_000)])
    assert lines_of(calculate(by_customer, plan_of())) == [(0, 200, 3, 0), (2, 500, 1, 1)]


def test_one_override_an_order_even_where_its_rate_leaves_nothing() -> None:
    company = chain(["Diamond", "Gold", "Platinum"], orders=[(2, 2, 10_000)])
    assert lines_of(calculate(company, plan_of())) == []
    assert lines_of(calculate(company, plan_of({"minimum_override": "1%"}))) == [(1, 100, 1, 0)]


def test_override_ranks_that_are_not_named_count_as_none() -> None:
    bonus = {"override_by_rank": {"Diamond": "9%"}}
    company = chain(["Diamond", "Platinum"], orders=[(1, 1, 10_000)])
    assert lines_of(calculate(company, plan_of(bonus))) == [(0, 900, 1, 0)]


def test_inactive_keep_their_level_and_lead_their_group_all_the_same() -> None:
    active = [True, False, False, True, True]
    company = chain(["Diamond", "Gold", "Silver", "Silver", "Member"], active=active, orders=[(4, 4, 10_000)])
    result = calculate(company, plan_of())
    assert lines_of(result) == [(0, 400, 4, 0), (3, 500, 1, 1)]
    assert misses_of(result) == [(1, 300, 300, 3), (2, 400, 400, 2)]
    assert set(result.misses.reason.tolist()) == {Reason.INACTIVE_STATUS}


def test_inactive_leaders_between_miss_the_override() -> None:
    titles = ["Diamond", "Platinum", "Diamond", "Member", "Gold"]
    company = chain(titles, active=[True, False, False, True, True], orders=[(4, 4, 10_000)])
    result = calculate(company, plan_of())
    assert lines_of(result) == [(0, 400, 4, 0)]
    assert misses_of(result) == [(1, 200, 0, 0), (2, 400, 0, 0)]
    assert [(skip.person, skip.reason) for skip in skips(company, plan_of(), result, 0)] == [
        (2, "inactive_status"),
        (1, "inactive_status"),
    ]
    assert explain_miss(company, plan_of(), result, 0, NAMES) == (
        "2.00 EUR not paid: 2 % of 100.00 CV from the order O0 of P4 on level 3, the override on the group of P4, who "
        "has broken away: your 7 % (Platinum) less their 5 % (Gold), because your status was not active"
    )


def test_override_that_nobody_gets_is_lost_once() -> None:
    titles = ["Silver", "Platinum", "Diamond", "Gold", "Gold"]
    company = chain(titles, active=[True, False, False, False, True], orders=[(4, 4, 10_000)])
    result = calculate(company, plan_of())
    assert lines_of(result) == []
    assert misses_of(result) == [(1, 200, 0, 0), (2, 400, 400, 0)], "Gold has nothing above Gold"
    assert misses_of(calculate(company, plan_of({"minimum_override": "1%"}))) == [
        (1, 200, 0, 0), (2, 400, 0, 0), (3, 100, 100, 0),
    ]  # fmt: skip


def test_who_is_passed_over_takes_no_level_and_leads_nobody() -> None:
    company = chain(
        ["Diamond", "Gold", "Platinum", "Member"],
        active=[True, True, False, True],
        passed_over=[False, False, True, False],
        orders=[(3, 3, 10_000), (2, 2, 10_000)],
    )
    result = calculate(company, plan_of())
    assert lines_of(result) == [(0, 400, 3, 0), (0, 400, 2, 0), (1, 500, 2, 1), (1, 500, 1, 1)]
    assert [(person, breakage) for person, _, breakage, _ in misses_of(result)] == [(2, 0)]


def test_rank_that_does_not_pay_the_level_misses_it() -> None:
    company = chain(["Gold", "Member", "Member", "Member"], orders=[(3, 3, 10_000)])
    result = calculate(company, plan_of())
    assert lines_of(result) == [(0, 300, 3, 3), (2, 500, 1, 1)]
    assert misses_of(result) == [(1, 400, 400, 2)]
    assert (result.misses.reason.tolist(), result.misses.needed.tolist()) == ([Reason.RANK_DEPTH], [1])
    assert explain_miss(company, plan_of(), result, 0, NAMES).endswith(
        "because level 2 needs rank Silver and yours for pay is Member"
    )


def told(company: Snapshot, person: int) -> list[tuple[str, str, str]]:
    plan = plan_of()
    result = calculate(company, plan)
    found = why_nothing(company, plan, result, person, nearest_sales(company, plan, result))
    return [(one.cause, str(one.lack.needed), str(one.lack.actual)) for one in found if one.bonus is not None]


def test_who_gets_nothing_is_told_why() -> None:
    company = chain(["Gold", "Platinum", "Silver", "Gold", "Member"], orders=[(3, 3, 10_000)])
    assert told(company, 0) == [("no_override", "1", "0")]
    assert told(company, 2) == [("broken_away", "Gold", "Silver")]
    assert told(company, 4) == [("nobody_below", "1", "0")]
    deep = chain(["Gold", *["Member"] * 5], orders=[(5, 5, 10_000)])
    assert told(deep, 0) == [("too_deep", "3", "5")]


# ------------------------------------------------------------------------------------------------------ personal groups


GROUPS: list[dict[str, Any]] = [
    {"name": "Member"},
    {"name": "Silver", "requires": {"personal_group_pv": 100}},
    {"name": "Gold", "requires": {"personal_group_pv": 300}},
    {"name": "Platinum", "requires": {"personal_group_pv": 300, "legs_with_rank": {"rank": "Gold", "count": 1}}},
    {"name": "Diamond", "requires": {"group_pv": 100_000}},
]


def test_personal_group_ends_at_those_who_have_broken_away() -> None:
    """4 has 400 of their own and is Gold; 3 has 150; so 2's group is 50 + 150, 1's with the 250 of 5 another 450."""
    company = snapshot(
        sponsor=[-1, 0, 1, 2, 2, 1],
        orders=[(4, 4, 40_000), (3, 3, 15_000), (2, 2, 5_000), (5, 5, 25_000), (0, 0, 9_999)],
    )
    plan = plan_of(ranks=GROUPS, pay_rank="paid_as")
    result = calculate(company, plan)
    assert result.ranks.actual("personal_group_pv").tolist() == [9_999, 45_000, 20_000, 15_000, 40_000, 25_000]
    assert [RANKS[rank] for rank in result.ranks.paid_as] == [
        "Member",
        "Platinum",
        "Silver",
        "Silver",
        "Gold",
        "Silver",
    ]
    check = report_card(plan, result, 0).next[0].checks[0]
    assert (check.requirement, str(check.required), str(check.actual), str(check.gap), check.unit) == (
        "personal group PV", "100.00", "99.99", "0.01", "PV",
    )  # fmt: skip


@pytest.mark.parametrize(("pay_rank", "roots"), [("paid_as", 110), ("title", 400), ("higher", 10)])
def test_groups_break_away_by_the_rank_for_pay(pay_rank: str, roots: int) -> None:
    """1 earns Gold without the title, 2 has the title and earns Silver."""
    company = snapshot(
        sponsor=[-1, 0, 0], title=[0, 0, 2], titles=RANKS, orders=[(0, 0, 1_000), (1, 1, 39_000), (2, 2, 10_000)]
    )
    result = calculate(company, plan_of(ranks=GROUPS, pay_rank=pay_rank))
    assert result.ranks.actual("personal_group_pv")[0] == roots * 100


def test_measure_is_there_only_where_a_rank_asks() -> None:
    assert "personal_group_pv" not in calculate(chain(["Member"]), plan_of()).ranks.measures


# ------------------------------------------------------------------------------------------ one order, person by person


class Walked:
    """One order walked up in plain Python: paid and forgone shares by person, and the share that is lost."""

    def __init__(self, company: Snapshot, plan: Plan, result: Result, order: int) -> None:
        bonus = plan.bonuses[0]
        assert isinstance(bonus, Breakaway)
        self.bonus, self.people = bonus, company.people
        self.rank = [("", *RANKS)[rank + 1] for rank in result.ranks.pay.tolist()]
        self.active = result.ranks.active.tolist()
        seller, own = int(company.orders.seller[order]), int(company.orders.buyer[order]) >= 0
        self.paid, self.missed, self.lost = dict[int, Fraction](), dict[int, Fraction](), Fraction(0)
        upline = [seller]
        while company.people.sponsor[upline[-1]] >= 0:
            upline.append(int(company.people.sponsor[upline[-1]]))
        leaders = [ix for ix in upline if self.leads(ix)]
        within = upline[: upline.index(leaders[0]) + 1] if leaders else upline
        if own:
            within = [] if leaders[:1] == [seller] else within[1:]
        self.levels(within)
        self.overrides(leaders)

    def leads(self, ix: int) -> bool:
        higher = RANKS[RANKS.index(self.bonus.breaks_away_at) :]
        return self.rank[ix] in higher and not self.people.passed_over[ix]

    def levels(self, within: list[int]) -> None:
        level = 1
        for distance, ix in enumerate(within, 1):
            takes = not self.people.passed_over[ix]
            own = self.bonus.rate(self.rank[ix], level)
            higher = RANKS[RANKS.index(self.rank[ix]) :] if self.rank[ix] else ()
            rate = next((found for each in (*higher, *RANKS) if (found := self.bonus.rate(each, level))), Fraction(0))
            if self.active[ix] and own:
                self.paid[ix] = own
            elif rate and (takes or distance <= self.bonus.levels):
                self.missed[ix] = rate
                self.lost += rate if takes else 0
            level += takes

    def overrides(self, leaders: list[int]) -> None:
        if not leaders:
            return
        lost = Fraction(0)
        for ix in leaders[1:]:
            share = max(
                self.bonus.override(self.rank[ix]) - self.bonus.override(self.rank[leaders[0]]),
                Fraction(self.bonus.minimum_override or 0),
            )
            if self.active[ix]:
                if share:
                    self.paid[ix], lost = share, Fraction(0)
                break
            if share:
                self.missed[ix], lost = share, lost or share
        self.lost += lost


@settings(max_examples=150, deadline=None)
@given(
    company=st.builds(
        random_snapshot,
        people=st.integers(1, 50),
        orders=st.integers(0, 60),
        seed=st.integers(0, 10_000),
        recent=st.sampled_from([0.02, 0.3, 1.0]),
        inactive=st.sampled_from([0.0, 0.3, 0.8]),
    ),
    minimum=st.sampled_from([None, "1%"]),
    threshold=st.sampled_from(["Member", "Gold", "Diamond"]),
    cores=st.integers(1, 3),
)
def test_every_order_is_paid_as_walking_up_says(
    company: Snapshot, minimum: str | None, threshold: str, cores: int
) -> None:
    plan = plan_of(
        {"minimum_override": minimum, "breaks_away_at": threshold, "multiplier": "40%"}, activity={"personal_pv": "20"}
    )
    result = calculate(company, plan, cores)
    lines, misses = result.lines, result.misses
    paid, missed = defaultdict[int, dict[int, int]](dict), defaultdict[int, dict[int, int]](dict)
    lost = defaultdict[int, int](int)
    for row in range(len(lines)):
        paid[int(lines.order[row])][int(lines.earner[row])] = int(lines.amount[row])
        assert "EUR" in explain_line(company, plan, result, row, NAMES)
        skips(company, plan, result, row)
    for row in range(len(misses)):
        missed[int(misses.order[row])][int(misses.person[row])] = int(misses.forgone[row])
        lost[int(misses.order[row])] += int(misses.breakage[row])
        assert "EUR" in explain_miss(company, plan, result, row, NAMES)
    for order in np.flatnonzero(company.orders.cv).tolist():
        cv, found = int(company.orders.cv[order]), Walked(company, plan, result, order)
        assert paid[order] == {person: money(cv, share) for person, share in found.paid.items()}
        assert missed[order] == {person: money(cv, share) for person, share in found.missed.items()}
        assert abs(lost[order] - cv * found.lost * Fraction(2, 5)) <= len(missed[order]), "rounded line by line"


def money(cv: int, share: Fraction) -> int:
    exact = abs(cv) * share * Fraction(2, 5)
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return rounded if cv > 0 else -rounded


@settings(max_examples=60, deadline=None)
@given(
    company=st.builds(
        random_snapshot, people=st.integers(1, 40), orders=st.integers(0, 80), seed=st.integers(0, 10_000),
        recent=st.sampled_from([0.02, 0.3, 1.0]),
    ),
    pay_rank=st.sampled_from(["paid_as", "title", "higher"]),
)  # fmt: skip
def test_personal_groups_person_by_person(company: Snapshot, pay_rank: str) -> None:
    plan = plan_of(ranks=GROUPS, pay_rank=pay_rank)
    ranks, orders = calculate(company, plan).ranks, company.orders
    children = defaultdict[int, list[int]](list)
    for ix, sponsor in enumerate(company.people.sponsor.tolist()):
        children[sponsor].append(ix)

    def group(ix: int) -> int:
        own = int(orders.pv[orders.seller == ix].sum())
        return own + sum(group(child) for child in children[ix] if ranks.pay[child] < RANKS.index("Gold"))

    found = [group(ix) for ix in range(len(company.people))]
    assert ranks.actual("personal_group_pv").tolist() == found
    for ix, volume in enumerate(found):
        assert (ranks.paid_as[ix] >= 1) == (volume >= to_minor("100") or ranks.paid_as[ix] == 4)
