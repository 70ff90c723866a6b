"""The published examples through the oracle: the numbers stand in the cited sources, not in the engine.

[P] the numbers are printed in the source, [D] they follow from a rule printed there. Each also goes through both.
"""

from fractions import Fraction
from typing import Any

import pytest

from app.plans.loader import library, load_plan
from tests.oracle.pay import pay
from tests.oracle.results import Pay
from tests.unit.oracle import plain
from tests.unit.oracle.both import plan_of, run_both, snapshot_of
from tests.unit.oracle.plain import order, person, terms

TITLES = ("Member", "Silver", "Gold", "Diamond")
TOP, SPONSOR, A, B, D = range(5)


SEVEN = ("Consultant", "Manager", "Director", "Executive", "Elite", "Premier", "Silver")


def run(
    name: str, people: list[dict[str, Any]], orders: list[dict[str, Any]], *, titles: tuple[str, ...] = TITLES
) -> Pay:
    """The oracle's answer, after the engine gave the same."""
    plan = load_plan(library()[name])
    run_both(snapshot_of(people, orders, titles), plan).assert_equal()
    return pay(people, orders, plan_of(plan))


def paid(result: Pay) -> dict[int, tuple[int, int, int]]:
    """(level, paid level, cents) by earner."""
    return {line.earner: (line.level, line.paid_level, line.amount) for line in result.lines}


