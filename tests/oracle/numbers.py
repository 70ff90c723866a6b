"""Exact numbers: plans write them as text, volumes and money are whole minor units, and a line is rounded once."""

from fractions import Fraction
from functools import cache
from math import floor


@cache
def minor(amount: str) -> int:
    """Hundredths of an amount in text: 12.34 is 1234."""
    hundredths = number(amount) * 100
    assert hundredths.denominator == 1, f"{amount} has more than two decimals"
    return hundredths.numerator


@cache
def number(text: str) -> Fraction:
    """The exact number a text says; read once, for reading is slow."""
    return Fraction(text)


def rounded(exact: Fraction, mode: str) -> int:
    """The nearest whole number; a half goes away from zero (half_up) or to the even neighbour (half_even)."""
    size, sign = abs(exact), -1 if exact < 0 else 1
    whole, rest = divmod(size, 1)
    half = Fraction(1, 2)
    if rest > half or (rest == half and (mode == "half_up" or whole % 2 == 1)):
        whole += 1
    return int(sign * whole)


def shared(total: int, parts: list[int]) -> list[int]:
    """A total shared in proportion to the parts, by largest remainder: everybody gets the whole units of their share,
    and what is left goes, a unit each, to the largest fractions; of equal fractions to the first."""
    exact = [Fraction(total * part, sum(parts)) for part in parts]
    whole = [int(share) for share in exact]
    by_fraction = sorted(range(len(parts)), key=lambda at: (whole[at] - exact[at], at))
    for at in by_fraction[: total - sum(whole)]:
        whole[at] += 1
    return whole


def together(exact: list[Fraction], mode: str) -> list[int]:
    """Parts of a total that is rounded once, by largest remainder: each is rounded down, and what is left of the total
    goes, a unit each, to the largest fractions; of equal fractions to the first."""
    whole = [floor(part) for part in exact]
    by_fraction = sorted(range(len(exact)), key=lambda at: (whole[at] - exact[at], at))
    for at in by_fraction[: rounded(sum(exact, Fraction(0)), mode) - sum(whole)]:
        whole[at] += 1
    return whole
