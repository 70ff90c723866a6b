"""Pay worked out the slow and obvious way, one person at a time, from the definitions of the field alone.

It imports nothing of the service. A company is plain data, a plan is its canonical JSON read back into Python:

    person: {"sponsor": ix | -1, "parent": ix | -1, "slot": 0 | 1 | 2, "active": bool, "passed_over": bool (left, and
             takes no level in any plan), "title": name | None,
             "carry_left": minor CV, "carry_right": minor CV}                  (a list; the place in it is the ix)
    order:  {"seller": ix, "own": bool, "pv": minor, "cv": minor, "seq": int}  (a list; the place in it is the row)

All arithmetic is in integers and `Fraction`s; each paid line is rounded once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

Person = dict[str, Any]
Order = dict[str, Any]
Plan = dict[str, Any]

NOBODY = -1
NO_RANK = -1
LEFT, RIGHT = 1, 2


@dataclass(frozen=True, order=True)
class Line:
    """Money for one earner from one bonus: of one order on one level, or of one period's match (then order is -1)."""

    bonus: int
    earner: int
    source: int
    order: int
    level: int
    paid_level: int
    rate: Fraction
    base: int
    raw: int
    amount: int
    rank: int


@dataclass(frozen=True, order=True)
class Miss:
    """Somebody who stood in line for money and did not get it. `reason` in words, volumes and money in minor units."""

    bonus: int
    person: int
    order: int
    level: int
    paid_level: int
    reason: str
    rank_needed: int
    needed: int
    actual: int
    forgone: int
    breakage: int


@dataclass(frozen=True)
class Leg:
    """One binary leg of one position over the period: came_in + new = matched + flushed + out."""

    came_in: int
    new: int
    matched: int
    flushed: int
    out: int


@dataclass(frozen=True)
class Pay:
    """Everything a period's run says. Lists have one entry per person, in order of ix."""

    lines: list[Line]
    misses: list[Miss]
    active: list[bool]
    paid_as: list[int]
    title: list[int]
    pay_rank: list[int]
    measures: dict[str, list[int]]
    carry: list[tuple[Leg, Leg]]
    by_person: list[list[int]]
    amount: int
    pv: int
    cv: int


def pay(people: list[Person], orders: list[Order], plan: Plan) -> Pay:
    """Run one period of a company under a plan."""
    company = Company(people, orders, plan)
    lines: list[Line] = []
    misses: list[Miss] = []
    carry = [untouched(person) for person in people]
    for index, bonus in enumerate(plan["bonuses"]):
        if bonus["type"] == "unilevel":
            for row in range(len(orders)):
                pay_order_up_the_line(company, index, row, lines, misses)
        else:
            for ix in range(len(people)):
                carry[ix] = pay_match(company, index, ix, lines, misses)
    by_person = [[0 for _ in people] for _ in plan["bonuses"]]
    for line in lines:
        by_person[line.bonus][line.earner] += line.amount
    return Pay(
        lines=sorted(lines, key=lambda line: (line.earner, line.bonus, company.seq(line.order), line.level)),
        misses=misses,
        active=[company.is_active(ix) for ix in company.everybody],
        paid_as=company.paid_as,
        title=[company.title(ix) for ix in company.everybody],
        pay_rank=[company.pay_rank(ix) for ix in company.everybody],
        measures=company.measures(),
        carry=carry,
        by_person=by_person,
        amount=sum(line.amount for line in lines),
        pv=sum(order["pv"] for order in orders),
        cv=sum(order["cv"] for order in orders),
    )


