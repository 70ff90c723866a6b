"""Small companies worked out by hand: they hold the oracle to the definitions, for both could be wrong together."""

from typing import Any

from app.plans.models import Plan
from tests.oracle.results import Leg, Pay
from tests.unit.oracle.both import run_both, snapshot_of
from tests.unit.oracle.plain import order, person

ANN, BOB, CAT = range(3)


def plan(ranks: list[dict[str, Any]] | None = None, **changes: Any) -> Plan:
    """One bonus, unless said otherwise of 5 % and 4 % on two levels for Members, and a rank for everybody."""
    bonus: dict[str, Any] = {"type": "unilevel", "name": "Bonus"} | changes
    if bonus["type"] == "unilevel":
        bonus.setdefault("levels_by_rank", {"Member": ("5%", "4%")})
    terms = {"name": "Small", "version": "1", "currency": "EUR", "ranks": ranks or [{"name": "Member"}]}
    return Plan.model_validate({**terms, "bonuses": [bonus]})


def run(people: list[dict[str, Any]], orders: list[dict[str, Any]], terms: Plan) -> Pay:
    """The oracle's answer, after the engine gave the same."""
    numbered = [each | {"seq": seq} for seq, each in enumerate(orders)]
    both = run_both(snapshot_of(people, numbered, terms.rank_names), terms)
    both.assert_equal()
    return both.oracle


def test_own_purchases_pay_from_the_sponsor_on_and_customers_from_the_seller_on() -> None:
    chain = [person(), person(ANN), person(BOB)]
    assert run(chain, [order(CAT, 100_00, own=True)], plan()).by_person == [[4_00, 5_00, 0]]
    assert run(chain, [order(CAT, 100_00)], plan()).by_person == [[0, 4_00, 5_00]]
    assert run(chain, [order(ANN, 100_00, own=True)], plan()).lines == []


def test_a_full_return_takes_back_what_was_paid_when_the_plan_asks_for_no_volume() -> None:
    """The return leaves Bob with negative PV; nothing was asked of him, so he is active and it is he who pays back."""
    people = [person(), person(ANN)]
    for compression in ("none", "standard"):
        terms = plan(compression=compression)
        assert run(people, [order(BOB, 100_00)], terms).by_person == [[4_00, 5_00]]
        assert run(people, [order(BOB, -100_00)], terms).by_person == [[-4_00, -5_00]]


def test_halves_of_cents_go_away_from_zero_or_to_even_line_by_line() -> None:
    """5 % of 0.10, 0.30 and 0.50 are 0.5, 1.5 and 2.5 cents."""
    orders = [order(ANN, cents) for cents in (10, 30, 50, -10, -30, -50)]
    for rounding, amounts in (("half_up", [1, 2, 3, -1, -2, -3]), ("half_even", [0, 2, 2, 0, -2, -2])):
        terms = plan().model_copy(update={"rounding": rounding})
        assert [line.amount for line in run([person()], orders, terms).lines] == amounts


def test_a_failed_lower_rank_does_not_stop_a_higher_one_and_a_leg_counts_at_any_depth() -> None:
    """Ann has no PV of her own: no Silver. Cat, deep in her one leg, is Silver: that makes Ann Gold."""
    ranks: list[dict[str, Any]] = [
        {"name": "Member"},
        {"name": "Silver", "requires": {"personal_pv": "100"}},
        {"name": "Gold", "requires": {"legs_with_rank": {"rank": "Silver", "count": 1}}},
    ]
    result = run([person(), person(ANN), person(BOB)], [order(CAT, 100_00)], plan(ranks))
    assert result.paid_as == [2, 2, 1]


def test_ranks_of_legs_feed_ranks_above_until_nothing_changes() -> None:
    """Each rank needs a leg of the rank below: a chain climbs one rank a step, and a Gold leg counts as Silver."""
    ranks: list[dict[str, Any]] = [{"name": "Member", "requires": {"personal_pv": "1"}}]
    for below, name in (("Member", "Silver"), ("Silver", "Gold")):
        ranks.append({"name": name, "requires": {"legs_with_rank": {"rank": below, "count": 1}}})
    people = [person(), person(0), person(1), person(2)]
    assert run(people, [order(3, 1_00)], plan(ranks)).paid_as == [2, 2, 1, 0]


def test_nobody_is_active_by_title_and_the_higher_of_both_ranks_pays() -> None:
    """Ann fails the PV of Silver, but holds the title; Bob is inactive whatever he holds."""
    ranks: list[dict[str, Any]] = [{"name": "Member"}, {"name": "Silver", "requires": {"personal_pv": "500"}}]
    people = [person(title="Silver"), person(ANN, title="Silver", active=False)]
    terms = plan(ranks, levels_by_rank={"Silver": ("5%", "4%")})
    for option, paid in (("paid_as", [0, 0]), ("title", [4_00, 0]), ("higher", [4_00, 0])):
        result = run(people, [order(BOB, 100_00)], terms.model_copy(update={"pay_rank": option}))
        assert result.by_person == [paid]


