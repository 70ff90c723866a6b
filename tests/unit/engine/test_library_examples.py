"""The library's plans pay what their worked examples say; G2, G7 to G9, G14, G15, G19 and G21 stand beside the engine's
other tests, and the leadership bonus in its own."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from app.engine.calculate import calculate
from app.engine.models import Result, Snapshot
from app.engine.reasons import Check, report_card
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from tests.unit.engine.companies import random_snapshot, snapshot


def plan(name: str) -> Plan:
    return load_plan(library()[name])


def by_bonus(result: Result) -> list[list[int]]:
    paid: list[list[int]] = result.totals.by_person.tolist()
    return paid


@pytest.mark.parametrize(
    ("pv", "bv", "bonus", "margin"), [(10_000, 40_000, 1_200, 12_000), (20_000, 80_000, 2_400, 24_000)]
)
def test_g3(pv: int, bv: int, bonus: int, margin: int) -> None:
    """G3 [P] (https://www.readkong.com/page/business-manual-australia-new-zealand-7518291): 100 PV and 400 BV are 12.00
    and a margin of 120.00, 200 PV and 800 BV 24.00 and 240.00."""
    result = calculate(snapshot(sponsor=[-1], orders=[(0, 0, pv, bv)]), plan("g3-differential-anz"))
    assert by_bonus(result) == [[bonus], [margin]]


def test_g4() -> None:
    """G4 [P], US Tax Court (https://law.onecle.com/tax/2003/lopez8.tcm.wpd04.html): 1,000 PV and BV 2,500 at 12 % are
    300.00 gross, and net is gross less what the downline is owed; [D] 7.50 of it for 100 PV and BV 250 at 3 %."""
    alone = snapshot(sponsor=[-1], orders=[(0, -1, 100_000, 250_000)])
    assert by_bonus(calculate(alone, plan("g4-differential-us"))) == [[30_000]]
    shared = snapshot(sponsor=[-1, 0], orders=[(0, -1, 90_000, 225_000), (1, -1, 10_000, 25_000)])
    assert by_bonus(calculate(shared, plan("g4-differential-us"))) == [[29_250, 750]]


@pytest.mark.parametrize(
    ("pv", "percent"), [(19_999, 0), (20_000, 3), (59_999, 3), (60_000, 6), (999_999, 18), (1_000_000, 21)]
)
def test_g5(pv: int, percent: int) -> None:
    """G5 [P table, edges D]."""
    result = calculate(snapshot(sponsor=[-1], orders=[(0, 0, pv, 10_000)]), plan("g5-differential-europe"))
    assert by_bonus(result) == [[percent * 100]]


@pytest.mark.parametrize(("legs", "gap"), [((3_000, 1_500, 900), "210.00"), ((3_000, 1_740, 870), "0.00")])
def test_g18(legs: tuple[int, ...], gap: str) -> None:
    """G18 [P] (https://immasteryacademy.zendesk.com/hc/en-us/articles/360041616972) of 4,350 at most 1,740 a leg; [D]
    3,000 / 1,500 / 900 lack 210."""
    company = snapshot(sponsor=[-1, 0, 0, 0], orders=[(at, at, leg * 100) for at, leg in enumerate(legs, 1)])
    assert only_check(company, plan("g18-leg-cap")).gap == Decimal(gap)


@pytest.mark.parametrize(("team", "gap"), [(552, "48.00"), (651, "0.00"), (636, "0.00")])
def test_g32(team: int, gap: str) -> None:
    """G32 [P numbers] (view.joomag.com, doTERRA Leadership 10, p. 70): of 600, 552 lack 48; 651 and 636 pass."""
    company = snapshot(sponsor=[-1, 0, 1], orders=[(0, 0, 10_000), (1, 1, team * 100 - 10_000), (2, 2, 99)])
    assert only_check(company, plan("g32-team-volume")).gap == Decimal(gap)


def only_check(company: Snapshot, of: Plan) -> Check:
    """The one requirement of the plan's second rank, of the first person."""
    result = calculate(company, of)
    card = report_card(of, result, 0)
    [check] = (card.paid_as if result.ranks.paid_as[0] == 1 else card.next[0]).checks  # type: ignore[union-attr]
    return check


@pytest.mark.parametrize(
    ("you", "jane", "own", "from_jane"),
    [(3, 1, 1_500, 1_000), (3, 2, 1_500, 500), (3, 3, 1_500, 0), (4, 3, 2_000, 500)],
)
def test_g22(you: int, jane: int, own: int, from_jane: int) -> None:
    """G22 [P] (http://networkmarketingwhy.com/2010/05/stair-step-breakaway-compensation-plan/): 5 % a rank."""
    moving = plan("g22-moving-rate")
    company = snapshot(
        sponsor=[-1, 0],
        title=[you - 1, jane - 1],
        titles=moving.rank_names,
        orders=[(0, 0, 10_000), (1, 1, 10_000)],
    )
    assert by_bonus(calculate(company, moving))[0][0] == own + from_jane


def test_g23() -> None:
    """G23 [P], Herbalife (https://user-aaimrzl.cld.bz/IBO-Book-CY-EN/common/page-substrates/58): 50 % over 35 %."""
    wholesale = plan("g23-wholesale")
    company = snapshot(sponsor=[-1, 0], title=[1, 0], titles=wholesale.rank_names, orders=[(1, 1, 100_000)])
    assert by_bonus(calculate(company, wholesale)) == [[15_000, 0]]


@pytest.mark.parametrize(("customers", "own", "expected"), [(51, 49, 1_000), (40, 60, 0)])
def test_g30(customers: int, own: int, expected: int) -> None:
    """G30 [P] (https://behindmlm.com/mlm/vemmas-retail-comp-plan-the-new-mlm-benchmark): with 51 of 100 of customers
    the whole is paid on, with 40 nothing."""
    company = snapshot(sponsor=[-1, 0], orders=[(1, -1, customers * 100), (1, 1, own * 100)])
    assert by_bonus(calculate(company, plan("g30-majority-of-customers")))[0][0] == expected


def test_g33() -> None:
    """G33 [PU3 P] (https://askthecat.mypurium.com/support/solutions/articles/6000067924): -50 stay until they are
    earned; [D] +30 pays 0 and leaves -20, +45 pays 25."""
    balance, paid = 0, []
    for cv in (-50_000, 30_000, 45_000):
        found = calculate(snapshot(sponsor=[-1], orders=[(0, 0, cv)], balance=[balance]), plan("g33-debt")).balances
        balance = int(found.balance_out[0])
        paid.append(int(found.paid[0]))
    assert paid == [0, 0, 2_500]


def test_g36() -> None:
    """G36 [P] [JEN]: Bob would have 25 % of 800, 200.00, and misses his 100 PV: the company keeps it."""
    company = snapshot(sponsor=[-1, 0, 1], orders=[(2, 2, 80_000), (1, 1, 9_999), (0, 0, 10_000)])
    totals = calculate(company, plan("g36-breakage")).totals
    assert by_bonus(calculate(company, plan("g36-breakage")))[0][1] == 0
    assert totals.breakage == 20_000


@pytest.mark.parametrize(("active", "amount"), [(3, 1_000), (2, 500)])
def test_g37(active: int, amount: int) -> None:
    """G37 [P] (Paparazzi): whom the cancelled one sponsored pay the upline as level 1, a Star 5 %, a Director with
    three active personally sponsored 10 %, with fewer 5 %."""
    company = snapshot(
        sponsor=[-1, 0, 1, 0, 0, 0],
        active=[True, False, True, *(at < active for at in range(3))],
        passed_over=[False, True, False, False, False, False],
        orders=[(2, 2, 10_000)],
    )
    assert by_bonus(calculate(company, plan("g37-cancelled")))[0][0] == amount


# ------------------------------------------------------------------------------------------------------------- hybrids


@pytest.mark.parametrize("name", ["hybrid-customers-first", "hybrid-stairstep", "sample"])
def test_a_hybrid_uses_all_it_has(name: str) -> None:
    """In a company of thousands every bonus pays, every rank is held, somebody is carried and all of it adds up."""
    hybrid, company = plan(name), grown(7)
    result = calculate(company, hybrid)
    assert set(result.ranks.paid_as.tolist()) == set(range(len(hybrid.ranks)))
    assert all(bonus.amount > 0 for bonus in result.totals.bonuses), [(b.name, b.amount) for b in result.totals.bonuses]
    balances = result.balances
    brought = balances.balance_in + balances.earned + balances.taken_back
    assert (brought == balances.paid + balances.balance_out).all()
    assert bool(balances.balance_out.any()) == (hybrid.payout is not None)


def test_the_leadership_bonus_of_a_hybrid_is_no_more_than_its_share_of_what_groups_sell() -> None:
    stairstep = plan("hybrid-stairstep")
    company = grown(11)
    result = calculate(company, stairstep)
    share = Fraction(4, 100) * Fraction(80, 100)
    rows = result.lines.bonus == 1
    groups = int(result.lines.base[rows].sum())
    assert abs(int(result.lines.amount[rows].sum()) - groups * share) <= np.count_nonzero(rows)
    assert (result.lines.amount[rows] < 0).any(), "somebody fills up what is guaranteed"


def grown(seed: int, **columns: Any) -> Snapshot:
    return random_snapshot(3_000, 9_000, seed, recent=0.5, inactive=0.1, **columns)
