"""Leadership: a share of each group that has broken away, for the next leader above, who has a least amount guaranteed.

Whom a leader has it guaranteed to is paid the missing part from what that leader receives. So it is worked out from the
lowest level up: first what the leaders below pass on, then what a leader receives of it and passes on.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from tests.oracle import gates
from tests.oracle.breakaway import has_broken_away
from tests.oracle.company import Company
from tests.oracle.numbers import minor, number, rounded
from tests.oracle.results import NO_ORDER, NO_RANK, NOBODY, Line, Miss

Bonus = dict[str, Any]


def of_a_period(company: Company, index: int) -> Iterator[Line | Miss]:
    """What every leader passes on, those furthest down first; and what came past each leader who does not take part."""
    bonus = company.plan["bonuses"][index]
    if not share(bonus):
        return  # nobody is paid, and nobody missed anything
    leaders = [ix for ix in company.everybody if has_broken_away(company, index, ix)]
    received = dict.fromkeys(leaders, 0)
    past: dict[int, tuple[int, int]] = {}
    for leader in sorted(leaders, key=partial(depth, company), reverse=True):
        cv = group_cv(company, index, leader)
        made = money(company, bonus, cv)
        taken = max(0, min(missing_from(company, bonus, made), received[leader]))
        if not cv and not taken:
            continue  # nothing to share
        above = [ix for ix in company.way_up(leader) if ix != leader and ix in received]
        earner = next((ix for ix in above if company.takes_part(bonus, ix)), NOBODY)
        if earner != NOBODY:
            received[earner] += made + taken
            yield from lines(company, index, (leader, earner), (cv, made, taken))
        for ix in above[: above.index(earner)] if earner != NOBODY else above:
            forgone, lost = past.get(ix, (0, 0))
            of_nobody = made if earner == NOBODY and ix == above[0] else 0
            past[ix] = forgone + made + taken, lost + of_nobody
    for ix, (forgone, lost) in past.items():
        why = company.kept_out(bonus, ix)
        assert why is not None, "whoever takes part receives it"
        yield Miss(index, ix, NO_ORDER, 0, 0, why[0], NO_RANK, *why[1:], forgone, lost)


def lines(company: Company, index: int, between: tuple[int, int], amounts: tuple[int, int, int]) -> Iterator[Line]:
    """The earner's share of the group with what fills it up, and the same taken from the group's leader."""
    bonus, (leader, earner), (cv, made, taken) = company.plan["bonuses"][index], between, amounts
    level, rate = way(company, leader, earner), share(bonus)
    rank, rank_below = company.pay_rank(earner), company.pay_rank(leader)
    yield Line(index, earner, leader, NO_ORDER, level, 1, rate, cv, made, made + taken, rank)
    if taken:
        yield Line(index, leader, earner, NO_ORDER, level, 0, rate, 0, 0, -taken, rank_below)


def share(bonus: Bonus) -> Fraction:
    """Multiplier x rate."""
    return number(bonus["multiplier"]) * number(bonus["rate"])


def money(company: Company, bonus: Bonus, cv: int) -> int:
    """What so much volume makes."""
    return rounded(cv * share(bonus), company.plan["rounding"])


def missing_from(company: Company, bonus: Bonus, made: int) -> int:
    """By how much the guaranteed volume would make more; nothing is missing where none is guaranteed."""
    least = bonus["guaranteed_cv"]
    return 0 if least is None else money(company, bonus, minor(least)) - made


def group_cv(company: Company, index: int, leader: int) -> int:
    """CV of the leader and of everybody below who has not broken away, nor stands under somebody below who has."""
    bonus, total, todo = company.plan["bonuses"][index], 0, [leader]
    while todo:
        ix = todo.pop()
        total += sum(order["cv"] for order in company.orders_of[ix] if gates.pays_for(company, bonus, order))
        todo.extend(child for child in company.sponsored[ix] if not has_broken_away(company, index, child))
    return total


def depth(company: Company, ix: int) -> int:
    """How many stand above."""
    return sum(1 for _ in company.way_up(ix)) - 1


def way(company: Company, leader: int, above: int) -> int:
    """How many levels somebody above stands over the leader."""
    return depth(company, leader) - depth(company, above)
