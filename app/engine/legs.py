"""What two binary legs match, and what that comes to: exact arithmetic, one position at a time."""

from typing import NamedTuple

from app.amounts import to_minor
from app.engine.compiled import compiled
from app.engine.rates import share_of
from app.plans.binary import Binary

WEAK_LEG, VOLUME_RATIO, CYCLES = 0, 1, 2
UNLIMITED = 2**62
_METHODS = {"weak_leg": WEAK_LEG, "volume_ratio": VOLUME_RATIO, "cycles": CYCLES}


class Way(NamedTuple):
    """How legs are matched: the method, and of cycles the minor CV that one takes, whether the stronger leg is judged
    anew for each, how many there are at most, and whether of equal legs the right one is the stronger."""

    method: int
    strong: int
    weak: int
    anew: bool
    most: int
    right_first: bool = False


class Price(NamedTuple):
    """What matched CV pays: the share of it as a fraction, the cap in minor money, and whether what the cap cuts off
    stays in the legs."""

    num: int
    den: int
    cap: int
    carried: bool


class Settled(NamedTuple):
    """What one position comes to, minor units.

    units: cycles, else the CV that both legs match. base: what the share is of, rounded down. raw: what all of it pays;
    amount: that, up to the cap. left, right: what is taken of the legs for the amount. paid: how much of units that is.
    """

    units: int
    base: int
    raw: int
    amount: int
    paid: int
    left: int
    right: int


def way_of(bonus: Binary) -> Way:
    """How the bonus matches legs, in minor units."""
    cycle = bonus.cycle
    most = bonus.max_cycles or UNLIMITED
    if cycle is None:
        return Way(_METHODS[bonus.method], 1, 1, False, most)
    anew = cycle.stronger_leg == "each_cycle"
    return Way(CYCLES, to_minor(cycle.strong), to_minor(cycle.weak), anew, most, cycle.equal_legs == "right")


@compiled
def is_waiting(left: int, right: int) -> bool:
    """Whether one leg has volume, and the other none to match it with."""
    return min(left, right) <= 0 and max(left, right) > 0


@compiled
def settled(left: int, right: int, way: Way, price: Price, half_even: bool, in_parts: bool) -> Settled:
    """What legs of that much volume match, and what it pays. A leg below zero counts as empty."""
    if way.method == CYCLES:
        count, left_taken, right_taken = cycles_of(left, right, way, way.most)
        unit = way.weak
    else:
        count = max(0, min(left, right))
        left_taken, right_taken, unit = count, count, 1
    if way.method == VOLUME_RATIO and count > 0:
        base, _ = times_over(count, count, max(left, right))
        raw = _share_of_ratio(count, max(left, right), price.num, price.den, half_even)
    else:
        base = count * unit
        raw = share_of(base, price.num, price.den, half_even, in_parts)
    if raw <= price.cap:
        return Settled(count, base, raw, raw, count, left_taken, right_taken)
    if not price.carried:
        return Settled(count, base, raw, price.cap, count, left_taken, right_taken)
    paid, above = 0, count
    while above - paid > 1:
        middle = paid + (above - paid) // 2
        if share_of(middle * unit, price.num, price.den, half_even, in_parts) <= price.cap:
            paid = middle
        else:
            above = middle
    left_taken, right_taken = paid, paid
    if way.method == CYCLES:
        _, left_taken, right_taken = cycles_of(left, right, way, paid)
    amount = share_of(paid * unit, price.num, price.den, half_even, in_parts)
    return Settled(count, base, raw, amount, paid, left_taken, right_taken)


@compiled
def cycles_of(left: int, right: int, way: Way, most: int) -> tuple[int, int, int]:
    """How many cycles two legs have, `most` at most, and what these take of the left and of the right one."""
    if way.right_first:
        count, from_right, from_left = cycled(right, left, way.strong, way.weak, way.anew, most)
        return count, from_left, from_right
    return cycled(left, right, way.strong, way.weak, way.anew, most)


@compiled
def cycled(left: int, right: int, strong: int, weak: int, anew: bool, most: int) -> tuple[int, int, int]:
    """The same where of equal legs the left one is the stronger.

    Judged anew for each cycle, the stronger leg comes down to the other and from there on the two take turns, so that
    every two cycles take the same of both: no cycle is gone through by itself, however many there are.
    """
    if left <= 0 or right <= 0:
        return 0, 0, 0
    left_leads = left >= right
    leading, other = (left, right) if left_leads else (right, left)
    gap, step = leading - other, strong - weak
    count = min(leading // strong, other // weak, most)
    # Where a cycle takes no more of the stronger leg, it stays the stronger one.
    taking_turns = anew and step > 0
    if taking_turns:
        # Of equal legs the left one leads.
        ahead = gap // step + 1 if left_leads else (gap + step - 1) // step
        taking_turns = ahead <= count
        count = min(count, ahead)
    leading_taken, other_taken = count * strong, count * weak
    if taking_turns:
        both = strong + weak
        pairs = min((leading - leading_taken) // both, (other - other_taken) // both, (most - count) // 2)
        count += 2 * pairs
        leading_taken, other_taken = leading_taken + pairs * both, other_taken + pairs * both
        if count < most and other - other_taken >= strong and leading - leading_taken >= weak:
            count += 1
            leading_taken, other_taken = leading_taken + weak, other_taken + strong
    if left_leads:
        return count, leading_taken, other_taken
    return count, other_taken, leading_taken


@compiled
def times_over(value: int, times: int, over: int) -> tuple[int, int]:
    """value x times / over as whole number and remainder, where the product may leave 64 bits.

    0 <= value <= over < 2^62 and 0 <= times < 2^62, and so must be the whole number.
    """
    if value < 2**31 and times < 2**31:
        return value * times // over, value * times % over
    whole, rest, bit = 0, 0, 1
    while bit <= times >> 1:
        bit <<= 1
    while bit > 0:
        whole, rest = 2 * whole, 2 * rest
        if rest >= over:
            whole, rest = whole + 1, rest - over
        if times & bit:
            rest += value
            if rest >= over:
                whole, rest = whole + 1, rest - over
        bit >>= 1
    return whole, rest


@compiled
def _share_of_ratio(weaker: int, stronger: int, num: int, den: int, half_even: bool) -> int:
    """round(weaker x weaker / stronger x num / den), exactly, rounded once."""
    base, rest = times_over(weaker, weaker, stronger)
    more, over = times_over(rest, num, stronger)
    # Of den parts: whole ones, and over / stronger of a further one.
    parts = base % den * num + more
    whole, parts = base // den * num + parts // den, parts % den
    # What is left against one half: parts and over / stronger against den / 2, both twice.
    short = den - 2 * parts
    beyond = short < 0 or (short == 0 and over > 0) or (short == 1 and 2 * over > stronger)
    exactly_half = (short == 0 and over == 0) or (short == 1 and 2 * over == stronger)
    if beyond or (exactly_half and (not half_even or whole % 2 == 1)):
        whole += 1
    return whole
