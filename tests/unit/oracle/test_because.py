"""Whoever gets neither a line nor a miss by a bonus is told why, and it is true: each reason is looked up again, one
person at a time, in the oracle's company."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import pytest
from hypothesis import given

from app.amounts import from_minor, to_minor
from app.engine.because import Because, nearest_sales, why_nothing
from app.engine.calculate import calculate
from app.engine.models import Result, Snapshot
from app.plans.models import Plan
from tests.oracle.company import Company
from tests.oracle.leadership import group_cv
from tests.oracle.matrix import first_of as first_in_matrix
from tests.oracle.results import NOBODY
from tests.oracle.unilevel import first_of, lacking, rate_at, takes_the_level
from tests.unit.engine.companies import random_snapshot, snapshot
from tests.unit.engine.test_properties import ALL_PLANS
from tests.unit.oracle.both import orders_of, people_of, plan_of
from tests.unit.oracle.test_engine_equals_oracle import PROFILE
from tests.unit.oracle.ugly import cases


@PROFILE
@given(case=cases(1))
def test_every_bonus_says_something_true_to_everybody(case: tuple[Plan, list[Snapshot]]) -> None:
    plan, (company,) = case
    check_everybody(company, plan)


@pytest.mark.parametrize("plan", ALL_PLANS, ids=lambda plan: f"{plan.name} {plan.hash[:4]}")
@pytest.mark.parametrize("recent", [0.02, 1.0], ids=["chains", "broad"])
def test_in_a_company_of_hundreds_too(plan: Plan, recent: float) -> None:
    found = check_everybody(random_snapshot(240, 120, 7, recent=recent), plan)
    assert (
        {"nobody_below", "no_sale", "next_rank"} <= found if any(b.type == "unilevel" for b in plan.bonuses) else found
    )


def check_everybody(company: Snapshot, plan: Plan) -> set[str]:
    """Check each reason of each person; the kinds of reasons there were."""
    result = calculate(company, plan)
    plain = Company(people_of(company), orders_of(company), plan_of(plan))
    nearest = nearest_sales(company, plan, result)
    arrivals = {
        at: list(ARRIVALS[bonus["type"]](plain, bonus))
        for at, bonus in enumerate(plain.plan["bonuses"])
        if bonus["type"] in ARRIVALS
    }
    kinds = set[str]()
    for person in plain.everybody:
        told = why_nothing(company, plan, result, person, nearest)
        silent = set(range(len(plan.bonuses))) - spoken(result, person)
        about = {one.bonus for one in told if one.bonus is not None}
        unpaid = person not in result.lines.earner.tolist()
        assert about <= silent, "a bonus with lines or misses needs no other reason"
        assert about == silent or any(one.cause.startswith("inactive") for one in told)
        assert unpaid or all(one.cause != "next_rank" for one in told)
        for one in told:
            levels = [] if one.bonus not in arrivals else arrivals[one.bonus][person]
            check(plain, person, one, levels)
            kinds.add(one.cause)
    return kinds


def spoken(result: Result, person: int) -> set[int]:
    """The bonuses with a line or a miss for the person."""
    tables = (result.lines.earner, result.lines.bonus), (result.misses.person, result.misses.bonus)
    return {
        int(bonus) for people, bonuses in tables for who, bonus in zip(people, bonuses, strict=True) if who == person
    }


def arrivals_of(plain: Company, bonus: dict[str, Any]) -> Iterator[list[int]]:
    """For each person the paid levels on which orders with CV come up to them, however deep."""
    met: list[list[int]] = [[] for _ in plain.everybody]
    for row, order in enumerate(plain.orders):
        level = 1
        for person in plain.way_up(first_of(plain, row)) if order["cv"] else ():
            met[person].append(level)
            level += takes_the_level(plain, bonus, person, level)
    yield from met


def arrivals_in_matrix(plain: Company, bonus: dict[str, Any]) -> Iterator[list[int]]:
    """For each person the paid levels on which orders with CV come up to them in their matrix."""
    met: list[list[int]] = [[] for _ in plain.everybody]
    for row, order in enumerate(plain.orders):
        level = 1
        way = plain.matrix_way_up(first_in_matrix(plain, row)) if order["cv"] else iter(())
        for person in islice(way, bonus["depth"]):
            met[person].append(level)
            level += takes_the_level(plain, bonus, person, level)
    yield from met


def matrix_levels(plain: Company, person: int) -> list[int]:
    """On which levels of the matrix, however deep, orders with CV stand below a person."""
    ways = [list(plain.matrix_way_up(first_in_matrix(plain, row))) for row, o in enumerate(plain.orders) if o["cv"]]
    return [way.index(person) + 1 for way in ways if person in way]


def leads(plain: Company, bonus: dict[str, Any], person: int) -> bool:
    broken_away = plain.pay_rank(person) >= plain.rank_index(bonus["breaks_away_at"])
    return broken_away and not plain.people[person]["passed_over"]


def arrivals_in_groups(plain: Company, bonus: dict[str, Any]) -> Iterator[list[int]]:
    """For each person the levels on which orders with CV come up to them within the group, however deep."""
    met: list[list[int]] = [[] for _ in plain.everybody]
    for order in plain.orders:
        at = plain.people[order["seller"]]["sponsor"] if order["own"] else order["seller"]
        level, within = 1, not (order["own"] and leads(plain, bonus, order["seller"]))
        while at != NOBODY and order["cv"] and within:
            met[at].append(level)
            level += not plain.people[at]["passed_over"]
            within = not leads(plain, bonus, at)
            at = plain.people[at]["sponsor"]
    yield from met


ARRIVALS = {"unilevel": arrivals_of, "matrix": arrivals_in_matrix, "breakaway": arrivals_in_groups}


def check_groups(plain: Company, person: int, one: Because) -> None:
    """All that comes up to the person comes from groups that have broken away, and something does."""
    assert one.bonus is not None
    bonus = plain.plan["bonuses"][one.bonus]
    assert leads(plain, bonus, person) == (one.cause == "no_override")
    assert not list(arrivals_in_groups(plain, bonus))[person]
    below = list(plain.sponsored[person])
    for ix in below:
        below += plain.sponsored[ix]
    sellers = {order["seller"] for order in plain.orders if order["cv"]}
    assert sellers & set(below)
    if one.cause == "broken_away":
        assert one.lack.needed == bonus["breaks_away_at"]


def check_leader(plain: Company, person: int, one: Because) -> None:
    """They lead nothing, or no leader below has a group with CV."""
    assert one.bonus is not None
    bonus = plain.plan["bonuses"][one.bonus]
    assert leads(plain, bonus, person) == (one.cause == "no_group")
    if one.cause == "no_leader":
        assert one.lack.needed == bonus["breaks_away_at"]
        return
    below = [ix for ix in plain.sponsor_leg(person) if ix != person and leads(plain, bonus, ix)]
    nearest = [
        ix
        for ix in below
        if next(up for up in plain.way_up(plain.people[ix]["sponsor"]) if leads(plain, bonus, up)) == person
    ]
    assert not any(group_cv(plain, one.bonus, ix) for ix in nearest)


def check(plain: Company, person: int, one: Because, levels: list[int]) -> None:
    lack = one.lack
    match one.cause:
        case "inactive_status" | "inactive_volume":
            inactivity = plain.inactivity(person)
            assert inactivity is not None
            reason, needed, actual = inactivity
            assert reason == one.cause.upper()
            if one.cause == "inactive_volume":
                assert (lack.needed, lack.actual) == (from_minor(needed), from_minor(actual))
                assert lack.gap == from_minor(needed - actual) > 0
        case "next_rank":
            check_rank(plain, person, one)
        case "no_rate" | "no_step" if one.bonus is not None and plain.plan["bonuses"][one.bonus]["type"] == "binary":
            check_rate(plain, person, one)
        case "no_step" | "no_difference":
            check_rest(plain, person, one)
        case "no_leader" | "no_group":
            check_leader(plain, person, one)
        case "broken_away" | "no_override":
            check_groups(plain, person, one)
        case "no_retail":
            assert one.bonus is not None
            of = plain.plan["bonuses"][one.bonus]["of"]
            own = [order for order in plain.orders if order["seller"] == person and order["cv"]]
            assert all(order["own"] and of == "customers" for order in own)
        case "no_rate" | "leg_empty" | "leg_short":
            check_legs(plain, person, one)
        case _:
            check_level(plain, person, one, levels)


def check_level(plain: Company, person: int, one: Because, levels: list[int]) -> None:
    assert one.bonus is not None
    bonus, lack = plain.plan["bonuses"][one.bonus], one.lack
    if bonus["type"] == "binary":
        assert one.cause == "nobody_placed"
        assert not plain.placed[person]
        return
    deepest = max((len(rates) for rates in bonus.get("levels_by_rank", {}).values()), default=0)
    in_matrix = bonus["type"] == "matrix"
    below = [ix for ix in plain.everybody if plain.people[ix]["matrix_parent"] == person]
    below = below if in_matrix else plain.sponsored[person]
    match one.cause:
        case "no_place":
            assert in_matrix
            assert not plain.in_matrix(person)
            assert not levels
        case "nobody_below":
            assert (below, levels) == ([], [])
            assert ("matrix" in lack.requirement) == in_matrix
        case "no_sale":
            assert below
            assert not levels
            assert ("matrix" in lack.requirement) == in_matrix
        case "too_deep" if in_matrix and not levels:
            nearest = min(matrix_levels(plain, person))
            assert (lack.actual, lack.needed) == (str(nearest), str(bonus["depth"]))
            assert lack.gap == nearest - bonus["depth"] > 0
        case "too_deep":
            assert (lack.actual, lack.needed) == (str(min(levels)), str(deepest))
            assert lack.gap == min(levels) - deepest > 0
        case "rank_depth":
            assert bonus["compression"] == "dynamic"
            missed = lacking(plain, bonus, person, min(levels))
            assert missed is not None
            assert missed[0] == "RANK_DEPTH"
            needed = next(
                rank
                for rank in (
                    *range(plain.pay_rank(person) + 1, len(plain.plan["ranks"])),
                    *range(len(plain.plan["ranks"])),
                )
                if rate_at(plain, bonus, rank, min(levels))
            )
            assert lack.needed == plain.plan["ranks"][needed]["name"]
        case "unpaid_level":
            ranks = range(len(plain.plan["ranks"]))
            paid = [n for n in range(1, deepest + 1) if any(rate_at(plain, bonus, rank, n) for rank in ranks)]
            assert min(levels) not in paid
            assert (lack.actual, lack.needed) == (str(min(levels)), ", ".join(map(str, paid)) or "none")
        case _:
            pytest.fail(one.cause)


def rates_in(bonus: dict[str, Any]) -> list[Fraction]:
    if bonus["type"] != "differential":
        return [Fraction(bonus["rate"])]
    return [Fraction(step["rate"]) for step in bonus["schedule"] or ()] + [
        Fraction(rate) for rate in (bonus["rates_by_rank"] or {}).values()
    ]


def differential_rate(plain: Company, bonus: dict[str, Any], person: int) -> Fraction:
    """What counts in a differential bonus, person by person."""
    if plain.people[person]["passed_over"]:
        return Fraction(0)
    if bonus["schedule"] is None:
        rank = plain.pay_rank(person)
        return Fraction(bonus["rates_by_rank"].get(plain.plan["ranks"][rank]["name"], 0) if rank >= 0 else 0)
    volume = plain.group_pv(person)
    return max(
        (Fraction(each["rate"]) for each in bonus["schedule"] if to_minor(each["from"]) <= volume), default=Fraction(0)
    )


def check_rest(plain: Company, person: int, one: Because) -> None:
    """Of a differential bonus."""
    assert one.bonus is not None
    bonus, lack = plain.plan["bonuses"][one.bonus], one.lack
    own = differential_rate(plain, bonus, person)
    if one.cause == "no_step":
        assert own == 0
        if bonus["schedule"] is not None:
            assert (lack.actual, lack.unit) == (from_minor(plain.group_pv(person)), "PV")
            assert lack.gap == min(
                from_minor(to_minor(each["from"])) for each in bonus["schedule"] if Fraction(each["rate"])
            ) - from_minor(plain.group_pv(person))
        else:
            assert Fraction(bonus["rates_by_rank"][lack.needed]) > 0
        return
    assert own > 0
    for order in plain.orders:
        way, at = list[int](), order["seller"]
        while at not in (NOBODY, person):
            way.append(at)
            at = plain.people[at]["sponsor"]
        buyer_only = order["own"] and not bonus["own_purchases"]
        if at == NOBODY or not order["cv"] or (buyer_only and order["seller"] == person):
            continue
        counting = [ix for ix in way if plain.is_active(ix) or bonus["inactive"] == "keep"]
        counting += [order["seller"]] if buyer_only else []
        assert own <= max((differential_rate(plain, bonus, ix) for ix in counting), default=Fraction(0))


def check_rate(plain: Company, person: int, one: Because) -> None:
    assert one.bonus is not None
    rate = plain.plan["bonuses"][one.bonus]["rate"]
    if one.cause == "no_rate":
        paid = rate.values() if isinstance(rate, dict) and "steps" not in rate else [rate]
        assert not any(Decimal(each) for each in paid)
    elif "steps" not in rate:
        rank = plain.pay_rank(person)
        assert rank < 0 or not Decimal(rate.get(plain.plan["ranks"][rank]["name"], "0"))
        assert Decimal(rate[one.lack.needed])
    else:
        kind = rate["by"].removeprefix("personal_")
        own = sum(order[kind] for order in plain.orders if order["seller"] == person)
        reached = [Decimal(step["rate"]) for step in rate["steps"] if to_minor(step["from"]) <= own]
        assert one.lack.actual == from_minor(own)
        assert not reached or not reached[-1]


def check_legs(plain: Company, person: int, one: Because) -> None:
    assert one.bonus is not None
    bonus = plain.plan["bonuses"][one.bonus]
    if one.cause == "no_rate":
        assert not any(rates_in(bonus))
        return
    leg = "left" if "left" in one.lack.requirement else "right"
    here = plain.leg_cv(person, 1 if leg == "left" else 2, bonus) + plain.people[person][f"carry_{leg}"]
    assert one.lack.actual == from_minor(here)
    assert one.lack.gap > 0
    if one.cause == "leg_empty":
        assert here <= 0
    else:
        assert one.lack.needed in (Decimal(bonus["cycle"]["strong"]), Decimal(bonus["cycle"]["weak"]))
        assert here > 0


def check_rank(plain: Company, person: int, one: Because) -> None:
    above = plain.plan["ranks"][plain.paid_as[person] + 1]
    requirement, _, rank = one.lack.requirement.rpartition(" for ")
    assert rank == above["name"]
    if one.lack.unit == "status":
        assert above["requires"]["active"]
        assert not plain.is_active(person)
        return
    wanted = above["requires"]["legs_with_rank"] or {"rank": "", "count": 0}
    height = plain.rank_index(wanted["rank"])
    known: dict[str, tuple[Any, int]] = {
        "personal PV": (above["requires"]["personal_pv"], plain.personal_pv(person)),
        "customer PV": (above["requires"]["customer_pv"], plain.customer_pv(person)),
        "group PV": (above["requires"]["group_pv"], plain.group_pv(person)),
        "active legs": (above["requires"]["active_legs"], plain.active_legs(person)),
        "personally sponsored active": (
            above["requires"]["personally_sponsored_active"],
            plain.sponsored_active(person),
        ),
        f"legs with {wanted['rank']} or higher": (
            wanted["count"],
            plain.legs_with_rank(person, height, plain.paid_as),
        ),
    }
    needed, actual = known[requirement]
    if one.lack.unit == "PV":
        assert (one.lack.needed, one.lack.actual) == (str(from_minor(to_minor(needed))), str(from_minor(actual)))
        assert one.lack.gap == from_minor(to_minor(needed) - actual) > 0
    else:
        assert (one.lack.needed, one.lack.actual) == (str(needed), str(actual))
        assert one.lack.gap == needed - actual > 0


def told(company: Snapshot, bonus: dict[str, Any], person: int, **plan: Any) -> list[tuple[str, str, str]]:
    """Cause, needed and actual for one person by a plan of one bonus and the ranks M and, with a title, S."""
    rules = Plan.model_validate(
        {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "M"}], "bonuses": [bonus]} | plan
    )
    result = calculate(company, rules)
    found = why_nothing(company, rules, result, person, nearest_sales(company, rules, result))
    return [(one.cause, str(one.lack.needed), str(one.lack.actual)) for one in found]


LEVELS: dict[str, Any] = {"type": "unilevel", "name": "L", "levels_by_rank": {"M": ["10%", "0%", "5%"]}}
TEAM: dict[str, Any] = {"type": "binary", "name": "T", "rate": "10%"}


def test_by_hand_up_the_sponsor_tree() -> None:
    """0 sponsors 1 sponsors 2 sponsors 3 sponsors 4, who buys; 5 sponsors nobody and buys, 0 sponsors 6."""
    company = snapshot(sponsor=[-1, 0, 1, 2, 3, -1, 0], orders=[(4, 4, 10_000), (5, 5, 10_000)])
    assert told(company, LEVELS, 0) == [("too_deep", "3", "4")]
    assert told(company, LEVELS, 2) == [("unpaid_level", "1, 3", "2")]
    assert told(company, LEVELS, 3) == [], "is paid"
    assert told(company, LEVELS, 4) == [("nobody_below", "1", "0")]
    assert told(company, LEVELS, 5) == [("nobody_below", "1", "0")], "an own purchase pays the sponsor"
    quiet = snapshot(sponsor=[-1, 0, 1], orders=[(2, 2, 5_000, 0)])
    assert told(quiet, LEVELS, 0) == [("no_sale", "1", "0")], "an order without CV pays nobody"


def test_by_hand_in_the_matrix() -> None:
    """Whoever sponsors them: 0, 1, 2, 3 and 4 stand in a chain and 4 buys; 5 has no place, and a customer who buys; 6
    stands below 0."""
    company = snapshot(
        sponsor=[-1, 0, 0, 0, 0, 0, 0],
        matrix_parent=[-1, 0, 1, 2, 3, -1, 0],
        matrix_slot=[0, 1, 1, 1, 1, 0, 2],
        orders=[(4, 4, 10_000), (5, -1, 10_000)],
    )
    bonus = {"type": "matrix", "name": "L", "width": 2, "depth": 3, "levels_by_rank": {"M": ["10%", "0%", "5%"]}}
    assert told(company, bonus, 0) == [("too_deep", "3", "4")]
    assert told(company, bonus, 2) == [("unpaid_level", "1, 3", "2")]
    assert told(company, bonus, 3) == [], "is paid"
    assert told(company, bonus, 4) == [("nobody_below", "1", "0")]
    assert told(company, bonus, 5) == [("no_place", "one", "none")], "though a customer bought"
    assert told(company, bonus, 6) == [("nobody_below", "1", "0")]


def test_by_hand_between_the_legs() -> None:
    company = snapshot(
        sponsor=[-1, 0, 0], parent=[-1, 0, 0], slot=[0, 1, 2], active=[False, True, True], orders=[(1, 1, 30_000)]
    )
    assert told(company, TEAM, 0) == [("inactive_status", "active", "not active"), ("leg_empty", "300.00", "0.00")]
    assert told(company, TEAM, 1) == [("nobody_placed", "1", "0")]
    assert told(company, TEAM | {"rate": "0%"}, 1) == [("no_rate", "above 0", "0")]
    nothing = snapshot(sponsor=[-1, 0], parent=[-1, 0], slot=[0, 1])
    assert told(nothing, TEAM, 0) == [("leg_empty", "0.01", "0.00"), ("leg_empty", "0.01", "0.00")]


def test_by_hand_what_the_next_rank_asks() -> None:
    ranks = [{"name": "M"}, {"name": "S", "requires": {"active": True, "personal_pv": 100}}]
    company = snapshot(sponsor=[-1, 0], orders=[(1, 1, 4_000, 0)])
    assert told(company, LEVELS, 1, ranks=ranks, activity={"personal_pv": 50}) == [
        ("inactive_volume", "50.00", "40.00"),
        ("nobody_below", "1", "0"),
        ("next_rank", "active", "not active"),
        ("next_rank", "100.00", "40.00"),
    ]
