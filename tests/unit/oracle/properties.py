"""What holds for every plan, whatever it pays: each function asserts it of one period, in the oracle's words."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.oracle.defaults import complete
from tests.oracle.pay import pay
from tests.oracle.refunds import counted
from tests.oracle.results import NO_ORDER, NO_RANK, NOBODY, Pay

Rows = list[dict[str, Any]]


def check_all(people: Rows, orders: Rows, plan: dict[str, Any], result: Pay) -> None:
    """Everything that one result shows by itself."""
    plan = complete(plan)
    orders = counted(orders, plan)
    nothing_vanishes_from_a_leg(plan, result)
    nothing_vanishes_from_a_balance(people, plan, result)
    everything_adds_up(orders, result)
    nobody_earns_from_their_own_order(orders, plan, result)
    an_owner_who_is_cut_is_paid_the_cap_exactly(people, result)
    every_line_has_its_way_up_the_tree(people, plan, result)
    no_cap_is_exceeded(plan, result)
    for index, bonus in enumerate(plan["bonuses"]):
        if bonus["type"] == "differential" and bonus["minimum_override"] is None:
            what_is_paid_and_what_is_lost_is_the_highest_rate(people, orders, plan, result, index)


def nothing_vanishes_from_a_leg(plan: dict[str, Any], result: Pay) -> None:
    """Carried in and new is matched, flushed or carried out; a leg is never flushed below zero. Where days are matched,
    what one day took may come back on a later one."""
    by_days = any(bonus.get("cap_per_day") is not None for bonus in plan["bonuses"])
    for leg in (leg for legs in result.carry for leg in legs):
        assert leg.came_in + leg.new == leg.matched + leg.flushed + leg.out
        assert leg.matched >= 0
        assert leg.flushed >= 0
        assert by_days or leg.out >= min(leg.came_in + leg.new, 0)


def nothing_vanishes_from_a_balance(people: Rows, plan: dict[str, Any], result: Pay) -> None:
    """Brought in and earned is paid or carried out, of each and of all; what is carried is less than the minimum."""
    for ix, one in enumerate(result.balances):
        assert one.came_in == people[ix].get("balance", 0)
        assert one.earned == sum(amounts[ix] for amounts in result.by_person)
        assert one.came_in + one.earned + one.taken_back == one.paid + one.out
        if plan["payout"] is not None:
            least = max(Fraction(plan["payout"]["minimum"]) * 100, Fraction(1))
            assert one.paid == 0 or (one.paid >= least and one.out == 0)
            assert one.out < least
    of_all = [
        sum(getattr(one, name) for one in result.balances)
        for name in ("came_in", "earned", "taken_back", "paid", "out")
    ]
    assert sum(of_all[:3]) == sum(of_all[3:])
    assert of_all[1] == result.amount


def everything_adds_up(orders: Rows, result: Pay) -> None:
    """Lines are people's amounts, people's amounts are the run's; a cap takes nothing from a return."""
    assert result.amount == sum(line.amount for line in result.lines) == sum(map(sum, result.by_person))
    for index, amounts in enumerate(result.by_person):
        for ix, amount in enumerate(amounts):
            assert amount == sum(line.amount for line in result.lines if (line.bonus, line.earner) == (index, ix))
    for line in result.lines:
        assert result.active[line.earner], "the inactive are paid nothing"
        assert line.rate > 0
        if line.order != NO_ORDER:
            assert line.base == orders[line.order]["cv"]
            assert line.source == orders[line.order]["seller"]


def an_owner_who_is_cut_is_paid_the_cap_exactly(people: Rows, result: Pay) -> None:
    """And together with what was cut all that the positions earned."""
    cut = [miss for miss in result.misses if miss.reason == "CAPPED_OWNER"]
    for owner in {people[miss.person]["owner"] for miss in cut}:
        [told] = {(miss.bonus, miss.needed, miss.actual) for miss in cut if people[miss.person]["owner"] == owner}
        bonus, needed, actual = told
        paid = sum(
            line.amount for line in result.lines if line.bonus == bonus and people[line.earner]["owner"] == owner
        )
        lost = sum(miss.forgone for miss in cut if people[miss.person]["owner"] == owner)
        assert (paid, paid + lost) == (actual, needed)


def nobody_earns_from_their_own_order(orders: Rows, plan: dict[str, Any], result: Pay) -> None:
    """Unless the plan says so."""
    for line in result.lines:
        if line.order != NO_ORDER and orders[line.order]["own"] and line.earner == line.source:
            bonus = plan["bonuses"][line.bonus]
            assert bonus.get("own_purchases") or bonus.get("of") == "personal"


def every_line_has_its_way_up_the_tree(people: Rows, plan: dict[str, Any], result: Pay) -> None:
    """From the seller of the order, or from the leader of a group, to the earner; what is taken goes the other way."""
    for line in result.lines:
        if line.source != NOBODY:
            taken = line.order == NO_ORDER and line.paid_level == 0
            below, above = (line.earner, line.source) if taken else (line.source, line.earner)
            of_matrix = plan["bonuses"][line.bonus]["type"] == "matrix"
            assert above in way_up(people, below, "matrix_parent" if of_matrix else "sponsor")


def no_cap_is_exceeded(plan: dict[str, Any], result: Pay) -> None:
    """Of a period, by the rank for pay or the title; people without it have a cap of 0 where ranks have caps."""
    for index, bonus in enumerate(plan["bonuses"]):
        cap = bonus.get("cap_per_period")
        if cap is None:
            continue
        for ix, amount in enumerate(result.by_person[index]):
            rank = (result.title if bonus["cap_by"] == "title" else result.pay_rank)[ix]
            named = "0" if rank == NO_RANK else cap[plan["ranks"][rank]["name"]] if isinstance(cap, dict) else cap
            assert amount <= Fraction(named if isinstance(cap, dict) else cap) * 100