class Company:
    """The people, who stands under whom, what they bought, and what they are by the plan's rules."""

    def __init__(self, people: list[Person], orders: list[Order], plan: Plan) -> None:
        self.people, self.orders, self.plan = people, orders, plan
        self.everybody = range(len(people))
        self.sponsored: list[list[int]] = [[] for _ in people]
        self.placed: list[dict[int, int]] = [{} for _ in people]
        self.orders_of: list[list[Order]] = [[] for _ in people]
        for ix, person in enumerate(people):
            if person["sponsor"] != NOBODY:
                self.sponsored[person["sponsor"]].append(ix)
            if person["parent"] != NOBODY:
                self.placed[person["parent"]][person["slot"]] = ix
        for order in orders:
            self.orders_of[order["seller"]].append(order)
        self.paid_as = self._fixpoint_of_ranks()

    def seq(self, row: int) -> int:
        """The number of an order's fact; a line without an order comes by itself."""
        return -1 if row == -1 else int(self.orders[row]["seq"])

    # ------------------------------------------------------------------------------------------------------ trees

    def sponsor_leg(self, head: int) -> Iterator[int]:
        """The head and everybody below them in the sponsor tree. A list of things to do instead of recursion."""
        todo = [head]
        while todo:
            ix = todo.pop()
            yield ix
            todo.extend(self.sponsored[ix])

    def binary_leg(self, ix: int, slot: int) -> Iterator[int]:
        """Everybody in one side of a position: whoever stands in the slot and everybody placed below them."""
        todo = [self.placed[ix][slot]] if slot in self.placed[ix] else []
        while todo:
            below = todo.pop()
            yield below
            todo.extend(self.placed[below].values())

    # ---------------------------------------------------------------------------------------------------- volumes

    def personal_pv(self, ix: int) -> int:
        """Own purchases and purchases of own customers."""
        return sum(order["pv"] for order in self.orders_of[ix])

    def customer_pv(self, ix: int) -> int:
        """Purchases of own customers alone."""
        return sum(order["pv"] for order in self.orders_of[ix] if not order["own"])

    def group_pv(self, ix: int) -> int:
        """Self and whole downline."""
        return sum(self.personal_pv(below) for below in self.sponsor_leg(ix))

    def leg_cv(self, ix: int, slot: int) -> int:
        """This period's CV of one binary leg."""
        return sum(order["cv"] for below in self.binary_leg(ix, slot) for order in self.orders_of[below])

    # --------------------------------------------------------------------------------------------------- activity

    def inactivity(self, ix: int) -> tuple[str, int, int] | None:
        """Reason, needed and actual when the person is not active: the status first, then the volume asked for."""
        if not self.people[ix]["active"]:
            return ("INACTIVE_STATUS", 1, 0)
        asked = self.plan["activity"]["personal_pv"]
        if asked is not None and self.personal_pv(ix) < minor(asked):
            return ("INACTIVE_VOLUME", minor(asked), self.personal_pv(ix))
        return None

    def is_active(self, ix: int) -> bool:
        """Status active, and the volume the plan asks for, if any."""
        return self.inactivity(ix) is None

    # ------------------------------------------------------------------------------------------------------ ranks

    def active_legs(self, ix: int) -> int:
        """Frontline people with somebody active among themselves and everybody below."""
        return sum(any(self.is_active(below) for below in self.sponsor_leg(head)) for head in self.sponsored[ix])

    def sponsored_active(self, ix: int) -> int:
        """Active people among those the person sponsored themselves."""
        return sum(self.is_active(child) for child in self.sponsored[ix])

    def legs_with_rank(self, ix: int, rank: int, paid_as: list[int]) -> int:
        """Frontline people with somebody of that rank or a higher one among themselves and everybody below."""
        return sum(any(paid_as[below] >= rank for below in self.sponsor_leg(head)) for head in self.sponsored[ix])

    def meets(self, ix: int, requires: dict[str, Any], paid_as: list[int]) -> bool:
        """Are all requirements given met, when everybody has the ranks of `paid_as`?"""
        if requires["active"] and not self.is_active(ix):
            return False
        for name in ("personal_pv", "customer_pv", "group_pv"):
            if requires[name] is not None and getattr(self, name)(ix) < minor(requires[name]):
                return False
        if requires["active_legs"] is not None and self.active_legs(ix) < requires["active_legs"]:
            return False
        wanted = requires["personally_sponsored_active"]
        if wanted is not None and self.sponsored_active(ix) < wanted:
            return False
        legs = requires["legs_with_rank"]
        return legs is None or self.legs_with_rank(ix, self.rank_index(legs["rank"]), paid_as) >= legs["count"]

    def _fixpoint_of_ranks(self) -> list[int]:
        """Nobody has a rank at first; give each the highest whose requirements they meet, until nothing changes."""
        paid_as = [NO_RANK for _ in self.people]
        while True:
            after = [
                max(
                    (r for r, rank in enumerate(self.plan["ranks"]) if self.meets(ix, rank["requires"], paid_as)),
                    default=NO_RANK,
                )
                for ix in self.everybody
            ]
            if after == paid_as:
                return paid_as
            paid_as = after

    def rank_index(self, name: str | None) -> int:
        """Height of a rank by its name; a name the plan does not know is no rank."""
        names = [rank["name"] for rank in self.plan["ranks"]]
        return names.index(name) if name in names else NO_RANK

    def title(self, ix: int) -> int:
        """The rank whose name the person's title is."""
        return self.rank_index(self.people[ix]["title"])

    def pay_rank(self, ix: int) -> int:
        """The rank the plan pays by."""
        earned, title = self.paid_as[ix], self.title(ix)
        return {"paid_as": earned, "title": title, "higher": max(earned, title)}[self.plan["pay_rank"]]

    def measures(self) -> dict[str, list[int]]:
        """What the ranks were judged by."""
        by_name = {
            "personal_pv": self.personal_pv,
            "customer_pv": self.customer_pv,
            "group_pv": self.group_pv,
            "active_legs": self.active_legs,
            "personally_sponsored_active": self.sponsored_active,
        }
        measured = {name: [measure(ix) for ix in self.everybody] for name, measure in by_name.items()}
        for rank in self.plan["ranks"]:
            if legs := rank["requires"]["legs_with_rank"]:
                wanted = self.rank_index(legs["rank"])
                measured[f"legs_with_rank:{legs['rank']}"] = [
                    self.legs_with_rank(ix, wanted, self.paid_as) for ix in self.everybody
                ]
        return measured


