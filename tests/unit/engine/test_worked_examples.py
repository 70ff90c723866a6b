"""Published examples of the domain's worked examples, to the cent; [P]: the figures are published, [D]: worked out."""

import pytest

from app.engine.calculate import calculate
from app.engine.models import Reason, Result, Snapshot
from app.engine.reasons import Names, explain_line, explain_miss
from app.plans.loader import check_plan, library, load_plan
from tests.unit.engine.companies import snapshot

TOP, SPONSOR, A, B, D = range(5)
PEOPLE = ["Top", "Sponsor", "A", "B", "D"]
NAMES = Names(person=lambda ix: PEOPLE[ix], order=lambda row: f"O{row}")


def chain_of_g7(*, a_active: bool) -> Snapshot:
    """C (a customer) -> B Member -> A Silver -> Sponsor Gold -> Top Diamond, and D Silver beside A; C buys 200 CV."""
    return snapshot(
        sponsor=[-1, TOP, SPONSOR, A, SPONSOR],
        title=[3, 2, 1, 0, 1],
        titles=("Member", "Silver", "Gold", "Diamond"),
        active=[True, True, a_active, True, True],
        orders=[(B, -1, 20_000)],
    )


def paid(result: Result) -> dict[int, tuple[int, int, int]]:
    """Earner to (amount, level, paid level)."""
    lines = result.lines
    return {
        int(earner): (int(amount), int(level), int(paid_level))
        for earner, amount, level, paid_level in zip(
            lines.earner, lines.amount, lines.level, lines.paid_level, strict=True
        )
    }


def test_g7_pays_four_uplines_four_each_and_nothing_beside() -> None:
    """G7 [P]: B, A, Sponsor, Top each 4.00, D 0, total 16.00."""
    result = calculate(chain_of_g7(a_active=True), load_plan(library()["g7-unilevel"]))
    assert paid(result) == {B: (400, 1, 1), A: (400, 2, 2), SPONSOR: (400, 3, 3), TOP: (400, 4, 4)}
    assert result.totals.amount == 1600
    assert result.totals.breakage == 0
    assert len(result.misses) == 0


def test_g8_without_compression_the_inactive_level_is_breakage() -> None:
    """G8 [D]: B 4.00 (L1), A 0, Sponsor 4.00 (L3), Top 4.00 (L4); breakage 4.00."""
    company, plan = chain_of_g7(a_active=False), load_plan(library()["g7-unilevel"])
    result = calculate(company, plan)
    assert paid(result) == {B: (400, 1, 1), SPONSOR: (400, 3, 3), TOP: (400, 4, 4)}
    assert result.totals.breakage == 400
    assert result.misses.person.tolist() == [A]
    assert result.misses.reason.tolist() == [Reason.INACTIVE_STATUS]
    assert explain_miss(company, plan, result, 0, NAMES) == (
        "4.00 USD not paid: 5 % of 80.00 (200.00 CV x 40 %) from the order O0 of a customer of B on level 2, "
        "because your status was not active"
    )


def test_g8_with_standard_compression_the_inactive_takes_no_level() -> None:
    """G8 [D]: B L1 4.00, Sponsor L2 4.00, Top L3 4.00."""
    company, plan = chain_of_g7(a_active=False), load_plan(library()["g8-unilevel-standard"])
    result = calculate(company, plan)
    assert paid(result) == {B: (400, 1, 1), SPONSOR: (400, 3, 2), TOP: (400, 4, 3)}
    assert result.totals.breakage == 0
    assert (result.misses.person.tolist(), result.misses.forgone.tolist()) == ([A], [400])
    assert explain_line(company, plan, result, 1, NAMES) == (
        "4.00 USD: 5 % of 80.00 (200.00 CV x 40 %) from the order O0 of a customer of B on level 3, "
        "paid as your level 2 because A was inactive; your rank for pay is Gold"
    )


SEVEN = ("Consultant", "Manager", "Director", "Executive", "Elite", "Premier", "Silver")
"""The seven above the buyer of G9, nearest first."""


def seven_of_g9(*, executive_orders: bool) -> Snapshot:
    """A chain from Silver (ix 0) down to Consultant (6), whose frontline's (7) order has 100 CV."""
    return snapshot(
        sponsor=[at - 1 for at in range(8)],
        title=[*range(6, -1, -1), 0],
        titles=SEVEN,
        active=[at != 3 or executive_orders for at in range(8)],
        orders=[(7, 7, 10_000)],
    )