def mlmforge(a_is_active: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """C, customer of B Member, under A Silver, under Sponsor Gold, under Top Diamond; D beside A. C buys 200 CV."""
    people = [
        person(title="Diamond"),
        person(TOP, title="Gold"),
        person(SPONSOR, title="Silver", active=a_is_active),
        person(A, title="Member"),
        person(SPONSOR, title="Silver"),
    ]
    return people, [{"seller": B, "own": False, "pv": 200_00, "cv": 200_00, "seq": 1}]


def test_g7_unilevel() -> None:
    """[P] mlmforge unilevel: B, A, Sponsor and Top 4.00 each, D nothing, 16.00 in all."""
    result = run("g7-unilevel", *mlmforge(a_is_active=True))
    assert paid(result) == {B: (1, 1, 400), A: (2, 2, 400), SPONSOR: (3, 3, 400), TOP: (4, 4, 400)}
    assert result.amount == 1600


def test_g8_without_compression() -> None:
    """[D] A inactive keeps level 2 unpaid: 4.00 are breakage."""
    result = run("g7-unilevel", *mlmforge(a_is_active=False))
    assert paid(result) == {B: (1, 1, 400), SPONSOR: (3, 3, 400), TOP: (4, 4, 400)}
    assert [(miss.person, miss.breakage) for miss in result.misses] == [(A, 400)]


def test_g8_skip_inactive() -> None:
    """[D] A inactive takes no level: B level 1, Sponsor level 2, Top level 3, 4.00 each, nothing is lost."""
    result = run("g8-unilevel-standard", *mlmforge(a_is_active=False))
    assert paid(result) == {B: (1, 1, 400), SPONSOR: (3, 2, 400), TOP: (4, 3, 400)}
    assert [(miss.person, miss.forgone, miss.breakage) for miss in result.misses] == [(A, 400, 0)]


def seven(executive_is_active: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Silver sponsors Premier sponsors Elite ... sponsors Consultant, whose frontline buys 100 CV."""
    titles = ("Silver", "Premier", "Elite", "Executive", "Director", "Manager", "Consultant", "Consultant")
    people = [
        person(ix - 1, title=title, active=executive_is_active or title != "Executive")
        for ix, title in enumerate(titles)
    ]
    return people, [{"seller": 7, "own": True, "pv": 100_00, "cv": 100_00, "seq": 1}]


def test_g9_dynamic_compression() -> None:
    """[P] rates, [D] sum: seven qualified uplines are paid 2, 3, 5, 5, 6, 6 and 7, the buyer nothing, 34 in all."""
    result = run("g9-unilevel-dynamic", *seven(executive_is_active=True), titles=SEVEN)
    assert [line.amount for line in result.lines] == [700, 600, 600, 500, 500, 300, 200]


def test_g9_dynamic_compression_past_an_executive_without_an_order() -> None:
    """[D] Level 4 goes to Elite, 5 to Premier, 6 to Silver; nobody is left for level 7."""
    result = run("g9-unilevel-dynamic", *seven(executive_is_active=False), titles=SEVEN)
    assert paid(result) == {
        0: (7, 6, 600), 1: (6, 5, 600), 2: (5, 4, 500), 4: (3, 3, 500), 5: (2, 2, 300), 6: (1, 1, 200),
    }  # fmt: skip


def test_g12_matrix_spill() -> None:
    """[P] mlmforge matrix: Root fills A, B and C and recruits D, who stands under A. D 100 CV: A, Silver, level 1, 2.00
    and Root, Gold, level 2, 2.00. [D] by the sponsor tree Root alone would have been paid."""
    root, a, b, c, d = range(5)
    people = [
        person(title="Gold", matrix_slot=0),
        *(person(root, title="Silver", matrix_parent=root, matrix_slot=slot) for slot in (1, 2, 3)),
        person(root, title="Member", matrix_parent=a, matrix_slot=1),
    ]
    result = run("g12-matrix", people, [{"seller": d, "own": True, "pv": 100_00, "cv": 100_00, "seq": 1}])
    assert paid(result) == {a: (1, 1, 200), root: (2, 2, 200)}
    assert not {b, c} & {line.earner for line in result.lines}


@pytest.mark.parametrize("you_are_active", [True, False])
def test_g14_binary_carry_forward_over_two_periods(you_are_active: bool) -> None:
    """[P] mlmforge binary: 20.00, then 40.00. [D] inactive at first: the weak leg's 200 are lost all the same."""
    you, l1, r1, l2, l3, r2, r3 = range(7)
    people = [
        person(active=you_are_active),
        person(you, you, 1),
        person(you, you, 2),
        person(l1, l1, 1),
        person(l1, l1, 2),
        person(r1, r1, 1),
        person(r1, r1, 2),
    ]
    volumes = {l2: 100_00, l3: 100_00, r2: 300_00, r3: 200_00}
    first = run("g14-binary", people, bought(volumes))
    left, right = first.carry[you]
    assert (left.new, right.new) == (200_00, 500_00)
    assert (left.out, right.out) == (0, 300_00)
    assert (left.flushed, right.flushed) == ((0, 0) if you_are_active else (200_00, 200_00))
    assert first.by_person[0][you] == (20_00 if you_are_active else 0)

    people = [
        person(each["sponsor"], each["parent"], each["slot"], carry_left=left.out, carry_right=right.out)
        for each, (left, right) in zip(people, first.carry, strict=True)
    ]
    second = run("g14-binary", people, bought({l2: 400_00, r2: 100_00}))
    left, right = second.carry[you]
    assert (left.matched, right.matched) == (400_00, 400_00)
    assert (left.out, right.out) == (0, 0)
    assert second.by_person[0][you] == 40_00


def bought(volumes: dict[int, int]) -> list[dict[str, Any]]:
    """Own orders of those CV."""
    return [
        {"seller": ix, "own": True, "pv": cv, "cv": cv, "seq": 10 + row} for row, (ix, cv) in enumerate(volumes.items())
    ]


# ------------------------------------------------------------------------------------- the oracle alone, plain dicts


TEAM = {"type": "binary", "rate": "0.1"}


@pytest.mark.parametrize(("carry", "second"), [("forward", 40_00), ("full_flush", 10_00)])
def test_g14_with_carry_and_with_full_flush(carry: str, second: int) -> None:
    """[P] mlmforge binary: 20.00, then 40.00 where the strong leg keeps its 300, 10.00 where both legs are flushed."""
    plan = terms(TEAM | {"carry": carry})
    people, orders = plain.two_legs(200_00, 500_00)
    first = plain.run(people, orders, plan)
    assert first.by_person[0] == [20_00, 0, 0]
    _, orders = plain.two_legs(400_00, 100_00)
    assert plain.run(plain.after(people, first), orders, plan).by_person[0] == [second, 0, 0]


@pytest.mark.parametrize(("method", "amount"), [("weak_leg", 300_00), ("volume_ratio", 180_00)])
def test_g15_the_weak_leg_and_the_ratio(method: str, amount: int) -> None:
    """[P] legs of 3,000 and 5,000 at 10 %: 300; by ratio 3,000 x 0.6 = 1,800 are payable, [D] which is 180."""
    result = plain.run(*plain.two_legs(3_000_00, 5_000_00), terms(TEAM | {"method": method}))
    (line,) = result.lines
    assert (line.base, line.amount) == ({"weak_leg": 3_000_00, "volume_ratio": 1_800_00}[method], amount)
    assert [leg.matched for leg in result.carry[0]] == [3_000_00, 3_000_00]


@pytest.mark.parametrize(("own", "amount"), [(24_99, None), (25_00, 8_00), (50_00, 16_00), (100_00, 24_00)])
def test_g19_a_cycle_by_own_volume(own: int, amount: int | None) -> None:
    """[P] https://hbn.zendesk.com/hc/en-us/articles/360022275091: a cycle takes 200 of each leg and pays 4, 8 or 12 %
    of 200 to whoever has 25, 50 or 100 CV of their own; [D] nothing below 25."""
    steps = [{"from": "25", "rate": "0.04"}, {"from": "50", "rate": "0.08"}, {"from": "100", "rate": "0.12"}]
    cycle = {"strong": "200", "weak": "200"}
    plan = terms({"type": "binary", "method": "cycles", "cycle": cycle, "rate": {"by": "personal_cv", "steps": steps}})
    people, orders = plain.two_legs(200_00, 250_00)
    result = plain.run(people, [*orders, order(0, own, own=True)], plan)
    assert [line.amount for line in result.lines] == ([amount] if amount else [])
    assert [leg.out for leg in result.carry[0]] == [0, 50_00]


def test_the_directscale_text_is_a_trap() -> None:
    """Its Cycle Pay page pays 75 for a second cycle of strong 500 and weak 200, with 200 carried; ordinary weak-leg pay
    is 30 and 30, which is what we pay."""
    plan = terms({"type": "binary", "rate": "0.15"})
    people, orders = plain.two_legs(400_00, 200_00)
    first = plain.run(people, orders, plan)
    _, orders = plain.two_legs(500_00, 200_00)
    second = plain.run(plain.after(people, first), orders, plan)
    assert [leg.came_in for leg in second.carry[0]] == [200_00, 0]
    assert [first.amount, second.amount] == [30_00, 30_00]


INDIA = (("300", "0.06"), ("1000", "0.09"), ("2000", "0.12"), ("4000", "0.15"), ("7000", "0.18"), ("10000", "0.21"))
EUROPE = (
    *(("200", "0.03"), ("600", "0.06"), ("1200", "0.09"), ("2400", "0.12")),
    *(("4000", "0.15"), ("7000", "0.18"), ("10000", "0.21")),
)


def performance(steps: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """A differential bonus by the group's PV."""
    schedule = [{"from": at, "rate": rate} for at, rate in steps]
    return {"type": "differential", "volume": "group_pv", "schedule": schedule}


@pytest.mark.parametrize(
    ("per_pv", "gross", "downline", "bonus", "retail"),
    [(60, 8_100_00, 4_320_00, 3_780_00, 3_600_00), (55, 7_425_00, 3_960_00, 3_465_00, 3_300_00)],
)
def test_g2_differential(per_pv: int, gross: int, downline: int, bonus: int, retail: int) -> None:
    """[P] https://issuu.com/djatb/docs/asmp_brochure-final_production: X sponsors A, B, C and D, and each of the five
    has 300 PV: X's group is at 9 %, each of the four at 6 %. [D] the total at 55 per PV is 6,765."""
    margin = {"type": "retail_margin", "rate": "0.2", "of": "personal"}
    people = [person(), *(person(0) for _ in range(4))]
    orders = [order(ix, 300_00 * per_pv, own=True, pv=300_00) for ix in range(5)]
    result = plain.run(people, orders, terms(performance(INDIA), margin))
    assert result.by_person[0] == [bonus] + [downline // 4] * 4
    assert sum(result.by_person[0]) == gross
    assert [(line.source, line.rate) for line in result.lines if line.earner == 0 and line.bonus == 0] == [
        (0, Fraction("0.09")), *((ix, Fraction("0.03")) for ix in range(1, 5)),
    ]  # fmt: skip
    assert result.by_person[1][0] == retail
    assert plain.totals(result)[0] == bonus + retail == {60: 7_380_00, 55: 6_765_00}[per_pv]


@pytest.mark.parametrize(
    ("pv", "bv", "bonus", "margin"), [(100_00, 400_00, 12_00, 120_00), (200_00, 800_00, 24_00, 240_00)]
)
def test_g3_one_person_with_customers(pv: int, bv: int, bonus: int, margin: int) -> None:
    """[P] https://www.readkong.com/page/business-manual-australia-new-zealand-7518291: 3 % from 100 PV on, and
    30 % of what is sold."""
    plan = terms(performance((("100", "0.03"),)), {"type": "retail_margin", "rate": "0.3"})
    result = plain.run([person()], [order(0, bv, pv=pv)], plan)
    assert result.by_person == [[bonus], [margin]]


def test_g4_gross_and_net() -> None:
    """[P] https://law.onecle.com/tax/2003/lopez8.tcm.wpd04.html: 1,000 PV and 2,500 BV at 12 % are 300.00 gross; net is
    gross less what the downline is owed. [D] of that 100 PV and 250 BV at 3 %: 7.50."""
    plan = terms(performance((("100", "0.03"), ("1000", "0.12"))))
    orders = [order(0, 2_250_00, pv=900_00), order(1, 250_00, pv=100_00)]
    result = plain.run([person(), person(0)], orders, plan)
    assert result.amount == 300_00
    assert result.by_person == [[292_50, 7_50]]


@pytest.mark.parametrize(
    ("pv", "percent"),
    [(199_99, 0), (200_00, 3), (599_99, 3), (600_00, 6), (9_999_99, 18), (10_000_00, 21)],
)
def test_g5_edges_of_the_brackets(pv: int, percent: int) -> None:
    """[P] the European table, [D] its edges."""
    result = plain.run([person()], [order(0, 100_00, own=True, pv=pv)], terms(performance(EUROPE)))
    assert result.amount == percent * 1_00


STAIRSTEP = {
    "type": "breakaway",
    "multiplier": "0.4",
    "breaks_away_at": "Gold",
    "levels_by_rank": {
        "Member": ["0.05"],
        "Bronze": ["0.05", "0.03"],
        "Silver": ["0.05", "0.05", "0.03"],
        "Gold": ["0.05", "0.05", "0.05"],
    },
    "override_by_rank": {"Gold": "0.05", "Platinum": "0.07", "Diamond": "0.09"},
    "minimum_override": "0.01",
}
STAIRS = ("Member", "Bronze", "Silver", "Gold", "Platinum", "Diamond")
DAN, PAT, GINA, SAM, BETH, MIKE = range(6)


@pytest.mark.parametrize(("pats", "override"), [("Platinum", 4_00), ("Gold", 2_00)])
def test_g21_stairstep(pats: str, override: int) -> None:
    """[P] mlmforge stairstep: Mike 6.00, Sam 6.00, Gina 10.00, Pat 4.00, Dan nothing; [D] as Gold Pat has 2.00."""
    people = [
        person(title="Diamond"),
        person(DAN, title=pats),
        person(PAT, title="Gold"),
        person(GINA, title="Silver"),
        person(GINA, title="Bronze"),
        person(SAM, title="Member"),
    ]
    plan = terms(STAIRSTEP, ranks=STAIRS, pay_rank="title")
    result = plain.run(people, [order(MIKE, 300_00), order(BETH, 200_00, own=True)], plan)
    assert result.by_person == [[0, override, 10_00, 6_00, 0, 6_00]]
    assert [line.amount for line in result.lines if line.earner == GINA] == [6_00, 4_00]
    assert {line.paid_level for line in result.lines if line.earner == PAT} == {0}


@pytest.mark.parametrize(
    ("yours", "janes", "of_your_own", "of_janes"),
    [(3, 1, 15_00, 10_00), (3, 2, 15_00, 5_00), (3, 3, 15_00, 0), (4, 3, 20_00, 5_00)],
)
def test_g22_a_moving_rate(yours: int, janes: int, of_your_own: int, of_janes: int) -> None:
    """[P] http://networkmarketingwhy.com/2010/05/stair-step-breakaway-compensation-plan/: 5 % more with each rank."""
    ranks = ("One", "Two", "Three", "Four")
    rates = dict(zip(ranks, ("0.05", "0.1", "0.15", "0.2"), strict=True))
    people = [person(title=ranks[yours - 1]), person(0, title=ranks[janes - 1])]
    plan = terms({"type": "differential", "rates_by_rank": rates}, ranks=ranks, pay_rank="title")
    assert plain.run(people, [order(0, 100_00, own=True)], plan).by_person == [[of_your_own, 0]]
    result = plain.run(people, [order(1, 100_00, own=True)], plan)
    assert result.by_person == [[of_janes, janes * 5_00]]


def test_g23_wholesale_differential() -> None:
    """[P] Herbalife: a supervisor at 50 % has 15 % of what a distributor buys at 35 %; the discount is no bonus."""
    rates = {"Distributor": "0.35", "Supervisor": "0.5"}
    bonus = {"type": "differential", "rates_by_rank": rates, "own_purchases": False}
    people = [person(title="Supervisor"), person(0, title="Distributor")]
    plan = terms(bonus, ranks=("Distributor", "Supervisor"), pay_rank="title")
    assert plain.run(people, [order(1, 100_00, own=True)], plan).by_person == [[15_00, 0]]