# ------------------------------------------------------------------------------------------------------------ unilevel


def pay_order_up_the_line(company: Company, index: int, row: int, lines: list[Line], misses: list[Miss]) -> None:
    """Walk up the sponsor tree from one order and pay each level to whoever holds it."""
    bonus, order = company.plan["bonuses"][index], company.orders[row]
    if order["cv"] == 0:
        return  # an order without commissionable volume pays nobody, and nobody missed anything
    deepest = max(len(rates) for rates in bonus["levels_by_rank"].values())
    seller = order["seller"]
    earner = company.people[seller]["sponsor"] if order["own"] else seller
    level = paid_level = 1
    waiting: list[Miss] = []  # inactive people whose level went on to the next one up
    while earner != NOBODY and paid_level <= deepest:
        rank = company.pay_rank(earner)
        rate = unilevel_rate(company, bonus, rank, paid_level)
        missed = lacking(company, bonus, earner, paid_level)
        if missed is None:
            amount = rounded(order["cv"] * rate, company.plan["rounding"])
            lines.append(Line(index, earner, seller, row, level, paid_level, rate, order["cv"], amount, amount, rank))
        else:
            miss = level_missed(company, index, row, (earner, level, paid_level), missed)
            if miss is not None:
                (waiting if goes_on(company, bonus, earner, missed) else misses).append(miss)
        if not goes_on(company, bonus, earner, missed):
            paid_level += 1
            misses.extend(waiting)
            waiting.clear()
        level += 1
        earner = company.people[earner]["sponsor"]
    misses.extend(waiting)


def lacking(company: Company, bonus: dict[str, Any], ix: int, paid_level: int) -> tuple[str, int, int] | None:
    """Reason, needed and actual when the person is not paid on that level: activity first, then the rank."""
    rank = company.pay_rank(ix)
    entitled = unilevel_rate(company, bonus, rank, paid_level)
    return company.inactivity(ix) or (None if entitled else ("RANK_DEPTH", NO_RANK, rank))


def goes_on(company: Company, bonus: dict[str, Any], ix: int, missed: tuple[str, int, int] | None) -> bool:
    """Whether the level goes on to the next one up: past the inactive under compression, past whoever is not entitled
    to that level under dynamic compression, and past leavers who are passed over."""
    if bonus["compression"] == "dynamic":
        return missed is not None
    return company.people[ix]["passed_over"] or (bonus["compression"] == "standard" and not company.is_active(ix))


def unilevel_rate(company: Company, bonus: dict[str, Any], rank: int, paid_level: int) -> Fraction:
    """Multiplier x rate of a level for a rank; nothing where the plan gives nothing."""
    name = company.plan["ranks"][rank]["name"] if rank != NO_RANK else None
    rates = bonus["levels_by_rank"].get(name, [])
    if paid_level > len(rates):
        return Fraction(0)
    return number(bonus["multiplier"]) * number(rates[paid_level - 1])


