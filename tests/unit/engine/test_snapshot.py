"""What a snapshot refuses, what it promises, and sums over trees of every shape."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.calculate import calculate
from app.engine.errors import AmountOverflowError, BrokenTreeError, InvalidSnapshotError
from app.engine.forest import Forest, forest
from app.engine.models import Orders, People, Snapshot
from app.engine.rates import rounding_of, share_of
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from tests.unit.engine.companies import snapshot


def test_cycle_is_refused_and_names_the_people_on_it_alone() -> None:
    """3 -> 4 -> 5 -> 3 is the cycle; 6 and 7 hang below it, 0 to 2 are a sound tree."""
    with pytest.raises(BrokenTreeError, match=r"sponsor tree has a cycle .* ix \[3, 4, 5\]") as caught:
        snapshot(sponsor=[-1, 0, 1, 4, 5, 3, 5, 6])
    assert caught.value.details["people"] == [3, 4, 5]


def test_person_who_is_their_own_parent_is_a_cycle() -> None:
    with pytest.raises(BrokenTreeError, match=r"binary tree has a cycle .* ix \[1\]"):
        snapshot(sponsor=[-1, 0], parent=[-1, 1], slot=[0, 1])


def test_two_people_in_one_slot_are_refused_by_name() -> None:
    with pytest.raises(BrokenTreeError, match=r"ix \[1, 3\] share a binary slot"):
        snapshot(sponsor=[-1, 0, 0, 0], parent=[-1, 0, 0, 0], slot=[0, 2, 1, 2])


@pytest.mark.parametrize(("parent", "slot"), [([-1, 0], [0, 0]), ([-1, -1], [0, 2])])
def test_parent_and_slot_come_together(parent: list[int], slot: list[int]) -> None:
    with pytest.raises(BrokenTreeError, match=r"ix \[1\] have a binary parent without a slot"):
        snapshot(sponsor=[-1, 0], parent=parent, slot=slot)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sponsor": [-1, 2]}, r"people.sponsor holds 2 in row 1; it must lie in -1..1"),
        ({"sponsor": [-2, 0]}, r"people.sponsor holds -2 in row 0"),
        ({"sponsor": [-1, 0], "slot": [0, 3], "parent": [-1, 0]}, r"people.slot holds 3"),
        ({"sponsor": [-1, 0], "slot": [0, 300], "parent": [-1, 0]}, r"people.slot holds 0..300; int8 cannot"),
        ({"sponsor": [-1, 0], "title": [0, -1]}, r"people.title holds 0 in row 0; it must lie in -1..-1"),
        ({"sponsor": [-1, 0], "active": [True]}, r"people.active has 1 rows, the first column 2"),
        ({"sponsor": [-1, 0], "active": [1, 0]}, r"people.active holds int64; it must hold bool"),
        ({"sponsor": [-1.0, 0.0]}, r"people.sponsor holds float64; it must hold int64"),
        ({"sponsor": [[-1, 0]]}, r"people.sponsor has 2 dimensions"),
        ({"sponsor": [-1], "titles": ("A", "A")}, r"titles must be distinct"),
        ({"sponsor": [-1, 0], "orders": [(2, -1, 5)]}, r"orders.seller holds 2"),
        ({"sponsor": [-1, 0], "orders": [(1, 0, 5)]}, r"orders in rows \[0\]: buyer must be the seller"),
        ({"sponsor": [-1, 0], "orders": [(1, 1, 10**14 + 1)]}, r"orders.pv holds 100000000000001"),
    ],
)
def test_bad_columns_are_refused_with_column_and_row(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSnapshotError, match=message):
        snapshot(**columns)


def test_order_facts_are_counted_once() -> None:
    company = snapshot(sponsor=[-1])
    orders = Orders.of(seller=[0, 0], buyer=[-1, -1], pv=[1, 1], cv=[1, 1], seq=[7, 7])
    with pytest.raises(InvalidSnapshotError, match=r"orders.seq 7 appears more than once"):
        Snapshot(company.people, orders)


def test_columns_are_copies_that_nobody_can_change() -> None:
    sponsor = np.array([-1, 0])
    company = snapshot(sponsor=sponsor)
    sponsor[1] = -1
    assert company.people.sponsor.tolist() == [-1, 0]
    with pytest.raises(ValueError, match="read-only"):
        company.people.sponsor[0] = 1


def test_digest_tells_apart_what_differs_and_nothing_else() -> None:
    one = snapshot(sponsor=[-1, 0], titles=("A", "B"), orders=[(1, 1, 5)])
    assert snapshot(sponsor=[-1, 0], titles=("A", "B"), orders=[(1, 1, 5)]).digest() == one.digest()
    others = [
        snapshot(sponsor=[-1, -1], titles=("A", "B"), orders=[(1, 1, 5)]),
        snapshot(sponsor=[-1, 0], titles=("AB",), orders=[(1, 1, 5)]),
        snapshot(sponsor=[-1, 0], titles=("A", "B"), orders=[(1, -1, 5)]),
        snapshot(sponsor=[-1, 0], titles=("A", "B"), orders=[(1, 1, 5)], carry_left=[0, 1]),
    ]
    assert len({one.digest(), *(other.digest() for other in others)}) == 5


def test_lists_with_no_rows_are_fine() -> None:
    people = People.of(
        sponsor=[], parent=[], slot=[], active=[], passed_over=[], title=[], carry_left=[], carry_right=[]
    )
    assert len(Snapshot(people, Orders.of(seller=[], buyer=[], pv=[], cv=[], seq=[])).people) == 0


# ------------------------------------------------------------------------------------------------------------- forests


@st.composite
def parents(draw: st.DrawFn) -> list[int]:
    """Any forest: each person below an earlier one or a root, then renamed."""
    count = draw(st.integers(0, 40))
    above = [draw(st.integers(max(-1, ix - draw(st.sampled_from([1, 2, 50]))), ix - 1)) for ix in range(count)]
    names = draw(st.permutations(range(count)))
    renamed = [-1] * count
    for ix, parent in enumerate(above):
        renamed[names[ix]] = names[parent] if parent >= 0 else -1
    return renamed


@settings(max_examples=60, deadline=None)
@given(parent=parents(), seed=st.integers(0, 100))
def test_forest_agrees_with_walking(parent: list[int], seed: int) -> None:
    count = len(parent)
    rng = np.random.default_rng(seed)
    values, wanted = rng.integers(-1000, 1000, count), rng.random(count) < 0.4
    tree = forest("any", np.array(parent, dtype=np.int64))
    ancestors = [_walk(parent, ix) for ix in range(count)]
    assert tree.depth.tolist() == [len(walk) - 1 for walk in ancestors]
    assert tree.path_sums(values).tolist() == [int(values[walk].sum()) for walk in ancestors]
    below = [[ix for ix in range(count) if person in ancestors[ix]] for person in range(count)]
    assert tree.subtree_sums(values).tolist() == [int(values[inside].sum()) for inside in below]
    assert tree.sizes.tolist() == [len(inside) for inside in below]
    met = {-1}
    for person in tree.order.tolist():
        assert parent[person] in met
        met.add(person)
    assert len(met) == count + 1
    assert tree.legs_with(wanted).tolist() == [
        sum(parent[head] == person and wanted[below[head]].any() for head in range(count)) for person in range(count)
    ]
    children = [[ix for ix in range(count) if parent[ix] == person] for person in range(count)]
    assert tree.child_sums(values).tolist() == [int(values[inside].sum()) for inside in children]
    nearest = [next((ix for ix in walk if wanted[ix]), count) for walk in ancestors]
    assert tree.nearest(wanted).tolist() == [*nearest, count]


def _walk(parent: list[int], person: int) -> list[int]:
    walk = [person]
    while parent[walk[-1]] >= 0:
        walk.append(parent[walk[-1]])
    return walk


def test_chain_of_a_hundred_thousand_is_no_special_case() -> None:
    tree: Forest = forest("any", np.arange(100_000) - 1)
    assert tree.depth[-1] == 99_999
    assert tree.subtree_sums(np.ones(100_000, dtype=np.int64)).tolist() == list(range(100_000, 0, -1))


# -------------------------------------------------------------------------------------------------------------- limits


def test_sum_beyond_64_bits_is_refused_not_wrapped() -> None:
    """50,000 orders of 10^12 each are 5 x 10^18 minor units, over 2^62."""
    company = snapshot(sponsor=[-1, 0])
    many = 50_000
    orders = Orders.of(seller=[1] * many, buyer=[1] * many, pv=[10**14] * many, cv=[0] * many, seq=range(many))
    with pytest.raises(AmountOverflowError, match="beyond 64 bits"):
        calculate(Snapshot(company.people, orders), load_plan(library()["sample"]))


def test_largest_order_is_paid_exactly_at_an_awkward_rate() -> None:
    """base x numerator leaves 64 bits here, the result does not: 10^12 x 3.3333 % x 77.77 %."""
    bonus = {
        "type": "unilevel",
        "name": "L",
        "multiplier": "77.77%",
        "levels_by_rank": {"M": ["3.3333%"]},
    }
    plan = Plan.model_validate(
        {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "M"}], "bonuses": [bonus]}
    )
    result = calculate(snapshot(sponsor=[-1, 0], orders=[(1, 1, 10**14 - 7)]), plan)
    assert int(result.lines.rate_num[0]) * (10**14 - 7) > 2**63
    product = (10**14 - 7) * 33333 * 7777
    assert result.lines.amount.tolist() == [(product + 5 * 10**9) // 10**10]


numbers = st.integers(-(10**15), 10**15)


@settings(max_examples=200, deadline=None)
@given(
    bases=st.lists(numbers, min_size=1, max_size=5),
    num=st.integers(0, 10**9),
    den=st.integers(1, 10**9),
    rounding=st.sampled_from(["half_up", "half_even"]),
    half=st.booleans(),
)
def test_share_of_is_the_exact_fraction_rounded(
    bases: list[int], num: int, den: int, rounding: str, half: bool
) -> None:
    if half:
        # Odd multiples of half the denominator fall on half a unit exactly.
        num, den = num * 2 + 1, 2
    num = min(num, den * 1000)
    assert _shares(bases, num, den, rounding) == [_rounded(base * num, den, rounding) for base in bases]


def _shares(bases: list[int], num: int, den: int, rounding: str) -> list[int]:
    """As a bonus takes them: first the limits of all, then each share."""
    how = rounding_of(rounding, np.array(bases, dtype=np.int64), [(num, den)])
    return [share_of(base, num, den, how.half_even, how.in_parts) for base in bases]


def _rounded(product: int, den: int, rounding: str) -> int:
    whole, rest = divmod(abs(product), den)
    up = rest * 2 > den or (rest * 2 == den and (rounding == "half_up" or whole % 2 == 1))
    return (whole + up) * (1 if product >= 0 else -1)


@pytest.mark.parametrize("base", [10**15 + 1, 10**15 + 3, -(10**15) - 1, -(10**15) - 3])
def test_exact_halves_round_to_even_where_the_product_leaves_64_bits(base: int) -> None:
    """base x 9001 / 2 is computed in two parts, of which either may be the odd one."""
    assert abs(base) * 9001 > 2**62
    assert _shares([base], 9001, 2, "half_even") == [_rounded(base * 9001, 2, "half_even")]


def test_share_beyond_64_bits_is_refused() -> None:
    with pytest.raises(AmountOverflowError, match="leave 64 bits"):
        rounding_of("half_up", np.array([2**61]), [(1, 2), (50, 1)])