def test_own_volume_stays_out_of_ones_legs_and_the_cap_loses_the_excess() -> None:
    """Left 300, right 500, own 1,000: 300 match, 10 % of it are 30.00, capped to 12.34; 200 stay on the right."""
    people = [person(), person(ANN, ANN, 1), person(ANN, ANN, 2)]
    orders = [order(ANN, 1_000_00), order(BOB, 300_00), order(CAT, 500_00, own=True)]
    result = run(people, orders, plan(type="binary", rate="10%", cap_per_period="12.34"))
    assert [(line.earner, line.base, line.raw, line.amount) for line in result.lines] == [(ANN, 300_00, 30_00, 12_34)]
    assert result.carry[ANN] == (Leg(0, 300_00, 300_00, 0, 0), Leg(0, 500_00, 300_00, 0, 200_00))


def test_a_leg_that_returns_made_negative_matches_nothing_and_stays_negative() -> None:
    people = [person(carry_left=50_00, carry_right=80_00), person(ANN, ANN, 1)]
    result = run(people, [order(BOB, -70_00)], plan(type="binary", rate="10%"))
    assert result.lines == []
    assert [leg.out for leg in result.carry[ANN]] == [-20_00, 80_00]
    assert all(leg.came_in + leg.new == leg.matched + leg.flushed + leg.out for leg in result.carry[ANN])


def test_a_leaver_who_is_passed_over_takes_no_level_though_the_plan_compresses_nobody() -> None:
    people = [person(), person(ANN, active=False, passed_over=True), person(BOB)]
    both = run_both(snapshot_of(people, [order(CAT, 100_00) | {"seq": 1}], ()), plan())
    both.assert_equal()
    found = both.oracle
    assert [(line.earner, line.level, line.paid_level, line.amount) for line in found.lines] == [
        (ANN, 3, 2, 4_00),
        (CAT, 1, 1, 5_00),
    ]
    assert [(miss.person, miss.paid_level, miss.breakage) for miss in found.misses] == [(BOB, 2, 0)]


def test_a_leaver_whose_place_stays_a_hole_takes_the_level_unpaid() -> None:
    people = [person(), person(ANN, active=False), person(BOB)]
    both = run_both(snapshot_of(people, [order(CAT, 100_00) | {"seq": 1}], ()), plan())
    both.assert_equal()
    found = both.oracle
    assert [(line.earner, line.amount) for line in found.lines] == [(CAT, 5_00)]
    assert [(miss.person, miss.paid_level, miss.breakage) for miss in found.misses if miss.person == BOB] == [
        (BOB, 2, 4_00)
    ]


def test_whom_compression_skips_further_up_than_the_plan_pays_is_passed_over_silently() -> None:
    """Three inactive people under Top, two levels: two of them are told, the third stands on level 3."""
    people = [person(), *(person(ix, active=False) for ix in range(3))]
    both = run_both(snapshot_of(people, [order(3, 100_00) | {"seq": 1}], ()), plan(compression="standard"))
    both.assert_equal()
    assert [(line.earner, line.level, line.paid_level) for line in both.oracle.lines] == [(0, 4, 1)]
    assert sorted(miss.person for miss in both.oracle.misses) == [2, 3]


STEPS: list[dict[str, Any]] = [{"name": "Member"}, {"name": "Silver"}, {"name": "Gold"}]


def dynamic(**levels_by_rank: tuple[str, ...]) -> Plan:
    """Ranks are titles, and levels wait for whoever is paid them."""
    terms = plan(STEPS, compression="dynamic", levels_by_rank=levels_by_rank)
    return terms.model_copy(update={"pay_rank": "title"})


def test_dynamic_compression_takes_each_level_to_the_next_who_is_active_and_of_a_rank_for_it() -> None:
    """From the bottom: Member level 1; a Member, an inactive Gold and somebody without rank take no level 2, Silver
    does; another Silver no level 3, Gold does. A second Gold finds no level left."""
    titles = ("Gold", "Gold", "Silver", "Silver", None, "Gold", "Member", "Member")
    people = [person(ix - 1, title=title, active=ix != 5) for ix, title in enumerate(titles)]
    result = run(people, [order(7, 100_00)], dynamic(Member=("5%",), Silver=("5%", "4%"), Gold=("5%", "4%", "3%")))
    assert [(line.earner, line.level, line.paid_level, line.amount) for line in result.lines] == [
        (1, 7, 3, 3_00),
        (3, 5, 2, 4_00),
        (7, 1, 1, 5_00),
    ]
    assert [(miss.person, miss.level, miss.paid_level, miss.reason, miss.breakage) for miss in result.misses] == [
        (6, 2, 2, "RANK_DEPTH", 0),
        (5, 3, 2, "INACTIVE_STATUS", 0),
    ]


def test_a_rank_may_be_paid_a_deep_level_and_not_the_one_before() -> None:
    """Gold alone has level 1, Silver alone level 2: the Silver below Gold is passed by, the one above has level 2."""
    titles = ("Silver", "Gold", "Silver")
    people = [person(ix - 1, title=title) for ix, title in enumerate(titles)]
    result = run(people, [order(2, 100_00)], dynamic(Silver=("0", "4%"), Gold=("5%",)))
    assert [(line.earner, line.paid_level, line.amount) for line in result.lines] == [(0, 2, 4_00), (1, 1, 5_00)]
    assert [(miss.person, miss.reason, miss.forgone, miss.breakage) for miss in result.misses] == [
        (2, "RANK_DEPTH", 5_00, 0)
    ]
