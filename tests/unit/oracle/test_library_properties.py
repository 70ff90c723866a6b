"""What holds for every plan holds for the library's, by engine and oracle alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.calculate import calculate
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from tests.unit.oracle import properties
from tests.unit.oracle.both import next_period, orders_of, people_of, plan_of, run_both, snapshot_of
from tests.unit.oracle.test_engine_equals_oracle import PROFILE
from tests.unit.oracle.ugly import COMMON, periods
from tests.unit.oracle.ugly_plans import width_of

LIBRARY = {name: load_plan(path) for name, path in sorted(library().items())}
FEW = settings(PROFILE, max_examples=PROFILE.max_examples // 5)

every_plan = pytest.mark.parametrize("plan", LIBRARY.values(), ids=LIBRARY.keys())


@every_plan
@FEW
@given(data=st.data())
def test_what_one_period_shows(plan: Plan, data: st.DataObject) -> None:
    snapshot, *rest = data.draw(periods(3, plan.rank_names, COMMON, width_of(plan_of(plan))))
    both = run_both(snapshot, plan)
    both.assert_equal()
    for later in rest:
        properties.check_all(people_of(snapshot), orders_of(snapshot), plan_of(plan), both.oracle)
        snapshot = next_period(later, both)
        both = run_both(snapshot, plan)
        both.assert_equal()
    properties.check_all(people_of(snapshot), orders_of(snapshot), plan_of(plan), both.oracle)


@every_plan
@FEW
@given(data=st.data())
def test_returns_take_back_what_orders_paid(plan: Plan, data: st.DataObject) -> None:
    (snapshot,) = data.draw(periods(1, plan.rank_names, COMMON, width_of(plan_of(plan))))
    orders = properties.undone(orders_of(snapshot))
    both = run_both(snapshot_of(people_of(snapshot), orders, plan.rank_names), plan)
    both.assert_equal()
    properties.returns_take_back_everything(orders, both.oracle)


@every_plan
@FEW
@given(data=st.data())
def test_the_order_of_people_and_orders_changes_nothing(plan: Plan, data: st.DataObject) -> None:
    (snapshot,) = data.draw(periods(1, plan.rank_names, COMMON, width_of(plan_of(plan))))
    people, orders = people_of(snapshot), orders_of(snapshot)
    places, rows = data.draw(st.permutations(range(len(people)))), data.draw(st.permutations(range(len(orders))))
    places = properties.with_owners_in_order(people, places)
    properties.the_order_of_things_does_not_matter(people, orders, plan_of(plan), places, rows)
    moved = properties.shuffled(people, orders, places, rows)
    run_both(snapshot_of(*moved, plan.rank_names), plan).assert_equal()


@every_plan
@FEW
@given(data=st.data())
def test_a_period_calculated_again_is_the_same_by_every_byte(plan: Plan, data: st.DataObject) -> None:
    (snapshot,) = data.draw(periods(1, plan.rank_names, COMMON, width_of(plan_of(plan))))
    again = snapshot_of(people_of(snapshot), orders_of(snapshot), plan.rank_names, snapshot.days)
    assert again.digest() == snapshot.digest()
    assert calculate(again, plan, 2).digest() == calculate(snapshot, plan, 1).digest()
