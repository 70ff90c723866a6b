"""What holds for every plan holds for any plan that can be written, by the oracle alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.pay import pay
from tests.unit.oracle import properties
from tests.unit.oracle.both import orders_of, people_of
from tests.unit.oracle.plain import after
from tests.unit.oracle.test_engine_equals_oracle import PROFILE
from tests.unit.oracle.ugly import COMMON, FEW_CYCLES, periods
from tests.unit.oracle.ugly_plans import RANKS, is_slow, plan_data


def companies(plan: dict[str, Any], number: int) -> st.SearchStrategy[Any]:
    """Companies small enough for the plan."""
    return periods(number, RANKS, FEW_CYCLES if is_slow(plan) else COMMON)


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
    properties.the_order_of_things_does_not_matter(people, orders, plan, places, rows)
    undone = properties.undone(orders)
    properties.returns_take_back_everything(undone, pay(people, undone, plan))
