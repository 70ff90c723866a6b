"""The published examples of differential pay, to the cent: G2 to G5, G22 and G23 of the domain's worked examples."""

from typing import Any

import numpy as np
import pytest

from app.engine.calculate import calculate
from app.engine.models import Result, Snapshot
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot

X = 0
"""Of G2: sponsors A, B, C and D (1 to 4)."""


def group_of_g2(bv_per_pv: int) -> Snapshot:
    """X and the four each buy 300 PV."""
    return snapshot(sponsor=[-1, X, X, X, X], orders=[(ix, ix, 30_000, 30_000 * bv_per_pv) for ix in range(5)])


def of_bonus(result: Result, bonus: int) -> list[int]:
    """What each person is paid by a bonus, minor money."""
    paid: list[int] = result.totals.by_person[bonus].tolist()
    return paid


@pytest.mark.parametrize(
    ("bv_per_pv", "group", "downline", "net"),
    [(60, 810_000, 432_000, 378_000), (55, 742_500, 396_000, 346_500)],
)
def test_g2_pays_the_group_rate_less_what_the_downline_gets(
    bv_per_pv: int, group: int, downline: int, net: int
) -> None:
    """G2 [P], Amway India (https://issuu.com/djatb/docs/asmp_brochure-final_production): group 1,500 PV at 9 % of
    90,000 BV is 8,100, the downline's 6 % of 72,000 is 4,320, X's bonus 3,780. At 55 BV a PV 7,425, 3,960, 3,465."""
    company, plan = group_of_g2(bv_per_pv), load_plan(library()["g2-differential"])
    result = calculate(company, plan)
    paid = of_bonus(result, 0)
    assert paid[X] == net
    assert paid[1:] == [downline // 4] * 4
    assert sum(paid) == group
    rows = np.flatnonzero((result.lines.source == X) & (result.lines.bonus == 0))
    assert result.lines.amount[rows].tolist() == [group // 5], "X's own BV at 9 %"


@pytest.mark.parametrize(("bv_per_pv", "margin", "total"), [(60, 360_000, 738_000), (55, 330_000, 676_500)])
def test_g2_with_the_retail_margin(bv_per_pv: int, margin: int, total: int) -> None:
    """G2 [P], 20 % of the own BV: 3,600 beside the bonus, 7,380 together; at 55 BV a PV 3,300 [P], 6,765 [D]."""
    result = calculate(group_of_g2(bv_per_pv), load_plan(library()["g2-differential"]))
    assert of_bonus(result, 1)[X] == margin
    assert sum(of_bonus(result, bonus)[X] for bonus in (0, 1)) == total


def plan_of(bonus: dict[str, Any], ranks: tuple[str, ...] = ("Member",)) -> Plan:
    return Plan.model_validate(
        {
            "name": "Example", "version": "1", "currency": "USD", "pay_rank": "title" if len(ranks) > 1 else "paid_as",
            "ranks": [{"name": name} for name in ranks],
            "bonuses": [{"type": "differential", "name": "Difference"} | bonus],
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pv", "bv", "bonus", "margin"), [(10_000, 40_000, 1_200, 12_000), (20_000, 80_000, 2_400, 24_000)]
)
def test_g3_single_person(pv: int, bv: int, bonus: int, margin: int) -> None:
    """G3 [P], Amway ANZ (https://www.readkong.com/page/business-manual-australia-new-zealand-7518291): 100 PV and 400
    BV at 3 % are 12.00, 200 PV and 800 BV 24.00, beside a retail margin of 30 %, 120.00 and 240.00; 3 % begins at 100
    PV there."""
    given = plan_of({"schedule": [{"from": 100, "rate": "3%"}]}).model_dump()
    retail = {"type": "retail_margin", "name": "Retail", "rate": "30%", "of": "personal"}
    plan = Plan.model_validate(given | {"bonuses": [*given["bonuses"], retail]})
    result = calculate(snapshot(sponsor=[-1], orders=[(0, 0, pv, bv)]), plan)
    assert (of_bonus(result, 0), of_bonus(result, 1)) == ([bonus], [margin])


def test_g4_gross_is_net_and_what_the_downline_is_owed() -> None:
    """G4 [P], US Tax Court (https://law.onecle.com/tax/2003/lopez8.tcm.wpd04.html): 1,000 PV, BV 2,500, bracket 12 %:
    gross 300.00, net = gross - bonuses owed to the downline. [D]: where 400 of the PV and 1,000 of the BV are a
    downline's at 6 %, who is owed 60.00, the net is 240.00."""
    plan = plan_of({"schedule": [{"from": 300, "rate": "6%"}, {"from": 1000, "rate": "12%"}]})
    alone = calculate(snapshot(sponsor=[-1], orders=[(0, 0, 100_000, 250_000)]), plan)
    assert of_bonus(alone, 0) == [30_000]
    shared = snapshot(sponsor=[-1, 0], orders=[(0, 0, 60_000, 150_000), (1, 1, 40_000, 100_000)])
    assert of_bonus(calculate(shared, plan), 0) == [24_000, 6_000]


@pytest.mark.parametrize(
    ("pv", "rate"),
    [
        (19_999, 0), (20_000, 3), (59_999, 3), (60_000, 6), (119_999, 6), (120_000, 9), (240_000, 12), (400_000, 15),
        (700_000, 18), (999_999, 18), (1_000_000, 21),
    ],
)  # fmt: skip
def test_g5_edges_of_the_brackets(pv: int, rate: int) -> None:
    """G5 [P table, edges D], European Amway: 200 PV 3 %, 600 6 %, 1,200 9 %, 2,400 12 %, 4,000 15 %, 7,000 18 %, 10,000
    21 %."""
    brackets = ((200, 3), (600, 6), (1200, 9), (2400, 12), (4000, 15), (7000, 18), (10000, 21))
    plan = plan_of({"schedule": [{"from": begin, "rate": f"{rate}%"} for begin, rate in brackets]})
    assert of_bonus(calculate(snapshot(sponsor=[-1], orders=[(0, 0, pv, 10_000)]), plan), 0) == [rate * 100]


@pytest.mark.parametrize(
    ("you", "jane", "own", "from_jane"), [(3, 1, 1_500, 1_000), (3, 2, 1_500, 500), (3, 3, 1_500, 0), (4, 4, 2_000, 0)]
)
def test_g22_moving_rate(you: int, jane: int, own: int, from_jane: int) -> None:
    """G22 [P] (http://networkmarketingwhy.com/2010/05/stair-step-breakaway-compensation-plan/): 5 % a rank. You at rank
    3 have 15 % of your own sales, of Jane's volume 10 % while she is at rank 1, 5 % at 2, nothing at 3; at rank 4 20 %
    of your own."""
    ranks = tuple(f"Rank {number}" for number in range(1, 5))
    plan = plan_of({"rates_by_rank": {name: f"{5 * number}%" for number, name in enumerate(ranks, 1)}}, ranks)
    company = snapshot(
        sponsor=[-1, 0], title=[you - 1, jane - 1], titles=ranks, orders=[(0, 0, 10_000), (1, 1, 10_000)]
    )
    lines = calculate(company, plan).lines
    rows = np.flatnonzero(lines.earner == 0)
    mine = dict(zip(lines.source[rows].tolist(), lines.amount[rows].tolist(), strict=True))
    assert mine == {0: own} | ({1: from_jane} if from_jane else {})


def test_g23_wholesale_difference() -> None:
    """G23 [P], Herbalife (https://user-aaimrzl.cld.bz/IBO-Book-CY-EN/common/page-substrates/58): a supervisor at 50 %
    above a downline at 35 % has 15 % of that retail value."""
    ranks = ("Senior Consultant", "Supervisor")
    plan = plan_of({"rates_by_rank": {"Senior Consultant": "35%", "Supervisor": "50%"}}, ranks)
    company = snapshot(sponsor=[-1, 0], title=[1, 0], titles=ranks, orders=[(1, 1, 100_000)])
    assert of_bonus(calculate(company, plan), 0) == [15_000, 35_000]
