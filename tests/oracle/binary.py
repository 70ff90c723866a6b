"""Binary: a position is paid on the volume that its two legs in the placement tree have matched."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Any

from tests.oracle.company import Company, Person, Why
from tests.oracle.numbers import minor, number, rounded, shared
from tests.oracle.results import NO_ORDER, NO_RANK, Leg, Line, Miss

LEFT, RIGHT = 1, 2
Bonus = dict[str, Any]


@dataclass(frozen=True)
class Match:
    """What is taken from each leg, and the volume that is paid for."""

    left: int
    right: int
    base: Fraction


@dataclass(frozen=True)
class Terms:
    """What one position is paid by: money for each unit of base, and at most so much in the period and on each day."""

    rate: Fraction
    cap: int | None
    day_cap: int | None


@dataclass(frozen=True)
class Day:
    """The match of one day, or of the whole period at once where no day has a cap.

    whole: all that the legs had for it. part: what was taken of them. over: it is worth more than the day's cap.
    """

    whole: Match
    part: Match
    over: bool


@dataclass(frozen=True)
class Worth:
    """What the days come to: the base of all of it, the whole units of the days' bases, what all of that is worth, what
    the days' caps leave of that, and what the period's cap leaves."""

    base: Fraction
    shown: int
    raw: int
    of_days: int
    amount: int


def untouched(person: Person) -> tuple[Leg, Leg]:
    """Carry of a person whom no binary bonus looks at."""
    left, right = person["carry_left"], person["carry_right"]
    return Leg(left, 0, 0, 0, left), Leg(right, 0, 0, 0, right)


def of_a_position(company: Company, index: int, ix: int) -> tuple[list[Line | Miss], tuple[Leg, Leg]]:
    """Match the legs of one position, pay the match, and see what stays in the legs."""
    bonus, person = company.plan["bonuses"][index], company.people[ix]
    left = person["carry_left"], company.leg_cv(ix, LEFT, bonus)
    right = person["carry_right"], company.leg_cv(ix, RIGHT, bonus)
    terms = Terms(rate_of(company, bonus, ix), cap_of(company, bonus, ix), day_cap_of(company, bonus, ix))
    days = matched_day_by_day(company, bonus, ix, terms)
    worth = worth_of(company, bonus, days, terms)
    if worth.base:
        said = paid_or_missed(company, index, ix, worth, terms)
    else:
        said = weak_leg_empty(company, index, ix, (sum(left), sum(right)), terms)
    legs = (
        leg_after(company, bonus, ix, left, sum(day.part.left for day in days)),
        leg_after(company, bonus, ix, right, sum(day.part.right for day in days)),
    )
    return said, legs


def matched_day_by_day(company: Company, bonus: Bonus, ix: int, terms: Terms) -> list[Day]:
    """The match of each calendar day: its volume joins the legs, they are matched, and what was not taken waits for the
    next day. What the period allows, its cap and its cycles, is used up from day to day."""
    person, days = company.people[ix], list[Day]()
    left, right = person["carry_left"], person["carry_right"]
    for day in [0] if bonus["cap_per_day"] is None else range(1, company.days + 1):
        left += company.leg_cv(ix, LEFT, bonus, day)
        right += company.leg_cv(ix, RIGHT, bonus, day)
        days.append(matched(company, bonus, (left, right), days, terms))
        left, right = left - days[-1].part.left, right - days[-1].part.right
    return days


def matched(company: Company, bonus: Bonus, legs: tuple[int, int], before: list[Day], terms: Terms) -> Day:
    """What legs of that much volume match after some days of the period."""
    taken = sum((day.part.base for day in before), Fraction(0))
    cycles_left = bonus["max_cycles"]
    if cycles_left is not None:
        cycles_left -= int(taken) // minor(bonus["cycle"]["weak"])
    whole = whole_match(bonus, *legs, cycles_left)
    over = terms.day_cap is not None and whole.base * terms.rate > terms.day_cap
    if bonus["above_cap"] == "lost":
        return Day(whole, whole, over)
    most = min(whole.base, most_in_the_period(company, bonus, terms, taken + whole.base) - taken)
    if over and terms.day_cap is not None:
        most = min(most, terms.day_cap / terms.rate)
    unit = minor(bonus["cycle"]["weak"]) if bonus["method"] == "cycles" else 1
    base = Fraction(int(most) // unit * unit)
    return Day(whole, whole if base == whole.base else part_of_the_match(bonus, *legs, base), over)


def worth_of(company: Company, bonus: Bonus, days: list[Day], terms: Terms) -> Worth:
    """What was matched is added up and rounded once; by volume ratio, where each day has a ratio of its own, each is
    rounded by itself. Where what is above a day's cap is lost, such a day is worth the cap; where it is carried, what
    the last day left of its match is still waiting for pay."""
    bases = [day.part.base for day in days]
    if bonus["above_cap"] == "carried":
        paid = money(company, sum(bases, Fraction(0)), terms.rate)
        bases[-1] = days[-1].whole.base
        base = sum(bases, Fraction(0))
        return Worth(base, int(base), money(company, base, terms.rate), paid, paid)
    base, shown = sum(bases, Fraction(0)), sum(map(floor, bases))
    if bonus["method"] == "volume_ratio":
        worths = [money(company, each, terms.rate) for each in bases]
        of_days = sum(least(worth, terms.day_cap) for worth in worths)
        return Worth(base, shown, sum(worths), of_days, least(of_days, terms.cap))
    below = sum((day.part.base for day in days if not day.over), Fraction(0))
    of_days = money(company, below, terms.rate) + sum(terms.day_cap or 0 for day in days if day.over)
    return Worth(base, shown, money(company, base, terms.rate), of_days, least(of_days, terms.cap))


def least(amount: int, *limits: int | None) -> int:
    """An amount up to its limits, where None is none."""
    return min([amount, *(limit for limit in limits if limit is not None)])


# --------------------------------------------------------------------------------------------------------------- match


def whole_match(bonus: Bonus, left: int, right: int, most: int | None) -> Match:
    """All that the legs match, in at most so many cycles. A leg below zero counts as zero."""
    left, right = max(left, 0), max(right, 0)
    if bonus["method"] == "cycles":
        return cycles(bonus["cycle"], left, right, most)
    weak, strong = min(left, right), max(left, right)
    if bonus["method"] == "volume_ratio" and strong > 0:
        return Match(weak, weak, Fraction(weak) * weak / strong)
    return Match(weak, weak, Fraction(weak))


def cycles(cycle: dict[str, Any], left: int, right: int, most: int | None) -> Match:
    """As many whole cycles as the legs have, at most so many."""
    strong, weak = minor(cycle["strong"]), minor(cycle["weak"])
    if cycle["stronger_leg"] == "once":
        done = min(max(left, right) // strong, min(left, right) // weak)
        done = done if most is None else min(done, most)
        from_left, from_right = (strong, weak) if left_leads(cycle, left, right) else (weak, strong)
        return Match(done * from_left, done * from_right, Fraction(done * weak))
    done, rest_left, rest_right = 0, left, right
    while done != most:
        from_left, from_right = (strong, weak) if left_leads(cycle, rest_left, rest_right) else (weak, strong)
        if rest_left < from_left or rest_right < from_right:
            break
        done, rest_left, rest_right = done + 1, rest_left - from_left, rest_right - from_right
    return Match(left - rest_left, right - rest_right, Fraction(done * weak))


def left_leads(cycle: dict[str, Any], left: int, right: int) -> bool:
    """Whether the left leg is the stronger; of two equal ones the plan says which is."""
    return left > right or (left == right and bool(cycle["equal_legs"] == "left"))


def part_of_the_match(bonus: Bonus, left: int, right: int, base: Fraction) -> Match:
    """No more than what makes that base."""
    if bonus["method"] == "cycles":
        return cycles(bonus["cycle"], max(left, 0), max(right, 0), int(base) // minor(bonus["cycle"]["weak"]))
    return Match(int(base), int(base), base)


# --------------------------------------------------------------------------------------------------------------- money


def money(company: Company, base: Fraction, rate: Fraction) -> int:
    """What the base is worth, before any cap."""
    return rounded(base * rate, company.plan["rounding"])


def most_in_the_period(company: Company, bonus: Bonus, terms: Terms, base: Fraction) -> Fraction:
    """The base that the period's cap pays, at most so much: as many units or cycles as are worth no more than it."""
    if terms.cap is None:
        return base
    unit = minor(bonus["cycle"]["weak"]) if bonus["method"] == "cycles" else 1

    def amount_of(units: int) -> int:
        return money(company, Fraction(units * unit), terms.rate)

    return Fraction(unit * (bisect_right(range(int(base) // unit + 1), terms.cap, key=amount_of) - 1))


def rate_of(company: Company, bonus: Bonus, ix: int) -> Fraction:
    """Multiplier x rate: one, by rank, by own volume, or what a cycle pays for the volume of its weaker leg."""
    cycle, rate = bonus["cycle"], bonus["rate"]
    if cycle is not None and cycle["pays"] is not None:
        return Fraction(minor(cycle["pays"]), minor(cycle["weak"]))
    if isinstance(rate, dict) and "steps" in rate:
        own = {"personal_cv": company.personal_cv, "personal_pv": company.personal_pv}[rate["by"]](ix)
        reached = [step["rate"] for step in rate["steps"] if minor(step["from"]) <= own]
        rate = reached[-1] if reached else "0"
    elif isinstance(rate, dict):
        rate = company.by_rank(rate, company.pay_rank(ix), "0")
    return number(bonus["multiplier"]) * number(rate)


def cap_of(company: Company, bonus: Bonus, ix: int) -> int | None:
    """Most money for the position: None without a limit; 0 for people without rank or title where ranks have caps."""
    return one_or_by_rank(company, bonus["cap_per_period"], cap_rank(company, bonus, ix))


def day_cap_of(company: Company, bonus: Bonus, ix: int) -> int | None:
    """Most money for the position on one day."""
    return one_or_by_rank(company, bonus["cap_per_day"], cap_rank(company, bonus, ix))


def aggregate_cap_of(company: Company, bonus: Bonus, owner: list[int]) -> int | None:
    """Most money for all positions of an owner together: by rank, the highest that one of the positions has."""
    limits = [one_or_by_rank(company, bonus["aggregate_cap"], cap_rank(company, bonus, ix)) for ix in owner]
    return None if None in limits else max(limit for limit in limits if limit is not None)


def cap_rank(company: Company, bonus: Bonus, ix: int) -> int:
    """The rank that a table of caps is looked up with."""
    return company.title(ix) if bonus["cap_by"] == "title" else company.pay_rank(ix)


def one_or_by_rank(company: Company, cap: str | dict[str, str] | None, rank: int) -> int | None:
    """The limit that holds for somebody of that rank."""
    most: str | None = company.by_rank(cap, rank, "0") if isinstance(cap, dict) else cap
    return None if most is None else minor(most)


def paid_or_missed(company: Company, index: int, ix: int, worth: Worth, terms: Terms) -> list[Line | Miss]:
    """A line for the active, and misses of what the caps keep back; a miss of it all for the inactive."""
    bonus, rank = company.plan["bonuses"][index], company.pay_rank(ix)
    if not terms.rate:
        return []
    if why := company.kept_out(bonus, ix):
        keeps_both_legs = bonus["carry"] == "net_off" and not bonus["flush_inactive"]
        return [miss(index, ix, why, worth.amount, 0 if keeps_both_legs else worth.amount)]
    said: list[Line | Miss] = [
        Line(index, ix, -1, NO_ORDER, 0, 0, terms.rate, worth.shown, worth.raw, worth.amount, rank)
    ]
    if bonus["above_cap"] == "carried":
        if worth.amount < worth.raw:
            reason = "CAPPED" if used_up(company, bonus, worth, terms) else "CAPPED_DAY"
            said.append(miss(index, ix, (reason, worth.raw, worth.amount), worth.raw - worth.amount, 0))
        return said
    for reason, needed, actual in (
        ("CAPPED_DAY", worth.raw, worth.of_days),
        ("CAPPED", worth.of_days, worth.amount),
    ):
        if actual < needed:
            said.append(miss(index, ix, (reason, needed, actual), needed - actual, needed - actual))
    return said


def used_up(company: Company, bonus: Bonus, worth: Worth, terms: Terms) -> bool:
    """Whether all that waits, or the next cycle of it, is above the cap of the period: it would be so without the cap
    of the day."""
    return terms.cap is not None and worth.raw > terms.cap


def weak_leg_empty(company: Company, index: int, ix: int, legs: tuple[int, int], terms: Terms) -> list[Line | Miss]:
    """A leg that waits for an empty one: what it would earn in one match if the other were as large. It stays."""
    bonus, strong, weak = company.plan["bonuses"][index], max(legs), min(legs)
    if strong <= 0 or weak > 0 or not terms.rate or company.kept_out(bonus, ix):
        return []
    waits = worth_of(company, bonus, [matched(company, bonus, (strong, strong), [], terms)], terms).amount
    return [miss(index, ix, ("WEAK_LEG_EMPTY", strong, weak), waits, 0)]


def miss(index: int, ix: int, why: Why, forgone: int, breakage: int) -> Miss:
    """A miss of a position's whole period."""
    reason, needed, actual = why
    return Miss(index, ix, NO_ORDER, 0, 0, reason, NO_RANK, needed, actual, forgone, breakage)


# ---------------------------------------------------------------------------------------------------------- aggregate


def of_the_owners(company: Company, index: int, found: list[Line | Miss]) -> list[Line | Miss]:
    """What the positions are paid once no owner gets more than the aggregate cap, and misses of what is cut."""
    bonus = company.plan["bonuses"][index]
    if bonus["aggregate_cap"] is None:
        return found
    lines = {each.earner: each for each in found if isinstance(each, Line)}
    said: list[Line | Miss] = [each for each in found if isinstance(each, Miss)]
    for positions in company.owners():
        cap, earning = aggregate_cap_of(company, bonus, positions), [ix for ix in positions if ix in lines]
        earned = [lines[ix].amount for ix in earning]
        shares = earned if cap is None or sum(earned) <= cap else shared(cap, earned)
        for ix, before, share in zip(earning, earned, shares, strict=True):
            said.append(replace(lines[ix], amount=share))
            if share < before:
                assert cap is not None
                said.append(miss(index, ix, ("CAPPED_OWNER", sum(earned), cap), before - share, before - share))
    return said


# --------------------------------------------------------------------------------------------------------------- carry


def leg_after(company: Company, bonus: Bonus, ix: int, volume: tuple[int, int], match: int) -> Leg:
    """What became of carried and new volume of one leg. What is below zero is a debt and always carried."""
    inactive = not company.takes_part(bonus, ix)
    matched = 0 if inactive else match
    flushed = match if inactive and bonus["carry"] == "forward" else 0
    rest = sum(volume) - matched - flushed
    if bonus["carry"] == "full_flush" or (inactive and bonus["flush_inactive"]):
        most: int | None = 0
    else:
        most = one_or_by_rank(company, bonus["carry_cap"], company.pay_rank(ix))
    out = rest if most is None else min(rest, most)
    return Leg(*volume, matched, flushed + rest - out, out)