def by_title_of_g9(result: Result) -> dict[str, int]:
    return {SEVEN[6 - earner]: amount for earner, (amount, _, _) in paid(result).items()}


def test_g9_pays_seven_qualified_uplines_a_level_each() -> None:
    """G9 [rates P, sum D]: 2, 3, 5, 5, 6, 6, 7; the buyer gets nothing; 34 in all."""
    result = calculate(seven_of_g9(executive_orders=True), load_plan(library()["g9-unilevel-dynamic"]))
    assert by_title_of_g9(result) == dict(zip(SEVEN, (200, 300, 500, 500, 600, 600, 700), strict=True))
    assert (result.totals.amount, len(result.misses)) == (3_400, 0)


def test_g9_moves_each_level_up_past_an_executive_without_an_order() -> None:
    """G9 [D]: level 4 goes to Elite (5 %), 5 to Premier, 6 to Silver (6 % each), and nobody is left for level 7."""
    company, plan = seven_of_g9(executive_orders=False), load_plan(library()["g9-unilevel-dynamic"])
    result = calculate(company, plan)
    assert by_title_of_g9(result) == {
        "Consultant": 200, "Manager": 300, "Director": 500, "Elite": 500, "Premier": 600, "Silver": 600,
    }  # fmt: skip
    assert paid(result)[2] == (500, 5, 4)
    assert (result.misses.person.tolist(), result.misses.breakage.tolist()) == ([3], [0])
    assert explain_miss(company, plan, result, 0, NAMES_OF_G9).endswith(
        "because your status was not active; the level goes on to the next person who is paid on it"
    )
    assert explain_line(company, plan, result, result.lines.earner.tolist().index(2), NAMES_OF_G9).endswith(
        "on level 5, paid as your level 4 because Executive was not paid on the levels before; "
        "your rank for pay is Elite"
    )


NAMES_OF_G9 = Names(person=lambda ix: SEVEN[6 - ix] if ix < 7 else "Buyer", order=lambda row: f"O{row}")

YOU, L1, R1, L2, L3, R2, R3 = range(7)


def positions_of_g14(
    volumes: dict[int, int], carry_left: list[int] | None = None, carry_right: list[int] | None = None
) -> Snapshot:
    """You -> L1, R1; L1 -> L2, L3; R1 -> R2, R3; everybody sponsored by You."""
    return snapshot(
        sponsor=[-1, 0, 0, 0, 0, 0, 0],
        parent=[-1, YOU, YOU, L1, L1, R1, R1],
        slot=[0, 1, 2, 1, 2, 1, 2],
        carry_left=carry_left or [0] * 7,
        carry_right=carry_right or [0] * 7,
        orders=[(seller, seller, volume) for seller, volume in volumes.items()],
    )


def test_g14_carry_forward_over_two_periods() -> None:
    """G14 [P]: P1 match 200 pays 20.00, carry 0/300; P2 400/400 pays 40.00, carry 0/0."""
    plan = load_plan(library()["g14-binary"])
    first = calculate(positions_of_g14({L2: 10_000, L3: 10_000, R2: 30_000, R3: 20_000}), plan)
    assert first.totals.by_person[0, YOU] == 2_000
    assert (first.carry.left_out[YOU], first.carry.right_out[YOU]) == (0, 30_000)
    second = calculate(
        positions_of_g14({L2: 40_000, R2: 10_000}, first.carry.left_out.tolist(), first.carry.right_out.tolist()),
        plan,
    )
    assert second.totals.by_person[0, YOU] == 4_000
    assert (second.carry.left_out[YOU], second.carry.right_out[YOU]) == (0, 0)


def test_g14_line_says_what_was_matched_and_what_is_carried() -> None:
    company = positions_of_g14({L2: 10_000, L3: 10_000, R2: 30_000, R3: 20_000})
    plan = load_plan(library()["g14-binary"])
    result = calculate(company, plan)
    row = result.lines.earner.tolist().index(YOU)
    assert explain_line(company, plan, result, row, NAMES) == (
        "20.00 USD: 10 % of 200.00 CV matched between your legs, left 200.00 CV and right 500.00 CV; "
        "300.00 CV of the right leg is carried forward"
    )


