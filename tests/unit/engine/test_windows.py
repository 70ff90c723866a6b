"""Windows, decided ranks and the gate of customers as the engine tells them to people."""

import numpy as np
import pytest

from app.engine.because import nearest_sales, why_nothing
from app.engine.calculate import calculate
from app.engine.errors import InvalidSnapshotError, PlanMismatchError
from app.engine.models import PastPeriod, Snapshot
from app.engine.reasons import explain_miss, lack_of, report_card
from app.runs.text import because_words
from tests.unit.engine.companies import snapshot
from tests.unit.engine.test_gates import NAMES, plan_of

RANKS = [
    {"name": "Member"},
    {"name": "Silver", "requires": {"personal_pv": 100, "window": {"met": 2, "of": 3}}},
    {"name": "Gold", "requires": {"personal_pv": 500}},
]
TITLES = ("Gold", "Member", "Silver")
TEN_OR_FIFTY = {
    "type": "any_of",
    "gates": [{"type": "customers", "at_least": 10}, {"type": "customer_pv", "at_least": 50}],
}


def with_past(company: Snapshot, *met: list[int]) -> Snapshot:
    """The company with what was met in each period before, the latest first."""
    past = tuple(PastPeriod(f"-{at}", f"run {at}", np.array(each)) for at, each in enumerate(met, 1))
    return Snapshot(company.people, company.orders, TITLES, past=past)


def test_the_card_tells_in_which_periods_a_rank_was_met() -> None:
    company = with_past(snapshot(sponsor=[-1, 0], orders=[(0, 0, 9_000)]), [2, 1], [0, -1])
    plan = plan_of(ranks=RANKS)
    result = calculate(company, plan)
    assert result.ranks.paid_as.tolist() == [1, 0]
    assert (result.ranks.met.tolist(), result.ranks.highest.tolist()) == ([0, 0], [1, 0])
    card = report_card(plan, result, 0)
    assert card.paid_as is not None
    assert (card.paid_as.rank, card.paid_as.met, card.paid_as.periods_met) == ("Silver", True, (False, True, True))
    assert [(check.measure, check.met) for check in card.paid_as.checks] == [
        ("personal_pv", False),
        ("periods_met:3", True),
    ]
    [other, _] = report_card(plan, result, 1).next
    assert (other.met, other.checks[-1].gap, other.checks[-1].unit) == (False, 2, "periods")


def test_a_plan_that_looks_further_back_than_the_snapshot_is_refused() -> None:
    """Else a period that nobody looked at would count as one in which nothing was met."""
    company = with_past(snapshot(sponsor=[-1], orders=[(0, 0, 10_000)]), [2])
    with pytest.raises(PlanMismatchError, match="looks at 2 periods before this one, and 1 are told"):
        calculate(company, plan_of(ranks=RANKS))


def test_a_past_of_other_people_is_refused() -> None:
    with pytest.raises(InvalidSnapshotError, match="past"):
        with_past(snapshot(sponsor=[-1, 0]), [0])
    with pytest.raises(InvalidSnapshotError, match="past"):
        with_past(snapshot(sponsor=[-1]), [3])


def test_a_decision_by_a_rank_that_the_plan_lacks_is_refused_by_name() -> None:
    company = snapshot(sponsor=[-1], titles=("Emperor",), decided=[0])
    with pytest.raises(PlanMismatchError, match="Emperor"):
        calculate(company, plan_of())
    assert (
        calculate(snapshot(sponsor=[-1], titles=("Emperor",), title=[0], highest=[0]), plan_of()).ranks.highest[0] == 0
    )


def test_whoever_fails_ten_customers_and_fifty_pv_is_told_both() -> None:
    company = snapshot(sponsor=[-1, 0], orders=[(0, -1, 2_000), (0, -1, 1_000), (1, 1, 10_000)])
    orders = type(company.orders)(**dict(company.orders.columns()) | {"customer": np.array([0, 1, -1])})
    company, plan = Snapshot(company.people, orders), plan_of(TEN_OR_FIFTY)
    result = calculate(company, plan)
    assert explain_miss(company, plan, result, 2, NAMES).endswith(
        "because 2 of 10 customers of yours bought, 8 short of what this bonus asks for, and your customers bought "
        "30.00 of 50.00 PV, 20.00 short of what this bonus asks for; one of that would be enough"
    )
    lack = lack_of(plan, result, 2)
    assert (lack.needed, lack.actual, lack.gap, lack.unit) == ("10", "2", 8, "people")
    told = why_nothing(company, plan, result, 1, nearest_sales(company, plan, result))
    assert [because_words(one) for one in told if one.cause != "next_rank"][:2] == [
        "it asks for 10 different customers of yours who buy, and 0 did",
        "or else it asks for 50.00 PV of your own customers, and they bought 0.00",
    ]
