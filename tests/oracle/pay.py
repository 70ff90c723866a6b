"""Pay worked out the slow and obvious way, one person at a time, from the definitions of the field alone.

It imports nothing of the service. A company is plain data, a plan is its canonical JSON read back into Python:

    person: {"sponsor": ix | -1, "parent": ix | -1, "slot": 0 | 1 | 2, "matrix_parent": ix | -1, "active": bool,
             "passed_over": bool (left, and takes no level in any plan), "title": name | None,
             "carry_left": minor CV, "carry_right": minor CV,
             "owner": ix of the first position of whoever holds this one (may be left out by who holds no other),
             "balance": minor money, "taken_back": minor money below zero, both 0 if left out,
             "highest": name | None (the highest rank earned in any period before), "decided": name | None (paid as at
             least that by somebody's decision), "past": [name | None] (the highest rank whose rules were met in each
             period before, the latest first)}                                 (a list; the place in it is the ix)
    order:  {"seller": ix, "own": bool, "pv": minor, "cv": minor, "seq": int,
             "customer": which, or None (who bought, where that is told),
             "day": 1 is the first day of the period, and the default,
             "late_return": days or -1, see refunds.py; -1 if left out}        (a list; the place in it is the row)

What is None may be left out but for the title.

Each bonus has a room of its own beside this file. All arithmetic is in integers and `Fraction`s; each paid line, or
its person's total, is rounded once.
"""

from dataclasses import replace

from tests.oracle import (
    binary,
    breakaway,
    differential,
    gates,
    leadership,
    matrix,
    payout,
    ranks,
    retail_margin,
    unilevel,
)
from tests.oracle.company import Company, Order, Person, Plan
from tests.oracle.numbers import together
from tests.oracle.results import NO_ORDER, Line, Miss, Pay

OF_AN_ORDER = {
    "unilevel": unilevel.of_an_order,
    "matrix": matrix.of_an_order,
    "differential": differential.of_an_order,
    "breakaway": breakaway.of_an_order,
    "retail_margin": retail_margin.of_an_order,
}


def pay(people: list[Person], orders: list[Order], plan: Plan, days: int | None = None) -> Pay:
    """Run one period of a company under a plan; `days` as in `Company`."""
    company = Company(people, orders, plan, days)
    orders = company.orders
    found: list[Line | Miss] = []
    carry = [binary.untouched(person) for person in people]
    for index, bonus in enumerate(plan["bonuses"]):
        if bonus["type"] == "binary":
            of_positions: list[Line | Miss] = []
            for ix in company.everybody:
                said, carry[ix] = binary.of_a_position(company, index, ix)
                of_positions.extend(said)
            found.extend(binary.of_the_owners(company, index, of_positions))
        elif bonus["type"] == "leadership":
            found.extend(leadership.of_a_period(company, index))
        else:
            for row, order in enumerate(orders):
                # without commissionable volume nobody is paid, and nobody missed anything
                if order["cv"] != 0 and gates.pays_for(company, bonus, order):
                    found.extend(OF_AN_ORDER[bonus["type"]](company, index, row))
    lines = in_order([each for each in found if isinstance(each, Line)], orders)
    lines = rounded_as_the_plan_says(lines, company.plan)
    by_person = [[0 for _ in people] for _ in plan["bonuses"]]
    for line in lines:
        by_person[line.bonus][line.earner] += line.amount
    return Pay(
        lines=lines,
        misses=[each for each in found if isinstance(each, Miss)],
        active=[company.is_active(ix) for ix in company.everybody],
        paid_as=company.paid_as,
        title=[company.title(ix) for ix in company.everybody],
        pay_rank=[company.pay_rank(ix) for ix in company.everybody],
        highest=[ranks.highest(company, ix) for ix in company.everybody],
        met=[ranks.met(company, ix, company.paid_as) for ix in company.everybody],
        measures=ranks.measures(company),
        carry=carry,
        by_person=by_person,
        balances=[
            payout.balance_of(company.plan, person.get("balance", 0), earned, person.get("taken_back", 0))
            for person, earned in zip(people, map(sum, zip(*by_person, strict=True)), strict=True)
        ],
        amount=sum(line.amount for line in lines),
        pv=sum(order["pv"] for order in orders),
        cv=sum(order["cv"] for order in orders),
    )


def in_order(lines: list[Line], orders: list[Order]) -> list[Line]:
    """By person, bonus and order."""
    return sorted(lines, key=lambda line: (line.earner, line.bonus, seq_of(line, orders), *within(line)))


def rounded_as_the_plan_says(lines: list[Line], plan: Plan) -> list[Line]:
    """Each line by itself, as it is; or all that a person has of a bonus of orders together, shared among its lines.
    What legs and groups pay is a total already."""
    if plan["rounded_per"] == "line":
        return lines
    mine: dict[tuple[int, int], list[int]] = {}
    for at, line in enumerate(lines):
        if line.order != NO_ORDER:
            mine.setdefault((line.earner, line.bonus), []).append(at)
    found = list(lines)
    for rows in mine.values():
        parts = together([lines[at].base * lines[at].rate for at in rows], plan["rounding"])
        for at, part in zip(rows, parts, strict=True):
            found[at] = replace(lines[at], raw=part, amount=part)
    return found


def within(line: Line) -> tuple[int, ...]:
    """Lines of one order go by level; those of a whole period by what they are, and by whose group they are of."""
    return (line.paid_level, line.source) if line.order == NO_ORDER else (line.level,)


def seq_of(line: Line, orders: list[Order]) -> int:
    """The number of an order's fact; a line without an order comes before all."""
    return -1 if line.order == NO_ORDER else int(orders[line.order]["seq"])
