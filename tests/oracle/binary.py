"""Binary: a position is paid on the volume that its two legs in the placement tree have matched."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from tests.oracle.company import Company, Person, Why
from tests.oracle.numbers import minor, number, rounded
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
    """What one position is paid by: money for each unit of base, and at most so much."""

    rate: Fraction
    cap: int | None


def untouched(person: Person) -> tuple[Leg, Leg]:
    """Carry of a person whom no binary bonus looks at."""
    left, right = person["carry_left"], person["carry_right"]
    return Leg(left, 0, 0, 0, left), Leg(right, 0, 0, 0, right)


def of_a_position(company: Company, index: int, ix: int) -> tuple[list[Line | Miss], tuple[Leg, Leg]]:
    """Match the legs of one position, pay the match, and see what stays in the legs."""
    bonus, person = company.plan["bonuses"][index], company.people[ix]
    left = person["carry_left"], company.leg_cv(ix, LEFT, bonus)
    right = person["carry_right"], company.leg_cv(ix, RIGHT, bonus)
    whole = whole_match(bonus, sum(left), sum(right))
    terms = Terms(rate_of(company, bonus, ix), cap_of(company, bonus, ix))
    base = within_the_cap(company, bonus, whole.base, terms)
    match = whole if base == whole.base else part_of_the_match(bonus, sum(left), sum(right), base)
    if whole.base:
        said = paid_or_missed(company, index, ix, (whole, match), terms)
    else:
        said = weak_leg_empty(company, index, ix, (sum(left), sum(right)), terms)
    legs = (
        leg_after(company, bonus, ix, left, match.left),
        leg_after(company, bonus, ix, right, match.right),
    )
    return said, legs


# --------------------------------------------------------------------------------------------------------------- match


def whole_match(bonus: Bonus, left: int, right: int) -> Match:
    """All that the legs match. A leg below zero counts as zero."""
    left, right = max(left, 0), max(right, 0)
    if bonus["method"] == "cycles":
        most = bonus["max_cycles"]
        return cycles(bonus["cycle"], left, right, most)
    weak, strong = min(left, right), max(left, right)
    if bonus["method"] == "volume_ratio" and strong > 0:
        return Match(weak, weak, Fraction(weak) * weak / strong)
    return Match(weak, weak, Fraction(weak))


def cycles(cycle: dict[str, Any], left: int, right: int, most: int | None) -> Match:
    """As many whole cycles as the legs have, at most so many. The left leg is the stronger of two equal ones."""
    strong, weak = minor(cycle["strong"]), minor(cycle["weak"])
    if cycle["stronger_leg"] == "once":
        done = min(max(left, right) // strong, min(left, right) // weak)
        done = done if most is None else min(done, most)
        from_left, from_right = (strong, weak) if left >= right else (weak, strong)
        return Match(done * from_left, done * from_right, Fraction(done * weak))
    done, rest_left, rest_right = 0, left, right
    while done != most:
        from_left, from_right = (strong, weak) if rest_left >= rest_right else (weak, strong)
        if rest_left < from_left or rest_right < from_right:
            break
        done, rest_left, rest_right = done + 1, rest_left - from_left, rest_right - from_right
    return Match(left - rest_left, right - rest_right, Fraction(done * weak))


def part_of_the_match(bonus: Bonus, left: int, right: int, base: Fraction) -> Match:
    """No more than what makes that base."""
    if bonus["method"] == "cycles":
        return cycles(bonus["cycle"], max(left, 0), max(right, 0), int(base) // minor(bonus["cycle"]["weak"]))
    return Match(int(base), int(base), base)


# --------------------------------------------------------------------------------------------------------------- money


def money(company: Company, base: Fraction, terms: Terms) -> int:
    """What the base is worth, before any cap."""
    return rounded(base * terms.rate, company.plan["rounding"])


def within_the_cap(company: Company, bonus: Bonus, base: Fraction, terms: Terms) -> Fraction:
    """The base that is paid: where volume above the cap is carried, as many units or cycles as the cap pays."""
    if bonus["above_cap"] == "lost" or terms.cap is None:
        return base
    unit = minor(bonus["cycle"]["weak"]) if bonus["method"] == "cycles" else 1

    def amount_of(units: int) -> int:
        return money(company, Fraction(units * unit), terms)

    units = bisect_right(range(int(base) // unit + 1), terms.cap, key=amount_of) - 1
    return Fraction(units * unit)


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
    rank = company.title(ix) if bonus["cap_by"] == "title" else company.pay_rank(ix)
    return one_or_by_rank(company, bonus["cap_per_period"], rank)


def one_or_by_rank(company: Company, cap: str | dict[str, str] | None, rank: int) -> int | None:
    """The limit that holds for somebody of that rank."""
    most: str | None = company.by_rank(cap, rank, "0") if isinstance(cap, dict) else cap
    return None if most is None else minor(most)


def paid_or_missed(
    company: Company, index: int, ix: int, match: tuple[Match, Match], terms: Terms
) -> list[Line | Miss]:
    """A line for the active, and a miss of what the cap keeps back; a miss of it all for the inactive."""
    bonus, rank, (whole, part) = company.plan["bonuses"][index], company.pay_rank(ix), match
    if not terms.rate:
        return []
    raw = money(company, whole.base, terms)
    amount = money(company, part.base, terms)
    amount = amount if terms.cap is None else min(amount, terms.cap)
    if why := company.kept_out(bonus, ix):
        keeps_both_legs = bonus["carry"] == "net_off" and not bonus["flush_inactive"]
        return [miss(index, ix, why, amount, 0 if keeps_both_legs else amount)]
    line = Line(index, ix, -1, NO_ORDER, 0, 0, terms.rate, floor(whole.base), raw, amount, rank)
    if amount == raw:
        return [line]
    above = raw - amount
    return [line, miss(index, ix, ("CAPPED", raw, amount), above, 0 if bonus["above_cap"] == "carried" else above)]


def weak_leg_empty(company: Company, index: int, ix: int, legs: tuple[int, int], terms: Terms) -> list[Line | Miss]:
    """A leg that waits for an empty one: what it would earn if the other were as large. It stays in the leg."""
    bonus, strong, weak = company.plan["bonuses"][index], max(legs), min(legs)
    if strong <= 0 or weak > 0 or not terms.rate or company.kept_out(bonus, ix):
        return []
    base = within_the_cap(company, bonus, whole_match(bonus, strong, strong).base, terms)
    waits = money(company, base, terms)
    waits = waits if terms.cap is None else min(waits, terms.cap)
    return [miss(index, ix, ("WEAK_LEG_EMPTY", strong, weak), waits, 0)]


def miss(index: int, ix: int, why: Why, forgone: int, breakage: int) -> Miss:
    """A miss of a position's whole period."""
    reason, needed, actual = why
    return Miss(index, ix, NO_ORDER, 0, 0, reason, NO_RANK, needed, actual, forgone, breakage)


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