def what_is_paid_and_what_is_lost_is_the_highest_rate(
    people: Rows, orders: Rows, plan: dict[str, Any], result: Pay, index: int
) -> None:
    """The lines of an order add up to the highest rate on the way, but for what is lost with the inactive; exactly in
    rates where nobody is, and within what rounding of each, or of all together, does in money."""
    bonus = plan["bonuses"][index]
    own_pay_nobody = any(
        gate["type"] == "no_own_purchases" and (gate["bonuses"] is None or bonus["name"] in gate["bonuses"])
        for gate in plan["gates"]
    )
    for row, order in enumerate(orders):
        if order["own"] and own_pay_nobody:
            continue
        lines = [line for line in result.lines if (line.bonus, line.order) == (index, row)]
        misses = [miss for miss in result.misses if (miss.bonus, miss.order) == (index, row)]
        way, begun = list(way_up(people, order["seller"])), Fraction(0)
        if order["own"] and not bonus["own_purchases"]:
            begun = rate_of(plan, result, index, way.pop(0)) * (not people[order["seller"]]["passed_over"])
        top = max([begun, *(rate_of(plan, result, index, ix) for ix in way if not people[ix]["passed_over"])])
        gross = Fraction(bonus["multiplier"]) * (top - begun)
        if not misses and order["cv"]:
            assert sum((line.rate for line in lines), Fraction(0)) == gross
        found = sum(line.amount for line in lines) + sum(miss.breakage for miss in misses)
        halves = 2 if plan["rounded_per"] == "total" else 1
        assert abs(found - order["cv"] * gross) <= Fraction(halves * len(lines) + len(misses), 2)


def rate_of(plan: dict[str, Any], result: Pay, index: int, ix: int) -> Fraction:
    """A person's rate, looked up in what the run says of the person."""
    bonus, rank = plan["bonuses"][index], result.pay_rank[ix]
    if bonus["rates_by_rank"] is not None:
        return Fraction(0 if rank == NO_RANK else bonus["rates_by_rank"].get(plan["ranks"][rank]["name"], 0))
    volume = Fraction(result.measures[measure_of(bonus["volume"])][ix], 100)
    return max(
        (Fraction(each["rate"]) for each in bonus["schedule"] if Fraction(each["from"]) <= volume), default=Fraction(0)
    )


def measure_of(volume: str | dict[str, int]) -> str:
    """What a run calls what a schedule is looked up with."""
    return volume if isinstance(volume, str) else f"volume_within_levels:{volume['within_levels']}"


def way_up(people: Rows, ix: int, tree: str = "sponsor") -> list[int]:
    """The person and everybody above them in the tree of that column."""
    way = []
    while ix != NOBODY:
        way.append(ix)
        ix = people[ix][tree]
    return way


def undone(orders: Rows) -> Rows:
    """The orders, and a return of the CV of each; PV is left alone, so that everybody is what they were."""
    after = max((order["seq"] for order in orders), default=0) + 1
    return [*orders, *(each | {"pv": 0, "cv": -each["cv"], "seq": after + at} for at, each in enumerate(orders))]


def returns_take_back_everything(orders: Rows, result: Pay) -> None:
    """Of `undone` orders: each line of an order is taken back to the cent, and no volume is left in any leg."""
    half = len(orders) // 2
    left = defaultdict[tuple[int, int, int], int](int)
    for line in result.lines:
        if line.order != NO_ORDER:
            left[line.bonus, line.earner, line.order % half] += line.amount
    assert not any(left.values())
    assert all(leg.new == 0 for legs in result.carry for leg in legs)


def shuffled(people: Rows, orders: Rows, places: Sequence[int], rows: Sequence[int]) -> tuple[Rows, Rows]:
    """The same company, in which the person of place p stands at places[p], and the orders come as rows says."""
    moved: Rows = [{} for _ in people]
    for ix, person in enumerate(people):
        others = {name: person[name] for name in ("sponsor", "parent", "owner", "matrix_parent")}
        others = {name: other if other == NOBODY else places[other] for name, other in others.items()}
        moved[places[ix]] = person | others
    return moved, [orders[row] | {"seller": places[orders[row]["seller"]]} for row in rows]


def with_owners_in_order(people: Rows, places: Sequence[int]) -> list[int]:
    """Places at which an owner's positions come in the order in which they came, which decides who gets a cent."""
    free: dict[int, list[int]] = {}
    for person, place in zip(people, places, strict=True):
        free.setdefault(person["owner"], []).append(place)
    of_owner = {owner: iter(sorted(mine)) for owner, mine in free.items()}
    return [next(of_owner[person["owner"]]) for person in people]


def the_order_of_things_does_not_matter(
    people: Rows, orders: Rows, plan: dict[str, Any], places: Sequence[int], rows: Sequence[int]
) -> None:
    """The same people are paid the same, whatever their numbers are and in whatever order their sales are told."""
    told, again = pay(people, orders, plan), pay(*shuffled(people, orders, places, rows), plan)
    for amounts, others in zip(told.by_person, again.by_person, strict=True):
        assert amounts == [others[place] for place in places]
    assert told.carry == [again.carry[place] for place in places]
    assert told.balances == [again.balances[place] for place in places]
    assert told.paid_as == [again.paid_as[place] for place in places]
    lost = [sorted((miss.reason, miss.forgone, miss.breakage) for miss in each.misses) for each in (told, again)]
    assert lost[0] == lost[1]
