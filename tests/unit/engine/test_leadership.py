"""Leadership bonus: shares of groups that have broken away, what is guaranteed of them, and who fills that up."""

from typing import Any

import pytest

from app.engine.because import nearest_sales, why_nothing
from app.engine.calculate import calculate
from app.engine.errors import AmountOverflowError
from app.engine.models import Result, Snapshot
from app.engine.reasons import Names, explain_line, explain_miss
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.runs.text import because_words
from tests.unit.engine.companies import random_snapshot, snapshot

NAMES = Names(person=lambda ix: "ABCDEFGH"[ix], order=lambda row: f"O{row}")
A, B, C, D = range(4)


def company_of(sponsor: list[int], pv: list[int], **people: Any) -> Snapshot:
    """Everybody buys so many PV at 60 BV a PV, as in worked example G2."""
    orders = [(ix, ix, each * 100, each * 6_000) for ix, each in enumerate(pv) if each]
    return snapshot(sponsor=sponsor, orders=orders, **people)


def published() -> Plan:
    return load_plan(library()["leadership"])


def words(company: Snapshot, plan: Plan, result: Result) -> list[str]:
    return [explain_line(company, plan, result, row, NAMES) for row in range(len(result.lines))]


def paid(result: Result) -> list[int]:
    """Whole money by person."""
    assert not (result.totals.by_person % 100).any()
    found: list[int] = (result.totals.by_person[0] // 100).tolist()
    return found


@pytest.mark.parametrize(
    ("sponsor", "pv", "expected"),
    [
        # 1. All that comes from below, since the own group has more than 21 % takes: 4 % of 600,000 + of 900,000.
        ([-1, A, B], [10_000, 15_000, 10_000], [36_000, 24_000, 0]),
        # 2. Some of it with 5,000 PV, between 15 % and 21 %: 12,000 of the guaranteed 24,000 come out of C's 24,000.
        ([-1, A, B], [10_000, 5_000, 10_000], [24_000, 12_000, 0]),
        # 2. Or with two groups at 21 %, whatever one's own: 2,400 are made, 21,600 come out of 48,000.
        ([-1, A, B, B], [10_000, 1_000, 10_000, 10_000], [24_000, 26_400, 0, 0]),
        # 3. None with one group at 21 % and less than 15 %: it all goes past, and B belongs to A's own group.
        ([-1, A, B], [10_000, 3_900, 10_000], [24_000, 0, 0]),
    ],
)  # fmt: skip
def test_what_one_keeps_of_it(sponsor: list[int], pv: list[int], expected: list[int]) -> None:
    """[D] from the rules of Amway's leadership bonus, 4 % with a guarantee of 4 % of the BV that 21 % takes
    (https://amwaywiki.com/Leadership_Bonus): by one's own volume one keeps all, some or none of what is received."""
    result = calculate(company_of(sponsor, pv), published())
    assert paid(result) == expected
    assert result.totals.amount == sum(expected) * 100
    assert result.totals.bonuses[0].capped == 0


def test_it_is_computed_from_the_lowest_level_up() -> None:
    """[D] "never from the highest level down" (https://amwaywiki.com/Leadership_Bonus): C has 4,000 PV and a leg at 21
    %, so does B above. C passes 24,000 on, 9,600 of its own making; only so has B enough to guarantee A the same."""
    company = company_of([-1, A, B, C], [10_000, 4_000, 4_000, 10_000])
    result = calculate(company, published())
    assert paid(result) == [24_000, 9_600, 9_600, 0]
    passes = "4 % of 240000.00 CV of the group of {0}, who has broken away, on level 1, which makes 9600.00 INR of {1}"
    least, up = "24000.00 INR (4 % of 600000.00 CV)", "; the rest is taken from what {0} receives of groups below"
    given = "; the rest is taken from the 24000.00 INR that you receive of groups below you"
    assert words(company, published(), result) == [
        "24000.00 INR: " + passes.format("B", least) + " that you are guaranteed" + up.format("B"),
        f"-14400.00 INR: A is guaranteed {least} of your group, which made 9600.00 INR{given}",
        "24000.00 INR: " + passes.format("C", least) + " that you are guaranteed" + up.format("C"),
        f"-14400.00 INR: B is guaranteed {least} of your group, which made 9600.00 INR{given}",
        "24000.00 INR: 4 % of 600000.00 CV of the group of D, who has broken away, on level 1",
    ]


# ------------------------------------------------------------------------------------------------------------- by title


TITLES = ("Member", "Gold")


def by_title(**bonus: Any) -> Plan:
    given = {"type": "leadership", "name": "Lead", "rate": "4%", "breaks_away_at": "Gold", "guaranteed_cv": 1000}
    return Plan.model_validate(
        {
            "name": "Titles",
            "version": "1",
            "currency": "EUR",
            "pay_rank": "title",
            "ranks": [{"name": name} for name in TITLES],
            "bonuses": [given | bonus],
        }
    )


def line_of(cv: list[int], titles: str, active: str = "") -> Snapshot:
    """A line from the top down: g Gold, m Member; a dot is inactive."""
    count = len(cv)
    return snapshot(
        sponsor=list(range(-1, count - 1)),
        orders=[(ix, -1, each * 100) for ix, each in enumerate(cv) if each],
        title=["mg".index(each) for each in titles],
        titles=TITLES,
        active=[each != "." for each in active or "+" * count],
    )


def test_what_cannot_be_filled_up_is_said() -> None:
    company = line_of([0, 100, 300], "ggg")
    result = calculate(company, by_title())
    assert paid(result) == [16, 0, 0]
    first, taken, from_c = words(company, by_title(), result)
    assert first.endswith(
        "which makes 4.00 EUR of 40.00 EUR (4 % of 1000.00 CV) that you are guaranteed; all that can be, 12.00 EUR, is "
        "taken from what B receives of groups below"
    )
    assert taken.startswith("-12.00 EUR: A is guaranteed 40.00 EUR")
    assert from_c.endswith("C receives nothing of groups below that could fill it up")
    plain = by_title(guaranteed_cv=None, multiplier="50%")
    assert words(company, plain, calculate(company, plain))[0] == (
        "2.00 EUR: 4 % of 50.00 (100.00 CV x 50 %) of the group of B, who has broken away, on level 1"
    )


def test_who_takes_no_part_is_told_what_came_past() -> None:
    company = line_of([0, 200, 300, 2_000], "gggg", "+..+")
    result = calculate(company, by_title())
    assert paid(result) == [100, 0, 0, 0]
    assert (result.misses.person.tolist(), result.misses.forgone.tolist()) == ([B, C], [92_00, 80_00])
    assert explain_miss(company, by_title(), result, 0, NAMES) == (
        "92.00 EUR not paid: 4 % of groups below you that have broken away, with what is guaranteed of them, came past "
        "you because your status was not active"
    )


def told(company: Snapshot, plan: Plan, person: int) -> list[str]:
    result = calculate(company, plan)
    found = why_nothing(company, plan, result, person, nearest_sales(company, plan, result))
    return [because_words(one) for one in found if one.bonus is not None]


def test_who_gets_nothing_is_told_why() -> None:
    company = line_of([100, 100, 100], "gmg")
    assert told(company, by_title(), B) == [
        "it is paid to leaders of groups that have broken away, from rank Gold for pay on, and yours is Member"
    ]
    assert told(company, by_title(), C) == ["there are no groups below you that have broken away, with CV"]
    assert told(company, by_title(rate="0%"), C) == ["the plan gives it a rate of 0"]


def test_own_purchases_make_no_group_where_a_gate_says_so() -> None:
    company = snapshot(sponsor=[-1, 0], orders=[(1, 1, 500_00), (1, -1, 2_000_00)], title=[1, 1], titles=TITLES)
    plan = Plan.model_validate(by_title().model_dump() | {"gates": [{"type": "no_own_purchases"}]})
    assert paid(calculate(company, plan)) == [80, 0]
    assert "2000.00 CV" in words(company, plan, calculate(company, plan))[0]


def test_the_same_on_any_number_of_cores() -> None:
    company = random_snapshot(400, 500, 11)
    assert len({calculate(company, GOLD_OF_FIVE, cores).digest() for cores in (1, 2, 3)}) == 1


GOLD_OF_FIVE = Plan.model_validate(
    by_title(guaranteed_cv="500").model_dump()
    | {"ranks": [{"name": name} for name in ("Member", "Silver", "Gold", "Platinum", "Diamond")]}
)


def test_what_leaves_64_bits_is_refused() -> None:
    many = [10**12 * 100] * 1_000
    company = snapshot(sponsor=[-1, 0], orders=[(1, -1, each) for each in many], title=[1, 1], titles=TITLES)
    with pytest.raises(AmountOverflowError):
        calculate(company, by_title(multiplier="10000%", rate="100%"))