def test_g14_with_full_flush_the_second_period_begins_empty() -> None:
    """G14 [P] (MF binary): P1 match 200 pays 20.00; with full flush P2 matches the new 100 alone and pays 10.00."""
    plan = load_plan(library()["g14-binary-full-flush"])
    first = calculate(positions_of_g14({L2: 10_000, L3: 10_000, R2: 30_000, R3: 20_000}), plan)
    assert first.totals.by_person[0, YOU] == 2_000
    assert (first.carry.right_matched[YOU], first.carry.right_flushed[YOU]) == (20_000, 30_000)
    assert (first.carry.left_out[YOU], first.carry.right_out[YOU]) == (0, 0)
    second = calculate(
        positions_of_g14({L2: 40_000, R2: 10_000}, first.carry.left_out.tolist(), first.carry.right_out.tolist()),
        plan,
    )
    assert second.totals.by_person[0, YOU] == 1_000


def test_g15_weak_leg_and_volume_ratio() -> None:
    """G15 [P] 3,000 x 0.6 = 1,800, money [D] (MF binary): L 3,000, R 5,000, 10 % -> 300; by ratio 180."""
    company = positions_of_g14({L1: 300_000, R1: 500_000})
    weak = calculate(company, load_plan(library()["g14-binary"]))
    assert weak.totals.by_person[0, YOU] == 30_000
    plan = load_plan(library()["g15-volume-ratio"])
    ratio = calculate(company, plan)
    assert (ratio.totals.by_person[0, YOU], ratio.lines.base[0]) == (18_000, 180_000)
    assert explain_line(company, plan, ratio, 0, NAMES) == (
        "180.00 USD: 10 % of 1800.00 CV, the 3000.00 CV matched between your legs x 3000.00 / 5000.00, left 3000.00 CV "
        "and right 5000.00 CV; 2000.00 CV of the right leg is carried forward"
    )


@pytest.mark.parametrize(("own", "percent", "paid"), [(2_500, 4, 800), (5_000, 8, 1_600), (10_000, 12, 2_400)])
def test_g19_a_cycle_pays_by_own_volume(own: int, percent: int, paid: int) -> None:
    """G19 [P] (https://hbn.zendesk.com/hc/en-us/articles/360022275091): a cycle is 200 L and 200 R; own 25 CV -> 4 % of
    200 = 8, 50 -> 8 % = 16, 100 -> 12 % = 24."""
    company, plan = positions_of_g14({YOU: own, L1: 20_000, R1: 20_000}), load_plan(library()["g19-cycles"])
    result = calculate(company, plan)
    assert result.totals.by_person[0, YOU] == paid
    assert explain_line(company, plan, result, 0, NAMES) == (
        f"{paid // 100}.00 USD: {percent} % of 200.00 CV in 1 cycle of 200.00 CV in each leg, left 200.00 CV and "
        f"right 200.00 CV; your {own // 100}.00 personal CV reach the rate of {percent} % from {own // 100}.00 on; "
        "nothing is carried forward"
    )


def test_two_income_centres_are_scaled_down_to_the_cap_of_their_owner() -> None:
    """[P] mlmforge, content/guides/binary.md, multi-position income centres: two positions earn 3,000 each under an
    aggregate cap of 5,000, so each gets 2,500."""
    plan = load_plan(library()["income-centres"])
    company = snapshot(
        sponsor=[-1] * 6,
        parent=[-1, 0, 0, -1, 3, 3],
        slot=[0, 1, 2, 0, 1, 2],
        owner=[0, 1, 2, 0, 4, 5],
        orders=[(leg, leg, 3_000_000) for leg in (1, 2, 4, 5)],
    )
    result = calculate(company, plan)
    assert result.lines.amount.tolist() == [250_000, 250_000]
    assert explain_line(company, plan, result, 0, NAMES) == (
        "2500.00 USD: 10 % of 30000.00 CV matched between your legs, left 30000.00 CV and right 30000.00 CV; "
        "3000.00 USD before the aggregate cap on all your positions together; nothing is carried forward"
    )
    assert explain_miss(company, plan, result, 1, NAMES) == (
        "500.00 USD not paid: your 2 positions earned 6000.00 USD together, and the plan pays an owner at most "
        "5000.00 USD; the share of this one, in proportion to what it earned, is 2500.00 USD, the rest is lost"
    )


@pytest.mark.parametrize("name", sorted(library()))
def test_library_plans_load_without_findings(name: str) -> None:
    assert check_plan(library()[name].read_bytes()).problems == ()
