"""Pay by a plain loop over people and orders, beside the engine.

The loop is what one writes first: dictionaries, and a walk up the tree for each order. It knows one simple plan
(`PLAN`), keeps no reasons, and must pay everybody what the engine pays them.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import LEFT, Orders, People, Result, Snapshot
from app.plans.loader import parse_plan
from loadtests.rows import Row
from loadtests.timing import must_equal, timed
from loadtests.trees import HEAVY_TAILED

Person = dict[str, Any]
Order = dict[str, Any]

LEVEL_PERCENT: Final = (5, 4, 3, 2, 1)
BINARY_PERCENT: Final = 10
PLAN: Final = parse_plan(f"""
name: Simple hybrid
version: "1"
currency: EUR
ranks: [{{name: Member}}]
bonuses:
  - type: unilevel
    name: Levels
    compression: none
    levels_by_rank: {{Member: [{", ".join(f"{percent}%" for percent in LEVEL_PERCENT)}]}}
  - {{type: binary, name: Teams, rate: {BINARY_PERCENT}%, carry: forward}}
""")

WHAT: Final = "pay, beside a plain Python loop"
MOST_STEPS: Final = 100_000_000
"""Up the binary tree, one for each order and person above it: about twenty seconds of walking."""
MOST_IN_OTHER_SHAPES: Final = 100_000
"""People; a million are walked in the most usual shape."""


@dataclass(frozen=True, slots=True)
class Paid:
    """Minor money by person; `left` and `right`: the CV that each leg carries into the next month, where not 0."""

    unilevel: dict[int, int]
    binary: dict[int, int]
    left: dict[int, int]
    right: dict[int, int]

    @property
    def total(self) -> int:
        return sum(self.unilevel.values()) + sum(self.binary.values())


def pay(people: list[Person], orders: list[Order]) -> Paid:
    """What each person gets. A person's place in the list is their number; sponsor and parent are None at the top."""
    left, right = _legs(people, orders)
    return Paid(_pay_levels(people, orders), _pay_teams(people, left, right), left, right)


def _pay_levels(people: list[Person], orders: list[Order]) -> dict[int, int]:
    paid: dict[int, int] = {}
    for order in orders:
        # A customer's order pays its seller first, an own purchase the buyer's sponsor.
        at = people[order["seller"]]["sponsor"] if order["own"] else order["seller"]
        for percent in LEVEL_PERCENT:
            while at is not None and people[at]["passed_over"]:
                at = people[at]["sponsor"]
            if at is None:
                break
            if people[at]["active"]:
                paid[at] = paid.get(at, 0) + _share(order["cv"], percent)
            at = people[at]["sponsor"]
    return paid


def _legs(people: list[Person], orders: list[Order]) -> tuple[dict[int, int], dict[int, int]]:
    """Carried volume and this month's, of both legs, for everybody above an order."""
    left = {number: person["carry_left"] for number, person in enumerate(people)}
    right = {number: person["carry_right"] for number, person in enumerate(people)}
    above = [person["parent"] for person in people]
    legs = [left if person["slot"] == LEFT else right for person in people]
    for order in orders:
        at, cv = order["seller"], order["cv"]
        while (parent := above[at]) is not None:
            legs[at][parent] += cv
            at = parent
    return left, right


def _pay_teams(people: list[Person], left: dict[int, int], right: dict[int, int]) -> dict[int, int]:
    """Pay the weaker leg and take it from both; the inactive lose it unpaid."""
    paid: dict[int, int] = {}
    for number, person in enumerate(people):
        matched = min(left[number], right[number])
        if matched <= 0:
            continue
        left[number] -= matched
        right[number] -= matched
        if person["active"]:
            paid[number] = _share(matched, BINARY_PERCENT)
    return paid


def _share(volume: int, percent: int) -> int:
    """Halves away from zero."""
    rounded = (abs(volume) * percent + 50) // 100
    return rounded if volume >= 0 else -rounded


# ---------------------------------------------------------------------------------------------------- beside the engine


def plain(snapshot: Snapshot) -> tuple[list[Person], list[Order]]:
    """The same company as the loop takes it."""
    people = [
        person | {"sponsor": _number(person["sponsor"]), "parent": _number(person["parent"])}
        for person in _records(snapshot.people)
    ]
    return people, [order | {"own": order["buyer"] >= 0} for order in _records(snapshot.orders)]


def _records(table: People | Orders) -> list[dict[str, Any]]:
    columns = dict(table.columns())
    return [
        dict(zip(columns, row, strict=True))
        for row in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]


def _number(ix: int) -> int | None:
    return None if ix < 0 else ix


def must_pay_alike(paid: Paid, result: Result) -> None:
    """DifferentAnswerError unless the loop paid everybody what the engine did, and carries the same."""
    both = (
        ("unilevel", result.totals.by_person[0], paid.unilevel),
        ("binary", result.totals.by_person[1], paid.binary),
        ("left carry", result.carry.left_out, paid.left),
        ("right carry", result.carry.right_out, paid.right),
    )
    for name, column, by_loop in both:
        by_engine = {int(ix): int(column[ix]) for ix in np.flatnonzero(column)}
        must_equal(name, by_engine, {number: amount for number, amount in by_loop.items() if amount})


def compare_pay(snapshot: Snapshot, shape: str) -> Row:
    """The engine and the loop on one snapshot; DifferentAnswerError where they pay differently."""
    result = calculate(snapshot, PLAN)
    engine = timed(
        lambda: calculate(replace(snapshot), PLAN),
        lambda again: must_equal("the engine", result.digest(), again.digest()),
    )
    row = Row(WHAT, engine.calls, engine.p50_ms, engine.p95_ms, beside="a plain Python loop")
    steps = int(snapshot.binary_tree.depth[snapshot.orders.seller].sum())
    if steps > MOST_STEPS or (shape != HEAVY_TAILED and len(snapshot.people) > MOST_IN_OTHER_SHAPES):
        return replace(row, beside_words=f"{steps:,} steps, left out")
    people, orders = plain(snapshot)
    loop = timed(partial(pay, people, orders), lambda paid: must_pay_alike(paid, result))
    return replace(row, beside_ms=loop.p50_ms)
