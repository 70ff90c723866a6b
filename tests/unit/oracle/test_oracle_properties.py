"""What holds for every plan holds for any plan that can be written, by the oracle alone."""

from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.oracle.company import Company
from tests.oracle.pay import pay
from tests.unit.oracle import properties
from tests.unit.oracle.both import orders_of, people_of
from tests.unit.oracle.plain import after
from tests.unit.oracle.test_engine_equals_oracle import PROFILE
from tests.unit.oracle.ugly import COMMON, FEW_CYCLES, periods
from tests.unit.oracle.ugly_plans import is_slow, plan_data, width_of


def companies(plan: dict[str, Any], number: int) -> st.SearchStrategy[Any]:
    """Companies small enough for the plan."""
    return periods(
        number,
        (*[rank["name"] for rank in plan["ranks"]], "Retired"),
        FEW_CYCLES if is_slow(plan) else COMMON,
        width_of(plan),
    )


@PROFILE
@given(plan=plan_data(), data=st.data())
def test_what_three_periods_show(plan: dict[str, Any], data: st.DataObject) -> None:
    result = None
    for snapshot in data.draw(companies(plan, 3)):
        people, orders = people_of(snapshot), orders_of(snapshot)
        people = people if result is None else after(people, result)
        result = pay(people, orders, plan)
        properties.check_all(people, orders, plan, result)


@PROFILE
@given(plan=plan_data(), data=st.data())
def test_returns_and_the_order_of_things(plan: dict[str, Any], data: st.DataObject) -> None:
    (snapshot,) = data.draw(companies(plan, 1))
    people, orders = people_of(snapshot), orders_of(snapshot)
    places, rows = data.draw(st.permutations(range(len(people)))), data.draw(st.permutations(range(len(orders))))
    places = properties.with_owners_in_order(people, places)
    properties.the_order_of_things_does_not_matter(people, orders, plan, places, rows)
    undone = properties.undone(orders)
    properties.returns_take_back_everything(undone, pay(people, undone, plan))


@PROFILE
@given(plan=plan_data(), data=st.data())
def test_whom_a_gate_keeps_out_is_paid_as_the_inactive(plan: dict[str, Any], data: st.DataObject) -> None:
    """Where ranks ask nothing, so that being inactive takes none away: only the reasons differ."""
    plan |= {"ranks": [{"name": rank["name"]} for rank in plan["ranks"]], "pay_rank": "title", "gates": []}
    for snapshot in data.draw(companies(plan, 1)):
        people, orders = people_of(snapshot), orders_of(snapshot)
        customers = Company(people, orders, plan).customer_pv
        fewer = [each | {"active": each["active"] and customers(ix) >= 50_00} for ix, each in enumerate(people)]
        gate = {"type": "customer_pv", "at_least": "50"}
        gated, inactive = pay(people, orders, plan | {"gates": [gate]}), pay(fewer, orders, plan)
        assert gated.lines == inactive.lines
        assert gated.carry == inactive.carry
        blank = {"reason": "", "needed": 0, "actual": 0}
        told = [[replace(miss, **blank) for miss in result.misses] for result in (gated, inactive)]  # type: ignore[arg-type]
        assert told[0] == told[1]


@PROFILE
@given(plan=plan_data(), data=st.data())
def test_what_own_purchases_do_not_pay_is_what_they_pay_without_cv(plan: dict[str, Any], data: st.DataObject) -> None:
    """Where no rate hangs on own volume."""
    assume(all("steps" not in (bonus.get("rate") or ()) for bonus in plan["bonuses"]))
    plan |= {"gates": []}
    for snapshot in data.draw(companies(plan, 1)):
        people, orders = people_of(snapshot), orders_of(snapshot)
        without = [each | {"cv": 0 if each["own"] else each["cv"]} for each in orders]
        gated = pay(people, orders, plan | {"gates": [{"type": "no_own_purchases"}]})
        assert gated == replace(pay(people, without, plan), cv=gated.cv)