def level_missed(
    company: Company, index: int, row: int, where: tuple[int, int, int], why: tuple[str, int, int]
) -> Miss | None:
    """What the person would have had: at their own rank if it pays the level, else at the next higher that does."""
    (person, level, paid_level), (reason, needed, actual) = where, why
    bonus, order = company.plan["bonuses"][index], company.orders[row]
    rank_needed = NO_RANK
    rate = unilevel_rate(company, bonus, company.pay_rank(person), paid_level)
    if not rate:
        paying = [r for r in range(len(company.plan["ranks"])) if unilevel_rate(company, bonus, r, paid_level)]
        if not paying:
            return None
        higher = [r for r in paying if r > company.pay_rank(person)]
        rank_needed = (higher or paying)[0]
        rate = unilevel_rate(company, bonus, rank_needed, paid_level)
        if reason == "RANK_DEPTH":
            needed = rank_needed
    forgone = rounded(order["cv"] * rate, company.plan["rounding"])
    broken = 0 if goes_on(company, bonus, person, why) else forgone
    return Miss(index, person, row, level, paid_level, reason, rank_needed, needed, actual, forgone, broken)


# -------------------------------------------------------------------------------------------------------------- binary


def untouched(person: Person) -> tuple[Leg, Leg]:
    """Carry of a person whom no binary bonus looks at."""
    return tuple(  # type: ignore[return-value]
        Leg(person[name], 0, 0, 0, person[name]) for name in ("carry_left", "carry_right")
    )


def pay_match(company: Company, index: int, ix: int, lines: list[Line], misses: list[Miss]) -> tuple[Leg, Leg]:
    """Match the legs of one position: the weaker goes to zero, the stronger keeps the excess, paid or not."""
    bonus, person = company.plan["bonuses"][index], company.people[ix]
    came_in = person["carry_left"], person["carry_right"]
    new = company.leg_cv(ix, LEFT), company.leg_cv(ix, RIGHT)
    left, right = came_in[0] + new[0], came_in[1] + new[1]
    match = min(max(left, 0), max(right, 0))
    inactive = company.inactivity(ix)
    rank = company.pay_rank(ix)
    rate = number(bonus["multiplier"]) * number(bonus["rate"])
    cap = cap_of(company, bonus, rank)
    raw = rounded(match * rate, company.plan["rounding"])
    amount = raw if cap is None else min(raw, cap)
    if match and rate and inactive:
        misses.append(Miss(index, ix, -1, 0, 0, inactive[0], NO_RANK, inactive[1], inactive[2], amount, amount))
    elif match and rate:
        lines.append(Line(index, ix, -1, -1, 0, 0, rate, match, raw, amount, rank))
        if amount < raw:
            misses.append(Miss(index, ix, -1, 0, 0, "CAPPED", NO_RANK, raw, amount, raw - amount, raw - amount))
    elif rate and not inactive and match == 0 and max(left, right) > 0:
        strong, weak = max(left, right), min(left, right)
        waits = rounded(strong * rate, company.plan["rounding"])
        waits = waits if cap is None else min(waits, cap)
        misses.append(Miss(index, ix, -1, 0, 0, "WEAK_LEG_EMPTY", NO_RANK, strong, weak, waits, 0))
    matched, flushed = (0, match) if inactive else (match, 0)
    return (
        Leg(came_in[0], new[0], matched, flushed, left - match),
        Leg(came_in[1], new[1], matched, flushed, right - match),
    )


def cap_of(company: Company, bonus: dict[str, Any], rank: int) -> int | None:
    """Most money for a position of that rank: None without a limit; 0 for people without rank where ranks have caps."""
    cap = bonus["cap_per_period"]
    if cap is None:
        return None
    if isinstance(cap, dict):
        return minor(cap[company.plan["ranks"][rank]["name"]]) if rank != NO_RANK else 0
    return minor(cap)


# ------------------------------------------------------------------------------------------------------------- numbers


@cache
def minor(amount: str) -> int:
    """Hundredths of an amount in text: 12.34 is 1234."""
    hundredths = number(amount) * 100
    assert hundredths.denominator == 1, f"{amount} has more than two decimals"
    return hundredths.numerator


@cache
def number(text: str) -> Fraction:
    """The exact number a text says; read once, for reading is slow."""
    return Fraction(text)


def rounded(exact: Fraction, mode: str) -> int:
    """The nearest whole number; a half goes away from zero (half_up) or to the even neighbour (half_even)."""
    size, sign = abs(exact), -1 if exact < 0 else 1
    whole, rest = divmod(size, 1)
    half = Fraction(1, 2)
    if rest > half or (rest == half and (mode == "half_up" or whole % 2 == 1)):
        whole += 1
    return int(sign * whole)
