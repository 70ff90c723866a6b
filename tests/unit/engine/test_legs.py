"""What two legs match, against the obvious way: cycle by cycle, and with fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.legs import (
    CYCLES,
    UNLIMITED,
    VOLUME_RATIO,
    WEAK_LEG,
    Price,
    Settled,
    Way,
    cycled,
    settled,
    times_over,
)

examples = settings(max_examples=400, deadline=None)

legs = st.integers(-50, 400) | st.integers(-3, 30)
units = st.integers(1, 9) | st.sampled_from((100, 200))
limits = st.just(UNLIMITED) | st.integers(1, 6)
volumes = st.integers(1, 400) | st.integers(2**31, 2**61)


def one_by_one(left: int, right: int, strong: int, weak: int, anew: bool, most: int) -> tuple[int, int, int]:
    """Cycle after cycle."""
    rest, count, left_leads = [left, right], 0, left >= right
    while count < most:
        if anew:
            left_leads = rest[0] >= rest[1]
        leading, other = (0, 1) if left_leads else (1, 0)
        if rest[leading] < strong or rest[other] < weak:
            break
        rest[leading] -= strong
        rest[other] -= weak
        count += 1
    return count, left - rest[0], right - rest[1]


@examples
@given(left=legs, right=legs, strong=units, weak=units, anew=st.booleans(), most=limits)
def test_cycles_are_those_that_are_counted_one_by_one(
    left: int, right: int, strong: int, weak: int, anew: bool, most: int
) -> None:
    assert cycled(left, right, strong, weak, anew, most) == one_by_one(left, right, strong, weak, anew, most)


@pytest.mark.parametrize(
    ("left", "right", "strong", "weak", "anew", "expected"),
    [
        (500, 400, 200, 100, False, (2, 400, 200)),
        (500, 400, 200, 100, True, (3, 500, 400)),
        (300, 300, 200, 100, True, (2, 300, 300)),
        (300, 300, 200, 100, False, (1, 200, 100)),
        (200, 100, 200, 100, True, (1, 200, 100)),
        (100, 200, 200, 100, True, (1, 100, 200)),
        (199, 199, 200, 100, True, (0, 0, 0)),
        (200, 99, 200, 100, False, (0, 0, 0)),
        (400, 400, 100, 200, True, (2, 200, 400)),
        (400, -1, 100, 200, True, (0, 0, 0)),
    ],
)
def test_cycles_by_hand(
    left: int, right: int, strong: int, weak: int, anew: bool, expected: tuple[int, int, int]
) -> None:
    """Of equal legs the left one leads; where a cycle takes less of the leading leg, it leads on."""
    assert cycled(left, right, strong, weak, anew, UNLIMITED) == expected


def test_a_quintillion_of_cycles_is_counted_at_once() -> None:
    """One by one it would never end."""
    assert cycled(2**61, 2**61, 2, 1, True, UNLIMITED) == (2 * (2**61 // 3) + 1, 2**61, 2**61 - 1)
    assert cycled(2**61, 2**60, 2, 1, True, 10**15 + 1)[0] == 10**15 + 1


@examples
@given(value=volumes, times=volumes, over=volumes)
def test_products_beyond_64_bits_are_exact(value: int, times: int, over: int) -> None:
    value, over = min(value, over), max(value, over)
    if value * times // over < 2**62:
        assert times_over(value, times, over) == divmod(value * times, over)


def rounded(exact: Fraction, *, half_even: bool) -> int:
    """To the nearest whole number."""
    whole = int(exact)
    up = exact - whole > Fraction(1, 2) or (exact - whole == Fraction(1, 2) and (not half_even or whole % 2 == 1))
    return whole + up


@examples
@given(
    left=volumes,
    right=volumes,
    rate=st.sampled_from(("1/10", "1/2", "1/8", "3/2", "7/10000", "999/1000", "1")),
    half_even=st.booleans(),
)
def test_a_volume_ratio_is_rounded_once(left: int, right: int, rate: str, half_even: bool) -> None:
    share = Fraction(rate)
    price = Price(share.numerator, share.denominator, UNLIMITED, False)
    found = settled(left, right, Way(VOLUME_RATIO, 1, 1, False, UNLIMITED), price, half_even, True)
    exact = Fraction(min(left, right) ** 2, max(left, right))
    assert (found.left, found.right, found.base) == (min(left, right), min(left, right), int(exact))
    assert found.raw == found.amount == rounded(exact * share, half_even=half_even)


@pytest.mark.parametrize(
    ("half_even", "left", "right", "rate", "raw"),
    [
        (False, 1, 2, Fraction(1), 1),  # 0.5
        (True, 1, 2, Fraction(1), 0),
        (True, 3, 6, Fraction(1), 2),  # 1.5
        (True, 3, 18, Fraction(1), 0),  # 0.5
        (False, 3, 18, Fraction(1), 1),
        (False, 3, 19, Fraction(1), 0),  # a hair below
        (False, 3, 17, Fraction(1), 1),  # a hair above
        (True, 5, 25, Fraction(1, 2), 0),  # 0.5, of a base without a fraction
        (True, 5, 25, Fraction(3, 2), 2),  # 1.5
    ],
)
def test_halves_of_a_ratio(half_even: bool, left: int, right: int, rate: Fraction, raw: int) -> None:
    price = Price(rate.numerator, rate.denominator, UNLIMITED, False)
    found = settled(left, right, Way(VOLUME_RATIO, 1, 1, False, UNLIMITED), price, half_even, True)
    assert found.raw == raw


def largest(count: int, unit: int, price: Price, *, half_even: bool) -> int:
    """How much of the count the cap pays, looking from the top down."""
    share = Fraction(price.num, price.den)
    return next(n for n in range(count, -1, -1) if rounded(n * unit * share, half_even=half_even) <= price.cap)


@examples
@given(
    left=st.integers(1, 300),
    right=st.integers(1, 300),
    cap=st.integers(0, 40),
    rate=st.sampled_from(("1/10", "1/8", "1/2", "3/2", "5/2", "1/1000")),
    half_even=st.booleans(),
    way=st.sampled_from(
        (
            Way(WEAK_LEG, 1, 1, False, UNLIMITED),
            Way(CYCLES, 7, 3, True, UNLIMITED),
            Way(CYCLES, 7, 3, False, 5),
            Way(CYCLES, 3, 7, True, UNLIMITED),
        )
    ),
)
def test_a_cap_that_carries_pays_the_most_that_stays_within_it(
    left: int, right: int, cap: int, rate: str, half_even: bool, way: Way
) -> None:
    share = Fraction(rate)
    price = Price(share.numerator, share.denominator, cap, True)
    whole = settled(left, right, way, Price(*price[:2], UNLIMITED, True), half_even, True)
    found = settled(left, right, way, price, half_even, True)
    assert (found.units, found.base, found.raw) == (whole.units, whole.base, whole.raw)
    unit = way.weak if way.method == CYCLES else 1
    assert found.paid == largest(whole.units, unit, price, half_even=half_even)
    assert found.amount == rounded(found.paid * unit * share, half_even=half_even)
    if way.method == CYCLES:
        assert (found.left, found.right) == one_by_one(left, right, *way[1:4], min(found.paid, way.most))[1:]
    else:
        assert (found.left, found.right) == (found.paid, found.paid)


def test_a_cap_that_is_lost_takes_the_whole_match() -> None:
    found = settled(100, 80, Way(WEAK_LEG, 1, 1, False, UNLIMITED), Price(1, 10, 5, False), False, False)
    assert found == Settled(units=80, base=80, raw=8, amount=5, paid=80, left=80, right=80)
