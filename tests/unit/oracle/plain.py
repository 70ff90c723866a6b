"""People, orders and plans as plain dicts, and what the oracle alone says of them."""

from typing import Any

from tests.oracle.pay import pay
from tests.oracle.results import Pay

ME, LEFT, RIGHT = range(3)


def person(sponsor: int = -1, parent: int = -1, slot: int = 0, **other: Any) -> dict[str, Any]:
    """A person: active, without carry, without title, and with no other position unless said."""
    blank = {"active": True, "passed_over": False, "title": None, "carry_left": 0, "carry_right": 0}
    no_matrix = {"matrix_parent": -1, "matrix_slot": None}
    return {"sponsor": sponsor, "parent": parent, "slot": slot, **blank, **no_matrix, **other}


def order(seller: int, cv: int, *, own: bool = False, pv: int | None = None, day: int = 1) -> dict[str, Any]:
    """A customer's order, or an own one; of as many PV as CV, and of the period's first day, unless said."""
    return {"seller": seller, "own": own, "pv": cv if pv is None else pv, "cv": cv, "day": day}


def terms(*bonuses: dict[str, Any], ranks: tuple[Any, ...] = ("Member",), **other: Any) -> dict[str, Any]:
    """A plan of these bonuses; a rank without requirements is its name alone; what has a default may be left out."""
    heights = [{"name": rank} if isinstance(rank, str) else rank for rank in ranks]
    named = [{"name": f"Bonus {place}"} | bonus for place, bonus in enumerate(bonuses)]
    return {"name": "Plain", "version": "1", "currency": "EUR", "ranks": heights, "bonuses": named, **other}


def run(
    people: list[dict[str, Any]], orders: list[dict[str, Any]], plan: dict[str, Any], days: int | None = None
) -> Pay:
    """What one period of so many days pays."""
    return pay(people, [each | {"seq": seq} for seq, each in enumerate(orders)], plan, days)


def two_legs(left: int, right: int, **me: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One position above two, who bought so much CV."""
    people = [person(**me), person(ME, ME, 1), person(ME, ME, 2)]
    return people, [order(LEFT, left, own=True), order(RIGHT, right, own=True)]


def after(people: list[dict[str, Any]], period: Pay) -> list[dict[str, Any]]:
    """The same people with the carry and the balances that the period left."""
    return [
        each | {"carry_left": left.out, "carry_right": right.out, "balance": balance.out}
        for each, (left, right), balance in zip(people, period.carry, period.balances, strict=True)
    ]


def lines(result: Pay) -> list[tuple[int, int, int, int]]:
    """(earner, level, paid level, cents) of each line."""
    return [(line.earner, line.level, line.paid_level, line.amount) for line in result.lines]


def misses(result: Pay) -> list[tuple[int, str, int, int]]:
    """(person, reason, forgone, breakage) of each miss."""
    return sorted((miss.person, miss.reason, miss.forgone, miss.breakage) for miss in result.misses)


def totals(result: Pay) -> list[int]:
    """What each person is paid by all bonuses together."""
    return [sum(amounts) for amounts in zip(*result.by_person, strict=True)]
