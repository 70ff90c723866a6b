"""One company given to the engine and to the oracle, and their answers in the same words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from app.engine.calculate import calculate
from app.engine.models import Misses, Orders, PastPeriod, People, Reason, Result, Snapshot
from app.plans.models import Plan
from tests.oracle.pay import pay
from tests.oracle.results import Balance, Leg, Line, Miss, Pay

NO_MATRIX: dict[str, Any] = {"matrix_parent": -1, "matrix_slot": None}
"""Of somebody in a company that keeps none; the slot is 0 of somebody without a place in one."""


@dataclass(frozen=True)
class Both:
    """What the engine and the oracle say of one period."""

    snapshot: Snapshot
    plan: Plan
    engine: Result
    oracle: Pay

    def assert_equal(self) -> None:
        """Line by line and to the cent: lines, ranks and their measures, carry, misses, totals."""
        engine, oracle = self.engine, self.oracle
        assert engine.ranks.active.tolist() == oracle.active
        assert engine.ranks.paid_as.tolist() == oracle.paid_as
        assert engine.ranks.title.tolist() == oracle.title
        assert engine.ranks.pay.tolist() == oracle.pay_rank
        assert engine.ranks.met.tolist() == oracle.met
        assert engine.ranks.highest.tolist() == oracle.highest
        assert {name: engine.ranks.actual(name).tolist() for name in engine.ranks.measures} == oracle.measures
        assert carry_of(engine) == oracle.carry
        assert lines_of(engine) == oracle.lines
        misses = misses_of(engine.misses)
        assert sorted(misses) == sorted(oracle.misses)
        assert engine.totals.by_person.tolist() == oracle.by_person
        assert balances_of(engine) == oracle.balances
        assert engine.totals.amount == oracle.amount
        assert engine.totals.breakage == sum(miss.breakage for miss in oracle.misses)
        assert (engine.totals.pv, engine.totals.cv) == (oracle.pv, oracle.cv)
        for index, total in enumerate(engine.totals.bonuses):
            lines = [line for line in oracle.lines if line.bonus == index]
            raw, amount = sum(line.raw for line in lines), sum(line.amount for line in lines)
            assert (total.name, total.lines) == (self.plan.bonuses[index].name, len(lines))
            assert (total.raw, total.capped, total.amount) == (raw, raw - amount, amount)
            assert total.misses == sum(miss.bonus == index for miss in misses)
            assert total.breakage == sum(miss.breakage for miss in oracle.misses if miss.bonus == index)


def run_both(snapshot: Snapshot, plan: Plan) -> Both:
    """Calculate one period twice."""
    plain = people_of(snapshot), orders_of(snapshot)
    return Both(snapshot, plan, calculate(snapshot, plan), pay(*plain, plan_of(plan), snapshot.days))


def run_alike(
    people: Sequence[dict[str, Any]], orders: Sequence[dict[str, Any]], terms: dict[str, Any], days: int | None = None
) -> Pay:
    """What the oracle says of one period, after the engine said the same."""
    plan, numbered = Plan.model_validate(terms), [each | {"seq": seq} for seq, each in enumerate(orders)]
    both = run_both(snapshot_of(people, numbered, plan.rank_names, days), plan)
    both.assert_equal()
    return both.oracle


def next_period(snapshot: Snapshot, before: "Both") -> Snapshot:
    """The same snapshot with what the period before left: carry, balances, the highest ranks, and the ranks
    that were met."""
    pay, titles = before.oracle, snapshot.titles
    left, right = ([legs[side].out for legs in pay.carry] for side in (0, 1))
    index = [*(titles.index(name) for name in before.plan.rank_names), -1]
    highest, met = (np.array([index[rank] for rank in ranks], np.int16) for ranks in (pay.highest, pay.met))
    balance = np.array([one.out for one in pay.balances], dtype=np.int64)
    carried = {"carry_left": np.array(left), "carry_right": np.array(right), "balance": balance}
    people = replace(snapshot.people, highest=highest, **carried)
    past = (PastPeriod("before", "run", met), *before.snapshot.past)[: max(len(before.snapshot.past), 1)]
    return replace(snapshot, people=people, past=past if before.snapshot.past else ())


def snapshot_of(
    people: Sequence[dict[str, Any]], orders: Sequence[dict[str, Any]], titles: Sequence[str], days: int | None = None
) -> Snapshot:
    """The engine's columns for the oracle's records; the inverse of `people_of` and `orders_of`. `days`: by default
    up to the last with an order."""
    titles = tuple(titles)
    return Snapshot(
        people=People(
            sponsor=_column(people, "sponsor"),
            parent=_column(people, "parent"),
            slot=_column(people, "slot").astype(np.int8),
            active=np.array([each["active"] for each in people], dtype=np.bool_),
            passed_over=np.array([each["passed_over"] for each in people], dtype=np.bool_),
            title=_named(people, "title", titles),
            carry_left=_column(people, "carry_left"),
            carry_right=_column(people, "carry_right"),
            owner=np.array([each.get("owner", ix) for ix, each in enumerate(people)], dtype=np.int32),
            balance=np.array([each.get("balance", 0) for each in people], dtype=np.int64),
            highest=_named(people, "highest", titles),
            decided=_named(people, "decided", titles),
            **_matrix(people),
        ),
        orders=Orders(
            seller=_column(orders, "seller"),
            buyer=np.array([each["seller"] if each["own"] else -1 for each in orders], dtype=np.int64),
            pv=_column(orders, "pv"),
            cv=_column(orders, "cv"),
            seq=_column(orders, "seq"),
            day=np.array([each.get("day", 1) for each in orders], dtype=np.int16),
            late_return=np.array([each.get("late_return", -1) for each in orders], dtype=np.int64),
            customer=np.array([_number_of(each.get("customer")) for each in orders], dtype=np.int64),
        ),
        titles=titles,
        days=days or max((each.get("day", 1) for each in orders), default=1),
        past=_past(people, titles),
    )


def people_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Plain records, as the oracle wants them."""
    columns = {name: column.tolist() for name, column in snapshot.people.columns()}
    people = [NO_MATRIX | dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    names = (*snapshot.titles, None)  # -1 is the last
    past = list(zip(*(period.met.tolist() for period in snapshot.past), strict=True)) or [()] * len(people)
    return [
        each
        | {name: names[each[name]] for name in ("title", "highest", "decided")}
        | {"past": [names[rank] for rank in met]}
        for each, met in zip(people, past, strict=True)
    ]


def orders_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Plain records, as the oracle wants them."""
    columns = {name: column.tolist() for name, column in snapshot.orders.columns()}
    orders = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    told = [each | {"own": each.pop("buyer") != -1} for each in orders]
    return [each | {"customer": None if each["customer"] < 0 else each["customer"]} for each in told]


def plan_of(plan: Plan) -> dict[str, Any]:
    """The plan's canonical JSON as plain Python, numbers in text."""
    data: dict[str, Any] = json.loads(plan.canonical())
    return data


def lines_of(result: Result) -> list[Line]:
    """The engine's lines as the oracle writes them, in the engine's order."""
    columns = {name: column.tolist() for name, column in result.lines.columns()}
    rates = [Fraction(num, den) for num, den in zip(columns.pop("rate_num"), columns.pop("rate_den"), strict=True)]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [Line(rate=rate, **row) for rate, row in zip(rates, rows, strict=True)]


def misses_of(misses: Misses) -> list[Miss]:
    """The engine's misses as the oracle writes them."""
    columns = {name: column.tolist() for name, column in misses.columns()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [Miss(**(row | {"reason": Reason(row["reason"]).name})) for row in rows]


def carry_of(result: Result) -> list[tuple[Leg, Leg]]:
    """The engine's carry, left and right of each person."""
    table = {name: column.tolist() for name, column in result.carry.columns()}
    sides = [
        [
            Leg(*row)
            for row in zip(
                *(table[f"{side}_in"], table[f"{side}_new"], table[f"{side}_matched"]),
                *(table[f"{side}_flushed"], table[f"{side}_out"]),
                strict=True,
            )
        ]
        for side in ("left", "right")
    ]
    return list(zip(*sides, strict=True))


def balances_of(result: Result) -> list[Balance]:
    """The engine's balances of each person."""
    return [Balance(*row) for row in zip(*(column.tolist() for _, column in result.balances.columns()), strict=True)]


def _named(people: Sequence[dict[str, Any]], key: str, titles: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.array([titles.index(each[key]) if each.get(key) else -1 for each in people], dtype=np.int16)


def _past(people: Sequence[dict[str, Any]], titles: tuple[str, ...]) -> tuple[PastPeriod, ...]:
    """As many periods as the first person tells of; all tell of as many."""
    told = range(len(people[0].get("past", ())) if people else 0)
    index = {name: at for at, name in enumerate(titles)} | {None: -1}
    return tuple(
        PastPeriod(f"{before} before", f"run {before}", np.array([index[each["past"][before]] for each in people]))
        for before in told
    )


def _number_of(customer: int | None) -> int:
    return -1 if customer is None else customer


def _matrix(people: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Where nobody stands in a matrix none is kept, unless they say in which slot."""
    if all(each.get("matrix_slot") is None for each in people):
        return {}
    return {"matrix_parent": _column(people, "matrix_parent"), "matrix_slot": _column(people, "matrix_slot")}


def _column(rows: Sequence[dict[str, Any]], name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([row[name] for row in rows], dtype=np.int64)
